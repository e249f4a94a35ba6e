"""Inférence d'appartenance : des taux vérifiés à la main, LiRA contre la formule, et un modèle qui surapprend."""

import numpy as np
import pytest
from scipy.stats import norm

from common import models, training
from common.attacks import (
    attack_rates,
    example_losses,
    lira_offline,
    lira_online,
    logit_confidence,
    loss_threshold_attack,
    shadow_logits,
    threshold_at_fpr,
    tpr_at_fpr,
)
from common.data import Split
from common.metrics import accuracy, concordance
from common.training import SGD


def test_the_loss_attack_names_what_does_not_exceed_the_threshold():
    assert loss_threshold_attack([0.1, 0.5, 0.7], 0.5).tolist() == [True, True, False]


def test_losses_are_those_of_torch():
    model, rng = models.mlp(4, 3, 3).double(), np.random.default_rng(0)
    split = Split(rng.normal(size=(6, 4)), rng.integers(0, 3, 6), np.arange(6))
    x, y = training.tensors(model, split)
    expected = training.loss(model(x), y, reduction="none").detach().numpy()
    np.testing.assert_allclose(example_losses(training.predict(model, split.x), split.y), expected)
    np.testing.assert_allclose(example_losses([0.2, 0.9], [0, 1]), -np.log([0.8, 0.9]))
    assert np.isfinite(example_losses([[1.0, 0.0]], [1])).all()


def test_the_threshold_lets_through_exactly_the_permitted_false_alarms():
    others = np.arange(1000.0)
    named = tpr_at_fpr([999.5, 998.5, 998.0, 0.0], others, 0.001)  # seuil 998 : seul 999 est accusé à tort
    assert named.value == 0.5 and (others > 998).mean() == 0.001
    assert tpr_at_fpr([990.0, 989.5, 989.0], others, 0.01).value == pytest.approx(2 / 3)


@pytest.mark.parametrize("fpr", [0.0, 0.004, 0.05, 0.31, 0.9])
def test_no_lower_threshold_keeps_the_permitted_false_alarms(fpr):
    others = np.round(np.random.default_rng(0).normal(size=200), 1)  # des égalités
    threshold = threshold_at_fpr(others, fpr)
    assert (others > threshold).mean() <= fpr < (others > threshold - 1e-6).mean()
    assert threshold in others


def test_a_permitted_number_of_false_alarms_is_not_lost_to_rounding():
    assert threshold_at_fpr(np.arange(100.0), 0.29) == 70.0  # 29 scores le dépassent


@pytest.mark.parametrize(("others", "fpr"), [([], 0.1), ([0.1, np.nan], 0.1), ([0.1], 1.0), ([0.1], -0.1)])
def test_a_threshold_without_scores_or_rate_is_refused(others, fpr):
    with pytest.raises(ValueError, match="Pas de seuil"):
        threshold_at_fpr(others, fpr)


def test_the_interval_is_wilsons_on_the_members():
    scores = np.r_[np.full(30, 2.0), np.full(70, 0.0)]
    assert tpr_at_fpr(scores, np.linspace(0, 1, 500), 0.01) == accuracy(np.ones(100, int), (scores > 1).astype(int))


def test_ties_never_raise_the_false_alarm_rate():
    others = np.r_[np.full(500, 1.0), np.zeros(500)]
    assert tpr_at_fpr(np.ones(10), others, 0.01).value == 0.0


@pytest.mark.parametrize("num_others, estimable", [(999, False), (1000, True), (100, False)])
def test_one_in_a_thousand_needs_a_thousand_others(num_others, estimable):
    rng = np.random.default_rng(0)
    rates = attack_rates(rng.normal(size=50), rng.normal(size=num_others))
    assert np.isfinite(rates.tpr_at_01_percent.value) == estimable
    assert np.isfinite(rates.tpr_at_1_percent.value)
    assert (str(rates.tpr_at_01_percent) == "non estimable") != estimable
    assert (rates.num_members, rates.num_others) == (50, num_others)


def test_random_scores_are_worth_nothing_and_perfect_ones_everything():
    rng = np.random.default_rng(0)
    chance = attack_rates(rng.normal(size=20_000), rng.normal(size=20_000))
    assert chance.auc.low < 0.5 < chance.auc.high
    assert chance.tpr_at_1_percent.value == pytest.approx(0.01, abs=0.004)
    perfect = attack_rates(np.ones(50), np.zeros(1000))
    assert perfect.auc.value == perfect.tpr_at_01_percent.value == 1.0


def test_shifted_gaussians_give_the_rate_of_the_textbook():
    rng = np.random.default_rng(1)
    members, others = rng.normal(1.5, 1, 100_000), rng.normal(0, 1, 100_000)
    rates = attack_rates(members, others)
    assert rates.auc.value == pytest.approx(norm.cdf(1.5 / np.sqrt(2)), abs=0.005)
    assert rates.tpr_at_01_percent.value == pytest.approx(norm.sf(norm.isf(0.001) - 1.5), abs=0.012)


