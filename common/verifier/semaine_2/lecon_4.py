"""Leçon 4, La confidentialité différentielle : la réponse aléatoire, le bruit de Laplace, la somme bornée."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from common import privacy
from common.verifier.exercise import Exercise
from common.verifier.hints import hinted_errors
from common.verifier.semaine_2 import lecon_4_fautes as fautes

LESSON = "semaine_2/corriges/04_confidentialite_differentielle.ipynb"
NUM_NOISES = 20_000
HINTS = {
    "has no len|no attribute 'shape'|no attribute 'size'": (
        "la valeur peut être un seul nombre, demandez sa forme à `np.shape(value)`"
    ),
    "shapes .* could not be broadcast|output shape": "tirez un bruit par réponse, de forme `np.shape(value)`",
    "math domain": "un logarithme demande un nombre positif",
    "'tuple'": "`clopper_pearson` rend deux bornes, la basse puis la haute : nommez-les, `low, high = …`",
    "one_sided": "`clopper_pearson` attend trois arguments, finissez par `0.975`",
    "essais, les réussites": "l'ordre est `clopper_pearson(k, n, 0.975)`, où `n` est celui que votre fonction reçoit",
    "KeyError": "groupez par `person`, la série que votre fonction reçoit, et non par un nom de colonne",
    "GroupBy": "un groupe doit d'abord devenir un nombre, `groupby(person).sum()`, avant d'être borné",
}


def observe(answer: Callable, case: tuple) -> Any:
    """Appelle la réponse ; une erreur connue revient avec une astuce."""
    with hinted_errors(HINTS):
        try:
            return answer(*case)
        except ZeroDivisionError as error:
            raise ZeroDivisionError("un compte peut être nul, et la formule demandée n'y divise pas") from error


def observe_pair(answer: Callable, case: tuple) -> Any:
    """Appelle la réponse ; un couple rendu dans un tableau NumPy vaut un couple."""
    got = observe(answer, case)
    return tuple(got) if isinstance(got, np.ndarray) and got.ndim == 1 else got


def observe_laplace(answer: Callable, case: tuple) -> dict[str, Any] | None:
    """Décrit le bruit de la réponse, arrondi assez pour ne dépendre ni de la graine, ni de la façon de tirer."""
    value, sensitivity, epsilon, seed = case

    def noisy(values: Any, seed: int) -> Any:
        return answer(values, sensitivity, epsilon, np.random.default_rng(seed))

    with hinted_errors(HINTS):
        got = noisy(value, seed)
        if got is None:
            return None
        values = sensitivity / epsilon * np.linspace(-47, 53, NUM_NOISES)
        first, again, other = (np.asarray(noisy(values.copy(), s), dtype=float) for s in (seed, seed, seed + 1))
    description = {
        "forme de la réponse, celle de `np.shape(value)`": list(np.shape(got)),
        "forme du bruit": list(first.shape),
        "un nombre ou un tableau NumPy, pas une liste": not isinstance(got, list),
    }
    if first.shape != values.shape:
        return description
    description |= describe_noise((first - values) * epsilon / sensitivity)
    return description | {
        "même graine, même bruit": bool(np.array_equal(first, again)),
        "autre graine, autre bruit": not np.array_equal(first, other),
    }


def describe_noise(noise: np.ndarray) -> dict[str, Any]:
    """Résume un bruit d'échelle 1 : centre, échelle, allure, dissymétrie, et s'il change d'une réponse à l'autre."""
    size = np.mean(np.abs(noise))
    if size == 0 or not np.isfinite(size):
        return {"du bruit": False}
    return {
        "du bruit": True,
        "moyenne du bruit": round(4 * float(np.mean(noise))) / 4,
        "échelle du bruit": round(4 * float(np.log2(size))) / 4,
        "loi du bruit": round(
            float(size / np.sqrt(np.mean(noise**2))), 1
        ),  # 0,7 pour Laplace ; 0,8 pour une gaussienne
        "part au-dessus de zéro": round(float(np.mean(noise > 0)), 1),
        "un bruit par réponse": len(np.unique(noise)) > NUM_NOISES / 2,
    }


def draw_responses(rng: np.random.Generator) -> tuple:
    """Tire de 1 à 300 réponses, vraies ou fausses, parfois toutes pareilles, et un ε."""
    return rng.random(rng.integers(1, 301)) < rng.choice([0.0, 0.2, 0.5, 0.8, 1.0]), float(rng.uniform(0.05, 4))


def draw_laplace(rng: np.random.Generator) -> tuple:
    """Tire une valeur, seule ou en tableau, une sensibilité, un ε et une graine."""
    shape = [(), (int(rng.integers(1, 6)),), tuple(int(n) for n in rng.integers(1, 5, 2))][rng.integers(3)]
    value = rng.integers(0, 500, shape) if rng.random() < 0.5 else rng.normal(0, 100, shape)
    sensitivity, epsilon = np.exp(rng.uniform(-2, 4)), np.exp(rng.uniform(-3, 2))
    return value if shape else value.item(), float(sensitivity), float(epsilon), int(rng.integers(1 << 30))


def draw_rows(rng: np.random.Generator) -> tuple:
    """Tire de 1 à 120 lignes, de 1 à 30 personnes (des numéros ou des codes), et des bornes de tous signes."""
    rows, people = int(rng.integers(1, 121)), rng.choice(10_000, int(rng.integers(1, 31)), replace=False)
    index = rng.permutation(rows) + 7
    person = pd.Series(rng.choice(people, rows), index=index, name="SUBJECT_ID")
    values = pd.Series(rng.gamma(1.5, 4, rows) * rng.choice([-1, 1], rows, p=[0.3, 0.7]), index=index, name="LOS")
    low, width = float(rng.choice([0, -3, -25, 2])), float(rng.choice([1, 5, 12, 40]))
    return values, person.astype(str) if rng.random() < 0.3 else person, low, low + width


debiased_proportion = Exercise(
    title="debiased_proportion",
    lesson=LESSON,
    reference=privacy.debiased_proportion,
    draw=draw_responses,
    observe=observe,
    mistakes={
        "c'est la part OBSERVÉE : ôtez-en ce que les mensonges y ajoutent.": (
            fautes.proportion_with(lambda seen, p: seen)
        ),
        "vous rognez l'estimation entre 0 et 1 : elle en sort parfois, et la rogner la biaise.": (
            fautes.proportion_with(lambda seen, p: np.clip((seen - 1 + p) / (2 * p - 1), 0, 1))
        ),
        "vous avez la part de « non » : dire VRAI a la plus grande probabilité, e^ε / (1 + e^ε).": (
            fautes.proportion_with(lambda seen, p: (p - seen) / (2 * p - 1))
        ),
        "il manque la division par 2p − 1 : les menteurs tassent l'écart, il faut le rétablir.": (
            fautes.proportion_with(lambda seen, p: seen - (1 - p))
        ),
        "vous divisez par p : les « non » menteurs manquent aussi, divisez par 2p − 1.": (
            fautes.proportion_with(lambda seen, p: (seen - (1 - p)) / p)
        ),
        "vous divisez la part observée sans en ôter 1 − p, les « oui » de ceux qui mentent.": (
            fautes.proportion_with(lambda seen, p: seen / (2 * p - 1))
        ),
        "les mensonges s'ôtent de la part observée : − (1 − p), et non +.": (
            fautes.proportion_with(lambda seen, p: (seen + 1 - p) / (2 * p - 1))
        ),
        "1 − p s'ôte tout entier : mettez des parenthèses, − (1 − p).": (
            fautes.proportion_with(lambda seen, p: (seen - 1 - p) / (2 * p - 1))
        ),
        "c'est TOUT l'écart, part − (1 − p), que divise 2p − 1 : mettez-le entre parenthèses.": (
            fautes.proportion_with(lambda seen, p: seen - (1 - p) / (2 * p - 1))
        ),
        "le diviseur est 2p − 1 tout entier : mettez-le entre parenthèses.": (
            fautes.proportion_with(lambda seen, p: (seen - (1 - p)) / 2 * p - 1)
        ),
        "vous appliquez la formule à la part de « oui » : RETOURNEZ-la, c'est π que l'on cherche.": (
            fautes.proportion_with(lambda seen, p: seen * p + (1 - seen) * (1 - p))
        ),
        "vous rendez une estimation par réponse : il en faut une seule, partez de `np.mean(responses)`.": (
            fautes.proportion_per_response
        ),
        "vous ôtez p : ôtez 1 − p, la part de ceux qui mentent.": (
            fautes.proportion_with(lambda seen, p: (seen - p) / (2 * p - 1))
        ),
        "vous rendez un NOMBRE de malades : rendez une part, sans multiplier par l'effectif.": fautes.estimated_count,
        "vous partez du NOMBRE de « oui » : partez de leur part, `np.mean(responses)`.": fautes.proportion_of_counted,
        "ε n'est pas une probabilité : celle de dire vrai est e^ε / (1 + e^ε).": (
            fautes.proportion_with_truth(lambda epsilon: epsilon)
        ),
        "e^ε est une cote, pas une probabilité : divisez-la par 1 + e^ε.": fautes.proportion_with_truth(np.exp),
        "la probabilité de dire vrai est e^ε / (1 + e^ε), avec des parenthèses autour de 1 + e^ε.": (
            fautes.proportion_with_truth(lambda epsilon: np.exp(epsilon) / 1 + np.exp(epsilon))
        ),
        "il manque l'exponentielle : la probabilité de dire vrai est e^ε / (1 + e^ε).": (
            fautes.proportion_with_truth(lambda epsilon: epsilon / (1 + epsilon))
        ),
        "la probabilité de dire vrai dépend d'`epsilon` : elle n'est pas fixe.": (
            fautes.proportion_with_truth(lambda epsilon: 0.75)
        ),
    },
)


laplace_mechanism = Exercise(
    title="laplace_mechanism",
    lesson=LESSON,
    reference=privacy.laplace_mechanism,
    draw=draw_laplace,
    observe=observe_laplace,
    mistakes={
        "l'échelle est à l'envers : moins d'ε, plus de bruit ; c'est sensitivity / epsilon.": (
            fautes.laplace_with(lambda sensitivity, epsilon: epsilon / sensitivity)
        ),
        "`epsilon` ne sert pas : l'échelle est sensitivity / epsilon.": fautes.laplace_with(lambda s, e: s),
        "`sensitivity` ne sert pas : l'échelle est sensitivity / epsilon.": fautes.laplace_with(lambda s, e: 1 / e),
        "vous multipliez par ε : divisez, moins d'ε demande plus de bruit.": fautes.laplace_with(lambda s, e: s * e),
        "l'échelle est √2 fois trop petite : `rng.laplace` attend sensitivity / epsilon, pas un écart-type.": (
            fautes.laplace_with(lambda s, e: s / e / np.sqrt(2))
        ),
        "l'échelle est √2 fois trop grande : `rng.laplace` attend sensitivity / epsilon.": (
            fautes.laplace_with(lambda s, e: s / e * np.sqrt(2))
        ),
        "l'échelle est deux fois trop grande : sensitivity / epsilon.": fautes.laplace_with(lambda s, e: 2 * s / e),
        "l'échelle reste à 1 : donnez sensitivity / epsilon à `rng.laplace`.": fautes.laplace_with(lambda s, e: 1),
        "c'est un bruit gaussien : il n'offre aucun ε sans δ. Prenez `rng.laplace`.": fautes.gaussian_noise,
        "c'est un bruit gaussien, au bon écart-type : il n'offre pourtant aucun ε sans δ. Prenez `rng.laplace`.": (
            fautes.gaussian_noise_of_same_deviation
        ),
        "le centre du bruit est 0, et vient d'abord : `rng.laplace(0, échelle, forme)`.": fautes.swapped_scale,
        "le premier argument de `rng.laplace` est le centre du bruit, 0 ; l'échelle est le deuxième.": (
            fautes.scale_as_centre
        ),
        "toutes les réponses reçoivent le MÊME bruit, qui s'en va par soustraction : tirez-en un par réponse, "
        "`np.shape(value)`.": fautes.one_noise_for_all,
        "vous tirez un seul bruit pour toutes les réponses : la forme à donner est `np.shape(value)`.": (
            fautes.one_noise_in_an_array
        ),
        "le bruit s'AJOUTE à `value`, il ne la multiplie pas.": fautes.multiplied_noise,
        "vous arrondissez : le secret n'y perd rien, mais l'exercice veut la réponse telle qu'elle est tirée.": (
            fautes.rounded_answer
        ),
        "vous ramenez à zéro les réponses négatives : rendez la réponse telle qu'elle est tirée.": (
            fautes.answer_from_zero
        ),
        "vous rendez le bruit seul : ajoutez-le à `value`.": fautes.noise_alone,
        "la graine est figée dans la fonction : chaque appel ferait le même bruit. Tirez avec le `rng` reçu.": (
            fautes.frozen_seed
        ),
        "le hasard ne vient pas du `rng` reçu : nul ne pourrait refaire votre calcul.": fautes.ignored_generator,
        "le bruit n'est jamais négatif : une réponse sous la vraie valeur la trahirait.": fautes.positive_noise,
        "vous n'ajoutez aucun bruit.": fautes.no_noise,
    },
)


bounded_person_sum = Exercise(
    title="bounded_person_sum",
    lesson=LESSON,
    reference=privacy.bounded_person_sum,
    draw=draw_rows,
    observe=observe_pair,
    mistakes={
        "vous bornez chaque LIGNE : qui a dix séjours compte dix fois. Additionnez d'abord par personne.": (
            fautes.bounded_rows
        ),
        "vous bornez chaque ligne, puis chaque personne : bornez seulement le total de la personne.": (
            fautes.bounded_rows_then_persons
        ),
        "borner chaque ligne demande aussi de borner leur NOMBRE, et le lire dans les données les trahit. Bornez le "
        "total de la personne.": fautes.bounded_rows_times_rows,
        "rien n'est borné : une seule personne peut tout changer. Ramenez chaque total entre `low` et `high`.": (
            fautes.person_sum_with(bound=lambda totals, low, high: totals)
        ),
        "vous bornez la somme de TOUS : bornez ce que chaque personne apporte.": fautes.bounded_total,
        "la sensibilité high − low est celle d'une personne REMPLACÉE : ici, elle s'ajoute ou s'en va.": (
            fautes.person_sum_with(sensitivity=lambda low, high: high - low)
        ),
        "la sensibilité oublie `low` : une contribution très négative change la somme autant.": (
            fautes.person_sum_with(sensitivity=lambda low, high: abs(high))
        ),
        "la sensibilité n'est jamais négative : c'est la plus grande des deux bornes EN VALEUR ABSOLUE.": (
            fautes.person_sum_with(sensitivity=lambda low, high: high)
        ),
        "la sensibilité est la plus GRANDE des deux bornes en valeur absolue, et non la plus petite.": (
            fautes.person_sum_with(sensitivity=lambda low, high: min(abs(low), abs(high)))
        ),
        "1 est la sensibilité d'un compte : ici, une personne peut apporter jusqu'à une borne entière.": (
            fautes.person_sum_with(sensitivity=lambda low, high: 1)
        ),
        "la sensibilité ajoute les deux bornes : une personne n'en touche qu'une, gardez la plus grande.": (
            fautes.person_sum_with(sensitivity=lambda low, high: abs(low) + abs(high))
        ),
        "votre sensibilité est lue dans les données : elle les trahit. Elle ne dépend que des bornes.": (
            fautes.observed_sensitivity
        ),
        "votre sensibilité est le plus grand total OBSERVÉ : elle ne dépend que des bornes.": (
            fautes.observed_bounded_sensitivity
        ),
        "une fois la personne bornée, ses lignes ne comptent plus : ne multipliez pas la sensibilité.": (
            fautes.sensitivity_times_rows
        ),
        "rendez la somme d'abord, la sensibilité ensuite.": fautes.swapped_pair,
        "`.clip(high)` pose une borne BASSE : écrivez `.clip(low, high)`.": (
            fautes.person_sum_with(bound=lambda totals, low, high: totals.clip(high))
        ),
        "vous oubliez la borne basse.": fautes.person_sum_with(bound=lambda totals, low, high: totals.clip(upper=high)),
        "vous oubliez la borne haute.": fautes.person_sum_with(bound=lambda totals, low, high: totals.clip(lower=low)),
        "la borne basse est `low`, qui n'est pas toujours zéro.": fautes.person_sum_with(
            bound=lambda totals, low, high: totals.clip(0, max(0, high))
        ),
        "vous retirez les personnes hors bornes : ramenez-les à la borne, elles comptent encore.": (
            fautes.person_sum_with(bound=lambda totals, low, high: totals[totals.between(low, high)])
        ),
        "vous moyennez les lignes d'une personne : additionnez-les.": fautes.person_sum_with(gather="mean"),
        "vous comptez les lignes d'une personne : additionnez leurs valeurs.": fautes.person_sum_with(gather="count"),
        "vous ne gardez que la plus grande ligne de chaque personne : additionnez-les.": (
            fautes.person_sum_with(gather="max")
        ),
        "vous ne gardez que la première ligne de chaque personne : additionnez-les.": (
            fautes.person_sum_with(gather="first")
        ),
        "vous rendez une moyenne : rendez la somme.": fautes.mean_of_persons,
        "il manque la dernière addition : vous rendez un total par personne.": fautes.totals_not_added,
        "il manque la sensibilité : rendez un couple (somme, sensibilité).": fautes.sum_only,
    },
)
