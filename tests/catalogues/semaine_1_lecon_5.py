"""Leçon 5 : ce que les contrôles doivent refuser, et avec quel message."""

import keras
import numpy as np
import tensorflow as tf
from flwr.clientapp import ClientApp

from common import federated


def copied(arrays):
    return list(arrays.values())


def reshaped(arrays):
    return [array.reshape(array.shape[::-1]) for array in arrays.values()]


def reshaped_in_fortran_order(arrays):
    return [array.reshape(array.shape[::-1], order="F") for array in arrays.values()]


def only_rectangular_kernels(arrays):
    return [a if a.ndim == 1 or a.shape[0] == a.shape[1] else a.T for a in arrays.values()]


def flipped(arrays):
    return [np.flip(array) for array in federated.to_keras(arrays)]


def dictionary(arrays):
    return {name: array.T for name, array in arrays.items()}


def names_only(arrays):
    return list(arrays)


def without_biases(arrays):
    return [array.T for array in arrays.values() if array.ndim == 2]


def first_layer_only(arrays):
    return federated.to_keras(arrays)[:2]


def last_layer_first(arrays):
    return federated.to_keras(arrays)[::-1]


def biases_as_columns(arrays):
    return [np.atleast_2d(array).T for array in arrays.values()]


def transposed_in_place(arrays):
    for name in arrays:
        arrays[name] = arrays[name].T
    return list(arrays.values())


def converts_nothing(arrays):
    federated.to_keras(arrays)


def kernels_before_biases(arrays):
    kernels = [array.T for array in arrays.values() if array.ndim == 2]
    return kernels + [array for array in arrays.values() if array.ndim == 1]


TO_KERAS = [
    (copied, "restés en (sorties, entrées)"),
    (reshaped, "`reshape`"),
    (reshaped_in_fortran_order, "pas celui attendu"),
    (only_rectangular_kernels, "noyau carré"),
    (flipped, "pas celui attendu"),
    (dictionary, "sans les noms"),
    (names_only, "on attend un objet"),
    (without_biases, "on attend 2 éléments"),
    (first_layer_only, "on attend 6 éléments"),
    (last_layer_first, "l'ordre reçu"),
    (kernels_before_biases, "couche après couche"),
    (biases_as_columns, "forme"),
    (transposed_in_place, "en place"),
    (converts_nothing, "`return`"),
    (3, "on attend une fonction"),
]


def mean_gap(predict_a, predict_b, x):
    return np.abs(predict_a(x) - predict_b(x)).mean()


def signed_gap(predict_a, predict_b, x):
    return (predict_a(x) - predict_b(x)).max()


def opposite_signed_gap(predict_a, predict_b, x):
    return (predict_b(x) - predict_a(x)).max()


def smallest_gap(predict_a, predict_b, x):
    return np.abs(predict_a(x) - predict_b(x)).min()


def sum_of_outputs(predict_a, predict_b, x):
    return np.abs(predict_a(x) + predict_b(x)).max()


def gap_between_means(predict_a, predict_b, x):
    return abs(predict_a(x).mean() - predict_b(x).mean())


def gap_of_absolute_values(predict_a, predict_b, x):
    return np.abs(np.abs(predict_a(x)) - np.abs(predict_b(x))).max()


def squared_gap(predict_a, predict_b, x):
    return ((predict_a(x) - predict_b(x)) ** 2).max()


def gap_per_patient(predict_a, predict_b, x):
    return np.abs(predict_a(x) - predict_b(x)).max(axis=1)


def all_gaps(predict_a, predict_b, x):
    return np.abs(predict_a(x) - predict_b(x))


def first_patient(predict_a, predict_b, x):
    return np.abs(predict_a(x[:1]) - predict_b(x[:1])).max()


def first_output(predict_a, predict_b, x):
    return np.abs(predict_a(x) - predict_b(x))[:, 0].max()


def own_probe(predict_a, predict_b, x):
    return np.abs(predict_a(np.ones_like(x)) - predict_b(np.ones_like(x))).max()


def same_model_twice(predict_a, predict_b, x):
    return np.abs(predict_a(x) - predict_a(x)).max()


