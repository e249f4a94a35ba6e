"""Change l'adresse du dépôt partout où elle est écrite : `python -m outils.adresse NOUVELLE_URL`."""

import argparse
import sys
from pathlib import Path

from outils.construire import construire
from outils.depot import RACINE, ecrire, lire, lire_adresse, verifier_adresse

RECOPIES = ("pyproject.toml", "README.md", "CITATION.cff")


def changer(nouvelle: str, racine: Path = RACINE) -> list[Path]:
    """Remplace l'ancienne adresse, reconstruit les carnets, et rend les chemins touchés.

    L'adresse qui fait foi est dans pyproject.toml. README.md (git clone) et CITATION.cff la recopient.
    ValueError, sans rien écrire, si Colab ne saurait pas ouvrir la nouvelle.
    """
    ancienne, nouvelle = lire_adresse(racine), verifier_adresse(nouvelle)
    touches = []
    for chemin in (racine / nom for nom in RECOPIES):
        if chemin.exists() and ancienne in lire(chemin):
            ecrire(chemin, lire(chemin).replace(ancienne, nouvelle))
            touches.append(chemin)
    return touches + construire(racine)


def main(arguments: list[str] | None = None, racine: Path = RACINE) -> int:
    """Rend le code de sortie : 0, ou 1 si l'adresse est refusée."""
    analyse = argparse.ArgumentParser(prog="python -m outils.adresse", description="Déplace le dépôt.")
    analyse.add_argument("adresse", metavar="NOUVELLE_URL", help="https://github.com/PROPRIETAIRE/DEPOT")
    try:
        touches = changer(analyse.parse_args(arguments).adresse, racine)
    except ValueError as erreur:
        print(erreur, file=sys.stderr)
        return 1
    print("Adresse changée dans :", *(p.relative_to(racine).as_posix() for p in touches), sep="\n  ")
    return 0


if __name__ == "__main__":
    sys.exit(main())
