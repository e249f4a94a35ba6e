"""Leçon 2 des semaines 6 à 8 : des réponses justes, écrites autrement que la référence, qui doivent passer."""

from fractions import Fraction
from functools import reduce
from math import prod

import numpy as np

from common.secure_aggregation.pairwise import masked_vector, reconstruct, repair, share_secret
from common.secure_aggregation.primitives import add_mask, mask


def on_a_copy(vector, client, seeds):
    masked = vector.copy()
    for peer in sorted(seeds):
        add_mask(masked, seeds[peer], 1 if peer > client else -1)
    return masked


def in_python_integers(vector, client, seeds):
    values = [int(value) for value in vector]
    for peer, seed in seeds.items():
        sign = 1 if client < peer else -1
        values = [(value + sign * int(m)) % 2**32 for value, m in zip(values, mask(seed, len(vector)), strict=True)]
    return np.array(values, dtype=np.uint32)


def wide_then_narrow(vector, client, seeds):
    masked = vector.astype(np.int64)
    for peer, seed in seeds.items():
        masked = masked + np.sign(peer - client) * mask(seed, len(vector)).astype(np.int64)
    return (masked % 2**32).astype(np.uint32)


def two_sums(vector, client, seeds):
    masks = np.array([mask(seed, len(vector)) for seed in seeds.values()])
    larger = np.array(list(seeds)) > client
    return vector + masks[larger].sum(axis=0, dtype=np.uint32) - masks[~larger].sum(axis=0, dtype=np.uint32)


def without_other_dropped(total, seeds):
    for d in seeds:
        total = masked_vector(total, d, {peer: seed for peer, seed in seeds[d].items() if peer not in seeds})
    return total


def as_a_fold(total, seeds):
    return reduce(lambda repaired, d: masked_vector(repaired, d, seeds[d]), seeds, total)


def correction_added(total, seeds):
    return total + repair(np.zeros_like(total), seeds)


def by_horner(secret, coefficients, points, prime):
    shares = {}
    for x in points:
        value = 0
        for c in reversed([secret, *coefficients]):
            value = (value * x + c) % prime
        shares[x] = value
    return shares


def power_by_power(secret, coefficients, points, prime):
    shares = dict.fromkeys(sorted(points), secret)
    for k, c in enumerate(coefficients):
        shares = {x: (share + c * pow(x, k + 1, prime)) % prime for x, share in shares.items()}
    return shares


def with_fermat(shares, prime):
    total = 0
    for x, y in shares.items():
        others = [z for z in shares if z != x]
        total += y * prod(others) * pow(prod(z - x for z in others), prime - 2, prime)
    return total % prime


def both_signs_flipped(shares, prime):
    total = 0
    for x in shares:
        weight = 1
        for z in shares:
            if z != x:
                weight = weight * -z * pow(x - z, -1, prime) % prime
        total = (total + shares[x] * weight) % prime
    return total


def by_newton(shares, prime):
    points, rows = list(shares), list(shares.values())
    for level in range(1, len(points)):
        for k in range(len(points) - 1, level - 1, -1):
            rows[k] = (rows[k] - rows[k - 1]) * pow(points[k] - points[k - level], -1, prime) % prime
    value = 0
    for x, row in zip(reversed(points), reversed(rows), strict=True):
        value = (row - value * x) % prime
    return value


def mask_by_mask(masked, client, seed, pair_seeds):
    stolen = masked - mask(seed, len(masked))
    for peer, pair_seed in pair_seeds.items():
        m = mask(pair_seed, len(masked))
        stolen = stolen - m if client < peer else stolen + m
    return stolen


def negated_twice(masked, client, seed, pair_seeds):
    return -masked_vector(mask(seed, len(masked)) - masked, client, pair_seeds)


def shares_without_dimension(secret, coefficients, points, prime):
    return {np.int64(x): np.array(y) for x, y in share_secret(secret, coefficients, points, prime).items()}


def shares_by_polyval(secret, coefficients, points, prime):
    return {x: np.polyval([*coefficients[::-1], secret], x) % prime for x in points}


def secret_without_dimension(shares, prime):
    return np.array(reconstruct(shares, prime))


def with_fractions(shares, prime):
    exact = sum(y * prod(Fraction(z, z - x) for z in shares if z != x) for x, y in shares.items())
    return exact.numerator * pow(exact.denominator, -1, prime) % prime


def masks_of_masks(masked, client, seed, pair_seeds):
    return masked - masked_vector(mask(seed, len(masked)), client, pair_seeds)


def through_uint64(vector, client, seeds):
    masked = vector.astype(np.uint64)
    for peer in seeds:
        masked = masked + mask(seeds[peer], vector.size) if peer > client else masked - mask(seeds[peer], vector.size)
    return masked.astype(np.uint32)


RIGHT = {
    "masked_vector": [on_a_copy, in_python_integers, wide_then_narrow, two_sums, through_uint64],
    "repair": [without_other_dropped, as_a_fold, correction_added],
    "share_secret": [by_horner, power_by_power, shares_without_dimension, shares_by_polyval],
    "reconstruct": [with_fermat, both_signs_flipped, by_newton, secret_without_dimension, with_fractions],
    "steal": [mask_by_mask, negated_twice, masks_of_masks],
}
