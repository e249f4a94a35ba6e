"""Leçon 2 : les mauvaises réponses qu'un message attend, chacune écrite comme l'apprenant l'écrirait."""

from collections.abc import Callable

import numpy as np

from common.data import dicom


def _parts(dataset) -> tuple[np.ndarray, float, float]:
    return dataset.pixel_array.astype(float), float(dataset.RescaleSlope), float(dataset.RescaleIntercept)


def _outside(dataset) -> np.ndarray:
    return dataset.pixel_array == dataset.get("PixelPaddingValue")


def stored_values(dataset):
    return dataset.pixel_array


def hounsfield_of(convert: Callable) -> Callable:
    """Fabrique une conversion où `convert(valeurs, pente, ordonnée)` remplace la formule."""

    def wrong(dataset):
        return np.where(_outside(dataset), -1000, convert(*_parts(dataset)))

    return wrong


def without_padding(dataset):
    stored, slope, intercept = _parts(dataset)
    return stored * slope + intercept


def padding_after(dataset):
    values = without_padding(dataset)
    return np.where(values == dataset.get("PixelPaddingValue"), -1000, values)


def padding_to(value: float | None) -> Callable:
    """Fabrique une conversion dont les pixels hors du champ valent `value`, ou la valeur stockée pour None."""

    def wrong(dataset):
        filler = dataset.pixel_array if value is None else value
        return np.where(_outside(dataset), filler, without_padding(dataset))

    return wrong


def padding_before(dataset):
    stored, slope, intercept = _parts(dataset)
    return np.where(_outside(dataset), -1000, stored) * slope + intercept


def where_swapped(dataset):
    return np.where(_outside(dataset), without_padding(dataset), -1000)


def rounded(dataset):
    return dicom.to_hounsfield(dataset).astype(int)


def unclipped(values, center, width):
    return (values - (center - 0.5)) / (width - 1) + 0.5


def window_of(formula: Callable) -> Callable:
    """Fabrique un fenêtrage dont `formula(valeurs, centre, largeur)` remplace la formule."""

    def wrong(values, center, width):
        return np.clip(formula(values, center, width), 0, 1)

    return wrong


def usual_window(values, center, width):
    return np.clip((values - (center - width / 2)) / width, 0, 1)


def inverted(values, center, width):
    return 1 - dicom.window(values, center, width)


def to_255(values, center, width):
    return 255 * dicom.window(values, center, width)


def to_bytes(values, center, width):
    return to_255(values, center, width).astype(np.uint8)


def only_clipped(values, center, width):
    return np.clip(values, center - width / 2, center + width / 2)


def stretched(values, center, width):
    return (values - values.min()) / (values.max() - values.min())


def swapped_window(values, center, width):
    return np.clip((values - (width - 0.5)) / (center - 1) + 0.5, 0, 1)


def only_low(values, center, width):
    return np.maximum(unclipped(values, center, width), 0)


def only_high(values, center, width):
    return np.minimum(unclipped(values, center, width), 1)


def threshold(values, center, width):
    return (values > center - 0.5).astype(float)


def _axes(dataset) -> tuple[np.ndarray, np.ndarray]:
    orientation = np.array(dataset.ImageOrientationPatient, dtype=float)
    return orientation[:3], orientation[3:]


def only_z(dataset):
    return float(dataset.ImagePositionPatient[2])


def instance_number(dataset):
    return int(dataset.InstanceNumber)


def slice_location(dataset):
    return float(dataset.SliceLocation)


def reversed_normal(dataset):
    return -dicom.slice_position(dataset)


def along(axis: int) -> Callable:
    """Fabrique une projection sur la direction des lignes (0) ou des colonnes (1)."""

    def wrong(dataset):
        return float(np.dot(_axes(dataset)[axis], dataset.ImagePositionPatient))

    return wrong


def interleaved(dataset):
    orientation = dataset.ImageOrientationPatient
    return np.dot(np.cross(orientation[::2], orientation[1::2]), dataset.ImagePositionPatient)


def projected(dataset):
    return dicom.slice_position(dataset) * only_normal(dataset)


def only_normal(dataset):
    return np.cross(*_axes(dataset))


def distance(dataset):
    return float(np.linalg.norm(dataset.ImagePositionPatient))


def absolute(dataset):
    return abs(dicom.slice_position(dataset))


def unsummed(dataset):
    return np.cross(*_axes(dataset)) * np.array(dataset.ImagePositionPatient, dtype=float)
