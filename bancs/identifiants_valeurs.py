"""Les valeurs à planter : une personne par document, et tout ce qui la désigne, écrit comme dans une vraie note.

Un identifiant s'écrit `{source:motif!altération}` dans une phrase : de quoi l'on parle, et comment c'est écrit.
- name (le patient), other, man, woman (d'autres), email, url, other_id : First, FIRST, first, Last, LAST, last, F, L…
- date, birth : YYYY, YY, MMMM (nom du mois), MMM et mmm (abrégé), MM, M, DDDD (jour), DD, D, Do (12th), E (D + 2) ;
- ailleurs : # un chiffre, % un chiffre de 2 à 9, ? une lettre. NIR, SSN et IBAN ont une clé juste (Faker).
"""

import re
import string
import unicodedata
from collections.abc import Callable
from datetime import date, timedelta
from functools import cache
from random import Random
from typing import NamedTuple

from faker import Faker

from bancs.identifiants_mots import WORDS, Words

KINDS = (
    *("name", "date", "age", "place", "hospital", "employer", "phone", "fax", "email", "national_id", "record"),
    *("health_plan", "account", "license", "vehicle", "device", "url", "ip", "other"),
)
TODAY = date(2021, 12, 31)
UNEXPECTED = 1 / 3  # part des noms et des villes tirés de nos listes plutôt que de Faker

_PERSON = re.compile(r"(?<![A-Za-z])(?:First|FIRST|first|Last|LAST|last|FL|fl|F|L|f|l)(?![A-Za-z])")
_DATE = re.compile(r"YYYY|YY|MMMM|MMM|mmm|MM|M|DDDD|DD|Do|D|E")


class Person(NamedTuple):
    """Un prénom, un nom et un sexe (« M » ou « F »)."""

    first: str
    last: str
    sex: str


class Drawing:
    """Tire d'une graine tout ce qu'un document reçoit ; le patient y est le même du début à la fin."""

    def __init__(self, language: str, seed: str):
        self.words = WORDS[language]
        self.rng = Random(seed)
        self.fake = _faker(self.words.locale)
        self.fake.seed_instance(seed)
        self.patient = self.person(self.rng.choice("MF"))
        self.birth = TODAY - timedelta(days=self.rng.randrange(365, 89 * 365))
        self.national_id = re.sub(r"\W", "", self.fake.ssn())

    def person(self, sex: str) -> Person:
        ours = self.words.men if sex == "M" else self.words.women
        theirs = self.fake.first_name_male if sex == "M" else self.fake.first_name_female
        return Person(self._either(ours, theirs), self._either(self.words.last_names, self.fake.last_name), sex)

    def anyone(self) -> Person:
        return self.person(self.rng.choice("MF"))

    def day(self) -> date:
        return TODAY - timedelta(days=self.rng.randrange(6 * 365))

    def city(self) -> str:
        return self.rng.choice(self.words.cities) if self.rng.random() > UNEXPECTED else self.fake.city()

    def employer(self) -> str:
        return self._either(self.words.employers, self.fake.company)

    def fill(self, pattern: str, digits: str = "") -> str:
        """Remplit les # d'un motif avec `digits`, puis au hasard."""
        supply = iter(digits)
        signs = {
            "#": lambda: next(supply, None) or self.rng.choice(string.digits),
            "%": lambda: self.rng.choice("23456789"),
            "?": lambda: self.rng.choice("ABCDEFGHJKLMNPQRSTVWXYZ"),
        }
        return re.sub(r"[#%?]", lambda sign: signs[sign[0]](), pattern)

    def _either(self, ours: tuple[str, ...], theirs: Callable[[], str]) -> str:
        return self.rng.choice(ours) if self.rng.random() < UNEXPECTED else theirs()


@cache
def _faker(locale: str) -> Faker:
    return Faker(locale)


def spell(pattern: str, person: Person) -> str:
    """Écrit un nom : « LAST First » rend « DUPONT Claire »."""
    first, last = person.first, person.last
    words = {"First": first, "FIRST": first.upper(), "first": first.lower(), "F": first[0], "f": first[0].lower()}
    words |= {"Last": last, "LAST": last.upper(), "last": last.lower(), "L": last[0], "l": last[0].lower()}
    words |= {"FL": first[0] + last[0], "fl": (first[0] + last[0]).lower()}
    return _PERSON.sub(lambda token: words[token[0]], pattern)


