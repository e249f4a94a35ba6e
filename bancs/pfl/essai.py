"""Un essai de pfl-research, lancé par le Python de son environnement :
`python -m bancs.pfl.essai CHARGE GRAINE DOSSIER DONNEES`.

Mêmes données, réglages, modèle de départ et clients à chaque tour que l'essai du cours. Tout choix douteux est fait en
faveur de pfl : les images arrivent déjà converties, rien n'est mélangé ni évalué pendant les tours.
"""

import os
import sys
import time
from importlib.metadata import version
from pathlib import Path
from types import MethodType

import numpy as np
import torch
from pfl.aggregate.simulate import SimulatedBackend
from pfl.aggregate.weighting import WeightByDatapoints
from pfl.algorithm.base import NNAlgorithmParams
from pfl.algorithm.federated_averaging import FederatedAveraging
from pfl.callback.base import TrainingProcessCallback
from pfl.data.federated_dataset import FederatedDataset
from pfl.hyperparam.base import NNTrainHyperParams
from pfl.metrics import Metrics, Weighted
from pfl.model.pytorch import PyTorchModel
from torch import nn
from torch.nn import functional

from bancs.simulation_charges import WORKLOADS, Workload, write_trial


class Stopwatch(TrainingProcessCallback):
    """Note l'instant du départ, puis celui de la fin de chaque tour."""

    def __init__(self) -> None:
        self.instants = [time.perf_counter()]

    def after_central_iteration(self, aggregate_metrics, model, *, central_iteration) -> tuple[bool, Metrics]:
        """Est appelé par pfl une fois le modèle global mis à jour ; ne demande pas l'arrêt."""
        self.instants.append(time.perf_counter())
        return False, Metrics()


def loss(model: nn.Module, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Calcule la même entropie croisée que le cours : un logit pour deux classes, sinon un par classe."""
    logits = model(x)
    if logits.shape[1] == 1:
        return functional.binary_cross_entropy_with_logits(logits[:, 0], y.to(logits.dtype))
    return functional.cross_entropy(logits, y)


def no_metrics(model: nn.Module, x: torch.Tensor, y: torch.Tensor) -> dict[str, Weighted]:
    """Ne calcule rien : pfl évalue toujours son premier tour, et les autres moteurs n'évaluent pas."""
    return {"loss": Weighted(0, 1)}


def federated_model(workload: Workload) -> PyTorchModel:
    """Emballe le modèle de départ ; sur le serveur, un pas de 1 le long de la moyenne des écarts, c'est FedAvg."""
    model = workload.make_model()
    model.loss, model.metrics = MethodType(loss, model), MethodType(no_metrics, model)
    return PyTorchModel(model, torch.optim.SGD, torch.optim.SGD(model.parameters(), lr=1.0))


def federated_dataset(workload: Workload, seed: int, data: Path) -> FederatedDataset:
    """Charge les clients, et les fait se présenter dans l'ordre où le cours les tire."""
    with np.load(data, allow_pickle=False) as arrays:
        sizes = arrays["sizes"].tolist()
        x, y = (torch.from_numpy(arrays[name]).split(sizes) for name in ("x", "y"))
    order = (client for cohort in workload.cohorts(seed) for client in cohort)
    return FederatedDataset.from_slices(dict(enumerate(zip(x, y, strict=True))), lambda: next(order))


def run(workload: Workload, seed: int, folder: Path, data: Path) -> None:
    """Fait l'essai et l'écrit dans `folder` ; le départ est pris ici, une fois tout importé et rien de chargé."""
    stopwatch = Stopwatch()
    np.random.seed(seed)
    train_params = NNTrainHyperParams(
        local_batch_size=workload.batch_size, local_num_epochs=workload.epochs, local_learning_rate=workload.lr
    )
    params = NNAlgorithmParams(workload.num_rounds, workload.num_rounds, workload.cohort, val_cohort_size=None)
    dataset = federated_dataset(workload, seed, data)
    backend = SimulatedBackend(dataset, dataset, postprocessors=[WeightByDatapoints()])
    model = federated_model(workload)
    FederatedAveraging().run(
        params, backend, model, train_params, callbacks=[stopwatch], send_metrics_to_platform=False
    )
    arrays = {name: value.numpy() for name, value in model.pytorch_model.state_dict().items()}
    if os.environ.get("RANK", "0") == "0":  # réparti par torchrun, pfl donne le même modèle à chaque processus
        write_trial(folder, version("pfl"), stopwatch.instants, arrays)


if __name__ == "__main__":
    run(WORKLOADS[sys.argv[1]], int(sys.argv[2]), Path(sys.argv[3]), Path(sys.argv[4]))
