"""Ce que tout banc écrit à côté de ses chiffres : de quoi les refaire, et de quoi en douter."""

import json
import os
import platform
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from scipy import stats

from common.data.cache import RemoteFile

RACINE = Path(__file__).resolve().parents[1]
RESULTATS = RACINE / "bancs" / "resultats"
CONFIDENCE = 0.95


def entete(commande: str, fichiers: Iterable[RemoteFile]) -> dict[str, Any]:
    """Rend la commande, les versions, la taille de la machine, le commit du code et l'empreinte des données.

    Sans fichier, les données sont synthétiques.
    """
    empreintes = {fichier.name: fichier.sha256 for fichier in fichiers}
    paquets = ("numpy", "torch", "flwr", "scikit-learn")
    return {
        "command": commande,
        "versions": {"python": platform.python_version(), **{nom: version(nom) for nom in paquets}},
        "machine": {
            "system": platform.system(),
            "cpus": os.cpu_count(),
            "memory_gib": round(psutil.virtual_memory().total / 2**30),
        },
        "commit": _commit(),
        "data": {"kind": "données réelles" if empreintes else "données synthétiques", "sha256": empreintes},
    }


def moyenne(values: Sequence[float | None]) -> dict[str, Any]:
    """Résume une mesure (entre 0 et 1), une valeur par graine : moyenne, et intervalle à 95 % de la moyenne.

    Loi de Student à n − 1 degrés de liberté, bornée à [0, 1]. Il dit combien le chiffre bouge d'un tirage à l'autre,
    pas l'incertitude due au petit nombre de patients. Cas limite : une valeur None (« non estimable ») rend tout None.
    """
    if any(value is None for value in values):
        return {"mean": None, "low": None, "high": None, "values": list(values)}
    mean = float(np.mean(values))
    half = float(stats.t.ppf((1 + CONFIDENCE) / 2, len(values) - 1) * stats.sem(values))
    return {"mean": mean, "low": max(0.0, mean - half), "high": min(1.0, mean + half), "values": list(values)}


def ecrire(chemin: Path, rapport: dict[str, Any]) -> None:
    """Écrit le rapport en JSON (UTF-8, LF) : les mêmes octets pour les mêmes chiffres."""
    texte = json.dumps(rapport, ensure_ascii=False, indent=1, allow_nan=False)
    chemin.write_text(texte + "\n", encoding="utf-8", newline="\n")


def lire(chemin: Path) -> dict[str, Any]:
    """Relit un rapport."""
    return json.loads(chemin.read_text(encoding="utf-8"))


def _commit() -> str:
    git = shutil.which("git")
    if git is None:
        return "inconnu"
    sortie = subprocess.run([git, "rev-parse", "HEAD"], cwd=RACINE, capture_output=True, text=True, encoding="utf-8")
    return sortie.stdout.strip() or "inconnu"
