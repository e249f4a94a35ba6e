"""Exécuter des leçons : `python -m outils.lanceur.executer CHEMIN…` écrit notebooks et pages HTML dans sorties/."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbconvert import HTMLExporter

from outils.lanceur import RACINE
from outils.lanceur.refus import LANCEUR, expliquer_systeme

SORTIES = RACINE / "sorties"


def main(chemins: list[str]) -> int:
    """Exécute chaque leçon (un dossier vaut toutes ses leçons) ; rend 1 si l'une s'arrête sur une erreur."""
    lecons = [lecon for chemin in chemins for lecon in trouver(Path(chemin).resolve())]
    if not lecons:
        print("Aucune leçon (.ipynb) à cet endroit : donnez le chemin d'un notebook.", file=sys.stderr)
        return 1
    try:
        return max([executer(lecon) for lecon in lecons])
    except OSError as erreur:
        print(expliquer_systeme(erreur), file=sys.stderr)
        return 1


def trouver(chemin: Path) -> list[Path]:
    """Rend les notebooks d'un dossier, ou le notebook lui-même."""
    if chemin.is_dir():
        return sorted(n for n in chemin.rglob("*.ipynb") if ".ipynb_checkpoints" not in n.parts)
    return [chemin] if chemin.suffix == ".ipynb" else []


def lire(lecon: Path) -> nbformat.NotebookNode | None:
    """Rend le notebook, None si le fichier n'en est pas un."""
    try:
        return nbformat.reads(lecon.read_text(encoding="utf-8"), as_version=4)
    except OSError:
        raise
    except Exception:  # un fichier abîmé fait lever n'importe quoi à nbformat
        return None


def executer(lecon: Path) -> int:
    """Exécute une leçon dans son dossier et écrit le résultat ; une erreur est dite, le notebook partiel gardé."""
    notebook = lire(lecon)
    if notebook is None:
        conseil = f"s'il est dans mon_travail, effacez-le, et « {LANCEUR} lab » le remettra"
        print(f"❌ {lecon.name} n'est pas un carnet Jupyter lisible : {conseil}.", file=sys.stderr)
        return 1
    options = {"kernel_name": "python3", "extra_arguments": ["--log-level=ERROR"], "resources": _dossier(lecon)}
    client = NotebookClient(notebook, timeout=None, **options)
    debut = time.perf_counter()
    try:
        client.execute()
    except CellExecutionError as erreur:
        print(f"❌ {lecon.name} s'arrête : {erreur.ename} : {erreur.evalue}", file=sys.stderr)
        code = 1
    except DeadKernelError:
        print(f"❌ {lecon.name} : le noyau Python est mort, sans doute faute de mémoire.", file=sys.stderr)
        code = 1
    else:
        code = 0
    sortie = ecrire(notebook, lecon)
    print(f"{lecon.name} : {time.perf_counter() - debut:.0f} s, résultat dans {sortie.relative_to(RACINE)}")
    return code


def ecrire(notebook: nbformat.NotebookNode, lecon: Path) -> Path:
    """Écrit le notebook exécuté et sa page HTML sous sorties/, au même endroit que dans le cours."""
    sortie = SORTIES / (lecon.relative_to(RACINE) if lecon.is_relative_to(RACINE) else lecon.name)
    sortie.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, sortie)
    page, _ = HTMLExporter().from_notebook_node(notebook, {"metadata": {"name": lecon.stem}})
    sortie.with_suffix(".html").write_text(page, encoding="utf-8")
    return sortie.with_suffix(".html")


def _dossier(lecon: Path) -> dict:
    return {"metadata": {"path": str(lecon.parent)}}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
