"""Leçon 1, le premier jour : ce que le contrôle doit refuser, et avec quel message."""

import pandas as pd

from common.data import ehr

DAY = pd.Timedelta(hours=24)
ZERO = pd.Timedelta(0)


def with_entry(events, stays):
    return events.merge(stays[["HADM_ID", "ICUSTAY_ID", "INTIME"]], on="HADM_ID")


def since_entry(table):
    return table["CHARTTIME"] - table["INTIME"]


def no_upper_bound(events, stays):
    table = with_entry(events, stays)
    return table[table["CHARTTIME"] >= table["INTIME"]]


def no_lower_bound(events, stays):
    table = with_entry(events, stays)
    return table[table["CHARTTIME"] < table["INTIME"] + DAY]


def no_window(events, stays):
    return with_entry(events, stays)


def both_bounds(events, stays):
    table = with_entry(events, stays)
    return table[since_entry(table).between(ZERO, DAY)]


def neither_bound(events, stays):
    table = with_entry(events, stays)
    return table[since_entry(table).between(ZERO, DAY, inclusive="neither")]


def right_bound(events, stays):
    table = with_entry(events, stays)
    return table[since_entry(table).between(ZERO, DAY, inclusive="right")]


def same_date(events, stays):
    table = with_entry(events, stays)
    return table[table["CHARTTIME"].dt.normalize() == table["INTIME"].dt.normalize()]


def second_day(events, stays):
    table = with_entry(events, stays)
    return table[since_entry(table).dt.days == 1]


def half_a_day(events, stays):
    table = with_entry(events, stays)
    return table[since_entry(table).between(ZERO, DAY / 2, inclusive="left")]


def absolute_gap(events, stays):
    table = with_entry(events, stays)
    return table[since_entry(table).abs() < DAY]


def backwards(events, stays):
    table = with_entry(events, stays)
    return table[(-since_entry(table)).between(ZERO, DAY, inclusive="left")]


def compared_with_24(events, stays):
    table = with_entry(events, stays)
    return table[since_entry(table) < 24]


def from_the_first_event(events, stays):
    table = with_entry(events, stays)
    start = table.groupby("ICUSTAY_ID")["CHARTTIME"].transform("min")
    return table[(table["CHARTTIME"] - start).between(ZERO, DAY, inclusive="left")]


def one_stay_only(events, stays):
    return ehr.first_day(events, stays.iloc[:1])


def one_stay_per_admission(events, stays):
    return ehr.first_day(events, stays.sort_values("INTIME").drop_duplicates("HADM_ID"))


def one_event_per_stay(events, stays):
    return ehr.first_day(events, stays).sort_values("CHARTTIME").groupby("ICUSTAY_ID").head(1)


def only_lactate(events, stays):
    return ehr.first_day(events[events["ITEMID"] == 50813], stays)


def stay_forgotten(events, stays):
    return events[events["ROW_ID"].isin(ehr.first_day(events, stays)["ROW_ID"])]


def suffixed_columns(events, stays):
    table = events.merge(stays, on="HADM_ID")
    return table[since_entry(table).between(ZERO, DAY, inclusive="left")]


def only_row_numbers(events, stays):
    return ehr.first_day(events, stays)["ROW_ID"]


def events_without_return(events, stays):
    ehr.first_day(events, stays)


def entry_in_place(events, stays):
    events["INTIME"] = events["HADM_ID"].map(stays.drop_duplicates("HADM_ID").set_index("HADM_ID")["INTIME"])
    return ehr.first_day(events.drop(columns="INTIME"), stays)


def values_rounded(events, stays):
    return ehr.first_day(events, stays).assign(VALUENUM=lambda table: table["VALUENUM"].round())


def seconds_of_the_day(events, stays):
    table = with_entry(events, stays)
    return table[since_entry(table).dt.seconds < 24 * 3600]


def one_bound_or_the_other(events, stays):
    table = with_entry(events, stays)
    return table[(since_entry(table) >= ZERO) | (since_entry(table) < DAY)]


def not_outside(events, stays):
    table = with_entry(events, stays)
    return table[~((since_entry(table) < ZERO) | (since_entry(table) >= DAY))]


def later_ones(events, stays):
    table = with_entry(events, stays)
    return table[table["CHARTTIME"] >= table["INTIME"] + DAY]


def unit_forgotten(events, stays):
    table = with_entry(events, stays)
    return table[since_entry(table).between(ZERO, pd.Timedelta(24), inclusive="left")]


FIRST_DAY = [
    (seconds_of_the_day, "`.dt.seconds` oublie"),
    (one_bound_or_the_other, "les deux bornes"),
    (not_outside, "sans heure"),
    (later_ones, "APRÈS les 24 heures"),
    (unit_forgotten, "NANOSECONDES"),
    (no_upper_bound, "AVENIR"),
    (no_lower_bound, "passé"),
    (no_window, "rien n'est écarté"),
    (both_bounds, "la 24e heure"),
    (neither_bound, "INTIME pile"),
    (right_bound, "forme"),
    (same_date, "CALENDRIER"),
    (second_day, "forme"),
    (half_a_day, "12 heures"),
    (absolute_gap, "forme"),
    (backwards, "sens est inversé"),
    (compared_with_24, "pd.Timedelta(hours=24)"),
    (from_the_first_event, "forme"),
    (one_stay_only, "forme"),
    (one_stay_per_admission, "TOUS les séjours"),
    (one_event_per_stay, "gardez-les toutes"),
    (only_lactate, "forme"),
    (stay_forgotten, "colonne ICUSTAY_ID"),
    (suffixed_columns, "SUBJECT_ID_x"),
    (only_row_numbers, "tableau pandas"),
    (events_without_return, "`return`"),
    (entry_in_place, "en place"),
    (values_rounded, "VALUENUM"),
]


WRONG = {"first_day": FIRST_DAY}
