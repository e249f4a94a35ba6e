"""Les dictionnaires D_ITEMS et D_LABITEMS, réduits à ce que le générateur écrit : vrais ITEMID, noms et unités.

ITEMID : mimic-code, concepts/pivot/pivoted_vital.sql, pivoted_lab.sql et firstday/gcs_first_day.sql. Libellés,
abréviations et codes LOINC : fichiers D_ITEMS et D_LABITEMS de la v1.4, de mémoire hormis ceux que cite mimic-code.
"""

import numpy as np
import pandas as pd

from common.data.ehr.synthetic.official import official

# ITEMID : (libellé, abréviation, catégorie, unité de D_ITEMS et de CHARTEVENTS, type)
CHART_ITEMS = {
    220045: ("Heart Rate", "HR", "Routine Vital Signs", "bpm", "Numeric"),
    220050: ("Arterial Blood Pressure systolic", "ABPs", "Routine Vital Signs", "mmHg", "Numeric"),
    220179: ("Non Invasive Blood Pressure systolic", "NBPs", "Routine Vital Signs", "mmHg", "Numeric"),
    220210: ("Respiratory Rate", "RR", "Respiratory", "insp/min", "Numeric"),
    220277: ("O2 saturation pulseoxymetry", "SpO2", "Respiratory", "%", "Numeric"),
    220739: ("GCS - Eye Opening", "Eye Opening", "Neurological", None, "Text"),
    223761: ("Temperature Fahrenheit", "Temperature F", "Routine Vital Signs", "?F", "Numeric"),
    223762: ("Temperature Celsius", "Temperature C", "Routine Vital Signs", "?C", "Numeric"),
    223900: ("GCS - Verbal Response", "Verbal Response", "Neurological", None, "Text"),
    223901: ("GCS - Motor Response", "Motor Response", "Neurological", None, "Text"),
}
# Signal : (ITEMID, libellé, catégorie, LOINC, unité, bornes normales au-delà desquelles FLAG vaut « abnormal »)
LAB_ITEMS = {
    "creatinine": (50912, "Creatinine", "Chemistry", "2160-0", "mg/dL", (0.4, 1.2)),
    "urea": (51006, "Urea Nitrogen", "Chemistry", "3094-0", "mg/dL", (6, 20)),
    "lactate": (50813, "Lactate", "Blood Gas", "32693-4", "mmol/L", (0.5, 2.0)),
    "leukocytes": (51301, "White Blood Cells", "Hematology", "804-5", "K/uL", (4.0, 11.0)),
    "bilirubin": (50885, "Bilirubin, Total", "Chemistry", "1975-2", "mg/dL", (0.0, 1.5)),
    "platelets": (51265, "Platelet Count", "Hematology", "777-3", "K/uL", (150, 440)),
    "glucose": (50931, "Glucose", "Chemistry", "2345-7", "mg/dL", (70, 105)),
    "sodium": (50983, "Sodium", "Chemistry", "2951-2", "mEq/L", (133, 145)),
    "potassium": (50971, "Potassium", "Chemistry", "2823-3", "mEq/L", (3.3, 5.1)),
    "bicarbonate": (50882, "Bicarbonate", "Chemistry", "1963-8", "mEq/L", (22, 32)),
    "hemoglobin": (51222, "Hemoglobin", "Hematology", "718-7", "g/dL", (12.0, 17.5)),
}
# Les mots du score de Glasgow dans MetaVision, du plus bas au plus haut. « None » est une réponse, pas un vide.
EYES = ("None", "To Pain", "To Speech", "Spontaneously")
VERBAL = ("No Response", "Incomprehensible sounds", "Inappropriate Words", "Confused", "Oriented")
MOTOR = ("No response", "Abnormal extension", "Abnormal Flexion", "Flex-withdraws", "Localizes Pain", "Obeys Commands")
INTUBATED = "No Response-ETT"


def tables() -> dict[str, pd.DataFrame]:
    """Rend D_ITEMS et D_LABITEMS."""
    label, abbreviation, category, unit, kind = zip(*CHART_ITEMS.values(), strict=True)
    itemid, lab_label, lab_category, loinc, _, _ = zip(*LAB_ITEMS.values(), strict=True)
    chart = {
        "ITEMID": list(CHART_ITEMS),
        "LABEL": label,
        "ABBREVIATION": abbreviation,
        "DBSOURCE": ["metavision"] * len(label),
        "LINKSTO": ["chartevents"] * len(label),
        "CATEGORY": category,
        "UNITNAME": unit,
        "PARAM_TYPE": kind,
    }
    lab = {"ITEMID": itemid, "LABEL": lab_label, "FLUID": ["Blood"] * len(itemid), "CATEGORY": lab_category}
    return {"D_ITEMS": official("D_ITEMS", chart), "D_LABITEMS": official("D_LABITEMS", {**lab, "LOINC_CODE": loinc})}


def chart_units(itemid: np.ndarray) -> np.ndarray:
    """L'unité écrite dans CHARTEVENTS, tableau d'objets ; None pour le score de Glasgow."""
    return _lookup({item: row[3] for item, row in CHART_ITEMS.items()}, itemid)


def lab_units(itemid: np.ndarray) -> np.ndarray:
    """L'unité écrite dans LABEVENTS, tableau d'objets."""
    return _lookup({row[0]: row[4] for row in LAB_ITEMS.values()}, itemid)


def written(values: np.ndarray) -> np.ndarray:
    """Le texte de chaque nombre, sans zéro inutile (84, 98.6), tableau d'objets."""
    unique, where = np.unique(values, return_inverse=True)
    return np.array([f"{value:g}" for value in unique], dtype=object)[where]


def _lookup(table: dict[int, str | None], itemid: np.ndarray) -> np.ndarray:
    known = np.sort(list(table))
    return np.array([table[item] for item in known], dtype=object)[np.searchsorted(known, itemid)]
