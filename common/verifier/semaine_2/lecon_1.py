"""Leçon 1, Le dossier patient, des tables à la cohorte : count_deaths, age_at_admission, adult_cohort."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from common.data import ehr
from common.verifier.exercise import Exercise
from common.verifier.hints import hinted_errors
from common.verifier.semaine_2 import lecon_1_fautes as fautes

LESSON = "semaine_2/corriges/01_dossier_patient.ipynb"
HINTS = {
    "KeyError: 'DOB'": "DOB est dans `patients`, pas dans `admissions` : reliez-les par SUBJECT_ID",
    "KeyError: '(Column not found: )?(ADMITTIME|AGE|HOSPITAL_EXPIRE_FLAG)'": (
        "cette colonne n'est pas dans cette table, joignez d'abord"
    ),
    "KeyError: '(ICUSTAY_ID|INTIME|SUBJECT_ID)'": (
        "deux colonnes de même nom deviennent `_x` et `_y`, ne joignez que celles dont vous avez besoin"
    ),
    "Can only compare identically-labeled|cannot reindex|duplicate": (
        "pandas aligne par index, pas par patient, passez par `map` ou `merge`"
    ),
    "Invalid comparison|not supported between": (
        "une durée se compare à une durée, `pd.Timedelta(hours=24)` ; pour un nombre de jours, prenez `.dt.days`"
    ),
    "no attribute 'days'|'dt' accessor|total_seconds": "pour une série de durées, passez par `.dt`",
    "truth value of a Series": (
        "une série compare plusieurs valeurs d'un coup, remplacez `if` par `mask` ou `where`, `and` par `&`"
    ),
    "No common columns": "dites sur quelle colonne joindre, `on=…`",
    "Merge keys are not unique": "la clé se répète d'un côté, `validate` a raison de refuser",
}
STAY_HOURS = (4, 12, 23.9, 24, 24.5, 30, 60, 200)


def observe(answer: Callable, case: tuple) -> Any:
    """Appelle la réponse ; une erreur connue de pandas revient avec une astuce."""
    with hinted_errors(HINTS):
        return answer(*case)


def draw_ids(rng: np.random.Generator, count: int) -> np.ndarray:
    """Tire `count` identifiants différents, dans un ordre quelconque."""
    return rng.choice(np.arange(100, 999), size=count, replace=False)


def draw_people(rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tire PATIENTS et ADMISSIONS : de 2 à 40 patients, une à trois admissions chacun, rangées sans ordre commun.

    Des enfants, dont certains reviennent adultes, des adultes, des naissances 300 ans plus tôt ; jamais un âge entre 89
    et 90 ans, que les vrais fichiers ne cachent pas toujours. Les heures sont nulles : compter en jours ou en secondes
    revient au même.
    """
    subjects = draw_ids(rng, int(rng.integers(2, 41)))
    first = np.datetime64("2120-01-01", "s") + rng.integers(0, 20_000, len(subjects)).astype("timedelta64[D]")
    days = np.select(
        [rng.random(len(subjects)) < 0.2, rng.random(len(subjects)) < 0.4],
        [rng.integers(109_600, 109_700, len(subjects)), rng.integers(6_400, 7_000, len(subjects))],
        default=rng.integers(300, 32_480, len(subjects)),
    )
    patients = pd.DataFrame({"SUBJECT_ID": subjects, "DOB": first - days.astype("timedelta64[D]")})
    who = np.concatenate(
        [np.arange(len(subjects)), rng.integers(0, len(subjects), int(rng.integers(0, len(subjects))))]
    )
    delay = rng.integers(1, 20, len(who)) * np.where(days[who] < 7_000, 25, 1)
    start = first[who] + (delay * (np.arange(len(who)) >= len(subjects))).astype("timedelta64[D]")
    admissions = pd.DataFrame({"SUBJECT_ID": subjects[who], "HADM_ID": draw_ids(rng, len(who)) * 7, "ADMITTIME": start})
    return shuffled(patients, rng), shuffled(admissions, rng)


