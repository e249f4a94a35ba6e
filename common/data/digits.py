"""Chiffres manuscrits de l'UCI : 1 797 images de 8 × 8 pixels ; réel, porté par scikit-learn."""

import numpy as np

from common.data.cache import RemoteFile
from common.data.dataset import DataCard, FederatedDataset, Split
from common.data.partition import Partition, iid
from common.data.split import artificial_centers

DEFAULT_CENTERS = 10
MAX_PIXEL = 16.0

CARD = DataCard(
    name="digits",
    title="Chiffres manuscrits, 8 × 8 pixels",
    synthetic=False,
    source="Alpaydin et Kaynak (1998), UCI, fichier de test ; copie de scikit-learn",
    license="CC BY 4.0",
    limits=(
        "les centres sont artificiels, découpés par le cours. La copie ne dit pas qui a écrit chaque chiffre : "
        "la même main peut être dans l'entraînement et dans le test, ce qui flatte l'exactitude."
    ),
)
EMBEDDED = "réelles"
FILES: tuple[RemoteFile, ...] = ()


def load(source: str, num_centers: int | None, partition: Partition | None, seed: int) -> FederatedDataset:
    """Charge les 1 797 chiffres, répartis entre `num_centers` centres artificiels (10 par défaut, IID).

    x : (n, 64) float64 dans [0, 1], ligne par ligne ; y : 0 à 9. Les deux sources sont la même copie.
    """
    from sklearn.datasets import load_digits  # long à charger : seulement pour qui en a besoin

    raw = load_digits()
    rows = Split(raw.data / MAX_PIXEL, raw.target.astype(np.int64), np.arange(len(raw.target)))
    num_centers = DEFAULT_CENTERS if num_centers is None else num_centers
    return FederatedDataset(*artificial_centers(rows, num_centers, partition or iid, seed), CARD)
