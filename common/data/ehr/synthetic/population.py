"""Qui arrive en réanimation, et dans quel état : la cause avant les mesures.

Ordre du tirage : motif et terrain → âge → gravité → défaillances → mort. La mort se tire de l'état, jamais l'inverse ;
les mesures (voir `physiology`) se tirent du même état, sans jamais regarder la mort.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

PATIENTS_PER_CHUNK = 250
MAX_ADMISSIONS = 4
YOUNGEST, OLDEST = 18.1, 97.0  # ans, à la première admission
ADMISSIONS_SHARE = (0.79, 0.14, 0.05, 0.02)  # 1, 2, 3 ou 4 admissions prévues : en moyenne 1,3, comme dans MIMIC-III


class Reason(NamedTuple):
    """Un motif d'admission : sa part, ses unités, sa part programmée, sa gravité, l'âge et la part d'hommes."""

    share: float
    units: dict[str, float]
    elective: float
    severity: float
    age: float
    male: float


# Parts et unités : réglées pour retrouver la part des unités, l'âge et le sexe de Johnson et al. (2016), table 2,
# hors néonatologie. Gravité et part programmée : jugement.
REASONS = {
    "sepsis": Reason(0.16, {"MICU": 0.85, "SICU": 0.10, "TSICU": 0.05}, 0.0, 0.55, 67, 0.53),
    "copd": Reason(0.12, {"MICU": 0.90, "CCU": 0.10}, 0.0, 0.15, 68, 0.51),
    "heart_failure": Reason(0.10, {"CCU": 0.60, "MICU": 0.40}, 0.0, 0.25, 72, 0.55),
    "coronary": Reason(0.10, {"CCU": 0.85, "CSRU": 0.15}, 0.05, -0.25, 68, 0.61),
    "surgery": Reason(0.16, {"CSRU": 1.0}, 0.55, -0.60, 67, 0.66),
    "trauma": Reason(0.10, {"TSICU": 0.70, "SICU": 0.30}, 0.0, -0.10, 57, 0.62),
    "bleed": Reason(0.10, {"MICU": 0.70, "SICU": 0.30}, 0.0, 0.00, 65, 0.55),
    "renal": Reason(0.05, {"MICU": 0.80, "SICU": 0.20}, 0.0, 0.20, 67, 0.54),
    "ketoacidosis": Reason(0.04, {"MICU": 1.0}, 0.0, -0.20, 50, 0.49),
    "neuro": Reason(0.07, {"SICU": 0.70, "TSICU": 0.30}, 0.05, 0.15, 64, 0.52),
}
# Terrain : (fréquence à 65 ans, hausse du logit par décennie, motifs qui l'imposent). Ordres de grandeur, jugement.
CHRONIC = {
    "hypertension": (0.52, 0.40, ()),
    "diabetes": (0.25, 0.10, ("ketoacidosis",)),
    "chronic_heart_failure": (0.16, 0.45, ("heart_failure",)),
    "chronic_copd": (0.13, 0.25, ("copd",)),
    "chronic_kidney_disease": (0.13, 0.30, ()),
    "coronary_disease": (0.22, 0.40, ("coronary", "surgery")),
}
# Logit de la mort à l'hôpital. La constante rend les 11,5 % de Johnson et al. (2016) ; 0,30 par décennie est la pente
# de SAPS II (18 points de 40 à 80 ans, 0,0737 par point : Le Gall et al., 1993, lu dans mimic-code, sapsii.sql) ;
# le reste est un jugement.
DEATH = {"intercept": -2.56, "severity": 1.15, "slope": 1.2, "decade": 0.30, "neuro": 0.7, "shock": 0.5}


def draw(rng: np.random.Generator) -> pd.DataFrame:
    """Rend les admissions d'un lot : une ligne par admission que le patient atteint vivant, au moins une par patient.

    Les colonnes sont les variables cachées du générateur, en minuscules ; `patient` est le rang dans le lot, `rank`
    celui de l'admission. Toujours PATIENTS_PER_CHUNK patients : le lot ne dépend que du flux reçu.
    """
    reasons = _reasons(rng)
    admissions = pd.DataFrame(
        {
            "patient": np.repeat(np.arange(PATIENTS_PER_CHUNK), MAX_ADMISSIONS),
            "rank": np.tile(np.arange(MAX_ADMISSIONS), PATIENTS_PER_CHUNK),
            "reason": reasons.ravel(),
        }
    )
    admissions = admissions.join(_patients(reasons, rng), on="patient")
    admissions = admissions.assign(**_state(admissions, rng))
    admissions = admissions.assign(**_failures(admissions, rng))
    admissions["died"] = rng.random(len(admissions)) < death_probability(admissions)
    return admissions[_reached(admissions)].reset_index(drop=True)


