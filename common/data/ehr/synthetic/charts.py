"""Ce qu'on note au lit du malade : CHARTEVENTS, avec ses trous et ses erreurs.

Au plus une mesure par heure et par signe, pendant les 48 premières heures de chaque séjour. Un patient grave est
mesuré plus souvent, et par un cathéter artériel : une valeur absente, ou l'ITEMID choisi, en dit déjà sur lui.
"""

import numpy as np
import pandas as pd

from common.data.ehr.synthetic import items
from common.data.ehr.synthetic.errors import spoil_chart
from common.data.ehr.synthetic.official import hadm_id, icustay_id, official, subject_id
from common.data.ehr.synthetic.physiology import HOURS, VITALS, coma, measure

CAREGIVERS = (14_000, 21_500)  # CGID
TUBE_HOURS = {"respiratory_failure": 36, "surgery": 8}  # durée d'intubation, jugement
Grid = tuple[int, np.ndarray, np.ndarray]  # ITEMID, valeurs (séjours, 48), noté ou non (séjours, 48)


def chart_events(stays: pd.DataFrame, state: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    """Rend CHARTEVENTS ; `stays` porte l'état caché de chaque séjour, `state` son cours, de forme (séjours, 48)."""
    minute = sampling_minutes(state.shape, rng)
    present = minute < stays["hours"].to_numpy()[:, None] * 60
    grids = [*_vital_grids(stays, state, rng), *_glasgow_grids(stays, state, rng)]
    rows = in_order([(itemid, values, asked & present) for itemid, values, asked in grids], minute)
    nurse = rng.integers(*CAREGIVERS, (len(stays), HOURS // 12))
    rows["cgid"] = nurse[rows["stay_row"], rows["hour"] // 12]
    rows["delay"] = rng.integers(1, 45, len(rows))
    return _table(spoil_chart(rows, rng), stays)


def sampling_minutes(shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """La minute, depuis l'entrée, où l'on note chaque heure : (séjours, 48)."""
    return np.arange(shape[1]) * 60 + rng.integers(0, 60, shape)


def in_order(grids: list[Grid], minute: np.ndarray) -> pd.DataFrame:
    """Une ligne par valeur notée (stay_row, hour, itemid, value, minute), par séjour, heure et ITEMID."""
    rows = pd.concat([_rows(*grid) for grid in grids])
    rows = rows.sort_values(["stay_row", "hour", "itemid"], kind="stable").reset_index(drop=True)
    return rows.assign(minute=minute[rows["stay_row"], rows["hour"]])


def _rows(itemid: int, values: np.ndarray, noted: np.ndarray) -> pd.DataFrame:
    stay_row, hour = np.nonzero(noted)
    return pd.DataFrame({"stay_row": stay_row, "hour": hour, "itemid": itemid, "value": values[noted]})


def _vital_grids(stays: pd.DataFrame, state: np.ndarray, rng: np.random.Generator) -> list[Grid]:
    """Les signes vitaux ; la pression et la température ont deux ITEMID chacune."""
    values = {name: measure(name, state, stays, rng) for name in VITALS}
    visited = rng.random(state.shape) < np.clip(0.55 + 0.15 * state, 0.30, 0.98)
    asked = {name: visited & (rng.random(state.shape) < 0.95) for name in VITALS}
    invasive = _arterial_line(stays, state, rng)[:, None] & (rng.random(state.shape) < 0.85)
    warm = rng.random(state.shape) < np.clip(0.22 + 0.05 * state, 0.12, 0.6)
    celsius = rng.random(state.shape) < 0.15
    return [
        (220045, values["heart_rate"], asked["heart_rate"]),
        (220050, values["systolic"], asked["systolic"] & invasive),
        (220179, values["systolic"], asked["systolic"] & ~invasive),
        (220210, values["respiratory_rate"], asked["respiratory_rate"]),
        (220277, values["saturation"], asked["saturation"]),
        (223761, np.round(values["temperature"] * 1.8 + 32, 1), warm & ~celsius),
        (223762, values["temperature"], warm & celsius),
    ]


def _arterial_line(stays: pd.DataFrame, state: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    probability = 0.25 + 0.2 * state[:, 0] + 0.6 * stays["surgery"].to_numpy()
    return rng.random(len(state)) < np.clip(probability, 0, 0.97)


def _glasgow_grids(stays: pd.DataFrame, state: np.ndarray, rng: np.random.Generator) -> list[Grid]:
    """Les trois parts du score de Glasgow, notées ensemble ; la parole d'un patient intubé vaut 0 jusqu'à `_table`."""
    lost = coma(state, stays, rng)
    asked = rng.random(state.shape) < np.clip(0.2 + 0.05 * state, 0.1, 0.6)
    tube = sum(hours * stays[name].to_numpy() for name, hours in TUBE_HOURS.items())
    verbal = np.where(np.arange(HOURS) < tube[:, None], 0, 5 - np.round(lost * 4 / 12))
    return [
        (220739, 4 - np.round(lost * 3 / 12), asked),
        (223900, verbal, asked),
        (223901, 6 - np.round(lost * 5 / 12), asked),
    ]


def _table(rows: pd.DataFrame, stays: pd.DataFrame) -> pd.DataFrame:
    at = stays.iloc[rows["stay_row"]]
    patient, rank, stay = (at[name].to_numpy() for name in ("patient", "rank", "stay"))
    charttime = at["start"].to_numpy() + rows["minute"].to_numpy().astype("timedelta64[m]")
    known = pd.array(icustay_id(patient, rank, stay), dtype="Int64")
    known[rows["lost"].to_numpy()] = pd.NA
    itemid = rows["itemid"].to_numpy()
    return official(
        "CHARTEVENTS",
        {
            "SUBJECT_ID": subject_id(patient),
            "HADM_ID": hadm_id(patient, rank),
            "ICUSTAY_ID": known,
            "ITEMID": itemid,
            "CHARTTIME": charttime,
            "STORETIME": charttime + rows["delay"].to_numpy().astype("timedelta64[m]"),
            "CGID": rows["cgid"].to_numpy(),
            "VALUE": _texts(itemid, rows["value"].to_numpy()),
            "VALUENUM": np.where(itemid == 223900, np.maximum(rows["value"], 1), rows["value"]),
            "VALUEUOM": items.chart_units(itemid),
            "WARNING": np.zeros(len(rows), dtype=int),
            "ERROR": rows["error"].to_numpy(),
        },
    )


def _texts(itemid: np.ndarray, value: np.ndarray) -> np.ndarray:
    """VALUE : le nombre, ou les mots du score de Glasgow."""
    texts = items.written(value)
    words = {220739: ("", *items.EYES), 223900: (items.INTUBATED, *items.VERBAL), 223901: ("", *items.MOTOR)}
    for item, scale in words.items():
        here = itemid == item
        texts[here] = np.array(scale, dtype=object)[value[here].astype(int)]
    return texts
