"""Le graphe des voisins : chacun ne masque et ne partage qu'avec k autres, au lieu de tous (Bell et al. 2020).

Source : Bell, Bonawitz, Gascón, Lepoint, Raykova 2020, « Secure Single-Server Aggregation with (Poly)Logarithmic
Overhead », CCS 2020, ePrint 2020/704.
"""

import hashlib
import math
from collections.abc import Sequence

import numpy as np

from common.secure_aggregation.errors import ProtocolError


def neighbours(num_clients: int, degree: int, seed: bytes) -> list[frozenset[int]]:
    """Rend les voisins de chaque client, numérotés de 0 à n−1 : le graphe entier, sur l'anneau de `draw_ring`.

    Cas limite : `degree >= n − 1` donne le graphe complet de Bonawitz et al. 2017. Erreurs : celles de `draw_ring`.
    """
    ring = draw_ring(num_clients, degree, seed)
    return [neighbours_of(client, degree, ring) for client in range(num_clients)]


def draw_ring(num_clients: int, degree: int, seed: bytes) -> list[int]:
    """Range les clients sur un anneau de Harary mélangé par `seed` ; rend leurs numéros dans cet ordre.

    L'ordre est celui des empreintes SHA-256 de (graine, numéro), le même sur toute machine. La graine est publique,
    mais qui peut en essayer beaucoup finit par choisir les voisins de sa victime : le serveur ne doit pas la fixer
    seul. Erreurs : `ProtocolError` pour moins de deux clients, ou pour un degré nul, négatif ou impair (sauf graphe
    complet).
    """
    if num_clients < 2:
        raise ProtocolError(
            f"{num_clients} client : il en faut au moins deux, ou la somme est la mise à jour d'un seul."
        )
    if degree < num_clients - 1 and (degree < 2 or degree % 2):
        raise ProtocolError(
            f"Un degré de {degree} ne forme pas d'anneau : chacun a autant de voisins devant que derrière. Prenez un "
            f"degré pair, au moins 2, ou {num_clients - 1} pour le graphe complet."
        )
    return sorted(range(num_clients), key=lambda client: hashlib.sha256(seed + client.to_bytes(8, "big")).digest())


def neighbours_of(client: int, degree: int, ring: Sequence[int]) -> frozenset[int]:
    """Rend les voisins d'un seul client : les `degree // 2` qui le précèdent sur l'anneau, et autant qui le suivent."""
    if degree >= len(ring) - 1:
        return frozenset(ring) - {client}
    place, half = ring.index(client), degree // 2
    return frozenset(ring[(place + step) % len(ring)] for step in range(-half, half + 1) if step)


def degree_and_threshold(
    num_clients: int, corrupt: float, dropout: float, sigma: int = 40, eta: int = 30
) -> tuple[int, int]:
    """Choisit le plus petit nombre de voisins k, puis le plus petit seuil t, qui protègent et aboutissent ; `(k, t)`.

    `corrupt`, `dropout` : fractions de clients complices d'un serveur honnête mais curieux, et de clients perdus. Sauf
    probabilité 2^−sigma, aucun client n'a t voisins complices, et les honnêtes restants sont reliés entre eux ; sauf
    2^−eta, chacun garde t voisins présents. Cas limite : à petit n, le graphe complet, k = n − 1, où rien n'est laissé
    au hasard. Erreurs : `ProtocolError` si les fractions ne laissent aucun seuil.

    Un serveur ACTIF, qui dit une chose aux uns et une autre aux autres, demande en plus 2t > k + 1 + complices voisins.
    Source : Bell et al. 2020, section 3 ; `graph_parameter_finder.cc` de Google donne (68, 34) pour n = 100 et
    (286, 150) pour n = 1000, à 0,33, 0,33 et eta = 20, et cette fonction aussi. Avec eta = 30, n = 1000 demande
    (310, 159) ; avec 1/3 au lieu de 0,33, (318, 163).
    """
    if num_clients < 2 or not (0 <= corrupt < 1 and 0 <= dropout < 1):
        raise ProtocolError(
            f"{num_clients} clients, {corrupt} de complices, {dropout} de perdus : il faut au moins deux clients et "
            "deux fractions de 0 à 1 (exclu). Rien n'est choisi."
        )
    corrupted, dropped = (math.floor(fraction * num_clients + 1e-9) for fraction in (corrupt, dropout))
    for degree in range(2, num_clients - 1, 2):
        if _log2_disconnection(num_clients, degree, corrupted + dropped) > -(sigma + 1):
            continue
        threshold = _smallest_safe_threshold(num_clients, corrupted, degree, sigma)
        present = _hypergeom()(num_clients - 1, num_clients - 1 - dropped, degree)
        if num_clients * present.cdf(threshold - 1) <= 2.0**-eta:
            return degree, threshold
    threshold = max(2, corrupted + 1)
    if threshold <= num_clients - dropped:
        return num_clients - 1, threshold
    raise ProtocolError(
        f"Aucun seuil ne convient à {num_clients} clients dont {corrupted} complices et {dropped} perdus : les "
        "présents doivent pouvoir reconstruire ce que les complices ne peuvent pas. Réunissez plus de clients, ou "
        "tolérez moins de pertes."
    )


def _log2_disconnection(num_clients: int, degree: int, removed: int) -> float:
    """Majore le log₂ de la probabilité que `removed` clients, ôtés au hasard, coupent l'anneau en deux.

    Il faut ôter deux suites de k/2 voisins d'anneau, en deux endroits : union sur les n(n−k−1)/2 paires d'endroits.
    """
    if removed < degree:
        return -math.inf
    pairs = num_clients * (num_clients - degree - 1) / 2
    ways, total = math.comb(num_clients - degree, removed - degree), math.comb(num_clients, removed)
    return math.log2(pairs) + math.log2(ways) - math.log2(total)


def _smallest_safe_threshold(num_clients: int, corrupted: int, degree: int, sigma: int) -> int:
    """Rend le plus petit t >= 2 que, sauf probabilité 2^−(sigma+1), aucun client n'a en voisins complices."""
    mass = _hypergeom().pmf(np.arange(degree + 2), num_clients - 1, corrupted, degree)
    tail = np.cumsum(mass[::-1])[::-1]  # tail[t] = P(au moins t voisins complices)
    return max(2, int(np.argmax(num_clients * tail <= 2.0 ** -(sigma + 1))))


def _hypergeom():
    """Rend la loi hypergéométrique ; SciPy met une seconde à se charger, et seul le choix d'un degré la demande."""
    from scipy.stats import hypergeom

    return hypergeom
