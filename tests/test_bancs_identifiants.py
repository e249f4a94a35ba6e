"""Le banc des identifiants : ce qui reste, ce qui est retiré, et ce que les résultats commis peuvent dire."""

import json
import re
from types import SimpleNamespace

import pytest

from bancs import identifiants as banc
from bancs import identifiants_plantes, rapport
from bancs.identifiants_plantes import Identifier, Note, PlantedNote, phrases, plant
from common.metrics import accuracy
from common.privacy.identifiers import find_identifiers

RESULT = rapport.RESULTATS / "identifiants.json"
TEXT = "Mme Dupont, 06 12, voit le signe de Babinski à Rennes."
PLANTED = PlantedNote(
    "n1", TEXT, [Identifier(4, 10, "name", "Dupont", "name:Last"), Identifier(12, 17, "phone", "06 12", "phone:## ##")]
)
INVENTED = {
    "fr": "Patient suivi pour une hypertension. La tension est à 13/8. Le bilan est normal. Le patient sort ce jour.",
    "en": "Followed for hypertension. Blood pressure is 130/80. The patient was discharged home. No complaints.",
}


def marked(*flagged: tuple[int, int]) -> banc.Marked:
    return banc.Marked(PLANTED, list(flagged))


def judged(document: banc.Marked, *verdicts: str) -> list[dict]:
    return [{**one, "verdict": verdict} for one, verdict in zip(banc.sample([document]), verdicts, strict=True)]


def test_an_identifier_is_found_when_no_letter_or_digit_of_it_is_left():
    assert banc.left(marked((4, 10), (12, 14), (15, 17))) == [0, 0]
    assert banc.left(marked((0, 8))) == [2, 4]
    counts = banc.recall([marked((0, 8), (12, 17))])
    assert (counts["all"]["num_planted"], counts["all"]["characters"], counts["all"]["left"]) == (2, 10, 2)
    assert counts["all"]["recall"]["value"] == 0.5
    assert counts["by_kind"]["phone"]["recall"]["value"] == 1
    assert counts["missed"] == [{"kind": "name", "pattern": "name:Last", "missed": 1, "planted": 1}]


def test_only_what_touches_no_planted_identifier_is_judged():
    document = marked((0, 5), (12, 17), (36, 44), (47, 53))
    assert [TEXT[start:end] for start, end in banc.natural(document)] == ["Babinski", "Rennes"]
    assert banc.natural(marked((10, 12))) == [(10, 12)]


def test_precision_counts_the_planted_and_the_judged():
    document = marked((4, 10), (12, 17), (36, 44), (47, 53))
    places = {(one["start"], one["end"]): one for one in banc.sample([document])}
    verdicts = [{**places[36, 44], "verdict": "fausse alerte"}, {**places[47, 53], "verdict": "lieu"}]
    measured = banc.precision([document], verdicts)
    assert (measured["num_flagged"], measured["num_planted"], measured["num_natural"]) == (4, 2, 2)
    assert measured["natural"]["value"] == 0.5
    assert measured["all"]["value"] == pytest.approx(3 / 4)
    assert measured["natural"]["low"] == pytest.approx(accuracy([1, 1], [1, 0]).low)
    clinical = sum(letter.isalnum() for letter in TEXT) - 10
    assert measured["clinical_characters_removed"] == pytest.approx(14 / clinical)


def test_a_placeholder_counts_neither_for_nor_against():
    document = marked((4, 10), (36, 44), (47, 53))
    measured = banc.precision([document], judged(document, "substitut", "fausse alerte"))
    assert measured["natural"]["num_judged"] == 1
    assert measured["all"]["value"] == pytest.approx(1 / 2)


def test_a_stale_judgement_gives_no_precision():
    document = marked((4, 10), (36, 44), (47, 53))
    old = judged(document, "lieu", "lieu")
    assert banc.precision([document], old)["all"]["value"] == 1
    assert banc.precision([document], [{**old[0], "sha256": "0"}, old[1]])["all"] is None
    assert banc.precision([document], [])["all"] is None


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_real_rules_find_the_easy_kinds_and_leave_a_clean_note_alone(language):
    note = Note(language, INVENTED[language])
    documents = banc.mark([plant(note, language, seed, phrases(language)) for seed in range(60)], language)
    kinds = banc.recall(documents)["by_kind"]
    assert kinds["fax"]["num_planted"] >= 5
    assert kinds["fax"]["recall"]["value"] == kinds["url"]["recall"]["value"] == 1
    assert find_identifiers(note.text, language) == []


def test_the_first_measure_is_never_overwritten(tmp_path, monkeypatch, capsys):
    path = tmp_path / "r.json"
    monkeypatch.setattr(banc, "FILES", {"fr": [SimpleNamespace(name="f", sha256="0")]})
    assert banc._save(path, banc.FIRST, {"fr": 1}) == 0
    assert banc._save(path, banc.FRESH, {"fr": 2}) == 0
    monkeypatch.setattr(banc, "_rules_digest", lambda: "d'autres règles")
    assert banc._save(path, banc.FIRST, {"fr": 3}) == 2
    assert "--premiere" in capsys.readouterr().out
    measures = rapport.lire(path)["measures"]
    assert (measures[banc.FIRST]["fr"], measures[banc.FRESH]["fr"]) == (1, 2)
    assert (measures[banc.FIRST]["reserve"], measures[banc.FRESH]["reserve"]) == (False, True)


def test_without_the_corpora_one_clear_line_and_no_file(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(identifiants_plantes, "verified_copy", lambda file: None)
    assert banc.main(["--json", str(tmp_path / "r.json")]) == 1
    assert "COURS_DONNEES" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_the_sample_to_judge_shows_each_passage_in_its_place(tmp_path):
    path = tmp_path / "a_juger.json"
    banc._write_sample(path, {"fr": [marked((47, 53))]})
    (one,) = json.loads(path.read_text(encoding="utf-8"))["fr"]
    assert "à ⟦Rennes⟧." in one["text"] and one["verdict"] is None


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_committed_first_measure_adds_up(language):
    first = rapport.lire(RESULT)["measures"][banc.FIRST]
    row = first[language]
    assert not first["reserve"] and row["num_documents"] == 500
    for name in ("num_planted", "characters", "left"):
        assert sum(kind[name] for kind in row["recall"]["by_kind"].values()) == row["recall"]["all"][name]
    found, planted = row["recall"]["all"]["recall"]["count"], row["recall"]["all"]["num_planted"]
    assert row["recall"]["all"]["recall"] == banc.share(found, planted)
    verdicts = row["precision"]["natural"]["verdicts"]
    assert sum(verdicts.values()) == banc.SAMPLE
    committed = rapport.lire(banc.JUDGED)["samples"][banc.FIRST][language]
    assert {v: sum(one["verdict"] == v for one in committed) for v in verdicts} == verdicts


def test_the_committed_judgements_copy_no_word_of_the_corpora():
    samples = rapport.lire(banc.JUDGED)["samples"]
    for one in [one for measure in samples.values() for language in measure.values() for one in language]:
        assert set(one) == {"id", "start", "end", "sha256", "verdict"}
        assert re.fullmatch(r"[\w/-]+", one["id"]) and re.fullmatch(r"[0-9a-f]{8}", one["sha256"])
