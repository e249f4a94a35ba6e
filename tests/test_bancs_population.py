"""La mémoire d'un entraînement ne dépend ni du nombre de clients ni du nombre de tours."""

from pathlib import Path

import pytest

from bancs import population, rapport

RESULT = rapport.RESULTATS / "population.json"


@pytest.fixture(scope="module")
def rows() -> dict[int, dict]:
    return {row["population"]: row for row in population.run()}


def test_memory_is_flat_over_the_rounds(rows):
    for row in rows.values():
        assert row["mib_last_round"] - row["mib_round_5"] < 15, row


def test_a_million_clients_cost_little_more_than_a_hundred(rows):
    # Flower énumère les numéros des nœuds à chaque tour : un million d'entiers, une quarantaine de Mio
    assert rows[10**6]["mib_peak"] - rows[10**2]["mib_peak"] < 80


def test_the_committed_result_has_its_command_and_every_population():
    report = rapport.lire(Path(RESULT))
    assert report["command"] == population.COMMANDE
    assert [row["population"] for row in report["rows"]] == list(population.POPULATIONS)
    assert report["data"]["kind"] == "données synthétiques"


def test_virtual_clients_are_made_only_when_asked_and_always_the_same():
    first, again = population.virtual(10**6), population.virtual(10**6)
    name = first.names[999_999]
    assert (first[name].train.x == again[name].train.x).all()
    assert not (first[name].train.x == first[first.names[0]].train.x).all()
