"""Une petite fédération synthétique, quatre hôpitaux inégaux, en float64."""

import numpy as np
import pytest

from common.data import Center, DataCard, FederatedDataset, Split
from common.data.dataset import NumberedNames

SIZES = {"Angers": 40, "Brest": 11, "Caen": 5, "Dijon": 23}


def make_split(rng: np.random.Generator, size: int, first_patient: int) -> Split:
    """Tire `size` patients de quatre variables, deux classes."""
    x = rng.normal(size=(size, 4))
    y = (x @ np.array([1.0, -2.0, 0.5, 0.0]) + rng.normal(size=size) > 0).astype(np.int64)
    return Split(x, y, np.arange(first_patient, first_patient + size))


@pytest.fixture
def centers() -> dict[str, Center]:
    """Quatre centres de tailles inégales."""
    rng = np.random.default_rng(7)
    return {name: Center(make_split(rng, size, 0), make_split(rng, 9, 1000)) for name, size in SIZES.items()}


@pytest.fixture
def million() -> tuple[FederatedDataset, list[str]]:
    """Un million de centres paresseux, et les noms de ceux que l'on a vraiment demandés."""
    asked = []

    def make_center(name: str) -> Center:
        asked.append(name)
        split = Split(np.ones((2, 1)), np.array([0, 1]), np.arange(2))
        return Center(split, Split(split.x, split.y, split.patient_id + 2))

    card = DataCard("essai", "essai", True, "aucune", "aucune", "aucune")
    return FederatedDataset(NumberedNames(10**6), make_center, card), asked
