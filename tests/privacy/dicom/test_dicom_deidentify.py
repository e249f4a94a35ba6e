"""Le profil : la table, les relations gardées, les dates, ce qui sert encore, et la validité du fichier écrit."""

import re
from copy import deepcopy
from io import BytesIO

import numpy as np
import pytest
from dicomanonymizer.dicom_anonymization_databases import dicomfields_2026c
from pydicom import Dataset, dcmread
from pydicom.dataelem import DataElement
from pydicom.sequence import Sequence
from pydicom.tag import Tag
from pydicom.uid import UID, CTImageStorage
from pydicom.valuerep import validate_value

from common.data.dicom import (
    DicomError,
    display,
    library_file,
    read_file,
    stack_volume,
    synthetic_ct,
    synthetic_radiograph,
)
from common.data.dicom.files import LIBRARY
from common.privacy.dicom import action_for, deidentify, patient_pseudonym, profile, remap_uid, shift_date, shift_days
from common.privacy.dicom.derive import profile_rows
from common.privacy.dicom.profile import code_meaning, is_defined_term
from common.privacy.dicom.replacement import dummy

KEY, OTHER = bytes(range(32)), bytes(range(1, 33))
TEXT_VRS = ("AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UI", "UR", "UT")


def rewritten(dataset: Dataset) -> Dataset:
    buffer = BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    buffer.seek(0)
    return dcmread(buffer)


def test_profile_is_the_table_of_dicom_anonymizer():
    assert profile().to_numpy().tolist() == list(profile_rows(dicomfields_2026c))
    assert len(profile()) == 655


@pytest.mark.parametrize(
    ("keyword", "action"),  # recopiés à la main du tableau E.1-1, et non de la base
    [
        *(("PatientName", "Z"), ("PatientBirthDate", "Z"), ("PatientAge", "X"), ("PatientSex", "Z")),
        *(("StudyInstanceUID", "U"), ("SOPInstanceUID", "U"), ("FrameOfReferenceUID", "U"), ("StudyDate", "Z")),
        *(("AccessionNumber", "Z"), ("InstitutionName", "X/Z/D"), ("StudyDescription", "X"), ("PatientComments", "X")),
        *(("ContentSequence", "D"), ("ContentDate", "Z/D"), ("AcquisitionDate", "X/Z"), ("ProtocolName", "X/D")),
        *(("ReferencedImageSequence", "X/Z/U*"), ("EncapsulatedDocument", "D"), ("ImageComments", "X")),
        *(("Modality", ""), ("Rows", ""), ("Manufacturer", "")),
    ],
)
def test_known_actions(keyword, action):
    assert action_for(keyword) == action


def test_repeated_groups_and_private_tags():
    assert action_for(0x50020010) == action_for(0x601E3000) == action_for(0x60004000) == action_for(0x00091001) == "X"
    assert action_for(0x60000010) == ""


def test_deidentify_never_changes_its_argument():
    dataset = synthetic_ct(0)[0]
    dataset.RequestAttributesSequence = Sequence([deepcopy(dataset)])
    before = deepcopy(dataset)
    cleaned = deidentify(dataset, KEY)
    cleaned.PixelSpacing[0] = 99
    cleaned.ImageType[0] = "FAUX"
    assert dataset == before
    assert dataset.file_meta == before.file_meta


def test_actions_remove_empty_or_replace():
    cleaned = deidentify(synthetic_ct(0)[0], KEY)
    for keyword in ("PatientAge", "PatientAddress", "StudyDescription", "PatientComments", "SpecificCharacterSet"):
        assert keyword not in cleaned
    for keyword in ("StudyDate", "PatientBirthDate", "AccessionNumber", "ReferringPhysicianName", "PatientSex"):
        assert cleaned[keyword].is_empty
    assert cleaned.InstitutionName == cleaned.Manufacturer == "ANONYME"
    assert cleaned.PatientID == str(cleaned.PatientName) == patient_pseudonym(synthetic_ct(0)[0].PatientID, KEY)


def test_saved_without_any_option_it_is_read_again(tmp_path):
    deidentify(synthetic_ct(0)[0], KEY).save_as(tmp_path / "coupe.dcm")
    assert read_file(tmp_path / "coupe.dcm").PatientIdentityRemoved == "YES"


