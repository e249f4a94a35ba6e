"""Le partage de Shamir : t parts rendent le secret, t−1 n'en disent rien, et chaque refus."""

import secrets
import time
from itertools import combinations
from random import Random

import numpy as np
import pytest
from Crypto.Util.number import isPrime
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from common.secure_aggregation import shamir
from common.secure_aggregation.errors import ProtocolError
from common.secure_aggregation.shamir import PRIME, combine, split

SECRET = bytes(range(32))


def lagrange(points, x):
    """Vaut en x le polynôme qui passe par `points`, écrit sans rien du module : l'oracle des essais."""
    total = 0
    for i, value in points.items():
        numerator = denominator = 1
        for j in points:
            if j != i:
                numerator, denominator = numerator * (x - j) % PRIME, denominator * (i - j) % PRIME
        total += value * numerator * pow(denominator, PRIME - 2, PRIME)
    return total % PRIME


def numbers(shares):
    return {x: int.from_bytes(share, "big") for x, share in shares.items()}


def test_the_field_is_the_smallest_prime_above_every_secret():
    assert isPrime(PRIME)
    assert not any(isPrime(candidate) for candidate in range(2**256, PRIME))


@pytest.mark.parametrize(("n", "t"), [(n, t) for n in range(2, 7) for t in range(2, n + 1)])
def test_every_subset_of_t_shares_or_more_gives_the_secret(n, t):
    shares = split(SECRET, range(1, n + 1), t)
    for size in range(t, n + 1):
        for chosen in combinations(shares, size):
            assert combine({x: shares[x] for x in chosen}, t) == SECRET
    for chosen in combinations(shares, t - 1):
        with pytest.raises(ProtocolError, match=f"{t - 1} parts pour un seuil de {t}"):
            combine({x: shares[x] for x in chosen}, t)


@settings(max_examples=50, deadline=None)
@given(
    st.binary(min_size=32, max_size=32),
    st.lists(st.integers(1, PRIME - 1), min_size=2, max_size=12, unique=True),
    st.randoms(),
    st.data(),
)
def test_any_secret_any_points_any_order(secret, points, rng, data):
    threshold = data.draw(st.integers(2, len(points)))
    shares = split(secret, points, threshold)
    kept = rng.sample(points, threshold)
    assert combine({x: shares[x] for x in kept}, threshold) == secret
    assert lagrange({x: numbers(shares)[x] for x in kept}, 0) == int.from_bytes(secret, "big")


@pytest.mark.parametrize("secret", [bytes(32), b"\xff" * 32, bytes(31) + b"\x01", b"\x80" + bytes(31)])
def test_secrets_at_the_edges_keep_their_32_bytes(secret):
    assert combine(split(secret, [1, 2, PRIME - 1], 3), 3) == secret


def test_shares_are_the_values_of_the_drawn_polynomial(monkeypatch):
    drawn = iter([7, PRIME - 3])
    monkeypatch.setattr(secrets, "randbelow", lambda bound: next(drawn) if bound == PRIME else pytest.fail("corps"))
    constant = int.from_bytes(SECRET, "big")
    expected = {x: (7 * x**2 - 3 * x + constant) % PRIME for x in (1, 4, 10**30)}
    shares = split(SECRET, [1, 4, 10**30], 3)
    assert numbers(shares) == expected
    assert {len(share) for share in shares.values()} == {33}


@pytest.mark.parametrize("t", [2, 3, 5])
def test_t_minus_one_shares_fit_every_secret_equally(t):
    """Secret parfait : par t−1 parts et n'importe quel candidat passe UN polynôme de degré t−1, donc aussi probable."""
    shares = numbers(split(SECRET, range(1, t + 1), t))
    known = {x: shares[x] for x in range(1, t)}
    for candidate in [0, 1, 2**256 - 1, int.from_bytes(SECRET, "big"), secrets.randbits(256)]:
        through = {0: candidate, **known}
        completed = {**known, t: lagrange(through, t)}
        encoded = {x: value.to_bytes(33, "big") for x, value in completed.items()}
        assert combine(encoded, t) == candidate.to_bytes(32, "big")


