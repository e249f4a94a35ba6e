"""La cohorte : des tables de quelques lignes faites à la main, et des boucles écrites ici pour oracle."""

import numpy as np
import pandas as pd
import pytest

from common.data.ehr import (
    adult_cohort,
    age_at_admission,
    already_seen,
    count_deaths,
    first_day,
    first_icu_stays,
    hospital_mortality,
)

HOUR, DAY = pd.Timedelta(hours=1), pd.Timedelta(days=1)


def times(*values):
    return pd.to_datetime(pd.Series(values), format="ISO8601").astype("datetime64[s]")


@pytest.fixture
def patients():
    births = times("2060-05-01", "1811-07-20", "2083-01-02", "2000-01-01", "2010-01-01")
    return pd.DataFrame({"SUBJECT_ID": [5, 3, 8, 9, 2], "DOB": births})


@pytest.fixture
def admissions():
    starts = times("2111-07-20", "2100-05-01", "2101-01-01", "2089-12-01", "2090-01-01", "2095-01-01")
    return pd.DataFrame(
        {
            "SUBJECT_ID": [3, 5, 8, 9, 2, 2],
            "HADM_ID": [30, 50, 80, 90, 20, 21],
            "ADMITTIME": starts,
            "HOSPITAL_EXPIRE_FLAG": pd.array([1, 0, 0, 1, 0, 1], dtype="Int64"),
        }
    )


@pytest.fixture
def icustays(admissions):
    """Le 8 a 17 ans ; le 9 reste 24 h pile ; le premier séjour du 2 dure 23 h, son suivant un mois ; le 5 en a deux."""
    start = admissions.set_index("HADM_ID")["ADMITTIME"]
    rows = [
        (2, 21, 201, start[21], start[21] + 30 * DAY),
        (2, 20, 200, start[20], start[20] + 23 * HOUR),
        (3, 30, 300, start[30], pd.NaT),
        (9, 90, 900, start[90] + HOUR, start[90] + 25 * HOUR),
        (5, 50, 501, start[50] + 5 * DAY, start[50] + 9 * DAY),
        (5, 50, 500, start[50] + HOUR, start[50] + 2 * DAY),
        (8, 80, 800, start[80], start[80] + 3 * DAY),
    ]
    return pd.DataFrame(rows, columns=["SUBJECT_ID", "HADM_ID", "ICUSTAY_ID", "INTIME", "OUTTIME"])


def test_age_in_years_and_over_89(patients, admissions):
    ages = age_at_admission(patients, admissions)
    assert list(ages.index) == list(admissions.index)
    assert ages.to_numpy() == pytest.approx([90.0, 40.0, 18.0, 89.9, 80.0, 85.0], abs=0.1)
    assert ages.iloc[0] == 90.0 and ages.iloc[3] == 90.0  # 300 ans, et 89 ans passés
    assert 17.99 < ages.iloc[2] < 18


def test_exactly_89_is_kept_and_an_unknown_patient_has_no_age():
    patients = pd.DataFrame({"SUBJECT_ID": [1], "DOB": times("2000-01-01")})
    admissions = pd.DataFrame({"SUBJECT_ID": [1, 7], "ADMITTIME": times("2088-12-31", "2088-12-31")}).set_axis([4, 2])
    ages = age_at_admission(patients, admissions)
    assert 88.9 < ages[4] <= 89
    assert np.isnan(ages[2])


def test_300_years_do_not_overflow_in_nanoseconds(patients, admissions):
    nanoseconds = age_at_admission(
        patients.assign(DOB=patients["DOB"].astype("datetime64[ns]")),
        admissions.assign(ADMITTIME=admissions["ADMITTIME"].astype("datetime64[ns]")),
    )
    pd.testing.assert_series_equal(nanoseconds, age_at_admission(patients, admissions))


def test_first_stay_of_each_patient(icustays):
    first = first_icu_stays(icustays)
    expected = {}
    for stay in icustays.itertuples():
        if stay.SUBJECT_ID not in expected or stay.INTIME < expected[stay.SUBJECT_ID].INTIME:
            expected[stay.SUBJECT_ID] = stay
    assert dict(zip(first["SUBJECT_ID"], first["ICUSTAY_ID"], strict=True)) == {
        subject: stay.ICUSTAY_ID for subject, stay in expected.items()
    }
    assert list(first["SUBJECT_ID"]) == sorted(expected)
    assert list(first.columns) == list(icustays.columns)


