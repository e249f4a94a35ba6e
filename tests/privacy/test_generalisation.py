"""Généraliser : chaque hiérarchie à la lettre, et la recherche contre une recherche naïve."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.privacy.anonymity import equivalence_classes, k_anonymity
from common.privacy.generalisation import (
    anonymise,
    category_tree,
    dates,
    discernibility,
    generalise,
    number_bands,
    prefixes,
)

HIERARCHIES = {"age": number_bands(10, 20), "zip": prefixes(3, 2)}
KEYS = list(HIERARCHIES)

tables = st.lists(
    st.tuples(st.sampled_from([20.0, 24, 31, 39, 55, np.nan]), st.sampled_from(["35001", "35012", "35900", "75001"])),
    min_size=2,
    max_size=20,
).map(lambda rows: pd.DataFrame(rows, columns=KEYS))


def column(hierarchy, level, *values):
    table = pd.DataFrame({"x": list(values)})
    return generalise(table, {"x": hierarchy}, {"x": level})["x"].tolist()


def best_loss_by_hand(table: pd.DataFrame, k: int, max_suppressed: float) -> float:
    losses = []
    for age, zip_level in product(range(4), repeat=2):
        view = generalise(table, HIERARCHIES, {"age": age, "zip": zip_level})
        keys = [str(row) for row in view.itertuples(index=False)]
        sizes = np.array([keys.count(key) for key in keys])
        kept = sizes >= k
        if kept.any() and (~kept).sum() <= max_suppressed * len(table):
            losses.append((sizes[kept].sum() + (~kept).sum() * len(table)) / len(table))
    return min(losses)


def test_every_level_of_every_hierarchy():
    ages = number_bands(5, 10, 20)
    assert [column(ages, level, 43)[0] for level in (1, 2, 3, 4)] == ["40-44", "40-49", "40-59", "*"]
    assert [column(prefixes(3, 2), level, "35042")[0] for level in (1, 2, 3)] == ["350**", "35***", "*"]
    born = pd.Timestamp(1963, 5, 2)
    assert [column(dates(10), level, born)[0] for level in (1, 2, 3, 4)] == ["1963-05", "1963", "1960-1969", "*"]
    tree = category_tree({"asthme": "poumon", "BPCO": "poumon", "AVC": "cerveau"})
    assert column(tree, 1, "asthme", "AVC") == ["poumon", "cerveau"]
    assert column(tree, 2, "asthme", "AVC") == ["*", "*"]


def test_bands_hold_their_bounds_and_negative_numbers():
    assert column(number_bands(10), 1, 39, 40, 49.9, -1) == ["30-39", "40-49", "40-49", "-10--1"]


def test_a_missing_value_stays_missing_until_the_top():
    for hierarchy, value in ((number_bands(5), 43.0), (prefixes(2), "35"), (dates(10), pd.Timestamp(1963, 5, 2))):
        for level in range(1, len(hierarchy)):
            assert pd.isna(column(hierarchy, level, value, None)[1])
        assert column(hierarchy, len(hierarchy), value, None) == ["*", "*"]


def test_level_zero_changes_nothing_and_the_table_is_left_as_it_was():
    table = pd.DataFrame({"age": [43, 44], "zip": ["35001", "35002"], "disease": ["a", "b"]})
    before = table.copy()
    pd.testing.assert_frame_equal(generalise(table, HIERARCHIES, {"age": 0, "zip": 0}), table)
    generalise(table, HIERARCHIES, {"age": 2, "zip": 1})
    pd.testing.assert_frame_equal(table, before)


def test_discernibility_from_alone_to_all_confounded():
    assert discernibility(np.ones(7)) == 1
    assert discernibility([7]) == 7
    assert discernibility([2, 2], num_suppressed=1) == pytest.approx((4 + 4 + 5) / 5)


@given(tables, st.integers(1, 4), st.sampled_from([0.0, 0.2, 0.5]))
@settings(max_examples=40, deadline=None, derandomize=True)
def test_the_release_is_k_anonymous_and_the_cheapest(table, k, max_suppressed):
    if k > len(table):
        with pytest.raises(ValueError, match=f"{k}-anonymes"):
            anonymise(table, HIERARCHIES, k, max_suppressed)
        return
    release = anonymise(table, HIERARCHIES, k, max_suppressed)
    assert k_anonymity(release.table, KEYS) >= k
    assert release.suppressed <= max_suppressed
    assert len(release.table) == round(len(table) * (1 - release.suppressed))
    assert release.loss == pytest.approx(best_loss_by_hand(table, k, max_suppressed))
    sizes = equivalence_classes(release.table, KEYS)
    assert release.loss == pytest.approx(discernibility(sizes, len(table) - len(release.table)))


@given(tables, st.sampled_from([0.0, 0.5]))
@settings(max_examples=20, deadline=None, derandomize=True)
def test_k_of_one_changes_nothing(table, max_suppressed):
    release = anonymise(table, HIERARCHIES, 1, max_suppressed)
    pd.testing.assert_frame_equal(release.table, table)
    assert release.levels == {"age": 0, "zip": 0}


def test_suppressing_one_oddity_spares_all_the_others():
    table = pd.DataFrame({"age": [40] * 9 + [99], "zip": ["35001"] * 9 + ["75001"]})
    strict, tolerant = anonymise(table, HIERARCHIES, 2), anonymise(table, HIERARCHIES, 2, max_suppressed=0.1)
    assert strict.levels == {"age": 3, "zip": 3} and strict.loss == 10
    assert tolerant.levels == {"age": 0, "zip": 0} and tolerant.suppressed == pytest.approx(0.1)
    assert tolerant.table.index.tolist() == list(range(9))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: number_bands(5, 12), "multiple"),
        (lambda: number_bands(0), "multiple"),
        (lambda: number_bands(2.5), "entière"),
        (lambda: column(number_bands(5), 1, "43"), "attend des nombres.*to_numeric"),
        (lambda: column(prefixes(3), 1, 1000, None), "attend des textes.*dtype"),
        (lambda: column(dates(), 2, 1963), "attend des dates.*to_datetime"),
        (lambda: column(dates(10), 3, "02/05/1963"), "attend des dates"),
        (lambda: dates(10, 15), "multiple"),
        (lambda: prefixes(2, 3), "décroître"),
        (lambda: column(category_tree({"AVC": "cerveau"}), 1, "asthme"), "parente pour asthme"),
        (lambda: column(number_bands(5), 3, 43), "niveaux 0 à 2"),
        (lambda: generalise(pd.DataFrame({"sex": ["F"]}), {}, {"sex": 1}), "aucune hiérarchie"),
        (lambda: generalise(pd.DataFrame({"sex": ["F"]}), HIERARCHIES, {"age": 1}), "absente"),
        (lambda: anonymise(pd.DataFrame({"age": [1], "zip": ["1"]}), HIERARCHIES, 0), "au moins 1"),
        (lambda: anonymise(pd.DataFrame({"age": [1], "zip": ["1"]}), HIERARCHIES, 1, 5), "entre 0 et 1"),
        (lambda: anonymise(pd.DataFrame({"age": [], "zip": []}), HIERARCHIES, 1), "aucune ligne"),
    ],
)
def test_what_makes_no_sense_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()
