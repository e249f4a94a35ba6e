"""Leçon 1, Pourquoi fédérer : personal_data, concordance, transfer, mcnemar."""

from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from scipy.stats import binom, chi2

from common import metrics
from common.data import Center, Split
from common.verifier.exercise import TODO, WRONG, Exercise, is_untouched

LESSON = "semaine_1/corriges/01_pourquoi_federer.ipynb"

PERSONAL = {
    "a": "« a » en est : un nom et un diagnostic, c'est la donnée de santé même.",
    "b": "« b » en est : la table de correspondance permet de retrouver chacun (considérant 26).",
    "d": "« d » en est : date de naissance, sexe et code postal désignent souvent une seule personne.",
    "f": "« f » en est : un effectif d'une personne la désigne, surtout au village.",
}
ANONYMOUS = {
    "c": "« c » n'en est pas : un total sur 262 patients ne désigne personne.",
    "e": "« e » n'en est pas : un nombre de lits ne parle d'aucun patient.",
}
LETTERS = sorted(PERSONAL | ANONYMOUS)


@dataclass(frozen=True)
class Letters(Exercise):
    """Un choix de lettres, que l'apprenant l'écrive en ensemble, en liste, en texte ou en capitales."""

    def judge(self, answer: Any) -> tuple[str, str]:
        """Rend le verdict et sa phrase, sans rien imprimer ni lever."""
        if is_untouched(answer):
            return TODO, "à compléter."
        letters = _letters(answer)
        if not letters or not letters <= set(LETTERS):
            return WRONG, 'répondez par un ensemble de lettres de « a » à « f », écrit comme {"a", "b"}.'
        return super().judge(letters)


def _letters(answer: Any) -> set[str]:
    """Rend les lettres d'un texte ou d'une collection, en minuscules, sans parenthèse ; aucune sinon."""
    texts = answer if isinstance(answer, str | set | frozenset | list | tuple) else ()
    return {str(text).lower().strip(" )") for text in texts}


def _explain(answer: set[str]) -> str:
    """Dit pourquoi chaque lettre oubliée en est, et pourquoi chaque lettre en trop n'en est pas."""
    return " ".join(
        [PERSONAL[k] for k in PERSONAL if k not in answer] + [ANONYMOUS[k] for k in ANONYMOUS if k in answer]
    )


def _wrong_answers() -> dict[str, set[str]]:
    """Associe un message à chacun des 62 ensembles faux, l'ensemble vide mis à part."""
    subsets = (set(chosen) for size in range(1, len(LETTERS) + 1) for chosen in combinations(LETTERS, size))
    return {_explain(answer): answer for answer in subsets if answer != set(PERSONAL)}


personal_data = Letters(
    title="personal_data",
    lesson=LESSON,
    reference=set(PERSONAL),
    mistakes=_wrong_answers(),
)


def draw_scores(rng: np.random.Generator) -> tuple:
    """Tire de 1 à 39 malades, un autre nombre de patients sains, et des scores qui ont des égalités."""
    n_pos, n_neg = (int(n) for n in rng.choice(np.arange(1, 40), size=2, replace=False))
    y = rng.permutation(np.r_[np.ones(n_pos, dtype=int), np.zeros(n_neg, dtype=int)])
    return y, (rng.integers(-3, 4, size=len(y)) + y) / 4


def _strict_pairs(y, score):
    return np.mean(score[y == 1][:, None] > score[y == 0])


def _ties_win(y, score):
    return np.mean(score[y == 1][:, None] >= score[y == 0])


def _reversed_pairs(y, score):
    return 1 - metrics.concordance(y, score)


def _list_of_points(y, score):
    difference = score[y == 1][:, None] - score[y == 0]
    return list(((difference > 0) + 0.5 * (difference == 0)).ravel())


def _sum_of_pairs(y, score):
    return metrics.concordance(y, score) * np.sum(y == 1) * np.sum(y == 0)


def _divided_by_patients(y, score):
    return _sum_of_pairs(y, score) / len(y)


def _divided_by_sick(y, score):
    return _sum_of_pairs(y, score) / np.sum(y == 1)


def _lost_pairs_forgotten(y, score):
    points = np.array(_list_of_points(y, score))
    return np.mean(points[points > 0])


def _first_sick_only(y, score):
    return np.mean(_list_of_points(y, score)[: np.sum(y == 0)])


def _accuracy(y, score):
    return np.mean((score >= 0.5) == y)


