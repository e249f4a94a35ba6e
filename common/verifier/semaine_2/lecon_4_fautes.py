"""Les erreurs que la leçon 4 de la semaine 2 sait nommer : pour chaque message, la mauvaise réponse qui le mérite."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy.special import expit

from common import privacy
from common.privacy.accounting import compose_advanced, total_epsilon
from common.privacy.audit import clopper_pearson, epsilon_lower_bound


def proportion_with(correct: Callable) -> Callable:
    """Fabrique une estimation où `correct(part observée, probabilité de dire vrai)` remplace la correction."""
    return lambda responses, epsilon: correct(np.mean(responses), expit(epsilon))


def proportion_with_truth(truth: Callable) -> Callable:
    """Fabrique une estimation juste, sauf que la probabilité de dire vrai y vaut `truth(epsilon)`."""

    def wrong(responses: np.ndarray, epsilon: float) -> float:
        p = truth(epsilon)
        return (np.mean(responses) - (1 - p)) / (2 * p - 1)

    return wrong


def estimated_count(responses: np.ndarray, epsilon: float) -> float:
    return len(responses) * privacy.debiased_proportion(responses, epsilon)


def proportion_of_counted(responses: np.ndarray, epsilon: float) -> float:
    truth = expit(epsilon)
    return (np.sum(responses) - (1 - truth)) / (2 * truth - 1)


def proportion_per_response(responses: np.ndarray, epsilon: float) -> np.ndarray:
    truth = expit(epsilon)
    return (responses - (1 - truth)) / (2 * truth - 1)


def laplace_with(scale: Callable) -> Callable:
    """Fabrique un mécanisme de Laplace d'échelle `scale(sensitivity, epsilon)`."""
    return lambda value, sensitivity, epsilon, rng: value + rng.laplace(0, scale(sensitivity, epsilon), np.shape(value))


def gaussian_noise(value, sensitivity, epsilon, rng):
    return value + rng.normal(0, sensitivity / epsilon, np.shape(value))


def gaussian_noise_of_same_deviation(value, sensitivity, epsilon, rng):
    return value + rng.normal(0, np.sqrt(2) * sensitivity / epsilon, np.shape(value))


def swapped_scale(value, sensitivity, epsilon, rng):
    return value + rng.laplace(sensitivity / epsilon, 0, np.shape(value))


def one_noise_in_an_array(value, sensitivity, epsilon, rng):
    return value + rng.laplace(0, sensitivity / epsilon, 1)


def multiplied_noise(value, sensitivity, epsilon, rng):
    return value * rng.laplace(0, sensitivity / epsilon, np.shape(value))


def answer_from_zero(value, sensitivity, epsilon, rng):
    return np.maximum(0, privacy.laplace_mechanism(value, sensitivity, epsilon, rng))


def scale_as_centre(value, sensitivity, epsilon, rng):
    return value + rng.laplace(sensitivity / epsilon, size=np.shape(value))


def one_noise_for_all(value, sensitivity, epsilon, rng):
    return value + rng.laplace(0, sensitivity / epsilon)


def noise_alone(value, sensitivity, epsilon, rng):
    return rng.laplace(0, sensitivity / epsilon, np.shape(value))


def frozen_seed(value, sensitivity, epsilon, rng):
    return privacy.laplace_mechanism(value, sensitivity, epsilon, np.random.default_rng(0))


def ignored_generator(value, sensitivity, epsilon, rng):
    return privacy.laplace_mechanism(value, sensitivity, epsilon, np.random.default_rng())


def positive_noise(value, sensitivity, epsilon, rng):
    return value + np.abs(rng.laplace(0, sensitivity / epsilon, np.shape(value)))


def rounded_answer(value, sensitivity, epsilon, rng):
    return np.round(privacy.laplace_mechanism(value, sensitivity, epsilon, rng))


def no_noise(value, sensitivity, epsilon, rng):
    return np.asarray(value)


def person_sum_with(
    bound: Callable = lambda totals, low, high: totals.clip(low, high),
    sensitivity: Callable = lambda low, high: max(abs(low), abs(high)),
    gather: str = "sum",
) -> Callable:
    """Fabrique une somme bornée dont on remplace les bornes, la sensibilité, ou ce que l'on fait des lignes."""

    def wrong(values: pd.Series, person: pd.Series, low: float, high: float) -> tuple[float, float]:
        totals = values.groupby(person).agg(gather)
        return bound(totals, low, high).sum(), sensitivity(low, high)

    return wrong


