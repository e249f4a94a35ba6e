"""Leçon 2 des semaines 6 à 8, le partage de secret : ce que le contrôle doit refuser, et avec quel message."""

from math import prod

import numpy as np

from common.secure_aggregation.pairwise import reconstruct, share_secret


def shared_by(value):
    """Fabrique un partage : `value(secret, coefficients, x)`, modulo p."""
    return lambda secret, coefficients, points, prime: {x: value(secret, coefficients, x) % prime for x in points}


def no_modulo(secret, coefficients, points, prime):
    return {x: secret + sum(c * x**k for k, c in enumerate(coefficients, 1)) for x in points}


def modulo_in_the_wrong_place(secret, coefficients, points, prime):
    return {x: secret + sum(c * x**k for k, c in enumerate(coefficients, 1)) % prime for x in points}


def numbered(secret, coefficients, points, prime):
    return {k: share for k, share in enumerate(share_secret(secret, coefficients, points, prime).values(), 1)}


def first_numbers(secret, coefficients, points, prime):
    return share_secret(secret, coefficients, range(1, len(points) + 1), prime)


def evaluated_at_the_rank(secret, coefficients, points, prime):
    shares = first_numbers(secret, coefficients, points, prime)
    return {x: shares[k] for k, x in enumerate(points, 1)}


def as_pairs(secret, coefficients, points, prime):
    return list(share_secret(secret, coefficients, points, prime).items())


def values_only(secret, coefficients, points, prime):
    return [share for share in share_secret(secret, coefficients, points, prime).values()]


def in_floats(secret, coefficients, points, prime):
    return {x: float(share) for x, share in share_secret(secret, coefficients, points, prime).items()}


def first_point_only(secret, coefficients, points, prime):
    return share_secret(secret, coefficients, points[:1], prime)


def parabola_only(secret, coefficients, points, prime):
    return share_secret(secret, coefficients[:2], points, prime)


def shares_of_101(secret, coefficients, points, prime):
    return share_secret(secret, coefficients, points, 101)


def ordinary_horner(secret, coefficients, points, prime):
    shares = {}
    for x in points:
        value = 0
        for c in coefficients:
            value = value * x + c
        shares[x] = (value * x + secret) % prime
    return shares


def from_the_first_share(secret, coefficients, points, prime):
    shares = []
    for x in points:
        shares[x] = secret
    return shares


def nothing_returned(secret, coefficients, points, prime):
    share_secret(secret, coefficients, points, prime)


def coefficients_changed(secret, coefficients, points, prime):
    coefficients.insert(0, secret)
    return {x: sum(c * x**k for k, c in enumerate(coefficients)) % prime for x in points}


def one_too_many(secret, coefficients, points, prime):
    return {x: (share + 1) % prime for x, share in share_secret(secret, coefficients, points, prime).items()}


def generator(secret, coefficients, points, prime):
    return {x: (secret + (c * x**k for k, c in enumerate(coefficients, 1))) % prime for x in points}


def as_a_set(secret, coefficients, points, prime):
    return set(share_secret(secret, coefficients, points, prime).items())


def text_keys(secret, coefficients, points, prime):
    return {str(x): share for x, share in share_secret(secret, coefficients, points, prime).items()}


def in_a_range(secret, coefficients, points, prime):
    return {x: secret % prime for x in range(points)}


def list_times_x(secret, coefficients, points, prime):
    return {x: (secret + coefficients * x) % prime for x in points}


def by_polyval(secret, coefficients, points, prime):
    return {x: np.polyval([secret, *coefficients], x) % prime for x in points}


