"""Les messages : aller-retour exact, taille bornée, et un refus clair pour tout ce qui n'en est pas un."""

from contextlib import suppress
from dataclasses import replace

import msgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from secagg_rounds import make_clients, make_parameters, make_vectors

from common.secure_aggregation import ProtocolError, Server, Stage
from common.secure_aggregation.messages import (
    SEALED,
    SHARE,
    SIGNATURE,
    Confirmation,
    Confirmations,
    Inbox,
    KeyBook,
    Keys,
    Masked,
    Shares,
    Survivors,
    Unmasking,
    decode,
    encode,
    max_bytes,
)
from common.secure_aggregation.rehearsal import answer
from common.secure_aggregation.server import KINDS

PARAMETERS = make_parameters(6, 4)


def every_message():
    """Rend tous les messages d'un tour où un client a disparu."""
    clients, vectors, server = make_clients(PARAMETERS), make_vectors(PARAMETERS), Server(PARAMETERS)
    orders, messages = dict.fromkeys(range(6)), []
    while server.stage is not Stage.DONE:
        for number, order in orders.items():
            if number or server.stage < Stage.MASKED:
                messages.append(answer(clients[number], server.stage, order, vectors[number]))
                server.receive(number, messages[-1])
        orders = server.close()
        messages += orders.values()
    return messages


MESSAGES = every_message()
KINDS_SEEN = sorted({type(message) for message in MESSAGES}, key=lambda kind: kind.__name__)


def test_every_kind_of_message_comes_back_as_it_was_and_under_its_limit():
    assert len(KINDS_SEEN) == 9
    for message in MESSAGES:
        data = encode(message, PARAMETERS)
        assert decode(type(message), data, PARAMETERS) == message
        assert len(data) <= max_bytes(type(message), PARAMETERS)


def test_a_full_roster_stays_under_the_limit():
    large = make_parameters(300, 200)
    clients = make_clients(large)
    book = KeyBook(tuple(client.advertise() for client in clients))
    for message in (book, clients[7].share(book), Survivors(tuple(range(300)))):
        assert len(encode(message, large)) <= max_bytes(type(message), large)


@pytest.mark.parametrize("kind", KINDS_SEEN)
def test_a_message_too_large_is_not_read(kind):
    with pytest.raises(ProtocolError, match="Il n'est pas lu"):
        decode(kind, bytes(max_bytes(kind, PARAMETERS) + 1), PARAMETERS)


@settings(max_examples=300, deadline=None)
@given(data=st.binary(max_size=300), kind=st.sampled_from(KINDS_SEEN))
def test_random_bytes_are_refused(data, kind):
    with pytest.raises(ProtocolError):
        decode(kind, data, PARAMETERS)


TEXT = st.text("aé0", max_size=5)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 2**40) | st.binary(max_size=70) | TEXT | st.floats(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.integers(-3, 9) | TEXT, inner),
    max_leaves=6,
)


@settings(max_examples=500, deadline=None)
@given(values=st.lists(VALUES, max_size=6), kind=st.sampled_from(KINDS_SEEN))
def test_well_packed_nonsense_never_becomes_a_client_message(values, kind):
    """Ou bien c'est refusé, ou bien c'est un vrai message du type demandé, qui se récrit pareil."""
    data = msgpack.packb([kind.__name__, PARAMETERS.context, *values])
    try:
        message = decode(kind, data, PARAMETERS)
    except ProtocolError:
        return
    assert decode(kind, encode(message, PARAMETERS), PARAMETERS) == message


