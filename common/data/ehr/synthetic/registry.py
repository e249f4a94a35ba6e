"""Les tables qui disent qui et quand : PATIENTS, ADMISSIONS et ICUSTAYS.

Les chaînes sont celles de MIMIC-III ; leurs parts sont arrondies de mémoire. L'origine et la religion ne changent ni
la gravité, ni les mesures, ni la mort : un écart entre groupes trouvé ici est un hasard, ou un effet de l'âge.
"""

import numpy as np
import pandas as pd

from common.data.ehr.synthetic.official import hadm_id, icustay_id, official, pick, subject_id

TOP_AGE = 90  # à partir de 90 ans, la naissance est cachée
HIDDEN_YEARS = 300
WARDS = {"CCU": 7, "CSRU": 14, "MICU": 50, "SICU": 33, "TSICU": 57}  # numéros de salle, inventés

ETHNICITY = {
    **{"WHITE": 0.70, "BLACK/AFRICAN AMERICAN": 0.09, "UNKNOWN/NOT SPECIFIED": 0.08, "HISPANIC OR LATINO": 0.035},
    **{"ASIAN": 0.026, "OTHER": 0.026, "UNABLE TO OBTAIN": 0.015, "ASIAN - CHINESE": 0.006, "WHITE - RUSSIAN": 0.005},
    **{"HISPANIC/LATINO - PUERTO RICAN": 0.005, "BLACK/CAPE VERDEAN": 0.004, "PORTUGUESE": 0.002},
}
RELIGION = {
    **{"CATHOLIC": 0.36, "NOT SPECIFIED": 0.20, "UNOBTAINABLE": 0.14, "PROTESTANT QUAKER": 0.12, "JEWISH": 0.09},
    **{"OTHER": 0.05, "EPISCOPALIAN": 0.013, "GREEK ORTHODOX": 0.008, "MUSLIM": 0.005, "BUDDHIST": 0.004, None: 0.01},
}
LANGUAGE = {"ENGL": 0.80, None: 0.09, "SPAN": 0.03, "RUSS": 0.03, "PTUN": 0.02, "CANT": 0.015, "HAIT": 0.01}
MARITAL = {"MARRIED": 0.47, "SINGLE": 0.26, "WIDOWED": 0.14, "DIVORCED": 0.07, "SEPARATED": 0.01, None: 0.05}
INSURANCE_AFTER_65 = {"Medicare": 0.88, "Private": 0.10, "Medicaid": 0.015, "Self Pay": 0.005}
INSURANCE = {"Private": 0.58, "Medicare": 0.18, "Medicaid": 0.16, "Government": 0.05, "Self Pay": 0.03}
EMERGENCY_FROM = {
    **{"EMERGENCY ROOM ADMIT": 0.58, "TRANSFER FROM HOSP/EXTRAM": 0.20, "CLINIC REFERRAL/PREMATURE": 0.19},
    **{"TRANSFER FROM SKILLED NUR": 0.03},
}
DESTINATION = {
    **{"HOME HEALTH CARE": 0.29, "HOME": 0.27, "SNF": 0.19, "REHAB/DISTINCT PART HOSP": 0.17},
    **{"LONG TERM CARE HOSPITAL": 0.05, "HOSPICE-HOME": 0.015, "LEFT AGAINST MEDICAL ADVI": 0.01},
}
DIAGNOSIS = {
    "sepsis": "SEPSIS",
    "copd": "CHRONIC OBST PULM DISEASE",
    "heart_failure": "CONGESTIVE HEART FAILURE",
    "coronary": "CHEST PAIN",
    "surgery": "CORONARY ARTERY DISEASE\\CORONARY ARTERY BYPASS GRAFT /SDA",
    "trauma": "S/P FALL",
    "bleed": "UPPER GI BLEED",
    "renal": "ACUTE RENAL FAILURE",
    "ketoacidosis": "DIABETIC KETOACIDOSIS",
    "neuro": "INTRACRANIAL HEMORRHAGE",
}


def tables(admissions: pd.DataFrame, stays: pd.DataFrame, rng: np.random.Generator) -> dict[str, pd.DataFrame]:
    """Rend PATIENTS, ADMISSIONS et ICUSTAYS ; `admissions.patient` est ici le rang du patient parmi tous."""
    return {
        "PATIENTS": _patients(admissions, rng),
        "ADMISSIONS": _admissions(admissions, rng),
        "ICUSTAYS": _icustays(admissions, stays),
    }


def birth_date(first_start: pd.Series, last_start: pd.Series, first_age: np.ndarray) -> pd.Series:
    """La DOB publiée, à minuit : la vraie, ou exactement 300 ans avant la première admission au-delà de 89 ans.

    `first_start`, `last_start` : début de la première et de la dernière admission de chaque patient ; `first_age` : son
    âge en années à la première. C'est l'âge révolu à la dernière qui décide. Source : documentation de MIMIC-III,
    table PATIENTS (https://mimic.mit.edu/docs/iii/tables/patients/).
    """
    lived = pd.Series(np.asarray(first_age) * 365.25 * 86_400, index=first_start.index).astype("timedelta64[s]")
    born = (first_start - lived).dt.normalize()
    hidden = (first_start - pd.DateOffset(years=HIDDEN_YEARS)).dt.normalize()
    return born.where(born + pd.DateOffset(years=TOP_AGE) > last_start, hidden)


