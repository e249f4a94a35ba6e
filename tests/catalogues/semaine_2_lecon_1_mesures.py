"""Leçon 1, premier jour et mesures : ce que les contrôles doivent refuser, et avec quel message."""

import numpy as np
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


FIRST_DAY = [
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


def converted(events):
    """Toutes les températures en °C, sans bornes."""
    fahrenheit = (events["ITEMID"] == 223761) | (events["VALUENUM"] > 70)
    return events["VALUENUM"].mask(fahrenheit, (events["VALUENUM"] - 32) / 1.8)


def bounded(values, low=10, high=50):
    return values.where((values >= low) & (values <= high))


def believes_the_item(events):
    celsius = events["VALUENUM"].where(events["ITEMID"] == 223762, (events["VALUENUM"] - 32) / 1.8)
    return bounded(celsius)


def converts_the_wrong_item(events):
    return bounded(events["VALUENUM"].mask(events["ITEMID"] == 223762, (events["VALUENUM"] - 32) / 1.8))


def nothing_converted(events):
    return bounded(events["VALUENUM"])


def multiplies(events):
    fahrenheit = (events["ITEMID"] == 223761) | (events["VALUENUM"] > 70)
    return bounded(events["VALUENUM"].mask(fahrenheit, (events["VALUENUM"] - 32) * 1.8))


def everything_converted(events):
    return bounded((events["VALUENUM"] - 32) / 1.8)


def two_instead_of_1_8(events):
    fahrenheit = (events["ITEMID"] == 223761) | (events["VALUENUM"] > 70)
    return bounded(events["VALUENUM"].mask(fahrenheit, (events["VALUENUM"] - 32) / 2))


def no_limit(events):
    return converted(events)


def brought_to_the_edge(events):
    return converted(events).clip(lower=10, upper=50)


def brought_back_to_37(events):
    return bounded(converted(events)).fillna(37.0)


def mean_instead(events):
    celsius = bounded(converted(events))
    return celsius.fillna(celsius.mean())


def zero_instead(events):
    return bounded(converted(events)).fillna(0)


def rows_lost(events):
    celsius = converted(events)
    return celsius[celsius.between(10, 50)]


def open_limits(events):
    return converted(events).where(lambda value: value.between(10, 50, inclusive="neither"))


def lower_limit_forgotten(events):
    return bounded(converted(events), low=-np.inf)


def upper_limit_forgotten(events):
    return bounded(converted(events), high=np.inf)


def too_narrow(events):
    return bounded(converted(events), low=30, high=45)


def index_lost(events):
    return bounded(converted(events)).reset_index(drop=True)


def whole_degrees(events):
    return bounded(converted(events)).round()


def tenths(events):
    return bounded(converted(events)).round(1)


def whole_table(events):
    return events.assign(VALUENUM=bounded(converted(events)))


def temperature_without_return(events):
    bounded(converted(events))


def overwritten(events):
    events["VALUENUM"] = bounded(converted(events))
    return events["VALUENUM"]


def python_if(events):
    if events["VALUENUM"] > 70:
        return (events["VALUENUM"] - 32) / 1.8
    return events["VALUENUM"]


TEMPERATURE = [
    (believes_the_item, "saisis sous 223762 sont perdus"),
    (converts_the_wrong_item, "pas celui attendu"),
    (nothing_converted, "°F sont perdus"),
    (multiplies, "°F sont perdus"),
    (everything_converted, "TOUT est converti"),
    (two_instead_of_1_8, "pas celui attendu"),
    (no_limit, "impossibles sont restées"),
    (brought_to_the_edge, "ramenez pas au bord"),
    (brought_back_to_37, "pas celui attendu"),
    (mean_instead, "on ne devine pas"),
    (zero_instead, "un zéro n'est pas"),
    (rows_lost, "ne retirez aucune ligne"),
    (open_limits, "sont comprises"),
    (lower_limit_forgotten, "trop BASSES"),
    (upper_limit_forgotten, "trop HAUTES"),
    (too_narrow, "pas celui attendu"),
    (index_lost, "index"),
    (whole_degrees, "pas celui attendu"),
    (tenths, "n'arrondissez pas"),
    (whole_table, "série pandas"),
    (temperature_without_return, "`return`"),
    (overwritten, "en place"),
    (python_if, "plusieurs valeurs d'un coup"),
]

WRONG = {"first_day": FIRST_DAY, "body_temperature": TEMPERATURE}
