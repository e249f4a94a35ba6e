"""Chaque contrôle contre son catalogue : toute mauvaise réponse reçoit son message, toute bonne passe.

`tests/catalogues/semaine_N_*.py` donne, exercice par exercice, `WRONG`, des couples (réponse, fragment du message), et
au besoin `RIGHT`, des réponses justes écrites autrement.
"""

import re
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest


def week_of(path: Path) -> str:
    """Rend `semaine_2` pour `semaine_2_lecon_1.py`, `semaine_6_a_8` pour `semaine_6_a_8_lecon_1.py`."""
    return re.match(r"semaine_\d(_a_\d)?", path.stem)[0]


FOLDER = Path(__file__).parent / "catalogues"
WEEKS = sorted({week_of(path) for path in FOLDER.glob("semaine_*.py")})
EXERCISES = {week: import_module(f"common.verifier.{week}") for week in WEEKS}


def entries(kind: str) -> Iterator[tuple]:
    """Énumère les couples (exercice, entrée) de tous les catalogues."""
    for path in sorted(FOLDER.glob("semaine_*.py")):
        catalogue, week = import_module(f"tests.catalogues.{path.stem}"), EXERCISES[week_of(path)]
        for name, answers in getattr(catalogue, kind, {}).items():
            yield from ((getattr(week, name), answer) for answer in answers)


def label(value) -> str:
    """Nomme un cas dans le rapport : l'exercice, la fonction, ou la valeur."""
    return getattr(value, "__name__", None) or getattr(value, "title", None) or str(value)[:40]


@pytest.mark.parametrize(("exercise", "wrong", "message"), [(e, *entry) for e, entry in entries("WRONG")], ids=label)
def test_wrong_answer_gets_its_message(exercise, wrong, message):
    outcome, said = exercise.judge(wrong)
    assert outcome == "faux" and message in said, said


@pytest.mark.parametrize(("exercise", "right"), list(entries("RIGHT")), ids=label)
def test_right_answer_written_otherwise_is_right(exercise, right):
    assert exercise.judge(right) == ("juste", "juste.")


@pytest.mark.parametrize("week", WEEKS)
def test_each_exercise_has_a_catalogue_and_falls_back_on_its_reference(week, capsys):
    counts = Counter(exercise.title for exercise, _ in entries("WRONG"))
    for name in EXERCISES[week].__all__:
        exercise = getattr(EXERCISES[week], name)
        assert counts[exercise.title] >= 8, f"{name} : {counts[exercise.title]} mauvaises réponses, il en faut 8"
        assert exercise.judge(exercise.reference) == ("juste", "juste.")
        assert exercise(3) is exercise.reference and "❌" in capsys.readouterr().out


@pytest.mark.parametrize("week", WEEKS)
def test_each_named_mistake_gets_its_own_message(week):
    for name in EXERCISES[week].__all__:
        exercise = getattr(EXERCISES[week], name)
        for message, wrong in exercise.mistakes.items():
            assert exercise.judge(wrong) == ("faux", message)
