"""Contre la dérive des clients, à la main : quelques lignes sur des tableaux, que la leçon 4 fait écrire.

Le client Flower de SCAFFOLD (`scaffold.py`) appelle les mêmes formules.
"""

from collections.abc import Callable

import numpy as np

BETA_1, BETA_2, TAU = 0.9, 0.99, 1e-3  # les réglages par défaut de Flower pour FedAdam


def fedavg_fixed_point(
    optima: np.ndarray, curvatures: np.ndarray, num_examples: np.ndarray, lr: float, num_steps: int
) -> np.ndarray:
    """Calcule où s'arrête FedAvg quand la perte de chaque centre k est ½ Σ a_k (w − w_k)².

    optima, curvatures : (K, d), les w_k et les a_k > 0 ; num_examples : (K,) ; rend (d,). Avec 0 < lr · a_k < 1, un
    pas local multiplie w − w_k par 1 − lr · a_k : après num_steps pas, un centre a fait la part
    1 − (1 − lr · a_k)^num_steps du chemin vers w_k. Cas limites : un pas donne l'optimum des données réunies ; une
    infinité de pas, la moyenne des w_k pesée par les seuls effectifs. Voir Karimireddy et al. 2020, arXiv:1910.06378.
    """
    covered = 1 - (1 - lr * curvatures) ** num_steps
    return np.average(optima, axis=0, weights=num_examples[:, None] * covered)


def corrected_gradient(gradient: np.ndarray, own: np.ndarray, server: np.ndarray) -> np.ndarray:
    """Corrige un gradient local comme SCAFFOLD : g − c_i + c, de la forme de `gradient`."""
    return gradient - own + server


def new_control(own: np.ndarray, server: np.ndarray, moved: np.ndarray, lr: float, num_steps: int) -> np.ndarray:
    """Calcule la nouvelle variable de contrôle d'un client : c_i − c + (x − y) / (K · lr), option II de l'article.

    moved : x − y, le modèle reçu moins le modèle appris. Cas limite : avec la correction de SCAFFOLD, c'est
    exactement la moyenne des gradients locaux des K pas.
    """
    return own - server + moved / (num_steps * lr)


def scaffold_update(
    gradient: Callable[[np.ndarray], np.ndarray],
    start: np.ndarray,
    controls: tuple[np.ndarray, np.ndarray],
    lr: float,
    num_steps: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Fait `num_steps` ≥ 1 pas locaux corrigés ; rend le modèle appris et la nouvelle variable de contrôle.

    gradient(w) : le gradient local ; controls : (c_i, c). Cas limite : c_i = c redonne les pas de FedAvg.
    Source : Karimireddy et al. 2020, arXiv:1910.06378, algorithme 1.
    """
    own, server = controls
    w = start
    for _ in range(num_steps):
        w = w - lr * corrected_gradient(gradient(w), own, server)
    return w, new_control(own, server, start - w, lr, num_steps)


def fedadam_step(
    w: np.ndarray, average: np.ndarray, m: np.ndarray, v: np.ndarray, eta: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Fait le pas du serveur de FedAdam ; rend le nouveau modèle et les nouveaux m et v.

    average : la moyenne de FedAvg ; average − w joue le rôle d'un gradient. Cas limite : si les clients ne bougent plus
    et que m = 0, le modèle ne bouge plus. Source : Reddi et al. 2021, arXiv:2003.00295, algorithme 2 ; Flower y
    multiplie eta par la correction d'Adam, √(1 − β₂^(t+1)) / (1 − β₁^(t+1)) au tour t.
    """
    change = average - w
    m = BETA_1 * m + (1 - BETA_1) * change
    v = BETA_2 * v + (1 - BETA_2) * change**2
    return w + eta * m / (np.sqrt(v) + TAU), m, v
