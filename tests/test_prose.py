"""Un nombre commenté par une leçon doit avoir été affiché par elle : la règle, puis un vrai corrigé qui se trompe."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from outils.construire import lire_sources
from outils.depot import RACINE, ecrire, lire
from outils.prose import ADMIS, affiches, cites, fautes


def prose(texte):
    return new_markdown_cell(texte)


def affiche(texte, flux="stdout"):
    return new_code_cell("…", outputs=[new_output("stream", name=flux, text=texte)])


@pytest.mark.parametrize(
    ("texte", "nombres"),
    [
        ("de 0,20 à 0,93, soit [0,65 ; 0,98]", ["0,20", "0,93", "0,65", "0,98"]),
        ("90 % et 6,1 Gio, **1,5**", ["90 %", "6,1", "1,5"]),
        ("1 797 images, 254 patients, 29 malades", ["1 797", "254"]),
        ("en 2017, Flower 1.41.0, `0,5`, $0,5$, arXiv:1602.05629, 1e-16", []),
        ("[arXiv](https://arxiv.org/abs/1912)\n```\n0,33\n```", []),
    ],
)
def test_which_numbers_are_followed(texte, nombres):
    assert [cite.texte for cite in cites(texte)] == nombres


@pytest.mark.parametrize(
    ("ecrit", "imprime", "juste"),
    [
        ("0,93", "0.9333", True),
        ("0,93", "0.936", False),
        ("0,93", "[0,93 ; 0,97]", True),
        ("6 %", "0.0597", True),
        ("6 %", "6.2", True),
        ("6 %", "0.07", False),
        ("20 696", "20696 octets", True),
        ("0,12", "1.2e-01", True),
        ("0,5", "<Figure size 700x500>", False),
    ],
)
def test_a_printed_number_rounds_to_the_one_in_the_text(ecrit, imprime, juste):
    assert (fautes([affiche(imprime), prose(ecrit)], {}) == []) is juste


def test_html_tables_count_but_progress_bars_do_not():
    tableau = new_output("display_data", data={"text/html": "<td>0.25</td>", "text/plain": "…"})
    assert affiches(new_code_cell("…", outputs=[tableau])) == [0.25]
    assert affiches(affiche("100%|██| 40/40", "stderr")) == []


def test_decimals_are_looked_for_nearby_and_recalled_at_the_end():
    loin = [affiche("0.25"), *[affiche("1")] * 3]
    assert "cellule 5 : « 0,25 »" in fautes([*loin, prose("Donc 0,25.")], {})[0]
    assert fautes([*loin, prose("## À retenir\n0,25")], {}) == []
    assert fautes([prose("**Prédisez** : 0,25 ?"), affiche("0.25")], {}) == []
    assert fautes([affiche("581"), *[affiche("1")] * 3, prose("Ces 581 réponses.")], {}) == []


def test_an_admitted_number_needs_no_output_but_must_serve():
    assert fautes([prose("Le seuil est 0,05.")], {"0,05": "usage"}) == []
    assert "admis sans besoin" in fautes([affiche("0.05"), prose("Le seuil est 0,05.")], {"0,05": "usage"})[0]


def test_only_existing_lessons_have_admitted_numbers_each_with_its_reason():
    assert set(ADMIS) <= {lecon.nom for lecon in lire_sources()}
    assert all(raison for admis in ADMIS.values() for raison in admis.values())


def test_a_corrige_that_comments_another_number_fails_in_french(tmp_path: Path):
    ecrire(tmp_path / "conftest.py", lire(RACINE / "conftest.py"))
    for nom, texte in {"01_juste": "On lit 0,33.", "02_faux": "On lit 0,34."}.items():
        cellules = [new_code_cell("print(1 / 3)"), prose(texte)]
        ecrire(tmp_path / f"semaine_1/corriges/{nom}.ipynb", nbformat.writes(new_notebook(cells=cellules)))
    commande = [sys.executable, "-X", "utf8", "-m", "pytest", "--nbmake", "-p", "no:cacheprovider", "semaine_1"]
    ajouts = {"PYTHONPATH": str(RACINE)}
    fini = subprocess.run(
        commande, cwd=tmp_path, env=os.environ | ajouts, capture_output=True, text=True, encoding="utf-8"
    )
    assert "1 failed, 1 passed" in fini.stdout
    assert "02_faux.ipynb : cellule 2 : « 0,34 » n'est affiché par aucune cellule voisine" in fini.stdout