@settings(max_examples=300, deadline=None)
@given(which=st.integers(0, len(MESSAGES) - 1), at=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_one_flipped_bit_never_raises_anything_but_a_refusal(which, at, bit):
    data = bytearray(encode(MESSAGES[which], PARAMETERS))
    data[at % len(data)] ^= 1 << bit
    with suppress(ProtocolError):
        decode(type(MESSAGES[which]), bytes(data), PARAMETERS)


def test_a_message_of_another_kind_is_refused():
    data = encode(MESSAGES[0], PARAMETERS)
    for kind in KINDS_SEEN:
        if kind is not Keys:
            with pytest.raises(ProtocolError, match=f"quand {kind.__name__} était attendu"):
                decode(kind, data, PARAMETERS)


GOOD = {kind: next(message for message in MESSAGES if type(message) is kind) for kind in KINDS_SEEN}
BAD_CLIENTS = (-1, True, 1.0, None, b"1")


def refuses(kind, name: str, value, fault: str) -> None:
    """Un champ faux, construit ou reçu, est refusé : le message ne peut pas exister."""
    with pytest.raises(ProtocolError, match=fault):
        replace(GOOD[kind], **{name: value})


@pytest.mark.parametrize("kind", [Keys, Shares, Masked, Confirmation, Unmasking])
@pytest.mark.parametrize("client", BAD_CLIENTS)
def test_a_client_number_is_a_natural_integer(kind, client):
    refuses(kind, "client", client, "numéro de client")


TABLES = [
    (Shares, "sealed", SEALED),
    (Inbox, "sealed", SEALED),
    (Confirmations, "signatures", SIGNATURE),
    (Unmasking, "seed_shares", SHARE),
    (Unmasking, "key_shares", SHARE),
]


@pytest.mark.parametrize(("kind", "name", "size"), TABLES)
def test_a_table_has_client_numbers_and_values_of_the_right_size(kind, name, size):
    refuses(kind, name, [bytes(size)], "table par client")
    for client in BAD_CLIENTS:
        refuses(kind, name, {client: bytes(size)}, "numéro de client")
    for wrong in (bytes(size - 1), bytes(size + 1), "x" * size, None):
        refuses(kind, name, {1: wrong}, f"doit avoir {size} octets")


def test_the_other_fields():
    for wrong in (bytes(SIGNATURE - 1), bytes(SIGNATURE + 1), None):
        refuses(Confirmation, "signature", wrong, "signature doit avoir 64 octets")
    for wrong in (b"123", bytearray(4), "1234", None):
        refuses(Masked, "vector", wrong, "entiers de 32 bits")
    for client in BAD_CLIENTS:
        refuses(Survivors, "clients", (0, client), "numéro de client")
    refuses(KeyBook, "keys", (GOOD[Keys], (1, 2)), "ne contient que des clés")


def test_a_list_where_a_list_is_expected_and_every_field_of_a_key():
    for kind, values in ((Survivors, [3]), (KeyBook, [3]), (KeyBook, [[3]])):
        with pytest.raises(ProtocolError, match="une liste était attendue"):
            decode(kind, msgpack.packb([kind.__name__, PARAMETERS.context, *values]), PARAMETERS)
    with pytest.raises(ProtocolError, match="n'a pas tous ses champs"):
        decode(KeyBook, msgpack.packb(["KeyBook", PARAMETERS.context, [[1, 2]]]), PARAMETERS)
    for values in ([], [1], [1, 2, 3]):
        with pytest.raises(ProtocolError, match="champs dans Masked"):
            decode(Masked, msgpack.packb(["Masked", PARAMETERS.context, *values]), PARAMETERS)


def test_the_server_waits_for_the_five_client_messages():
    assert [kind.__name__ for kind in KINDS] == ["Keys", "Shares", "Masked", "Confirmation", "Unmasking"]


def test_a_signature_covers_every_field_of_a_key_and_the_list_in_any_order():
    usual = GOOD[Keys]
    others = [replace(usual, client=usual.client + 1)]
    others += [replace(usual, **{name: bytes(32)}) for name in ("cipher_key", "mask_key", "commitment")]
    assert len({keys.signed(PARAMETERS) for keys in (usual, *others)}) == 5
    assert Survivors((3, 0, 5)).signed(PARAMETERS) == Survivors((0, 3, 5)).signed(PARAMETERS)
    assert Survivors((0, 3)).signed(PARAMETERS) != Survivors((0, 5)).signed(PARAMETERS)


def test_every_setting_is_part_of_what_messages_are_bound_to():
    changes = [
        {"session": bytes(16)},
        {"server_round": 2},
        {"identities": tuple(reversed(PARAMETERS.identities))},
        {"threshold": 5},
        {"length": 5},
        {"degree": 4},
    ]
    contexts = {replace(PARAMETERS, **change).context for change in changes} | {PARAMETERS.context}
    assert len(contexts) == 7
    keys, here, there = GOOD[Keys], PARAMETERS, replace(PARAMETERS, threshold=5)
    assert keys.signed(here) != keys.signed(there)
    assert Survivors((0, 3)).signed(here) != Survivors((0, 3)).signed(there)
