"""La règle (C) : toute date plus fine que l'année, et tout âge au-dessus de 89 ans. L'année seule demeure."""

import re
from datetime import date

from common.privacy.identifiers.lexicon import MONTHS_EN, MONTHS_FR
from common.privacy.identifiers.pattern import Pattern, pattern

OLDEST_AGE = 90
OLD_AGE_LABEL = "90 ANS ET PLUS"
YEAR = r"(?:19|20)\d\d"
DAY = r"(?:0?[1-9]|[12]\d|3[01])"
SEP = r"[\s,]{1,3}"
TIME = r"(?:T\d\d:\d\d(?::\d\d)?(?:[.,]\d{1,6})?Z?)?"
WEEKDAY_FR = r"(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)"
WEEKDAY_EN = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
DAY_WORDS_FR = (
    r"(?:premier|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|seize|dix-sept|dix-huit|"
    r"dix-neuf|vingt(?:[\s-]et[\s-]un|[\s-](?:deux|trois|quatre|cinq|six|sept|huit|neuf))?|trente(?:[\s-]et[\s-]un)?)"
)
DAY_WORDS_EN = (
    r"(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|thirteenth|fourteenth|fifteenth|"
    r"sixteenth|seventeenth|eighteenth|nineteenth|twentieth|thirtieth|"
    r"(?:twenty|thirty)-(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth))"
)
YEAR_WORDS_FR = r"(?:deux[\s-]mille|mil(?:le)?[\s-]neuf[\s-]cents?)(?:[\s-](?:et|un|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|seize|vingts?|trente|quarante|cinquante|soixante)){0,5}"
NOT_A_DOSE = r"(?!\s?(?:%|cp|comprim|mmHg|mm\b|cm\b|mg|g\b|µg|ml|cc\b|UI\b|U\b|h\b|ans?\b|mois\b|jours?\b|fois|sup|inf[ée]|moyen|dist|prox|ant[ée]|post|ext|int|lat|gauche|droit|d[eu]s?\b|d'|tablet|pill|tab|years?|hours?|days?))"
BLOOD_PRESSURE = re.compile(
    r"(?i:\b(?:TA|PA|TAS|PAS|BP|tension\w*|pression|pressure|art[ée]rielle|score|force|glasgow|apgar|EVA|acuit[ée]|muscle|strength|pulses?|"
    r"motricit[ée]|douleur|pain|scale|cot[ée]e?|testing|vision|OD|OG|reflexes)\b[^.;\n\x00]{0,40}$)"
)
BIRTH = re.compile(r"(?i:\b(?:n[ée]e?s?|naissance|ddn|dob|born|birth(?:\s?date|day)?)\b[^\d.;\n\x00]{0,25}$)")


def _not_a_measure(match: re.Match[str]) -> bool:
    """« TA à 12/8 » et « force à 4/5 » ont la forme d'un jour et d'un mois : ce qui précède en décide."""
    start = match.start("id")
    return not BLOOD_PRESSURE.search(match.string, max(0, start - 60), start)


def _real_day(match: re.Match[str]) -> bool:
    """Un jour et un mois possibles, dans un ordre ou dans l'autre."""
    first, second = int(match["a"]), int(match["b"])
    return 1 <= min(first, second) <= 12 and max(first, second) <= 31 and _not_a_measure(match)


def _oldest(match: re.Match[str]) -> bool:
    return int(match["year"]) <= _oldest_kept_year()


def _oldest_kept_year() -> int:
    """Né cette année-là ou avant, on a ou on aura 90 ans dans l'année."""
    return date.today().year - OLDEST_AGE


def date_replacement(text: str, start: int, end: int) -> str:
    """Ce qui remplace la date `text[start:end]` : son année si elle en a une, ou « 90 ANS ET PLUS » si elle les indique.

    Source : 45 CFR 164.514(b)(2)(i)(C), qui garde l'année, sauf celle qui révèle un âge au-dessus de 89 ans.
    """
    years = re.findall(rf"(?<!\d){YEAR}(?!\d)", text[start:end]) or re.findall(rf"^{YEAR}|{YEAR}$", text[start:end])
    if not years:
        return "[DATE]"
    year = int(years[-1])
    if year <= _oldest_kept_year() and BIRTH.search(text, max(0, start - 60), start):
        return f"[{OLD_AGE_LABEL}]"
    return f"[DATE {year}]"


