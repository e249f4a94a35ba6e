"""Les objets que toutes les leçons manipulent : jeu d'exemples, centre, jeu de données fédéré, carte."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache

import numpy as np
import pandas as pd

MAX_CACHED_CENTERS = 128  # au-delà, les centres les moins récents sont reconstruits à la demande
MAX_COUNTED_CENTERS = 128  # au-delà, la carte ne compte plus les exemples de chaque centre
MAX_PRINTED_CENTERS = 12


@dataclass(frozen=True, eq=False)
class Split:
    """Un jeu d'exemples et le patient dont vient chacun.

    x : (n, …) float64, ou float32 dans [0, 1] pour des images ; y : (n,) int64 ; patient_id : (n,).
    ValueError si les trois tableaux n'ont pas le même nombre de lignes.
    """

    x: np.ndarray
    y: np.ndarray
    patient_id: np.ndarray

    def __post_init__(self):
        lengths = len(self.x), len(self.y), len(self.patient_id)
        if len(set(lengths)) > 1:
            raise ValueError(
                f"x, y et patient_id ont {lengths[0]}, {lengths[1]} et {lengths[2]} lignes : "
                "il en faut autant dans chacun, une par exemple."
            )

    def __len__(self) -> int:
        return len(self.y)

    def __getitem__(self, rows: np.ndarray) -> "Split":
        """Le jeu réduit aux lignes demandées (indices ou masque booléen)."""
        return Split(self.x[rows], self.y[rows], self.patient_id[rows])


@dataclass(frozen=True, eq=False)
class Center:
    """Un centre (un hôpital) : un jeu d'entraînement et un jeu de test sans patient commun.

    ValueError si un patient est dans les deux : l'exactitude mesurée serait trop belle.
    """

    train: Split
    test: Split

    def __post_init__(self):
        shared = np.intersect1d(self.train.patient_id, self.test.patient_id)
        if shared.size:
            raise ValueError(
                f"{shared.size} patient(s) à la fois dans l'entraînement et dans le test (par exemple "
                f"« {shared[0]} ») : le modèle serait jugé sur ce qu'il a déjà vu. "
                "Refaites le découpage par patient, et non par ligne."
            )


@dataclass(frozen=True)
class DataCard:
    """La carte d'un jeu de données : ce qu'il est, d'où il vient, ce qu'il ne permet pas.

    `counts` est rempli par le jeu lui-même (une ligne par centre) ; None au-delà de 128 centres.
    """

    name: str
    title: str
    synthetic: bool
    source: str
    license: str
    limits: str
    counts: pd.DataFrame | None = field(default=None, compare=False, repr=False)

    def __str__(self) -> str:
        kind = "Données synthétiques" if self.synthetic else "Données réelles"
        return (
            f"{kind} · {self.title} (« {self.name} »)\n"
            f"Source : {self.source}\nLicence : {self.license}\n"
            f"{self._counts_text()}\nLimites : {self.limits}"
        )

    def _counts_text(self) -> str:
        if self.counts is None:
            return "Centres : construits à la demande, sans décompte."
        if len(self.counts) <= MAX_PRINTED_CENTERS:
            return f"Exemples par centre :\n{self.counts.to_string()}"
        sizes = self.counts["entraînement"]
        return (
            f"Centres : {len(sizes)}, de {sizes.min()} à {sizes.max()} exemples d'entraînement "
            f"(médiane {sizes.median():g}) ; {self.counts['test'].sum()} exemples de test en tout."
        )


class NumberedNames(Sequence):
    """Les noms « centre_000 » … « centre_999 », calculés un par un : un million ne coûte rien."""

    def __init__(self, count: int):
        self._numbers = range(count)
        self._width = len(str(max(count - 1, 0)))

    def __len__(self) -> int:
        return len(self._numbers)

    def __getitem__(self, index: int) -> str:
        return f"centre_{self._numbers[index]:0{self._width}d}"

    def __contains__(self, name: object) -> bool:
        number = str(name).removeprefix("centre_")
        return number.isdecimal() and int(number) in self._numbers and self[int(number)] == name

    def index(self, name: str) -> int:
        if name not in self:
            raise ValueError(f"« {name} » n'est pas un de ces centres.")
        return int(name.removeprefix("centre_"))


class FederatedDataset(Mapping):
    """Un dictionnaire « nom du centre → Center », où chaque centre n'est construit que si on le demande.

    names : les noms, dans l'ordre (toute séquence : un million de noms ne coûte rien) ;
    make_center : la fonction nom → Center ; les 128 derniers centres construits sont gardés.
    Cas limite : un seul centre, c'est l'apprentissage centralisé.
    """

    def __init__(
        self,
        names: Sequence[str],
        make_center: Callable[[str], Center],
        card: DataCard,
        feature_names: Sequence[str] = (),
    ):
        self.names = names
        self.feature_names = tuple(feature_names)
        self._card = card
        self._make_center = make_center
        self._center = lru_cache(maxsize=MAX_CACHED_CENTERS)(make_center)

    def __reduce__(self):
        """Une copie envoyée à un autre processus (Ray) repart des noms : aucun centre déjà construit ne voyage."""
        return FederatedDataset, (self.names, self._make_center, self._card, self.feature_names)

    def __getitem__(self, name: str) -> Center:
        if name not in self.names:
            raise KeyError(f"centre inconnu : « {name} ». Le premier centre est « {self.names[0]} ».")
        return self._center(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def __repr__(self) -> str:
        return f"<FederatedDataset « {self._card.name} », {len(self)} centres>"

    @cached_property
    def card(self) -> DataCard:
        """La carte, avec le décompte des exemples de chaque centre."""
        return replace(self._card, counts=_counts(self) if len(self) <= MAX_COUNTED_CENTERS else None)

    @cached_property
    def train(self) -> Split:
        """L'entraînement de tous les centres, bout à bout : ce que la fédération interdit de réunir."""
        return _concatenate([center.train for center in self.values()])

    @cached_property
    def test(self) -> Split:
        """Le test de tous les centres, bout à bout."""
        return _concatenate([center.test for center in self.values()])


