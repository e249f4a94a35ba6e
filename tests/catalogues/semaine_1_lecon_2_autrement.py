"""Leçon 2, lue comme un apprenant : le juste écrit autrement passe, le faux de tous les jours reçoit un mot utile."""

import numpy as np

from common import federated
from common.federated import client_update, fedavg, gradient, predict_probability


def error_of(parameters, x, y):
    return predict_probability(parameters, x) - y


def gradient_with_loops(parameters, x, y):
    error, weight, bias = error_of(parameters, x, y), np.zeros(x.shape[1]), 0
    for e, row in zip(error, x, strict=True):
        weight += e * row
        bias += e
    return weight / len(y), float(bias / len(y))


def gradient_with_own_sigmoid(parameters, x, y):
    error = 1 / (1 + np.exp(-(np.dot(x, parameters[0]) + parameters[1]))) - y
    return [np.array([np.mean(error * column) for column in x.T]), np.array(error.sum() / x.shape[0])]


def update_with_named_parts(parameters, x, y, lr, num_steps):
    weight, bias = parameters
    for _ in range(num_steps):
        by_weight, by_bias = gradient([weight, bias], x, y)
        weight, bias = weight - lr * by_weight, float(bias - lr * by_bias)
    return weight, bias


def update_in_copies(parameters, x, y, lr, num_steps):
    copies = [p.copy() for p in parameters]
    while num_steps > 0:
        for p, g in zip(copies, gradient(copies, x, y), strict=True):
            p -= lr * g
        num_steps -= 1
    return copies


def average_with_loops(updates, num_examples):
    weight, bias = 0, 0
    for (w, b), n in zip(updates, num_examples, strict=True):
        weight = weight + n / sum(num_examples) * w
        bias = bias + n / sum(num_examples) * b
    return [weight, bias]


def average_with_matrices(updates, num_examples):
    share = np.array(num_examples) / np.sum(num_examples)
    return share @ np.array([u[0] for u in updates]), float(share @ np.array([u[1] for u in updates]))


def round_with_loop(parameters, centers, lr, num_steps):
    updates, counts = [], []
    for name in centers:
        split = centers[name].train
        updates.append(client_update(parameters, split.x, split.y, lr, num_steps))
        counts.append(len(split.y))
    return tuple(fedavg(updates, counts))


def round_with_arrays(parameters, centers, lr, num_steps):
    trains = [center.train for _, center in centers.items()]
    updates = [update_with_named_parts(parameters, t.x, t.y, lr=lr, num_steps=num_steps) for t in trains]
    return average_with_matrices(updates, np.array([t.x.shape[0] for t in trains]))


RIGHT = {
    "gradient": [
        gradient_with_loops,
        gradient_with_own_sigmoid,
    ],
    "client_update": [
        update_with_named_parts,
        update_in_copies,
    ],
    "fedavg": [
        average_with_loops,
        average_with_matrices,
    ],
    "fedavg_round": [
        round_with_loop,
        round_with_arrays,
    ],
}


def summed_weight(parameters, x, y):
    error = error_of(parameters, x, y)
    return [x.T @ error, error.mean()]


def squared_error(parameters, x, y):
    p = predict_probability(parameters, x)
    error = (p - y) * p * (1 - p)
    return [x.T @ error / len(y), error.mean()]


def absolute_error(parameters, x, y):
    error = np.abs(error_of(parameters, x, y))
    return [x.T @ error / len(y), error.mean()]


def forgotten_transpose(parameters, x, y):
    return [x @ error_of(parameters, x, y) / len(y), error_of(parameters, x, y).mean()]


def row_by_row(parameters, x, y):
    return [x * error_of(parameters, x, y) / len(y), error_of(parameters, x, y).mean()]


def rebinds_only(parameters, x, y, lr, num_steps):
    for _ in range(num_steps):
        for p, g in zip(parameters, gradient(parameters, x, y), strict=True):
            p = p - lr * g
    return parameters


def weight_only(parameters, x, y, lr, num_steps):
    weight, bias = parameters
    for _ in range(num_steps):
        weight = weight - lr * gradient([weight, bias], x, y)[0]
    return [weight, bias]


def one_after_the_other(parameters, x, y, lr, num_steps):
    weight, bias = parameters
    for _ in range(num_steps):
        weight = weight - lr * gradient([weight, bias], x, y)[0]
        bias = bias - lr * gradient([weight, bias], x, y)[1]
    return [weight, bias]


