"""Le calibrage du bruit gaussien, contre l'intégrale de la définition, Opacus et l'algorithme 1 de Balle et Wang."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.stats import norm

from common.privacy import analytic_gaussian_sigma, classic_gaussian_sigma, gaussian_delta, gaussian_epsilon

epsilons, deltas, sensitivities = st.floats(0.01, 50), st.floats(1e-10, 0.5), st.floats(1e-3, 1e3)


def delta_by_definition(sigma, epsilon, sensitivity):
    """Intègre max(0, p − e^ε q), où p et q sont les lois de la réponse sur deux jeux voisins."""
    p, q = norm(sensitivity, sigma).pdf, norm(0, sigma).pdf
    start = sensitivity / 2 + epsilon * sigma**2 / sensitivity  # p l'emporte sur e^ε q à partir de là
    return quad(lambda x: p(x) - math.exp(epsilon) * q(x), start, max(start, sensitivity) + 15 * sigma, epsabs=1e-14)[0]


def balle_wang_sigma(epsilon, delta):
    """L'algorithme 1 de l'article, écrit d'après lui (B+ et B−, puis α), pour une sensibilité de 1."""

    def profile(sign, v):
        return norm.cdf(sign * math.sqrt(epsilon * v)) - math.exp(epsilon) * norm.cdf(-math.sqrt(epsilon * (v + 2)))

    sign = 1 if delta >= profile(1, 0) else -1
    v = brentq(lambda v: profile(sign, v) - delta, 0, 1e4, xtol=1e-14, rtol=1e-14)
    alpha = math.sqrt(1 + v / 2) - sign * math.sqrt(v / 2)
    return alpha / math.sqrt(2 * epsilon)


@pytest.mark.parametrize("sigma", [0.4, 1.0, 5.0])
@pytest.mark.parametrize("epsilon", [0.0, 0.3, 1.0, 4.0])
@pytest.mark.parametrize("sensitivity", [0.5, 1.0, 3.0])
def test_delta_matches_its_definition(sigma, epsilon, sensitivity):
    assert gaussian_delta(sigma, epsilon, sensitivity) == pytest.approx(
        delta_by_definition(sigma, epsilon, sensitivity), rel=1e-7, abs=1e-13
    )


@settings(deadline=None, derandomize=True)
@given(st.floats(0.05, 50), st.floats(0, 20))
def test_delta_matches_opacus(sigma, epsilon):
    from opacus.accountants.analysis.gdp import delta_eps_mu

    assert gaussian_delta(sigma, epsilon) == pytest.approx(delta_eps_mu(eps=epsilon, mu=1 / sigma), rel=1e-6, abs=1e-13)


def test_limiting_cases_of_delta():
    assert gaussian_delta(0.0, 3.0) == 1.0
    assert gaussian_delta(2.0, 1.0, 0.0) == gaussian_delta(0.0, 1.0, 0.0) == 0.0
    assert gaussian_delta(2.0, 0.0, 3.0) == pytest.approx(2 * norm.cdf(0.75) - 1)
    assert gaussian_delta(1e9, 1.0) == gaussian_delta(math.inf, 1.0) == gaussian_delta(1.0, math.inf) == 0.0
    assert gaussian_delta(0.01, 800.0) == pytest.approx(1.0)  # e^800 déborderait


# La valeur que publie le code des auteurs, reprise par diPLSlib : calibrateAnalyticGaussianMechanism(1, 1e-5, 1).
def test_sigma_matches_the_value_of_the_authors_code():
    assert analytic_gaussian_sigma(1.0, 1e-5) == pytest.approx(3.730631634944469, rel=1e-9)


@pytest.mark.parametrize("epsilon", [0.01, 0.5, 1.0, 5.0, 30.0])
@pytest.mark.parametrize("delta", [1e-9, 1e-5, 0.02, 0.3, 0.9])
def test_sigma_matches_algorithm_1(epsilon, delta):
    assert analytic_gaussian_sigma(epsilon, delta) == pytest.approx(balle_wang_sigma(epsilon, delta), rel=1e-6)


