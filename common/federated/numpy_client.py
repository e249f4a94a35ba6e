"""Le client Flower de FedAvg écrit à la main : la régression logistique en NumPy, sans framework.

`train` et `evaluate` sont de simples fonctions : `numpy_client_app` les inscrit telles quelles dans un `ClientApp`.
"""

from collections.abc import Mapping

import numpy as np
from flwr.app import Array, ArrayRecord, Context, Message, MetricRecord, RecordDict
from flwr.clientapp import ClientApp

from common.data import Center
from common.federated.client import center_of
from common.federated.fedavg import Parameters, client_update, predict_probability
from common.federated.replies import numpy_arrays


def pack(parameters: Parameters, num_examples: int) -> RecordDict:
    """Emballe `[weight, bias]` et un effectif : le contenu d'une réponse d'entraînement.

    `weight` `(d,)`, `bias` `()` ; `np.asarray` redonne sa forme de tableau à un biais devenu simple nombre.
    """
    weight, bias = parameters
    arrays = ArrayRecord({"weight": Array(np.asarray(weight)), "bias": Array(np.asarray(bias))})
    return RecordDict({"arrays": arrays, "metrics": MetricRecord({"num-examples": num_examples})})


def unpack(content: RecordDict) -> Parameters:
    """Rend `[weight, bias]` depuis le contenu d'un message."""
    return list(numpy_arrays(content["arrays"]).values())


def count_visit(context: Context) -> int:
    """Compte les visites d'un client dans `context.state` et rend leur nombre, celle-ci comprise."""
    seen = context.state["visits"]["count"] if "visits" in context.state else 0
    context.state["visits"] = MetricRecord({"count": seen + 1})
    return seen + 1


def train(message: Message, context: Context, dataset: Mapping[str, Center]) -> Message:
    """Répond à un ordre d'entraînement : `client_update` sur le jeu du centre, réglé par `lr` et `num-steps`."""
    split, config = center_of(dataset, context).train, message.content["config"]
    parameters = client_update(unpack(message.content), split.x, split.y, config["lr"], config["num-steps"])
    return Message(pack(parameters, len(split)), reply_to=message)


def evaluate(message: Message, context: Context, dataset: Mapping[str, Center]) -> Message:
    """Répond à un ordre d'évaluation : l'exactitude du modèle reçu sur le jeu de test du centre."""
    test = center_of(dataset, context).test
    predicted = predict_probability(unpack(message.content), test.x) >= 0.5
    metrics = MetricRecord({"accuracy": np.mean(predicted == test.y), "num-examples": len(test)})
    return Message(RecordDict({"metrics": metrics}), reply_to=message)


def numpy_client_app(dataset: Mapping[str, Center]) -> ClientApp:
    """Construit le `ClientApp` de la régression logistique écrite à la main.

    Cas limite : sous `FedAvg`, les mêmes paramètres que `fedavg_round`, à l'arrondi près.
    """
    app = ClientApp()

    @app.train()
    def on_train(message: Message, context: Context) -> Message:
        return train(message, context, dataset)

    @app.evaluate()
    def on_evaluate(message: Message, context: Context) -> Message:
        return evaluate(message, context, dataset)

    return app
