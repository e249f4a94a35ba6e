"""Leçon 1 : ce que les contrôles doivent refuser, et avec quel message."""

from collections import defaultdict
from itertools import product
from math import comb

import numpy as np
from scipy.stats import binom, binomtest, chi2

from common import metrics

PERSONAL_DATA = [
    ({"a"}, "« b » en est"),
    ({"a", "d", "f"}, "table de correspondance"),
    ({"a", "b", "f"}, "« d » en est"),
    ({"a", "b", "d"}, "une personne la désigne"),
    ({"a", "b", "c", "d", "f"}, "« c » n'en est pas"),
    ({"a", "b", "d", "e", "f"}, "nombre de lits"),
    ({"c", "e"}, "« a » en est"),
    (set(), "écrit comme"),
    ({"a", "b", "d", "f", "g"}, "lettres de « a » à « f »"),
    (["a", "b", "d"], "« f » en est"),
    (("A", "B", "C", "D", "F"), "« c » n'en est pas"),
    ({}, "écrit comme"),
    ({"a, b, d, f"}, "écrit comme"),
    (4, "écrit comme"),
    (None, "écrit comme"),
]


def loop_pairs(y, score, tie=0.5):
    pairs = [(p, n) for p in score[y == 1] for n in score[y == 0]]
    return sum(1.0 if p > n else tie if p == n else 0.0 for p, n in pairs) / len(pairs)


def ties_lose(y, score):
    return loop_pairs(y, score, 0.0)


def ties_win(y, score):
    return loop_pairs(y, score, 1.0)


def healthy_first(y, score):
    return loop_pairs(1 - y, score)


def healthy_first_and_ties_lose(y, score):
    return loop_pairs(1 - y, score, 0.0)


def total_points(y, score):
    return loop_pairs(y, score) * np.sum(y == 1) * np.sum(y == 0)


def points_per_patient(y, score):
    return total_points(y, score) / len(y)


def list_of_points(y, score):
    return [1 if p > n else 0.5 if p == n else 0 for p in score[y == 1] for n in score[y == 0]]


def only_won_pairs(y, score):
    points = [point for point in list_of_points(y, score) if point]
    return sum(points) / len(points)


def returns_inside_the_loop(y, score):
    for sick in score[y == 1]:
        points = [1 if sick > n else 0.5 if sick == n else 0 for n in score[y == 0]]
        return sum(points) / len(points)


def points_per_sick(y, score):
    return total_points(y, score) / np.sum(y == 1)


def accuracy_at_half(y, score):
    return np.mean((score >= 0.5).astype(int) == y)


def everyone_against_everyone(y, score):
    difference = score[:, None] - score[None, :]
    return ((difference > 0) + 0.5 * (difference == 0)).mean()


def position_by_position(y, score):
    return np.mean([p > n for p, n in zip(score[y == 1], score[y == 0], strict=False)])


def estimate(y, score):
    return metrics.Estimate(loop_pairs(y, score), 0.0, 1.0)


def concordance_without_return(y, score):
    loop_pairs(y, score)


def sorts_in_place(y, score):
    value = loop_pairs(y, score)
    score.sort()
    return value


CONCORDANCE = [
    (ties_lose, "vous la comptez 0"),
    (ties_win, "vous la comptez 1"),
    (healthy_first, "à l'envers"),
    (healthy_first_and_ties_lose, "pas celui attendu"),
    (total_points, "total des points"),
    (points_per_patient, "nombre de PAIRES"),
    (points_per_sick, "nombre de malades"),
    (list_of_points, "rendez leur moyenne"),
    (only_won_pairs, "ajoutez ce 0"),
    (returns_inside_the_loop, "sortez le `return`"),
    (accuracy_at_half, "exactitude au seuil"),
    (everyone_against_everyone, "toujours ½"),
    (position_by_position, "pas celui attendu"),
    (estimate, "on attend un objet float"),
    (concordance_without_return, "`return`"),
    (sorts_in_place, "en place"),
    (0.875, "on attend une fonction"),
]


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
    "personal_data": PERSONAL_DATA,
    "concordance": CONCORDANCE,
    "transfer": TRANSFER,
    "mcnemar": MCNEMAR,
}


def by_ranks(y, score):
    rank = (score[:, None] > score).sum(axis=1) + 0.5 * (score[:, None] == score).sum(axis=1)
    n_pos, n_neg = y.sum(), len(y) - y.sum()
    return (rank[y == 1].sum() - n_pos**2 / 2) / (n_pos * n_neg)


def by_sign_test(y, predicted_a, predicted_b):
    a, b = counts(y, predicted_a, predicted_b)
    return binomtest(a, a + b).pvalue


def with_indices(y, score):
    total = num_pairs = 0
    for i, j in product(np.flatnonzero(y == 1), np.flatnonzero(y == 0)):
        num_pairs += 1
        total += 1 if score[i] > score[j] else 0.5 if score[i] == score[j] else 0
    return np.array(total / num_pairs)


def center_first(predictors, centers, measure):
    result = defaultdict(dict)
    for name, m in product(centers, predictors):
        result[m][name] = measure(centers[name].test.y, predictors[m](centers[name].test.x))
    return result


def by_formula(y, predicted_a, predicted_b):
    a, b = counts(y, predicted_a, predicted_b)
    return np.minimum(1, 2 * np.sum([comb(a + b, k) for k in range(min(a, b) + 1)]) / 2 ** (a + b))


RIGHT = {
    "personal_data": [
        ["a", "b", "d", "f"],
        ("f", "d", "b", "a"),
        {"A", "B", "D", "F"},
        {"a)", "b)", "d)", "f)"},
        "abdf",
    ],
    "concordance": [
        by_ranks,
        with_indices,
    ],
    "transfer": [
        table,
        center_first,
    ],
    "mcnemar": [
        by_sign_test,
        by_formula,
    ],
}
