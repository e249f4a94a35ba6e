"""Un fichier CSV, simple ou .gz, rendu par blocs d'enregistrements entiers, dont chacun sait sa ligne dans le fichier.

Un texte entre guillemets peut tenir sur plusieurs lignes (les comptes rendus de NOTEEVENTS) : un enregistrement n'est
pas une ligne. Ce qui est vérifié ici l'est avant que pandas ne lise, car pandas complète en silence une ligne trop
courte : nombre de champs, guillemets (RFC 4180), UTF-8, archive entière. Rien n'est gardé d'un bloc au suivant.
"""

import gzip
import io
import warnings
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

import numpy as np

from common.data.ehr.schema import EhrError, EhrWarning

MAX_BLOCK_BYTES = 1 << 26
MAX_RECORD_BYTES = 1 << 24  # un compte rendu en fait quelques milliers : au-delà, un guillemet n'est pas refermé
NEWLINE, RETURN, QUOTE, COMMA = 10, 13, 34, 44
SPECIAL = np.isin(np.arange(256), (NEWLINE, RETURN, QUOTE, COMMA))


@dataclass(frozen=True)
class Source:
    """Le fichier d'une table."""

    table: str
    path: Path

    def error(self, line: int, reason: str) -> EhrError:
        advice = (
            f"Corrigez cette ligne de {self.path}, ou reprenez le fichier à sa source et comparez son empreinte à "
            "celle de SHA256SUMS.txt."
        )
        return EhrError(self.table, f"ligne {line}", reason, advice)

    def open(self) -> BinaryIO:
        try:
            if self.path.suffix.lower() == ".gz":
                return io.BufferedReader(gzip.open(self.path), 1 << 20)
            return self.path.open("rb")
        except OSError as error:
            raise self.error(1, _broken(error)) from error


@dataclass(frozen=True)
class Block:
    """Des enregistrements entiers, et la ligne du fichier (à partir de 1) où commence le premier."""

    data: bytes
    first_line: int

    @cached_property
    def _marks(self) -> tuple[np.ndarray, np.ndarray]:
        """Les octets qui structurent le CSV, et s'ils sont dans un texte entre guillemets."""
        special = self._octets[self._positions]
        return special, np.bitwise_xor.accumulate(special == QUOTE)

    @property
    def _octets(self) -> np.ndarray:
        return np.frombuffer(self.data, dtype=np.uint8)

    @cached_property
    def _positions(self) -> np.ndarray:
        return np.flatnonzero(SPECIAL[self._octets])

    @cached_property
    def _ends(self) -> np.ndarray:
        """Le rang, parmi les octets marqués, de la fin de chaque enregistrement."""
        special, quoted = self._marks
        return np.flatnonzero((special == NEWLINE) & ~quoted)

    @property
    def num_lines(self) -> int:
        return self.data.count(b"\n")

    def __len__(self) -> int:
        return len(self._ends)

    def line(self, record: int) -> int:
        """La ligne du fichier où commence un enregistrement du bloc (compté à partir de 0)."""
        before = self._ends[record - 1] + 1 if record else 0
        return self.first_line + int((self._marks[0][:before] == NEWLINE).sum())

    def num_fields(self) -> np.ndarray:
        """Le nombre de champs de chaque enregistrement."""
        special, quoted = self._marks
        commas = np.flatnonzero((special == COMMA) & ~quoted)
        return np.diff(np.searchsorted(commas, self._ends), prepend=0) + 1

    def lone_return(self) -> int | None:
        """La place du premier retour chariot qui ne précède pas un saut de ligne, hors guillemets."""
        special, quoted = self._marks
        returns = self._positions[(special == RETURN) & ~quoted]
        return _first(returns[self._octets[returns + 1] != NEWLINE])

    def stray_quote(self) -> int | None:
        """La place du premier guillemet qui s'ouvre au milieu d'un champ : pandas le prendrait pour une lettre."""
        special, quoted = self._marks
        openings = self._positions[(special == QUOTE) & quoted]
        before = self._octets[openings - 1]
        return _first(openings[(openings > 0) & ~np.isin(before, (COMMA, NEWLINE, QUOTE))])

    def text_after_quote(self) -> int | None:
        """La place du premier texte collé à un guillemet fermant : pandas l'ajouterait à la valeur."""
        special, quoted = self._marks
        after = self._positions[(special == QUOTE) & ~quoted] + 1
        return _first(after[~np.isin(self._octets[after], (COMMA, NEWLINE, RETURN, QUOTE))])

    def line_of(self, position: int) -> int:
        """La ligne du fichier où se trouve un octet du bloc."""
        return self.first_line + self.data.count(b"\n", 0, position)


