"""Leçon 4 de la semaine 2 : des réponses justes, écrites autrement que la référence, qui doivent passer."""

import math

import numpy as np
from scipy.stats import binomtest

from common.privacy.audit import clopper_pearson


def expected_value_solved(responses, epsilon):
    lie = 1 / (1 + np.exp(epsilon))
    return sum(bool(answer) - lie for answer in responses) / len(responses) / (1 - 2 * lie)


def hyperbolic(responses, epsilon):
    return 0.5 + (np.mean(responses) - 0.5) / np.tanh(epsilon / 2)


def by_counting(responses, epsilon):
    yes = 0
    for response in responses:
        yes += bool(response)
    odds = np.exp(epsilon)
    return np.array((yes / len(responses) * (1 + odds) - 1) / (odds - 1))


def centred_on_the_value(value, sensitivity, epsilon, rng):
    return rng.laplace(value, sensitivity / epsilon)


def two_exponentials(value, sensitivity, epsilon, rng):
    size = np.shape(value)
    return value + sensitivity / epsilon * (rng.exponential(size=size) - rng.exponential(size=size))


def inverted_law(value, sensitivity, epsilon, rng):
    uniform = rng.random(np.shape(value)) - 0.5
    return value - sensitivity / epsilon * np.sign(uniform) * np.log1p(-2 * abs(uniform))


def by_loop(values, person, low, high):
    totals = {}
    for value, who in zip(values, person, strict=True):
        totals[who] = totals.get(who, 0) + value
    return sum(min(max(total, low), high) for total in totals.values()), max(-low, high, low)


def by_pivot(values, person, low, high):
    totals = values.to_frame("v").assign(p=person).pivot_table(index="p", values="v", aggfunc="sum")["v"]
    return np.clip(totals, low, high).sum(), np.abs([low, high]).max()


def as_an_array(values, person, low, high):
    totals = np.array([values[person == who].sum() for who in set(person)])
    return np.array([np.clip(totals, low, high).sum(), max(abs(low), abs(high))])


def as_conditions(epsilon, k, delta_slack):
    advanced = epsilon * math.sqrt(-2 * k * math.log(delta_slack)) + k * epsilon * math.expm1(epsilon)
    return advanced if advanced < k * epsilon else k * epsilon


def smallest_of_an_array(epsilon, k, delta_slack):
    root = epsilon * (2 * k * -np.log(delta_slack)) ** 0.5
    return np.array([k * epsilon, root + k * epsilon * np.expm1(epsilon)]).min()


def two_logarithms(true_positives, false_positives, n):
    low, _ = clopper_pearson(true_positives, n, 0.975)
    _, high = clopper_pearson(false_positives, n, 0.975)
    return np.array(max(0, np.log(low / high), np.log((1 - high) / (1 - low))))


def with_scipy(true_positives, false_positives, n):
    tpr, fpr = (binomtest(k, n).proportion_ci(0.95) for k in (true_positives, false_positives))
    ratios = [1.0, tpr.low / fpr.high]
    if tpr.low < 1:
        ratios.append((1 - fpr.high) / (1 - tpr.low))
    return float(np.log(max(ratios)))


RIGHT = {
    "debiased_proportion": [expected_value_solved, hyperbolic, by_counting],
    "laplace_mechanism": [centred_on_the_value, two_exponentials, inverted_law],
    "bounded_person_sum": [by_loop, by_pivot, as_an_array],
    "total_epsilon": [as_conditions, smallest_of_an_array],
    "epsilon_lower_bound": [with_scipy, two_logarithms],
}
