"""Leçon 4, données hétérogènes : ce que les contrôles doivent refuser, et avec quel message."""

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


WRONG = {
    "label_skew": LABEL_SKEW,
    "fedavg_fixed_point": FIXED_POINT,
    "proximal_gradient": PROXIMAL,
}
