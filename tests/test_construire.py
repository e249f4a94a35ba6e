"""Le constructeur : mêmes octets, marqueurs, identifiants stables, aucun écart toléré."""

import json
import subprocess
from pathlib import Path

import nbformat
import pytest

from outils import adresse, construire, depot
from outils.source import ErreurSource, lire_lecon

ADRESSE = "https://github.com/exemple/cours"
LECON = """\
# %% [markdown]
# # Leçon 1 — Un titre
#
# **Durée** : 45 min · **Prérequis** : aucun · **Matériel** : rien
#
# Voir le [glossaire](../GLOSSAIRE.md), la [suite](02_b.ipynb), le [site](https://exemple.org), l'[ancre](#ici).

# %% tags=["mise-en-route"]
import math

# %%
def aire(rayon: float) -> float:
    \"\"\"Aire d'un disque.\"\"\"
    # début solution
    carre = rayon**2
    return math.pi * carre
    # fin solution

# %%
# %matplotlib reste un commentaire
reponse: float = math.sqrt(49 + 15)  # solution

# %% tags=["solution"]
secret = aire(3)

# %%
1 + 1

# %%
1 + 1
"""


@pytest.fixture
def racine(tmp_path: Path) -> Path:
    """Un petit cours d'une leçon, dans un dossier au nom accentué."""
    racine = tmp_path / "cours élémentaire"
    depot.ecrire(racine / "pyproject.toml", f'[project]\nname = "x"\n[project.urls]\nRepository = "{ADRESSE}"\n')
    depot.ecrire(racine / "README.md", "Avant\n\n<!-- début tableau -->\nvieux\n<!-- fin tableau -->\n\nAprès\n")
    depot.ecrire(racine / "sources/semaine_1/01_a.py", LECON)
    return racine


def lire(racine: Path, nom: str) -> nbformat.NotebookNode:
    carnet = nbformat.read(racine / nom, as_version=4)
    nbformat.validate(carnet)
    return carnet


def code(carnet: nbformat.NotebookNode) -> list[str]:
    return [cellule.source for cellule in carnet.cells if cellule.cell_type == "code"]


def reecrire(racine: Path, avant: str, apres: str) -> None:
    assert avant in LECON
    depot.ecrire(racine / "sources/semaine_1/01_a.py", LECON.replace(avant, apres, 1))


def test_build_is_byte_deterministic(racine):
    construire.construire(racine)
    premiers = {p: p.read_bytes() for p in racine.rglob("*.ipynb")}
    assert len(premiers) == 2
    for chemin in premiers:
        chemin.unlink()
    construire.construire(racine)
    assert {p: p.read_bytes() for p in racine.rglob("*.ipynb")} == premiers
    assert all(b"\r" not in octets and octets.endswith(b"}\n") for octets in premiers.values())


def test_second_build_writes_nothing(racine):
    assert len(construire.construire(racine)) == 3
    assert construire.construire(racine) == []


def test_notebook_carries_only_allowed_metadata(racine):
    construire.construire(racine)
    carnet = json.loads(depot.lire(racine / "semaine_1/01_a.ipynb"))
    assert set(carnet["metadata"]) == {"kernelspec", "language_info"}
    assert carnet["metadata"]["kernelspec"]["name"] == "python3"
    for cellule in carnet["cells"]:
        assert cellule["metadata"] == {}
        if cellule["cell_type"] == "code":
            assert cellule["outputs"] == [] and cellule["execution_count"] is None


def test_every_marker_becomes_a_hole_for_the_learner(racine):
    construire.construire(racine)
    cellules = code(lire(racine, "semaine_1/01_a.ipynb"))
    assert cellules[1].endswith('"""Aire d\'un disque."""\n    ...  # à compléter')
    assert cellules[2] == "# %matplotlib reste un commentaire\nreponse: float = ...  # à compléter"
    assert cellules[3] == "...  # à compléter"


def test_no_solution_line_leaks_to_the_learner(racine):
    construire.construire(racine)
    texte = depot.lire(racine / "semaine_1/01_a.ipynb")
    assert not any(fuite in texte for fuite in ("rayon**2", "math.pi", "sqrt", "secret", "solution"))


def test_markers_vanish_from_the_corrige(racine):
    construire.construire(racine)
    cellules = code(lire(racine, "semaine_1/corriges/01_a.ipynb"))
    assert "carre = rayon**2\n    return math.pi * carre" in cellules[1]
    assert cellules[2].endswith("reponse: float = math.sqrt(49 + 15)")
    assert cellules[3] == "secret = aire(3)"
    assert "solution" not in "\n".join(cellules)


def test_corrige_relative_links_climb_one_folder(racine):
    construire.construire(racine)
    titre = lire(racine, "semaine_1/corriges/01_a.ipynb").cells[1].source
    assert "(../../GLOSSAIRE.md)" in titre and "(../02_b.ipynb)" in titre
    assert "(https://exemple.org)" in titre and "(#ici)" in titre


def test_inserting_a_cell_changes_no_other_id(racine):
    construire.construire(racine)
    avant = [cellule.id for cellule in lire(racine, "semaine_1/01_a.ipynb").cells]
    reecrire(racine, "# %%\n1 + 1\n", "# %%\n2 + 2\n\n# %%\n1 + 1\n")
    construire.construire(racine)
    apres = [cellule.id for cellule in lire(racine, "semaine_1/01_a.ipynb").cells]
    assert len(set(avant)) == len(avant)
    assert len(set(apres) - set(avant)) == 1 and set(avant) < set(apres)


