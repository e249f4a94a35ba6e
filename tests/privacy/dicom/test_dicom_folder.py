"""Un dossier : rien d'écrasé, rien de perdu, rien de suspect écrit en silence ; et les pixels suspects."""

import os
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import JPEGBaseline8Bit

from common.data.dicom import library_file, read_file, synthetic_ct, synthetic_radiograph
from common.data.dicom.radiograph import draw_text
from common.privacy.dicom import aligned_letters, burned_in_suspicions, deidentify, deidentify_folder, revealing_tags
from common.privacy.dicom.folder import walk_files

KEY = bytes(range(32))


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "source"
    (folder / "DUPONT_Helene").mkdir(parents=True)
    for index, dataset in enumerate(synthetic_ct(1)[:3]):
        dataset.save_as(folder / "DUPONT_Helene" / f"coupe{index}.dcm", enforce_file_format=True)
    synthetic_radiograph(1, burned_in=True).save_as(folder / "face.dcm", enforce_file_format=True)
    (folder / "abime.dcm").write_bytes((folder / "face.dcm").read_bytes()[:5000])
    (folder / "lisezmoi.txt").write_text("rien", encoding="utf-8")
    return folder


def snapshot(folder):
    return {path: path.read_bytes() for path in walk_files(folder)}


def test_every_file_is_accounted_for_and_the_source_is_intact(source, tmp_path):
    before = snapshot(source)
    report = deidentify_folder(source, tmp_path / "cible", KEY)
    assert snapshot(source) == before
    assert set(report.written) == {f"DUPONT_Helene/coupe{index}.dcm" for index in range(3)}
    assert set(report.to_check) == {"face.dcm"}
    assert set(report.refused) == {"abime.dcm", "lisezmoi.txt"}
    assert "3 écrit(s), 1 à vérifier à la main, 2 refusé(s)" in str(report)
    written = sorted(path.name for path in (tmp_path / "cible").iterdir())
    assert written == sorted(report.written.values())
    assert not any("DUPONT" in name for name in written)
    for path in (tmp_path / "cible").iterdir():
        assert read_file(path).SOPInstanceUID == path.stem
        assert b"DUPONT" not in path.read_bytes().upper()


def test_checked_file_is_written(source, tmp_path):
    report = deidentify_folder(source, tmp_path / "cible", KEY, checked={"face.dcm"})
    assert "face.dcm" in report.written
    assert report.to_check == {}


def test_nothing_is_overwritten(source, tmp_path):
    target = tmp_path / "cible"
    deidentify_folder(source, target, KEY)
    before = snapshot(target)
    with pytest.raises(ValueError, match="rien n'est écrasé"):
        deidentify_folder(source, target, KEY)
    assert snapshot(target) == before
    for bad in (source, source / "dedans", source.parent):
        with pytest.raises(ValueError, match="contiennent"):
            deidentify_folder(source, bad, KEY)
    with pytest.raises(NotADirectoryError):
        deidentify_folder(source / "face.dcm", tmp_path / "autre", KEY)


def test_second_file_with_the_same_identity_is_refused_not_lost(source, tmp_path):
    data = (source / "DUPONT_Helene" / "coupe0.dcm").read_bytes()
    (source / "zz_copie.dcm").write_bytes(data)
    report = deidentify_folder(source, tmp_path / "cible", KEY)
    assert "zz_copie.dcm" in report.written  # un dossier passe avant ses sous-dossiers
    assert "même SOPInstanceUID" in report.refused["DUPONT_Helene/coupe0.dcm"]
    assert len(report.written) == 3


@pytest.mark.skipif(os.name == "nt", reason="un lien demande un droit sous Windows")
def test_links_are_refused(source, tmp_path):
    outside = tmp_path / "ailleurs"
    outside.mkdir()
    (source / "DUPONT_Helene" / "coupe0.dcm").rename(outside / "secret.dcm")
    (source / "lien").symlink_to(outside, target_is_directory=True)
    (source / "lien.dcm").symlink_to(outside / "secret.dcm")
    report = deidentify_folder(source, tmp_path / "cible", KEY)
    assert "lien" in report.refused
    assert "C'est un lien" in report.refused["lien.dcm"]
    assert len(report.written) == 2