def standardize(dataset: FederatedDataset) -> FederatedDataset:
    """Centre et réduit chaque colonne sans réunir les données.

    Chaque centre n'envoie que (n, Σx, Σx²) de son entraînement ; le résultat est exactement celui des
    données réunies. Une colonne constante garde un écart-type de 1. Le test n'y participe jamais.
    """
    mean, std = _pooled_moments(center.train.x for center in dataset.values())

    def scale(split: Split) -> Split:
        return replace(split, x=((split.x - mean) / std).astype(split.x.dtype))

    def make_center(name: str) -> Center:
        return Center(scale(dataset[name].train), scale(dataset[name].test))

    return FederatedDataset(dataset.names, make_center, dataset._card, dataset.feature_names)


def _pooled_moments(blocks) -> tuple[np.ndarray, np.ndarray]:
    count, total, squares = 0, 0.0, 0.0
    for x in blocks:
        count += len(x)
        total = total + x.sum(axis=0, dtype=np.float64)
        squares = squares + np.square(x, dtype=np.float64).sum(axis=0)
    if not count:
        raise ValueError("Aucun exemple d'entraînement dans aucun centre : il n'y a rien à standardiser.")
    mean, mean_of_squares = total / count, squares / count
    variance = mean_of_squares - mean**2
    constant = variance <= 1e-12 * mean_of_squares  # sous l'erreur d'arrondi de la soustraction
    return mean, np.sqrt(np.where(constant, 1.0, variance))


def _concatenate(splits: list[Split]) -> Split:
    return Split(*(np.concatenate([getattr(s, part) for s in splits]) for part in ("x", "y", "patient_id")))


def _counts(dataset: FederatedDataset) -> pd.DataFrame:
    """Une ligne par centre : entraînement, test, puis le nombre d'exemples de chaque classe."""
    rows = {}
    for name, center in dataset.items():
        labels, counts = np.unique(np.concatenate([center.train.y, center.test.y]), return_counts=True)
        classes = {f"y={label}": count for label, count in zip(labels, counts, strict=True)}
        rows[name] = {"entraînement": len(center.train), "test": len(center.test), **classes}
    table = pd.DataFrame.from_dict(rows, orient="index").fillna(0).astype(int)
    classes = sorted(table.columns[2:], key=lambda column: int(column.removeprefix("y=")))
    return table[["entraînement", "test", *classes]]
