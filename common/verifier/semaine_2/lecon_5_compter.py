"""Leçon 5, tirer les lots et compter ε : poisson_sample, epsilon_by_center."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from common.privacy import dp_sgd, private_clients
from common.verifier.exercise import Exercise
from common.verifier.hints import hinted_errors
from common.verifier.semaine_2 import lecon_5_compter_fautes as fautes
from common.verifier.semaine_2.lecon_5 import LESSON, numpy_seeded

HINTS = {
    "Generator' object is not callable": "`rng` ne s'appelle pas tel quel, écrivez `rng.random(n)`",
    "truth value of a Series": "`runs` attend un nombre, prenez les centres un par un, avec `.items()`",
    "of 'method' and|and 'method'|builtin_function_or_method": "il manque des parenthèses, écrivez `rng.random(n)`",
    "cannot unpack|not enough values": "pour parcourir noms et nombres ensemble, ajoutez `.items()`",
    "^KeyError": "aucune colonne ne porte ce nom, voyez `frame.columns`",
    r"epsilon\(\).*(unexpected|positional)": "écrivez `settings.epsilon(delta, runs=nombre_de_tours)`",
}


def draw_sample(rng: np.random.Generator) -> tuple:
    """Tire un effectif de 1 à 200, une probabilité (parfois 0 ou 1) et une graine."""
    n = int(rng.integers(1, 201))
    rate = (rng.integers(n) + rng.uniform(0.1, 0.4)) / n  # un lot de taille fixe : `int` et `round` la disent pareille
    return n, float(rng.choice([0, 1, rate, rate, rate])), int(rng.integers(1000))


def observe_sample(answer: Callable, case: tuple) -> Any:
    """Appelle la réponse avec un générateur neuf ; une liste d'entiers vaut un tableau."""
    n, sample_rate, seed = case
    with numpy_seeded(seed), hinted_errors(HINTS):
        batch = answer(n, sample_rate, np.random.default_rng(seed))
    return np.asarray(batch, dtype=None if batch else int) if isinstance(batch, list) else batch


poisson_sample = Exercise(
    title="poisson_sample",
    lesson=LESSON,
    reference=dp_sgd.poisson_sample,
    draw=draw_sample,
    observe=observe_sample,
    mistakes={
        "la taille du lot est fixe : chacun joue sa place à pile ou face, et la taille varie.": fautes.fixed_size,
        "la taille du lot est fixe, et rien n'est rangé : tirez `rng.random(n)`, chacun joue alors sa place.": (
            fautes.fixed_size_unsorted
        ),
        "vous mélangez puis coupez : la taille est fixe, et le compte d'ε ne couvre pas ce tirage.": (
            fautes.shuffled_then_cut
        ),
        "un exemple peut être tiré deux fois : chacun entre une fois, ou pas.": fautes.with_replacement,
        "ce sont les premiers exemples, sans hasard : tirez avec `rng.random(n)`.": fautes.first_ones,
        "vous rendez le masque vrai/faux : rendez les indices, `np.flatnonzero(…)`.": fautes.mask,
        "`np.where` rend un couple : prenez `np.flatnonzero`, ou son premier élément.": fautes.where,
        "`np.argwhere` rend une colonne : prenez `np.flatnonzero`.": fautes.column,
        "vous retenez les autres : entre dans le lot celui dont le nombre est SOUS `sample_rate`.": fautes.complement,
        "un seul tirage décide pour tous : il en faut un par exemple, `rng.random(n)`.": fautes.one_coin,
        "vous rendez les nombres tirés : rendez les indices.": fautes.drawn_numbers,
        "les indices commencent à 0 : vous les décalez de 1.": fautes.from_one,
        "`sample_rate` ne sert pas : ce n'est pas toujours une chance sur deux.": fautes.even_coin,
        "`rng` ne sert pas : tirez du générateur reçu, sinon chaque lot serait le même.": fautes.fixed_seed,
        "vous tirez de `np.random` : tirez du générateur reçu, `rng.random(n)`.": fautes.global_sample,
        "c'est bien un tirage de Poisson, mais pas le nôtre : employez `rng.random(n)`.": fautes.binomial,
        "taille puis membres, c'est aussi un tirage de Poisson, mais pas le nôtre : employez `rng.random(n)`.": (
            fautes.size_first
        ),
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
    with hinted_errors(HINTS):
        budget = answer(*case)
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
        "vous relisez la mesure `epsilon` : c'est elle que l'on vérifie, comptez les tours.": fautes.announced_epsilon,
        "vous additionnez les ε annoncés : chacun compte déjà les tours d'avant ; comptez les tours.": (
            fautes.announced_epsilon_sum
        ),
        "vous multipliez par la racine du nombre de tours : le comptable fait mieux, `runs=`.": fautes.square_root,
        "un seul nombre pour tous : rendez un ε par centre.": fautes.single_number,
        "vous rendez le nombre de tours : rendez l'ε, `settings.epsilon(delta, runs=…)`.": fautes.rounds_only,
    },
)
