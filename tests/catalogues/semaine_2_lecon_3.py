"""Leçon 3 de la semaine 2 : ce que les contrôles doivent refuser, et avec quel message."""

import hashlib
import hmac
import random
import re
import uuid

import pandas as pd

from common import privacy
from common.privacy.aipd_example import complete_form
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
    (phones(BEFORE, START, r"(?:[ .-]?\d\d){3}", AFTER), "élément 0"),
    (phones(BEFORE, START, r"(?:[ .-]?\d\d){5}", AFTER), "on attend"),
    (phones(BEFORE, START, "(?:[ .-]?dd){4}", AFTER), "on attend"),
    (phones_without_return, "`return`"),
    (phones_as_matches, "élément 0"),
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
    (in_bytes, "pseudonymes"),
    (capitals, "pseudonymes"),
    (random_codes, "pseudonymes"),
    (ranks, "vous numérotez"),
    (as_list, "série pandas"),
    (new_index, "l'index a changé"),
    (sorted_rows, "index"),
    (without_duplicates, "les doublons"),
    (salted, "chaque ligne reçoit"),
    (constant_key, "pseudonymes"),
    (first_only, "index"),
    (lambda identifiers, key: hash_without_key(identifiers), "pseudonymes"),
    (lambda identifiers, key: identifiers, "pseudonymes"),
    (in_place_codes, "en place"),
    (no_return_codes, "`return`"),
    (None, "on attend une fonction"),
]


def candidates(released, public, on):
    return released.merge(public, on=on)


def twins_kept(released, public, on, keep="first"):
    return released.merge(public.drop_duplicates(on, keep=keep), on=on)


def last_twin(released, public, on):
    return twins_kept(released, public, on, "last")


def forgotten_subset(released, public, on):
    return released.merge(public.drop_duplicates(keep=False), on=on)


def wrong_table(released, public, on):
    return released.drop_duplicates(on, keep=False).merge(public, on=on)


def both_tables(released, public, on):
    return released.drop_duplicates(on, keep=False).merge(public.drop_duplicates(on, keep=False), on=on)


def joined(how):
    return lambda released, public, on: released.merge(public.drop_duplicates(on, keep=False), on=on, how=how)


def outer(released, public, on):
    return joined("outer")(released, public, on)


def one_column(released, public, on):
    return released.merge(public.drop_duplicates(on[:1], keep=False).drop(columns=on[1:]), on=on[:1])


def twins_by_one_column(released, public, on):
    return released.merge(public.drop_duplicates(on[:1], keep=False), on=on)


def only_names(released, public, on):
    return privacy.link(released, public, on)[["nom"]]


def number_of_matches(released, public, on):
    return len(privacy.link(released, public, on))


def one_match_per_profile(released, public, on):
    return privacy.link(released, public, on).drop_duplicates(on)


def first_match(released, public, on):
    return privacy.link(released, public, on).head(1)


def by_index(released, public, on):
    return released.join(public.drop_duplicates(on, keep=False).drop(columns=on), how="inner")


def not_found(released, public, on):
    table = joined("left")(released, public, on)
    return table[table["nom"].isna()]


def link_in_place(released, public, on):
    public.drop_duplicates(on, keep=False, inplace=True)
    return released.merge(public, on=on)


def link_without_return(released, public, on):
    privacy.link(released, public, on)


LINK = [
    (candidates, "tous les candidats"),
    (twins_kept, "un sosie reste"),
    (last_twin, "on attend"),
    (forgotten_subset, "pas sur la ligne entière"),
    (wrong_table, "dans le REGISTRE"),
    (both_tables, "deux patients peuvent"),
    (joined("left"), "sans candidat"),
    (joined("right"), "jamais hospitalisés"),
    (outer, "on attend"),
    (one_column, "première colonne"),
    (twins_by_one_column, "première colonne"),
    (only_names, "il manque la colonne"),
    (number_of_matches, "tableau pandas"),
    (one_match_per_profile, "on attend"),
    (first_match, "on attend"),
    (by_index, "on attend"),
    (not_found, "introuvables"),
    (link_in_place, "en place"),
    (link_without_return, "`return`"),
    (351, "on attend une fonction"),
]


def sizes(table, quasi_identifiers):
    return table.groupby(quasi_identifiers, dropna=False).size()


def forgets_missing(table, quasi_identifiers):
    return table.groupby(quasi_identifiers).size().min()


def drops_incomplete_rows(table, quasi_identifiers):
    return sizes(table.dropna(subset=quasi_identifiers), quasi_identifiers).min()


def counts_values(table, quasi_identifiers):
    return table.groupby(quasi_identifiers, dropna=False).count().min()


def nothing_in_hand(table, quasi_identifiers):
    sizes(table, quasi_identifiers).min()


def fixed_columns(table, quasi_identifiers):
    return sizes(table, ["birth_date", "sex", "postal_code"]).min()


def k_in_place(table, quasi_identifiers):
    table["taille"] = table.groupby(quasi_identifiers, dropna=False)[quasi_identifiers[0]].transform("size")
    return table["taille"].min()


