"""Un essai du moteur du cours : de vrais objets Flower, dans le processus."""

import time
from importlib.metadata import version
from pathlib import Path

from flwr.app import ArrayRecord
from flwr.clientapp import ClientApp
from flwr.serverapp.strategy import FedAvg

from bancs.simulation_charges import Workload, write_trial
from bancs.simulation_donnees import load_workload
from common.federated import History, arrays_of, numpy_arrays, sgd_training, simulate, torch_client_app
from common.federated.simulation import EvaluateFn
from common.training import SGD


class Stopwatch:
    """Note l'instant du départ, puis celui où Flower vient d'agréger chaque tour (il se donne comme `evaluate_fn`)."""

    def __init__(self) -> None:
        self.instants = [time.perf_counter()]

    def __call__(self, server_round: int, arrays: ArrayRecord) -> None:
        if server_round > 0:
            self.instants.append(time.perf_counter())


def client_app_of(workload: Workload) -> ClientApp:
    """Construit le client d'une charge : celui du cours, sans rien de propre au banc."""
    sgd = SGD(workload.lr, workload.epochs, workload.batch_size)
    return torch_client_app(workload.make_model(), load_workload(workload), sgd_training(sgd))


def strategy_of(workload: Workload) -> FedAvg:
    """Construit la stratégie d'une charge : FedAvg de Flower, sans évaluation pendant les tours."""
    return FedAvg(
        fraction_train=workload.cohort / workload.num_clients,
        fraction_evaluate=0.0,
        min_train_nodes=workload.cohort,
        min_available_nodes=workload.num_clients,
    )


def train(workload: Workload, num_rounds: int, evaluate_fn: EvaluateFn, seed: int = 0) -> History:
    """Fait `num_rounds` tours d'une charge par `simulate`."""
    return simulate(
        client_app_of(workload),
        strategy_of(workload),
        load_workload(workload),
        arrays_of(workload.make_model()),
        num_rounds=num_rounds,
        seed=seed,
        evaluate_fn=evaluate_fn,
    )


def run(workload: Workload, seed: int, folder: Path) -> None:
    """Fait l'essai et l'écrit dans `folder` ; le départ est pris ici, une fois tout importé et rien de chargé."""
    stopwatch = Stopwatch()
    history = train(workload, workload.num_rounds, stopwatch, seed)
    write_trial(folder, version("flwr"), stopwatch.instants, numpy_arrays(history.arrays))
