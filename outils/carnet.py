"""Écrit un carnet Jupyter à partir de cellules : mêmes cellules, mêmes octets."""

import hashlib
import re
from collections import Counter

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from outils.depot import badge_colab
from outils.source import Lecon

METADONNEES = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
MISE_EN_ROUTE = "mise-en-route"
LIEN_RELATIF = re.compile(r"""(\]\(|\b(?:href|src)=")(?![a-z]+:|#|/)""")
PREAMBULE = """\
# Sur Colab, récupère le cours et ce qui manque ; ailleurs, retrouve le dossier du cours.
import sys
from pathlib import Path
from subprocess import run

if "google.colab" in sys.modules:
    adresse = "ADRESSE"
    if not Path("cours").exists():
        run(["git", "clone", "-q", "--depth=1", adresse, "cours"], check=True)
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps"]
    run([*pip, "-r", "cours/requirements-colab.txt"], check=True)
dossiers = [Path.cwd() / "cours", Path.cwd(), *Path.cwd().parents]
racine = next((dossier for dossier in dossiers if (dossier / "cours.py").exists()), None)
assert racine, "Gardez ce carnet dans le dossier du cours, celui où se trouve cours.py."
sys.path.insert(0, str(racine))
import common  # règle l'environnement avant tout autre import"""


def preambule(adresse: str) -> str:
    """Début de la cellule de mise en route ; `adresse` est le dépôt que Colab clone."""
    return PREAMBULE.replace("ADRESSE", adresse)


def carnet_apprenant(lecon: Lecon, adresse: str) -> str:
    """Texte JSON du carnet à compléter."""
    badge = badge_colab(adresse, lecon.carnet)
    return assembler(badge, [(cellule, cellule.source) for cellule in lecon.apprenant], adresse)


def carnet_corrige(lecon: Lecon, adresse: str) -> str:
    """Texte JSON du corrigé ; rangé un dossier plus bas, ses liens relatifs remontent d'un cran."""
    tete = f"{badge_colab(adresse, lecon.carnet_corrige)}\n\n**Corrigé** de [la leçon](../{lecon.nom}.ipynb)."
    return assembler(tete, [(cellule, abaisser_liens(cellule)) for cellule in lecon.corrige], adresse)


def abaisser_liens(cellule: NotebookNode) -> str:
    """Source d'une cellule pour un carnet placé un dossier plus bas."""
    if cellule.cell_type == "code":
        return cellule.source
    return LIEN_RELATIF.sub(r"\1../", cellule.source)


def assembler(tete: str, contenu: list[tuple[NotebookNode, str]], adresse: str) -> str:
    """Carnet JSON : la tête, puis les cellules sans sortie, sans métadonnée, nommées par leur contenu."""
    cellules = [new_markdown_cell(tete)]
    for cellule, texte in contenu:
        if MISE_EN_ROUTE in cellule.metadata.get("tags", []):
            texte = f"{preambule(adresse)}\n\n{texte}"
        cellules.append(new_code_cell(texte) if cellule.cell_type == "code" else new_markdown_cell(texte))
    nommer(cellules)
    return nbformat.writes(new_notebook(cells=cellules, metadata=METADONNEES)) + "\n"


def nommer(cellules: list[NotebookNode]) -> None:
    """Donne à chaque cellule un identifiant tiré de son contenu, et de son rang parmi ses jumelles."""
    jumelles: Counter[str] = Counter()
    for cellule in cellules:
        contenu = f"{cellule.cell_type}\n{cellule.source}"
        jumelles[contenu] += 1
        cellule.id = hashlib.sha256(f"{contenu}\n{jumelles[contenu]}".encode()).hexdigest()[:12]
