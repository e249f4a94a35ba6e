"""Les pannes du système de fichiers : une phrase, un code 1, rien à moitié fait."""

import errno
import os
import shutil
import subprocess

import pytest
from aides import LESSON, assert_refused, free_port, start, tiny_disk, write_lesson

from outils.lanceur import copies, environnement, fichiers
from outils.lanceur.refus import expliquer_systeme


def lab(folder):
    return start(folder, "lab", "--sans-navigateur", "--port", str(free_port()))


def files_in(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def work(ready):
    """Le mon_travail de la copie prête, absent avant et après."""
    folder = ready / "mon_travail"
    shutil.rmtree(folder, ignore_errors=True)
    yield folder
    folder.unlink() if folder.is_file() else shutil.rmtree(folder, ignore_errors=True)


def test_mon_travail_is_a_file(ready, work):
    work.write_text("à moi", encoding="utf-8")
    assert_refused(lab(ready), "mon_travail", "renommez-le")
    assert work.read_text(encoding="utf-8") == "à moi"


@pytest.mark.parametrize(("pages", "delivered"), [(16, []), (15, [LESSON])], ids=["leçon", "registre"])
def test_disk_full_while_copying(ready, work, pages, delivered):
    """Une leçon est entière ou absente ; la place revenue, la livraison reprend sans doublon."""
    with tiny_disk(work, "size=64k") as disk:
        (disk / "gros").write_bytes(bytes(4096 * pages))
        assert_refused(lab(ready), "mon_travail", "No space left", "libérez de la place")
        assert files_in(disk) == ["gros", *delivered]
        if delivered:
            assert (disk / LESSON).read_bytes() == (ready / LESSON).read_bytes()
        (disk / "gros").unlink()
        assert copies.copier_les_lecons(ready, disk) == []
        assert files_in(disk) == [copies.REGISTRE, LESSON]


def test_read_only_settings(ready):
    with tiny_disk(ready / ".venv" / "share" / "jupyter" / "lab" / "settings", "size=1m") as settings:
        subprocess.run(["mount", "-o", "remount,ro", str(settings)], check=True)
        assert_refused(lab(ready), "overrides.json", "Read-only", "où vous pouvez écrire")


def test_broken_venv_in_use_stays_whole(course):
    with tiny_disk(course / ".venv", "size=1m") as venv:  # un point de montage ne se renomme pas
        (venv / environnement.MARQUE).touch()
        (venv / "reste.txt").touch()
        assert_refused(start(course, "donnees"), ".venv", "busy", "fermez")
        assert sorted(path.name for path in venv.iterdir()) == sorted([environnement.MARQUE, "reste.txt"])


def test_course_without_its_requirements(course):
    (course / "requirements.txt").unlink()
    assert_refused(start(course, "donnees"), "requirements.txt", "téléchargez le cours")
    assert not (course / ".venv").exists()


def test_sorties_is_a_file(ready):
    shutil.rmtree(ready / "sorties", ignore_errors=True)
    (ready / "sorties").write_text("", encoding="utf-8")
    assert_refused(start(ready, "executer", LESSON), "sorties", "renommez-le")
    (ready / "sorties").unlink()


@pytest.mark.parametrize(
    ("number", "word"),
    [
        (errno.ENOSPC, "libérez"),
        (errno.EDQUOT, "libérez"),
        (errno.EACCES, "fermez"),
        (errno.EPERM, "dossier à vous"),
        (errno.ENOTEMPTY, "fermez"),
        (errno.ENOTDIR, "renommez"),
        (errno.EISDIR, "renommez"),
        (errno.EIO, "diagnostic"),
    ],
)
def test_each_failure_says_file_cause_and_remedy(number, word):
    sentence = str(expliquer_systeme(OSError(number, os.strerror(number), "ici", None, "là")))
    assert word in sentence and os.strerror(number) in sentence and "là" in sentence


def test_failure_without_a_name():
    assert "le dossier du cours (bof)" in str(expliquer_systeme(OSError("bof")))


def test_writing_is_all_or_nothing(tmp_path, monkeypatch):
    target = tmp_path / "neuf" / "registre.json"
    fichiers.ecrire(target, b"ancien")
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError(errno.ENOSPC, "plein")))
        with pytest.raises(OSError, match="plein") as caught:
            fichiers.ecrire(target, b"nouveau")
    assert caught.value.filename == str(target)
    assert target.read_bytes() == b"ancien" and [path.name for path in target.parent.iterdir()] == ["registre.json"]


def test_removing_clears_an_older_leftover(tmp_path):
    for name in (".venv", ".venv.rebut"):
        (tmp_path / name / "lib").mkdir(parents=True)
    fichiers.supprimer(tmp_path / ".venv")
    assert list(tmp_path.iterdir()) == []


def test_damaged_notebooks_are_named_and_the_others_run(ready):
    damaged = {"vide": b"", "coupe": b'{"cells": [', "liste": b"[]", "sans": b'{"nbformat": 4}', "octets": b"\xff\xfe"}
    for name, content in damaged.items():
        (ready / f"{name}.ipynb").write_bytes(content)
    write_lesson(ready / "bon.ipynb", "1")
    finished = start(ready, "executer", *(f"{name}.ipynb" for name in damaged), "bon.ipynb")
    sentences = finished.stderr.splitlines()
    assert finished.returncode == 1 and len(sentences) == len(damaged)
    for name, sentence in zip(damaged, sentences, strict=True):
        assert f"{name}.ipynb n'est pas un carnet Jupyter lisible" in sentence and "effacez-le" in sentence
        assert not (ready / "sorties" / f"{name}.ipynb").exists()
    assert (ready / "sorties" / "bon.html").is_file()
