"""Leçon 3 de la semaine 2 : ce que les contrôles doivent refuser, et avec quel message."""

import hashlib
import hmac
import random
import re
import uuid

import pandas as pd

from common.privacy.pseudonym import hash_without_key
from common.privacy.pseudonym import pseudonymise as keyed

BEFORE, START, PAIRS, AFTER = r"(?<!\d)", r"(?:0|\+33[ .-]?)[1-9]", r"(?:[ .-]?\d\d){4}", r"(?!\d)"


def phones(*parts):
    return lambda text: re.findall("".join(parts), text)


def phones_without_return(text):
    phones(BEFORE, START, PAIRS, AFTER)(text)


def phones_as_matches(text):
    return list(re.finditer(BEFORE + START + PAIRS + AFTER, text))


def phones_as_text(text):
    return " ".join(phones(BEFORE, START, PAIRS, AFTER)(text))


def phones_with_one_separator(text):
    rule = BEFORE + START + r"([ .-]?)\d\d(?:\1\d\d){3}" + AFTER
    return [match.group() for match in re.finditer(rule, text)]


def phones_by_search(text):
    return re.search(BEFORE + START + PAIRS + AFTER, text)


def phones_first(text):
    return phones(BEFORE, START, PAIRS, AFTER)(text)[:1]


def phones_set(text):
    return sorted(set(phones(BEFORE, START, PAIRS, AFTER)(text)))


def phones_stripped(text):
    return [
        phone.replace(" ", "").replace(".", "").replace("-", "") for phone in phones(BEFORE, START, PAIRS, AFTER)(text)
    ]


def phones_hard_coded(text):
    return ["06 39 98 12 34"]


def phones_starting_with_06(text):
    return phones(BEFORE, "0[67]", PAIRS, AFTER)(text)


PHONES = [
    (phones(START, PAIRS), "treize chiffres"),
    (phones(BEFORE, START, PAIRS), "juste APRÈS"),
    (phones(START, PAIRS, AFTER), "juste AVANT"),
    (phones(BEFORE, "0[1-9]", PAIRS, AFTER), "+33"),
    (phones(BEFORE, r"(?:0|\+33)[1-9]", PAIRS, AFTER), "après +33"),
    (phones(BEFORE, START, r"(?: \d\d){4}", AFTER), "un point, un tiret ou rien"),
    (phones(BEFORE, START, r"(?:[ .-]\d\d){4}", AFTER), "FACULTATIF"),
    (phones(BEFORE, r"(?:0|\+33[ .-]?)\d", PAIRS, AFTER), "de 1 à 9"),
    (phones(BEFORE, START, r"([ .-]?\d\d){4}", AFTER), "sans capturer"),
    (phones(BEFORE, r"(0|\+33[ .-]?)[1-9]", PAIRS, AFTER), "(?:0|…)"),
    (phones(BEFORE, r"(0|\+33[ .-]?)[1-9]", r"([ .-]?\d\d){4}", AFTER), "vos parenthèses capturent"),
    (phones(r"\b", START, PAIRS, r"\b"), "ne trouve pas de mot"),
    (phones(r"(?:^|\D)(", START, PAIRS, r")(?:\D|$)"), "avale un caractère"),
    (phones(BEFORE, START, r"(?:.?\d\d){4}", AFTER), "n'importe quel caractère"),
    (phones(BEFORE, START, r"(?:[ -.]?\d\d){4}", AFTER), "intervalle"),
    (phones(BEFORE, START, r"(?:[ .-]*\d\d){4}", AFTER), "un SEUL"),
    (phones(BEFORE, START, r"(?:[ ./-]?\d\d){4}", AFTER), "la barre"),
    (phones(BEFORE, r"0|\+33[ .-]?[1-9]", PAIRS, AFTER), "on attend"),
    (phones_with_one_separator, "on attend"),
    (phones(BEFORE, r"(?:0|+33[ .-]?)[1-9]", PAIRS, AFTER), "pour le signe lui-même"),
    (phones(BEFORE, r"(?:0|\+33[ .-]?[1-9]", PAIRS, AFTER), "pas fermée"),
    (phones(r"(?<!\d*)", START, PAIRS, AFTER), "longueur fixe"),
    (phones(BEFORE, START, r"(?:[ .-]?\d\d){3}", AFTER), "on attend"),
    (phones(BEFORE, START, r"(?:[ .-]?\d\d){5}", AFTER), "on attend"),
    (phones(BEFORE, START, "(?:[ .-]?dd){4}", AFTER), "on attend"),
    (phones_without_return, "`return`"),
    (phones_as_matches, "`.group()`"),
    (phones_as_text, "on attend un objet list"),
    (phones_by_search, "on attend un objet list"),
    (phones_first, "le premier numéro"),
    (phones_set, "doublons"),
    (phones_stripped, "ÉCRITS"),
    (phones_hard_coded, "on attend"),
    (phones_starting_with_06, "on attend"),
    ("06 39 98 12 34", "on attend une fonction"),
]


def hexadecimal(key, value, digest=hashlib.sha256):
    return hmac.new(key, value.encode(), digest).hexdigest()


def plain_hash(identifiers, key):
    return identifiers.map(lambda value: hashlib.sha256(value.encode()).hexdigest()[:16])


def prefixed_hash(identifiers, key):
    return identifiers.map(lambda value: hashlib.sha256(key + value.encode()).hexdigest()[:16])