def test_a_global_auc_hides_what_the_low_rate_shows():
    """Un membre sur cent reconnu à coup sûr : l'AUROC n'en dit presque rien."""
    rng = np.random.default_rng(2)
    members = rng.normal(size=5000)
    members[:50] = 10
    rates = attack_rates(members, rng.normal(size=5000))
    assert rates.auc.value < 0.53 and rates.tpr_at_01_percent.value >= 0.01


def test_the_logit_is_that_of_the_probability_and_stays_finite():
    probability = np.array([0.01, 0.5, 0.9])
    np.testing.assert_allclose(logit_confidence(-np.log(probability)), np.log(probability / (1 - probability)))
    extreme = logit_confidence([0.0, 1e-300, 1e-13, 800.0])
    assert np.isfinite(extreme).all() and extreme[0] > 25 and extreme[-1] == -800


def make_shadows(k=400, n=30, gap=2.0, seed=0):
    """Des fantômes tirés du modèle même de LiRA : logit N(m_i, 1) pas vu, N(m_i + gap, 1) vu."""
    rng = np.random.default_rng(seed)
    centre, is_member = rng.normal(0, 5, n), rng.random((k, n)) < 0.5
    return centre, centre + gap * is_member + rng.normal(size=(k, n)), is_member


def test_lira_is_the_formula_when_its_model_is_true():
    centre, shadows, is_member = make_shadows(k=4000)
    target = centre + np.linspace(-2, 4, 30)
    np.testing.assert_allclose(lira_offline(target, shadows, is_member), norm.cdf(target - centre), atol=0.03)
    exact = norm.logpdf(target, centre + 2, 1) - norm.logpdf(target, centre, 1)
    np.testing.assert_allclose(lira_online(target, shadows, is_member), exact, atol=0.25)


def test_the_common_deviation_is_unbiased_even_with_few_shadows():
    shadows, is_member = np.array([[1.0, 5.0], [3.0, 9.0], [7.0, 0.0]]), np.array([[False] * 2] * 2 + [[True] * 2])
    std = np.sqrt((1 + 1 + 4 + 4) / (4 - 2))  # deux exemples, deux fantômes chacun : deux degrés de liberté
    np.testing.assert_allclose(lira_offline([3.0, 6.0], shadows, is_member), norm.cdf([1.0, -1.0] / std))


def test_lira_knows_that_some_examples_are_harder_and_the_loss_does_not():
    centre, shadows, is_member = make_shadows(k=16, n=2000)
    rng = np.random.default_rng(9)
    seen = rng.random(2000) < 0.5
    target = centre + 2.0 * seen + rng.normal(size=2000)
    plain = concordance(seen.astype(int), target)
    offline, online = (
        concordance(seen.astype(int), attack(target, shadows, is_member)) for attack in (lira_offline, lira_online)
    )
    assert plain < 0.65 and offline > 0.85 and online > 0.85


def test_lira_looks_only_at_the_right_shadows():
    _, shadows, is_member = make_shadows(k=8, n=5)
    is_member[:4], is_member[4:] = True, False
    disturbed = shadows + 100.0 * is_member
    target = np.zeros(5)
    assert np.array_equal(lira_offline(target, shadows, is_member), lira_offline(target, disturbed, is_member))
    assert not np.allclose(lira_online(target, shadows, is_member), lira_online(target, disturbed, is_member))


def test_too_few_shadows_are_refused():
    logits = np.zeros((4, 3))
    for is_member in (np.ones((4, 3), bool), np.zeros((4, 2), bool)):
        with pytest.raises(ValueError, match="Fantômes insuffisants"):
            lira_offline(np.zeros(3), logits, is_member)
    with pytest.raises(ValueError, match="nombre pair"):
        shadow_logits(lambda indices: np.zeros(4), 4, 3)


def test_each_example_is_seen_by_exactly_half_of_the_shadows():
    seen = []

    def losses(indices):
        seen.append(indices)
        return np.full(10, 0.5)

    logits, is_member = shadow_logits(losses, 10, 6)
    assert logits.shape == is_member.shape == (6, 10) and (is_member.sum(axis=0) == 3).all()
    assert [np.flatnonzero(row).tolist() for row in is_member] == [indices.tolist() for indices in seen]
    assert len({tuple(row) for row in is_member.tolist()}) == 6


def test_a_model_that_learnt_by_heart_is_betrayed():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(300, 20))
    members = Split(x[:100], rng.integers(0, 2, 100), np.arange(100))  # des étiquettes au hasard : tout est par cœur
    others = Split(x[100:], rng.integers(0, 2, 200), np.arange(100, 300))
    model = training.fit(models.mlp(20, 64, 2), members, SGD(0.5, epochs=200, batch_size=20))
    losses = [example_losses(training.predict(model, part.x), part.y) for part in (members, others)]
    assert attack_rates(-losses[0], -losses[1]).auc.low > 0.8
    assert loss_threshold_attack(losses[0], losses[0].mean()).mean() > loss_threshold_attack(losses[1], 0.1).mean()
