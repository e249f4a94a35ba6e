"""Des identifiants plantés partout, par qui ne lit pas le profil : aucun ne doit rester dans les octets écrits."""

from io import BytesIO

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.datadict import DicomDictionary
from pydicom.dataelem import RawDataElement
from pydicom.tag import Tag
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from bancs.dicom_plantation import Plantation, plant_into, planted_file, reread
from common.data.dicom import DicomError, synthetic_ct
from common.data.dicom.files import LIBRARY
from common.privacy.dicom import deidentify, leftovers, readable_words
from common.privacy.dicom.deidentify import readable_elements
from common.privacy.dicom.replacement import BINARY_NUMBERS, hides_text

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # pydicom signale chaque jeton planté dans un nombre
KEY = bytes(range(32))
FILES = sorted(path for path in LIBRARY.glob("*.dcm"))


def written(dataset) -> bytes:
    buffer = BytesIO()
    dataset.save_as(buffer, enforce_file_format=bool(dataset.get("SOPClassUID")))
    return buffer.getvalue()


def make_writable(dataset):
    """Donne à un fichier sans en-tête la syntaxe qu'on y a lue ; un fichier « deflate » est écrit sans l'être."""
    list(readable_elements(dataset))
    syntax = dataset.file_meta.get("TransferSyntaxUID")
    if syntax is None:
        implicit, little = dataset.original_encoding
        syntax = ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian if little else ExplicitVRBigEndian
    deflated = syntax == DeflatedExplicitVRLittleEndian
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian if deflated else syntax


@pytest.fixture(scope="module")
def planted():
    plants = Plantation()
    return plants, planted_file(plants)


def test_the_search_finds_every_plant_before(planted):
    plants, data = planted
    assert plants.left(data) == {place: len(tokens) for place, tokens in plants.places.items()}
    assert plants.count > 20_000
    assert len(plants.places) > 60


@pytest.mark.parametrize("shift_dates", [False, True])
def test_no_plant_is_left(planted, shift_dates):
    plants, data = planted
    cleaned = written(deidentify(reread(data), KEY, shift_dates=shift_dates))
    assert {place: count for place, count in plants.left(cleaned).items() if count} == {}
    assert "山田".encode() in data
    assert "山田".encode() not in cleaned


def test_no_plant_is_left_when_types_are_implicit(planted):
    plants, data = planted
    dataset = reread(data)
    dataset.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2"
    implicit = written(dataset)
    assert plants.left(implicit)["profondeur 3 PN"] > 0
    assert sum(plants.left(written(deidentify(reread(implicit), KEY))).values()) == 0


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_plant_and_no_name_is_left_in_real_files(path):
    dataset = dcmread(path, force=True)
    original = dcmread(path, force=True)
    plants = Plantation()
    make_writable(dataset)
    plant_into(dataset, plants)
    before = written(dataset)
    assert sum(plants.left(before).values()) == plants.count
    cleaned = written(deidentify(reread(before), KEY))
    assert sum(plants.left(cleaned).values()) == 0
    assert leftovers(original, cleaned) == []


def test_directory_files_are_refused():
    index = LIBRARY / "dicomdirtests" / "DICOMDIR"
    with pytest.raises(DicomError, match="DICOMDIR"):
        deidentify(dcmread(index), KEY)


def test_deflated_output_can_be_searched():
    dataset = dcmread(LIBRARY / "image_dfl.dcm")
    cleaned = deidentify(dataset, KEY)
    assert cleaned.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian
    assert cleaned.PixelData == dataset.PixelData


def test_text_in_a_number_is_removed():
    dataset = synthetic_ct(0)[0]
    text = b"DUPONT HELENE "
    dataset[Tag("SeriesNumber")] = RawDataElement(Tag("SeriesNumber"), "IS", len(text), text, 0, False, True)
    dataset[Tag("SamplesPerPixelUsed")] = RawDataElement(Tag("SamplesPerPixelUsed"), "US", 14, text, 0, False, True)
    assert b"DUPONT" in written(dataset)
    assert b"DUPONT" not in written(deidentify(dataset, KEY))