@pytest.mark.skipif(os.name == "nt", reason="un lien demande un droit sous Windows")
def test_a_link_is_not_a_new_folder(source, tmp_path):
    (tmp_path / "vide").mkdir()
    (tmp_path / "cible").symlink_to(tmp_path / "vide", target_is_directory=True)
    with pytest.raises(ValueError, match="pas un dossier vide"):
        deidentify_folder(source, tmp_path / "cible", KEY)


def test_a_full_disk_leaves_no_half_file(source, tmp_path, monkeypatch):
    opened = Path.open

    class Full(BytesIO):
        def write(self, data):
            raise OSError(28, "No space left on device")

    def full(path, mode="r", *options, **more):
        if mode != "xb":
            return opened(path, mode, *options, **more)
        path.touch()
        return Full()

    monkeypatch.setattr(Path, "open", full)
    report = deidentify_folder(source, tmp_path / "cible", KEY)
    assert report.written == {} and list((tmp_path / "cible").iterdir()) == []
    assert "No space left" in report.refused["DUPONT_Helene/coupe0.dcm"]


def test_name_still_readable_sets_the_file_aside(source, tmp_path):
    dataset = synthetic_ct(1)[5]
    dataset.add_new("PixelData", "OW", (b"DUPONT" * 6000)[: 2 * 128 * 128])
    dataset.save_as(source / "pixels.dcm", enforce_file_format=True)
    report = deidentify_folder(source, tmp_path / "cible", KEY, checked={"pixels.dcm"})
    assert "encore lisible" in report.to_check["pixels.dcm"][0]


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
def test_letters_are_seen_with_and_without_the_tag(photometric):
    for seed in range(6):
        written = synthetic_radiograph(seed, burned_in=True, photometric=photometric)
        del written.BurnedInAnnotation
        assert any("lettres" in reason for reason in burned_in_suspicions(written))
        assert burned_in_suspicions(synthetic_radiograph(seed, photometric=photometric)) == []


def colored_text(background, ink):
    """Une image en couleurs, de fond uni, où « DUPONT HELENE » est écrit d'une autre couleur."""
    mask = draw_text(np.zeros((128, 256), np.uint16), "DUPONT HELENE", np.random.default_rng(0)) > 0
    dataset = synthetic_radiograph(0)
    dataset.Rows, dataset.Columns = mask.shape
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 8, 8, 7
    dataset.SamplesPerPixel, dataset.PlanarConfiguration, dataset.PhotometricInterpretation = 3, 0, "RGB"
    dataset.PixelData = np.where(mask[..., None], np.uint8(ink), np.uint8(background)).tobytes()
    return dataset


RED, GREEN, WHITE, BLACK = (255, 0, 0), (0, 255, 0), (255, 255, 255), (0, 0, 0)


@pytest.mark.parametrize(("background", "ink"), [(WHITE, RED), (BLACK, RED), (RED, GREEN), (BLACK, WHITE)])
def test_letters_are_seen_in_any_color(background, ink):
    assert any("lettres" in reason for reason in burned_in_suspicions(colored_text(background, ink)))
    assert burned_in_suspicions(colored_text(background, background)) == []


@pytest.mark.parametrize("place", [0, 1, 2])
def test_letters_are_seen_in_any_frame(place):
    frames = [synthetic_radiograph(3).PixelData] * 3
    frames[place] = synthetic_radiograph(3, burned_in=True).PixelData
    dataset = synthetic_radiograph(3)
    dataset.NumberOfFrames, dataset.PixelData = 3, b"".join(frames)
    assert any("lettres" in reason for reason in burned_in_suspicions(dataset))


@pytest.mark.parametrize("shift", [0, 1500])
def test_letters_are_seen_anywhere_in_a_large_image(shift):
    large = np.zeros((2048, 2048), np.uint16)
    text = draw_text(large[:512, :512], "DUPONT HELENE", np.random.default_rng(0), sizes=(40, 40))
    large[shift : shift + 512, shift : shift + 512] = text
    assert aligned_letters(large) >= 5


