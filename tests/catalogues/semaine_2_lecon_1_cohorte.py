"""Leçon 1, la cohorte : ce que le contrôle doit refuser, et avec quel message."""

import pandas as pd

from common.data import ehr

DAY = pd.Timedelta(hours=24)


def cohort_of(stays, patients, admissions, adult=18, duration=DAY):
    """La fin d'une réponse : joindre l'âge, puis écarter."""
    ages = admissions.assign(AGE=ehr.age_at_admission(patients, admissions))[["HADM_ID", "AGE"]]
    table = stays.merge(ages, on="HADM_ID")
    return table[(table["AGE"] >= adult) & (table["OUTTIME"] - table["INTIME"] >= duration)]


def first_of(icustays):
    return icustays.sort_values("INTIME").groupby("SUBJECT_ID", as_index=False).head(1)


def every_stay(patients, admissions, icustays):
    return cohort_of(icustays, patients, admissions)


def short_ones_first(patients, admissions, icustays):
    return first_of(cohort_of(icustays, patients, admissions))


def latest(patients, admissions, icustays):
    return cohort_of(icustays.sort_values("INTIME").groupby("SUBJECT_ID").tail(1), patients, admissions)


def as_written(patients, admissions, icustays):
    return cohort_of(icustays.drop_duplicates("SUBJECT_ID"), patients, admissions)


def lowest_number(patients, admissions, icustays):
    return cohort_of(icustays.sort_values("ICUSTAY_ID").drop_duplicates("SUBJECT_ID"), patients, admissions)


def per_admission(patients, admissions, icustays):
    return cohort_of(icustays.sort_values("INTIME").drop_duplicates("HADM_ID"), patients, admissions)


def all_ages(patients, admissions, icustays):
    return cohort_of(first_of(icustays), patients, admissions, adult=0)


def from_19(patients, admissions, icustays):
    return cohort_of(first_of(icustays), patients, admissions, adult=19)


def from_16(patients, admissions, icustays):
    return cohort_of(first_of(icustays), patients, admissions, adult=17.7)


def any_duration(patients, admissions, icustays):
    return cohort_of(first_of(icustays[icustays["OUTTIME"].notna()]), patients, admissions, duration=DAY * 0)


def twelve_hours(patients, admissions, icustays):
    return cohort_of(first_of(icustays), patients, admissions, duration=DAY / 2)


def strictly_a_day(patients, admissions, icustays):
    return cohort_of(first_of(icustays), patients, admissions, duration=DAY + pd.Timedelta(seconds=1))


def unknown_end_is_long(patients, admissions, icustays):
    stays = first_of(icustays)
    return cohort_of(stays.fillna({"OUTTIME": stays["INTIME"] + DAY}), patients, admissions)


def children(patients, admissions, icustays):
    stays = cohort_of(first_of(icustays), patients, admissions, adult=0)
    return stays[stays["AGE"] < 18]


def raw_ages(patients, admissions, icustays):
    cohort = ehr.adult_cohort(patients, admissions, icustays)
    return cohort.assign(AGE=cohort["AGE"].where(cohort["AGE"] < 90, 300))


def without_age(patients, admissions, icustays):
    return ehr.adult_cohort(patients, admissions, icustays).drop(columns="AGE")


def only_numbers(patients, admissions, icustays):
    return ehr.adult_cohort(patients, admissions, icustays)["ICUSTAY_ID"]


def twice_the_subject(patients, admissions, icustays):
    ages = admissions.assign(AGE=ehr.age_at_admission(patients, admissions))
    table = first_of(icustays).merge(ages, on="HADM_ID")
    return table[(table["AGE"] >= 18) & (table["OUTTIME"] - table["INTIME"] >= DAY)]


def first_ten(patients, admissions, icustays):
    return ehr.adult_cohort(patients, admissions, icustays).head(3)


def cohort_without_return(patients, admissions, icustays):
    ehr.adult_cohort(patients, admissions, icustays)


def sorted_in_place(patients, admissions, icustays):
    icustays.sort_values("INTIME", inplace=True)
    return cohort_of(icustays.drop_duplicates("SUBJECT_ID"), patients, admissions)


