"""Les copies de mon_travail : elles suivent le cours et n'écrasent jamais le travail."""

import pytest
from aides import LESSON, write_lesson

from outils.lanceur import copies


@pytest.fixture
def delivered(tmp_path):
    """Un cours d'une leçon, déjà livrée ; rend (racine, mon_travail, leçon, copie)."""
    lesson, work = tmp_path / LESSON, tmp_path / "mon_travail"
    write_lesson(lesson, "version = 1")
    write_lesson(tmp_path / "semaine_1" / "corriges" / lesson.name, "corrige = 1")
    assert copies.copier_les_lecons(tmp_path, work) == []
    assert (work / "semaine_1" / "corriges" / lesson.name).is_file()
    return tmp_path, work, lesson, work / LESSON


def test_untouched_copy_follows_the_course(delivered):
    root, work, lesson, copy = delivered
    write_lesson(lesson, "version = 2")
    assert copies.copier_les_lecons(root, work) == []
    assert copy.read_bytes() == lesson.read_bytes()


def test_worked_copy_is_never_overwritten(delivered):
    root, work, lesson, copy = delivered
    write_lesson(copy, "mon travail")
    mine = copy.read_bytes()
    write_lesson(lesson, "version = 2")
    beside = copy.with_name("01_pourquoi_federer.nouveau.ipynb")
    assert copies.copier_les_lecons(root, work) == [beside]
    assert copy.read_bytes() == mine and beside.read_bytes() == lesson.read_bytes()
    assert copies.copier_les_lecons(root, work) == []  # annoncée une fois
    write_lesson(lesson, "version = 3")
    assert copies.copier_les_lecons(root, work) == [beside]  # personne n'y a travaillé : elle suit
    write_lesson(beside, "mon travail aussi")
    write_lesson(lesson, "version = 4")
    assert [path.name for path in copies.copier_les_lecons(root, work)] == ["01_pourquoi_federer.nouveau_2.ipynb"]
    assert "aussi" in beside.read_text(encoding="utf-8") and copy.read_bytes() == mine


def test_lost_register_costs_no_work(delivered):
    root, work, _, copy = delivered
    write_lesson(copy, "mon travail")
    mine = copy.read_bytes()
    (work / copies.REGISTRE).write_text("{abîmé", encoding="utf-8")
    assert len(copies.copier_les_lecons(root, work)) == 1 and copy.read_bytes() == mine