def test_letters_need_a_line():
    flat, dots = np.zeros((64, 64)), np.zeros((128, 128))
    assert aligned_letters(flat) == 0
    for step in range(8):
        dots[10 + 12 * step : 18 + 12 * step, 10 + 12 * step : 13 + 12 * step] = 1  # en diagonale
    assert aligned_letters(dots) <= 1
    line = np.zeros((128, 128))
    for step in range(8):
        line[50:58, 10 + 12 * step : 13 + 12 * step] = 1
    assert aligned_letters(line) == aligned_letters(1 - line) == 8


def test_attributes_raise_suspicion():
    dataset = synthetic_radiograph(0)
    for change, word in [
        ({"BurnedInAnnotation": "YES"}, "déclare"),
        ({"Modality": "US"}, "échographie"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7"}, "capture secondaire"),
        ({"ImageType": ["DERIVED", "SECONDARY"]}, "dérivée"),
    ]:
        changed = synthetic_radiograph(0)
        for keyword, value in change.items():
            setattr(changed, keyword, value)
        assert any(word in reason for reason in burned_in_suspicions(changed))
    dataset.BurnedInAnnotation = "NO"
    assert burned_in_suspicions(dataset) == []
    assert burned_in_suspicions(read_file(library_file("reportsi.dcm"))) == []
    unread = read_file(library_file("MR_small_jpeg_ls_lossless.dcm"))
    assert any("illisible" in reason for reason in burned_in_suspicions(unread))


@pytest.mark.parametrize("comment", [b"", b"DUPONT Helene"])
def test_jpeg_comment_is_seen(comment):
    buffer = BytesIO()
    Image.fromarray(np.zeros((64, 64), np.uint8)).save(buffer, "JPEG", comment=comment)
    dataset = synthetic_radiograph(0)
    dataset.Rows = dataset.Columns = 64
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 8, 8, 7
    dataset.PixelData = encapsulate([buffer.getvalue()])
    dataset["PixelData"].is_undefined_length = True
    dataset.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    assert any("commentaire" in reason for reason in burned_in_suspicions(dataset)) == bool(comment)


def test_a_plane_in_the_high_bits_is_seen():
    dataset = synthetic_radiograph(0)
    dataset.add_new(0x60020102, "US", 12)
    assert any("calque" in reason for reason in burned_in_suspicions(dataset))


@pytest.mark.parametrize("marker", [b"\xff\xfe", b"\xff\xe1"])  # commentaire, Exif
def test_jpeg_ls_comment_is_seen(marker):
    dataset = read_file(library_file("MR_small_jpeg_ls_lossless.dcm"))
    assert not any("commentaire" in reason for reason in burned_in_suspicions(dataset))
    (frame,) = generate_frames(dataset.PixelData, number_of_frames=1)
    dataset.PixelData = encapsulate([frame[:2] + marker + b"\x00\x08DUPONT" + frame[2:]])
    assert any("commentaire" in reason for reason in burned_in_suspicions(dataset))


def test_revealing_tags_names_what_betrays_and_why():
    dataset = synthetic_ct(0)[0]
    found = revealing_tags(dataset).set_index("keyword")
    assert "MARTIN" in found.loc["PatientName", "value"]
    assert "personne" in found.loc["PatientName", "why"]
    assert "agenda" in found.loc["StudyDate", "why"]
    assert "lieu" in found.loc["InstitutionName", "why"]
    assert "décrit le patient" in found.loc["PatientAge", "why"]
    dataset.PatientComments = "x" * 500
    assert revealing_tags(dataset)["value"].str.len().max() == 60
    assert found.loc["Manufacturer", "action"] == "hors tableau"
    assert not {"Modality", "Rows", "SOPClassUID", "SpecificCharacterSet"} & set(found.index)
    nested = revealing_tags(read_file(library_file("CT_small.dcm")))
    assert "OtherPatientIDsSequence[0].PatientID" in set(nested["path"])
    assert any("privé" in why for why in nested["why"])
    cleaned = revealing_tags(deidentify(dataset, KEY))
    assert not cleaned["value"].str.contains("MARTIN|2024|Synthèse").any()
