"""Construit les carnets et les tableaux du README et des notes des bancs : `python -m outils.construire [--check]`."""

import argparse
import sys
from pathlib import Path

from outils.carnet import carnet_apprenant, carnet_corrige
from outils.depot import RACINE, ecrire, lire, lire_adresse
from outils.resultats import NOTES, ecrire_resultats
from outils.source import Lecon, lire_lecon
from outils.tableau import ecrire_tableau


def lire_sources(racine: Path = RACINE) -> list[Lecon]:
    """Toutes les leçons de sources/, dans l'ordre du cours."""
    return [lire_lecon(chemin) for chemin in sorted(racine.glob("sources/semaine_*/[0-9][0-9]_*.py"))]


def produire(racine: Path = RACINE) -> dict[Path, str]:
    """Calcule en mémoire chaque fichier dérivé ; ErreurSource si une source est mal écrite."""
    adresse, lecons = lire_adresse(racine), lire_sources(racine)
    fichiers = {}
    for lecon in lecons:
        fichiers[racine / lecon.carnet] = carnet_apprenant(lecon, adresse)
        fichiers[racine / lecon.carnet_corrige] = carnet_corrige(lecon, adresse)
    readme = racine / "README.md"
    fichiers[readme] = ecrire_resultats(ecrire_tableau(lire(readme), lecons, adresse), racine)
    notes = racine / NOTES
    if notes.exists():
        fichiers[notes] = ecrire_resultats(lire(notes), racine, NOTES)
    return fichiers


def perimes(racine: Path, fichiers: dict[Path, str]) -> list[Path]:
    """Carnets dont la source n'existe plus."""
    carnets = {*racine.glob("semaine_*/*.ipynb"), *racine.glob("semaine_*/corriges/*.ipynb")}
    return sorted(carnets - fichiers.keys())


def construire(racine: Path = RACINE) -> list[Path]:
    """Écrit ce qui a changé, retire les carnets périmés, et rend les chemins touchés."""
    fichiers = produire(racine)
    changes = [chemin for chemin, texte in fichiers.items() if not chemin.exists() or lire(chemin) != texte]
    retires = perimes(racine, fichiers)
    for chemin in changes:
        ecrire(chemin, fichiers[chemin])
    for chemin in retires:
        chemin.unlink()
    return changes + retires


def ecarts(racine: Path = RACINE) -> list[str]:
    """Une ligne par fichier dérivé qui diffère de sa source, manque, ou n'a plus de source ; n'écrit rien."""
    fichiers, fautes = produire(racine), []
    for chemin, texte in fichiers.items():
        nom = chemin.relative_to(racine).as_posix()
        if not chemin.exists():
            fautes.append(f"{nom} : manque.")
        elif lire(chemin) != texte:
            fautes.append(f"{nom} : diffère de sa source (un fichier dérivé ne se modifie pas à la main).")
    fautes += [f"{p.relative_to(racine).as_posix()} : n'a plus de source." for p in perimes(racine, fichiers)]
    return fautes


def main(arguments: list[str] | None = None, racine: Path = RACINE) -> int:
    """Rend le code de sortie : 0, ou 1 s'il reste un écart ou une faute."""
    analyse = argparse.ArgumentParser(prog="python -m outils.construire", description="Construit les carnets.")
    analyse.add_argument("--check", action="store_true", help="n'écrit rien ; échoue s'il reste un écart")
    try:
        if analyse.parse_args(arguments).check:
            return rendre_compte(ecarts(racine))
        changes = construire(racine)
    except ValueError as erreur:
        print(erreur, file=sys.stderr)
        return 1
    print(f"Carnets à jour ({len(changes)} fichier(s) changé(s)).")
    return 0


def rendre_compte(fautes: list[str]) -> int:
    """Imprime les écarts et ce qu'il faut taper."""
    if not fautes:
        print("Carnets à jour.")
        return 0
    print(*fautes, "Lancez « python cours.py notebooks », puis validez le résultat.", sep="\n", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
