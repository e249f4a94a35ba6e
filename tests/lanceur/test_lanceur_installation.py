"""La mise en route : .venv fait, réparé, mis à jour, ou rien."""

import contextlib
import shutil
import signal
import subprocess
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import psutil
import pytest
from aides import POSIX, assert_refused, command, fill, no_network, start, stuck_pip, tiny_disk, write_wheel

from outils.lanceur import environnement
from outils.lanceur.refus import expliquer_pip


def test_setup_from_another_folder_then_instant(course, tmp_path):
    first = start(course, "donnees", cwd=tmp_path)
    venv = course / ".venv"
    assert "Go à télécharger" in first.stdout.splitlines()[0]
    installed = subprocess.run([environnement.python_de(venv), "-c", "import petit"])
    assert installed.returncode == 0
    witness = (venv / environnement.TEMOIN).stat().st_mtime_ns
    second = start(course, "donnees", cwd=tmp_path)
    assert "Go" not in second.stdout and "pip" not in second.stdout
    assert (venv / environnement.TEMOIN).stat().st_mtime_ns == witness


def test_interrupted_install_is_repaired(course):
    start(course, "donnees")
    venv = course / ".venv"
    (venv / environnement.TEMOIN).unlink()
    next(venv.rglob("petit.py")).unlink()
    shutil.rmtree(next(venv.rglob("petit-1.0.dist-info")))
    start(course, "donnees")
    assert next(venv.rglob("petit.py")) and (venv / environnement.TEMOIN).is_file()


def test_changed_requirements_are_installed(course):
    start(course, "donnees")
    wheel = write_wheel(course, "autre", "2.0", {"autre.py": ""})
    with (course / "requirements.txt").open("a", encoding="utf-8") as requirements:
        requirements.write(f"./{wheel.name}\n")
    start(course, "donnees")
    assert list((course / ".venv").rglob("autre.py"))


@POSIX
def test_broken_venv_of_ours_is_remade(course):
    start(course, "donnees")
    python = environnement.python_de(course / ".venv")
    python.unlink()
    python.write_text("#!/bin/sh\nexit 1\n")
    python.chmod(0o755)
    assert "refait" in start(course, "donnees").stdout
    assert environnement.version_du_venv(course / ".venv")


def test_broken_venv_of_someone_else_is_left_alone(course):
    treasure = course / ".venv" / "bin" / "notes.txt"
    treasure.parent.mkdir(parents=True)
    treasure.write_text("à moi", encoding="utf-8")
    assert_refused(start(course, "donnees"), ".venv", "renommez-le")
    assert treasure.read_text(encoding="utf-8") == "à moi"


def test_no_network_leaves_nothing(course):
    (course / "requirements.txt").write_text("paquet-du-reseau==1.0\n", encoding="utf-8")
    assert_refused(start(course, "lab"), "réseau", "relancez")
    assert not (course / ".venv").exists() and not (course / "mon_travail").exists()


def test_no_network_keeps_a_working_venv_for_repair(course):
    start(course, "donnees")
    (course / "requirements.txt").write_text("paquet-du-reseau==1.0\n", encoding="utf-8")
    assert_refused(start(course, "donnees"), "réseau")
    assert environnement.version_du_venv(course / ".venv")
    assert not (course / ".venv" / environnement.TEMOIN).exists()


def test_python_without_ensurepip(course):
    blocker = (
        "import importlib.util, runpy, sys\n"
        "real = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda nom, *suite: None if nom == 'ensurepip' else real(nom, *suite)\n"
        f"sys.argv = ['cours.py', 'lab']; sys.path.insert(0, {str(course)!r})\n"
        f"runpy.run_path({str(course / 'cours.py')!r}, run_name='__main__')\n"
    )
    finished = subprocess.run([sys.executable, "-c", blocker], capture_output=True, encoding="utf-8", env=no_network())
    assert_refused(finished, "ensurepip", "apt install python3.")
    assert not (course / ".venv").exists()


def test_full_disk_is_said_before_anything(tmp_path):
    with tiny_disk(tmp_path / "plein", "size=20m") as disk:
        assert_refused(start(fill(disk), "lab"), "disque est plein", "il reste 0,02 Go")
        assert not (disk / ".venv").exists()


def test_read_only_folder(tmp_path):
    with tiny_disk(tmp_path / "fige", "size=20g") as disk:
        fill(disk)
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        assert_refused(start(disk, "lab"), "écrire", "copiez")


@pytest.mark.parametrize(
    ("output", "word"),
    [
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "rempli"),
        ("WARNING: Retrying after connection broken by 'NewConnectionError('...')'\nERROR: No match", "réseau"),
        ("SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]'))", "certificat"),
        ("ERROR: Could not install packages due to an OSError: [Errno 13] Permission denied", "droit d'écrire"),
        ("WARNING: bof\nERROR: une panne inconnue", "une panne inconnue"),
        ("", "sans message"),
    ],
)
def test_pip_failures_are_translated(output, word):
    assert word in str(expliquer_pip(output))


@contextlib.contextmanager
def served(folder):
    """Sert un dossier sur un port libre et rend son adresse."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def test_torch_alone_comes_from_the_cpu_index(course, tmp_path, monkeypatch):
    start(course, "donnees")
    (tmp_path / "index" / "torch").mkdir(parents=True)
    write_wheel(tmp_path / "index" / "torch", "torch", "9.9+cpu", {"torch.py": "CPU = True\n"})
    with (course / "requirements.txt").open("a", encoding="utf-8") as requirements:
        requirements.write("torch==9.9\n")
    for name, value in no_network().items():
        monkeypatch.setenv(name, value)
    with served(tmp_path / "index") as index:
        monkeypatch.setattr(environnement, "INDEX_CPU", index)
        assert environnement.repond(index)
        monkeypatch.setattr(environnement, "_carte_nvidia", lambda: False)
        environnement.preparer(course, environnement.APPRENANT)
    assert list((course / ".venv").rglob("torch-9.9+cpu.dist-info"))
    assert not environnement.repond(index)


@POSIX
@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupted_while_pip_waits(course, sent, code):
    (course / "requirements.txt").write_text("paquet-lent==1.0\n", encoding="utf-8")
    with stuck_pip() as (environment, wait_for_pip):
        launcher = subprocess.Popen(command(course, "lab"), env=environment, stderr=subprocess.PIPE, encoding="utf-8")
        wait_for_pip()
        children = psutil.Process(launcher.pid).children(recursive=True)
        launcher.send_signal(sent)
        errors = launcher.communicate(timeout=30)[1]
    assert launcher.returncode == code and "Traceback" not in errors
    assert children and not any(child.is_running() for child in children)
    assert not (course / ".venv").exists()
