"""Le graphe des voisins : régulier, mélangé, k-connexe ; et les degrés de Bell et al. 2020."""

from collections import Counter
from fractions import Fraction
from itertools import combinations
from math import comb, floor

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components
from scipy.stats import chisquare

from common.secure_aggregation.errors import ProtocolError
from common.secure_aggregation.graph import _log2_disconnection, degree_and_threshold, neighbours

THIRD = 1 / 3


def is_connected(graph, kept):
    """Dit si les clients `kept` restent reliés entre eux."""
    kept = sorted(kept)
    places = {client: place for place, client in enumerate(kept)}
    edges = [(places[a], places[b]) for a in kept for b in graph[a] if b in places]
    rows, columns = zip(*edges, strict=True) if edges else ((), ())
    matrix = csr_matrix((np.ones(len(edges)), (rows, columns)), shape=(len(kept), len(kept)))
    return connected_components(matrix, directed=False)[0] <= 1


@pytest.mark.parametrize(("n", "degree"), [(3, 2), (4, 2), (5, 4), (6, 4), (7, 4), (10, 8), (50, 6), (500, 286)])
def test_everyone_has_degree_neighbours_and_they_are_mutual(n, degree):
    graph = neighbours(n, degree, b"graine")
    assert [len(around) for around in graph] == [degree] * n
    assert all(a in graph[b] for a in range(n) for b in graph[a])
    assert all(client not in around for client, around in enumerate(graph))


@pytest.mark.parametrize("degree", [4, 5, 10**6])
def test_a_degree_of_n_minus_one_or_more_is_the_complete_graph(degree):
    assert neighbours(5, degree, b"graine") == [frozenset(range(5)) - {client} for client in range(5)]


def test_the_smallest_graph_is_a_pair():
    assert neighbours(2, 1, b"graine") == [frozenset({1}), frozenset({0})]


def test_the_graph_of_a_seed_is_the_same_on_every_machine():
    """Valeur figée : deux hôpitaux qui calculeraient des voisins différents n'annuleraient plus leurs masques."""
    expected = [[1, 2, 4, 6], [0, 2, 4, 5], [0, 1, 6, 7], [4, 5, 6, 7], [0, 1, 3, 5], [1, 3, 4, 7], [0, 2, 3, 7]]
    assert neighbours(8, 4, b"graine") == [frozenset(around) for around in [*expected, [2, 3, 5, 6]]]


def test_another_seed_gives_another_graph():
    assert len({tuple(neighbours(30, 4, bytes([seed]))) for seed in range(50)}) == 50


def test_every_pair_of_neighbours_is_equally_likely():
    pairs = Counter(tuple(sorted(neighbours(9, 2, seed.to_bytes(4, "big"))[0])) for seed in range(5600))
    assert len(pairs) == comb(8, 2)
    assert chisquare(list(pairs.values())).pvalue > 1e-4


@pytest.mark.parametrize(("n", "degree"), [(6, 2), (7, 4), (9, 4), (9, 6)])
def test_fewer_losses_than_the_degree_never_cut_the_graph(n, degree):
    graph, everyone = neighbours(n, degree, b"graine"), set(range(n))
    for removed in combinations(range(n), degree - 1):
        assert is_connected(graph, everyone - set(removed))
    assert any(not is_connected(graph, everyone - set(removed)) for removed in combinations(range(n), degree))


@pytest.mark.parametrize("degree", [-2, 0, 1, 3, 5])
def test_a_degree_that_makes_no_ring_is_refused(degree):
    with pytest.raises(ProtocolError, match=f"degré de {degree}.*degré pair"):
        neighbours(10, degree, b"graine")


@pytest.mark.parametrize("num_clients", [-1, 0, 1])
def test_one_client_alone_is_refused(num_clients):
    with pytest.raises(ProtocolError, match="au moins deux"):
        neighbours(num_clients, 2, b"graine")
    with pytest.raises(ProtocolError, match="au moins deux"):
        degree_and_threshold(num_clients, 0, 0)


@pytest.mark.parametrize(
    ("n", "corrupt", "dropout", "expected"),
    [
        (10, 0.33, 0.33, (8, 4)),
        (100, 0.33, 0.33, (68, 34)),
        (1000, 0.33, 0.33, (286, 150)),
        (100, 0.05, 0.33, (28, 6)),
        (1000, 0.05, 0.33, (72, 24)),
        (100, 0.33, 0.05, (34, 29)),
        (1000, 0.33, 0.05, (78, 60)),
    ],
)
def test_the_degrees_are_those_google_published(n, corrupt, dropout, expected):
    assert degree_and_threshold(n, corrupt, dropout, sigma=40, eta=20) == expected


@pytest.mark.parametrize(
    ("n", "corrupt", "expected"),
    [(100, 0.33, (68, 34)), (100, THIRD, (68, 34)), (1000, 0.33, (310, 159)), (1000, THIRD, (318, 163))],
)
def test_failing_once_in_a_billion_costs_a_few_more_neighbours(n, corrupt, expected):
    assert degree_and_threshold(n, corrupt, corrupt) == expected


