"""Le banc des gardes : il ôte une garde et rien d'autre, et ne prend pas des essais déjà rouges pour une preuve."""

import ast

import pytest

from bancs import gardes, rapport

SOURCE = '''def lire(données, clé):
    """Lit."""
    if "é" in données: raise ValueError("déjà là")
    verify(
        clé, données
    )
    if not (
        données
        and clé
    ):
        raise ValueError("vide")
    elif clé:
        raise ValueError("clé")
    self._check_size(données)
    if clé:
        données = clé
    return verify(clé, données)
'''


def test_each_guard_is_removed_alone():
    """Deux refus sur plusieurs lignes, un après des accents, un `elif`, deux appels ; ni le reste, ni ce qui sert."""
    found = {line: without for line, _, without in gardes.guards(SOURCE)}
    assert sorted(found) == [3, 4, 7, 12, 14]
    lines = SOURCE.splitlines()
    for line, without in found.items():
        ast.parse(without)
        changed = [n for n, (a, b) in enumerate(zip(lines, without.splitlines(), strict=True), 1) if a != b]
        assert changed and changed[0] == line and changed[-1] <= line + 3
    assert '    if False: raise ValueError("déjà là")\n' in found[3]
    assert "    elif False:\n" in found[12] and "    pass\n" in found[14]


@pytest.mark.parametrize("name", gardes.FILES)
def test_every_file_has_guards_and_stays_readable_without_each(name):
    source = (rapport.RACINE / gardes.ROOM / name).read_text(encoding="utf-8")
    without = [text for _, _, text in gardes.guards(source)]
    assert without and source not in without
    for text in without:
        ast.parse(text)
        assert text.count("\n") == source.count("\n")


@pytest.fixture
def copy(tmp_path):
    """Un faux dépôt : un essai rapide, et un essai lent que le banc ne lance pas."""
    tests = tmp_path / gardes.TESTS
    tests.mkdir(parents=True)
    (tests / "test_secagg_flower_x.py").write_text("def test_lent():\n    assert False\n", encoding="utf-8")
    return tmp_path


def test_the_first_failure_is_named(copy):
    test = copy / gardes.TESTS / "test_secagg_un.py"
    test.write_text("def test_juste():\n    pass\n", encoding="utf-8")
    assert gardes.first_failure(copy) is None
    test.write_text("def test_juste():\n    pass\n\ndef test_rouge():\n    assert False\n", encoding="utf-8")
    assert gardes.first_failure(copy) == "test_rouge"


def test_red_tests_prove_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(gardes, "first_failure", lambda copy: "test_rouge")
    with pytest.raises(RuntimeError, match="test_rouge échoue sans rien ôter"):
        gardes.run(tmp_path)
