"""Des clients Flower autour d'un modèle PyTorch."""

import copy
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from flwr.app import ArrayRecord, MetricRecord
from flwr.clientapp import ClientApp
from torch import nn
from torch.nn.modules.dropout import _DropoutNd

from common import training
from common.data import Center, Split
from common.federated.client import client_app, evaluate_fn
from common.federated.cohort import TorchCohort
from common.federated.stacked import can_stack
from common.training import SGD

Training = Callable[[nn.Module, Split, Mapping, np.random.Generator], float]
RANDOM_LAYERS = (_DropoutNd, nn.RReLU)


@dataclass(frozen=True)
class sgd_training:
    """L'entraînement local ordinaire ; suit le taux `lr` et le `proximal-mu` (FedProx) que l'ordre porterait."""

    sgd: SGD

    def __call__(self, model: nn.Module, split: Split, config: Mapping, rng: np.random.Generator) -> float:
        mu = float(config.get("proximal-mu", 0.0))
        adjust = training.proximal_term(model, mu) if mu else None
        return training.train(model, split, self.sgd.with_lr(config.get("lr")), rng, adjust)


class TorchModel:
    """Adapte un modèle PyTorch au squelette de client : `model` sert de gabarit, chaque fil travaille sur sa copie."""

    def __init__(self, model: nn.Module, local_training: Training | None = None) -> None:
        self._template, self._train = model, local_training
        self._own = threading.local()

    def __reduce__(self):
        """Une copie envoyée à un autre processus (Ray) repart du gabarit."""
        return TorchModel, (self._template, self._train)

    @property
    def model(self) -> nn.Module:
        """La copie de ce fil d'exécution, dont les valeurs sont remplacées à chaque message."""
        if not hasattr(self._own, "model"):
            # les canaux en dernier : un quart de temps en moins pour un réseau convolutif, sans effet sur les autres
            self._own.model = copy.deepcopy(self._template).to(memory_format=torch.channels_last)
        return self._own.model

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
    """Construit un `ClientApp` autour de `model`, qui sert de gabarit et ne change pas.

    `local_training(model, split, config, rng) -> perte` est l'apprentissage local, ainsi `sgd_training(SGD(0.1))`.
    """
    app = client_app(TorchModel(model, local_training), dataset)
    if isinstance(local_training, sgd_training):
        app.thread_safe = is_deterministic(model)
        app.cohort = TorchCohort(model, dataset, local_training.sgd) if can_stack(model) else None
    return app


def is_deterministic(model: nn.Module) -> bool:
    """Dit si le modèle ne tire rien au hasard : PyTorch n'a qu'un générateur, que des fils se disputeraient."""
    return not any(isinstance(layer, RANDOM_LAYERS) for layer in model.modules())


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
