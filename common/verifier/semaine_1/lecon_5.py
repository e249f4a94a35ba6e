"""Leçon 5, un protocole, plusieurs frameworks : to_keras, output_gap, gradient_step, mixed_client_app."""

from collections.abc import Callable

import numpy as np

from common import federated
from common.verifier.exercise import Exercise
from common.verifier.hints import hinted_errors
from common.verifier.semaine_1 import lecon_5_fautes as wrong
from common.verifier.semaine_1.lecon_5_clients import draw_federation, observe_federation
from common.verifier.semaine_1.lecon_5_pas import draw_layers, draw_step, observe_step, reference_step

LESSON = "semaine_1/corriges/05_un_protocole_plusieurs_frameworks.ipynb"
ARRAYS_HINTS = {
    "'str' object has no attribute": "parcourir un dictionnaire donne ses NOMS, écrivez `arrays.values()`",
    "'dict(_values)?' object has no attribute": "transposez un tableau à la fois, dans une boucle",
    "axes don't match|out of bounds": "un biais n'a qu'un axe ; `.T` le laisse tel quel",
    "'numpy.ndarray' object is not callable": "`.T` s'écrit sans parenthèses",
    "KeyError": "les noms changent d'un modèle à l'autre, parcourez `arrays.values()`",
}
GAP_HINTS = {
    "truth value": "le `max` de Python compare des lignes entières, écrivez `np.max`, qui voit chaque nombre",
    "'function'": "`predict_a` est une fonction, appelez-la, `predict_a(x)`",
    "'abs'": "un tableau n'a pas de méthode `abs`, écrivez `np.abs(…)`",
}


def draw_arrays(rng: np.random.Generator) -> tuple:
    """Tire de 1 à 7 couches denses ; la première a souvent un noyau carré."""
    size = int(rng.integers(2, 20))
    return (draw_layers(rng, [size, size + int(rng.integers(0, 2)), *rng.integers(1, 9, size=rng.integers(0, 7))]),)


def observe_arrays(answer: Callable, case: tuple):
    """Convertit les tableaux, et met une piste à côté des erreurs de tous les jours."""
    with hinted_errors(ARRAYS_HINTS):
        converted = answer(*case)
    if getattr(converted, "dtype", None) == np.dtype(object):
        raise TypeError("rendez une liste de tableaux, et non un seul tableau NumPy")
    return converted


to_keras = Exercise(
    title="to_keras",
    lesson=LESSON,
    reference=federated.to_keras,
    draw=draw_arrays,
    observe=observe_arrays,
    mistakes={
        "les noyaux sont restés en (sorties, entrées) : transposez-les, carrés compris.": wrong.copied,
        "`reshape` donne la bonne forme mais de mauvaises valeurs : il ne transpose pas.": wrong.reshaped,
        "un noyau carré se transpose aussi : sa forme ne change pas, ses valeurs si.": wrong.transposed_unless_square,
        "`set_weights` attend une liste, sans les noms.": wrong.still_named,
        "gardez l'ordre reçu : noyau, biais, noyau, biais.": wrong.reversed_layers,
        "l'ordre a changé : noyau puis biais, couche après couche.": wrong.kernels_first,
        "vous rendez le premier tableau seul : le `return` est-il dans la boucle ?": wrong.returned_in_the_loop,
        "la liste s'arrête au premier tableau : le `return` est-il dans la boucle ?": wrong.listed_then_returned,
    },
)


def draw_models(rng: np.random.Generator) -> tuple:
    """Tire deux modèles linéaires, de 1 à 12 sorties, et de 3 à 80 patients."""
    num_features, num_outputs, num_rows = (int(rng.integers(*bounds)) for bounds in ((2, 20), (1, 13), (3, 81)))
    first, second = rng.normal(size=(2, num_features, num_outputs))
    return first, second, rng.normal(size=(num_rows, num_features))


def observe_gap(answer: Callable, case: tuple):
    """Donne les deux modèles sous forme de fonctions, comme dans la leçon ; un tenseur rendu vaut un nombre."""
    first, second, x = case
    with hinted_errors(GAP_HINTS):
        gap = answer(linear_model(first), linear_model(second), x)
    return gap.numpy() if hasattr(gap, "numpy") else gap


