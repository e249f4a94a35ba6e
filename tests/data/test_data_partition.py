"""Les partitions : chaque exemple dans exactement un centre, et le biais annoncé."""

from functools import partial

import numpy as np
import pytest
from sklearn.datasets import load_digits

from common.data import by_center, dirichlet, iid, label_skew, load, quantity, shards

Y = load_digits().target
PARTITIONS = {
    "iid": iid,
    "dirichlet": dirichlet,
    "dirichlet_0.1": partial(dirichlet, alpha=0.1),
    "quantity": quantity,
    "shards": shards,
    "shards_1": partial(shards, shards_per_center=1),
}


def parts_of(partition, num_centers=10, seed=0, y=Y):
    return partition(y, num_centers, np.random.default_rng(seed))


def skew(parts):
    """Biais de classes moyen d'une partition des chiffres."""
    return label_skew([Y[part] for part in parts], 10).mean()


@pytest.mark.parametrize("name", PARTITIONS)
@pytest.mark.parametrize("num_centers", [1, 3, 10, 37])
def test_each_example_is_in_exactly_one_center(name, num_centers):
    parts = parts_of(PARTITIONS[name], num_centers)
    assert len(parts) == num_centers
    np.testing.assert_array_equal(np.sort(np.concatenate(parts)), np.arange(len(Y)))
    assert min(len(part) for part in parts) >= 2
    assert all(np.all(np.diff(part) > 0) for part in parts)


@pytest.mark.parametrize("name", PARTITIONS)
def test_the_generator_decides_everything(name):
    first, again, other = (parts_of(PARTITIONS[name], seed=seed) for seed in (4, 4, 5))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not all(np.array_equal(a, b) for a, b in zip(first, other, strict=True))


def test_iid_sizes_differ_by_one_at_most():
    sizes = [len(part) for part in parts_of(iid, 7)]
    assert max(sizes) - min(sizes) <= 1


def test_dirichlet_goes_from_iid_to_one_class():
    random = skew(parts_of(iid))
    assert skew(parts_of(partial(dirichlet, alpha=1e4))) < 1.5 * random
    assert skew(parts_of(partial(dirichlet, alpha=0.1))) > 5 * random


def test_label_skew_is_the_total_variation_distance():
    labels = [np.array([0, 0, 0, 1]), np.array([1, 1])]  # ensemble : moitié-moitié
    np.testing.assert_allclose(label_skew(labels, 3), [0.25, 0.5])
    np.testing.assert_allclose(label_skew([np.array([0, 1]), np.array([2, 3])], 4), 1 / 2)
    np.testing.assert_allclose(label_skew([np.full(6, c) for c in range(4)], 4), 3 / 4)
    np.testing.assert_array_equal(label_skew([Y, Y, Y], 10), 0)


def test_quantity_skews_sizes_and_not_classes():
    sizes = [len(part) for part in parts_of(quantity)]
    assert max(sizes) > 4 * min(sizes)
    equal = [len(part) for part in parts_of(partial(quantity, alpha=1e6))]
    assert max(equal) - min(equal) < 20


def test_mcmahan_shards_give_two_digits_per_center():
    y = np.repeat(np.arange(10), 6000)[np.random.default_rng(0).permutation(60_000)]
    parts = parts_of(shards, 100, y=y)
    assert {len(part) for part in parts} == {600}
    assert max(len(np.unique(y[part])) for part in parts) == 2


def test_shards_on_digits_straddle_few_classes():
    assert max(len(np.unique(Y[part])) for part in parts_of(shards, 20)) <= 4


@pytest.mark.parametrize("partition", [iid, dirichlet, quantity])
def test_examples_of_a_class_are_not_dealt_in_file_order(partition):
    """Un fichier a un ordre (par date, par service) : une part faite de voisins serait un biais de plus."""
    parts = parts_of(partition, 4, y=np.zeros(200, dtype=int))
    assert all(np.ptp(part) > 1.2 * len(part) for part in parts)


def test_shards_keep_the_file_order_within_a_class():
    """Le tri est stable : les mêmes tranches sur toutes les machines."""
    y = np.tile([0, 1], 1000)
    parts = parts_of(partial(shards, shards_per_center=1), 20, y=y)
    blocks = {tuple(block) for label in (0, 1) for block in np.split(np.flatnonzero(y == label), 10)}
    assert {tuple(part) for part in parts} == blocks


def test_by_center_groups_by_sorted_name():
    groups = by_center(np.array(["va", "bâle", "va", "cleveland"]))
    assert list(groups) == ["bâle", "cleveland", "va"]
    np.testing.assert_array_equal(groups["va"], [0, 2])
    assert list(by_center(np.array([10, 2, 10]))) == ["2", "10"]


@pytest.mark.parametrize("partition", PARTITIONS.values(), ids=PARTITIONS)
@pytest.mark.parametrize("num_centers", [0, -1, 1000])
def test_impossible_numbers_of_centers_are_refused(partition, num_centers):
    with pytest.raises(ValueError, match="Impossible de répartir"):
        parts_of(partition, num_centers)


def test_too_skewed_dirichlet_is_refused_with_a_way_out():
    with pytest.raises(ValueError, match="Augmentez alpha"):
        parts_of(partial(dirichlet, alpha=1e-3), 50)


@pytest.mark.parametrize("alpha", [0, -1, float("nan")])
def test_alpha_must_be_positive(alpha):
    with pytest.raises(ValueError, match="strictement positif"):
        parts_of(partial(dirichlet, alpha=alpha))


@pytest.mark.parametrize("shards_per_center", [500, 0])
def test_impossible_numbers_of_shards_are_refused(shards_per_center):
    with pytest.raises(ValueError, match="un exemple par tranche"):
        parts_of(partial(shards, shards_per_center=shards_per_center))


@pytest.mark.parametrize(("name", "num_classes"), [("digits", 10), ("breast_cancer", 2)])
def test_load_applies_the_partition(name, num_classes):
    def skew_of(partition):
        dataset = load(name, num_centers=10, partition=partition)
        return label_skew([center.train.y for center in dataset.values()], num_classes).mean()

    assert skew_of(PARTITIONS["shards_1"]) > 0.4 > 0.2 > skew_of(None)
