"""Auditer un mécanisme : attaquer des milliers de fois, et en tirer une borne INFÉRIEURE sur son ε.

L'attaquant voit une sortie et devine si elle vient du jeu de données ou de son voisin. Si (ε, δ) tient, il ne peut
pas deviner trop bien. Une borne au-dessus de l'ε annoncé prouve donc, au niveau de confiance près, une erreur. Une
borne au-dessous ne prouve rien : une meilleure attaque, ou d'autres voisins, la feraient peut-être monter.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri
from scipy.stats import beta

from common.privacy.calibration import gaussian_epsilon

CONFIDENCE = 0.95
NUM_THRESHOLDS = 201
CANARY_FACTOR = 100.0

Mechanism = Callable[[Any, np.random.Generator], ArrayLike]
Bound = Callable[..., float | np.ndarray]  # (réussites, fausses alarmes, n, confidence=…) → borne


class Audit(NamedTuple):
    """Ce qu'un audit a trouvé : la borne inférieure sur ε, et les réussites de l'attaque d'où elle vient.

    Sur `num_trials` sorties de chaque jeu, l'attaquant a répondu « voisin » `true_positives` fois à raison et
    `false_positives` fois à tort.
    """

    epsilon: float
    true_positives: int
    false_positives: int
    num_trials: int

    def __str__(self) -> str:
        return (
            f"ε ≥ {self.epsilon:.2f} (confiance {100 * CONFIDENCE:.0f} %) : voisin reconnu {self.true_positives} fois "
            f"sur {self.num_trials}, à tort {self.false_positives} fois sur {self.num_trials}"
        ).replace(".", ",")


def epsilon_lower_bound(
    true_positives: ArrayLike, false_positives: ArrayLike, n: int, delta: float = 0.0, confidence: float = CONFIDENCE
) -> float | np.ndarray:
    """Borne inférieure sur ε, d'après une attaque qui a réussi et échoué tant de fois.

    `n` essais sur chaque jeu ; `true_positives` sur le voisin, `false_positives` sur l'autre : des nombres, ou des
    tableaux de mêmes formes. Les deux taux reçoivent un intervalle de Clopper-Pearson ; Bonferroni partage l'erreur
    permise entre eux. Puis ε ≥ ln((TPR − δ) / FPR), et de même avec les réponses « pas le voisin ». ValueError si un
    nombre sort de [0, n]. Cas limites : au hasard, 0 ; une attaque parfaite ne prouve qu'environ ln(n / 3,7).
    Sources : Jagielski et al., 2020, arXiv:2006.07709 ; Nasr et al., 2021, arXiv:2101.04535.
    """
    tpr_low, _ = clopper_pearson(true_positives, n, (1 + confidence) / 2)
    _, fpr_high = clopper_pearson(false_positives, n, (1 + confidence) / 2)
    ratios = (tpr_low - delta) / fpr_high, (1 - fpr_high - delta) / (1 - tpr_low)
    bound = np.log(np.maximum(1.0, np.maximum(*ratios)))
    return bound if bound.ndim else float(bound)


def mu_lower_bound(
    true_positives: ArrayLike, false_positives: ArrayLike, n: int, confidence: float = CONFIDENCE
) -> float | np.ndarray:
    """Borne inférieure sur μ = sensibilité / écart-type, si le bruit est gaussien : bien plus serrée que celle d'ε.

    Mêmes arguments qu'`epsilon_lower_bound`. μ ≥ Φ⁻¹(TPR) − Φ⁻¹(FPR), jamais moins que 0. Le pire d'un bruit gaussien
    est un événement rare, que peu d'essais montrent ; ici, tout seuil informe. Un pas de DP-SGD annonce
    μ = 1 / noise_multiplier. ValueError si un nombre sort de [0, n].
    Source : Nasr et al., 2023, arXiv:2302.07956 ; Dong, Roth et Su, 2022, arXiv:1905.02383.
    """
    tpr_low, _ = clopper_pearson(true_positives, n, (1 + confidence) / 2)
    _, fpr_high = clopper_pearson(false_positives, n, (1 + confidence) / 2)
    bound = np.maximum(0.0, ndtri(tpr_low) - ndtri(fpr_high))
    return bound if bound.ndim else float(bound)


def clopper_pearson(successes: ArrayLike, n: int, one_sided: float) -> tuple[np.ndarray, np.ndarray]:
    """Bornes exactes d'un taux : chacune, seule, est vraie avec au moins la probabilité `one_sided`.

    `successes` sur `n` essais. ValueError si un nombre sort de [0, n]. Cas limites : aucun succès rend 0 pour borne
    basse ; n succès, 1 pour borne haute. Source : Clopper et Pearson, 1934, Biometrika 26:404-413.
    """
    k = np.asarray(successes)
    if not n > 0 or np.any((k < 0) | (k > n)):
        raise ValueError(f"Sur {n} essais, les réussites et les fausses alarmes se comptent de 0 à {n}, et n ≥ 1.")
    low = np.where(k == 0, 0.0, beta.ppf(1 - one_sided, np.maximum(k, 1), n - k + 1))
    high = np.where(k == n, 1.0, beta.ppf(one_sided, k + 1, np.maximum(n - k, 1)))
    return low, high


def audit(
    mechanism: Mechanism, dataset: Any, neighbour: Any, num_trials: int, delta: float, rng: np.random.Generator
) -> Audit:
    """Fait tourner `mechanism(données, rng)` `num_trials` fois sur chaque jeu, attaque, et rend la borne trouvée.

    `dataset` et `neighbour` diffèrent d'une personne, choisie au pire ; la sortie est un nombre ou un tableau. Une
    moitié des essais choisit l'attaque (une direction, un seuil), l'autre la mesure : choisir et mesurer sur les
    mêmes fausserait la confiance. ValueError si `num_trials` < 4 ou si une sortie n'est pas finie. Cas limites : deux
    jeux égaux rendent 0 (à la confiance près) ; sans bruit, environ ln(num_trials / 7,4).
    Ne voit pas : un ε tenu par ces voisins-ci et rompu par d'autres, un écart que ne montre aucune direction, une fuite
    par les derniers bits (Mironov, 2012).
    """
    return _attack(mechanism, (dataset, neighbour), num_trials, rng, partial(epsilon_lower_bound, delta=delta))


def audit_step(
    private_gradient: Mechanism, gradients: ArrayLike, num_trials: int, delta: float, rng: np.random.Generator
) -> Audit:
    """Audite un pas de DP-SGD : le gradient rendu trahit-il la présence d'un exemple espion, le canari ?

    `gradients` : ceux du lot, un par exemple, de forme (n, d) ; `private_gradient(gradients, rng)` rend le gradient
    bruité, de forme (d,), somme ou moyenne par une taille FIXE. L'attaquant connaît le canari et regarde dans sa
    direction : c'est le cas le pire, celui que borne l'ε d'un pas sans échantillonnage, `gaussian_epsilon(σ, delta)`.
    La borne suppose le bruit gaussien, comme DP-SGD l'annonce (`mu_lower_bound`) ; elle dit donc aussi le plus grand
    bruit que le pas ait pu ajouter. ValueError et cas limites : ceux d'`audit`.
    Source : Nasr et al., 2021, arXiv:2101.04535 (attaque « boîte blanche », gradient de Dirac).
    """
    gradients = np.asarray(gradients, dtype=float)
    canary = dirac_canary(gradients)
    coordinate = int(np.argmax(canary))

    def towards_canary(batch: np.ndarray, trial_rng: np.random.Generator) -> float:
        return np.asarray(private_gradient(batch, trial_rng))[coordinate]

    datasets = gradients, np.vstack([gradients, canary])
    found = _attack(towards_canary, datasets, num_trials, rng, mu_lower_bound)
    mu = found.epsilon  # ici, la borne est un μ
    return found._replace(epsilon=gaussian_epsilon(1 / mu, delta) if mu else 0.0)


def dirac_canary(gradients: ArrayLike) -> np.ndarray:
    """Un gradient espion, nul partout sauf dans la direction que les autres utilisent le moins, et cent fois trop long.

    `gradients` : de forme (n, d) ; rend (d,). Sa norme est `CANARY_FACTOR` fois le plus long gradient (ou fois 1, si
    tous sont plus courts) : l'écrêtage doit le raccourcir, et son absence se voit.
    """
    gradients = np.asarray(gradients, dtype=float)
    canary = np.zeros(gradients.shape[1])
    canary[np.argmin(np.sum(gradients**2, axis=0))] = CANARY_FACTOR * np.linalg.norm(gradients, axis=1).max(initial=1)
    return canary


def _attack(
    mechanism: Mechanism, datasets: tuple[Any, Any], num_trials: int, rng: np.random.Generator, bound: Bound
) -> Audit:
    """Choisit l'attaque sur une moitié des essais, la mesure sur l'autre ; `bound` juge l'une et l'autre."""
    if num_trials < 4:
        raise ValueError(f"{num_trials} essais ne suffisent pas : quelques milliers donnent une borne utile.")
    without, with_neighbour = (_outputs(mechanism, dataset, num_trials, rng) for dataset in datasets)
    half = num_trials // 2
    direction = _direction(without[:half], with_neighbour[:half])
    negatives, positives = without @ direction, with_neighbour @ direction
    threshold = _threshold(negatives[:half], positives[:half], bound)
    tp, fp = (int(np.sum(scores[half:] >= threshold)) for scores in (positives, negatives))
    return Audit(float(bound(tp, fp, num_trials - half)), tp, fp, num_trials - half)


def _outputs(mechanism: Mechanism, dataset: Any, num_trials: int, rng: np.random.Generator) -> np.ndarray:
    """Rend les sorties aplaties, de forme (num_trials, d)."""
    outputs = np.stack([np.ravel(mechanism(dataset, rng)) for _ in range(num_trials)]).astype(float)
    if not np.all(np.isfinite(outputs)):
        raise ValueError("Le mécanisme a rendu une valeur qui n'est pas finie (NaN ou infini) : rien à comparer.")
    return outputs


def _direction(negatives: np.ndarray, positives: np.ndarray) -> np.ndarray:
    """Rend la direction qui sépare les deux nuages, (d,) : l'écart des moyennes, divisé par la variance du bruit."""
    variance = (negatives.var(axis=0) + positives.var(axis=0)) / 2
    return (positives.mean(axis=0) - negatives.mean(axis=0)) / np.maximum(variance, np.finfo(float).eps)


def _threshold(negatives: np.ndarray, positives: np.ndarray, bound: Bound) -> float:
    """Rend le seuil qui donne la plus grande borne : on répond « voisin » à partir de lui.

    La meilleure de tant de bornes l'est souvent par chance : Bonferroni, entre les seuils, écarte celles-là.
    """
    candidates = np.unique(np.quantile(np.concatenate([negatives, positives]), np.linspace(0, 1, NUM_THRESHOLDS)))
    tp, fp = (len(scores) - np.searchsorted(np.sort(scores), candidates) for scores in (positives, negatives))
    confidence = 1 - (1 - CONFIDENCE) / len(candidates)
    return float(candidates[np.argmax(bound(tp, fp, len(positives), confidence=confidence))])
