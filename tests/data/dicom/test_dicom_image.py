"""Fonctions d'image, tenues contre pydicom et contre la formule de la norme."""

import warnings
from contextlib import nullcontext
from copy import deepcopy

import numpy as np
import pytest
from pydicom import Dataset
from pydicom.pixels import apply_modality_lut, apply_windowing

from common.data.dicom import (
    DicomError,
    display,
    library_file,
    read_file,
    slice_position,
    stack_volume,
    synthetic_ct,
    synthetic_radiograph,
    to_hounsfield,
    window,
)
from common.data.dicom.synthetic import phantom


def windowed_by_pydicom(values, center, width):
    dataset = Dataset()
    dataset.WindowCenter, dataset.WindowWidth = center, width
    dataset.PhotometricInterpretation, dataset.BitsStored, dataset.PixelRepresentation = "MONOCHROME2", 12, 0
    return apply_windowing(np.asarray(values), dataset) / 4095


@pytest.mark.parametrize(("center", "width"), [(40, 400), (-600, 1500), (40.5, 2), (0, 100.5), (10, 1)])
def test_window_equals_pydicom(center, width):
    values = np.linspace(-1500, 1500, 3001)
    np.testing.assert_allclose(window(values, center, width), windowed_by_pydicom(values, center, width), atol=1e-12)


def test_window_keeps_the_half_and_the_minus_one():
    np.testing.assert_allclose(window([39.5], 40, 400), [0.5])
    np.testing.assert_allclose(window([39.5 - 199.5, 39.5 + 199.5], 40, 400), [0, 1])
    assert window([39.5 - 199], 40, 400)[0] > 0
    with pytest.raises(ValueError, match="au moins 1"):
        window([0], 40, 0)


def test_hounsfield_equals_pydicom_outside_the_padding():
    dataset = read_file(library_file("CT_small.dcm"))
    hounsfield, stored = to_hounsfield(dataset), dataset.pixel_array
    inside = stored != dataset.PixelPaddingValue
    np.testing.assert_allclose(hounsfield[inside], apply_modality_lut(stored, dataset)[inside])
    assert np.all(hounsfield[~inside] == -1000)


def test_hounsfield_reads_slope_padding_and_sign():
    dataset = synthetic_ct(0)[0]
    stored = dataset.pixel_array
    assert stored.min() == -2000
    assert to_hounsfield(dataset).min() > -1100
    dataset.RescaleSlope = 2
    inside = stored != -2000
    np.testing.assert_array_equal(to_hounsfield(dataset)[inside], 2.0 * stored[inside] - 1024)
    dataset.PixelPaddingRangeLimit = -1000
    np.testing.assert_array_equal(to_hounsfield(dataset) == -1000, (stored <= -1000) | (2 * stored - 1024 == -1000))


def test_image_functions_say_what_is_missing():
    with pytest.raises(DicomError, match="n'a pas d'image"):
        report = read_file(library_file("reportsi.dcm"))
        report.RescaleSlope, report.RescaleIntercept = 1, 0
        to_hounsfield(report)
    with pytest.raises(DicomError, match="RescaleSlope"):
        to_hounsfield(read_file(library_file("MR_small.dcm")))
    with pytest.raises(DicomError, match="niveaux de gris"):
        display(read_file(library_file("SC_rgb_small_odd.dcm")))
    with pytest.raises(DicomError, match="position"):
        slice_position(synthetic_radiograph(0))


def test_display_inverts_monochrome1():
    dark, light = (synthetic_radiograph(3, photometric=name) for name in ("MONOCHROME1", "MONOCHROME2"))
    assert not np.array_equal(dark.pixel_array, light.pixel_array)
    np.testing.assert_allclose(display(dark), display(light), atol=1e-12)
    assert display(light)[128, 128] > display(light)[128, 80]  # la colonne est claire, le poumon sombre


def test_display_uses_the_first_window_of_the_file():
    dataset = synthetic_ct(0)[0]
    dataset.WindowCenter, dataset.WindowWidth = [-600, 40], [1500, 400]
    stored = dataset.pixel_array * 1.0 - 1024
    np.testing.assert_allclose(display(dataset), window(stored, -600, 1500))


def test_volume_is_the_phantom_whatever_the_order():
    slices, body = synthetic_ct(1), phantom(1)
    positions = [slice_position(dataset) for dataset in slices]
    assert positions != sorted(positions)
    volume = stack_volume(slices)
    assert volume.spacing == (10.0, 2.8, 2.8)
    expected = np.where(body.outside, -1000, np.round(body.values))
    np.testing.assert_array_equal(volume.values, expected)
    np.testing.assert_array_equal(stack_volume(slices[::-1]).values, expected)


