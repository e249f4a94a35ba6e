"""`python -m common.data` : l'état de chaque copie, ce qui cloche dans COURS_DONNEES, et des refus lisibles."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from common.data import heart
from common.data.__main__ import main
from common.data.cache import RemoteFile
from outils.lanceur.refus import LANCEUR

ROOT = Path(__file__).parents[2]
NOWHERE = "http://127.0.0.1:9"  # aucun serveur n'écoute sur ce port


def run_module(tmp_path, *arguments, declared=""):
    env = {**os.environ, "COURS_DONNEES": str(declared), "XDG_CACHE_HOME": str(tmp_path), "HTTPS_PROXY": NOWHERE}
    command = [sys.executable, "-m", "common.data", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", env=env, timeout=120, check=False)


def test_command_lists_every_dataset(tmp_path):
    done = run_module(tmp_path)
    assert done.returncode == 0
    for expected in ("breast_cancer", "données réelles", "données synthétiques", "11,59 Mo", "CC BY 4.0"):
        assert expected in done.stdout
    assert "COURS_DONNEES" not in done.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="le dossier de cache se déplace par XDG_CACHE_HOME")
def test_command_tells_absent_from_damaged(tmp_path):
    damaged = tmp_path / "donnees" / "heart-disease" / "processed.va.data"
    damaged.parent.mkdir(parents=True)
    damaged.write_bytes(b"abime")
    listed = run_module(tmp_path, declared=tmp_path / "donnees").stdout
    assert f"copie réelle : abîmée ({damaged}), 0,04 Mo" in listed
    assert f"copie réelle : absente, 11,59 Mo ; pour la télécharger, tapez : {LANCEUR} donnees mnist" in listed


@pytest.mark.parametrize("declared", ["nulle_part", "vide"])
def test_command_says_when_the_declared_folder_is_wrong(tmp_path, declared):
    (tmp_path / "vide").mkdir()
    done = run_module(tmp_path, declared=tmp_path / declared)
    assert done.returncode == 0 and f"⚠️ COURS_DONNEES vaut « {tmp_path / declared} »" in done.stdout


def test_command_says_when_the_real_copy_is_there(tmp_path, monkeypatch, capsys):
    file = RemoteFile("jouet", "fichier.bin", 200_000, hashlib.sha256(bytes(200_000)).hexdigest(), ())
    file.inside(tmp_path).parent.mkdir()
    file.inside(tmp_path).write_bytes(bytes(200_000))
    monkeypatch.setenv("COURS_DONNEES", str(tmp_path))
    monkeypatch.setattr(heart, "FILES", (file,))
    assert main([]) == main(["heart"]) == main(["digits"]) == 0
    printed = capsys.readouterr().out
    assert "copie réelle : présente, 0,20 Mo\n" in printed
    assert "« heart » est déjà là, vérifié (0,20 Mo)" in printed and "« digits » est déjà là : ses vraies" in printed


@pytest.mark.skipif(sys.platform != "linux", reason="le dossier de cache se déplace par XDG_CACHE_HOME")
def test_command_fails_clearly_without_network(tmp_path):
    done = run_module(tmp_path, "mnist")
    assert done.returncode == 1
    assert "11,59 Mo" in done.stdout and str(tmp_path) in done.stdout
    assert "Vérifiez votre connexion" in done.stderr and "Traceback" not in done.stderr


def test_command_refuses_an_unknown_name(tmp_path):
    done = run_module(tmp_path, "minst")
    assert done.returncode == 2 and "Vouliez-vous dire « mnist »" in done.stderr
