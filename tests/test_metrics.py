"""Les mesures : leurs valeurs contre la définition, leurs intervalles contre des simulations."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest, norm

from common.metrics import (
    accuracy,
    auroc,
    concordance,
    mcnemar,
    per_center,
    rounds_to_target,
    transfer,
)


class TinyDataset(dict):
    """Deux centres, ou plus, dont on n'a besoin que du jeu de test."""

    @property
    def test(self):
        splits = [center.test for center in self.values()]
        return SimpleNamespace(
            x=np.concatenate([split.x for split in splits]), y=np.concatenate([split.y for split in splits])
        )


def center(labels, scores):
    return SimpleNamespace(test=SimpleNamespace(x=np.array(scores, dtype=float)[:, None], y=np.array(labels)))


def tiny_dataset():
    return TinyDataset(
        nord=center([0] * 6 + [1] * 6, [0.1, 0.2, 0.3, 0.4, 0.45, 0.6, 0.3, 0.55, 0.7, 0.8, 0.9, 0.95]),
        sud=center([0] + [1] * 9, [0.2] + [0.8] * 9),
    )


def first_column(x):
    return x[:, 0]


def pairwise_auroc(y, score):
    difference = score[y == 1][:, None] - score[y == 0]
    return np.mean((difference > 0) + 0.5 * (difference == 0))


@pytest.mark.parametrize(
    ("right", "total", "low", "high"), [(9, 10, 0.60, 0.98), (10, 10, 0.72, 1.00), (900, 1000, 0.880, 0.917)]
)
def test_accuracy_matches_published_wilson_intervals(right, total, low, high):
    estimate = accuracy(np.ones(total), np.arange(total) < right)
    assert estimate.value == pytest.approx(right / total)
    assert estimate[1:] == pytest.approx((low, high), abs=6e-3 if total == 10 else 6e-4)


def test_accuracy_compares_more_than_two_classes():
    assert accuracy([0, 3, 9, 2], [0, 3, 8, 2]).value == 0.75


def test_accuracy_refuses_probabilities():
    with pytest.raises(ValueError, match="des classes"):
        accuracy([0, 1], [0.2, 0.9])


@pytest.mark.parametrize("measure", [accuracy, auroc])
def test_a_column_of_predictions_is_refused_rather_than_broadcast(measure):
    with pytest.raises(ValueError, match=r"\.ravel\(\)"):
        measure(np.array([0, 1, 1]), np.array([[0], [1], [1]]))
    with pytest.raises(ValueError, match=r"\.ravel\(\)"):
        measure(np.array([[0], [1], [1]]), np.array([[0], [1], [1]]))


def test_estimates_are_written_the_french_way():
    assert str(accuracy(np.ones(10), np.arange(10) < 9)) == "0,90 [0,60 ; 0,98]"
    assert str(accuracy([], [])) == "non estimable"


@pytest.mark.parametrize("levels", [3, 10, 10**6])
def test_auroc_is_the_share_of_ordered_pairs_ties_included(levels):
    rng = np.random.default_rng(levels)
    y, score = rng.integers(0, 2, 80), rng.integers(0, levels, 80)
    estimate = auroc(y, score)
    assert estimate.value == pytest.approx(pairwise_auroc(y, score))
    assert 0 <= estimate.low < estimate.value < estimate.high <= 1


@pytest.mark.parametrize(
    ("n_pos", "n_neg", "true_auroc"),
    [(5, 5, 0.7), (5, 5, 0.95), (5, 40, 0.85), (38, 7, 0.95), (50, 50, 0.85)],
)
def test_auroc_interval_covers_the_truth_nineteen_times_in_twenty(n_pos, n_neg, true_auroc):
    rng, distance = np.random.default_rng(0), norm.ppf(true_auroc) * np.sqrt(2)
    y = np.repeat([1, 0], [n_pos, n_neg])
    intervals = [auroc(y, rng.normal(distance * y, 1)) for _ in range(300)]
    coverage = np.mean([low <= true_auroc <= high for _, low, high in intervals])
    assert 0.91 <= coverage <= 0.99


@pytest.mark.parametrize("n", [5, 500])
def test_a_perfect_separation_keeps_an_interval_that_mirrors_its_reverse(n):
    y = np.repeat([0, 1], n)
    perfect, reverse = auroc(y, y), auroc(y, -y)
    assert (perfect.value, perfect.high) == (1, 1)
    assert (reverse.value, reverse.low) == (0, 0)
    assert perfect.low == pytest.approx(1 - reverse.high)
    assert perfect.low == pytest.approx({5: 0.643, 500: 0.996}[n], abs=1e-3)


@pytest.mark.parametrize("positives", [0, 4])
def test_auroc_needs_five_examples_of_each_class(positives):
    y = np.arange(30) < positives
    assert str(auroc(y, np.arange(30))) == str(auroc(~y, np.arange(30))) == "non estimable"
    assert str(auroc(np.arange(30) < 5, np.arange(30))) != "non estimable"


