"""Le mod : ce qu'un client refuse, ce qu'il garde d'un message à l'autre, et qu'aucun message ne le fait tomber."""

import msgpack
import numpy as np
import pytest
from flwr.app import Array, ArrayRecord, ConfigRecord, Context, Message, MetricRecord, RecordDict
from flwr.clientapp import ClientApp
from flwr.serverapp.strategy import FedAvg
from hypothesis import given, settings
from hypothesis import strategies as st
from secagg_flower_runs import (
    ENCODING,
    KEYRINGS,
    around,
    fixed_app,
    gap,
    initial_arrays,
    plain_app,
    run,
    secure,
    secured_app,
    silent_from,
)

from common.federated import FederatedError
from common.federated.grid import FIRST_NODE_ID, RUN_ID, flower_session
from common.secure_aggregation import AbortError
from common.secure_aggregation.announcement import Announcement, Private
from common.secure_aggregation.flower import SecureAggregation, new_session
from common.secure_aggregation.flower_mod import CALL, QUERY, RECORD, secure_aggregation_mod, secured
from common.secure_aggregation.keyring import SimulatedKeyrings
from common.secure_aggregation.primitives import sign

SESSION = new_session(RUN_ID)
PRIVATE = Private(max_norm=1.0, noise_multiplier=2.0)


def announcement(**changes) -> bytes:
    """L'annonce d'un tour ordinaire ; `changes` remplace ce qu'un essai veut autre."""
    usual = {
        "session": SESSION,
        "server_round": 1,
        "participants": (0, 1, 2, 3),
        "threshold": 3,
        "length": 15,
        "weight_key": "num-examples",
        "encoding": ENCODING,
        "order": bytes(32),
    }
    return Announcement(**usual | changes).encode()


@pytest.fixture
def context():
    """Le contexte du centre 0, dans le processus."""
    with flower_session():
        yield Context(RUN_ID, FIRST_NODE_ID, {"partition-id": 0}, RecordDict(), {"seed": 0})


def send(context, step, data, app=None, kind=QUERY) -> Message:
    """Envoie un ordre du protocole à un client, et rend sa réponse."""
    content = {RECORD: ConfigRecord({"step": step, "data": data})} if step else {}
    order = Message(RecordDict({"arrays": initial_arrays(), **content}), FIRST_NODE_ID, kind)
    return (app or secured_app())(order, context)


def refusal(reply: Message) -> str:
    """Rend la raison d'un refus."""
    assert reply.has_error(), "le client a accepté"
    return reply.error.reason


def test_a_bare_training_order_is_refused(context):
    assert "ne rend ce qu'il apprend que masqué" in refusal(send(context, None, b"", kind="train"))
    app = ClientApp(mods=[secure_aggregation_mod(KEYRINGS)])
    app.train("autre")(lambda message, context: Message(message.content, reply_to=message))
    assert "ne rend ce qu'il apprend que masqué" in refusal(send(context, None, b"", app, "train.autre"))
    with pytest.raises(FederatedError, match="Enrobez la stratégie dans SecureAggregation"):
        run(secured_app(), FedAvg())


def test_other_messages_pass_untouched(context):
    evaluation = Message(
        RecordDict({"arrays": initial_arrays(), "config": ConfigRecord({"server-round": 1})}), FIRST_NODE_ID, "evaluate"
    )
    assert dict(secured_app()(evaluation, context).content["metrics"]) == dict(
        plain_app()(evaluation, context).content["metrics"]
    )
    assert len(context.state) == 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"session": new_session(RUN_ID + 1)}, "autre entraînement"),
        ({"session": SESSION[:16]}, "autre entraînement"),
        ({"participants": (1, 2, 3)}, "n'est pas parmi les participants"),
        ({"participants": (0, 1, 2, 4)}, "hors de l'annuaire"),
        ({"participants": (1, 0, 2, 3)}, "mal formée"),
        ({"participants": (0, 1, 1, 3)}, "mal formée"),
        ({"participants": (0, 1, True, 3)}, "mal formée"),
        ({"threshold": 2}, "en exige au moins 3"),
        ({"threshold": 5}, "seuil 5"),
        ({"server_round": -1}, "négatif"),
        ({"encoding": PRIVATE}, "exige aucun bruit"),
        ({"length": "15"}, "mal formée"),
    ],
)
def test_an_announcement_that_a_hospital_would_not_accept(context, changes, message):
    assert message in refusal(send(context, "advertise", announcement(**changes)))
    assert RECORD not in context.state


