"""Leçon 4, contre la dérive : scaffold_update et fedadam_step."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from common import federated
from common.federated.heterogeneity import BETA_1, BETA_2, TAU
from common.verifier.exercise import Exercise
from common.verifier.hints import hinted_errors
from common.verifier.semaine_1 import lecon_4_fautes as fautes
from common.verifier.semaine_1.lecon_4 import LESSON, POWER_HINTS, as_array

CALL_HINTS = {
    "'function'": "`gradient` est une fonction, appelez-la : `gradient(w)`",
    "positional argument": "ici, `gradient` ne prend qu'un argument, la position : `gradient(w)`",
    **POWER_HINTS,
}


def observe(answer: Callable, case: tuple) -> Any:
    """Observe plusieurs tableaux, rendus en tuple, en liste ou empilés."""
    with hinted_errors(CALL_HINTS):
        got = answer(*case)
    return tuple(map(as_array, got)) if isinstance(got, Sequence | np.ndarray) and np.ndim(got[0]) else got


def draw_scaffold(rng: np.random.Generator) -> tuple:
    """Tire une perte quadratique, un départ, deux contrôles, un taux et de 1 à 20 pas."""
    d = int(rng.integers(1, 13))
    curvature, optimum, start, own, server = rng.uniform(0.5, 3, size=d), *rng.normal(size=(4, d))

    def gradient(w: np.ndarray) -> np.ndarray:
        return curvature * (w - optimum)

    return gradient, start, (own, server), float(rng.uniform(0.05, 0.3)), int(rng.integers(1, 21))


scaffold_update = Exercise(
    title="scaffold_update",
    lesson=LESSON,
    reference=federated.scaffold_update,
    draw=draw_scaffold,
    observe=observe,
    mistakes={
        "les pas sont corrigés à l'envers : g − c_i + c, où c_i vient en premier dans `controls`.": (
            fautes.scaffold_with(lambda own, server: own - server)
        ),
        "c_i et c sont échangés : `controls` est (c_i, c).": fautes.controls_swapped,
        "les pas ne sont pas corrigés : c'est FedAvg. Suivez g − c_i + c.": (
            fautes.scaffold_with(lambda own, server: 0 * own)
        ),
        "les pas oublient c : suivez g − c_i + c.": fautes.scaffold_with(lambda own, server: -own),
        "les pas oublient c_i : suivez g − c_i + c.": fautes.scaffold_with(lambda own, server: server),
        "vous ajoutez c_i et c : c_i se RETIRE, g − c_i + c.": fautes.scaffold_with(lambda own, server: own + server),
        "les pas montent la perte : on SOUSTRAIT lr × (g − c_i + c).": fautes.scaffold_ascent,
        "le gradient est calculé une seule fois : recalculez `gradient(w)` à chaque pas.": (
            fautes.scaffold_frozen_gradient
        ),
        "vous employez LR, la constante du carnet : prenez l'argument `lr`.": fautes.scaffold_with_notebook_lr,
        "le déplacement est à l'envers : le départ MOINS l'arrivée.": fautes.control_with(
            lambda moved, own, server, lr, k: own - server - moved / (k * lr)
        ),
        "le déplacement est nul : gardez le départ, faites vos pas sur une autre variable que `start`.": (
            fautes.control_with(lambda moved, own, server, lr, k: own - server)
        ),
        "il manque des parenthèses : divisez par le produit, `/ (num_steps * lr)`.": fautes.control_with(
            lambda moved, own, server, lr, k: own - server + moved / k * lr
        ),
        "divisez le déplacement par `num_steps * lr` : on veut une direction, pas une distance.": fautes.control_with(
            lambda moved, own, server, lr, k: own - server + moved
        ),
        "divisez aussi par le nombre de pas : on veut le gradient MOYEN.": fautes.control_with(
            lambda moved, own, server, lr, k: own - server + moved / lr
        ),
        "divisez aussi par le taux d'apprentissage.": fautes.control_with(
            lambda moved, own, server, lr, k: own - server + moved / k
        ),
        "il manque c_i − c dans la nouvelle variable de contrôle.": fautes.control_with(
            lambda moved, own, server, lr, k: moved / (k * lr)
        ),
        "dans la nouvelle variable de contrôle, c se RETIRE : c_i − c.": fautes.control_with(
            lambda moved, own, server, lr, k: own + server + moved / (k * lr)
        ),
        "la variable de contrôle n'est pas mise à jour.": fautes.control_with(lambda moved, own, server, lr, k: own),
        "c'est l'option I de l'article, le gradient au départ : on demande l'option II.": fautes.scaffold_option_one,
        "vous rendez le CHANGEMENT de la variable : rendez sa nouvelle valeur.": fautes.change_of_control,
        "un seul pas est fait : répétez `num_steps` fois.": fautes.scaffold_one_step,
        "un seul pas est fait : sortez le `return` de la boucle.": fautes.scaffold_returns_early,
        "la variable de contrôle change à chaque pas : mettez-la à jour après la boucle.": (
            fautes.scaffold_updates_every_step
        ),
        "il manque des parenthèses : `lr` multiplie tout, `lr * (gradient(w) - own + server)`.": (
            fautes.scaffold_without_brackets
        ),
        "l'ordre est inversé : rendez le modèle, puis la variable de contrôle.": fautes.scaffold_reversed_pair,
        "il manque la variable de contrôle : rendez le couple (modèle, contrôle).": fautes.scaffold_model_alone,
    },
)


def draw_adam(rng: np.random.Generator) -> tuple:
    """Tire un modèle, une moyenne, deux mémoires, nulles une fois sur trois, et un taux."""
    d = int(rng.integers(1, 13))
    w, average, m = rng.normal(size=(3, d)) * [[1], [1], [0.2]]
    known = int(rng.integers(0, 3) > 0)
    return w, average, known * m, known * rng.uniform(1e-7, 0.05, size=d), float(rng.uniform(0.05, 2))


fedadam_step = Exercise(
    title="fedadam_step",
    lesson=LESSON,
    reference=federated.fedadam_step,
    draw=draw_adam,
    observe=observe,
    mistakes={
        "le serveur remonte la perte : Δ = average − w descend déjà, on l'AJOUTE.": (
            fautes.adam_moving(lambda m, v, eta: -eta * m / (np.sqrt(v) + TAU))
        ),
        "Δ est à l'envers : c'est `average - w`.": fautes.adam_of(lambda average, w: w - average),
        "Δ est le déplacement `average - w`, pas la moyenne elle-même.": fautes.adam_of(lambda average, w: average),
        "le pas part de `average` : il part de `w`.": fautes.adam_from_average,
        "il manque la racine carrée de v.": fautes.adam_moving(lambda m, v, eta: eta * m / (v + TAU)),
        "`TAU` s'ajoute APRÈS la racine : √v + τ.": fautes.adam_moving(lambda m, v, eta: eta * m / np.sqrt(v + TAU)),
        "`TAU` n'y est pas : divisez par √v + τ.": fautes.adam_moving(lambda m, v, eta: eta * m / np.sqrt(v)),
        "il manque des parenthèses : `/ (np.sqrt(v) + TAU)`.": (
            fautes.adam_moving(lambda m, v, eta: eta * m / np.sqrt(v) + TAU)
        ),
        "le pas suit Δ : il suit `m`, qui garde la mémoire des tours passés.": fautes.adam_ignores_momentum,
        "`eta` n'y est pas : c'est le taux d'apprentissage du serveur.": (
            fautes.adam_moving(lambda m, v, eta: m / (np.sqrt(v) + TAU))
        ),
        "c'est Adam, avec sa correction des premiers tours : l'exercice n'en demande pas.": (
            fautes.adam_moving(lambda m, v, eta: eta * m / (1 - BETA_1) / (np.sqrt(v / (1 - BETA_2)) + TAU))
        ),
        "les deux β sont échangés : BETA_1 pour m, BETA_2 pour v.": fautes.adam_remembering(fautes.exchanged_betas),
        "il manque les facteurs 1 − β devant Δ et Δ².": fautes.adam_remembering(fautes.plain_sums),
        "v garde le CARRÉ de Δ.": fautes.adam_remembering(fautes.without_square),
        "le pas emploie les anciens m et v : mettez-les à jour d'abord.": fautes.adam_with_old_moments,
        "les anciens m et v sont oubliés : c'est la mémoire du serveur.": fautes.adam_forgets_moments,
        "rendez aussi les nouveaux m et v : w, m, v.": fautes.adam_model_alone,
        "vous rendez les ANCIENS m et v.": fautes.adam_returns_old_moments,
        "vous rendez la moyenne : c'est FedAvg, sans le pas d'Adam.": fautes.fedavg_instead,
    },
)
