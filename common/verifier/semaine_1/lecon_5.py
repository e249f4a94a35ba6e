"""Leçon 5, un protocole, plusieurs frameworks : to_keras, output_gap, gradient_step, mixed_client_app."""

from collections.abc import Callable
from functools import cache
from itertools import pairwise

import numpy as np
from flwr.app import Context, Message
from flwr.clientapp import ClientApp

from common import federated
from common.verifier.exercise import Exercise
from common.verifier.semaine_1.lecon_5_clients import draw_federation, observe_federation

LESSON = "semaine_1/corriges/05_un_protocole_plusieurs_frameworks.ipynb"


def draw_layers(rng: np.random.Generator, sizes: list[int]) -> dict[str, np.ndarray]:
    """Tire un noyau et un biais par couche dense, rangés comme PyTorch ; `sizes` : entrées, puis chaque couche."""
    arrays = {}
    for rank, (inputs, outputs) in enumerate(pairwise(sizes)):
        arrays[f"{2 * rank}.weight"] = rng.normal(size=(outputs, inputs))
        arrays[f"{2 * rank}.bias"] = rng.normal(size=outputs)
    return arrays


def draw_arrays(rng: np.random.Generator) -> tuple:
    """Tire de 1 à 3 couches denses ; la première a souvent un noyau carré."""
    size = int(rng.integers(2, 6))
    return (draw_layers(rng, [size, size + int(rng.integers(0, 2)), *rng.integers(1, 5, size=rng.integers(0, 3))]),)


def _copied(arrays):
    return list(arrays.values())


def _reshaped(arrays):
    return [array.reshape(array.shape[::-1]) for array in arrays.values()]


def _transposed_unless_square(arrays):
    return [array if len(set(array.shape)) == 1 else array.T for array in arrays.values()]


def _still_named(arrays):
    return {name: array.T for name, array in arrays.items()}


def _reversed_layers(arrays):
    return federated.to_keras(arrays)[::-1]


def _kernels_first(arrays):
    return sorted(federated.to_keras(arrays), key=lambda array: -array.ndim)


to_keras = Exercise(
    title="to_keras",
    lesson=LESSON,
    reference=federated.to_keras,
    draw=draw_arrays,
    mistakes={
        "les noyaux sont restés en (sorties, entrées) : transposez-les, carrés compris.": _copied,
        "`reshape` donne la bonne forme mais de mauvaises valeurs : il ne transpose pas.": _reshaped,
        "un noyau carré se transpose aussi : sa forme ne change pas, ses valeurs si.": _transposed_unless_square,
        "`set_weights` attend une liste, sans les noms.": _still_named,
        "gardez l'ordre reçu : noyau, biais, noyau, biais.": _reversed_layers,
        "l'ordre a changé : noyau puis biais, couche après couche.": _kernels_first,
    },
)


def draw_models(rng: np.random.Generator) -> tuple:
    """Tire deux modèles linéaires et de 3 à 7 patients."""
    num_features, num_outputs, num_rows = (int(rng.integers(*bounds)) for bounds in ((2, 5), (1, 4), (3, 8)))
    first, second = rng.normal(size=(2, num_features, num_outputs))
    return first, second, rng.normal(size=(num_rows, num_features))


def observe_gap(answer: Callable, case: tuple):
    """Donne les deux modèles sous forme de fonctions, comme dans la leçon."""
    first, second, x = case
    return answer(lambda rows: rows @ first, lambda rows: rows @ second, x)


def _mean_gap(predict_a, predict_b, x):
    return np.mean(np.abs(predict_a(x) - predict_b(x)))


def _signed_gap(predict_a, predict_b, x):
    return np.max(predict_a(x) - predict_b(x))


def _gap_of_means(predict_a, predict_b, x):
    return np.abs(np.mean(predict_a(x)) - np.mean(predict_b(x)))


def _first_row_gap(predict_a, predict_b, x):
    return federated.output_gap(predict_a, predict_b, x[:1])


def _every_gap(predict_a, predict_b, x):
    return np.abs(predict_a(x) - predict_b(x))


def _gap_on_zeros(predict_a, predict_b, x):
    return federated.output_gap(predict_a, predict_b, np.zeros_like(x))


output_gap = Exercise(
    title="output_gap",
    lesson=LESSON,
    reference=federated.output_gap,
    draw=draw_models,
    observe=observe_gap,
    mistakes={
        "c'est l'écart MOYEN : un seul patient mal prédit s'y noie. Prenez le plus grand.": _mean_gap,
        "il manque la valeur absolue : un écart négatif est un écart.": _signed_gap,
        "vous comparez deux moyennes : comparez patient par patient, puis prenez le plus grand écart.": _gap_of_means,
        "vous ne regardez que le premier patient : prenez-les tous.": _first_row_gap,
        "vous rendez tous les écarts : rendez le plus grand, un seul nombre.": _every_gap,
        "votre écart est toujours nul : essayez les DEUX modèles sur `x` et rendez un nombre.": _gap_on_zeros,
    },
)


def draw_step(rng: np.random.Generator) -> tuple:
    """Tire un petit perceptron, un lot de 2 à 9 patients, deux classes, et un taux d'apprentissage."""
    size, num_rows = int(rng.integers(2, 5)), int(rng.integers(2, 10))
    y = rng.integers(0, 2, size=num_rows).astype(float)
    return draw_layers(rng, [size, size, 1]), rng.normal(size=(num_rows, size)), y, float(rng.uniform(0.05, 0.9))


