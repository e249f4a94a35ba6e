"""Ce que rend le laboratoire : LABEVENTS.

Un bilan à l'entrée en réanimation, puis un ou deux par jour, trois et plus quand l'état est grave, pendant 48 heures.
Le lactate ne se dose que si l'on s'inquiète : son absence rassure. Un patient sur six a aussi un bilan de ville, sans
HADM_ID, comme dans MIMIC-III. LABEVENTS n'a pas d'ICUSTAY_ID : il faut joindre par les dates.
"""

import numpy as np
import pandas as pd

from common.data.ehr.synthetic import items
from common.data.ehr.synthetic.charts import in_order, sampling_minutes
from common.data.ehr.synthetic.errors import ANOMALIES
from common.data.ehr.synthetic.official import hadm_id, official, subject_id
from common.data.ehr.synthetic.physiology import LABS, measure

ROUTINE = 0.93  # part des prélèvements où une analyse ordinaire est demandée
OUTPATIENT = 1 / 6
OUTPATIENT_LABS = ("creatinine", "urea", "glucose", "sodium", "potassium", "hemoglobin")
ACUTE = (
    "sepsis",
    "shock",
    "kidney_injury",
    "respiratory_failure",
    "surgery",
    "neuro",
    "trauma",
    "bleed",
    "ketoacidosis",
)
LAB_TEXT = "ERROR"


def lab_events(stays: pd.DataFrame, state: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    """Rend LABEVENTS ; `stays` porte l'état caché de chaque séjour, `state` son cours, de forme (séjours, 48)."""
    minute = sampling_minutes(state.shape, rng)
    drawn = rng.random(state.shape) < np.clip(0.06 + 0.035 * state, 0.03, 0.25)
    drawn[:, 0] = True
    drawn &= minute < stays["hours"].to_numpy()[:, None] * 60
    grids = []
    for name in LABS:
        asked = rng.random(state.shape) < _asked(name, stays, state)
        grids.append((items.LAB_ITEMS[name][0], measure(name, state, stays, rng), drawn & asked))
    hospital = in_order(grids, minute).assign(hospital=True)
    rows = pd.concat([_outpatient(stays, rng), hospital]).sort_values("stay_row", kind="stable")
    return _table(rows, stays, rng)


def _asked(name: str, stays: pd.DataFrame, state: np.ndarray) -> np.ndarray:
    """La probabilité que l'analyse soit demandée dans un prélèvement, de la forme de `state`."""
    if name == "lactate":
        return np.clip(0.20 + 0.2 * state + 0.35 * stays["sepsis"].to_numpy()[:, None], 0.04, 0.97)
    if name == "bilirubin":
        return np.clip(0.20 + 0.12 * state, 0.08, 0.80)
    return np.full(state.shape, ROUTINE)


def _outpatient(stays: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Un bilan de ville, de 7 à 60 jours avant la première admission, chez un patient qui va encore bien."""
    chosen = (stays["rank"] + stays["stay"] == 0).to_numpy() & (rng.random(len(stays)) < OUTPATIENT)
    well = stays.assign(**dict.fromkeys(ACUTE, False))
    days_before = rng.integers(7, 61, (len(stays), 1))
    grids = []
    for name in OUTPATIENT_LABS:
        values = measure(name, np.full((len(stays), 1), -1.0), well, rng)
        grids.append((items.LAB_ITEMS[name][0], values, chosen[:, None]))
    return in_order(grids, -days_before * 24 * 60).assign(hospital=False)


def _table(rows: pd.DataFrame, stays: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    at = stays.iloc[rows["stay_row"]]
    hadm = pd.array(hadm_id(at["patient"], at["rank"]), dtype="Int64")
    hadm[~rows["hospital"].to_numpy()] = pd.NA
    itemid, value = rows["itemid"].to_numpy(), rows["value"].to_numpy()
    failed = rng.random(len(rows)) < ANOMALIES["lab_text"]
    return official(
        "LABEVENTS",
        {
            "SUBJECT_ID": subject_id(at["patient"]),
            "HADM_ID": hadm,
            "ITEMID": itemid,
            "CHARTTIME": at["start"].to_numpy() + rows["minute"].to_numpy().astype("timedelta64[m]"),
            "VALUE": np.where(failed, LAB_TEXT, items.written(value)),
            "VALUENUM": np.where(failed, np.nan, value),
            "VALUEUOM": items.lab_units(itemid),
            "FLAG": np.where(_abnormal(itemid, value) & ~failed, "abnormal", None),
        },
    )


def _abnormal(itemid: np.ndarray, value: np.ndarray) -> np.ndarray:
    limits = pd.DataFrame(
        [row[5] for row in items.LAB_ITEMS.values()], index=[row[0] for row in items.LAB_ITEMS.values()]
    )
    low, high = limits.loc[itemid].to_numpy().T
    return (value < low) | (value > high)
