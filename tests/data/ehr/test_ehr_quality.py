"""La qualité : manques, unités, absurdités et doublons, sur des lignes faites à la main."""

import numpy as np
import pandas as pd
import pytest

from common.data.ehr import (
    body_temperature,
    missing_rates,
    mixed_units,
    plausible,
    plausible_events,
    repeated_measures,
    to_celsius,
    typed_in_fahrenheit,
    without_errors,
)
from common.data.ehr.quality import PLAUSIBLE_RANGES


@pytest.fixture
def events():
    moment = pd.Timestamp("2100-01-01 10:00")
    rows = [
        (1, 5, 223761, "98.6", 98.6, "?F", 0),
        (2, 5, 678, "104", 104.0, "Deg. F", pd.NA),
        (3, 5, 223762, "37", 37.0, "?C", 1),
        (4, 5, 223761, "37", 37.0, "?F", 0),
        (5, 5, 220045, "0", 0.0, "bpm", 0),
        (6, 5, 220045, "80", 80.0, "BPM ", 0),
        (7, 5, 220045, "80", 80.0, "BPM ", 0),
        (8, 6, 220045, "80", 80.0, "BPM ", 0),
        (9, 5, 223835, "0.5", 0.5, "%", 0),
        (10, 5, 223835, "50", 50.0, None, 0),
        (11, 5, 50931, "100", 100.0, "mg/dL", 0),
        (12, 5, 50931, "5.6", 5.6, "mmol/L", 0),
        (13, 5, 220277, "refus", np.nan, "%", 0),
    ]
    columns = ["ROW_ID", "SUBJECT_ID", "ITEMID", "VALUE", "VALUENUM", "VALUEUOM", "ERROR"]
    frame = pd.DataFrame(rows, columns=columns).assign(CHARTTIME=moment)
    return frame.astype({"ITEMID": "Int64", "ERROR": "Int64"})


def test_missing_rates():
    table = pd.DataFrame({"a": [1, None, 3, None], "b": ["x", "y", "", None], "c": [1, 2, 3, 4]})
    assert missing_rates(table).to_dict() == {"a": 0.5, "b": 0.25, "c": 0.0}
    assert missing_rates(table.iloc[:0]).isna().all()


def test_plausible_keeps_bounds_and_never_clips():
    values = pd.Series([np.nan, 0.9, 1, 50, 300, 300.1, 9999, -5])
    expected = [np.nan, np.nan, 1, 50, 300, np.nan, np.nan, np.nan]
    np.testing.assert_array_equal(plausible(values, 1, 300), expected)
    assert values.iloc[6] == 9999  # l'argument n'a pas changé


def test_plausible_events_uses_the_range_of_each_item(events):
    cleaned = plausible_events(events)
    lost = set(cleaned["ROW_ID"][cleaned["VALUENUM"].isna()])
    assert lost == {4, 5, 13}  # 37 °F, 0 battement, et ce qui manquait ; 223835, sans borne, garde tout
    assert events["VALUENUM"].isna().sum() == 1


def test_to_celsius_converts_once(events):
    celsius = to_celsius(events)
    assert celsius["VALUENUM"].iloc[:4].tolist() == pytest.approx([37.0, 40.0, 37.0, 2.7778], abs=1e-4)
    assert celsius["ITEMID"].iloc[:4].tolist() == [223762, 676, 223762, 223762]
    assert celsius["VALUEUOM"].iloc[:4].tolist() == ["°C", "°C", "?C", "°C"]
    pd.testing.assert_frame_equal(celsius.iloc[4:], events.iloc[4:])
    pd.testing.assert_frame_equal(to_celsius(celsius), celsius)
    assert events["ITEMID"].iloc[0] == 223761


def test_celsius_typed_as_fahrenheit_ends_up_missing(events):
    assert plausible_events(to_celsius(events))["VALUENUM"].isna().tolist()[:4] == [False, False, False, True]


