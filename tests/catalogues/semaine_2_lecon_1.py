"""Leçon 1, compter et dater : ce que les contrôles doivent refuser, et avec quel message."""

from common.data import ehr

FLAG = "HOSPITAL_EXPIRE_FLAG"


def merged_sum(admissions, rows):
    return int(rows.merge(admissions, on="HADM_ID", how="left")[FLAG].sum())


def merged_on_both_keys(admissions, rows):
    return int(admissions.merge(rows, on=["SUBJECT_ID", "HADM_ID"])[FLAG].sum())


def merged_count(admissions, rows):
    return int((admissions.merge(rows, on="HADM_ID")[FLAG] == 1).sum())


def ignores_rows(admissions, rows):
    return int(admissions[FLAG].sum())


def counts_admissions(admissions, rows):
    return len(admissions[admissions["HADM_ID"].isin(rows["HADM_ID"])])


def counts_alive(admissions, rows):
    return len(admissions[admissions["HADM_ID"].isin(rows["HADM_ID"]) & (admissions[FLAG] == 0)])


def not_in_rows(admissions, rows):
    return int(admissions.loc[~admissions["HADM_ID"].isin(rows["HADM_ID"]), FLAG].sum())


def by_patient(admissions, rows):
    return int(admissions.loc[admissions["SUBJECT_ID"].isin(rows["SUBJECT_ID"]), FLAG].sum())


def one_admission_per_patient(admissions, rows):
    return ehr.count_deaths(admissions.sort_values("ADMITTIME").drop_duplicates("SUBJECT_ID"), rows)


def duplicated_codes(admissions, rows):
    return int(admissions.merge(rows.drop_duplicates(), on="HADM_ID")[FLAG].sum())


def at_most_one(admissions, rows):
    return min(1, ehr.count_deaths(admissions, rows))


def capped(admissions, rows):
    return min(2, ehr.count_deaths(admissions, rows))


def series_of_flags(admissions, rows):
    return admissions.loc[admissions["HADM_ID"].isin(rows["HADM_ID"]), FLAG]


def deaths_without_return(admissions, rows):
    ehr.count_deaths(admissions, rows)


def in_place_deaths(admissions, rows):
    admissions["concerned"] = admissions["HADM_ID"].isin(rows["HADM_ID"])
    return int(admissions.loc[admissions["concerned"], FLAG].sum())


def swapped_tables(admissions, rows):
    return ehr.count_deaths(rows, admissions)


def isin_whole_table(admissions, rows):
    return int(admissions.loc[admissions["HADM_ID"].isin(rows), FLAG].sum())


def only_single_rows(admissions, rows):
    alone = rows["HADM_ID"].drop_duplicates(keep=False)
    return int(admissions.loc[admissions["HADM_ID"].isin(alone), FLAG].sum())


def flag_sought_in_rows(admissions, rows):
    return int(rows.groupby("HADM_ID")[FLAG].max().sum())


COUNT_DEATHS = [
    (isin_whole_table, "attend une COLONNE"),
    (only_single_rows, "`keep=False`"),
    (flag_sought_in_rows, "joignez d'abord"),
    (merged_sum, "comptez des ADMISSIONS"),
    (merged_on_both_keys, "comptez des ADMISSIONS"),
    (merged_count, "comptez des ADMISSIONS"),
    (ignores_rows, "`rows` ne sert pas"),
    (counts_admissions, "HOSPITAL_EXPIRE_FLAG vaut 1"),
    (counts_alive, "SURVIVANTS"),
    (not_in_rows, "l'inverse"),
    (by_patient, "La clé est HADM_ID"),
    (one_admission_per_patient, "mourir à la deuxième"),
    (duplicated_codes, "lignes ENTIÈRES"),
    (at_most_one, "pas celui attendu"),
    (capped, "pas celui attendu"),
    (series_of_flags, "Series"),
    (deaths_without_return, "`return`"),
    (in_place_deaths, "en place"),
    (swapped_tables, "joignez d'abord"),
    (3, "on attend une fonction"),
]


def births(patients, admissions):
    return admissions["SUBJECT_ID"].map(patients.set_index("SUBJECT_ID")["DOB"])


def years(patients, admissions):
    return (admissions["ADMITTIME"] - births(patients, admissions)).dt.total_seconds() / (365.25 * 86400)


def raw_age(patients, admissions):
    return years(patients, admissions)


