"""Inférence d'appartenance : ce patient a-t-il servi à entraîner le modèle ?

« Oui » suffit parfois à tout dire : figurer dans le jeu d'entraînement d'un modèle du VIH apprend le diagnostic. Une
exactitude d'attaque moyenne rassure à tort : une attaque qui ne nomme qu'un patient sur cent, mais à coup sûr, est
grave, et ne se voit qu'à très faible taux de fausses alertes (Carlini et al. 2022).
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import norm

from common.metrics import NOT_ESTIMABLE, Estimate, accuracy, auroc

ROUNDING = 1e-9  # en virgule flottante, 100 × 0,29 vaut 28,999…, et doit valoir 29
SMALLEST_LOSS = 1e-12  # sous cette perte, la probabilité s'arrondit à 1 et son logit serait infini


class AttackRates(NamedTuple):
    """Ce que vaut une attaque : AUROC, part des membres reconnus à 1 % et à 0,1 % de fausses alertes, effectifs."""

    auc: Estimate
    tpr_at_1_percent: Estimate
    tpr_at_01_percent: Estimate
    num_members: int
    num_others: int


def example_losses(probability: ArrayLike, y: ArrayLike) -> np.ndarray:
    """Calcule la perte de chaque exemple, −ln(probabilité que le modèle donne à sa vraie classe).

    `probability` : `(n, classes)`, ou `(n,)` pour la classe 1, comme la rend `predict` ; `y` : `(n,)` classes. Rend
    `(n,)`. Cas limite : une probabilité nulle compte pour le plus petit flottant positif, non pour une perte infinie.
    """
    probability = np.asarray(probability)
    if probability.ndim == 1:
        probability = np.column_stack([1 - probability, probability])
    right = probability[np.arange(len(probability)), np.asarray(y)]
    return -np.log(np.maximum(right, np.finfo(float).tiny))


def loss_threshold_attack(losses: ArrayLike, threshold: float) -> np.ndarray:
    """Désigne comme membres les exemples dont la perte ne dépasse pas `threshold`.

    `losses` : `(n,)`, la perte du modèle attaqué sur chaque exemple ; rend `(n,)` booléens. Le seuil de l'article est
    la perte moyenne d'entraînement. Cas limite : un modèle qui ne surapprend pas désigne tout le monde pareil.
    Source : Yeom et al. 2018, arXiv:1709.01604, adversaire 2.
    """
    return np.asarray(losses) <= threshold


def attack_rates(scores_members: ArrayLike, scores_others: ArrayLike) -> AttackRates:
    """Mesure une attaque d'après les scores de vrais membres et de vrais non-membres (grand = « membre »).

    Deux vecteurs, de tailles quelconques. Cas limites : des scores au hasard donnent une AUROC de ½ et un taux égal au
    taux de fausses alertes ; trop peu de non-membres rend « non estimable » (voir `tpr_at_fpr`).
    """
    members, others = np.asarray(scores_members, dtype=float), np.asarray(scores_others, dtype=float)
    y = np.repeat([1, 0], [len(members), len(others)])
    auc = auroc(y, np.concatenate([members, others]))
    rates = (tpr_at_fpr(members, others, fpr) for fpr in (0.01, 0.001))
    return AttackRates(auc, *rates, len(members), len(others))


def tpr_at_fpr(scores_members: ArrayLike, scores_others: ArrayLike, fpr: float) -> Estimate:
    """Part des membres reconnus par l'attaque quand elle n'accuse à tort qu'une part `fpr` des non-membres.

    Le seuil est le plus bas qui n'accuse pas plus de `fpr` des non-membres ; un score égal au seuil n'accuse pas.
    L'intervalle de Wilson tient compte du nombre de membres, non du hasard du seuil. Cas limite : sous 1 / `fpr`
    non-membres (1 000 pour 0,1 %), aucune fausse alerte n'est permise : « non estimable ».
    Source : Carlini et al. 2022, arXiv:2112.03570.
    """
    if len(scores_others) * fpr < 1 - ROUNDING:
        return NOT_ESTIMABLE
    named = np.asarray(scores_members) > threshold_at_fpr(scores_others, fpr)
    return accuracy(np.ones(len(named), dtype=int), named.astype(int))


def threshold_at_fpr(scores_others: ArrayLike, fpr: float) -> float:
    """Le plus bas seuil qui n'accuse à tort qu'une part `fpr` des non-membres ; est accusé qui le dépasse strictement.

    `scores_others` : `(n,)`, les scores de vrais non-membres, n ≥ 1 ; `fpr` dans [0, 1[. ValueError sinon, ou si un
    score est NaN : le seuil le serait aussi, et l'attaque semblerait échouer. Cas limite : sous 1 / n, aucune fausse
    alerte n'est permise, et le seuil est le plus grand score.
    """
    _check_others(scores_others, fpr)
    highest_first = np.sort(scores_others)[::-1]
    return float(highest_first[int(len(highest_first) * fpr + ROUNDING)])


def logit_confidence(losses: ArrayLike) -> np.ndarray:
    """Change une perte en logit de la vraie classe, ln(p / (1 − p)) où p = exp(−perte).

    `losses` : entropies croisées ≥ 0, de forme quelconque. Ce logit-là suit à peu près une loi normale, ce que la perte
    ne fait pas. Cas limite : une perte nulle compte pour 1e-12. Source : Carlini et al. 2022, section V.
    """
    losses = np.maximum(losses, SMALLEST_LOSS)
    return -losses - np.log(-np.expm1(-losses))


def lira_offline(target: ArrayLike, shadows: ArrayLike, is_member: ArrayLike) -> np.ndarray:
    """Score LiRA hors ligne : la probabilité qu'un modèle qui n'a PAS vu l'exemple y soit moins sûr que la cible.

    `target` : `(n,)`, logits du modèle attaqué ; `shadows` : `(k, n)`, ceux de k modèles fantômes ; `is_member` : `(k,
    n)`, vrai où le fantôme a vu l'exemple. Rend `(n,)` dans [0, 1]. Avec si peu de fantômes, l'écart-type est commun à
    tous les exemples. Erreur : `ValueError` si un exemple est vu de tous. Source : Carlini et al. 2022, algorithme 1.
    """
    mean, std = _gaussian(shadows, ~np.asarray(is_member, dtype=bool))
    return norm.cdf(np.asarray(target), mean, std)


def lira_online(target: ArrayLike, shadows: ArrayLike, is_member: ArrayLike) -> np.ndarray:
    """Score LiRA en ligne : log du rapport de vraisemblance, « vu » contre « pas vu ».

    Arguments de `lira_offline` ; l'attaquant dispose ici de fantômes qui ont vu l'exemple visé. Rend `(n,)` réels.
    Erreur : `ValueError` si un exemple n'est vu d'aucun fantôme, ou de tous. Source : Carlini et al. 2022,
    algorithme 1.
    """
    is_member, target = np.asarray(is_member, dtype=bool), np.asarray(target)
    seen, unseen = _gaussian(shadows, is_member), _gaussian(shadows, ~is_member)
    return norm.logpdf(target, *seen) - norm.logpdf(target, *unseen)


def shadow_logits(
    losses_after_training: Callable[[np.ndarray], ArrayLike], num_examples: int, num_shadows: int, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Entraîne des modèles fantômes, chacun sur une moitié au hasard ; rend leurs logits et qui a vu quoi, `(k, n)`.

    `losses_after_training(indices)` entraîne un modèle neuf sur ces exemples et rend sa perte sur les n. Chaque moitié
    sert avec son complément : chaque exemple est vu d'exactement un fantôme sur deux. Erreur : `ValueError` si
    `num_shadows` est impair ou < 2.
    """
    if num_shadows < 2 or num_shadows % 2:
        raise ValueError(f"Il faut un nombre pair de fantômes, au moins 2 : vous en demandez {num_shadows}.")
    rng = np.random.default_rng(seed)
    halves = [rng.permutation(num_examples) < num_examples // 2 for _ in range(num_shadows // 2)]
    is_member = np.array([side for half in halves for side in (half, ~half)])
    losses = [losses_after_training(np.flatnonzero(row)) for row in is_member]
    return logit_confidence(np.array(losses)), is_member


def _check_others(scores_others: ArrayLike, fpr: float) -> None:
    missing = int(np.isnan(scores_others).sum())
    if not np.size(scores_others) or missing or not 0 <= fpr < 1:
        raise ValueError(
            f"Pas de seuil pour {np.size(scores_others)} non-membre(s), dont {missing} score(s) NaN, et fpr = {fpr}. "
            "Il faut des scores qui soient des nombres, un au moins, et fpr dans [0, 1[, par exemple 0.01. Un NaN "
            "vient d'un entraînement qui a divergé : baissez le taux d'apprentissage."
        )


def _gaussian(logits: ArrayLike, chosen: np.ndarray) -> tuple[np.ndarray, float]:
    """Rend la moyenne de chaque exemple `(n,)` sur les fantômes choisis `(k, n)`, et l'écart-type commun à tous."""
    logits, counts = np.asarray(logits, dtype=float), chosen.sum(axis=0)
    if logits.shape != chosen.shape or counts.min() < 1 or counts.sum() <= len(counts):
        raise ValueError(
            f"Fantômes insuffisants : {logits.shape} logits, {chosen.shape} appartenances. Chaque exemple doit être vu "
            "d'au moins un fantôme et ignoré d'un autre, et davantage en moyenne : ajoutez-en (quatre au moins)."
        )
    mean = np.where(chosen, logits, 0).sum(axis=0) / counts
    residuals = np.where(chosen, logits - mean, 0)
    return mean, float(np.sqrt((residuals**2).sum() / (counts.sum() - len(counts))))
