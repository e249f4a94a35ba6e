"""Le nettoyage d'une note entière : étendues exactes, idempotence, Unicode, chevauchements, temps et taille."""

import csv
import gzip
import json
import os
import time
import unicodedata
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.privacy.identifiers.numbers import passes_luhn
from common.privacy.identifiers.text import MAX_CHARS, find_identifiers, redact

FRENCH = """M. Jean DUPONT, né le 12/03/1954 à Lyon, habite 12 bis, rue de la République, 69002 Lyon.
Tél : 06 12 34 56 78. IPP : 8001234567. Adressé par le Dr Lefèvre le 3 avril 2021. TA 12/8, maladie de Parkinson.
M. Dupont sort le 5 avril. Sa sœur Élodie, 92 ans, née en 1925, joignable à elodie@exemple.fr."""
ENGLISH = """Mr. John Smith is a 92-year-old man from Macon, GA 30309, seen on March 12th, 2019 by Dr. Kumar.
MRN: 00123456. BP 120/80. Crohn's disease. Smith left on 3/4; call (617) 555-0134."""
PIECES = [
    *(
        "M. ",
        "Mme ",
        "Dr ",
        "Mr. ",
        "Durand",
        "Élodie",
        "KERBRAT ",
        "né le ",
        "le ",
        "12/03/1954",
        "3/4",
        " mars ",
        "May ",
    ),
    *(
        "2019",
        "92 ans",
        "IPP ",
        "n° ",
        "8001234567",
        "06 12 34 56 78",
        "rue des Lilas",
        "69002 Lyon",
        "a@b.fr",
        "[NOM]",
    ),
    *(
        "[DATE 2019]",
        "[90 ANS ET PLUS]",
        "TA 12/8",
        "\n",
        " ",
        ", ",
        ".",
        "é",
        "œ",
        "-",
        "’",
        "\u00a0",
        "http://x.fr/",
        "1",
    ),
]
NOTES = st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=14).map("".join)


def test_a_french_note_word_for_word():
    assert redact(FRENCH, "fr") == (
        "M. [NOM], né le [DATE 1954] à [LIEU], habite [LIEU].\n"
        "Tél : [TÉLÉPHONE]. IPP : [DOSSIER]. Adressé par le Dr [NOM] le [DATE 2021]. TA 12/8, maladie de Parkinson.\n"
        "M. [NOM] sort le [DATE]. Sa sœur [NOM], [90 ANS ET PLUS], née en [90 ANS ET PLUS], joignable à [COURRIEL]."
    )


def test_an_english_note_word_for_word():
    assert redact(ENGLISH, "en") == (
        "Mr. [NOM] is a [90 ANS ET PLUS] man from [LIEU], GA [LIEU], seen on [DATE 2019] by Dr. [NOM].\n"
        "MRN: [DOSSIER]. BP 120/80. Crohn's disease. [NOM] left on [DATE]; call [TÉLÉPHONE]."
    )


def test_the_letters_are_those_of_the_law():
    letters = {one.text: one.letter for one in find_identifiers(FRENCH, "fr")}
    assert letters["12/03/1954"] == letters["92 ans"] == "C"
    assert letters["06 12 34 56 78"] == "D" and letters["8001234567"] == "H" and letters["elodie@exemple.fr"] == "F"
    assert letters["Lefèvre"] == "A" and letters["12 bis, rue de la République, 69002 Lyon"] == "B"


@settings(max_examples=150, deadline=None)
@given(NOTES, st.sampled_from(["fr", "en"]))
def test_spans_are_exact_sorted_and_disjoint(note, language):
    found = find_identifiers(note, language)
    assert all(note[one.start : one.end] == one.text and one.text for one in found)
    assert all(left.end <= right.start for left, right in pairwise(found))


@settings(max_examples=150, deadline=None)
@given(NOTES, st.sampled_from(["fr", "en"]))
def test_redacting_twice_changes_nothing_more(note, language):
    once = redact(note, language)
    assert redact(once, language) == once


def test_a_name_found_once_is_hidden_everywhere_but_in_an_eponym():
    note = "M. Parkinson, 60 ans. PARKINSON dort. La maladie de Parkinson progresse."
    assert redact(note, "fr") == "M. [NOM], 60 ans. [NOM] dort. La maladie de Parkinson progresse."


def test_the_year_of_a_date_stays_unless_it_tells_an_age_above_89():
    assert redact("né le 02/01/1978, opéré le 02/01/1930", "fr") == "né le [DATE 1978], opéré le [DATE 1930]"
    assert redact("née le 2 janvier 1930", "fr") == "née le [90 ANS ET PLUS]"
    assert redact("DOB: 01/02/1930", "en") == "DOB: [90 ANS ET PLUS]"


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_composed_and_combining_accents_are_read_alike(form):
    note = unicodedata.normalize(form, "Mme Lévêque-Bœuf, née le 3 février 1980, est là.")
    assert redact(note, "fr") == unicodedata.normalize(form, "Mme [NOM], née le [DATE 1980], est là.")