def test_cohort_keeps_adults_who_stayed_a_day(patients, admissions, icustays):
    before = icustays.copy()
    cohort = adult_cohort(patients, admissions, icustays)
    assert list(cohort["ICUSTAY_ID"]) == [500, 900]  # ni le séjour suivant du 2, ni le 3 sans OUTTIME, ni le 8 mineur
    assert cohort["AGE"].tolist() == pytest.approx([40.0, 90.0], abs=0.01)
    pd.testing.assert_frame_equal(icustays, before)


def brute_first_day(events, stays, link):
    rows = []
    for event in events.itertuples():
        for stay in stays.itertuples():
            same = not pd.isna(getattr(event, link)) and getattr(event, link) == getattr(stay, link)
            if same and stay.INTIME <= event.CHARTTIME < stay.INTIME + DAY:
                rows.append((event.ROW_ID, stay.ICUSTAY_ID))
    return rows


@pytest.mark.parametrize("link", ["ICUSTAY_ID", "HADM_ID"])
def test_first_day_against_a_loop(icustays, link):
    rng = np.random.default_rng(3)
    chosen = icustays.iloc[rng.integers(0, len(icustays), 400)]
    offsets = pd.to_timedelta(rng.integers(-30, 60, 400), unit="h")
    events = pd.DataFrame(
        {
            "ROW_ID": np.arange(400),
            link: pd.array(chosen[link], dtype="Int64"),
            "CHARTTIME": (chosen["INTIME"].reset_index(drop=True) + offsets).mask(rng.random(400) < 0.05),
        }
    )
    events.loc[rng.random(400) < 0.1, link] = pd.NA
    kept = first_day(events, icustays)
    assert list(zip(kept["ROW_ID"], kept["ICUSTAY_ID"], strict=True)) == brute_first_day(events, icustays, link)
    assert set(kept.columns) == {"ROW_ID", link, "ICUSTAY_ID", "CHARTTIME"}


def test_first_day_bounds():
    stays = pd.DataFrame({"ICUSTAY_ID": [1], "HADM_ID": [7], "INTIME": times("2100-01-01 10:00")})
    moments = times("2100-01-01 09:59:59", "2100-01-01 10:00", "2100-01-02 09:59:59", "2100-01-02 10:00")
    events = pd.DataFrame({"HADM_ID": [7] * 4, "CHARTTIME": moments})
    assert list(first_day(events, stays)["CHARTTIME"]) == [moments[1], moments[2]]


def test_mortality_is_that_of_the_admission(admissions, icustays):
    died = hospital_mortality(admissions, icustays)
    assert died.tolist() == [1, 0, 1, 1, 0, 0, 0]
    assert list(died.index) == list(icustays.index) and died.dtype == "int64"
    with pytest.raises(KeyError):
        hospital_mortality(admissions.iloc[1:], icustays)


def test_each_admission_counts_once_however_many_rows_it_has(admissions):
    rows = pd.DataFrame({"HADM_ID": pd.array([30, 30, 30, 50, 21, 999, pd.NA], dtype="Int64")})
    assert count_deaths(admissions, rows) == 2
    assert admissions.merge(rows, on="HADM_ID")["HOSPITAL_EXPIRE_FLAG"].sum() == 4  # le piège
    assert count_deaths(admissions, rows.iloc[:0]) == 0


def test_already_seen_counts_rows_and_not_patients():
    train, test = pd.Series([7, 7, 8], index=[0, 1, 2]), pd.Series([7, 7, 9, 8], index=[2, 9, 0, 1])
    assert already_seen(train, test) == 0.75  # deux patients connus sur trois, mais trois lignes sur quatre
    assert already_seen(train.to_numpy(), test.to_numpy()) == 0.75
    assert already_seen(test, train) == 1.0
    assert already_seen(train.iloc[:0], test) == 0.0
    assert np.isnan(already_seen(train, test.iloc[:0]))


def test_already_seen_against_a_loop():
    rng = np.random.default_rng(4)
    for _ in range(20):
        train, test = (rng.integers(0, 60, rng.integers(1, 50)) for _ in range(2))
        known = {int(patient) for patient in train}
        assert already_seen(pd.Series(train), pd.Series(test)) == pytest.approx(
            sum(int(patient) in known for patient in test) / len(test)
        )
