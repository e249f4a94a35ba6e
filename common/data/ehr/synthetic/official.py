"""Mettre des colonnes à la forme officielle : ordre et types du schéma, et les identifiants de MIMIC-III."""

import numpy as np
import pandas as pd

from common.data.ehr.schema import column_names, kind
from common.data.ehr.synthetic.population import MAX_ADMISSIONS

MAX_PATIENTS = 12_000  # au-delà, les identifiants de séjour sortiraient de la plage de MIMIC-III
STAYS_PER_ADMISSION = 2
_SPACE = 99_991  # premier : multiplier par un entier y permute les numéros


def official(table: str, columns: dict[str, object]) -> pd.DataFrame:
    """Rend la table au format du schéma : colonnes dans l'ordre et aux types officiels, vides si elles sont absentes.

    `columns` : nom officiel → valeurs, une par ligne. Une série y vaut ses valeurs : son index ne compte pas.
    """
    values = {name: getattr(given, "array", given) for name, given in columns.items()}
    index = range(len(next(iter(values.values()))))
    return pd.DataFrame(
        {name: pd.Series(values.get(name), index=index, dtype=kind(table, name)) for name in column_names(table)}
    )


def subject_id(patient: np.ndarray) -> np.ndarray:
    """Le SUBJECT_ID du patient de ce rang : de 40 000 à 99 999, sans ordre (plage de MetaVision dans MIMIC-III)."""
    return 40_000 + np.asarray(patient) * 28_411 % 59_999


def hadm_id(patient: np.ndarray, rank: np.ndarray) -> np.ndarray:
    """Le HADM_ID de la `rank`-ième admission : de 100 000 à 199 990."""
    return 100_000 + (np.asarray(patient) * MAX_ADMISSIONS + np.asarray(rank)) * 61_403 % _SPACE


def icustay_id(patient: np.ndarray, rank: np.ndarray, stay: np.ndarray) -> np.ndarray:
    """L'ICUSTAY_ID du `stay`-ième séjour de cette admission : de 200 000 à 299 990."""
    number = (np.asarray(patient) * MAX_ADMISSIONS + np.asarray(rank)) * STAYS_PER_ADMISSION + np.asarray(stay)
    return 200_000 + number * 37_189 % _SPACE


def pick(options: dict[str | None, float], size: int, rng: np.random.Generator) -> np.ndarray:
    """Tire `size` options selon leurs parts (une part se lit relativement à leur somme) ; tableau d'objets."""
    shares = np.array(list(options.values()))
    chosen = rng.choice(len(shares), size=size, p=shares / shares.sum())
    return np.array(list(options), dtype=object)[chosen]
