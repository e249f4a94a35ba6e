"""Ce que le serveur refuse ou supporte : un client mal formé est laissé de côté, et le tour va au bout."""

from dataclasses import replace

import numpy as np
import pytest
from secagg_rounds import exact_sum, keypairs, make_clients, make_parameters, make_vectors

from common.secure_aggregation import AbortError, ProtocolError, Server, Stage
from common.secure_aggregation.messages import SHARE, Confirmation, Keys, Masked, Shares, Unmasking
from common.secure_aggregation.primitives import sign
from common.secure_aggregation.rehearsal import answer

N, T, LIAR = 5, 3, 4


def play(lie_at: Stage, lie, message: str) -> None:
    """Le client 4 ment à une étape : le serveur le refuse, n'en change pas, et les autres ont leur somme exacte."""
    parameters = make_parameters(N, T)
    clients, vectors, server = make_clients(parameters), make_vectors(parameters), Server(parameters)
    orders = dict.fromkeys(range(N))
    while server.stage is not Stage.DONE:
        for number, order in orders.items():
            said = answer(clients[number], server.stage, order, vectors[number])
            if (number, server.stage) == (LIAR, lie_at):
                for lied in lie(said):
                    with pytest.raises(ProtocolError, match=message):
                        server.receive(number, lied)
            else:
                server.receive(number, said)
        orders = server.close()
    assert server.survivors == set(range(N)) - ({LIAR} if lie_at <= Stage.MASKED else set())
    assert np.array_equal(server.total, exact_sum(vectors, server.survivors))


def signed_again(keys: Keys, **changes) -> Keys:
    changed = replace(keys, **changes)
    return replace(changed, signature=sign(keypairs(N)[0][LIAR], changed.signed(make_parameters(N, T))))


def test_keys_with_a_wrong_signature():
    play(Stage.KEYS, lambda keys: [replace(keys, mask_key=bytes([1] * 32))], "Signature refusée")


def test_keys_with_a_low_order_point():
    lies = ("cipher_key", "mask_key")
    play(Stage.KEYS, lambda keys: [signed_again(keys, **{name: bytes(32)}) for name in lies], "ordre faible")


def test_a_message_in_the_name_of_another():
    play(Stage.KEYS, lambda keys: [replace(keys, client=1)], "n'a rien à dire")


def test_shares_that_miss_a_neighbour_or_address_a_stranger():
    def lies(shares):
        extra = bytes(len(shares.sealed[0]))
        return [
            Shares(LIAR, {peer: shares.sealed[peer] for peer in (0, 1, 2)}),
            Shares(LIAR, shares.sealed | {LIAR: extra}),
            Shares(LIAR, shares.sealed | {9: extra}),
        ]

    play(Stage.SHARES, lies, "ne vont pas à tous ses voisins")


def test_a_masked_vector_of_another_length():
    play(Stage.MASKED, lambda said: [Masked(LIAR, said.vector[:-4]), Masked(LIAR, said.vector * 2)], "entiers")
    with pytest.raises(ProtocolError, match="entiers de 32 bits"):
        Masked(LIAR, b"123")


def test_a_wrong_confirmation():
    play(Stage.CONFIRMATIONS, lambda said: [Confirmation(LIAR, bytes(64))], "Signature refusée")


def test_shares_that_nobody_asked_for():
    share = bytes(SHARE)

    def lies(said):
        return [
            Unmasking(LIAR, said.seed_shares, {0: share}),  # la clé d'un survivant : avec sa graine, ce serait tout
            Unmasking(LIAR, said.seed_shares | {9: share}, {}),
        ]

    play(Stage.UNMASKINGS, lies, "que personne n'attend")


def test_a_message_of_another_stage():
    play(Stage.SHARES, lambda said: [Masked(LIAR, bytes(16)), Confirmation(LIAR, bytes(64))], "reçu à l'étape SHARES")


def test_a_second_message_is_refused_and_the_first_one_counts():
    parameters = make_parameters(N, T)
    clients, server = make_clients(parameters), Server(parameters)
    keys = clients[0].advertise()
    server.receive(0, keys)
    with pytest.raises(ProtocolError, match="a déjà parlé"):
        server.receive(0, make_clients(parameters)[0].advertise())
    assert server.received == {0: keys}


def test_a_client_that_dropped_may_not_come_back():
    parameters = make_parameters(N, T)
    clients, server = make_clients(parameters), Server(parameters)
    for number in range(4):
        server.receive(number, clients[number].advertise())
    server.close()
    clients[4].advertise()
    with pytest.raises(ProtocolError, match="n'a rien à dire"):
        server.receive(4, Shares(4, {}))


@pytest.mark.parametrize("secret", ["seed_shares", "key_shares"])
def test_false_shares_stop_the_round_instead_of_publishing_a_false_sum(secret):
    parameters = make_parameters(N, T)
    clients, vectors, server = make_clients(parameters), make_vectors(parameters), Server(parameters)
    orders = dict.fromkeys(range(N))
    while server.stage is not Stage.UNMASKINGS:
        for number, order in orders.items():
            if number != LIAR or server.stage < Stage.MASKED:
                server.receive(number, answer(clients[number], server.stage, order, vectors[number]))
        orders = server.close()
    for number, order in orders.items():
        said = clients[number].unmask(order)
        shares = {peer: bytes(SHARE - 1) + b"\1" for peer in getattr(said, secret)}
        server.receive(number, replace(said, **{secret: shares}) if number == 0 else said)
    with pytest.raises(AbortError, match=r"sont fausses|est fausse"):
        server.close()
    assert server.total is None


def test_too_few_shares_of_one_secret_stop_the_round():
    parameters = make_parameters(N, T)
    clients, vectors, server = make_clients(parameters), make_vectors(parameters), Server(parameters)
    orders = dict.fromkeys(range(N))
    while server.stage is not Stage.UNMASKINGS:
        for number, order in orders.items():
            server.receive(number, answer(clients[number], server.stage, order, vectors[number]))
        orders = server.close()
    for number, order in orders.items():
        said = clients[number].unmask(order)
        kept = said.seed_shares if number < T - 1 else {}
        server.receive(number, Unmasking(number, kept, {}))
    with pytest.raises(AbortError, match=f"{T - 1} parts d'un secret"):
        server.close()


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"threshold": 1}, "seuil 1"),
        ({"threshold": 6}, "seuil 6"),
        ({"session": b"court"}, "session a 5 octets"),
        ({"server_round": -1}, "négatif"),
        ({"identities": keypairs(5)[1][:1]}, "1 clients"),
        ({"identities": keypairs(5)[1][:4] * 2}, "même identité"),
        ({"identities": (*keypairs(5)[1][:4], b"x")}, "32 octets"),
        ({"length": 0}, "longueur 0"),
        ({"degree": 0}, "degré 0"),
        ({"degree": 3}, "degré 3"),
    ],
)
def test_impossible_parameters(change, fault):
    usual = {"threshold": 2}
    with pytest.raises(ProtocolError, match=fault):
        make_parameters(N, **(usual | change))
