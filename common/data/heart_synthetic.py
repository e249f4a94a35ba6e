"""Jumeau synthétique des tables « heart » de l'UCI : mêmes colonnes, mêmes tailles, mêmes trous, aucun vrai patient.

Ordre du tirage, celui de la maladie : facteurs de risque → maladie (modèle logistique) → signes et examens.
Rien n'est ajusté sur les lignes réelles. Des fichiers publiés ne viennent que des marginales : effectifs et
nombre de malades de chaque stade (heart-disease.names, UCI), nombre de « ? » et de cholestérols nuls, âge
moyen, part d'hommes, de glycémies élevées et d'électrocardiogrammes anormaux, arrondis. Les liens entre
colonnes viennent de la littérature médicale citée plus bas, arrondis aussi ; ils ne sont réglés pour aucune méthode.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import brentq

COLUMNS = (
    *("age", "sex", "cp", "trestbps", "chol", "fbs", "restecg"),
    *("thalach", "exang", "oldpeak", "slope", "ca", "thal", "num"),
)
EXERCISE = ["trestbps", "thalach", "exang", "oldpeak"]  # absents ensemble quand l'épreuve d'effort n'a pas eu lieu

# Rapports de cotes des facteurs de risque : ordres de grandeur, à la manière de Framingham (Wilson et al., 1998,
# Circulation 97:1837), choisis de mémoire et non relus dans l'article.
LOG_ODDS = {
    "décennie d'âge": np.log(1.6),
    "homme": np.log(3.0),
    "20 mmHg de pression": np.log(1.3),
    "40 mg/dl de cholestérol": np.log(1.3),
    "glycémie élevée": np.log(1.6),
}
# Douleur : typique, atypique, non angineuse, aucune. Un patient sans douleur n'est adressé que pour un examen
# anormal : dans ces séries, l'absence de douleur va avec la maladie (biais de recrutement).
CHEST_PAIN = {False: (0.10, 0.30, 0.35, 0.25), True: (0.10, 0.12, 0.20, 0.58)}
# Sous-décalage de ST d'au moins 1 mm à l'effort : sensibilité 68 %, spécificité 77 %
# (Gianrossi et al., 1989, Circulation 80:87, méta-analyse de 147 études).
ST_DEPRESSION = {False: 0.23, True: 0.68}
EXERCISE_ANGINA = {False: 0.15, True: 0.50}
# Fréquence cardiaque maximale : 220 − âge, atteinte moins souvent par un cœur malade ou sous bêtabloquant.
HEART_RATE_REACHED = {False: 0.92, True: 0.82}


@dataclass(frozen=True)
class Hospital:
    """Ce qui distingue un hôpital : recrutement, lecture de l'électrocardiogramme, valeurs manquantes."""

    stages: tuple[int, int, int, int, int]  # nombre de patients par stade (num = 0 à 4)
    age: float
    male: float
    high_sugar: float
    ecg: tuple[float, float, float]
    missing: dict[str, int]  # nombre de « ? » de chaque colonne, hors épreuve d'effort
    no_cholesterol: int = 0  # cholestérols codés 0 : non mesurés
    no_exercise: int = 0

    @property
    def size(self) -> int:
        return sum(self.stages)

    @property
    def prevalence(self) -> float:
        return 1 - self.stages[0] / self.size


PROFILES = {
    "cleveland": Hospital(
        stages=(164, 55, 36, 35, 13),
        age=54, male=0.68, high_sugar=0.15, ecg=(0.50, 0.01, 0.49),
        missing={"ca": 4, "thal": 2},
    ),
    "hungarian": Hospital(
        stages=(188, 37, 26, 28, 15),
        age=48, male=0.72, high_sugar=0.07, ecg=(0.80, 0.18, 0.02),
        no_exercise=1,
        missing={"chol": 23, "fbs": 8, "restecg": 1, "slope": 190, "ca": 291, "thal": 266},
    ),
    "switzerland": Hospital(
        stages=(8, 48, 32, 30, 5),
        age=55, male=0.92, high_sugar=0.10, ecg=(0.70, 0.25, 0.05),
        no_cholesterol=123, no_exercise=1,
        missing={"trestbps": 1, "oldpeak": 5, "fbs": 75, "restecg": 1, "slope": 17, "ca": 118, "thal": 52},
    ),
    "va": Hospital(
        stages=(51, 56, 41, 42, 10),
        age=59, male=0.97, high_sugar=0.35, ecg=(0.40, 0.45, 0.15),
        no_cholesterol=49, no_exercise=53,
        missing={"trestbps": 3, "oldpeak": 3, "chol": 7, "fbs": 7, "slope": 102, "ca": 198, "thal": 166},
    ),
}  # fmt: skip


def generate() -> dict[str, pd.DataFrame]:
    """Rend la table brute de chaque hôpital : 14 colonnes float64, NaN pour une valeur manquante ; toujours la même."""
    return {
        name: _table(hospital, np.random.default_rng([1988, index]))
        for index, (name, hospital) in enumerate(PROFILES.items())
    }