def linear_model(kernel: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Rend le modèle `x @ kernel`, qui veut une matrice de patients, comme un vrai modèle."""

    def predict(x):
        if np.ndim(x) != 2:
            raise ValueError("un modèle attend une matrice de patients (n, d), et non un seul patient")
        return x @ kernel

    return predict


output_gap = Exercise(
    title="output_gap",
    lesson=LESSON,
    reference=federated.output_gap,
    draw=draw_models,
    observe=observe_gap,
    mistakes={
        "c'est l'écart MOYEN : un seul patient mal prédit s'y noie. Prenez le plus grand.": wrong.mean_gap,
        "il manque la valeur absolue : un écart négatif est un écart.": wrong.signed_gap,
        "il manque la valeur absolue : un écart positif compte autant qu'un négatif.": wrong.opposite_gap,
        "vous comparez deux moyennes : soustrayez d'abord, patient par patient.": wrong.gap_of_means,
        "vous comparez deux maximums : soustrayez d'abord, patient par patient.": wrong.gap_of_maxima,
        "vous ne regardez que le premier patient : prenez-les tous.": wrong.first_row_gap,
        "vous rendez tous les écarts : rendez le plus grand, un seul nombre.": wrong.every_gap,
        "vous rendez un écart par sortie : retirez `axis`, un seul nombre suffit.": wrong.gap_per_output,
        "vous rendez un écart par patient : retirez `axis`, un seul nombre suffit.": wrong.gap_per_patient,
        "c'est l'écart AU CARRÉ : prenez la valeur absolue.": wrong.squared_gap,
        "c'est l'erreur quadratique moyenne : prenez le plus grand écart absolu.": wrong.mean_squared_gap,
        "c'est la SOMME des écarts : prenez le plus grand.": wrong.summed_gap,
        "c'est le plus PETIT écart : prenez le plus grand.": wrong.smallest_gap,
        "votre écart est toujours nul : essayez les DEUX modèles sur `x` et rendez un nombre.": wrong.gap_on_zeros,
    },
)


gradient_step = Exercise(
    title="gradient_step",
    lesson=LESSON,
    reference=reference_step,
    draw=draw_step,
    observe=observe_step,
    mistakes={
        "vous montez la perte : soustrayez lr × gradient (`assign_sub`).": wrong.ascending_step,
        "la perte est une SOMME : prenez la moyenne sur le lot (`tf.reduce_mean`), comme PyTorch.": wrong.summed_step,
        "le gradient est celui d'une SOMME : prenez la moyenne dans le bloc `with`.": wrong.summed_gradient_step,
        "vous rendez une perte par patient : prenez la moyenne (`tf.reduce_mean`).": wrong.step_on_loss(
            wrong.loss_per_patient
        ),
        "les paramètres n'ont pas bougé : `variable.assign_sub(…)` les change, `variable -= …` non.": wrong.no_step,
        "le pas ignore `lr` : soustrayez lr × gradient.": wrong.step_without_rate,
        "le taux 0,1 est écrit en dur : servez-vous de `lr`.": wrong.step_at_a_tenth,
        "seule la dernière couche a bougé : parcourez toutes les `model.trainable_variables`.": wrong.step_on(
            slice(-2, None)
        ),
        "seule la première variable a bougé : le `return` est-il dans la boucle ?": wrong.step_on(slice(1)),
        "vous rendez la perte d'APRÈS le pas : gardez celle qui a servi au gradient.": wrong.step_then_loss,
        "une sigmoïde de trop : la fonction de perte attend des logits, pas des probabilités.": wrong.step_on_loss(
            wrong.squashed_loss
        ),
        "cette perte croit recevoir des probabilités : ajoutez `from_logits=True`.": wrong.step_on_loss(
            wrong.loss_of_probabilities
        ),
        "`labels` et `logits` sont échangés : nommez-les, `labels=y, logits=…`.": wrong.step_on_loss(
            wrong.swapped_loss
        ),
        "(n, 1) et (n,) se sont étalés en (n, n) : prenez `model(x)[:, 0]`.": wrong.step_on_loss(wrong.spread_loss),
        "c'est l'erreur quadratique : la perte demandée est l'entropie croisée.": wrong.step_on_loss(
            wrong.squared_loss
        ),
    },
)


mixed_client_app = Exercise(
    title="mixed_client_app",
    lesson=LESSON,
    reference=federated.mixed_client_app,
    draw=draw_federation,
    observe=observe_federation,
    mistakes={
        "tous les centres ont le même client : choisissez `apps[partition-id]` à CHAQUE message.": wrong.first_app,
        "tous les centres ont le dernier client : choisissez `apps[partition-id]` à CHAQUE message.": wrong.mixed_by(
            wrong.last, wrong.last
        ),
        "rendez le `ClientApp` que vous avez construit, pas la liste.": wrong.list_of_apps,
        "rendez un `ClientApp`, pas une fonction : `app = ClientApp()`, puis décorez.": wrong.bare_handler,
        "vos deux fonctions ne rendent rien : il manque un `return` dans chacune.": wrong.replying(
            lambda message: None
        ),
        "vous rendez le message reçu : rendez la réponse du client, `client(message, context)`.": wrong.replying(
            lambda message: message
        ),
        "l'évaluation va toujours au même client : elle aussi doit suivre `partition-id`.": wrong.mixed_by(
            wrong.own, wrong.first
        ),
        "l'entraînement va toujours au même client : il doit suivre `partition-id`.": wrong.mixed_by(
            wrong.first, wrong.own
        ),
        "les clients sont décalés d'un centre : `partition-id` commence à 0.": wrong.mixed_by(
            wrong.previous, wrong.previous
        ),
        "les clients sont décalés d'un centre : n'ajoutez rien à `partition-id`.": wrong.mixed_by(
            wrong.following, wrong.following
        ),
        "les deux moitiés sont codées en dur : suivez la liste `apps`.": wrong.mixed_by(wrong.halves, wrong.halves),
    },
)
