"""Leçon 5, DP-SGD : threshold_at_fpr, clip_gradients, private_gradient, poisson_sample, epsilon_by_center."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from common import attacks
from common.privacy import dp_sgd, private_clients
from common.verifier.exercise import Exercise
from common.verifier.hints import hinted_errors
from common.verifier.semaine_2 import lecon_5_fautes as fautes

LESSON = "semaine_2/corriges/05_dp_sgd.ipynb"
HINTS = {
    "slice indices|indices must be integers|only integers|valid indices|expected an integer": (
        "un rang est un entier, écrivez `int(…)`"
    ),
    "broadcast": "les formes ne s'accordent pas ; pour les normes, `axis=1, keepdims=True` donne (n, 1)",
    "unexpected keyword|positional argument": "écrivez `settings.epsilon(delta, runs=nombre_de_tours)`",
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
    },
)


def draw_private(rng: np.random.Generator) -> tuple:
    """Tire des gradients, une borne, un bruit (nul une fois sur quatre), une taille attendue et une graine."""
    noise = float(rng.choice([0, 1, 1, 1]) * rng.uniform(0.3, 3))
    return *draw_clip(rng), noise, float(rng.uniform(1, 60)), int(rng.integers(1000))


def observe_with_generator(answer: Callable, case: tuple) -> Any:
    """Appelle la réponse avec un générateur neuf, fait de la graine du cas."""
    *arguments, seed = case
    return observe(answer, (*arguments, np.random.default_rng(seed)))


private_gradient = Exercise(
    title="private_gradient",
    lesson=LESSON,
    reference=dp_sgd.private_gradient,
    draw=draw_private,
    observe=observe_with_generator,
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
        "`rng` ne sert pas : tirez le bruit du générateur reçu, `rng.normal(…)`.": fautes.own_generator,
        "le bruit est de Laplace : DP-SGD prend un bruit gaussien, `rng.normal`.": fautes.laplace_noise,
        "le bruit est uniforme : DP-SGD prend un bruit gaussien, `rng.normal`.": fautes.uniform_noise,
        "le bruit est soustrait : il protégerait autant, mais ajoutez-le, pour retrouver nos chiffres.": (
            fautes.subtracted
        ),
    },
)


def draw_sample(rng: np.random.Generator) -> tuple:
    """Tire un effectif de 1 à 200, une probabilité (parfois 0 ou 1) et une graine."""
    rate = rng.uniform(0.05, 0.95)
    return int(rng.integers(1, 201)), float(rng.choice([0, 1, rate, rate, rate])), int(rng.integers(1000))


def observe_sample(answer: Callable, case: tuple) -> Any:
    """Appelle la réponse avec un générateur neuf ; une liste d'entiers vaut un tableau."""
    batch = observe_with_generator(answer, case)
    return np.asarray(batch, dtype=None if batch else int) if isinstance(batch, list) else batch


poisson_sample = Exercise(
    title="poisson_sample",
    lesson=LESSON,
    reference=dp_sgd.poisson_sample,
    draw=draw_sample,
    observe=observe_sample,
    mistakes={
        "la taille du lot est fixe : chacun joue sa place à pile ou face, et la taille varie.": fautes.fixed_size,
        "vous mélangez puis coupez : la taille est fixe, et le compte d'ε ne couvre pas ce tirage.": (
            fautes.shuffled_then_cut
        ),
        "un exemple peut être tiré deux fois : chacun entre une fois, ou pas.": fautes.with_replacement,
        "ce sont les premiers exemples, sans hasard : tirez avec `rng.random(n)`.": fautes.first_ones,
        "vous rendez le masque vrai/faux : rendez les indices, `np.flatnonzero(…)`.": fautes.mask,
        "`np.where` rend un couple : prenez `np.flatnonzero`, ou son premier élément.": fautes.where,
        "vous retenez les autres : entre dans le lot celui dont le nombre est SOUS `sample_rate`.": fautes.complement,
        "un seul tirage décide pour tous : il en faut un par exemple, `rng.random(n)`.": fautes.one_coin,
        "vous rendez les nombres tirés : rendez les indices.": fautes.drawn_numbers,
        "les indices commencent à 0 : vous les décalez de 1.": fautes.from_one,
        "`sample_rate` ne sert pas : ce n'est pas toujours une chance sur deux.": fautes.even_coin,
        "`rng` ne sert pas : tirez du générateur reçu, sinon chaque lot serait le même.": fautes.fixed_seed,
        "c'est bien un tirage de Poisson, mais pas le nôtre : employez `rng.random(n)`.": fautes.binomial,
    },
)


