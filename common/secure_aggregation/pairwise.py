"""Le protocole à la main, une idée par fonction : la version que la leçon 2 des semaines 6 à 8 fait écrire.

Un jouet : il montre d'où vient chaque règle, et ne contrôle rien. Le vrai est dans `client`, `server` et `shamir`.
Tous les vecteurs sont des uint32, (n,), et se calculent modulo 2³². Une graine fait 32 octets.
"""

from collections.abc import Mapping, Sequence
from math import prod

import numpy as np

from common.secure_aggregation.primitives import mask


def masked_vector(vector: np.ndarray, client: int, seeds: Mapping[int, bytes]) -> np.ndarray:
    """Rend `vector` et les masques que `client` partage avec chacun : le plus petit numéro ajoute, l'autre retire.

    `seeds` : pair -> graine commune. Cas limite : sans pair, rien n'est masqué. Source : Bonawitz et al. 2017, §4.
    """
    masked = vector.copy()
    for peer, seed in seeds.items():
        pair_mask = mask(seed, len(vector))
        masked = masked + pair_mask if client < peer else masked - pair_mask
    return masked


def repair(total: np.ndarray, seeds: Mapping[int, Mapping[int, bytes]]) -> np.ndarray:
    """Ajoute à une somme de survivants les masques que les disparus auraient envoyés : tous s'annulent alors.

    `seeds` : disparu -> pair -> graine commune ; ce que deux disparus partagent s'ajoute et se retire. Cas limite :
    sans disparu, la somme est déjà juste.
    """
    for dropped, pair_seeds in seeds.items():
        total = masked_vector(total, dropped, pair_seeds)
    return total


def share_secret(secret: int, coefficients: Sequence[int], points: Sequence[int], prime: int) -> dict[int, int]:
    """Rend la part de chaque point : la valeur, modulo `prime`, de secret + c₁x + c₂x² + …

    `coefficients` : c₁, c₂, … tirés au sort ; il y en a un de moins que de parts nécessaires. Source : Shamir 1979.
    """
    powers = [secret, *coefficients]
    return {x: sum(c * x**k for k, c in enumerate(powers)) % prime for x in points}


def reconstruct(shares: Mapping[int, int], prime: int) -> int:
    """Rend le secret de ces parts (point -> valeur) : le polynôme qui passe par elles, en 0 (Lagrange)."""
    secret = 0
    for x, value in shares.items():
        others = [other for other in shares if other != x]
        secret += value * prod(others) * pow(prod(other - x for other in others), -1, prime)
    return secret % prime


def steal(masked: np.ndarray, client: int, seed: bytes, pair_seeds: Mapping[int, bytes]) -> np.ndarray:
    """Rend le vecteur d'un client dont on a les DEUX secrets : sa graine à lui, et celles de ses paires.

    C'est ce que peut un serveur à qui l'on rend, du même client, la part de la graine et celle de la clé.
    """
    return masked - mask(seed, len(masked)) - masked_vector(np.zeros_like(masked), client, pair_seeds)