def long_ones_first(patients, admissions, icustays):
    long = icustays[icustays["OUTTIME"] - icustays["INTIME"] >= DAY]
    return cohort_of(first_of(long), patients, admissions)


def adults_first(patients, admissions, icustays):
    ages = admissions.assign(AGE=ehr.age_at_admission(patients, admissions))[["HADM_ID", "AGE"]]
    stays = icustays.merge(ages, on="HADM_ID")
    stays = first_of(stays[stays["AGE"] >= 18])
    return stays[stays["OUTTIME"] - stays["INTIME"] >= DAY]


def first_value_of_each_column(patients, admissions, icustays):
    first = icustays.sort_values("INTIME").groupby("SUBJECT_ID").first().reset_index()
    return cohort_of(first, patients, admissions)


def subject_in_the_index(patients, admissions, icustays):
    return ehr.adult_cohort(patients, admissions, icustays).set_index("SUBJECT_ID")


def age_merged_by_subject(patients, admissions, icustays):
    ages = admissions.assign(AGE=ehr.age_at_admission(patients, admissions))[["SUBJECT_ID", "AGE"]]
    table = first_of(icustays).merge(ages, on="SUBJECT_ID")
    return table[(table["AGE"] >= 18) & (table["OUTTIME"] - table["INTIME"] >= DAY)]


def comparisons_without_parentheses(patients, admissions, icustays):
    ages = admissions.assign(AGE=ehr.age_at_admission(patients, admissions))[["HADM_ID", "AGE"]]
    table = first_of(icustays).merge(ages, on="HADM_ID")
    return table[table["AGE"] >= 18 & (table["OUTTIME"] - table["INTIME"] >= DAY)]


def either_condition(patients, admissions, icustays):
    ages = admissions.assign(AGE=ehr.age_at_admission(patients, admissions))[["HADM_ID", "AGE"]]
    table = first_of(icustays).merge(ages, on="HADM_ID")
    return table[(table["AGE"] >= 18) | (table["OUTTIME"] - table["INTIME"] >= DAY)]


def seconds_only(patients, admissions, icustays):
    table = cohort_of(first_of(icustays), patients, admissions, duration=DAY * 0)
    return table[(table["OUTTIME"] - table["INTIME"]).dt.seconds >= 86_400]


def assigned_age(patients, admissions, icustays):
    table = first_of(icustays).assign(AGE=ehr.age_at_admission(patients, admissions))
    return table[(table["AGE"] >= 18) & (table["OUTTIME"] - table["INTIME"] >= DAY)]


COHORT = [
    (long_ones_first, "la durée APRÈS le choix"),
    (adults_first, "AVANT de regarder l'âge"),
    (first_value_of_each_column, "NON VIDE"),
    (subject_in_the_index, "`reset_index()`"),
    (age_merged_by_subject, "l'âge par patient"),
    (comparisons_without_parentheses, "entre parenthèses"),
    (either_condition, "`&`, et non `|`"),
    (seconds_only, "`.dt.seconds` oublie"),
    (assigned_age, "aligne par index"),
    (every_stay, "plusieurs séjours"),
    (short_ones_first, "AVANT d'écarter"),
    (latest, "DERNIER"),
    (as_written, "première LIGNE"),
    (lowest_number, "plus petit ICUSTAY_ID"),
    (per_admission, "par ADMISSION"),
    (all_ages, "mineurs"),
    (from_19, "forme"),
    (from_16, "forme"),
    (any_duration, "forme"),
    (twelve_hours, "forme"),
    (strictly_a_day, "24 heures pile"),
    (unknown_end_is_long, "sans OUTTIME"),
    (children, "forme"),
    (raw_ages, "pas celui attendu"),
    (without_age, "colonne AGE"),
    (only_numbers, "tableau pandas"),
    (twice_the_subject, "SUBJECT_ID_x"),
    (first_ten, "forme"),
    (cohort_without_return, "`return`"),
    (sorted_in_place, "en place"),
]

WRONG = {"adult_cohort": COHORT}
