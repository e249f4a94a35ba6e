"""load_tables et les clés étrangères : d'où viennent les tables, et ce qu'on dit quand il n'y en a pas."""

import shutil
import socket

import pandas as pd
import pytest
from ehr_files import ROWS

from common.data import DataUnavailableError, cache
from common.data.ehr import EhrError, card, check_references, check_table, load, load_tables, read_table, real_folder


@pytest.fixture
def nowhere(monkeypatch, tmp_path):
    """Une machine sans copie, dont le réseau est une faute."""

    def refuse(*_):
        raise AssertionError("la lecture a voulu toucher au réseau")

    monkeypatch.delenv("COURS_DONNEES", raising=False)
    for module in (cache, load):
        monkeypatch.setattr(module, "cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setattr(socket.socket, "connect", refuse)
    return tmp_path


def test_embedded_tables_are_those_asked(nowhere):
    tables = load_tables(tables=["patients", "ICUSTAYS"], num_patients=20)
    assert list(tables) == ["PATIENTS", "ICUSTAYS"]
    for name, table in tables.items():
        check_table(name, table)
    assert tables["PATIENTS"]["SUBJECT_ID"].nunique() == 20


def test_no_copy_says_how_each_person_gets_one(nowhere):
    with pytest.raises(DataUnavailableError) as caught:
        load_tables("real")
    for words in ("mimiciii-demo/1.4", "CITI", "charte", "COURS_DONNEES", 'load_tables(source="real")'):
        assert words in str(caught.value)


def test_declared_folder_without_the_tables_is_named(nowhere, monkeypatch):
    monkeypatch.setenv("COURS_DONNEES", str(nowhere))
    with pytest.raises(DataUnavailableError, match="ne contient pas mimic-iii"):
        real_folder()


@pytest.mark.parametrize("name", ["PATIENTS.csv", "patients.csv.gz"])
def test_real_tables_from_the_declared_folder_then_the_cache(nowhere, write, monkeypatch, name):
    shutil.copytree(write("PATIENTS", name=name), nowhere / "cache" / "mimic-iii-demo", dirs_exist_ok=True,
                    ignore=shutil.ignore_patterns("cache"))  # fmt: skip
    assert load_tables("real", ["PATIENTS"])["PATIENTS"]["SUBJECT_ID"].tolist() == [10, 11, 12]
    monkeypatch.setenv("COURS_DONNEES", str(nowhere / "ailleurs"))
    shutil.copytree(nowhere / "cache" / "mimic-iii-demo", nowhere / "ailleurs" / "mimic-iii")
    assert real_folder() == nowhere / "ailleurs" / "mimic-iii"
    with pytest.raises(EhrError, match="ICUSTAYS"):
        load_tables("real", ["ICUSTAYS"])


def test_a_table_too_big_for_memory_is_not_read_whole(nowhere, write, monkeypatch):
    monkeypatch.setenv("COURS_DONNEES", str(nowhere))
    (nowhere / "mimic-iii").mkdir()
    (write("PATIENTS") / "PATIENTS.csv").rename(nowhere / "mimic-iii" / "PATIENTS.csv")
    for limit, message in (("MAX_MEMORY", "une fois décompressée.*scan_table"), ("MAX_BYTES", "pèse.*scan_table")):
        monkeypatch.setattr(load, limit, 10)
        with pytest.raises(ValueError, match=message):
            load_tables("real", ["PATIENTS"])


def test_unknown_source_and_table(nowhere):
    with pytest.raises(ValueError, match="Source inconnue"):
        load_tables("reel")
    with pytest.raises(ValueError, match="PATIENTS"):
        load_tables(tables=["PATIENT"])


def test_cards_say_what_the_data_are():
    assert str(card()).startswith("Données synthétiques")
    assert "réelles" in str(card("real")) and "100 patients" in card("real").limits


@pytest.fixture
def tables(write):
    return {name: read_table(write(name), name) for name in ROWS}


def test_references_hold_even_with_codes_missing_from_the_dictionary(tables):
    check_references(tables)  # 7895 n'est pas dans D_ICD_DIAGNOSES, comme dans les fichiers officiels
    check_references({"CHARTEVENTS": tables["CHARTEVENTS"]})


@pytest.mark.parametrize(
    ("table", "column", "target"),
    [
        ("ADMISSIONS", "SUBJECT_ID", "PATIENTS"),
        ("ICUSTAYS", "HADM_ID", "ADMISSIONS"),
        ("NOTEEVENTS", "HADM_ID", "ADMISSIONS"),
        ("CHARTEVENTS", "ICUSTAY_ID", "ICUSTAYS"),
        ("CHARTEVENTS", "ITEMID", "D_ITEMS"),
    ],
)
def test_an_unknown_reference_is_refused(tables, table, column, target):
    broken = tables[table].copy()
    broken.loc[1, column] = 999
    with pytest.raises(EhrError, match=f"{table}, enregistrement 2 : {column} vaut 999, inconnu de {target}"):
        check_references({**tables, table: broken})


def test_check_table_says_what_is_wrong(tables):
    good = tables["PATIENTS"]
    assert check_table("PATIENTS", good) is good
    for wrong, reason in (
        (good.drop(columns="DOB"), "il manque DOB"),
        (good.assign(NOM="Dupont"), "NOM n'est pas"),
        (good[good.columns[::-1]], "ordre officiel"),
        (good.astype({"SUBJECT_ID": "float64"}), "SUBJECT_ID n'a pas le type Int64"),
        (good.assign(SUBJECT_ID=pd.array([10, 11, 10], dtype="Int64")), "enregistrement 3 : SUBJECT_ID vaut « 10 »"),
        (good.assign(DOD=pd.Timestamp("1700-01-01")), "enregistrement 1 : une mort"),
    ):
        with pytest.raises(EhrError, match=reason):
            check_table("PATIENTS", wrong)
