"""Combien de bruit gaussien pour un budget (ε, δ) ? La formule classique, et l'exacte, qui en demande moins.

Partout, `sigma` est l'écart-type du bruit, dans l'unité de `sensitivity`, la sensibilité L2 de la réponse. Avec
`sensitivity=1`, il n'a plus d'unité : c'est le `noise_multiplier` d'Opacus. Le voisinage (ajouter une personne, ou en
remplacer une) est celui de la sensibilité.
"""

import math

from scipy.optimize import brentq
from scipy.special import log_ndtr

ROOT_TOLERANCE = 1e-12


def gaussian_delta(sigma: float, epsilon: float, sensitivity: float = 1.0) -> float:
    """Le plus petit δ pour lequel un bruit gaussien est (ε, δ)-confidentiel : une formule exacte.

    δ = Φ(Δ/2σ − εσ/Δ) − e^ε · Φ(−Δ/2σ − εσ/Δ), où Δ est `sensitivity`. ValueError si un argument est négatif. Cas
    limites : sans bruit, 1 (la réponse dit tout) ; sensibilité nulle, bruit ou ε infini, 0 ; ε = 0, la distance en
    variation totale, 2Φ(Δ/2σ) − 1. Source : Balle et Wang, 2018, arXiv:1805.06530, théorème 8.
    """
    if not (sigma >= 0 and epsilon >= 0 and sensitivity >= 0):
        raise ValueError(f"Il faut sigma, epsilon et sensitivity positifs ou nuls : {sigma}, {epsilon}, {sensitivity}.")
    if sensitivity == 0 or math.inf in (sigma, epsilon):
        return 0.0
    if sigma == 0:
        return 1.0
    half, shift = sensitivity / (2 * sigma), epsilon * sigma / sensitivity
    kept, removed = log_ndtr(half - shift), epsilon + log_ndtr(-half - shift)  # en logarithme : e^ε déborderait
    return float(math.exp(kept) * -math.expm1(min(removed - kept, 0.0)))


def gaussian_epsilon(sigma: float, delta: float, sensitivity: float = 1.0) -> float:
    """Le plus petit ε pour lequel un bruit gaussien est (ε, δ)-confidentiel : l'inverse exact de `gaussian_delta`.

    ValueError si δ n'est pas dans ]0, 1[ ou si un autre argument est négatif. Cas limites : sans bruit, l'infini ;
    sensibilité nulle, ou bruit si grand que δ suffit, 0. Source : Balle et Wang, 2018, arXiv:1805.06530, théorème 8.
    """
    _check_budget(1.0, delta, sensitivity)
    if gaussian_delta(sigma, 0.0, sensitivity) <= delta:
        return 0.0
    high = 1.0
    while gaussian_delta(sigma, high, sensitivity) > delta:
        high *= 2
    if high == math.inf:
        return math.inf
    found = brentq(lambda e: gaussian_delta(sigma, e, sensitivity) / delta - 1, 0.0, high, rtol=ROOT_TOLERANCE)
    return found * (1 + 10 * ROOT_TOLERANCE)


def classic_gaussian_sigma(epsilon: float, delta: float, sensitivity: float = 1.0) -> float:
    """L'écart-type classique, Δ · √(2 ln(1,25/δ)) / ε : simple, plus grand qu'il ne faut, et vrai si ε < 1 seulement.

    ValueError si ε n'est pas dans ]0, 1[ : au-delà, la preuve tombe, et la formule finit par mettre trop peu de
    bruit. Source : Dwork et Roth, 2014, théorème A.1 (doi:10.1561/0400000042).
    """
    _check_budget(epsilon, delta, sensitivity)
    if epsilon >= 1:
        raise ValueError(
            f"La formule classique ne vaut que pour ε < 1, et vous demandez {epsilon} : rien ne prouverait la "
            "confidentialité. Prenez analytic_gaussian_sigma(epsilon, delta, sensitivity), exacte pour tout ε."
        )
    return sensitivity * math.sqrt(2 * math.log(1.25 / delta)) / epsilon


def analytic_gaussian_sigma(epsilon: float, delta: float, sensitivity: float = 1.0) -> float:
    """Le plus petit écart-type qui soit (ε, δ)-confidentiel, pour tout ε > 0.

    Inverse `gaussian_delta`, décroissante en σ ; le résultat est arrondi par excès, jamais du mauvais côté. ValueError
    si ε ≤ 0, si δ n'est pas dans ]0, 1[ ou si `sensitivity` est négative. Cas limites : il est proportionnel à
    `sensitivity` ; une sensibilité nulle, ou ε infini, rend 0. Source : Balle et Wang, 2018, arXiv:1805.06530,
    algorithme 1.
    """
    _check_budget(epsilon, delta, sensitivity)
    if epsilon == math.inf:
        return 0.0
    high = 1.0
    while gaussian_delta(high, epsilon) > delta:
        high *= 2
    low = high / 2
    while gaussian_delta(low, epsilon) <= delta:
        low /= 2
    sigma = brentq(lambda s: gaussian_delta(s, epsilon) / delta - 1, low, high, rtol=ROOT_TOLERANCE, xtol=1e-300)
    return sensitivity * sigma * (1 + 10 * ROOT_TOLERANCE)


def _check_budget(epsilon: float, delta: float, sensitivity: float) -> None:
    if not epsilon > 0 or not 0 < delta < 1 or not sensitivity >= 0:
        raise ValueError(
            f"Budget impossible : epsilon = {epsilon}, delta = {delta}, sensitivity = {sensitivity}. Il faut ε > 0, "
            "0 < δ < 1 (bien moins que 1/n, par exemple 1e-5) et une sensibilité positive ou nulle."
        )
