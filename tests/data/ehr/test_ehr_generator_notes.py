"""Les comptes rendus disent ce que disent les autres tables, et rien d'identifiant hors des repères."""

import re

import pandas as pd
import pytest

from common.data.ehr.generator import generate
from common.data.ehr.synthetic.codes import CHRONIC_CODES, DIAGNOSES
from common.data.ehr.synthetic.notes import placeholder, spoken_age


@pytest.fixture(scope="module")
def tables():
    return generate(250, seed=2)


@pytest.fixture(scope="module")
def notes(tables):
    joined = tables["NOTEEVENTS"].merge(tables["ADMISSIONS"].drop(columns=["ROW_ID", "SUBJECT_ID"]), on="HADM_ID")
    return joined.merge(tables["PATIENTS"][["SUBJECT_ID", "GENDER", "DOB"]], on="SUBJECT_ID")


def test_one_discharge_summary_per_admission(tables):
    notes = tables["NOTEEVENTS"]
    assert sorted(notes["HADM_ID"]) == sorted(tables["ADMISSIONS"]["HADM_ID"])
    assert set(notes["CATEGORY"]) == {"Discharge summary"} and notes["CHARTTIME"].isna().all()


def test_dates_sex_and_age_come_from_the_tables(notes):
    for row in notes.itertuples():
        assert f"Admission Date:  {placeholder(row.ADMITTIME)}" in row.TEXT
        assert f"Discharge Date:   {placeholder(row.DISCHTIME)}" in row.TEXT
        assert f"Date of Birth:  {placeholder(row.DOB)}             Sex:   {row.GENDER}" in row.TEXT
        assert (
            f"is a {spoken_age(row.DOB, row.ADMITTIME)} year old {'man' if row.GENDER == 'M' else 'woman'}" in row.TEXT
        )


def test_the_dead_expire_and_the_others_go_where_the_table_says(notes):
    died = notes["HOSPITAL_EXPIRE_FLAG"] == 1
    assert died.any() and (notes["TEXT"].str.contains("The patient expired on") == died).all()
    for row in notes[~died].itertuples():
        assert f"Discharge Disposition:\n{row.DISCHARGE_LOCATION.capitalize()}\n" in row.TEXT


def test_diagnoses_drugs_and_labs_are_those_of_the_patient(tables, notes):
    titles = {diagnosis.code: diagnosis.long for diagnosis in DIAGNOSES}
    principal = tables["DIAGNOSES_ICD"].query("SEQ_NUM == 1").set_index("HADM_ID")["ICD9_CODE"]
    drugs = tables["PRESCRIPTIONS"].groupby("HADM_ID")["DRUG"].agg(set).to_dict()
    values = tables["LABEVENTS"].query("ITEMID == 50912").groupby("HADM_ID")["VALUE"].agg(set).to_dict()
    for row in notes.itertuples():
        assert f"Discharge Diagnosis:\n{titles[principal[row.HADM_ID]]}\n" in row.TEXT
        listed = re.findall(r"^\d+\. ([A-Za-z].*?) [\d.]+ \S+ \S+$", row.TEXT, flags=re.M)
        assert set(listed) - {"None"} <= drugs.get(row.HADM_ID, set())
        if creatinine := re.search(r"Creat-(\S+)", row.TEXT):
            assert creatinine[1] in values[row.HADM_ID]
    assert notes["TEXT"].str.contains("Creat-").mean() > 0.8


def test_the_past_history_holds_the_chronic_diseases_and_only_them(tables, notes):
    titles = {diagnosis.long: diagnosis.code for diagnosis in DIAGNOSES}
    codes = tables["DIAGNOSES_ICD"].groupby("HADM_ID")["ICD9_CODE"].agg(set)
    for row in notes.itertuples():
        past = re.search(r"Past Medical History:\n(.*?)\n\n", row.TEXT, flags=re.S)[1].split("\n")
        written = {titles[line] for line in past if line != "None"}
        assert written == codes[row.HADM_ID] & set(CHRONIC_CODES)
    assert not {"0389", "78552", "5849", "51881"} & set(CHRONIC_CODES)


def test_no_hole_is_left_in_the_text(notes):
    for text in notes["TEXT"]:
        assert not re.search(r"[{}]|\bnan\b|\bNone\b \d|<NA>", text)
        assert text.count("[**") == text.count("**]")


def test_no_date_stands_outside_a_placeholder(notes):
    bare = notes["TEXT"].str.replace(r"\[\*\*.*?\*\*\]", "", regex=True)
    assert not bare.str.contains(r"\b[12]\d{3}\b").any()


def test_age_and_date_as_mimic_writes_them():
    admitted = pd.Timestamp("2151-07-16")
    assert placeholder(admitted) == "[**2151-7-16**]"
    assert spoken_age(pd.Timestamp("2101-07-16"), admitted) == "50"
    assert spoken_age(pd.Timestamp("2101-07-17"), admitted) == "49"
    assert spoken_age(pd.Timestamp("1851-07-16"), admitted) == "[**Age over 90 **]"
