"""Leçon 1, les températures : ce que le contrôle doit refuser, et avec quel message."""

import numpy as np
import pandas as pd


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


def by_value_only(events):
    value = events["VALUENUM"]
    celsius = value.where(~value.between(70, 120), (value - 32) / 1.8)
    return celsius.mask((celsius < 10) | (celsius > 50))


def one_after_the_other(events):
    celsius = events["VALUENUM"].where(events["ITEMID"] == 223762, (events["VALUENUM"] - 32) / 1.8)
    return bounded(celsius.mask(celsius > 70, (celsius - 32) / 1.8))


def where_for_mask(events):
    fahrenheit = (events["ITEMID"] == 223761) | (events["VALUENUM"] > 70)
    return bounded(events["VALUENUM"].where(fahrenheit, (events["VALUENUM"] - 32) / 1.8))


def mask_for_where(events):
    celsius = converted(events)
    return celsius.mask(celsius.between(10, 50))


def new_series(events):
    return pd.Series(bounded(converted(events)).to_numpy())


def parentheses_forgotten(events):
    fahrenheit = (events["ITEMID"] == 223761) | (events["VALUENUM"] > 70)
    return bounded(events["VALUENUM"].mask(fahrenheit, events["VALUENUM"] - 32 / 1.8))


def and_for_or(events):
    fahrenheit = (events["ITEMID"] == 223761) & (events["VALUENUM"] > 70)
    return bounded(events["VALUENUM"].mask(fahrenheit, (events["VALUENUM"] - 32) / 1.8))


TEMPERATURE = [
    (by_value_only, "ITEMID ne sert pas"),
    (one_after_the_other, "DEUX fois"),
    (where_for_mask, "convertissez les °C"),
    (mask_for_where, "IMPOSSIBLES"),
    (new_series, "index=events.index"),
    (parentheses_forgotten, "la division passe avant"),
    (and_for_or, "convertissez TOUTES"),
    (believes_the_item, "saisis sous 223762 sont perdus"),
    (converts_the_wrong_item, "pas celui attendu"),
    (nothing_converted, "°F sont perdus"),
    (multiplies, "on DIVISE"),
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

WRONG = {"body_temperature": TEMPERATURE}
