"""Le préambule de mise en route : sur un faux Colab il clone le cours, ailleurs il en retrouve la racine."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from outils.carnet import preambule
from outils.depot import RACINE, lire_adresse

MONTRER = "import common\nprint(common.__file__)"


def executer(code: str, dossier: Path, **environnement: str) -> subprocess.CompletedProcess[str]:
    """Exécute du code dans un Python neuf, depuis un dossier ; pip n'a pas de réseau."""
    commande = [sys.executable, "-X", "utf8", "-c", code]
    environnement = os.environ | {"PIP_NO_INDEX": "1", "PYTHONPATH": ""} | environnement
    return subprocess.run(commande, cwd=dossier, env=environnement, capture_output=True, text=True, encoding="utf-8")


@pytest.fixture
def depot_local(tmp_path: Path) -> str:
    """Adresse d'une copie nue du dépôt, telle qu'elle est validée."""
    if not (RACINE / ".git").exists():
        pytest.skip("archive sans historique git : rien à cloner")
    nu = tmp_path / "depot.git"
    subprocess.run(["git", "clone", "-q", "--bare", str(RACINE), str(nu)], check=True)
    return nu.as_uri()


def test_colab_clones_the_course_and_imports_from_the_clone(tmp_path, depot_local):
    (tmp_path / "faux/google/colab").mkdir(parents=True)
    (tmp_path / "faux/google/colab/__init__.py").touch()
    (tmp_path / "content").mkdir()
    cellule = preambule(depot_local)
    code = f"import google.colab\n{cellule}\n{cellule}\n{MONTRER}"
    fini = executer(code, tmp_path / "content", PYTHONPATH=str(tmp_path / "faux"))
    assert fini.returncode == 0, fini.stderr
    assert Path(fini.stdout.strip()) == (tmp_path / "content/cours/common/__init__.py").resolve()
    assert (tmp_path / "content/cours/.git/shallow").exists()


def test_elsewhere_the_nearest_parent_with_cours_py_is_the_root(tmp_path):
    travail = tmp_path / "dépôt cloné" / "mon_travail" / "semaine_1"
    (tmp_path / "dépôt cloné" / "common").mkdir(parents=True)
    (tmp_path / "dépôt cloné" / "common/__init__.py").touch()
    (tmp_path / "dépôt cloné" / "cours.py").touch()
    travail.mkdir(parents=True)
    fini = executer(f"{preambule(lire_adresse())}\n{MONTRER}", travail)
    assert fini.returncode == 0, fini.stderr
    assert Path(fini.stdout.strip()) == (tmp_path / "dépôt cloné/common/__init__.py").resolve()


def test_a_notebook_outside_the_course_says_what_to_do(tmp_path):
    fini = executer(preambule(lire_adresse()), tmp_path)
    assert fini.returncode != 0
    assert "Gardez ce carnet dans le dossier du cours" in fini.stderr


def test_preamble_stays_short():
    lignes = [ligne for ligne in preambule(lire_adresse()).splitlines() if ligne]
    assert len(lignes) <= 15 and max(map(len, lignes)) <= 110
