"""Une seule préparation à la fois : le système tient le verrou, et le rend même si la fenêtre meurt."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from outils.lanceur.refus import Refus

if os.name == "nt":
    import msvcrt
else:
    import fcntl

FICHIER = ".installation"  # il reste, et porte le numéro du dernier processus qui a préparé le cours


@contextlib.contextmanager
def tenir(racine: Path) -> Iterator[None]:
    """Tient le verrou du cours le temps d'un bloc ; lève Refus si une autre fenêtre le tient."""
    chemin = racine / FICHIER
    with open(str(chemin), "a", encoding="ascii") as fichier:
        try:
            _verrouiller(fichier.fileno())
        except (BlockingIOError, PermissionError):
            numero = chemin.read_text(encoding="ascii")
            raise Refus(
                f"Une autre fenêtre prépare déjà le cours (processus {numero}) : attendez-la, puis relancez."
            ) from None
        except OSError:
            pass  # certains disques réseau n'ont pas de verrou : mieux vaut préparer sans lui que pas du tout
        fichier.truncate(0)
        fichier.write(str(os.getpid()))
        fichier.flush()
        yield


def _verrouiller(descripteur: int) -> None:
    """Prend le verrou sans attendre ; sous Windows, sur un octet lointain pour que le numéro reste lisible."""
    if os.name == "nt":
        os.lseek(descripteur, 1 << 20, os.SEEK_SET)
        msvcrt.locking(descripteur, msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(descripteur, fcntl.LOCK_EX | fcntl.LOCK_NB)
