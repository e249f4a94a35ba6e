"""Relit chaque leçon et la compare au cadre du cours : `python -m outils.lint`, une ligne par faute."""

import sys
from collections import Counter
from importlib import import_module
from itertools import groupby
from pathlib import Path

from outils import lint_cadre, lint_contenu
from outils.construire import lire_sources
from outils.depot import RACINE
from outils.lint_lignes import Page, appels
from outils.source import Lecon


def relire(lecon: Lecon, racine: Path = RACINE) -> list[str]:
    """Fautes d'une leçon, dans l'ordre de ses cellules ; liste vide si elle tient le cadre."""
    page = Page.de(lecon)
    fautes = [*lint_cadre.fautes(page), *lint_contenu.fautes(page, racine / lecon.semaine)]
    return [f"{lecon.source}, cellule {faute.cellule} : {faute.message}" for faute in sorted(fautes)]


def relire_exercices(semaine: str, lecons: list[Lecon]) -> list[str]:
    """Fautes d'une semaine : chaque exercice de `common.verifier` sert une fois, et chaque contrôle existe."""
    module = import_module(f"common.verifier.{semaine}")
    prevus = {nom for nom in dir(module) if hasattr(getattr(module, nom), "reference")}
    employes = Counter(nom for lecon in lecons for _, nom in appels(Page.de(lecon)))
    fautes = []
    for nom in sorted(prevus | employes.keys()):
        lieu = f"common.verifier.{semaine}, « {nom} »"
        if nom not in prevus:
            fautes.append(f"{lieu} : exercice inconnu ; écrivez-le ou corrigez la carte.")
        elif employes[nom] != 1:
            fautes.append(f"{lieu} : une carte, et une seule, doit l'employer ({employes[nom]} trouvée(s)).")
    return fautes


def relire_tout(racine: Path = RACINE) -> list[str]:
    """Fautes de toutes les leçons, puis de leurs exercices semaine par semaine."""
    lecons = lire_sources(racine)
    fautes = [faute for lecon in lecons for faute in relire(lecon, racine)]
    for semaine, groupe in groupby(lecons, key=lambda lecon: lecon.semaine):
        fautes += relire_exercices(semaine, list(groupe))
    return fautes


def main() -> int:
    """Imprime les fautes ; rend 1 s'il y en a."""
    fautes = relire_tout()
    print(*(fautes or ["Les leçons tiennent le cadre."]), sep="\n")
    return 1 if fautes else 0


if __name__ == "__main__":
    sys.exit(main())