def test_tilted_stack_is_sorted_along_its_normal():
    slices = synthetic_ct(0)
    angle = np.radians(100)  # coupes presque coronales : z n'ordonne plus
    for dataset in slices:
        place = slice_position(dataset)
        dataset.ImageOrientationPatient = [1, 0, 0, 0, np.cos(angle), np.sin(angle)]
        dataset.ImagePositionPatient = [0, -np.sin(angle) * place, np.cos(angle) * place]
    heights = [float(dataset.ImagePositionPatient[2]) for dataset in sorted(slices, key=slice_position)]
    assert heights == sorted(heights, reverse=True)
    np.testing.assert_allclose(stack_volume(slices).spacing, (10.0, 2.8, 2.8))


def test_whole_range_leaves_the_padding_out():
    """Sans fenêtre dans le fichier, −2000 hors du champ ne doit pas éclaircir toute l'image."""
    dataset = synthetic_ct(0)[0]
    del dataset.WindowCenter, dataset.WindowWidth
    inside = dataset.pixel_array != -2000
    gray, values = display(dataset), to_hounsfield(dataset)
    assert gray[inside].min() == 0 and gray[inside].max() == 1
    lowest, highest = values[inside].min(), values[inside].max()
    np.testing.assert_allclose(gray[inside], (values[inside] - lowest) / (highest - lowest))


def test_spacing_is_rows_then_columns():
    slices = synthetic_ct(0)
    for dataset in slices:
        dataset.PixelSpacing = [3.5, 1.25]
    assert stack_volume(slices).spacing == (10.0, 3.5, 1.25)


def test_the_place_of_the_fault_is_told():
    slices = sorted(synthetic_ct(0), key=slice_position)
    fifth = slice_position(slices[5])
    with pytest.raises(DicomError, match=rf"même position \({fifth:.1f} mm\)"):
        stack_volume([*slices, deepcopy(slices[5])])
    with pytest.raises(DicomError, match=rf"après la position {fifth:.1f} mm \(écart de 20.0 mm au lieu de 10.0\)"):
        stack_volume(slices[:6] + slices[7:])


@pytest.mark.parametrize(("gap", "refused"), [(14.0, False), (16.0, True)])
def test_a_gap_over_one_and_a_half_median_is_a_missing_slice(gap, refused):
    slices = sorted(synthetic_ct(0), key=slice_position)
    for dataset in slices[12:]:
        x, y, z = dataset.ImagePositionPatient
        dataset.ImagePositionPatient = [x, y, z + gap - 10]
    with pytest.raises(DicomError, match="manque") if refused else nullcontext():
        stack_volume(slices)


def test_incomplete_or_mixed_stack_is_refused():
    slices = sorted(synthetic_ct(0), key=slice_position)
    for bad, message in [
        (slices[:5] + slices[6:], "manque au moins une coupe"),
        ([*slices, deepcopy(slices[3])], "doublon"),
        (slices[:1], "au moins deux"),
        (slices[:-1] + synthetic_ct(1)[:1], "SeriesInstanceUID"),
    ]:
        with pytest.raises(DicomError, match=message):
            stack_volume(bad)
    slices[0].ImageOrientationPatient = [0, 1, 0, 0, 0, -1]
    with pytest.raises(DicomError, match="orientation"):
        stack_volume(slices)


def test_phantom_has_the_values_of_its_tissues():
    body = phantom(2)
    assert abs(body.values[body.nodule].mean() - 40) < 5
    assert abs(np.median(body.values[body.values < -900]) + 1000) < 5
    assert 500 < body.nodule.sum() * 10 * 2.8 * 2.8 < 4 / 3 * np.pi * 12**3 * 1.3


@pytest.mark.parametrize("seed", [0, 7])
def test_synthetic_files_are_valid_synthetic_and_reproducible(tmp_path, seed):
    for name, make in (("ct", lambda: synthetic_ct(seed)[0]), ("cr", lambda: synthetic_radiograph(seed))):
        dataset, again = make(), make()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            dataset.save_as(tmp_path / name, enforce_file_format=True)
        again.save_as(tmp_path / f"{name}2", enforce_file_format=True)
        assert (tmp_path / name).read_bytes() == (tmp_path / f"{name}2").read_bytes()
        assert read_file(tmp_path / name) == dataset
        assert "synthétiques" in dataset.StudyDescription


def test_burned_in_changes_pixels_and_is_declared():
    plain, written = synthetic_radiograph(0), synthetic_radiograph(0, burned_in=True)
    assert written.BurnedInAnnotation == "YES"
    assert "BurnedInAnnotation" not in plain
    changed = plain.pixel_array != written.pixel_array
    assert 100 < changed.sum() < 5000
    with pytest.raises(ValueError, match="MONOCHROME2"):
        synthetic_radiograph(0, photometric="RGB")
