"""NOTEEVENTS : un compte rendu de sortie par admission, en anglais, écrit avec les faits des autres tables.

Les identifiants y sont déjà remplacés par les repères de MIMIC-III, « [**Hospital1 18**] » ; les dates y sont les dates
décalées. Un seul modèle de texte : ces notes apprennent à lire et à joindre, pas à juger un modèle de langue.
"""

import numpy as np
import pandas as pd

from common.data.ehr.synthetic import items
from common.data.ehr.synthetic.codes import CHRONIC_CODES, DIAGNOSES
from common.data.ehr.synthetic.official import official
from common.data.ehr.synthetic.physiology import VITALS

TITLES = {diagnosis.code: diagnosis.long for diagnosis in DIAGNOSES}
SERVICE = {
    **dict.fromkeys(("sepsis", "copd", "bleed", "renal", "ketoacidosis"), "MEDICINE"),
    **{"heart_failure": "CARDIOLOGY", "coronary": "CARDIOLOGY", "surgery": "CARDIOTHORACIC"},
    **{"trauma": "TRAUMA", "neuro": "NEUROSURGERY"},
}
STORY = {
    "sepsis": (
        "fever and confusion",
        "two days of fever, chills and poor oral intake",
        "treated with broad antibiotics",
    ),
    "copd": ("shortness of breath", "three days of cough and worsening dyspnea", "given steroids and nebulizers"),
    "heart_failure": ("dyspnea", "orthopnea and leg swelling over a week", "diuresed with improvement of edema"),
    "coronary": (
        "chest pain",
        "substernal chest pain at rest",
        "started on a heparin drip and taken for catheterization",
    ),
    "surgery": ("exertional angina", "multivessel coronary disease", "taken to the operating room for bypass grafting"),
    "trauma": ("s/p fall", "a fall from standing with loss of consciousness", "followed with serial head CT"),
    "bleed": ("melena", "black stools and lightheadedness", "given a pantoprazole drip and underwent endoscopy"),
    "renal": ("decreased urine output", "a rising creatinine on outpatient labs", "given fluids, with renal consult"),
    "ketoacidosis": ("nausea and vomiting", "missed insulin doses and polyuria", "treated with an insulin drip"),
    "neuro": (
        "headache and weakness",
        "sudden headache and right-sided weakness",
        "monitored with hourly neuro checks",
    ),
}
CHART_NAMES = {220045: "HR", 220050: "SBP", 220179: "SBP", 220210: "RR", 220277: "SpO2"}
CHART_SIGNALS = {"HR": "heart_rate", "SBP": "systolic", "RR": "respiratory_rate", "SpO2": "saturation"}
LAB_NAMES = {
    "leukocytes": "WBC", "hemoglobin": "Hgb", "platelets": "Plt Ct", "glucose": "Glucose", "urea": "UreaN",
    "creatinine": "Creat", "sodium": "Na", "potassium": "K", "bicarbonate": "HCO3", "lactate": "Lactate",
    "bilirubin": "TotBili",
}  # fmt: skip

TEMPLATE = """\
Admission Date:  {admitted}              Discharge Date:   {left}

Date of Birth:  {born}             Sex:   {sex}

Service: {service}

Allergies:
No Known Allergies / Adverse Drug Reactions

Attending:[**First Name3 (LF) {number}**]
Chief Complaint:
{complaint}

History of Present Illness:
{title} [**Known lastname {number}**] is a {age} year old {person} who presented{arrival} with
{history}. Outpatient records were requested from
Dr. [**Last Name (STitle) {other}**] at [**Hospital1 18**] ([**Telephone/Fax (1) {number}**]).

Past Medical History:
{past}

Social History:
{marital}. Lives in [**Location (un) {other}**].

Physical Exam:
First vital signs in the ICU: {vitals}

Pertinent Results (first in the ICU):
{labs}

Brief Hospital Course:
The patient was admitted to the {unit} for {days:.1f} days and was {treatment}.
{outcome}

Discharge Medications:
{drugs}

Discharge Disposition:
{disposition}

Discharge Diagnosis:
{diagnoses}

Followup Instructions:
{followup}
"""


