"""Leçon 2 des semaines 6 à 8, réparer et voler : ce que le contrôle doit refuser, et avec quel message."""

import numpy as np

from common.secure_aggregation.pairwise import masked_vector, repair, steal
from common.secure_aggregation.primitives import mask


def with_opposite_signs(total, seeds):
    for d, pair_seeds in seeds.items():
        for peer, seed in pair_seeds.items():
            total = total - mask(seed, len(total)) if d < peer else total + mask(seed, len(total))
    return total


def only_one(total, seeds):
    for d in seeds:
        return masked_vector(total, d, seeds[d])


def total_forgotten(total, seeds):
    for d in seeds:
        repaired = masked_vector(total, d, seeds[d])
    return repaired


def one_seed(total, seeds):
    for d in seeds:
        peer = next(iter(seeds[d]))
        total = masked_vector(total, d, {peer: seeds[d][peer]})
    return total


def as_client_zero(total, seeds):
    for d in seeds:
        total = masked_vector(total, 0, seeds[d])
    return total


def list_of_totals(total, seeds):
    return [masked_vector(total, d, seeds[d]) for d in seeds]


def same_total(total, seeds):
    return total


def correction(total, seeds):
    masks = np.zeros_like(total)
    for d in seeds:
        masks = masked_vector(masks, d, seeds[d])
    return masks


def all_added(total, seeds):
    return total + sum(mask(seed, len(total)) for d in seeds for seed in seeds[d].values())


def all_removed(total, seeds):
    for d in seeds:
        for seed in seeds[d].values():
            total = total - mask(seed, len(total))
    return total


def float_total(total, seeds):
    return repair(total.astype(np.float64), {}) + repair(np.zeros_like(total), seeds)


def wide_total(total, seeds):
    return np.array([int(value) for value in repair(total, seeds)])


def sum_of_repaired(total, seeds):
    return sum(masked_vector(total, d, seeds[d]) for d in seeds)


def total_in_place(total, seeds):
    for d in seeds:
        total += masked_vector(np.zeros_like(total), d, seeds[d])
    return total


def nested_items(total, seeds):
    for d, peer, seed in seeds.items():
        total = masked_vector(total, d, {peer: seed})
    return total


def all_seeds_at_once(total, seeds):
    return masked_vector(
        total, min(seeds), {peer: s for pair_seeds in seeds.values() for peer, s in pair_seeds.items()}
    )


def no_return(total, seeds):
    repair(total, seeds)


def added_to_itself(total, seeds):
    for d in seeds:
        total = total + masked_vector(total, d, seeds[d])
    return total


def removed_from_itself(total, seeds):
    for d in seeds:
        total = total - masked_vector(total, d, seeds[d])
    return total


def pair_kept_by_the_first(total, seeds):
    dropped = list(seeds)
    for k, d in enumerate(dropped):
        total = masked_vector(total, d, {peer: s for peer, s in seeds[d].items() if peer not in dropped[:k]})
    return total


def all_the_dictionary(total, seeds):
    for d in seeds:
        total = masked_vector(total, d, seeds)
    return total


def arguments_swapped(total, seeds):
    for d, pair_seeds in seeds.items():
        total = masked_vector(d, total, pair_seeds)
    return total


REPAIR = [
    (added_to_itself, "ajoutez le total à lui-même"),
    (removed_from_itself, "retirez le total de lui-même"),
    (pair_kept_by_the_first, "d'un seul côté"),
    (all_the_dictionary, "donnez une graine"),
    (arguments_swapped, "un numéro est là où"),
    (with_opposite_signs, "les signes sont à l'envers"),
    (only_one, "que le premier disparu"),
    (total_forgotten, "que le dernier disparu"),
    (one_seed, "qu'une graine par disparu"),
    (as_client_zero, "le client 0"),
    (list_of_totals, "le total de chaque disparu"),
    (same_total, "n'est pas réparé"),
    (correction, "la correction seule"),
    (all_added, "sans leurs signes"),
    (all_removed, "retirez tous les masques"),
    (float_total, "rester en uint32"),
    (wide_total, "pas leur type"),
    (sum_of_repaired, "« valeurs »"),
    (total_in_place, "en place"),
    (nested_items, ".items()"),
    (all_seeds_at_once, "« valeurs »"),
    (no_return, "il manque un `return`"),
]


def pairs_only(masked, client, seed, pair_seeds):
    return masked - masked_vector(np.zeros_like(masked), client, pair_seeds)


