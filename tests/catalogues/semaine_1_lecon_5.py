"""Leçon 5, convertir : ce que les contrôles doivent refuser, et avec quel message."""

import numpy as np

from common import federated


def copied(arrays):
    return list(arrays.values())


def reshaped(arrays):
    return [array.reshape(array.shape[::-1]) for array in arrays.values()]


def reshaped_in_fortran_order(arrays):
    return [array.reshape(array.shape[::-1], order="F") for array in arrays.values()]


def only_rectangular_kernels(arrays):
    return [a if a.ndim == 1 or a.shape[0] == a.shape[1] else a.T for a in arrays.values()]


def flipped(arrays):
    return [np.flip(array) for array in federated.to_keras(arrays)]


def dictionary(arrays):
    return {name: array.T for name, array in arrays.items()}


def names_only(arrays):
    return list(arrays)


def without_biases(arrays):
    return [array.T for array in arrays.values() if array.ndim == 2]


def first_layer_only(arrays):
    return federated.to_keras(arrays)[:2]


def last_layer_first(arrays):
    return federated.to_keras(arrays)[::-1]


def biases_as_columns(arrays):
    return [np.atleast_2d(array).T for array in arrays.values()]


def transposed_in_place(arrays):
    for name in arrays:
        arrays[name] = arrays[name].T
    return list(arrays.values())


def converts_nothing(arrays):
    federated.to_keras(arrays)


def kernels_before_biases(arrays):
    kernels = [array.T for array in arrays.values() if array.ndim == 2]
    return kernels + [array for array in arrays.values() if array.ndim == 1]


TO_KERAS = [
    (copied, "restés en (sorties, entrées)"),
    (reshaped, "`reshape`"),
    (reshaped_in_fortran_order, "pas celui attendu"),
    (only_rectangular_kernels, "noyau carré"),
    (flipped, "pas celui attendu"),
    (dictionary, "sans les noms"),
    (names_only, "on attend un objet"),
    (without_biases, "on attend 2 éléments"),
    (first_layer_only, "éléments, il y en a 2"),
    (last_layer_first, "l'ordre reçu"),
    (kernels_before_biases, "couche après couche"),
    (biases_as_columns, "forme"),
    (transposed_in_place, "en place"),
    (converts_nothing, "`return`"),
    (3, "on attend une fonction"),
]


def mean_gap(predict_a, predict_b, x):
    return np.abs(predict_a(x) - predict_b(x)).mean()


def signed_gap(predict_a, predict_b, x):
    return (predict_a(x) - predict_b(x)).max()


def opposite_signed_gap(predict_a, predict_b, x):
    return (predict_b(x) - predict_a(x)).max()


def smallest_gap(predict_a, predict_b, x):
    return np.abs(predict_a(x) - predict_b(x)).min()


def sum_of_outputs(predict_a, predict_b, x):
    return np.abs(predict_a(x) + predict_b(x)).max()


def gap_between_means(predict_a, predict_b, x):
    return abs(predict_a(x).mean() - predict_b(x).mean())


def gap_of_absolute_values(predict_a, predict_b, x):
    return np.abs(np.abs(predict_a(x)) - np.abs(predict_b(x))).max()


def squared_gap(predict_a, predict_b, x):
    return ((predict_a(x) - predict_b(x)) ** 2).max()


def gap_per_patient(predict_a, predict_b, x):
    return np.abs(predict_a(x) - predict_b(x)).max(axis=1)


def all_gaps(predict_a, predict_b, x):
    return np.abs(predict_a(x) - predict_b(x))


def first_patient(predict_a, predict_b, x):
    return np.abs(predict_a(x[:1]) - predict_b(x[:1])).max()


def first_output(predict_a, predict_b, x):
    return np.abs(predict_a(x) - predict_b(x))[:, 0].max()


def own_probe(predict_a, predict_b, x):
    return np.abs(predict_a(np.ones_like(x)) - predict_b(np.ones_like(x))).max()


def same_model_twice(predict_a, predict_b, x):
    return np.abs(predict_a(x) - predict_a(x)).max()


def yes_or_no(predict_a, predict_b, x):
    return bool(np.allclose(predict_a(x), predict_b(x)))


def compares_functions(predict_a, predict_b, x):
    return np.abs(predict_a - predict_b).max()


OUTPUT_GAP = [
    (mean_gap, "MOYEN"),
    (signed_gap, "valeur absolue"),
    (opposite_signed_gap, "un écart positif"),
    (smallest_gap, "PETIT"),
    (sum_of_outputs, "pas celui attendu"),
    (gap_between_means, "deux moyennes"),
    (gap_of_absolute_values, "pas celui attendu"),
    (squared_gap, "CARRÉ"),
    (gap_per_patient, "par patient"),
    (all_gaps, "tous les écarts"),
    (first_patient, "premier patient"),
    (first_output, "pas celui attendu"),
    (own_probe, "pas celui attendu"),
    (same_model_twice, "toujours nul"),
    (yes_or_no, "toujours nul"),
    (compares_functions, "appelez-la"),
]


WRONG = {
    "to_keras": TO_KERAS,
    "output_gap": OUTPUT_GAP,
}


def copied_kernels(arrays):
    return [np.array(array.T) for array in arrays.values()]


def float_gap(predict_a, predict_b, x):
    return float(np.max(np.abs(np.subtract(predict_b(x), predict_a(x)))))


RIGHT = {
    "to_keras": [
        copied_kernels,
    ],
    "output_gap": [
        float_gap,
    ],
}