def test_badge_comes_first_and_setup_clones_the_address(racine):
    construire.construire(racine)
    carnet = lire(racine, "semaine_1/01_a.ipynb")
    assert "colab.research.google.com/github/exemple/cours/blob/main/semaine_1/01_a.ipynb" in carnet.cells[0].source
    preambule, importations = code(carnet)[0].split("\n\n")[-2:]
    assert f'adresse = "{ADRESSE}"\n' in preambule and importations == "import math"


@pytest.mark.parametrize(
    ("avant", "apres", "message"),
    [
        ("    # fin solution\n", "", "ligne 14 : fermez"),
        ("    # début solution\n", "", "ligne 16 : « # fin solution » sans"),
        ("    carre = rayon**2\n", "    # début solution\n", "ligne 15 : région déjà ouverte ligne 14"),
        ("secret = aire(3)", "secret = aire(3)\n\n# %%\nprint(3)  # solution", "ligne 27 : « # solution » suit"),
        ("secret = aire(3)", "secret = aire(3)\n\n# %%\nx += 3  # solution", "ligne 27 : « # solution » suit"),
        ("1 + 1", "liste = [  # solution\n    1,\n]", "cellule 6 : ceci n'est pas du Python"),
        ("1 + 1", "!pip install x", "cellule 6 : ceci n'est pas du Python : « !pip install x »"),
        ("# %% [markdown]\n", "import os\n\n# %% [markdown]\n", "ligne 1 : commencez la source"),
    ],
)
def test_bad_source_is_refused_with_its_place(racine, avant, apres, message):
    reecrire(racine, avant, apres)
    with pytest.raises(ErreurSource) as erreur:
        lire_lecon(racine / "sources/semaine_1/01_a.py")
    assert message in str(erreur.value) and str(erreur.value).startswith("sources/semaine_1/01_a.py, ")


def test_check_passes_after_a_build_and_writes_nothing(racine, capsys):
    construire.construire(racine)
    assert construire.main(["--check"], racine) == 0
    (racine / "semaine_1/01_a.ipynb").unlink()
    assert construire.main(["--check"], racine) == 1
    assert "semaine_1/01_a.ipynb : manque." in capsys.readouterr().err
    assert not (racine / "semaine_1/01_a.ipynb").exists()


def test_check_names_a_hand_edit(racine, capsys):
    construire.construire(racine)
    carnet = racine / "semaine_1/corriges/01_a.ipynb"
    depot.ecrire(carnet, depot.lire(carnet).replace("secret", "secrets"))
    assert construire.main(["--check"], racine) == 1
    assert "semaine_1/corriges/01_a.ipynb : diffère de sa source" in capsys.readouterr().err


def test_check_accepts_windows_line_endings(racine):
    construire.construire(racine)
    carnet = racine / "semaine_1/01_a.ipynb"
    carnet.write_bytes(carnet.read_bytes().replace(b"\n", b"\r\n"))
    assert construire.ecarts(racine) == []


def test_stale_notebooks_are_reported_then_removed(racine):
    construire.construire(racine)
    voisin = racine / "semaine_1/projet/10_a_la_main.ipynb"
    depot.ecrire(voisin, "{}")
    (racine / "sources/semaine_1/01_a.py").rename(racine / "sources/semaine_1/02_b.py")
    assert "semaine_1/01_a.ipynb : n'a plus de source." in construire.ecarts(racine)
    construire.construire(racine)
    assert not (racine / "semaine_1/01_a.ipynb").exists() and voisin.exists()


def test_readme_table_is_generated_between_its_marks(racine):
    construire.construire(racine)
    readme = depot.lire(racine / "README.md")
    assert readme.startswith("Avant\n") and readme.endswith("Après\n") and "vieux" not in readme
    assert "| 1 | [Leçon 1 — Un titre](semaine_1/01_a.ipynb) | 45 min | [![Ouvrir dans Colab]" in readme
    assert "[corrigé](semaine_1/corriges/01_a.ipynb) |" in readme
    depot.ecrire(racine / "README.md", readme.replace("45 min", "50 min"))
    assert construire.ecarts(racine)[0].startswith("README.md : diffère")


def test_readme_without_marks_is_refused(racine, capsys):
    depot.ecrire(racine / "README.md", "Rien\n")
    assert construire.main([], racine) == 1
    assert "remettez les lignes" in capsys.readouterr().err
    assert not list(racine.rglob("*.ipynb"))


def test_one_command_changes_the_address_everywhere(racine):
    construire.construire(racine)
    readme = racine / "README.md"
    depot.ecrire(readme, f"git clone {ADRESSE}\n{depot.lire(readme)}")
    assert adresse.main(["https://github.com/autre/lieu"], racine) == 0
    assert construire.ecarts(racine) == []
    for chemin in [readme, racine / "pyproject.toml", *racine.rglob("*.ipynb")]:
        texte = depot.lire(chemin)
        assert "autre/lieu" in texte and "exemple/cours" not in texte


@pytest.mark.parametrize("mauvaise", ["https://gitlab.com/a/b", "github.com/a/b", "https://github.com/a/b.git", "x"])
def test_address_that_colab_cannot_open_is_refused(racine, mauvaise, capsys):
    construire.construire(racine)
    assert adresse.main([mauvaise], racine) == 1
    assert "Colab n'ouvre que GitHub" in capsys.readouterr().err
    assert depot.lire_adresse(racine) == ADRESSE


def test_address_stands_in_one_place_of_the_course():
    """Seuls pyproject.toml, les fichiers dérivés et ceux que `outils.adresse` réécrit contiennent l'adresse."""
    commande = ["git", "grep", "-lF", depot.lire_adresse()]
    trouves = subprocess.run(commande, cwd=depot.RACINE, capture_output=True, text=True).stdout.split()
    permis = {*adresse.RECOPIES, *(p.relative_to(depot.RACINE).as_posix() for p in construire.produire())}
    assert set(trouves) <= permis
