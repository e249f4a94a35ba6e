"""Leçon 3 des semaines 6 à 8 : quantifier, décoder ; ce que les contrôles doivent refuser."""

import numpy as np


def quantise_int_first(values, scale):
    return values.astype(np.int64).astype(np.uint32)


def quantise_truncated(values, scale):
    return (values * scale).astype(np.int64).astype(np.uint32)


def quantise_floor(values, scale):
    return np.floor(values * scale).astype(np.int64).astype(np.uint32)


def quantise_half_up(values, scale):
    return (values * scale + 0.5).astype(np.int64).astype(np.uint32)


def quantise_ceil(values, scale):
    return np.ceil(scale * values).astype(np.int64).astype(np.uint32)


def quantise_divided(values, scale):
    return np.rint(values / scale).astype(np.int64).astype(np.uint32)


def quantise_unscaled(values, scale):
    return np.rint(values).astype(np.int64).astype(np.uint32)


def quantise_round_first(values, scale):
    return (np.rint(values) * scale).astype(np.int64).astype(np.uint32)


def quantise_absolute(values, scale):
    return np.rint(abs(values) * scale).astype(np.uint32)


def quantise_clipped(values, scale):
    return np.rint(np.clip(values, 0, None) * scale).astype(np.uint32)


def quantise_signed(values, scale):
    return np.rint(values * scale).astype(np.int64)


def quantise_signed_32(values, scale):
    return np.rint(values * scale).astype(np.int32)


def quantise_modulo_64(values, scale):
    return np.rint(values * scale).astype(np.int64) % 2**32


def quantise_real(values, scale):
    return np.round(values * scale)


def quantise_mersenne(values, scale):
    return (np.rint(values * scale).astype(np.int64) % 4294967295).astype(np.uint32)


def quantise_offset(values, scale):
    return (np.rint(values * scale).astype(np.int64) + 2**31).astype(np.uint32)


def quantise_31_bits(values, scale):
    return (np.rint(values * scale).astype(np.int64) % 2**31).astype(np.uint32)


def quantise_list(values, scale):
    return [round(value * scale) % 2**32 for value in values]


def quantise_python_round(values, scale):
    return np.uint32(round(values * scale))


def quantise_fixed(values, scale):
    return np.rint(values * 1000).astype(np.int64).astype(np.uint32)


def quantise_in_place(values, scale):
    values *= scale
    return np.rint(values).astype(np.int64).astype(np.uint32)


def quantise_first_only(values, scale):
    return np.rint(values[:1] * scale).astype(np.int64).astype(np.uint32)


def quantise_silent(values, scale):
    np.rint(values * scale).astype(np.int64).astype(np.uint32)


def quantise_float32(values, scale):
    return np.rint(values.astype(np.float32) * np.float32(scale)).astype(np.int64).astype(np.uint32)


def quantise_modulo_real(values, scale):
    return np.rint(values * scale) % 2**32


def quantise_python_integers(values, scale):
    return np.array([round(float(value) * scale) for value in values], dtype=np.uint32)


def quantise_integer_list(values, scale):
    return [int(value * scale) for value in values]


QUANTISE = [
    (quantise_modulo_real, "laisse des réels"),
    (quantise_python_integers, "refuse un entier Python négatif"),
    (quantise_integer_list, "c'est une liste"),
    (quantise_int_first, "« valeurs »"),
    (quantise_truncated, "tronquez"),
    (quantise_floor, "vers le bas"),
    (quantise_half_up, "ajouter 0,5"),
    (quantise_ceil, "vers le haut"),
    (quantise_divided, "divisez par l'échelle"),
    (quantise_unscaled, "ne sert pas"),
    (quantise_round_first, "AVANT"),
    (quantise_absolute, "signe s'est perdu"),
    (quantise_clipped, "deviennent zéro"),
    (quantise_signed, "sont signés"),
    (quantise_signed_32, "à les replier"),
    (quantise_modulo_64, "sur 64 bits"),
    (quantise_real, "encore des réels"),
    (quantise_mersenne, "2³² − 1"),
    (quantise_offset, "décalez"),
    (quantise_31_bits, "modulo 2³¹"),
    (quantise_list, "c'est une liste"),
    (quantise_python_round, "d'un bloc"),
    (quantise_fixed, "« valeurs »"),
    (quantise_in_place, "en place"),
    (quantise_first_only, "forme"),
    (quantise_silent, "`return`"),
    (quantise_float32, "« valeurs »"),
    (1000, "on attend une fonction"),
]


def quantise_by_view(values, scale):
    return np.round(scale * values).astype(np.int32).view(np.uint32)


def quantise_by_modulo(values, scale):
    return np.array([round(float(value) * scale) % 2**32 for value in values], dtype=np.uint32)


def decode_unsigned(total, scale):
    n = int(total[-1])
    return total[:-1] / scale / n, n


def decode_sum(total, scale):
    return total[:-1].view(np.int32) / scale, int(total[-1])


def decode_steps(total, scale):
    return total[:-1].astype(np.int32) / int(total[-1]), int(total[-1])


def decode_times_scale(total, scale):
    return total[:-1].astype(np.int32) / int(total[-1]) * scale, int(total[-1])