def test_what_was_done_is_declared():
    plain, shifted = (deidentify(synthetic_ct(0)[0], KEY, shift_dates=value) for value in (False, True))
    assert plain.PatientIdentityRemoved == "YES"
    assert [item.CodeValue for item in plain.DeidentificationMethodCodeSequence] == ["113100"]
    assert [item.CodeValue for item in shifted.DeidentificationMethodCodeSequence] == ["113100", "113107"]
    assert plain.LongitudinalTemporalInformationModified == "REMOVED"
    assert shifted.LongitudinalTemporalInformationModified == "MODIFIED"
    for item in shifted.DeidentificationMethodCodeSequence:
        assert code_meaning("DCM", item.CodeValue) == item.CodeMeaning


def test_uids_keep_their_relations():
    study = [deidentify(dataset, KEY) for dataset in synthetic_ct(0)]
    assert len({dataset.StudyInstanceUID for dataset in study}) == 1
    assert len({dataset.SOPInstanceUID for dataset in study}) == len(study)
    originals = {UID(dataset.SOPInstanceUID) for dataset in synthetic_ct(0)}
    assert originals.isdisjoint(dataset.SOPInstanceUID for dataset in study)
    for dataset in study:
        assert dataset.file_meta.MediaStorageSOPInstanceUID == dataset.SOPInstanceUID
        assert UID(dataset.SOPInstanceUID).is_valid


def test_references_follow_the_same_remapping_in_sequences():
    first, *others = synthetic_ct(0)[:3]
    first.ReferencedImageSequence = Sequence([Dataset(), Dataset()])
    for item, other in zip(first.ReferencedImageSequence, others, strict=True):
        item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = CTImageStorage, other.SOPInstanceUID
        item.ReferencedFrameNumber = 7
    for item, other in zip(deidentify(first, KEY).ReferencedImageSequence, others, strict=True):
        assert item.ReferencedSOPInstanceUID == deidentify(other, KEY).SOPInstanceUID
        assert (item.ReferencedSOPClassUID, item.ReferencedFrameNumber) == (CTImageStorage, 7)


def test_remap_uid_depends_on_the_key_and_spares_the_standard():
    uid = "1.2.826.0.1.3680043.8.498.7"
    assert remap_uid(uid, KEY) == remap_uid(uid, KEY) != remap_uid(uid, OTHER)
    assert re.fullmatch(r"2\.25\.[1-9][0-9]{0,38}", remap_uid(uid, KEY))
    assert remap_uid(CTImageStorage, KEY) == CTImageStorage
    assert remap_uid("", KEY) == ""
    with pytest.raises(ValueError, match="16 octets"):
        remap_uid(uid, b"court")


def test_shifted_dates_keep_every_interval_and_the_time_of_day():
    dataset = synthetic_ct(0)[0]
    dataset.SeriesDate, dataset.AcquisitionDateTime = "20240601", "20240602101501.5+0200"
    dataset.AdmittingDate = "20240510"
    cleaned = deidentify(dataset, KEY, shift_dates=True)
    days = shift_days(dataset.PatientID, KEY)
    for keyword in ("StudyDate", "SeriesDate", "AdmittingDate"):
        assert cleaned[keyword].value == shift_date(dataset[keyword].value, days) != dataset[keyword].value
    assert cleaned.AcquisitionDateTime == shift_date("20240602", days) + "101501.5"
    assert cleaned.StudyTime == dataset.StudyTime
    assert cleaned["PatientBirthDate"].is_empty


def test_shift_is_one_per_patient():
    shifts = {shift_days(f"IPP{number}", KEY) for number in range(200)}
    assert len(shifts) > 180
    assert min(shifts) >= -3650
    assert max(shifts) <= -1
    assert shift_date("20240301", -1) == "20240229"
    assert shift_date("20240301101500-0500", 1) == "20240302101500"
    for bad in ("2024", "DUPONT", "20241301", "20240301DUPONT", "²0240301"):
        with pytest.raises(ValueError, match="n'est pas une date"):
            shift_date(bad, -1)


def test_a_pseudonym_says_nothing_of_the_shift():
    patients = [f"IPP{number}" for number in range(50)]
    guesses = [-1 - int(patient_pseudonym(patient, KEY)[2:], 16) % 3650 for patient in patients]
    assert sum(guess == shift_days(patient, KEY) for guess, patient in zip(guesses, patients, strict=True)) <= 2


