"""Leçon 4 : ce que les contrôles doivent refuser, et avec quel message."""

import numpy as np

from common import data, federated, training


def shares(labels, num_classes):
    return np.array([np.bincount(y, minlength=num_classes) / len(y) for y in labels])


def pooled_share(labels, num_classes):
    return shares([np.concatenate(labels)], num_classes)[0]


def no_half(labels, num_classes):
    return np.abs(shares(labels, num_classes) - pooled_share(labels, num_classes)).sum(axis=1)


def mean_of_centers(labels, num_classes):
    parts = shares(labels, num_classes)
    return np.abs(parts - parts.mean(axis=0)).sum(axis=1) / 2


def balanced(labels, num_classes):
    return np.abs(shares(labels, num_classes) - 1 / num_classes).sum(axis=1) / 2


def euclidean(labels, num_classes):
    return np.linalg.norm(shares(labels, num_classes) - pooled_share(labels, num_classes), axis=1)


def counts(labels, num_classes):
    table = np.array([np.bincount(y, minlength=num_classes) for y in labels])
    return np.abs(table - table.sum(axis=0)).sum(axis=1) / 2


def one_number(labels, num_classes):
    return data.label_skew(labels, num_classes).mean()


def signed(labels, num_classes):
    return 0 * data.label_skew(labels, num_classes)


def averaged_over_classes(labels, num_classes):
    return no_half(labels, num_classes) / num_classes


def largest_gap(labels, num_classes):
    return np.abs(shares(labels, num_classes) - pooled_share(labels, num_classes)).max(axis=1)


def wrong_axis(labels, num_classes):
    return np.abs(shares(labels, num_classes) - pooled_share(labels, num_classes)).sum(axis=0) / 2


def ten_classes(labels, num_classes):
    return data.label_skew(labels, 10)[:2]


def without_minlength(labels, num_classes):
    return np.array([np.bincount(y) / len(y) for y in labels]).sum(axis=1)


def skew_without_return(labels, num_classes):
    data.label_skew(labels, num_classes)


LABEL_SKEW = [
    (no_half, "½"),
    (mean_of_centers, "moyenne SIMPLE"),
    (balanced, "classes équilibrées"),
    (euclidean, "euclidienne"),
    (counts, "effectifs"),
    (one_number, "une distance par centre"),
    (signed, "valeur absolue"),
    (averaged_over_classes, "moyenne sur les classes"),
    (largest_gap, "plus grand écart"),
    (wrong_axis, "PAR centre"),
    (ten_classes, "forme"),
    (without_minlength, "minlength=num_classes"),
    (skew_without_return, "`return`"),
]


def shrink(curvatures, lr, num_steps):
    return (1 - lr * curvatures) ** num_steps


def one_step(optima, curvatures, num_examples, lr, num_steps):
    weights = num_examples[:, None] * curvatures
    return (weights * optima).sum(axis=0) / weights.sum(axis=0)


def no_curvature(optima, curvatures, num_examples, lr, num_steps):
    return num_examples @ optima / num_examples.sum()


def no_sizes(optima, curvatures, num_examples, lr, num_steps):
    return np.average(optima, axis=0, weights=1 - shrink(curvatures, lr, num_steps))


def remaining(optima, curvatures, num_examples, lr, num_steps):
    return np.average(optima, axis=0, weights=num_examples[:, None] * shrink(curvatures, lr, num_steps))


def no_lr(optima, curvatures, num_examples, lr, num_steps):
    return np.average(optima, axis=0, weights=num_examples[:, None] * (1 - shrink(curvatures, 1, num_steps)))


def not_normalised(optima, curvatures, num_examples, lr, num_steps):
    weights = num_examples[:, None] / num_examples.sum() * (1 - shrink(curvatures, lr, num_steps))
    return (weights * optima).sum(axis=0)


def product_instead_of_power(optima, curvatures, num_examples, lr, num_steps):
    covered = 1 - (1 - lr * curvatures) * num_steps
    return np.average(optima, axis=0, weights=num_examples[:, None] * covered)


