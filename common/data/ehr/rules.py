"""Les règles entre colonnes d'une même ligne, et les anomalies connues des fichiers officiels.

Une règle enfreinte fait refuser le fichier. Une anomalie connue est signalée, avec le ticket qui la documente : la
refuser rendrait illisible le vrai MIMIC-III.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class Rule:
    """Ce qui doit être vrai de chaque ligne : `broken` rend un masque des lignes fautives, que `reason` décrit."""

    columns: tuple[str, ...]
    reason: str
    broken: Callable[[pd.DataFrame], pd.Series]


@dataclass(frozen=True)
class Anomaly(Rule):
    """Ce qui surprend, mais se trouve dans les fichiers officiels (`source` dit où on le lit) : signalé, pas refusé."""

    source: str


def _before(later: str, earlier: str) -> Callable[[pd.DataFrame], pd.Series]:
    return lambda table: table[later] < table[earlier]


def _discharged_an_earlier_day(table: pd.DataFrame) -> pd.Series:
    return table["DISCHTIME"].dt.normalize() < table["ADMITTIME"].dt.normalize()


def _discharged_earlier_the_same_day(table: pd.DataFrame) -> pd.Series:
    return (table["DISCHTIME"] < table["ADMITTIME"]) & ~_discharged_an_earlier_day(table)


STAY = ("ADMITTIME", "DISCHTIME")
RULES: dict[str, tuple[Rule, ...]] = {
    "PATIENTS": (Rule(("DOB", "DOD"), "une mort (DOD) avant la naissance (DOB)", _before("DOD", "DOB")),),
    "ADMISSIONS": (
        Rule(STAY, "une admission (ADMITTIME) après la sortie (DISCHTIME), un autre jour", _discharged_an_earlier_day),
    ),
    "ICUSTAYS": (
        Rule(("INTIME", "OUTTIME"), "une entrée (INTIME) après la sortie (OUTTIME)", _before("OUTTIME", "INTIME")),
    ),
}
# Les 98 sorties d'avant l'admission de MIMIC-III v1.4 sont toutes du même jour : des erreurs de saisie, et quelques
# donneurs d'organes, réadmis sous un autre HADM_ID après leur mort. Un autre jour, c'est un fichier abîmé.
ANOMALIES: dict[str, tuple[Anomaly, ...]] = {
    "ADMISSIONS": (
        Anomaly(
            STAY,
            "une admission (ADMITTIME) après la sortie (DISCHTIME), le même jour",
            _discharged_earlier_the_same_day,
            "MIT-LCP/mimic-code, ticket 209 : 98 lignes de la v1.4",
        ),
        Anomaly(
            ("ADMITTIME", "DEATHTIME"),
            "une mort (DEATHTIME) avant l'admission (ADMITTIME)",
            _before("DEATHTIME", "ADMITTIME"),
            "MIT-LCP/mimic-code, ticket 178 : 88 patients, dont des donneurs d'organes",
        ),
    ),
}
