"""Leçon 4 de la semaine 2, le budget : ce que le contrôle doit refuser, et avec quel message."""

import math

import numpy as np

from common.privacy.accounting import compose_advanced
from common.privacy.accounting import total_epsilon as total


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


def logarithm_outside_the_root(epsilon, k, delta_slack):
    root = epsilon * np.sqrt(2 * k) * np.log(1 / delta_slack)
    return min(k * epsilon, root + k * epsilon * np.expm1(epsilon))


def logarithm_forgotten(epsilon, k, delta_slack):
    root = epsilon * np.sqrt(2 * k * (1 / delta_slack))
    return min(k * epsilon, root + k * epsilon * np.expm1(epsilon))


def two_outside_the_root(epsilon, k, delta_slack):
    root = 2 * epsilon * np.sqrt(k * np.log(1 / delta_slack))
    return min(k * epsilon, root + k * epsilon * np.expm1(epsilon))


def one_in_the_exponent(epsilon, k, delta_slack):
    root = epsilon * np.sqrt(2 * k * np.log(1 / delta_slack))
    return min(k * epsilon, root + k * epsilon * np.exp(epsilon - 1))


def without_parentheses(epsilon, k, delta_slack):
    root = epsilon * np.sqrt(2 * k * np.log(1 / delta_slack))
    return min(k * epsilon, root + k * epsilon * np.exp(epsilon) - 1)


def two_totals(epsilon, k, delta_slack):
    return k * epsilon, compose_advanced(epsilon, delta_slack, k)[0]


def delta_in_epsilon(epsilon, k, delta_slack):
    return min(k * epsilon, compose_advanced(epsilon, delta_slack, k)[0] + delta_slack)


def per_question(epsilon, k, delta_slack):
    return total(epsilon, k, delta_slack) / k


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
    (both_added, "ne s'ajoutent pas"),
    (fixed_delta, "`delta_slack` ne sert pas"),
    (logarithm_outside_the_root, "le logarithme est SOUS la racine"),
    (logarithm_forgotten, "il manque le logarithme"),
    (two_outside_the_root, "le 2 est SOUS la racine"),
    (one_in_the_exponent, "e^(ε − 1)"),
    (without_parentheses, "mettez des parenthèses"),
    (two_totals, "les deux totaux : rendez le plus petit"),
    (delta_in_epsilon, "δ ne s'ajoute pas à ε"),
    (per_question, "n'y divise pas"),
    (one_question, "pas celui attendu"),
    (only_many_questions, "pas celui attendu"),
    (capped, "pas celui attendu"),
    (whole, "appel avec"),
    (nothing, "`return`"),
]

WRONG = {"total_epsilon": TOTAL}
