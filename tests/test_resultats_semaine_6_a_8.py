"""Les tableaux des semaines 6 à 8 disent ce que disent les JSON, et `--check` voit un chiffre changé à la main."""

import json

import pytest

from outils import depot, resultats_semaine_6_a_8
from outils.resultats import NOTES, ecrire_resultats, reperes

NAME = "agregation_securisee"


@pytest.fixture(scope="module")
def report() -> dict:
    return json.loads(depot.lire(depot.RACINE / f"bancs/resultats/{NAME}.json"))


def test_the_notes_show_the_committed_figures(report):
    notes = depot.lire(depot.RACINE / NOTES)
    assert ecrire_resultats(notes, depot.RACINE, NOTES) == notes
    start, end = reperes(NAME)
    block = notes.partition(start)[2].partition(end)[0]
    assert report["command"] in block
    for row in report["rows"]:
        assert f"{row['num_clients']} clients" in block
        assert f"| {resultats_semaine_6_a_8.secondes(row['client']['cpu_s'])} |" in block
        assert f"| {resultats_semaine_6_a_8.secondes(row['server']['cpu_s'])} |" in block
    changed = notes.replace(f"| {resultats_semaine_6_a_8.secondes(row['server']['cpu_s'])} |", "| 0,0 s |")
    assert changed != notes and ecrire_resultats(changed, depot.RACINE, NOTES) == notes


@pytest.mark.parametrize(
    ("duration", "text"),
    [(0.0842, "0,084 s"), (4.04, "4,0 s"), (143, "143 s"), (1830.4, "1 830 s"), (None, "—")],
)
def test_durations_keep_the_digits_that_count(duration, text):
    assert resultats_semaine_6_a_8.secondes(duration) == text


def test_a_published_figure_stands_only_where_it_was_published():
    report = {"published": {"client_s": {"500": 0.849}, "server_s": {"500": {"0.3": 143}}}}
    lost, none, small = ({"num_clients": n, "dropout": rate} for n, rate in ((500, 0.3), (500, 0.0), (100, 0.3)))
    published = resultats_semaine_6_a_8.publie
    assert (published(report, lost, "server"), published(report, lost, "client")) == (143, 0.849)
    assert published(report, none, "server") is None and published(report, none, "client") == 0.849
    assert published(report, small, "server") is None and published(report, small, "client") is None


def test_a_round_is_named_by_its_graph():
    assert resultats_semaine_6_a_8.tour({"num_clients": 500, "degree": 234}) == "500 clients, 234 voisins"
    assert resultats_semaine_6_a_8.tour({"num_clients": 500, "degree": None}) == "500 clients, tous voisins"
