"""Lancer un essai dans un processus neuf, suivre la mémoire de toute sa descendance, n'en rien laisser derrière soi."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from bancs.rapport import RACINE

PERIOD_S = 0.1
DEADLINE_S = 600.0
TAIL = 2000  # caractères du journal montrés quand un essai échoue
MEMORY_KIND = "PSS" if sys.platform == "linux" else "RSS"  # la PSS ne compte qu'une fois la mémoire partagée
ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "PYTHONUTF8": "1",
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",
}

Family = set[psutil.Process]


class TrialError(RuntimeError):
    """Un essai a échoué ou n'a pas fini à temps ; le message donne la fin de son journal."""


def run_trial(command: Sequence[str | Path], log: Path) -> float:
    """Exécute un essai jusqu'au bout et rend sa mémoire maximale, tous processus réunis, en Mio.

    Quoi qu'il arrive (échec, délai, Ctrl-C), aucun processus de l'essai ne survit. TrialError s'il rend autre chose
    que 0, ou après dix minutes.
    """
    with log.open("wb") as output:
        process = psutil.Popen(
            [str(word) for word in command],
            cwd=RACINE,
            env=os.environ | ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        family = {process}
        try:
            peak = watch(process, family)
        finally:
            end(family)
    if process.returncode != 0:
        raise TrialError(f"L'essai a rendu le code {process.returncode} ; fin de son journal :\n{tail(log)}")
    return peak / 2**20


def watch(process: psutil.Popen, family: Family) -> int:
    """Attend la fin de l'essai ; complète `family` au fil de l'eau et rend le plus grand total vu, en octets."""
    deadline = time.monotonic() + DEADLINE_S
    peak = 0
    while process.poll() is None and time.monotonic() < deadline:
        family |= descendants(family)
        peak = max(peak, sum(memory(member) for member in family))
        time.sleep(PERIOD_S)
    return peak


def descendants(family: Family) -> Family:
    """Énumère les descendants actuels ; un processus mort n'en a plus."""
    found = set()
    for member in family:
        with suppress(psutil.Error):
            found |= set(member.children(recursive=True))
    return found


def memory(member: psutil.Process) -> int:
    """Rend la mémoire d'un processus en octets (voir MEMORY_KIND), 0 s'il vient de finir."""
    try:
        return member.memory_full_info().pss if MEMORY_KIND == "PSS" else member.memory_info().rss
    except psutil.Error:
        return 0


def end(family: Family) -> None:
    """Tue ce qui reste de l'essai et de sa descendance, même détachée, et attend leur fin."""
    family |= descendants(family)
    for member in family:
        with suppress(psutil.Error):
            member.kill()
    psutil.wait_procs(family, timeout=10)


def tail(log: Path) -> str:
    """Rend la fin d'un journal."""
    return log.read_text(encoding="utf-8", errors="replace")[-TAIL:]
