"""Ce qu'est une règle : un motif qui a un nom, la lettre de la loi, et ce que l'on écrit à la place."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

# Ce qu'il y a entre un mot-clé et son numéro : « n° », « : », « number is »… Borné, donc linéaire.
LINK = (
    r"(?:[\s:#=\-–]|n\s?[°º]|№|(?:\b|(?<=no))\.|no\.|nº|\b(?:num[ée]ro|number|num|nb|code|id|est|is|was|of|under|sous|le|la|du|de|d'|patient)\b)"
    r"{0,8}"
)
# « IPP 40 mg » est un médicament, l'inhibiteur de la pompe à protons, et non un numéro de dossier.
DOSE = r"\d{1,4}\s?(?i:mg|g|ml|µg|mcg|ui|cp|fois|x)(?![^\W\d_])"
# Un numéro : des chiffres groupés, ou un mot d'au moins deux chiffres qui n'est pas une année.
VALUE = (
    r"(?P<id>(?:\d{1,4}[ .\-]){2,6}\d{1,4}(?![\w])|"
    rf"(?!(?:19|20)\d\d(?!\w)|{DOSE})(?=(?:[A-Za-z/\-.]{{0,12}}\d){{2}})[A-Za-z0-9][A-Za-z0-9/\-.]{{2,60}}[A-Za-z0-9](?!\w))"
)

# Un code : des chiffres et des lettres, ou des tirets. « série de 1200 cas » n'en est pas un.
MIXED = (
    r"(?P<id>(?=[A-Z0-9/.]{0,12}[\-A-Z])(?=(?:[A-Z/\-.]{0,6}\d){3})[A-Z0-9]{1,20}(?:[\-/.][A-Z0-9]{1,20}){0,4}"
    r"(?![\w%]))"
)


def always(match: re.Match[str]) -> bool:
    """Accepte tout ce que le motif trouve."""
    return True


@dataclass(frozen=True)
class Pattern:
    """Un motif : son nom, sa lettre de Safe Harbor, l'étiquette qui remplace, et une vérification de ce qu'il trouve.

    Si le motif a un groupe nommé « id », lui seul est l'identifiant ; le reste est son contexte, et demeure.
    """

    name: str
    letter: str
    label: str
    source: str
    check: Callable[[re.Match[str]], bool] = always

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """Le motif compilé, à sa première utilisation seulement."""
        return re.compile(self.source)

    def span(self, match: re.Match[str]) -> tuple[int, int]:
        """Début et fin de l'identifiant dans le texte."""
        return match.span("id") if "id" in self.regex.groupindex else match.span()


def keyword(name: str, letter: str, label: str, words: str, value: str = VALUE) -> Pattern:
    """Un numéro que son mot-clé annonce : « IPP : 8001234 », « serial number XK-42-118 »."""
    return Pattern(name, letter, label, rf"(?i:(?<![^\W_])(?:{words})(?![^\W\d_]){LINK}){value}")