def bounded_rows(values, person, low, high):
    return values.clip(low, high).sum(), max(abs(low), abs(high))


def bounded_rows_then_persons(values, person, low, high):
    return person_sum_with()(values.clip(low, high), person, low, high)


def bounded_rows_times_rows(values, person, low, high):
    return values.clip(low, high).sum(), max(abs(low), abs(high)) * values.groupby(person).size().max()


def bounded_total(values, person, low, high):
    return float(np.clip(values.sum(), low, high)), max(abs(low), abs(high))


def observed_sensitivity(values, person, low, high):
    totals = values.groupby(person).sum()
    return totals.clip(low, high).sum(), totals.abs().max()


def observed_bounded_sensitivity(values, person, low, high):
    totals = values.groupby(person).sum().clip(low, high)
    return totals.sum(), totals.abs().max()


def sensitivity_times_rows(values, person, low, high):
    total, sensitivity = privacy.bounded_person_sum(values, person, low, high)
    return total, sensitivity * values.groupby(person).size().max()


def swapped_pair(values, person, low, high):
    return privacy.bounded_person_sum(values, person, low, high)[::-1]


def mean_of_persons(values, person, low, high):
    total, sensitivity = privacy.bounded_person_sum(values, person, low, high)
    return total / person.nunique(), sensitivity


def totals_not_added(values, person, low, high):
    return values.groupby(person).sum().clip(low, high), max(abs(low), abs(high))


def sum_only(values, person, low, high):
    return privacy.bounded_person_sum(values, person, low, high)[0]


def basic(epsilon, k, delta_slack):
    return k * epsilon


def advanced(epsilon, k, delta_slack):
    return compose_advanced(epsilon, delta_slack, k)[0]


def worse_of_two(epsilon, k, delta_slack):
    return max(k * epsilon, advanced(epsilon, k, delta_slack))


def both_bounds(epsilon, k, delta_slack):
    return k * epsilon, advanced(epsilon, k, delta_slack)


def bounds_added(epsilon, k, delta_slack):
    return k * epsilon + advanced(epsilon, k, delta_slack)


def delta_added(epsilon, k, delta_slack):
    return min(k * epsilon, advanced(epsilon, k, delta_slack) + delta_slack)


def total_pair(epsilon, k, delta_slack):
    return total_epsilon(epsilon, k, delta_slack), delta_slack


def smallest_with(advanced_bound: Callable) -> Callable:
    """Fabrique un total où `advanced_bound(ε, k, ln(1/δ'))` remplace la composition avancée."""
    return lambda epsilon, k, delta_slack: min(k * epsilon, advanced_bound(epsilon, k, -np.log(delta_slack)))


def bound_with(bound: Callable, one_sided: float = 0.975) -> Callable:
    """Fabrique une borne d'audit : `bound(intervalle de la TPR, intervalle de la FPR)`, des couples (bas, haut)."""

    def wrong(true_positives: int, false_positives: int, n: int) -> float:
        intervals = (clopper_pearson(k, n, one_sided) for k in (true_positives, false_positives))
        return float(bound(*intervals))

    return wrong


def ratios(tpr, fpr):
    """Les deux rapports d'une attaque, quand ses taux valent exactement `tpr` et `fpr`."""
    return tpr / fpr, (1 - fpr) / (1 - tpr)


def mixed_edges(tpr, fpr):
    """Le premier rapport prend les bonnes bornes, le second les deux autres."""
    return max(0.0, np.log(max(ratios(tpr[0], fpr[1])[0], ratios(np.float64(tpr[1]), fpr[0])[1])))


def from_rates(true_positives, false_positives, n):
    return bound_with(lambda tpr, fpr: max(0.0, np.log(max(ratios(tpr[0], fpr[1])))))(
        true_positives / n, false_positives / n, n
    )


def swapped_counts(true_positives, false_positives, n):
    return epsilon_lower_bound(false_positives, true_positives, n)


def without_intervals(true_positives, false_positives, n):
    with np.errstate(all="ignore"):
        rates = ratios(np.float64(true_positives / n), np.float64(false_positives / n))
        return float(max(0.0, np.log(max(rates))))
