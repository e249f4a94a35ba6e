"""Les codes et les médicaments que le générateur écrit : ICD-9-CM (sans le point, comme MIMIC-III) et ordonnances.

Titres : fichiers publics de CMS, ICD-9-CM version 32, de mémoire. Doses courantes de l'adulte, de mémoire aussi : elles
servent à remplir un tableau, pas à prescrire. GSN, NDC et FORMULARY_DRUG_CD restent vides plutôt qu'inventés.
"""

from typing import NamedTuple

import pandas as pd

from common.data.ehr.synthetic.official import official


class Diagnosis(NamedTuple):
    """Un code, ses deux titres, l'affection qui le fait écrire et la part des fois où on l'écrit alors."""

    code: str
    short: str
    long: str
    condition: str
    share: float


class Drug(NamedTuple):
    """Une ligne d'ordonnance : l'affection qui l'amène, la part des fois, et de quoi remplir PRESCRIPTIONS."""

    name: str
    condition: str
    share: float
    strength: str
    dose: str
    unit: str
    form: str
    route: str


# Le premier code de la liste dont l'affection est le motif d'admission devient le diagnostic principal.
DIAGNOSES = (
    Diagnosis("0389", "Septicemia NOS", "Unspecified septicemia", "sepsis", 0.95),
    Diagnosis("99592", "Severe sepsis", "Severe sepsis", "sepsis", 0.6),
    Diagnosis("78552", "Septic shock", "Septic shock", "shock", 0.95),
    Diagnosis("486", "Pneumonia, organism NOS", "Pneumonia, organism unspecified", "sepsis", 0.4),
    Diagnosis("5990", "Urin tract infection NOS", "Urinary tract infection, site not specified", "sepsis", 0.3),
    Diagnosis(
        *("49121", "Obs chr bronc w(ac) exac", "Obstructive chronic bronchitis with (acute) exacerbation"),
        *("copd_admission", 1.0),
    ),
    Diagnosis("4280", "CHF NOS", "Congestive heart failure, unspecified", "heart_failure", 0.97),
    Diagnosis(
        "41071", "Subendo infarct, initial", "Subendocardial infarction, initial episode of care", "coronary", 1.0
    ),
    Diagnosis(
        "41401", "Crnry athrscl natve vssl", "Coronary atherosclerosis of native coronary artery", "surgery", 1.0
    ),
    Diagnosis(
        *("85220", "Traumatic subdural hem"),
        "Subdural hemorrhage following injury without mention of open intracranial wound, "
        "unspecified state of consciousness",
        *("trauma", 1.0),
    ),
    Diagnosis("80709", "Fx mult ribs NOS-closed", "Closed fracture of multiple ribs, unspecified", "trauma", 0.5),
    Diagnosis("5789", "Gastrointest hemorr NOS", "Hemorrhage of gastrointestinal tract, unspecified", "bleed", 1.0),
    Diagnosis("2851", "Ac posthemorrhag anemia", "Acute posthemorrhagic anemia", "bleed", 0.7),
    Diagnosis("5849", "Acute kidney failure NOS", "Acute kidney failure, unspecified", "kidney_injury", 0.97),
    Diagnosis(
        *("25010", "DMII keto nt st uncntrld"),
        "Diabetes with ketoacidosis, type II or unspecified type, not stated as uncontrolled",
        *("ketoacidosis", 1.0),
    ),
    Diagnosis("431", "Intracerebral hemorrhage", "Intracerebral hemorrhage", "neuro", 1.0),
    Diagnosis("51881", "Acute respiratry failure", "Acute respiratory failure", "respiratory_failure", 0.85),
    Diagnosis("496", "Chr airway obstruct NEC", "Chronic airway obstruction, not elsewhere classified", "copd", 0.6),
    Diagnosis(
        *("25000", "DMII wo cmp nt st uncntr"),
        "Diabetes mellitus without mention of complication, type II or unspecified type, not stated as uncontrolled",
        *("diabetes", 0.9),
    ),
    Diagnosis("5859", "Chronic kidney dis NOS", "Chronic kidney disease, unspecified", "chronic_kidney_disease", 0.9),
    Diagnosis("4019", "Hypertension NOS", "Unspecified essential hypertension", "hypertension", 0.85),
    Diagnosis("42731", "Atrial fibrillation", "Atrial fibrillation", "old", 0.4),
    Diagnosis("2724", "Hyperlipidemia NEC/NOS", "Other and unspecified hyperlipidemia", "coronary_disease", 0.6),
    Diagnosis("53081", "Esophageal reflux", "Esophageal reflux", "anyone", 0.18),
    Diagnosis("2449", "Hypothyroidism NOS", "Unspecified acquired hypothyroidism", "anyone", 0.1),
)
CHRONIC_CODES = ("4280", "496", "25000", "5859", "4019", "42731", "2724", "53081", "2449")
DRUGS = (
    Drug("Vancomycin", "sepsis", 0.85, "1g Frozen Bag", "1000", "mg", "BAG", "IV"),
    Drug("Piperacillin-Tazobactam Na", "sepsis", 0.75, "4.5 g Vial", "4.5", "g", "VIAL", "IV"),
    Drug("CefTRIAXone", "sepsis", 0.35, "1g Frozen Bag", "1", "gm", "BAG", "IV"),
    Drug("Norepinephrine", "shock", 0.97, "4mg/4mL Amp", "8", "mg", "AMP", "IV DRIP"),
    Drug("Furosemide", "heart_failure", 0.9, "40mg/4mL Vial", "40", "mg", "VIAL", "IV"),
    Drug("Lisinopril", "heart_failure", 0.5, "5mg Tablet", "5", "mg", "TAB", "PO"),
    Drug("Metoprolol Tartrate", "hypertension", 0.55, "25mg Tablet", "25", "mg", "TAB", "PO/NG"),
    Drug("Amlodipine", "hypertension", 0.25, "5mg Tablet", "5", "mg", "TAB", "PO/NG"),
    Drug("Ipratropium Bromide Neb", "copd", 0.7, "2.5mL Vial", "1", "NEB", "VIAL", "IH"),
    Drug("Albuterol 0.083% Neb Soln", "copd", 0.7, "0.083%;3mL Vial", "1", "NEB", "VIAL", "IH"),
    Drug("MethylPREDNISolone Sodium Succ", "copd_admission", 0.85, "125mg Vial", "125", "mg", "VIAL", "IV"),
    Drug("Insulin", "diabetes", 0.92, "Dummy Package", "0", "UNIT", "VIAL", "SC"),
    Drug("Insulin Regular Human", "ketoacidosis", 0.98, "100 Units/mL-10mL Vial", "7", "UNIT/HR", "VIAL", "IV DRIP"),
    Drug("Aspirin", "coronary_disease", 0.85, "81mg Tab", "81", "mg", "TAB", "PO"),
    Drug("Atorvastatin", "coronary_disease", 0.7, "80mg Tablet", "80", "mg", "TAB", "PO"),
    Drug("Heparin", "coronary", 0.85, "25,000 unit Premix Bag", "25000", "UNIT", "BAG", "IV DRIP"),
    Drug("CefazoLIN", "surgery", 0.95, "2 g Bag", "2", "g", "BAG", "IV"),
    Drug("Acetaminophen", "surgery", 0.9, "325mg Tablet", "650", "mg", "TAB", "PO/NG"),
    Drug("Morphine Sulfate", "trauma", 0.75, "4mg Syringe", "2", "mg", "SYR", "IV"),
    Drug("Levetiracetam", "neuro", 0.6, "500mg Tablet", "500", "mg", "TAB", "PO/NG"),
    Drug("Pantoprazole Sodium", "bleed", 0.95, "40mg Vial", "40", "mg", "VIAL", "IV"),
    Drug("Propofol", "respiratory_failure", 0.8, "1000mg/100mL Vial", "20", "mcg/kg/min", "VIAL", "IV DRIP"),
    Drug("Heparin Sodium", "anyone", 0.55, "5000 Units / mL- 1mL Vial", "5000", "UNIT", "VIAL", "SC"),
    Drug("Acetaminophen", "anyone", 0.5, "325mg Tablet", "650", "mg", "TAB", "PO/NG"),
    Drug("Potassium Chloride", "anyone", 0.4, "20mEq Packet", "40", "mEq", "PKT", "PO"),
)


def tables() -> dict[str, pd.DataFrame]:
    """Rend D_ICD_DIAGNOSES."""
    code, short, long, _, _ = zip(*DIAGNOSES, strict=True)
    return {
        "D_ICD_DIAGNOSES": official("D_ICD_DIAGNOSES", {"ICD9_CODE": code, "SHORT_TITLE": short, "LONG_TITLE": long})
    }
