"""Leçon 5, DP-SGD : threshold_at_fpr, clip_gradients, private_gradient."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from common import attacks
from common.privacy import dp_sgd
from common.verifier.exercise import Exercise
from common.verifier.hints import hinted_errors
from common.verifier.semaine_2 import lecon_5_fautes as fautes

LESSON = "semaine_2/corriges/05_dp_sgd.ipynb"
HINTS = {
    "slice indices|indices must be integers|only integers|valid indices|expected an integer": (
        "un rang est un entier, écrivez `int(…)`"
    ),
    "out of bounds|out of range": "ce rang n'existe pas, ils vont de 0 à n - 1",
    r"sort\(\) got an unexpected": "`np.sort` ne sait pas ranger à l'envers, retournez son résultat avec `[::-1]`",
    "broadcast": (
        "les formes ne s'accordent pas ; les normes sont de forme (n, 1), avec `axis=1, keepdims=True`, "
        "et le bruit de forme (d,), où d est `per_example.shape[1]`"
    ),
    "truth value": "un tableau ne tient ni dans un `if` ni dans `max(…)`, prenez `np.maximum`, ou bouclez par ligne",
    "Generator' object is not callable": "`rng` ne s'appelle pas tel quel, écrivez `rng.normal(…)`",
    r"clip_gradients\(\) missing": "donnez-lui aussi la borne, `clip_gradients(per_example, max_grad_norm)`",
}


def observe(answer: Callable, case: tuple) -> Any:
    """Appelle la réponse ; une erreur connue revient avec une astuce."""
    with hinted_errors(HINTS):
        return answer(*case)


def draw_threshold(rng: np.random.Generator) -> tuple:
    """Tire de 1 à 250 scores, un sur cinq en double, et une part `fpr`, nulle une fois sur quatre."""
    distinct = rng.normal(rng.uniform(-5, 5), 2, size=rng.integers(1, 201))
    scores = rng.permutation(np.concatenate([distinct, rng.choice(distinct, len(distinct) // 4)]))
    n = len(scores)
    share = (rng.integers(0, n) + rng.uniform(0.1, 0.9)) / n  # jamais un compte rond, que l'arrondi brouillerait
    return scores, float(rng.choice([share, share, share, 0]))


threshold_at_fpr = Exercise(
    title="threshold_at_fpr",
    lesson=LESSON,
    reference=attacks.threshold_at_fpr,
    draw=draw_threshold,
    observe=observe,
    mistakes={
        "une place trop haut : les fausses alertes permises sont AU-DESSUS du seuil, il vient juste après.": (
            fautes.threshold_at(lambda n, fpr: max(int(n * fpr) - 1, 0))
        ),
        "une place trop bas : votre seuil accuse une personne de trop.": (
            fautes.threshold_at(lambda n, fpr: min(int(n * fpr) + 1, n - 1))
        ),
        "vous arrondissez vers le haut : une fausse alerte de trop ; prenez `int(…)`.": (
            fautes.threshold_at(lambda n, fpr: min(int(np.ceil(n * fpr)), n - 1))
        ),
        "vous arrondissez au plus proche : `round` permet parfois une fausse alerte de trop ; prenez `int(…)`.": (
            fautes.threshold_at(lambda n, fpr: min(round(n * fpr), n - 1))
        ),
        "les scores sont rangés du plus petit au plus grand : il faut commencer par le plus GRAND.": (
            fautes.lowest_first
        ),
        "les scores ne sont pas rangés : passez par `np.sort`.": fautes.unsorted,
        "`np.quantile` interpole entre deux scores : comptez les fausses alertes permises.": fautes.quantile,
        "vous retirez les égalités : deux non-membres de même score font deux fausses alertes.": fautes.without_ties,
        "vous rendez le NOMBRE de fausses alertes : rendez un score.": fautes.number_allowed,
        "vous rendez le plus grand score : il n'accuse personne, alors que des fausses alertes sont permises.": (
            fautes.highest
        ),
        "`fpr` ne sert pas : ce n'est pas toujours 1 %.": fautes.one_percent,
        "une place trop haut, et le rang d'avant le premier est au bout opposé : le seuil vient APRÈS les permises.": (
            fautes.from_the_end
        ),
        "`np.argsort` rend des RANGS : rendez un score, avec `np.sort`.": fautes.ranks,
    },
)


def draw_gradients(rng: np.random.Generator) -> np.ndarray:
    """Tire de 0 à 40 gradients, très courts ou très longs, dont un nul."""
    n, d = int(rng.integers(0, 41)), int(rng.integers(1, 21))
    per_example = rng.normal(size=(n, d)) * 10 ** rng.uniform(-2, 2, size=(n, 1))
    per_example[:1] = 0
    return per_example


def draw_clip(rng: np.random.Generator) -> tuple:
    """Tire des gradients et une borne."""
    return draw_gradients(rng), float(rng.uniform(0.2, 3))


clip_gradients = Exercise(
    title="clip_gradients",
    lesson=LESSON,
    reference=dp_sgd.clip_gradients,
    draw=draw_clip,
    observe=observe,
    mistakes={
        "les gradients courts sont ALLONGÉS : seuls ceux qui dépassent la borne changent.": fautes.normalised,
        "les gradients courts sont allongés, et les longs passent : c'est l'inverse.": fautes.scaled(np.maximum),
        "vous bornez chaque coordonnée : la direction change ; c'est la NORME de la ligne qu'il faut borner.": (
            fautes.by_coordinate
        ),
        "la norme est celle de tout le lot : mesurez chaque ligne, `axis=1, keepdims=True`.": fautes.whole_norm,
        "vous mesurez les colonnes : un exemple est une LIGNE, `axis=1`.": fautes.column_norms,
        "c'est la norme L1, la somme des valeurs absolues : la norme L2 est demandée.": fautes.norm_of_order(1),
        "c'est la plus grande coordonnée : la norme L2 est demandée.": fautes.norm_of_order(np.inf),
        "il manque la racine : la norme est la racine de la somme des carrés.": fautes.squared_norm,
        "`max_grad_norm` ne sert pas : la borne n'est pas toujours 1.": fautes.clipped_to_one,
        "les gradients trop longs sont mis à zéro : raccourcissez-les.": fautes.zeroed,
        "les gradients trop longs ont disparu : raccourcissez-les, et rendez toutes les lignes.": fautes.dropped,
        "les gradients longs finissent à la longueur 1 : multipliez aussi par la borne.": fautes.unit_length,
        "vous additionnez déjà : rendez un gradient PAR exemple.": fautes.summed,
        "rien n'est raccourci.": fautes.untouched_gradients,
        "les gradients courts ont disparu : gardez-les tels quels, et rendez toutes les lignes.": fautes.only_long,
        "vous MULTIPLIEZ par le rapport : les gradients longs s'allongent encore ; divisez.": fautes.lengthened,
        "la borne est hors du `maximum` : c'est le rapport `norme / borne` qui se compare à 1.": fautes.bound_outside,
        "il manque une multiplication par la borne : les gradients courts doivent rester tels quels.": (
            fautes.bound_forgotten
        ),
        "les gradients courts s'allongent, et le nul donne NaN : passez par `np.maximum(1, …)`.": fautes.always_divided,
        "le gradient nul, divisé par sa norme, donne NaN : passez par `np.maximum(1, …)`.": fautes.zero_over_zero,
        "c'est l'inverse : `np.minimum` ne touche que les gradients courts ; prenez `np.maximum`.": fautes.least_ratio,
    },
)


def draw_private(rng: np.random.Generator) -> tuple:
    """Tire des gradients, une borne, un bruit (nul une fois sur quatre), une taille attendue et une graine."""
    noise = float(rng.choice([0, 1, 1, 1]) * rng.uniform(0.3, 3))
    return *draw_clip(rng), noise, float(rng.uniform(1, 60)), int(rng.integers(1000))


@contextmanager
def numpy_seeded(seed: int) -> Iterator[None]:
    """Fixe le générateur global de NumPy, pour y reconnaître une réponse qui s'en sert, puis le rend comme il était."""
    state = np.random.get_state()
    np.random.seed(seed)
    try:
        yield
    finally:
        np.random.set_state(state)


