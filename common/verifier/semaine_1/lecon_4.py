"""Leçon 4, données hétérogènes : label_skew, fedavg_fixed_point, proximal_gradient (la suite : `lecon_4_methodes`)."""

from collections.abc import Callable
from typing import Any

import numpy as np

from common import data, federated, training
from common.verifier.exercise import Exercise
from common.verifier.hints import hinted_errors
from common.verifier.semaine_1 import lecon_4_fautes as fautes

LESSON = "semaine_1/corriges/04_donnees_heterogenes.ipynb"
POWER_HINTS = {"bitwise_xor": "en Python, la puissance s'écrit `**`, et non `^`"}
SKEW_HINTS = {
    "broadcast|inhomogeneous|number of dimension": (
        "des tailles diffèrent, comptez un centre à la fois, par `np.bincount(y, minlength=num_classes)`"
    ),
    "'list' object has no attribute|for /: 'list'": "`labels` est une liste, réunissez-la par `np.concatenate(labels)`",
}
SHAPE_HINTS = {
    "broadcast|Shape of weights|1D weights": "les formes diffèrent, `num_examples[:, None]` est une colonne, (K, 1)",
    **POWER_HINTS,
}


def as_array(value: Any) -> Any:
    """Fait un tableau d'une liste ou d'un tuple de nombres ; laisse le reste tel quel."""
    return np.asarray(value, dtype=float) if isinstance(value, list | tuple) else value


def observe_array(hints: dict[str, str]) -> Callable:
    """Fabrique l'observation d'un tableau : une liste de nombres vaut un tableau, une erreur connue a son astuce."""

    def observe(answer: Callable, case: tuple) -> Any:
        with hinted_errors(hints):
            return as_array(answer(*case))

    return observe


def draw_labels(rng: np.random.Generator) -> tuple:
    """Tire de 1 à 12 centres de tailles inégales et de 3 à 19 classes ; la dernière manque partout."""
    num_classes = int(rng.integers(3, 20))
    sizes = rng.choice(np.arange(2, 80), size=int(rng.integers(1, 13)), replace=False)
    return [rng.integers(0, rng.integers(1, num_classes), size=n) for n in sizes], num_classes


label_skew = Exercise(
    title="label_skew",
    lesson=LESSON,
    reference=data.label_skew,
    draw=draw_labels,
    observe=observe_array(SKEW_HINTS),
    mistakes={
        "il manque le facteur ½ : sans lui, une classe en trop et une classe en moins comptent deux fois.": (
            fautes.skew_from(lambda gaps: np.abs(gaps).sum(axis=1))
        ),
        "vous comparez à la moyenne SIMPLE des centres : les données réunies pèsent chaque centre par son effectif.": (
            fautes.skew_from_mean_center
        ),
        "vous comparez à des classes équilibrées : comparez aux données réunies.": fautes.skew_from_uniform,
        "c'est la distance euclidienne : additionnez des valeurs absolues.": (
            fautes.skew_from(lambda gaps: np.linalg.norm(gaps, axis=1))
        ),
        "vous additionnez des carrés : additionnez des valeurs absolues.": (
            fautes.skew_from(lambda gaps: (gaps**2).sum(axis=1), weight=0.5)
        ),
        "vous faites la moyenne sur les classes : additionnez les écarts, puis divisez par deux.": (
            fautes.skew_from(lambda gaps: np.abs(gaps).mean(axis=1))
        ),
        "vous ne gardez que le plus grand écart : additionnez ceux de toutes les classes.": (
            fautes.skew_from(lambda gaps: np.abs(gaps).max(axis=1))
        ),
        "vous rendez les écarts de chaque classe : additionnez-les, une distance par centre.": (
            fautes.skew_from(np.abs, weight=0.5)
        ),
        "vous additionnez sur les centres : on veut une distance PAR centre, additionnez sur les classes.": (
            fautes.skew_from(lambda gaps: np.abs(gaps).sum(axis=0), weight=0.5)
        ),
        "vous comparez des effectifs : divisez d'abord par la taille du centre.": fautes.skew_of_counts,
        "vous divisez par l'effectif TOTAL : les parts d'un centre se rapportent à son propre effectif.": (
            fautes.skew_of_shares_of_all
        ),
        "vous rendez la moyenne : rendez une distance par centre.": fautes.mean_skew,
        "les écarts s'annulent : prenez leur valeur absolue avant d'additionner.": fautes.signed_skew,
    },
)


def draw_quadratics(rng: np.random.Generator) -> tuple:
    """Tire de 1 à 12 centres, de 1 à 8 paramètres, un taux stable et de 1 à 20 pas."""
    shape = int(rng.integers(1, 13)), int(rng.integers(1, 9))
    num_examples = rng.choice(np.arange(5, 300), size=shape[0], replace=False)
    curvatures = rng.uniform(0.5, 9, size=shape)
    return rng.normal(size=shape), curvatures, num_examples, float(rng.uniform(0.02, 0.1)), int(rng.integers(1, 21))


