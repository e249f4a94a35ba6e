"""Leçon 2, FedAvg de zéro : gradient, client_update, fedavg, fedavg_round."""

from collections.abc import Callable
from typing import Any

import numpy as np

from common import federated
from common.data import Center, Split
from common.verifier.exercise import Exercise
from common.verifier.hints import NUMPY_HINTS, hinted_errors
from common.verifier.semaine_1 import lecon_2_fautes as fautes

LESSON = "semaine_1/corriges/02_fedavg_de_zero.ipynb"


def observe(answer: Callable, case: tuple) -> Any:
    """Appelle la réponse ; une erreur connue de NumPy revient avec une astuce."""
    with hinted_errors(NUMPY_HINTS):
        return answer(*case)


def draw_parameters(rng: np.random.Generator, num_features: int) -> list[np.ndarray]:
    """Tire `[weight, bias]`."""
    return [rng.normal(size=num_features), np.asarray(rng.normal())]


def draw_data(rng: np.random.Generator, num_features: int) -> tuple[np.ndarray, np.ndarray]:
    """Tire de 1 à 60 patients, deux classes."""
    num_examples = int(rng.integers(1, 61))
    return rng.normal(size=(num_examples, num_features)), rng.integers(0, 2, size=num_examples)


def draw_num_steps(rng: np.random.Generator) -> int:
    """Tire un nombre de pas : zéro une fois sur quatre, sinon de 1 à 60, plus que la leçon n'en fait."""
    return max(0, int(rng.integers(-19, 61)))


def draw_gradient(rng: np.random.Generator) -> tuple:
    """Tire un modèle et un hôpital."""
    d = int(rng.integers(1, 21))
    return draw_parameters(rng, d), *draw_data(rng, d)


def draw_client_update(rng: np.random.Generator) -> tuple:
    """Tire un modèle, un hôpital, un taux d'apprentissage et un nombre de pas, parfois nul."""
    return *draw_gradient(rng), float(rng.uniform(0.05, 2)), draw_num_steps(rng)


def draw_updates(rng: np.random.Generator) -> tuple:
    """Tire de 1 à 12 mises à jour et leurs effectifs, très inégaux."""
    d, num_clients = int(rng.integers(1, 21)), int(rng.integers(1, 13))
    updates = [draw_parameters(rng, d) for _ in range(num_clients)]
    return updates, [int(n) for n in rng.choice(np.arange(1, 2000), size=num_clients, replace=False)]


def draw_round(rng: np.random.Generator) -> tuple:
    """Tire un modèle, de 2 à 8 hôpitaux de tailles différentes, un taux et un nombre de pas, parfois nul."""
    d = int(rng.integers(1, 21))
    centers = {
        f"hôpital {k}": _center(rng, d, size)
        for k, size in enumerate(rng.permutation([1, 2, 5, 11, 17, 23, 31, 40])[: rng.integers(2, 9)])
    }
    return draw_parameters(rng, d), centers, float(rng.uniform(0.05, 2)), draw_num_steps(rng)


def _center(rng: np.random.Generator, num_features: int, size: int) -> Center:
    splits = []
    for first, count in ((0, size), (size, size + 4)):
        x, y = rng.normal(size=(count, num_features)), rng.integers(0, 2, size=count)
        splits.append(Split(x, y, np.arange(first, first + count)))
    return Center(*splits)


gradient = Exercise(
    title="gradient",
    lesson=LESSON,
    reference=federated.gradient,
    draw=draw_gradient,
    observe=observe,
    mistakes={
        "vous avez la SOMME sur les patients : divisez par leur nombre, ou un gros hôpital ira plus vite.": (
            fautes.sum_gradient
        ),
        "le signe est inversé : l'erreur est probabilité prédite − y, pas y − probabilité.": fautes.reversed_gradient,
        "la sigmoïde manque : comparez y à la PROBABILITÉ prédite, pas au logit.": fautes.logit_gradient,
        "vous divisez par le nombre de variables : divisez par le nombre de patients, `len(y)`.": (
            fautes.gradient_divided_by_features
        ),
        "le gradient du biais est une somme : c'est la MOYENNE des erreurs.": fautes.gradient_with_summed_bias,
        "le gradient des coefficients est une somme : divisez-le aussi par `len(y)`.": (
            fautes.gradient_with_summed_weight
        ),
        "vous avez un gradient PAR PATIENT : faites-en la moyenne sur les patients.": fautes.gradient_per_patient,
        "vous arrondissez la probabilité : l'erreur emploie la probabilité elle-même.": (
            fautes.gradient_of(lambda p, y: np.round(p) - y)
        ),
        "vous prenez la valeur absolue : l'erreur garde son signe, il dit dans quel sens bouger.": (
            fautes.gradient_of(lambda p, y: np.abs(p - y))
        ),
        "c'est le gradient de l'erreur quadratique : pour l'entropie croisée, l'erreur est p − y, sans p (1 − p).": (
            fautes.gradient_of(lambda p, y: (p - y) * p * (1 - p))
        ),
        "la prédiction oublie le biais : `predict_probability(parameters, x)` l'ajoute.": (
            fautes.gradient_without_bias
        ),
    },
)


