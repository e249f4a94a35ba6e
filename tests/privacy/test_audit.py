"""L'audit : ses bornes par le calcul exact, puis des mécanismes justes et cassés, à graine fixe.

Une borne dépasse à tort le vrai ε au plus une fois sur vingt (confiance de 95 %) ; chaque graine est fixée.
"""

import math
from functools import partial

import numpy as np
import pytest
from scipy.stats import binom, binomtest, norm

from common.privacy import (
    analytic_gaussian_sigma,
    gaussian_epsilon,
    gaussian_mechanism,
    laplace_mechanism,
    randomised_response,
)
from common.privacy.audit import (
    CONFIDENCE,
    audit,
    audit_step,
    clopper_pearson,
    dirac_canary,
    epsilon_lower_bound,
    mu_lower_bound,
)

EPSILON, DELTA, TRIALS = 1.0, 1e-5, 10_000
DATASET, NEIGHBOUR = np.ones(10), np.ones(11)
FAR_ABOVE = 3 * EPSILON


def laplace_count(values, rng, sensitivity=1.0):
    return laplace_mechanism(np.sum(values), sensitivity, EPSILON, rng)


def gaussian_count(values, rng):
    return gaussian_mechanism(np.sum(values), 1.0, analytic_gaussian_sigma(EPSILON, DELTA), rng)


def run(mechanism, delta=0.0, dataset=DATASET, neighbour=NEIGHBOUR, trials=TRIALS, seed=0):
    return audit(mechanism, dataset, neighbour, trials, delta, np.random.default_rng(seed))


def private_gradient(gradients, rng, max_norm=1.0, noise_multiplier=1.0):
    norms = np.linalg.norm(gradients, axis=1, keepdims=True)
    total = (gradients / np.maximum(1, norms / max_norm)).sum(axis=0)
    return (total + rng.normal(0, noise_multiplier, total.shape)) / 32


def batch(seed=0):
    return np.random.default_rng(seed).normal(size=(32, 20))


@pytest.mark.parametrize(("successes", "n"), [(0, 10), (3, 10), (10, 10), (1, 1), (400, 5000)])
@pytest.mark.parametrize("one_sided", [0.95, 0.975])
def test_clopper_pearson_matches_scipy(successes, n, one_sided):
    low, high = clopper_pearson(successes, n, one_sided)
    expected = [
        getattr(binomtest(successes, n, alternative=side).proportion_ci(one_sided), bound)
        for side, bound in (("greater", "low"), ("less", "high"))
    ]
    assert [low, high] == pytest.approx(expected)


def by_hand(true_positives, false_positives, n, delta, confidence):
    each = 1 - (1 - confidence) / 2
    tpr = binomtest(true_positives, n, alternative="greater").proportion_ci(each).low
    fpr = binomtest(false_positives, n, alternative="less").proportion_ci(each).high
    return max(0.0, *(math.log(max(r, 1e-9)) for r in ((tpr - delta) / fpr, (1 - fpr - delta) / (1 - tpr))))


@pytest.mark.parametrize("counts", [(900, 100), (990, 500), (500, 10), (500, 500), (100, 900), (1000, 0), (0, 1000)])
@pytest.mark.parametrize("delta", [0.0, 0.05])
@pytest.mark.parametrize("confidence", [0.9, 0.99])
def test_the_bound_matches_its_definition(counts, delta, confidence):
    bound = epsilon_lower_bound(*counts, 1000, delta, confidence)
    assert isinstance(bound, float)
    assert bound == pytest.approx(by_hand(*counts, 1000, delta, confidence))


def test_limiting_cases_of_the_bounds():
    assert epsilon_lower_bound(500, 500, 1000) == mu_lower_bound(500, 500, 1000) == 0.0
    assert epsilon_lower_bound(0, 0, 1000) == epsilon_lower_bound(1000, 1000, 1000) == 0.0
    assert epsilon_lower_bound(5000, 0, 5000) == pytest.approx(math.log(5000 / 3.7), abs=0.01)
    assert epsilon_lower_bound(900, 100, 1000, delta=0.9) == 0.0
    np.testing.assert_allclose(
        epsilon_lower_bound([900, 500], [100, 500], 1000), [epsilon_lower_bound(900, 100, 1000), 0.0]
    )


