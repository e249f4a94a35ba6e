"""Leçon 4, données hétérogènes, lue comme un apprenant : le juste autrement passe, le faux courant est expliqué."""

from collections import Counter

import numpy as np

LR = 0.05


def skew_with_counters(labels, num_classes):
    everyone, result = Counter(int(c) for y in labels for c in y), []
    total = sum(everyone.values())
    for y in labels:
        own, gap = Counter(y.tolist()), 0
        for c in range(num_classes):
            gap += abs(own[c] / len(y) - everyone[c] / total)
        result.append(gap / 2)
    return result


def skew_of_surplus(labels, num_classes):
    counts = np.array([[(y == c).sum() for c in range(num_classes)] for y in labels])
    gaps = counts / counts.sum(axis=1, keepdims=True) - counts.sum(axis=0) / counts.sum()
    return tuple(np.maximum(gaps, 0).sum(axis=1))


def fixed_point_with_loops(optima, curvatures, num_examples, lr, num_steps):
    top, bottom = np.zeros(optima.shape[1]), np.zeros(optima.shape[1])
    for w_k, a_k, n_k in zip(optima, curvatures, num_examples, strict=True):
        covered = 1 - np.power(1 - lr * a_k, num_steps)
        top, bottom = top + n_k * covered * w_k, bottom + n_k * covered
    return list(top / bottom)


def fixed_point_by_running_fedavg(optima, curvatures, num_examples, lr, num_steps):
    w = np.zeros(optima.shape[1])
    for _ in range(5000):
        local = np.tile(w, (len(optima), 1))
        for _ in range(num_steps):
            local = local - lr * curvatures * (local - optima)
        w = num_examples @ local / num_examples.sum()
    return w


def proximal_one_by_one(gradient, w, w_global, mu):
    return [g + mu * (a - b) for g, a, b in zip(gradient, w, w_global, strict=True)]


def proximal_on_a_copy(gradient, w, w_global, mu):
    total = gradient.copy()
    total += mu * w
    total -= mu * w_global
    return total


RIGHT = {
    "label_skew": [
        skew_with_counters,
        skew_of_surplus,
    ],
    "fedavg_fixed_point": [
        fixed_point_with_loops,
        fixed_point_by_running_fedavg,
    ],
    "proximal_gradient": [
        proximal_one_by_one,
        proximal_on_a_copy,
    ],
}


def shares(y, num_classes):
    return np.bincount(y, minlength=num_classes) / len(y)


def squared_gaps(labels, num_classes):
    overall = shares(np.concatenate(labels), num_classes)
    return np.array([((shares(y, num_classes) - overall) ** 2).sum() / 2 for y in labels])


def gaps_left_apart(labels, num_classes):
    overall = shares(np.concatenate(labels), num_classes)
    return [np.abs(shares(y, num_classes) - overall) / 2 for y in labels]


def share_of_everyone(labels, num_classes):
    n = len(np.concatenate(labels))
    overall = shares(np.concatenate(labels), num_classes)
    return [np.abs(np.bincount(y, minlength=num_classes) / n - overall).sum() / 2 for y in labels]


def sums_a_list(labels, num_classes):
    return [np.abs(shares(y, num_classes) - labels.sum()).sum() / 2 for y in labels]


def counts_the_list(labels, num_classes):
    overall = np.bincount(labels, minlength=num_classes) / len(labels)
    return np.array([np.abs(shares(y, num_classes) - overall).sum() / 2 for y in labels])


def forgotten_column(optima, curvatures, num_examples, lr, num_steps):
    covered = 1 - (1 - lr * curvatures) ** num_steps
    return np.average(optima, axis=0, weights=num_examples * covered)


def misplaced_bracket(optima, curvatures, num_examples, lr, num_steps):
    covered = (1 - (1 - lr * curvatures)) ** num_steps
    return np.average(optima, axis=0, weights=num_examples[:, None] * covered)


def sum_without_division(optima, curvatures, num_examples, lr, num_steps):
    covered = 1 - (1 - lr * curvatures) ** num_steps
    return (num_examples[:, None] * covered * optima).sum(axis=0)


def notebook_rate(optima, curvatures, num_examples, lr, num_steps):
    covered = 1 - (1 - LR * curvatures) ** num_steps
    return np.average(optima, axis=0, weights=num_examples[:, None] * covered)


def forgotten_axis(optima, curvatures, num_examples, lr, num_steps):
    covered = 1 - (1 - lr * curvatures) ** num_steps
    return np.average(optima, weights=num_examples[:, None] * covered)


def caret(optima, curvatures, num_examples, lr, num_steps):
    return 1 - (1 - lr * curvatures) ^ num_steps


def squared_norm(gradient, w, w_global, mu):
    return gradient + mu * np.linalg.norm(w - w_global) ** 2


def loss_one_by_one(gradient, w, w_global, mu):
    return gradient + mu / 2 * (w - w_global) ** 2


def adds_the_norm(gradient, w, w_global, mu):
    return gradient + mu / 2 * np.linalg.norm(w - w_global)


def forgotten_brackets(gradient, w, w_global, mu):
    return gradient + mu * w - w_global


WRONG = {
    "label_skew": [
        (squared_gaps, "carrés"),
        (gaps_left_apart, "écarts de chaque classe"),
        (share_of_everyone, "effectif TOTAL"),
        (sums_a_list, "`np.concatenate(labels)`"),
        (counts_the_list, "un centre à la fois"),
    ],
    "fedavg_fixed_point": [
        (forgotten_column, "`num_examples[:, None]`"),
        (misplaced_bracket, "parenthèse"),
        (sum_without_division, "divisez-la par la somme des poids"),
        (notebook_rate, "constante du carnet"),
        (forgotten_axis, "`axis=0`"),
        (caret, "s'écrit `**`"),
    ],
    "proximal_gradient": [
        (squared_norm, "longueur de l'écart"),
        (loss_one_by_one, "écart au carré"),
        (adds_the_norm, "un seul nombre"),
        (forgotten_brackets, "parenthèses"),
    ],
}
