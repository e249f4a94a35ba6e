"""Leçon 3 des semaines 6 à 8 : compter les octets, partager le bruit ; ce que les contrôles doivent refuser."""

import numpy as np

from common.secure_aggregation.noise import skellam_noise


def bytes_of(keys=160, sealed=94, per_integer=4, signature=64, share=33):
    """Fabrique un compte d'octets dont on change un terme."""

    def answer(num_parameters, num_neighbours):
        shares = sealed * num_neighbours + share * (num_neighbours + 1)
        return keys + shares + per_integer * (num_parameters + 1) + signature

    return answer


def bytes_without_count(num_parameters, num_neighbours):
    return 224 + 94 * num_neighbours + 4 * num_parameters + 33 * (num_neighbours + 1)


def bytes_neighbours_only(num_parameters, num_neighbours):
    return 224 + 127 * num_neighbours + 4 * (num_parameters + 1)


def bytes_both_forgotten(num_parameters, num_neighbours):
    return 224 + 127 * num_neighbours + 4 * num_parameters


def bytes_one_sealed(num_parameters, num_neighbours):
    return 160 + 94 + 4 * (num_parameters + 1) + 64 + 33 * (num_neighbours + 1)


def bytes_one_share(num_parameters, num_neighbours):
    return 160 + 94 * num_neighbours + 4 * (num_parameters + 1) + 64 + 33


def bytes_vector_everywhere(num_parameters, num_neighbours):
    return 160 + (94 + 4 * (num_parameters + 1)) * num_neighbours + 64 + 33 * (num_neighbours + 1)


def bytes_sealed_for_itself(num_parameters, num_neighbours):
    return 224 + 4 * (num_parameters + 1) + 127 * (num_neighbours + 1)


def bytes_vector(num_parameters, num_neighbours):
    return 4 * (num_parameters + 1)


def bytes_everything_per_neighbour(num_parameters, num_neighbours):
    return (160 + 94 + 64 + 33) * num_neighbours + 4 * (num_parameters + 1)


def bytes_of_example(num_parameters, num_neighbours):
    return 698


def bytes_arguments_swapped(num_parameters, num_neighbours):
    return bytes_of()(num_neighbours, num_parameters)


def bytes_in_kilobytes(num_parameters, num_neighbours):
    return bytes_of()(num_parameters, num_neighbours) / 1000


def bytes_factor(num_parameters, num_neighbours):
    return bytes_of()(num_parameters, num_neighbours) / (4 * num_parameters)


def bytes_silent(num_parameters, num_neighbours):
    bytes_of()(num_parameters, num_neighbours)


def bytes_two_less(num_parameters, num_neighbours):
    return 224 + 94 * num_neighbours + 4 * (num_parameters + 1) + 33 * (num_neighbours - 1)


def bytes_keys_everywhere(num_parameters, num_neighbours):
    return (160 + 94) * num_neighbours + 4 * (num_parameters + 1) + 64 + 33 * (num_neighbours + 1)


def bytes_signature_everywhere(num_parameters, num_neighbours):
    return 160 + (94 + 64) * num_neighbours + 4 * (num_parameters + 1) + 33 * (num_neighbours + 1)


def bytes_single_count(num_parameters, num_neighbours):
    return 160 + 94 * num_neighbours + 4 * num_parameters + 1 + 64 + 33 * (num_neighbours + 1)


def bytes_open_bracket(num_parameters, num_neighbours):
    return 160 + 94 * num_neighbours + 4 * (num_parameters + 1) + 64 + 33 * num_neighbours + 1


def bytes_listed(num_parameters, num_neighbours):
    return 160, 94 * num_neighbours, 4 * (num_parameters + 1), 64, 33 * (num_neighbours + 1)


