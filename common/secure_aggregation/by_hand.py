"""Autour du protocole, à la main : des réels aux entiers, le seuil, le prix et le bruit, une ligne ou deux chacun.

C'est ce que la leçon 3 des semaines 6 à 8 fait écrire. Rien n'y est contrôlé : le vrai code, qui refuse ce qui déborde,
est dans `quantisation`, `noise` et `announcement`.
"""

import numpy as np

from common.secure_aggregation.messages import KEY, SEALED, SHARE, SIGNATURE
from common.secure_aggregation.noise import skellam_noise


def quantise(values: np.ndarray, scale: float) -> np.ndarray:
    """Rend les entiers les plus proches de `values × scale`, en complément à deux modulo 2³² : des uint32, (d,).

    Cas limite : au-delà de 2³¹ − 1, l'entier se replie sans un mot. La version qui refuse : `Quantiser.encode`.
    """
    return np.rint(values * scale).astype(np.int64).astype(np.uint32)


def decode_mean(total: np.ndarray, scale: float) -> tuple[np.ndarray, int]:
    """Rend la moyenne pondérée (d,) et l'effectif total d'une somme, (d + 1,) uint32, dont la dernière case le compte.

    La version qui contrôle : `Quantiser.decode_sum`.
    """
    num_examples = int(total[-1])
    return total[:-1].view(np.int32) / (scale * num_examples), num_examples


def choose_threshold(num_clients: int, colluders: int, dropouts: int) -> int | None:
    """Rend le plus petit seuil t tel que 2t > n + c, ou None si `dropouts` disparus n'en laisseraient pas assez.

    Il vaut contre un serveur malveillant aidé de `colluders` clients, sur le graphe complet. Cas limite : personne ne
    triche, plus de la moitié suffit. Source : Bonawitz et al. 2017, section 6.
    """
    threshold = (num_clients + colluders) // 2 + 1
    return threshold if num_clients - dropouts >= threshold else None


def bytes_sent(num_parameters: int, num_neighbours: int) -> int:
    """Rend les octets qu'un client envoie pendant un tour sans disparu, hors enveloppe des messages.

    Trois valeurs de 32 octets et une signature ; un pli par voisin ; un entier de 32 bits par paramètre, un pour
    l'effectif ; une signature ; une part par détenteur, lui compris.
    """
    keys = 3 * KEY + SIGNATURE
    vector = 4 * (num_parameters + 1)
    return keys + SEALED * num_neighbours + vector + SIGNATURE + SHARE * (num_neighbours + 1)


def noise_share(target_variance: float, honest_survivors: int, size: int, rng: np.random.Generator) -> np.ndarray:
    """Rend la part de bruit d'un client, int64 (size,) : `honest_survivors` parts ont la variance `target_variance`."""
    return skellam_noise(rng, target_variance / honest_survivors, size)
