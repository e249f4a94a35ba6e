"""Leçon 1 : les mauvaises réponses de `first_day` et de `body_temperature`, écrites comme un apprenant les écrirait."""

from collections.abc import Callable

import pandas as pd

from common.data import ehr

DAY = pd.Timedelta(hours=24)


def joined(events, stays):
    return events.merge(stays[["HADM_ID", "ICUSTAY_ID", "INTIME"]], on="HADM_ID")


def kept_if(condition: Callable[[pd.Series], pd.Series]) -> Callable:
    """Fabrique une réponse qui garde les lignes dont le temps depuis l'entrée vérifie `condition`."""

    def wrong(events, stays):
        table = joined(events, stays)
        return table[condition(table["CHARTTIME"] - table["INTIME"])]

    return wrong


NOW = pd.Timedelta(0)
with_the_future = kept_if(lambda since: since >= NOW)
with_the_past = kept_if(lambda since: since < DAY)
everything = joined
twenty_fourth_hour_included = kept_if(lambda since: (since >= NOW) & (since <= DAY))
entry_excluded = kept_if(lambda since: (since > NOW) & (since < DAY))
outside_the_window = kept_if(lambda since: ~((since >= NOW) & (since < DAY)))
reversed_window = kept_if(lambda since: (-since >= NOW) & (-since < DAY))


def window(hours: int) -> Callable:
    """Fabrique une fenêtre d'une autre durée."""
    return kept_if(lambda since: (since >= NOW) & (since < pd.Timedelta(hours=hours)))


def calendar_day(events, stays):
    table = joined(events, stays)
    return table[table["CHARTTIME"].dt.date == table["INTIME"].dt.date]


def first_stay_of_admission(events, stays):
    return ehr.first_day(events, stays.sort_values("INTIME").drop_duplicates("HADM_ID"))


def first_event_only(events, stays):
    return ehr.first_day(events, stays).sort_values("CHARTTIME").drop_duplicates("ICUSTAY_ID")


def one_per_item(events, stays):
    return ehr.first_day(events, stays).drop_duplicates(["ICUSTAY_ID", "ITEMID"])


def in_fahrenheit(events):
    return (events["ITEMID"] == 223761) | (events["VALUENUM"] > 70)


def converted(events, celsius, where=in_fahrenheit):
    """Les valeurs, où celles que `where` désigne sont remplacées par `celsius`."""
    return events["VALUENUM"].mask(where(events), celsius)


def possible(values):
    return values.where(values.between(10, 50))


def correct(events):
    return converted(events, (events["VALUENUM"] - 32) / 1.8)


def trusts_the_item(events):
    return possible(converted(events, (events["VALUENUM"] - 32) / 1.8, lambda table: table["ITEMID"] == 223761))


def no_conversion(events):
    return possible(events["VALUENUM"])


def converts_all(events):
    return possible((events["VALUENUM"] - 32) / 1.8)


def to_fahrenheit(events):
    return possible(converted(events, events["VALUENUM"] * 1.8 + 32))


def no_bounds(events):
    return correct(events)


def clipped(events):
    return correct(events).clip(10, 50)


def filled_with_mean(events):
    celsius = possible(correct(events))
    return celsius.fillna(celsius.mean())


def filled_with_zero(events):
    return possible(correct(events)).fillna(0)


def dropped(events):
    return possible(correct(events)).dropna()


def strict_bounds(events):
    celsius = correct(events)
    return celsius.where((celsius > 10) & (celsius < 50))


def upper_bound_only(events):
    return correct(events).where(lambda celsius: celsius <= 50)


def lower_bound_only(events):
    return correct(events).where(lambda celsius: celsius >= 10)


def rounded(events):
    return possible(correct(events)).round(1)


whole_history = kept_if(lambda since: since.notna())
unknown_time_kept = kept_if(lambda since: ~((since < NOW) | (since >= DAY)))
after_the_window = kept_if(lambda since: since >= DAY)
nanoseconds = kept_if(lambda since: (since >= NOW) & (since < pd.Timedelta(24)))


def value_only(events):
    return possible(converted(events, (events["VALUENUM"] - 32) / 1.8, lambda table: table["VALUENUM"] > 70))


def converted_twice(events):
    celsius = converted(events, (events["VALUENUM"] - 32) / 1.8, lambda table: table["ITEMID"] == 223761)
    return possible(celsius.mask(celsius > 70, (celsius - 32) / 1.8))


def converts_the_others(events):
    return possible(converted(events, (events["VALUENUM"] - 32) / 1.8, lambda table: ~in_fahrenheit(table)))


def impossible_only(events):
    celsius = correct(events)
    return celsius.mask(celsius.between(10, 50))


def index_lost(events):
    return possible(correct(events)).reset_index(drop=True)


def multiplies(events):
    return possible(converted(events, (events["VALUENUM"] - 32) * 1.8))


def without_parentheses(events):
    return possible(converted(events, events["VALUENUM"] - 32 / 1.8))


def swapped_items(events):
    celsius = (events["VALUENUM"] - 32) / 1.8
    return possible(converted(events, celsius, lambda table: (table["ITEMID"] == 223762) | (table["VALUENUM"] > 70)))


def both_conditions(events):
    celsius = (events["VALUENUM"] - 32) / 1.8
    return possible(converted(events, celsius, lambda table: (table["ITEMID"] == 223761) & (table["VALUENUM"] > 70)))
