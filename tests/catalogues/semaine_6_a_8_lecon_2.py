"""Leçon 2 des semaines 6 à 8, masquer : ce que le contrôle doit refuser, et avec quel message."""

import numpy as np

from common.secure_aggregation.pairwise import masked_vector
from common.secure_aggregation.primitives import mask


def larger_adds(vector, client, seeds):
    for peer, seed in seeds.items():
        vector = vector + mask(seed, len(vector)) if peer < client else vector - mask(seed, len(vector))
    return vector


def everything_added(vector, client, seeds):
    return vector + sum(mask(seed, len(vector)) for seed in seeds.values())


def everything_subtracted(vector, client, seeds):
    for seed in seeds.values():
        vector = vector - mask(seed, len(vector))
    return vector


def every_other_sign(vector, client, seeds):
    for rank, seed in enumerate(seeds.values()):
        vector = (np.subtract if rank % 2 else np.add)(vector, mask(seed, len(vector)))
    return vector


def without_subtraction(vector, client, seeds):
    for peer, seed in seeds.items():
        if client < peer:
            vector = vector + mask(seed, len(vector))
    return vector


def without_addition(vector, client, seeds):
    for peer, seed in seeds.items():
        if peer < client:
            vector = vector - mask(seed, len(vector))
    return vector


def return_in_the_loop(vector, client, seeds):
    for peer, seed in seeds.items():
        return vector + mask(seed, len(vector)) if client < peer else vector - mask(seed, len(vector))


def always_from_the_vector(vector, client, seeds):
    for peer, seed in seeds.items():
        masked = vector + mask(seed, len(vector)) if client < peer else vector - mask(seed, len(vector))
    return masked


def from_zeros(vector, client, seeds):
    masked = np.zeros(len(vector), np.uint32)
    for peer, seed in seeds.items():
        masked = masked + mask(seed, len(vector)) if client < peer else masked - mask(seed, len(vector))
    return masked


def mask_of_length_one(vector, client, seeds):
    for peer, seed in seeds.items():
        vector = vector + mask(seed, 1)[0] if client < peer else vector - mask(seed, 1)[0]
    return vector


def nothing_done(vector, client, seeds):
    return vector


def in_wide_integers(vector, client, seeds):
    masked = vector.astype(np.int64)
    for peer, seed in seeds.items():
        masked += np.int64(1 if client < peer else -1) * mask(seed, len(vector)).astype(np.int64)
    return masked


def wide_with_modulo(vector, client, seeds):
    return in_wide_integers(vector, client, seeds) % 2**32


def modulo_one_short(vector, client, seeds):
    return (in_wide_integers(vector, client, seeds) % (2**32 - 1)).astype(np.uint32)


def xor(vector, client, seeds):
    for seed in seeds.values():
        vector = np.bitwise_xor(vector, mask(seed, len(vector)))
    return vector


def floating(vector, client, seeds):
    return vector + sum((1.0 if client < peer else -1.0) * mask(seed, len(vector)) for peer, seed in seeds.items())


def minus_at_the_end(vector, client, seeds):
    return 0 - masked_vector(vector, client, seeds)


def minus_one_times(vector, client, seeds):
    for peer, seed in seeds.items():
        vector = vector + (1 if client < peer else -1) * mask(seed, len(vector))
    return vector


def in_place(vector, client, seeds):
    for peer, seed in seeds.items():
        if client < peer:
            vector += mask(seed, len(vector))
        else:
            vector -= mask(seed, len(vector))
    return vector


def peers_only(vector, client, seeds):
    for _peer, seed in seeds:
        vector = vector + mask(seed, len(vector))
    return vector


def numbered_from_zero(vector, client, seeds):
    for peer in range(len(seeds)):
        vector = vector + mask(seeds[peer], len(vector))
    return vector


def number_as_seed(vector, client, seeds):
    for peer in seeds:
        vector = vector + mask(bytes([peer]), len(vector))
    return vector


def too_long(vector, client, seeds):
    for seed in seeds.values():
        vector = vector + mask(seed, len(vector) + 1)
    return vector


def as_a_list(vector, client, seeds):
    return masked_vector(vector, client, seeds).tolist()


def forgotten_return(vector, client, seeds):
    masked_vector(vector, client, seeds)


def off_by_one(vector, client, seeds):
    return masked_vector(vector, client, seeds) + np.uint32(1)


def last_entry_in_clear(vector, client, seeds):
    masked = masked_vector(vector, client, seeds)
    masked[-1] = vector[-1]
    return masked


def same_seed_for_all(vector, client, seeds):
    return masked_vector(vector, client, dict.fromkeys(seeds, next(iter(seeds.values()))))


def rows_and_seeds(vector, client, seeds):
    for peer, seed in enumerate(seeds):
        vector = vector + mask(seed, len(vector)) if client < peer else vector - mask(seed, len(vector))
    return vector


def the_dictionary_as_seed(vector, client, seeds):
    return vector + mask(seeds, len(vector))


def the_vector_as_length(vector, client, seeds):
    for seed in seeds.values():
        vector = vector + mask(seed, vector)
    return vector


def needless_modulo(vector, client, seeds):
    for seed in seeds.values():
        vector = (vector + mask(seed, len(vector))) % 2**32
    return vector


def in_uint64(vector, client, seeds):
    vector = vector.astype(np.uint64)
    for peer, seed in seeds.items():
        vector = vector + mask(seed, len(vector)) if client < peer else vector - mask(seed, len(vector))
    return vector


def as_a_tuple(vector, client, seeds):
    return tuple(masked_vector(vector, client, seeds))


MASKED = [
    (rows_and_seeds, "rend (numéro, graine)"),
    (the_dictionary_as_seed, "donnez une graine"),
    (the_vector_as_length, "aussi long que le vecteur"),
    (needless_modulo, "n'écrivez pas de `%`"),
    (in_uint64, "modulo 2⁶⁴"),
    (as_a_tuple, "rendez un tuple"),
    (larger_adds, "le plus PETIT numéro"),
    (everything_added, "ajoutez tous les masques"),
    (everything_subtracted, "retirez tous les masques"),
    (every_other_sign, "le signe alterne"),
    (without_subtraction, "de plus petit numéro"),
    (without_addition, "de plus grand numéro"),
    (return_in_the_loop, "qu'avec le premier pair"),
    (always_from_the_vector, "qu'avec le dernier pair"),
    (from_zeros, "sans le vecteur"),
    (mask_of_length_one, "étirez à `len(vector)`"),
    (nothing_done, "tel quel"),
    (in_wide_integers, "sort de 2³²"),
    (wide_with_modulo, "pas leur type"),
    (modulo_one_short, "2³² − 1"),
    (xor, "OU exclusif"),
    (floating, "des flottants"),
    (minus_at_the_end, "masque par masque"),
    (minus_one_times, "pas de nombre négatif"),
    (in_place, "en place"),
    (peers_only, ".items()"),
    (numbered_from_zero, "parcourez les clés"),
    (number_as_seed, "il en faut 32"),
    (too_long, "aussi long que le vecteur"),
    (as_a_list, "rendez une liste"),
    (forgotten_return, "il manque un `return`"),
    (off_by_one, "« valeurs »"),
    (last_entry_in_clear, "« valeurs »"),
    (same_seed_for_all, "« valeurs »"),
]

WRONG = {"masked_vector": MASKED}
