"""Leçon 4 : les mauvaises réponses qu'un message attend, chacune écrite comme l'apprenant l'écrirait."""

from collections.abc import Callable

import numpy as np

from common import federated
from common.data import label_skew
from common.federated.heterogeneity import BETA_1, BETA_2, TAU

NOTEBOOK_LR = 0.05  # la constante LR du carnet


def _shares(labels, num_classes):
    return np.array([np.bincount(y, minlength=num_classes) / len(y) for y in labels])


def skew_from(combine: Callable, weight: float = 1) -> Callable:
    """Fabrique une mesure où `combine` résume les écarts de part d'un centre, de forme (K, num_classes)."""

    def wrong(labels, num_classes):
        overall = _shares([np.concatenate(labels)], num_classes)
        return weight * combine(_shares(labels, num_classes) - overall)

    return wrong


def skew_from_mean_center(labels, num_classes):
    shares = _shares(labels, num_classes)
    return np.abs(shares - shares.mean(axis=0)).sum(axis=1) / 2


def skew_from_uniform(labels, num_classes):
    return np.abs(_shares(labels, num_classes) - 1 / num_classes).sum(axis=1) / 2


def skew_of_counts(labels, num_classes):
    counts = [np.bincount(y, minlength=num_classes) for y in labels]
    return np.abs(np.array(counts) - np.sum(counts, axis=0)).sum(axis=1) / 2


def skew_of_shares_of_all(labels, num_classes):
    counts = np.array([np.bincount(y, minlength=num_classes) for y in labels])
    return np.abs(counts / counts.sum() - counts.sum(axis=0) / counts.sum()).sum(axis=1) / 2


def mean_skew(labels, num_classes):
    return label_skew(labels, num_classes).mean()


def signed_skew(labels, num_classes):
    return np.zeros(len(labels))


def one_local_step(optima, curvatures, num_examples, lr, num_steps):
    return federated.fedavg_fixed_point(optima, curvatures, num_examples, lr, 1)


def mean_of_optima(optima, curvatures, num_examples, lr, num_steps):
    return np.average(optima, axis=0, weights=num_examples)


def fixed_point_unweighted(optima, curvatures, num_examples, lr, num_steps):
    return federated.fedavg_fixed_point(optima, curvatures, np.ones(len(optima)), lr, num_steps)


def fixed_point_with_lr(lr_used: float) -> Callable:
    """Fabrique une réponse qui emploie `lr_used` au lieu de l'argument `lr`."""

    def wrong(optima, curvatures, num_examples, lr, num_steps):
        return federated.fedavg_fixed_point(optima, curvatures, num_examples, lr_used, num_steps)

    return wrong


def fixed_point_with(covered: Callable) -> Callable:
    """Fabrique un point d'arrêt dont la part du trajet est `covered(lr × raideur, num_steps)`."""

    def wrong(optima, curvatures, num_examples, lr, num_steps):
        weights = num_examples[:, None] * covered(lr * curvatures, num_steps)
        return np.average(optima, axis=0, weights=weights)

    return wrong


def fixed_point_divided_by(total: Callable) -> Callable:
    """Fabrique un point d'arrêt dont la somme est divisée par `total(num_examples)`."""

    def wrong(optima, curvatures, num_examples, lr, num_steps):
        weights = num_examples[:, None] * (1 - (1 - lr * curvatures) ** num_steps)
        return (weights * optima).sum(axis=0) / total(num_examples)

    return wrong


def fixed_point_over_everything(optima, curvatures, num_examples, lr, num_steps):
    return np.average(optima, weights=num_examples[:, None] * (1 - (1 - lr * curvatures) ** num_steps))


def local_steps(gradient, w, shift, lr, num_steps):
    """Fait `num_steps` pas, le gradient augmenté de `shift`."""
    for _ in range(num_steps):
        w = w - lr * (gradient(w) + shift)
    return w


def scaffold_with(shift: Callable) -> Callable:
    """Fabrique un client dont les pas sont corrigés de `shift(c_i, c)` ; la mise à jour de c_i est juste."""

    def wrong(gradient, start, controls, lr, num_steps):
        w = local_steps(gradient, start, shift(*controls), lr, num_steps)
        return w, controls[0] - controls[1] + (start - w) / (num_steps * lr)

    return wrong


def control_with(formula: Callable) -> Callable:
    """Fabrique un client aux pas justes, et dont le contrôle est `formula(départ - arrivée, c_i, c, lr, num_steps)`."""

    def wrong(gradient, start, controls, lr, num_steps):
        w, _ = federated.scaffold_update(gradient, start, controls, lr, num_steps)
        return w, formula(start - w, *controls, lr, num_steps)

    return wrong