@pytest.mark.parametrize("diverged", [np.nan, np.inf])
def test_auroc_refuses_a_diverged_model_and_a_third_class(diverged):
    y = np.repeat([0, 1], 5)
    with pytest.raises(ValueError, match=r"1 score\(s\) ne sont pas finis"):
        auroc(y, np.where(np.arange(10) == 3, diverged, 0.5))
    with pytest.raises(ValueError, match=r"contient \[2\]"):
        auroc(y + 1, y)


def test_per_center_has_one_row_per_center_then_the_pooled_test_set():
    table = per_center(tiny_dataset(), first_column).set_index("center")
    assert list(table.index) == ["nord", "sud", "tous"]
    assert table[["n_pos", "n_neg"]].to_numpy().tolist() == [[6, 6], [9, 1], [15, 7]]
    assert table["accuracy"].tolist() == pytest.approx([10 / 12, 1, 20 / 22])
    nord = tiny_dataset()["nord"].test
    assert table.loc["nord", "auroc"] == pytest.approx(pairwise_auroc(nord.y, nord.x[:, 0]))
    assert table.loc["nord", "auroc_low"] < table.loc["nord", "auroc"] < table.loc["nord", "auroc_high"]
    assert table.loc["sud", ["auroc", "auroc_low", "auroc_high"]].isna().all()
    assert table.loc["tous"].notna().all()


def test_per_center_predicts_the_positive_class_from_one_half_on():
    dataset = TinyDataset(seul=center([1, 1, 1], [0.5, np.nextafter(0.5, 0), 0.5]))
    assert per_center(dataset, first_column)["accuracy"].iloc[0] == pytest.approx(2 / 3)


def test_per_center_accepts_a_single_patient_and_certain_probabilities():
    table = per_center(TinyDataset(nord=center([1], [1.0]), sud=center([1], [0.0])), first_column)
    assert table["accuracy"].tolist() == [1, 0, 0.5]


@pytest.mark.parametrize(("scale", "shift"), [(1, -0.5), (2, 0)])
def test_per_center_names_the_center_whose_outputs_are_not_probabilities(scale, shift):
    with pytest.raises(ValueError, match=r"« nord ».*sigmoïde"):
        per_center(tiny_dataset(), lambda x: scale * x[:, 0] + shift)


def test_per_center_refuses_ten_classes():
    with pytest.raises(ValueError, match=r"binaire.*contient \[2, 3, 4, 5, 6\]\."):
        per_center(TinyDataset(seul=center(range(10), [0.5] * 10)), first_column)


def test_rounds_to_target_interpolates_from_round_zero():
    assert rounds_to_target([0.1, 0.5, 0.9], 0.7) == pytest.approx(1.5)
    assert rounds_to_target([0.1, 0.5, 0.9], 0.5) == 1
    assert rounds_to_target([0.6, 0.5], 0.6) == 0


def test_rounds_to_target_reads_the_best_round_so_far():
    assert rounds_to_target([0.0, 0.6, 0.2, 1.0], 0.8) == pytest.approx(2.5)
    assert rounds_to_target([0.0, 0.6, np.nan, 1.0], 0.8) == pytest.approx(2)


def test_rounds_to_target_uses_the_rounds_of_a_series():
    assert rounds_to_target(pd.Series([0.2, 0.4], index=[10, 20]), 0.3) == pytest.approx(15)


def test_rounds_to_target_is_none_when_never_reached():
    assert rounds_to_target([0.1, 0.2], 0.3) is None
    assert rounds_to_target([], 0.3) is None


def test_concordance_counts_pairs_and_ties_for_half():
    rng = np.random.default_rng(5)
    for _ in range(20):
        y, score = np.r_[0, 1, rng.integers(0, 2, 12)], rng.integers(0, 5, 14)
        assert concordance(y, score) == pytest.approx(pairwise_auroc(y, score))
    assert concordance([0, 1, 1], [3, 3, 3]) == 0.5


def test_concordance_needs_both_classes():
    with pytest.raises(ValueError, match="aucune paire"):
        concordance([1, 1], [0.2, 0.4])


def test_mcnemar_is_the_sign_test_of_the_discordant_patients():
    y = np.ones(40, dtype=int)
    a, b = y.copy(), y.copy()
    a[:9], b[9:11] = 0, 0  # B seul a raison 9 fois, A seul 2 fois
    expected = binomtest(2, 11).pvalue
    assert mcnemar(y, a, b) == pytest.approx(expected) == pytest.approx(mcnemar(y, b, a))
    assert mcnemar(np.r_[y, y], np.r_[a, y], np.r_[b, y]) == pytest.approx(expected), "les accords ne comptent pas"


def test_mcnemar_without_disagreement_is_one():
    assert mcnemar([0, 1, 1], [0, 0, 1], [0, 0, 1]) == 1
    assert mcnemar([0, 1, 1], [1, 1, 1], [0, 0, 1]) == 1, "un partout"


def test_transfer_judges_every_model_on_every_test():
    dataset = tiny_dataset()
    matrix = transfer({"score": first_column, "envers": lambda x: -x[:, 0]}, dataset, concordance)
    assert list(matrix) == ["score", "envers"] and list(matrix["score"]) == ["nord", "sud"]
    for name, one in dataset.items():
        assert matrix["score"][name] == concordance(one.test.y, one.test.x[:, 0])
        assert matrix["envers"][name] == pytest.approx(1 - matrix["score"][name])