def own_only(masked, client, seed, pair_seeds):
    return masked - mask(seed, len(masked))


def own_added(masked, client, seed, pair_seeds):
    return pairs_only(masked, client, seed, pair_seeds) + mask(seed, len(masked))


def pairs_added(masked, client, seed, pair_seeds):
    return masked_vector(masked, client, pair_seeds) - mask(seed, len(masked))


def masked_again(masked, client, seed, pair_seeds):
    return masked_vector(masked, client, pair_seeds) + mask(seed, len(masked))


def still_masked(masked, client, seed, pair_seeds):
    return masked


def without_signs(masked, client, seed, pair_seeds):
    return masked - mask(seed, len(masked)) - sum(mask(s, len(masked)) for s in pair_seeds.values())


def message_masked_again(masked, client, seed, pair_seeds):
    return masked - masked_vector(masked, client, pair_seeds) - mask(seed, len(masked))


def only_masks(masked, client, seed, pair_seeds):
    return masked_vector(mask(seed, len(masked)), client, pair_seeds)


def minus_message(masked, client, seed, pair_seeds):
    return only_masks(masked, client, seed, pair_seeds) - masked


def target_hard_coded(masked, client, seed, pair_seeds):
    return steal(masked, 0, seed, pair_seeds)


def one_seed_for_all(masked, client, seed, pair_seeds):
    return steal(masked, client, seed, {peer: seed for peer in pair_seeds})


def first_pair(masked, client, seed, pair_seeds):
    peer = next(iter(pair_seeds))
    return steal(masked, client, seed, {peer: pair_seeds[peer]})


def from_ones(masked, client, seed, pair_seeds):
    return masked - masked_vector(np.ones_like(masked), client, pair_seeds) - mask(seed, len(masked))


def six_ages(masked, client, seed, pair_seeds):
    return masked - masked_vector(np.zeros(6, np.uint32), client, pair_seeds) - mask(seed, 6)


def zeros_in_float(masked, client, seed, pair_seeds):
    return masked - masked_vector(np.zeros(len(masked)), client, pair_seeds) - mask(seed, len(masked))


def in_place_theft(masked, client, seed, pair_seeds):
    masked -= mask(seed, len(masked))
    return masked - masked_vector(np.zeros_like(masked), client, pair_seeds)


def returned_nothing(masked, client, seed, pair_seeds):
    steal(masked, client, seed, pair_seeds)


def capped(masked, client, seed, pair_seeds):
    return np.minimum(steal(masked, client, seed, pair_seeds), np.uint32(1000))


def wide_zeros(masked, client, seed, pair_seeds):
    return masked - masked_vector(np.zeros(len(masked), int), client, pair_seeds) - mask(seed, len(masked))


def all_wide(masked, client, seed, pair_seeds):
    wide = [v.astype(np.int64) for v in (masked, only_masks(masked, client, seed, pair_seeds))]
    return wide[0] - wide[1]


def in_three_wide_steps(masked, client, seed, pair_seeds):
    pairs = masked_vector(np.zeros_like(masked), client, pair_seeds)
    return masked.astype(np.int64) - pairs.astype(np.int64) - mask(seed, len(masked)).astype(np.int64)


def right_but_wide(masked, client, seed, pair_seeds):
    return all_wide(masked, client, seed, pair_seeds) % 2**32


STEAL = [
    (wide_zeros, "sort de 2³² : partez de"),
    (in_three_wide_steps, "sans `astype`"),
    (all_wide, "« valeurs »"),
    (right_but_wide, "pas leur type"),
    (pairs_only, "reste le second masque"),
    (own_only, "reste les masques de paires"),
    (own_added, "AJOUTEZ le second masque"),
    (pairs_added, "une seconde fois les masques de paires"),
    (masked_again, "tous les masques une seconde fois"),
    (still_masked, "encore masqué"),
    (without_signs, "sans leurs signes"),
    (message_masked_again, "masquez des ZÉROS"),
    (only_masks, "vous rendez les masques"),
    (minus_message, "le signe inverse"),
    (target_hard_coded, "ceux d'un autre"),
    (one_seed_for_all, "la graine propre"),
    (first_pair, "qu'un masque de paire"),
    (from_ones, "un vecteur de uns"),
    (six_ages, "aussi long que le vecteur"),
    (zeros_in_float, "des flottants"),
    (in_place_theft, "en place"),
    (returned_nothing, "il manque un `return`"),
    (capped, "« valeurs »"),
]

WRONG = {"repair": REPAIR, "steal": STEAL}
