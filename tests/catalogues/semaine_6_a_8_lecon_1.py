"""Leçon 1 des semaines 6 à 8, lire un jeton et retrouver un gradient : ce que les contrôles doivent refuser."""

import numpy as np
from cryptography.fernet import Fernet

from common.secure_aggregation import fernet
from common.secure_aggregation.errors import ProtocolError


def checked(keys, client, token, seen):
    if client not in keys or token in seen:
        raise ProtocolError("non")


def accepts_replays(keys, client, token, seen):
    if client not in keys:
        raise ProtocolError("inconnu")
    seen.add(token)
    return fernet.decrypt(keys[client], token, ttl=60)


def never_remembers(keys, client, token, seen):
    checked(keys, client, token, seen)
    return fernet.decrypt(keys[client], token, ttl=60)


def burns_before_checking(keys, client, token, seen):
    checked(keys, client, token, seen)
    seen.add(token)
    return fernet.decrypt(keys[client], token, 60)


def first_key_that_opens(keys, client, token, seen):
    checked(keys, client, token, seen)
    for name in keys:
        try:
            arrays = fernet.decrypt(keys[name], token, ttl=60)
            seen.add(token)
            return arrays
        except ProtocolError:
            pass
    raise ProtocolError("personne")


def first_key_always(keys, client, token, seen):
    checked(keys, client, token, seen)
    arrays = fernet.decrypt(next(iter(keys.values())), token, ttl=60)
    seen.add(token)
    return arrays


def for_ever(keys, client, token, seen):
    checked(keys, client, token, seen)
    arrays = fernet.decrypt(keys[client], token)
    seen.add(token)
    return arrays


def with_ttl(ttl):
    def answer(keys, client, token, seen):
        checked(keys, client, token, seen)
        arrays = fernet.decrypt(keys[client], token, ttl=ttl)
        seen.add(token)
        return arrays

    return answer


def keeps_only_the_last(keys, client, token, seen):
    checked(keys, client, token, seen)
    arrays = fernet.decrypt(keys[client], token, ttl=60)
    seen.intersection_update(set())
    seen.add(token)
    return arrays


def remembers_clients(keys, client, token, seen):
    if client not in keys or client in seen or token in seen:
        raise ProtocolError("déjà venu")
    arrays = fernet.decrypt(keys[client], token, ttl=60)
    seen.add(client)
    return arrays


def unknown_client_raises_key_error(keys, client, token, seen):
    if token in seen:
        raise ProtocolError("rejeu")
    arrays = fernet.decrypt(keys[client], token, ttl=60)
    seen.add(token)
    return arrays


def refuses_with_none(keys, client, token, seen):
    if client in keys and token not in seen:
        arrays = fernet.decrypt(keys[client], token, ttl=60)
        seen.add(token)
        return arrays


def replay_gives_none(keys, client, token, seen):
    if client not in keys:
        raise ProtocolError("inconnu")
    if token not in seen:
        arrays = fernet.decrypt(keys[client], token, ttl=60)
        seen.add(token)
        return arrays


def refuses_with_value_error(keys, client, token, seen):
    if client not in keys or token in seen:
        raise ValueError("rejeu")
    arrays = fernet.decrypt(keys[client], token, ttl=60)
    seen.add(token)
    return arrays


def reads_silently(keys, client, token, seen):
    checked(keys, client, token, seen)
    fernet.decrypt(keys[client], token, ttl=60)
    seen.add(token)


def still_packed(keys, client, token, seen):
    checked(keys, client, token, seen)
    fernet.decrypt(keys[client], token, ttl=60)
    seen.add(token)
    return Fernet(keys[client]).decrypt(token)


def appends(keys, client, token, seen):
    checked(keys, client, token, seen)
    arrays = fernet.decrypt(keys[client], token, ttl=60)
    seen.append(token)
    return arrays


def refuses_everything(keys, client, token, seen):
    raise ProtocolError("non")


def one_array_only(keys, client, token, seen):
    checked(keys, client, token, seen)
    arrays = fernet.decrypt(keys[client], token, ttl=60)
    seen.add(token)
    return arrays["weight"]


def swallows_every_refusal(keys, client, token, seen):
    try:
        return first_reading(keys, client, token, seen)
    except ProtocolError:
        return None


def first_reading(keys, client, token, seen):
    checked(keys, client, token, seen)
    arrays = fernet.decrypt(keys[client], token, ttl=60)
    seen.add(token)
    return arrays


def swallows_the_refusal_of_decrypt(keys, client, token, seen):
    checked(keys, client, token, seen)
    return swallows_every_refusal(keys, client, token, seen)


