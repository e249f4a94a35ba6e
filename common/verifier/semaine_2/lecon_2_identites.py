"""Leçon 2, suite, ce que les fichiers disent du patient : readable_words, remap_uid, shift_date."""

import hashlib
import hmac
import re
from collections.abc import Callable
from uuid import UUID

import numpy as np
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, MRImageStorage, generate_uid

from common.privacy import dicom as deidentification
from common.verifier.exercise import Exercise
from common.verifier.semaine_2 import lecon_2_identites_fautes as fautes
from common.verifier.semaine_2.lecon_2 import LESSON, observe

NAMES = (
    *("Martin", "Camille", "LEFÈVRE", "Hélène", "Théo", "Nguyen", "Inès", "Rousseau", "Béatrice", "Zoé", "Lilas"),
    *("IPP5600228", "EX5600228", "5600228", "19860318", "CHU de Synthèse"),
)
STANDARD = (CTImageStorage, MRImageStorage, ExplicitVRLittleEndian)
MAX_UID = 2**128


def draw_bytes(rng: np.random.Generator) -> tuple:
    """Tire des mots, et des octets où la moitié d'entre eux se lisent, en UTF-8 ou en Latin-1, casse au hasard."""
    words = [str(word) for word in rng.permutation(NAMES)[: int(rng.integers(1, 9))]]
    pieces = [rng.bytes(40)]
    for word in words:
        if rng.random() < 0.6:
            written = str(rng.choice([word, word.lower(), word.upper()]))
            pieces += [written.encode(str(rng.choice(["utf-8", "latin-1"]))), b"\0" + rng.bytes(int(rng.integers(30)))]
    return words, b"".join(pieces)


def draw_uids(rng: np.random.Generator) -> tuple:
    """Tire une centaine d'UID, deux clés."""
    uids = [str(generate_uid(entropy_srcs=[rng.bytes(8).hex()])) for _ in range(100)]
    return uids, rng.bytes(32), rng.bytes(32)


def draw_date(rng: np.random.Generator) -> tuple:
    """Tire une date, avec ou sans heure, et un décalage ; le 29 février et le jour de l'an sont fréquents."""
    days = str(np.datetime64("1930-01-01") + int(rng.integers(0, 34_000))).replace("-", "")
    date = str(rng.choice([days, "20240229", "20000101", "19991231"]))
    clock = str(rng.choice(["", "", "101500", "235959.123456", "07"]))
    return date + clock, int(rng.integers(-3650, 3651))


def observe_uids(answer: Callable, case: tuple) -> dict[str, bool] | None:
    """Rend ce qu'un bon remplacement d'UID respecte, propriété par propriété ; None si la réponse ne rend rien."""
    uids, key, other_key = case
    first, again, other = ([observe(answer, (uid, k)) for uid in uids] for k in (key, key, other_key))
    if all(new is None for new in first):
        return None
    return {
        "le même UID reçoit toujours le même remplaçant": first == again,
        "deux UID différents gardent deux remplaçants différents": len(set(first)) == len(uids),
        "une autre clé donne d'autres remplaçants": not set(first) & set(other),
        "un UID de la norme reste tel quel": all(observe(answer, (uid, key)) == uid for uid in STANDARD),
        "le remplaçant n'a que des chiffres et des points": all(re.fullmatch(r"[\d.]+", str(new)) for new in first),
        "le remplaçant commence par « 2.25. »": all(str(new).startswith("2.25.") for new in first),
        "le reste est un entier de 128 bits, en décimal": _has_128_bits(first),
        "le hachage est un HMAC, avec la clé pour clé": not set(first) & _not_hmac(uids, key),
    }


def _has_128_bits(results: list) -> bool:
    texts = [str(new).removeprefix("2.25.") for new in results]
    if not all(re.fullmatch(r"[1-9]\d*", text) for text in texts):
        return False
    return MAX_UID // 8 <= max(map(int, texts)) < MAX_UID


def _not_hmac(uids: list[str], key: bytes) -> set[str]:
    """Les remplaçants d'un hachage où la clé est collée à l'UID, devant ou derrière, ou échangée avec lui."""
    pairs = [(key, uid.encode()) for uid in uids]
    digests = [hashlib.sha256(text).digest()[:16] for k, uid in pairs for text in (k + uid, uid + k)]
    digests += [hmac.new(uid, k, hashlib.sha256).digest()[:16] for k, uid in pairs]
    numbers = [number for digest in digests for number in (int.from_bytes(digest), UUID(bytes=digest, version=4).int)]
    return {f"2.25.{number}" for number in numbers}


