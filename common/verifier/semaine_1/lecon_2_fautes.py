"""Leçon 2 : les mauvaises réponses qu'un message attend, chacune écrite comme l'apprenant l'écrirait."""

from collections.abc import Callable

import numpy as np

from common import federated
from common.data import Center


def sum_gradient(parameters, x, y):
    return [len(y) * part for part in federated.gradient(parameters, x, y)]


def reversed_gradient(parameters, x, y):
    return [-part for part in federated.gradient(parameters, x, y)]


def logit_gradient(parameters, x, y):
    error = x @ parameters[0] + parameters[1] - y
    return [x.T @ error / len(y), error.mean()]


def gradient_divided_by_features(parameters, x, y):
    return [part * len(y) / x.shape[1] for part in federated.gradient(parameters, x, y)]


def gradient_with_summed_bias(parameters, x, y):
    weight, bias = federated.gradient(parameters, x, y)
    return [weight, bias * len(y)]


def gradient_with_summed_weight(parameters, x, y):
    weight, bias = federated.gradient(parameters, x, y)
    return [weight * len(y), bias]


def gradient_per_patient(parameters, x, y):
    error = federated.predict_probability(parameters, x) - y
    return [x * error[:, None], error]


def gradient_of(error: Callable) -> Callable:
    """Fabrique un gradient dont l'erreur est remplacée par `error(probabilités, y)`."""

    def wrong(parameters, x, y):
        e = error(federated.predict_probability(parameters, x), y)
        return [x.T @ e / len(y), np.mean(e)]

    return wrong


def gradient_without_bias(parameters, x, y):
    return federated.gradient([parameters[0], 0 * parameters[1]], x, y)


def one_step(parameters, x, y, lr, num_steps):
    return federated.client_update(parameters, x, y, lr, 1)


def returned_in_the_loop(parameters, x, y, lr, num_steps):
    return federated.client_update(parameters, x, y, lr, 1) if num_steps else None


def ascent(parameters, x, y, lr, num_steps):
    return federated.client_update(parameters, x, y, -lr, num_steps)


def frozen_gradient(parameters, x, y, lr, num_steps):
    return federated.client_update(parameters, x, y, lr * num_steps, 1)


def one_step_too_many(parameters, x, y, lr, num_steps):
    return federated.client_update(parameters, x, y, lr, num_steps + 1)


def one_step_too_few(parameters, x, y, lr, num_steps):
    return federated.client_update(parameters, x, y, lr, num_steps - 1)


def returns_change(parameters, x, y, lr, num_steps):
    end = federated.client_update(parameters, x, y, lr, num_steps)
    return [after - before for after, before in zip(end, parameters, strict=True)]


def unchanged(parameters, x, y, lr, num_steps):
    return parameters


def weight_only(parameters, x, y, lr, num_steps):
    weight, bias = parameters
    for _ in range(num_steps):
        weight = weight - lr * federated.gradient([weight, bias], x, y)[0]
    return [weight, bias]


def weight_before_bias(parameters, x, y, lr, num_steps):
    weight, bias = parameters
    for _ in range(num_steps):
        weight = weight - lr * federated.gradient([weight, bias], x, y)[0]
        bias = bias - lr * federated.gradient([weight, bias], x, y)[1]
    return [weight, bias]


def without_lr(parameters, x, y, lr, num_steps):
    return federated.client_update(parameters, x, y, 1, num_steps)


def divided_twice(parameters, x, y, lr, num_steps):
    return federated.client_update(parameters, x, y, lr / len(y), num_steps)


def plain_mean(updates, num_examples):
    return federated.fedavg(updates, [1] * len(updates))


def not_normalised(updates, num_examples):
    return [part * sum(num_examples) for part in federated.fedavg(updates, num_examples)]


def divided_by_clients(updates, num_examples):
    return [part * sum(num_examples) / len(updates) for part in federated.fedavg(updates, num_examples)]


def inverse_weights(updates, num_examples):
    return federated.fedavg(updates, [1 / n for n in num_examples])


def first_client(updates, num_examples):
    return updates[0]


def largest_client(updates, num_examples):
    return updates[int(np.argmax(num_examples))]


def last_term(updates, num_examples):
    return [part * num_examples[-1] / sum(num_examples) for part in updates[-1]]


def divided_again(updates, num_examples):
    return [part / len(updates) for part in federated.fedavg(updates, num_examples)]


def plain_bias(updates, num_examples):
    return [federated.fedavg(updates, num_examples)[0], plain_mean(updates, num_examples)[1]]


def without_sum(updates, num_examples):
    return [[part * n / sum(num_examples) for part in update] for update, n in zip(updates, num_examples, strict=True)]


def round_with(aggregate):
    def wrong(parameters, centers, lr, num_steps):
        splits = [center.train for center in centers.values()]
        updates = [federated.client_update(parameters, s.x, s.y, lr, num_steps) for s in splits]
        return aggregate(updates, [len(s) for s in splits])

    return wrong


def sequential_round(parameters, centers, lr, num_steps):
    for center in centers.values():
        parameters = federated.client_update(parameters, center.train.x, center.train.y, lr, num_steps)
    return parameters


def round_on_test(parameters, centers, lr, num_steps):
    swapped = {name: Center(center.test, center.train) for name, center in centers.items()}
    return federated.fedavg_round(parameters, swapped, lr, num_steps)


def round_with_test_sizes(parameters, centers, lr, num_steps):
    updates = [federated.client_update(parameters, c.train.x, c.train.y, lr, num_steps) for c in centers.values()]
    return federated.fedavg(updates, [len(c.test) for c in centers.values()])


def round_with_all_sizes(parameters, centers, lr, num_steps):
    updates = [federated.client_update(parameters, c.train.x, c.train.y, lr, num_steps) for c in centers.values()]
    return federated.fedavg(updates, [len(c.train) + len(c.test) for c in centers.values()])


def round_of_one_step(parameters, centers, lr, num_steps):
    return federated.fedavg_round(parameters, centers, lr, 1)


def averaged_at_each_step(parameters, centers, lr, num_steps):
    for _ in range(num_steps):
        parameters = federated.fedavg_round(parameters, centers, lr, 1)
    return parameters


def round_from_zero(parameters, centers, lr, num_steps):
    return federated.fedavg_round([0 * part for part in parameters], centers, lr, num_steps)
