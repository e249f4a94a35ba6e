"""Leçon 2 : ce que les contrôles doivent refuser, et avec quel message."""

import numpy as np

from common import federated


def unweighted(updates, num_examples):
    return [np.mean(np.stack(group), axis=0) for group in zip(*updates, strict=True)]


def unweighted_by_sum(updates, num_examples):
    return [sum(group) / len(updates) for group in zip(*updates, strict=True)]


def weighted_sum(updates, num_examples):
    return [sum(n * p for n, p in zip(num_examples, group, strict=True)) for group in zip(*updates, strict=True)]


def divided_by_clients(updates, num_examples):
    return [p / len(num_examples) for p in weighted_sum(updates, num_examples)]


def inverse(updates, num_examples):
    return federated.fedavg(updates, 1 / np.array(num_examples))


def first_client(updates, num_examples):
    return updates[0]


def no_return(updates, num_examples):
    federated.fedavg(updates, num_examples)


def in_place(updates, num_examples):
    for update, n in zip(updates, num_examples, strict=True):
        for layer in range(2):
            update[layer] = update[layer] * n / sum(num_examples)
    return [sum(group) for group in zip(*updates, strict=True)]


def only_weights(updates, num_examples):
    return federated.fedavg(updates, num_examples)[:1]


def wrong_axis(updates, num_examples):
    return [np.mean(group, axis=-1) for group in zip(*updates, strict=True)]


def hard_coded_pair(updates, num_examples):
    return federated.fedavg(updates[:2], num_examples[:2])


def squared_weights(updates, num_examples):
    return federated.fedavg(updates, np.square(num_examples))


def as_tuple_of_nan(updates, num_examples):
    return [p * np.nan for p in federated.fedavg(updates, num_examples)]


def raises(updates, num_examples):
    return np.average(updates, weights=num_examples)


FEDAVG = [
    (unweighted, "moyenne SIMPLE"),
    (unweighted_by_sum, "moyenne SIMPLE"),
    (weighted_sum, "ne somment pas à 1"),
    (divided_by_clients, "nombre de clients"),
    (inverse, "à l'envers"),
    (first_client, "un seul client"),
    (no_return, "`return`"),
    (in_place, "en place"),
    (only_weights, "on attend 2 éléments"),
    (wrong_axis, "forme"),
    (hard_coded_pair, "pas celui attendu"),
    (squared_weights, "pas celui attendu"),
    (as_tuple_of_nan, "NaN"),
    (raises, "un seul tableau"),
    (3, "on attend une fonction"),
]


def summed(parameters, x, y):
    error = federated.predict_probability(parameters, x) - y
    return [x.T @ error, error.sum()]


def summed_bias(parameters, x, y):
    error = federated.predict_probability(parameters, x) - y
    return [x.T @ error / len(y), error.sum()]


def reversed_sign(parameters, x, y):
    error = y - federated.predict_probability(parameters, x)
    return [x.T @ error / len(y), error.mean()]


def reversed_bias(parameters, x, y):
    weight, bias = federated.gradient(parameters, x, y)
    return [weight, -bias]


def without_sigmoid(parameters, x, y):
    error = x @ parameters[0] + parameters[1] - y
    return [x.T @ error / len(y), error.mean()]


def without_bias_in_logit(parameters, x, y):
    return federated.gradient([parameters[0], 0 * parameters[1]], x, y)


def divided_by_features(parameters, x, y):
    error = federated.predict_probability(parameters, x) - y
    return [x.T @ error / x.shape[1], error.sum() / x.shape[1]]


def mean_over_all(parameters, x, y):
    error = federated.predict_probability(parameters, x) - y
    return [(x.T * error).mean(), error.mean()]


def per_patient(parameters, x, y):
    error = federated.predict_probability(parameters, x) - y
    return [x * error[:, None], error]


def rounded_prediction(parameters, x, y):
    error = np.round(federated.predict_probability(parameters, x)) - y
    return [x.T @ error / len(y), error.mean()]


def regularised(parameters, x, y):
    weight, bias = federated.gradient(parameters, x, y)
    return [weight + 0.01 * parameters[0], bias]


GRADIENT = [
    (summed, "SOMME"),
    (summed_bias, "biais est une somme"),
    (reversed_sign, "signe"),
    (reversed_bias, "élément 1 : le signe"),
    (without_sigmoid, "sigmoïde"),
    (without_bias_in_logit, "oublie le biais"),
    (divided_by_features, "nombre de variables"),
    (mean_over_all, "forme"),
    (per_patient, "PAR PATIENT"),
    (rounded_prediction, "arrondissez"),
    (regularised, "pas celui attendu"),
]


