"""Leçon 4 de la semaine 2, le budget et l'audit : ce que les contrôles doivent refuser, et avec quel message."""

import math

import numpy as np
from scipy.stats import binomtest

from common.privacy.accounting import compose_advanced
from common.privacy.accounting import total_epsilon as total
from common.privacy.audit import clopper_pearson
from common.privacy.audit import epsilon_lower_bound as bound


def added_up(epsilon, k, delta_slack):
    return epsilon * k


def minus_one_forgotten(epsilon, k, delta_slack):
    root = epsilon * np.sqrt(2 * k * np.log(1 / delta_slack))
    return min(k * epsilon, root + k * epsilon * np.exp(epsilon))


def k_outside_the_root(epsilon, k, delta_slack):
    root = epsilon * k * np.sqrt(2 * np.log(1 / delta_slack))
    return min(k * epsilon, root + k * epsilon * (np.exp(epsilon) - 1))


def advanced_only(epsilon, k, delta_slack):
    return compose_advanced(epsilon, delta_slack, k)[0]


def the_larger(epsilon, k, delta_slack):
    return max(k * epsilon, compose_advanced(epsilon, delta_slack, k)[0])


def with_delta(epsilon, k, delta_slack):
    return total(epsilon, k, delta_slack), delta_slack


def second_term_forgotten(epsilon, k, delta_slack):
    return min(k * epsilon, epsilon * np.sqrt(2 * k * np.log(1 / delta_slack)))


def second_term_once(epsilon, k, delta_slack):
    return min(k * epsilon, epsilon * np.sqrt(2 * k * np.log(1 / delta_slack)) + epsilon * (np.exp(epsilon) - 1))


def second_term_squared(epsilon, k, delta_slack):
    return min(k * epsilon, epsilon * np.sqrt(2 * k * np.log(1 / delta_slack)) + k * epsilon**2)


def two_forgotten(epsilon, k, delta_slack):
    return min(k * epsilon, epsilon * np.sqrt(k * np.log(1 / delta_slack)) + k * epsilon * (np.exp(epsilon) - 1))


def epsilon_in_the_root(epsilon, k, delta_slack):
    return min(k * epsilon, np.sqrt(2 * k * epsilon * np.log(1 / delta_slack)) + k * epsilon * (np.exp(epsilon) - 1))


def decimal_logarithm(epsilon, k, delta_slack):
    root = epsilon * np.sqrt(2 * k * np.log10(1 / delta_slack))
    return min(k * epsilon, root + k * epsilon * (np.exp(epsilon) - 1))


def logarithm_of_delta(epsilon, k, delta_slack):
    root = epsilon * math.sqrt(2 * k * math.log(delta_slack))
    return min(k * epsilon, root + k * epsilon * (math.exp(epsilon) - 1))


def both_added(epsilon, k, delta_slack):
    return k * epsilon + compose_advanced(epsilon, delta_slack, k)[0]


def fixed_delta(epsilon, k, delta_slack):
    return total(epsilon, k, 1e-6)


def one_question(epsilon, k, delta_slack):
    return epsilon


def only_many_questions(epsilon, k, delta_slack):
    return k * epsilon if k < 100 else compose_advanced(epsilon, delta_slack, k)[0]


def capped(epsilon, k, delta_slack):
    return min(100.0, total(epsilon, k, delta_slack))


def whole(epsilon, k, delta_slack):
    return round(total(epsilon, k, delta_slack))


def nothing(epsilon, k, delta_slack):
    total(epsilon, k, delta_slack)


TOTAL = [
    (added_up, "vous rendez toujours kε"),
    (minus_one_forgotten, "vous rendez toujours kε"),
    (k_outside_the_root, "vous rendez toujours kε"),
    (advanced_only, "vous vous en tenez à la composition avancée"),
    (the_larger, "la plus GRANDE"),
    (with_delta, "sans le δ"),
    (second_term_forgotten, "il manque le second terme"),
    (second_term_once, "il manque k dans le second terme"),
    (second_term_squared, "et non kε²"),
    (two_forgotten, "il manque le 2"),
    (epsilon_in_the_root, "ε sort de la racine"),
    (decimal_logarithm, "népérien"),
    (logarithm_of_delta, "nombre positif"),
    (both_added, "pas celui attendu"),
    (fixed_delta, "pas celui attendu"),
    (one_question, "pas celui attendu"),
    (only_many_questions, "pas celui attendu"),
    (capped, "pas celui attendu"),
    (whole, "appel avec"),
    (nothing, "`return`"),
]


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
    (swapped_counts, "pas celui attendu"),
    (absolute, "pas celui attendu"),
    (a_thousand_trials, "pas celui attendu"),
    (two_tuples, "nommez-les"),
    (without_a_chance, "votre code lève"),
    (capped_bound, "pas celui attendu"),
    (no_result, "`return`"),
]

WRONG = {"total_epsilon": TOTAL, "epsilon_lower_bound": BOUND}


def as_conditions(epsilon, k, delta_slack):
    advanced = epsilon * math.sqrt(-2 * k * math.log(delta_slack)) + k * epsilon * math.expm1(epsilon)
    return advanced if advanced < k * epsilon else k * epsilon


def with_scipy(true_positives, false_positives, n):
    tpr, fpr = (binomtest(k, n).proportion_ci(0.95) for k in (true_positives, false_positives))
    ratios = [1.0, tpr.low / fpr.high]
    if tpr.low < 1:
        ratios.append((1 - fpr.high) / (1 - tpr.low))
    return float(np.log(max(ratios)))


RIGHT = {"total_epsilon": [as_conditions], "epsilon_lower_bound": [with_scipy]}