def suffixed_hash(identifiers, key):
    return identifiers.map(lambda value: hashlib.sha256(value.encode() + key).hexdigest()[:16])


def exchanged(identifiers, key):
    return identifiers.map(lambda value: hmac.new(value.encode(), key, hashlib.sha256).hexdigest()[:16])


def whole(identifiers, key):
    return identifiers.map(lambda value: hexadecimal(key, value))


def eight(identifiers, key):
    return identifiers.map(lambda value: hexadecimal(key, value)[:8])


def last(identifiers, key):
    return identifiers.map(lambda value: hexadecimal(key, value)[-16:])


def one_less(identifiers, key):
    return identifiers.map(lambda value: hexadecimal(key, value)[:15])


def other_digest(identifiers, key):
    return identifiers.map(lambda value: hexadecimal(key, value, hashlib.sha512)[:16])


def md5(identifiers, key):
    return identifiers.map(lambda value: hexadecimal(key, value, hashlib.md5)[:16])


def without_encoding(identifiers, key):
    return identifiers.map(lambda value: hmac.new(key, value, hashlib.sha256).hexdigest()[:16])


def without_digest(identifiers, key):
    return identifiers.map(lambda value: hmac.new(key, value.encode()).hexdigest()[:16])


def in_bytes(identifiers, key):
    return identifiers.map(lambda value: hmac.new(key, value.encode(), hashlib.sha256).digest()[:16])


def in_thirty_two(identifiers, key):
    return identifiers.map(lambda value: hmac.digest(key, value.encode(), "sha256")[:16].hex())


def key_encoded(identifiers, key):
    return identifiers.map(lambda value: hexadecimal(key.encode(), value)[:16])


def series_encoded(identifiers, key):
    return hmac.new(key, identifiers.encode(), "sha256").hexdigest()[:16]


def series_hashed(identifiers, key):
    return hmac.new(key, identifiers, "sha256").hexdigest()[:16]


def without_parentheses(identifiers, key):
    return identifiers.map(lambda value: hmac.new(key, value.encode(), "sha256").hexdigest[:16])


def value_joined(identifiers, key):
    return identifiers.map(lambda value: hashlib.sha256(key + value).hexdigest()[:16])


def key_as_second_argument(identifiers, key):
    return identifiers.map(lambda value: hashlib.sha256(value.encode(), key).hexdigest()[:16])


def capitals(identifiers, key):
    return keyed(identifiers, key).str.upper()


def random_codes(identifiers, key):
    return identifiers.map(lambda value: uuid.UUID(int=random.getrandbits(128)).hex[:16])


def ranks(identifiers, key):
    return pd.Series(pd.factorize(identifiers)[0], index=identifiers.index)


def as_list(identifiers, key):
    return [hexadecimal(key, value)[:16] for value in identifiers]


def new_index(identifiers, key):
    return pd.Series(as_list(identifiers, key))


def sorted_rows(identifiers, key):
    return keyed(identifiers, key).sort_values()


def without_duplicates(identifiers, key):
    return keyed(identifiers.drop_duplicates(), key)


def salted(identifiers, key):
    rows = [f"{rank}{value}" for rank, value in enumerate(identifiers)]
    return keyed(pd.Series(rows, index=identifiers.index), key)


def constant_key(identifiers, key):
    return keyed(identifiers, b"une cle de 32 octets tiree au so")


def first_only(identifiers, key):
    return keyed(identifiers[:1], key)


def in_place_codes(identifiers, key):
    identifiers[:] = keyed(identifiers, key)
    return identifiers


def no_return_codes(identifiers, key):
    keyed(identifiers, key)


PSEUDONYMISE = [
    (plain_hash, "la clé ne sert pas"),
    (prefixed_hash, "n'est pas HMAC"),
    (suffixed_hash, "se colle AVANT"),
    (exchanged, "échangées"),
    (whole, "64 caractères"),
    (eight, "8 caractères"),
    (last, "DERNIERS"),
    (one_less, "pseudonymes"),
    (other_digest, "SHA-256"),
    (md5, "pseudonymes"),
    (without_encoding, "des octets"),
    (without_digest, "quel hachage"),
    (in_bytes, "rend des octets"),
    (in_thirty_two, "32 caractères"),
    (key_encoded, "n'encodez que la valeur"),
    (series_encoded, "valeur par valeur"),
    (series_hashed, "valeur par valeur"),
    (without_parentheses, "parenthèses"),
    (value_joined, "écrivez `valeur.encode()`"),
    (key_as_second_argument, "ne prend pas de clé"),
    (lambda identifiers, key: keyed(identifiers, key).to_frame(), "série pandas"),
    (capitals, "pseudonymes"),
    (random_codes, "pseudonymes"),
    (ranks, "vous numérotez"),
    (as_list, "série pandas"),
    (new_index, "l'index a changé"),
    (sorted_rows, "index"),
    (without_duplicates, "les doublons"),
    (salted, "chaque ligne reçoit"),
    (constant_key, "toujours la même clé"),
    (first_only, "index"),
    (lambda identifiers, key: hash_without_key(identifiers), "pseudonymes"),
    (lambda identifiers, key: identifiers, "pseudonymes"),
    (in_place_codes, "en place"),
    (no_return_codes, "`return`"),
    (None, "on attend une fonction"),
]

WRONG = {"phone_numbers": PHONES, "pseudonymise": PSEUDONYMISE}
