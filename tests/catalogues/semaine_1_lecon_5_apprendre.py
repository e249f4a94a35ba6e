"""Leçon 5, apprendre ensemble : ce que les contrôles doivent refuser, et avec quel message."""

import keras
import tensorflow as tf
from flwr.clientapp import ClientApp

from common import federated


def cross_entropies(logits, y):
    return tf.nn.sigmoid_cross_entropy_with_logits(labels=y, logits=logits)


def mean_loss(logits, y):
    return tf.reduce_mean(cross_entropies(logits, y))


def step(model, x, y, lr, loss_of=mean_loss):
    """Un pas à la main, sur une perte `loss_of(logits, y)`."""
    with tf.GradientTape() as tape:
        loss = loss_of(model(x)[:, 0], y)
    for variable, gradient in zip(model.weights, tape.gradient(loss, model.weights), strict=True):
        variable.assign_sub(lr * gradient)
    return loss


def step_without(variables, case):
    """Un pas à la main, où ces variables ne bougent pas."""
    before = [variable.numpy() for variable in variables]
    loss = step(*case)
    for variable, value in zip(variables, before, strict=True):
        variable.assign(value)
    return loss


def ascends(model, x, y, lr):
    return step(model, x, y, -lr)


def sums(model, x, y, lr):
    return step(model, x, y, lr, lambda logits, y: tf.reduce_sum(cross_entropies(logits, y)))


def mean_loss_summed_gradient(model, x, y, lr):
    return step(model, x, y, lr * len(y))


def squashes_twice(model, x, y, lr):
    return step(model, x, y, lr, lambda logits, y: mean_loss(tf.sigmoid(logits), y))


def last_layer(model, x, y, lr):
    return step_without(model.weights[:-2], (model, x, y, lr))


def kernels_only(model, x, y, lr):
    return step_without(model.weights[1::2], (model, x, y, lr))


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
    return step(model, x, y, lr, lambda logits, y: tf.reduce_mean((logits - y) ** 2))


def broadcast_loss(model, x, y, lr):
    return step(model, x, y, lr, lambda logits, y: mean_loss(tf.repeat(logits[:, None], len(y), axis=1), y))


def swapped_arguments(model, x, y, lr):
    return step(model, x, y, lr, lambda logits, y: mean_loss(y, logits))


def adam(model, x, y, lr):
    with tf.GradientTape() as tape:
        loss = mean_loss(model(x)[:, 0], y)
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


RIGHT = {
    "gradient_step": [
        keras_optimizer,
        step,
    ],
    "mixed_client_app": [
        one_line,
    ],
}
