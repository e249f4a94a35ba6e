"""Le diagnostic : chaque point se dit bon ou mauvais au bon moment, et le code suit."""

import importlib.metadata
import shutil
import sys
from types import SimpleNamespace

import psutil
import pytest
from aides import POSIX, start

from outils.lanceur import diagnostic
from outils.lanceur.environnement import TEMOIN

POINTS = ("environnement_pret", "memoire", "disque", "java", "donnees", "colab", "carte_graphique")
FALSE_PACKAGES = {
    "torch.py": "tensor = 1",
    "medmnist.py": "INFO = 1",
    "tensorflow.py": "raise RuntimeError('AVX absent')",
    "transformers.py": "BertForSequenceClassification = 1",
    "flwr/__init__.py": "",
    "flwr/clientapp.py": "ClientApp = 1",
}


def test_nothing_is_prepared_yet(course):
    finished = start(course, "diagnostic")
    assert finished.returncode == 1 and "[ ?? ] environnement .venv" in finished.stdout
    assert "[ OK ] disque" in finished.stdout and not (course / ".venv").exists()


def test_imports_run_in_the_venv_and_failures_are_told(course):
    """De faux paquets, dans le dossier du cours, passent devant les vrais."""
    start(course, "donnees")
    for name, text in FALSE_PACKAGES.items():
        (course / name).parent.mkdir(exist_ok=True)
        (course / name).write_text(text, encoding="utf-8")
    broken = start(course, "diagnostic")
    assert "[ OK ] environnement .venv" in broken.stdout and "[ OK ] import torch (tensor)" in broken.stdout
    assert "[ ?? ] import tensorflow : AVX absent ; supprimez .venv" in broken.stdout and broken.returncode == 1


@pytest.mark.parametrize("bad", [None, *POINTS, "importe"])
def test_one_bad_point_is_enough(monkeypatch, bad):
    for point in POINTS:
        monkeypatch.setattr(diagnostic, point, lambda point=point: point != bad)
    monkeypatch.setattr(diagnostic, "importe", lambda module, _: not (bad == "importe" and module == "torch"))
    assert diagnostic.main() == (0 if bad is None else 1)


def test_ready_means_witness_and_our_python(monkeypatch, tmp_path):
    monkeypatch.setattr(diagnostic, "RACINE", tmp_path)
    (tmp_path / ".venv").mkdir()
    monkeypatch.setattr(sys, "prefix", str(tmp_path / ".venv"))
    assert not diagnostic.environnement_pret()
    (tmp_path / ".venv" / TEMOIN).touch()
    assert diagnostic.environnement_pret()
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    assert not diagnostic.environnement_pret()


def test_versions_find_packages_however_they_are_spelled(monkeypatch, tmp_path):
    info = tmp_path / "Tensorflow_CPU-9.9.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: Tensorflow_CPU\nVersion: 9.9\n", encoding="utf-8")
    assert diagnostic.versions()["torch"] == importlib.metadata.version("torch")
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    assert diagnostic.versions() == {"tensorflow-cpu": "9.9"}


@pytest.mark.parametrize(("free", "good"), [(2.9e9, False), (3.1e9, True)])
def test_memory_of_one_lesson(monkeypatch, free, good):
    monkeypatch.setattr(psutil, "virtual_memory", lambda: (16e9, free))
    assert diagnostic.memoire() is good


@pytest.mark.parametrize(("free", "good"), [(0.9e9, False), (1.1e9, True)])
def test_one_gigabyte_of_disk(monkeypatch, free, good):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    assert diagnostic.disque() is good


@POSIX
@pytest.mark.parametrize(
    ("version", "line"),
    [
        (None, "[ ?? ] Java absent"),
        ("11.0.2", "[ ?? ] Java 11"),
        ("17.0.1", "[ OK ] Java 17"),
        ("21", "[ OK ] Java 21"),
    ],
)
def test_java_is_advice_only(monkeypatch, tmp_path, capsys, version, line):
    if version:
        (tmp_path / "java").write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n", encoding="utf-8")
        (tmp_path / "java").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert diagnostic.java() is True
    assert capsys.readouterr().out.startswith(line)


def test_data_folder_must_be_a_folder(monkeypatch, tmp_path):
    (tmp_path / "fichier").touch()
    for value, good in (("", True), (str(tmp_path), True), (str(tmp_path / "fichier"), False)):
        monkeypatch.setenv("COURS_DONNEES", value)
        assert diagnostic.donnees() is good


def test_import_needs_the_name_too():
    assert diagnostic.importe("json", "loads")
    assert not diagnostic.importe("json", "rien") and not diagnostic.importe("module_absent", "x")
