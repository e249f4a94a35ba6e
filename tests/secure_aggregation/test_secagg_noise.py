"""Le bruit de Skellam : sa loi, sa stabilité par somme, sa borne de Rényi, et la place qu'il prend dans 32 bits."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.special import gammaln, logsumexp

from common.privacy.accounting import epsilon, rdp_gaussian
from common.secure_aggregation import noise
from common.secure_aggregation.noise import (
    MAX_VARIANCE,
    PrivateMean,
    noise_bound,
    rdp_skellam,
    rounded_sensitivity,
    secure_rng,
    skellam_noise,
)
from common.secure_aggregation.quantisation import QuantisationError, Quantiser


def log_pmf(k: np.ndarray, variance: float) -> np.ndarray:
    """Le logarithme de la loi de Skellam, par la série de la fonction de Bessel : juste jusque dans les queues."""
    k, j = np.abs(k)[:, None], np.arange(int(variance + 20 * math.sqrt(variance) + 60))
    terms = (2 * j + k) * math.log(variance / 2) - gammaln(j + 1) - gammaln(j + k + 1)
    return logsumexp(terms, axis=1) - variance


def renyi(alpha: int, shift: int, variance: float) -> float:
    """La divergence de Rényi exacte entre Skellam décalé de `shift` et Skellam, à une queue de exp(−40) près."""
    reach = int(40 * math.sqrt(variance) + 6 * shift * alpha + 60)
    k = np.arange(-reach, reach + 1)
    terms = alpha * log_pmf(k - shift, variance) - (alpha - 1) * log_pmf(k, variance)
    assert max(terms[0], terms[-1]) < terms.max() - 40
    return float(logsumexp(terms) / (alpha - 1))


def test_series_agrees_with_scipy():
    k = np.arange(-20, 21)
    np.testing.assert_allclose(np.exp(log_pmf(k, 7.0)), stats.skellam.pmf(k, 3.5, 3.5), atol=1e-14)


@pytest.mark.parametrize("variance", [0.2, 1.0, 5.0, 50.0])
@pytest.mark.parametrize("shift", [1, 2, 5])
@pytest.mark.parametrize("alpha", [2, 3, 8, 20])
def test_renyi_bound_holds_and_is_not_loose(variance, shift, alpha):
    exact = renyi(alpha, shift, variance)
    bound = float(rdp_skellam(alpha, (shift, shift), variance))
    assert exact <= bound
    if variance >= 5 * shift * alpha:
        assert bound <= 1.35 * exact


def test_renyi_bound_holds_for_a_vector():
    """Les entrées sont indépendantes : les divergences exactes s'ajoutent, et restent sous la borne (Δ₂, Δ₁)."""
    shift, variance = np.array([3, 1, 0, 2]), 60.0
    for alpha in (2, 4, 10):
        exact = sum(renyi(alpha, int(s), variance) for s in shift if s)
        bound = rdp_skellam(alpha, (float(np.linalg.norm(shift)), float(np.sum(shift))), variance)
        assert exact <= bound < 1.35 * exact


def test_renyi_bound_worked_by_hand():
    """Les deux branches du minimum, calculées à la main : 0,6 + 38/400, puis 50 + 3."""
    assert rdp_skellam(3, (2, 3), 10.0) == pytest.approx(0.6 + 0.095)
    assert rdp_skellam(50, (1, 1), 0.5) == pytest.approx(50 + 3)


def test_large_variance_gives_the_gaussian_divergence():
    alpha = np.array([2, 10, 64])
    noise_multiplier = 1.3
    for l2, tolerance in ((1e3, 1e-2), (1e6, 1e-5)):
        bound = rdp_skellam(alpha, (l2, 10 * l2), (noise_multiplier * l2) ** 2)
        gaussian = rdp_gaussian(alpha, noise_multiplier)
        assert np.all(bound > gaussian)
        np.testing.assert_allclose(bound, gaussian, rtol=tolerance)


