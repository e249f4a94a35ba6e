"""Les leçons comme fichiers et comme exécutions : carnets à jour, rien qui fuit, budgets et rôles tenus.

Les carnets eux-mêmes sont exécutés par nbmake ; `conftest.py`, à la racine, leur donne leur rôle. Ici, de tout petits
carnets prouvent que ce conftest attrape ce qu'il doit attraper.
"""

import os
import subprocess
import sys
import time

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from outils.budget import Mesure
from outils.construire import ecarts, lire_sources
from outils.depot import RACINE, ecrire, lire

LECONS = lire_sources()
CARNETS = {
    "semaine_1/01_apprenant.ipynb": "import os\nassert os.environ['VERIF_ATTENDU'] == 'a_faire'",
    "semaine_1/corriges/01_juste.ipynb": "import os\nassert os.environ['VERIF_ATTENDU'] == 'juste'",
    "semaine_1/corriges/02_une_fois.ipynb": "assert 'deja' not in globals()\ndeja = True",
    "semaine_1/03_noyau.ipynb": "import os, sys\nassert sys.prefix == os.environ['PREFIXE']",
    "semaine_1/04_lent.ipynb": "import time\ntime.sleep(60)",
}


def test_notebooks_match_their_sources():
    assert ecarts() == []


def lignes(cellule: nbformat.NotebookNode) -> set[str]:
    """Lignes d'une cellule de code, assez longues pour n'être pas là par hasard."""
    longues = (ligne.strip() for ligne in cellule.source.splitlines() if cellule.cell_type == "code")
    return {ligne for ligne in longues if len(ligne) >= 20 and not ligne.startswith("#")}


@pytest.mark.parametrize("lecon", LECONS, ids=lambda lecon: lecon.carnet)
def test_no_solution_line_is_given_elsewhere_in_the_lesson(lecon):
    """Aucune autre cellule de l'apprenant ne contient une ligne cachée par un marqueur."""
    paires = zip(lecon.corrige, lecon.apprenant, strict=True)
    cachees = set().union(*(lignes(corrige) - lignes(apprenant) for corrige, apprenant in paires))
    montrees = set().union(*(lignes(cellule) for cellule in lecon.apprenant))
    assert cachees & montrees == set()


@pytest.fixture(scope="module")
def compte_rendu(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Sortie de pytest sur de petits carnets, budget de 6 s, avec un faux noyau python3 en embuscade."""
    racine = tmp_path_factory.mktemp("cours")
    ecrire(racine / "conftest.py", f"from outils import budget\nbudget.SECONDES = 6\n{lire(RACINE / 'conftest.py')}")
    ecrire(racine / "jupyter/kernels/python3/kernel.json", '{"argv": ["/nulle/part"], "display_name": "Faux"}')
    for nom, code in CARNETS.items():
        ecrire(racine / nom, nbformat.writes(new_notebook(cells=[new_code_cell(code)])))
    commande = [sys.executable, "-X", "utf8", "-m", "pytest", "--nbmake", "-p", "no:cacheprovider", "semaine_1"]
    ajouts = {"PYTHONPATH": str(RACINE), "PREFIXE": sys.prefix, "JUPYTER_DATA_DIR": str(racine / "jupyter")}
    ajouts["JUPYTER_PREFER_ENV_PATH"] = "0"  # le conftest doit imposer le contraire
    fini = subprocess.run(
        commande, cwd=racine, env=os.environ | ajouts, capture_output=True, text=True, encoding="utf-8"
    )
    return fini.stdout


def test_role_follows_the_path_and_the_kernel_is_ours(compte_rendu):
    assert "2 failed, 3 passed" in compte_rendu
    for nom in ("01_apprenant", "01_juste", "03_noyau"):
        assert f"{nom}.ipynb -" not in compte_rendu


def test_corrige_that_cannot_run_twice_is_caught(compte_rendu):
    assert "02_une_fois.ipynb" in compte_rendu and "'deja' not in globals()" in compte_rendu


def test_slow_notebook_is_killed_at_twice_its_budget_in_french(compte_rendu):
    assert "semaine_1/04_lent.ipynb : arrêté au double du budget" in compte_rendu
    assert "NBMAKE INTERNAL ERROR" not in compte_rendu


def test_cost_table_lists_every_notebook_slowest_first(compte_rendu):
    tableau = compte_rendu.split("Coût des leçons")[1]
    rangs = [tableau.index(nom) for nom in CARNETS]
    assert min(rangs) == tableau.index("semaine_1/04_lent.ipynb")
    assert "> 6 s : trop lent" in tableau


def fils(code: str) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, "-c", code])


def test_memory_of_grandchildren_counts_and_stops_at_twice_the_budget():
    petit_fils = "x = bytearray(300 * 2**20)\nimport time\ntime.sleep(60)"
    code = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {petit_fils!r}])"
    with Mesure(budget_secondes=60, budget_mio=120) as mesure:
        fils(code).wait(timeout=30)
    assert mesure.motif.startswith("arrêté au double du budget") and mesure.mio > 240


def test_memory_over_budget_fails_even_when_it_ends_well():
    with Mesure(budget_secondes=60, budget_mio=60) as mesure:
        fils("x = bytearray(70 * 2**20)\nimport time\ntime.sleep(1)").wait(timeout=30)
    assert "pour un budget de 60 Mio" in mesure.motif


def test_frugal_process_has_no_reproach():
    debut = time.perf_counter()
    with Mesure() as mesure:
        fils("import time\ntime.sleep(0.5)").wait(timeout=30)
    assert mesure.motif is None and 0 < mesure.mio < 200
    assert mesure.secondes == pytest.approx(time.perf_counter() - debut, abs=0.5)


def test_processes_already_there_are_left_alone():
    ancien = fils("import time\ntime.sleep(60)")
    try:
        with Mesure(budget_secondes=0.2):
            time.sleep(1.5)
        assert ancien.poll() is None
    finally:
        ancien.kill()
        ancien.wait()


def test_every_lesson_source_has_been_found():
    assert len(LECONS) == len(list((RACINE / "sources").rglob("*.py")))
