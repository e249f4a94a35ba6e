"""Leçon 1 des semaines 6 à 8 : des réponses justes, écrites autrement, que les contrôles doivent laisser passer."""

import numpy as np

from common.secure_aggregation import fernet
from common.secure_aggregation.errors import ProtocolError


def index_by_name(before, after, lr):
    return dict(sorted((name, (value - after[name]) / lr) for name, value in before.items()))


def subtract_then_scale(before, after, lr):
    gradient = {}
    for name, value in after.items():
        gradient[name] = np.subtract(before[name], value) * (1 / lr)
    return gradient


def read_carefully(keys, client, token, seen):
    key = keys.get(client)
    if key is None:
        raise ProtocolError(f"{client} n'est pas inscrit")
    arrays = fernet.decrypt(key, token, 60)
    if token in seen:
        raise ProtocolError("rejeu")
    seen |= {token}
    return arrays


def by_sorting(weight_gradient, bias_gradient):
    *_, k = np.argsort(np.abs(bias_gradient))
    return (weight_gradient.T / bias_gradient[k]).T[k]


def by_loop(weight_gradient, bias_gradient):
    k = max(range(len(bias_gradient)), key=lambda i: bias_gradient[i] ** 2)
    return np.array([value / bias_gradient[k] for value in weight_gradient[k]])


def from_the_absolute_gap(bias_gradient, num_examples):
    return tuple(int(np.rint(num_examples * abs(1 / len(bias_gradient) - g))) for g in bias_gradient)


def list_of_counts(bias_gradient, num_examples):
    return [round(num_examples / len(bias_gradient) - num_examples * float(g)) for g in bias_gradient]


def rounded_floats(bias_gradient, num_examples):
    return np.round((1 / bias_gradient.size - bias_gradient) * num_examples)


def from_the_gap(m, n, w, k):
    return {name: m[name] + (m[name] - w[name]) * k / (n - k) for name in w}


def sum_by_sum(m, n, w, k):
    client = {}
    for name, mean in m.items():
        client[name] = np.asarray((mean * n - w[name] * k) * (1 / (n - k)))
    return client


RIGHT = {
    "read_update": [read_carefully],
    "gradient_from_update": [index_by_name, subtract_then_scale],
    "invert_linear": [by_sorting, by_loop],
    "count_labels": [from_the_absolute_gap, list_of_counts, rounded_floats],
    "isolate_client": [from_the_gap, sum_by_sum],
}