def address(pattern: str, person: Person) -> str:
    """Écrit un nom dans une adresse électronique ou une page : sans accent, ni espace, ni apostrophe."""
    simple = [re.sub(r"[^A-Za-z-]", "", without_accents(part)) for part in person[:2]]
    return spell(pattern, Person(*simple, person.sex))


def write_date(pattern: str, day: date, words: Words) -> str:
    """Écrit une date : « D MMMM YYYY » rend « 12 mars 2021 »."""
    month, short = words.months[day.month - 1], words.short_months[day.month - 1]
    later = day + timedelta(days=2)
    ordinal = {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd", 31: "st"}.get(day.day, "th")
    written = {"YYYY": f"{day:%Y}", "YY": f"{day:%y}", "MMMM": month, "MMM": short, "mmm": short.lower()}
    written |= {"MM": f"{day:%m}", "M": str(day.month), "DDDD": words.days[day.weekday()], "DD": f"{day:%d}"}
    written |= {"D": str(day.day), "Do": f"{day.day}{ordinal}", "E": str(later.day)}
    return _DATE.sub(lambda token: written[token[0]], pattern)


def without_accents(text: str) -> str:
    """Rend le texte en ASCII, sans ses accents."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()


def _misread(text: str) -> str:
    """Ce qu'un scanner lit : O pour 0, l pour 1, et l'inverse."""
    return text.translate(str.maketrans("01OIS", "Ol015"))


def _mistyped(text: str) -> str:
    """Deux lettres échangées dans le mot le plus long."""
    word = max(re.findall(r"[^\W\d_]+", text), key=len)
    return text.replace(word, word[:1] + word[2:3] + word[1:2] + word[3:], 1)


ALTERATIONS: dict[str, Callable[[str], str]] = {
    "": str,
    "upper": str.upper,
    "lower": str.lower,
    "noaccent": without_accents,
    "spaced": " ".join,
    "ocr": _misread,
    "typo": _mistyped,
}

SOURCES: dict[str, tuple[str, Callable[[Drawing, str], str]]] = {
    "name": ("name", lambda draw, pattern: spell(pattern, draw.patient)),
    "other": ("name", lambda draw, pattern: spell(pattern, draw.anyone())),
    "man": ("name", lambda draw, pattern: spell(pattern, draw.person("M"))),
    "woman": ("name", lambda draw, pattern: spell(pattern, draw.person("F"))),
    "date": ("date", lambda draw, pattern: write_date(pattern, draw.day(), draw.words)),
    "birth": ("date", lambda draw, pattern: write_date(pattern, draw.birth, draw.words)),
    "street": ("place", lambda draw, _: draw.fake.street_address()),
    "postcode": ("place", lambda draw, _: draw.fake.postcode()),
    "city": ("place", lambda draw, _: draw.city()),
    "district": ("place", lambda draw, _: draw.rng.choice(draw.words.districts)),
    "quarter": ("place", lambda draw, _: draw.rng.choice(draw.words.quarters)),
    "place": ("place", lambda draw, pattern: draw.fill(spell(pattern, draw.anyone()))),
    "hospital": ("hospital", lambda draw, _: draw.rng.choice(draw.words.hospitals)),
    "home": ("hospital", lambda draw, _: draw.rng.choice(draw.words.homes)),
    "employer": ("employer", lambda draw, _: draw.employer()),
    "email": ("email", lambda draw, pattern: draw.fill(address(pattern, draw.patient))),
    "url": ("url", lambda draw, pattern: draw.fill(address(pattern, draw.patient))),
    "national_id": ("national_id", lambda draw, pattern: draw.fill(pattern, draw.national_id)),
    "iban": ("account", lambda draw, pattern: draw.fill(pattern, draw.fake.iban()[2:])),
    "other_id": ("other", lambda draw, pattern: draw.fill(spell(pattern, draw.patient))),
}


def write(source: str, pattern: str, alteration: str, draw: Drawing) -> tuple[str, str]:
    """Rend la catégorie et le texte d'un identifiant. Une source sans règle à elle est une suite de chiffres."""
    kind, draw_value = SOURCES.get(source, (source, lambda drawing, motif: drawing.fill(motif)))
    return kind, ALTERATIONS[alteration](draw_value(draw, pattern))