def _patients(admissions: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    by_patient = admissions.groupby("patient")
    first, last = by_patient.first(), by_patient.last()
    in_hospital = last["died"].to_numpy()
    at_hospital = np.where(in_hospital, last["end"].dt.normalize(), np.datetime64("NaT")).astype("datetime64[s]")
    later = _death_after_discharge(last, rng)
    known_to_state = in_hospital & (rng.random(len(last)) < 0.75)
    social_security = np.where(known_to_state, at_hospital, later)
    return official(
        "PATIENTS",
        {
            "SUBJECT_ID": subject_id(first.index),
            "GENDER": np.where(first["male"], "M", "F"),
            "DOB": birth_date(first["start"], last["start"], first["age"]),
            "DOD": np.where(in_hospital, at_hospital, later),
            "DOD_HOSP": at_hospital,
            "DOD_SSN": social_security,
            "EXPIRE_FLAG": (in_hospital | ~np.isnat(later)).astype(int),
        },
    )


def _death_after_discharge(last: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """Le jour de mort des patients sortis vivants, ou NaT : un sur quatre à 65 ans dans les quatre ans (jugement)."""
    n = len(last)
    probability = 1 / (1 + np.exp(-(-1.1 + 0.5 * (last["age"].to_numpy() - 65) / 10)))
    days = np.ceil(np.minimum(rng.exponential(400, n), 4 * 365)).astype("timedelta64[D]")
    dies = (rng.random(n) < probability) & ~last["died"].to_numpy()
    day = last["end"].dt.normalize().to_numpy() + days.astype("timedelta64[s]")
    return np.where(dies, day, np.datetime64("NaT")).astype("datetime64[s]")


def _admissions(admissions: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    n, died = len(admissions), admissions["died"].to_numpy()
    elective = admissions["elective"].to_numpy()
    origin = np.where(elective, "PHYS REFERRAL/NORMAL DELI", pick(EMERGENCY_FROM, n, rng))
    return official(
        "ADMISSIONS",
        {
            "SUBJECT_ID": subject_id(admissions["patient"]),
            "HADM_ID": hadm_id(admissions["patient"], admissions["rank"]),
            "ADMITTIME": admissions["start"].to_numpy(),
            "DISCHTIME": admissions["end"].to_numpy(),
            "DEATHTIME": np.where(died, admissions["end"], np.datetime64("NaT")).astype("datetime64[s]"),
            "ADMISSION_TYPE": np.where(elective, "ELECTIVE", pick({"EMERGENCY": 0.97, "URGENT": 0.03}, n, rng)),
            "ADMISSION_LOCATION": origin,
            "DISCHARGE_LOCATION": np.where(died, "DEAD/EXPIRED", pick(DESTINATION, n, rng)),
            "DIAGNOSIS": [DIAGNOSIS[reason] for reason in admissions["reason"]],
            "HOSPITAL_EXPIRE_FLAG": died.astype(int),
            "HAS_CHARTEVENTS_DATA": np.ones(n, dtype=int),
            **_emergency_room(admissions["start"].to_numpy(), origin == "EMERGENCY ROOM ADMIT", rng),
            **_identity(admissions, rng),
        },
    )


def _emergency_room(start: np.ndarray, came: np.ndarray, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Entrée aux urgences avant l'admission, sortie peu après ; vide pour qui n'y est pas passé."""
    minutes = rng.integers([[120], [5]], [[600], [90]], (2, len(start))) * 60
    waited, stayed = minutes.astype("timedelta64[s]")
    never = np.datetime64("NaT", "s")
    return {"EDREGTIME": np.where(came, start - waited, never), "EDOUTTIME": np.where(came, start + stayed, never)}


def _identity(admissions: pd.DataFrame, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Ce que le patient déclare ; le même à chaque admission, sauf l'assurance qui change à 65 ans."""
    n = admissions["patient"].max() - admissions["patient"].min() + 1
    who = (admissions["patient"] - admissions["patient"].min()).to_numpy()
    old, young = pick(INSURANCE_AFTER_65, n, rng)[who], pick(INSURANCE, n, rng)[who]
    declared = {"ETHNICITY": ETHNICITY, "RELIGION": RELIGION, "LANGUAGE": LANGUAGE, "MARITAL_STATUS": MARITAL}
    columns = {name: pick(options, n, rng)[who] for name, options in declared.items()}
    return {"INSURANCE": np.where(admissions["age"] >= 65, old, young), **columns}


def _icustays(admissions: pd.DataFrame, stays: pd.DataFrame) -> pd.DataFrame:
    patient, rank = (admissions[name].to_numpy()[stays["admission"]] for name in ("patient", "rank"))
    return official(
        "ICUSTAYS",
        {
            "SUBJECT_ID": subject_id(patient),
            "HADM_ID": hadm_id(patient, rank),
            "ICUSTAY_ID": icustay_id(patient, rank, stays["stay"]),
            "DBSOURCE": ["metavision"] * len(stays),
            "FIRST_CAREUNIT": stays["unit"].to_numpy(),
            "LAST_CAREUNIT": stays["last_unit"].to_numpy(),
            "FIRST_WARDID": stays["unit"].map(WARDS).to_numpy(),
            "LAST_WARDID": stays["last_unit"].map(WARDS).to_numpy(),
            "INTIME": stays["start"].to_numpy(),
            "OUTTIME": stays["end"].to_numpy(),
            "LOS": (stays["end"] - stays["start"]).dt.total_seconds().to_numpy().round(0) / 86_400,
        },
    )
