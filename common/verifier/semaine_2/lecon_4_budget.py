"""Leçon 4, La confidentialité différentielle : le budget de plusieurs questions, et l'audit d'un mécanisme."""

from collections.abc import Callable

import numpy as np

from common.privacy import accounting, audit
from common.verifier.exercise import Exercise
from common.verifier.semaine_2 import lecon_4_fautes as fautes
from common.verifier.semaine_2.lecon_4 import LESSON, observe
from common.verifier.semaine_2.lecon_4_fautes import ratios

RATES = ((0.4, 0.05), (0.97, 0.7), (0.5, 0.5), (1.0, 0.0), (0.2, 0.6), (0.9, 0.1))  # TPR et FPR visées


def observe_each(answer: Callable, case: tuple) -> dict | None:
    """Appelle la réponse sur chacun des groupes d'arguments du cas ; l'écart dira lequel."""
    results = {f"appel avec {arguments}": observe(answer, arguments) for arguments in case}
    return None if all(result is None for result in results.values()) else results


def draw_budgets(rng: np.random.Generator) -> tuple:
    """Tire six budgets : l'ε d'une question, combien de questions (aucune, peu, beaucoup), et le δ admis."""
    counts = [0, 1, *rng.integers(2, 12, 1), *rng.integers(50, 500, 1), *rng.integers(2000, 20_000, 2)]
    sizes = np.exp(rng.uniform(-6, [0.7, 0.7, 0.7, -2, -3, 0.7]))
    return tuple(
        (float(e), int(k), 10.0 ** -int(rng.integers(3, 10))) for e, k in zip(sizes.round(3), counts, strict=True)
    )


def draw_attacks(rng: np.random.Generator) -> tuple:
    """Tire six attaques : alarmes rares, alarmes fréquentes, hasard, attaque parfaite, à l'envers, ordinaire."""
    sizes = np.exp(rng.uniform(3, 10, len(RATES))).astype(int)
    return tuple((*map(int, rng.binomial(n, rates)), int(n)) for n, rates in zip(sizes, RATES, strict=True))


total_epsilon = Exercise(
    title="total_epsilon",
    lesson=LESSON,
    reference=accounting.total_epsilon,
    draw=draw_budgets,
    observe=observe_each,
    mistakes={
        "vous rendez toujours kε : pour beaucoup de questions, la composition avancée est plus petite (k est SOUS la "
        "racine, le logarithme est celui de 1/δ, et le second terme finit par e^ε − 1).": fautes.basic,
        "vous vous en tenez à la composition avancée : pour peu de questions, kε est plus petit.": fautes.advanced,
        "vous gardez la plus GRANDE des deux : toutes deux sont vraies, gardez la plus petite.": fautes.worse_of_two,
        "vous rendez les deux totaux : rendez le plus petit, avec `min`.": fautes.both_bounds,
        "les deux totaux ne s'ajoutent pas : chacun suffit, gardez le plus petit.": fautes.bounds_added,
        "rendez ε seul, sans le δ.": fautes.total_pair,
        "δ ne s'ajoute pas à ε : il se publie à côté.": fautes.delta_added,
        "`delta_slack` ne sert pas : le δ admis n'est pas toujours 1e-6.": fautes.smallest_with(
            lambda epsilon, k, slack: fautes.advanced(epsilon, k, 1e-6)
        ),
        "le logarithme est SOUS la racine, avec 2k.": fautes.smallest_with(
            lambda epsilon, k, slack: epsilon * np.sqrt(2 * k) * slack + k * epsilon * np.expm1(epsilon)
        ),
        "il manque le logarithme de 1/δ sous la racine.": fautes.smallest_with(
            lambda epsilon, k, slack: epsilon * np.sqrt(2 * k * np.exp(slack)) + k * epsilon * np.expm1(epsilon)
        ),
        "le 2 est SOUS la racine.": fautes.smallest_with(
            lambda epsilon, k, slack: 2 * epsilon * np.sqrt(k * slack) + k * epsilon * np.expm1(epsilon)
        ),
        "le second terme finit par e^ε − 1, et non par e^(ε − 1).": fautes.smallest_with(
            lambda epsilon, k, slack: epsilon * np.sqrt(2 * k * slack) + k * epsilon * np.exp(epsilon - 1)
        ),
        "kε multiplie e^ε − 1 tout entier : mettez des parenthèses.": fautes.smallest_with(
            lambda epsilon, k, slack: epsilon * np.sqrt(2 * k * slack) + k * epsilon * np.exp(epsilon) - 1
        ),
        "il manque le second terme, kε(e^ε − 1).": fautes.smallest_with(
            lambda epsilon, k, slack: epsilon * np.sqrt(2 * k * slack)
        ),
        "il manque k dans le second terme, kε(e^ε − 1).": fautes.smallest_with(
            lambda epsilon, k, slack: epsilon * np.sqrt(2 * k * slack) + epsilon * np.expm1(epsilon)
        ),
        "le second terme est kε(e^ε − 1), et non kε².": fautes.smallest_with(
            lambda epsilon, k, slack: epsilon * np.sqrt(2 * k * slack) + k * epsilon**2
        ),
        "il manque le 2 sous la racine.": fautes.smallest_with(
            lambda epsilon, k, slack: epsilon * np.sqrt(k * slack) + k * epsilon * np.expm1(epsilon)
        ),
        "ε sort de la racine, entier.": fautes.smallest_with(
            lambda epsilon, k, slack: np.sqrt(2 * k * slack * epsilon) + k * epsilon * np.expm1(epsilon)
        ),
        "c'est le logarithme népérien, `np.log`.": fautes.smallest_with(
            lambda epsilon, k, slack: epsilon * np.sqrt(2 * k * slack / np.log(10)) + k * epsilon * np.expm1(epsilon)
        ),
    },
)


