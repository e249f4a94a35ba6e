"""Le schéma face à la définition officielle, recopiée à la main : colonnes, ordre, types, NOT NULL, UNIQUE, liens."""

import pytest

from common.data.ehr.references import FOREIGN_KEYS
from common.data.ehr.schema import MAX_INT, SCHEMAS, TABLES, column_names, key_columns, kind

# i : entier, t : date et heure, f : nombre, s : texte ; « ! » : NOT NULL ; « * » : UNIQUE, et NOT NULL.
# Source : MIT-LCP/mimic-code, mimic-iii/buildmimic/postgres/postgres_create_tables.sql.
OFFICIAL = {
    "PATIENTS": "ROW_ID:i* SUBJECT_ID:i* GENDER:s! DOB:t! DOD:t DOD_HOSP:t DOD_SSN:t EXPIRE_FLAG:i!",
    "ADMISSIONS": "ROW_ID:i* SUBJECT_ID:i! HADM_ID:i* ADMITTIME:t! DISCHTIME:t! DEATHTIME:t ADMISSION_TYPE:s! "
    "ADMISSION_LOCATION:s! DISCHARGE_LOCATION:s! INSURANCE:s! LANGUAGE:s RELIGION:s MARITAL_STATUS:s ETHNICITY:s! "
    "EDREGTIME:t EDOUTTIME:t DIAGNOSIS:s HOSPITAL_EXPIRE_FLAG:i HAS_CHARTEVENTS_DATA:i!",
    "ICUSTAYS": "ROW_ID:i* SUBJECT_ID:i! HADM_ID:i! ICUSTAY_ID:i* DBSOURCE:s! FIRST_CAREUNIT:s! LAST_CAREUNIT:s! "
    "FIRST_WARDID:i! LAST_WARDID:i! INTIME:t! OUTTIME:t LOS:f",
    "DIAGNOSES_ICD": "ROW_ID:i* SUBJECT_ID:i! HADM_ID:i! SEQ_NUM:i ICD9_CODE:s",
    "D_ICD_DIAGNOSES": "ROW_ID:i* ICD9_CODE:s* SHORT_TITLE:s! LONG_TITLE:s!",
    "LABEVENTS": "ROW_ID:i* SUBJECT_ID:i! HADM_ID:i ITEMID:i! CHARTTIME:t VALUE:s VALUENUM:f VALUEUOM:s FLAG:s",
    "D_LABITEMS": "ROW_ID:i* ITEMID:i* LABEL:s! FLUID:s! CATEGORY:s! LOINC_CODE:s",
    "CHARTEVENTS": "ROW_ID:i* SUBJECT_ID:i! HADM_ID:i ICUSTAY_ID:i ITEMID:i CHARTTIME:t STORETIME:t CGID:i VALUE:s "
    "VALUENUM:f VALUEUOM:s WARNING:i ERROR:i RESULTSTATUS:s STOPPED:s",
    "D_ITEMS": "ROW_ID:i* ITEMID:i* LABEL:s ABBREVIATION:s DBSOURCE:s LINKSTO:s CATEGORY:s UNITNAME:s PARAM_TYPE:s "
    "CONCEPTID:i",
    "PRESCRIPTIONS": "ROW_ID:i* SUBJECT_ID:i! HADM_ID:i! ICUSTAY_ID:i STARTDATE:t ENDDATE:t DRUG_TYPE:s! DRUG:s! "
    "DRUG_NAME_POE:s DRUG_NAME_GENERIC:s FORMULARY_DRUG_CD:s GSN:s NDC:s PROD_STRENGTH:s DOSE_VAL_RX:s "
    "DOSE_UNIT_RX:s FORM_VAL_DISP:s FORM_UNIT_DISP:s ROUTE:s",
    "NOTEEVENTS": "ROW_ID:i* SUBJECT_ID:i! HADM_ID:i CHARTDATE:t CHARTTIME:t STORETIME:t CATEGORY:s DESCRIPTION:s "
    "CGID:i ISERROR:s TEXT:s",
}
KINDS = {"i": "Int64", "t": "datetime64[s]", "f": "float64", "s": "str"}


@pytest.mark.parametrize("table", OFFICIAL)
def test_the_schema_is_the_official_definition(table):
    columns = dict(column.split(":") for column in OFFICIAL[table].split())
    assert column_names(table) == tuple(columns)
    assert {name: kind(table, name) for name in columns} == {name: KINDS[mark[0]] for name, mark in columns.items()}
    nullable = {name: column.nullable for name, column in SCHEMAS[table].columns.items()}
    assert nullable == {name: len(mark) == 1 for name, mark in columns.items()}
    assert key_columns(table) == tuple(name for name, mark in columns.items() if mark.endswith("*"))


def test_the_eleven_tables_and_the_largest_integer():
    assert set(TABLES) == set(OFFICIAL)
    assert MAX_INT == 2_147_483_647


def test_the_foreign_keys_are_the_official_ones():
    """Source : mimic-code, oracle_add_constraints.sql, pour les onze tables, ICD9_CODE excepté."""
    events = {"CHARTEVENTS", "PRESCRIPTIONS"}
    admissions = {*events, "ICUSTAYS", "DIAGNOSES_ICD", "LABEVENTS", "NOTEEVENTS"}
    expected = {("CHARTEVENTS", "ITEMID", "D_ITEMS"), ("LABEVENTS", "ITEMID", "D_LABITEMS")}
    expected |= {(table, "ICUSTAY_ID", "ICUSTAYS") for table in events}
    expected |= {(table, "HADM_ID", "ADMISSIONS") for table in admissions}
    expected |= {(table, "SUBJECT_ID", "PATIENTS") for table in {*admissions, "ADMISSIONS"}}
    assert {(link.table, link.column, link.target) for link in FOREIGN_KEYS} == expected
    assert len(FOREIGN_KEYS) == len(expected)