readable_words = Exercise(
    title="readable_words",
    lesson=LESSON,
    reference=deidentification.readable_words,
    draw=draw_bytes,
    observe=observe,
    mistakes={
        "« MARTIN » et « Martin » sont le même nom : comparez en minuscules des deux côtés.": fautes.case_sensitive,
        "vous mettez le mot en minuscules, pas les octets.": fautes.lowered_words_only,
        "vous mettez les octets en minuscules, pas le mot.": fautes.lowered_data_only,
        "les fichiers en Latin-1 vous échappent : « é » n'y a pas les mêmes octets.": fautes.in_encodings("utf-8"),
        "les fichiers en UTF-8 vous échappent : « é » n'y a pas les mêmes octets.": fautes.in_encodings("latin-1"),
        "une lettre accentuée en capitale vous échappe : `bytes.lower()` ne change que les lettres sans accent.": (
            fautes.bytes_lower
        ),
        "les mots accentués vous échappent : essayez UTF-8 et Latin-1, l'UN des deux suffit.": fautes.in_encodings(
            "ascii"
        ),
        "vous ne cherchez que les octets UTF-8 ; et `bytes.lower()` ne change que les lettres sans accent : décodez.": (
            fautes.utf8_bytes_lower
        ),
        "vous ne trouvez jamais rien : un mot se cherche DANS un texte, pas dans la liste des textes.": fautes.nothing,
        "un mot qui se lit dans les deux codages revient deux fois : rendez-le une fois.": fautes.twice,
        "vous rendez les mots en minuscules : rendez-les tels qu'on vous les a donnés.": fautes.in_lower_case,
        "vous rendez les mots que l'on ne lit PAS.": fautes.unreadable,
        "vous rendez un seul mot : rendez tous ceux qui se lisent.": fautes.first_word,
        "vous rendez vrai ou faux par mot : rendez les mots.": fautes.booleans,
        "vous rendez leur nombre : rendez les mots.": fautes.count,
        "les mots sont triés : gardez leur ordre.": fautes.sorted_words,
    },
)


remap_uid = Exercise(
    title="remap_uid",
    lesson=LESSON,
    reference=deidentification.remap_uid,
    draw=draw_uids,
    observe=observe_uids,
    mistakes={
        "la clé ne sert pas : sans elle, qui a le fichier d'origine recalcule le remplaçant.": fautes.without_key,
        "la clé est collée à l'UID, ou échangée avec lui : écrivez `hmac.new(key, uid.encode(), hashlib.sha256)`.": (
            fautes.key_glued
        ),
        "le remplaçant est tiré au sort : deux coupes d'un même examen n'auraient plus le même StudyInstanceUID.": (
            fautes.at_random
        ),
        "l'UID n'a pas changé.": fautes.same_uid,
        "tous les UID reçoivent le même remplaçant : l'UID doit entrer dans le hachage.": fautes.constant,
        "les UID de la norme ont changé : « CT Image Storage » ne désigne personne, et un lecteur en a besoin.": (
            fautes.remaps_standard
        ),
        "un UID n'a que des chiffres et des points : écrivez l'entier en décimal, ni octets, ni hexadécimal.": (
            fautes.hexadecimal
        ),
        "le préfixe manque : la norme réserve « 2.25. » aux entiers de 128 bits.": fautes.without_prefix,
        "gardez 16 octets de `digest()`, ni plus ni moins : l'entier doit tenir sur 128 bits.": fautes.too_long,
    },
)


shift_date = Exercise(
    title="shift_date",
    lesson=LESSON,
    reference=deidentification.shift_date,
    draw=draw_date,
    observe=observe,
    mistakes={
        "le décalage est pris à l'envers : AJOUTEZ `days`, il est déjà négatif.": fautes.backwards,
        "l'heure commence au neuvième caractère, `value[8:]` : vous en reprenez un de trop.": fautes.glued(7),
        "l'heure commence au neuvième caractère, `value[8:]` : vous en perdez un.": fautes.glued(9),
        "vous recollez toute la valeur : n'en recollez que la fin, `value[8:]`.": fautes.glued(0),
        "le signe de `days` compte : un décalage négatif recule.": fautes.always_later,
        "le signe de `days` compte : un décalage positif avance.": fautes.always_earlier,
        "l'heure est perdue : gardez les caractères après le huitième.": fautes.without_clock,
        "la date n'a pas bougé : décalez-la de `days` jours.": fautes.unmoved,
        "vous ajoutez `days` au nombre AAAAMMJJ : le 32 mai n'existe pas. Passez par `datetime`.": fautes.as_integer,
        "vous décalez d'années entières : ce sont des jours.": fautes.whole_years,
        "vous décalez de semaines : ce sont des jours.": fautes.shifted(7),
        "vous rendez un objet datetime : rendez un texte, avec `strftime`.": fautes.as_datetime,
        "une date DICOM n'a pas de tirets : `%Y%m%d`.": fautes.with_format("%Y-%m-%d"),
        "l'année a quatre chiffres : `%Y`, en majuscule.": fautes.with_format("%y%m%d"),
        "`%M`, ce sont les minutes : le mois est `%m`.": fautes.with_format("%Y%M%d"),
        "le jour et le mois sont échangés : `%Y%m%d`.": fautes.with_format("%Y%d%m"),
        "l'ordre est année, mois, jour : `%Y%m%d`.": fautes.with_format("%d%m%Y"),
    },
)
