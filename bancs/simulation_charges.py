"""Les quatre charges du banc `simulation` : ce que chaque moteur doit entraîner, réglages compris.

Le programme de pfl-research lit aussi ce fichier, dans un environnement qui n'a que NumPy et PyTorch : rien d'autre
n'y est importé.
"""

import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from torch import nn

from common import models

RESULT, ARRAYS = "essai.json", "modele.npz"


@dataclass(frozen=True)
class Workload:
    """Une charge : le jeu, les clients, la descente locale, le nombre de tours et le modèle de départ.

    `num_centers` vaut None quand les centres sont ceux de la source ; `cohort` clients apprennent à chaque tour.
    """

    name: str
    dataset: str
    num_centers: int | None
    cohort: int
    lr: float
    batch_size: int
    num_rounds: int
    make_model: Callable[[], nn.Module]
    epochs: int = 1

    @property
    def num_clients(self) -> int:
        """Rend le nombre de clients de la fédération : tous ceux d'un tour quand les centres sont naturels."""
        return self.num_centers or self.cohort

    def cohorts(self, seed: int) -> list[list[int]]:
        """Rend les clients de chaque tour, tels que FedAvg de Flower les tire dans le processus."""
        rng = random.Random(seed)
        return [sorted(rng.sample(range(self.num_clients), self.cohort)) for _ in range(self.num_rounds)]


def logistic_regression() -> nn.Module:
    """Une régression logistique sur des images de 28 × 28 pixels, dix classes, partie de zéro."""
    return nn.Sequential(nn.Flatten(), models.linear(28 * 28, 10))


WORKLOADS = {
    workload.name: workload
    for workload in (
        Workload("LR-1000", "mnist", 1000, 10, 0.03, 10, 10, logistic_regression),
        Workload("2NN-100", "mnist", 100, 10, 0.1, 10, 10, models.two_nn),
        Workload("CNN-100", "mnist", 100, 10, 0.1, 10, 8, lambda: models.cnn((16, 32), 128)),
        Workload("heart", "heart", None, 4, 0.01, 4, 20, lambda: models.linear(13)),
    )
}


@dataclass(frozen=True)
class Trial:
    """Ce que rend un essai : le moteur et sa version, la durée du premier tour à froid et des suivants (secondes)."""

    version: str
    first_round_s: float
    later_rounds_s: list[float]


def write_trial(folder: Path, version: str, instants: Sequence[float], arrays: Mapping[str, np.ndarray]) -> None:
    """Écrit le résultat d'un essai : `instants` commence au départ, puis donne la fin de chaque tour (secondes)."""
    first, *later = np.diff(instants).tolist()
    result = {"version": version, "first_round_s": first, "later_rounds_s": later}
    (folder / RESULT).write_text(json.dumps(result), encoding="utf-8")
    np.savez(folder / ARRAYS, **arrays)


def read_trial(folder: Path) -> tuple[Trial, dict[str, np.ndarray]]:
    """Relit un essai : ses durées, et les paramètres du modèle final par nom."""
    trial = Trial(**json.loads((folder / RESULT).read_text(encoding="utf-8")))
    with np.load(folder / ARRAYS, allow_pickle=False) as arrays:
        return trial, dict(arrays)
