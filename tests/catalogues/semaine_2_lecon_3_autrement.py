"""Leçon 3 de la semaine 2 : le juste écrit autrement passe."""

import hmac
import re
from collections import Counter
from copy import deepcopy

import numpy as np
import pandas as pd

from common.privacy import gaps, new_form


def phones_with_finditer(text):
    motif = re.compile(r"(?<!\d)(?:0|\+33[ .\-]?)[1-9](?:[ .\-]?[0-9]{2}){4}(?!\d)")
    return [match.group(0) for match in motif.finditer(text)]


def phones_with_spelled_pairs(text):
    pair = r"[ .-]?\d\d"
    return tuple(re.findall(rf"(?<![0-9])(?:\+33[ .-]?|0)[1-9]{pair}{pair}{pair}{pair}(?![0-9])", text))


def phones_in_an_array(text):
    return np.array([match.group() for match in re.finditer(r"(?<!\d)(0|\+33[ .-]?)[1-9]([ .-]?\d\d){4}(?!\d)", text)])


def codes_with_loop(identifiers, key):
    codes = []
    for value in identifiers:
        codes.append(hmac.new(key, msg=bytes(value, "utf-8"), digestmod="sha256").hexdigest()[0:16])
    return pd.Series(codes, index=identifiers.index)


def codes_with_digest(identifiers, key):
    return identifiers.apply(lambda value: hmac.digest(key, value.encode("utf-8"), "sha256")[:8].hex())


def codes_by_person(identifiers, key):
    codes = {}
    for value in identifiers.unique():
        codes[value] = hmac.new(key, value.encode(), "sha256").hexdigest()[:16]
    return identifiers.map(codes)


def link_by_counting(released, public, on):
    counts = public.groupby(on, dropna=False).size().rename("candidats").reset_index()
    alone = counts[counts["candidats"] == 1]
    return released.merge(alone, on=on).merge(public, on=on, how="left")


def link_from_the_register(released, public, on):
    alone = public[~public.duplicated(on, keep=False)]
    return pd.merge(alone, released, how="inner", on=list(on))


def link_row_by_row(released, public, on):
    counts = Counter(map(tuple, public[on].to_numpy()))
    alone = [counts[tuple(profile)] == 1 for profile in public[on].to_numpy()]
    return released.join(public[alone].set_index(on), on=on, how="inner")


def k_with_loop(table, quasi_identifiers):
    smallest = len(table)
    for _, group in table.groupby(quasi_identifiers, dropna=False):
        smallest = min(smallest, len(group))
    return float(smallest)


def k_in_an_array(table, quasi_identifiers):
    return np.asarray(table.groupby(quasi_identifiers, dropna=False).size().min())


def k_by_value_counts(table, quasi_identifiers):
    return int(table[quasi_identifiers].value_counts(dropna=False).iloc[-1])


def k_by_tuples(table, quasi_identifiers):
    profiles = table[quasi_identifiers].map(str).agg("|".join, axis=1)
    return profiles.map(profiles.value_counts()).min()


def form_with_other_choices(form):
    answers = deepcopy(form)
    answers["description"]["data"] = "5 000 séjours de réanimation, codés ; la table de correspondance est à part."
    answers["necessity"] |= {"health_exception": "9(2)(i)", "retention_months": 60, "transfer_safeguard": "45"}
    answers["federation"]["updates_argument"] = "Attaque par inversion essayée : aucun patient retrouvé sur 5 000."
    answers["illegitimate_access"]["measures"] = ["Comptes nominatifs", "Journaux relus"]
    answers["disappearance"] |= {"measures": ["Sauvegarde quotidienne"], "residual_likelihood": 1}
    answers["opinions"] |= {"dpo_opinion": "Réservé : voir la note jointe.", "prior_consultation": True}
    assert not gaps(answers)
    return answers


def form_rebuilt(form):
    return new_form(form_with_other_choices(form))


RIGHT = {
    "phone_numbers": [phones_with_finditer, phones_with_spelled_pairs, phones_in_an_array],
    "pseudonymise": [codes_with_loop, codes_with_digest, codes_by_person],
    "link": [link_by_counting, link_from_the_register, link_row_by_row],
    "k_anonymity": [k_by_value_counts, k_by_tuples, k_with_loop, k_in_an_array],
    "complete_form": [form_with_other_choices, form_rebuilt],
}
