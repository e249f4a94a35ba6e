"""La grille dans le processus : pannes nommées, état par nœud, modules privés de Flower à leur place."""

import logging
import random
import tracemalloc

import numpy as np
import psutil
import pytest
from flwr.app import Array, ArrayRecord, ConfigRecord, Error, Message, MetricRecord, RecordDict
from flwr.clientapp import ClientApp
from flwr.serverapp.strategy import FedAdam, FedAvg
from flwr.supercore.logger import FLOWER_LOGGER
from flwr.supercore.task_identity import TaskIdentity

from common import models
from common.federated import (
    FederatedError,
    History,
    arrays_of,
    numpy_arrays,
    sgd_training,
    simulate,
    torch_client_app,
)
from common.federated.engine import runner
from common.federated.grid import InProcessGrid, flower_session
from common.training import SGD

INITIAL = ArrayRecord({"w": Array(np.zeros((2, 3)))})
BRETAGNE = 1  # partition-id de Brest


def adding_app(misbehave=None) -> ClientApp:
    """Un client qui ajoute son numéro de centre plus un ; `misbehave` remplace la réponse de Brest."""
    app = ClientApp()

    @app.train()
    def train(message, context):
        partition = context.node_config["partition-id"]
        arrays = ArrayRecord({k: Array(v + partition + 1) for k, v in numpy_arrays(message.content["arrays"]).items()})
        content = RecordDict({"arrays": arrays, "metrics": MetricRecord({"loss": 1.0, "num-examples": 10})})
        if misbehave is not None and partition == BRETAGNE:
            return misbehave(content, message)
        return Message(content, reply_to=message)

    return app


def strategy() -> FedAvg:
    """FedAvg sans évaluation par les clients."""
    return FedAvg(fraction_evaluate=0.0)


def raise_error(content, message):
    raise OSError("disque du PACS plein")


def with_arrays(arrays):
    """Fabrique une réponse dont les tableaux sont remplacés."""

    def reply(content, message):
        content["arrays"] = ArrayRecord({k: Array(v) for k, v in arrays.items()})
        return Message(content, reply_to=message)

    return reply


def with_count(count):
    """Fabrique une réponse dont l'effectif est remplacé."""

    def reply(content, message):
        content["metrics"] = MetricRecord({"loss": 1.0, "num-examples": count})
        return Message(content, reply_to=message)

    return reply


def without(key):
    """Fabrique une réponse où il manque un enregistrement."""

    def reply(content, message):
        del content[key]
        return Message(content, reply_to=message)

    return reply


def with_metrics(**metrics):
    """Fabrique une réponse dont les mesures sont remplacées."""

    def reply(content, message):
        content["metrics"] = MetricRecord({"num-examples": 10} | metrics)
        return Message(content, reply_to=message)

    return reply


FAULTS = {
    "lève": (raise_error, "disque du PACS plein"),
    "rien": (lambda content, message: None, "doit rendre un Message"),
    "NaN": (with_arrays({"w": np.full((2, 3), np.nan)}), "NaN"),
    "infini": (with_arrays({"w": np.full((2, 3), np.inf)}), "infinies"),
    "forme que NumPy étirerait": (with_arrays({"w": np.ones((1, 3))}), r"\(1, 3\) au lieu de \(2, 3\)"),
    "même taille, autre forme": (with_arrays({"w": np.ones((3, 2))}), r"\(3, 2\) au lieu de \(2, 3\)"),
    "nombres complexes": (with_arrays({"w": np.ones((2, 3), dtype=complex)}), "complex128"),
    "perte NaN": (with_metrics(loss=float("nan")), "« loss » vaut nan"),
    "mesure infinie dans une liste": (with_metrics(loss=1.0, curve=[1.0, float("inf")]), "« curve » vaut"),
    "une mesure de plus": (with_metrics(loss=1.0, auroc=0.5), r"'auroc', .*, celles des autres"),
    "une erreur déclarée": (lambda content, message: Message(Error(1, "panne"), reply_to=message), "erreur : panne"),
    "autre nom": (with_arrays({"v": np.ones((2, 3))}), "s'appellent"),
    "sans tableau": (without("arrays"), "aucun tableau"),
    "sans mesure": (without("metrics"), "MetricRecord"),
    "aucun exemple": (with_count(0), "aucun exemple"),
    "effectif négatif": (with_count(-3), "nombre d'exemples"),
    "effectif NaN": (with_count(float("nan")), "nombre d'exemples"),
}


