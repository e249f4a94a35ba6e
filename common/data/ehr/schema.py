"""La définition officielle des onze tables de MIMIC-III v1.4 que le cours emploie : colonnes, types, clés, valeurs.

Colonnes, ordre, types et NOT NULL : MIT-LCP/mimic-code, mimic-iii/buildmimic/postgres/postgres_create_tables.sql.
TIMESTAMP(0) devient datetime64[s], INT devient Int64 (un entier peut manquer), DOUBLE PRECISION devient float64 et
VARCHAR devient du texte. Ici les noms sont en majuscules ; la démo ouverte les écrit en minuscules.
"""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
import pandera.pandas as pa

from common.data.ehr.rules import RULES, Rule

MAX_INT = 2**31 - 1  # INT de PostgreSQL
TEXT = pd.Series(["texte"]).dtype  # celui que pandas donne à du texte : « str » depuis pandas 3, « object » avant


class EhrError(ValueError):
    """Une table ne suit pas la définition officielle ; le message dit la table, la ligne, la raison et quoi faire."""

    def __init__(self, table: str, place: str, reason: str, advice: str):
        super().__init__(f"{table}, {place} : {reason}. {advice}")
        self.table, self.place, self.reason, self.advice = table, place, reason, advice


class EhrWarning(UserWarning):
    """Ce qui surprend dans un fichier sans le faire refuser : une anomalie connue, ou une fin de fichier douteuse."""


def key() -> pa.Column:
    """Un identifiant présent et unique : un entier de 0 à 2³¹ − 1."""
    return integer(unique=True)


def integer(null: bool = False, unique: bool = False, allowed: tuple[int, ...] = ()) -> pa.Column:
    check = pa.Check.isin(allowed, error=_among(allowed)) if allowed else pa.Check.in_range(0, MAX_INT, error=_INT)
    return _column("Int64", check, nullable=null, unique=unique)


def text(null: bool = False, unique: bool = False, allowed: tuple[str, ...] = ()) -> pa.Column:
    check = pa.Check.isin(allowed, error=_among(allowed)) if allowed else None
    return _column("str", check, nullable=null, unique=unique)


def time(null: bool = False) -> pa.Column:
    return _column("datetime64[s]", None, nullable=null)


def real(minimum: float = -np.inf) -> pa.Column:
    """Un nombre, qui peut manquer, mais ni infini ni sous `minimum`."""
    finite = pa.Check(lambda values: np.isfinite(values) & (values >= minimum), error=_REAL.format(minimum))
    return _column("float64", finite, nullable=True)


def _column(dtype: str, check: pa.Check | None, **options: bool) -> pa.Column:
    """pandera tient pour égales toutes les unités de temps : l'unité officielle est gardée à part, dans metadata."""
    return pa.Column(dtype, check, metadata={"dtype": dtype}, report_duplicates="exclude_first", **options)


_REAL = "un nombre infini, ou sous {:g}"
_INT = f"un entier hors de 0 … {MAX_INT}, l'INT de la définition officielle"


def _among(allowed: tuple) -> str:
    return f"une valeur hors de {', '.join(map(str, allowed))}"


def _events(*after_admission: str) -> dict[str, pa.Column]:
    """Le début commun aux tables d'évènements : la ligne, le patient, l'admission (qui peut manquer)."""
    optional = {name: integer(null=True) for name in after_admission}
    return {"ROW_ID": key(), "SUBJECT_ID": integer(), "HADM_ID": integer(null=True), **optional}