@pytest.mark.parametrize("secret", [bytes(32), b"\xff" * 32])
@pytest.mark.parametrize("x", [1, 2**200])
def test_a_single_share_is_uniform_whatever_the_secret(secret, x):
    values = [numbers(split(secret, [x, 2], 2))[x] for _ in range(4000)]
    for digit in ([value * 16 // PRIME for value in values], [value % 16 for value in values]):
        assert chisquare(np.bincount(digit, minlength=16)).pvalue > 1e-6


def test_two_splits_of_one_secret_have_nothing_in_common():
    first, second = split(SECRET, [1, 2, 3], 2), split(SECRET, [1, 2, 3], 2)
    assert not set(first.values()) & set(second.values())
    assert combine({1: first[1], 2: second[2]}, 2) != SECRET


@pytest.mark.parametrize("bit", [0, 100, 255])
def test_a_wrong_share_gives_another_secret_without_a_word(bit):
    shares = split(SECRET, range(1, 6), 3)
    forged = shares | {2: (int.from_bytes(shares[2], "big") ^ 1 << bit).to_bytes(33, "big")}
    if numbers(forged)[2] < PRIME:
        assert combine(forged, 3) != SECRET
    swapped = shares | {1: shares[2], 2: shares[1]}
    assert combine(swapped, 3) != SECRET


def test_shares_beyond_the_threshold_are_not_read():
    shares = split(SECRET, range(1, 6), 3)
    assert combine(shares | {5: bytes(33)}, 3) == SECRET


def test_the_weights_kept_for_some_points_are_not_served_for_others():
    for points in [(1, 2, 3), (1, 2, 4), (1, 2, 3), (2, 3, 4), (1, 2, 4)]:
        assert combine(split(SECRET, points, 3), 3) == SECRET


def test_a_value_too_large_for_a_secret_is_refused():
    above = {x: (2**256 + 5 * x).to_bytes(33, "big") for x in (1, 2)}
    with pytest.raises(ProtocolError, match="une au moins est fausse"):
        combine(above, 2)


@pytest.mark.parametrize(
    "share", [b"", bytes(32), bytes(34), PRIME.to_bytes(33, "big"), (PRIME + 1).to_bytes(33, "big"), b"\xff" * 33]
)
def test_what_is_not_a_share_is_refused(share):
    shares = split(SECRET, [1, 2, 3], 2)
    with pytest.raises(ProtocolError, match="part du point 1 n'en est pas une"):
        combine(shares | {1: share}, 2)


def test_the_largest_element_of_the_field_is_a_share():
    shares = {1: (PRIME - 1).to_bytes(33, "big"), 2: (PRIME - 1).to_bytes(33, "big")}
    with pytest.raises(ProtocolError, match="secret de 32 octets"):
        combine(shares, 2)  # constante p−1 >= 2**256 : les deux parts sont lues, c'est le secret qui ne convient pas


@pytest.mark.parametrize("points", [[0, 1, 2], [1, 2, 2], [1, 2, PRIME], [1, 2, PRIME + 1], [-1, 1, 2]])
def test_points_must_be_distinct_nonzero_elements_of_the_field(points):
    with pytest.raises(ProtocolError, match="distinct des autres"):
        split(SECRET, points, 2)
    if len(set(points)) == 3:
        with pytest.raises(ProtocolError, match="distinct des autres"):
            combine({x: bytes(33) for x in points}, 2)


@pytest.mark.parametrize("threshold", [-1, 0, 1])
def test_a_threshold_under_two_is_refused(threshold):
    for operation in (lambda: split(SECRET, [1, 2], threshold), lambda: combine({1: SECRET + b"\0"}, threshold)):
        with pytest.raises(ProtocolError, match="le secret lui-même"):
            operation()


def test_impossible_splits_are_refused():
    with pytest.raises(ProtocolError, match="3 parts pour un seuil de 4"):
        split(SECRET, [1, 2, 3], 4)
    for size in (0, 31, 33):
        with pytest.raises(ProtocolError, match=f"{size} octets, il en faut 32"):
            split(bytes(size), [1, 2, 3], 2)


def test_inverses_are_inverses():
    values = [1, 2, PRIME - 1, 3**100, 2**255]
    assert [value * inverse % PRIME for value, inverse in zip(values, shamir._inverses(values), strict=True)] == [1] * 5


def test_three_hundred_fifty_reconstructions_among_distinct_holders_fit_in_three_seconds():
    rng, shares = Random(0), split(SECRET, range(1, 271), 130)
    chosen = [{x: shares[x] for x in rng.sample(range(1, 271), 130)} for _ in range(350)]
    start = time.process_time()
    assert {combine(subset, 130) for subset in chosen} == {SECRET}
    assert time.process_time() - start < 3
