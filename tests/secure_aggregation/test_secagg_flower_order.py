"""L'ordre d'entraînement est le même pour tous : un modèle fait pour un seul le trahirait dans la somme."""

from dataclasses import replace

import numpy as np
import pytest
from flwr.app import Array, ArrayRecord, ConfigRecord, Message, MetricRecord, RecordDict
from flwr.clientapp import ClientApp
from flwr.serverapp.strategy import FedAvg
from secagg_flower_runs import (
    ENCODING,
    KEYRINGS,
    Ear,
    around,
    gap,
    initial_arrays,
    run,
    secure,
    secured_app,
    silent_from,
)

from common.secure_aggregation.announcement import Announcement
from common.secure_aggregation.flower_mod import digest, secured

DEAD = ArrayRecord({"weight": Array(np.full(13, 1e-9)), "bias": Array(np.zeros(()))})


def another_model(content: RecordDict) -> None:
    content["arrays"] = DEAD


def another_rate(content: RecordDict) -> None:
    content["config"]["lr"] = 0.0


def another_record(content: RecordDict) -> None:
    content["mode"] = ConfigRecord({"num-steps": 0})


@pytest.mark.parametrize("change", [another_model, another_rate, another_record])
def test_a_client_refuses_an_order_made_for_it_alone(change):
    """Le serveur change l'ordre du centre 1 après l'annonce : ce centre se tait, et les autres finissent."""

    def tamper(step, context, message):
        if step == "mask" and context.node_config["partition-id"] == 1:
            change(message.content)

    strategy, expected = secure(FedAvg(fraction_evaluate=0.0)), secure(FedAvg(fraction_evaluate=0.0))
    model = run(around(secured_app(), tamper), strategy, on_error="skip")
    assert strategy.rounds[0].survivors == (0, 2, 3)
    assert "annoncé à tous" in strategy.rounds[0].refusals[2]
    assert gap(model, run(silent_from(secured_app(), {1: "mask"}), expected, on_error="skip")) < 1e-12


def test_two_announced_orders_are_two_rounds():
    """Annoncer à chacun l'ordre fait pour lui ne sert à rien : les clés signées sont liées à l'ordre."""
    announced = Announcement(bytes(24), 1, (0, 1, 2, 3), 3, 15, "num-examples", ENCODING, bytes(32))
    other = replace(announced, order=bytes(31) + b"\1")
    contexts = {item.parameters(KEYRINGS.identities).context for item in (announced, other, announced)}
    assert len(contexts) == 2


def test_the_digest_sees_every_value_and_no_order():
    def content(**changes):
        config = ConfigRecord({"lr": 0.5, "num-steps": 5} | changes)
        return RecordDict({"arrays": initial_arrays(), "config": config})

    def swapped(content):
        return RecordDict({n: type(r)(dict(reversed(r.items()))) for n, r in reversed(content.items())})

    usual = digest(content())
    assert digest(swapped(content())) == usual and len(usual) == 32
    nearby = [{"lr": np.nextafter(0.5, 1).item()}, {"num-steps": 5.0}, {"num-steps": 6}, {"autre": 1}]
    assert len({usual, *(digest(content(**changes)) for changes in nearby)}) == 5
    arrays = [{"weight": Array(np.zeros(13)), "bias": Array(np.full((), 1e-300))}]
    arrays += [{"weight": Array(np.zeros((13, 1))), "bias": Array(np.zeros(()))}]
    arrays += [{"weight": Array(np.zeros(13, np.int64)), "bias": Array(np.zeros(()))}]
    assert len({usual, *(digest(RecordDict({**content(), "arrays": ArrayRecord(item)})) for item in arrays)}) == 4


def test_the_app_sees_an_ordinary_order_and_only_its_arrays_leave():
    seen, inner = [], ClientApp()

    @inner.train()
    def train(message, context):
        seen.append(sorted(message.content))
        arrays, metrics = message.content["arrays"], MetricRecord({"num-examples": 3, "accuracy": 0.9})
        content = {"arrays": arrays, "metrics": metrics, "notes": ConfigRecord({"va": "secret"})}
        return Message(RecordDict(content), reply_to=message)

    with pytest.MonkeyPatch.context() as patch:
        ear = Ear(patch)
        run(secured(inner, KEYRINGS), secure(FedAvg(fraction_evaluate=0.0)))
    assert seen == [["arrays", "config"]] * 4
    heard = b"".join(ear.heard)
    assert b"masked-num-examples" in heard and b"accuracy" not in heard and b"secret" not in heard
