"""Les identifiants d'une note clinique, en français ou en anglais : les trouver, puis les remplacer.

Des règles écrites à la main ne trouvent jamais tout : un prénom rare sans titre, un village, une périphrase leur
échappent. Un texte nettoyé ainsi n'est pas anonyme pour autant, et Safe Harbor exige encore de ne pas savoir que ce
qui reste identifie quelqu'un (45 CFR 164.514(b)(2)(ii)).
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from common.privacy.identifiers.dates import DATES, date_replacement
from common.privacy.identifiers.names import NAMES, repeated
from common.privacy.identifiers.numbers import NUMBERS
from common.privacy.identifiers.pattern import Pattern
from common.privacy.identifiers.places import PLACES

MAX_CHARS = 2_000_000
# Cacher un identifiant en révèle parfois un autre. Une chaîne hostile en révélerait un par passage : on s'arrête là.
ROUNDS = 10
LABELS = (
    *("NOM", "LIEU", "TÉLÉPHONE", "FAX", "COURRIEL", "NIR", "DOSSIER", "ASSURÉ", "COMPTE", "LICENCE", "VÉHICULE"),
    *("APPAREIL", "URL", "IP", "IDENTIFIANT", "90 ANS ET PLUS"),
)
_DONE = re.compile(rf"\[(?:{'|'.join(LABELS)}|DATE(?: \d{{4}})?)\]")
_HIDDEN = "\x00"  # aucun motif ne le traverse
_LOOKALIKES = {**{ord(c): " " for c in "\u00a0\u2007\u2009\u202f\t"}, **{ord(c): "-" for c in "‐‑‒–−"}, ord("’"): "'"}
# Un nombre mal recopié ou mal numérisé, « O6 l2 34 » : des O, des l et des I parmi des chiffres, dans une suite.
_OCR = re.compile(
    r"(?<!\w)(?=[OolI]{0,4}\d|O[OlI]|l[lO])[\dOolI]{2,12}(?!\w)"
    r"(?:[ ./\-](?=[OolI]{0,4}\d|O[OlI]|l[lO])[\dOolI]{1,12}(?!\w)){2,8}"
)
_OCR_DIGITS = str.maketrans("OolI", "0011")
_INVISIBLE = frozenset("\u00ad\u200b\u200c\u200d\u2060\ufeff")


class Identifier(NamedTuple):
    """Un identifiant trouvé : `text == note[start:end]`, sa lettre de Safe Harbor, et ce qui le remplace."""

    start: int
    end: int
    letter: str
    text: str
    replacement: str


def find_identifiers(text: str, language: str) -> list[Identifier]:
    """Les identifiants d'une note, dans l'ordre du texte, sans chevauchement.

    `language` : "fr" ou "en" ; il choisit les règles des noms, des lieux et des dates, les numéros étant communs. Les
    étiquettes déjà posées par `redact` sont laissées telles quelles. ValueError si la langue est autre, ou si le texte
    dépasse deux millions de caractères. Cas limite : une note sans identifiant rend une liste vide.
    Source : 45 CFR 164.514(b)(2)(i).
    """
    _check(text, language)
    plain, offsets = _fold(text)
    plain = _OCR.sub(lambda match: match.group().translate(_OCR_DIGITS), plain)
    plain = _DONE.sub(lambda match: _HIDDEN * len(match.group()), plain)
    found: list[Identifier] = []
    for _ in range(ROUNDS):
        batch = _merge(_matches(plain, language))
        if not batch:
            break
        found += batch
        plain = _hide(plain, batch)
    return sorted(_original(text, offsets, one) for one in found)


def redact(text: str, language: str) -> str:
    """La note, chaque identifiant remplacé par son étiquette : `[NOM]`, `[DATE 2019]`, `[90 ANS ET PLUS]`…

    L'année d'une date demeure, comme Safe Harbor le permet. Les erreurs sont celles de `find_identifiers`. Cas limite :
    nettoyer deux fois une note ne change plus rien. Une règle ne trouve pas tout : relisez avant de partager.
    """
    pieces, position = [], 0
    for identifier in find_identifiers(text, language):
        pieces += [text[position : identifier.start], identifier.replacement]
        position = identifier.end
    return "".join([*pieces, text[position:]])


def _check(text: str, language: str) -> None:
    if language not in NAMES:
        raise ValueError(f'La langue « {language} » n\'a pas de règles : choisissez "fr" ou "en".')
    if len(text) > MAX_CHARS:
        raise ValueError(
            f"Ce texte compte {len(text)} caractères, et la limite est de {MAX_CHARS} : une note n'est jamais si "
            "longue. Découpez-le, par exemple note par note."
        )


def _fold(text: str) -> tuple[str, list[int] | range]:
    """Le texte tel que les motifs le lisent (accents composés, espaces simples), et d'où vient chaque caractère."""
    if unicodedata.is_normalized("NFC", text) and _INVISIBLE.isdisjoint(text):
        return text.translate(_LOOKALIKES).replace(_HIDDEN, " "), range(len(text) + 1)
    characters: list[str] = []
    offsets: list[int] = []
    for start, cluster in _clusters(text):
        composed = unicodedata.normalize("NFC", cluster)
        characters.append(composed)
        offsets += [start] * len(composed)
    return "".join(characters).translate(_LOOKALIKES).replace(_HIDDEN, " "), [*offsets, len(text)]


