"""Exécuter des leçons : un dossier, un échec, un noyau mort, et le résultat au bon endroit."""

import nbformat
import pytest
from aides import LESSON, assert_refused, start, write_lesson


def output_of(path):
    return nbformat.read(path, as_version=4).cells[-1].outputs[0].data["text/plain"]


def test_executed_lesson_and_page(ready):
    finished = start(ready, "executer", str(ready / LESSON))
    assert finished.returncode == 0
    page = (ready / "sorties" / LESSON).with_suffix(".html")
    assert output_of(ready / "sorties" / LESSON) == "2" and "<html" in page.read_text(encoding="utf-8")


def test_failing_lesson_is_told_in_one_line(ready):
    write_lesson(ready / "essai.ipynb", "1 / 0")
    assert_refused(start(ready, "executer", "essai.ipynb"), "essai.ipynb s'arrête", "ZeroDivisionError")
    assert_refused(start(ready, "executer", "absente.ipynb"), "introuvable")


def test_folder_runs_every_lesson_and_one_failure_counts(ready):
    folder = ready / "lot"
    write_lesson(folder / "1_mauvaise.ipynb", "1 / 0")
    write_lesson(folder / "2_bonne.ipynb", "import os", "os.getcwd()")
    write_lesson(folder / ".ipynb_checkpoints" / "3_ancienne.ipynb", "1")
    finished = start(ready, "executer", "lot")
    assert finished.returncode == 1 and "3_ancienne" not in finished.stdout
    assert output_of(ready / "sorties" / "lot" / "2_bonne.ipynb") == repr(str(folder))
    assert (ready / "sorties" / "lot" / "1_mauvaise.html").is_file()


def test_dead_kernel_is_told(ready):
    write_lesson(ready / "morte.ipynb", "import os; os._exit(1)")
    assert_refused(start(ready, "executer", "morte.ipynb"), "morte.ipynb", "noyau Python est mort")


def test_lesson_of_the_current_folder_comes_first(ready, tmp_path):
    write_lesson(tmp_path / LESSON, "'la mienne'")
    assert start(ready, "executer", LESSON, cwd=tmp_path).returncode == 0
    assert output_of(ready / "sorties" / "01_pourquoi_federer.ipynb") == repr("la mienne")


@pytest.mark.parametrize("name", ["vide", "cours.py"])
def test_no_lesson_there(ready, name):
    (ready / "vide").mkdir(exist_ok=True)
    assert_refused(start(ready, "executer", name), "Aucune leçon")