def death_probability(admissions: pd.DataFrame) -> np.ndarray:
    """Probabilité de mourir à l'hôpital, de l'état caché : forme (nombre d'admissions,)."""
    return _sigmoid(
        DEATH["intercept"]
        + DEATH["severity"] * admissions["severity"]
        + DEATH["slope"] * admissions["slope"]
        + DEATH["decade"] * (admissions["age"] - 65) / 10
        + DEATH["neuro"] * admissions["neuro"]
        + DEATH["shock"] * admissions["shock"]
    ).to_numpy()


def of_reason(field: str, reasons: np.ndarray | pd.Series) -> np.ndarray:
    """La valeur d'un champ de REASONS pour chaque motif donné."""
    table = {name: getattr(reason, field) for name, reason in REASONS.items()}
    return np.array([table[name] for name in np.ravel(reasons)])


def _reasons(rng: np.random.Generator) -> np.ndarray:
    """Le motif de chaque admission possible, (patients, 4) : deux fois sur cinq, on revient pour le même."""
    shares = [reason.share for reason in REASONS.values()]
    drawn = rng.choice(list(REASONS), size=(PATIENTS_PER_CHUNK, MAX_ADMISSIONS), p=shares)
    same = rng.random(drawn.shape) < 0.4
    return np.where(same, drawn[:, :1], drawn)


def _patients(reasons: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    n = len(reasons)
    first = reasons[:, 0]
    age = np.clip(rng.normal(of_reason("age", first), 16), YOUNGEST, OLDEST)
    planned = 1 + rng.choice(MAX_ADMISSIONS, size=n, p=ADMISSIONS_SHARE)
    expected = np.where(np.arange(MAX_ADMISSIONS) < planned[:, None], reasons, "")
    columns = {"age": age, "male": rng.random(n) < of_reason("male", first), "planned": planned}
    for name, (share, per_decade, imposed_by) in CHRONIC.items():
        logit = np.log(share / (1 - share)) + per_decade * (age - 65) / 10
        columns[name] = (rng.random(n) < _sigmoid(logit)) | np.isin(expected, imposed_by).any(axis=1)
    return pd.DataFrame(columns)


def _state(admissions: pd.DataFrame, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Gravité à l'arrivée (écart-type 1 à motif égal) et pente par jour : la plupart s'améliorent."""
    n = len(admissions)
    burden = admissions[list(CHRONIC)].sum(axis=1)
    severity = rng.normal(of_reason("severity", admissions["reason"]) + 0.12 * (burden - 1.6), 1)
    return {"severity": severity, "slope": rng.normal(-0.30, 0.45, n)}


def _failures(admissions: pd.DataFrame, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Les affections de cette admission, oui ou non : motif, terrain, et défaillances que la gravité amène."""
    severity, n = admissions["severity"].to_numpy(), len(admissions)
    motive = {name: (admissions["reason"] == name).to_numpy() for name in REASONS}
    sepsis = motive["sepsis"] | (rng.random(n) < _sigmoid(1.2 * severity - 4.5))
    kidney = 1.0 * severity - 2.2 + 0.7 * sepsis + 0.8 * admissions["chronic_kidney_disease"]
    lungs = 1.3 * severity - 1.6 + 0.8 * motive["copd"] + 0.5 * sepsis
    return {
        **motive,
        "sepsis": sepsis,
        "shock": sepsis & (severity + rng.normal(0, 0.5, n) > 1.2),
        "heart_failure": motive["heart_failure"] | admissions["chronic_heart_failure"].to_numpy(),
        "copd": motive["copd"] | admissions["chronic_copd"].to_numpy(),
        "kidney_injury": motive["renal"] | (rng.random(n) < _sigmoid(kidney)),
        "respiratory_failure": rng.random(n) < _sigmoid(lungs),
    }


def _reached(admissions: pd.DataFrame) -> np.ndarray:
    """Les admissions prévues et précédées d'aucune mort."""
    died = admissions["died"].to_numpy().reshape(-1, MAX_ADMISSIONS)
    alive = np.cumsum(died, axis=1) - died == 0
    return alive.ravel() & (admissions["rank"] < admissions["planned"]).to_numpy()


def _sigmoid(logit: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-logit))
