"""Les objets du jeu fédéré : refus des fuites, paresse, carte, standardisation fédérée."""

import tracemalloc

import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler

from common.data import Center, DataCard, FederatedDataset, Split, iid, load, standardize
from common.data.dataset import MAX_CACHED_CENTERS, NumberedNames
from common.data.split import artificial_centers, train_test

CARD = DataCard("jouet", "Un jouet", True, "ici", "CC0", "aucune vérité")


def split(patients, columns=2, seed=0):
    rng = np.random.default_rng(seed)
    n = len(patients)
    return Split(rng.normal(size=(n, columns)), rng.integers(0, 2, n), np.asarray(patients))


def dataset_of(names, built=None):
    def make_center(name):
        if built is not None:
            built.append(name)
        return Center(split([0, 1, 2], seed=len(str(name))), split([3, 4], seed=7))

    return FederatedDataset(names, make_center, CARD)


def test_split_refuses_unequal_lengths():
    with pytest.raises(ValueError, match="3, 3 et 2 lignes"):
        Split(np.zeros((3, 1)), np.zeros(3, dtype=int), np.arange(2))


def test_injected_duplicate_patient_is_refused():
    healthy = load("breast_cancer")["centre_0"]
    leaked = Split(*(np.concatenate([getattr(healthy.test, part), getattr(healthy.train, part)[:2]])
                     for part in ("x", "y", "patient_id")))  # fmt: skip
    with pytest.raises(ValueError, match="2 patient"):
        Center(healthy.train, leaked)


def test_train_test_keeps_each_patient_on_one_side():
    center = train_test(split(np.repeat(np.arange(30), 3)), seed=[0, 0])
    assert not set(center.train.patient_id) & set(center.test.patient_id)
    assert len(center.train) + len(center.test) == 90
    assert len(center.test) == 3 * 11  # 34 % de 30 patients, arrondis au-dessus


@pytest.mark.parametrize("repeats", [1, 2])
def test_train_test_keeps_the_share_of_each_class(repeats):
    labels = np.repeat([0, 1], [80 * repeats, 20 * repeats])
    rows = Split(np.zeros((100 * repeats, 1)), labels, np.repeat(np.arange(100), repeats))
    center = train_test(rows, seed=[0, 0])
    assert center.test.y.sum() == 7 * repeats and len(center.test) == 34 * repeats


@pytest.mark.parametrize(("num_classes", "tested"), [(7, 7), (10, None)])
def test_train_test_tests_every_class_when_it_can(num_classes, tested):
    """Vingt patients, sept de test : sept classes y tiennent, dix non, et le découpage se fait quand même."""
    rows = Split(np.zeros((20, 1)), np.arange(20) % num_classes, np.arange(20))
    test = train_test(rows, seed=[0, 0]).test
    assert len(test) == 7 and tested in (None, len(set(test.y)))


def test_two_centers_of_the_same_size_are_split_differently():
    rows = Split(np.zeros((80, 1)), np.zeros(80, dtype=int), np.arange(80))
    names, make_center = artificial_centers(rows, 2, lambda y, num_centers, rng: np.split(np.arange(80), 2), seed=0)
    first, second = (make_center(name).test.patient_id for name in names)
    assert not np.array_equal(first, second - 40)


def test_seed_changes_both_the_partition_and_the_split():
    rows = Split(np.zeros((80, 1)), np.zeros(80, dtype=int), np.arange(80))
    members = [artificial_centers(rows, 2, iid, seed)[1]("centre_0") for seed in (0, 1)]
    assert len({tuple(sorted([*c.train.patient_id, *c.test.patient_id])) for c in members}) == 2
    same_rows = [artificial_centers(rows, 1, iid, seed)[1]("centre_0") for seed in (0, 1)]
    assert not np.array_equal(same_rows[0].test.patient_id, same_rows[1].test.patient_id)


def test_train_test_survives_a_class_with_a_single_patient():
    rows = Split(np.zeros((20, 1)), np.repeat([0, 1], [1, 19]), np.arange(20))
    assert len(train_test(rows, seed=[0, 0]).test) == 7


def test_train_test_refuses_a_single_patient():
    with pytest.raises(ValueError, match="au moins deux"):
        train_test(split([5, 5, 5]), seed=[0])


def test_a_million_centers_build_only_what_is_asked():
    built = []
    tracemalloc.start()
    dataset = dataset_of(NumberedNames(10**6), built)
    names = ["centre_000000", "centre_500000", "centre_999999"]
    assert all(len(dataset[name].train) == 3 for name in names + names)
    assert dataset.card.counts is None and "à la demande" in str(dataset.card)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert built == names and len(dataset) == 10**6
    assert peak < 2e6


