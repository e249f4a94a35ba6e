"""De tables à une cohorte : qui entre dans l'étude, quand commence son histoire, ce qu'on a le droit d'en voir.

Les choix du cours sont simples : premier séjour, adultes, un jour au moins, et les mesures du premier jour seulement.
Une étude publiée en fait d'autres, et doit les dire : changez-les, et la mortalité de la cohorte change avec eux.
"""

import pandas as pd

ADULT_YEARS = 18
OLDEST_YEARS = 90.0
SECONDS_PER_YEAR = 365.25 * 86_400
ONE_DAY = pd.Timedelta(hours=24)


def age_at_admission(patients: pd.DataFrame, admissions: pd.DataFrame) -> pd.Series:
    """Rend l'âge à chaque admission, en années ; plus de 89 ans devient 90.

    Une ligne par ligne d'ADMISSIONS, même index ; NaN si le patient est inconnu. MIMIC-III place la naissance des plus
    de 89 ans 300 ans avant leur première admission : leur âge vrai n'est pas publié. En secondes et non en
    nanosecondes, où une durée de 300 ans déborde (292 ans au plus).
    """
    birth = admissions["SUBJECT_ID"].map(patients.set_index("SUBJECT_ID")["DOB"])
    lived = admissions["ADMITTIME"].astype("datetime64[s]") - birth.astype("datetime64[s]")
    years = lived.dt.total_seconds() / SECONDS_PER_YEAR
    return years.mask(years > OLDEST_YEARS - 1, OLDEST_YEARS).rename("AGE")


def first_icu_stays(icustays: pd.DataFrame) -> pd.DataFrame:
    """Rend le premier séjour en réanimation de chaque patient (INTIME le plus ancien), rangé par SUBJECT_ID.

    Un patient, une ligne : sans cela, ses séjours suivants, mieux connus et plus graves, compteraient comme des
    inconnus, et pourraient se trouver à la fois dans l'entraînement et dans le test.
    """
    by_time = icustays.sort_values(["SUBJECT_ID", "INTIME", "ICUSTAY_ID"])
    return by_time.drop_duplicates("SUBJECT_ID").reset_index(drop=True)


def adult_cohort(patients: pd.DataFrame, admissions: pd.DataFrame, icustays: pd.DataFrame) -> pd.DataFrame:
    """Rend la cohorte : premier séjour de chaque patient, s'il avait 18 ans à l'admission et y est resté 24 h.

    Les colonnes d'ICUSTAYS, plus AGE (années). L'ordre compte : un premier séjour trop court écarte le patient, et le
    suivant ne le remplace pas. Un séjour sans OUTTIME, dont la durée est inconnue, est écarté aussi.
    """
    ages = admissions[["HADM_ID"]].assign(AGE=age_at_admission(patients, admissions))
    stays = first_icu_stays(icustays).merge(ages, on="HADM_ID", how="left")
    stayed = stays["OUTTIME"] - stays["INTIME"] >= ONE_DAY
    return stays[(stays["AGE"] >= ADULT_YEARS) & stayed].reset_index(drop=True)


def first_day(events: pd.DataFrame, stays: pd.DataFrame) -> pd.DataFrame:
    """Rend les mesures faites dans [INTIME, INTIME + 24 h) du bon séjour, dans leur ordre, avec leur ICUSTAY_ID.

    events : CHARTEVENTS, ou LABEVENTS, qui n'a pas d'ICUSTAY_ID : son séjour se trouve alors par l'admission et
    l'heure. Ce qui vient après la fenêtre n'y est pas : le prendre, c'est lire l'avenir (la fuite la plus courante).
    Une mesure sans heure, ou sans séjour, est écartée. (vitals_first_day.sql, de mimic-code, prend (0, 24 h].)
    """
    link = "ICUSTAY_ID" if "ICUSTAY_ID" in events else "HADM_ID"
    entries = stays[list({link: 0, "ICUSTAY_ID": 0})].assign(_entry=stays["INTIME"])
    joined = events.merge(entries, on=link, how="inner")
    since = joined["CHARTTIME"] - joined["_entry"]
    inside = (since >= pd.Timedelta(0)) & (since < ONE_DAY)
    return joined[inside].drop(columns="_entry").reset_index(drop=True)


def hospital_mortality(admissions: pd.DataFrame, stays: pd.DataFrame) -> pd.Series:
    """Rend 1 pour un séjour dont le patient est mort à l'hôpital pendant cette admission, 0 sinon ; même index.

    C'est HOSPITAL_EXPIRE_FLAG de l'admission. PATIENTS.EXPIRE_FLAG dirait une mort à n'importe quelle date, même dix
    ans après : une autre question. KeyError si une admission est inconnue.
    """
    flags = admissions.set_index("HADM_ID")["HOSPITAL_EXPIRE_FLAG"]
    return flags.loc[stays["HADM_ID"]].astype("int64").set_axis(stays.index).rename("DIED")


def count_deaths(admissions: pd.DataFrame, rows: pd.DataFrame) -> int:
    """Rend le nombre de morts à l'hôpital parmi les admissions qui ont au moins une ligne dans `rows`.

    rows : toute table qui porte HADM_ID. Une admission compte une fois, quel que soit le nombre de ses lignes : les
    joindre d'abord la répéterait. Une ligne sans HADM_ID, ou d'une admission inconnue, ne compte pas.
    """
    concerned = admissions["HADM_ID"].isin(rows["HADM_ID"])
    return int(admissions.loc[concerned, "HOSPITAL_EXPIRE_FLAG"].sum())


def already_seen(train_patients: pd.Series, test_patients: pd.Series) -> float:
    """Rend la part des lignes de test (0 à 1) dont le patient est aussi dans l'entraînement.

    Un SUBJECT_ID par ligne, sans valeur manquante ; séries ou tableaux, de longueurs quelconques. Ce sont des lignes
    que l'on compte, et non des patients : chacune pèse autant dans le score. NaN si le test est vide.
    """
    return float(pd.Series(test_patients).isin(train_patients).mean())