def test_fahrenheit_under_a_celsius_item(events):
    assert not typed_in_fahrenheit(events).any()
    events.loc[2, "VALUENUM"] = 98.6
    assert set(events["ROW_ID"][typed_in_fahrenheit(events)]) == {3}


def test_laboratory_ranges_refuse_zero_and_the_impossible():
    labs = pd.DataFrame({"ITEMID": [50912] * 4 + [51301], "VALUENUM": [0.0, 0.4, 150.0, 151.0, 1001.0]})
    assert plausible_events(labs)["VALUENUM"].isna().tolist() == [True, False, False, True, True]


# (ITEMID, dernière valeur refusée en bas, première admise, dernière admise, première refusée en haut), recopiés de
# vitals_first_day.sql (à l'entier près) et pivoted_lab.sql, de mimic-code.
LIMITS = [
    *((item, 0, 1, 299, 300) for item in (211, 220045)),
    *((item, 0, 1, 399, 400) for item in (51, 442, 455, 6701, 220179, 220050)),
    *((item, 0, 1, 299, 300) for item in (8368, 8440, 8441, 8555, 220180, 220051)),
    *((item, 0, 1, 299, 300) for item in (456, 52, 6702, 443, 220052, 220181, 225312)),
    *((item, 0, 1, 69, 70) for item in (615, 618, 220210, 224690)),
    *((item, 9, 10, 50, 51) for item in (223762, 676)),
    *((item, 69, 70, 120, 121) for item in (223761, 678)),
    *((item, 0, 1, 100, 101) for item in (646, 220277)),
    *((item, 0, 0.1, 10_000, 10_001) for item in (50882, 50931, 51265)),
    *((item, 0, 0.1, 150, 151) for item in (50885, 50912)),
    *((item, 0, 0.1, 50, 51) for item in (50813, 51222)),
    *((item, 0, 0.1, 1_000, 1_001) for item in (51300, 51301)),
    *((50971, 0, 0.1, 30, 31), (50983, 0, 0.1, 200, 201), (51006, 0, 0.1, 300, 301)),
]


def test_every_range_is_that_of_mimic_code():
    assert {item for item, *_ in LIMITS} == set(PLAUSIBLE_RANGES)
    for item, below, low, high, above in LIMITS:
        kept = plausible_events(pd.DataFrame({"ITEMID": item, "VALUENUM": [below, low, high, above]}))["VALUENUM"]
        assert kept.isna().tolist() == [True, False, False, True], item


def test_repeated_measures_keep_the_first(events):
    assert set(events["ROW_ID"][repeated_measures(events)]) == {7}


def test_mixed_units_ignore_case_and_blanks(events):
    assert mixed_units(events).to_dict() == {(50931, "mg/dl"): 1, (50931, "mmol/l"): 1}
    assert mixed_units(events[events["ITEMID"] != 50931]).empty


def test_errors_marked_by_the_caregiver_are_left_out(events):
    assert set(events["ROW_ID"]) - set(without_errors(events)["ROW_ID"]) == {3}


def test_body_temperature_in_celsius_or_nothing():
    cases = [
        (223761, 98.6, 37.0),
        (678, 212.0, np.nan),  # l'eau bout
        (223762, 36.8, 36.8),
        (676, 100.4, 38.0),  # un °F saisi sous un ITEMID de °C
        (223762, 0.0, np.nan),
        (223761, 0.0, np.nan),
        (223762, 9999.0, np.nan),
        (223762, 60.0, np.nan),  # ni des °C ni des °F
        (223762, 50.0, 50.0),
        (223761, np.nan, np.nan),
    ]
    itemid, value, expected = zip(*cases, strict=True)
    events = pd.DataFrame({"ITEMID": pd.array(itemid, dtype="Int64"), "VALUENUM": value, "VALUEUOM": "?"})
    events.index = events.index[::-1]
    before = events.copy()
    celsius = body_temperature(events)
    np.testing.assert_allclose(celsius, expected)
    assert list(celsius.index) == list(events.index)
    pd.testing.assert_frame_equal(events, before)