def _clusters(text: str) -> Iterator[tuple[int, str]]:
    """Chaque lettre avec ses accents combinants, et sa position ; les caractères invisibles sont omis."""
    start, cluster = 0, ""
    for position, character in enumerate(text):
        if character in _INVISIBLE:
            continue
        if cluster and not unicodedata.combining(character):
            yield start, cluster
            cluster = ""
        if not cluster:
            start = position
        cluster += character
    if cluster:
        yield start, cluster


def _matches(plain: str, language: str) -> list[Identifier]:
    found = [_identifier(plain, one, match) for one in _patterns(language) for match in _accepted(one, plain)]
    names = [one.text for one in found if one.letter == "A"]
    again = repeated(plain, names)
    return found + [Identifier(*match.span(), "A", match.group(), "[NOM]") for match in again]


def _patterns(language: str) -> tuple[Pattern, ...]:
    return (*NUMBERS, *DATES[language], *NAMES[language], *PLACES[language])


def _accepted(one: Pattern, plain: str) -> Iterator[re.Match[str]]:
    return (match for match in one.regex.finditer(plain) if one.check(match))


def _identifier(plain: str, one: Pattern, match: re.Match[str]) -> Identifier:
    start, end = one.span(match)
    replacement = date_replacement(plain, start, end) if one.label == "DATE" else f"[{one.label}]"
    return Identifier(start, end, one.letter, plain[start:end], replacement)


def _merge(found: list[Identifier]) -> list[Identifier]:
    """Réunit ceux qui se chevauchent : l'étendue de tous, la lettre du plus long. Rien de trouvé ne reste dehors."""
    merged: list[Identifier] = []
    longest = 0
    for one in sorted(found, key=lambda one: (one.start, -one.end)):
        if merged and one.start < merged[-1].end:
            length, kept = one.end - one.start, merged[-1]
            chosen = one if length > longest else kept
            merged[-1] = chosen._replace(start=kept.start, end=max(kept.end, one.end))
            longest = max(longest, length)
        else:
            merged.append(one)
            longest = one.end - one.start
    return merged


def _hide(plain: str, found: list[Identifier]) -> str:
    pieces, position = [], 0
    for one in found:
        pieces += [plain[position : one.start], _HIDDEN * (one.end - one.start)]
        position = one.end
    return "".join([*pieces, plain[position:]])


def _original(text: str, offsets: list[int] | range, one: Identifier) -> Identifier:
    start, end = offsets[one.start], offsets[one.end]
    return one._replace(start=start, end=end, text=text[start:end])
