"""Les commandes, une par une, sur une copie du cours."""

import shutil
import socket
from pathlib import Path

from aides import LESSON, POSIX, assert_refused, free_port, start, write_lesson

import cours


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


@POSIX
def test_port_just_left_by_a_server_is_free():
    """Une connexion que le serveur a fermée retient le port une minute : relancer lab n'a pas à l'attendre."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            server.accept()[0].close()
    cours._verifier_port(port)


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


def test_options_reach_the_programs(ready):
    """Chaque programme est remplacé par un autre qui répète ses arguments."""
    for module in ("outils/construire.py", "common/__init__.py", "common/data.py"):
        (ready / module).parent.mkdir(exist_ok=True)
        (ready / module).write_text("import sys\nprint(sys.argv[1:])\n", encoding="utf-8")
    try:
        for arguments in (["notebooks"], ["notebooks", "--check"], ["donnees"], ["donnees", "heart"]):
            assert start(ready, *arguments).stdout.splitlines()[-1] == str(arguments[1:])
    finally:
        shutil.rmtree(ready / "common")


def test_updated_lesson_is_announced(course):
    start(course, "donnees")
    (course / ".venv" / "share").write_text("", encoding="utf-8")  # JupyterLab ne démarrera pas
    lab = ["lab", "--port", str(free_port())]
    assert "mise à jour" not in start(course, *lab).stdout
    write_lesson(course / "mon_travail" / LESSON, "mon travail")
    write_lesson(course / LESSON, "version = 2")
    beside = Path("mon_travail", LESSON).with_suffix(".nouveau.ipynb")
    assert f"n'a pas bougé, la nouvelle est à côté : {beside}" in start(course, *lab).stdout