@pytest.mark.parametrize(
    "note",
    [
        "Tél : 06\u00a012\u202f34\u200956 78.",
        "Tél : 06\n12 34 56 78.",
        "Tél : 06‑12‑34‑56‑78.",
        "Tél : 06 12\u200b 34 56\u00ad 78.",
    ],
)
def test_typographic_spaces_hyphens_and_line_breaks_hide_nothing(note):
    assert redact(note, "fr") == "Tél : [TÉLÉPHONE]."


def test_a_name_and_a_date_may_be_broken_over_lines():
    assert redact("Le Dr\nLefèvre, le 12\nmars 2019.", "fr") == "Le Dr\n[NOM], le [DATE 2019]."


def test_overlapping_rules_leave_nothing_between_them():
    (one,) = find_identifiers("12 rue Élodie Kerbrat, 69002 Lyon", "fr")
    assert (one.start, one.end, one.letter) == (0, 33, "B")


def test_a_month_with_a_short_year_is_a_date():
    assert redact("opéré en 9/93, TA à 9/93", "fr") == "opéré en [DATE], TA à 9/93"
    assert redact("seen from 9/93 on, BP of 9/93", "en") == "seen from [DATE] on, BP of 9/93"


def test_digits_misread_as_letters_are_read_as_digits():
    assert (
        redact("Voisin : O6 l2 OO 56 78. Pansement le l8/O5/2Ol9.", "fr")
        == "Voisin : [TÉLÉPHONE]. Pansement le [DATE 2019]."
    )
    assert (
        redact("Il marche 10 l/min, O2 3 l/min, stade II 12.", "fr") == "Il marche 10 l/min, O2 3 l/min, stade II 12."
    )


def test_a_card_number_needs_its_first_digit_or_its_luhn_key():
    assert passes_luhn("4970 1012 3456 7893") and not passes_luhn("4970 1012 3456 7894")
    assert redact("payé 2221 0000 0000 0009", "fr") == "payé [COMPTE]"  # exemple de Mastercard, clé juste
    assert redact("payé 2221 0000 0000 0008", "fr") == "payé 2221 0000 0000 0008"


def test_a_chain_of_dates_does_not_cost_a_quadratic_time():
    start = time.process_time()
    find_identifiers("11." * 10_000, "fr")
    assert time.process_time() - start < 10


def test_an_empty_note_and_a_note_without_identifier():
    assert find_identifiers("", "fr") == [] and redact("Rien à signaler.", "fr") == "Rien à signaler."


def test_an_unknown_language_and_a_huge_text_are_refused():
    with pytest.raises(ValueError, match="« de » n'a pas de règles"):
        find_identifiers("Herr Müller", "de")
    with pytest.raises(ValueError, match=r"limite est de 2000000.*Découpez"):
        redact("a" * (MAX_CHARS + 1), "fr")


HOSTILE = [
    "a",
    "Aa ",
    "1",
    "12 ",
    "1/",
    "Mme ",
    "a@b.",
    "A.",
    "rue de la ",
    "IPP1234567890123456789012345678901",
    "-",
    "\n",
    "11.",
    "l1.",
    "A ",
    "O1 ",
    "A1-",
    "4970 ",
]


@pytest.mark.parametrize("piece", HOSTILE)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_time_grows_like_the_text(piece, language):
    """Quatre fois plus de texte hostile coûte environ quatre fois plus, et non seize."""

    def seconds(size):
        start = time.process_time()
        find_identifiers(piece * (size // len(piece)), language)
        return time.process_time() - start

    seconds(2_000)  # les motifs se compilent
    small = min(seconds(20_000) for _ in range(3))
    assert seconds(80_000) < max(9 * small, 0.5)


@pytest.mark.parametrize("piece", ["a", "1", "la toux persiste ; "])
def test_a_megabyte_ends(piece):
    start = time.process_time()
    assert find_identifiers(piece * (1_000_000 // len(piece)), "fr") == []
    assert time.process_time() - start < 30


def real_texts(name):
    folder = os.environ.get("COURS_DONNEES")
    if not folder or not Path(folder, name).exists():
        pytest.skip("COURS_DONNEES ne donne pas ces textes réels")
    return Path(folder, name)


def test_real_french_notes_stay_readable():
    """Sur de vrais cas cliniques, déjà sans nom, le nettoyage doit rester rare : moins d'un mot sur deux cents."""
    with gzip.open(real_texts("textes-fr/e3c_fr_clinique.jsonl.gz"), "rt", encoding="utf-8") as file:
        texts = [json.loads(line)["text"] for line in list(file)[:150]]
    hidden = sum(len(one.text.split()) for text in texts for one in find_identifiers(text, "fr"))
    assert 0 < hidden < sum(len(text.split()) for text in texts) / 200


def test_real_english_notes_stay_readable():
    path = real_texts("mts-dialog/MTS-Dialog-ValidationSet.csv")
    with path.open(encoding="utf-8") as file:
        texts = [row["section_text"] for row in csv.DictReader(file)]
    hidden = sum(len(one.text.split()) for text in texts for one in find_identifiers(text, "en"))
    assert 0 < hidden < sum(len(text.split()) for text in texts) / 50
