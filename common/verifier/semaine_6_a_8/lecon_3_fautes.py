"""Leçon 3, quantifier, décoder, choisir : les mauvaises réponses qu'un message attend, comme on les écrirait."""

import numpy as np

from common.secure_aggregation.by_hand import choose_threshold, decode_mean, quantise


def unsigned_of(reals):
    """Replie des réels déjà arrondis dans 32 bits."""
    return reals.astype(np.int64).astype(np.uint32)


def truncated(values, scale):
    return unsigned_of(values * scale)


def floored(values, scale):
    return unsigned_of(np.floor(values * scale))


def ceiled(values, scale):
    return unsigned_of(np.ceil(values * scale))


def divided(values, scale):
    return quantise(values, 1 / scale)


def without_scale(values, scale):
    return quantise(values, 1)


def rounded_first(values, scale):
    return unsigned_of(np.rint(values) * scale)


def absolute(values, scale):
    return quantise(np.abs(values), scale)


def clipped_at_zero(values, scale):
    return quantise(np.maximum(values, 0), scale)


def signed(values, scale):
    return np.rint(values * scale).astype(np.int64)


def signed_32(values, scale):
    return np.rint(values * scale).astype(np.int32)


def real_modulo(values, scale):
    return np.rint(values * scale) % 2**32


def half_up(values, scale):
    return unsigned_of(values * scale + 0.5)


def listed(values, scale):
    return quantise(values, scale).tolist()


def long_unsigned(values, scale):
    return np.rint(values * scale).astype(np.int64) % 2**32


def still_real(values, scale):
    return np.rint(values * scale)


def wrong_modulus(values, scale):
    return (np.rint(values * scale).astype(np.int64) % (2**32 - 1)).astype(np.uint32)


def shifted(values, scale):
    return unsigned_of(np.rint(values * scale) + 2**31)


def half_range(values, scale):
    return (np.rint(values * scale).astype(np.int64) % 2**31).astype(np.uint32)


def unsigned(total, scale):
    return total[:-1] / (scale * total[-1]), total[-1]


def only_sum(total, scale):
    return total[:-1].view(np.int32) / scale, total[-1]


def in_steps(total, scale):
    return total[:-1].view(np.int32) / total[-1], total[-1]


def multiplied(total, scale):
    return total[:-1].view(np.int32) * scale / total[-1], total[-1]


def first_is_count(total, scale):
    return total[1:].view(np.int32) / (scale * total[0]), total[0]


def count_kept(total, scale):
    return total.view(np.int32) / (scale * total[-1]), total[-1]


def scaled_count(total, scale):
    return total[:-1].view(np.int32) / total[-1], total[-1] / scale


def by_length(total, scale):
    return total[:-1].view(np.int32) / (scale * len(total)), total[-1]


def by_dimension(total, scale):
    return total[:-1].view(np.int32) / (scale * len(total[:-1])), total[-1]


def undivided(total, scale):
    return total[:-1].view(np.int32), total[-1]


def view_last(total, scale):
    return (total[:-1] / (scale * total[-1])).view(np.int32), total[-1]


def view_float(total, scale):
    return total[:-1].view(np.float32) / (scale * total[-1]), total[-1]


def all_negative(total, scale):
    return (total[:-1] - 2.0**32) / (scale * total[-1]), total[-1]


def without_brackets(total, scale):
    return total[:-1].view(np.int32) / scale * total[-1], total[-1]


def swapped(total, scale):
    return decode_mean(total, scale)[::-1]


def only_mean(total, scale):
    return decode_mean(total, scale)[0]


def absolute_mean(total, scale):
    mean, count = decode_mean(total, scale)
    return np.abs(mean), count


def floor_division(total, scale):
    return total[:-1].view(np.int32) // (scale * total[-1]), total[-1]


def smallest(num_clients, colluders):
    return (num_clients + colluders) // 2 + 1


def if_reached(threshold, num_clients, dropouts):
    return threshold if num_clients - dropouts >= threshold else None


def not_strict(num_clients, colluders, dropouts):
    return if_reached((num_clients + colluders + 1) // 2, num_clients, dropouts)


def one_too_many(num_clients, colluders, dropouts):
    return if_reached(smallest(num_clients, colluders) + 1, num_clients, dropouts)


def one_too_few(num_clients, colluders, dropouts):
    return if_reached(smallest(num_clients, colluders) - 1, num_clients, dropouts)


def honest_majority(num_clients, colluders, dropouts):
    return if_reached(num_clients // 2 + 1, num_clients, dropouts)


def two_thirds(num_clients, colluders, dropouts):
    return if_reached(2 * num_clients // 3 + 1, num_clients, dropouts)


def largest(num_clients, colluders, dropouts):
    threshold = num_clients - dropouts
    return threshold if 2 * threshold > num_clients + colluders else None


def never_none(num_clients, colluders, dropouts):
    return smallest(num_clients, colluders)


def strict_survivors(num_clients, colluders, dropouts):
    return choose_threshold(num_clients, colluders, dropouts + 1)


def lenient_survivors(num_clients, colluders, dropouts):
    return choose_threshold(num_clients, colluders, dropouts - 1)


def colluders_silent(num_clients, colluders, dropouts):
    return choose_threshold(num_clients, colluders, dropouts + colluders)


def inverted(num_clients, colluders, dropouts):
    threshold = smallest(num_clients, colluders)
    return None if num_clients - dropouts >= threshold else threshold


def zero_if_impossible(num_clients, colluders, dropouts):
    return choose_threshold(num_clients, colluders, dropouts) or 0


def minus_one_if_impossible(num_clients, colluders, dropouts):
    return choose_threshold(num_clients, colluders, dropouts) or -1


def text_if_impossible(num_clients, colluders, dropouts):
    return choose_threshold(num_clients, colluders, dropouts) or "None"


def boolean(num_clients, colluders, dropouts):
    return choose_threshold(num_clients, colluders, dropouts) is not None


def always_none(num_clients, colluders, dropouts):
    return None


def colluders_removed(num_clients, colluders, dropouts):
    return if_reached((num_clients - colluders) // 2 + 1, num_clients, dropouts)


def dropouts_in_threshold(num_clients, colluders, dropouts):
    return if_reached((num_clients - dropouts + colluders) // 2 + 1, num_clients, dropouts)


def dropouts_added(num_clients, colluders, dropouts):
    return if_reached(smallest(num_clients, colluders + dropouts), num_clients, dropouts)


def colluders_missing(num_clients, colluders, dropouts):
    return if_reached(smallest(num_clients, colluders), num_clients, colluders)


def real_threshold(num_clients, colluders, dropouts):
    return if_reached((num_clients + colluders) / 2 + 1, num_clients, dropouts)


def half(num_clients, colluders, dropouts):
    return if_reached((num_clients + colluders) / 2, num_clients, dropouts)