client_update = Exercise(
    title="client_update",
    lesson=LESSON,
    reference=federated.client_update,
    draw=draw_client_update,
    observe=observe,
    mistakes={
        "un seul pas est fait : répétez `num_steps` fois.": fautes.one_step,
        "un seul pas est fait : sortez le `return` de la boucle.": fautes.returned_in_the_loop,
        "vous montez la perte : on SOUSTRAIT lr × gradient.": fautes.ascent,
        "le gradient est calculé une seule fois : recalculez-le à chaque pas, aux nouveaux paramètres.": (
            fautes.frozen_gradient
        ),
        "il y a un pas de trop : `range(num_steps)`.": fautes.one_step_too_many,
        "il manque un pas : `range(num_steps)`.": fautes.one_step_too_few,
        "vous rendez le déplacement : rendez les nouveaux paramètres.": fautes.returns_change,
        "les paramètres n'ont pas bougé : rangez les nouveaux dans une liste, `[… for p, g in zip(…)]`.": (
            fautes.unchanged
        ),
        "le biais n'apprend pas : lui aussi fait ses pas.": fautes.weight_only,
        "le biais suit un gradient pris après avoir bougé les coefficients : calculez-en un seul par pas.": (
            fautes.weight_before_bias
        ),
        "`lr` ne sert pas : chaque pas vaut lr × gradient.": fautes.without_lr,
        "le gradient est déjà une moyenne : ne le divisez plus par `len(y)`.": fautes.divided_twice,
    },
)


fedavg = Exercise(
    title="fedavg",
    lesson=LESSON,
    reference=federated.fedavg,
    draw=draw_updates,
    observe=observe,
    mistakes={
        "c'est la moyenne SIMPLE : chaque client doit peser son nombre d'exemples, n_k / n.": fautes.plain_mean,
        "les poids ne somment pas à 1 : divisez par le nombre TOTAL d'exemples.": fautes.not_normalised,
        "vous divisez par le nombre de clients : divisez par le nombre TOTAL d'exemples.": fautes.divided_by_clients,
        "les poids sont à l'envers : plus un centre a d'exemples, plus il compte.": fautes.inverse_weights,
        "vous rendez un seul client : faites la moyenne de tous.": fautes.first_client,
        "vous gardez le plus gros client : faites la moyenne de tous.": fautes.largest_client,
        "seul le dernier client reste : à chaque tour de boucle, AJOUTEZ au total.": fautes.last_term,
        "vous divisez deux fois : une fois pesés par n_k / n, les modèles s'ajoutent, sans autre moyenne.": (
            fautes.divided_again
        ),
        "le biais est en moyenne simple : il se pèse comme les coefficients.": fautes.plain_bias,
        "les modèles sont pesés, mais pas réunis : ajoutez-les, paramètre par paramètre.": fautes.without_sum,
    },
)


fedavg_round = Exercise(
    title="fedavg_round",
    lesson=LESSON,
    reference=federated.fedavg_round,
    draw=draw_round,
    observe=observe,
    mistakes={
        "moyenne simple : donnez à `fedavg` le nombre d'exemples d'ENTRAÎNEMENT de chaque centre.": fautes.round_with(
            fautes.plain_mean
        ),
        "un centre part du modèle du précédent : tous doivent partir des mêmes `parameters`.": (
            fautes.sequential_round
        ),
        "vous apprenez sur le jeu de TEST : c'est `center.train` qu'il faut.": fautes.round_on_test,
        "les poids viennent du jeu de test : comptez `len(center.train)`.": fautes.round_with_test_sizes,
        "il manque la moyenne du serveur : vous rendez la mise à jour d'un seul centre.": fautes.round_with(
            fautes.first_client
        ),
        "vous comptez aussi les patients de test : le poids est `len(center.train)`.": fautes.round_with_all_sizes,
        "chaque hôpital ne fait qu'un pas : transmettez `num_steps` à `client_update`.": fautes.round_of_one_step,
        "vous réunissez les patients, ou moyennez à chaque pas : chaque hôpital fait d'abord TOUS ses pas, seul.": (
            fautes.averaged_at_each_step
        ),
        "vous partez du modèle nul : partez des `parameters` reçus.": fautes.round_from_zero,
    },
)