BYTES = [
    (bytes_keys_everywhere, "les clés ne partent qu'une fois"),
    (bytes_signature_everywhere, "la signature ne part qu'une fois"),
    (bytes_single_count, "4 octets et non 1"),
    (bytes_open_bracket, "parenthèses à l'étape 5"),
    (bytes_listed, "additionnez les cinq"),
    (bytes_of(per_integer=1), "un octet par paramètre"),
    (bytes_of(keys=128), "l'empreinte"),
    (bytes_of(keys=224), "comptent déjà"),
    (bytes_of(sealed=188), "ne le doublez pas"),
    (bytes_without_count, "l'effectif masqué part aussi"),
    (bytes_neighbours_only, "une part de lui-même"),
    (bytes_both_forgotten, "il manque l'effectif masqué, et"),
    (bytes_of(per_integer=8), "pas 8"),
    (bytes_of(per_integer=32), "8 bits"),
    (bytes_of(keys=0), "160 octets"),
    (bytes_of(signature=0), "il manque une signature"),
    (bytes_of(keys=96), "il manque une signature"),
    (bytes_of(sealed=0), "plis de l'étape 2"),
    (bytes_of(share=0), "parts de l'étape 5"),
    (bytes_one_sealed, "un seul pli"),
    (bytes_one_share, "une seule part"),
    (bytes_vector_everywhere, "ne part qu'une fois"),
    (bytes_sealed_for_itself, "à lui-même"),
    (bytes_vector, "le vecteur seul"),
    (bytes_of(share=66), "pas celui attendu"),
    (bytes_of(keys=161), "pas celui attendu"),
    (bytes_everything_per_neighbour, "pas celui attendu"),
    (bytes_of_example, "pas celui attendu"),
    (bytes_arguments_swapped, "échangés"),
    (bytes_in_kilobytes, "pas celui attendu"),
    (bytes_factor, "pas celui attendu"),
    (bytes_two_less, "pas celui attendu"),
    (bytes_silent, "`return`"),
    (698, "on attend une fonction"),
]


def share_of(variance):
    """Fabrique une part de bruit d'une autre variance, `variance(visée, honnêtes)`."""

    def answer(target_variance, honest_survivors, size, rng):
        return skellam_noise(rng, variance(target_variance, honest_survivors), size)

    return answer


def share_one_poisson(target_variance, honest_survivors, size, rng):
    mean = target_variance / honest_survivors
    return rng.poisson(mean, size) - round(mean)


def share_positive(target_variance, honest_survivors, size, rng):
    return rng.poisson(target_variance / honest_survivors, size)


def share_added(target_variance, honest_survivors, size, rng):
    half = target_variance / (2 * honest_survivors)
    return rng.poisson(half, size) + rng.poisson(half, size)


def share_cancelled(target_variance, honest_survivors, size, rng):
    draw = rng.poisson(target_variance / (2 * honest_survivors), size)
    return draw - draw


def share_single(target_variance, honest_survivors, size, rng):
    half = target_variance / (2 * honest_survivors)
    return np.full(size, rng.poisson(half) - rng.poisson(half))


def share_number(target_variance, honest_survivors, size, rng):
    half = target_variance / (2 * honest_survivors)
    return rng.poisson(half) - rng.poisson(half)


def share_gauss(target_variance, honest_survivors, size, rng):
    return np.rint(rng.normal(0, np.sqrt(target_variance / honest_survivors), size)).astype(int)


def share_real_gauss(target_variance, honest_survivors, size, rng):
    return rng.normal(0, np.sqrt(target_variance / honest_survivors), size)


def share_reversed(target_variance, honest_survivors, size, rng):
    half = target_variance / (2 * honest_survivors)
    first = rng.poisson(half, size)
    return rng.poisson(half, size) - first


def share_own_generator(target_variance, honest_survivors, size, rng):
    return skellam_noise(np.random.default_rng(0), target_variance / honest_survivors, size)


def share_global_generator(target_variance, honest_survivors, size, rng):
    half = target_variance / (2 * honest_survivors)
    return np.random.poisson(half, size) - np.random.poisson(half, size)


def share_unsigned(target_variance, honest_survivors, size, rng):
    return skellam_noise(rng, target_variance / honest_survivors, size).astype(np.uint32)


def share_real(target_variance, honest_survivors, size, rng):
    return skellam_noise(rng, target_variance / honest_survivors, size) * 1.0


def share_divided_after(target_variance, honest_survivors, size, rng):
    return skellam_noise(rng, target_variance, size) // honest_survivors


def share_skellam(target_variance, honest_survivors, size, rng):
    return rng.skellam(target_variance / honest_survivors, size)


def share_sum_of_all(target_variance, honest_survivors, size, rng):
    parts = (skellam_noise(rng, target_variance / honest_survivors, size) for _ in range(honest_survivors))
    return sum(parts)


def share_silent(target_variance, honest_survivors, size, rng):
    skellam_noise(rng, target_variance / honest_survivors, size)


def share_less_one(target_variance, honest_survivors, size, rng):
    return skellam_noise(rng, target_variance / (honest_survivors - 1), size)


def share_listed(target_variance, honest_survivors, size, rng):
    return list(skellam_noise(rng, target_variance / honest_survivors, size))


def share_interleaved(target_variance, honest_survivors, size, rng):
    pairs = rng.poisson(target_variance / honest_survivors / 2, (size, 2))
    return pairs[:, 0] - pairs[:, 1]


