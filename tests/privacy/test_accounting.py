"""Le compte du budget, contre Opacus, contre les formules exactes, et contre le piège des tours que l'on oublie."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opacus.accountants import create_accountant
from scipy.stats import norm

from common.privacy import accounting, analytic_gaussian_sigma, gaussian_epsilon
from common.privacy.accounting import (
    Participation,
    client_level_epsilon,
    compose_advanced,
    compose_basic,
    epsilon_from_rdp,
    federated_epsilon,
    noise_multiplier_for,
    rdp_gaussian,
    subsampled,
)

KNOWN = {"noise_multiplier": 1.5, "sample_rate": 0.04, "delta": 1e-5}
DELTA = 1e-5


def opacus_epsilon(noise_multiplier, sample_rate, steps, delta, accountant):
    """Ce que répond Opacus, et s'il a prévenu que sa borne n'est pas serrée."""
    oracle = create_accountant(accountant)
    oracle.history = [(noise_multiplier, sample_rate, steps)]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        spent = float(oracle.get_epsilon(delta))
    return spent, any("alpha" in str(warning.message) for warning in caught)


def test_known_answers_of_opacus():
    assert accounting.epsilon(**KNOWN, steps=2250) == pytest.approx(7.32911117143, abs=1e-10)
    # L'essai d'Opacus compte int(90 // 0.04) pas : 2249, et non 2250, car 90 // 0.04 vaut 2249.0 en virgule flottante.
    assert accounting.epsilon(**KNOWN, steps=2249, accountant="prv") == pytest.approx(6.777395712150674, abs=1e-7)
    assert accounting.epsilon(**KNOWN, steps=2250, accountant="prv") == pytest.approx(6.7791320762541165, abs=1e-7)


@pytest.mark.parametrize("accountant", ["rdp", "prv"])
@pytest.mark.parametrize("run", [(0.8, 0.01, 500), (1.1, 256 / 60_000, 3000), (2.0, 0.2, 40), (1.0, 1.0, 5)])
@pytest.mark.parametrize("delta", [1e-7, 1e-3])
def test_epsilon_equals_opacus(accountant, run, delta):
    expected, warned = opacus_epsilon(*run, delta, accountant)
    assert not warned
    assert accounting.epsilon(*run, delta, accountant) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("run", [(50.0, 0.001, 5), (5.0, 0.01, 1), (20.0, 1.0, 1)])
def test_a_small_budget_is_tighter_than_opacus_and_silent(run):
    loose, warned = opacus_epsilon(*run, DELTA, "rdp")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        spent = accounting.epsilon(*run, DELTA)
    assert warned and spent < loose
    assert spent >= accounting.epsilon(*run, DELTA, "prv") - accounting.PRV_ERROR


@pytest.mark.parametrize("accountant", ["rdp", "prv"])
@pytest.mark.parametrize("steps", [1, 10])
def test_without_sampling_epsilon_bounds_the_exact_gaussian_one(accountant, steps):
    exact = gaussian_epsilon(1.5 / math.sqrt(steps), DELTA)  # k pas gaussiens valent un seul, de bruit σ/√k
    spent = accounting.epsilon(1.5, 1.0, steps, DELTA, accountant)
    assert exact <= spent <= exact * (1.12 if accountant == "rdp" else 1) + accounting.PRV_ERROR + 1e-3


@pytest.mark.parametrize("accountant", ["rdp", "prv"])
def test_limiting_cases_of_epsilon(accountant):
    def spent(*run, delta=DELTA):
        return accounting.epsilon(*run, delta, accountant)

    assert spent(0.0, 0.04, 10) == spent(1e-200, 0.04, 10) == math.inf
    assert spent(1.5, 0.04, 0) == spent(1.5, 0.0, 10) == spent(0.0, 0.04, 0) == spent(math.inf, 0.04, 10) == 0.0
    assert spent(1.0, 0.5, 1, delta=0.5) == 0.0  # Opacus rend ici un ε négatif
    assert spent(1e200, 0.04, 10) < 0.02


def test_the_tighter_accountant_refuses_what_would_fill_the_memory():
    for run in [(0.1, 0.04, 2250), (0.3, 0.01, 10_000), (0.02, 1.0, 1)]:
        with pytest.raises(ValueError, match='accountant="rdp"'):
            accounting.epsilon(*run, DELTA, "prv")
        assert accounting.epsilon(*run, DELTA) > 50


@pytest.mark.parametrize(
    ("run", "message"),
    [
        ((-1.0, 0.1, 1, DELTA), "Compte impossible"),
        ((math.nan, 0.1, 1, DELTA), "Compte impossible"),
        ((1.0, 0.1, -1, DELTA), "Compte impossible"),
        ((1.0, 0.1, 2.5, DELTA), "nombre entier"),
        ((1.0, 0.1, math.inf, DELTA), "nombre entier"),
        ((1.0, 0.1, 1, 0.0), "Compte impossible"),
        ((1.0, 0.1, 1, 1.0), "Compte impossible"),
        ((1.0, 1.1, 1, DELTA), "probabilité"),
        ((1.0, -0.1, 1, DELTA), "probabilité"),
        ((1.0, 0.1, 1, DELTA, "gdp"), "gdp"),
    ],
)
def test_impossible_runs_are_refused(run, message):
    with pytest.raises(ValueError, match=message):
        accounting.epsilon(*run)


@pytest.mark.parametrize(("target", "sample_rate", "steps"), [(0.05, 0.01, 100), (1.0, 0.04, 2250), (1e10, 1.0, 3)])
def test_noise_multiplier_is_enough_and_the_smallest(target, sample_rate, steps):
    noise = noise_multiplier_for(target, DELTA, sample_rate, steps)
    assert accounting.epsilon(noise, sample_rate, steps, DELTA) <= target
    assert accounting.epsilon(noise * (1 - 1e-5), sample_rate, steps, DELTA) > target


def test_noise_multiplier_matches_opacus():
    # Valeurs des essais d'Opacus, à sa tolérance de 0,01 sur ε : 90 époques, puis 2000 pas.
    assert noise_multiplier_for(8.0, DELTA, 0.04, 2250) == pytest.approx(1.416, abs=2e-3)
    assert noise_multiplier_for(8.0, DELTA, 0.04, 2000) == pytest.approx(1.3562, abs=2e-3)


def test_limiting_cases_of_noise_multiplier():
    assert noise_multiplier_for(1.0, DELTA, 0.04, 0) == noise_multiplier_for(1.0, DELTA, 0.0, 10) == 0.0
    assert noise_multiplier_for(math.inf, DELTA, 0.04, 10) == 0.0
    assert noise_multiplier_for(1.0, DELTA, 1.0, 1) >= analytic_gaussian_sigma(1.0, DELTA)
    with pytest.raises(ValueError, match="positif"):
        noise_multiplier_for(0.0, DELTA, 0.04, 10)
    with pytest.raises(ValueError, match="hors d'atteinte"):
        noise_multiplier_for(1e-4, DELTA, 0.04, 10)


@pytest.mark.parametrize("accountant", ["rdp", "prv"])
def test_rounds_of_steps_are_steps_and_forgetting_rounds_is_lower(accountant):
    one_round = accounting.epsilon(1.5, 0.04, 25, DELTA, accountant)
    all_rounds = federated_epsilon({"nord": Participation(0.04, 25, 90)}, 1.5, DELTA, accountant)["nord"]
    assert all_rounds == accounting.epsilon(1.5, 0.04, 2250, DELTA, accountant)
    assert one_round < all_rounds / 3  # le piège : le compte remis à zéro à chaque tour
    assert all_rounds < compose_basic([(one_round, DELTA)] * 90)[0] / 3  # et composer tour par tour coûte trop


def test_each_client_spends_by_its_own_rounds():
    spent = federated_epsilon(
        {
            "assidu": Participation(0.04, 25, 90),
            "petit": Participation(0.4, 25, 90),
            "rare": Participation(0.04, 25, 9),
            "absent": Participation(0.04, 25, 0),
        },
        noise_multiplier=1.5,
        delta=DELTA,
    )
    assert spent["absent"] == 0 < spent["rare"] < spent["assidu"] < spent["petit"]
    assert federated_epsilon({"nord": Participation(0.04, 1, 1)}, 0.0, DELTA) == {"nord": math.inf}
    assert federated_epsilon({}, 1.0, DELTA) == {}


def test_client_level_counts_one_step_per_round():
    assert client_level_epsilon(1.2, 0.01, 300, DELTA) == accounting.epsilon(1.2, 0.01, 300, DELTA)
    assert client_level_epsilon(1.2, 0.01, 0, DELTA) == 0
    assert client_level_epsilon(1.2, 1.0, 300, DELTA) > 10 * client_level_epsilon(1.2, 0.01, 300, DELTA)


def test_basic_composition_adds():
    assert compose_basic([]) == (0.0, 0.0)
    assert compose_basic([(0.5, 1e-6), (1.0, 0.0), (0.25, 2e-6)]) == pytest.approx((1.75, 3e-6))
    assert compose_basic(iter([(1.0, 0.1)] * 3)) == pytest.approx((3.0, 0.3))


def test_advanced_composition_matches_the_worked_formula():
    # ε = 0,1, k = 100, δ' = 1e-6 : 0,1 √(200 × 13,8155) + 10 (e^0,1 − 1) = 5,25652 + 1,05171.
    spent, delta = compose_advanced(0.1, 1e-6, 100, delta=1e-8)
    assert spent == pytest.approx(5.25652 + 1.05171, abs=1e-4)
    assert delta == pytest.approx(100 * 1e-8 + 1e-6)


def test_advanced_composition_wins_for_many_answers_and_loses_for_few():
    assert compose_advanced(0.1, 1e-6, 100)[0] < compose_basic([(0.1, 0.0)] * 100)[0]
    assert compose_advanced(0.1, 1e-6, 3)[0] > compose_basic([(0.1, 0.0)] * 3)[0]
    assert compose_advanced(0.0, 1e-6, 10) == (0.0, 1e-6)
    assert compose_advanced(1.0, 1e-6, 0) == (0.0, 1e-6)


def test_the_total_keeps_the_smaller_of_two_true_bounds():
    assert accounting.total_epsilon(0.1, 3, 1e-6) == pytest.approx(0.3, rel=1e-12)
    assert accounting.total_epsilon(0.1, 1000, 1e-6) == compose_advanced(0.1, 1e-6, 1000)[0] < 100
    assert accounting.total_epsilon(5.0, 1000, 1e-6) == 5000.0
    assert accounting.total_epsilon(1000.0, 3, 1e-6) == 3000.0  # e^1000 déborde
    assert accounting.total_epsilon(0.1, 0, 1e-6) == accounting.total_epsilon(1000.0, 0, 1e-6) == 0.0


@pytest.mark.parametrize(
    "arguments",
    [(1.0, 0.0, 1), (1.0, 1.0, 1), (1.0, 0.1, -1), (-1.0, 0.1, 1), (1.0, math.nan, 1), (1.0, 0.1, math.nan)],
)
def test_advanced_composition_refuses_impossible_arguments(arguments):
    with pytest.raises(ValueError, match="Composition impossible"):
        compose_advanced(*arguments)


@settings(deadline=None, derandomize=True)
@given(st.floats(1e-6, 20), st.floats(0, 1))
def test_amplification_matches_the_closed_form(epsilon, sample_rate):
    amplified, delta = subsampled(epsilon, 1e-6, sample_rate)
    assert amplified == pytest.approx(math.log1p(sample_rate * math.expm1(epsilon)), abs=1e-12)
    assert amplified <= epsilon + 1e-12
    assert delta == pytest.approx(sample_rate * 1e-6)


def test_amplification_is_reached_by_sampled_randomised_response():
    """Une personne, tirée avec la probabilité q, répond « oui » ; absente, elle répond à pile ou face biaisé."""
    epsilon, sample_rate = 1.3, 0.2
    truth = math.exp(epsilon) / (1 + math.exp(epsilon))
    present = sample_rate * truth + (1 - sample_rate) * (1 - truth)
    assert math.log(present / (1 - truth)) == pytest.approx(subsampled(epsilon, 0.0, sample_rate)[0])


def test_limiting_cases_of_amplification():
    assert subsampled(2.0, 1e-5, 1.0) == pytest.approx((2.0, 1e-5))
    assert subsampled(2.0, 1e-5, 0.0) == pytest.approx((0.0, 0.0))
    assert subsampled(900.0, 0.0, 0.5)[0] == pytest.approx(900 + math.log(0.5))
    assert subsampled(0.01, 0.0, 0.03)[0] == pytest.approx(0.01 * 0.03, rel=0.01)
    with pytest.raises(ValueError, match="probabilité"):
        subsampled(1.0, 0.0, 1.5)


@pytest.mark.parametrize("alpha", [1.5, 2.0, 8.0])
def test_rdp_matches_its_definition(alpha):
    """D_α(N(1, σ²) || N(0, σ²)), intégrée."""
    sigma, x = 1.7, np.linspace(-60, 80, 400_001)
    log_p, log_q = (norm(mean, sigma).logpdf(x) for mean in (1, 0))
    divergence = math.log(np.trapezoid(np.exp(alpha * log_p + (1 - alpha) * log_q), x)) / (alpha - 1)
    assert rdp_gaussian(alpha, sigma) == pytest.approx(divergence, rel=1e-6)


def test_rdp_by_hand_equals_the_accountant_without_sampling():
    alphas = np.array([*[1 + x / 10 for x in range(1, 100)], *range(12, 64), *accounting.LARGER_ALPHAS])
    by_hand = epsilon_from_rdp(10 * rdp_gaussian(alphas, 1.5), alphas, DELTA)
    assert by_hand == pytest.approx(accounting.epsilon(1.5, 1.0, 10, DELTA), rel=1e-12)


def test_limiting_cases_of_the_conversion():
    assert epsilon_from_rdp(0.0, 2.0, 0.5) == 0.0  # la formule seule rendrait −0,69
    assert epsilon_from_rdp([1.0, math.inf], [2.0, 3.0], DELTA) == epsilon_from_rdp(1.0, 2.0, DELTA)