def chi_square(sample: np.ndarray, variance: float) -> float:
    """La probabilité critique de l'échantillon sous la loi de Skellam, queues regroupées."""
    edge = int(2.5 * math.sqrt(variance))
    inside = np.arange(-edge, edge + 1)
    counts = [np.sum(sample < -edge), *(np.sum(sample == k) for k in inside), np.sum(sample > edge)]
    tail = stats.skellam.cdf(-edge - 1, variance / 2, variance / 2)
    expected = np.array([tail, *stats.skellam.pmf(inside, variance / 2, variance / 2), tail])
    return stats.chisquare(counts, expected / expected.sum() * len(sample)).pvalue


def test_noise_follows_the_skellam_law():
    sample = skellam_noise(np.random.default_rng(0), 6.0, 200_000)
    assert sample.dtype == np.int64
    assert chi_square(sample, 6.0) > 1e-3
    assert chi_square(sample, 6.2) < 1e-6  # le test voit une erreur de 3 %


def test_noise_is_closed_under_sum():
    """Cinq clients de variance 1,2, dont la somme est un Skellam de variance 6, et non un autre."""
    rng = np.random.default_rng(1)
    total = sum(skellam_noise(rng, 1.2, 200_000) for _ in range(5))
    assert chi_square(total, 6.0) > 1e-3
    np.testing.assert_allclose(total.var(), 6.0, rtol=0.02)
    np.testing.assert_allclose(total.mean(), 0.0, atol=0.03)


def test_no_variance_gives_no_noise():
    assert not np.any(skellam_noise(np.random.default_rng(0), 0.0, 10))
    assert noise_bound(0.0, 10) == 0


@pytest.mark.parametrize("variance", [-1.0, math.nan, math.inf, 1.01 * MAX_VARIANCE])
def test_variance_that_numpy_cannot_draw_is_refused(variance):
    with pytest.raises(ValueError, match="variance"):
        skellam_noise(np.random.default_rng(0), variance, 10)


def test_largest_variance_is_still_drawn_right():
    """NumPy se trompe au-delà de 10¹⁴ ; à la limite permise, 300 000 tirages ne montrent pas d'écart."""
    sample = skellam_noise(np.random.default_rng(6), MAX_VARIANCE, 300_000) / math.sqrt(MAX_VARIANCE)
    np.testing.assert_allclose(sample.var(), 1.0, rtol=0.01)
    assert stats.kstest(sample, "norm").pvalue > 1e-3


def test_secure_generators_differ():
    assert not np.array_equal(secure_rng().integers(0, 2**32, 8), secure_rng().integers(0, 2**32, 8))


@pytest.mark.parametrize("variance", [1e-3, 1.0, 30.0, 1e4])
@pytest.mark.parametrize("log_failure", [-3, -10, -20])
def test_tail_bound_is_above_the_exact_tail(monkeypatch, variance, log_failure):
    """À des probabilités que SciPy sait calculer : la vraie queue est sous la promesse, mais pas une borne absurde."""
    monkeypatch.setattr(noise, "REFUSAL", math.exp(log_failure))
    bound = noise_bound(variance, 1)
    assert 2 * stats.skellam.sf(bound, variance / 2, variance / 2) <= math.exp(log_failure)
    assert bound <= 2 * math.sqrt(2 * variance * -log_failure) - log_failure + 2


def test_tail_bound_worked_by_hand():
    """Cinq tirages, deux signes : L = ln 10 + 64 ln 2 = 46,66 ; la racine de 2 × 10⁶ L fait 9660,6, et L/3, 15,6."""
    assert noise_bound(1e6, 5) == 9677


def test_tail_bound_grows_with_the_number_of_draws():
    assert noise_bound(100.0, 1) < noise_bound(100.0, 10**6) < 2 * noise_bound(100.0, 1)


@given(
    st.lists(st.floats(-1, 1), min_size=1, max_size=30),
    st.floats(1e-3, 1e4),
)
def test_rounding_stays_within_the_sensitivity(direction, norm):
    vector = np.array(direction)
    length = np.linalg.norm(vector)
    if length < 1e-100:
        return
    rounded = np.rint(vector / length * norm)
    l2, l1 = rounded_sensitivity(norm, len(vector))
    assert np.linalg.norm(rounded) <= l2 * (1 + 1e-12)
    assert np.sum(np.abs(rounded)) <= l1 * (1 + 1e-12)


