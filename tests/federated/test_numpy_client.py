"""Le client Flower écrit à la main : son oracle est FedAvg en NumPy, tour après tour."""

import numpy as np
import pytest
from flwr.app import Context, Message, MetricRecord, RecordDict
from flwr.clientapp import ClientApp
from flwr.serverapp.strategy import FedAvg

from common.federated import fedavg_round, make_message, numpy_client_app, predict_probability, simulate
from common.federated.numpy_client import count_visit, pack, unpack

INITIAL = [np.zeros(4), np.zeros(())]
CONFIG = {"lr": 0.5, "num-steps": 3}


def run(centers, num_rounds, **options):
    initial = pack(INITIAL, 1)["arrays"]
    return simulate(numpy_client_app(centers), FedAvg(), centers, initial, num_rounds=num_rounds, **options)


def test_flower_gives_the_parameters_of_the_hand_written_fedavg(centers):
    history = run(centers, 6, train_config=CONFIG)
    expected = INITIAL
    for _ in range(6):
        expected = fedavg_round(expected, centers, CONFIG["lr"], CONFIG["num-steps"])
    for got, wanted in zip(unpack(RecordDict({"arrays": history.arrays})), expected, strict=True):
        np.testing.assert_allclose(got, wanted, rtol=0, atol=1e-12)


def test_each_centre_measures_its_accuracy_on_its_own_test_set(centers):
    history = run(centers, 1, train_config=CONFIG)
    model = fedavg_round(INITIAL, centers, CONFIG["lr"], CONFIG["num-steps"])
    for name, center in centers.items():
        right = (predict_probability(model, center.test.x) >= 0.5) == center.test.y
        assert history.curve("accuracy", name)[1] == pytest.approx(right.mean())


def test_train_config_reaches_every_order_and_is_left_as_it_was(centers):
    seen, config = [], {"lr": 0.5}
    app = ClientApp()

    @app.train()
    def train(message, context):
        seen.append(dict(message.content["config"]))
        content = RecordDict({"arrays": message.content["arrays"], "metrics": MetricRecord({"num-examples": 1})})
        return Message(content, reply_to=message)

    strategy = FedAvg(fraction_evaluate=0.0)
    simulate(app, strategy, centers, pack(INITIAL, 1)["arrays"], num_rounds=2, train_config=config)
    assert seen == [{"lr": 0.5, "server-round": turn} for turn in (1, 2) for _ in centers]
    assert config == {"lr": 0.5}


def test_pack_and_unpack_are_inverse():
    weight, bias = unpack(pack([np.array([1.5, -2.0]), np.float64(0.25)], 7))
    assert weight.tolist() == [1.5, -2.0] and weight.dtype == np.float64
    assert bias == 0.25 and bias.shape == ()


def test_visits_are_counted_per_client_and_leave_the_rest_of_the_state_alone():
    angers, brest = (Context(1, node, {}, RecordDict({"other": MetricRecord({"a": 1})}), {}) for node in (1, 2))
    assert [count_visit(c) for c in (angers, brest, angers, angers)] == [1, 1, 2, 3]
    assert angers.state["visits"]["count"] == 3 and angers.state["other"]["a"] == 1


def test_a_message_made_by_hand_can_be_answered():
    message = make_message(pack(INITIAL, 5), "evaluate")
    reply = Message(RecordDict(), reply_to=message)
    assert message.metadata.message_type == "evaluate" and reply.metadata.dst_node_id == message.metadata.src_node_id
