"""La mesure par mutation : chaque opérateur, les comptes d'une leçon jouet, et les contrôles trop faibles démasqués."""

import json
import signal
import time
from pathlib import Path

import pytest

from outils import juge
from outils.depot import ecrire, lire
from outils.mutants import mutants
from outils.mutations import main, mesurer_lecon
from outils.source import ErreurSource

CALCULS = [
    ("calcul", "a @ b", {"a * b"}),
    ("calcul", "a + b / 2", {"a - b / 2", "a + b * 2"}),
    ("comparaison", "a < b", {"a <= b", "a > b"}),
    ("comparaison", "a == b", {"a != b"}),
    ("logique", "not (a and b)", {"a and b", "not (a or b)"}),
    ("logique", "[k for k in a if b]", {"[k for k in a if not b]"}),
    ("signe", "[-a, b]", {"[a, b]", "[--a, b]", "[-a, -b]"}),
    ("signe", "[k for k in a]", {"[-k for k in a]"}),
    ("indice", "a[b:, -1]", {"a[b + 1:, -1]", "a[b - 1:, -1]", "a[b:, -1 + 1]", "a[b:, -1 - 1]"}),
    ("boucle", "range(b)", {"range(b + 1)", "range(b - 1)"}),
    ("axe", "a.mean(axis=0)", {"a.mean(axis=1)", "a.mean(axis=None)"}),
    ("appel", "f(a, b, k=1)", {"f(b, k=1)", "f(a, k=1)", "f(a, b)", "f(b, a, k=1)", "a"}),
    ("appel", "a.mean()", {"a"}),
    ("attribut", "a.train.T", {"a.test.T", "a.train"}),
    ("parametre", "a", {"b"}),
]


def mutated(expression: str, before: str = "c = ") -> dict[str, set[str]]:
    """Ce que devient l'expression d'une affectation (ou d'un `return`), par opérateur."""
    found: dict[str, set[str]] = {}
    for mutant in mutants(f"def f(a, b):\n    {before}{expression}\n", {2}):
        found.setdefault(mutant.operateur, set()).add(mutant.source.split("\n    ")[1].removeprefix(before))
    return found


@pytest.mark.parametrize(("operator", "expression", "expected"), CALCULS)
def test_operator_proposes_exactly_these(operator, expression, expected):
    assert mutated(expression)[operator] == expected


def test_constants_move_to_their_neighbours():
    places = [text.strip("[]").split(", ") for text in mutated("[0, 1, True, 'k', 0.5]")["constante"]]
    assert {p[0] for p in places} == {"0", "1"}
    assert {p[1] for p in places} == {"1", "2", "0", "-1"}
    assert {p[2] for p in places} == {"True", "False"}
    assert {p[3] for p in places} == {"'k'", "'k_'"}
    assert {p[4] for p in places} == {"0.5", "1.5", "-0.5"}


def test_return_gives_nothing_or_one_part_of_itself():
    assert mutated("f(a, k=b)", "return ")["retour"] == {"None", "a", "b"}
    assert mutated("[a, b + 1]", "return ")["retour"] == {"None", "a", "b + 1"}


def test_statements_are_erased_and_updates_lose_their_memory():
    source = "def f(a):\n    total = 0\n    for k in a:\n        total += k\n    return total\n"
    differences = {m.difference for m in mutants(source, {4})}
    assert differences == {f"- total += k\n+ {new}" for new in ("total -= k", "total = k", "pass")}


def test_texts_for_people_and_other_lines_are_left_alone():
    source = 'def f(a: "texte" = 1) -> "texte":\n    """Docstring."""\n    raise ValueError("non" + f"{a} oui")\n'
    assert {m.difference[-4:] for m in mutants(source, {2, 3})} == {"pass"}
    assert mutants("def f(a):\n    b = a + 1\n    return b\n", set()) == []


ENTETE = """# %% [markdown]
# # Jouet

# %%
from types import SimpleNamespace
from common.verifier.exercise import Exercise
def juger(reference, draw, **options):
    return SimpleNamespace(jouet=Exercise("jouet", "corrige.ipynb", reference, draw, **options))
"""
DEUX_NOMBRES = "lambda rng: (rng.normal(), rng.normal())"
PRESQUE_TOUJOURS_ZERO = "lambda rng: (rng.normal(), rng.normal() if rng.random() < 0.01 else 0.0)"
ECART = "def jouet(a, b):\n    # début solution\n    return a - b\n    # fin solution\n"


@pytest.fixture
def toy(tmp_path: Path):
    """Écrit une leçon jouet d'un exercice et rend son chemin."""

    def write(check: str, solution: str, call: str = "jouet = verifier.jouet(jouet)") -> Path:
        path = tmp_path / "sources" / "semaine_1" / "01_jouet.py"
        ecrire(path, f"{ENTETE}\nverifier = {check}\n\n# %%\n{solution}\n\n{call}\n\n# %%\n1 / 0  # jamais exécuté\n")
        return path

    return write


def measure(path: Path):
    (report,) = mesurer_lecon(path)
    return report


def test_good_check_refuses_every_mutant(toy):
    report = measure(toy(f"juger(lambda a, b: a - b, {DEUX_NOMBRES})", ECART))
    assert (report.tried, report.refused, report.equivalent, report.share) == (8, 8, 0, 1.0)
    assert (report.lesson, report.exercise, report.kind) == ("01_jouet", "jouet", "fonction")


