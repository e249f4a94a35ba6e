"""Les identifiants plantés sont là où le banc le dit, et nulle part ailleurs ; même graine, mêmes textes."""

import re
from datetime import date

import pytest

from bancs import identifiants_plantes as plantes
from bancs.identifiants_mots import WORDS
from bancs.identifiants_plantes import Note, Phrase, phrases, plant
from bancs.identifiants_valeurs import ALTERATIONS, KINDS, Drawing, Person, spell, write, write_date

FRENCH = (
    "Il s'agit d'une patiente âgée de 54 ans, suivie pour une hypertension. La patiente a été hospitalisée pour une "
    "dyspnée. L'auscultation retrouve des crépitants. Le patient suivant a été vu après."
)
ENGLISH = (
    "This is a 54-year-old female with hypertension. The patient was admitted for dyspnea. Her mother is healthy. She "
    "underwent echocardiography. No fever."
)
TEXTS = {"fr": FRENCH, "en": ENGLISH}
SETS = [(language, reserve) for language in ("fr", "en") for reserve in (False, True)]


@pytest.fixture(scope="module", params=SETS, ids=str)
def planted(request) -> list[plantes.PlantedNote]:
    language, reserve = request.param
    return [plant(Note(language, TEXTS[language]), language, seed, phrases(language, reserve)) for seed in range(60)]


def test_offsets_are_exact_and_disjoint(planted):
    for note in planted:
        assert all(note.text[one.start : one.end] == one.text for one in note.identifiers)
        ends = [one.end for one in note.identifiers]
        assert all(end <= one.start for end, one in zip(ends, note.identifiers[1:], strict=False))
        assert plantes.FEWEST <= len(note.identifiers) <= plantes.MOST


def test_the_clinical_text_is_untouched(planted):
    for note in planted:
        rest = iter(note.text)
        assert all(letter in rest for letter in TEXTS[note.id]), note.text


def test_no_planted_value_is_found_elsewhere(planted):
    for note in planted:
        for value in {one.text for one in note.identifiers}:
            places = [m.start() for m in re.finditer(rf"(?<!\w){re.escape(value)}(?!\w)", note.text)]
            assert all(any(one.start <= place < one.end for one in note.identifiers) for place in places)


def test_a_value_that_the_text_already_holds_is_drawn_again():
    ages = {kind: [Phrase("fin", "", "{age:9%} ans")] * 2 for kind in KINDS}
    ages["name"] = [Phrase("fin", "", "{name:First}")]
    already = "Aïeux morts à " + ", ".join(str(age) for age in range(92, 99)) + " ans."
    for i in range(20):
        note = plant(Note(str(i), already), "fr", 0, ages)
        assert {one.text for one in note.identifiers if one.kind == "age"} <= {"99"}


def test_nothing_left_to_plant_is_an_error_in_french():
    same = {kind: [Phrase("fin", "", "{age:quatre-vingt-douze}"), Phrase("fin", "", "{age:cent}")] for kind in KINDS}
    with pytest.raises(ValueError, match="note n7"):
        plant(Note("n7", "Morte à quatre-vingt-douze ans, pas à cent."), "fr", 0, same)


def test_a_sentence_is_never_planted_inside_a_name_or_a_list():
    text = "Seen by Dr. X today. Then by Mr. Lee. 1. Cough. M. H est stable."
    ends = [text[: place.end()] for place in plantes._SENTENCE_END.finditer(text)]
    assert ends == ["Seen by Dr. X today. ", "Seen by Dr. X today. Then by Mr. Lee. 1. Cough. "]


def test_same_seed_same_text_and_another_seed_another_text():
    groups = phrases("fr")
    first, again = (plant(Note("a", FRENCH), "fr", 5, groups) for _ in range(2))
    assert first == again
    assert first != plant(Note("a", FRENCH), "fr", 6, groups)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_kind_has_sentences_seen_and_in_reserve(language):
    seen, kept = phrases(language), phrases(language, True)
    assert set(seen) == set(kept) == set(KINDS)
    texts = {(p.anchor, p.text) for group in seen.values() for p in group}
    reserved = {(p.anchor, p.text) for group in kept.values() for p in group}
    assert not texts & reserved
    assert 0.28 < len(reserved) / (len(texts) + len(reserved)) < 0.36


def test_the_reserve_takes_other_documents_drawn_from_everywhere(monkeypatch):
    invented = [Note(f"{i:02d}", f"{FRENCH} Chambre du service numéro {i}. {ENGLISH}") for i in range(30)]
    monkeypatch.setattr(plantes, "_read_french", lambda: invented)
    seen, kept = ([note.id for note in plantes.planted_notes("fr", 1, reserve=r, count=10)] for r in (False, True))
    assert len(set(seen) | set(kept)) == 20
    assert seen != sorted(seen) and max(seen) > "20"


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_sentence_can_be_written_and_leaves_no_sign_behind(language):
    for reserve in (False, True):
        for phrase in [phrase for group in phrases(language, reserve).values() for phrase in group]:
            text, found = plantes._render(phrase, Drawing(language, "0"))
            assert found and not re.search(r"[{}⏎]|First|LAST|YYYY", text), text
            assert {one.kind for one in found} <= set(KINDS), phrase
            re.compile(phrase.anchor)


def test_names_dates_and_alterations_are_written_as_announced():
    claire = Person("Hélène", "D'Hermy", "F")
    assert spell("LAST First (F.L.)", claire) == "D'HERMY Hélène (H.D.)"
    day, words = date(2021, 3, 2), WORDS["fr"]
    assert write_date("DDDD D MMMM YYYY, DD/MM/YY, D-E", day, words) == "mardi 2 mars 2021, 02/03/21, 2-4"
    assert write_date("MMMM Do, DDmmmYYYY", date(2021, 9, 22), WORDS["en"]) == "September 22nd, 22sept2021"
    altered = {name: alter("Été 10") for name, alter in ALTERATIONS.items() if name not in ("upper", "lower", "")}
    assert altered == {"noaccent": "Ete 10", "spaced": "É t é   1 0", "ocr": "Été lO", "typo": "Éét 10"}


def test_a_french_nir_and_an_address_are_valid():
    draw = Drawing("fr", "1")
    _, nir = write("national_id", "###############", "", draw)
    assert 97 - int(nir[:13]) % 97 == int(nir[13:])
    draw.patient = Person("Aïcha", "N'Diaye", "F")
    assert write("email", "first.last@exemple.fr", "", draw) == ("email", "aicha.ndiaye@exemple.fr")


def test_without_the_corpora_the_message_names_the_variable(monkeypatch):
    monkeypatch.setattr(plantes, "verified_copy", lambda file: None)
    with pytest.raises(plantes.DataUnavailableError, match="COURS_DONNEES"):
        plantes.planted_notes("fr", 0)
