"""Leçon 4 de la semaine 2, l'audit : ce que le contrôle doit refuser, et avec quel message."""

import math

import numpy as np

from common.privacy.audit import clopper_pearson
from common.privacy.audit import epsilon_lower_bound as bound


def rates(true_positives, false_positives, n, one_sided=0.975):
    intervals = (clopper_pearson(k, n, one_sided) for k in (true_positives, false_positives))
    return [float(edge) for interval in intervals for edge in interval]  # TPR basse, haute ; FPR basse, haute


def at_least_zero(*ratios):
    return max(0.0, math.log(max(ratios)))


def by_frequencies(true_positives, false_positives, n):
    tpr, fpr = np.float64(true_positives) / n, np.float64(false_positives) / n
    return max(0.0, np.log(max(tpr / fpr, (1 - fpr) / (1 - tpr))))


def first_ratio(true_positives, false_positives, n):
    low, _, _, high = rates(true_positives, false_positives, n)
    return at_least_zero(low / high)


def second_ratio(true_positives, false_positives, n):
    low, _, _, high = rates(true_positives, false_positives, n)
    return at_least_zero((1 - high) / (1 - low))


def negative(true_positives, false_positives, n):
    low, _, _, high = rates(true_positives, false_positives, n)
    return math.log(max(low / high, (1 - high) / (1 - low)))


def for_the_attacker(true_positives, false_positives, n):
    _, tpr, fpr, _ = np.float64(rates(true_positives, false_positives, n))
    return max(0.0, np.log(max(tpr / fpr, (1 - fpr) / (1 - tpr))))


def both_low(true_positives, false_positives, n):
    tpr, _, fpr, _ = np.float64(rates(true_positives, false_positives, n))
    return max(0.0, np.log(max(tpr / fpr, (1 - fpr) / (1 - tpr))))


def both_high(true_positives, false_positives, n):
    _, tpr, _, fpr = np.float64(rates(true_positives, false_positives, n))
    return max(0.0, np.log(max(tpr / fpr, (1 - fpr) / (1 - tpr))))


def one_twentieth_each(true_positives, false_positives, n):
    low, _, _, high = rates(true_positives, false_positives, n, one_sided=0.95)
    return at_least_zero(low / high, (1 - high) / (1 - low))


def smaller_ratio(true_positives, false_positives, n):
    low, _, _, high = rates(true_positives, false_positives, n)
    return at_least_zero(min(low / high, (1 - high) / (1 - low)))


def raw_ratio(true_positives, false_positives, n):
    low, _, _, high = rates(true_positives, false_positives, n)
    return max(low / high, (1 - high) / (1 - low))


def ratio_of_one_or_more(true_positives, false_positives, n):
    low, _, _, high = rates(true_positives, false_positives, n)
    return max(1.0, low / high, (1 - high) / (1 - low))


def common_logarithm(true_positives, false_positives, n):
    return bound(true_positives, false_positives, n) / math.log(10)


def ratios_added(true_positives, false_positives, n):
    low, _, _, high = rates(true_positives, false_positives, n)
    return at_least_zero(low / high + (1 - high) / (1 - low))


def swapped_counts(true_positives, false_positives, n):
    return bound(false_positives, true_positives, n)


def absolute(true_positives, false_positives, n):
    low, _, _, high = rates(true_positives, false_positives, n)
    return abs(math.log(low / high)) if low else 0.0


def a_thousand_trials(true_positives, false_positives, n):
    return bound(min(true_positives, 1000), min(false_positives, 1000), 1000)


def without_a_chance(true_positives, false_positives, n):
    return math.log(true_positives / false_positives)


def two_tuples(true_positives, false_positives, n):
    return np.log(clopper_pearson(true_positives, n, 0.975) / clopper_pearson(false_positives, n, 0.975))


def capped_bound(true_positives, false_positives, n):
    return min(1.0, bound(true_positives, false_positives, n))


def no_result(true_positives, false_positives, n):
    bound(true_positives, false_positives, n)


def second_upside_down(true_positives, false_positives, n):
    low, _, _, high = rates(true_positives, false_positives, n)
    return at_least_zero(low / high, (1 - low) / (1 - high))


def other_edges_in_the_second(true_positives, false_positives, n):
    low, top, bottom, high = np.float64(rates(true_positives, false_positives, n))
    return max(0.0, np.log(max(low / high, (1 - bottom) / (1 - top))))


def rates_given(true_positives, false_positives, n):
    low, _, _, high = rates(true_positives / n, false_positives / n, n)
    return at_least_zero(low / high, (1 - high) / (1 - low))


def small_confidence(true_positives, false_positives, n):
    low, _, _, high = rates(true_positives, false_positives, n, one_sided=0.025)
    return max(0.0, np.log(np.float64(max(low / high, (1 - high) / (1 - low)))))


def absolute_bound(true_positives, false_positives, n):
    low, _, _, high = rates(true_positives, false_positives, n)
    return abs(math.log(max(low / high, (1 - high) / (1 - low))))


def frequencies_of_python(true_positives, false_positives, n):
    tpr, fpr = true_positives / n, false_positives / n
    return at_least_zero(tpr / fpr, (1 - fpr) / (1 - tpr))


def confidence_forgotten(true_positives, false_positives, n):
    return clopper_pearson(true_positives, n)[0]


def order_of_arguments(true_positives, false_positives, n):
    return clopper_pearson(n, true_positives, 0.975)[0]


BOUND = [
    (by_frequencies, "la chance y est"),
    (first_ratio, "il manque l'autre réponse"),
    (second_ratio, "il manque le premier rapport"),
    (negative, "une borne négative"),
    (for_the_attacker, "favorables à l'attaquant"),
    (both_low, "au plus HAUT"),
    (both_high, "au plus BAS"),
    (one_twentieth_each, "se partagent l'erreur"),
    (smaller_ratio, "le plus petit des deux rapports"),
    (raw_ratio, "vous rendez un rapport :"),
    (ratio_of_one_or_more, "vous rendez un rapport, au moins 1"),
    (common_logarithm, "népérien"),
    (ratios_added, "ne s'ajoutent pas"),
    (swapped_counts, "échangé la TPR et la FPR"),
    (second_upside_down, "le second rapport est à l'envers"),
    (other_edges_in_the_second, "les MÊMES bornes"),
    (rates_given, "un NOMBRE de succès"),
    (small_confidence, "à 0.025"),
    (absolute_bound, "la valeur absolue"),
    (frequencies_of_python, "n'y divise pas"),
    (confidence_forgotten, "trois arguments"),
    (order_of_arguments, "l'ordre est"),
    (absolute, "pas celui attendu"),
    (a_thousand_trials, "pas celui attendu"),
    (two_tuples, "nommez-les"),
    (without_a_chance, "votre code lève"),
    (capped_bound, "pas celui attendu"),
    (no_result, "`return`"),
]

WRONG = {"epsilon_lower_bound": BOUND}
