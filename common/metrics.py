"""Mesurer un modèle : exactitude et AUROC, avec leurs intervalles à 95 %, centre par centre.

Un chiffre sans effectif ni intervalle ne dit rien : 9 bonnes réponses sur 10, c'est entre 60 et 98 %.
"""

from collections.abc import Callable, Mapping, Sequence
from math import isnan, nan
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.optimize import brentq
from scipy.special import ndtri
from scipy.stats import binom, binomtest
from sklearn.metrics import roc_auc_score

from common.data import Center, FederatedDataset, Split

CONFIDENCE = 0.95
MIN_PER_CLASS = 5
POOLED = "tous"


class Estimate(NamedTuple):
    """Une estimation et son intervalle à 95 %, sans unité ; trois NaN quand elle est « non estimable »."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        if isnan(self.value):
            return "non estimable"
        return f"{self.value:.2f} [{self.low:.2f} ; {self.high:.2f}]".replace(".", ",")


NOT_ESTIMABLE = Estimate(nan, nan, nan)


def accuracy(y: ArrayLike, predicted: ArrayLike) -> Estimate:
    """Exactitude (part de bonnes réponses) et son intervalle de Wilson à 95 %.

    `y` et `predicted` : classes entières, de forme (n,). ValueError si les formes diffèrent ou si `predicted`
    contient autre chose que des classes. Cas limite : sans exemple, « non estimable ».
    Source : Wilson, 1927, J. Am. Stat. Assoc. 22.
    """
    y, predicted = _paired(y, predicted)
    if np.any(predicted % 1 != 0):
        raise ValueError(
            "L'exactitude compare des classes, et les prédictions reçues n'en sont pas (des probabilités ?). "
            "Écrivez accuracy(y, probability >= 0.5)."
        )
    if not len(y):
        return NOT_ESTIMABLE
    test = binomtest(int(np.sum(y == predicted)), len(y))
    interval = test.proportion_ci(CONFIDENCE, method="wilson")
    return Estimate(float(test.statistic), float(interval.low), float(interval.high))


def auroc(y: ArrayLike, score: ArrayLike) -> Estimate:
    """AUROC : la probabilité qu'un positif ait un score plus élevé qu'un négatif (une égalité compte ½).

    `y` : 0 ou 1, de forme (n,) ; `score` : réels, de forme (n,). ValueError si les formes diffèrent, si `y` a
    d'autres valeurs ou si un score n'est pas fini. Cas limites : sous cinq exemples d'une classe, « non
    estimable » ; AUROC = 1 garde un intervalle ([0,64 ; 1,00] pour 5 + 5), là où le bootstrap rend [1 ; 1].
    Source : Newcombe, 2006, Statistics in Medicine 25:559-573 (méthode 5).
    """
    y, score = _paired(y, score)
    n_pos, n_neg = _class_counts(y)
    if not np.all(np.isfinite(score)):
        raise ValueError(
            f"{np.sum(~np.isfinite(score))} score(s) ne sont pas finis (NaN ou infini) : l'AUROC ne peut pas "
            "les ranger. L'entraînement a sans doute divergé ; baissez le taux d'apprentissage."
        )
    if min(n_pos, n_neg) < MIN_PER_CLASS:
        return NOT_ESTIMABLE
    value = concordance(y, score)
    return Estimate(value, *_newcombe(value, n_pos, n_neg))


def concordance(y: ArrayLike, score: ArrayLike) -> float:
    """Part des paires (positif, négatif) bien rangées, une égalité comptant ½ : l'AUROC, sans intervalle.

    `y` : 0 ou 1, de forme (n,) ; `score` : réels finis, de forme (n,). ValueError si une classe manque : il n'y a
    alors aucune paire. Cas limite : un score constant rend ½. Source : Hanley et McNeil, 1982, Radiology 143:29-36.
    """
    y, score = _paired(y, score)
    n_pos, n_neg = _class_counts(y)
    if not n_pos * n_neg:
        raise ValueError(
            f"{n_pos} positif(s) et {n_neg} négatif(s) : il n'y a aucune paire à ranger, donc pas d'AUROC. "
            "Réunissez un jeu de test qui contient les deux classes."
        )
    return float(roc_auc_score(y, score))


def mcnemar(y: ArrayLike, predicted_a: ArrayLike, predicted_b: ArrayLike) -> float:
    """Valeur p du test exact de McNemar : deux modèles, jugés sur les mêmes patients, se valent-ils ?

    `y`, `predicted_a`, `predicted_b` : classes, de forme (n,). Ne comptent que les patients où un seul des deux a
    raison ; s'ils se valent, chacun l'emporte une fois sur deux. ValueError si les formes diffèrent. Cas limite :
    aucun désaccord rend 1. Source : McNemar, 1947, Psychometrika 12:153-157.
    """
    right_a = np.equal(*_paired(y, predicted_a))
    right_b = np.equal(*_paired(y, predicted_b))
    only_a, only_b = np.sum(right_a & ~right_b), np.sum(right_b & ~right_a)
    return float(min(1.0, 2 * binom.cdf(min(only_a, only_b), only_a + only_b, 0.5)))


def transfer(
    predictors: Mapping[str, Callable[[np.ndarray], np.ndarray]],
    centers: Mapping[str, Center],
    measure: Callable[[np.ndarray, np.ndarray], Any],
) -> dict[str, dict[str, Any]]:
    """Juge chaque modèle sur le jeu de test de chaque centre : rend modèle → centre → mesure.

    `predictors` : nom → fonction x → prédictions ; `measure(y, predictions)` rend la mesure, par exemple `auroc`.
    """
    return {
        model: {name: measure(center.test.y, predict(center.test.x)) for name, center in centers.items()}
        for model, predict in predictors.items()
    }


def per_center(dataset: FederatedDataset, predict: Callable[[np.ndarray], ArrayLike]) -> pd.DataFrame:
    """Les mesures d'un modèle binaire sur le jeu de test de chaque centre, puis de « tous » réunis.

    `predict(x)` rend la probabilité de la classe 1, de forme (n,). Une ligne par centre : center, n_pos,
    n_neg, accuracy, auroc et leurs bornes (_low, _high) ; NaN se lit « non estimable ». La classe prédite est
    1 dès que la probabilité atteint 0,5. ValueError si `y` n'est pas binaire, ou si `predict` rend autre
    chose que des probabilités.
    """
    rows = [_row(name, center.test, predict) for name, center in dataset.items()]
    return pd.DataFrame([*rows, _row(POOLED, dataset.test, predict)])


def rounds_to_target(values: pd.Series | Sequence[float], target: float) -> float | None:
    """Le nombre de tours qu'il faut à la courbe, rendue monotone, pour atteindre `target` ; None si jamais.

    `values` : une suite dont le premier élément est le tour 0 (le modèle initial), ou une série indexée par
    le tour. La courbe garde le meilleur des tours passés et se lit par interpolation linéaire, d'où un nombre
    de tours à virgule. Cas limite : une cible déjà atteinte au premier point rend le tour de ce point.
    Source : McMahan et al., 2017, arXiv:1602.05629, section 3.
    """
    best = pd.Series(values, dtype=float).dropna().cummax()
    reached = np.flatnonzero(best >= target)
    if not reached.size:
        return None
    around = best.iloc[max(reached[0] - 1, 0) : reached[0] + 1]
    return float(np.interp(target, around.to_numpy(), around.index.to_numpy()))


def _row(name: str, test: Split, predict: Callable[[np.ndarray], ArrayLike]) -> dict[str, float | str]:
    n_pos, n_neg = _class_counts(test.y)
    y, probability = _paired(test.y, predict(test.x))
    if np.any((probability < 0) | (probability > 1)):
        raise ValueError(
            f"Centre « {name} » : `predict` doit rendre des probabilités, entre 0 et 1, et a rendu des "
            f"valeurs de {probability.min():.3g} à {probability.max():.3g}. "
            "Appliquez la sigmoïde aux sorties du modèle."
        )
    row = {"center": name, "n_pos": n_pos, "n_neg": n_neg}
    for metric, estimate in [
        ("accuracy", accuracy(y, probability >= 0.5)),
        ("auroc", auroc(y, probability)),
    ]:
        row |= {metric: estimate.value, f"{metric}_low": estimate.low, f"{metric}_high": estimate.high}
    return row


def _paired(y: ArrayLike, other: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    y, other = np.asarray(y), np.asarray(other)
    if y.ndim != 1 or y.shape != other.shape:
        raise ValueError(
            f"Il faut une prédiction par exemple, en deux vecteurs de même longueur : y a la forme "
            f"{y.shape}, les prédictions {other.shape}. Une colonne (n, 1) s'aplatit avec .ravel()."
        )
    return y, other


def _class_counts(y: np.ndarray) -> tuple[int, int]:
    unexpected = np.setdiff1d(y, [0, 1])
    if unexpected.size:
        raise ValueError(
            f"Cette mesure est binaire : y doit valoir 0 ou 1, or il contient "
            f"{unexpected[:5].tolist()}. Choisissez la classe positive, par exemple y = (y == 3).astype(int)."
        )
    return int(np.sum(y == 1)), int(np.sum(y == 0))


def _newcombe(value: float, n_pos: int, n_neg: int) -> tuple[float, float]:
    """Les θ dont `value` est à moins de z écarts-types, pris en θ (comme le fait Wilson)."""
    z = ndtri((1 + CONFIDENCE) / 2)
    half = (n_pos + n_neg) / 2 - 1

    def excess(theta: float) -> float:
        spread = 1 + half * ((1 - theta) / (2 - theta) + theta / (1 + theta))
        return (value - theta) ** 2 - z**2 * theta * (1 - theta) * spread / (n_pos * n_neg)

    tiny = 1e-12
    low = 0.0 if value <= tiny else brentq(excess, 0, min(value, 1 - tiny))
    high = 1.0 if value >= 1 - tiny else brentq(excess, max(value, tiny), 1)
    return low, high
