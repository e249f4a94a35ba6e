"""k, l et t : les tableaux des articles, et la définition appliquée à la lettre sur des tableaux tirés au hasard."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from common.privacy.anonymity import (
    entropy_l_diversity,
    equal_distance,
    equivalence_classes,
    k_anonymity,
    l_diversity,
    ordered_distance,
    t_closeness,
)

KEYS = ["zip", "age"]
# Li et al., 2007 : tableau 4 (3-diversité), puis tableau 5, que l'article dit « 0,167-proche » pour le salaire
LI_TABLE_4 = pd.DataFrame(
    {
        "zip": ["476**"] * 3 + ["4790*"] * 3 + ["476**"] * 3,
        "age": ["2*"] * 3 + [">=40"] * 3 + ["3*"] * 3,
        "salary": [3, 4, 5, 6, 11, 8, 7, 9, 10],
        "disease": [
            *("gastric ulcer", "gastritis", "stomach cancer", "gastritis", "flu", "bronchitis"),
            *("bronchitis", "pneumonia", "stomach cancer"),
        ],
    }
)
LI_TABLE_5 = pd.DataFrame(
    {
        "zip": ["4767*"] * 3 + ["4790*"] * 3 + ["4760*"] * 3,
        "age": ["<=40"] * 3 + [">=40"] * 3 + ["<=40"] * 3,
        "salary": [3, 5, 9, 6, 11, 8, 4, 7, 10],
        "disease": [
            *("gastric ulcer", "stomach cancer", "pneumonia", "gastritis", "flu", "bronchitis"),
            *("gastritis", "bronchitis", "stomach cancer"),
        ],
    }
)
# Machanavajjhala et al., 2007, figure 2 : 4-anonyme ; la dernière classe n'a que des cancers
INPATIENTS = pd.DataFrame(
    {
        "zip": ["130**"] * 4 + ["1485*"] * 4 + ["130**"] * 4,
        "age": ["<30"] * 4 + [">=40"] * 4 + ["3*"] * 4,
        "condition": ["heart", "heart", "viral", "viral", "cancer", "heart", "viral", "viral"] + ["cancer"] * 4,
    }
)

tables = st.lists(
    st.tuples(st.sampled_from(["a", "b", None]), st.sampled_from([1.0, 2.0, np.nan]), st.sampled_from("xyz")),
    min_size=1,
    max_size=25,
).map(lambda rows: pd.DataFrame(rows, columns=["zip", "age", "disease"]))


def classes_by_hand(table: pd.DataFrame) -> list[list[str]]:
    """Les valeurs sensibles de chaque classe ; « manquant » est une valeur."""
    classes: dict[tuple, list[str]] = {}
    for row in table.itertuples():
        classes.setdefault((str(row.zip), str(row.age)), []).append(row.disease)
    return list(classes.values())


def transport(p: np.ndarray, q: np.ndarray, ground: np.ndarray) -> float:
    """La distance du terrassier par sa définition : un programme linéaire sur les m × m flux."""
    m = len(p)
    leaves = np.kron(np.eye(m), np.ones(m))
    arrives = np.kron(np.ones(m), np.eye(m))
    result = linprog(ground.ravel(), A_eq=np.vstack([leaves, arrives]), b_eq=np.concatenate([p, q]))
    return float(result.fun)


def test_the_printed_example_of_machanavajjhala():
    assert k_anonymity(INPATIENTS, KEYS) == 4
    assert l_diversity(INPATIENTS, KEYS, "condition") == 1
    assert entropy_l_diversity(INPATIENTS, KEYS, "condition") == 1


def test_the_printed_distances_of_li():
    salaries = np.arange(3, 12)
    whole = np.full(9, 1 / 9)
    assert ordered_distance(np.isin(salaries, [3, 4, 5]) / 3, whole) == pytest.approx(0.375)
    assert ordered_distance(np.isin(salaries, [6, 8, 11]) / 3, whole) == pytest.approx(0.167, abs=5e-4)


def test_the_printed_tables_of_li():
    assert l_diversity(LI_TABLE_4, KEYS, "disease") == 3
    assert t_closeness(LI_TABLE_4, KEYS, "salary") == pytest.approx(0.375)
    assert t_closeness(LI_TABLE_5, KEYS, "salary") == pytest.approx(0.167, abs=5e-4)


@given(tables)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_k_and_l_follow_their_definition(table):
    classes = classes_by_hand(table)
    assert k_anonymity(table, KEYS) == min(map(len, classes))
    assert sorted(equivalence_classes(table, KEYS)) == sorted(map(len, classes))
    assert l_diversity(table, KEYS, "disease") == min(len(set(values)) for values in classes)


@given(tables)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_entropy_diversity_lies_between_one_and_distinct_diversity(table):
    entropic = entropy_l_diversity(table, KEYS, "disease")
    assert 1 - 1e-9 <= entropic <= l_diversity(table, KEYS, "disease") + 1e-9


@given(tables)
@settings(max_examples=40, deadline=None, derandomize=True)
def test_t_closeness_of_categories_follows_its_definition(table):
    values = sorted(set(table["disease"]))
    whole = np.array([np.mean(table["disease"] == value) for value in values])
    shares = [np.array([members.count(value) / len(members) for value in values]) for members in classes_by_hand(table)]
    expected = max(np.abs(share - whole).sum() / 2 for share in shares)
    assert t_closeness(table, KEYS, "disease") == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(5))
def test_both_distances_equal_the_transport_problem(seed):
    rng = np.random.default_rng(seed)
    p, q = rng.dirichlet(np.ones(5)), rng.dirichlet(np.ones(5))
    ranks = np.abs(np.subtract.outer(np.arange(5), np.arange(5))) / 4
    assert ordered_distance(p, q) == pytest.approx(transport(p, q, ranks), abs=1e-7)
    assert equal_distance(p, q) == pytest.approx(transport(p, q, 1 - np.eye(5)), abs=1e-7)


def test_distinct_diversity_is_fooled_where_entropy_is_not():
    table = pd.DataFrame({"zip": "35", "disease": ["grippe"] * 99 + ["cancer"]})
    assert l_diversity(table, ["zip"], "disease") == 2
    assert entropy_l_diversity(table, ["zip"], "disease") == pytest.approx(1.0576, abs=1e-3)


def test_order_counts_for_numbers_and_ordered_categories_only():
    table = pd.DataFrame({"zip": ["a", "a", "b", "b"], "stage": ["I", "II", "III", "IV"]})
    assert t_closeness(table, ["zip"], "stage") == pytest.approx(1 / 2)
    ordered = table.astype({"stage": pd.CategoricalDtype(["I", "II", "III", "IV"], ordered=True)})
    numbers, days = table.assign(stage=[1, 2, 3, 4]), table.assign(stage=pd.date_range("2024-01-01", periods=4))
    assert t_closeness(ordered, ["zip"], "stage") == pytest.approx(1 / 3)
    assert t_closeness(numbers, ["zip"], "stage") == pytest.approx(1 / 3)
    assert t_closeness(days, ["zip"], "stage") == pytest.approx(1 / 3)


def test_unused_categories_are_not_empty_classes():
    table = pd.DataFrame({"zip": pd.Categorical(["a", "a"], categories=["a", "b"]), "age": [1, 1]})
    assert k_anonymity(table, KEYS) == 2


def test_a_single_class_is_close_and_a_single_value_too():
    table = pd.DataFrame({"zip": ["a", "a", "b"], "one": "x", "salary": [1, 2, 3], "same": 7})
    assert t_closeness(table.assign(zip="*"), ["zip"], "salary") == 0
    assert t_closeness(table, ["zip"], "one") == 0
    assert t_closeness(table, ["zip"], "same") == 0


def test_the_table_is_left_as_it_was():
    before = INPATIENTS.copy()
    t_closeness(INPATIENTS, KEYS, "condition")
    pd.testing.assert_frame_equal(INPATIENTS, before)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((INPATIENTS[:0], KEYS), "aucune ligne"),
        ((INPATIENTS, "zip"), "liste de noms"),
        ((INPATIENTS, []), "liste de noms"),
        ((INPATIENTS, ["zip", "sexe"]), "absente.*sexe"),
    ],
)
def test_what_cannot_be_measured_is_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        k_anonymity(*arguments)


@pytest.mark.parametrize("measure", [l_diversity, entropy_l_diversity, t_closeness])
def test_a_missing_or_misplaced_sensitive_value_is_refused(measure):
    holed = INPATIENTS.assign(condition=INPATIENTS["condition"].where(INPATIENTS.index > 0))
    with pytest.raises(ValueError, match="manquent"):
        measure(holed, KEYS, "condition")
    with pytest.raises(ValueError, match="à la fois"):
        measure(INPATIENTS, KEYS, "age")
    with pytest.raises(ValueError, match="absente"):
        measure(INPATIENTS, KEYS, "maladie")