def share_half_positive(target_variance, honest_survivors, size, rng):
    return rng.poisson(target_variance / (2 * honest_survivors), size)


def share_real_centred(target_variance, honest_survivors, size, rng):
    mean = target_variance / honest_survivors
    return rng.poisson(mean, size) - mean


def share_floor_centred(target_variance, honest_survivors, size, rng):
    mean = target_variance / honest_survivors
    return rng.poisson(mean, size) - int(mean)


def share_by_size(target_variance, honest_survivors, size, rng):
    return rng.poisson(target_variance / size / 2, size) - rng.poisson(target_variance / size / 2, size)


def share_floor_division(target_variance, honest_survivors, size, rng):
    mean = target_variance // honest_survivors // 2
    return rng.poisson(mean, size) - rng.poisson(mean, size)


NOISE = [
    (share_listed, "c'est une liste"),
    (share_interleaved, "la loi est juste"),
    (share_half_positive, "retirez-en un second"),
    (share_real_centred, "ni entier, ni symétrique"),
    (share_floor_centred, "à l'entier inférieur"),
    (share_by_size, "divisez par `size`"),
    (share_floor_division, "la division entière"),
    (share_of(lambda v, m: 2 * v), "les deux divisions"),
    (share_of(lambda v, m: np.sqrt(v / m)), "la moitié de la VARIANCE"),
    (share_of(lambda v, m: 2 * np.sqrt(v / m / 2)), "telle quelle"),
    (share_of(lambda v, m: np.sqrt(v) / m), "variance visée"),
    (share_of(lambda v, m: v), "tout le bruit"),
    (share_of(lambda v, m: 2 * v / m), "MOITIÉ"),
    (share_of(lambda v, m: v / m**2), "pas l'écart-type"),
    (share_of(lambda v, m: v / np.sqrt(m)), "pas par sa racine"),
    (share_of(lambda v, m: v / (2 * m**2)), "« valeurs »"),
    (share_of(lambda v, m: v * m), "multipliez"),
    (share_of(lambda v, m: 2 * np.sqrt(v / m)), "donnez-lui la variance"),
    (share_of(lambda v, m: v / 3), "« valeurs »"),
    (share_of(lambda v, m: 900 / m), "« valeurs »"),
    (share_of(lambda v, m: v / (2 * m)), "deux fois par deux"),
    (share_one_poisson, "un seul Poisson"),
    (share_positive, "jamais négatif"),
    (share_added, "additionnez"),
    (share_cancelled, "toujours nulle"),
    (share_single, "une seule valeur"),
    (share_number, "un seul nombre"),
    (share_gauss, "Gauss arrondi"),
    (share_real_gauss, "type des nombres"),
    (share_reversed, "le second moins le premier"),
    (share_own_generator, "propre générateur"),
    (share_global_generator, "vient de l'argument"),
    (share_unsigned, "plus signé"),
    (share_real, "ce sont des réels"),
    (share_divided_after, "« valeurs »"),
    (share_skellam, "deux `rng.poisson(…)`"),
    (share_sum_of_all, "« valeurs »"),
    (share_silent, "`return`"),
    (share_less_one, "« valeurs »"),
    (900.0, "on attend une fonction"),
]


def bytes_by_steps(num_parameters, num_neighbours):
    steps = [32 * 3 + 64, 94 * num_neighbours, 4 * num_parameters + 4, 64, 33 * num_neighbours + 33]
    return sum(steps)


def bytes_as_float(num_parameters, num_neighbours):
    return 261.0 + 127 * num_neighbours + 4 * num_parameters


def share_at_once(target_variance, honest_survivors, size, rng):
    first, second = rng.poisson(0.5 * target_variance / honest_survivors, (2, size))
    return first - second


def share_subtracted(target_variance, honest_survivors, size, rng):
    mean = target_variance / (2 * honest_survivors)
    return np.subtract(rng.poisson(mean, size), rng.poisson(mean, size))


def share_one_at_a_time(target_variance, honest_survivors, size, rng):
    mean = target_variance / honest_survivors / 2
    first, second = ([rng.poisson(mean) for _ in range(size)] for _ in range(2))
    return np.array([a - b for a, b in zip(first, second, strict=True)], dtype=np.int32)


WRONG = {"bytes_sent": BYTES, "noise_share": NOISE}
RIGHT = {
    "bytes_sent": [bytes_by_steps, bytes_as_float],
    "noise_share": [share_at_once, share_subtracted, share_one_at_a_time],
}