@pytest.mark.parametrize(("misbehave", "reason"), FAULTS.values(), ids=FAULTS)
def test_a_faulty_centre_is_named_and_stops_the_run(centers, misbehave, reason):
    with pytest.raises(FederatedError, match=rf"Tour 1, centre « Brest » : .*{reason}"):
        simulate(adding_app(misbehave), strategy(), centers, INITIAL, num_rounds=2)


@pytest.mark.parametrize(("misbehave", "reason"), FAULTS.values(), ids=FAULTS)
def test_skip_goes_on_without_it(centers, misbehave, reason):
    history = simulate(adding_app(misbehave), strategy(), centers, INITIAL, num_rounds=2, on_error="skip")
    assert history.failures["center"].tolist() == ["Brest", "Brest"]
    assert history.failures["reason"].str.contains(reason).all()
    np.testing.assert_allclose(numpy_arrays(history.arrays)["w"], 2 * np.mean([1, 3, 4]))


def test_every_centre_faulty_keeps_the_initial_model(centers):
    app = ClientApp()
    app.train()(raise_error)
    history = simulate(app, strategy(), centers, INITIAL, num_rounds=2, on_error="skip")
    assert len(history.failures) == 8 and np.all(numpy_arrays(history.arrays)["w"] == 0)


def test_state_lives_per_node_for_one_run(centers):
    seen = []
    app = ClientApp()

    @app.train()
    def train(message, context):
        count = int(context.state["visits"]["count"]) if "visits" in context.state else 0
        context.state["visits"] = MetricRecord({"count": count + 1})
        seen.append((context.node_config["partition-id"], count))
        return Message(
            RecordDict({"arrays": message.content["arrays"], "metrics": MetricRecord({"num-examples": 1})}),
            reply_to=message,
        )

    for _ in range(2):
        simulate(app, strategy(), centers, INITIAL, num_rounds=2)
    assert seen == [(p, r) for _ in range(2) for r in (0, 1) for p in range(4)]


def test_a_client_cannot_change_what_the_others_receive(centers):
    received = []
    app = ClientApp()

    @app.train()
    def train(message, context):
        received.append(message.content["config"].get("piège"))
        message.content["config"]["piège"] = 1
        message.content["arrays"]["w"] = Array(np.ones((2, 3)))
        return Message(
            RecordDict({"arrays": message.content["arrays"], "metrics": MetricRecord({"num-examples": 1})}),
            reply_to=message,
        )

    simulate(app, strategy(), centers, INITIAL, num_rounds=1)
    assert received == [None] * 4 and np.all(numpy_arrays(INITIAL)["w"] == 0)


def test_replies_reach_the_strategy_sorted_by_centre(centers):
    orders = []

    class Spy(FedAvg):
        def configure_train(self, *args):
            return reversed(list(super().configure_train(*args)))

        def aggregate_train(self, server_round, replies):
            replies = list(replies)
            orders.append([reply.metadata.src_node_id for reply in replies])
            return super().aggregate_train(server_round, replies)

    simulate(adding_app(), Spy(fraction_evaluate=0.0), centers, INITIAL, num_rounds=2)
    assert orders == [[1, 2, 3, 4]] * 2


def test_global_state_is_given_back(centers):
    random.seed(3)
    FLOWER_LOGGER.setLevel(logging.INFO)
    before, level = random.getstate(), FLOWER_LOGGER.level
    simulate(adding_app(), FedAdam(fraction_evaluate=0.0), centers, INITIAL, num_rounds=1)
    assert random.getstate() == before and FLOWER_LOGGER.level == level
    assert TaskIdentity._run_id is None


