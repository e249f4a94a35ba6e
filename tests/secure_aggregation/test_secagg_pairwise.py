"""La version à la main contre le vrai protocole, et contre un calcul en entiers de Python."""

import secrets

import numpy as np
import pytest

from common.secure_aggregation import shamir
from common.secure_aggregation.pairwise import masked_vector, reconstruct, repair, share_secret, steal
from common.secure_aggregation.primitives import mask

N, LENGTH = 7, 50


@pytest.fixture
def federation():
    """Sept vecteurs qui débordent une fois additionnés, et une graine par paire."""
    rng = np.random.default_rng(0)
    vectors = rng.integers(2**32, size=(N, LENGTH), dtype=np.uint32)
    pairs = {(u, v): rng.bytes(32) for u in range(N) for v in range(u + 1, N)}
    seeds = {u: {v: pairs[min(u, v), max(u, v)] for v in range(N) if v != u} for u in range(N)}
    return vectors, seeds


def add(vectors) -> np.ndarray:
    return np.sum(list(vectors), axis=0, dtype=np.uint32)


def test_masks_cancel_and_each_message_differs_from_its_vector(federation):
    vectors, seeds = federation
    messages = [masked_vector(vectors[u], u, seeds[u]) for u in range(N)]
    assert np.array_equal(add(messages), add(vectors))
    assert all(np.mean(message == vector) < 0.1 for message, vector in zip(messages, vectors, strict=True))


def test_masked_vector_is_the_signed_sum_in_python_integers(federation):
    vectors, seeds = federation
    masks = {peer: [int(m) for m in mask(seed, LENGTH)] for peer, seed in seeds[3].items()}
    expected = [
        (int(x) + sum(m[i] if peer > 3 else -m[i] for peer, m in masks.items())) % 2**32
        for i, x in enumerate(vectors[3])
    ]
    masked = masked_vector(vectors[3], 3, seeds[3])
    assert masked.dtype == np.uint32 and masked.tolist() == expected


@pytest.mark.parametrize("dropped", [(), (5,), (0, 6), (1, 2, 4)])
def test_repaired_sum_is_that_of_the_survivors(federation, dropped):
    vectors, seeds = federation
    survivors = [u for u in range(N) if u not in dropped]
    total = add(masked_vector(vectors[u], u, seeds[u]) for u in survivors)
    before = total.copy()
    assert np.array_equal(repair(total, {u: seeds[u] for u in dropped}), add(vectors[survivors]))
    assert np.array_equal(total, before), "le total reçu ne change pas"
    assert np.array_equal(before, add(vectors[survivors])) is (not dropped)


def test_toy_sharing_agrees_with_the_real_one():
    secret = secrets.token_bytes(32)
    real = shamir.split(secret, range(1, 8), 5)
    shares = {x: int.from_bytes(share, "big") for x, share in real.items()}
    for holders in ((1, 2, 3, 4, 5), (7, 2, 6, 3, 4)):
        rebuilt = reconstruct({x: shares[x] for x in holders}, shamir.PRIME)
        assert rebuilt == int.from_bytes(secret, "big")


def test_shares_of_a_known_polynomial_and_back():
    shares = share_secret(42, [3, 1], [1, 2, 3, 100], 101)
    assert shares == {1: 46, 2: 52, 3: 60, 100: 40}
    assert all(reconstruct({x: shares[x] for x in kept}, 101) == 42 for kept in ((1, 2, 3), (100, 3, 1)))


def test_one_share_too_few_leaves_every_secret_possible():
    assert {reconstruct({1: 46, 2: 52, 3: value}, 101) for value in range(101)} == set(range(101))


def test_both_secrets_give_the_vector_and_one_gives_noise(federation):
    vectors, seeds = federation
    own = bytes(range(32))
    message = masked_vector(vectors[2] + mask(own, LENGTH), 2, seeds[2])
    assert np.array_equal(steal(message, 2, own, seeds[2]), vectors[2])
    assert np.mean(steal(message, 2, own, {}) == vectors[2]) < 0.1
    assert np.mean(steal(message, 2, bytes(32), seeds[2]) == vectors[2]) < 0.1