def _table(hospital: Hospital, rng: np.random.Generator) -> pd.DataFrame:
    table = _risk_factors(hospital, rng)
    sick = rng.random(hospital.size) < _disease_probability(table, hospital.prevalence)
    table = table.assign(**_symptoms(table["age"].to_numpy(), sick, rng), **_imaging(sick, rng))
    table["num"] = np.where(sick, _draw((1, 2, 3, 4), hospital.stages[1:], hospital.size, rng), 0)
    table["restecg"] = _draw((0, 1, 2), hospital.ecg, hospital.size, rng)
    table.loc[rng.choice(hospital.size, hospital.no_cholesterol, replace=False), "chol"] = 0
    return _with_holes(table[list(COLUMNS)].astype(np.float64), hospital, rng)


def _risk_factors(hospital: Hospital, rng: np.random.Generator) -> pd.DataFrame:
    """Âge, sexe, pression de repos (mmHg, qui monte avec l'âge), cholestérol (mg/dl), glycémie élevée."""
    n = hospital.size
    age = np.clip(rng.normal(hospital.age, 9, n), 28, 77).round()
    return pd.DataFrame(
        {
            "age": age,
            "sex": (rng.random(n) < hospital.male).astype(int),
            "trestbps": np.clip(rng.normal(132 + 0.5 * (age - 54), 16, n), 90, 200).round(),
            "chol": np.clip(rng.normal(240, 45, n), 120, 480).round(),
            "fbs": (rng.random(n) < hospital.high_sugar).astype(int),
        }
    )


def _disease_probability(table: pd.DataFrame, prevalence: float) -> np.ndarray:
    """Probabilité de maladie de chaque patient ; la constante de l'hôpital rend la prévalence publiée en moyenne."""
    score = (
        LOG_ODDS["décennie d'âge"] * (table["age"] - 54) / 10
        + LOG_ODDS["homme"] * table["sex"]
        + LOG_ODDS["20 mmHg de pression"] * (table["trestbps"] - 132) / 20
        + LOG_ODDS["40 mg/dl de cholestérol"] * (table["chol"] - 240) / 40
        + LOG_ODDS["glycémie élevée"] * table["fbs"]
    ).to_numpy()

    def probability(intercept: float) -> np.ndarray:
        return 1 / (1 + np.exp(-(intercept + score)))

    return probability(brentq(lambda intercept: probability(intercept).mean() - prevalence, -20, 20))


def _symptoms(age: np.ndarray, sick: np.ndarray, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Douleur, fréquence maximale (battements/min), angine d'effort, sous-décalage de ST (mm) et sa pente."""
    n = len(sick)
    pain = {state: _draw((1, 2, 3, 4), CHEST_PAIN[state], n, rng) for state in (False, True)}
    reached = rng.normal(_by_state(HEART_RATE_REACHED, sick), 0.11)
    positive = rng.random(n) < _by_state(ST_DEPRESSION, sick)
    depression = np.where(positive, 1 + rng.exponential(0.8, n), np.maximum(0, rng.uniform(-0.6, 0.9, n)))
    return {
        "cp": np.where(sick, pain[True], pain[False]),
        "thalach": np.clip((220 - age) * reached, 65, 202).round(),
        "exang": (rng.random(n) < _by_state(EXERCISE_ANGINA, sick)).astype(int),
        "oldpeak": np.minimum(depression, 6).round(1),
        "slope": np.where(positive, _draw((1, 2, 3), (0.2, 0.65, 0.15), n, rng), 1),
    }


def _imaging(sick: np.ndarray, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Vaisseaux calcifiés (0 à 3) et scintigraphie (3 normale, 6 défaut fixe, 7 défaut réversible)."""
    n = len(sick)
    vessels = {True: (0.35, 0.30, 0.20, 0.15), False: (0.80, 0.13, 0.05, 0.02)}
    perfusion = {True: (0.25, 0.10, 0.65), False: (0.80, 0.05, 0.15)}
    ca = {state: _draw((0, 1, 2, 3), vessels[state], n, rng) for state in (False, True)}
    thal = {state: _draw((3, 6, 7), perfusion[state], n, rng) for state in (False, True)}
    return {name: np.where(sick, drawn[True], drawn[False]) for name, drawn in (("ca", ca), ("thal", thal))}


def _with_holes(table: pd.DataFrame, hospital: Hospital, rng: np.random.Generator) -> pd.DataFrame:
    table.loc[rng.choice(hospital.size, hospital.no_exercise, replace=False), EXERCISE] = np.nan
    for column, count in hospital.missing.items():
        present = np.flatnonzero(table[column].notna())
        table.loc[rng.choice(present, count, replace=False), column] = np.nan
    return table


def _draw(values: tuple, weights: tuple, n: int, rng: np.random.Generator) -> np.ndarray:
    return rng.choice(values, size=n, p=np.array(weights) / sum(weights))


def _by_state(table: dict[bool, float], sick: np.ndarray) -> np.ndarray:
    return np.where(sick, table[True], table[False])