def burns_then_swallows(keys, client, token, seen):
    checked(keys, client, token, seen)
    seen.add(token)
    try:
        return fernet.decrypt(keys[client], token, ttl=60)
    except ProtocolError:
        pass


def returns_the_error(keys, client, token, seen):
    if client not in keys or token in seen:
        return ProtocolError("non")
    return first_reading(keys, client, token, seen)


def gives_all_the_keys(keys, client, token, seen):
    checked(keys, client, token, seen)
    return fernet.decrypt(keys, token, ttl=60)


def with_the_memory(keys, client, token, seen):
    return first_reading(keys, client, token, seen), seen


def nothing_yet(keys, client, token, seen):
    pass


READ = [
    (accepts_replays, "accepté une seconde fois"),
    (never_remembers, "ne retient rien"),
    (burns_before_checking, "AVANT d'être vérifié"),
    (first_key_that_opens, "signer à la place d'un autre"),
    (first_key_always, "sous son vrai nom"),
    (for_ever, "deux heures est lu"),
    (with_ttl(30), "50 secondes est refusé"),
    (with_ttl(3600), "70 secondes est lu"),
    (keeps_only_the_last, "que le dernier jeton"),
    (remembers_clients, "vous retenez les clients"),
    (unknown_client_raises_key_error, "se refuse aussi par ProtocolError"),
    (refuses_with_none, "pas en rendant `None`"),
    (replay_gives_none, "refusé par `None`"),
    (refuses_with_value_error, "ValueError"),
    (reads_silently, "il manque un `return`"),
    (still_packed, "la mise à jour seule"),
    (appends, "seen.add(token)"),
    (refuses_everything, "est refusé, alors qu'il est bon"),
    (one_array_only, "la mise à jour seule"),
    (with_the_memory, "la mise à jour seule"),
    (swallows_every_refusal, "vous attrapez le refus de `fernet.decrypt` :"),
    (swallows_the_refusal_of_decrypt, "et vous rendez `None`"),
    (burns_then_swallows, "et retenez le jeton"),
    (returns_the_error, "vous RENDEZ l'erreur"),
    (gives_all_the_keys, "n'est pas une clé Fernet"),
    (nothing_yet, "ne fait rien encore"),
    (7, "on attend une fonction"),
]


def per_array(rule):
    return lambda before, after, lr: {name: rule(before[name], after[name], lr) for name in before}


def in_place(before, after, lr):
    for name in before:
        before[name] -= after[name]
        before[name] /= lr
    return before


def paired_by_order(before, after, lr):
    return {name: (b - a) / lr for name, b, a in zip(before, before.values(), after.values(), strict=True)}


def whole_dictionaries(before, after, lr):
    return (before - after) / lr


def pairs_without_items(before, after, lr):
    return {name: (array - after[name]) / lr for name, array in before}


def list_of_gradients(before, after, lr):
    return [(before[name] - after[name]) / lr for name in before]


def weight_and_bias_only(before, after, lr):
    return {name: (before[name] - after[name]) / lr for name in ("weight", "bias")}


def all_in_one_array(before, after, lr):
    return (np.array(list(before.values())) - np.array(list(after.values()))) / lr


def silent_gradient(before, after, lr):
    {name: (before[name] - after[name]) / lr for name in before}


def returned_in_the_loop(before, after, lr):
    gradient = {}
    for name in before:
        gradient[name] = (before[name] - after[name]) / lr
        return gradient


UPDATE = [
    (per_array(lambda b, a, lr: (a - b) / lr), "signe est inversé"),
    (per_array(lambda b, a, lr: b - a), "`lr` ne sert pas"),
    (per_array(lambda b, a, lr: lr * (b - a)), "vous multipliez"),
    (per_array(lambda b, a, lr: b - a / lr), "parenthèses"),
    (per_array(lambda b, a, lr: a / lr), "modèle reçu"),
    (per_array(lambda b, a, lr: abs(b - a) / lr), "valeur absolue"),
    (per_array(lambda b, a, lr: 2 * (b - a)), "0,5 en dur"),
    (per_array(lambda b, a, lr: (b + a) / lr), "relisez"),
    (in_place, "en place"),
    (paired_by_order, "ne s'accordent pas"),
    (whole_dictionaries, "un dictionnaire ne se calcule pas d'un bloc"),
    (pairs_without_items, ".items()"),
    (list_of_gradients, "on attend un objet dict"),
    (weight_and_bias_only, "les noms changent"),
    (all_in_one_array, "nom par nom"),
    (silent_gradient, "il manque un `return`"),
    (returned_in_the_loop, "il manque des tableaux"),
]

WRONG = {"read_update": READ, "gradient_from_update": UPDATE}