def quotient(secret, coefficients, points, prime):
    return {x: (secret + sum(c * x**k for k, c in enumerate(coefficients, 1))) // prime for x in points}


SHARE = [
    (as_a_set, "c'est un objet set"),
    (text_keys, "les clés sont ['"),
    (in_a_range, "sans `range`"),
    (list_times_x, "parcourez-la avec `enumerate`"),
    (by_polyval, "la plus haute puissance"),
    (quotient, "prenez le reste"),
    (shared_by(lambda s, cs, x: s + sum(c * x**k for c, k in enumerate(cs, 1))), "échangez la puissance"),
    (no_modulo, "il manque le modulo"),
    (shared_by(lambda s, cs, x: sum(c * x**k for k, c in enumerate(cs, 1))), "il manque le secret"),
    (shared_by(lambda s, cs, x: s + sum(c * x**k for k, c in enumerate(cs))), "commencent à 0"),
    (shared_by(lambda s, cs, x: s + sum(c * x ** (k + 2) for k, c in enumerate(cs))), "commencent à 2"),
    (ordinary_horner, "à l'envers"),
    (shared_by(lambda s, cs, x: sum(c * x**k for k, c in enumerate(cs)) + s * x ** len(cs)), "dominant"),
    (shared_by(lambda s, cs, x: s + cs[0] * x), "que c₁"),
    (shared_by(lambda s, cs, x: s + cs[-1] * x ** len(cs)), "le dernier coefficient"),
    (shared_by(lambda s, cs, x: s + x * sum(cs)), "vont avec x"),
    (shared_by(lambda s, cs, x: s + sum(c * k**x for k, c in enumerate(cs, 1))), "k^x"),
    (shared_by(lambda s, cs, x: s + sum(c * k * x for k, c in enumerate(cs, 1))), "multipliez x par k"),
    (shared_by(lambda s, cs, x: s + sum(c * (x ^ k) for k, c in enumerate(cs, 1))), "n'est pas la puissance"),
    (shared_by(lambda s, cs, x: s), "le secret lui-même"),
    (shared_by(lambda s, cs, x: s + prod(c * x**k for k, c in enumerate(cs, 1))), "pas la bonne réponse"),
    (shared_by(lambda s, cs, x: s - sum(c * x**k for k, c in enumerate(cs, 1))), "s'ajoutent tous"),
    (evaluated_at_the_rank, "pas de son rang"),
    (first_numbers, "les points reçus"),
    (numbered, "les clés sont"),
    (as_pairs, "dict"),
    (values_only, "rendez un dictionnaire"),
    (in_floats, "des flottants"),
    (modulo_in_the_wrong_place, "la fin du calcul"),
    (first_point_only, "les clés sont"),
    (parabola_only, "pas la bonne réponse"),
    (shares_of_101, "pas la bonne réponse"),
    (from_the_first_share, "IndexError"),
    (nothing_returned, "il manque un `return`"),
    (coefficients_changed, "en place"),
    (one_too_many, "pas la bonne réponse"),
    (generator, "additionnez avec `sum"),
]


def rebuilt_by(factor):
    """Fabrique une reconstruction dont chaque facteur vaut `factor(point, autre, p)`."""

    def wrong(shares, prime):
        return sum(y * prod(factor(x, z, prime) for z in shares if z != x) for x, y in shares.items()) % prime

    return wrong


def with_division(shares, prime):
    return sum(y * prod(z / (z - x) for z in shares if z != x) for x, y in shares.items()) % prime


def rounded_division(shares, prime):
    return round(with_division(shares, prime))


def with_floor_division(shares, prime):
    total = 0
    for x, y in shares.items():
        for z in shares:
            if z != x:
                y = y * z // (z - x)
        total += y
    return total % prime


def added_factors(shares, prime):
    return sum(y * sum(z * pow(z - x, -1, prime) for z in shares if z != x) for x, y in shares.items()) % prime


def mere_sum(shares, prime):
    return sum(shares.values()) % prime


def weights_only(shares, prime):
    return sum(prod(z * pow(z - x, -1, prime) for z in shares if z != x) for x in shares) % prime


def without_last_modulo(shares, prime):
    return sum(y * prod(z * pow(z - x, -1, prime) for z in shares if z != x) for x, y in shares.items())


def modulo_of_each(shares, prime):
    return sum(y * prod(z * pow(z - x, -1, prime) for z in shares if z != x) % prime for x, y in shares.items())


def return_too_soon(shares, prime):
    for x, y in shares.items():
        for z in shares:
            if z != x:
                y = y * z * pow(z - x, -1, prime)
        return y % prime


def not_accumulated(shares, prime):
    for x, y in shares.items():
        secret = y
        for z in shares:
            if z != x:
                secret = secret * z * pow(z - x, -1, prime)
    return secret % prime


def a_line(shares, prime):
    return reconstruct(dict(list(shares.items())[:2]), prime)


def by_rank(shares, prime):
    return reconstruct({k + 1: y for k, y in enumerate(shares.values())}, prime)


def smallest(shares, prime):
    return sorted(shares.values())[0]


def itself_included(shares, prime):
    return sum(y * prod(z * pow(z - x, -1, prime) for z in shares) for x, y in shares.items()) % prime


def modulo_101(shares, prime):
    return reconstruct(shares, 101)


def as_text(shares, prime):
    return str(reconstruct(shares, prime))


def keys_only(shares, prime):
    return sum(y for x, y in shares) % prime


def emptied(shares, prime):
    secret = reconstruct(shares, prime)
    shares.clear()
    return secret


def forgets_to_return(shares, prime):
    reconstruct(shares, prime)


def in_an_array(shares, prime):
    return np.array(reconstruct(shares, prime) % 50)


def rounded_then_modulo(shares, prime):
    return round(sum(y * prod(z / (z - x) for z in shares if z != x) for x, y in shares.items())) % prime


def cut_by_int(shares, prime):
    return int(with_division(shares, prime))


def with_polyfit(shares, prime):
    return np.polyfit(list(shares), list(shares.values()), len(shares) - 1)[-1] % prime


def terms_multiplied(shares, prime):
    return prod(y * prod(z * pow(z - x, -1, prime) for z in shares if z != x) for x, y in shares.items()) % prime


def from_one(shares, prime):
    secret = 1
    for x, y in shares.items():
        for z in shares:
            if z != x:
                y = y * z * pow(z - x, -1, prime)
        secret += y
    return secret % prime


def only_larger(shares, prime):
    return sum(y * prod(z * pow(z - x, -1, prime) for z in shares if z > x) for x, y in shares.items()) % prime


RECONSTRUCT = [
    (with_division, "avec des virgules"),
    (rounded_division, "vous arrondissez"),
    (rounded_then_modulo, "vous arrondissez"),
    (cut_by_int, "tronquée par `int`"),
    (with_polyfit, "avec des virgules"),
    (terms_multiplied, "elles s'ADDITIONNENT"),
    (from_one, "part de 0"),
    (only_larger, "prenez tous les AUTRES"),
    (with_floor_division, "avec `//`"),
    (rebuilt_by(lambda x, z, p: z * pow(x - z, -1, p)), "le dénominateur est à l'envers"),
    (rebuilt_by(lambda x, z, p: x * pow(z - x, -1, p)), "l'AUTRE point, x_j, et non"),
    (rebuilt_by(lambda x, z, p: z * (z - x)), "il manque l'inverse"),
    (rebuilt_by(lambda x, z, p: pow(z - x, -1, p)), "il manque le numérateur"),
    (rebuilt_by(lambda x, z, p: z), "il manque le dénominateur"),
    (rebuilt_by(lambda x, z, p: pow(z * (z - x), -1, p)), "le numérateur aussi"),
    (rebuilt_by(lambda x, z, p: z * pow(z + x, p - 2, p)), "la différence"),
    (added_factors, "ADDITIONNEZ"),
    (mere_sum, "telles quelles"),
    (weights_only, "sans les parts"),
    (without_last_modulo, "le dernier modulo"),
    (modulo_of_each, "mal placé"),
    (return_too_soon, "à la première part"),
    (not_accumulated, "que la dernière part"),
    (a_line, "que les deux premières parts"),
    (by_rank, "les clés de `shares`"),
    (smallest, "la plus petite part"),
    (itself_included, "le point lui-même"),
    (modulo_101, "pas la bonne réponse"),
    (as_text, "pas la bonne réponse"),
    (keys_only, "parcourez `.items()`"),
    (emptied, "en place"),
    (forgets_to_return, "il manque un `return`"),
    (in_an_array, "pas la bonne réponse"),
]

WRONG = {"share_secret": SHARE, "reconstruct": RECONSTRUCT}
