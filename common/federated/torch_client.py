"""Des clients Flower autour d'un modèle PyTorch."""

from collections.abc import Callable, Mapping

import numpy as np
import torch
from flwr.app import ArrayRecord, MetricRecord
from flwr.clientapp import ClientApp
from torch import nn

from common import training
from common.data import Center, Split
from common.federated.client import client_app, evaluate_fn
from common.training import SGD

Training = Callable[[nn.Module, Split, Mapping, np.random.Generator], float]


def sgd_training(sgd: SGD) -> Training:
    """Construit l'entraînement local ordinaire ; suit `proximal-mu` quand la stratégie FedProx l'envoie."""

    def train(model: nn.Module, split: Split, config: Mapping, rng: np.random.Generator) -> float:
        mu = float(config.get("proximal-mu", 0.0))
        adjust = training.proximal_term(model, mu) if mu else None
        return training.train(model, split, sgd, rng, adjust)

    return train


class TorchModel:
    """Adapte un modèle PyTorch au squelette de client ; ses valeurs sont remplacées à chaque message."""

    def __init__(self, model: nn.Module, local_training: Training | None = None) -> None:
        self.model, self._train = model, local_training

    def load(self, arrays: ArrayRecord) -> None:
        """Remplace les paramètres ; `RuntimeError` si les noms ou les formes diffèrent."""
        load_arrays(self.model, arrays)

    def arrays(self) -> ArrayRecord:
        """Emballe les paramètres."""
        return arrays_of(self.model)

    def train(self, split: Split, config: Mapping, rng: np.random.Generator) -> float:
        """Apprend avec la fonction donnée à la construction."""
        return self._train(self.model, split, config, rng)

    def evaluate(self, split: Split) -> dict[str, float]:
        """Mesure `loss` et `accuracy`."""
        return training.evaluate(self.model, split)


def torch_client_app(model: nn.Module, dataset: Mapping[str, Center], local_training: Training) -> ClientApp:
    """Construit un `ClientApp` autour de `model`, qui sert de gabarit.

    `local_training(model, split, config, rng) -> perte` est l'apprentissage local, ainsi `sgd_training(SGD(0.1))`.
    """
    return client_app(TorchModel(model, local_training), dataset)


def torch_evaluate_fn(model: nn.Module, test: Split) -> Callable[[int, ArrayRecord], MetricRecord]:
    """Construit l'évaluation du modèle global sur un jeu de test réuni, à donner à `simulate`."""
    return evaluate_fn(TorchModel(model), test)


def arrays_of(model: nn.Module) -> ArrayRecord:
    """Emballe les paramètres d'un modèle pour le réseau ; c'est aussi la forme de `initial_arrays`."""
    return ArrayRecord(model.state_dict())


def load_arrays(model: nn.Module, arrays: ArrayRecord) -> None:
    """Remplace les paramètres du modèle par ceux reçus ; `RuntimeError` si les noms ou les formes diffèrent."""
    with torch.no_grad():
        model.load_state_dict(arrays.to_torch_state_dict())
