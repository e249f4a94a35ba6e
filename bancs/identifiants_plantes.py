"""De vrais textes cliniques, et des identifiants plantés par quelqu'un qui n'a pas lu les règles du nettoyeur.

E3C (français) et MTS-Dialog (anglais) sont publiés sans identité : on leur en invente une, dans des phrases de
soignants (`bancs/identifiants_phrases/`). Les catégories sont celles de Safe Harbor qu'un texte peut porter (45 CFR
164.514(b)(2)(i), A à O et R) ; soignants et hôpitaux y sont ajoutés, comme dans i2b2 2014 (Stubbs et Uzuner, J. Biomed.
Inform. 58). Un tiers des phrases, et d'autres documents, sont gardés en réserve : ils mesurent des règles corrigées.
"""

import csv
import gzip
import json
import re
from functools import cache
from pathlib import Path
from random import Random
from typing import NamedTuple

from bancs.identifiants_valeurs import KINDS, Drawing, write
from common.data.cache import DataUnavailableError, RemoteFile, verified_copy

LANGUAGES = ("fr", "en")
DOCUMENTS = 500  # par langue et par mesure
FEWEST, MOST = 2, 6  # identifiants par document
OFTEN = {"name": 8, "date": 7, "place": 5, "phone": 2.5, "hospital": 2.5, "age": 2}  # les autres : 1,5
LENGTHS = {"fr": (200, 6000), "en": (60, 5000)}  # caractères ; sous 60, une note anglaise est un mot ou deux
PHRASES = Path(__file__).parent / "identifiants_phrases"

FILES = {
    "fr": [
        RemoteFile(
            "textes-fr",
            "e3c_fr_clinique.jsonl.gz",
            1494504,
            "b937fada4066bd98a2c2c924e16b6c33f842f0346058fa9a4475817fbd6ffeb0",
            (),
        )
    ],
    "en": [
        RemoteFile(
            "mts-dialog",
            "MTS-Dialog-TrainingSet.csv",
            1041071,
            "65a28681dd59fc159681ea026e44610f2af7bc64a0e7f892d763eb03d9f503dc",
            (),
        ),
        RemoteFile(
            "mts-dialog",
            "MTS-Dialog-ValidationSet.csv",
            74054,
            "227206520c4534381c0d7fba6d3f09319a9af5a6d9603a93c0341af1198e3958",
            (),
        ),
        RemoteFile(
            "mts-dialog",
            "MTS-Dialog-TestSet-1-MEDIQA-Chat-2023.csv",
            162806,
            "b4d38dd2c99b2e9860099abcf653f1e0f3e9b69f9fcc45be2a2699b37a4d2f37",
            (),
        ),
        RemoteFile(
            "mts-dialog",
            "MTS-Dialog-TestSet-2-MEDIQA-Sum-2023.csv",
            171558,
            "226644466ed3af82382b327a3e684aab70aa605b96cfd93b04f584f1826ab1a6",
            (),
        ),
    ],
}

_PLACEHOLDER = re.compile(r"\{(\w+)(?::([^}!]*))?(?:!(\w+))?\}")
_BY_SEX = re.compile(r"\[([^\[\]|]*)\|([^\[\]|]*)\]")
_SENTENCE_END = re.compile(r"(?<=[a-zà-ÿ]{3})[.!?]\s+(?=[A-ZÀÂÉÈÊÎÔ])")  # ni « Dr. », ni « M. », ni « 1. »


class Note(NamedTuple):
    """Un texte clinique et son numéro dans son corpus."""

    id: str
    text: str


class Phrase(NamedTuple):
    """Une phrase à planter : sa place (« début », « phrase », « fin » ou « après »), son ancre, son texte."""

    where: str
    anchor: str
    text: str


class Identifier(NamedTuple):
    """Un identifiant planté : text == note[start:end] ; `pattern` dit comment il a été écrit."""

    start: int
    end: int
    kind: str
    text: str
    pattern: str


class PlantedNote(NamedTuple):
    """Un texte, et les identifiants qu'on y a plantés, dans l'ordre."""

    id: str
    text: str
    identifiers: list[Identifier]


class _Piece(NamedTuple):
    position: int
    text: str
    identifiers: list[Identifier]


def planted_notes(language: str, seed: int, *, reserve: bool = False, count: int = DOCUMENTS) -> list[PlantedNote]:
    """Plante des identifiants dans `count` vrais textes ; même graine, mêmes textes.

    `reserve` prend les phrases et les documents que la première mesure n'a pas vus.
    DataUnavailableError si COURS_DONNEES ne donne pas les corpus.
    """
    notes = real_notes(language)
    chosen = notes[count : 2 * count] if reserve else notes[:count]
    return [plant(note, language, seed, phrases(language, reserve)) for note in chosen]


def plant(note: Note, language: str, seed: int, groups: dict[str, list[Phrase]]) -> PlantedNote:
    """Plante de 2 à 6 identifiants dans une note, sans toucher à son texte.

    Une valeur que le texte contenait déjà serait comptée à tort : le tirage est alors refait. ValueError si cinquante
    tirages n'y suffisent pas.
    """
    for attempt in range(50):
        drawing = Drawing(language, f"{seed}:{note.id}:{attempt}")
        planted = _assemble(note, _pieces(note.text, drawing, groups))
        if len(planted.identifiers) >= FEWEST and _unambiguous(planted):
            return planted
    raise ValueError(f"Rien n'a pu être planté dans la note {note.id} sans doublon : retirez-la, elle est trop courte.")


