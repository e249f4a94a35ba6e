"""Leçon 2, semaine 2 : ce que le contrôle des dates décalées doit refuser, et avec quel message."""

from datetime import datetime, timedelta


def moved(value, days):
    return datetime.strptime(value[:8], "%Y%m%d") + timedelta(days=days)


def subtracted(value, days):
    return moved(value, -days).strftime("%Y%m%d") + value[8:]


def date_only(value, days):
    return moved(value, days).strftime("%Y%m%d")


def added_to_the_number(value, days):
    return str(int(value[:8]) + days) + value[8:]


def added_to_the_whole_number(value, days):
    return str(int(value) + days)


def years_only(value, days):
    return str(int(value[:4]) + days // 365) + value[4:]


def weeks(value, days):
    return (datetime.strptime(value[:8], "%Y%m%d") + timedelta(days * 7)).strftime("%Y%m%d") + value[8:]


def hours(value, days):
    return (datetime.strptime(value[:8], "%Y%m%d") + timedelta(hours=days)).strftime("%Y%m%d") + value[8:]


def one_day_too_many(value, days):
    return moved(value, days + 1).strftime("%Y%m%d") + value[8:]


def always_backwards(value, days):
    return moved(value, -abs(days)).strftime("%Y%m%d") + value[8:]


def returns_datetime(value, days):
    return moved(value, days)


def iso(value, days):
    return moved(value, days).date().isoformat() + value[8:]


def month_last(value, days):
    return moved(value, days).strftime("%Y%d%m") + value[8:]


def short_year(value, days):
    return moved(value, days).strftime("%y%m%d") + value[8:]


def minutes(value, days):
    return moved(value, days).strftime("%Y%M%d") + value[8:]


def one_character_too_many(value, days):
    return date_only(value, days) + value[7:]


def one_character_lost(value, days):
    return date_only(value, days) + value[9:]


def whole_value_glued(value, days):
    return date_only(value, days) + value


def always_forwards(value, days):
    return moved(value, abs(days)).strftime("%Y%m%d") + value[8:]


def days_as_a_number(value, days):
    return (moved(value, 0) + days).strftime("%Y%m%d") + value[8:]


def datetime_and_clock(value, days):
    return moved(value, days) + value[8:]


def clock_in_the_format(value, days):
    return (datetime.strptime(value, "%Y%m%d%H%M%S") + timedelta(days)).strftime("%Y%m%d%H%M%S")


def text_and_number(value, days):
    return value + days


def whole_value_parsed(value, days):
    return (datetime.strptime(value, "%Y%m%d") + timedelta(days=days)).strftime("%Y%m%d")


def clock_truncated(value, days):
    return moved(value, days).strftime("%Y%m%d") + value[8:14]


def fixed_shift(value, days):
    return moved(value, -1).strftime("%Y%m%d") + value[8:]


def date_unchanged(value, days):
    return value


SHIFT_DATE = [
    (subtracted, "pris à l'envers"),
    (date_only, "l'heure est perdue"),
    (added_to_the_number, "le 32 mai"),
    (added_to_the_whole_number, "pas la bonne réponse"),
    (years_only, "années entières"),
    (weeks, "semaines"),
    (hours, "pas la bonne réponse"),
    (one_day_too_many, "pas la bonne réponse"),
    (always_backwards, "positif avance"),
    (returns_datetime, "`strftime`"),
    (iso, "pas de tirets"),
    (month_last, "échangés"),
    (short_year, "quatre chiffres"),
    (minutes, "minutes"),
    (one_character_too_many, "de trop"),
    (one_character_lost, "en perdez un"),
    (whole_value_glued, "toute la valeur"),
    (always_forwards, "négatif recule"),
    (days_as_a_number, "`timedelta(days=days)`"),
    (datetime_and_clock, "`strftime`"),
    (clock_in_the_format, "`value[:8]`"),
    (text_and_number, "passez par `datetime`"),
    (whole_value_parsed, "huit premiers caractères"),
    (clock_truncated, "pas la bonne réponse"),
    (fixed_shift, "pas la bonne réponse"),
    (date_unchanged, "n'a pas bougé"),
]

WRONG = {"shift_date": SHIFT_DATE}
