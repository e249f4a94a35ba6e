"""Le serveur ne reçoit, ne garde ni n'envoie aucune mise à jour lisible ; sans masques, la même recherche la trouve."""

import numpy as np
import pytest
from secagg_rounds import make_clients, make_parameters
from secagg_search import found, needles

from common.secure_aggregation import Server, Stage, client, server
from common.secure_aggregation.messages import encode
from common.secure_aggregation.quantisation import Quantiser
from common.secure_aggregation.rehearsal import answer

N, T, LENGTH = 5, 3, 40


def play_and_search(silent_from: dict[int, Stage]) -> set[Stage]:
    """Joue un tour et rend les étapes après lesquelles une mise à jour se lit dans le serveur ou ses messages."""
    parameters = make_parameters(N, T, length=LENGTH + 1)
    updates = np.random.default_rng(7).normal(0, 0.1, (N, LENGTH))
    quantiser = Quantiser(max_abs=1.0, num_clients=N, max_examples=1000)
    vectors = [quantiser.encode(update, 100 + rank) for rank, update in enumerate(updates)]
    wanted = [item for update, vector in zip(updates, vectors, strict=True) for item in needles(update, vector[:-1])]
    clients, round_, traffic, leaks = make_clients(parameters), Server(parameters), [], set()
    orders = dict.fromkeys(range(N))
    while (stage := round_.stage) is not Stage.DONE:
        for number, order in orders.items():
            if silent_from.get(number, Stage.DONE) > stage:
                said = answer(clients[number], stage, order, vectors[number])
                traffic.append(encode(said, parameters))
                round_.receive(number, said)
                leaks |= {stage} if found((vars(round_), traffic), wanted) else set()
        orders = round_.close()
        traffic += [encode(order, parameters) for order in orders.values()]
        leaks |= {stage} if found((vars(round_), traffic), wanted) else set()
    assert len(round_.survivors) >= T
    return leaks


@pytest.mark.parametrize("silent_from", [{}, {1: Stage.MASKED}, {0: Stage.SHARES, 4: Stage.UNMASKINGS}])
def test_the_server_and_its_messages_never_hold_an_update(silent_from):
    assert play_and_search(silent_from) == set()


def test_the_same_search_finds_it_when_masks_are_off(monkeypatch):
    for module in (client, server):
        monkeypatch.setattr(module, "add_mask", lambda total, seed, sign=1: None)
    assert Stage.MASKED in play_and_search({})


def test_the_search_finds_each_way_of_writing_an_update():
    update, vector = np.array([0.25, -0.5, 0.75]), np.array([1, 2, 2**32 - 3], np.uint32)
    for kind in ("<f4", ">f4", "<f8", ">f8"):
        assert found({"x": [update.astype(kind).tobytes()]}, needles(update, vector))
    for kind in ("<u4", ">u4", "<u8", ">u8"):
        assert found(Holder(vector.astype(kind).tobytes()), needles(update, vector))
    assert not found(Holder(b"rien ici"), needles(update, vector))


class Holder:
    def __init__(self, value: bytes) -> None:
        self._hidden = (value,)


def test_a_masked_vector_is_uniform():
    """Chi-deux sur les octets de vecteurs masqués, pour un vecteur nul puis pour un vecteur constant."""
    from scipy.stats import chisquare

    for value in (0, 12345):
        parameters = make_parameters(3, 2, length=50_000)
        vector, clients, server = np.full(50_000, value, np.uint32), make_clients(parameters), Server(parameters)
        orders = dict.fromkeys(range(3))
        while server.stage is not Stage.MASKED:
            for number, order in orders.items():
                server.receive(number, answer(clients[number], server.stage, order, vector))
            orders = server.close()
        masked = clients[1].mask(orders[1], vector).array()
        for shift in (0, 8, 16, 24):
            counts = np.bincount((masked >> np.uint32(shift)) & 255, minlength=256)
            assert chisquare(counts).pvalue > 1e-6


def test_the_server_keeps_no_masked_vector_only_their_sum():
    """Un vecteur masqué gardé serait lisible plus tard, le jour où ses deux secrets fuiraient."""
    parameters = make_parameters(3, 2, length=LENGTH)
    round_, orders, clients = Server(parameters), dict.fromkeys(range(3)), make_clients(parameters)
    zeros = np.zeros(LENGTH, np.uint32)
    for stage in (Stage.KEYS, Stage.SHARES, Stage.MASKED):
        said = [answer(clients[number], stage, order, zeros) for number, order in orders.items()]
        for number, message in enumerate(said):
            round_.receive(number, message)
        orders = round_.close() if stage is not Stage.MASKED else orders
    assert not found(vars(round_), [message.vector for message in said])
    assert found(vars(round_), [sum(message.array() for message in said).tobytes()])
