"""Leçon 5 : observer un pas de gradient en TensorFlow, sur un modèle neuf ; TensorFlow n'est importé qu'à l'usage."""

from collections.abc import Callable
from functools import cache
from itertools import pairwise

import numpy as np

from common import federated
from common.verifier.hints import hinted_errors

STEP_HINTS = {
    "NoneType": (
        "un gradient vaut None, calculez TOUTE la perte dans le bloc `with`, depuis `model(x)`, sans `.numpy()`, "
        "et dérivez-la selon `model.trainable_variables`"
    ),
    "must have the same shape": "la perte veut deux vecteurs (n,), prenez `model(x)[:, 0]`",
    "'_id'": "une fonction de NumPy fait perdre le fil au ruban, prenez celle de TensorFlow, `tf.reduce_mean`",
    "'list' object has no attribute|and 'list'|multiply sequence": (
        "il y a un gradient par variable, parcourez les deux listes ensemble avec `zip`"
    ),
    "'backward'": "TensorFlow n'a pas de `backward`, demandez les gradients à `tape.gradient`",
}


def draw_layers(rng: np.random.Generator, sizes: list[int]) -> dict[str, np.ndarray]:
    """Tire un noyau et un biais par couche dense, rangés comme PyTorch ; `sizes` : entrées, puis chaque couche."""
    arrays = {}
    for rank, (inputs, outputs) in enumerate(pairwise(sizes)):
        arrays[f"{2 * rank}.weight"] = rng.normal(size=(outputs, inputs))
        arrays[f"{2 * rank}.bias"] = rng.normal(size=outputs)
    return arrays


def draw_step(rng: np.random.Generator) -> tuple:
    """Tire un réseau de 1 à 4 couches, un lot de 2 à 80 patients, deux classes, et un taux d'apprentissage."""
    size, num_layers, num_rows = (int(rng.integers(*bounds)) for bounds in ((2, 5), (1, 5), (2, 81)))
    y = rng.integers(0, 2, size=num_rows).astype(float)
    arrays = draw_layers(rng, [size] * num_layers + [1])
    return arrays, rng.normal(size=(num_rows, size)), y, float(rng.uniform(0.05, 2))


def observe_step(answer: Callable, case: tuple) -> dict | None:
    """Fait faire un pas à un modèle Keras neuf ; rend la perte rendue et les paramètres d'après."""
    import tensorflow as tf  # ici seulement : les autres leçons ne paient pas ses secondes d'import

    arrays, x, y, lr = case
    model = keras_perceptron(arrays)
    with hinted_errors(STEP_HINTS):
        loss = answer(model, tf.constant(x), tf.constant(y), lr)
    if loss is None:
        return None
    if not hasattr(loss, "__float__"):
        raise TypeError(f"rendez la perte seule, un nombre, et non un objet {type(loss).__name__}")
    return {"perte": np.asarray(loss), "paramètres": [variable.numpy() for variable in model.trainable_variables]}


def keras_perceptron(arrays: dict[str, np.ndarray]):
    """Rend un réseau dense Keras float64 qui a ces paramètres ; le même objet pour les mêmes tailles."""
    kernels = [array for array in arrays.values() if array.ndim == 2]
    model = _empty_perceptron(kernels[0].shape[1], *(len(kernel) for kernel in kernels))
    model.set_weights(federated.to_keras(arrays))
    return model


@cache
def _empty_perceptron(num_features: int, *sizes: int):
    import keras

    *hidden, last = sizes
    layers = [keras.layers.Dense(size, "relu", dtype="float64") for size in hidden]
    last_layer = keras.layers.Dense(last, dtype="float64")
    return keras.Sequential([keras.Input((num_features,), dtype="float64"), *layers, last_layer])


def reference_step(model, x, y, lr: float):
    """Fait le pas de `common.federated.keras_client`, sans importer TensorFlow avant qu'il serve."""
    from common.federated import keras_client

    return keras_client.gradient_step(model, x, y, lr)
