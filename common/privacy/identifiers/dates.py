"""La règle (C) : toute date plus fine que l'année, et tout âge au-dessus de 89 ans. L'année seule demeure."""

import re
from datetime import date

from common.privacy.identifiers.lexicon import MONTHS_EN_OR_MAY, MONTHS_FR, any_of
from common.privacy.identifiers.pattern import Pattern, always

OLDEST_AGE = 90
OLD_AGE = "90 ANS ET PLUS"
YEAR = r"(?:19|20)\d\d"
DAY = r"(?:0?[1-9]|[12]\d|3[01])"
OVER_89 = r"(?:9\d|1[0-2]\d)"
TIME = r"(?:T\d\d:\d\d(?::\d\d)?(?:[.,]\d{1,6})?Z?)?"
AND = r"(?:-|–|to|and|through|au|et|ou|à)"
UNITS_FR = any_of("deux, trois, quatre, cinq, six, sept, huit, neuf")
TEENS_FR = any_of("dix-sept, dix-huit, dix-neuf, dix, onze, douze, treize, quatorze, quinze, seize")
WEEKDAY_FR = any_of("lundi, mardi, mercredi, jeudi, vendredi, samedi, dimanche")
WEEKDAY_EN = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
DAY_WORD_FR = rf"(?:premier|{TEENS_FR}|{UNITS_FR}|vingt(?:[\s-]et[\s-]un|[\s-]{UNITS_FR})?|trente(?:[\s-]et[\s-]un)?)"
YEAR_WORD_FR = (
    r"(?:deux[\s-]mille|mil(?:le)?[\s-]neuf[\s-]cents?)"
    rf"(?:[\s-](?:et|un|vingts?|trente|quarante|cinquante|soixante|{TEENS_FR}|{UNITS_FR})){{0,5}}"
)
ORDINAL_EN = any_of("first, second, third, fourth, fifth, sixth, seventh, eighth, ninth")
TEENTH_EN = any_of("tenth, eleventh, twelfth, thirteenth, fourteenth, fifteenth, sixteenth, seventeenth, eighteenth")
DAY_WORD_EN = rf"(?:{ORDINAL_EN}|{TEENTH_EN}|nineteenth|twentieth|thirtieth|(?:twenty|thirty)-{ORDINAL_EN})"
MONTHS_SHORT_EN = "jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec"
DAY_EN = rf"{DAY}(?:st|nd|rd|th)?(?!\w|[.,]\d|/\d)"
# Ce qui suit une quantité (« 3/4 de comprimé », « 1/3 supérieur », « May 5 mg ») et jamais une date.
A_QUANTITY = any_of(r"""
    %, cp, comprim, mmHg, mm\b, cm\b, mg, g\b, µg, ml, cc\b, UI\b, U\b, h\b, ans?\b, mois\b, jours?\b, fois, sup,
    inf[ée], moyen, dist, prox, ant[ée], post, ext, int, lat, gauche, droit, d[eu]s?\b, d', tab, pill, years?,
    hours?, days?
""")
# Ce qui précède une mesure (« TA à 12/8 », « force à 4/5 ») ou une naissance, dans la même phrase.
_MEASURE = re.compile(
    r"(?i:\b"
    + any_of("""
    TA, PA, TAS, PAS, BP, tension\\w*, pression, pressure, art[ée]rielle, score, force, glasgow, apgar, EVA,
    acuit[ée], muscle, strength, pulses?, motricit[ée], douleur, pain, scale, cot[ée]e?, testing, vision, OD, OG,
    reflexes
""")
    + r"\b[^.;\n\x00]{0,40}$)"
)
_BIRTH = re.compile(r"(?i:\b(?:n[ée]e?s?|naissance|ddn|dob|born|birth(?:\s?date|day)?)\b[^\d.;\n\x00]{0,25}$)")
LOOK_BACK = 60


