"""La qualité d'une table : ce qui manque, ce qui se répète, ce qui n'est pas dans la bonne unité, ce qui est absurde.

Rien n'est corrigé en silence : chaque fonction rend une nouvelle table, et ce qu'elle écarte devient manquant.
"""

import numpy as np
import pandas as pd

# Fahrenheit → le même relevé en Celsius (CareVue 678 → 676, MetaVision 223761 → 223762).
CELSIUS_TWIN = {678: 676, 223761: 223762}

# Ce qu'un vivant peut avoir, par ITEMID : (minimum, maximum), bornes comprises. Sources : MIT-LCP/mimic-code,
# mimic-iii/concepts/firstday/vitals_first_day.sql (qui exclut 0 et le maximum : ici, l'entier d'à côté) et
# mimic-iii/concepts/pivot/pivoted_lab.sql (strictement positif). Larges exprès : elles n'écartent que l'impossible.
ABOVE_ZERO = 1e-6
_RANGES = {
    (211, 220045): (1, 299),  # fréquence cardiaque, battements/min
    (51, 442, 455, 6701, 220179, 220050): (1, 399),  # pression systolique, mmHg
    (8368, 8440, 8441, 8555, 220180, 220051): (1, 299),  # pression diastolique, mmHg
    (456, 52, 6702, 443, 220052, 220181, 225312): (1, 299),  # pression moyenne, mmHg
    (615, 618, 220210, 224690): (1, 69),  # fréquence respiratoire, cycles/min
    (676, 223762): (10, 50),  # température, °C
    (678, 223761): (70, 120),  # température, °F
    (646, 220277): (1, 100),  # saturation en oxygène, %
    (50813,): (ABOVE_ZERO, 50),  # lactate, mmol/l
    (50882,): (ABOVE_ZERO, 10_000),  # bicarbonates, mEq/l
    (50885,): (ABOVE_ZERO, 150),  # bilirubine, mg/dl
    (50912,): (ABOVE_ZERO, 150),  # créatinine, mg/dl
    (50931,): (ABOVE_ZERO, 10_000),  # glucose, mg/dl
    (50971,): (ABOVE_ZERO, 30),  # potassium, mEq/l
    (50983,): (ABOVE_ZERO, 200),  # sodium, mEq/l
    (51006,): (ABOVE_ZERO, 300),  # urée (azote), mg/dl
    (51222,): (ABOVE_ZERO, 50),  # hémoglobine, g/dl
    (51265,): (ABOVE_ZERO, 10_000),  # plaquettes, K/µl
    (51300, 51301): (ABOVE_ZERO, 1_000),  # leucocytes, K/µl
}
PLAUSIBLE_RANGES: dict[int, tuple[float, float]] = {item: limits for items, limits in _RANGES.items() for item in items}
MEASURE = ["SUBJECT_ID", "ITEMID", "CHARTTIME", "VALUE", "VALUENUM", "VALUEUOM"]


def missing_rates(table: pd.DataFrame) -> pd.Series:
    """Rend la part de valeurs manquantes de chaque colonne, entre 0 et 1, dans l'ordre des colonnes ; NaN si vide."""
    return table.isna().mean()


def plausible(values: pd.Series, low: float, high: float) -> pd.Series:
    """Rend les valeurs, où ce qui sort de [low, high] est devenu NaN ; ce qui manquait manque toujours.

    low et high : deux nombres, ou deux séries alignées sur values. Une valeur absurde n'est pas ramenée au bord :
    9999 n'est pas une température très haute, c'est l'absence d'une température.
    """
    return values.where(values.between(low, high))


def plausible_events(events: pd.DataFrame) -> pd.DataFrame:
    """Rend les mesures, où un VALUENUM hors des bornes de son ITEMID (`PLAUSIBLE_RANGES`) est devenu NaN.

    Un ITEMID sans borne connue garde ses valeurs.
    """
    limits = events["ITEMID"].map(PLAUSIBLE_RANGES.get)
    low = limits.map(lambda pair: pair[0], na_action="ignore").astype(float).fillna(-np.inf)
    high = limits.map(lambda pair: pair[1], na_action="ignore").astype(float).fillna(np.inf)
    return events.assign(VALUENUM=plausible(events["VALUENUM"], low, high))


def to_celsius(events: pd.DataFrame) -> pd.DataFrame:
    """Rend les mesures, où toute température en °F (678, 223761) est devenue la même en °C (676, 223762).

    VALUENUM, VALUEUOM et ITEMID changent ensemble : appeler deux fois ne convertit qu'une fois. VALUE reste le texte
    saisi. Une valeur déjà en °C sous un ITEMID de °F donne moins de 10 °C, que `plausible_events` écarte.
    """
    fahrenheit = events["ITEMID"].isin(CELSIUS_TWIN)
    return events.assign(
        VALUENUM=events["VALUENUM"].mask(fahrenheit, (events["VALUENUM"] - 32) / 1.8),
        VALUEUOM=events["VALUEUOM"].mask(fahrenheit, "°C"),
        ITEMID=events["ITEMID"].replace(CELSIUS_TWIN),
    )


def typed_in_fahrenheit(events: pd.DataFrame) -> pd.Series:
    """Dit, pour chaque ligne, si c'est une température saisie en °F sous un ITEMID de °C : de 70 à 120.

    Aucun vivant n'a 70 °C ; sans cette conversion, `plausible_events` écarte la mesure. À chacun de dire s'il corrige.
    """
    return events["ITEMID"].isin(CELSIUS_TWIN.values()) & events["VALUENUM"].between(70, 120)


def body_temperature(events: pd.DataFrame) -> pd.Series:
    """Rend la température de chaque ligne, en °C, même index ; NaN si elle manque ou si aucun vivant ne l'a.

    events : des températures, en °F (678, 223761) ou en °C (676, 223762). Un °F saisi sous un ITEMID de °C
    (`typed_in_fahrenheit`) est converti ; ce qui sort ensuite de [10, 50] °C devient NaN.
    """
    twins = {celsius: fahrenheit for fahrenheit, celsius in CELSIUS_TWIN.items()}
    really = events["ITEMID"].mask(typed_in_fahrenheit(events), events["ITEMID"].replace(twins))
    return plausible_events(to_celsius(events.assign(ITEMID=really)))["VALUENUM"]


def repeated_measures(events: pd.DataFrame) -> pd.Series:
    """Dit, pour chaque ligne, si elle répète une ligne plus haute : même patient, mesure, heure, valeur et unité.

    Le ROW_ID diffère, la clé est donc bonne : c'est la mesure qui est saisie deux fois. Écartez avec `events[~…]`.
    """
    return events.duplicated(MEASURE)


def mixed_units(events: pd.DataFrame) -> pd.Series:
    """Rend, pour chaque ITEMID écrit dans plusieurs unités, le nombre de mesures par (ITEMID, VALUEUOM).

    La casse et les espaces ne comptent pas (« BPM » et « bpm » sont la même unité) ; une unité absente non plus. Vide
    si rien n'est mêlé.
    """
    units = events["VALUEUOM"].str.strip().str.lower()
    counts = events.groupby(["ITEMID", units]).size()
    return counts[counts.groupby(level="ITEMID").transform("size") > 1]


def without_errors(events: pd.DataFrame) -> pd.DataFrame:
    """Rend les mesures que le soignant n'a pas marquées comme fausses (ERROR = 1) ; une marque absente n'en est pas."""
    return events[events["ERROR"].fillna(0) != 1]
