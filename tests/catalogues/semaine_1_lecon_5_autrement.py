"""Leçon 5 : d'autres façons d'avoir juste, et les erreurs de tous les jours avec la piste que chacune reçoit."""

import keras
import numpy as np
import tensorflow as tf
import torch
from flwr.clientapp import ClientApp

from common.verifier import semaine_1 as verifier


def cross_entropy(y, logits):
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=y, logits=logits))


def step_of(loss_of, update=None):
    """Un pas à la main, sur une perte `loss_of(model, x, y)` ; `update(variable, pas)` le fait."""

    def answer(model, x, y, lr):
        with tf.GradientTape() as tape:
            loss = loss_of(model, x, y)
        variables = model.trainable_variables
        for variable, gradient in zip(variables, tape.gradient(loss, variables), strict=True):
            (update or (lambda variable, step: variable.assign_sub(step)))(variable, lr * gradient)
        return loss

    return answer


def app_with(handler):
    app = ClientApp()
    app.train()(handler)
    app.evaluate()(handler)
    return app


def loops_over_cells(arrays):
    converted = []
    for array in arrays.values():
        if array.ndim == 1:
            converted.append(array)
            continue
        kernel = np.zeros((array.shape[1], array.shape[0]))
        for row in range(array.shape[0]):
            for column in range(array.shape[1]):
                kernel[column, row] = array[row, column]
        converted.append(kernel)
    return converted


def loops_over_gaps(predict_a, predict_b, x):
    worst = 0
    for row_a, row_b in zip(predict_a(x), predict_b(x), strict=True):
        for a, b in zip(row_a, row_b, strict=True):
            worst = max(worst, abs(a - b))
    return worst


def one_patient_at_a_time(predict_a, predict_b, x):
    return max(np.abs(predict_a(x[k : k + 1]) - predict_b(x[k : k + 1])).max() for k in range(len(x)))


def tensorflow_gap(predict_a, predict_b, x):
    return tf.reduce_max(tf.abs(predict_a(x) - predict_b(x)))


def torch_gap(predict_a, predict_b, x):
    return torch.as_tensor(predict_a(x) - predict_b(x)).abs().max()


def formula(model, x, y):
    probability = tf.sigmoid(model(x)[:, 0])
    return -tf.reduce_mean(y * tf.math.log(probability) + (1 - y) * tf.math.log(1 - probability))


def set_weights(model, x, y, lr):
    with tf.GradientTape() as tape:
        loss = cross_entropy(y, tf.squeeze(model(x), axis=1))
    gradients = tape.gradient(loss, model.trainable_variables)
    model.set_weights([w - lr * g for w, g in zip(model.get_weights(), gradients, strict=True)])
    return float(loss)


def two_decorators(apps):
    app = ClientApp()

    @app.train()
    @app.evaluate()
    def handle(message, context):
        return apps[context.node_config["partition-id"]](message=message, context=context)

    return app


def searching_loop(apps):
    def handle(message, context):
        for center, client in enumerate(apps):
            if center == context.node_config["partition-id"]:
                return client(message, context)

    return app_with(handle)


RIGHT = {
    "to_keras": [
        loops_over_cells,
        lambda arrays: tuple(array.transpose() for array in arrays.values()),
        lambda arrays: [np.transpose(arrays[name]) for name in arrays],
        lambda arrays: [array if array.ndim == 1 else np.swapaxes(array, 0, 1) for array in arrays.values()],
    ],
    "output_gap": [
        loops_over_gaps,
        one_patient_at_a_time,
        tensorflow_gap,
        torch_gap,
        lambda predict_a, predict_b, x: np.array(np.abs(predict_a(x) - predict_b(x)).max()),
        lambda predict_a, predict_b, x: np.sqrt(np.max((predict_a(x) - predict_b(x)) ** 2)),
    ],
    "gradient_step": [
        step_of(formula),
        step_of(lambda model, x, y: cross_entropy(y[:, None], model(x))),
        step_of(lambda model, x, y: cross_entropy(y, model(x)[:, 0]), lambda v, step: v.assign(v - step)),
        set_weights,
    ],
    "mixed_client_app": [two_decorators, searching_loop],
}


def mean_outside_numpy(model, x, y):
    return np.mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=y, logits=model(x)[:, 0]))


def loss_before_the_tape(model, x, y, lr):
    logits = model(x)[:, 0]
    return step_of(lambda *_: cross_entropy(y, logits))(model, x, y, lr)


def every_gradient_at_once(model, x, y, lr):
    with tf.GradientTape() as tape:
        loss = cross_entropy(y, model(x)[:, 0])
    model.trainable_variables.assign_sub(tape.gradient(loss, model.trainable_variables))
    return loss


def first_variable(model, x, y, lr):
    with tf.GradientTape() as tape:
        loss = cross_entropy(y, model(x)[:, 0])
    for variable, gradient in zip(model.weights, tape.gradient(loss, model.weights), strict=True):
        variable.assign_sub(lr * gradient)
        return loss