@settings(deadline=None, derandomize=True)
@given(epsilons, deltas, sensitivities)
def test_sigma_is_private_and_the_smallest(epsilon, delta, sensitivity):
    sigma = analytic_gaussian_sigma(epsilon, delta, sensitivity)
    assert gaussian_delta(sigma, epsilon, sensitivity) <= delta
    assert gaussian_delta(sigma * (1 - 1e-5), epsilon, sensitivity) > delta
    assert sigma == pytest.approx(sensitivity * analytic_gaussian_sigma(epsilon, delta))


@settings(deadline=None, derandomize=True)
@given(st.floats(0.05, 50), deltas)
def test_epsilon_is_the_inverse_of_delta(sigma, delta):
    epsilon = gaussian_epsilon(sigma, delta)
    assert gaussian_delta(sigma, epsilon) <= delta
    assume(epsilon > 1e-6)
    assert gaussian_delta(sigma, epsilon * (1 - 1e-6)) > delta
    assert analytic_gaussian_sigma(epsilon, delta) == pytest.approx(sigma, rel=1e-4)


def test_limiting_cases_of_epsilon():
    assert gaussian_epsilon(0.0, 1e-5) == gaussian_epsilon(1e-200, 1e-5) == math.inf
    assert gaussian_epsilon(1.0, 1e-5, 0.0) == gaussian_epsilon(1e7, 1e-5) == gaussian_epsilon(math.inf, 1e-5) == 0.0
    assert gaussian_epsilon(2.0, 1e-5, 2.0) == pytest.approx(gaussian_epsilon(1.0, 1e-5))


@settings(deadline=None, derandomize=True)
@given(st.floats(0.01, 0.999), st.floats(1e-10, 0.99))
def test_the_classic_sigma_is_private_and_never_smaller(epsilon, delta):
    classic = classic_gaussian_sigma(epsilon, delta, 2.0)
    assert classic == pytest.approx(2 * np.sqrt(2 * np.log(1.25 / delta)) / epsilon)
    assert classic >= analytic_gaussian_sigma(epsilon, delta, 2.0)


def test_the_classic_formula_is_refused_where_its_proof_stops_and_it_does_become_wrong():
    for epsilon in (1.0, 20.0):
        with pytest.raises(ValueError, match="analytic_gaussian_sigma"):
            classic_gaussian_sigma(epsilon, 1e-5)
    too_small = math.sqrt(2 * math.log(1.25 / 1e-5)) / 20
    assert gaussian_delta(too_small, 20.0) > 1e-5


def test_zero_sensitivity_or_an_infinite_budget_needs_no_noise():
    assert analytic_gaussian_sigma(math.inf, 1e-5) == 0.0
    assert analytic_gaussian_sigma(1.0, 1e-5, 0.0) == classic_gaussian_sigma(0.5, 1e-5, 0.0) == 0.0


@pytest.mark.parametrize("sigma_of", [analytic_gaussian_sigma, classic_gaussian_sigma])
@pytest.mark.parametrize(
    "budget", [(0.0, 0.1), (-1.0, 0.1), (math.nan, 0.1), (0.5, 0.0), (0.5, 1.0), (0.5, math.nan), (0.5, 0.1, -1.0)]
)
def test_impossible_budgets_are_refused(sigma_of, budget):
    with pytest.raises(ValueError, match="Budget impossible"):
        sigma_of(*budget)


@pytest.mark.parametrize("arguments", [(-1.0, 1.0), (1.0, -1.0), (1.0, 1.0, -1.0), (math.nan, 1.0), (1.0, math.nan)])
def test_delta_refuses_negative_arguments(arguments):
    with pytest.raises(ValueError, match="positifs ou nuls"):
        gaussian_delta(*arguments)