_COLUMNS: dict[str, dict[str, pa.Column]] = {
    "PATIENTS": {
        "ROW_ID": key(),
        "SUBJECT_ID": key(),
        "GENDER": text(allowed=("F", "M")),
        "DOB": time(),
        "DOD": time(null=True),
        "DOD_HOSP": time(null=True),
        "DOD_SSN": time(null=True),
        "EXPIRE_FLAG": integer(allowed=(0, 1)),
    },
    "ADMISSIONS": {
        "ROW_ID": key(),
        "SUBJECT_ID": integer(),
        "HADM_ID": key(),
        "ADMITTIME": time(),
        "DISCHTIME": time(),
        "DEATHTIME": time(null=True),
        "ADMISSION_TYPE": text(allowed=("ELECTIVE", "EMERGENCY", "NEWBORN", "URGENT")),
        "ADMISSION_LOCATION": text(),
        "DISCHARGE_LOCATION": text(),
        "INSURANCE": text(),
        "LANGUAGE": text(null=True),
        "RELIGION": text(null=True),
        "MARITAL_STATUS": text(null=True),
        "ETHNICITY": text(),
        "EDREGTIME": time(null=True),
        "EDOUTTIME": time(null=True),
        "DIAGNOSIS": text(null=True),
        "HOSPITAL_EXPIRE_FLAG": integer(null=True, allowed=(0, 1)),
        "HAS_CHARTEVENTS_DATA": integer(allowed=(0, 1)),
    },
    "ICUSTAYS": {
        "ROW_ID": key(),
        "SUBJECT_ID": integer(),
        "HADM_ID": integer(),
        "ICUSTAY_ID": key(),
        "DBSOURCE": text(),
        "FIRST_CAREUNIT": text(),
        "LAST_CAREUNIT": text(),
        "FIRST_WARDID": integer(),
        "LAST_WARDID": integer(),
        "INTIME": time(),
        "OUTTIME": time(null=True),
        "LOS": real(minimum=0),
    },
    "DIAGNOSES_ICD": {
        "ROW_ID": key(),
        "SUBJECT_ID": integer(),
        "HADM_ID": integer(),
        "SEQ_NUM": integer(null=True),
        "ICD9_CODE": text(null=True),
    },
    "D_ICD_DIAGNOSES": {
        "ROW_ID": key(),
        "ICD9_CODE": text(unique=True),
        "SHORT_TITLE": text(),
        "LONG_TITLE": text(),
    },
    "LABEVENTS": {
        **_events(),
        "ITEMID": integer(),
        "CHARTTIME": time(null=True),
        "VALUE": text(null=True),
        "VALUENUM": real(),
        "VALUEUOM": text(null=True),
        "FLAG": text(null=True),
    },
    "D_LABITEMS": {
        "ROW_ID": key(),
        "ITEMID": key(),
        "LABEL": text(),
        "FLUID": text(),
        "CATEGORY": text(),
        "LOINC_CODE": text(null=True),
    },
    "CHARTEVENTS": {
        **_events("ICUSTAY_ID", "ITEMID"),
        "CHARTTIME": time(null=True),
        "STORETIME": time(null=True),
        "CGID": integer(null=True),
        "VALUE": text(null=True),
        "VALUENUM": real(),
        "VALUEUOM": text(null=True),
        "WARNING": integer(null=True),
        "ERROR": integer(null=True),
        "RESULTSTATUS": text(null=True),
        "STOPPED": text(null=True),
    },
    "D_ITEMS": {
        "ROW_ID": key(),
        "ITEMID": key(),
        **{name: text(null=True) for name in ("LABEL", "ABBREVIATION", "DBSOURCE", "LINKSTO", "CATEGORY", "UNITNAME")},
        "PARAM_TYPE": text(null=True),
        "CONCEPTID": integer(null=True),
    },
    "PRESCRIPTIONS": {
        "ROW_ID": key(),
        "SUBJECT_ID": integer(),
        "HADM_ID": integer(),
        "ICUSTAY_ID": integer(null=True),
        "STARTDATE": time(null=True),
        "ENDDATE": time(null=True),
        "DRUG_TYPE": text(),
        "DRUG": text(),
        **{name: text(null=True) for name in ("DRUG_NAME_POE", "DRUG_NAME_GENERIC", "FORMULARY_DRUG_CD", "GSN", "NDC")},
        **{name: text(null=True) for name in ("PROD_STRENGTH", "DOSE_VAL_RX", "DOSE_UNIT_RX")},
        **{name: text(null=True) for name in ("FORM_VAL_DISP", "FORM_UNIT_DISP", "ROUTE")},
    },
    "NOTEEVENTS": {
        **_events(),
        "CHARTDATE": time(null=True),
        "CHARTTIME": time(null=True),
        "STORETIME": time(null=True),
        "CATEGORY": text(null=True),
        "DESCRIPTION": text(null=True),
        "CGID": integer(null=True),
        "ISERROR": text(null=True, allowed=("1",)),
        "TEXT": text(null=True),
    },
}