def rebinds(variable, step):
    variable -= step


def first_array(arrays):
    for array in arrays.values():
        return array.T


def first_of_list(arrays):
    converted = []
    for array in arrays.values():
        converted.append(array.T)
        return converted


def without_parentheses(apps):
    app = ClientApp()
    app.train(lambda message, context: apps[0](message, context))
    return app


def registers_in_a_loop(apps):
    app = ClientApp()
    for client in apps:
        app.train()(lambda message, context, client=client: client(message, context))
    return app


def rank(context):
    return context.node_config["partition-id"]


WRONG = {
    "to_keras": [
        (lambda arrays: [name.T for name in arrays], "arrays.values()"),
        (lambda arrays: arrays.values().T, "à la fois"),
        (lambda arrays: np.transpose(arrays), "une liste de tableaux"),
        (lambda arrays: [array.transpose(1, 0) for array in arrays.values()], "qu'un axe"),
        (lambda arrays: [array.T() for array in arrays.values()], "sans parenthèses"),
        (lambda arrays: [arrays["weight"].T, arrays["bias"]], "les noms changent"),
        (first_array, "premier tableau seul"),
        (first_of_list, "s'arrête au premier tableau"),
    ],
    "output_gap": [
        (lambda predict_a, predict_b, x: max(abs(predict_a(x) - predict_b(x))), "`np.max`"),
        (lambda predict_a, predict_b, x: (predict_a(x) - predict_b(x)).abs().max(), "`np.abs(…)`"),
        (lambda predict_a, predict_b, x: np.abs(predict_a(x) - predict_b(x)).max(axis=0), "par sortie"),
        (lambda predict_a, predict_b, x: abs(predict_a(x).max() - predict_b(x).max()), "deux maximums"),
        (lambda predict_a, predict_b, x: np.mean((predict_a(x) - predict_b(x)) ** 2), "quadratique"),
        (lambda predict_a, predict_b, x: np.abs(predict_a(x) - predict_b(x)).sum(), "SOMME"),
        (lambda predict_a, predict_b, x: max(abs(predict_a(row) - predict_b(row)) for row in x), "une matrice"),
    ],
    "gradient_step": [
        (loss_before_the_tape, "un gradient vaut None"),
        (step_of(lambda model, x, y: cross_entropy(y, model(x).numpy()[:, 0])), "un gradient vaut None"),
        (step_of(lambda model, x, y: cross_entropy(y, model(x))), "`model(x)[:, 0]`"),
        (step_of(lambda model, x, y: tf.reduce_mean(tf.nn.softplus(model(x)) - y * model(x))), "étalés"),
        (step_of(mean_outside_numpy), "`tf.reduce_mean`"),
        (step_of(lambda model, x, y: cross_entropy(y, model(x)[:, 0]), rebinds), "`variable -= …` non"),
        (step_of(lambda m, x, y: tf.nn.sigmoid_cross_entropy_with_logits(y, m(x)[:, 0])), "une perte par patient"),
        (step_of(lambda m, x, y: tf.reduce_mean(keras.losses.binary_crossentropy(y[:, None], m(x)))), "from_logits"),
        (lambda model, x, y, lr: verifier.gradient_step.reference(model, x, y, 1.0), "ignore `lr`"),
        (first_variable, "première variable"),
        (every_gradient_at_once, "`zip`"),
        (lambda model, x, y, lr: cross_entropy(y, model(x)[:, 0]).backward(), "`tape.gradient`"),
        (lambda model, x, y, lr: (cross_entropy(y, model(x)[:, 0]), model), "la perte seule"),
    ],
    "mixed_client_app": [
        (lambda apps: app_with(lambda message, context: apps[rank(context)](message)), "s'appelle ainsi"),
        (lambda apps: app_with(lambda message, context: apps[rank(context)](context, message)), "s'appelle ainsi"),
        (lambda apps: app_with(lambda m, c: apps[rank(c)].train(m, c)), "s'appelle directement"),
        (lambda apps: app_with(lambda m, c: apps[c.run_config["partition-id"]](m, c)), "node_config"),
        (lambda apps: app_with(lambda m, c: apps[c["partition-id"]](m, c)), "node_config"),
        (lambda apps: app_with(lambda m, c: apps["partition-id"](m, c)), "node_config"),
        (lambda apps: app_with(lambda m, c: apps[rank(c) + 1](m, c)), "node_config"),
        (lambda apps: app_with(lambda message: apps[0](message, None)), "deux arguments"),
        (lambda apps: app_with(lambda m, c: [client(m, c) for client in apps]), "rendent un objet list"),
        (lambda apps: app_with(lambda m, c: apps[-1](m, c)), "le dernier client"),
        (lambda apps: lambda m, c: apps[rank(c)](m, c), "pas une fonction"),
        (without_parentheses, "parenthèses comprises"),
        (registers_in_a_loop, "une seule fonction"),
    ],
}
