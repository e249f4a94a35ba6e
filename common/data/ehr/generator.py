"""Un faux MIMIC-III : les onze tables, aucun vrai patient, les mêmes sur toutes les machines.

Ordre du tirage, celui de la maladie : motif et terrain → gravité → mort ; gravité → signes, analyses, diagnostics,
ordonnances → compte rendu. Rien n'est ajusté sur de vraies lignes, ni réglé pour qu'une méthode gagne.

Ce qui vient de publications, arrondi : pour les adultes, la part des unités, l'âge et le sexe, 11,5 % de morts à
l'hôpital, les durées de séjour, le nombre d'admissions et de séjours par patient (Johnson et al., 2016, Scientific
Data 3:160035) ; la pente de la mort avec l'âge et le sens des signes de gravité (SAPS II, Le Gall et al., 1993).
Ce qui est un jugement : tout le reste — fréquence des affections, taille de chaque effet, taux d'erreurs et
d'absences. Bon pour apprendre la méthode ; aucun résultat obtenu ici ne dit quoi que ce soit de la médecine.

Ce qui manque : les nouveau-nés, CareVue, la pression diastolique, la diurèse, les 15 autres tables, et tout ce qui
suit la 48e heure d'un séjour.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from common.data.ehr.schema import TABLES
from common.data.ehr.synthetic import (
    care,
    charts,
    codes,
    items,
    labs,
    notes,
    physiology,
    population,
    registry,
    timeline,
)
from common.data.ehr.synthetic.errors import ANOMALIES
from common.data.ehr.synthetic.official import MAX_PATIENTS, subject_id
from common.data.ehr.synthetic.population import PATIENTS_PER_CHUNK

__all__ = ["ANOMALIES", "MAX_PATIENTS", "generate", "write_tables"]

STREAMS = ("population", "timeline", "registry", "physiology", "charts", "labs", "care", "notes")


def generate(num_patients: int = 1000, seed: int = 0) -> dict[str, pd.DataFrame]:
    """Rend les onze tables de MIMIC-III, nom officiel → table, pour `num_patients` adultes synthétiques.

    Colonnes, types et unités officiels (schema.py) ; dates décalées entre 2100 et 2200 ; environ 150 lignes de
    CHARTEVENTS et 40 de LABEVENTS par patient. La même graine rend les mêmes tables, et ajouter des patients ne
    change pas les premiers : `generate(100)` est le début de `generate(1000)`. ValueError hors de 1 … MAX_PATIENTS.
    """
    if not 1 <= num_patients <= MAX_PATIENTS:
        raise ValueError(
            f"num_patients={num_patients} : le générateur fait de 1 à {MAX_PATIENTS} patients, parce que leurs "
            "identifiants doivent tenir dans les plages de MIMIC-III. Demandez-en moins, ou changez de graine."
        )
    chunks = [_chunk(first, seed) for first in range(0, num_patients, PATIENTS_PER_CHUNK)]
    wanted = set(subject_id(np.arange(num_patients)))
    tables = {name: _kept([chunk[name] for chunk in chunks], wanted) for name in chunks[0]}
    tables |= {**items.tables(), **codes.tables()}
    return {name: _numbered(tables[name]) for name in TABLES}


def write_tables(tables: dict[str, pd.DataFrame], folder: Path | str, compress: bool = True) -> None:
    """Écrit chaque table au format officiel, `PATIENTS.csv.gz`… (`.csv` sans `compress`), dans `folder`.

    Colonnes en majuscules, dates « AAAA-MM-JJ hh:mm:ss » (sans heure pour NOTEEVENTS.CHARTDATE), vide pour une valeur
    absente, guillemets où il en faut. Un fichier du même nom est remplacé ; réécrire rend les mêmes octets.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        path = folder / f"{name}.csv{'.gz' if compress else ''}"
        compression = {"method": "gzip", "compresslevel": 6, "mtime": 0} if compress else None
        _as_text(name, table).to_csv(path, index=False, compression=compression, lineterminator="\n", encoding="utf-8")


def _as_text(name: str, table: pd.DataFrame) -> pd.DataFrame:
    """La table, ses dates et ses nombres écrits comme dans les fichiers officiels."""
    text = table.copy()
    for column in table.select_dtypes("datetime"):
        format_ = "%Y-%m-%d" if column == "CHARTDATE" else "%Y-%m-%d %H:%M:%S"
        text[column] = table[column].dt.strftime(format_)
    for column in table.select_dtypes("float64"):
        text[column] = pd.Series(items.written(table[column].to_numpy()), index=table.index).where(
            table[column].notna()
        )
    return text


def _chunk(first: int, seed: int) -> dict[str, pd.DataFrame]:
    """Les tables d'un lot entier de patients, à partir du rang `first` ; chaque pièce a son propre flux de hasard."""
    rng = {name: np.random.default_rng([seed, first, stream]) for stream, name in enumerate(STREAMS)}
    admissions, stays = timeline.draw(population.draw(rng["population"]), rng["timeline"])
    own = physiology.own_deviations(PATIENTS_PER_CHUNK, rng["physiology"])
    hidden = admissions.join(own, on="patient").drop(columns=["start", "end"])
    admissions["patient"] += first
    hidden["patient"] += first
    bedside = stays.join(hidden, on="admission")
    state = physiology.course(bedside, rng["physiology"])
    tables = {
        **registry.tables(admissions, stays, rng["registry"]),
        "CHARTEVENTS": charts.chart_events(bedside, state, rng["charts"]),
        "LABEVENTS": labs.lab_events(bedside, state, rng["labs"]),
        "DIAGNOSES_ICD": care.diagnoses(admissions, rng["care"]),
        "PRESCRIPTIONS": care.prescriptions(admissions, stays, rng["care"]),
    }
    return {**tables, "NOTEEVENTS": notes.notes(tables, admissions["reason"].to_numpy(), rng["notes"])}


def _kept(pieces: list[pd.DataFrame], wanted: set[int]) -> pd.DataFrame:
    table = pd.concat(pieces, ignore_index=True)
    return table[table["SUBJECT_ID"].isin(wanted)].reset_index(drop=True)


def _numbered(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(ROW_ID=pd.array(np.arange(1, len(table) + 1), dtype="Int64"))
