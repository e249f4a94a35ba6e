"""Leçon 4, lue comme un apprenant : le juste écrit autrement passe, le faux de tous les jours reçoit un mot utile."""

from collections import Counter

import numpy as np

LR, BETA_1, BETA_2, TAU = 0.05, 0.9, 0.99, 1e-3


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


def scaffold_with_mean_gradient(gradient, start, controls, lr, num_steps):
    w, seen = start.copy(), []
    for _ in range(num_steps):
        seen.append(gradient(w))
        w -= lr * (seen[-1] + controls[1] - controls[0])
    return [w, np.mean(seen, axis=0)]


def scaffold_stacked(gradient, start, controls, lr, num_steps):
    positions = [start]
    while len(positions) <= num_steps:
        w = positions[-1]
        positions.append(w - lr * gradient(w) + lr * controls[0] - lr * controls[1])
    return np.array([w := positions[-1], controls[0] - controls[1] - (w - start) / num_steps / lr])


def adam_one_by_one(w, average, m, v, eta):
    new_w, new_m, new_v = [], [], []
    for k in range(len(w)):
        delta = average[k] - w[k]
        new_m.append(BETA_1 * m[k] + 0.1 * delta)
        new_v.append(BETA_2 * v[k] + 0.01 * delta**2)
        new_w.append(w[k] + eta * new_m[k] / (new_v[k] ** 0.5 + TAU))
    return new_w, new_m, new_v


def adam_incremental(w, average, m, v, eta):
    m = m + (1 - BETA_1) * (average - w - m)
    v = v + (1 - BETA_2) * ((average - w) ** 2 - v)
    return [w - eta * (-m) / (v**0.5 + TAU), m, v]


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
    "scaffold_update": [
        scaffold_with_mean_gradient,
        scaffold_stacked,
    ],
    "fedadam_step": [
        adam_one_by_one,
        adam_incremental,
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


def steps(gradient, start, shift, lr, num_steps):
    w = start
    for _ in range(num_steps):
        w = w - lr * (gradient(w) + shift)
    return w


def control_without_brackets(gradient, start, controls, lr, num_steps):
    w = steps(gradient, start, controls[1] - controls[0], lr, num_steps)
    return w, controls[0] - controls[1] + (start - w) / num_steps * lr


def adds_both_controls(gradient, start, controls, lr, num_steps):
    own, server = controls
    w = steps(gradient, start, own + server, lr, num_steps)
    return w, own - server + (start - w) / (num_steps * lr)


def control_adds_server(gradient, start, controls, lr, num_steps):
    own, server = controls
    w = steps(gradient, start, server - own, lr, num_steps)
    return w, own + server + (start - w) / (num_steps * lr)


def climbs(gradient, start, controls, lr, num_steps):
    own, server = controls
    w = steps(gradient, start, server - own, -lr, num_steps)
    return w, own - server + (start - w) / (num_steps * lr)


def only_server(gradient, start, controls, lr, num_steps):
    own, server = controls
    w = steps(gradient, start, server, lr, num_steps)
    return w, own - server + (start - w) / (num_steps * lr)


def notebook_constant(gradient, start, controls, lr, num_steps):
    own, server = controls
    w = steps(gradient, start, server - own, LR, num_steps)
    return w, own - server + (start - w) / (num_steps * LR)


def update_in_the_loop(gradient, start, controls, lr, num_steps):
    (own, server), w = controls, start
    for _ in range(num_steps):
        w = w - lr * (gradient(w) - own + server)
        own = own - server + (start - w) / (num_steps * lr)
    return w, own


def return_in_the_loop(gradient, start, controls, lr, num_steps):
    w = steps(gradient, start, controls[1] - controls[0], lr, 1)
    return w, controls[0] - controls[1] + (start - w) / (num_steps * lr)


def steps_without_brackets(gradient, start, controls, lr, num_steps):
    own, server = controls
    w = steps(gradient, start, (own - server) / lr, lr, num_steps)
    return w, own - server + (start - w) / (num_steps * lr)


def in_place_step(gradient, start, controls, lr, num_steps):
    w = start
    for _ in range(num_steps):
        w -= lr * (gradient(w) - controls[0] + controls[1])
    return w, controls[0] - controls[1] + (start - w) / (num_steps * lr)


def gradient_not_called(gradient, start, controls, lr, num_steps):
    return steps(lambda w: lr * gradient, start, controls[1] - controls[0], lr, num_steps)


def gradient_of_the_lesson(gradient, start, controls, lr, num_steps):
    return steps(lambda w: gradient("Nord", w), start, controls[1] - controls[0], lr, num_steps)


def adam_step(w, average, m, v):
    return BETA_1 * m + (1 - BETA_1) * (average - w), BETA_2 * v + (1 - BETA_2) * (average - w) ** 2


def adam_without_brackets(w, average, m, v, eta):
    m, v = adam_step(w, average, m, v)
    return w + eta * m / np.sqrt(v) + TAU, m, v


def adam_without_factors(w, average, m, v, eta):
    m, v = BETA_1 * m + (average - w), BETA_2 * v + (average - w) ** 2
    return w + eta * m / (np.sqrt(v) + TAU), m, v


def adam_without_eta(w, average, m, v, eta):
    m, v = adam_step(w, average, m, v)
    return w + m / (np.sqrt(v) + TAU), m, v


def adam_follows_change(w, average, m, v, eta):
    change = average - w
    m, v = adam_step(w, average, m, v)
    return w + eta * change / (np.sqrt(v) + TAU), m, v


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
    "scaffold_update": [
        (control_without_brackets, "parenthèses"),
        (adds_both_controls, "c_i se RETIRE"),
        (control_adds_server, "c se RETIRE"),
        (climbs, "montent la perte"),
        (only_server, "oublient c_i"),
        (notebook_constant, "constante du carnet"),
        (update_in_the_loop, "après la boucle"),
        (return_in_the_loop, "`return` de la boucle"),
        (steps_without_brackets, "`lr` multiplie tout"),
        (in_place_step, "gardez le départ"),
        (gradient_not_called, "appelez-la"),
        (gradient_of_the_lesson, "qu'un argument"),
    ],
    "fedadam_step": [
        (adam_without_brackets, "parenthèses"),
        (adam_without_factors, "facteurs 1 − β"),
        (adam_without_eta, "`eta` n'y est pas"),
        (adam_follows_change, "il suit `m`"),
    ],
}