def one_step_more(optima, curvatures, num_examples, lr, num_steps):
    return federated.fedavg_fixed_point(optima, curvatures, num_examples, lr, num_steps + 1)


def plus_instead_of_minus(optima, curvatures, num_examples, lr, num_steps):
    covered = 1 - (1 + lr * curvatures) ** num_steps
    return np.average(optima, axis=0, weights=num_examples[:, None] * covered)


def averaged_over_parameters(optima, curvatures, num_examples, lr, num_steps):
    covered = 1 - shrink(curvatures.mean(axis=1, keepdims=True), lr, num_steps)
    return (num_examples[:, None] * covered * optima).sum(axis=0) / (num_examples[:, None] * covered).sum()


def local_optimum(optima, curvatures, num_examples, lr, num_steps):
    return optima[np.argmax(num_examples)]


def scalar_point(optima, curvatures, num_examples, lr, num_steps):
    weights = num_examples[:, None] * (1 - shrink(curvatures, lr, num_steps))
    return (weights * optima).sum() / weights.sum()


def rescales_in_place(optima, curvatures, num_examples, lr, num_steps):
    curvatures *= lr
    return federated.fedavg_fixed_point(optima, curvatures, num_examples, 1, num_steps)


FIXED_POINT = [
    (one_step, "UN pas local"),
    (no_curvature, "raideur"),
    (no_sizes, "effectifs"),
    (remaining, "RESTE"),
    (no_lr, "1 − lr × raideur"),
    (not_normalised, "MÊMES poids"),
    (product_instead_of_power, "MULTIPLIEZ"),
    (one_step_more, "pas celui attendu"),
    (plus_instead_of_minus, "1 MOINS"),
    (averaged_over_parameters, "pas celui attendu"),
    (local_optimum, "pas celui attendu"),
    (scalar_point, "`axis=0`"),
    (rescales_in_place, "en place"),
]


def reversed_term(gradient, w, w_global, mu):
    return gradient + mu * (w_global - w)


def halved(gradient, w, w_global, mu):
    return gradient + 0.5 * mu * (w - w_global)


def doubled(gradient, w, w_global, mu):
    return gradient + 2 * mu * (w - w_global)


def flower_documentation(gradient, w, w_global, mu):
    return gradient + mu / 2 * (w - w_global) / np.sqrt(np.sum((w - w_global) ** 2))


def term_alone(gradient, w, w_global, mu):
    return mu * (w - w_global)


def towards_zero(gradient, w, w_global, mu):
    return gradient + mu * w


def adds_the_loss(gradient, w, w_global, mu):
    return gradient + mu / 2 * np.sum((w - w_global) ** 2)


def without_mu(gradient, w, w_global, mu):
    return gradient + w - w_global


def gradient_alone(gradient, w, w_global, mu):
    return gradient


def in_place(gradient, w, w_global, mu):
    gradient += mu * (w - w_global)
    return gradient


def squared_gap(gradient, w, w_global, mu):
    return gradient + mu * (w - w_global) ** 2


def regularised_gradient(gradient, w, w_global, mu):
    return mu * (gradient + w - w_global)


def absolute_gap(gradient, w, w_global, mu):
    return gradient + mu * np.abs(w - w_global)


def a_step(gradient, w, w_global, mu):
    return w - training.proximal_gradient(gradient, w, w_global, mu)


PROXIMAL = [
    (reversed_term, "LOIN"),
    (halved, "½ disparaît"),
    (doubled, "facteur 2"),
    (flower_documentation, "SANS le carré"),
    (term_alone, "terme proximal seul"),
    (towards_zero, "vers zéro"),
    (adds_the_loss, "son GRADIENT"),
    (without_mu, "règle la laisse"),
    (gradient_alone, "gradient local seul"),
    (in_place, "en place"),
    (squared_gap, "dérivée de x² est 2x"),
    (regularised_gradient, "pas celui attendu"),
    (absolute_gap, "pas celui attendu"),
    (a_step, "pas celui attendu"),
]