def notes(tables: dict[str, pd.DataFrame], reasons: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    """Rend NOTEEVENTS ; `tables` : les autres tables du lot, `reasons` : le motif de chaque ligne d'ADMISSIONS."""
    admissions = tables["ADMISSIONS"].merge(tables["PATIENTS"][["SUBJECT_ID", "GENDER", "DOB"]], on="SUBJECT_ID")
    admissions = admissions.assign(reason=reasons, number=rng.integers(1000, 9999, len(admissions)))
    facts = {name: gather(tables) for name, gather in FACTS.items()}
    texts = [
        _text(row, {name: fact.get(row.HADM_ID) for name, fact in facts.items()}) for row in admissions.itertuples()
    ]
    return official(
        "NOTEEVENTS",
        {
            "SUBJECT_ID": admissions["SUBJECT_ID"].array,
            "HADM_ID": admissions["HADM_ID"].array,
            "CHARTDATE": admissions["DISCHTIME"].dt.normalize().to_numpy(),
            "CATEGORY": ["Discharge summary"] * len(admissions),
            "DESCRIPTION": ["Report"] * len(admissions),
            "TEXT": texts,
        },
    )


def _text(row: tuple, facts: dict) -> str:
    complaint, history, treatment = STORY[row.reason]
    titles = [TITLES[code] for code in facts["diagnoses"]]
    unit, days = facts["unit"]
    return TEMPLATE.format(
        **{"admitted": placeholder(row.ADMITTIME), "left": placeholder(row.DISCHTIME), "born": placeholder(row.DOB)},
        **{"sex": row.GENDER, "person": "man" if row.GENDER == "M" else "woman"},
        **{"title": "Mr." if row.GENDER == "M" else "Ms.", "age": spoken_age(row.DOB, row.ADMITTIME)},
        **{"service": SERVICE[row.reason], "complaint": complaint, "history": history, "treatment": treatment},
        **{"number": row.number, "other": row.number // 7, "marital": _spoken(row.MARITAL_STATUS)},
        arrival="" if pd.isna(row.EDREGTIME) else " in the emergency department",
        past="\n".join(TITLES[code] for code in facts["diagnoses"] if code in CHRONIC_CODES) or "None",
        vitals=", ".join(facts["vitals"] or ["not recorded"]),
        labs="BLOOD " + " ".join(facts["labs"] or ["pending"]),
        **{"unit": unit, "days": days, "diagnoses": "\n".join(titles[:3])},
        **_outcome(row, facts["drugs"] or ["None"]),
    )


def _outcome(row: tuple, drugs: list[str]) -> dict[str, str]:
    """La fin du compte rendu : un mort n'a ni ordonnance de sortie, ni rendez-vous."""
    if row.HOSPITAL_EXPIRE_FLAG == 1:
        expired = f"The patient expired on {placeholder(row.DEATHTIME)}."
        return {"outcome": expired, "drugs": "None", "disposition": "Expired", "followup": "None"}
    numbered = [f"{rank}. {drug}" for rank, drug in enumerate(dict.fromkeys(drugs), start=1)]
    return {
        "outcome": "The patient improved and was transferred to the floor.",
        "drugs": "\n".join(numbered),
        "disposition": row.DISCHARGE_LOCATION.capitalize(),
        "followup": f"With Dr. [**Last Name (STitle) {row.number // 7}**] in two weeks.",
    }


def placeholder(moment: pd.Timestamp) -> str:
    """Une date telle que MIMIC-III l'écrit dans ses notes : « [**2151-7-16**] »."""
    return f"[**{moment.year}-{moment.month}-{moment.day}**]"


def spoken_age(born: pd.Timestamp, admitted: pd.Timestamp) -> str:
    """L'âge en années révolues ; « [**Age over 90 **] » au-delà de 89 ans."""
    years = admitted.year - born.year - ((admitted.month, admitted.day) < (born.month, born.day))
    return str(years) if years < 90 else "[**Age over 90 **]"


def _spoken(marital: str | float) -> str:
    return "Marital status unknown" if pd.isna(marital) else marital.capitalize()


def _drugs(tables: dict[str, pd.DataFrame]) -> dict[int, list[str]]:
    """Ce que le patient prend encore chez lui : ni perfusion, ni injection intraveineuse."""
    rows = tables["PRESCRIPTIONS"]
    rows = rows[~rows["ROUTE"].str.startswith("IV")]
    line = rows["DRUG"] + " " + rows["DOSE_VAL_RX"] + " " + rows["DOSE_UNIT_RX"] + " " + rows["ROUTE"]
    return _gather(rows["HADM_ID"], line)


def _diagnoses(tables: dict[str, pd.DataFrame]) -> dict[int, list[str]]:
    return _gather(tables["DIAGNOSES_ICD"]["HADM_ID"], tables["DIAGNOSES_ICD"]["ICD9_CODE"])


def _vitals(tables: dict[str, pd.DataFrame]) -> dict[int, list[str]]:
    """Le premier relevé plausible de chaque signe : un médecin ne recopie pas un zéro."""
    rows = tables["CHARTEVENTS"].assign(name=lambda table: table["ITEMID"].map(CHART_NAMES)).dropna(subset="name")
    low, high = (rows["name"].map({k: VITALS[v].bounds[side] for k, v in CHART_SIGNALS.items()}) for side in (0, 1))
    return _first_of_each(rows[rows["VALUENUM"].between(low, high)], " ")


def _labs(tables: dict[str, pd.DataFrame]) -> dict[int, list[str]]:
    names = {items.LAB_ITEMS[signal][0]: name for signal, name in LAB_NAMES.items()}
    rows = tables["LABEVENTS"].assign(name=lambda table: table["ITEMID"].map(names))
    return _first_of_each(rows.dropna(subset=["HADM_ID", "VALUENUM"]), "-")


def _first_of_each(rows: pd.DataFrame, link: str) -> dict[int, list[str]]:
    first = rows.drop_duplicates(["HADM_ID", "name"])
    return _gather(first["HADM_ID"], first["name"] + link + first["VALUE"])


def _unit(tables: dict[str, pd.DataFrame]) -> dict[int, tuple[str, float]]:
    first = tables["ICUSTAYS"].drop_duplicates("HADM_ID")
    return dict(zip(first["HADM_ID"], zip(first["FIRST_CAREUNIT"], first["LOS"], strict=True), strict=True))


def _gather(hadm_id: pd.Series, lines: pd.Series) -> dict[int, list[str]]:
    gathered: dict[int, list[str]] = {}
    for admission, line in zip(hadm_id, lines, strict=True):
        gathered.setdefault(admission, []).append(line)
    return gathered


FACTS = {"drugs": _drugs, "diagnoses": _diagnoses, "vitals": _vitals, "labs": _labs, "unit": _unit}
