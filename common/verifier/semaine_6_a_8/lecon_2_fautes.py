"""Masquer, réparer, voler : les erreurs que la leçon 2 sait nommer : pour chaque message, la réponse qui le mérite."""

from collections.abc import Callable

import numpy as np

from common.secure_aggregation.pairwise import masked_vector, repair, steal
from common.secure_aggregation.primitives import mask


def masked_with(adds: Callable) -> Callable:
    """Fabrique un masquage où `adds(client, pair)` décide du signe."""

    def wrong(vector: np.ndarray, client: int, seeds: dict[int, bytes]) -> np.ndarray:
        for peer, seed in seeds.items():
            pair_mask = mask(seed, len(vector))
            vector = vector + pair_mask if adds(client, peer) else vector - pair_mask
        return vector

    return wrong


def masked_among(keeps: Callable) -> Callable:
    """Fabrique un masquage qui oublie les pairs que `keeps(client, pair)` ne garde pas."""

    def wrong(vector: np.ndarray, client: int, seeds: dict[int, bytes]) -> np.ndarray:
        return masked_vector(vector, client, {peer: seed for peer, seed in seeds.items() if keeps(client, peer)})

    return wrong


def alternating_signs(vector, client, seeds):
    for rank, seed in enumerate(seeds.values()):
        vector = vector - mask(seed, len(vector)) if rank % 2 else vector + mask(seed, len(vector))
    return vector


def first_peer_only(vector, client, seeds):
    return masked_vector(vector, client, dict(list(seeds.items())[:1]))


def last_peer_only(vector, client, seeds):
    return masked_vector(vector, client, dict(list(seeds.items())[-1:]))


def masks_alone(vector, client, seeds):
    return masked_vector(np.zeros_like(vector), client, seeds)


def one_number_for_all(vector, client, seeds):
    for peer, seed in seeds.items():
        vector = vector + mask(seed, 1) if client < peer else vector - mask(seed, 1)
    return vector


def unmasked(vector, client, seeds):
    return vector.copy()


def without_modulo(vector, client, seeds):
    signs = {peer: 1 if client < peer else -1 for peer in seeds}
    return vector.astype(np.int64) + sum(signs[u] * mask(s, len(vector)).astype(np.int64) for u, s in seeds.items())


def exclusive_or(vector, client, seeds):
    for seed in seeds.values():
        vector = vector ^ mask(seed, len(vector))
    return vector


def as_floats(vector, client, seeds):
    return masked_vector(vector, client, seeds).astype(float)


def as_int64(vector, client, seeds):
    return masked_vector(vector, client, seeds).astype(np.int64)


def as_uint64(vector, client, seeds):
    return without_modulo(vector, client, seeds).astype(np.uint64)


def wrong_modulus(vector, client, seeds):
    return (without_modulo(vector, client, seeds) % (2**32 - 1)).astype(np.uint32)


def negated(vector, client, seeds):
    return -masked_vector(vector, client, seeds)


def repaired_backwards(total, seeds):
    return total - repair(np.zeros_like(total), seeds)


def first_dropped_only(total, seeds):
    return repair(total, dict(list(seeds.items())[:1]))


def last_dropped_only(total, seeds):
    return repair(total, dict(list(seeds.items())[-1:]))


def first_seed_only(total, seeds):
    return repair(total, {d: dict(list(pair_seeds.items())[:1]) for d, pair_seeds in seeds.items()})


def repaired_as_first(total, seeds):
    for pair_seeds in seeds.values():
        total = masked_vector(total, 0, pair_seeds)
    return total


def one_total_each(total, seeds):
    return [masked_vector(total, d, pair_seeds) for d, pair_seeds in seeds.items()]


def unrepaired(total, seeds):
    return total.copy()


def correction_alone(total, seeds):
    return repair(np.zeros_like(total), seeds)


def repaired_without_signs(total, seeds):
    for pair_seeds in seeds.values():
        for seed in pair_seeds.values():
            total = total + mask(seed, len(total))
    return total


def removed_without_signs(total, seeds):
    for pair_seeds in seeds.values():
        for seed in pair_seeds.values():
            total = total - mask(seed, len(total))
    return total


def total_doubled(total, seeds):
    for d, pair_seeds in seeds.items():
        total = total + masked_vector(total, d, pair_seeds)
    return total


def total_removed(total, seeds):
    for d, pair_seeds in seeds.items():
        total = total - masked_vector(total, d, pair_seeds)
    return total


def dropped_pair_once(total, seeds):
    done = set()
    for d, pair_seeds in seeds.items():
        total = masked_vector(total, d, {peer: seed for peer, seed in pair_seeds.items() if peer not in done})
        done.add(d)
    return total


def stolen_with(own: int = -1, pairs: int = -1) -> Callable:
    """Fabrique un vol où le second masque et ceux des paires sont retirés (−1), laissés (0) ou ajoutés (1)."""

    def wrong(masked: np.ndarray, client: int, seed: bytes, pair_seeds: dict[int, bytes]) -> np.ndarray:
        masks = (mask(seed, len(masked)), masks_alone(masked, client, pair_seeds))
        for sign, part in zip((own, pairs), masks, strict=True):
            masked = masked + part if sign > 0 else masked - part if sign < 0 else masked
        return masked

    return wrong


def stolen_unsigned(masked, client, seed, pair_seeds):
    for each in (seed, *pair_seeds.values()):
        masked = masked - mask(each, len(masked))
    return masked


def stolen_minus_masked(masked, client, seed, pair_seeds):
    return masked - masked_vector(masked, client, pair_seeds) - mask(seed, len(masked))


def masks_instead(masked, client, seed, pair_seeds):
    return masked - steal(masked, client, seed, pair_seeds)


def stolen_negated(masked, client, seed, pair_seeds):
    return -steal(masked, client, seed, pair_seeds)


def stolen_as_first(masked, client, seed, pair_seeds):
    return steal(masked, 0, seed, pair_seeds)


def stolen_own_as_pairs(masked, client, seed, pair_seeds):
    return steal(masked, client, seed, dict.fromkeys(pair_seeds, seed))


def stolen_one_pair(masked, client, seed, pair_seeds):
    return steal(masked, client, seed, dict(list(pair_seeds.items())[:1]))


def stolen_from_ones(masked, client, seed, pair_seeds):
    return steal(masked, client, seed, pair_seeds) - np.ones_like(masked)


def stolen_from_wide_zeros(masked, client, seed, pair_seeds):
    pair_masks = without_modulo(np.zeros_like(masked), client, pair_seeds)
    return masked.astype(np.int64) - pair_masks - mask(seed, len(masked)).astype(np.int64)


def stolen_in_wide_integers(masked, client, seed, pair_seeds):
    pair_masks = masks_alone(masked, client, pair_seeds)
    return masked.astype(np.int64) - pair_masks.astype(np.int64) - mask(seed, len(masked)).astype(np.int64)
