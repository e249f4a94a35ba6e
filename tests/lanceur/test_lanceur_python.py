"""Les Python refusés, et ce que le lanceur demande à celui qui le lit."""

import ast
import sys
from pathlib import Path

import pytest
from aides import ROOT, assert_refused, start

from outils.lanceur.refus import Refus, refuser_python

LAUNCHER = [ROOT / "cours.py", *sorted((ROOT / "outils" / "lanceur").glob("*.py"))]


@pytest.mark.parametrize("path", LAUNCHER, ids=lambda path: path.name)
def test_launcher_parses_on_python_3_8(path):
    ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 8))


@pytest.mark.parametrize("path", LAUNCHER, ids=lambda path: path.name)
def test_launcher_needs_the_standard_library_only(path):
    allowed = set(sys.stdlib_module_names) | {"outils"}
    if path.name in ("executer.py", "diagnostic.py"):  # ceux-là tournent dans .venv
        allowed |= {"nbformat", "nbclient", "nbconvert", "psutil"}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module] if isinstance(node, ast.ImportFrom) else []
        assert {name.split(".")[0] for name in names} <= allowed


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (((3, 10), "linux", "x86_64"), "Flower"),
        (((3, 14), "linux", "x86_64"), "TensorFlow"),
        (((3, 12), "darwin", "x86_64"), "Mac à processeur Intel"),
        (((3, 12), "darwin", "arm64", 64, "13.6"), "macOS 14"),
        (((3, 12), "win32", "x86", 32), "32 bits"),
    ],
)
def test_unsupported_python_is_named(arguments, word):
    with pytest.raises(Refus, match=word):
        refuser_python(*arguments)


@pytest.mark.parametrize("version", [(3, 11), (3, 12), (3, 13)])
@pytest.mark.parametrize("machine", [("linux", "x86_64"), ("win32", "AMD64"), ("darwin", "arm64", 64, "15.1")])
def test_supported_python_passes(version, machine):
    refuser_python(version, *machine)


@pytest.mark.parametrize("version", ["3.8", "3.10"])
def test_a_real_old_python_gets_one_sentence(course, version):
    found = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
    if not found:
        pytest.skip(f"pas de Python {version} sur cette machine")
    assert_refused(start(course, "lab", python=found[0]), f"Python {version}", "Flower", "3.12")
    assert not (course / ".venv").exists()