@cache
def phrases(language: str, reserve: bool = False) -> dict[str, list[Phrase]]:
    """Lit les phrases d'une langue, par catégorie d'identifiant ; celles de la réserve sont dans un autre fichier."""
    groups: dict[str, list[Phrase]] = {}
    lines = (PHRASES / f"{language}{'_reserve' if reserve else ''}.txt").read_text(encoding="utf-8").splitlines()
    for line in filter(None, lines):
        if line.startswith("["):
            group = groups[line.strip("[]")] = []
        elif not line.startswith("#"):
            place, text = line.split(" :: ", 1)
            where, _, anchor = place.partition(" ")
            group.append(Phrase(where, anchor, text))
    return groups


def real_notes(language: str) -> list[Note]:
    """Lit les textes réels d'une langue, dans un ordre tiré une fois pour toutes."""
    notes = _read_french() if language == "fr" else _read_english()
    shortest, longest = LENGTHS[language]
    kept = {note.text: note for note in notes if shortest <= len(note.text) <= longest}
    ordered = sorted(kept.values())
    Random(0).shuffle(ordered)
    return ordered


def _read_french() -> list[Note]:
    with gzip.open(_copy(FILES["fr"][0]), "rt", encoding="utf-8") as lines:
        return [Note(row["id"], row["text"].strip()) for row in map(json.loads, lines)]


def _read_english() -> list[Note]:
    notes = []
    for file in FILES["en"]:
        with _copy(file).open(encoding="utf-8", newline="") as stream:
            name = file.name.removeprefix("MTS-Dialog-").removesuffix(".csv")
            notes += [Note(f"{name}/{row['ID']}", row["section_text"].strip()) for row in csv.DictReader(stream)]
    return notes


def _copy(file: RemoteFile) -> Path:
    if path := verified_copy(file):
        return path
    raise DataUnavailableError(
        f"{file.folder}/{file.name} est introuvable ou abîmé : ce banc mesure sur de vrais textes, absents du cours. "
        f"Donnez à la variable COURS_DONNEES le dossier qui contient {file.folder}/ (voir bancs/LISEZMOI.md)."
    )


def _pieces(text: str, drawing: Drawing, groups: dict[str, list[Phrase]]) -> list[_Piece]:
    """Tire des phrases jusqu'à avoir le nombre d'identifiants voulu, chacune à une place qui n'est pas prise."""
    wanted, pieces, used = drawing.rng.randint(FEWEST, MOST), [], set()
    for _ in range(100):
        left = wanted - sum(len(piece.identifiers) for piece in pieces)
        kind = drawing.rng.choices(KINDS, [OFTEN.get(kind, 1.5) for kind in KINDS])[0]
        phrase = drawing.rng.choice(groups[kind])
        position = _position(phrase, text, drawing.rng)
        if phrase in used or position in used or len(_PLACEHOLDER.findall(phrase.text)) > left:
            continue
        if position is not None:
            pieces.append(_Piece(position, *_render(phrase, drawing)))
            used |= {phrase, position} if phrase.where in ("phrase", "après") else {phrase}
    return pieces


def _position(phrase: Phrase, text: str, rng: Random) -> int | None:
    """Où placer la phrase ; None si le texte n'a pas d'endroit pour elle."""
    if phrase.where in ("début", "fin"):
        return 0 if phrase.where == "début" else len(text)
    places = re.finditer(phrase.anchor, text) if phrase.where == "après" else _SENTENCE_END.finditer(text)
    positions = [place.end() for place in places]
    return rng.choice(positions) if positions else None


def _render(phrase: Phrase, drawing: Drawing) -> tuple[str, list[Identifier]]:
    """Écrit la phrase, avec les espaces de sa place, et rend où sont ses identifiants."""
    template = _BY_SEX.sub(lambda pair: pair[1 if drawing.patient.sex == "M" else 2], phrase.text).replace(" ⏎", "\n")
    text = {"fin": "\n", "après": "" if template.startswith(",") else " "}.get(phrase.where, "")
    done, identifiers = 0, []
    for hole in _PLACEHOLDER.finditer(template):
        text += template[done : hole.start()]
        kind, value = write(hole[1], hole[2] or "", hole[3] or "", drawing)
        identifiers.append(Identifier(len(text), len(text) + len(value), kind, value, hole[0].strip("{}")))
        text, done = text + value, hole.end()
    return text + template[done:] + {"début": "\n", "phrase": " "}.get(phrase.where, ""), identifiers


def _assemble(note: Note, pieces: list[_Piece]) -> PlantedNote:
    """Insère les morceaux dans la note, de gauche à droite."""
    text, done, identifiers = "", 0, []
    for piece in sorted(pieces, key=lambda piece: piece.position):
        text += note.text[done : piece.position]
        shift, done = len(text), piece.position
        identifiers += [found._replace(start=found.start + shift, end=found.end + shift) for found in piece.identifiers]
        text += piece.text
    return PlantedNote(note.id, text + note.text[done:], identifiers)


def _unambiguous(planted: PlantedNote) -> bool:
    """Vrai si aucune valeur plantée ne se retrouve, entière, ailleurs que là où un identifiant est planté."""
    return all(
        any(known.start <= place.start() and place.end() <= known.end for known in planted.identifiers)
        for value in {identifier.text for identifier in planted.identifiers}
        for place in re.finditer(rf"(?<!\w){re.escape(value)}(?!\w)", planted.text)
    )