def decode_first(total, scale):
    return total[1:].astype(np.int32) / (scale * int(total[0])), int(total[0])


def decode_with_count(total, scale):
    return total.astype(np.int32) / (scale * int(total[-1])), int(total[-1])


def decode_all_scaled(total, scale):
    signed = total.view(np.int32) / scale
    return signed[:-1] / signed[-1], signed[-1]


def decode_by_size(total, scale):
    return total[:-1].view(np.int32) / (scale * total.size), int(total[-1])


def decode_swapped(total, scale):
    n = int(total[-1])
    return n, total[:-1].view(np.int32) / (scale * n)


def decode_mean_only(total, scale):
    return total[:-1].view(np.int32) / (scale * int(total[-1]))


def decode_absolute(total, scale):
    n = int(total[-1])
    return np.abs(total[:-1].view(np.int32)) / (scale * n), n


def decode_floor(total, scale):
    n = int(total[-1])
    return total[:-1].view(np.int32) // (scale * n), n


def decode_long_view(total, scale):
    n = int(total[-1])
    return total[: len(total) // 2 * 2].view(np.int64) / (scale * n), n


def decode_opposite(total, scale):
    n = int(total[-1])
    return -total[:-1].view(np.int32) / (scale * n), n


def decode_count_not_removed(total, scale):
    return (total[:-1].view(np.int32) - int(total[-1])) / scale, int(total[-1])


def decode_fixed_scale(total, scale):
    n = int(total[-1])
    return total[:-1].view(np.int32) / (1000 * n), n


def decode_three(total, scale):
    n = int(total[-1])
    return total[:-1].view(np.int32) / (scale * n), n, scale


def decode_count_minus_one(total, scale):
    n = int(total[-1]) - 1
    return total[:-1].view(np.int32) / (scale * n), n


def decode_in_place(total, scale):
    mean = total[:-1].view(np.int32)
    mean //= 2
    return mean / (scale * int(total[-1]) / 2), int(total[-1])


def decode_silent(total, scale):
    total[:-1].view(np.int32) / (scale * int(total[-1])), int(total[-1])


def decode_undivided(total, scale):
    return total[:-1].view(np.int32), int(total[-1])


def decode_by_dimension(total, scale):
    mean = total[:-1].view(np.int32) / scale
    return mean / mean.size, int(total[-1])


def decode_viewed_last(total, scale):
    n = int(total[-1])
    return (total[:-1] / scale / n).view(np.int32), n


def decode_float_view(total, scale):
    n = int(total[-1])
    return total[:-1].view(np.float32) / (scale * n), n


def decode_all_negative(total, scale):
    n = int(total[-1])
    return (total[:-1].astype(np.int64) - 2**32) / scale / n, n


def decode_without_brackets(total, scale):
    n = int(total[-1])
    return total[:-1].view(np.int32) / scale * n, n


def decode_dictionary(total, scale):
    n = int(total[-1])
    return {"moyenne": total[:-1].view(np.int32) / (scale * n), "effectif": n}


DECODE = [
    (decode_undivided, "ni par l'échelle, ni par l'effectif"),
    (decode_by_dimension, "nombre de paramètres"),
    (decode_viewed_last, "AVANT la division"),
    (decode_float_view, "relit les bits"),
    (decode_all_negative, "2³² à tous"),
    (decode_without_brackets, "parenthèses"),
    (decode_dictionary, "on attend un objet tuple"),
    (decode_unsigned, "immenses positifs"),
    (decode_sum, "SOMME"),
    (decode_steps, "en pas de quantification"),
    (decode_times_scale, "multipliez"),
    (decode_first, "DERNIÈRE"),
    (decode_with_count, "encore dans la moyenne"),
    (decode_all_scaled, "codé tel quel"),
    (decode_by_size, "nombre de cases"),
    (decode_swapped, "l'inverse"),
    (decode_mean_only, "que la moyenne"),
    (decode_absolute, "perdu leur signe"),
    (decode_floor, "division entière"),
    (decode_long_view, "forme"),
    (decode_opposite, "le signe est inversé"),
    (decode_count_not_removed, "pas celui attendu"),
    (decode_fixed_scale, "pas celui attendu"),
    (decode_three, "rendez deux choses"),
    (decode_count_minus_one, "pas celui attendu"),
    (decode_in_place, "en place"),
    (decode_silent, "`return`"),
    (0.5, "on attend une fonction"),
]


def decode_by_hand(total, scale):
    signed = np.where(total[:-1] < 2**31, total[:-1].astype(float), total[:-1].astype(float) - 2.0**32)
    return signed / scale / total[-1], total[-1]


def decode_as_list(total, scale):
    n = int(total[-1])
    return [total[:-1].astype(np.int32) / n / scale, n]


def decode_in_a_loop(total, scale):
    signed = [int(code) - 2**32 if code >= 2**31 else int(code) for code in total]
    return tuple([code / scale / signed[-1] for code in signed[:-1]]), float(signed[-1])


WRONG = {"quantise": QUANTISE, "decode_mean": DECODE}
RIGHT = {
    "quantise": [quantise_by_view, quantise_by_modulo],
    "decode_mean": [decode_by_hand, decode_as_list, decode_in_a_loop],
}
