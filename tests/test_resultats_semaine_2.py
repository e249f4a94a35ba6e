"""Les tableaux de la semaine 2 disent ce que disent les JSON, et `--check` voit un chiffre changé à la main."""

import json

import pytest

from outils import depot, resultats_semaine_2
from outils.resultats import BANCS, ecrire_resultats, reperes

MINE = [(page, nom) for page, blocs in BANCS.items() for nom, f in blocs.items() if f.__module__.endswith("semaine_2")]
MADE = [(page, nom) for page, nom in MINE if (depot.RACINE / f"bancs/resultats/{nom}.json").exists()]
MEASURE = {"value": 0.5, "low": 0.4, "high": 0.6, "count": 5}


def report(name: str) -> dict:
    return json.loads(depot.lire(depot.RACINE / f"bancs/resultats/{name}.json"))


def block(page: str, name: str) -> str:
    start, end = reperes(name)
    return depot.lire(depot.RACINE / page).partition(start)[2].partition(end)[0]


@pytest.mark.parametrize(("page", "name"), MADE)
def test_the_page_shows_the_committed_figures(page, name):
    text = depot.lire(depot.RACINE / page)
    assert ecrire_resultats(text, depot.RACINE, page) == text
    assert report(name)["command"] in block(page, name)
    digits = next(c for c in block(page, name).partition("|---")[2] or block(page, name) if c.isdigit() and c != "0")
    changed = text.replace(block(page, name), block(page, name).replace(digits, "0"))
    assert changed != text and ecrire_resultats(changed, depot.RACINE, page) == text


def test_every_committed_bench_is_described():
    notes = depot.lire(depot.RACINE / "bancs/LISEZMOI.md")
    for path in sorted((depot.RACINE / "bancs/resultats").glob("*.json")):
        command = json.loads(depot.lire(path)).get("command")
        if command and command.startswith("python -m bancs."):
            assert f"`{command}`" in notes, f"{path.name} : sa commande manque au tableau de bancs/LISEZMOI.md"


def test_identifiers_left_are_counted_from_every_place():
    lines = "\n".join(resultats_semaine_2.blocs_dicom(report("dicom_identifiants"))[0])
    places = report("dicom_identifiants")["places"]
    assert f"**{sum(place['left'] for place in places)} restant**" in lines
    assert f"{sum(place['planted'] for place in places):,}".replace(",", " ") in lines


def test_an_unjudged_precision_is_not_a_number():
    assert resultats_semaine_2.part(None) == "à juger"
    assert resultats_semaine_2.part(MEASURE) == "50,0 % [40,0 ; 60,0]"


def test_private_training_stands_beside_what_is_published():
    measured = {**MEASURE, "value": 0.9452, "low": 0.9406, "high": 0.9495}
    private = {
        "epsilon": {"rdp-2017": 1.16, "rdp": 0.92, "prv": 0.84},
        "results": [measured],
        "published": {"opacus": (94.63, 1.16), "tf-privacy": (95.0, 1.19)},
    }
    plain = {**private, "epsilon": dict.fromkeys(("rdp-2017", "rdp", "prv")), "published": {"opacus": (98.94, None)}}
    settings = {"delta": 1e-5, "train": 60000, "test": 10000, "seeds": [0]}
    rapport = {"command": "python -m …", "settings": settings, "rows": [plain, private]}
    first, last = resultats_semaine_2.blocs_dp_mnist(rapport)[1][2:]
    assert first == "| 1,16 | 0,92 | 94,5 % [94,1 ; 95,0] | 94,6 % (ε 1,16) | 95,0 % (ε 1,19) |"
    assert last.startswith("| sans bruit | sans bruit | 94,5 %") and "98,9 %" in last
