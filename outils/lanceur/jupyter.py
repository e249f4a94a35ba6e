"""JupyterLab, réglé pour le cours : en français, sans annonce, local, dans mon_travail/."""

from __future__ import annotations

import json
import os
from pathlib import Path

from outils.lanceur import fichiers

REGLAGES = {
    "@jupyterlab/translation-extension:plugin": {"locale": "fr_FR"},
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
}


def regler(venv: Path) -> None:
    """Écrit les réglages par défaut de JupyterLab dans .venv ; l'apprenant peut les changer dans ses préférences."""
    fichiers.ecrire(venv / "share" / "jupyter" / "lab" / "settings" / "overrides.json", json.dumps(REGLAGES).encode())


def options(travail: Path, premiere_lecon: str, port: int, sans_navigateur: bool) -> list:
    """Rend les options de la ligne de commande : sur la boucle locale seulement, jeton compris."""
    choix = [
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        f"--ServerApp.root_dir={travail}",
        "--ServerApp.answer_yes=True",
        "--ServerApp.log_level=WARN",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    if (travail / premiere_lecon).exists():
        choix.append(f"--LabApp.default_url=/lab/tree/{premiere_lecon}")
    if sans_navigateur:
        choix.append("--no-browser")
    if os.name != "nt" and os.geteuid() == 0:  # conteneurs : le serveur reste local et garde son jeton
        choix.append("--allow-root")
    return choix
