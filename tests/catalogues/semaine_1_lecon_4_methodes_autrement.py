"""Leçon 4, contre la dérive, lue comme un apprenant : le juste autrement passe, le faux courant est expliqué."""

import numpy as np

LR, BETA_1, BETA_2, TAU = 0.05, 0.9, 0.99, 1e-3


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
    "scaffold_update": [
        scaffold_with_mean_gradient,
        scaffold_stacked,
    ],
    "fedadam_step": [
        adam_one_by_one,
        adam_incremental,
    ],
}


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