def shuffled(table: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """La table, ses lignes mêlées, avec un index quelconque."""
    order = rng.permutation(len(table))
    return table.iloc[order].set_axis(rng.permutation(1000)[: len(table)])


def draw_deaths(rng: np.random.Generator) -> tuple:
    """Tire des admissions, dont au plus une mortelle par patient, et des lignes qui se répètent ou s'ignorent."""
    _, admissions = draw_people(rng)
    last = ~admissions.sort_values(["ADMITTIME", "HADM_ID"]).duplicated("SUBJECT_ID", keep="last").reindex(
        admissions.index
    )
    admissions["HOSPITAL_EXPIRE_FLAG"] = pd.array(
        (last & (rng.random(len(admissions)) < 0.6)).astype(int), dtype="Int64"
    )
    stranger = pd.DataFrame({"SUBJECT_ID": [5], "HADM_ID": [5]})
    known = pd.concat([admissions[["SUBJECT_ID", "HADM_ID"]].iloc[: int(rng.integers(1, 9))], stranger])
    rows = known.iloc[rng.integers(0, len(known), int(rng.integers(0, 40)))].reset_index(drop=True)
    rows["HADM_ID"] = rows["HADM_ID"].astype("Int64").mask(rng.random(len(rows)) < 0.1)
    return admissions, rows.assign(ICD9_CODE=[f"{code}" for code in rng.integers(0, 3, len(rows))])


count_deaths = Exercise(
    title="count_deaths",
    lesson=LESSON,
    reference=ehr.count_deaths,
    draw=draw_deaths,
    observe=observe,
    mistakes={
        "une admission qui a plusieurs lignes est comptée plusieurs fois : comptez des ADMISSIONS, pas des lignes.": (
            fautes.deaths_after_merge
        ),
        "vous joignez par patient : ses autres admissions entrent aussi. La clé est HADM_ID.": fautes.deaths_by_subject,
        "`rows` ne sert pas : ne comptez que les admissions qui y ont une ligne.": fautes.all_deaths,
        "vous comptez les admissions : ne gardez que celles dont HOSPITAL_EXPIRE_FLAG vaut 1.": (
            fautes.concerned_admissions
        ),
        "vous comptez les SURVIVANTS : HOSPITAL_EXPIRE_FLAG vaut 1 pour un mort.": fautes.survivors,
        "c'est l'inverse : gardez les admissions qui ONT une ligne dans `rows`.": fautes.deaths_elsewhere,
        "c'est une proportion : rendez un NOMBRE de morts.": fautes.death_rate,
        "vous ne gardez qu'une admission par patient : un patient peut mourir à la deuxième.": (
            fautes.first_admission_only
        ),
        "`drop_duplicates()` compare les lignes ENTIÈRES : dites la colonne, « HADM_ID ».": fautes.whole_row_duplicates,
        "vous comptez les lignes de `rows`, pas les morts.": fautes.number_of_rows,
        'rien ne correspond : `isin` attend une COLONNE, `rows["HADM_ID"]`, et non la table.': fautes.isin_table,
        "`keep=False` retire toutes les lignes d'une clé répétée : ces admissions-là comptent aussi.": (
            fautes.unrepeated_only
        ),
    },
)


def observe_series(answer: Callable, case: tuple) -> Any:
    """Appelle la réponse et rend l'index et les valeurs de sa série ; None si elle ne rend rien."""
    series = observe(answer, case)
    if series is not None and not isinstance(series, pd.Series):
        raise TypeError(f"on attend une série pandas, une valeur par ligne, et c'est un objet {type(series).__name__}")
    return None if series is None else {"index": list(series.index), "valeurs": series.to_numpy(dtype=float)}


age_at_admission = Exercise(
    title="age_at_admission",
    lesson=LESSON,
    reference=ehr.age_at_admission,
    draw=draw_people,
    observe=observe_series,
    mistakes={
        "les plus de 89 ans gardent 300 ans : leur naissance est cachée, rendez 90.": fautes.uncapped_age,
        "les plus de 89 ans reçoivent 89 : rendez 90, « 90 ans ou plus ».": fautes.capped_at_89,
        "les plus de 89 ans reçoivent une valeur manquante : rendez 90, on sait au moins qu'ils sont âgés.": (
            fautes.missing_age
        ),
        "retirer 300 ans ne rend pas l'âge : MIMIC-III ne le publie pas. Rendez 90.": fautes.minus_300,
        "tous les âges au-dessus d'un seuil plus bas deviennent 90 : le seuil est 89.": fautes.capped_from_80,
        "une année compte 365,25 jours en moyenne, pas 365.": fautes.years_of_365,
        "vous soustrayez des ANNÉES : un patient né en décembre gagne un an. Soustrayez les dates.": (
            fautes.calendar_years
        ),
        "gardez les décimales de l'âge.": fautes.whole_years,
        "l'âge est en jours : divisez par 365,25.": fautes.age_in_days,
        "le signe est inversé : admission moins naissance.": fautes.reversed_age,
        "l'index d'`admissions` est perdu : pandas ne saura plus à qui est chaque âge.": fautes.reset_age_index,
        "les âges sont rangés autrement que les lignes d'`admissions`.": fautes.sorted_ages,
        "chaque patient a l'âge de sa PREMIÈRE admission : calculez celui de chaque ligne.": fautes.age_at_first,
        "des lignes manquent : rendez un âge par ligne d'`admissions`.": fautes.without_hidden,
        "pandas soustrait par index, pas par patient : retrouvez la naissance par SUBJECT_ID.": fautes.aligned_by_index,
        "`map` cherche dans l'INDEX de la série : mettez-y SUBJECT_ID, avec `set_index`.": fautes.mapped_by_index,
        "ce sont les âges AU-DESSUS de 89 qui deviennent 90 : `mask` remplace où c'est vrai, `where` où c'est faux.": (
            fautes.reversed_condition
        ),
    },
)


def draw_stays(rng: np.random.Generator) -> tuple:
    """Tire PATIENTS, ADMISSIONS et ICUSTAYS : des mineurs, des séjours de 24 h pile, ou sans fin connue."""
    patients, admissions = draw_people(rng)
    who = np.concatenate(
        [np.arange(len(admissions)), rng.integers(0, len(admissions), int(rng.integers(0, len(admissions))))]
    )
    rank = np.arange(len(who)) >= len(admissions)
    delay = rng.integers(1, 600, len(who)) + rank * rng.integers(9_000, 20_000, len(who))
    hours = rng.choice(STAY_HOURS, len(who))
    chosen = admissions.iloc[who]
    start = chosen["ADMITTIME"].to_numpy() + delay.astype("timedelta64[m]")
    end = pd.Series(start + (hours * 3600).astype("timedelta64[s]")).mask(rng.random(len(who)) < 0.05)
    stays = pd.DataFrame(
        {
            **{name: chosen[name].to_numpy() for name in ("SUBJECT_ID", "HADM_ID")},
            **{"ICUSTAY_ID": draw_ids(rng, len(who)) * 11, "INTIME": start, "OUTTIME": end.to_numpy()},
            "LOS": np.where(end.isna(), np.nan, hours / 24),
        }
    )
    return patients, admissions, shuffled(stays, rng)


def observe_cohort(answer: Callable, case: tuple) -> Any:
    """Appelle la réponse et rend ses séjours et leurs âges, rangés par ICUSTAY_ID ; None si elle ne rend rien."""
    columns = [*case[2].columns, "AGE"]
    cohort = observe(answer, case)
    if cohort is None:
        return None
    expect_columns(cohort, columns)
    cohort = cohort.reset_index(drop=True).sort_values("ICUSTAY_ID")
    return {name: cohort[name].to_numpy(dtype=float) for name in ("ICUSTAY_ID", "HADM_ID", "AGE")}


def expect_columns(table: Any, columns: list[str]) -> None:
    """Lève une erreur qui dit ce qui manque, si ce n'est pas un tableau pandas avec ces colonnes."""
    if not isinstance(table, pd.DataFrame):
        raise TypeError(f"on attend un tableau pandas, et c'est un objet {type(table).__name__}")
    if missing := [name for name in columns if name not in table.columns]:
        raise ValueError(
            f"il manque la colonne {missing[0]} (si elle s'appelle maintenant {missing[0]}_x, ne joignez que les "
            "colonnes utiles ; si elle est devenue l'index, `reset_index()`)"
        )


adult_cohort = Exercise(
    title="adult_cohort",
    lesson=LESSON,
    reference=ehr.adult_cohort,
    draw=draw_stays,
    observe=observe_cohort,
    mistakes={
        "un patient a plusieurs séjours dans votre cohorte : ne gardez que son premier.": fautes.all_stays,
        "un séjour suivant remplace un premier séjour trop court : choisissez le premier AVANT d'écarter.": (
            fautes.filtered_before_first
        ),
        "vous gardez le DERNIER séjour : on sait alors qu'il a survécu aux autres.": fautes.last_stay,
        "vous prenez la première LIGNE de chaque patient : la table n'est pas rangée par date.": fautes.first_row,
        "le premier séjour est celui dont INTIME est le plus ancien, pas le plus petit ICUSTAY_ID.": fautes.smallest_id,
        "vous gardez un séjour par ADMISSION : c'est un par patient, SUBJECT_ID.": fautes.one_per_admission,
        "les mineurs sont restés : AGE doit valoir 18 ou plus.": fautes.with_minors,
        "la limite d'âge est 18 ans.": fautes.from_21,
        "les séjours de moins de 24 heures sont restés.": fautes.with_short_stays,
        "un séjour de 24 heures pile compte : « 24 heures ou plus », `>=`.": fautes.strictly_longer,
        "un séjour sans OUTTIME est de durée inconnue : écartez-le.": fautes.unknown_end_kept,
        "vous gardez les séjours COURTS : c'est 24 heures ou plus.": fautes.short_stays_only,
        "la durée se compte d'INTIME à OUTTIME : ici, elle part de l'admission.": fautes.from_admission,
        "`.dt.days > 1` demande deux jours : une durée se compare à `pd.Timedelta(hours=24)`.": fautes.two_days,
        "un patient mineur au premier séjour entre par le suivant : choisissez le premier AVANT de regarder l'âge.": (
            fautes.adult_before_first
        ),
        "`groupby(…).first()` prend la première valeur NON VIDE de chaque colonne, et mêle deux séjours : `head(1)`.": (
            fautes.first_filled_values
        ),
        "un premier séjour trop court écarte le patient, le suivant ne le remplace pas : la durée APRÈS le choix.": (
            fautes.lasting_before_first
        ),
        "`assign(AGE=…)` aligne par index, et non par admission : joignez l'âge par HADM_ID.": fautes.age_by_index,
        "vous joignez l'âge par patient, et un patient a plusieurs admissions : la clé est HADM_ID.": (
            fautes.aged_by_subject
        ),
        "rien n'est écarté : `&` passe avant `>=`, mettez chaque comparaison entre parenthèses.": (
            fautes.every_first_stay
        ),
        "les deux conditions à la fois : `&`, et non `|`.": fautes.adult_or_long,
        "aucun séjour n'est gardé : `.dt.seconds` oublie les jours entiers, comparez à `pd.Timedelta(hours=24)`.": (
            fautes.seconds_without_days
        ),
    },
)
