"""Partager, reconstruire : les erreurs que la leçon 2 sait nommer : pour chaque message, la réponse qui le mérite."""

from collections.abc import Callable, Sequence
from math import prod

from common.secure_aggregation.pairwise import reconstruct, share_secret


def powers(coefficients: Sequence[int], x: int, first: int = 1) -> int:
    """Rend c₁xᶠ + c₂xᶠ⁺¹ + …, où f est la première puissance."""
    return sum(c * x**k for k, c in enumerate(coefficients, start=first))


def shares_of(value: Callable) -> Callable:
    """Fabrique un partage où la part de x est `value(secret, coefficients, x)`, modulo p."""
    return lambda secret, coefficients, points, prime: {x: value(secret, coefficients, x) % prime for x in points}


def shares_without_modulo(secret, coefficients, points, prime):
    return {x: secret + powers(coefficients, x) for x in points}


def shares_by_rank(secret, coefficients, points, prime):
    ranks = range(1, len(points) + 1)
    values = share_secret(secret, coefficients, ranks, prime).values()
    return dict(zip(points, values, strict=True))


def ranks_instead_of_points(secret, coefficients, points, prime):
    return share_secret(secret, coefficients, range(1, len(points) + 1), prime)


def shares_as_list(secret, coefficients, points, prime):
    return list(share_secret(secret, coefficients, points, prime).values())


def shares_as_floats(secret, coefficients, points, prime):
    return dict.fromkeys(points, 0.0)


def modulo_of_the_end(secret, coefficients, points, prime):
    return {x: secret + powers(coefficients, x) % prime for x in points}


def quotients(secret, coefficients, points, prime):
    return {x: (secret + powers(coefficients, x)) // prime for x in points}


def secret_with(factor: Callable) -> Callable:
    """Fabrique une reconstruction où `factor(point, autre, p)` remplace le facteur de Lagrange."""

    def wrong(shares: dict[int, int], prime: int) -> int:
        secret = 0
        for x, value in shares.items():
            for other in shares.keys() - {x}:
                value = value * factor(x, other, prime)
            secret += value
        return secret % prime

    return wrong


def lagrange(x: int, other: int, prime: int) -> int:
    return other * pow(other - x, -1, prime) % prime


def float_division(shares, prime):
    return 0.0


def floor_division(shares, prime):
    secret = 0
    for x, value in shares.items():
        for other in shares:
            if other != x:
                value = value * other // (other - x)
        secret += value
    return secret % prime


def sum_of_factors(shares, prime):
    return sum(y * sum(lagrange(x, other, prime) for other in shares if other != x) for x, y in shares.items()) % prime


def plain_sum(shares, prime):
    return sum(shares.values()) % prime


def weights_alone(shares, prime):
    return reconstruct(dict.fromkeys(shares, 1), prime)


def secret_without_modulo(shares, prime):
    secret = 0
    for x, value in shares.items():
        for other in shares:
            if other != x:
                value = value * other * pow(other - x, -1, prime)
        secret += value
    return secret


def sum_of_remainders(shares, prime):
    return sum(secret_with(lagrange)(shares | dict.fromkeys(shares.keys() - {x}, 0), prime) for x in shares)


def first_share_only(shares, prime):
    first = next(iter(shares))
    return reconstruct(shares | dict.fromkeys(shares.keys() - {first}, 0), prime)


def last_share_only(shares, prime):
    last = list(shares)[-1]
    return reconstruct(shares | dict.fromkeys(shares.keys() - {last}, 0), prime)


def two_shares(shares, prime):
    return reconstruct(dict(list(shares.items())[:2]), prime)


def points_by_rank(shares, prime):
    return reconstruct(dict(enumerate(shares.values(), start=1)), prime)


def smallest_share(shares, prime):
    return min(shares.values())


def divided(shares):
    """Rend la somme de Lagrange, calculée avec des virgules."""
    secret = 0
    for x, value in shares.items():
        for other in shares.keys() - {x}:
            value = value * (other / (other - x))
        secret += value
    return secret


def rounded_at_the_end(shares, prime):
    return round(divided(shares)) % prime


def cut_at_the_end(shares, prime):
    return int(divided(shares) % prime)


def weighted(shares, prime):
    """Rend les termes de la somme de Lagrange, un par part."""
    return [y * prod(lagrange(x, other, prime) for other in shares if other != x) for x, y in shares.items()]


def product_of_shares(shares, prime):
    return prod(weighted(shares, prime)) % prime


def one_too_many(shares, prime):
    return (1 + reconstruct(shares, prime)) % prime


def larger_points_only(shares, prime):
    return sum(y * prod(lagrange(x, other, prime) for other in shares if other > x) for x, y in shares.items()) % prime