def _all_pairs(y, score):
    difference = score[:, None] - score
    return np.mean((difference > 0) + 0.5 * (difference == 0))


concordance = Exercise(
    title="concordance",
    lesson=LESSON,
    reference=metrics.concordance,
    draw=draw_scores,
    mistakes={
        "une égalité vaut ½, et vous la comptez 0.": _strict_pairs,
        "une égalité vaut ½, et vous la comptez 1.": _ties_win,
        "c'est à l'envers : une paire est gagnée quand le MALADE (y = 1) a le score le plus élevé.": _reversed_pairs,
        "vous avez le total des points : divisez par le nombre de paires.": _sum_of_pairs,
        "vous divisez par le nombre de patients : divisez par le nombre de PAIRES.": _divided_by_patients,
        "vous divisez par le nombre de malades : divisez par le nombre de PAIRES.": _divided_by_sick,
        "vous rendez la liste des points : rendez leur moyenne.": _list_of_points,
        "une paire perdue vaut 0, mais elle compte dans la moyenne : ajoutez ce 0 à la liste.": _lost_pairs_forgotten,
        "vous ne comptez que le premier malade : sortez le `return` de la boucle.": _first_sick_only,
        "c'est l'exactitude au seuil 0,5 : l'AUROC compare des paires et n'a pas de seuil.": _accuracy,
        "vous trouvez toujours ½ : une paire réunit un MALADE et un patient SAIN.": _all_pairs,
    },
)


def draw_transfer(rng: np.random.Generator) -> tuple:
    """Tire de 1 à 8 modèles, autant d'hôpitaux ou non, aux noms différents, et une mesure dissymétrique."""
    d, num_models, num_centers = (int(n) for n in rng.integers(1, 9, size=3))
    predictors = {f"modèle {k}": _linear(rng.normal(size=d)) for k in range(num_models)}
    centers = {f"hôpital {k}": _center(rng, d) for k in range(num_centers)}
    return predictors, centers, _measure(float(rng.uniform(1, 3)))


def _linear(weight: np.ndarray):
    return lambda x: 1 / (1 + np.exp(-x @ weight))


def _measure(power: float):
    def measure(y, probability) -> float:
        if np.shape(y) != np.shape(probability):
            raise ValueError("il faut une probabilité par patient, `measure(center.test.y, predict(center.test.x))`")
        return float(np.mean(np.abs(y - probability) ** power) + np.mean(probability))

    return measure


def _center(rng: np.random.Generator, num_features: int) -> Center:
    sizes = rng.integers(4, 50, size=2)
    patients = np.split(np.arange(sizes.sum()), [sizes[0]])
    return Center(*(Split(rng.normal(size=(len(p), num_features)), rng.integers(0, 2, len(p)), p) for p in patients))


def _on_train(predictors, centers, measure):
    swapped = {name: Center(center.test, center.train) for name, center in centers.items()}
    return metrics.transfer(predictors, swapped, measure)


def _by_center(predictors, centers, measure):
    by_model = metrics.transfer(predictors, centers, measure)
    return {name: {model: by_model[model][name] for model in by_model} for name in centers}


def _measure_swapped(predictors, centers, measure):
    return metrics.transfer(predictors, centers, lambda y, probability: measure(probability, y))


def _classes(predictors, centers, measure):
    return metrics.transfer(predictors, centers, lambda y, probability: measure(y, (probability >= 0.5) * 1.0))


def _first_model(predictors, centers, measure):
    first = next(iter(predictors.values()))
    return metrics.transfer(dict.fromkeys(predictors, first), centers, measure)


def _last_model(predictors, centers, measure):
    *_, last = predictors.values()
    return metrics.transfer(dict.fromkeys(predictors, last), centers, measure)


def _always_auroc(predictors, centers, measure):
    return metrics.transfer(predictors, centers, metrics.auroc)


def _first_center(predictors, centers, measure):
    first = next(iter(centers.values()))
    return metrics.transfer(predictors, dict.fromkeys(centers, first), measure)


