"""Lancer des programmes de Flower et n'en laisser aucun, même orphelin.

SuperLink et SuperNode démarrent des programmes qui leur survivent. Tous héritent de la variable `COURS_FEDERATION` :
c'est à cette marque, propre à chaque fédération, qu'on les retrouve, sous Linux, macOS et Windows.
"""

import os
import shutil
import socket
import subprocess
import sysconfig
import time
from collections.abc import Callable
from pathlib import Path

import psutil

MARK = "COURS_FEDERATION"
LOOPBACK = "127.0.0.1"
STOP_S = 20.0  # délai accordé au système pour faire disparaître des programmes tués
POLL_S = 0.2


class DeploymentError(RuntimeError):
    """Le déploiement a échoué ; le message dit ce qui s'est passé et ce que l'on peut faire."""


def child_environment(home: Path, mark: str) -> dict[str, str]:
    """Rend l'environnement des programmes de Flower : sans télémétrie, ni `~/.flwr`, ni mandataire (proxy)."""
    scripts = sysconfig.get_path("scripts")
    return os.environ | {
        MARK: mark,
        "PATH": os.pathsep.join([scripts, os.environ.get("PATH", "")]),
        "FLWR_HOME": str(home),
        "FLWR_TELEMETRY_ENABLED": "0",
        "FLWR_DISABLE_UPDATE_CHECK": "1",
        "FLWR_SUPEREXEC_TASK_POLL_INTERVAL": "0.2",
        "NO_PROXY": LOOPBACK,
        "no_proxy": LOOPBACK,
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # Ray n'écoute alors que la boucle locale, sous Linux aussi
        "PYTHONUTF8": "1",
        "OMP_NUM_THREADS": "1",
    }


def find_program(name: str, environment: dict[str, str]) -> str:
    """Rend le chemin d'un programme de Flower. Erreur : `DeploymentError` s'il n'est pas installé."""
    program = shutil.which(name, path=environment["PATH"])
    if program is None:
        raise DeploymentError(f"« {name} » est introuvable : préparez l'environnement avec python cours.py lab.")
    return program


def launch(command: list[str], environment: dict[str, str], log: Path) -> subprocess.Popen:
    """Lance un programme à l'abri du Ctrl-C du terminal ; ce qu'il écrit va dans `log`."""
    program = find_program(command[0], environment)
    apart = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP} if os.name == "nt" else {"start_new_session": True}
    with log.open("ab") as output:
        return subprocess.Popen(
            [program, *command[1:]],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            **apart,
        )


def marked(choose: Callable[[str], bool]) -> list[psutil.Process]:
    """Rend les programmes vivants dont la marque plaît à `choose`, où qu'ils soient dans l'arbre des processus."""
    return [process for process in psutil.process_iter() if (mark := _mark_of(process)) and choose(mark)]


def kill_marked(choose: Callable[[str], bool]) -> None:
    """Tue tous les programmes choisis. Erreur : `DeploymentError` s'il en reste après `STOP_S` secondes."""
    deadline = time.monotonic() + STOP_S
    while alive := marked(choose):
        for process in alive:
            _kill(process)
        psutil.wait_procs(alive, timeout=POLL_S)
        if time.monotonic() > deadline:
            raise DeploymentError(f"Ces programmes ne s'arrêtent pas, tuez-les : {[p.pid for p in alive]}.")


def wait_until(condition: Callable[[], bool], timeout: float, failure: Callable[[], str]) -> None:
    """Attend que `condition` soit vraie. Erreur : `DeploymentError(failure())` passé `timeout` secondes."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            raise DeploymentError(failure())
        time.sleep(POLL_S)


def free_port() -> int:
    """Rend un port libre de la boucle locale."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return probe.getsockname()[1]


def _mark_of(process: psutil.Process) -> str | None:
    try:
        return None if process.status() == psutil.STATUS_ZOMBIE else process.environ().get(MARK)
    except (psutil.Error, OSError):  # le programme d'un autre, ou déjà fini
        return None


def _kill(process: psutil.Process) -> None:
    try:
        process.kill()
    except psutil.NoSuchProcess:
        return