def test_rounding_sensitivity_is_nearly_reached():
    """Toutes les entrées juste au-dessus d'un demi-pas : l'arrondi double presque la norme."""
    vector = np.full(100, 0.5001)
    l2, l1 = rounded_sensitivity(float(np.linalg.norm(vector)), 100)
    assert np.linalg.norm(np.rint(vector)) > 0.99 * l2
    assert np.sum(np.abs(np.rint(vector))) > 0.99 * l1


@settings(deadline=None)
@given(
    dimension=st.integers(1, 10**6),
    num_clients=st.integers(1, 1000),
    share=st.floats(0.01, 1),
    noise_multiplier=st.floats(0, 5),
    max_norm=st.floats(1e-3, 1e3),
)
def test_noise_always_has_its_room(dimension, num_clients, share, noise_multiplier, max_norm):
    """La place laissée au bruit vaut au moins sa borne : un refus a moins de 2⁻⁶⁴ de chances, un débordement aucune."""
    mean = PrivateMean(max_norm, dimension, num_clients, max(1, int(share * num_clients)), noise_multiplier)
    quantiser = mean.quantiser
    assert num_clients * (quantiser.max_encoded + quantiser.max_noise) < 2**31
    assert quantiser.max_noise >= noise_bound(mean.client_variance, num_clients * dimension)
    assert mean.client_variance <= MAX_VARIANCE
    if mean.client_variance < 0.99 * MAX_VARIANCE:  # sinon c'est la variance qui limite l'échelle
        assert quantiser.max_noise <= 1.01 * noise_bound(mean.client_variance, num_clients * dimension) + 100


def test_threshold_survivors_already_carry_the_whole_noise():
    """Le seuil suffit, plus de survivants bruitent plus : la variance de la somme est m/t fois la cible."""
    mean = PrivateMean(1.0, 20_000, 10, 6, 0.8)
    target = (0.8 * mean.sensitivity[0]) ** 2
    rng = np.random.default_rng(2)
    shares = [mean.encode(np.zeros(20_000), rng)[:-1].view(np.int32).astype(np.int64) for _ in range(10)]
    np.testing.assert_allclose(np.var(sum(shares[:6])), target, rtol=0.05)
    np.testing.assert_allclose(np.var(sum(shares)), target * 10 / 6, rtol=0.05)


def test_decoded_mean_is_the_clipped_mean_plus_the_announced_noise():
    rng = np.random.default_rng(3)
    updates = rng.normal(size=(8, 5000))  # de norme 70 environ : tous écrêtés
    mean = PrivateMean(2.0, 5000, 8, 5, 0.5)
    total = np.sum([mean.encode(update, rng) for update in updates[:6]], axis=0, dtype=np.uint32)
    decoded, survivors = mean.quantiser.decode_sum(total)
    assert survivors == 6
    clipped = 2.0 * updates[:6] / np.linalg.norm(updates[:6], axis=1, keepdims=True)
    np.testing.assert_allclose(np.std(decoded - clipped.mean(axis=0)), mean.noise_stddev(6), rtol=0.05)


def test_no_noise_is_the_quantised_clipped_mean():
    updates = np.random.default_rng(4).normal(size=(4, 50)) / 100
    mean = PrivateMean(1.0, 50, 4, 4, 0.0)
    rng = np.random.default_rng(0)
    decoded, _ = mean.quantiser.decode_sum(np.sum([mean.encode(u, rng) for u in updates], axis=0, dtype=np.uint32))
    np.testing.assert_allclose(decoded, updates.mean(axis=0), atol=mean.quantiser.error_bound(4, 4), rtol=0)
    assert mean.epsilon(1e-5, 1) == math.inf