fedavg_fixed_point = Exercise(
    title="fedavg_fixed_point",
    lesson=LESSON,
    reference=federated.fedavg_fixed_point,
    draw=draw_quadratics,
    observe=observe_array(SHAPE_HINTS),
    mistakes={
        "c'est là où FedAvg irait avec UN pas local : élevez à la puissance `num_steps`.": fautes.one_local_step,
        "c'est la moyenne des optimums : la part du trajet dépend aussi de la raideur.": fautes.mean_of_optima,
        "les effectifs n'y sont pas : multipliez la part du trajet par `num_examples`.": fautes.fixed_point_unweighted,
        "vous pesez par ce qui RESTE du trajet : la part parcourue est 1 moins cela.": (
            fautes.fixed_point_with(lambda rate, k: (1 - rate) ** k)
        ),
        "vous MULTIPLIEZ par `num_steps` : c'est une puissance, `** num_steps`.": (
            fautes.fixed_point_with(lambda rate, k: 1 - (1 - rate) * k)
        ),
        "une parenthèse est mal placée : seul (1 − lr × raideur) est élevé à la puissance.": (
            fautes.fixed_point_with(lambda rate, k: (1 - (1 - rate)) ** k)
        ),
        "le signe : à chaque pas, ce qui reste est multiplié par 1 MOINS lr × raideur.": (
            fautes.fixed_point_with(lambda rate, k: 1 - (1 + rate) ** k)
        ),
        "le taux d'apprentissage n'y est pas : c'est 1 − lr × raideur.": fautes.fixed_point_with_lr(1.0),
        "vous employez LR, la constante du carnet : prenez l'argument `lr`.": (
            fautes.fixed_point_with_lr(fautes.NOTEBOOK_LR)
        ),
        "divisez par la somme des MÊMES poids que ceux du numérateur.": fautes.fixed_point_divided_by(np.sum),
        "vous avez une somme : divisez-la par la somme des poids.": fautes.fixed_point_divided_by(lambda n: 1),
        "vous moyennez aussi les paramètres entre eux : il manque `axis=0`.": fautes.fixed_point_over_everything,
    },
)


def draw_proximal(rng: np.random.Generator) -> tuple:
    """Tire un gradient et deux modèles, de un à trois axes, et μ, nul une fois sur quatre."""
    shape = tuple(int(n) for n in rng.integers(1, 9, size=rng.integers(1, 4)))
    return *rng.normal(size=(3, *shape)), float(rng.uniform(0.01, 20)) if rng.random() < 0.75 else 0.0


proximal_gradient = Exercise(
    title="proximal_gradient",
    lesson=LESSON,
    reference=training.proximal_gradient,
    draw=draw_proximal,
    observe=observe_array(POWER_HINTS),
    mistakes={
        "le signe du terme est inversé : il chasserait le client LOIN du modèle global.": (
            lambda gradient, w, w_global, mu: gradient - mu * (w - w_global)
        ),
        "la dérivée de μ/2 · x² est μ · x : le ½ disparaît.": (
            lambda gradient, w, w_global, mu: gradient + mu / 2 * (w - w_global)
        ),
        "il y a un facteur 2 de trop : la perte porte μ/2, pas μ.": (
            lambda gradient, w, w_global, mu: gradient + 2 * mu * (w - w_global)
        ),
        "c'est le gradient de la norme SANS le carré : le piège de la documentation de Flower.": (
            lambda gradient, w, w_global, mu: gradient + mu / 2 * (w - w_global) / np.linalg.norm(w - w_global)
        ),
        "vous rendez le terme proximal seul : ajoutez-le au gradient local.": (
            lambda gradient, w, w_global, mu: mu * (w - w_global)
        ),
        "vous rendez le gradient local seul : ajoutez celui du terme proximal.": (
            lambda gradient, w, w_global, mu: gradient
        ),
        "vous tirez vers zéro : tirez vers `w_global`.": lambda gradient, w, w_global, mu: gradient + mu * w,
        "vous ajoutez la perte elle-même : ajoutez son GRADIENT.": (
            lambda gradient, w, w_global, mu: gradient + mu / 2 * np.sum((w - w_global) ** 2)
        ),
        "vous ajoutez un nombre, la longueur de l'écart au carré : la dérivée a une valeur par paramètre.": (
            lambda gradient, w, w_global, mu: gradient + mu * np.sum((w - w_global) ** 2)
        ),
        "vous ajoutez l'écart au carré : c'est la perte, dérivez-la, et le carré disparaît.": (
            lambda gradient, w, w_global, mu: gradient + mu / 2 * (w - w_global) ** 2
        ),
        "vous ajoutez la norme, un seul nombre : la dérivée a une valeur par paramètre.": (
            lambda gradient, w, w_global, mu: gradient + mu / 2 * np.linalg.norm(w - w_global)
        ),
        "le carré doit disparaître : la dérivée de x² est 2x.": (
            lambda gradient, w, w_global, mu: gradient + mu * (w - w_global) ** 2
        ),
        "il manque des parenthèses : `mu` multiplie tout l'écart, `mu * (w - w_global)`.": (
            lambda gradient, w, w_global, mu: gradient + mu * w - w_global
        ),
        "`mu` n'y est pas : c'est lui qui règle la laisse.": lambda gradient, w, w_global, mu: gradient + w - w_global,
    },
)