def date_replacement(text: str, start: int, end: int) -> str:
    """Ce qui remplace la date `text[start:end]` : son année si elle en a une, ou « 90 ANS ET PLUS » si elle le révèle.

    Source : 45 CFR 164.514(b)(2)(i)(C), qui garde l'année, sauf celle qui indique un âge au-dessus de 89 ans.
    """
    years = re.findall(rf"(?<!\d){YEAR}(?!\d)|^{YEAR}", text[start:end])
    if not years:
        return "[DATE]"
    if int(years[-1]) <= oldest_birth_year() and _BIRTH.search(text, max(0, start - LOOK_BACK), start):
        return f"[{OLD_AGE}]"
    return f"[DATE {years[-1]}]"


def oldest_birth_year() -> int:
    """Né cette année-là ou avant, on a ou on aura 90 ans dans l'année."""
    return date.today().year - OLDEST_AGE


def _real_day(match: re.Match[str]) -> bool:
    """Un jour et un mois possibles, dans un ordre ou dans l'autre, et pas une mesure."""
    low, high = sorted((int(match["a"]), int(match["b"])))
    return 1 <= low <= 12 and high <= 31 and not _is_measure(match)


def _is_measure(match: re.Match[str]) -> bool:
    start = match.start("id")
    return bool(_MEASURE.search(match.string, max(0, start - LOOK_BACK), start))


def _day_or_month(match: re.Match[str]) -> bool:
    """Un jour et un mois, ou un mois et une année à deux chiffres : « 9/93 »."""
    return _real_day(match) or (1 <= int(match["a"]) <= 12 and int(match["b"]) > 31 and not _is_measure(match))


def _oldest(match: re.Match[str]) -> bool:
    return int(match["id"]) <= oldest_birth_year()


def _date(name: str, regex: str, check=always) -> Pattern:
    return Pattern(name, "C", "DATE", regex, check)


def _old(name: str, regex: str, check=always) -> Pattern:
    return Pattern(name, "C", OLD_AGE, rf"(?i:{regex})", check)


