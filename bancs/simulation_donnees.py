"""Les données du banc `simulation` : réelles si elles sont là, sinon un remplaçant de mêmes formes, qui le dit."""

from functools import lru_cache
from pathlib import Path

import numpy as np

from bancs.simulation_charges import Workload
from common.data import Center, DataCard, DataUnavailableError, FederatedDataset, Split, heart, load, mnist, standardize
from common.data.dataset import NumberedNames

FILES = {"heart": heart.FILES, "mnist": mnist.FILES}
NUM_TRAIN, NUM_TEST, NUM_CLASSES = 60_000, 10_000, 10
NOISE = 8.0  # assez de bruit pour que la régression logistique ne soit pas parfaite
STAND_IN_CARD = DataCard(
    name="mnist",
    title="Remplaçant synthétique de MNIST : dix images moyennes et du bruit, mêmes formes",
    synthetic=True,
    source="générateur du banc",
    license="Apache-2.0 (code du cours)",
    limits="aucun chiffre manuscrit : il sert à essayer la commande et à mesurer des durées, jamais une exactitude.",
)


@lru_cache(maxsize=1)
def load_workload(workload: Workload) -> FederatedDataset:
    """Rend les données d'une charge, réelles ou, à défaut, synthétiques ; `card.synthetic` dit lesquelles."""
    if workload.dataset == "heart":
        return standardize(_load_heart())
    try:
        return load("mnist", source="real", num_centers=workload.num_centers)
    except DataUnavailableError:
        return stand_in(workload.num_clients)


def export(dataset: FederatedDataset, path: Path) -> None:
    """Écrit l'entraînement de tous les clients, bout à bout, pour un programme qui n'a pas le paquet `common`.

    x : (n, …) float32 ; y : (n,) int64 ; sizes : (clients,) le nombre d'exemples de chacun.
    """
    train = dataset.train
    sizes = [len(center.train) for center in dataset.values()]
    np.savez(path, x=train.x.astype(np.float32), y=train.y, sizes=np.array(sizes))


def stand_in(num_centers: int) -> FederatedDataset:
    """Rend des images de 28 × 28 qui ont les formes et les effectifs de MNIST, fabriquées client par client."""
    prototypes = np.random.default_rng(0).random((NUM_CLASSES, 1, 28, 28), dtype=np.float32)
    names = NumberedNames(num_centers)

    def make_split(seed: list[int], size: int) -> Split:
        rng = np.random.default_rng(seed)
        y = rng.integers(NUM_CLASSES, size=size)
        noise = rng.random((size, 1, 28, 28), dtype=np.float32)
        ids = [f"{'-'.join(map(str, seed))}-{number}" for number in range(size)]
        return Split((prototypes[y] + NOISE * noise) / (1 + NOISE), y, np.array(ids))

    def make_center(name: str) -> Center:
        index = names.index(name)
        return Center(
            make_split([index, 0], NUM_TRAIN // num_centers),
            make_split([index, 1], NUM_TEST // num_centers),
        )

    return FederatedDataset(names, make_center, STAND_IN_CARD)


def _load_heart() -> FederatedDataset:
    try:
        return load("heart", source="real")
    except DataUnavailableError:
        return load("heart")
