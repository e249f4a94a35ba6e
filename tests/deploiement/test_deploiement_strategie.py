"""La stratégie des hôpitaux : FedAvg quand tous répondent, sans les fautifs sinon, et jamais d'attente sans fin."""

import numpy as np
import pytest
from flwr.app import Array, ArrayRecord, ConfigRecord, Context, Message, RecordDict
from flwr.clientapp import ClientApp
from flwr.serverapp import Grid
from flwr.serverapp.strategy import FedAvg

from common.federated import numpy_arrays, numpy_client, simulate
from common.federated.grid import flower_session
from semaine_6_a_8.deploiement.app.coeur_federe import client_app, server_app
from semaine_6_a_8.deploiement.app.coeur_federe.strategie import HospitalFedAvg, TooFewHospitalsError
from semaine_6_a_8.deploiement.entrainement import model_gap

SETTINGS = {"lr": 0.5, "num-steps": 5}
HOSPITALS = client_app.embedded_dataset()


def run(strategy, app=client_app.app, dataset=HOSPITALS, on_error="stop"):
    """Rend le modèle de trois tours."""
    arrays = server_app.initial_arrays()
    history = simulate(app, strategy, dataset, arrays, num_rounds=3, train_config=SETTINGS, on_error=on_error)
    return numpy_arrays(history.arrays)


def app_failing(faulty, from_round):
    """Le client du cours, où les centres `faulty` lèvent à partir d'un tour."""
    app = ClientApp()

    @app.train()
    def on_train(message: Message, context: Context) -> Message:
        if context.node_config["partition-id"] in faulty and message.content["config"]["server-round"] >= from_round:
            raise RuntimeError("disque plein")
        return client_app.on_train(message, context)

    return app


def test_without_failure_it_is_fedavg():
    strategy = HospitalFedAvg(3, 2)
    assert (
        model_gap(run(strategy), run(FedAvg(fraction_evaluate=0.0), numpy_client.numpy_client_app(HOSPITALS))) < 1e-12
    )
    assert [step["step"] for step in strategy.report] == ["train", "train", "train", "evaluate"]
    assert all(len(step["answered"]) == 4 and not step["lost"] for step in strategy.report)


def test_a_lost_hospital_is_left_out_and_not_called_again():
    strategy, others = HospitalFedAvg(None, 2), {name: HOSPITALS[name] for name in HOSPITALS if name != "switzerland"}
    model = run(strategy, app_failing({2}, from_round=1), on_error="skip")
    assert model_gap(model, run(FedAvg(fraction_evaluate=0.0), numpy_client.numpy_client_app(others), others)) < 1e-12
    assert [sorted(step["answered"]) for step in strategy.report] == [[1, 2, 4]] * 3
    assert "disque plein" in strategy.report[0]["lost"][3]
    assert not strategy.report[1]["lost"] and strategy.lost == {3}


def test_one_hospital_left_stops_the_training_and_says_when():
    with pytest.raises(TooFewHospitalsError, match="« train » du tour 2 : 1, il en faut 2"):
        run(HospitalFedAvg(None, 2), app_failing({0, 1, 2}, from_round=2), on_error="skip")


class TwoNodes(Grid):
    """Une grille qui ne sait que nommer deux nœuds ; elle ne contrôle rien, contrairement à celle de `simulate`."""

    create_message = push_messages = pull_messages = send_and_receive = set_run = run = None

    def get_node_ids(self):
        """Les nœuds 1 et 2."""
        return [1, 2]


@pytest.fixture
def orders():
    """Une stratégie qui se contente d'un hôpital, et les ordres de son premier tour."""
    strategy = HospitalFedAvg(None, 1)
    with flower_session():
        arrays, config = server_app.initial_arrays(), ConfigRecord(SETTINGS)
        yield strategy, strategy.configure_train(1, arrays, config, TwoNodes())


def answer(order):
    """La réponse du client du cours à un ordre."""
    node = order.metadata.dst_node_id
    return client_app.app(order, Context(1, node, {"partition-id": node - 1}, RecordDict(), {}))


def test_replies_are_checked_before_flower_averages_them(orders):
    strategy, (first, second) = orders
    good, bad = answer(first), answer(second)
    bad.content["arrays"] = ArrayRecord({"weight": Array(np.zeros((1, 13))), "bias": Array(np.zeros(()))})
    averaged, _ = strategy.aggregate_train(1, [bad, good])
    assert model_gap(numpy_arrays(averaged), numpy_arrays(good.content["arrays"])) == 0
    assert "forme (1, 13) au lieu de (13,)" in strategy.report[0]["lost"][2]


def test_a_silent_hospital_is_told_apart_from_a_faulty_one(orders):
    strategy, (first, _) = orders
    strategy.aggregate_train(1, [answer(first)])
    assert strategy.report[0]["lost"] == {2: "pas de réponse dans le délai"}


def test_waiting_for_hospitals_has_a_deadline():
    server_app.wait_for_hospitals(TwoNodes(), 2, timeout=0.0)
    with pytest.raises(TooFewHospitalsError, match="présents après 0 s : 2, il en faut 3"):
        server_app.wait_for_hospitals(TwoNodes(), 3, timeout=0.0)
