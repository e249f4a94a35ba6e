"""Les messages : aller-retour exact, taille bornée, et un refus clair pour tout ce qui n'en est pas un."""

from contextlib import suppress

import msgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from secagg_rounds import make_clients, make_parameters, make_vectors

from common.secure_aggregation import ProtocolError, Server, Stage
from common.secure_aggregation.messages import KeyBook, Keys, Masked, Survivors, decode, encode, max_bytes
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


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 2**40) | st.binary(max_size=70) | st.text(max_size=5) | st.floats(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.integers(-3, 9) | st.text(max_size=3), inner),
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


def test_true_is_not_client_one():
    with pytest.raises(ProtocolError, match="numéro de client"):
        Masked(True, bytes(16))
    with pytest.raises(ProtocolError, match="numéro de client"):
        Survivors((-1,))


def test_the_server_waits_for_the_five_client_messages():
    assert [kind.__name__ for kind in KINDS] == ["Keys", "Shares", "Masked", "Confirmation", "Unmasking"]