def test_cache_of_centers_is_bounded():
    built = []
    dataset = dataset_of(NumberedNames(10**6), built)
    for index in range(3 * MAX_CACHED_CENTERS):
        dataset[dataset.names[index]]
    assert dataset._center.cache_info().currsize == MAX_CACHED_CENTERS
    assert len(built) == 3 * MAX_CACHED_CENTERS


def test_unknown_center_is_refused_before_it_is_built():
    built = []
    dataset = dataset_of(NumberedNames(10), built)
    for wrong in ("centre_10", "centre_01", "hôpital", 3):
        assert wrong not in dataset
        with pytest.raises(KeyError, match="centre inconnu"):
            dataset[wrong]
    assert not built


def test_names_keep_their_declared_order():
    assert list(dataset_of(["zurich", "bâle", "berne"])) == ["zurich", "bâle", "berne"]
    numbered = list(NumberedNames(101))
    assert numbered == sorted(numbered) and numbered[7] == "centre_007"


def test_pooled_splits_follow_the_order_of_centers():
    dataset = load("digits")
    expected = np.concatenate([center.test.x for center in dataset.values()])
    np.testing.assert_array_equal(dataset.test.x, expected)
    assert len(dataset.train) + len(dataset.test) == 1797


def test_card_says_what_the_data_are():
    synthetic, real = str(load("heart").card), str(load("digits", num_centers=20).card)
    assert synthetic.startswith("Données synthétiques") and "cleveland" in synthetic
    sizes = "Centres : 20, de 58 à 59 exemples d'entraînement (médiane 59) ; 620 exemples de test en tout."
    assert real.startswith("Données réelles") and sizes in real
    counts = load("breast_cancer").card.counts
    assert counts[["entraînement", "test"]].to_numpy().sum() == 569
    assert counts["y=1"].sum() == 212  # tumeurs malignes


def test_card_counts_every_class_in_numerical_order():
    def make_center(name):
        y = {"a": [10, 10, 3], "b": [2, 2, 10]}[name]
        return Center(
            Split(np.zeros(2), np.array(y[:2]), np.arange(2)), Split(np.zeros(1), np.array(y[2:]), np.array([9]))
        )

    counts = FederatedDataset(["a", "b"], make_center, CARD).card.counts
    assert list(counts.columns) == ["entraînement", "test", "y=2", "y=3", "y=10"]
    assert counts.to_numpy().tolist() == [[2, 1, 0, 1, 2], [2, 1, 2, 0, 1]]


@pytest.mark.parametrize("name", ["heart", "breast_cancer", "digits"])
def test_standardize_equals_pooled_standard_scaler(name):
    dataset = load(name)
    scaler = StandardScaler().fit(dataset.train.x)
    scaled = standardize(dataset)
    np.testing.assert_allclose(scaled.train.x, scaler.transform(dataset.train.x), atol=1e-12, rtol=1e-12)
    np.testing.assert_allclose(scaled.test.x, scaler.transform(dataset.test.x), atol=1e-12, rtol=1e-12)
    assert scaled.feature_names == dataset.feature_names and list(scaled) == list(dataset)


def test_standardize_ignores_the_test_split_and_constant_columns():
    x = np.column_stack([np.arange(7.0), np.full(7, 0.1)])  # Σx² − (Σx)²/n ne tombe pas juste sur zéro
    train = Split(x.copy(), np.zeros(7, dtype=int), np.arange(7))
    test = Split(np.full((1, 2), 1e6), np.array([0]), np.array([7]))
    scaled = standardize(FederatedDataset(["seul"], lambda name: Center(train, test), CARD))["seul"]
    np.testing.assert_allclose(scaled.train.x, np.column_stack([(x[:, 0] - 3) / 2, np.zeros(7)]), atol=1e-12)
    np.testing.assert_allclose(scaled.test.x, [[(1e6 - 3) / 2, 1e6 - 0.1]])
    np.testing.assert_array_equal(train.x, x)  # l'original n'est pas modifié


def test_standardize_sums_float32_images_in_float64():
    x = np.tile(np.float32([[5000], [5001]]), (5000, 1))  # en float32, Σx et Σx² perdraient la variance
    train = Split(x, np.zeros(10_000, dtype=int), np.arange(10_000))
    test = Split(x[:1], np.array([0]), np.array([-1]))
    scaled = standardize(FederatedDataset(["seul"], lambda name: Center(train, test), CARD)).train.x
    assert scaled.dtype == np.float32
    np.testing.assert_allclose(scaled[:2], [[-1], [1]], rtol=1e-6)


def test_standardize_refuses_empty_training():
    nobody = Split(np.zeros((0, 2)), np.zeros(0, dtype=int), np.zeros(0, dtype=int))
    dataset = FederatedDataset(["vide"], lambda name: Center(nobody, split([1])), CARD)
    with pytest.raises(ValueError, match="Aucun exemple"):
        standardize(dataset)
