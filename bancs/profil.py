"""Où passe le temps d'un tour de `simulate`, et quel est le plancher ? `python -m bancs.profil [--json FICHIER]`.

Les étapes d'un tour sont chronométrées de l'extérieur, sur les charges du banc `simulation` que la cohorte entraîne. Le
plancher d'une étape est ce qu'elle coûterait au mieux : les seuls objets de Flower, les seuls produits de matrices.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from statistics import median
from typing import Any
from unittest.mock import patch

import torch
from flwr.app import ArrayRecord
from flwr.serverapp.strategy import FedAvg

from bancs import rapport
from bancs.commande import lancer, lecteur
from bancs.simulation_charges import WORKLOADS, Workload
from bancs.simulation_cours import train
from bancs.simulation_donnees import FILES, load_workload
from common.federated import cohort, grid

COMMANDE = "python -m bancs.profil --json bancs/resultats/profil.json"
CHARGES = ("LR-1000", "2NN-100")
ROUNDS, WARM_UP = 40, 10
WHOLE = "tour entier"
STAGES = {
    "Flower prépare les messages": (FedAvg, "configure_train"),
    "lire les données et le modèle reçus": (cohort.TorchCohort, "_job"),
    "entraîner": (cohort, "train_together"),
    "emballer les réponses": (cohort, "train_reply"),
    "emballer les paramètres": (cohort, "ArrayRecord"),
    "contrôler les réponses": (grid, "find_fault"),
    "Flower agrège": (FedAvg, "aggregate_train"),
}


@contextmanager
def stopwatches(spent: dict[str, float]) -> Iterator[None]:
    """Ajoute à `spent` le temps (secondes) passé dans chaque étape."""
    with ExitStack() as patches:
        for stage, (owner, name) in STAGES.items():
            patches.enter_context(patch.object(owner, name, timed(getattr(owner, name), spent, stage)))
        yield


def timed(function: Callable, spent: dict[str, float], stage: str) -> Callable:
    """Enrobe une fonction d'un chronomètre."""

    def wrapper(*arguments, **named):
        start = time.perf_counter()
        try:
            return function(*arguments, **named)
        finally:
            spent[stage] += time.perf_counter() - start

    return wrapper


def profile(workload: Workload) -> dict[str, float]:
    """Rend la médiane de chaque étape d'un tour, en millisecondes, et celle du tour entier."""
    spent: dict[str, float] = defaultdict(float)
    rounds, instants = [], []

    def evaluate(server_round: int, arrays: ArrayRecord) -> None:
        instants.append(time.perf_counter())
        rounds.append(dict(spent))
        spent.clear()

    with stopwatches(spent):
        train(workload, ROUNDS, evaluate)
    durations = [after - before for before, after in pairwise(instants)]
    timed_rounds = [stages | {WHOLE: duration} for stages, duration in zip(rounds[1:], durations, strict=True)]
    return {stage: 1e3 * median(r[stage] for r in timed_rounds[WARM_UP:]) for stage in (*STAGES, WHOLE)}


def products_floor(workload: Workload) -> float:
    """Rend, en millisecondes, les seuls produits de matrices d'un tour : avant, arrière et pas, sans rien d'autre."""
    layers = [layer for layer in workload.make_model().modules() if isinstance(layer, torch.nn.Linear)]
    steps = len(load_workload(workload).train) // workload.num_clients // workload.batch_size
    operands = [operands_of(layer, workload) for layer in layers]
    times = []
    with cohort._threads(sum(weight.numel() for _, weight, _ in operands)):
        for _ in range(5):
            start = time.perf_counter()
            for _ in range(steps):
                products(operands)
            times.append(1e3 * (time.perf_counter() - start))
    return median(times)


def products(operands: list[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]) -> None:
    """Fait les produits d'un pas : en avant, vers la couche d'avant (la première n'en a pas), et le pas lui-même."""
    for rank, (h, weight, delta) in enumerate(operands):
        torch.bmm(h, weight.mT)
        if rank > 0:
            torch.bmm(delta, weight)
        weight.baddbmm_(delta.mT, h)


def operands_of(layer: torch.nn.Linear, workload: Workload) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Rend l'entrée, les paramètres et le gradient d'une couche empilée ; des zéros, qui ne débordent jamais."""
    clients, batch = workload.cohort, workload.batch_size
    shapes = (batch, layer.in_features), (layer.out_features, layer.in_features), (batch, layer.out_features)
    return tuple(torch.zeros(clients, *shape) for shape in shapes)


def run() -> dict[str, Any]:
    """Profile les deux charges et rend le rapport."""
    rows = []
    for name in CHARGES:
        stages, floor = profile(WORKLOADS[name]), products_floor(WORKLOADS[name])
        rows.append({"workload": name, "stages_ms": stages, "products_floor_ms": floor})
    files = [] if load_workload(WORKLOADS["LR-1000"]).card.synthetic else FILES["mnist"]
    return {**rapport.entete(COMMANDE, files), "rounds": ROUNDS, "warm_up": WARM_UP, "rows": rows}


def main(arguments: list[str]) -> int:
    """Rend 0."""
    options = lecteur("profil", __doc__).parse_args(arguments)
    report = run()
    for row in report["rows"]:
        print(row["workload"], *(f"{stage} : {ms:.2f} ms" for stage, ms in row["stages_ms"].items()), sep="\n  ")
        print(f"  plancher, les produits de matrices seuls : {row['products_floor_ms']:.2f} ms")
    if options.json:
        rapport.ecrire(options.json, report)
    return 0


if __name__ == "__main__":
    lancer(main)
