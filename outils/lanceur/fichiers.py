"""Écrire et supprimer sans laisser de reste : tout, ou rien."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path


def ecrire(cible: Path, contenu: bytes) -> None:
    """Écrit un fichier d'un coup ; une panne (OSError, qui le nomme) laisse l'ancien tel quel."""
    provisoire = cible.with_name(cible.name + ".tmp")
    try:
        cible.parent.mkdir(parents=True, exist_ok=True)
        provisoire.write_bytes(contenu)
        os.replace(str(provisoire), str(cible))
    except OSError as erreur:
        erreur.filename = erreur.filename or str(cible)  # « disque plein » ne dit pas où
        raise
    finally:
        with contextlib.suppress(OSError):
            provisoire.unlink()


def supprimer(dossier: Path) -> None:
    """Supprime un dossier en le renommant d'abord : un dossier dont on se sert encore reste entier (OSError)."""
    rebut = dossier.with_name(dossier.name + ".rebut")
    shutil.rmtree(str(rebut), ignore_errors=True)
    os.rename(str(dossier), str(rebut))
    shutil.rmtree(str(rebut), ignore_errors=True)