_NUMERIC = (
    _date("date_iso", rf"(?<![\w\-/])(?P<id>{YEAR}[-/.](?P<a>\d\d?)[-/.](?P<b>\d\d?){TIME})(?![\w/])", _real_day),
    _date(
        "date_numerique",
        r"(?<![\w/])(?P<id>(?P<a>\d\d?)\s?(?P<s>[-/.])\s?(?P<b>\d\d?)\s?(?P=s)\s?"
        rf"(?:{YEAR}|\d\d))(?![\w/]|[.,][\d\x00]|\s?[cm]m\b)",
        _real_day,
    ),
    _date("date_compacte", rf"(?<![\w\-.,])(?P<id>{YEAR}(?P<a>0[1-9]|1[0-2])(?P<b>{DAY}))(?![\w\-]|[.,]\d)", _real_day),
    _date("mois_annee_chiffres", rf"(?<![\w/.,\-])(?:0?[1-9]|1[0-2])\s?[-/.]\s?{YEAR}(?![\w/]|[.,]\d)"),
    _date("annee_mois_chiffres", rf"(?<![\w/.\-]){YEAR}[-/](?:0[1-9]|1[0-2])(?![\w/\-])"),
)
_FRENCH = (
    _date(
        "jour_mois",
        rf"(?i:(?<!\w)(?:{WEEKDAY_FR}\s)?(?:{DAY}(?:er)?\s{AND}\s?){{0,2}}(?:{DAY}(?:er)?|{DAY_WORD_FR})[\s\-]{{1,3}}"
        rf"{MONTHS_FR}(?!\w)(?:[\s\-,]{{0,3}}(?:{YEAR}|{YEAR_WORD_FR}|'?\d\d(?![\w,.%/]|\s{A_QUANTITY}))(?!\w))?)",
    ),
    _date("mois_annee", rf"(?i:(?<!\w){MONTHS_FR}(?:\s(?:de\s(?:l'ann[ée]e\s)?)?|\s?-\s?){YEAR}(?!\w))"),
    _date(
        "mois_seul",
        r"(?i:\b(?:en|d[ée]but|fin|courant|depuis|mi|mois\sde|dès|jusqu'en|vers|avant|apr[èe]s|de|et|ou|à)[\s\-]|\bd')"
        rf"(?P<id>{MONTHS_FR}(?![^\W\d_]))(?!\s\d)",
    ),
    _date("mi_mois", rf"(?i:\bmi-{MONTHS_FR}(?![^\W\d_]))"),
    # Une faute de frappe dans le mois : « le 12 juilet 2019 ».
    _date(
        "mois_mal_ecrit",
        rf"(?i:\b(?:le|du|au|née?\sle)\s(?P<id>{DAY}(?:er)?\s(?!fois|patients|cas|{A_QUANTITY})[a-zéèêû]{{3,10}}\s{YEAR})(?!\w|\s?{A_QUANTITY}))",
    ),
    _date(
        "jour_et_mois_chiffres",
        r"(?i:\b(?:en|le|du|au|dès\sle|depuis\sle|jusqu'au|vers\sle|rdv|revue?|consultation|sortie?|entr[ée]e?)\s)"
        rf"(?P<id>(?P<a>\d\d?)/(?P<b>\d\d?))(?![\w/%]|[.,]\d|\s?{A_QUANTITY})",
        _day_or_month,
    ),
    _date(
        "jour_de_semaine_chiffres",
        rf"(?i:\b(?P<id>{WEEKDAY_FR}\s(?P<a>\d\d?)/(?P<b>\d\d?)))(?![\w/%]|[.,]\d|\s?{A_QUANTITY})",
        _real_day,
    ),
    _date("saison", rf"(?i:\b(?:printemps|été|automne|hiver|noël|pâques|toussaint)\s(?:de\s)?{YEAR}(?!\w))"),
    _date(
        "trimestre",
        rf"(?i:\b(?:premier|deuxi[èe]me|[1-4](?:er|e|[èe]me))\s(?:trimestre|semestre)\s(?:de\s)?{YEAR}(?!\w))",
    ),
    _date("jour_de_semaine", rf"(?i:\b{WEEKDAY_FR}\s(?:dernier|prochain|{DAY}(?!\s?[\w%/,.]))(?!\w))"),
    _old("naissance_ancienne", rf"\b(?:n[ée]e?\s(?:en|vers)|naissance)[\s:]{{1,3}}(?P<id>{YEAR})(?!\w)", _oldest),
    _old("age", rf"(?<![\w.,/\-]){OVER_89}(?:[.,]\d)?\s?ans(?!\w)"),
    _old("age_annonce", rf"\b(?:âge|âgée?\sde)\s?:?\s(?P<id>{OVER_89})(?!\w|[.,]\d|\s?{A_QUANTITY})"),
    _old("age_abrege", rf"\(\s?(?P<id>{OVER_89}\s?(?-i:a))\.?\s?[),;]"),
    _old(
        "age_en_lettres",
        rf"\b(?:nonagénaires?|centenaires?|(?:quatre-vingt-{TEENS_FR}|nonante(?:[\s-](?:et[\s-]un|{UNITS_FR}))?|"
        rf"cent(?:[\s-](?:un|{UNITS_FR}))?)\sans)\b",
    ),
)
_ENGLISH = (
    _date(
        "month_day",
        rf"(?<!\w)(?P<id>(?:{WEEKDAY_EN},?\s)?{MONTHS_EN_OR_MAY}\s{{1,2}}(?:the\s)?(?:{DAY_EN}|{DAY_WORD_EN}\b)"
        rf"(?:\s?{AND}\s?{DAY_EN})?(?:(?:,\s?|\sof\s|\s){YEAR}(?!\w))?)(?!\s?{A_QUANTITY})",
    ),
    # Une majuscule, un jour, une virgule, une année : une date, même si le mois est mal écrit (« Jluy 31, 2016 »).
    _date(
        "misspelt_month",
        rf"(?<!\w)(?!(?:Figure|Fig|Table|Case|Day|Week|Grade|Stage|Part|Type|Level|Visit|Room|Page)\b)"
        rf"(?P<id>[A-Z][a-z]{{2,9}}\s{DAY},\s{YEAR})(?!\w)",
    ),
    _date("compact_month", rf"(?i:(?<![\w\-]){DAY}-?(?:{MONTHS_SHORT_EN})-?(?:{YEAR}|(?<=-)\d\d)(?![\w.,]\d|\w))"),
    _date(
        "day_of_month",
        rf"(?i:\bon\sthe\s(?P<id>{DAY}(?:st|nd|rd|th))(?=\s?(?:[.,;)\n]|$|of\s(?:this|last|the)\smonth)))",
    ),
    _date("mid_month", rf"(?<!\w)(?i:mid)-{MONTHS_EN_OR_MAY}(?!\w)"),
    _date(
        "day_month",
        rf"(?<!\w)(?:{WEEKDAY_EN},?\s)?(?:the\s)?(?:{DAY}(?:st|nd|rd|th)?|{DAY_WORD_EN})(?:\sof\s|[\s\-]){MONTHS_EN_OR_MAY}"
        rf"(?!\w)(?:[\s\-,]{{1,3}}(?:{YEAR}|\d\d(?![\w,.%/]|\s{A_QUANTITY}))(?!\w))?",
    ),
    _date("month_year", rf"(?<!\w){MONTHS_EN_OR_MAY}(?:,?\s(?:of\s)?|\s?-\s?){YEAR}(?!\w)"),
    _date(
        "month_alone",
        r"(?i:\b(?:in|early|late|mid|since|until|by|last|next|this|of|through|around|before|after|from|during|to|and|between))"
        rf"[\s\-](?P<id>{MONTHS_EN_OR_MAY}(?!\w))(?!\s\d)",
    ),
    _date(
        "day_and_month_digits",
        r"(?i:\b(?:in|on|since|until|dated?|from|to|through|by|of|seen|visit|dob|doa|dos|lmp|admitted|"
        r"discharged)[\s:]{1,2})"
        rf"(?P<id>(?P<a>\d\d?)/(?P<b>\d\d?))(?![\w/%]|[.,]\d|\s?{A_QUANTITY})",
        _day_or_month,
    ),
    _date(
        "weekday_digits",
        rf"(?i:\b(?P<id>{WEEKDAY_EN},?\s(?P<a>\d\d?)/(?P<b>\d\d?)))(?![\w/%]|[.,]\d|\s?{A_QUANTITY})",
        _real_day,
    ),
    _date(
        "season", rf"(?i:\b(?:spring|summer|fall|autumn|winter|christmas|thanksgiving|easter)\s(?:of\s)?{YEAR}(?!\w))"
    ),
    _date("quarter", rf"(?i:\b(?:Q[1-4]|(?:{ORDINAL_EN})\squarter)\s(?:of\s)?{YEAR}(?!\w))"),
    _date("weekday", rf"(?i:\b(?:on|last|next|this|until|since|or|and|through))\s(?P<id>{WEEKDAY_EN})\b"),
    _old("old_birth", rf"\b(?:born\sin|birth\syear|year\sof\sbirth)[\s:]{{1,3}}(?P<id>{YEAR})(?!\w)", _oldest),
    _old("age", rf"(?<![\w.,/\-]){OVER_89}[\s\-]?(?:(?:years?|yrs?|y)[\s\-]?/?(?:olds?|o)\b|yo\b|y\.o\.|y/o\b)"),
    _old(
        "age_years",
        rf"(?<![\w.,/\-])(?<!for )(?<!over )(?<!last )(?<!past )(?P<id>{OVER_89}\s?(?:y|yrs?|years))(?=\s?[.,;:)\n]|$)",
    ),
    _old("age_at", rf"\bat\s(?P<id>{OVER_89}\s?(?:y|yrs?|years))\b(?!\sof\s(?!age))"),
    _old(
        "age_labelled",
        rf"\b(?:aged?|age\sof|age\sis|(?:lived?|living|liv(?:ed|ing))\s(?:to\s(?:be\s)?|until\s))[\s:]{{0,3}}"
        rf"(?P<id>(?<=[\s:]){OVER_89}(?:\s?(?:years?|yrs?|y))?)(?!\w|[.,]\d|\s?%)",
    ),
    _old(
        "age_in_words",
        r"\b(?:nonagenarians?|centenarians?|(?:ninety(?:[\s-](?:one|two|three|four|five|six|seven|eight|nine))?|"
        r"one\shundred(?:[\s-](?:and[\s-])?(?:one|two|three|four|five))?)[\s-]years?[\s-]old)\b",
    ),
)
DATES: dict[str, tuple[Pattern, ...]] = {"fr": (*_FRENCH, *_NUMERIC), "en": (*_ENGLISH, *_NUMERIC)}