def draw_journal(rng: np.random.Generator) -> tuple:
    """Tire le journal d'une fédération : centres inégalement présents, une ou deux mesures, quelques évaluations."""
    centers = [str(name) for name in rng.permutation(["A", "B", "C", "hôpital", "Lyon"])[: rng.integers(2, 6)]]
    metrics = ["epsilon", "loss"][: rng.integers(1, 3)]
    rows, num_rounds = [], int(rng.integers(3, 13))
    for server_round in range(1, num_rounds + 1):
        for name in rng.permutation(centers)[: rng.integers(1, len(centers) + 1)]:
            rows += [(server_round, str(name), "train", metric, rng.uniform(0, 2), 20) for metric in metrics]
        for name in ["global", *rng.permutation(centers)[: rng.integers(0, len(centers) + 1)]]:
            rows.append((server_round, str(name), "test", "accuracy", rng.uniform(0, 1), 9))
    frame = pd.DataFrame(rows, columns=["round", "center", "split", "metric", "value", "num_examples"])
    # un lot fait de tout le monde (sample_rate = 1) : le compte d'ε est alors immédiat
    settings = dp_sgd.DPSGD(1.0, float(rng.uniform(2, 9)), 1.0, sample_rate=1.0, steps=int(rng.integers(1, 20)))
    return frame.sample(frac=1, random_state=int(rng.integers(1000))), settings, float(10 ** rng.uniform(-6, -3))


def observe_budget(answer: Callable, case: tuple) -> Any:
    """Appelle la réponse et range son dictionnaire (ou sa série) par nom de centre."""
    budget = observe(answer, case)
    if isinstance(budget, pd.Series):
        budget = budget.to_dict()
    return dict(sorted(budget.items())) if isinstance(budget, dict) else budget


epsilon_by_center = Exercise(
    title="epsilon_by_center",
    lesson=LESSON,
    reference=private_clients.epsilon_by_center,
    draw=draw_journal,
    observe=observe_budget,
    mistakes={
        "vous ADDITIONNEZ l'ε d'un tour : ce plafond est vrai mais lâche ; `runs=` fait composer le comptable.": (
            fautes.added
        ),
        "c'est l'ε d'UN tour : comptez les tours de chaque centre, `runs=`.": fautes.one_round,
        "tous les centres paient tous les tours : chacun ne paie que les tours où il a appris.": fautes.all_rounds,
        "vous prenez le NUMÉRO du dernier tour : comptez les tours.": fautes.last_round,
        "un tour compte autant de fois qu'il a de mesures : comptez les tours différents, `.nunique()`.": (
            fautes.rows_counted
        ),
        "les évaluations sont comptées : gardez les lignes où `split` vaut « train ».": fautes.with_evaluations,
        "vous comptez les évaluations à la place des apprentissages : `split` doit valoir « train ».": (
            fautes.evaluations_only
        ),
        "vous recopiez ce que les centres annoncent : c'est ce que l'on vérifie, comptez les tours.": fautes.announced,
        "vous additionnez la colonne `value` : comptez les tours.": fautes.announced_sum,
        "vous multipliez par la racine du nombre de tours : le comptable fait mieux, `runs=`.": fautes.square_root,
        "un seul nombre pour tous : rendez un ε par centre.": fautes.single_number,
        "vous rendez le nombre de tours : rendez l'ε, `settings.epsilon(delta, runs=…)`.": fautes.rounds_only,
    },
)
