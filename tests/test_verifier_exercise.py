"""Le cadre des exercices : trois verdicts, jamais d'exception pour l'apprenant, l'interrupteur de la CI."""

import numpy as np
import pandas as pd
import pytest

from common.verifier.comparison import describe_difference, same
from common.verifier.exercise import Exercise, is_untouched


def scale(x, factor):
    return x * factor


def draw(rng):
    return rng.normal(size=int(rng.integers(1, 5))), float(rng.uniform(2, 3))


DOUBLE = Exercise(
    "double", "corrige.ipynb", scale, draw, {"vous divisez : multipliez.": lambda x, factor: x / factor}
)
VALUE = Exercise("valeur", "corrige.ipynb", 0.25, mistakes={"c'est un pourcentage : divisez par 100.": 25})


def untouched(x, factor):
    """Une docstring."""
    ...  # à compléter


def untouched_without_docstring(x, factor): ...


def commented_but_answered(x, factor):
    ...
    return x * factor


@pytest.mark.parametrize("answer", [..., untouched, untouched_without_docstring])
def test_untouched_is_to_do(answer):
    assert is_untouched(answer) and DOUBLE.judge(answer)[0] == "a_faire"


def only_docstring(x, factor):
    """Une docstring, et rien d'autre."""


def passes(x, factor):
    pass


@pytest.mark.parametrize("answer", [only_docstring, passes, lambda x, factor: None])
def test_a_forgotten_return_is_wrong_and_not_to_do(answer):
    outcome, message = DOUBLE.judge(answer)
    assert outcome == "faux" and "`return`" in message


def in_place(x, factor):
    x *= factor
    return x


def raises(x, factor):
    return x["clé"]


WRONG = [
    (in_place, "en place"),
    (raises, "lève IndexError"),
    (lambda x: x, "lève TypeError"),
    (lambda x, factor: x / factor, "vous divisez"),
    (lambda x, factor: -x * factor, "signe"),
    (lambda x, factor: x[:1] * factor, "forme"),
    (lambda x, factor: x * np.nan, "NaN"),
    (lambda x, factor: x * 2, "pas celui attendu"),
    (lambda x, factor: "douze", "objet str"),
    (lambda x, factor: list(x * factor), "`np.array`"),
    ("douze", "on attend une fonction"),
]


@pytest.mark.parametrize(("answer", "message"), WRONG)
def test_wrong_answers_are_named_and_replaced_by_the_reference(answer, message, capsys):
    assert DOUBLE(answer) is scale
    said = capsys.readouterr().out
    assert said.startswith("❌ double") and message in said and "Corrigé : corrige.ipynb" in said
    assert said.count("\n") == 1


def test_right_answer_is_given_back(capsys):
    assert DOUBLE(commented_but_answered) is commented_but_answered
    assert capsys.readouterr().out == "✅ double : juste.\n"


def talkative(x, factor):
    print("je passe ici")
    return x * factor / np.zeros_like(x)


def test_the_answer_is_silenced_while_judged(capsys, recwarn):
    DOUBLE(talkative)
    assert capsys.readouterr().out.count("\n") == 1 and len(recwarn) == 0


def test_values(capsys):
    assert VALUE(...) == 0.25 and VALUE(1 / 4) == 0.25 and VALUE(25) == 0.25 and VALUE("0,25") == 0.25
    lines = capsys.readouterr().out.splitlines()
    assert [line[0] for line in lines] == ["⏳", "✅", "❌", "❌"] and "pourcentage" in lines[2]


@pytest.mark.parametrize(("expected", "accepted"), [("a_faire", untouched), ("juste", scale)])
def test_ci_switch_refuses_every_other_outcome(monkeypatch, expected, accepted):
    monkeypatch.setenv("VERIF_ATTENDU", expected)
    DOUBLE(accepted)
    for other in {untouched, scale, in_place} - {accepted}:
        with pytest.raises(AssertionError, match=f"au lieu de « {expected} »"):
            DOUBLE(other)


def test_cases_are_always_the_same():
    first, second = DOUBLE.cases(), DOUBLE.cases()
    assert same(first, second) and len({len(x) for x, _ in first}) > 1


@pytest.mark.parametrize(
    ("a", "b", "equal"),
    [
        (1, 1.0, True),
        (1.0, 1.0 + 1e-9, True),
        (1.0, 1.001, False),
        (np.ones(3), np.ones((3, 1)), False),
        ([1, 2], (1, 2), True),
        ([1, 2], [1], False),
        ({"a": 1}, {"a": 1}, True),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, False),
        ("oui", "non", False),
        (None, 0, False),
        ("1", 1, False),
        (np.array([np.nan]), np.array([np.nan]), True),
        (np.array([{}, []], dtype=object), np.array([{}, []], dtype=object), False),
    ],
)
def test_same(a, b, equal):
    assert same(a, b) is equal and same(b, a) is equal


def test_differences_are_described_where_they_are():
    assert "élément 1 : « b » : la forme est (2,) au lieu de (3,)" in describe_difference(
        [1, {"b": np.ones(2)}], [1, {"b": np.ones(3)}]
    )
    assert "les clés" in describe_difference({"a": 1}, {"b": 1})


def add_column(table):
    table["b"] = 2 * table["a"]
    return table["b"].sum()


def test_a_table_is_compared_exactly_and_its_modification_is_caught():
    table = pd.DataFrame({"a": [1.0, np.nan]}, index=[7, 3])
    assert same(table, table.copy()) and same(table["a"], table["a"].copy())
    assert not same(table, table.reset_index(drop=True)) and not same(table, table["a"]) and not same(table, 3)
    exercise = Exercise("somme", "corrige.ipynb", lambda t: 2 * t["a"].sum(), lambda rng: (table,))
    assert "en place" in exercise.judge(add_column)[1]