def controls_swapped(gradient, start, controls, lr, num_steps):
    return federated.scaffold_update(gradient, start, controls[::-1], lr, num_steps)


def change_of_control(gradient, start, controls, lr, num_steps):
    w, control = federated.scaffold_update(gradient, start, controls, lr, num_steps)
    return w, control - controls[0]


def scaffold_one_step(gradient, start, controls, lr, num_steps):
    return federated.scaffold_update(gradient, start, controls, lr, 1)


def scaffold_returns_early(gradient, start, controls, lr, num_steps):
    w, _ = federated.scaffold_update(gradient, start, controls, lr, 1)
    return w, controls[0] - controls[1] + (start - w) / (num_steps * lr)


def scaffold_updates_every_step(gradient, start, controls, lr, num_steps):
    (own, server), w = controls, start
    for _ in range(num_steps):
        w = w - lr * (gradient(w) - own + server)
        own = own - server + (start - w) / (num_steps * lr)
    return w, own


def scaffold_without_brackets(gradient, start, controls, lr, num_steps):
    w = start
    for _ in range(num_steps):
        w = w - lr * gradient(w) - controls[0] + controls[1]
    return w, controls[0] - controls[1] + (start - w) / (num_steps * lr)


def scaffold_frozen_gradient(gradient, start, controls, lr, num_steps):
    return federated.scaffold_update(lambda w: gradient(start), start, controls, lr, num_steps)


def scaffold_ascent(gradient, start, controls, lr, num_steps):
    w = local_steps(gradient, start, controls[1] - controls[0], -lr, num_steps)
    return w, controls[0] - controls[1] + (start - w) / (num_steps * lr)


def scaffold_with_notebook_lr(gradient, start, controls, lr, num_steps):
    return federated.scaffold_update(gradient, start, controls, NOTEBOOK_LR, num_steps)


def scaffold_option_one(gradient, start, controls, lr, num_steps):
    return federated.scaffold_update(gradient, start, controls, lr, num_steps)[0], gradient(start)


def scaffold_reversed_pair(gradient, start, controls, lr, num_steps):
    return federated.scaffold_update(gradient, start, controls, lr, num_steps)[::-1]


def scaffold_model_alone(gradient, start, controls, lr, num_steps):
    return federated.scaffold_update(gradient, start, controls, lr, num_steps)[0]


def adam_of(change: Callable) -> Callable:
    """Fabrique un pas du serveur dont le déplacement est `change(average, w)`."""

    def wrong(w, average, m, v, eta):
        return federated.fedadam_step(w, w + change(average, w), m, v, eta)

    return wrong


def adam_moving(step: Callable) -> Callable:
    """Fabrique un serveur aux m et v justes, et dont le modèle avance de `step(m, v, eta)`."""

    def wrong(w, average, m, v, eta):
        _, m, v = federated.fedadam_step(w, average, m, v, eta)
        return w + step(m, v, eta), m, v

    return wrong


def adam_remembering(moments: Callable) -> Callable:
    """Fabrique un serveur dont les nouveaux m et v sont `moments(déplacement, m, v)`."""

    def wrong(w, average, m, v, eta):
        m, v = moments(average - w, m, v)
        return w + eta * m / (np.sqrt(v) + TAU), m, v

    return wrong


def exchanged_betas(change, m, v):
    return BETA_2 * m + (1 - BETA_2) * change, BETA_1 * v + (1 - BETA_1) * change**2


def plain_sums(change, m, v):
    return BETA_1 * m + change, BETA_2 * v + change**2


def without_square(change, m, v):
    return BETA_1 * m + (1 - BETA_1) * change, BETA_2 * v + (1 - BETA_2) * np.abs(change)


def adam_from_average(w, average, m, v, eta):
    moved, m, v = federated.fedadam_step(w, average, m, v, eta)
    return average + moved - w, m, v


def adam_ignores_momentum(w, average, m, v, eta):
    _, m, v = federated.fedadam_step(w, average, m, v, eta)
    return w + eta * (average - w) / (np.sqrt(v) + TAU), m, v


def adam_with_old_moments(w, average, m, v, eta):
    _, new_m, new_v = federated.fedadam_step(w, average, m, v, eta)
    return w + eta * m / (np.sqrt(v) + TAU), new_m, new_v


def adam_forgets_moments(w, average, m, v, eta):
    return federated.fedadam_step(w, average, 0 * m, 0 * v, eta)


def adam_model_alone(w, average, m, v, eta):
    return federated.fedadam_step(w, average, m, v, eta)[0]


def adam_returns_old_moments(w, average, m, v, eta):
    return federated.fedadam_step(w, average, m, v, eta)[0], m, v


def fedavg_instead(w, average, m, v, eta):
    return average, *federated.fedadam_step(w, average, m, v, eta)[1:]
