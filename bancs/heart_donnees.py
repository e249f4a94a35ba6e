"""Le cœur vu autrement : par un hôpital seul, ou découpé et normalisé comme dans FLamby (arXiv:2210.04620)."""

import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split

from common.data import Center, FederatedDataset, Split, standardize
from common.data.cache import locate
from common.data.heart import FILES, HOSPITALS, REAL_CARD, prepare
from common.data.heart_synthetic import COLUMNS

FLAMBY_TRAIN = 0.66
FLAMBY_SEED = 43  # un seul découpage, toujours le même : chez FLamby, une graine ne change que le départ et les lots


def only(dataset: FederatedDataset, name: str) -> FederatedDataset:
    """Le même jeu vu par un hôpital seul : chaque centre garde son test, l'entraînement n'est que celui de `name`.

    Standardisé, il ne connaît donc que les moyennes de `name`, et les applique à tous.
    """
    own = dataset[name].train
    empty = own[np.zeros(len(own), dtype=bool)]

    def make_center(center: str) -> Center:
        return Center(own if center == name else empty, dataset[center].test)

    return FederatedDataset(dataset.names, make_center, dataset.card)


def flamby_split() -> FederatedDataset:
    """Le découpage de FLamby, ligne à ligne (199/104, 172/89, 30/16 et 85/45), unités d'origine.

    FLamby ignore les lignes répétées : ici, chaque ligne est prise pour un patient. DataUnavailableError si la copie
    réelle manque.
    """
    paths = {name: locate(file, "heart") for name, file in zip(HOSPITALS, FILES, strict=True)}

    def make_center(name: str) -> Center:
        table = pd.read_csv(paths[name], header=None, names=COLUMNS, na_values="?").astype(np.float64)
        rows = prepare(table, name).rows
        lines = np.arange(len(rows))
        train, test = train_test_split(
            lines,
            train_size=FLAMBY_TRAIN,
            test_size=1 - FLAMBY_TRAIN,
            random_state=FLAMBY_SEED,
            stratify=rows.y if np.bincount(rows.y, minlength=2).min() > 2 else None,
        )
        rows = Split(rows.x, rows.y, lines)
        return Center(rows[train], rows[test])

    return FederatedDataset(HOSPITALS, make_center, REAL_CARD)


def flamby_normalized(raw: FederatedDataset) -> FederatedDataset:
    """La normalisation de FLamby : chaque entraînement par ses propres moyennes, le test par celles de tous réunis.

    Le modèle est donc jugé sur des variables qui n'ont pas la même échelle que celles de son entraînement.
    """
    shared = standardize(raw)

    def make_center(name: str) -> Center:
        return Center(standardize(only(raw, name))[name].train, shared[name].test)

    return FederatedDataset(raw.names, make_center, REAL_CARD)