K_ANONYMITY = [
    (forgets_missing, "`dropna=False`"),
    (drops_incomplete_rows, "`dropna=False`"),
    (lambda table, on: sizes(table, on).max(), "PLUS GRANDE"),
    (lambda table, on: sizes(table, on).mean(), "taille moyenne"),
    (lambda table, on: sizes(table, on).median(), "pas celui attendu"),
    (lambda table, on: len(sizes(table, on)), "vous comptez les classes"),
    (lambda table, on: (sizes(table, on) == 1).sum(), "d'un seul patient"),
    (lambda table, on: sizes(table, on).to_numpy(), "tous les effectifs"),
    (sizes, "on attend un objet int"),
    (lambda table, on: sizes(table, on[:1]).min(), "premier quasi-identifiant"),
    (lambda table, on: sizes(table, on[-1:]).min(), "pas celui attendu"),
    (lambda table, on: sizes(table, list(table.columns)).min(), "ne sert pas"),
    (lambda table, on: min(sizes(table, [name]).min() for name in on), "COMBINAISON"),
    (lambda table, on: table[on].nunique().min(), "valeurs différentes"),
    (lambda table, on: sizes(table, on).min() - 1, "pas celui attendu"),
    (lambda table, on: min(sizes(table, on).min(), 2), "pas celui attendu"),
    (lambda table, on: sizes(table, on).iloc[0], "pas celui attendu"),
    (lambda table, on: int(sizes(table, on).min() > 1), "pas celui attendu"),
    (counts_values, "on attend"),
    (nothing_in_hand, "`return`"),
    (fixed_columns, "KeyError"),
    (k_in_place, "en place"),
    (1, "on attend une fonction"),
]


def form_with(**changes):
    """Une AIPD complétée, où l'on change des réponses : form_with(necessity={"retention_months": 0})."""

    def wrong(form):
        completed = complete_form(form)
        for section, answers in changes.items():
            completed[section].update(answers)
        return completed

    return wrong


def form_without_return(form):
    complete_form(form)


def form_in_place(form):
    form.update(complete_form(form))
    return form


def hard_coded_form(form):
    from common.privacy.aipd_example import hasty_form

    return complete_form(hasty_form())


COMPLETE_FORM = [
    (lambda form: form, "il manque encore « description.data »"),
    (form_with(description={"data": "5 000 séjours sans nom, donc anonymes."}), "description.data"),
    (form_with(description={"identifiability": "anonymes"}), "un fait du projet, « description.identifiability »"),
    (form_with(description={"key_exists": False}), "un fait du projet, « description.key_exists »"),
    (form_with(necessity={"health_exception": None}), "necessity.health_exception"),
    (form_with(necessity={"health_exception": "recherche"}), "attend l'une de ces réponses"),
    (form_with(necessity={"retention_months": 0}), "au moins un"),
    (form_with(necessity={"retention_months": "24"}), "attend un entier"),
    (form_with(necessity={"transfer_safeguard": None}), "Hors de l'Union"),
    (form_with(necessity={"transfer_outside_eu": False}), "un fait du projet, « necessity.transfer_outside_eu »"),
    (form_with(federation={"updates_are_personal": False}), "ne prouve rien"),
    (form_with(federation={"aggregation": "agrégation sécurisée"}), "un fait du projet, « federation.aggregation »"),
    (form_with(federation={"server_sees_updates": False}), "federation.server_sees_updates"),
    (form_with(illegitimate_access={"measures": ["FedAvg fait la moyenne"]}), "ne protège personne du serveur"),
    (form_with(illegitimate_access={"measures": ["Confidentialité différentielle"]}), "sans ε"),
    (form_with(illegitimate_access={"measures": "Chiffrement TLS"}), "une liste de textes"),
    (form_with(illegitimate_access={"severity": 1}), "un fait du projet, « illegitimate_access.severity »"),
    (form_with(illegitimate_access={"residual_likelihood": 3}), "Risque encore élevé"),
    (form_with(illegitimate_access={"residual_likelihood": 4}), "vérifiez les deux"),
    (form_with(disappearance={"measures": []}), "Aucune mesure"),
    (form_with(opinions={"dpo_opinion": None}), "demandez-lui conseil"),
    (form_with(opinions={"dpo_appointed": False}), "un fait du projet, « opinions.dpo_appointed »"),
    (form_with(opinions={"dpo_opinion": "ok"}), "trop courte"),
    (form_with(opinions={"avis": "Favorable."}), "n'a pas de question"),
    (form_without_return, "`return`"),
    (form_in_place, "en place"),
    (hard_coded_form, "un fait du projet, « description.purposes »"),
    ({}, "on attend une fonction"),
]

WRONG = {
    "phone_numbers": PHONES,
    "pseudonymise": PSEUDONYMISE,
    "link": LINK,
    "k_anonymity": K_ANONYMITY,
    "complete_form": COMPLETE_FORM,
}
