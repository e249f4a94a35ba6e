"""Leçon 1, comparer des modèles : ce que les contrôles doivent refuser, et avec quel message."""

from collections import defaultdict
from itertools import product
from math import comb

import numpy as np
from scipy.stats import binom, binomtest, chi2

from common import metrics


def table(predictors, centers, measure, split="test"):
    splits = {name: getattr(center, split) for name, center in centers.items()}
    return {m: {name: measure(s.y, f(s.x)) for name, s in splits.items()} for m, f in predictors.items()}


def on_train(predictors, centers, measure):
    return table(predictors, centers, measure, "train")


def lying_down(predictors, centers, measure):
    splits = {name: center.test for name, center in centers.items()}
    return {name: {m: measure(s.y, f(s.x)) for m, f in predictors.items()} for name, s in splits.items()}


def swapped_measure(predictors, centers, measure):
    return {m: {n: measure(f(c.test.x), c.test.y) for n, c in centers.items()} for m, f in predictors.items()}


def rounded(predictors, centers, measure):
    return table({m: lambda x, f=f: np.round(f(x)) for m, f in predictors.items()}, centers, measure)


def late_binding(predictors, centers, measure):
    (*_, last) = predictors.values()
    return table(dict.fromkeys(predictors, last), centers, measure)


def one_row_for_all(predictors, centers, measure):
    result, row = {}, {}
    for m, f in predictors.items():
        for name, c in centers.items():
            row[name] = measure(c.test.y, f(c.test.x))
        result[m] = row
    return result


def always_auroc(predictors, centers, measure):
    return table(predictors, centers, metrics.auroc)


def function_not_called(predictors, centers, measure):
    return {m: {name: measure(c.test.y, f) for name, c in centers.items()} for m, f in predictors.items()}


def y_of_test_x_of_train(predictors, centers, measure):
    return {m: {n: measure(c.test.y, f(c.train.x)) for n, c in centers.items()} for m, f in predictors.items()}


def first_model(predictors, centers, measure):
    return table(dict.fromkeys(predictors, next(iter(predictors.values()))), centers, measure)


def first_center(predictors, centers, measure):
    return table(predictors, dict.fromkeys(centers, next(iter(centers.values()))), measure)


def own_measure(predictors, centers, measure):
    return table(predictors, centers, lambda y, p: float(np.mean((p >= 0.5) == y)))


def only_values(predictors, centers, measure):
    return {m: list(row.values()) for m, row in table(predictors, centers, measure).items()}


def one_row(predictors, centers, measure):
    for m, f in predictors.items():
        return {m: {name: measure(c.test.y, f(c.test.x)) for name, c in centers.items()}}


def pairs_as_keys(predictors, centers, measure):
    return {(m, n): v for m, row in table(predictors, centers, measure).items() for n, v in row.items()}


def transfer_without_return(predictors, centers, measure):
    table(predictors, centers, measure)


TRANSFER = [
    (on_train, "ENTRAÎNEMENT"),
    (lying_down, "couché"),
    (swapped_measure, "inversés"),
    (rounded, "des classes à `measure`"),
    (late_binding, "dernier modèle"),
    (one_row_for_all, "nouveau dictionnaire"),
    (always_auroc, "appelez `measure`"),
    (function_not_called, "une probabilité par patient"),
    (y_of_test_x_of_train, "une probabilité par patient"),
    (first_model, "premier modèle"),
    (first_center, "premier hôpital"),
    (own_measure, "pas celui attendu"),
    (only_values, "« modèle 0 »"),
    (one_row, "les clés sont"),
    (pairs_as_keys, "les clés sont"),
    (transfer_without_return, "`return`"),
]


def counts(y, predicted_a, predicted_b):
    right_a, right_b = predicted_a == y, predicted_b == y
    return int((right_a > right_b).sum()), int((right_b > right_a).sum())


def one_sided(y, predicted_a, predicted_b):
    a, b = counts(y, predicted_a, predicted_b)
    return binom.cdf(min(a, b), a + b, 0.5)