@pytest.mark.parametrize("encoding", [ENCODING, Private(1.0, 1.9), Private(1.1, 2.0), Private(1.0, 2.0, corrupt=1)])
def test_the_server_cannot_lower_the_noise_nor_move_the_clipping(context, encoding):
    app = secured_app(private=PRIVATE)
    assert "cet hôpital exige Private" in refusal(send(context, "advertise", announcement(encoding=encoding), app))
    assert not send(context, "advertise", announcement(encoding=PRIVATE), app).has_error()


def test_a_round_is_never_played_twice(context):
    assert not send(context, "advertise", announcement(server_round=4)).has_error()
    other = new_session(RUN_ID)
    for changes in ({"server_round": 4}, {"server_round": 3}, {"server_round": 5, "session": other}):
        assert "déjà été joué" in refusal(send(context, "advertise", announcement(**changes)))
    assert not send(context, "advertise", announcement(server_round=5)).has_error()


@pytest.mark.parametrize("step", ["share", "mask", "confirm", "unmask"])
def test_a_step_out_of_turn_is_refused_and_the_secrets_are_forgotten(context, step):
    kind = "train" if step == "mask" else QUERY
    assert "Aucun tour n'est ouvert" in refusal(send(context, step, b"", kind=kind))
    send(context, "advertise", announcement())
    assert memory(context)["seed"] != b""
    refusal(send(context, step, b"n'importe quoi", kind=kind))
    assert secrets_of(memory(context)) == set() and memory(context)["step"] == -1


def memory(context) -> dict:
    """Ce que le nœud retient du protocole."""
    return msgpack.unpackb(context.state[RECORD]["memory"], strict_map_key=False)


def secrets_of(kept: dict) -> set[str]:
    """Rend les noms des secrets encore là."""
    return {name for name in ("cipher_private", "mask_private", "seed", "seed_shares", "key_shares") if kept[name]}


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["identify", "advertise", "share", "confirm", "unmask", "autre"]), st.binary(max_size=200))
def test_no_bytes_make_the_client_fall(step, data):
    with flower_session():
        context = Context(RUN_ID, FIRST_NODE_ID, {"partition-id": 0}, RecordDict(), {"seed": 0})
        send(context, "advertise", announcement())
        assert send(context, step, data).has_error()


def test_an_order_without_its_fields_is_refused(context):
    assert "mal formé" in refusal(send(context, 3, "texte"))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 12345.678])
def test_an_update_that_cannot_be_encoded_is_refused_without_quoting_it(value):
    update = np.full(14, 0.5)
    app = fixed_app(lambda number: update * (value if number == 2 else 1))
    strategy = secure(FedAvg(fraction_evaluate=0.0))
    with pytest.raises(FederatedError, match=r"switzerland.*ne se code pas") as error:
        run(secured(app, KEYRINGS), strategy)
    assert "6172" not in str(error.value) and "12345" not in str(error.value)
    strategy = secure(FedAvg(fraction_evaluate=0.0))
    model = run(secured(app, KEYRINGS), strategy, on_error="skip")
    assert strategy.rounds[0].survivors == (0, 1, 3)
    assert np.abs(model["weight"] - 0.5).max() <= strategy.rounds[0].error_bound + 1e-14


@pytest.mark.parametrize("count", [0, 501, 2.5])
def test_an_impossible_count_is_refused(count):
    app = secured(fixed_app(lambda number: np.zeros(14), count), KEYRINGS)
    with pytest.raises(FederatedError, match="ne se code pas"):
        run(app, secure(FedAvg(fraction_evaluate=0.0)))


def test_other_arrays_than_those_received_are_refused():
    def reshaped(message, context):
        arrays = ArrayRecord({"weight": Array(np.zeros((13, 1))), "bias": Array(np.zeros(()))})
        return Message(RecordDict({"arrays": arrays, "metrics": MetricRecord({"num-examples": 3})}), reply_to=message)

    inner = ClientApp()
    inner.train()(reshaped)
    with pytest.raises(FederatedError, match="d'autres tableaux que ceux qu'il a reçus"):
        run(secured(inner, KEYRINGS), secure(FedAvg(fraction_evaluate=0.0)))


