"""Les données du cours : `load(nom)` rend un jeu fédéré, ses centres et sa carte, sans jamais toucher au réseau."""

from difflib import get_close_matches

from common.data import breast_cancer, digits, heart, mnist
from common.data.cache import DataUnavailableError
from common.data.dataset import Center, DataCard, FederatedDataset, Split, standardize
from common.data.partition import Partition, by_center, dirichlet, iid, label_skew, quantity, shards

__all__ = [
    "Center",
    "DataCard",
    "DataUnavailableError",
    "FederatedDataset",
    "Split",
    "by_center",
    "dirichlet",
    "iid",
    "label_skew",
    "load",
    "quantity",
    "shards",
    "standardize",
]

DATASETS = {"breast_cancer": breast_cancer, "digits": digits, "heart": heart, "mnist": mnist}


def load(
    name: str,
    *,
    source: str = "embedded",
    num_centers: int | None = None,
    partition: Partition | None = None,
    seed: int = 0,
) -> FederatedDataset:
    """Charge un jeu de données réparti entre des centres.

    name : « breast_cancer », « digits », « heart » ou « mnist ». source : « embedded » (le même sur chaque
    machine) ou « real » (une copie locale vérifiée). num_centers et partition : pour les jeux sans centre naturel.
    seed : la partition et le découpage entraînement/test ; la même graine rend les mêmes centres.
    ValueError pour un nom, une source ou un argument refusé ; DataUnavailableError si la copie réelle manque.
    """
    dataset = find_dataset(name)
    if source not in ("embedded", "real"):
        raise ValueError(f'Source inconnue : « {source} ». Choisissez source="embedded" ou source="real".')
    return dataset.load(source, num_centers, partition, seed)


def find_dataset(name: str):
    """Rend le module d'un jeu de données ; ValueError, avec le nom le plus proche, s'il n'existe pas."""
    if name in DATASETS:
        return DATASETS[name]
    close = get_close_matches(str(name), DATASETS, n=1)
    hint = f" Vouliez-vous dire « {close[0]} » ?" if close else ""
    raise ValueError(f"Jeu de données inconnu : « {name} ».{hint} Jeux disponibles : {', '.join(DATASETS)}.")
