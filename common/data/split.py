"""Séparer l'entraînement du test, par patient ; fabriquer des centres quand la source n'en donne pas."""

from collections.abc import Callable, Sequence
from math import ceil

import numpy as np

from common.data.dataset import Center, NumberedNames, Split
from common.data.partition import Partition

TEST_FRACTION = 0.34  # la part de FLamby (Terrail et al., 2022, arXiv:2210.04620)


def train_test(rows: Split, seed: Sequence[int]) -> Center:
    """Sépare un centre en entraînement et test : 34 % des patients, chacun d'un seul côté.

    Le tirage respecte la part de chaque classe quand c'est possible (au moins deux patients par classe, et
    de quoi mettre chaque classe des deux côtés). La même graine rend le même découpage.
    ValueError s'il y a moins de deux patients.
    """
    from sklearn.model_selection import train_test_split  # long à charger : seulement pour qui sépare

    patients, first, owner = np.unique(rows.patient_id, return_index=True, return_inverse=True)
    if len(patients) < 2:
        raise ValueError(
            f"Ce centre n'a que {len(patients)} patient(s) : il en faut au moins deux, un pour "
            "l'entraînement et un pour le test. Demandez moins de centres."
        )
    labels = rows.y[first]
    _, test = train_test_split(
        np.arange(len(patients)),
        test_size=TEST_FRACTION,
        random_state=int(np.random.default_rng(seed).integers(2**32)),
        stratify=labels if _can_stratify(labels) else None,
    )
    in_test = np.isin(owner, test)
    return Center(train=rows[~in_test], test=rows[in_test])


def artificial_centers(
    rows: Split, num_centers: int, partition: Partition, seed: int
) -> tuple[NumberedNames, Callable[[str], Center]]:
    """Répartit des lignes entre des centres fabriqués : rend leurs noms et la fonction nom → Center."""
    parts = partition(rows.y, num_centers, np.random.default_rng(seed))
    names = NumberedNames(num_centers)

    def make_center(name: str) -> Center:
        index = names.index(name)
        return train_test(rows[parts[index]], seed=[seed, index])

    return names, make_center


def _can_stratify(labels: np.ndarray) -> bool:
    _, counts = np.unique(labels, return_counts=True)
    num_test = ceil(TEST_FRACTION * len(labels))
    return counts.min() >= 2 and len(counts) <= min(num_test, len(labels) - num_test)
