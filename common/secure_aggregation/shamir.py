"""Le partage de secret de Shamir (1979) : t parts rendent le secret, t−1 n'en disent rien.

Le secret est la valeur en 0 d'un polynôme de degré t−1 tiré au sort sur le corps des entiers modulo p ; la part du
point x est sa valeur en x. Ici p = 2²⁵⁶ + 297, le plus petit premier au-dessus de 2²⁵⁶ : tout secret de 32 octets est
un élément du corps, et une part en fait 33.

Pourquoi pas `Crypto.Protocol.SecretSharing` de pycryptodome ? Il ne partage que 16 octets : une clé de 32 octets
demanderait deux partages, et son corps GF(2¹²⁸), multiplié bit à bit en Python, est plus lent.

Ce que le partage ne fait PAS : reconnaître une part fausse. Une seule, parmi les t retenues, donne un autre secret
sans un mot ; c'est au protocole de vérifier ce que le secret ouvre.
"""

import secrets
from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import prod

from common.secure_aggregation.errors import ProtocolError

PRIME = 2**256 + 297
SECRET_SIZE = 32
SHARE_SIZE = 33
REDUCED_EVERY = 16  # coefficients entre deux réductions modulo p, qui coûtent plus que le reste du calcul


def split(secret: bytes, points: Sequence[int], threshold: int) -> dict[int, bytes]:
    """Partage `secret` (32 octets) entre `points` ; rend la part (33 octets) de chacun.

    `points` : entiers distincts de 1 à p−1, un par détenteur. Cas limite : `threshold == len(points)` exige toutes
    les parts. Erreurs : `ProtocolError` si le secret n'a pas 32 octets, si un point est nul, répété ou hors du corps,
    ou si le seuil est impossible.
    """
    if len(secret) != SECRET_SIZE:
        raise ProtocolError(f"Le secret a {len(secret)} octets, il en faut {SECRET_SIZE} : rien n'est partagé.")
    _check_points(points, threshold)
    coefficients = [secrets.randbelow(PRIME) for _ in range(threshold - 1)] + [int.from_bytes(secret, "big")]
    return {x: _evaluate(coefficients, x).to_bytes(SHARE_SIZE, "big") for x in points}


def combine(shares: Mapping[int, bytes], threshold: int) -> bytes:
    """Reconstruit le secret (32 octets) avec les parts des `threshold` plus petits points.

    Erreurs : `ProtocolError` s'il y a moins de parts que le seuil, ou si l'une n'en est pas une (33 octets, valeur
    inférieure à p). Une part fausse, elle, n'est pas reconnue : le secret rendu est un autre. Les parts de trop ne
    servent à rien.
    """
    _check_points(shares, threshold)
    points = tuple(sorted(shares)[:threshold])
    values = [_share_value(x, shares[x]) for x in points]
    secret = sum(weight * value for weight, value in zip(_weights_at_zero(points), values, strict=True)) % PRIME
    if secret >= 2**256:
        raise ProtocolError(
            "Les parts ne reconstruisent pas un secret de 32 octets : l'une au moins est fausse. Le secret est perdu "
            "pour ce tour."
        )
    return secret.to_bytes(SECRET_SIZE, "big")


def _check_points(points: Sequence[int] | Mapping[int, bytes], threshold: int) -> None:
    if threshold < 2:
        raise ProtocolError(
            f"Le seuil vaut {threshold} : en dessous de 2, chaque part serait le secret lui-même. Prenez au moins 2."
        )
    if len(points) < threshold:
        raise ProtocolError(
            f"Il y a {len(points)} parts pour un seuil de {threshold} : en dessous du seuil, rien ne reconstruit le "
            "secret, et c'est voulu. Le tour doit s'arrêter."
        )
    if len(set(points)) < len(points) or not all(0 < x < PRIME for x in points):
        raise ProtocolError(
            "Chaque point doit être distinct des autres, et compris entre 1 et p−1 : la part du point 0 est le "
            "secret lui-même. Rien n'est calculé."
        )


def _evaluate(coefficients: Sequence[int], x: int) -> int:
    """Calcule le polynôme en x, modulo p, du coefficient dominant au terme constant (Horner)."""
    value = 0
    for start in range(0, len(coefficients), REDUCED_EVERY):
        for coefficient in coefficients[start : start + REDUCED_EVERY]:
            value = value * x + coefficient
        value %= PRIME
    return value


def _share_value(x: int, share: bytes) -> int:
    value = int.from_bytes(share, "big")
    if len(share) != SHARE_SIZE or value >= PRIME:
        raise ProtocolError(
            f"La part du point {x} n'en est pas une : il faut {SHARE_SIZE} octets ({len(share)} reçus) et une valeur "
            "inférieure à p. Elle est refusée, et le secret n'est pas reconstruit."
        )
    return value


@lru_cache(maxsize=16)
def _weights_at_zero(points: tuple[int, ...]) -> list[int]:
    """Calcule les poids de Lagrange en 0, ∏ xⱼ/(xⱼ − xᵢ), gardés pour les autres secrets des mêmes points.

    Les produits se font en entiers, réduits une seule fois : les points sont des numéros de clients, donc petits.
    """
    numerator = prod(points)
    denominators = [x * prod(y - x for y in points if y != x) % PRIME for x in points]
    return [numerator * inverse % PRIME for inverse in _inverses(denominators)]


def _inverses(values: Sequence[int]) -> list[int]:
    """Inverse toutes les valeurs modulo p avec une seule inversion (astuce de Montgomery)."""
    prefixes = [1]
    for value in values:
        prefixes.append(prefixes[-1] * value % PRIME)
    inverse = pow(prefixes.pop(), -1, PRIME)
    inverses = []
    for value, prefix in zip(reversed(values), reversed(prefixes), strict=True):
        inverses.append(inverse * prefix % PRIME)
        inverse = inverse * value % PRIME
    return inverses[::-1]