@pytest.mark.parametrize(("wrong", "message"), [({"num_rounds": 0}, "au moins un tour"), ({"on_error": "non"}, "skip")])
def test_impossible_requests_are_refused(centers, wrong, message):
    with pytest.raises(ValueError, match=message):
        simulate(adding_app(), strategy(), centers, INITIAL, **{"num_rounds": 1} | wrong)


def test_nodes_know_their_number_and_how_many_they_are(centers):
    seen = []
    app = ClientApp()

    @app.train()
    def train(message, context):
        seen.append(dict(context.node_config) | dict(context.run_config))
        return Message(
            RecordDict({"arrays": message.content["arrays"], "metrics": MetricRecord({"num-examples": 1})}),
            reply_to=message,
        )

    simulate(app, strategy(), centers, INITIAL, num_rounds=1, seed=9)
    assert seen == [{"partition-id": k, "num-partitions": 4, "seed": 9} for k in range(4)]


def test_another_weight_key_is_followed(centers):
    def reply(content, message):
        content["metrics"] = MetricRecord({"loss": 1.0, "patients": 30})
        return Message(content, reply_to=message)

    app = adding_app(reply)
    with pytest.raises(FederatedError, match="« patients » vaut None"):
        simulate(app, FedAvg(fraction_evaluate=0.0, weighted_by_key="patients"), centers, INITIAL, num_rounds=1)


def test_messages_pushed_are_pulled_by_their_identifier(centers):
    grid = InProcessGrid(runner(adding_app(), "auto"), list(centers), History(INITIAL), seed=0, on_error="stop")
    content = RecordDict({"arrays": INITIAL, "config": ConfigRecord({"server-round": 1})})
    with flower_session():
        ids = [grid.push_messages([grid.create_message(content, "train", node, "")])[0] for node in (3, 1)]
        replies = grid.pull_messages(ids)
    assert [reply.metadata.src_node_id for reply in replies] == [3, 1]
    assert [numpy_arrays(reply.content["arrays"])["w"][0, 0] for reply in replies] == [3, 1]


def test_a_million_lazy_centres_cost_nothing_until_asked(million):
    dataset, asked = million
    model = models.linear(1).double()
    app = torch_client_app(model, dataset, sgd_training(SGD(0.1)))
    three = FedAvg(fraction_train=3e-6, min_train_nodes=3, fraction_evaluate=1e-6, min_evaluate_nodes=1)
    tracemalloc.start()
    simulate(app, three, dataset, arrays_of(model), num_rounds=2)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(set(asked)) <= 8
    assert peak < 120e6, peak  # la liste des numéros de nœuds, que Flower demande ; les noms n'existent pas


def test_endless_waits_are_refused_at_once(centers):
    with pytest.raises(ValueError, match=r"min_train_nodes=9 centres et il n'y en a que 4"):
        simulate(adding_app(), FedAvg(min_train_nodes=9), centers, INITIAL, num_rounds=1)


def test_private_modules_of_flower_are_where_the_grid_expects_them():
    with flower_session():
        assert (TaskIdentity.run_id, TaskIdentity.node_id) == (1, 0)
        assert FLOWER_LOGGER.level == logging.CRITICAL
        message = Message(RecordDict(), 1, "train")
    assert message.metadata.dst_node_id == 1


def test_sampling_depends_on_the_seed_alone(centers):
    def sampled(seed):
        history = simulate(
            adding_app(), FedAvg(fraction_train=0.5, fraction_evaluate=0.0), centers, INITIAL, num_rounds=6, seed=seed
        )
        return history.to_frame()["center"].tolist()

    assert sampled(1) == sampled(1) and sampled(1) != sampled(2)


def test_a_second_run_in_the_same_process_is_the_same_and_leaves_no_process(centers):
    processes = psutil.Process().children(recursive=True)
    first, second = (simulate(adding_app(), strategy(), centers, INITIAL, num_rounds=3) for _ in range(2))
    assert first.to_frame().equals(second.to_frame())
    assert np.array_equal(numpy_arrays(first.arrays)["w"], numpy_arrays(second.arrays)["w"])
    assert psutil.Process().children(recursive=True) == processes