@pytest.mark.parametrize("implicit", [False, True])
def test_text_in_the_bytes_of_any_number_is_removed(implicit):
    """Un nom de seize lettres dans chaque attribut de nombres binaires du dictionnaire, au format de son type."""
    dataset, text = synthetic_ct(0)[0], b"DUPONTEL HELENE "
    for number, (vr, *_) in DicomDictionary.items():
        vr, tag = vr.split(" or ")[-1], Tag(number)
        if vr in BINARY_NUMBERS and tag.group >= 0x0004 and tag not in dataset:
            dataset[tag] = RawDataElement(tag, vr, len(text), text, 0, False, True)
    if implicit:
        dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    before = written(dataset)
    assert before.count(text) > 1000
    assert text not in written(deidentify(reread(before), KEY))


def test_true_numbers_are_not_a_text():
    measures = np.random.default_rng(0).normal(100, 50, (3000, 2))
    assert not any(hides_text("FD", pair) for pair in measures)
    assert sum(hides_text("FL", triple) for triple in measures.reshape(-1, 3)) <= 2
    for vr, values in (
        ("US", [256, 0, 16]),
        ("US", range(1, 200)),
        ("UL", range(65, 90)),
        ("IS", [1]),
        ("AT", [0x00181063]),
    ):
        assert not hides_text(vr, values)
    name = np.frombuffer(b"DUPONT HELENE\0\0\0", "<u2")
    assert hides_text("US", name) and not hides_text("US", name[:4])


def test_text_after_the_last_pixel_is_cut():
    dataset = synthetic_ct(0)[0]
    pixels = dataset.PixelData
    dataset.PixelData = pixels + b"DUPONT HELENE "
    assert deidentify(dataset, KEY).PixelData == pixels
    assert dataset.PixelData.endswith(b"HELENE ")


def test_leftovers_finds_a_name_that_stays():
    dataset = synthetic_ct(1)[0]
    data = written(dataset)
    assert {"PatientID", "PatientName", "AccessionNumber"} <= set(leftovers(dataset, data))
    assert leftovers(dataset, written(deidentify(dataset, KEY))) == []


def test_leftovers_looks_at_every_value_of_an_attribute():
    dataset = synthetic_ct(0)[0]
    dataset.OperatorsName = ["DURANDEAU^Alice", "LEGRANDIN^Paulin"]
    dataset.OtherPatientIDs = ["DOSSIER11", "DOSSIER22"]
    dataset.PatientBirthName = "BEAUREGARD^Camille=SATOSHI^Kenji"
    for word, keyword in [
        *(("DURANDEAU", "OperatorsName"), ("legrandin", "OperatorsName"), ("PAULIN", "OperatorsName")),
        *(("DOSSIER11", "OtherPatientIDs"), ("DOSSIER22", "OtherPatientIDs")),
        *(("BEAUREGARD", "PatientBirthName"), ("SATOSHI", "PatientBirthName")),
    ]:
        assert leftovers(dataset, b"\xff" + word.encode() + b"\x00") == [keyword]


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
@pytest.mark.parametrize("written_as", ["LEFÈVRE", "Lefèvre", "lefèvre", "LEFèVRE"])
def test_readable_words_ignores_case_even_on_accented_letters(encoding, written_as):
    data = b"\xff\x00" + written_as.encode(encoding) + b"\x00"
    assert readable_words(["Karim", "LEFÈVRE", "lefèvre"], data) == ["LEFÈVRE", "lefèvre"]
    assert readable_words(["LEFEVRE", "LEFÈVRES"], data) == []


def test_readable_words_never_turns_a_foreign_letter_into_a_question_mark():
    assert readable_words(["山田太郎", "Nguyễn"], b"???? nguy?n") == []
    assert readable_words(["山田太郎", "Nguyễn"], "NGUYỄN".encode()) == ["Nguyễn"]