def test_a_finished_round_leaves_no_secret_and_an_unfinished_one_is_replaced():
    kept: dict[tuple[int, int], list[dict]] = {}

    def note(step, context, message):
        if RECORD in context.state:
            announced = Announcement.decode(context.state[RECORD]["announcement"]).server_round
            kept.setdefault((context.node_config["partition-id"], announced), []).append(memory(context))

    app = around(silent_from(secured_app(), {1: "confirm", 2: "confirm"}, rounds={1}), note)
    strategy = secure(on_abort="skip")
    run(app, strategy, 3, on_error="skip")
    assert [bool(report.aborted) for report in strategy.rounds] == [True, False, False]
    unfinished, second = kept[0, 1][-1], kept[0, 2]
    assert {"seed", "mask_private", "seed_shares"} <= secrets_of(unfinished)
    assert all(now["seed"] != unfinished["seed"] for now in second)
    assert secrets_of(second[-1]) == set()  # vu à l'appel suivant : le tour 2 est fini


def test_the_state_between_two_messages_is_bytes_only(context):
    send(context, "advertise", announcement())
    assert {type(value) for value in context.state[RECORD].values()} == {bytes}


@pytest.mark.parametrize("number", [0, 1 - 4])
def test_a_node_has_its_own_number_and_no_other(number):
    """Le nœud 1 dit être le 0, ou compte depuis la fin, avec sa clé à lui : les trois autres finissent sans lui."""

    def lie(step, context, message):
        if step == "identify" and context.node_config["partition-id"] == 1:
            signature = sign(KEYRINGS(context).private_key, CALL + message.content[RECORD]["data"])
            answer = msgpack.packb([number, signature])
            return Message(RecordDict({RECORD: ConfigRecord({"data": answer})}), reply_to=message)
        return None

    strategy = secure()
    run(around(secured_app(), lie), strategy)
    assert strategy.rounds[0].survivors == (0, 2, 3)


def reply_with(**records):
    """Rend de quoi répondre, pour le centre 1, autre chose que le client."""

    def answer(message):
        return Message(RecordDict(dict(records)), reply_to=message)

    return answer


def masked_reply(dtype, count):
    """Une réponse d'entraînement mal masquée."""
    arrays = ArrayRecord({"weight": Array(np.zeros(13, dtype)), "bias": Array(np.zeros((), dtype))})
    metrics = MetricRecord({"num-examples": 1, "masked-num-examples": count})
    return reply_with(arrays=arrays, metrics=metrics)


NONSENSE = reply_with(**{RECORD: ConfigRecord({"data": b"\xc1" * 50})})


@pytest.mark.parametrize(
    ("step", "answer"),
    [
        *((step, NONSENSE) for step in ("identify", "advertise", "share", "confirm", "unmask")),
        *((step, reply_with()) for step in ("identify", "advertise", "share", "confirm", "unmask")),
        ("advertise", reply_with(**{RECORD: ConfigRecord({"data": 3})})),
        ("identify", reply_with(**{RECORD: ConfigRecord({"data": msgpack.packb([-1, bytes(64)])})})),
        ("identify", reply_with(**{RECORD: ConfigRecord({"data": msgpack.packb(["a", bytes(64)])})})),
        ("mask", masked_reply(np.float64, [3])),
        ("mask", masked_reply(np.uint64, [3])),
        ("mask", masked_reply(np.uint32, [2**32])),
        ("mask", masked_reply(np.uint32, [1, 2])),
    ],
)
def test_one_malformed_client_is_left_out_and_never_fatal(step, answer):
    def lie(asked, context, message):
        return answer(message) if asked == step and context.node_config["partition-id"] == 1 else None

    strategy = secure()
    model = run(around(secured_app(), lie), strategy, on_error="skip")
    expected = secure()
    run(silent_from(secured_app(), {1: step}), expected, on_error="skip")
    survivors = {"confirm": (0, 1, 2, 3), "unmask": (0, 1, 2, 3)}.get(step, (0, 2, 3))
    assert strategy.rounds[0].survivors == expected.rounds[0].survivors == survivors
    assert gap(model, run(silent_from(secured_app(), {1: step}), secure(), on_error="skip")) < 1e-12


def test_a_small_roster_asks_for_an_explicit_choice():
    """À deux, chacun déduit la mise à jour de l'autre : il faut le demander des deux côtés."""
    keyrings, two = SimulatedKeyrings(4, min_clients=2), {"fraction_train": 0.5, "fraction_evaluate": 0.0}
    with pytest.raises(AbortError, match="il en faut 3"):
        run(secured_app(), secure(FedAvg(**two)))
    with pytest.raises(FederatedError, match="exige au moins 3"):
        run(secured_app(), secure(FedAvg(**two), threshold=2))
    strategy = SecureAggregation(FedAvg(**two), keyrings.identities, ENCODING, threshold=2)
    run(secured(plain_app(), keyrings), strategy)
    assert len(strategy.rounds[0].survivors) == 2