def descend(parameters, x, y, lr, num_steps):
    for _ in range(num_steps):
        parameters = [p - lr * g for p, g in zip(parameters, federated.gradient(parameters, x, y), strict=True)]
    return parameters


def one_step(parameters, x, y, lr, num_steps):
    return descend(parameters, x, y, lr, 1)


def ascend(parameters, x, y, lr, num_steps):
    return descend(parameters, x, y, -lr, num_steps)


def frozen(parameters, x, y, lr, num_steps):
    gradient = federated.gradient(parameters, x, y)
    for _ in range(num_steps):
        parameters = [p - lr * g for p, g in zip(parameters, gradient, strict=True)]
    return parameters


def extra_step(parameters, x, y, lr, num_steps):
    return descend(parameters, x, y, lr, num_steps + 1)


def missing_step(parameters, x, y, lr, num_steps):
    return descend(parameters, x, y, lr, num_steps - 1)


def returns_update(parameters, x, y, lr, num_steps):
    return [a - b for a, b in zip(descend(parameters, x, y, lr, num_steps), parameters, strict=True)]


def updates_in_place(parameters, x, y, lr, num_steps):
    for _ in range(num_steps):
        for layer, g in enumerate(federated.gradient(parameters, x, y)):
            parameters[layer] -= lr * g
    return parameters


def ignores_lr(parameters, x, y, lr, num_steps):
    return descend(parameters, x, y, 0.1, num_steps)


def one_patient_per_step(parameters, x, y, lr, num_steps):
    for step in range(num_steps):
        parameters = descend(parameters, x[step % len(y)][None], y[step % len(y)][None], lr, 1)
    return parameters


def returns_first_step(parameters, x, y, lr, num_steps):
    for _ in range(num_steps):
        return descend(parameters, x, y, lr, 1)


CLIENT_UPDATE = [
    (one_step, "un seul pas"),
    (returns_first_step, "sortez le `return`"),
    (ascend, "SOUSTRAIT"),
    (frozen, "une seule fois"),
    (extra_step, "un pas de trop"),
    (missing_step, "il manque un pas"),
    (returns_update, "déplacement"),
    (updates_in_place, "en place"),
    (ignores_lr, "pas celui attendu"),
    (one_patient_per_step, "pas celui attendu"),
]


def local_updates(parameters, centers, lr, num_steps, name="train"):
    splits = [getattr(center, name) for center in centers.values()]
    return [descend(parameters, s.x, s.y, lr, num_steps) for s in splits], [len(s) for s in splits]


def round_unweighted(parameters, centers, lr, num_steps):
    return unweighted(*local_updates(parameters, centers, lr, num_steps))


def round_chained(parameters, centers, lr, num_steps):
    for center in centers.values():
        parameters = descend(parameters, center.train.x, center.train.y, lr, num_steps)
    return parameters


def round_on_test(parameters, centers, lr, num_steps):
    return federated.fedavg(*local_updates(parameters, centers, lr, num_steps, "test"))


def round_test_sizes(parameters, centers, lr, num_steps):
    updates, _ = local_updates(parameters, centers, lr, num_steps)
    return federated.fedavg(updates, [len(center.test) for center in centers.values()])


def round_first_center(parameters, centers, lr, num_steps):
    return local_updates(parameters, centers, lr, num_steps)[0][0]


def round_one_step(parameters, centers, lr, num_steps):
    return federated.fedavg_round(parameters, centers, lr, 1)


def round_pooled(parameters, centers, lr, num_steps):
    x, y = (np.concatenate([getattr(c.train, n) for c in centers.values()]) for n in ("x", "y"))
    return descend(parameters, x, y, lr, num_steps)


def round_without_last(parameters, centers, lr, num_steps):
    return federated.fedavg_round(parameters, dict(list(centers.items())[:-1]), lr, num_steps)


def round_list_of_updates(parameters, centers, lr, num_steps):
    return local_updates(parameters, centers, lr, num_steps)[0]


ROUND = [
    (round_unweighted, "moyenne simple"),
    (round_chained, "part du modèle du précédent"),
    (round_on_test, "jeu de TEST"),
    (round_test_sizes, "jeu de test"),
    (round_first_center, "un seul centre"),
    (round_one_step, "qu'un pas"),
    (round_pooled, "réunissez les patients"),
    (round_without_last, "pas celui attendu"),
    (round_list_of_updates, "on attend"),
]

WRONG = {
    "fedavg": FEDAVG,
    "gradient": GRADIENT,
    "client_update": CLIENT_UPDATE,
    "fedavg_round": ROUND,
}
