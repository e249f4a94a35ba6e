"""Lancer un autre programme : environnement nettoyé, dossier voulu, aucun enfant oublié."""

import os
import signal
import subprocess
import sys

import pytest
from aides import POSIX, ROOT

from outils.lanceur import processus

PLACE = "import os; print(os.getpid(), os.getcwd())"


def test_child_environment_is_cleaned(monkeypatch, tmp_path):
    for name in ("PYTHONHOME", "PYTHONPATH", "PIP_TARGET", "PIP_PREFIX", "PIP_REQUIRE_VIRTUALENV", "PIP_USER"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("COURS_ESSAI", "gardée")
    monkeypatch.setenv("COURS_DONNEES", "mes données")
    monkeypatch.chdir(tmp_path)
    child = processus.environnement_enfant()
    assert {name for name in child if name.startswith(("PIP_TARGET", "PIP_PREFIX", "PIP_REQ"))} == set()
    assert "PYTHONHOME" not in child and "PYTHONPATH" not in child
    assert child["PYTHONUTF8"] == "1" and child["PIP_USER"] == "0" and child["COURS_ESSAI"] == "gardée"
    assert child["COURS_DONNEES"] == str(tmp_path / "mes données")
    monkeypatch.setenv("COURS_DONNEES", "")
    assert processus.environnement_enfant()["COURS_DONNEES"] == ""


def test_run_returns_code_and_errors(tmp_path, capfd):
    program = [sys.executable, "-c", "import os, sys; sys.stderr.write('é ' + os.getcwd()); sys.exit(5)"]
    assert processus.lancer(program, tmp_path, garder_erreurs=True) == (5, f"é {tmp_path}")
    assert processus.lancer(program, tmp_path) == (5, "")
    assert capfd.readouterr().err == f"é {tmp_path}"


@POSIX
@pytest.mark.parametrize(("cause", "end"), [(SystemExit, "SIGTERM"), (KeyboardInterrupt, "SIGKILL")])
def test_interrupted_run_leaves_no_child(monkeypatch, tmp_path, cause, end):
    """Ctrl-C parvient déjà à l'enfant : seules les autres sorties lui demandent de s'arrêter avant de le tuer."""
    children = []

    def interrupt(child):
        children.append(child)
        raise cause

    monkeypatch.setattr(subprocess.Popen, "communicate", interrupt)
    monkeypatch.setattr(processus, "DELAI_ARRET", 1)
    with pytest.raises(cause):
        processus.lancer([sys.executable, "-c", "import time; time.sleep(60)"], tmp_path)
    assert children[0].returncode == -getattr(signal, end)


@POSIX
def test_stubborn_child_is_killed(monkeypatch):
    monkeypatch.setattr(processus, "DELAI_ARRET", 0.2)
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    processus._attendre_la_fin(child)
    assert child.returncode == -signal.SIGKILL


@POSIX
def test_replacing_keeps_the_process(tmp_path):
    program = (
        "import os, sys; from pathlib import Path; from outils.lanceur import processus\n"
        "print(os.getpid())\n"
        f"processus.remplacer([sys.executable, '-c', {PLACE!r}], Path({str(tmp_path)!r}))"
    )
    finished = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, encoding="utf-8")
    before, after = finished.stdout.splitlines()
    assert after == f"{before} {tmp_path}"


@pytest.mark.parametrize("code", [0, 7])
def test_windows_waits_for_the_program(tmp_path, code):
    with pytest.MonkeyPatch.context() as windows:
        windows.setattr(os, "name", "nt")
        returned = processus.remplacer([sys.executable, "-c", f"raise SystemExit({code})"], tmp_path)
    assert returned == code
