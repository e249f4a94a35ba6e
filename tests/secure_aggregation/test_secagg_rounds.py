"""La somme est exacte pour tout ensemble permis de survivants, à toute étape ; sous le seuil, rien n'est publié."""

from itertools import combinations

import numpy as np
import pytest
from secagg_rounds import exact_sum, make_clients, make_parameters, make_vectors

from common.secure_aggregation import AbortError, Server, Stage, rehearse
from common.secure_aggregation.rehearsal import answer

STAGES = [stage for stage in Stage if stage is not Stage.DONE]
SMALL = [(n, t) for n in range(2, 7) for t in range(2, n + 1)]


def play(parameters, silent_from):
    vectors = make_vectors(parameters)
    server = rehearse(make_clients(parameters), vectors, silent_from)
    assert np.array_equal(server.total, exact_sum(vectors, server.survivors))
    return server.survivors


@pytest.mark.parametrize(("num_clients", "threshold"), SMALL)
def test_every_allowed_set_of_dropouts_at_every_stage_gives_the_exact_sum(num_clients, threshold):
    parameters, everyone = make_parameters(num_clients, threshold), frozenset(range(num_clients))
    for count in range(num_clients - threshold + 1):
        for gone in combinations(range(num_clients), count):
            for stage in STAGES if count else STAGES[:1]:
                counted = everyone - set(gone) if stage <= Stage.MASKED else everyone
                assert play(parameters, dict.fromkeys(gone, stage)) == counted


@pytest.mark.parametrize(("num_clients", "threshold"), SMALL)
def test_one_survivor_too_few_publishes_nothing_whatever_the_stage(num_clients, threshold):
    parameters = make_parameters(num_clients, threshold)
    for stage in STAGES:
        clients = make_clients(parameters)
        gone = dict.fromkeys(range(num_clients - threshold + 1), stage)
        with pytest.raises(AbortError, match=f"{threshold - 1} clients, il en faut {threshold}"):
            rehearse(clients, make_vectors(parameters), gone)


def test_dropouts_at_different_stages_add_up():
    parameters = make_parameters(6, 2)
    assert play(parameters, {0: Stage.KEYS, 1: Stage.SHARES, 2: Stage.MASKED, 3: Stage.UNMASKINGS}) == {3, 4, 5}
    assert play(parameters, {5: Stage.KEYS, 4: Stage.CONFIRMATIONS, 3: Stage.CONFIRMATIONS}) == {0, 1, 2, 3, 4}


@pytest.mark.parametrize("degree", [6, 8, 11])
def test_a_sparse_graph_gives_the_exact_sum_too(degree):
    parameters = make_parameters(12, 3, degree=degree)
    assert all(len(parameters.holders(client)) == degree + 1 for client in range(12))
    for stage in STAGES:
        assert len(play(parameters, {1: stage, 8: stage})) == (10 if stage <= Stage.MASKED else 12)


def test_a_client_left_alone_in_a_sparse_graph_is_left_out_and_the_others_go_on():
    parameters, lonely = make_parameters(30, 3, degree=6), 5
    gone = sorted(parameters.neighbours(lonely))[:5]
    survivors = play(parameters, dict.fromkeys(gone, Stage.KEYS))
    assert lonely not in survivors and len(survivors) >= 15


def test_the_server_publishes_nothing_before_the_end_and_refuses_a_sixth_stage():
    parameters = make_parameters(3, 2)
    clients, vectors, server = make_clients(parameters), make_vectors(parameters), Server(parameters)
    orders = dict.fromkeys(range(3))
    while server.stage is not Stage.DONE:
        assert server.total is None
        for number, order in orders.items():
            server.receive(number, answer(clients[number], server.stage, order, vectors[number]))
        assert server.received.keys() == server.expected
        orders = server.close()
    assert orders == {}
    with pytest.raises(Exception, match="Ce tour est fini"):
        server.close()


def test_each_round_draws_new_masks():
    parameters = make_parameters(3, 2)
    vectors, seen = make_vectors(parameters), []
    for _ in range(2):
        clients, server = make_clients(parameters), Server(parameters)
        orders = dict.fromkeys(range(3))
        for stage in (Stage.KEYS, Stage.SHARES):
            for number, order in orders.items():
                server.receive(number, answer(clients[number], stage, order, vectors[number]))
            orders = server.close()
        seen.append(answer(clients[0], Stage.MASKED, orders[0], vectors[0]).vector)
    assert seen[0] != seen[1]


def test_losses_that_isolate_everyone_stop_the_round_at_once():
    """Chacun a 5 détenteurs, il en faut 4 : deux départs isolent un client, qui en isole un autre, etc."""
    parameters = make_parameters(12, 4, degree=4)
    gone = sorted(parameters.neighbours(5))[:2]
    with pytest.raises(AbortError, match="Étape KEYS : 0 clients, il en faut 4"):
        rehearse(make_clients(parameters), make_vectors(parameters), dict.fromkeys(gone, Stage.KEYS))