def clipped_at_89(patients, admissions):
    return years(patients, admissions).clip(upper=89)


def clipped_at_100(patients, admissions):
    return years(patients, admissions).clip(upper=100)


def hidden_as_missing(patients, admissions):
    return years(patients, admissions).where(lambda age: age <= 89)


def hidden_dropped(patients, admissions):
    return years(patients, admissions)[lambda age: age <= 89]


def three_centuries_less(patients, admissions):
    return years(patients, admissions).map(lambda age: age - 300 if age > 89 else age)


def years_of_365(patients, admissions):
    return (years(patients, admissions) * 365.25 / 365).clip(upper=90)


def difference_of_years(patients, admissions):
    return (admissions["ADMITTIME"].dt.year - births(patients, admissions).dt.year).clip(upper=90)


def whole(patients, admissions):
    return years(patients, admissions).clip(upper=90) // 1


def days(patients, admissions):
    return (admissions["ADMITTIME"] - births(patients, admissions)).dt.days


def negative(patients, admissions):
    return -years(patients, admissions)


def merged_index(patients, admissions):
    table = admissions.merge(patients, on="SUBJECT_ID", how="left")
    return ((table["ADMITTIME"] - table["DOB"]).dt.days / 365.25).clip(upper=90)


def merged_from_patients(patients, admissions):
    table = patients.merge(admissions, on="SUBJECT_ID")
    return ((table["ADMITTIME"] - table["DOB"]).dt.days / 365.25).clip(upper=90)


def by_index(patients, admissions):
    return ((admissions["ADMITTIME"] - patients["DOB"]).dt.days / 365.25).clip(upper=90)


def by_position(patients, admissions):
    return ((admissions["ADMITTIME"] - patients["DOB"].iloc[0]).dt.days / 365.25).clip(upper=90)


def at_first_admission(patients, admissions):
    start = admissions["SUBJECT_ID"].map(admissions.groupby("SUBJECT_ID")["ADMITTIME"].min())
    return ehr.age_at_admission(patients, admissions.assign(ADMITTIME=start))


def everyone_90(patients, admissions):
    return years(patients, admissions).clip(lower=90, upper=90)


def as_array(patients, admissions):
    return ehr.age_at_admission(patients, admissions).to_numpy()


def age_without_return(patients, admissions):
    ehr.age_at_admission(patients, admissions)


def adds_a_column(patients, admissions):
    admissions["AGE"] = ehr.age_at_admission(patients, admissions)
    return admissions["AGE"]


def birth_in_admissions(patients, admissions):
    return (admissions["ADMITTIME"] - admissions["DOB"]).dt.days / 365.25


def index_forgotten(patients, admissions):
    return ((admissions["ADMITTIME"] - admissions["SUBJECT_ID"].map(patients["DOB"])).dt.days / 365.25).clip(upper=90)


def where_for_mask(patients, admissions):
    return years(patients, admissions).where(lambda age: age > 89, 90)


def divided_duration(patients, admissions):
    age = (admissions["ADMITTIME"] - births(patients, admissions)) / 365.25
    return age.mask(age > 89, 90)


AGE = [
    (index_forgotten, "`set_index`"),
    (where_for_mask, "AU-DESSUS de 89"),
    (divided_duration, "`.dt.days`"),
    (raw_age, "gardent 300 ans"),
    (clipped_at_89, "reçoivent 89"),
    (clipped_at_100, "pas celui attendu"),
    (hidden_as_missing, "valeur manquante"),
    (hidden_dropped, "un âge par ligne"),
    (three_centuries_less, "retirer 300 ans"),
    (years_of_365, "pas 365"),
    (difference_of_years, "né en décembre"),
    (whole, "décimales"),
    (days, "en jours"),
    (negative, "signe est inversé"),
    (merged_index, "index d'`admissions` est perdu"),
    (merged_from_patients, "index"),
    (by_index, "par index, pas par patient"),
    (by_position, "pas celui attendu"),
    (at_first_admission, "PREMIÈRE admission"),
    (everyone_90, "pas celui attendu"),
    (as_array, "série pandas"),
    (age_without_return, "`return`"),
    (adds_a_column, "en place"),
    (birth_in_admissions, "DOB est dans `patients`"),
]

WRONG = {"count_deaths": COUNT_DEATHS, "age_at_admission": AGE}
