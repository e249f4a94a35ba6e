"""Les mécanismes : leurs sensibilités contre la recherche exhaustive, leurs bruits contre les lois de SciPy.

Un essai statistique a une graine fixe ; il échoue à tort une fois sur mille, au plus, pour une autre graine.
"""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from common.privacy import (
    COUNT_SENSITIVITY,
    bounded_mean,
    bounded_person_sum,
    bounded_sum,
    clip_norm,
    count_query,
    debiased_proportion,
    gaussian_mechanism,
    laplace_mechanism,
    mean_sensitivity,
    randomised_response,
    sum_sensitivity,
)

FALSE_ALARM = 1e-3
UNIVERSE = (-50.0, -2.0, 0.0, 3.0, 90.0)  # des valeurs possibles, dont plusieurs hors des bornes
BOUNDS = [(-2.0, 3.0), (0.0, 3.0), (-3.0, 0.0), (1.0, 3.0), (-3.0, -3.0)]
reals = st.floats(-1e6, 1e6)


def replaced(n):
    """Tous les couples de jeux de n personnes où une ligne en remplace une autre."""
    for rest in product(UNIVERSE, repeat=n - 1):
        for old, new in product(UNIVERSE, repeat=2):
            yield [*rest, old], [*rest, new]


def added(n):
    """Tous les couples de jeux de n − 1 et n personnes."""
    for rest in product(UNIVERSE, repeat=n - 1):
        for new in UNIVERSE:
            yield list(rest), [*rest, new]


def worst_change(query, pairs):
    return max(abs(query(a) - query(b)) for a, b in pairs)


@pytest.mark.parametrize(("low", "high"), BOUNDS)
def test_sum_sensitivity_is_the_worst_case_over_all_neighbours(low, high):
    universe_bounds = {min(max(value, low), high) for value in UNIVERSE}
    assert {low, high} <= universe_bounds  # sinon la recherche ne verrait pas le pire

    def query(values):
        return bounded_sum(values, low, high)

    assert worst_change(query, added(3)) == pytest.approx(sum_sensitivity(low, high))
    assert worst_change(query, replaced(3)) == pytest.approx(sum_sensitivity(low, high, "replace"))


@pytest.mark.parametrize(("low", "high"), BOUNDS)
@pytest.mark.parametrize("n", [1, 2, 4])
def test_mean_sensitivity_is_the_worst_case_over_all_replacements(low, high, n):
    worst = worst_change(lambda values: bounded_mean(values, low, high), replaced(n))
    assert worst == pytest.approx(mean_sensitivity(low, high, n))


@pytest.mark.parametrize("pairs", [added, replaced])
def test_a_count_changes_by_one_at_most(pairs):
    assert worst_change(lambda values: count_query(np.array(values) > 0), pairs(3)) == COUNT_SENSITIVITY


@settings(deadline=None, derandomize=True)
@given(st.lists(reals, min_size=1, max_size=20))
def test_infinite_bounds_change_nothing(values):
    assert bounded_sum(values, -np.inf, np.inf) == pytest.approx(np.sum(values))
    assert bounded_mean(values, -np.inf, np.inf) == pytest.approx(np.mean(values))


def test_one_person_weighs_once_however_many_rows():
    values, person = [4.0, 9.0, 2.0, -7.0], ["a", "b", "a", "c"]
    assert bounded_person_sum(values, person, -1, 5) == (5 + 5 - 1, 5.0)  # a : 6 → 5, b : 9 → 5, c : −7 → −1
    assert bounded_person_sum(values, range(4), -1, 5) == (bounded_sum(values, -1, 5), 5.0)
    assert bounded_person_sum([], [], -8, 5) == (0.0, 8.0)


@settings(deadline=None, derandomize=True)
@given(rows=st.lists(st.tuples(st.floats(-99, 99), st.integers(0, 4)), min_size=1, max_size=12))
def test_removing_a_person_with_all_their_rows_stays_within_the_sensitivity(rows):
    values, person = np.array(rows).T
    total, sensitivity = bounded_person_sum(values, person, -3.0, 2.0)
    for gone in set(person):
        rest, _ = bounded_person_sum(values[person != gone], person[person != gone], -3.0, 2.0)
        assert abs(total - rest) <= sensitivity + 1e-9


