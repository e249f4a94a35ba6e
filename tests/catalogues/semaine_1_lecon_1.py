"""Leçon 1, les données et l'AUROC : ce que les contrôles doivent refuser, et avec quel message."""

from itertools import product

import numpy as np

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


WRONG = {
    "personal_data": PERSONAL_DATA,
    "concordance": CONCORDANCE,
}


def by_ranks(y, score):
    rank = (score[:, None] > score).sum(axis=1) + 0.5 * (score[:, None] == score).sum(axis=1)
    n_pos, n_neg = y.sum(), len(y) - y.sum()
    return (rank[y == 1].sum() - n_pos**2 / 2) / (n_pos * n_neg)


def with_indices(y, score):
    total = num_pairs = 0
    for i, j in product(np.flatnonzero(y == 1), np.flatnonzero(y == 0)):
        num_pairs += 1
        total += 1 if score[i] > score[j] else 0.5 if score[i] == score[j] else 0
    return np.array(total / num_pairs)


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
}
