"""Les données du cours : `load(nom)` rend un jeu fédéré, ses centres et sa carte, sans jamais toucher au réseau."""

from difflib import get_close_matches
from numbers import Integral

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
    seed : un entier, qui fixe la partition et le découpage entraînement/test ; la même graine rend les mêmes centres.
    ValueError pour un nom, une source ou un argument refusé ; DataUnavailableError si la copie réelle manque.
    """
    dataset = find_dataset(name)
    if source not in ("embedded", "real"):
        raise ValueError(f'Source inconnue : « {source} ». Choisissez source="embedded" ou source="real".')
    _check_arguments(num_centers, partition, seed)
    return dataset.load(source, num_centers, partition, seed)


def find_dataset(name: str):
    """Rend le module d'un jeu de données ; ValueError, avec le nom le plus proche, s'il n'existe pas."""
    if name in DATASETS:
        return DATASETS[name]
    close = get_close_matches(str(name), DATASETS, n=1)
    hint = f" Vouliez-vous dire « {close[0]} » ?" if close else ""
    raise ValueError(f"Jeu de données inconnu : « {name} ».{hint} Jeux disponibles : {', '.join(DATASETS)}.")


def _check_arguments(num_centers: object, partition: object, seed: object) -> None:
    if num_centers is not None and not _is_integer(num_centers):
        raise ValueError(
            f"num_centers={num_centers!r} : un nombre de centres est un entier. Écrivez par exemple num_centers=10."
        )
    if partition is not None and not callable(partition):
        raise ValueError(
            f"partition={partition!r} : il faut la fonction elle-même. Écrivez « from common.data import iid », "
            "puis partition=iid, sans guillemets ni parenthèses."
        )
    if not _is_integer(seed) or seed < 0:
        raise ValueError(
            f"seed={seed!r} : une graine est un entier positif ou nul, pour que chacun retrouve les mêmes centres. "
            "Écrivez par exemple seed=0."
        )


def _is_integer(value: object) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)