_RANGE_FR = rf"(?:{DAY}(?:er)?\s(?:au|et|ou|à|-)\s?){{0,2}}"
_NUMERIC = (
    pattern(
        "date_iso",
        "C",
        "DATE",
        rf"(?<![\w\-/])(?P<id>{YEAR}[-/.](?P<a>\d\d?)[-/.](?P<b>\d\d?){TIME})(?![\w/])",
        _real_day,
    ),
    pattern(
        "date_numerique",
        "C",
        "DATE",
        rf"(?<![\w/])(?P<id>(?P<a>\d\d?)\s?(?P<s>[-/.])\s?(?P<b>\d\d?)\s?(?P=s)\s?(?:{YEAR}|\d\d))(?![\w/]|[.,]\d)",
        _real_day,
    ),
    pattern(
        "date_compacte",
        "C",
        "DATE",
        rf"(?<![\w\-.,])(?P<id>{YEAR}(?P<a>0[1-9]|1[0-2])(?P<b>{DAY}))(?![\w\-]|[.,]\d)",
        _real_day,
    ),
    pattern("mois_annee", "C", "DATE", rf"(?<![\w/.,\-])(?P<id>(?:0?[1-9]|1[0-2])\s?[-/.]\s?{YEAR})(?![\w/]|[.,]\d)"),
    pattern("annee_mois", "C", "DATE", rf"(?<![\w/.\-])(?P<id>{YEAR}[-/](?:0[1-9]|1[0-2]))(?![\w/\-])"),
)
_FRENCH = (
    pattern(
        "jour_mois",
        "C",
        "DATE",
        rf"(?i:(?<!\w)(?P<id>(?:{WEEKDAY_FR}\s)?{_RANGE_FR}(?:{DAY}(?:er|ER)?|{DAY_WORDS_FR})[\s\-]{{1,3}}(?:{MONTHS_FR})(?!\w)"
        rf"(?:[\s\-,]{{0,3}}(?:{YEAR}|{YEAR_WORDS_FR}|['’]?\d\d(?![\w,.%]|\s(?:ans|mois|jours|mg|ml|h)))(?!\w))?))",
    ),
    pattern(
        "mois_et_annee",
        "C",
        "DATE",
        rf"(?i:(?<!\w)(?P<id>(?:{MONTHS_FR})(?:\s(?:de\s(?:l'ann[ée]e\s)?)?|\s?-\s?){YEAR})(?!\w))",
    ),
    pattern(
        "mois_seul",
        "C",
        "DATE",
        r"(?:(?i:\b(?:en|d[ée]but|fin|courant|depuis|mi|mois\sde|mois\sd'|d[èe]s|jusqu'en|vers|avant|apr[èe]s|d'|de|et|ou|à))[\s\-]|d')"
        rf"(?P<id>(?:{MONTHS_FR})(?![^\W\d_]))(?!\s\d)",
    ),
    pattern(
        "jour_et_mois_chiffres",
        "C",
        "DATE",
        r"(?i:\b(?:le|du|au|dès\sle|depuis\sle|jusqu'au|et\sle|vers\sle|rdv|revu|consultation|sortie?|entr[ée]e?)\s)"
        rf"(?P<id>(?P<a>\d\d?)/(?P<b>\d\d?))(?![\w/%]|[.,]\d){NOT_A_DOSE}",
        _real_day,
    ),
    pattern(
        "saison",
        "C",
        "DATE",
        rf"(?i:\b(?P<id>(?:printemps|été|automne|hiver|noël|pâques|toussaint)\s(?:de\s)?{YEAR})(?!\w))",
    ),
    pattern(
        "trimestre",
        "C",
        "DATE",
        rf"(?i:\b(?P<id>(?:premier|deuxi[èe]me|troisi[èe]me|quatri[èe]me|\d(?:er|e|[èe]me))\s(?:trimestre|semestre)\s(?:de\s)?{YEAR})(?!\w))",
    ),
    pattern(
        "jour_de_semaine", "C", "DATE", rf"(?i:\b(?P<id>{WEEKDAY_FR}\s(?:dernier|prochain|{DAY}(?!\s?[\w%/])))(?!\w))"
    ),
    pattern(
        "naissance_ancienne",
        "C",
        OLD_AGE_LABEL,
        rf"(?i:\b(?:n[ée]e?\s(?:en|vers)|ann[ée]e\sde\snaissance|naissance)[\s:]{{1,3}}(?P<id>(?P<year>{YEAR}))(?!\w))",
        _oldest,
    ),
    pattern(
        "age",
        "C",
        OLD_AGE_LABEL,
        r"(?i:(?<![\w.,/\-])(?P<id>(?:9\d|1[0-2]\d)(?:[.,]\d)?\s?ans)(?!\w))",
    ),
    pattern(
        "age_en_lettres",
        "C",
        OLD_AGE_LABEL,
        r"(?i:\b(?P<id>(?:nonagénaires?|centenaires?|(?:quatre-vingt(?:-dix(?:-sept|-huit|-neuf)?|-onze|-douze|-treize|-quatorze|-quinze|-seize)|"
        r"nonante(?:[\s-](?:et[\s-])?(?:un|deux|trois|quatre|cinq|six|sept|huit|neuf))?|cent(?:[\s-](?:un|deux|trois|quatre|cinq))?)\sans))\b)",
    ),
)
_MONTH_DAY_EN = rf"{DAY}(?:st|nd|rd|th)?(?!\w|[.,]\d|/\d)"
_ENGLISH = (
    pattern(
        "month_day",
        "C",
        "DATE",
        rf"(?<!\w)(?P<id>(?:{WEEKDAY_EN},?\s)?(?:{MONTHS_EN}|May|JANUARY|FEBRUARY|MARCH|APRIL|MAY|JUNE|JULY|AUGUST|SEPTEMBER|OCTOBER|NOVEMBER|DECEMBER)"
        rf"\s{{1,2}}(?:the\s)?(?:{_MONTH_DAY_EN}|{DAY_WORDS_EN}\b)"
        rf"(?:\s?(?:-|–|to|and|through)\s?{_MONTH_DAY_EN})?(?:(?:,\s?|\sof\s|\s){YEAR}(?!\w))?){NOT_A_DOSE}",
    ),
    pattern(
        "day_month",
        "C",
        "DATE",
        rf"(?i:(?<!\w)(?P<id>(?:{WEEKDAY_EN},?\s)?(?:the\s)?(?:{DAY}(?:st|nd|rd|th)?|{DAY_WORDS_EN})(?:\sof\s|[\s\-])(?:{MONTHS_EN}|May\b)(?!\w)"
        rf"(?:[\s\-,]{{1,3}}(?:{YEAR}|\d\d(?![\w,.%/]|\s(?:year|y|month|day|mg)))(?!\w))?))",
    ),
    pattern("month_year", "C", "DATE", rf"(?<!\w)(?P<id>(?i:{MONTHS_EN}|May)(?:,?\s(?:of\s)?|\s?-\s?){YEAR})(?!\w)"),
    pattern(
        "month_alone",
        "C",
        "DATE",
        rf"(?i:\b(?:in|early|late|mid|since|until|by|last|next|this|of|through|around|before|after|from|during|to|and|between))[\s\-](?P<id>(?:{MONTHS_EN}|May)(?!\w))(?!\s\d)",
    ),
    pattern(
        "day_and_month_digits",
        "C",
        "DATE",
        r"(?i:\b(?:on|since|until|dated?|from|to|through|by|of|seen|visit|dob|doa|dos|admitted|discharged)[\s:]{1,2})"
        rf"(?P<id>(?P<a>\d\d?)/(?P<b>\d\d?))(?![\w/%]|[.,]\d){NOT_A_DOSE}",
        _real_day,
    ),
    pattern(
        "season",
        "C",
        "DATE",
        rf"(?i:\b(?P<id>(?:spring|summer|fall|autumn|winter|christmas|thanksgiving|easter|halloween)\s(?:of\s)?{YEAR})(?!\w))",
    ),
    pattern(
        "quarter",
        "C",
        "DATE",
        rf"\b(?P<id>(?:Q[1-4]|[Ff]irst\squarter|[Ss]econd\squarter|[Tt]hird\squarter|[Ff]ourth\squarter)\s(?:of\s)?{YEAR})(?!\w)",
    ),
    pattern(
        "weekday",
        "C",
        "DATE",
        rf"\b(?:[Oo]n|[Ll]ast|[Nn]ext|[Tt]his|[Uu]ntil|[Ss]ince|[Oo]r|[Aa]nd|[Tt]hrough)\s(?P<id>{WEEKDAY_EN})\b",
    ),
    pattern(
        "old_birth",
        "C",
        OLD_AGE_LABEL,
        rf"(?i:\b(?:born\sin|birth\syear|year\sof\sbirth)[\s:]{{1,3}}(?P<id>(?P<year>{YEAR}))(?!\w))",
        _oldest,
    ),
    pattern(
        "age",
        "C",
        OLD_AGE_LABEL,
        r"(?i:(?<![\w.,/\-])(?P<id>(?:9\d|1[0-2]\d)[\s\-]?(?:years?|yrs?|y)[\s\-]?/?(?:olds?|o)\b|(?:9\d|1[0-2]\d)[\s\-]?(?:yo|y\.o\.|y/o)(?!\w)))",
    ),
    pattern(
        "age_labelled",
        "C",
        OLD_AGE_LABEL,
        r"(?i:\b(?:aged?|age\sof|age\sis)[\s:]{1,3}(?P<id>(?:9\d|1[0-2]\d)(?:\s(?:years?|yrs?))?)(?![\w.,%]))",
    ),
    pattern(
        "age_in_words",
        "C",
        OLD_AGE_LABEL,
        r"(?i:\b(?P<id>nonagenarians?|centenarians?|(?:ninety(?:[\s-](?:one|two|three|four|five|six|seven|eight|nine))?|one\shundred(?:[\s-](?:and[\s-])?(?:one|two|three|four|five))?)[\s-]years?[\s-]old)\b)",
    ),
)
DATES: dict[str, tuple[Pattern, ...]] = {"fr": (*_FRENCH, *_NUMERIC), "en": (*_ENGLISH, *_NUMERIC)}
