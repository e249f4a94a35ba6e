"""Maladie coronarienne, quatre hôpitaux (UCI) : le découpage fédéré naturel de FLamby ; réel ou jumeau synthétique."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from common.data.cache import RemoteFile, locate
from common.data.dataset import Center, DataCard, FederatedDataset, Split
from common.data.heart_synthetic import COLUMNS, generate
from common.data.partition import Partition
from common.data.split import train_test

HOSPITALS = ("cleveland", "hungarian", "switzerland", "va")
DROPPED = ["slope", "ca", "thal"]  # presque toujours manquantes hors de Cleveland
CATEGORIES = {"cp": [1, 2, 3, 4], "restecg": [0, 1, 2]}
FEATURES = (
    *("age", "sex", "trestbps", "chol", "fbs", "thalach", "exang", "oldpeak"),
    *("cp_2", "cp_3", "cp_4", "restecg_1", "restecg_2"),
)

REAL_CARD = DataCard(
    name="heart",
    title="Maladie coronarienne : Cleveland, Budapest, Zurich et Bâle, VA Long Beach",
    synthetic=False,
    source="Janosi, Steinbrunn, Pfisterer et Detrano (1988), UCI ; préparation de FLamby (arXiv:2210.04620)",
    license="CC BY 4.0",
    limits=(
        "patients adressés pour une coronarographie dans les années 1980, presque tous des hommes à Long Beach ; "
        "en Suisse le cholestérol vaut 0 partout (non mesuré) et il reste un seul patient sans maladie. "
        "Les lignes incomplètes sont écartées, ce qui biaise l'échantillon."
    ),
)
SYNTHETIC_CARD = replace(
    REAL_CARD,
    title="Jumeau synthétique de la maladie coronarienne dans quatre hôpitaux",
    synthetic=True,
    source="générateur du cours ; tailles, prévalences et valeurs manquantes de la description de l'UCI",
    license="Apache-2.0 (code du cours)",
    limits=(
        "aucun vrai patient : les liens entre colonnes sont ceux que le générateur y a mis. Bon pour apprendre "
        "la méthode ; aucun résultat obtenu ici ne dit quoi que ce soit de la médecine."
    ),
)
CARD = REAL_CARD
EMBEDDED = "synthétiques"

_UCI = "https://archive.ics.uci.edu/ml/machine-learning-databases/heart-disease/"
_FLAMBY = (
    "https://raw.githubusercontent.com/owkin/FLamby/9a07bb1548c70d4cd28aaba5bccfcc6d5aae42e5/"
    "flamby/datasets/fed_heart_disease/dataset_creation_scripts/heart_disease_dataset/"
)
_HUGGING_FACE = "https://huggingface.co/datasets/mstz/heart/raw/main/"


def _file(hospital: str, size: int, sha256: str, *other_roots: str) -> RemoteFile:
    name = f"processed.{hospital}.data"
    return RemoteFile("heart-disease", name, size, sha256, tuple(root + name for root in (_UCI, *other_roots)))


FILES = (
    _file("cleveland", 18461, "a74b7efa387bc9d108d7d0115d831fe9b414b29ae7124f331b622b4efa0427c8"),
    _file("hungarian", 10263, "d1ad108f785768cd3d7e82dc522e6f5a61eea93cccfb3a46ee8076f73fc3d796", _HUGGING_FACE),
    _file("switzerland", 4109, "834a405ccf5b66ab4056bb77794adc8df0b7125186454c0a1d002d33c6c3b314", _FLAMBY),
    _file("va", 6737, "e7c93d8d0d2acdadfa4c5e8de768e2191e7f618b952e29623f1f0d5949ff6b8f", _FLAMBY),
)


@dataclass(frozen=True)
class Prepared:
    """Un hôpital préparé : ses lignes complètes, et le nombre de lignes qui en répètent une autre."""

    rows: Split
    num_repeated: int


def load(source: str, num_centers: int | None, partition: Partition | None, seed: int) -> FederatedDataset:
    """Charge les quatre hôpitaux, préparés comme FLamby ; `seed` ne change que le découpage entraînement/test.

    x : (n, 13) float64, unités d'origine (voir `feature_names`) ; y = 1 si une artère est rétrécie de plus de 50 %.
    ValueError si num_centers ou partition est donné : les centres sont ceux de la source.
    """
    if num_centers is not None or partition is not None:
        raise ValueError(
            "« heart » a quatre hôpitaux naturels : num_centers et partition n'y ont pas de sens. "
            'Retirez-les, ou choisissez load("breast_cancer", num_centers=…).'
        )
    tables = _read_real() if source == "real" else generate()
    prepared = {hospital: prepare(tables[hospital], hospital) for hospital in HOSPITALS}

    def make_center(name: str) -> Center:
        return train_test(prepared[name].rows, seed=[seed, HOSPITALS.index(name)])

    card = _card(source == "real", sum(hospital.num_repeated for hospital in prepared.values()))
    return FederatedDataset(HOSPITALS, make_center, card, FEATURES)


def prepare(table: pd.DataFrame, hospital: str) -> Prepared:
    """Prépare une table brute de 14 colonnes : sans slope, ca et thal, sans ligne incomplète, cp et restecg en 0/1.

    Deux lignes identiques sont prises pour le même patient. Source : FLamby, fed_heart_disease.
    """
    complete = table.drop(columns=DROPPED).dropna()
    encoded = complete.astype({name: pd.CategoricalDtype(values) for name, values in CATEGORIES.items()})
    encoded = pd.get_dummies(encoded.drop(columns="num"), columns=list(CATEGORIES))
    patients = complete.groupby(list(complete.columns), sort=False).ngroup()
    rows = Split(
        x=encoded[list(FEATURES)].to_numpy(dtype=np.float64),
        y=(complete["num"] > 0).to_numpy(dtype=np.int64),
        patient_id=np.array([f"{hospital}-{number:03d}" for number in patients]),
    )
    return Prepared(rows, int(complete.duplicated().sum()))


def _read_real() -> dict[str, pd.DataFrame]:
    paths = [locate(file, "heart") for file in FILES]
    return {
        hospital: pd.read_csv(path, header=None, names=COLUMNS, na_values="?").astype(np.float64)
        for hospital, path in zip(HOSPITALS, paths, strict=True)
    }


def _card(real: bool, num_repeated: int) -> DataCard:
    card = REAL_CARD if real else SYNTHETIC_CARD
    if not num_repeated:
        return card
    repeated = (
        f" La source n'a pas d'identifiant de patient : {num_repeated} ligne(s) en répètent une autre du même "
        "hôpital et restent du même côté qu'elle, ce qui peut déplacer d'un exemple le découpage de FLamby."
    )
    return replace(card, limits=card.limits + repeated)
