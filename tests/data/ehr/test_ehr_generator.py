"""Le générateur de dossiers : mêmes tables partout, à la forme officielle, sans clé perdue ni date incohérente."""

import gzip
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from common.data.ehr.generator import MAX_PATIENTS, generate, write_tables
from common.data.ehr.reader import read_table
from common.data.ehr.references import check_references
from common.data.ehr.schema import SCHEMAS, TABLES
from common.data.ehr.synthetic.official import hadm_id, icustay_id, official, subject_id
from common.data.ehr.synthetic.population import MAX_ADMISSIONS, PATIENTS_PER_CHUNK
from common.data.ehr.synthetic.registry import birth_date
from common.data.ehr.synthetic.timeline import shift_days

GOLDEN_COUNTS = {
    **{"PATIENTS": 20, "ADMISSIONS": 24, "ICUSTAYS": 27, "DIAGNOSES_ICD": 96, "LABEVENTS": 888, "CHARTEVENTS": 2898},
    **{"PRESCRIPTIONS": 127, "NOTEEVENTS": 24},
}
GOLDEN_VALUES = ["Spontaneously", "No Response-ETT", "Obeys Commands", "98.6", "65", "135"]


@pytest.fixture(scope="module")
def tables():
    return generate(600, seed=3)


def in_admissions(table: pd.DataFrame, tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    return table.merge(tables["ADMISSIONS"][["HADM_ID", "ADMITTIME", "DISCHTIME"]], on="HADM_ID")


def test_same_seed_same_tables_and_another_seed_other_tables():
    first, again, other = generate(40, seed=5), generate(40, seed=5), generate(40, seed=6)
    for name in TABLES:
        pd.testing.assert_frame_equal(first[name], again[name])
    assert not first["CHARTEVENTS"]["VALUENUM"].equals(other["CHARTEVENTS"]["VALUENUM"])


@pytest.mark.parametrize("few", [1, 60, PATIENTS_PER_CHUNK, PATIENTS_PER_CHUNK + 1])
def test_adding_patients_does_not_change_the_first_ones(tables, few):
    for name, table in generate(few, seed=3).items():
        pd.testing.assert_frame_equal(table, tables[name].head(len(table)), obj=name)
    assert generate(few, seed=3)["PATIENTS"]["SUBJECT_ID"].size == few


def test_the_same_on_every_machine():
    """Des comptes et des valeurs relevés une fois : un changement de bibliothèque ou de machine se verrait."""
    tables = generate(20)
    counts = {name: len(table) for name, table in tables.items() if not name.startswith("D_")}
    assert counts == GOLDEN_COUNTS
    assert tables["PATIENTS"]["SUBJECT_ID"].head(3).tolist() == [40_000, 68_411, 96_822]
    assert tables["CHARTEVENTS"]["VALUE"].head(6).tolist() == GOLDEN_VALUES


@pytest.mark.parametrize("num_patients", [0, -1, MAX_PATIENTS + 1])
def test_a_size_out_of_range_is_refused(num_patients):
    with pytest.raises(ValueError, match=f"de 1 à {MAX_PATIENTS} patients"):
        generate(num_patients)


def test_every_table_follows_the_official_definition(tables):
    assert tuple(tables) == TABLES
    for name, table in tables.items():
        SCHEMAS[name].validate(table, lazy=True)
        assert table["ROW_ID"].tolist() == list(range(1, len(table) + 1)), name


def test_every_foreign_key_resolves(tables):
    check_references(tables)
    assert set(tables["DIAGNOSES_ICD"]["ICD9_CODE"]) <= set(tables["D_ICD_DIAGNOSES"]["ICD9_CODE"])


def test_identifiers_are_unique_and_in_the_ranges_of_mimic():
    patient = np.arange(MAX_PATIENTS)
    admission = np.array([hadm_id(patient, rank) for rank in range(MAX_ADMISSIONS)])
    stay = np.array([icustay_id(patient, rank, n) for rank in range(MAX_ADMISSIONS) for n in range(2)])
    for numbers, low, high in [(subject_id(patient), 40_000, 99_999), (admission, 1e5, 2e5 - 1), (stay, 2e5, 3e5 - 1)]:
        assert np.unique(numbers).size == numbers.size
        assert low <= numbers.min() and numbers.max() <= high


def test_a_series_counts_for_its_values_not_for_its_index():
    named = official("D_LABITEMS", {"ITEMID": pd.Series([7, 8], index=[5, 5]), "LABEL": ["a", "b"]})
    assert named["ITEMID"].tolist() == [7, 8] and named["LOINC_CODE"].isna().all()
    assert named.dtypes.astype(str).tolist() == ["Int64", "Int64", "str", "str", "str", "str"]


@pytest.mark.parametrize("compress", [True, False])
def test_written_then_read_back_equal(tmp_path, compress):
    tables = generate(60, seed=1)
    write_tables(tables, tmp_path / "new", compress)
    assert len(list((tmp_path / "new").iterdir())) == len(TABLES)
    for name, table in tables.items():
        pd.testing.assert_frame_equal(read_table(tmp_path / "new", name), table, obj=name)


def first_lines(path: Path) -> list[str]:
    return gzip.decompress(path.read_bytes()).decode("utf-8").split("\n")[:2]


def test_files_look_like_the_official_ones(tmp_path):
    write_tables(generate(5), tmp_path)
    header, first = first_lines(tmp_path / "ADMISSIONS.csv.gz")
    assert header.startswith("ROW_ID,SUBJECT_ID,HADM_ID,ADMITTIME,DISCHTIME,DEATHTIME,ADMISSION_TYPE,")
    assert first.startswith("1,40000,100000,2") and "NaT" not in first and "nan" not in first.lower().split(",")
    assert ".0," not in first_lines(tmp_path / "CHARTEVENTS.csv.gz")[1]


def test_writing_twice_gives_the_same_bytes(tmp_path):
    for folder in ("a", "b"):
        write_tables(generate(5), tmp_path / folder)
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes(), path.name


def test_a_shift_is_one_number_of_weeks_near_whole_years():
    days = shift_days(5000, np.random.default_rng(0))
    assert (days % 7 == 0).all()
    years = days / 365.2425
    assert np.abs(years - years.round()).max() * 365.2425 <= 4
    assert years.round().min() >= 100 and years.round().max() <= 175 and np.unique(days).size > 50


def test_dates_are_between_2100_and_2200_and_one_shift_serves_the_whole_patient(tables):
    admissions = tables["ADMISSIONS"]
    for name in ("ADMISSIONS", "ICUSTAYS", "CHARTEVENTS", "LABEVENTS", "PRESCRIPTIONS", "NOTEEVENTS"):
        for column in tables[name].select_dtypes("datetime"):
            assert tables[name][column].dropna().dt.year.between(2100, 2200).all(), (name, column)
    span = admissions.groupby("SUBJECT_ID")["ADMITTIME"].agg(np.ptp)
    assert span.max() < pd.Timedelta(days=10 * 365)
    assert admissions.groupby("SUBJECT_ID")["ADMITTIME"].first().dt.year.nunique() > 60


def test_weekdays_survive_the_shift(tables):
    weekday = tables["ADMISSIONS"]["ADMITTIME"].dt.day_of_week
    elective = tables["ADMISSIONS"]["ADMISSION_TYPE"] == "ELECTIVE"
    assert elective.sum() > 30 and (weekday[elective] < 5).all()
    assert (weekday[~elective] >= 5).mean() > 0.2


def test_events_fall_inside_the_stay_or_admission_they_name(tables):
    charts = tables["CHARTEVENTS"].merge(tables["ICUSTAYS"][["ICUSTAY_ID", "INTIME", "OUTTIME"]], on="ICUSTAY_ID")
    assert charts["CHARTTIME"].between(charts["INTIME"], charts["OUTTIME"]).all()
    assert (charts["CHARTTIME"] - charts["INTIME"]).max() < pd.Timedelta(hours=48)
    labs = in_admissions(tables["LABEVENTS"].dropna(subset="HADM_ID"), tables)
    assert labs["CHARTTIME"].between(labs["ADMITTIME"], labs["DISCHTIME"]).all()
    drugs = in_admissions(tables["PRESCRIPTIONS"], tables)
    assert (drugs["STARTDATE"] >= drugs["ADMITTIME"].dt.normalize()).all()
    assert ((drugs["STARTDATE"] <= drugs["ENDDATE"]) & (drugs["ENDDATE"] <= drugs["DISCHTIME"])).all()
    in_icu = drugs.merge(tables["ICUSTAYS"][["ICUSTAY_ID", "INTIME", "OUTTIME"]], on="ICUSTAY_ID")
    assert in_icu["STARTDATE"].between(in_icu["INTIME"].dt.normalize(), in_icu["OUTTIME"]).all()
    assert 0 < len(in_icu) < len(drugs)


def test_stays_are_inside_their_admission_and_never_overlap(tables):
    stays = in_admissions(tables["ICUSTAYS"], tables)
    assert ((stays["ADMITTIME"] <= stays["INTIME"]) & (stays["OUTTIME"] <= stays["DISCHTIME"])).all()
    assert stays["HADM_ID"].duplicated().any(), "aucune admission n'a deux séjours"
    ordered = tables["ADMISSIONS"].sort_values(["SUBJECT_ID", "ADMITTIME"])
    again = ordered["SUBJECT_ID"].duplicated()
    assert again.any() and (ordered["ADMITTIME"] > ordered["DISCHTIME"].shift())[again].all()
    days = (stays["OUTTIME"] - stays["INTIME"]).dt.total_seconds() / 86_400
    np.testing.assert_allclose(stays["LOS"], days)


def test_deaths_agree_between_tables(tables):
    patients = tables["PATIENTS"].set_index("SUBJECT_ID")
    admissions = tables["ADMISSIONS"].join(patients.drop(columns="ROW_ID"), on="SUBJECT_ID")
    died = admissions["HOSPITAL_EXPIRE_FLAG"] == 1
    assert (died == admissions["DEATHTIME"].notna()).all() and (
        died == (admissions["DISCHARGE_LOCATION"] == "DEAD/EXPIRED")
    ).all()
    assert (admissions["DOD_HOSP"] == admissions["DISCHTIME"].dt.normalize())[died].all()
    assert not admissions["SUBJECT_ID"].duplicated(keep="last")[died].any(), "une admission suit une mort"
    assert (patients["DOD"].notna() == (patients["EXPIRE_FLAG"] == 1)).all()
    later = admissions["DOD"].notna() & ~died
    assert (admissions["DOD"] > admissions["DISCHTIME"])[later & admissions["DOD_HOSP"].isna()].all()


def test_birth_is_hidden_above_89_years_and_only_there(tables):
    first = tables["ADMISSIONS"].groupby("SUBJECT_ID")["ADMITTIME"].first()
    patients = tables["PATIENTS"].set_index("SUBJECT_ID").join(first)
    hidden = patients["DOB"].dt.year < 2000
    assert hidden.sum() > 10
    exactly = (patients["ADMITTIME"] - pd.DateOffset(years=300)).dt.normalize()
    assert (patients["DOB"] == exactly)[hidden].all()
    last = tables["ADMISSIONS"].groupby("SUBJECT_ID")["ADMITTIME"].last()
    age = (last - patients["DOB"])[~hidden].dt.days / 365.25
    assert age.min() >= 18 and age.max() < 90.1


def test_birth_date_by_hand():
    start = pd.Series(pd.to_datetime(["2150-06-15 08:00:00"] * 4).astype("datetime64[s]"))
    last = start + pd.to_timedelta([0, 0, 300, 0], unit="D")
    young, old = (date(2150, 6, 15) - date(2100, 6, 15)).days, (date(2150, 6, 15) - date(2060, 12, 14)).days
    days = np.array([young, old, old, old + 730])
    born = birth_date(start, last, days / 365.25)
    assert born.dt.strftime("%Y-%m-%d").tolist() == ["2100-06-15", "2060-12-14", "1850-06-15", "1850-06-15"]
