"""Lecture gardée : ce qui n'est pas un fichier DICOM sain est refusé, en français, avec la raison."""

import tracemalloc
import zlib

import pytest
from pydicom import dcmread
from pydicom.filereader import read_file_meta_info
from pydicom.uid import DeflatedExplicitVRLittleEndian

from common.data.dicom import DicomError, library_file, read_file, synthetic_ct
from common.data.dicom.files import LIBRARY, pixel_bytes

UNREADABLE = {
    *("ExplVR_BigEndNoMeta.dcm", "ExplVR_LitEndNoMeta.dcm", "no_meta.dcm", "rtstruct.dcm"),  # pas de « DICM »
    *("MR_truncated.dcm", "rtplan_truncated.dcm", "badVR.dcm"),
}


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "coupe.dcm"
    synthetic_ct(0)[0].save_as(path, enforce_file_format=True)
    return path


@pytest.mark.parametrize("path", sorted(LIBRARY.glob("*.dcm")), ids=lambda path: path.name)
def test_every_bundled_file_is_read_or_refused_clearly(path):
    if path.name in UNREADABLE:
        with pytest.raises(DicomError, match=r"DICM|tronqué|jusqu'au bout"):
            read_file(path)
    else:
        assert len(read_file(path))


def test_library_file_is_local_and_never_downloaded(monkeypatch):
    monkeypatch.setattr("pydicom.data.download.download_with_progress", lambda *_: pytest.fail("téléchargement"))
    assert library_file("CT_small.dcm").is_file()
    with pytest.raises(FileNotFoundError, match=r"CT_small\.dcm"):
        library_file("CT_smal.dcm")
    for name in ("693_UNCI.dcm", "../hashes.json", "/etc/hostname"):  # le premier, pydicom irait le chercher
        with pytest.raises(FileNotFoundError, match="ne télécharge rien"):
            library_file(name)


def test_missing_file_folder_and_text_are_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="n'existe pas"):
        read_file(tmp_path / "absent.dcm")
    with pytest.raises(FileNotFoundError, match="n'est pas un fichier"):
        read_file(tmp_path)
    (tmp_path / "texte.dcm").write_text("bonjour", encoding="utf-8")
    with pytest.raises(DicomError, match="n'est pas un fichier DICOM"):
        read_file(tmp_path / "texte.dcm")


@pytest.mark.parametrize("kept", [0.3, 0.7, 0.99])
def test_truncated_file_is_refused(saved, kept):
    data = saved.read_bytes()
    saved.write_bytes(data[: int(len(data) * kept)])
    with pytest.raises(DicomError, match="tronqué"):
        read_file(saved)


def test_image_shorter_than_announced_is_refused(tmp_path):
    dataset = synthetic_ct(0)[0]
    dataset.PixelData = dataset.PixelData[:-2]
    dataset.save_as(tmp_path / "court.dcm", enforce_file_format=True)
    with pytest.raises(DicomError, match="tronqué"):
        read_file(tmp_path / "court.dcm")


def test_file_over_the_limit_is_refused_before_reading(saved):
    with pytest.raises(DicomError, match="limite"):
        read_file(saved, max_bytes=saved.stat().st_size - 1)
    assert read_file(saved, max_bytes=saved.stat().st_size).Rows == 128


def test_announced_pixels_over_the_limit_are_refused(tmp_path):
    dataset = synthetic_ct(0)[0]
    dataset.NumberOfFrames = 10**6
    dataset.save_as(tmp_path / "bombe.dcm", enforce_file_format=True)
    with pytest.raises(DicomError, match="en mémoire"):
        read_file(tmp_path / "bombe.dcm")


@pytest.fixture
def deflated(tmp_path):
    """Le chemin d'un fichier « deflate », les octets de son en-tête, et ceux de son contenu."""
    dataset, path = synthetic_ct(1)[0], tmp_path / "deflate.dcm"
    dataset.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    dataset.save_as(path, enforce_file_format=True)
    start = 128 + 4 + 12 + read_file_meta_info(path).FileMetaInformationGroupLength
    data = path.read_bytes()
    return path, data[:start], data[start:]


def pack(data):
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


def test_honest_deflated_is_read_as_pydicom_reads_it(deflated):
    for path in (deflated[0], library_file("image_dfl.dcm")):
        ours, theirs = read_file(path), dcmread(path)
        assert ours == theirs
        assert (ours.file_meta, ours.preamble, ours.filename) == (theirs.file_meta, theirs.preamble, theirs.filename)
        assert ours.original_encoding == theirs.original_encoding


def test_deflated_bomb_is_refused(deflated):
    path, header, _ = deflated
    path.write_bytes(header + pack(bytes(2**25)))
    tracemalloc.start()
    with pytest.raises(DicomError, match="limite"):
        read_file(path, max_bytes=2**21)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**24


def test_deflated_bomb_behind_a_false_header_length_is_never_inflated(deflated, monkeypatch):
    """pydicom ignore la longueur d'en-tête annoncée : à cette place, un leurre honnête ; à la vraie, la bombe."""
    path, header, content = deflated
    decoy = len(content).to_bytes(2, "little") + (65535 - len(content)).to_bytes(2, "little") + content
    at = header.index(b"\x02\x00\x00\x00UL\x04\x00") + 8
    longer = int.from_bytes(header[at : at + 4], "little") + 5
    header = header[:at] + longer.to_bytes(4, "little") + header[at + 4 :]
    path.write_bytes(header + b"\0" + decoy + pack(bytes(2**22)))
    monkeypatch.setattr(zlib, "decompress", lambda *_: pytest.fail("décompression sans limite"))
    assert read_file(path, max_bytes=2**21).Rows == 128


@pytest.mark.parametrize("name", ["CT_small.dcm", "SC_rgb_small_odd.dcm", "liver_1frame.dcm", "rtdose.dcm"])
def test_pixel_bytes_matches_the_file(name):
    dataset = read_file(library_file(name))
    assert 0 <= len(dataset.PixelData) - pixel_bytes(dataset) <= 1