transfer = Exercise(
    title="transfer",
    lesson=LESSON,
    reference=metrics.transfer,
    draw=draw_transfer,
    mistakes={
        "vous jugez sur l'ENTRAÎNEMENT : le modèle y a déjà vu les réponses. Prenez `center.test`.": _on_train,
        "le tableau est couché : d'abord le modèle, puis l'hôpital, `result[modèle][hôpital]`.": _by_center,
        "les arguments de `measure` sont inversés : d'abord y, puis la probabilité.": _measure_swapped,
        "vous donnez des classes à `measure` : donnez-lui les probabilités.": _classes,
        "toutes les lignes viennent du premier modèle : appelez `predict` de chacun.": _first_model,
        "toutes les lignes viennent du dernier modèle : créez un nouveau dictionnaire pour chacun.": _last_model,
        "vous calculez toujours l'AUROC : appelez `measure`, reçue en argument.": _always_auroc,
        "toutes les colonnes viennent du premier hôpital : prenez `center` de chacun.": _first_center,
    },
)


def draw_mcnemar(rng: np.random.Generator) -> tuple:
    """Tire jusqu'à 191 patients ; les désaccords penchent vers A, vers B, ou vers personne."""
    few, many = sorted(int(n) for n in rng.integers(0, 16, size=2))
    only_a, only_b = [(few, many + 1), (many + 1, few), (few + 1, few + 1)][rng.integers(3)]
    right_a = np.repeat([1, 0, 1, 0], [only_a, only_b, *rng.integers(0, 81, size=2)])
    right_b = np.r_[1 - right_a[: only_a + only_b], right_a[only_a + only_b :]]
    order, y = rng.permutation(len(right_a)), rng.integers(0, 2, size=len(right_a))
    return y, np.where(right_a[order], y, 1 - y), np.where(right_b[order], y, 1 - y)


def _discordant(y, predicted_a, predicted_b):
    right_a, right_b = predicted_a == y, predicted_b == y
    return np.sum(right_a & ~right_b), np.sum(right_b & ~right_a)


def _one_sided(y, predicted_a, predicted_b):
    only_a, only_b = _discordant(y, predicted_a, predicted_b)
    return binom.cdf(min(only_a, only_b), only_a + only_b, 0.5)


def _above_one(y, predicted_a, predicted_b):
    return 2 * _one_sided(y, predicted_a, predicted_b)


def _largest_count(y, predicted_a, predicted_b):
    return 1.0


def _all_successes(y, predicted_a, predicted_b):
    right_a, right_b = np.sum(predicted_a == y), np.sum(predicted_b == y)
    return min(1.0, 2 * binom.cdf(min(right_a, right_b), right_a + right_b, 0.5))


def _all_patients(y, predicted_a, predicted_b):
    return min(1.0, 2 * binom.cdf(min(_discordant(y, predicted_a, predicted_b)), len(y), 0.5))


def _exactly_k(y, predicted_a, predicted_b):
    only_a, only_b = _discordant(y, predicted_a, predicted_b)
    return min(1.0, 2 * binom.pmf(min(only_a, only_b), only_a + only_b, 0.5))


def _always_a(y, predicted_a, predicted_b):
    only_a, only_b = _discordant(y, predicted_a, predicted_b)
    return min(1.0, 2 * binom.cdf(only_a, only_a + only_b, 0.5))


def _chi_squared(y, predicted_a, predicted_b):
    only_a, only_b = _discordant(y, predicted_a, predicted_b)
    return chi2.sf((abs(only_a - only_b) - 1) ** 2 / (only_a + only_b), 1)


def _without_truth(y, predicted_a, predicted_b):
    return metrics.mcnemar(np.ones_like(y), predicted_a, predicted_b)


mcnemar = Exercise(
    title="mcnemar",
    lesson=LESSON,
    reference=metrics.mcnemar,
    draw=draw_mcnemar,
    mistakes={
        "il manque le « deux fois » : un écart peut pencher vers A comme vers B.": _one_sided,
        "une probabilité ne dépasse pas 1 : prenez `min(1.0, …)`.": _above_one,
        "vous trouvez toujours 1 : k est le plus PETIT des deux, et la pièce est équilibrée (0,5).": _largest_count,
        "vous comptez toutes les bonnes réponses : ne gardez que celles où UN SEUL des deux a raison.": _all_successes,
        "n est le nombre de désaccords, pas le nombre de patients.": _all_patients,
        "vous avez la probabilité d'EXACTEMENT k piles : `binom.cdf` donne celle d'au plus k.": _exactly_k,
        "k est le plus petit des DEUX nombres, pas toujours celui de A.": _always_a,
        "c'est l'approximation du khi-deux : ici, le calcul exact, avec `binom.cdf`.": _chi_squared,
        "vous oubliez y : un désaccord ne dit pas encore qui a raison.": _without_truth,
    },
)
