"""Leçon 1, Le dossier patient, du premier jour aux mesures propres : first_day, body_temperature."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from common.data import ehr
from common.verifier.exercise import Exercise
from common.verifier.semaine_2 import lecon_1_mesures_fautes as fautes
from common.verifier.semaine_2.lecon_1 import (
    LESSON,
    draw_ids,
    expect_columns,
    observe,
    observe_series,
    shuffled,
)

DAY = 24 * 60  # minutes
EVENT_MINUTES = (-5000, -1440, -61, -1, 0, 1, 30, 700, 725, 1380, 1439, 1440, 1441, 1500, 2879, 2881, 4000)


def draw_events(rng: np.random.Generator) -> tuple:
    """Tire des analyses et des séjours : bords pile, admissions à deux séjours, analyses de ville ou sans heure."""
    num_stays = int(rng.integers(1, 9))
    admission = draw_ids(rng, num_stays)
    start = np.datetime64("2130-03-01T17:30", "s") + rng.integers(0, 10**6, num_stays).astype("timedelta64[m]")
    stays = pd.DataFrame({"SUBJECT_ID": admission + 1000, "HADM_ID": admission, "INTIME": start})
    second = stays.sample(frac=0.4, random_state=rng).assign(
        INTIME=lambda table: table["INTIME"] + pd.Timedelta(days=2)
    )
    stays = pd.concat([stays, second], ignore_index=True).assign(LOS=3.0, FIRST_CAREUNIT="MICU")
    stays["ICUSTAY_ID"] = draw_ids(rng, len(stays)) * 3
    return _events(stays, rng), shuffled(stays, rng)


def _events(stays: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """De 1 à 60 analyses, autour des bords de la fenêtre d'un séjour tiré au hasard."""
    chosen = stays.iloc[rng.integers(0, len(stays), int(rng.integers(1, 61)))].reset_index(drop=True)
    minutes = rng.choice(EVENT_MINUTES, len(chosen))
    outside = (minutes < 0) | (minutes > 4 * DAY)
    events = pd.DataFrame(
        {
            "SUBJECT_ID": chosen["SUBJECT_ID"],
            "HADM_ID": chosen["HADM_ID"].astype("Int64").mask(outside & (rng.random(len(chosen)) < 0.3)),
            "ITEMID": rng.choice([50813, 50912], len(chosen)),
            "CHARTTIME": (chosen["INTIME"] + pd.to_timedelta(minutes, unit="m")).mask(rng.random(len(chosen)) < 0.05),
            "VALUENUM": rng.normal(3, 1, len(chosen)).round(1),
        }
    )
    return shuffled(events.assign(ROW_ID=np.arange(len(events)) + 1), rng)


def observe_events(answer: Callable, case: tuple) -> Any:
    """Appelle la réponse et rend ses lignes (ROW_ID, ICUSTAY_ID, VALUENUM), triées ; None si elle ne rend rien."""
    columns = [*case[0].columns, "ICUSTAY_ID"]
    rows = observe(answer, case)
    if rows is None:
        return None
    expect_columns(rows, columns)
    rows = rows.reset_index(drop=True).sort_values(["ROW_ID", "ICUSTAY_ID"])
    return {name: rows[name].to_numpy(dtype=float) for name in ("ROW_ID", "ICUSTAY_ID", "VALUENUM")}


first_day = Exercise(
    title="first_day",
    lesson=LESSON,
    reference=ehr.first_day,
    draw=draw_events,
    observe=observe_events,
    mistakes={
        "l'AVENIR est resté : écartez ce qui vient 24 heures après INTIME ou plus tard.": fautes.with_the_future,
        "le passé est resté : une analyse d'avant INTIME n'est pas du premier jour du séjour.": fautes.with_the_past,
        "rien n'est écarté : comparez CHARTTIME à INTIME.": fautes.everything,
        "la 24e heure n'est pas comprise : `<`, et non `<=`.": fautes.twenty_fourth_hour_included,
        "une analyse faite à INTIME pile compte : `>=`, et non `>`.": fautes.entry_excluded,
        "vous gardez le jour du CALENDRIER : le premier jour dure 24 heures à partir d'INTIME.": fautes.calendar_day,
        "la fenêtre est de 12 heures : elle en dure 24.": fautes.window(12),
        "la fenêtre est de 48 heures : elle en dure 24.": fautes.window(48),
        "vous gardez ce qui est HORS de la fenêtre.": fautes.outside_the_window,
        "le sens est inversé : CHARTTIME moins INTIME.": fautes.reversed_window,
        "seul le premier séjour de chaque admission a ses analyses : joignez avec TOUS les séjours.": (
            fautes.first_stay_of_admission
        ),
        "une seule analyse par séjour est rendue : gardez-les toutes.": fautes.first_event_only,
        "une analyse a disparu avec ses semblables : ne retirez pas de doublons.": fautes.one_per_item,
        "rien n'est écarté, sauf l'heure inconnue : il faut les deux bornes, `&` ; `.dt.seconds` oublie les jours.": (
            fautes.whole_history
        ),
        "une analyse sans heure est restée : rien ne dit qu'elle est du premier jour.": fautes.unknown_time_kept,
        "vous gardez ce qui vient APRÈS les 24 heures : c'est ce qui vient avant.": fautes.after_the_window,
        "`pd.Timedelta(24)` compte en NANOSECONDES : écrivez `pd.Timedelta(hours=24)`.": fautes.nanoseconds,
    },
)