def test_impossible_dates_become_dummies_when_shifting():
    dataset = synthetic_ct(0)[0]
    dataset[Tag("StudyDate")] = DataElement("StudyDate", "DA", "DUPONT", already_converted=True)
    dataset.SeriesDate = "00010101"
    cleaned = deidentify(dataset, KEY, shift_dates=True)
    assert cleaned.StudyDate == cleaned.SeriesDate == "19000101"


def test_codes_terms_and_numbers_survive():
    dataset = synthetic_ct(0)[0]
    lung = Dataset()
    lung.CodingSchemeDesignator, lung.CodeValue, lung.CodeMeaning = "SCT", "39607008", "poumon de Mme Dupont"
    dataset.AnatomicRegionSequence = Sequence([lung])
    cleaned = deidentify(dataset, KEY)
    kept = cleaned.AnatomicRegionSequence[0]
    assert (kept.CodingSchemeDesignator, kept.CodeValue, kept.CodeMeaning) == (
        "SCT",
        "39607008",
        "Lung structure (body structure)",
    )
    assert (cleaned.Modality, cleaned.BodyPartExamined, cleaned.RescaleType, cleaned.PatientPosition) == (
        *("CT", "CHEST", "HU", "HFS"),
    )
    assert list(cleaned.ImageType) == ["ORIGINAL", "PRIMARY", "AXIAL"]
    assert cleaned.KVP == 120
    assert is_defined_term("Modality", "CT")
    assert not is_defined_term("Modality", "DUPONT")


def test_binary_is_removed_but_the_palette():
    dataset = synthetic_ct(0)[0]
    dataset.ICCProfile, dataset.RedPaletteColorLookupTableData = b"DUPONT", bytes(range(16))
    cleaned = deidentify(dataset, KEY)
    assert "ICCProfile" not in cleaned
    assert cleaned.RedPaletteColorLookupTableData == bytes(range(16))


def test_volume_and_radiograph_are_unchanged():
    before, after = synthetic_ct(0), [rewritten(deidentify(dataset, KEY)) for dataset in synthetic_ct(0)]
    np.testing.assert_array_equal(stack_volume(before).values, stack_volume(after).values)
    assert stack_volume(before).spacing == stack_volume(after).spacing
    radiograph = synthetic_radiograph(0, photometric="MONOCHROME1")
    np.testing.assert_array_equal(display(radiograph), display(deidentify(radiograph, KEY)))


def test_structured_content_is_reduced_to_one_dummy_item():
    report = dcmread(library_file("test-SR.dcm"))
    assert len(report.ContentSequence) > 1
    content = deidentify(report, KEY).ContentSequence
    assert len(content) == 1
    texts = {str(element.value) for element in content[0].iterall() if element.VR in ("UT", "PN", "LT", "ST")}
    assert texts <= {"ANONYME"}


def test_dates_of_structured_content_are_dummies_even_when_shifting():
    report, item = dcmread(library_file("test-SR.dcm")), Dataset()
    item.DateTime = "20240602101501"
    report.ContentSequence = Sequence([item])
    assert deidentify(report, KEY, shift_dates=True).ContentSequence[0].DateTime == "19000101000000"


@pytest.mark.parametrize("vr", TEXT_VRS)
def test_dummies_are_valid_for_their_type(vr):
    value = remap_uid("1.2.3", KEY) if vr == "UI" else str(dummy(vr))
    validate_value(vr, value, 2)  # 2 : lève sur une valeur non conforme


@pytest.mark.parametrize("path", sorted(LIBRARY.glob("*.dcm")), ids=lambda path: path.name)
def test_images_of_real_files_are_unchanged(path):
    dataset = dcmread(path, force=True)
    cleaned = deidentify(dataset, KEY)
    if "PixelData" not in dataset:
        assert "PixelData" not in cleaned
        return
    if cleaned.get("SOPClassUID"):
        cleaned = rewritten(cleaned)
    expected = dataset.PixelData
    assert cleaned.PixelData in (expected, expected[: len(cleaned.PixelData)])
    for keyword in ("Rows", "Columns", "BitsStored", "PixelRepresentation", "PhotometricInterpretation"):
        assert cleaned.get(keyword) == dataset.get(keyword)


def test_private_transfer_syntax_and_short_key_are_refused():
    dataset = synthetic_ct(0)[0]
    with pytest.raises(ValueError, match="16 octets"):
        deidentify(dataset, b"")
    dataset.file_meta.TransferSyntaxUID = UID("1.2.826.0.1.3680043.9")
    with pytest.raises(DicomError, match="syntaxe de transfert"):
        deidentify(dataset, KEY)