def yes_or_no(predict_a, predict_b, x):
    return bool(np.allclose(predict_a(x), predict_b(x)))


def compares_functions(predict_a, predict_b, x):
    return np.abs(predict_a - predict_b).max()


OUTPUT_GAP = [
    (mean_gap, "MOYEN"),
    (signed_gap, "valeur absolue"),
    (opposite_signed_gap, "un écart positif"),
    (smallest_gap, "PETIT"),
    (sum_of_outputs, "pas celui attendu"),
    (gap_between_means, "deux moyennes"),
    (gap_of_absolute_values, "pas celui attendu"),
    (squared_gap, "CARRÉ"),
    (gap_per_patient, "par patient"),
    (all_gaps, "tous les écarts"),
    (first_patient, "premier patient"),
    (first_output, "pas celui attendu"),
    (own_probe, "pas celui attendu"),
    (same_model_twice, "toujours nul"),
    (yes_or_no, "toujours nul"),
    (compares_functions, "appelez-la"),
]


def step(model, x, y, lr, reduce=tf.reduce_mean, squash=lambda logits: logits, sign=-1, variables=slice(None)):
    """Un pas à la main, avec de quoi se tromper à chaque endroit."""
    with tf.GradientTape() as tape:
        logits = squash(model(x)[:, 0])
        loss = reduce(tf.nn.sigmoid_cross_entropy_with_logits(labels=y, logits=logits))
    chosen = model.trainable_variables[variables]
    for variable, gradient in zip(chosen, tape.gradient(loss, chosen), strict=True):
        variable.assign_add(sign * lr * gradient)
    return loss


def ascends(model, x, y, lr):
    return step(model, x, y, lr, sign=1)


def sums(model, x, y, lr):
    return step(model, x, y, lr, reduce=tf.reduce_sum)


def mean_loss_summed_gradient(model, x, y, lr):
    return step(model, x, y, lr * len(y))


def squashes_twice(model, x, y, lr):
    return step(model, x, y, lr, squash=tf.sigmoid)


def last_layer(model, x, y, lr):
    return step(model, x, y, lr, variables=slice(-2, None))


def kernels_only(model, x, y, lr):
    return step(model, x, y, lr, variables=slice(None, None, 2))


def ignores_the_learning_rate(model, x, y, lr):
    return step(model, x, y, 0.1)


def two_steps(model, x, y, lr):
    step(model, x, y, lr)
    return step(model, x, y, lr)


def returns_the_loss_after(model, x, y, lr):
    step(model, x, y, lr)
    return step(model, x, y, 0.0)


def never_steps(model, x, y, lr):
    return step(model, x, y, 0.0)


def returns_nothing(model, x, y, lr):
    step(model, x, y, lr)


def returns_the_model(model, x, y, lr):
    step(model, x, y, lr)
    return model


def squared_error(model, x, y, lr):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((model(x)[:, 0] - y) ** 2)
    for variable, gradient in zip(model.weights, tape.gradient(loss, model.weights), strict=True):
        variable.assign_sub(lr * gradient)
    return loss


def broadcast_loss(model, x, y, lr):
    return step(model, x, y, lr, squash=lambda logits: tf.repeat(logits[:, None], len(y), axis=1))


def swapped_arguments(model, x, y, lr):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=model(x)[:, 0], logits=y))
    for variable, gradient in zip(model.weights, tape.gradient(loss, model.weights), strict=True):
        variable.assign_sub(lr * gradient)
    return loss


def adam(model, x, y, lr):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=y, logits=model(x)[:, 0]))
    keras.optimizers.Adam(lr).apply_gradients(zip(tape.gradient(loss, model.weights), model.weights, strict=True))
    return loss


GRADIENT_STEP = [
    (ascends, "montez"),
    (sums, "SOMME"),
    (mean_loss_summed_gradient, "gradient est celui d'une SOMME"),
    (squashes_twice, "sigmoïde de trop"),
    (last_layer, "dernière couche"),
    (kernels_only, "« paramètres »"),
    (ignores_the_learning_rate, "en dur"),
    (two_steps, "« perte »"),
    (returns_the_loss_after, "APRÈS"),
    (never_steps, "n'ont pas bougé"),
    (returns_nothing, "`return`"),
    (returns_the_model, "la perte seule"),
    (squared_error, "quadratique"),
    (broadcast_loss, "deux vecteurs"),
    (swapped_arguments, "échangés"),
    (adam, "« paramètres »"),
]


