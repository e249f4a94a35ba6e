"""Cancer du sein du Wisconsin : 569 tumeurs, 30 mesures de noyaux cellulaires ; réel, porté par scikit-learn."""

import numpy as np

from common.data.cache import RemoteFile
from common.data.dataset import DataCard, FederatedDataset, Split
from common.data.partition import Partition, iid
from common.data.split import artificial_centers

DEFAULT_CENTERS = 4

CARD = DataCard(
    name="breast_cancer",
    title="Cancer du sein du Wisconsin (diagnostic)",
    synthetic=False,
    source="Wolberg, Street et Mangasarian (1995), UCI ; copie de scikit-learn",
    license="CC BY 4.0",
    limits=(
        "une seule clinique : les centres sont artificiels, découpés par le cours. y=1 : tumeur maligne "
        "(scikit-learn code l'inverse). La copie n'a pas d'identifiant de patient : une ligne est prise pour "
        "une patiente."
    ),
)
EMBEDDED = "réelles"
FILES: tuple[RemoteFile, ...] = ()


def load(source: str, num_centers: int | None, partition: Partition | None, seed: int) -> FederatedDataset:
    """Charge les 569 tumeurs, réparties entre `num_centers` centres artificiels (4 par défaut, IID).

    x : (n, 30) float64, unités d'origine ; y = 1 pour une tumeur maligne. Les deux sources sont la même copie.
    """
    from sklearn.datasets import load_breast_cancer  # long à charger : seulement pour qui en a besoin

    raw = load_breast_cancer()
    rows = Split(raw.data, 1 - raw.target.astype(np.int64), np.arange(len(raw.target)))
    num_centers = DEFAULT_CENTERS if num_centers is None else num_centers
    centers = artificial_centers(rows, num_centers, partition or iid, seed)
    return FederatedDataset(*centers, CARD, [str(name) for name in raw.feature_names])
