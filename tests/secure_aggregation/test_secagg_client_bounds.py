"""Ce qui borne un client : ses voisins à lui dans un graphe creux, son tour, et l'imprévu qui l'arrête aussi."""

import numpy as np
import pytest
from secagg_rounds import keypairs, make_clients, make_parameters, make_vectors

from common.secure_aggregation import Client, ProtocolError, Server, Stage
from common.secure_aggregation.client import commit, pair_info
from common.secure_aggregation.messages import Survivors
from common.secure_aggregation.rehearsal import answer


def started(parameters, stage: Stage):
    """Rend les clients d'un tour mené jusqu'au début de `stage`, et ce que le serveur va leur dire."""
    clients, vectors, server = make_clients(parameters), make_vectors(parameters), Server(parameters)
    orders = dict.fromkeys(range(parameters.num_clients))
    while server.stage < stage:
        for number, order in orders.items():
            server.receive(number, answer(clients[number], server.stage, order, vectors[number]))
        orders = server.close()
    return clients, orders


def test_survivors_are_counted_among_its_own_neighbours():
    """Neuf survivants sur douze suffiraient au seuil de quatre ; mais autour du client 0, il n'en reste que trois."""
    parameters = make_parameters(12, 4, degree=4)
    clients, _ = started(parameters, Stage.CONFIRMATIONS)
    gone = sorted(parameters.neighbours(0))[:2]
    with pytest.raises(ProtocolError, match="3 détenteurs survivent, il en faut 4"):
        clients[0].confirm(Survivors(tuple(number for number in range(12) if number not in gone)))


def test_the_default_minimum_counts_the_holders_of_one_secret():
    """Cinq détenteurs : plus des deux tiers font quatre, quel que soit le nombre de clients."""
    key = keypairs(12)[0][0]
    Client(make_parameters(12, 4, degree=4), 0, key)
    with pytest.raises(ProtocolError, match="exige au moins 4"):
        Client(make_parameters(12, 3, degree=4), 0, key)


def test_a_sealed_share_is_worth_nothing_in_another_round():
    """Même avec les clés de chiffrement d'un autre tour : le tour fait partie de ce que l'étiquette prouve."""
    clients, inboxes = started(make_parameters(5, 4), Stage.MASKED)
    other = make_clients(make_parameters(5, 4, server_round=2))[0]
    other._memory.ciphers = clients[0]._memory.ciphers
    other._keep_shares(1, inboxes[0].sealed[1])
    assert not other._memory.seed_shares and not other._memory.key_shares
    clients[0]._keep_shares(1, inboxes[0].sealed[1])
    assert 1 in clients[0]._memory.seed_shares


def test_an_unexpected_error_ends_the_round_for_this_client_too():
    clients, inboxes = started(make_parameters(5, 4), Stage.MASKED)
    with pytest.raises(AttributeError):
        clients[0].mask(inboxes[0], None)
    with pytest.raises(ProtocolError, match="hors de son tour"):
        clients[0].mask(inboxes[0], np.zeros(4, np.uint32))


def test_pair_seeds_and_commitments_are_bound_to_the_round_and_the_clients():
    """Un complice qui recopie la clé de masque d'un autre, ou son empreinte, n'obtient pas la même graine."""
    here, there = make_parameters(5, 4), make_parameters(5, 4, server_round=2)
    assert pair_info(here, 0, 1) == pair_info(here, 1, 0)
    assert len({pair_info(here, 0, 1), pair_info(here, 0, 2), pair_info(there, 0, 1)}) == 3
    assert len({commit(bytes(32), here, 0), commit(bytes(32), here, 1), commit(bytes(32), there, 0)}) == 3


def test_each_round_draws_another_graph():
    """Un graphe connu d'avance dirait au serveur, avant tout, qui corrompre autour de sa victime."""
    rounds = [make_parameters(30, 3, degree=4, server_round=number) for number in (1, 2, 1)]
    first, second, again = ([parameters.neighbours(client) for client in range(30)] for parameters in rounds)
    assert first == again != second
