"""Leçon 4, contre la dérive : ce que les contrôles doivent refuser, et avec quel message."""

import numpy as np

from common import federated


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
    "scaffold_update": SCAFFOLD,
    "fedadam_step": FEDADAM,
}
