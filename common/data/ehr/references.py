"""Les clés étrangères : chaque patient, admission, séjour ou mesure cité existe dans la table qui le définit.

Source : MIT-LCP/mimic-code, mimic-iii/buildmimic/oracle/oracle_add_constraints.sql, sauf DIAGNOSES_ICD.ICD9_CODE :
144 des 6 985 codes officiels manquent au dictionnaire D_ICD_DIAGNOSES (mimic-code, tickets 20, 96 et 841).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from common.data.ehr.schema import TABLES, EhrError, column_names


@dataclass(frozen=True)
class ForeignKey:
    """Une colonne dont chaque valeur présente doit exister dans la table `target`, sous le même nom."""

    table: str
    column: str
    target: str


def _pointing_at(target: str, column: str) -> list[ForeignKey]:
    return [ForeignKey(name, column, target) for name in TABLES if name != target and column in column_names(name)]


FOREIGN_KEYS: tuple[ForeignKey, ...] = (
    *_pointing_at("PATIENTS", "SUBJECT_ID"),
    *_pointing_at("ADMISSIONS", "HADM_ID"),
    *_pointing_at("ICUSTAYS", "ICUSTAY_ID"),
    ForeignKey("CHARTEVENTS", "ITEMID", "D_ITEMS"),
    ForeignKey("LABEVENTS", "ITEMID", "D_LABITEMS"),
)


def check_references(tables: Mapping[str, pd.DataFrame]) -> None:
    """Vérifie les clés étrangères entre les tables données ; EhrError à la première valeur inconnue.

    tables : nom officiel → table. Une table absente n'est pas vérifiée, une valeur manquante est permise. Pour les
    grandes tables, passez leurs morceaux l'un après l'autre, avec les tables qui définissent les identifiants.
    """
    for link in FOREIGN_KEYS:
        if link.table in tables and link.target in tables:
            _check(link, tables[link.table][link.column], tables[link.target][link.column])


def _check(link: ForeignKey, values: pd.Series, known: pd.Series) -> None:
    unknown = (values.notna() & ~values.isin(known)).to_numpy()
    if unknown.any():
        first = int(unknown.argmax())
        raise EhrError(
            link.table,
            f"enregistrement {first + 1}",
            f"{link.column} vaut {values.iloc[first]}, inconnu de {link.target} ({unknown.sum()} ligne(s) en tout)",
            f"Prenez {link.table} et {link.target} dans la même version, ou retirez ces lignes.",
        )
