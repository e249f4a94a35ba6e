"""Un malade a l'air malade : l'état caché, heure par heure, et ce que valent alors les signes et les analyses.

L'état part de la gravité à l'arrivée, suit sa pente, tremble, et se dégrade dans les dernières heures d'un mourant.
Chaque signal suit : base + effet de l'état + effets des affections + écart du patient + bruit de la mesure.
Le sens des effets est celui des scores publiés : l'âge, le Glasgow, la pression, le pouls, la température, l'urée, les
leucocytes, le potassium, le sodium, les bicarbonates et la bilirubine (SAPS II, Le Gall et al., 1993, JAMA 270:2957,
points lus dans mimic-code, sapsii.sql) ; le lactate, la créatinine et les plaquettes (SOFA, Vincent et al., 1996,
non relu). Leur taille est un jugement.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.signal import lfilter

HOURS = 48
AGONY = 1.2  # hausse de l'état à l'heure de la mort, divisée par e toutes les huit heures qui la précèdent


class Signal(NamedTuple):
    """Une mesure : valeur de base, effet d'un point d'état, écarts-types, arrondi, bornes, effets des affections.

    `multiplicative` : la base, les effets et les écarts-types sont alors ceux du logarithme.
    """

    base: float
    state: float
    between: float
    within: float
    decimals: int
    bounds: tuple[float, float]
    effects: dict[str, float]
    multiplicative: bool = False


# Unités de MIMIC-III : battements/min, mmHg, cycles/min, %, °C.
VITALS = {
    "heart_rate": Signal(
        83, 7, 12, 5, 0, (30, 210), {"sepsis": 9, "shock": 8, "bleed": 6, "ketoacidosis": 14, "heart_failure": 3}
    ),
    "systolic": Signal(
        124,
        -8,
        14,
        8,
        0,
        (45, 235),
        {"hypertension": 8, "shock": -17, "sepsis": -6, "neuro": 16, "bleed": -7, "old": 5},
    ),
    "respiratory_rate": Signal(
        17.5, 1.8, 2.6, 2.2, 0, (6, 48), {"copd": 2, "respiratory_failure": 3, "sepsis": 2, "ketoacidosis": 7}
    ),
    "saturation": Signal(97.6, -0.7, 1.0, 1.0, 0, (65, 100), {"copd": -1.8, "respiratory_failure": -1.5}),
    "temperature": Signal(36.8, 0.05, 0.3, 0.25, 1, (33.0, 41.2), {"sepsis": 0.7, "trauma": 0.2, "old": -0.15}),
}
# Unités de MIMIC-III : mg/dl, mmol/l, 10³/µl, mEq/l, g/dl.
LABS = {
    "creatinine": Signal(
        -0.1, 0.08, 0.25, 0.08, 1, (0.2, 14), {"chronic_kidney_disease": 0.8, "kidney_injury": 0.65, "old": 0.1}, True
    ),
    "urea": Signal(
        2.8,
        0.10,
        0.3,
        0.1,
        0,
        (3, 200),
        {"chronic_kidney_disease": 0.6, "kidney_injury": 0.6, "bleed": 0.4, "old": 0.2},
        True,
    ),
    "lactate": Signal(0.4, 0.27, 0.3, 0.15, 1, (0.4, 25), {"sepsis": 0.2, "shock": 0.35, "bleed": 0.1}, True),
    "leukocytes": Signal(
        2.3, 0.07, 0.35, 0.12, 1, (0.3, 80), {"sepsis": 0.35, "surgery": 0.15, "ketoacidosis": 0.2}, True
    ),
    "bilirubin": Signal(-0.5, 0.16, 0.6, 0.1, 1, (0.1, 40), {"sepsis": 0.2, "shock": 0.3}, True),
    "platelets": Signal(215, -14, 80, 14, 0, (8, 900), {"sepsis": -15, "shock": -35, "surgery": -50}),
    "glucose": Signal(124, 4, 22, 16, 0, (40, 800), {"diabetes": 55, "ketoacidosis": 230, "surgery": 12}),
    "sodium": Signal(138.8, 0.1, 3.6, 1.2, 0, (112, 172), {"heart_failure": -1.2, "neuro": 1.2}),
    "potassium": Signal(
        4.1,
        0.06,
        0.35,
        0.25,
        1,
        (2.2, 8.5),
        {"kidney_injury": 0.35, "chronic_kidney_disease": 0.2, "ketoacidosis": 0.5},
    ),
    "bicarbonate": Signal(
        24.8, -1.1, 2.4, 1.2, 0, (5, 45), {"kidney_injury": -1.8, "shock": -2.5, "ketoacidosis": -10, "copd": 3}
    ),
    "hemoglobin": Signal(
        11.3,
        -0.25,
        1.5,
        0.4,
        1,
        (4, 19),
        {"bleed": -2.2, "surgery": -1.2, "trauma": -0.7, "chronic_kidney_disease": -0.8},
    ),
}

SIGNALS = {**VITALS, **LABS}


def course(stays: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """L'état caché de chaque séjour à chaque heure, forme (séjours, 48) : 0 est un patient moyen, 2 est très grave.

    `stays` porte severity, slope, stay (un second séjour repart d'un tiers plus bas), fatal et hours (sa durée).
    """
    hour = np.arange(HOURS)
    start = np.where(stays["stay"] > 0, stays["severity"] - 0.35, stays["severity"]).astype(float)
    to_death = np.where(stays["fatal"], stays["hours"], np.inf)[:, None] - hour
    agony = AGONY * np.exp(-np.maximum(to_death, 0) / 8)
    state = start[:, None] + stays["slope"].to_numpy()[:, None] * hour / 24 + agony
    return state + trembling((len(stays), HOURS), rng) * 0.25


def measure(name: str, state: np.ndarray, stays: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """La valeur vraie du signal `name` à chaque heure, dans son unité, bornée et arrondie ; de la forme de `state`.

    `stays` : une ligne par séjour ; elle porte les affections en 0/1 et l'écart propre au patient, `own_` + nom.
    """
    signal = SIGNALS[name]
    shift = sum(effect * stays[condition].to_numpy(dtype=float) for condition, effect in signal.effects.items())
    usual = signal.base + shift + signal.between * stays[f"own_{name}"].to_numpy()
    values = usual[:, None] + signal.state * state + signal.within * trembling(state.shape, rng)
    values = np.exp(values) if signal.multiplicative else values
    return np.round(np.clip(values, *signal.bounds), signal.decimals)


def own_deviations(num_patients: int, rng: np.random.Generator) -> pd.DataFrame:
    """L'écart habituel de chaque patient pour chaque signal, en écarts-types : le même à toutes ses admissions."""
    drawn = rng.normal(size=(num_patients, len(SIGNALS)))
    return pd.DataFrame(drawn, columns=[f"own_{name}" for name in SIGNALS])


def coma(state: np.ndarray, stays: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """Ce qui manque au score de Glasgow, de 0 (éveillé) à 12 (coma profond), forme (séjours, 48), non arrondi."""
    own = rng.normal(0, 1.3, len(state)) + 5.5 * stays["neuro"].to_numpy(dtype=float)
    own += 1.5 * stays["respiratory_failure"].to_numpy(dtype=float)
    return np.clip(own[:, None] - 2.2 + 1.9 * state + 0.7 * trembling(state.shape, rng), 0, 12)


def trembling(shape: tuple[int, int], rng: np.random.Generator, memory: float = 0.7) -> np.ndarray:
    """Un bruit centré d'écart-type 1 dont chaque heure garde `memory` de la précédente (autorégressif d'ordre 1)."""
    noise = rng.normal(0, np.sqrt(1 - memory**2), shape)
    noise[:, 0] /= np.sqrt(1 - memory**2)
    return lfilter([1], [1, -memory], noise, axis=1)