def _first(positions: np.ndarray) -> int | None:
    return int(positions[0]) if len(positions) else None


def read_header(source: Source, stream: BinaryIO) -> list[str]:
    """Rend les noms de colonnes, en majuscules ; EhrError si le fichier est vide ou n'est pas du texte."""
    first = _readlines(source, stream, 1, 1)
    if not first:
        raise source.error(1, "le fichier est vide, sans même une ligne de noms de colonnes")
    _check_text(source, Block(first[0], 1))
    names = first[0].decode("utf-8-sig").strip().split(",")
    return [name.strip('"').upper() for name in names]


def read_blocks(source: Source, stream: BinaryIO, num_fields: int, num_lines: int) -> Iterator[Block]:
    """Rend le reste du fichier par blocs d'au plus `num_lines` enregistrements ; EhrError au premier défaut."""
    first_line = 2
    while lines := _readlines(source, stream, num_lines, first_line):
        block = _close_quotes(source, stream, lines, first_line)
        _check_text(source, block)
        _check_shape(source, block, num_fields)
        yield block
        first_line += block.num_lines


def _readlines(source: Source, stream: BinaryIO, count: int, first_line: int) -> list[bytes]:
    lines, size = [], 0
    try:
        while len(lines) < count and size < MAX_BLOCK_BYTES and (line := stream.readline(MAX_RECORD_BYTES)):
            lines.append(line)
            size += len(line)
            if len(line) == MAX_RECORD_BYTES:
                raise source.error(first_line + len(lines) - 1, _TOO_LONG)
    except (EOFError, zlib.error, OSError) as error:
        raise source.error(first_line + len(lines), _broken(error)) from error
    return lines


_TOO_LONG = f"plus de {MAX_RECORD_BYTES >> 20} Mio sans saut de ligne : ce n'est pas un CSV"


def _broken(error: Exception) -> str:
    if isinstance(error, EOFError):
        return "l'archive .gz s'arrête ici, avant sa fin : le téléchargement a été coupé"
    if isinstance(error, gzip.BadGzipFile | zlib.error):
        return "l'archive .gz est abîmée, ou n'en est pas une"
    return f"le disque refuse la lecture ({error.strerror})"


def _close_quotes(source: Source, stream: BinaryIO, lines: list[bytes], first_line: int) -> Block:
    """Ajoute des lignes tant que le dernier texte entre guillemets n'est pas refermé."""
    extra, size, still_open = [], 0, b"".join(lines).count(b'"') % 2
    while still_open and size < MAX_RECORD_BYTES:
        following = _readlines(source, stream, 1, first_line + len(lines) + len(extra))
        if not following:
            break
        extra += following
        size += len(following[0])
        still_open ^= following[0].count(b'"') % 2
    block = Block(_ended(source, b"".join(lines + extra)), first_line)
    if still_open:
        raise source.error(block.line(len(block)), "un guillemet de cet enregistrement n'est jamais refermé")
    return block


def _ended(source: Source, data: bytes) -> bytes:
    if data.endswith(b"\n"):
        return data
    warnings.warn(
        f"{source.table} : {source.path} ne finit pas par un saut de ligne. S'il a été coupé, sa dernière valeur l'est "
        "peut-être aussi : comparez sa taille à celle de la source.",
        EhrWarning,
        stacklevel=2,
    )
    return data + b"\n"


def _check_text(source: Source, block: Block) -> None:
    if (zero := block.data.find(b"\0")) >= 0:
        raise source.error(block.line_of(zero), "un octet nul : ce n'est pas un CSV en UTF-8")
    try:
        block.data.decode("utf-8")
    except UnicodeDecodeError as error:
        reason = f"l'octet 0x{block.data[error.start]:02x} n'est pas de l'UTF-8"
        raise source.error(block.line_of(error.start), reason) from error


def _check_shape(source: Source, block: Block, num_fields: int) -> None:
    if (position := block.stray_quote()) is not None:
        raise source.error(block.line_of(position), "un guillemet s'ouvre au milieu d'un champ")
    if (position := block.text_after_quote()) is not None:
        raise source.error(block.line_of(position), "un texte suit un guillemet fermant")
    if (position := block.lone_return()) is not None:
        raise source.error(block.line_of(position), "un retour chariot isolé coupe l'enregistrement")
    found = block.num_fields()
    if len(wrong := np.flatnonzero(found != num_fields)):
        raise source.error(block.line(wrong[0]), f"{found[wrong[0]]} champ(s) au lieu de {num_fields}")