@pytest.mark.parametrize(
    ("n", "corrupt", "dropout", "expected"),
    [
        (2, 0, 0, (1, 2)),
        (3, 0, THIRD, (2, 2)),
        (3, THIRD, THIRD, (2, 2)),
        (5, 0.2, 0.2, (4, 2)),
        (5, 0.4, 0.4, (4, 3)),
        (10, 0.7, 0.2, (9, 8)),
    ],
)
def test_a_handful_of_hospitals_are_all_neighbours(n, corrupt, dropout, expected):
    assert degree_and_threshold(n, corrupt, dropout) == expected


@pytest.mark.parametrize(("n", "corrupt", "dropout"), [(2, 0.5, 0.5), (3, 0.4, 0.7), (100, 0.5, 0.5), (10, 0, 0.9)])
def test_fractions_that_leave_no_threshold_are_refused(n, corrupt, dropout):
    with pytest.raises(ProtocolError, match="Aucun seuil"):
        degree_and_threshold(n, corrupt, dropout)


@pytest.mark.parametrize(("corrupt", "dropout"), [(-0.1, 0), (0, -0.1), (1, 0), (0, 1), (float("nan"), 0)])
def test_fractions_outside_zero_one_are_refused(corrupt, dropout):
    with pytest.raises(ProtocolError, match="deux fractions"):
        degree_and_threshold(10, corrupt, dropout)


def test_a_fraction_counts_clients_without_rounding_error():
    """0,29 × 100 vaut 28,999… en flottants : c'est 29 complices, pas 28."""
    assert degree_and_threshold(100, 0.29, 0.7) == (99, 30)


def exact_tail(population, marked, drawn, at_least):
    """P(au moins `at_least` marqués parmi `drawn` tirés), en fractions exactes."""
    ways = sum(comb(marked, i) * comb(population - marked, drawn - i) for i in range(at_least, drawn + 1))
    return Fraction(ways, comb(population, drawn))


def conditions_hold(n, counts, degree, threshold, sigma, eta):
    corrupted, dropped = counts
    spared = n - corrupted - dropped  # C(n−k, m−k) = C(n−k, n−m), nul quand m < k : rien ne peut couper
    cut = Fraction(n * (n - degree - 1), 2) * Fraction(comb(n - degree, spared), comb(n, spared))
    leak = n * exact_tail(n - 1, corrupted, degree, threshold)
    lost = n * (1 - exact_tail(n - 1, n - 1 - dropped, degree, threshold))
    return (
        cut <= Fraction(1, 2 ** (sigma + 1)) and leak <= Fraction(1, 2 ** (sigma + 1)) and lost <= Fraction(1, 2**eta)
    )


@pytest.mark.parametrize(
    ("n", "corrupt", "dropout", "sigma", "eta"),
    [
        (100, THIRD, THIRD, 40, 30),
        (80, 0.1, 0.3, 40, 30),
        (60, 0.3, 0.3, 10, 10),
        (150, 0.25, 0.4, 20, 5),
        (100, 0.05, 0.1, 20, 2),  # la coupure décide, et de moins d'un bit
        (100, 0, 0.3, 40, 30),  # sans complice, le seuil reste 2
    ],
)
def test_the_choice_is_the_smallest_that_holds_in_exact_arithmetic(n, corrupt, dropout, sigma, eta):
    counts = floor(corrupt * n + 1e-9), floor(dropout * n + 1e-9)
    degree, threshold = degree_and_threshold(n, corrupt, dropout, sigma, eta)
    assert degree < n - 1
    holding = [
        (k, t) for k in range(2, degree + 1, 2) for t in range(2, k + 1) if conditions_hold(n, counts, k, t, sigma, eta)
    ]
    assert min(holding) == (degree, threshold)


@pytest.mark.parametrize(("n", "degree", "removed"), [(10, 2, 4), (10, 4, 6), (11, 4, 5)])
def test_the_chance_of_a_cut_is_never_above_its_bound(n, degree, removed):
    graph, everyone = neighbours(n, degree, b"graine"), set(range(n))
    cuts = [not is_connected(graph, everyone - set(lost)) for lost in combinations(range(n), removed)]
    assert 0 < np.mean(cuts) <= 2 ** _log2_disconnection(n, degree, removed)


def test_drawn_graphs_fail_no_more_often_than_promised():
    """sigma = 4, eta = 3 pour que les échecs se voient : 1 500 graphes de 40 clients, 8 complices, 8 perdus."""
    degree, threshold = degree_and_threshold(40, 0.2, 0.2, sigma=4, eta=3)
    assert degree < 39
    corrupted, dropped, failures = set(range(8)), set(range(8, 16)), Counter()
    for seed in range(1500):
        graph = neighbours(40, degree, seed.to_bytes(4, "big"))
        failures["fuite"] += any(len(graph[client] & corrupted) >= threshold for client in range(8, 40))
        failures["coupure"] += not is_connected(graph, set(range(16, 40)))
        failures["perte"] += any(len(graph[client] - dropped) < threshold for client in range(40))
    assert failures["fuite"] + failures["coupure"] <= 1500 / 2**4
    assert 0 < failures["perte"] <= 1500 / 2**3
