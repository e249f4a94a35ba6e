"""Le squelette d'un `ClientApp` Flower, le même pour PyTorch et pour Keras : reçoit, apprend chez lui, rend."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import numpy as np
from flwr.app import ArrayRecord, Context, Message, MetricRecord, RecordDict
from flwr.clientapp import ClientApp

from common.data import Center, FederatedDataset, Split
from common.environment import client_rng


class LocalModel(Protocol):
    """Ce qu'un framework doit savoir faire ; sur le réseau, les tableaux ont l'ordre et la forme de PyTorch."""

    def load(self, arrays: ArrayRecord) -> None:
        """Remplace les paramètres par ceux du serveur."""

    def arrays(self) -> ArrayRecord:
        """Emballe les paramètres."""

    def train(self, split: Split, config: Mapping, rng: np.random.Generator) -> float:
        """Apprend sur `split` et rend la perte moyenne."""

    def evaluate(self, split: Split) -> dict[str, float]:
        """Mesure `loss` et `accuracy`."""


def client_app(local: LocalModel, dataset: Mapping[str, Center]) -> ClientApp:
    """Construit le `ClientApp` : le centre `partition-id` entraîne sur son jeu, évalue sur son test."""
    app = ClientApp()
    register_evaluate(app, local, dataset)

    @app.train()
    def train(message: Message, context: Context) -> Message:
        local.load(message.content["arrays"])
        split, config = center_of(dataset, context).train, message.content["config"]
        loss = local.train(split, config, rng_of(context, config))
        return train_reply(message, {"arrays": local.arrays()}, loss, len(split))

    return app


def register_evaluate(app: ClientApp, local: LocalModel, dataset: Mapping[str, Center]) -> None:
    """Ajoute à `app` l'évaluation du modèle reçu sur le jeu de test du centre."""

    @app.evaluate()
    def evaluate(message: Message, context: Context) -> Message:
        local.load(message.content["arrays"])
        split = center_of(dataset, context).test
        metrics = MetricRecord(local.evaluate(split) | {"num-examples": len(split)})
        return Message(RecordDict({"metrics": metrics}), reply_to=message)


def evaluate_fn(local: LocalModel, test: Split) -> Callable[[int, ArrayRecord], MetricRecord]:
    """Construit l'évaluation du modèle global sur un jeu de test réuni, à donner à `simulate`."""

    def evaluate(server_round: int, arrays: ArrayRecord) -> MetricRecord:
        local.load(arrays)
        return MetricRecord(local.evaluate(test) | {"num-examples": len(test)})

    return evaluate


def train_reply(message: Message, arrays: dict[str, ArrayRecord], loss: float, num_examples: int) -> Message:
    """Emballe la réponse d'un entraînement : les tableaux, la perte et le nombre d'exemples."""
    metrics = MetricRecord({"loss": loss, "num-examples": num_examples})
    return Message(RecordDict({**arrays, "metrics": metrics}), reply_to=message)


def center_names(dataset: Mapping[str, Center]) -> Sequence[str]:
    """Rend les noms des centres, indexables ; un million de centres paresseux ne sont pas énumérés."""
    return dataset.names if isinstance(dataset, FederatedDataset) else list(dataset)


def center_of(dataset: Mapping[str, Center], context: Context) -> Center:
    """Rend le centre que désigne `partition-id`."""
    return dataset[center_names(dataset)[context.node_config["partition-id"]]]


def rng_of(context: Context, config: Mapping) -> np.random.Generator:
    """Rend le générateur du client pour ce tour, d'après la graine, le tour et le numéro du centre seuls."""
    seed, partition_id = context.run_config["seed"], context.node_config["partition-id"]
    return client_rng(seed, int(config["server-round"]), partition_id)