@pytest.mark.parametrize("axis_only", [True, False])
def test_update_at_the_clipping_norm_is_never_refused(axis_only):
    """À la norme exacte, ou une fois écrêté, un vecteur dépasse parfois max_norm d'un ulp : il doit passer."""
    rng = np.random.default_rng(5)
    for max_norm in (0.1, 1.0, 3.7):
        mean = PrivateMean(max_norm, 4, 3, 2, 0.0)
        for _ in range(200):
            update = np.array([1e3 * rng.random() + max_norm, 0, 0, 0]) if axis_only else rng.normal(size=4) * 100
            encoded = mean.encode(update, rng)[:-1].view(np.int32).astype(float)
            assert np.linalg.norm(encoded) <= mean.sensitivity[0]


def test_overflowing_draw_is_refused_not_wrapped(monkeypatch):
    """Sans la place du bruit (REFUSAL trop grand), un tirage finit par la dépasser : refus, et pas de repli."""
    monkeypatch.setattr(noise, "REFUSAL", 1e3)
    mean = PrivateMean(1.0, 1000, 3, 1, 1e-5)
    with pytest.raises(QuantisationError, match="max_noise"):
        mean.encode(np.zeros(1000), np.random.default_rng(0))


def test_epsilon_approaches_the_gaussian_one_and_never_goes_below():
    mean = PrivateMean(1.0, 10_000, 100, 50, 2.0)
    for rounds in (1, 30):
        gaussian = epsilon(2.0, 1.0, rounds, 1e-5)
        assert gaussian * 0.999 <= mean.epsilon(1e-5, rounds) <= gaussian * 1.02


def test_epsilon_grows_with_rounds_and_falls_with_noise():
    weak, strong = PrivateMean(1.0, 100, 10, 6, 1.0), PrivateMean(1.0, 100, 10, 6, 3.0)
    assert weak.epsilon(1e-5, 0) == 0.0
    assert strong.epsilon(1e-5, 1) < weak.epsilon(1e-5, 1) < weak.epsilon(1e-5, 10)
    with pytest.raises(ValueError, match="delta"):
        weak.epsilon(0.0, 1)
    with pytest.raises(ValueError, match="tours"):
        weak.epsilon(1e-5, -1)


def test_corrupt_clients_do_not_count():
    """Compter deux corrompus parmi six survivants demande à chaque honnête plus de bruit, pour le même ε."""
    all_honest, four_honest = PrivateMean(1.0, 100, 10, 6, 1.0), PrivateMean(1.0, 100, 10, 4, 1.0)
    assert four_honest.noise_stddev(6) > 1.2 * all_honest.noise_stddev(6)
    assert four_honest.epsilon(1e-5, 5) == pytest.approx(all_honest.epsilon(1e-5, 5), rel=1e-3)


@pytest.mark.parametrize(
    "settings",
    [
        {"honest_survivors": 0},
        {"honest_survivors": 11},
        {"dimension": 0},
        {"noise_multiplier": -0.1},
        {"noise_multiplier": math.nan},
        {"noise_multiplier": math.inf},
        {"noise_multiplier": 1e5},
        {"noise_multiplier": 1e308},
        {"max_norm": 0.0},
        {"num_clients": 2**27},
    ],
)
def test_impossible_settings_are_refused(settings):
    with pytest.raises(QuantisationError):
        PrivateMean(
            **{"max_norm": 1.0, "dimension": 10, "num_clients": 10, "honest_survivors": 6, "noise_multiplier": 1.0}
            | settings
        )


@pytest.mark.parametrize("update", [np.zeros(9), np.zeros((10, 1)), np.full(10, np.nan), np.full(10, np.inf)])
def test_impossible_update_is_refused(update):
    with pytest.raises(QuantisationError, match="réels finis"):
        PrivateMean(1.0, 10, 10, 6, 1.0).encode(update, np.random.default_rng(0))


def test_rng_decides_the_noise():
    mean = PrivateMean(1.0, 50, 10, 6, 1.0)
    first, again, other = (mean.encode(np.zeros(50), np.random.default_rng(seed)) for seed in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert isinstance(mean.quantiser, Quantiser) and first[-1] == 1