def observe_step(answer: Callable, case: tuple) -> dict | None:
    """Fait faire un pas à un modèle Keras neuf ; rend la perte rendue et les paramètres d'après."""
    import tensorflow as tf  # ici seulement : les autres leçons ne paient pas ses secondes d'import

    arrays, x, y, lr = case
    model = keras_perceptron(arrays)
    loss = answer(model, tf.constant(x), tf.constant(y), lr)
    if loss is None:
        return None
    return {"perte": np.asarray(loss), "paramètres": [variable.numpy() for variable in model.trainable_variables]}


def keras_perceptron(arrays: dict[str, np.ndarray]):
    """Rend un perceptron Keras float64 qui a ces paramètres ; le même objet pour les mêmes tailles."""
    kernels = [array for array in arrays.values() if array.ndim == 2]
    model = _empty_perceptron(kernels[0].shape[1], *(len(kernel) for kernel in kernels))
    model.set_weights(federated.to_keras(arrays))
    return model


@cache
def _empty_perceptron(num_features: int, hidden: int, num_outputs: int):
    import keras

    layer, last = keras.layers.Dense(hidden, "relu", dtype="float64"), keras.layers.Dense(num_outputs, dtype="float64")
    return keras.Sequential([keras.Input((num_features,), dtype="float64"), layer, last])


def reference_step(model, x, y, lr: float):
    """Fait le pas de `common.federated.keras_client`, sans importer TensorFlow avant qu'il serve."""
    from common.federated import keras_client

    return keras_client.gradient_step(model, x, y, lr)


def _ascending_step(model, x, y, lr):
    return reference_step(model, x, y, -lr)


def _summed_step(model, x, y, lr):
    return len(y) * reference_step(model, x, y, lr * len(y))


def _summed_gradient_step(model, x, y, lr):
    return reference_step(model, x, y, lr * len(y))


def _no_step(model, x, y, lr):
    return reference_step(model, x, y, 0.0)


def _last_layer_step(model, x, y, lr):
    before = [variable.numpy() for variable in model.trainable_variables[:-2]]
    loss = reference_step(model, x, y, lr)
    for variable, value in zip(model.trainable_variables, before, strict=False):
        variable.assign(value)
    return loss


class _SquashedModel:
    """Un modèle dont la sortie est déjà une probabilité."""

    def __init__(self, model):
        self.trainable_variables, self._model = model.trainable_variables, model

    def __call__(self, x):
        import tensorflow as tf

        return tf.sigmoid(self._model(x))


def _squashed_step(model, x, y, lr):
    return reference_step(_SquashedModel(model), x, y, lr)


gradient_step = Exercise(
    title="gradient_step",
    lesson=LESSON,
    reference=reference_step,
    draw=draw_step,
    observe=observe_step,
    mistakes={
        "vous montez la perte : soustrayez lr × gradient (`assign_sub`).": _ascending_step,
        "la perte est une SOMME : prenez la moyenne sur le lot (`tf.reduce_mean`), comme PyTorch.": _summed_step,
        "le gradient est celui d'une SOMME : prenez la moyenne sur le lot.": _summed_gradient_step,
        "les paramètres n'ont pas bougé : appliquez lr × gradient à chaque variable.": _no_step,
        "seule la dernière couche a bougé : parcourez toutes les `model.trainable_variables`.": _last_layer_step,
        "une sigmoïde de trop : la fonction de perte attend des logits, pas des probabilités.": _squashed_step,
    },
)


def _mixed_by(trainer: Callable[[int, int], int], evaluator: Callable[[int, int], int]) -> Callable:
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


def _own(center, count):
    return center


def _first(center, count):
    return 0


def _previous(center, count):
    return (center - 1) % count


def _next(center, count):
    return (center + 1) % count


def _halves(center, count):
    return 0 if center < 2 else -1


def _first_app(apps):
    return apps[0]


def _list_of_apps(apps):
    return list(apps)


def _silent_app(apps):
    app = ClientApp()
    app.train()(lambda message, context: None)
    app.evaluate()(lambda message, context: None)
    return app


mixed_client_app = Exercise(
    title="mixed_client_app",
    lesson=LESSON,
    reference=federated.mixed_client_app,
    draw=draw_federation,
    observe=observe_federation,
    mistakes={
        "tous les centres ont le même client : choisissez `apps[partition-id]` à CHAQUE message.": _first_app,
        "rendez le `ClientApp` que vous avez construit, pas la liste.": _list_of_apps,
        "vos gestionnaires ne rendent rien : il manque un `return` dans chaque gestionnaire.": _silent_app,
        "l'évaluation va toujours au même client : elle aussi doit suivre `partition-id`.": _mixed_by(_own, _first),
        "l'entraînement va toujours au même client : il doit suivre `partition-id`.": _mixed_by(_first, _own),
        "les clients sont décalés d'un centre : `partition-id` commence à 0.": _mixed_by(_previous, _previous),
        "les clients sont décalés d'un centre : n'ajoutez rien à `partition-id`.": _mixed_by(_next, _next),
        "les deux moitiés sont codées en dur : suivez la liste `apps`.": _mixed_by(_halves, _halves),
    },
)
