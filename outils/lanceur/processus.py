"""Lancer un autre programme : environnement nettoyé, et aucun enfant qui nous survive."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

DELAI_ARRET = 10  # secondes laissées à un enfant pour s'arrêter de lui-même
VARIABLES_GENANTES = ("PYTHONHOME", "PYTHONPATH", "PIP_TARGET", "PIP_PREFIX", "PIP_REQUIRE_VIRTUALENV")


def environnement_enfant() -> dict:
    """Rend les variables d'environnement d'un enfant : UTF-8 partout, rien qui détourne .venv."""
    variables = {nom: valeur for nom, valeur in os.environ.items() if nom not in VARIABLES_GENANTES}
    variables.update(PYTHONUTF8="1", PIP_USER="0")
    if variables.get("COURS_DONNEES"):
        variables["COURS_DONNEES"] = os.path.abspath(variables["COURS_DONNEES"])
    return variables


def lancer(commande: list, dossier: Path, garder_erreurs: bool = False) -> tuple:
    """Lance un programme et l'attend ; rend (code de sortie, sortie d'erreur si elle est gardée).

    Ctrl-C lui parvient aussi : on lui laisse le temps de finir. Toute autre sortie l'arrête d'abord.
    """
    processus = subprocess.Popen(
        [str(mot) for mot in commande],
        cwd=str(dossier),
        env=environnement_enfant(),
        stderr=subprocess.PIPE if garder_erreurs else None,
        encoding="utf-8",
        errors="replace",
    )
    try:
        erreurs = processus.communicate()[1]
    except BaseException as cause:
        if not isinstance(cause, KeyboardInterrupt):
            processus.terminate()
        _attendre_la_fin(processus)
        raise
    return processus.returncode, erreurs or ""


def remplacer(commande: list, dossier: Path) -> int:
    """Laisse la place à un programme : le processus devient ce programme ; Windows, qui ne sait pas, l'attend."""
    if os.name == "nt":
        return lancer(commande, dossier)[0]
    sys.stdout.flush()
    variables = environnement_enfant()
    os.chdir(str(dossier))
    os.execve(str(commande[0]), [str(mot) for mot in commande], variables)


def _attendre_la_fin(processus: subprocess.Popen) -> None:
    try:
        processus.wait(DELAI_ARRET)
    except subprocess.TimeoutExpired:
        processus.kill()
        processus.wait()