def observe_step(answer: Callable, case: tuple) -> Any:
    """Appelle la réponse avec un générateur neuf, fait de la graine du cas."""
    *arguments, seed = case
    with numpy_seeded(seed):
        return observe(answer, (*arguments, np.random.default_rng(seed)))


private_gradient = Exercise(
    title="private_gradient",
    lesson=LESSON,
    reference=dp_sgd.private_gradient,
    draw=draw_private,
    observe=observe_step,
    mistakes={
        "rien n'est raccourci : du bruit sans borne ne protège personne, ε est infini.": fautes.noise_without_clipping,
        "vous raccourcissez la SOMME : un exemple seul pèse encore trop ; raccourcissez chacun.": fautes.clipped_sum,
        "vous raccourcissez la somme, une seconde fois : chaque exemple l'est déjà, cela suffit.": fautes.clipped_twice,
        "il n'y a pas de bruit.": fautes.without_noise,
        "le bruit oublie la borne : son écart-type est `noise_multiplier * max_grad_norm`.": (
            fautes.noise_of(lambda sigma, bound: sigma)
        ),
        "le bruit oublie `noise_multiplier` : son écart-type est `noise_multiplier * max_grad_norm`.": (
            fautes.noise_of(lambda sigma, bound: bound)
        ),
        "`rng.normal` attend un ÉCART-TYPE, et vous lui donnez la variance : sans les carrés.": (
            fautes.noise_of(lambda sigma, bound: (sigma * bound) ** 2)
        ),
        "le bruit est divisé par la borne : multipliez.": fautes.noise_of(lambda sigma, bound: sigma / bound),
        "tous les paramètres reçoivent le MÊME bruit : tirez-en un par paramètre, `size=d`.": fautes.one_draw,
        "chaque exemple reçoit un bruit : bruitez la somme, une seule fois.": fautes.noise_per_example,
        "vous bruitez AVANT de raccourcir : le bruit lui-même est alors rogné.": fautes.noise_first,
        "le bruit n'est pas divisé par la taille attendue : divisez la somme bruitée.": fautes.noise_after_division,
        "vous divisez par la vraie taille du lot : elle dépend de qui est là ; prenez `expected_batch_size`.": (
            fautes.divided_by_true_size
        ),
        "la division manque : divisez par `expected_batch_size`.": fautes.not_divided,
        "vous multipliez par la taille attendue : divisez.": fautes.multiplied,
        "seul le bruit est divisé : mettez la somme bruitée entre parenthèses.": fautes.only_noise_divided,
        "`mean` divise par la vraie taille : prenez `sum`, puis divisez par `expected_batch_size`.": fautes.averaged,
        "vous divisez deux fois, `mean` le fait déjà : prenez `sum`.": fautes.divided_twice,
        "vous additionnez aussi les paramètres entre eux : `sum(axis=0)` additionne les lignes.": fautes.one_total,
        "le premier nombre de `rng.normal` est la moyenne : écrivez `rng.normal(0, écart_type, size=d)`.": (
            fautes.shifted_noise
        ),
        "`rng` ne sert pas : tirez le bruit du générateur reçu, `rng.normal(…)`.": fautes.own_generator,
        "vous tirez de `np.random` : tirez du générateur reçu, `rng.normal(…)`.": fautes.global_noise,
        "le bruit est de Laplace : DP-SGD prend un bruit gaussien, `rng.normal`.": fautes.laplace_noise,
        "le bruit est uniforme : DP-SGD prend un bruit gaussien, `rng.normal`.": fautes.uniform_noise,
        "le bruit est soustrait : il protégerait autant, mais ajoutez-le, pour retrouver nos chiffres.": (
            fautes.subtracted
        ),
    },
)