def test_limiting_cases_of_queries():
    assert count_query([]) == 0 and count_query(np.array([True, False, True])) == 2
    assert bounded_sum([], 0, 1) == 0
    assert sum_sensitivity(0, np.inf) == np.inf


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: count_query([1, 0, 2]), "ages >= 65"),
        (lambda: count_query([np.nan, 1.0]), "condition"),
        (lambda: randomised_response(["oui", "non"], 1.0, None), 'answers == "oui"'),
        (lambda: bounded_person_sum([1.0, 2.0], ["a"], 0, 1), "2 valeur.*1 personne"),
        (lambda: bounded_person_sum([5.0, -1.0], [np.nan, np.nan], -1, 5), "2 manquante"),
        (lambda: bounded_person_sum([5.0, -1.0], ["a", None], -1, 5), "1 manquante"),
        (lambda: bounded_sum([1.0], 3, 2), "inversées"),
        (lambda: bounded_sum([1.0], np.nan, 2), "inversées"),
        (lambda: bounded_sum([1.0, np.nan, np.nan], 0, 2), "2 valeur"),
        (lambda: bounded_mean([], 0, 1), "zéro personne"),
        (lambda: sum_sensitivity(2, 1), "inversées"),
        (lambda: sum_sensitivity(0, 1, "bounded"), "add_remove"),
        (lambda: mean_sensitivity(0, 1, 0), "au moins une"),
        (lambda: mean_sensitivity(1, 0, 3), "inversées"),
    ],
)
def test_queries_refuse_what_they_cannot_bound(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(("sensitivity", "epsilon"), [(1.0, 1.0), (3.0, 0.5), (0.2, 4.0)])
def test_laplace_noise_has_the_stated_law(sensitivity, epsilon):
    noise = laplace_mechanism(np.zeros(20_000), sensitivity, epsilon, np.random.default_rng(0))
    assert stats.kstest(noise, stats.laplace(scale=sensitivity / epsilon).cdf).pvalue > FALSE_ALARM


@pytest.mark.parametrize(("sensitivity", "noise_multiplier"), [(1.0, 1.0), (3.0, 0.5), (0.2, 4.0)])
def test_gaussian_noise_has_the_stated_law(sensitivity, noise_multiplier):
    noise = gaussian_mechanism(np.zeros(20_000), sensitivity, noise_multiplier, np.random.default_rng(0))
    assert stats.kstest(noise, stats.norm(scale=sensitivity * noise_multiplier).cdf).pvalue > FALSE_ALARM


@pytest.mark.parametrize("mechanism", [laplace_mechanism, gaussian_mechanism])
def test_noise_is_added_to_the_value_and_follows_the_generator(mechanism):
    values = np.array([[1.0, 20.0], [300.0, 4000.0]])
    noisy = mechanism(values, 1.0, 1.0, np.random.default_rng(3))
    zero = mechanism(np.zeros((2, 2)), 1.0, 1.0, np.random.default_rng(3))
    assert noisy - values == pytest.approx(zero)
    assert len(np.unique(zero)) == 4  # un bruit par composante
    assert np.all(mechanism(values, 1.0, 1.0, np.random.default_rng(4)) != noisy)
    assert np.isscalar(mechanism(5, 1.0, 1.0, np.random.default_rng(3)))


def test_no_noise_gives_the_value():
    rng = np.random.default_rng(0)
    assert laplace_mechanism(7.0, 1.0, np.inf, rng) == laplace_mechanism(7.0, 0.0, 1.0, rng) == 7.0
    assert gaussian_mechanism(7.0, 1.0, 0.0, rng) == gaussian_mechanism(7.0, 0.0, 1.0, rng) == 7.0


def test_laplace_ratio_of_densities_is_bounded_by_epsilon():
    epsilon, sensitivity = 0.7, 2.0
    outputs = np.linspace(-30, 30, 2001)
    laws = [stats.laplace(loc=value, scale=sensitivity / epsilon) for value in (0.0, sensitivity)]
    loss = laws[0].logpdf(outputs) - laws[1].logpdf(outputs)
    assert np.max(np.abs(loss)) == pytest.approx(epsilon)


@pytest.mark.parametrize(
    "call",
    [
        lambda rng: laplace_mechanism(0.0, 1.0, 0.0, rng),
        lambda rng: laplace_mechanism(0.0, 1.0, -1.0, rng),
        lambda rng: laplace_mechanism(0.0, 1.0, np.nan, rng),
        lambda rng: laplace_mechanism(0.0, -1.0, 1.0, rng),
        lambda rng: laplace_mechanism(0.0, np.nan, 1.0, rng),
        lambda rng: gaussian_mechanism(0.0, -1.0, 1.0, rng),
        lambda rng: gaussian_mechanism(0.0, 1.0, -1.0, rng),
        lambda rng: gaussian_mechanism(0.0, 1.0, np.nan, rng),
        lambda rng: randomised_response([True], -0.1, rng),
    ],
)
def test_mechanisms_refuse_an_impossible_budget(call):
    with pytest.raises(ValueError, match="vaut"):
        call(np.random.default_rng(0))


@settings(deadline=None, derandomize=True)
@given(st.lists(st.lists(reals, min_size=3, max_size=3), min_size=1, max_size=8), st.floats(1e-3, 1e6))
def test_clipping_shortens_without_turning(rows, max_norm):
    vectors = np.array(rows)
    before = vectors.copy()
    clipped = clip_norm(vectors, max_norm)
    np.testing.assert_array_equal(vectors, before)
    expected = [row if np.linalg.norm(row) <= max_norm else row * max_norm / np.linalg.norm(row) for row in vectors]
    np.testing.assert_allclose(clipped, expected, rtol=1e-12)
    np.testing.assert_allclose(clip_norm(vectors[0], max_norm), clipped[0])


def test_limiting_cases_of_clipping():
    vectors = np.array([[0.0, 0.0], [3.0, 4.0], [1e150, 1e-300]])
    np.testing.assert_array_equal(clip_norm(vectors[:2], np.inf), vectors[:2])
    np.testing.assert_array_equal(clip_norm(vectors[:2], 5.0), vectors[:2])
    assert np.linalg.norm(clip_norm(vectors, 1.0), axis=1).max() <= 1 + 1e-12
    assert clip_norm(np.zeros((0, 3)), 1.0).shape == (0, 3)


@pytest.mark.parametrize(("vector", "max_norm"), [([np.nan], 1.0), ([np.inf], 1.0), ([1.0], 0.0), ([1.0], -1.0)])
def test_clipping_refuses_what_it_cannot_bound(vector, max_norm):
    with pytest.raises(ValueError, match="écrêtage"):
        clip_norm(vector, max_norm)


@pytest.mark.parametrize("epsilon", [0.0, 0.5, np.log(3), 2.0])
def test_randomised_response_tells_the_truth_as_often_as_stated(epsilon):
    n, truth = 20_000, np.exp(epsilon) / (1 + np.exp(epsilon))
    for answer in (True, False):
        told = randomised_response(np.full(n, answer), epsilon, np.random.default_rng(1))
        assert stats.binomtest(int(np.sum(told == answer)), n, truth).pvalue > FALSE_ALARM


def test_infinite_epsilon_always_tells_the_truth():
    answers = np.array([True, False, True])
    told = randomised_response(answers, np.inf, np.random.default_rng(0))
    np.testing.assert_array_equal(told, answers)
    assert debiased_proportion(told, np.inf) == pytest.approx(2 / 3)


@settings(deadline=None, derandomize=True)
@given(st.floats(0.01, 5.0), st.floats(0, 1))
def test_the_estimator_is_unbiased(epsilon, proportion):
    truth = np.exp(epsilon) / (1 + np.exp(epsilon))
    expected_share = proportion * truth + (1 - proportion) * (1 - truth)
    by_response = debiased_proportion([True], epsilon), debiased_proportion([False], epsilon)
    assert np.dot(by_response, [expected_share, 1 - expected_share]) == pytest.approx(proportion, abs=1e-9)
    assert by_response[0] > 1 and by_response[1] < 0  # rogner biaiserait


@pytest.mark.parametrize(("responses", "epsilon"), [([], 1.0), ([True], 0.0), ([True], -1.0)])
def test_the_estimator_refuses_what_says_nothing(responses, epsilon):
    with pytest.raises(ValueError, match="rien à estimer"):
        debiased_proportion(responses, epsilon)