epsilon_lower_bound = Exercise(
    title="epsilon_lower_bound",
    lesson=LESSON,
    reference=audit.epsilon_lower_bound,
    draw=draw_attacks,
    observe=observe_each,
    mistakes={
        "vos taux sont ceux observés : la chance y est. Prenez les bornes de `clopper_pearson`.": (
            fautes.without_intervals
        ),
        "il manque l'autre réponse de l'attaquant : (1 − FPR) / (1 − TPR), parfois bien plus grand.": (
            fautes.bound_with(lambda tpr, fpr: max(0.0, np.log(tpr[0] / fpr[1])))
        ),
        "il manque le premier rapport, TPR / FPR.": (
            fautes.bound_with(lambda tpr, fpr: max(0.0, np.log((1 - fpr[1]) / (1 - tpr[0]))))
        ),
        "le second rapport est à l'envers : (1 − FPR) / (1 − TPR).": (
            fautes.bound_with(lambda tpr, fpr: max(0.0, np.log(max(tpr[0] / fpr[1], (1 - tpr[0]) / (1 - fpr[1])))))
        ),
        "les deux rapports prennent les MÊMES bornes, la TPR au plus bas et la FPR au plus haut.": (
            fautes.bound_with(fautes.mixed_edges)
        ),
        "vous avez échangé la TPR et la FPR.": fautes.swapped_counts,
        "`clopper_pearson` attend un NOMBRE de succès, et non un taux.": fautes.from_rates,
        "une attaque ratée ne prouve rien : gardez 0, et non la valeur absolue.": (
            fautes.bound_with(lambda tpr, fpr: abs(np.log(max(ratios(tpr[0], fpr[1])))))
        ),
        "une borne négative n'a pas de sens : gardez au moins 0.": (
            fautes.bound_with(lambda tpr, fpr: np.log(max(ratios(tpr[0], fpr[1]))))
        ),
        "vous avez pris les bornes favorables à l'attaquant : il faut sa TPR au plus bas, sa FPR au plus haut.": (
            fautes.bound_with(lambda tpr, fpr: max(0.0, np.log(max(ratios(tpr[1], fpr[0])))))
        ),
        "la FPR se prend au plus HAUT : sinon, la chance de l'attaquant passe pour une fuite.": (
            fautes.bound_with(lambda tpr, fpr: max(0.0, np.log(max(ratios(tpr[0], fpr[0])))))
        ),
        "la TPR se prend au plus BAS : sinon, la chance de l'attaquant passe pour une fuite.": (
            fautes.bound_with(lambda tpr, fpr: max(0.0, np.log(max(ratios(tpr[1], fpr[1])))))
        ),
        "deux bornes se partagent l'erreur permise de 5 % : chacune se prend à 0.975.": (
            fautes.bound_with(lambda tpr, fpr: max(0.0, np.log(max(ratios(tpr[0], fpr[1])))), one_sided=0.95)
        ),
        "à 0.025, la borne basse passe au-dessus du taux et la haute au-dessous : c'est 0.975.": (
            fautes.bound_with(lambda tpr, fpr: max(0.0, np.log(max(ratios(tpr[0], fpr[1])))), one_sided=0.025)
        ),
        "vous gardez le plus petit des deux rapports : l'attaquant choisit le meilleur.": (
            fautes.bound_with(lambda tpr, fpr: max(0.0, np.log(min(ratios(tpr[0], fpr[1])))))
        ),
        "vous rendez un rapport : ε en est le logarithme.": (
            fautes.bound_with(lambda tpr, fpr: max(ratios(tpr[0], fpr[1])))
        ),
        "vous rendez un rapport, au moins 1 : ε en est le logarithme.": (
            fautes.bound_with(lambda tpr, fpr: max(1.0, *ratios(tpr[0], fpr[1])))
        ),
        "c'est le logarithme népérien, `np.log`.": (
            fautes.bound_with(lambda tpr, fpr: max(0.0, np.log10(max(ratios(tpr[0], fpr[1])))))
        ),
        "les deux rapports s'opposent, ils ne s'ajoutent pas : gardez le plus grand.": (
            fautes.bound_with(lambda tpr, fpr: max(0.0, np.log(sum(ratios(tpr[0], fpr[1])))))
        ),
    },
)
