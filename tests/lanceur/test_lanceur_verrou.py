"""Deux fenêtres à la fois : une seule prépare le cours, et le verrou ne survit à aucune mort."""

import contextlib
import errno
import os
import signal
import subprocess

import psutil
import pytest
from aides import POSIX, ROOT, assert_refused, command, start, stuck_pip

from outils.lanceur import environnement, verrou
from outils.lanceur.refus import Refus


@contextlib.contextmanager
def preparing(course):
    """Un cours.py arrêté au milieu de l'installation, pip attendant un index muet."""
    wheels = (course / "requirements.txt").read_text(encoding="utf-8")
    (course / "requirements.txt").write_text("paquet-lent==1.0\n", encoding="utf-8")
    with stuck_pip() as (environment, wait_for_pip):
        options = dict(env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, encoding="utf-8")
        options["start_new_session"] = True
        first = subprocess.Popen(command(course, "donnees"), **options)
        family = [psutil.Process(first.pid)]
        try:
            wait_for_pip()
            family += family[0].children(recursive=True)
            yield first
        finally:
            for process in family:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
            first.communicate()
    (course / "requirements.txt").write_text(wheels, encoding="utf-8")


def test_second_window_waits_and_touches_nothing(course):
    with preparing(course) as first:
        before = sorted(course.rglob("*"))
        for _ in range(2):
            assert_refused(start(course, "donnees"), "Une autre fenêtre", f"(processus {first.pid})", "relancez")
        assert sorted(course.rglob("*")) == before and first.poll() is None


@POSIX
@pytest.mark.parametrize(("send", "signal_sent"), [("killpg", "SIGINT"), ("kill", "SIGKILL")])
def test_lock_dies_with_its_holder(course, send, signal_sent):
    """Ctrl-C, qui parvient aussi à pip, et kill -9, que le lanceur n'entend pas venir."""
    with preparing(course) as first:
        getattr(os, send)(first.pid, getattr(signal, signal_sent))
        assert "Traceback" not in first.communicate(timeout=30)[1]
    again = start(course, "donnees")
    assert "fenêtre" not in again.stderr and (course / ".venv" / environnement.TEMOIN).is_file()


def test_crash_gives_the_lock_back(tmp_path):
    with pytest.raises(ZeroDivisionError), verrou.tenir(tmp_path):
        raise ZeroDivisionError
    (tmp_path / verrou.FICHIER).write_text("999999999", encoding="ascii")
    with verrou.tenir(tmp_path):
        assert (tmp_path / verrou.FICHIER).read_text(encoding="ascii") == str(os.getpid())
        with pytest.raises(Refus, match=f"processus {os.getpid()}"), verrou.tenir(tmp_path):
            pass


def test_disk_without_locks_still_prepares(tmp_path, monkeypatch):
    def refuse(_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(verrou, "_verrouiller", refuse)
    with verrou.tenir(tmp_path):
        assert (tmp_path / verrou.FICHIER).exists()


def test_window_that_waited_does_not_install_again(ready, monkeypatch):
    """La première fenêtre finit entre le regard et le verrou : il ne reste rien à faire."""
    looks = [None, environnement.version_du_venv(ready / ".venv")]
    monkeypatch.setattr(environnement, "version_du_venv", lambda _: looks.pop(0))
    witness = (ready / ".venv" / environnement.TEMOIN).stat().st_mtime_ns
    environnement.preparer(ready, environnement.APPRENANT)
    assert looks == [] and (ready / ".venv" / environnement.TEMOIN).stat().st_mtime_ns == witness


def test_ready_course_needs_no_lock(ready):
    with verrou.tenir(ready):
        assert "fenêtre" not in start(ready, "donnees").stderr


def test_lock_file_is_not_committed():
    assert verrou.FICHIER in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
