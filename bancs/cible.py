"""Combien de tours avant la cible, sur MNIST, comme McMahan et al. 2017 ? `python -m bancs.cible [--json FICHIER]`.

Cent clients de 600 images, dix par tour. Le banc est long : chaque tour est gardé dans `sorties/cible/`, et la même
commande repart de là. Une fois tout fait, elle relit les courbes et écrit le rapport aussitôt.
"""

import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import torch
from flwr.app import ArrayRecord, MetricRecord
from flwr.serverapp.strategy import FedAvg
from torch import nn

from bancs import cible_rapport, rapport
from bancs.cible_cellules import BATCH_SIZE, CELLS, CLIENTS, PER_ROUND, Cell, Run
from bancs.commande import lancer, lecteur
from common.data import DataUnavailableError, FederatedDataset, Split, load
from common.federated import arrays_of, load_arrays, sgd_training, simulate, torch_client_app
from common.training import SGD, evaluate

FOLDER = rapport.RACINE / "sorties" / "cible"
CHUNK = 1000  # images de test évaluées à la fois
INTERRUPTED = 130


def load_clients(run: Run) -> FederatedDataset:
    """Rend les cent clients d'un entraînement ; DataUnavailableError si la copie réelle manque."""
    return load("mnist", source="real", num_centers=CLIENTS, partition=run.cell.partition, seed=run.seed)


def train_to_target(run: Run, dataset: FederatedDataset, folder: Path, progress: Callable[[str], None] = print) -> None:
    """Fait, ou finit, un entraînement : jusqu'à la cible, ou jusqu'à son dernier tour permis.

    Un tour à la fois, car la boucle de Flower ne s'arrête pas en chemin : le point de reprise porte tout ce qui est
    fait. Cas limite : un entraînement déjà fini ne recalcule rien.
    """
    advance = advancer(run, dataset, run.path(folder))
    curve = cible_rapport.read_curve(run, folder)
    while not run.is_over(curve):
        advance(max(len(curve), 1))
        curve = cible_rapport.read_curve(run, folder)
        progress(f"{run.name}, tour {curve.index[-1]} : {curve.iloc[-1]:.2%} (meilleur : {curve.max():.2%})")


def advancer(run: Run, dataset: FederatedDataset, checkpoint: Path) -> Callable[[int], None]:
    """Prépare un entraînement ; rend la fonction qui le mène jusqu'au tour donné, à partir de son point de reprise."""
    model = run.cell.make_model(seed=run.seed)
    app = torch_client_app(model, dataset, sgd_training(SGD(run.lr, run.cell.epochs, BATCH_SIZE)))
    strategy, initial = fedavg(len(dataset)), arrays_of(model)
    judge_round = partial(judge, run.cell, dataset.test)

    def advance(num_rounds: int) -> None:
        simulate(
            app,
            strategy,
            dataset,
            initial,
            num_rounds=num_rounds,
            seed=run.seed,
            train_config={"lr": run.lr},  # écrit dans le point de reprise, qui refuse ainsi un autre taux
            evaluate_fn=judge_round,
            checkpoint=checkpoint,
        )

    return advance


def fedavg(num_clients: int) -> FedAvg:
    """Rend le FedAvg de Flower, qui tire dix clients par tour et ne leur demande pas d'évaluer."""
    return FedAvg(
        fraction_train=PER_ROUND / CLIENTS,
        fraction_evaluate=0.0,
        min_train_nodes=PER_ROUND,
        min_available_nodes=num_clients,
    )


def judge(cell: Cell, test: Split, server_round: int, arrays: ArrayRecord) -> MetricRecord:
    """Mesure l'exactitude du modèle global sur tout le test, par morceaux répartis entre les processeurs."""
    model = cell.make_model().to(memory_format=torch.channels_last)  # un CNN y gagne près de la moitié du temps
    load_arrays(model, arrays)
    starts = range(0, len(test), CHUNK)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        right = sum(pool.map(lambda start: _num_right(model, test[start : start + CHUNK]), starts))
    return MetricRecord({"accuracy": right / len(test), "num-examples": len(test)})


def _num_right(model: nn.Module, part: Split) -> int:
    return round(evaluate(model, part)["accuracy"] * len(part))


def train_cells(names: Sequence[str]) -> None:
    """Fait, ou finit, tous les entraînements de ces cellules."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for run in (run for name in names for run in CELLS[name].runs()):
        train_to_target(run, load_clients(run), FOLDER)


def main(arguments: Sequence[str]) -> int:
    """Rend 0, 1 si les données réelles manquent, ou 130 après Ctrl-C."""
    parser = lecteur("cible", __doc__)
    parser.add_argument(
        "--cellules", nargs="*", choices=CELLS, default=list(CELLS), help="celles à faire ; aucune : état"
    )
    options = parser.parse_args(arguments)
    try:
        train_cells(options.cellules)
    except DataUnavailableError as error:
        print(f"❌ {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrompu. Les tours finis sont gardés : retapez la même commande pour continuer.", file=sys.stderr)
        return INTERRUPTED
    report = cible_rapport.report(FOLDER)
    print("\n".join(cible_rapport.table(report)))
    if options.json:
        rapport.ecrire(options.json, report)
    return 0


if __name__ == "__main__":
    lancer(main)
