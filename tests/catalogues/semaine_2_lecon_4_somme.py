"""Leçon 4 de la semaine 2, la somme bornée : ce que le contrôle doit refuser, et avec quel message."""

import numpy as np

from common.privacy import bounded_person_sum


def each_row(values, person, low, high):
    return values.clip(low, high).sum(), max(abs(low), abs(high))


def each_row_then_each_person(values, person, low, high):
    return values.clip(low, high).groupby(person).sum().clip(low, high).sum(), max(abs(low), abs(high))


def without_bounds(values, person, low, high):
    return values.sum(), max(abs(low), abs(high))


def whole_sum(values, person, low, high):
    return min(max(values.sum(), low), high), max(abs(low), abs(high))


def of_a_replacement(values, person, low, high):
    return bounded_person_sum(values, person, low, high)[0], high - low


def upper_bound_only(values, person, low, high):
    return bounded_person_sum(values, person, low, high)[0], high


def larger_bound(values, person, low, high):
    return bounded_person_sum(values, person, low, high)[0], max(low, high)


def absolute_upper_bound(values, person, low, high):
    return bounded_person_sum(values, person, low, high)[0], abs(high)


def both_bounds(values, person, low, high):
    return bounded_person_sum(values, person, low, high)[0], abs(low) + abs(high)


def seen_in_the_data(values, person, low, high):
    totals = values.groupby(person).sum()
    return totals.clip(low, high).sum(), max(abs(totals.min()), abs(totals.max()))


def seen_once_bounded(values, person, low, high):
    totals = values.groupby(person).sum().clip(low, high)
    return totals.sum(), max(abs(totals.min()), abs(totals.max()))


def times_the_rows(values, person, low, high):
    total, sensitivity = bounded_person_sum(values, person, low, high)
    return total, sensitivity * person.value_counts().iloc[0]


def reversed_pair(values, person, low, high):
    total, sensitivity = bounded_person_sum(values, person, low, high)
    return sensitivity, total


def without_low(values, person, low, high):
    return np.minimum(values.groupby(person).sum(), high).sum(), max(abs(low), abs(high))


def without_high(values, person, low, high):
    return np.maximum(values.groupby(person).sum(), low).sum(), max(abs(low), abs(high))


def from_zero(values, person, low, high):
    return values.groupby(person).sum().clip(0, max(0, high)).sum(), max(abs(low), abs(high))


def dropped(values, person, low, high):
    totals = values.groupby(person).sum()
    return totals[(totals >= low) & (totals <= high)].sum(), max(abs(low), abs(high))


def mean_row(values, person, low, high):
    return values.groupby(person).mean().clip(low, high).sum(), max(abs(low), abs(high))


def longest_row(values, person, low, high):
    return values.groupby(person).max().clip(low, high).sum(), max(abs(low), abs(high))


def first_row(values, person, low, high):
    return values.groupby(person).first().clip(low, high).sum(), max(abs(low), abs(high))


def only_the_sum(values, person, low, high):
    return values.groupby(person).sum().clip(low, high).sum()


def average(values, person, low, high):
    return values.groupby(person).sum().clip(low, high).mean(), max(abs(low), abs(high))


def one_value_per_person(values, person, low, high):
    return values.groupby(person).sum().clip(low, high), max(abs(low), abs(high))


def first_person(values, person, low, high):
    return float(np.clip(values[person == person.iloc[0]].sum(), low, high)), max(abs(low), abs(high))


def index_as_person(values, person, low, high):
    return bounded_person_sum(values, values.index, low, high)


def clipped_groups(values, person, low, high):
    return values.groupby(person).clip(low, high).sum(), max(abs(low), abs(high))


def sorts_in_place(values, person, low, high):
    values.sort_index(inplace=True)
    return bounded_person_sum(values, person.sort_index(), low, high)


def column_name(values, person, low, high):
    return values.groupby("SUBJECT_ID").sum().clip(low, high).sum(), max(abs(low), abs(high))


def one_argument_to_clip(values, person, low, high):
    return values.groupby(person).sum().clip(high).sum(), max(abs(low), abs(high))


def rows_counted(values, person, low, high):
    return values.groupby(person).count().clip(low, high).sum(), max(abs(low), abs(high))


def smaller_bound(values, person, low, high):
    return bounded_person_sum(values, person, low, high)[0], min(abs(low), abs(high))


def sensitivity_of_a_count(values, person, low, high):
    return bounded_person_sum(values, person, low, high)[0], 1.0


def rows_times_their_number(values, person, low, high):
    return np.clip(values, low, high).sum(), person.value_counts().max() * max(abs(low), abs(high))


def as_a_dict(values, person, low, high):
    return dict(zip(("somme", "sensibilité"), bounded_person_sum(values, person, low, high), strict=True))


PERSON_SUM = [
    (each_row, "bornez chaque LIGNE"),
    (index_as_person, "bornez chaque LIGNE"),
    (each_row_then_each_person, "chaque ligne, puis chaque personne"),
    (without_bounds, "rien n'est borné"),
    (whole_sum, "la somme de TOUS"),
    (of_a_replacement, "REMPLACÉE"),
    (upper_bound_only, "EN VALEUR ABSOLUE"),
    (larger_bound, "EN VALEUR ABSOLUE"),
    (absolute_upper_bound, "oublie `low`"),
    (both_bounds, "ajoute les deux bornes"),
    (seen_in_the_data, "lue dans les données"),
    (seen_once_bounded, "plus grand total OBSERVÉ"),
    (times_the_rows, "ne multipliez pas la sensibilité"),
    (reversed_pair, "la somme d'abord"),
    (without_low, "borne basse"),
    (without_high, "borne haute"),
    (from_zero, "pas toujours zéro"),
    (dropped, "retirez les personnes"),
    (mean_row, "moyennez les lignes"),
    (longest_row, "la plus grande ligne"),
    (first_row, "la première ligne"),
    (only_the_sum, "il manque la sensibilité"),
    (average, "rendez la somme"),
    (one_value_per_person, "la dernière addition"),
    (first_person, "pas celui attendu"),
    (clipped_groups, "avant d'être borné"),
    (sorts_in_place, "en place"),
    (column_name, "groupez par `person`"),
    (one_argument_to_clip, "une borne BASSE"),
    (rows_counted, "vous comptez les lignes"),
    (smaller_bound, "non la plus petite"),
    (sensitivity_of_a_count, "la sensibilité d'un compte"),
    (rows_times_their_number, "borner leur NOMBRE"),
    (as_a_dict, "tuple"),
]

WRONG = {"bounded_person_sum": PERSON_SUM}
