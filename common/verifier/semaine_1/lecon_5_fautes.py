"""Leçon 5 : les mauvaises réponses qu'un message attend, chacune écrite comme l'apprenant l'écrirait."""

from collections.abc import Callable

import numpy as np
from flwr.app import Context, Message
from flwr.clientapp import ClientApp

from common import federated
from common.verifier.semaine_1.lecon_5_pas import reference_step


def copied(arrays):
    return list(arrays.values())


def reshaped(arrays):
    return [array.reshape(array.shape[::-1]) for array in arrays.values()]


def transposed_unless_square(arrays):
    return [array if len(set(array.shape)) == 1 else array.T for array in arrays.values()]


def still_named(arrays):
    return {name: array.T for name, array in arrays.items()}


def reversed_layers(arrays):
    return federated.to_keras(arrays)[::-1]


def kernels_first(arrays):
    return sorted(federated.to_keras(arrays), key=lambda array: -array.ndim)


def returned_in_the_loop(arrays):
    return federated.to_keras(arrays)[0]


def listed_then_returned(arrays):
    return federated.to_keras(arrays)[:1]


def mean_gap(predict_a, predict_b, x):
    return np.mean(np.abs(predict_a(x) - predict_b(x)))


def signed_gap(predict_a, predict_b, x):
    return np.max(predict_a(x) - predict_b(x))


def opposite_gap(predict_a, predict_b, x):
    return np.max(predict_b(x) - predict_a(x))


def gap_of_means(predict_a, predict_b, x):
    return np.abs(np.mean(predict_a(x)) - np.mean(predict_b(x)))


def gap_of_maxima(predict_a, predict_b, x):
    return np.abs(np.max(predict_a(x)) - np.max(predict_b(x)))


def first_row_gap(predict_a, predict_b, x):
    return federated.output_gap(predict_a, predict_b, x[:1])


def every_gap(predict_a, predict_b, x):
    return np.abs(predict_a(x) - predict_b(x))


def gap_per_output(predict_a, predict_b, x):
    return np.max(np.abs(predict_a(x) - predict_b(x)), axis=0)


def gap_per_patient(predict_a, predict_b, x):
    return np.max(np.abs(predict_a(x) - predict_b(x)), axis=1)


def squared_gap(predict_a, predict_b, x):
    return federated.output_gap(predict_a, predict_b, x) ** 2


def mean_squared_gap(predict_a, predict_b, x):
    return np.mean((predict_a(x) - predict_b(x)) ** 2)


def summed_gap(predict_a, predict_b, x):
    return np.sum(np.abs(predict_a(x) - predict_b(x)))


def smallest_gap(predict_a, predict_b, x):
    return np.min(np.abs(predict_a(x) - predict_b(x)))


def gap_on_zeros(predict_a, predict_b, x):
    return federated.output_gap(predict_a, predict_b, np.zeros_like(x))


def ascending_step(model, x, y, lr):
    return reference_step(model, x, y, -lr)


def summed_step(model, x, y, lr):
    return len(y) * reference_step(model, x, y, lr * len(y))


def summed_gradient_step(model, x, y, lr):
    return reference_step(model, x, y, lr * len(y))


def no_step(model, x, y, lr):
    return reference_step(model, x, y, 0.0)


def step_without_rate(model, x, y, lr):
    return reference_step(model, x, y, 1.0)


def step_at_a_tenth(model, x, y, lr):
    return reference_step(model, x, y, 0.1)


def step_then_loss(model, x, y, lr):
    reference_step(model, x, y, lr)
    return reference_step(model, x, y, 0.0)


def step_on(variables: slice) -> Callable:
    """Construit une mauvaise réponse : le bon pas, mais de ces variables seulement."""

    def wrong(model, x, y, lr):
        before = [variable.numpy() for variable in model.trainable_variables]
        loss = reference_step(model, x, y, lr)
        moved = model.trainable_variables[variables]
        for variable, value in zip(model.trainable_variables, before, strict=True):
            if not any(variable is one for one in moved):
                variable.assign(value)
        return loss

    return wrong


def step_on_loss(loss_of: Callable) -> Callable:
    """Construit une mauvaise réponse : le bon pas, sur une autre perte `loss_of(tf, logits (n, 1), y (n,))`."""

    def wrong(model, x, y, lr):
        import tensorflow as tf  # ici seulement : les autres leçons ne paient pas ses secondes d'import

        with tf.GradientTape() as tape:
            loss = loss_of(tf, model(x), y)
        variables = model.trainable_variables
        for variable, gradient in zip(variables, tape.gradient(loss, variables), strict=True):
            variable.assign_sub(lr * gradient)
        return loss

    return wrong


def squashed_loss(tf, logits, y):
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=y, logits=tf.sigmoid(logits[:, 0])))


def loss_per_patient(tf, logits, y):
    return tf.nn.sigmoid_cross_entropy_with_logits(labels=y, logits=logits[:, 0])


def swapped_loss(tf, logits, y):
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=logits[:, 0], logits=y))


def spread_loss(tf, logits, y):
    return tf.reduce_mean(tf.nn.softplus(logits) - y * logits)


def loss_of_probabilities(tf, logits, y):
    return tf.reduce_mean(tf.keras.losses.binary_crossentropy(y[:, None], logits))


def squared_loss(tf, logits, y):
    return tf.reduce_mean((logits[:, 0] - y) ** 2)


def mixed_by(trainer: Callable[[int, int], int], evaluator: Callable[[int, int], int]) -> Callable:
    """Construit une mauvaise réponse : deux fonctions (centre, nombre de centres) -> rang du client choisi."""

    def wrong(apps):
        app = ClientApp()

        @app.train()
        def train(message: Message, context: Context) -> Message:
            return apps[trainer(context.node_config["partition-id"], len(apps))](message, context)

        @app.evaluate()
        def evaluate(message: Message, context: Context) -> Message:
            return apps[evaluator(context.node_config["partition-id"], len(apps))](message, context)

        return app

    return wrong


def own(center, count):
    return center


def first(center, count):
    return 0


def last(center, count):
    return -1


def previous(center, count):
    return (center - 1) % count


def following(center, count):
    return (center + 1) % count


def halves(center, count):
    return 0 if center < 2 else -1


def first_app(apps):
    return apps[0]


def list_of_apps(apps):
    return list(apps)


def bare_handler(apps):
    return lambda message, context: apps[context.node_config["partition-id"]](message, context)


def replying(reply: Callable) -> Callable:
    """Construit une mauvaise réponse dont les deux fonctions rendent `reply(message)`."""

    def wrong(apps):
        app = ClientApp()
        app.train()(lambda message, context: reply(message))
        app.evaluate()(lambda message, context: reply(message))
        return app

    return wrong
