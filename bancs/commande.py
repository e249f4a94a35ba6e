"""La ligne de commande que tous les bancs partagent."""

import sys
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path


def lecteur(banc: str, presentation: str) -> ArgumentParser:
    """Prépare les options d'un banc : `--json FICHIER`, et l'aide tirée de la première ligne de `presentation`."""
    parser = ArgumentParser(prog=f"python -m bancs.{banc}", description=presentation.splitlines()[0])
    parser.add_argument("--json", type=Path, metavar="FICHIER", help="où écrire le rapport")
    return parser


def lancer(main: Callable[[list[str]], int]) -> None:
    """Lance un banc et rend son code au système ; sa sortie est en UTF-8, ligne à ligne, même sous Windows."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace", line_buffering=True)
    sys.exit(main(sys.argv[1:]))
