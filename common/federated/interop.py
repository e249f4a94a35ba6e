"""Faire travailler ensemble plusieurs frameworks : les mêmes tableaux, les mêmes sorties, un client par centre.

PyTorch range le noyau d'une couche dense en (sorties, entrées), Keras en (entrées, sorties). Sur le réseau, PyTorch
fait foi. Ce fichier n'importe aucun des deux : il ne connaît que NumPy et Flower.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
from flwr.app import Context, Message
from flwr.clientapp import ClientApp

Predict = Callable[[np.ndarray], np.ndarray]


def to_keras(arrays: Mapping[str, np.ndarray]) -> list[np.ndarray]:
    """Rend les paramètres reçus du réseau, dans l'ordre, rangés comme les attend `set_weights` de Keras.

    `arrays` : nom → tableau, des couches denses seulement. Un noyau (sorties, entrées) est transposé, un biais
    (sorties,) reste tel quel. Cas limite : un noyau carré change de valeurs sans changer de forme.
    """
    return [array.T for array in arrays.values()]


def from_keras(names: Iterable[str], values: Iterable[np.ndarray]) -> dict[str, np.ndarray]:
    """Rend au réseau les paramètres d'un modèle Keras, sous leurs noms PyTorch ; c'est l'inverse de `to_keras`.

    Erreur : `ValueError` s'il n'y a pas autant de noms que de tableaux.
    """
    return {name: np.ascontiguousarray(value.T) for name, value in zip(names, values, strict=True)}


def output_gap(predict_a: Predict, predict_b: Predict, x: np.ndarray) -> float:
    """Mesure le plus grand écart entre les sorties de deux modèles sur les mêmes exemples `x` `(n, d)`.

    Les deux fonctions rendent des tableaux de même forme. Cas limite : 0 pour deux fois le même modèle ; tirez `x` au
    hasard, car un `x` nul ne fait travailler aucun noyau et ne voit aucune erreur.
    """
    return float(np.abs(predict_a(x) - predict_b(x)).max())


def mixed_client_app(apps: Sequence[ClientApp]) -> ClientApp:
    """Construit un `ClientApp` qui confie chaque ordre à `apps[partition-id]`, le client du centre qui le reçoit.

    `apps` : un `ClientApp` par centre, dans l'ordre des centres ; le même peut y être plusieurs fois.
    """
    app = ClientApp()

    @app.train()
    def train(message: Message, context: Context) -> Message:
        return apps[context.node_config["partition-id"]](message, context)

    @app.evaluate()
    def evaluate(message: Message, context: Context) -> Message:
        return apps[context.node_config["partition-id"]](message, context)

    return app