@pytest.mark.parametrize("counts", [(-1, 0), (0, -1), (11, 0), (0, 11)])
def test_counts_out_of_range_are_refused(counts):
    for bound in (epsilon_lower_bound, mu_lower_bound):
        with pytest.raises(ValueError, match="de 0 à 10"):
            bound(*counts, 10)
    with pytest.raises(ValueError, match="n ≥ 1"):
        epsilon_lower_bound(0, 0, 0)


def probability_of_exceeding(bound, limit, tpr, fpr, n):
    """Calcule, sans tirage, la probabilité que la borne dépasse `limit`."""
    counts = np.arange(n + 1)
    exceeds = bound(counts[:, None], counts[None, :], n) > limit
    return binom.pmf(counts, n, tpr) @ exceeds @ binom.pmf(counts, n, fpr)


@pytest.mark.parametrize("epsilon", [0.2, 1.0, 3.0])
@pytest.mark.parametrize("delta", [0.0, 0.05])
@pytest.mark.parametrize("fpr", [0.01, 0.2, 0.5])
def test_a_private_mechanism_is_accused_at_most_one_time_in_twenty(epsilon, delta, fpr):
    """Le pire mécanisme (ε, δ) : TPR = min(e^ε FPR + δ, 1 − e^−ε (1 − δ − FPR))."""
    tpr = min(math.exp(epsilon) * fpr + delta, 1 - math.exp(-epsilon) * (1 - delta - fpr))
    bound = partial(epsilon_lower_bound, delta=delta)
    assert probability_of_exceeding(bound, epsilon, tpr, fpr, 200) <= 1 - CONFIDENCE


@pytest.mark.parametrize("mu", [0.3, 1.0, 2.0])
@pytest.mark.parametrize("fpr", [0.01, 0.2, 0.5])
def test_a_gaussian_mechanism_is_accused_at_most_one_time_in_twenty(mu, fpr):
    tpr = norm.cdf(norm.ppf(fpr) + mu)
    assert probability_of_exceeding(mu_lower_bound, mu, tpr, fpr, 200) <= 1 - CONFIDENCE


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_right_laplace_mechanism_is_bounded_closely(seed):
    assert 0.8 * EPSILON < run(laplace_count, seed=seed).epsilon <= EPSILON


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_right_gaussian_mechanism_is_bounded(seed):
    # Le pire d'un bruit gaussien est un événement de probabilité δ : la borne n'en voit qu'une part.
    assert 0.15 * EPSILON < run(gaussian_count, DELTA, seed=seed).epsilon <= EPSILON


def test_the_same_data_teach_nothing():
    assert run(laplace_count, neighbour=DATASET).epsilon == 0.0
    assert run(lambda values, rng: 3.0).epsilon == 0.0


def test_a_yes_or_no_mechanism_is_bounded_closely():
    found = run(lambda answer, rng: randomised_response([answer], EPSILON, rng), dataset=False, neighbour=True)
    assert 0.8 * EPSILON < found.epsilon <= EPSILON


def test_a_very_noisy_output_does_not_hide_the_others():
    found = run(lambda values, rng: [rng.normal(0, 1000), laplace_count(values, rng)])
    assert 0.8 * EPSILON < found.epsilon <= EPSILON


def test_the_attack_is_not_measured_on_the_trials_that_chose_it():
    calls = iter(range(200))

    def talkative_at_first(values, rng):
        return np.sum(values) if next(calls) % 100 < 50 else 0.0

    assert run(talkative_at_first, trials=100).epsilon == 0.0


def test_the_direction_is_not_chosen_on_the_trials_that_measure_it():
    """Du bruit pur en 300 dimensions : une direction tirée de tous les essais les séparerait, par chance."""
    assert run(lambda values, rng: rng.normal(size=300), neighbour=DATASET, trials=200).epsilon == 0.0


