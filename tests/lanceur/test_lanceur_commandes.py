"""Les commandes, une par une, sur une copie du cours."""

import socket

import nbformat
from aides import LESSON, assert_refused, start, write_lesson


def test_help_and_wrong_commands(course):
    assert "sans-navigateur" in start(course, "--help").stdout
    assert "diagnostic" in start(course).stdout
    for wrong in (["labo"], ["lab", "--port", "70000"], ["executer"]):
        assert_refused(start(course, *wrong), "--help")


def test_busy_port_is_refused_before_setup(course):
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = str(busy.getsockname()[1])
        assert_refused(start(course, "lab", "--port", port), port, "lab --port")
    assert not (course / ".venv").exists()


def test_test_command_stops_at_the_first_failure_and_ends_with_pytest(course):
    (course / "outils" / "construire.py").write_text("raise SystemExit(3)\n", encoding="utf-8")
    (course / "tests").mkdir()
    (course / "tests" / "test_ici.py").write_text("def test_ici():\n    assert True\n", encoding="utf-8")
    stopped = start(course, "test", "--rapide")
    assert stopped.returncode == 3 and " in 0." not in stopped.stdout
    (course / "outils" / "construire.py").write_text("", encoding="utf-8")
    quick = start(course, "test", "--rapide")
    assert quick.returncode == 0 and "1 passed" in quick.stdout.splitlines()[-1]
    assert "2 passed" in start(course, "test").stdout.splitlines()[-1]
    write_lesson(course / LESSON, "1 / 0")
    assert start(course, "test").returncode == 1


def test_executed_lesson_and_page(ready):
    finished = start(ready, "executer", str(ready / LESSON))
    assert finished.returncode == 0
    page = (ready / "sorties" / LESSON).with_suffix(".html")
    notebook = nbformat.read(ready / "sorties" / LESSON, as_version=4)
    assert notebook.cells[1].outputs[0].data["text/plain"] == "2" and "<html" in page.read_text(encoding="utf-8")


def test_failing_lesson_is_told_in_one_line(ready):
    write_lesson(ready / "essai.ipynb", "1 / 0")
    assert_refused(start(ready, "executer", "essai.ipynb"), "essai.ipynb s'arrête", "ZeroDivisionError")
    assert_refused(start(ready, "executer", "absente.ipynb"), "introuvable")


def test_diagnostic_says_what_to_do(course):
    finished = start(course, "diagnostic")
    assert finished.returncode == 1 and "[ ?? ] environnement .venv" in finished.stdout
    assert "[ OK ] disque" in finished.stdout and not (course / ".venv").exists()
