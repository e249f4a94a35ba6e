"""Lire les fichiers officiels de MIMIC-III v1.4, ou sa démo ouverte, sans jamais les tenir entiers en mémoire.

`scan_table` rend une table par morceaux ; `read_table` la rend entière. Chaque morceau suit la définition officielle
(schema.py), ou une EhrError dit la table, la ligne du fichier, la raison et quoi faire.
"""

import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd

from common.data.ehr.records import Block, Source, read_blocks, read_header
from common.data.ehr.rules import ANOMALIES, RULES
from common.data.ehr.schema import (
    SCHEMAS,
    TABLES,
    EhrError,
    EhrWarning,
    column_fault,
    column_names,
    dtypes,
    find_fault,
    key_columns,
    kind,
)

ROWS_PER_CHUNK = 100_000
MAX_EXACT = 2**53  # au-delà, un float64 ne porte plus chaque entier
BOOLEANS = (b"true", b"false")  # dans une colonne de nombres, pandas y lirait 1 et 0
TIME, DAY = "%Y-%m-%d %H:%M:%S", "%Y-%m-%d"  # NOTEEVENTS.CHARTDATE n'a pas d'heure


def read_table(folder: Path | str, name: str, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Rend une table entière, aux colonnes, types et clés officiels ; pour CHARTEVENTS, préférez `scan_table`.

    Mêmes arguments et mêmes erreurs que `scan_table`. Cas limite : un fichier réduit à ses noms de colonnes, comme
    NOTEEVENTS dans la démo ouverte, rend une table vide aux bons types.
    """
    return pd.concat(list(scan_table(folder, name, columns)), ignore_index=True)


def scan_table(
    folder: Path | str, name: str, columns: Sequence[str] | None = None, rows_per_chunk: int = ROWS_PER_CHUNK
) -> Iterator[pd.DataFrame]:
    """Rend une table par morceaux d'au plus `rows_per_chunk` lignes ; au moins un, fût-il vide.

    folder : le dossier qui contient PATIENTS.csv, patients.csv.gz… ; name : le nom d'une table ; columns : les
    colonnes voulues (toutes par défaut). Les types ne sont vérifiés que pour elles, les clés et les dates ordonnées.
    EhrError si le fichier manque, est en double ou ne suit pas la définition officielle ; ValueError pour un nom
    de table ou de colonne inconnu. EhrWarning, à la fin, pour les anomalies connues des fichiers officiels.
    """
    table = official_table(name)
    wanted = [_official(column, column_names(table), "Colonne") for column in columns or column_names(table)]
    if rows_per_chunk < 1:
        raise ValueError(f"rows_per_chunk={rows_per_chunk} : il faut au moins une ligne par morceau.")
    return _scan(find_file(Path(folder), table), wanted, rows_per_chunk)


def find_file(folder: Path, table: str) -> Source:
    """Rend le fichier d'une table, quelle que soit la casse ; EhrError s'il manque, ou s'il y en a deux."""
    names = (f"{table}.csv".lower(), f"{table}.csv.gz".lower())
    found = sorted(path for path in folder.glob("*") if path.name.lower() in names and path.is_file())
    if len(found) == 1:
        return Source(table, found[0])
    if found:
        both = " et ".join(path.name for path in found)
        raise EhrError(table, str(folder), f"deux fichiers pour une table, {both}", "N'en gardez qu'un.")
    reason = "aucun fichier pour cette table" if folder.is_dir() else "ce dossier n'existe pas"
    raise EhrError(table, str(folder), reason, f"Mettez-y {table}.csv ou {table}.csv.gz, tel que PhysioNet le donne.")


def official_table(name: str) -> str:
    """Le nom officiel d'une table, en majuscules ; ValueError, avec le nom le plus proche, si elle n'existe pas."""
    return _official(name, TABLES, "Table")


def _official(name: str, known: Sequence[str], what: str) -> str:
    if name.upper() in known:
        return name.upper()
    close = get_close_matches(name.upper(), known, n=1)
    hint = f"Vouliez-vous dire « {close[0]} » ?" if close else f"Choisissez parmi {', '.join(known)}."
    raise ValueError(f"{what} inconnue : « {name} ». {hint}")


def _scan(source: Source, wanted: list[str], rows_per_chunk: int) -> Iterator[pd.DataFrame]:
    table = source.table
    checked = [column for rule in (*RULES.get(table, ()), *ANOMALIES.get(table, ())) for column in rule.columns]
    read = [name for name in column_names(table) if name in {*wanted, *key_columns(table), *checked}]
    schema, seen, anomalies, num_rows = SCHEMAS[table].select_columns(read), SeenKeys(source), Anomalies(source), 0
    with source.open() as stream:
        if reason := column_fault(table, read_header(source, stream)):
            raise source.error(1, reason)
        for block in read_blocks(source, stream, len(column_names(table)), rows_per_chunk):
            frame = _parse(source, block, read)
            if found := find_fault(schema, frame):
                raise source.error(block.line(found[0] or 0), found[1])
            seen.add(frame, block)
            anomalies.add(frame, block)
            frame.index = pd.RangeIndex(num_rows, num_rows := num_rows + len(frame))
            yield frame[wanted]
    if not num_rows:
        yield pd.DataFrame({name: pd.Series(dtype=dtypes(table)[name]) for name in wanted})
    anomalies.warn()


def _parse(source: Source, block: Block, columns: list[str]) -> pd.DataFrame:
    kinds = {name: kind(source.table, name) for name in columns}
    numbers = {name for name in columns if kinds[name] in ("Int64", "float64")}
    try:
        frame = _read_csv(source, block, {name: "float64" if name in numbers else "str" for name in columns})
    except ValueError as error:
        _check_numbers(source, block, sorted(numbers))
        raise source.error(block.line(0), f"pandas ne sait plus lire à partir d'ici ({error})") from error
    lowered = block.data.lower()
    if any(word in lowered for word in BOOLEANS):
        _check_numbers(source, block, sorted(numbers))
    converters = {"Int64": _to_integers, "datetime64[s]": _to_times}
    for name in columns:
        if convert := converters.get(kinds[name]):
            frame[name] = convert(source, block, frame[name])
    return frame


def _read_csv(source: Source, block: Block, types: dict[str, str]) -> pd.DataFrame:
    return pd.read_csv(
        BytesIO(block.data),
        header=None,
        names=column_names(source.table),
        usecols=list(types),
        dtype=types,
        keep_default_na=False,
        na_values=[""],
        index_col=False,
    )


def _check_numbers(source: Source, block: Block, numbers: list[str]) -> None:
    texts = _read_csv(source, block, dict.fromkeys(numbers, "str"))
    wrong = texts.apply(pd.to_numeric, errors="coerce").isna() & texts.notna()
    if wrong.to_numpy().any():
        record = int(wrong.any(axis=1).to_numpy().argmax())
        column = wrong.iloc[record].idxmax()
        reason = f"{column} vaut « {texts[column].iloc[record]} », qui n'est pas un nombre"
        raise source.error(block.line(record), reason)


def _to_integers(source: Source, block: Block, values: pd.Series) -> pd.Series:
    wrong = values.notna() & ((values % 1 != 0) | (values.abs() > MAX_EXACT))  # un infini n'a pas de reste
    _refuse(source, block, values, wrong, "qui n'est pas un entier")
    return values.astype("Int64")


def _to_times(source: Source, block: Block, texts: pd.Series) -> pd.Series:
    times = pd.to_datetime(texts, format=TIME, errors="coerce")
    if times.hasnans:
        times = times.fillna(pd.to_datetime(texts, format=DAY, errors="coerce"))
    wrong = (times.isna() & texts.notna()) | texts.isin(("now", "today"))  # pandas y lirait l'heure qu'il est
    _refuse(source, block, texts, wrong, "qui n'est pas une date « AAAA-MM-JJ hh:mm:ss »")
    return times.astype("datetime64[s]")


def _refuse(source: Source, block: Block, values: pd.Series, wrong: pd.Series, reason: str) -> None:
    if wrong.any():
        record = int(wrong.to_numpy().argmax())
        raise source.error(block.line(record), f"{values.name} vaut « {values.iloc[record]} », {reason}")


class SeenKeys:
    """Les clés déjà vues dans les morceaux précédents : un bit par entier possible, soit 41 Mo pour CHARTEVENTS."""

    def __init__(self, source: Source):
        self._source = source
        self._bits = {name: np.zeros(1, dtype=np.uint8) for name in key_columns(source.table)}
        self._texts: dict[str, set[str]] = {name: set() for name in self._bits}

    def add(self, frame: pd.DataFrame, block: Block) -> None:
        """Retient les clés d'un morceau, déjà valide à lui seul ; EhrError si l'une vient d'un morceau précédent."""
        for name in self._bits:
            integers = kind(self._source.table, name) == "Int64"
            repeated = self._add_integers(name, frame[name]) if integers else self._add_texts(name, frame[name])
            if repeated.any():
                record = int(repeated.argmax())
                reason = f"{name} vaut « {frame[name].iloc[record]} » une seconde fois, alors que c'est une clé"
                raise self._source.error(block.line(record), reason)

    def _add_integers(self, name: str, values: pd.Series) -> np.ndarray:
        numbers = values.to_numpy(dtype=np.int64)
        octets, bits = numbers >> 3, np.left_shift(1, numbers & 7).astype(np.uint8)
        if (size := int(octets.max()) + 1) > len(self._bits[name]):
            larger = np.zeros(2 * size, dtype=np.uint8)
            larger[: len(self._bits[name])] = self._bits[name]
            self._bits[name] = larger
        repeated = (self._bits[name][octets] & bits) != 0
        np.bitwise_or.at(self._bits[name], octets, bits)
        return repeated

    def _add_texts(self, name: str, values: pd.Series) -> np.ndarray:
        repeated = values.isin(self._texts[name]).to_numpy()
        self._texts[name].update(values)
        return repeated


class Anomalies:
    """Le décompte des anomalies connues d'un fichier, et la ligne de la première de chaque sorte."""

    def __init__(self, source: Source):
        self._source = source
        self._counts: Counter[str] = Counter()
        self._first_lines: dict[str, int] = {}

    def add(self, frame: pd.DataFrame, block: Block) -> None:
        for anomaly in ANOMALIES.get(self._source.table, ()):
            rows = anomaly.broken(frame).to_numpy()
            if rows.any():
                self._counts[anomaly.reason] += int(rows.sum())
                self._first_lines.setdefault(anomaly.reason, block.line(int(rows.argmax())))

    def warn(self) -> None:
        for anomaly in ANOMALIES.get(self._source.table, ()):
            if count := self._counts[anomaly.reason]:
                line = self._first_lines[anomaly.reason]
                warnings.warn(
                    f"{self._source.table}, {count} ligne(s), la première ligne {line} : {anomaly.reason}. "
                    f"C'est connu ({anomaly.source}) ; décidez qu'en faire avant de calculer une durée.",
                    EhrWarning,
                    stacklevel=3,
                )
