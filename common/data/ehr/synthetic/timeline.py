"""Quand : la durée des admissions et des séjours en réanimation, et le décalage de dates de chaque patient.

Les heures se tirent d'abord sur un vrai calendrier (2008 à 2012, les années de MetaVision à Boston), puis un seul
décalage par patient les emmène entre 2100 et 2200. Le jour de la semaine et la saison sont gardés, comme dans
MIMIC-III (Johnson et al., 2016) : il n'y a donc pas d'admission programmée un dimanche.
"""

import numpy as np
import pandas as pd

from common.data.ehr.synthetic.official import pick
from common.data.ehr.synthetic.population import REASONS, of_reason

EPOCH = np.datetime64("2008-01-07", "s")  # un lundi
LAST_ENTRY_DAYS = 4 * 365
SHIFT_YEARS = (100, 176)
DAY, HOUR = 24 * 60, 60  # en minutes
IN_ICU_DEATHS = 0.74  # 8,5 % de morts en réanimation pour 11,5 % à l'hôpital (Johnson et al., 2016)
OLD = 75  # ans
SECOND_STAY = 0.075  # 53 423 séjours pour 49 785 admissions d'adultes (même source)


def shift_days(num_patients: int, rng: np.random.Generator) -> np.ndarray:
    """Le décalage de chaque patient, en jours : un nombre entier de semaines, à moins de quatre jours d'années rondes.

    Forme (num_patients,). Le jour de la semaine est gardé exactement, la saison à quatre jours près.
    """
    years = rng.integers(*SHIFT_YEARS, num_patients)
    return 7 * np.rint(years * 365.2425 / 7).astype(np.int64)


def draw(admissions: pd.DataFrame, rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rend (admissions, séjours en réanimation) datés : colonnes `start` et `end`, datetime64[s], déjà décalées."""
    admissions = admissions.assign(**_durations(admissions, rng))
    num_patients = admissions["patient"].max() + 1
    entry = rng.integers(0, LAST_ENTRY_DAYS, num_patients)
    shift = shift_days(num_patients, rng)
    admissions["start"] = _starts(admissions, entry, rng) + _minutes(shift[admissions["patient"]] * DAY)
    admissions["end"] = admissions["start"] + _minutes(admissions["total"])
    admissions["age"] += _years_since_first(admissions)
    admissions["old"] = admissions["age"] >= OLD
    return admissions, _stays(admissions, rng)


def _durations(admissions: pd.DataFrame, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Les morceaux d'une admission, en minutes : avant la réanimation, séjours, salle ; et leur total.

    Médianes visées : 2,1 jours en réanimation (Q1–Q3 1,2–4,6), 6,9 à l'hôpital (4,1–11,9), Johnson et al. (2016).
    """
    n = len(admissions)
    elective = rng.random(n) < of_reason("elective", admissions["reason"])
    in_icu = admissions["died"].to_numpy() & (rng.random(n) < IN_ICU_DEATHS)
    second = rng.random(n) < SECOND_STAY
    on_ward_first = ~elective & (rng.random(n) < 0.2)
    before = np.where(on_ward_first, _lognormal(1.5 * DAY, 0.7, n, rng), rng.uniform(1 * HOUR, 7 * HOUR, n))
    long = np.exp(0.15 * admissions["severity"].to_numpy())
    pieces = {
        "before": before,
        "icu_1": np.clip(long * _lognormal(2.1 * DAY, 0.95, n, rng), 4 * HOUR, 60 * DAY),
        "between": np.where(second, _lognormal(1.5 * DAY, 0.6, n, rng), 0),
        "icu_2": np.where(second, np.clip(_lognormal(2 * DAY, 0.9, n, rng), 4 * HOUR, 30 * DAY), 0),
        "after": np.where(in_icu, 0, np.clip(_lognormal(3.6 * DAY, 0.85, n, rng), 6 * HOUR, 60 * DAY)),
    }
    pieces = {name: values.astype(np.int64) for name, values in pieces.items()}
    return {"elective": elective, "in_icu": in_icu, **pieces, "total": sum(pieces.values())}


def _starts(admissions: pd.DataFrame, entry: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """L'heure d'arrivée sur le vrai calendrier : la première, puis huit jours au moins après chaque sortie."""
    n, elective = len(admissions), admissions["elective"].to_numpy()
    step = admissions["total"] // DAY + np.clip(_lognormal(90, 1.1, n, rng), 8, 700).astype(np.int64)
    day = entry[admissions["patient"]] + (step.groupby(admissions["patient"]).cumsum() - step).to_numpy()
    weekend = elective & (day % 7 >= 5)
    day = np.where(weekend, day + 7 - day % 7, day)
    minute = np.where(elective, rng.integers(6 * HOUR, 9 * HOUR, n), rng.integers(0, DAY, n))
    return EPOCH + _minutes(day * DAY + minute)


def _years_since_first(admissions: pd.DataFrame) -> np.ndarray:
    first = admissions.groupby("patient")["start"].transform("first")
    return ((admissions["start"] - first).dt.total_seconds() / (365.25 * 86_400)).to_numpy()


def _stays(admissions: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Une ligne par séjour ; `admission` est la ligne de l'admission, `fatal` dit que le patient y meurt."""
    pieces = admissions[["before", "icu_1", "between", "icu_2"]].to_numpy().cumsum(axis=1)
    unit = _units(admissions["reason"].to_numpy(), rng)
    stays = pd.concat(
        pd.DataFrame({"admission": admissions.index, "stay": stay, "enter": enter, "leave": leave, "unit": unit})
        for stay, (enter, leave) in enumerate([pieces[:, :2].T, pieces[:, 2:].T])
    )
    stays = stays[stays["leave"] > stays["enter"]].sort_values(["admission", "stay"]).reset_index(drop=True)
    start = admissions["start"].to_numpy()[stays["admission"]]
    last = ~stays["admission"].duplicated(keep="last")
    return stays.assign(
        start=start + _minutes(stays["enter"]),
        end=start + _minutes(stays["leave"]),
        hours=(stays["leave"] - stays["enter"]) / HOUR,
        fatal=last & admissions["in_icu"].to_numpy()[stays["admission"]],
        last_unit=np.where(rng.random(len(stays)) < 0.05, "MICU", stays["unit"]),
    )


def _units(reasons: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    drawn = {name: pick(reason.units, len(reasons), rng) for name, reason in REASONS.items()}
    return np.select([reasons == name for name in drawn], list(drawn.values()), default="MICU")


def _lognormal(median: float, sigma: float, size: int, rng: np.random.Generator) -> np.ndarray:
    return np.exp(rng.normal(np.log(median), sigma, size))


def _minutes(count: np.ndarray | pd.Series) -> np.ndarray:
    return (np.asarray(count, dtype=np.int64) * 60).astype("timedelta64[s]")
