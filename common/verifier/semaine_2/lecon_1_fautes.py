"""Leçon 1 : les mauvaises réponses que chaque message attend, chacune écrite comme l'apprenant l'écrirait."""

import numpy as np
import pandas as pd

from common.data import ehr

DAY = pd.Timedelta(hours=24)


def deaths_after_merge(admissions, rows):
    return admissions.merge(rows, on="HADM_ID")["HOSPITAL_EXPIRE_FLAG"].sum()


def deaths_by_subject(admissions, rows):
    return admissions.loc[admissions["SUBJECT_ID"].isin(rows["SUBJECT_ID"]), "HOSPITAL_EXPIRE_FLAG"].sum()


def all_deaths(admissions, rows):
    return admissions["HOSPITAL_EXPIRE_FLAG"].sum()


def concerned_admissions(admissions, rows):
    return admissions["HADM_ID"].isin(rows["HADM_ID"]).sum()


def survivors(admissions, rows):
    return concerned_admissions(admissions, rows) - ehr.count_deaths(admissions, rows)


def deaths_elsewhere(admissions, rows):
    return all_deaths(admissions, rows) - ehr.count_deaths(admissions, rows)


def death_rate(admissions, rows):
    return ehr.count_deaths(admissions, rows) / max(concerned_admissions(admissions, rows), 1)


def first_admission_only(admissions, rows):
    return ehr.count_deaths(admissions.sort_values("ADMITTIME").drop_duplicates("SUBJECT_ID"), rows)


def whole_row_duplicates(admissions, rows):
    return deaths_after_merge(admissions, rows.drop_duplicates())


def number_of_rows(admissions, rows):
    return len(rows)


def raw_years(patients, admissions, days_per_year=365.25):
    birth = admissions["SUBJECT_ID"].map(patients.set_index("SUBJECT_ID")["DOB"])
    return (admissions["ADMITTIME"] - birth).dt.days / days_per_year


def uncapped_age(patients, admissions):
    return raw_years(patients, admissions)


def capped_at_89(patients, admissions):
    return raw_years(patients, admissions).clip(upper=89)


def missing_age(patients, admissions):
    years = raw_years(patients, admissions)
    return years.mask(years > 89)


def minus_300(patients, admissions):
    years = raw_years(patients, admissions)
    return years.mask(years > 89, years - 300)


def capped_from_80(patients, admissions):
    years = raw_years(patients, admissions)
    return years.mask(years > 80, 90)


def years_of_365(patients, admissions):
    years = raw_years(patients, admissions, 365)
    return years.mask(years > 89.5, 90)


def calendar_years(patients, admissions):
    birth = admissions["SUBJECT_ID"].map(patients.set_index("SUBJECT_ID")["DOB"])
    return (admissions["ADMITTIME"].dt.year - birth.dt.year).clip(upper=90)


def whole_years(patients, admissions):
    return np.floor(ehr.age_at_admission(patients, admissions))


def age_in_days(patients, admissions):
    return raw_years(patients, admissions, 1)


def reversed_age(patients, admissions):
    return -raw_years(patients, admissions)


def reset_age_index(patients, admissions):
    return ehr.age_at_admission(patients, admissions).reset_index(drop=True)


def sorted_ages(patients, admissions):
    return ehr.age_at_admission(patients, admissions).sort_index()


def age_at_first(patients, admissions):
    first = admissions.groupby("SUBJECT_ID")["ADMITTIME"].transform("min")
    return ehr.age_at_admission(patients, admissions.assign(ADMITTIME=first))


def without_hidden(patients, admissions):
    years = raw_years(patients, admissions)
    return years[years <= 89]


def aligned_by_index(patients, admissions):
    years = (admissions["ADMITTIME"] - patients["DOB"]).dt.days / 365.25
    return years.mask(years > 89, 90)


def first_stays(icustays):
    return icustays.sort_values("INTIME").drop_duplicates("SUBJECT_ID")


def lasting(stays):
    return stays[stays["OUTTIME"] - stays["INTIME"] >= DAY]


def aged(patients, admissions, stays):
    ages = admissions[["HADM_ID"]].assign(AGE=ehr.age_at_admission(patients, admissions))
    return stays.merge(ages, on="HADM_ID")


def grown_up(patients, admissions, stays, years=18):
    table = aged(patients, admissions, stays)
    return table[table["AGE"] >= years]