def not_capped(y, predicted_a, predicted_b):
    return 2 * one_sided(y, predicted_a, predicted_b)


def largest(y, predicted_a, predicted_b):
    a, b = counts(y, predicted_a, predicted_b)
    return min(1.0, 2 * binom.cdf(max(a, b), a + b, 0.5))


def successes(y, predicted_a, predicted_b):
    a, b = (predicted_a == y).sum(), (predicted_b == y).sum()
    return binomtest(min(a, b), a + b).pvalue


def among_all_patients(y, predicted_a, predicted_b):
    return min(1.0, 2 * binom.cdf(min(counts(y, predicted_a, predicted_b)), len(y), 0.5))


def without_truth(y, predicted_a, predicted_b):
    a, b = (predicted_a > predicted_b).sum(), (predicted_b > predicted_a).sum()
    return binomtest(a, a + b).pvalue


def exactly_k(y, predicted_a, predicted_b):
    a, b = counts(y, predicted_a, predicted_b)
    return min(1.0, 2 * binom.pmf(min(a, b), a + b, 0.5))


def strictly_below(y, predicted_a, predicted_b):
    a, b = counts(y, predicted_a, predicted_b)
    return min(1.0, 2 * binom.cdf(min(a, b) - 1, a + b, 0.5))


def always_a(y, predicted_a, predicted_b):
    a, b = counts(y, predicted_a, predicted_b)
    return min(1.0, 2 * binom.cdf(a, a + b, 0.5))


def biased_coin(y, predicted_a, predicted_b):
    a, b = counts(y, predicted_a, predicted_b)
    return min(1.0, 2 * binom.cdf(min(a, b), a + b, 0.05))


def difference_of_accuracies(y, predicted_a, predicted_b):
    return np.mean(predicted_a == y) - np.mean(predicted_b == y)


def chi_squared(y, predicted_a, predicted_b):
    a, b = counts(y, predicted_a, predicted_b)
    return chi2.sf((abs(a - b) - 1) ** 2 / (a + b), 1)


def only_counts(y, predicted_a, predicted_b):
    return counts(y, predicted_a, predicted_b)


def corrects_in_place(y, predicted_a, predicted_b):
    value = metrics.mcnemar(y, predicted_a, predicted_b)
    predicted_a[:] = y
    return value


MCNEMAR = [
    (one_sided, "deux fois"),
    (not_capped, "ne dépasse pas 1"),
    (largest, "plus PETIT"),
    (successes, "toutes les bonnes réponses"),
    (among_all_patients, "nombre de désaccords"),
    (without_truth, "vous oubliez y"),
    (exactly_k, "EXACTEMENT k"),
    (chi_squared, "khi-deux"),
    (strictly_below, "pas celui attendu"),
    (always_a, "plus petit des DEUX"),
    (biased_coin, "pièce est équilibrée"),
    (difference_of_accuracies, "pas celui attendu"),
    (only_counts, "on attend un objet float"),
    (corrects_in_place, "en place"),
]


WRONG = {
    "transfer": TRANSFER,
    "mcnemar": MCNEMAR,
}


def by_sign_test(y, predicted_a, predicted_b):
    a, b = counts(y, predicted_a, predicted_b)
    return binomtest(a, a + b).pvalue


def center_first(predictors, centers, measure):
    result = defaultdict(dict)
    for name, m in product(centers, predictors):
        result[m][name] = measure(centers[name].test.y, predictors[m](centers[name].test.x))
    return result


def by_formula(y, predicted_a, predicted_b):
    a, b = counts(y, predicted_a, predicted_b)
    return np.minimum(1, 2 * np.sum([comb(a + b, k) for k in range(min(a, b) + 1)]) / 2 ** (a + b))


RIGHT = {
    "transfer": [
        table,
        center_first,
    ],
    "mcnemar": [
        by_sign_test,
        by_formula,
    ],
}
