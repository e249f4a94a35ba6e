"""Ce qu'on code et ce qu'on prescrit : DIAGNOSES_ICD et PRESCRIPTIONS, d'après les affections de l'admission."""

import numpy as np
import pandas as pd

from common.data.ehr.synthetic.codes import DIAGNOSES, DRUGS, Diagnosis, Drug
from common.data.ehr.synthetic.official import hadm_id, icustay_id, official, subject_id

PRINCIPAL = {
    **{"sepsis": "0389", "copd": "49121", "heart_failure": "4280", "coronary": "41071", "surgery": "41401"},
    **{"trauma": "85220", "bleed": "5789", "renal": "5849", "ketoacidosis": "25010", "neuro": "431"},
}


def diagnoses(admissions: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Rend DIAGNOSES_ICD : le diagnostic principal (SEQ_NUM = 1) est celui du motif, les autres suivent."""
    codes = np.array([diagnosis.code for diagnosis in DIAGNOSES])
    principal = admissions["reason"].map(PRINCIPAL).to_numpy()[:, None] == codes
    admission, code = np.nonzero(_written(DIAGNOSES, admissions, rng) | principal)
    order = np.lexsort((code, ~principal[admission, code], admission))
    rows = pd.DataFrame({"admission": admission[order], "code": codes[code[order]]})
    at = admissions.iloc[rows["admission"]]
    return official(
        "DIAGNOSES_ICD",
        {
            "SUBJECT_ID": subject_id(at["patient"]),
            "HADM_ID": hadm_id(at["patient"], at["rank"]),
            "SEQ_NUM": rows.groupby("admission").cumcount().to_numpy() + 1,
            "ICD9_CODE": rows["code"].to_numpy(),
        },
    )


def prescriptions(admissions: pd.DataFrame, stays: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Rend PRESCRIPTIONS : dates au jour près, entre admission et sortie ; ICUSTAY_ID si l'on est alors en séjour."""
    admission, drug = np.nonzero(_written(DRUGS, admissions, rng))
    at = admissions.iloc[admission]
    lasts = (at["end"].dt.normalize() - at["start"].dt.normalize()).dt.days.to_numpy()
    first = np.minimum(rng.geometric(0.6, len(at)) - 1, lasts)
    until = np.minimum(first + rng.geometric(0.3, len(at)), lasts)
    day = at["start"].dt.normalize().to_numpy()
    start = day + first.astype("timedelta64[D]")
    return official(
        "PRESCRIPTIONS",
        {
            "SUBJECT_ID": subject_id(at["patient"]),
            "HADM_ID": hadm_id(at["patient"], at["rank"]),
            "ICUSTAY_ID": _stay_on(start, at, stays, admission),
            "STARTDATE": start,
            "ENDDATE": day + until.astype("timedelta64[D]"),
            **_drug_columns(drug),
        },
    )


def _written(entries: tuple[Diagnosis | Drug, ...], admissions: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """Ce qu'on écrit pour chaque admission : (admissions, entrées), vrai si l'affection est là et le sort le veut."""
    present = {
        "anyone": np.ones(len(admissions), dtype=bool),
        "copd_admission": (admissions["reason"] == "copd").to_numpy(),
    }
    there = [present.get(entry.condition, admissions.get(entry.condition)) for entry in entries]
    shares = np.array([entry.share for entry in entries])
    return np.column_stack(there) & (rng.random((len(admissions), len(entries))) < shares)


def _stay_on(start: np.ndarray, at: pd.DataFrame, stays: pd.DataFrame, admission: np.ndarray) -> pd.Series:
    """L'ICUSTAY_ID du premier séjour s'il couvre le jour de début, sinon vide."""
    first = stays[stays["stay"] == 0].set_index("admission").loc[admission]
    enter, leave = (first[name].dt.normalize().to_numpy() for name in ("start", "end"))
    known = pd.Series(icustay_id(at["patient"], at["rank"], 0), dtype="Int64")
    return known.where((start >= enter) & (start <= leave))


def _drug_columns(drug: np.ndarray) -> dict[str, np.ndarray]:
    names = {
        **{"DRUG": "name", "DRUG_NAME_POE": "name", "DRUG_NAME_GENERIC": "name", "PROD_STRENGTH": "strength"},
        **{"DOSE_VAL_RX": "dose", "DOSE_UNIT_RX": "unit", "FORM_UNIT_DISP": "form", "ROUTE": "route"},
    }
    columns = {
        column: np.array([getattr(entry, field) for entry in DRUGS], dtype=object)[drug]
        for column, field in names.items()
    }
    return {"DRUG_TYPE": ["MAIN"] * len(drug), "FORM_VAL_DISP": ["1"] * len(drug), **columns}