def _schema(name: str) -> pa.DataFrameSchema:
    checks = [pa.Check(_holds(rule), error=rule.reason) for rule in RULES.get(name, ())]
    return pa.DataFrameSchema(_COLUMNS[name], checks=checks, strict=True, ordered=True, name=name)


def _holds(rule: Rule) -> Callable[[pd.DataFrame], pd.Series]:
    return lambda table: ~rule.broken(table)


SCHEMAS: Mapping[str, pa.DataFrameSchema] = {name: _schema(name) for name in _COLUMNS}
TABLES: tuple[str, ...] = tuple(SCHEMAS)


def column_names(table: str) -> tuple[str, ...]:
    """Les colonnes d'une table, dans l'ordre officiel."""
    return tuple(SCHEMAS[table].columns)


def key_columns(table: str) -> tuple[str, ...]:
    """Les colonnes où aucune valeur ne se répète : ROW_ID, et l'identifiant que la table définit, s'il y en a un."""
    return tuple(name for name, column in SCHEMAS[table].columns.items() if column.unique)


def kind(table: str, column: str) -> str:
    """La nature d'une colonne : « Int64 », « float64 », « datetime64[s] » ou « str »."""
    return SCHEMAS[table].columns[column].metadata["dtype"]


def dtypes(table: str) -> dict[str, object]:
    """Le type pandas de chaque colonne, à donner à `DataFrame.astype`."""
    return {name: TEXT if kind(table, name) == "str" else kind(table, name) for name in column_names(table)}


def check_table(table: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Rend la table telle quelle si elle suit la définition officielle ; EhrError sinon, à son premier défaut.

    frame : toutes les colonnes, dans l'ordre officiel. Les enregistrements sont comptés à partir de 1.
    """
    if reason := column_fault(table, list(frame.columns)):
        raise EhrError(table, "colonnes", reason, f"Attendu, dans cet ordre : {', '.join(column_names(table))}.")
    if found := find_fault(SCHEMAS[table], frame):
        position, reason = found
        place = "colonnes" if position is None else f"enregistrement {position + 1}"
        raise EhrError(table, place, reason, "Corrigez la valeur, ou retirez l'enregistrement.")
    return frame


def column_fault(table: str, found: list[str]) -> str:
    """Dit ce qui cloche dans les colonnes trouvées ; vide si ce sont les officielles, dans l'ordre."""
    expected = column_names(table)
    if missing := [name for name in expected if name not in found]:
        return f"il manque {', '.join(missing)}"
    if extra := [str(name) for name in found if name not in expected]:
        return f"{', '.join(extra)} n'est pas de la définition officielle"
    if len(found) > len(expected):
        return "une colonne est répétée"
    return "" if tuple(found) == expected else "les colonnes ne sont pas dans l'ordre officiel"


def find_fault(schema: pa.DataFrameSchema, frame: pd.DataFrame) -> tuple[int | None, str] | None:
    """Rend (position de la ligne, à partir de 0, ou None ; raison) du premier défaut ; None si tout va bien."""
    try:
        schema.validate(frame.reset_index(drop=True))
    except pa.errors.SchemaError as error:
        cases = error.failure_cases
        rows = cases["index"].dropna() if isinstance(cases, pd.DataFrame) else []
        return (int(min(rows)) if len(rows) else None), _reason(error)
    return None


def _reason(error: pa.errors.SchemaError) -> str:
    codes = pa.errors.SchemaErrorReason
    column = error.schema.name
    if error.reason_code is codes.WRONG_DATATYPE:
        return f"{column} n'a pas le type {error.schema.metadata['dtype']}"
    if error.reason_code is codes.SERIES_CONTAINS_NULLS:
        return f"{column} est vide, alors qu'il est obligatoire"
    first = error.failure_cases.sort_values("index", kind="stable").iloc[0]["failure_case"]
    if error.reason_code is codes.SERIES_CONTAINS_DUPLICATES:
        return f"{column} vaut « {first} » une seconde fois, alors que c'est une clé"
    if isinstance(error.schema, pa.Column):
        return f"{column} vaut « {first} », {error.check.error}"
    return error.check.error