def draw_temperatures(rng: np.random.Generator) -> tuple:
    """Tire de 4 à 40 températures : les deux ITEMID, des °F mal rangés, des zéros, des 9999, des cases vides.

    Rien entre 120 et 125 sous 223762 : deux bonnes réponses y différeraient. Sous 223761, 37 et 60 sont des °F, et 180
    en est un impossible : converti une fois, il sort des bornes ; deux fois, il y rentre.
    """
    celsius = [36.8, 38.5, 10.0, 9.9, 49.9, 50.0, 50.1, 55.0, 69.0, 3.68, 368.0, 0.0, 9999.0, -1.0, 70.5, 71.5, 98.6]
    celsius += [101.3, 119.5, np.nan, 1.5, 130.0]
    fahrenheit = [98.6, 104.2, 70.5, 95.0, 119.5, 0.0, 9999.0, 9.86, 986.0, 125.0, np.nan, -4.0, 37.0, 60.0, 180.0]
    drawn = [(223762, value) for value in rng.choice(celsius, int(rng.integers(2, 21)))]
    drawn += [(223761, value) for value in rng.choice(fahrenheit, int(rng.integers(2, 21)))]
    itemid, value = zip(*drawn, strict=True)
    unit = np.where(np.array(itemid) == 223761, "?F", "?C")
    events = pd.DataFrame({"ITEMID": pd.array(itemid, dtype="Int64"), "VALUENUM": value, "VALUEUOM": unit})
    return (shuffled(events, rng),)


body_temperature = Exercise(
    title="body_temperature",
    lesson=LESSON,
    reference=ehr.body_temperature,
    draw=draw_temperatures,
    observe=observe_series,
    mistakes={
        "les °F saisis sous 223762 sont perdus : au-dessus de 70, convertissez-les aussi.": fautes.trusts_the_item,
        "les °F sont perdus : °C = (°F − 32) / 1,8, parenthèses comprises, et les bornes viennent APRÈS.": (
            fautes.no_conversion
        ),
        "TOUT est converti : ne touchez qu'aux °F.": fautes.converts_all,
        "les °F sont perdus : on DIVISE par 1,8, après avoir retiré 32.": fautes.multiplies,
        "les °F sont perdus : la division passe avant la soustraction, écrivez `(°F - 32) / 1.8`.": (
            fautes.without_parentheses
        ),
        "les numéros sont échangés : 223761 est en °F, 223762 en °C.": fautes.swapped_items,
        "convertissez TOUTES les lignes 223761, et celles de plus de 70 : `|`, et non `&`.": fautes.both_conditions,
        "c'est la formule inverse : °C = (°F − 32) / 1,8.": fautes.to_fahrenheit,
        "les valeurs impossibles sont restées : hors de 10 à 50 °C, rendez une valeur manquante.": fautes.no_bounds,
        "une valeur impossible n'est pas une valeur extrême : rendez `NaN`, ne la ramenez pas au bord.": fautes.clipped,
        "on ne devine pas : une valeur impossible devient manquante, pas la moyenne.": fautes.filled_with_mean,
        "un zéro n'est pas une valeur manquante : rendez `NaN`.": fautes.filled_with_zero,
        "rendez une température par ligne, même manquante : ne retirez aucune ligne.": fautes.dropped,
        "les bornes 10 et 50 sont comprises.": fautes.strict_bounds,
        "les valeurs trop BASSES sont restées : 0 °C est impossible aussi.": fautes.upper_bound_only,
        "les valeurs trop HAUTES sont restées.": fautes.lower_bound_only,
        "n'arrondissez pas.": fautes.rounded,
        "ITEMID ne sert pas : sous 223761, 37 veut dire 37 °F. Convertissez toutes ses lignes.": fautes.value_only,
        "une valeur est convertie DEUX fois : testez la valeur saisie, et non celle que vous venez de convertir.": (
            fautes.converted_twice
        ),
        "c'est l'inverse : vous convertissez les °C. `mask` remplace où c'est vrai, `where` où c'est faux.": (
            fautes.converts_the_others
        ),
        "vous gardez les valeurs IMPOSSIBLES, et effacez les autres : `where`, et non `mask`.": fautes.impossible_only,
        "l'index d'`events` est perdu : donnez-le à votre série, `index=events.index`.": fautes.index_lost,
    },
)