def test_equivalent_mutant_is_not_held_against_the_check(toy):
    solution = ECART.replace("a - b", "abs(abs(a - b))")
    report = measure(toy(f"juger(lambda a, b: abs(a - b), {DEUX_NOMBRES})", solution))
    assert report.equivalent_to_reference[0] == "- return abs(abs(a - b))\n+ return abs(a - b)"
    assert (report.surviving, report.tried - report.refused, report.share) == ([], report.equivalent, 1.0)


def test_poor_draw_is_unmasked(toy, tmp_path, capsys):
    toy(f"juger(lambda a, b: a - b, {PRESQUE_TOUJOURS_ZERO})", ECART)
    assert main(["--json", str(tmp_path / "m.json")], tmp_path) == 1
    (row,) = json.loads(lire(tmp_path / "m.json"))["exercises"]
    assert row["surviving"] == ["- return a - b\n+ return a", "- return a - b\n+ return a + b"]
    assert row["share"] == 0.75 and "survivant  - return a - b" in capsys.readouterr().out


def test_draw_whose_answer_never_changes_proves_no_equivalence(toy):
    report = measure(toy("juger(lambda a, b: a - b, lambda rng: (4.0, 2.0))", ECART))
    assert report.equivalent == 0 and report.surviving == ["- return a - b\n+ return b"]


def test_mutant_that_spoils_its_arguments_later_is_not_equivalent(toy):
    solution = (
        "def jouet(a, b):\n    if b > 0.99:\n        # début solution\n        a = list(a)\n        # fin solution\n"
        "        a.sort()\n    return sorted(a)\n"
    )
    draw = "lambda rng: (list(rng.normal(size=3)), rng.random())"
    report = measure(toy(f"juger(lambda a, b: sorted(a), {draw})", solution))
    assert "- a = list(a)\n+ pass" in report.surviving and report.equivalent == 0


def test_endless_mutant_is_stopped_and_refused(toy, monkeypatch):
    monkeypatch.setattr(juge, "SECONDES", 0.2)
    solution = (
        "def jouet(n):\n    total = 0\n    while n > 0:\n        try:\n"
        "            for _ in range(1000):\n                pass\n            # début solution\n"
        "            n -= 1\n            # fin solution\n            total += n\n"
        "        except Exception:\n            pass\n    return total\n"
    )
    start = time.monotonic()
    report = measure(toy("juger(lambda n: n * (n - 1) // 2, lambda rng: (int(rng.integers(3, 9)),))", solution))
    assert report.refused == report.tried == 6 and 0.2 < time.monotonic() - start < 20


def test_interrupting_by_hand_still_works():
    with pytest.raises(KeyboardInterrupt), juge.borne(60):
        signal.raise_signal(signal.SIGINT)


def test_observed_exercise_judges_through_its_observation(toy):
    """Une fonction de client, qui reçoit un message et un contexte, se juge par ce que l'on en observe."""
    solution = (
        "def jouet(message, context):\n    # début solution\n    context['vu'] = message['n'] + 1\n"
        "    return {'n': message['n']}\n    # fin solution\n"
    )
    observe = "lambda answer, case: (context := {}, answer({'n': case[0]}, context), dict(context))[1:]"
    reference = "lambda m, c: (c.update(vu=m['n'] + 1), {'n': m['n']})[1]"
    report = measure(toy(f"juger({reference}, lambda rng: (rng.normal(),), observe={observe})", solution))
    assert report.share == 1.0 and report.tried > 10


def test_value_is_mutated_and_told_apart(toy, capsys, tmp_path):
    toy("juger(12, None)", "jouet = 3 * 4  # solution")
    assert main([], tmp_path) == 0
    assert "jouet (valeur)" in capsys.readouterr().out


def test_solutions_of_several_cells_meet_their_later_check(toy):
    call = "# %%\njouet = verifier.jouet(jouet)"
    solution = f"inutile = 1  # solution\n\n# %%\n{ECART}"
    report = measure(toy(f"juger(lambda a, b: a - b, {DEUX_NOMBRES})", solution, call))
    assert (report.tried, report.refused) == (12, 8)
    assert all("inutile" in difference for difference in report.equivalent_to_reference)


def test_report_is_the_same_twice_and_holds_no_path(toy, tmp_path):
    toy(f"juger(lambda a, b: a - b, {DEUX_NOMBRES})", ECART)
    texts = []
    for _ in range(2):
        assert main(["--json", str(tmp_path / "m.json"), "--lecon", "01_jouet"], tmp_path) == 0
        texts.append(lire(tmp_path / "m.json"))
    assert texts[0] == texts[1] and str(tmp_path) not in texts[0]
    assert json.loads(texts[0])["command"] == "python -m outils.mutations --lecon 01_jouet --json m.json"
    assert json.loads(texts[0])["total"] == {"tried": 8, "refused": 8, "equivalent": 0, "share": 1.0}


def test_refused_solution_missing_check_and_unknown_lesson_are_told(toy, tmp_path, capsys):
    with pytest.raises(ValueError, match="refuse le corrigé"):
        measure(toy(f"juger(lambda a, b: a + b, {DEUX_NOMBRES})", ECART))
    with pytest.raises(ErreurSource, match="aucun `verifier"):
        measure(toy("None", ECART, "print(jouet)"))
    with pytest.raises(SystemExit):
        main(["--lecon", "09_rien"], tmp_path)
    assert "aucune leçon « semaine_*/09_rien »" in capsys.readouterr().err
