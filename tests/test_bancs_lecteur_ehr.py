"""Le banc du lecteur : chaque façon trouve ce qui a été écrit, et le résultat versé tient sa promesse de mémoire."""

import pytest

from bancs import lecteur_ehr, rapport

RESULT = rapport.RESULTATS / "lecteur_ehr.json"


def test_every_way_finds_what_was_written(tmp_path):
    expected = lecteur_ehr.ecrire(tmp_path, 25_000)
    assert sum(expected["counts"].values()) == 25_000
    for way in lecteur_ehr.FACONS:
        assert lecteur_ehr.mesurer(way, tmp_path)["found"] == expected, way


def test_a_reading_that_finds_something_else_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(lecteur_ehr, "dans_un_processus_neuf", lambda *_: {"found": {}})
    with pytest.raises(RuntimeError, match="ne trouve pas"):
        lecteur_ehr.run(tmp_path, 100)
    assert list(tmp_path.iterdir()) == []


def test_the_committed_result_has_its_command_its_size_and_a_flat_memory():
    report = rapport.lire(RESULT)
    rows = {row["way"]: row for row in report["rows"]}
    assert report["command"] == lecteur_ehr.COMMANDE
    assert list(rows) == list(lecteur_ehr.FACONS)
    assert all(row["rows"] == lecteur_ehr.LIGNES for row in rows.values())
    assert report["bytes"] > 10**9
    chunked, whole = rows["scan_table, les quinze colonnes"], rows["pandas d'un coup, les quinze colonnes"]
    assert chunked["mib_peak"] - chunked["mib_before"] < 300
    assert whole["mib_peak"] > 5 * chunked["mib_peak"]