def all_stays(patients, admissions, icustays):
    return grown_up(patients, admissions, lasting(icustays))


def filtered_before_first(patients, admissions, icustays):
    return first_stays(all_stays(patients, admissions, icustays))


def last_stay(patients, admissions, icustays):
    last = icustays.sort_values("INTIME").drop_duplicates("SUBJECT_ID", keep="last")
    return all_stays(patients, admissions, last)


def first_row(patients, admissions, icustays):
    return all_stays(patients, admissions, icustays.drop_duplicates("SUBJECT_ID"))


def smallest_id(patients, admissions, icustays):
    return all_stays(patients, admissions, icustays.sort_values("ICUSTAY_ID").drop_duplicates("SUBJECT_ID"))


def one_per_admission(patients, admissions, icustays):
    return all_stays(patients, admissions, icustays.sort_values("INTIME").drop_duplicates("HADM_ID"))


def with_minors(patients, admissions, icustays):
    return aged(patients, admissions, lasting(first_stays(icustays)))


def from_21(patients, admissions, icustays):
    return grown_up(patients, admissions, lasting(first_stays(icustays)), 21)


def with_short_stays(patients, admissions, icustays):
    return grown_up(patients, admissions, first_stays(icustays))


def strictly_longer(patients, admissions, icustays):
    first = first_stays(icustays)
    return grown_up(patients, admissions, first[first["OUTTIME"] - first["INTIME"] > DAY])


def unknown_end_kept(patients, admissions, icustays):
    first = first_stays(icustays)
    return grown_up(patients, admissions, first[~(first["OUTTIME"] - first["INTIME"] < DAY)])


def short_stays_only(patients, admissions, icustays):
    first = first_stays(icustays)
    return grown_up(patients, admissions, first[first["OUTTIME"] - first["INTIME"] < DAY])


def from_admission(patients, admissions, icustays):
    first = first_stays(icustays)
    arrival = first["HADM_ID"].map(admissions.set_index("HADM_ID")["ADMITTIME"])
    return grown_up(patients, admissions, first[first["OUTTIME"] - arrival >= DAY])


def two_days(patients, admissions, icustays):
    first = first_stays(icustays)
    return grown_up(patients, admissions, first[(first["OUTTIME"] - first["INTIME"]).dt.days > 1])


def isin_table(admissions, rows):
    return admissions.loc[admissions["HADM_ID"].isin(rows), "HOSPITAL_EXPIRE_FLAG"].sum()


def unrepeated_only(admissions, rows):
    return ehr.count_deaths(admissions, rows.drop_duplicates("HADM_ID", keep=False))


def mapped_by_index(patients, admissions):
    years = (admissions["ADMITTIME"] - admissions["SUBJECT_ID"].map(patients["DOB"])).dt.days / 365.25
    return years.mask(years > 89, 90)


def reversed_condition(patients, admissions):
    years = raw_years(patients, admissions)
    return years.where(years > 89, 90)


def adult_before_first(patients, admissions, icustays):
    return lasting(first_stays(grown_up(patients, admissions, icustays)))


def first_filled_values(patients, admissions, icustays):
    table = aged(patients, admissions, icustays).sort_values("INTIME").groupby("SUBJECT_ID").first().reset_index()
    return lasting(table[table["AGE"] >= 18])


def aged_by_subject(patients, admissions, icustays):
    ages = admissions[["SUBJECT_ID"]].assign(AGE=ehr.age_at_admission(patients, admissions))
    table = lasting(first_stays(icustays)).merge(ages, on="SUBJECT_ID")
    return table[table["AGE"] >= 18]


def every_first_stay(patients, admissions, icustays):
    return aged(patients, admissions, first_stays(icustays))


def adult_or_long(patients, admissions, icustays):
    table = every_first_stay(patients, admissions, icustays)
    return table[(table["AGE"] >= 18) | (table["OUTTIME"] - table["INTIME"] >= DAY)]


def seconds_without_days(patients, admissions, icustays):
    table = every_first_stay(patients, admissions, icustays)
    return table[(table["OUTTIME"] - table["INTIME"]).dt.seconds >= 24 * 3600]


def lasting_before_first(patients, admissions, icustays):
    return grown_up(patients, admissions, first_stays(lasting(icustays)))


def age_by_index(patients, admissions, icustays):
    table = lasting(first_stays(icustays)).assign(AGE=ehr.age_at_admission(patients, admissions))
    return table[table["AGE"] >= 18]
