"""La version à la main, comparée au vrai code : mêmes codes, mêmes octets, même seuil, même variance."""

import itertools

import numpy as np
import pytest

from common.secure_aggregation import Client, Parameters, Server, Stage, by_hand, signing_keypairs
from common.secure_aggregation.messages import OVERHEAD, encode
from common.secure_aggregation.noise import PrivateMean
from common.secure_aggregation.quantisation import Quantiser
from common.secure_aggregation.rehearsal import answer


def test_quantise_and_decode_agree_with_the_quantiser():
    """Les codes pondérés sont ceux de `Quantiser`, et la moyenne décodée aussi."""
    rng, quantiser = np.random.default_rng(0), Quantiser(1.0, 5, 100)
    total = np.zeros(8, np.uint32)
    for count in (1, 17, 100):
        values = rng.uniform(-1, 1, 7)
        code = np.append(by_hand.quantise(count * values, quantiser.scale), np.uint32(count))
        assert np.array_equal(code, quantiser.encode(values, count))
        total += code
    mean, count = by_hand.decode_mean(total, quantiser.scale)
    expected, expected_count = quantiser.decode_sum(total)
    assert count == expected_count == 118 and np.allclose(mean, expected, rtol=0, atol=1e-15)


def test_quantise_wraps_where_the_quantiser_refuses():
    """Passé 2³¹ − 1, l'entier devient négatif : c'est le repli silencieux que montre la leçon."""
    assert by_hand.quantise(np.array([2.0**31, -1.0]), 1.0).view(np.int32).tolist() == [-(2**31), -1]


@pytest.mark.parametrize("num_clients", range(2, 10))
def test_threshold_is_the_smallest_that_two_groups_cannot_both_reach(num_clients):
    """Force brute : aucun partage des honnêtes en deux ne donne deux groupes au seuil, complices comptés deux fois."""
    for colluders, dropouts in itertools.product(range(num_clients), repeat=2):
        honest = num_clients - colluders

        def cheated(threshold, honest=honest, colluders=colluders):
            return any(min(a, honest - a) + colluders >= threshold for a in range(honest + 1))

        safe = next(t for t in range(1, 2 * num_clients) if not cheated(t))
        expected = safe if safe <= num_clients - dropouts else None
        assert by_hand.choose_threshold(num_clients, colluders, dropouts) == expected


@pytest.mark.parametrize(("num_clients", "num_parameters"), [(3, 1), (4, 14), (7, 1000)])
def test_bytes_sent_is_what_the_messages_weigh_less_their_envelope(num_clients, num_parameters):
    """Un vrai tour, message par message ; l'enveloppe de MessagePack reste sous 60 octets, plus 5 par voisin."""
    keys, identities = signing_keypairs(num_clients)
    parameters = Parameters(bytes(16), 1, identities, num_clients, num_parameters + 1)
    clients = [Client(parameters, k, key) for k, key in enumerate(keys)]
    server, orders, sent = Server(parameters), dict.fromkeys(range(num_clients)), 0
    vector = np.zeros(num_parameters + 1, np.uint32)
    while server.stage is not Stage.DONE:
        answers = {k: answer(clients[k], server.stage, order, vector) for k, order in orders.items()}
        sent += len(encode(answers[0], parameters))
        for k, message in answers.items():
            server.receive(k, message)
        orders = server.close()
    envelope = sent - by_hand.bytes_sent(num_parameters, num_clients - 1)
    assert 0 < envelope < 5 * (60 + 5 * num_clients) < 5 * OVERHEAD


def test_shares_of_noise_add_up_to_the_target_variance():
    """Sept parts valent la variance visée, et `PrivateMean` en donne autant à chaque client."""
    rng = np.random.default_rng(1)
    total = sum(by_hand.noise_share(900.0, 7, 200_000, rng) for _ in range(7))
    assert total.dtype == np.int64 and abs(total.mean()) < 0.5 and np.var(total) == pytest.approx(900, rel=0.02)
    mean = PrivateMean(1.0, 10, 9, 7, 1.5)
    draws = by_hand.noise_share((1.5 * mean.sensitivity[0]) ** 2, 7, 50_000, rng)
    assert np.var(draws) == pytest.approx(mean.client_variance, rel=0.03)