def steps(gradient, w, shift, lr, num_steps):
    for _ in range(num_steps):
        w = w - lr * (gradient(w) + shift)
    return w


def scaffold_like(shift, control):
    def wrong(gradient, start, controls, lr, num_steps):
        w = steps(gradient, start, shift(*controls), lr, num_steps)
        return w, control(*controls, start - w, lr, num_steps)

    return wrong


def right_shift(own, server):
    return server - own


def right_control(own, server, moved, lr, num_steps):
    return own - server + moved / (num_steps * lr)


def returns_change(gradient, start, controls, lr, num_steps):
    w, control = federated.scaffold_update(gradient, start, controls, lr, num_steps)
    return w, control - controls[0]


def returns_model(gradient, start, controls, lr, num_steps):
    return federated.scaffold_update(gradient, start, controls, lr, num_steps)[0]


def single_step(gradient, start, controls, lr, num_steps):
    return federated.scaffold_update(gradient, start, controls, lr, 1)


def exchanged(gradient, start, controls, lr, num_steps):
    return federated.scaffold_update(gradient, start, (controls[1], controls[0]), lr, num_steps)


def extra_step(gradient, start, controls, lr, num_steps):
    return federated.scaffold_update(gradient, start, controls, lr, num_steps + 1)


def ascends(gradient, start, controls, lr, num_steps):
    return federated.scaffold_update(gradient, start, controls, -lr, num_steps)


def frozen_gradient(gradient, start, controls, lr, num_steps):
    return federated.scaffold_update(lambda w: gradient(start), start, controls, lr, num_steps)


def reversed_pair(gradient, start, controls, lr, num_steps):
    return federated.scaffold_update(gradient, start, controls, lr, num_steps)[::-1]


def moves_start(gradient, start, controls, lr, num_steps):
    origin = start.copy()
    for _ in range(num_steps):
        start -= lr * (gradient(start) - controls[0] + controls[1])
    return start, right_control(*controls, origin - start, lr, num_steps)


def forgets_start(gradient, start, controls, lr, num_steps):
    for _ in range(num_steps):
        start = start - lr * (gradient(start) - controls[0] + controls[1])
    return start, controls[0] - controls[1] + (start - start) / (num_steps * lr)


def option_one(gradient, start, controls, lr, num_steps):
    w, _ = federated.scaffold_update(gradient, start, controls, lr, num_steps)
    return w, gradient(start)


SCAFFOLD = [
    (scaffold_like(lambda own, server: own - server, right_control), "à l'envers : g − c_i + c"),
    (exchanged, "échangés"),
    (scaffold_like(lambda own, server: 0, right_control), "FedAvg"),
    (scaffold_like(right_shift, lambda own, c, moved, lr, k: own - c - moved / (k * lr)), "départ MOINS"),
    (scaffold_like(right_shift, lambda own, c, moved, lr, k: own - c + moved), "pas une distance"),
    (scaffold_like(right_shift, lambda own, c, moved, lr, k: own - c + moved / lr), "gradient MOYEN"),
    (scaffold_like(right_shift, lambda own, c, moved, lr, k: own - c + moved / k), "taux d'apprentissage"),
    (scaffold_like(right_shift, lambda own, c, moved, lr, k: moved / (k * lr)), "il manque c_i − c"),
    (scaffold_like(right_shift, lambda own, c, moved, lr, k: own), "pas mise à jour"),
    (returns_change, "CHANGEMENT"),
    (single_step, "un seul pas"),
    (returns_model, "le couple"),
    (scaffold_like(lambda own, server: -own, right_control), "oublient c :"),
    (extra_step, "pas celui attendu"),
    (ascends, "pas celui attendu"),
    (frozen_gradient, "une seule fois"),
    (reversed_pair, "l'ordre est inversé"),
    (moves_start, "en place"),
    (forgets_start, "gardez le départ"),
    (option_one, "option I de"),
]

B1, B2, TAU = 0.9, 0.99, 1e-3


