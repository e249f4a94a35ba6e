"""Leçon 3 des semaines 6 à 8 : choisir un seuil ; ce que le contrôle doit refuser."""

import math


def threshold_equal(num_clients, colluders, dropouts):
    t = math.ceil((num_clients + colluders) / 2)
    return t if num_clients - dropouts >= t else None


def threshold_plus_two(num_clients, colluders, dropouts):
    t = (num_clients + colluders) // 2 + 2
    return t if num_clients - dropouts >= t else None


def threshold_majority(num_clients, colluders, dropouts):
    t = num_clients // 2 + 1
    return None if num_clients - dropouts < t else t


def threshold_two_thirds(num_clients, colluders, dropouts):
    t = (2 * num_clients) // 3 + 1
    return None if num_clients - dropouts < t else t


def threshold_largest(num_clients, colluders, dropouts):
    t = num_clients - dropouts
    return t if 2 * t > num_clients + colluders else None


def threshold_always(num_clients, colluders, dropouts):
    return next(t for t in range(num_clients + 1) if 2 * t > num_clients + colluders)


def threshold_strict(num_clients, colluders, dropouts):
    t = (num_clients + colluders) // 2 + 1
    return t if num_clients - dropouts > t else None


def threshold_lenient(num_clients, colluders, dropouts):
    t = (num_clients + colluders) // 2 + 1
    return t if num_clients - dropouts >= t - 1 else None


def threshold_without_colluders(num_clients, colluders, dropouts):
    t = (num_clients + colluders) // 2 + 1
    return t if num_clients - dropouts - colluders >= t else None


def threshold_upside_down(num_clients, colluders, dropouts):
    t = (num_clients + colluders) // 2 + 1
    return None if num_clients - dropouts >= t else t


def threshold_zero(num_clients, colluders, dropouts):
    t = (num_clients + colluders) // 2 + 1
    return t if num_clients - dropouts >= t else 0


def threshold_possible(num_clients, colluders, dropouts):
    return num_clients - dropouts >= (num_clients + colluders) // 2 + 1


def threshold_unhalved(num_clients, colluders, dropouts):
    t = num_clients + colluders + 1
    return t if num_clients - dropouts >= t else None


def threshold_minus(num_clients, colluders, dropouts):
    t = (num_clients - colluders) // 2 + 1
    return t if num_clients - dropouts >= t else None


def threshold_of_survivors(num_clients, colluders, dropouts):
    n = num_clients - dropouts
    t = (n + colluders) // 2 + 1
    return t if n >= t else None


def threshold_real(num_clients, colluders, dropouts):
    t = (num_clients + colluders) / 2 + 1
    return t if num_clients - dropouts >= t else None


def threshold_three(num_clients, colluders, dropouts):
    return 3 if num_clients - dropouts >= 3 else None


def threshold_capped(num_clients, colluders, dropouts):
    t = min((num_clients + colluders) // 2 + 1, 20)
    return t if num_clients - dropouts >= t else None


def threshold_silent(num_clients, colluders, dropouts):
    (num_clients + colluders) // 2 + 1


def threshold_text(num_clients, colluders, dropouts):
    t = (num_clients + colluders) // 2 + 1
    return t if num_clients - dropouts >= t else "impossible"


def threshold_of_the_hint(num_clients, colluders, dropouts):
    t = (num_clients + colluders) // 2
    return t if num_clients - dropouts >= t else None


def threshold_half(num_clients, colluders, dropouts):
    t = (num_clients + colluders) / 2
    return None if num_clients - dropouts < t else t


def threshold_minus_one(num_clients, colluders, dropouts):
    t = (num_clients + colluders) // 2 + 1
    return t if num_clients - dropouts >= t else -1


def threshold_quoted(num_clients, colluders, dropouts):
    t = (num_clients + colluders) // 2 + 1
    return t if num_clients - dropouts >= t else "None"


def threshold_colluders_missing(num_clients, colluders, dropouts):
    t = (num_clients + colluders) // 2 + 1
    return t if num_clients - colluders >= t else None


def threshold_dropouts_added(num_clients, colluders, dropouts):
    t = (num_clients + colluders + dropouts) // 2 + 1
    return t if num_clients - dropouts >= t else None


THRESHOLD = [
    (threshold_of_the_hint, "en est le suivant"),
    (threshold_half, "puis ajoutez 1"),
    (threshold_minus_one, "vous rendez −1"),
    (threshold_quoted, "sans guillemets"),
    (threshold_colluders_missing, "ce sont les disparus qui manquent"),
    (threshold_dropouts_added, "n'ajoutez pas les disparus"),
    (threshold_equal, "DÉPASSER"),
    (threshold_plus_two, "un de trop"),
    (threshold_majority, "signent les deux listes"),
    (threshold_two_thirds, "moins d'un tiers"),
    (threshold_largest, "plus GRAND"),
    (threshold_always, "jamais None"),
    (threshold_strict, "tout juste"),
    (threshold_lenient, "un de moins"),
    (threshold_without_colluders, "ne les retirez pas des survivants"),
    (threshold_upside_down, "l'inverse"),
    (threshold_zero, "vous rendez 0"),
    (threshold_possible, "True ou False"),
    (threshold_unhalved, "2t > n + c"),
    (threshold_minus, "ajoutez-les"),
    (threshold_of_survivors, "ne changent pas le seuil"),
    (threshold_real, "est un entier"),
    (threshold_three, "pas celui attendu"),
    (threshold_capped, "pas celui attendu"),
    (threshold_silent, "`return`"),
    (threshold_text, "on attend un objet NoneType"),
    (5, "on attend une fonction"),
]


def threshold_by_search(num_clients, colluders, dropouts):
    possible = (t for t in range(num_clients - dropouts + 1) if 2 * t > num_clients + colluders)
    return next(possible, None)


def threshold_by_floor(num_clients, colluders, dropouts):
    t = math.floor((num_clients + colluders) / 2) + 1
    if t > num_clients - dropouts:
        return None
    return t


def threshold_by_steps(num_clients, colluders, dropouts):
    t = 0.0
    while 2 * t <= num_clients + colluders:
        t += 1
    if num_clients - dropouts >= t:
        return t


WRONG = {"choose_threshold": THRESHOLD}
RIGHT = {"choose_threshold": [threshold_by_search, threshold_by_floor, threshold_by_steps]}