def app_of(choose_train, choose_evaluate=None):
    """Un ClientApp qui choisit comme on veut ; sans `choose_evaluate`, il ne sait pas évaluer."""
    app = ClientApp()

    @app.train()
    def train(message, context):
        return choose_train(message, context)

    if choose_evaluate is not None:

        @app.evaluate()
        def evaluate(message, context):
            return choose_evaluate(message, context)

    return app


def rank(context):
    return context.node_config["partition-id"]


def first_for_all(apps):
    return app_of(*(lambda m, c: apps[0](m, c),) * 2)


def only_trains(apps):
    return app_of(lambda m, c: apps[rank(c)](m, c))


def evaluates_with_the_first(apps):
    return app_of(lambda m, c: apps[rank(c)](m, c), lambda m, c: apps[0](m, c))


def trains_with_the_first(apps):
    return app_of(lambda m, c: apps[0](m, c), lambda m, c: apps[rank(c)](m, c))


def starts_at_one(apps):
    return app_of(*(lambda m, c: apps[rank(c) - 1](m, c),) * 2)


def hard_coded_halves(apps):
    return app_of(*(lambda m, c: apps[0 if rank(c) < 2 else -1](m, c),) * 2)


def alternates(apps):
    return app_of(*(lambda m, c: apps[rank(c) % 2](m, c),) * 2)


def reads_the_node(apps):
    return app_of(*(lambda m, c: apps[c.node_id](m, c),) * 2)


def counts_calls(apps):
    calls = iter(range(1000))
    return app_of(*(lambda m, c: apps[next(calls) % len(apps)](m, c),) * 2)


def forgets_to_return(apps):
    app = ClientApp()

    @app.train()
    def train(message, context):
        apps[rank(context)](message, context)

    @app.evaluate()
    def evaluate(message, context):
        apps[rank(context)](message, context)

    return app


def returns_the_list(apps):
    return apps


def returns_none(apps):
    federated.mixed_client_app(apps)


def returns_chosen_app(apps):
    return app_of(*(lambda m, c: apps[rank(c)],) * 2)


def echoes(apps):
    return app_of(*(lambda m, c: m,) * 2)


MIXED = [
    (first_for_all, "tous les centres"),
    (only_trains, "@app.evaluate()"),
    (evaluates_with_the_first, "l'évaluation va toujours"),
    (trains_with_the_first, "l'entraînement va toujours"),
    (starts_at_one, "décalés"),
    (hard_coded_halves, "codées en dur"),
    (alternates, "« client choisi »"),
    (reads_the_node, "node_config"),
    (counts_calls, "« client choisi »"),
    (forgets_to_return, "dans chacune"),
    (returns_the_list, "pas la liste"),
    (returns_none, "`return`"),
    (returns_chosen_app, "rendent un objet ClientApp"),
    (echoes, "le message reçu"),
]

WRONG = {
    "to_keras": TO_KERAS,
    "output_gap": OUTPUT_GAP,
    "gradient_step": GRADIENT_STEP,
    "mixed_client_app": MIXED,
}


def keras_optimizer(model, x, y, lr):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(keras.losses.binary_crossentropy(y[:, None], model(x), from_logits=True))
    optimizer = keras.optimizers.SGD(learning_rate=lr)
    optimizer.apply_gradients(zip(tape.gradient(loss, model.weights), model.weights, strict=True))
    return float(loss)


def one_line(apps):
    return app_of(*(lambda m, c: apps[rank(c)](m, c),) * 2)


def copied_kernels(arrays):
    return [np.array(array.T) for array in arrays.values()]


def float_gap(predict_a, predict_b, x):
    return float(np.max(np.abs(np.subtract(predict_b(x), predict_a(x)))))


RIGHT = {
    "gradient_step": [
        keras_optimizer,
        step,
    ],
    "mixed_client_app": [
        one_line,
    ],
    "to_keras": [
        copied_kernels,
    ],
    "output_gap": [
        float_gap,
    ],
}