def adam(change, m, v):
    return B1 * m + (1 - B1) * change, B2 * v + (1 - B2) * change**2


def remounts(w, average, m, v, eta):
    m, v = adam(average - w, m, v)
    return w - eta * m / (np.sqrt(v) + TAU), m, v


def reversed_change(w, average, m, v, eta):
    m, v = adam(w - average, m, v)
    return w + eta * m / (np.sqrt(v) + TAU), m, v


def change_is_average(w, average, m, v, eta):
    m, v = adam(average, m, v)
    return w + eta * m / (np.sqrt(v) + TAU), m, v


def from_average(w, average, m, v, eta):
    m, v = adam(average - w, m, v)
    return average + eta * m / (np.sqrt(v) + TAU), m, v


def no_root(w, average, m, v, eta):
    m, v = adam(average - w, m, v)
    return w + eta * m / (v + TAU), m, v


def old_moments(w, average, m, v, eta):
    return w + eta * m / (np.sqrt(v) + TAU), *adam(average - w, m, v)


def forgets(w, average, m, v, eta):
    change = average - w
    return federated.fedadam_step(w, w + change, np.zeros_like(m), np.zeros_like(v), eta)


def model_alone(w, average, m, v, eta):
    return federated.fedadam_step(w, average, m, v, eta)[0]


def stale_memory(w, average, m, v, eta):
    return federated.fedadam_step(w, average, m, v, eta)[0], m, v


def plain_average(w, average, m, v, eta):
    return average, *adam(average - w, m, v)


def tau_inside_the_root(w, average, m, v, eta):
    m, v = adam(average - w, m, v)
    return w + eta * m / np.sqrt(v + TAU), m, v


def no_tau(w, average, m, v, eta):
    m, v = adam(average - w, m, v)
    return w + eta * m / np.sqrt(v), m, v


def exchanged_betas(w, average, m, v, eta):
    change = average - w
    m, v = B2 * m + (1 - B2) * change, B1 * v + (1 - B1) * change**2
    return w + eta * m / (np.sqrt(v) + TAU), m, v


def bias_corrected(w, average, m, v, eta):
    m, v = adam(average - w, m, v)
    return w + eta * (m / (1 - B1)) / (np.sqrt(v / (1 - B2)) + TAU), m, v


def v_without_square(w, average, m, v, eta):
    change = average - w
    m, v = B1 * m + (1 - B1) * change, B2 * v + (1 - B2) * np.abs(change)
    return w + eta * m / (np.sqrt(v) + TAU), m, v


def memory_in_place(w, average, m, v, eta):
    m *= B1
    m += (1 - B1) * (average - w)
    return w + eta * m / (np.sqrt(B2 * v + (1 - B2) * (average - w) ** 2) + TAU), m, v


def fixed_eta(w, average, m, v, eta):
    return federated.fedadam_step(w, average, m, v, 0.1)


FEDADAM = [
    (remounts, "AJOUTE"),
    (reversed_change, "Δ est à l'envers"),
    (change_is_average, "pas la moyenne elle-même"),
    (from_average, "il part de `w`"),
    (no_root, "racine carrée"),
    (old_moments, "anciens m et v : mettez-les"),
    (forgets, "oubliés"),
    (model_alone, "w, m, v"),
    (stale_memory, "ANCIENS"),
    (plain_average, "c'est FedAvg"),
    (tau_inside_the_root, "APRÈS la racine"),
    (no_tau, "`TAU` n'y est pas"),
    (exchanged_betas, "β sont échangés"),
    (bias_corrected, "sa correction"),
    (v_without_square, "CARRÉ"),
    (memory_in_place, "en place"),
    (fixed_eta, "pas celui attendu"),
]

WRONG = {
    "label_skew": LABEL_SKEW,
    "fedavg_fixed_point": FIXED_POINT,
    "proximal_gradient": PROXIMAL,
    "scaffold_update": SCAFFOLD,
    "fedadam_step": FEDADAM,
}
