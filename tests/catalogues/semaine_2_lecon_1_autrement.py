"""Leçon 1 : des réponses justes, écrites autrement, que les contrôles doivent accepter."""

import numpy as np
import pandas as pd

from common.data import ehr


def deaths_by_merge(admissions, rows):
    return admissions.merge(rows[["HADM_ID"]].drop_duplicates(), on="HADM_ID")["HOSPITAL_EXPIRE_FLAG"].sum()


def deaths_by_set(admissions, rows):
    wanted = set(rows["HADM_ID"].dropna())
    return sum(int(row.HOSPITAL_EXPIRE_FLAG) for row in admissions.itertuples() if row.HADM_ID in wanted)


def deaths_by_unique(admissions, rows):
    return admissions[admissions["HOSPITAL_EXPIRE_FLAG"] == 1].merge(rows, on="HADM_ID")["HADM_ID"].nunique()


def age_by_merge(patients, admissions):
    table = admissions.merge(patients, on="SUBJECT_ID", how="left").set_axis(admissions.index)
    return ((table["ADMITTIME"] - table["DOB"]).dt.days / 365.25).clip(upper=90)


def age_by_where(patients, admissions):
    age = (
        admissions["ADMITTIME"] - admissions["SUBJECT_ID"].map(patients.set_index("SUBJECT_ID")["DOB"])
    ) / pd.Timedelta(days=365.25)
    return age.where(age <= 89, 90)


def age_by_loop(patients, admissions):
    known = dict(zip(patients["SUBJECT_ID"], patients["DOB"], strict=True))
    rows = zip(admissions["SUBJECT_ID"], admissions["ADMITTIME"], strict=True)
    ages = [(start - known[subject]).days / 365.25 for subject, start in rows]
    return pd.Series([90 if age > 89 else age for age in ages], index=admissions.index)


def cohort_by_length_of_stay(patients, admissions, icustays):
    stays = icustays.loc[icustays.groupby("SUBJECT_ID")["INTIME"].idxmin()]
    age = admissions.assign(AGE=ehr.age_at_admission(patients, admissions)).set_index("HADM_ID")["AGE"]
    return stays.assign(AGE=stays["HADM_ID"].map(age)).query("AGE >= 18 and LOS >= 1")


def cohort_by_days(patients, admissions, icustays):
    ages = admissions.assign(AGE=ehr.age_at_admission(patients, admissions))
    table = (
        icustays.sort_values("INTIME")
        .groupby("SUBJECT_ID", as_index=False)
        .head(1)
        .merge(ages, on=["SUBJECT_ID", "HADM_ID"])
    )
    return table[table["AGE"].ge(18) & (table["OUTTIME"] - table["INTIME"]).dt.days.ge(1)]


def cohort_by_rank(patients, admissions, icustays):
    table = icustays.merge(admissions.assign(AGE=ehr.age_at_admission(patients, admissions))[["HADM_ID", "AGE"]])
    first = table.groupby("SUBJECT_ID")["INTIME"].rank(method="first") == 1
    hours = (table["OUTTIME"] - table["INTIME"]).dt.total_seconds() / 3600
    return table[first & (table["AGE"] >= 18) & (hours >= 24)].set_index("ICUSTAY_ID", drop=False)


def cohort_by_loop(patients, admissions, icustays):
    ages = dict(zip(admissions["HADM_ID"], ehr.age_at_admission(patients, admissions), strict=True))
    kept = []
    for _, stays in icustays.groupby("SUBJECT_ID"):
        first = stays.loc[stays["INTIME"].idxmin()]
        if ages[first["HADM_ID"]] >= 18 and first["OUTTIME"] - first["INTIME"] >= pd.Timedelta(days=1):
            kept.append({**first, "AGE": ages[first["HADM_ID"]]})
    return pd.DataFrame(kept, columns=[*icustays.columns, "AGE"])


def by_whole_days(events, stays):
    table = events.merge(stays[["SUBJECT_ID", "INTIME", "ICUSTAY_ID"]], on="SUBJECT_ID")
    return table[(table["CHARTTIME"] - table["INTIME"]).dt.days == 0]


def by_hours(events, stays):
    hours = pd.Timedelta(hours=1)
    table = stays[["HADM_ID", "ICUSTAY_ID", "INTIME"]].merge(events, on="HADM_ID", how="right")
    return table[
        (table["CHARTTIME"] - table["INTIME"]).div(hours).ge(0)
        & (table["CHARTTIME"] - table["INTIME"]).div(hours).lt(24)
    ]


def by_choice(events):
    value = events["VALUENUM"].to_numpy()
    celsius = np.where((events["ITEMID"] == 223761) | (value >= 70), (value - 32) * 5 / 9, value)
    return pd.Series(celsius, index=events.index).where(lambda found: found.between(10, 50))


def by_two_masks(events):
    value = events["VALUENUM"]
    celsius = value.mask(events["ITEMID"] == 223761, (value - 32) / 1.8).mask(value > 70, (value - 32) / 1.8)
    return celsius.mask((celsius < 10) | (celsius > 50))


def by_map(events):
    rows = zip(events["ITEMID"], events["VALUENUM"], strict=True)
    celsius = [(value - 32) / 1.8 if item == 223761 or value > 70 else value for item, value in rows]
    return pd.Series([value if 10 <= value <= 50 else np.nan for value in celsius], index=events.index)


def seen_by_numpy(train_patients, test_patients):
    return np.isin(test_patients, train_patients).mean()


def seen_by_set(train_patients, test_patients):
    known = set(train_patients)
    return sum(patient in known for patient in test_patients) / len(test_patients)


def seen_by_merge(train_patients, test_patients):
    known = train_patients.drop_duplicates().to_frame("patient")
    return len(test_patients.to_frame("patient").merge(known)) / len(test_patients)


RIGHT = {
    "count_deaths": [deaths_by_merge, deaths_by_set, deaths_by_unique],
    "age_at_admission": [age_by_merge, age_by_where, age_by_loop],
    "adult_cohort": [cohort_by_length_of_stay, cohort_by_days, cohort_by_rank, cohort_by_loop],
    "first_day": [by_whole_days, by_hours],
    "body_temperature": [by_choice, by_two_masks, by_map],
    "already_seen": [seen_by_numpy, seen_by_set, seen_by_merge],
}