def without_noise(values, rng):
    return np.sum(values)


def same_noise_each_time(values, rng):
    return laplace_count(values, np.random.default_rng(0))


def wrong_sensitivity(values, rng):
    return laplace_count(values, rng, sensitivity=0.1)


def ten_answers_for_the_price_of_one(values, rng):
    return laplace_mechanism(np.full(10, np.sum(values)), 1.0, EPSILON, rng)


@pytest.mark.parametrize(
    "mechanism", [without_noise, same_noise_each_time, wrong_sensitivity, ten_answers_for_the_price_of_one]
)
def test_a_broken_mechanism_is_caught(mechanism):
    assert run(mechanism).epsilon > FAR_ABOVE
    assert run(mechanism, dataset=NEIGHBOUR, neighbour=DATASET).epsilon > FAR_ABOVE


def test_a_sum_without_clipping_is_caught():
    with_outlier = np.append(DATASET, 1000.0)
    assert run(laplace_count, neighbour=with_outlier).epsilon > FAR_ABOVE
    clipped = run(lambda values, rng: laplace_count(np.clip(values, 0, 1), rng), neighbour=with_outlier)
    assert clipped.epsilon <= EPSILON


def test_ten_answers_at_a_tenth_of_the_price_are_within_budget():
    def ten_answers(values, rng):
        return laplace_mechanism(np.full(10, np.sum(values)), 10.0, EPSILON, rng)

    assert run(ten_answers).epsilon <= EPSILON


def test_the_audit_counts_what_it_says_and_follows_its_seed():
    found = run(laplace_count)
    assert found == run(laplace_count) != run(laplace_count, seed=1)
    assert found.num_trials == TRIALS // 2
    assert found.epsilon == epsilon_lower_bound(found.true_positives, found.false_positives, found.num_trials)
    assert str(run(without_noise)) == (
        "ε ≥ 7,21 (confiance 95 %) : voisin reconnu 5000 fois sur 5000, à tort 0 fois sur 5000"
    )


def test_audits_without_enough_trials_or_finite_outputs_are_refused():
    with pytest.raises(ValueError, match="quelques milliers"):
        run(laplace_count, trials=3)
    with pytest.raises(ValueError, match="finie"):
        run(lambda values, rng: np.nan, trials=10)


def test_the_canary_is_long_and_uses_the_quietest_direction():
    gradients = batch()
    gradients[:, 7] *= 1e-3
    canary = dirac_canary(gradients)
    assert np.flatnonzero(canary).tolist() == [7]
    assert canary[7] == pytest.approx(100 * np.linalg.norm(gradients, axis=1).max())
    assert dirac_canary(np.zeros((0, 3))).max() == 100


def step(**settings):
    return audit_step(partial(private_gradient, **settings), batch(), 4000, DELTA, np.random.default_rng(0)).epsilon


@pytest.mark.parametrize("noise_multiplier", [0.7, 1.0, 3.0])
def test_a_right_step_is_bounded_closely(noise_multiplier):
    promised = gaussian_epsilon(noise_multiplier, DELTA)
    assert 0.6 * promised < step(noise_multiplier=noise_multiplier) <= promised


def test_a_broken_step_is_caught():
    promised = gaussian_epsilon(1.0, DELTA)
    assert step(max_norm=np.inf) > 3 * promised  # bruit sans écrêtage
    assert step(noise_multiplier=0.0) > 3 * promised  # écrêtage sans bruit
    assert step(noise_multiplier=0.5) > 1.5 * promised  # deux fois trop peu de bruit
    assert step(max_norm=2.0) > 1.5 * promised  # écrêtage à une autre norme que celle du bruit


def test_a_step_that_ignores_its_batch_teaches_nothing():
    silent = audit_step(lambda gradients, rng: np.zeros(20), batch(), 1000, DELTA, np.random.default_rng(0))
    assert silent.epsilon == 0.0