def no_lr(parameters, x, y, lr, num_steps):
    for _ in range(num_steps):
        parameters = [p - g for p, g in zip(parameters, gradient(parameters, x, y), strict=True)]
    return parameters


def divides_again(parameters, x, y, lr, num_steps):
    for _ in range(num_steps):
        parameters = [p - lr * g / len(y) for p, g in zip(parameters, gradient(parameters, x, y), strict=True)]
    return parameters


def lists_as_vectors(parameters, x, y, lr, num_steps):
    return parameters - lr * gradient(parameters, x, y)


def last_client(updates, num_examples):
    for (w, b), n in zip(updates, num_examples, strict=True):
        weight, bias = n / sum(num_examples) * w, n / sum(num_examples) * b
    return [weight, bias]


def mean_of_weighted(updates, num_examples):
    weighted = [[n / sum(num_examples) * p for p in update] for update, n in zip(updates, num_examples, strict=True)]
    return [np.mean(np.stack(group), axis=0) for group in zip(*weighted, strict=True)]


def plain_bias(updates, num_examples):
    return [np.average([u[0] for u in updates], axis=0, weights=num_examples), np.mean([u[1] for u in updates])]


def weighted_apart(updates, num_examples):
    return [[n / sum(num_examples) * p for p in update] for update, n in zip(updates, num_examples, strict=True)]


def all_at_once(updates, num_examples):
    return np.average(updates, axis=0, weights=num_examples)


def no_axis(updates, num_examples):
    return [np.average(np.stack(group), weights=num_examples) for group in zip(*updates, strict=True)]


def over_clients(updates, num_examples):
    return [np.average(np.stack(group), axis=0, weights=num_examples) for group in updates]


def divides_a_list(updates, num_examples):
    return num_examples / sum(num_examples)


def round_with_all_patients(parameters, centers, lr, num_steps):
    updates = [client_update(parameters, c.train.x, c.train.y, lr, num_steps) for c in centers.values()]
    return fedavg(updates, [len(c.train) + len(c.test) for c in centers.values()])


def averages_each_step(parameters, centers, lr, num_steps):
    for _ in range(num_steps):
        parameters = federated.fedavg_round(parameters, centers, lr, 1)
    return parameters


def round_from_zero(parameters, centers, lr, num_steps):
    return federated.fedavg_round([np.zeros_like(p) for p in parameters], centers, lr, num_steps)


def notebook_variable(parameters, centers, lr, num_steps):
    return federated.fedavg_round([np.zeros(13), np.zeros(())], centers, lr, num_steps)


def loops_over_names(parameters, centers, lr, num_steps):
    return [client_update(parameters, c.train.x, c.train.y, lr, num_steps) for c in centers]


def swapped_settings(parameters, centers, lr, num_steps):
    return [client_update(parameters, c.train.x, c.train.y, num_steps, lr) for c in centers.values()]


WRONG = {
    "gradient": [
        (summed_weight, "divisez-le aussi"),
        (squared_error, "erreur quadratique"),
        (absolute_error, "valeur absolue"),
        (forgotten_transpose, "pensez à `.T`"),
        (row_by_row, "formes ne s'accordent pas"),
    ],
    "client_update": [
        (rebinds_only, "n'ont pas bougé"),
        (weight_only, "biais n'apprend pas"),
        (one_after_the_other, "un seul par pas"),
        (no_lr, "`lr` ne sert pas"),
        (divides_again, "déjà une moyenne"),
        (lists_as_vectors, "une liste ne se calcule pas"),
    ],
    "fedavg": [
        (last_client, "AJOUTEZ"),
        (mean_of_weighted, "divisez deux fois"),
        (plain_bias, "biais est en moyenne simple"),
        (weighted_apart, "pas réunis"),
        (all_at_once, "un seul tableau"),
        (no_axis, "`axis=0`"),
        (over_clients, "`zip(*updates)`"),
        (divides_a_list, "une liste ne se divise pas"),
    ],
    "fedavg_round": [
        (round_with_all_patients, "aussi les patients de test"),
        (averages_each_step, "TOUS ses pas"),
        (round_from_zero, "modèle nul"),
        (notebook_variable, "que les arguments de la fonction"),
        (loops_over_names, "`centers.values()`"),
        (swapped_settings, "échangé avec `lr`"),
    ],
}
