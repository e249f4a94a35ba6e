"""Leçon 2 : les mauvaises réponses qu'un message attend, chacune écrite comme l'apprenant l'écrirait."""

import hashlib
import hmac
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

import numpy as np
from pydicom.uid import UID_dictionary

from common.data import dicom
from common.privacy import dicom as deidentification


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


def only_clipped(values, center, width):
    return np.clip(values, center - 0.5 - (width - 1) / 2, center - 0.5 + (width - 1) / 2)


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


def only_normal(dataset):
    return np.cross(*_axes(dataset))


def distance(dataset):
    return float(np.linalg.norm(dataset.ImagePositionPatient))


def absolute(dataset):
    return abs(dicom.slice_position(dataset))


def unsummed(dataset):
    return np.cross(*_axes(dataset)) * np.array(dataset.ImagePositionPatient, dtype=float)


def _texts(data, encodings=("utf-8", "latin-1")) -> list[str]:
    return [data.decode(encoding, errors="replace") for encoding in encodings]


def case_sensitive(words, data):
    return [word for word in words if any(word in text for text in _texts(data))]


def lowered_words_only(words, data):
    return [word for word in words if any(word.lower() in text for text in _texts(data))]


def lowered_data_only(words, data):
    return [word for word in words if any(word in text.lower() for text in _texts(data))]


def in_encodings(*encodings: str) -> Callable:
    """Fabrique une recherche qui ne lit les octets que dans ces codages."""

    def wrong(words, data):
        return [word for word in words if any(word.lower() in text.lower() for text in _texts(data, encodings))]

    return wrong


def bytes_lower(words, data):
    encodings = ("utf-8", "latin-1")
    return [w for w in words if any(w.lower().encode(encoding) in data.lower() for encoding in encodings)]


def unreadable(words, data):
    return [word for word in words if word not in deidentification.readable_words(words, data)]


def first_word(words, data):
    return deidentification.readable_words(words, data)[:1]


def booleans(words, data):
    return [word in deidentification.readable_words(words, data) for word in words]


def count(words, data):
    return len(deidentification.readable_words(words, data))


def sorted_words(words, data):
    return sorted(deidentification.readable_words(words, data))


def _digest(uid, key) -> bytes:
    return hmac.new(key, uid.encode(), hashlib.sha256).digest()


def without_key(uid, key):
    return uid if uid in UID_dictionary else f"2.25.{int.from_bytes(hashlib.sha256(uid.encode()).digest()[:16])}"


def key_glued(uid, key):
    digest = hashlib.sha256(key + uid.encode()).digest()
    return uid if uid in UID_dictionary else f"2.25.{int.from_bytes(digest[:16])}"


def at_random(uid, key):
    return uid if uid in UID_dictionary else f"2.25.{uuid4().int}"


def same_uid(uid, key):
    return uid


def constant(uid, key):
    return uid if uid in UID_dictionary else f"2.25.{int.from_bytes(_digest('', key)[:16])}"


def remaps_standard(uid, key):
    return f"2.25.{int.from_bytes(_digest(uid, key)[:16])}"


def hexadecimal(uid, key):
    return uid if uid in UID_dictionary else f"2.25.{_digest(uid, key)[:16].hex()}"


def without_prefix(uid, key):
    return uid if uid in UID_dictionary else str(int.from_bytes(_digest(uid, key)[:16]))


def too_long(uid, key):
    return uid if uid in UID_dictionary else f"2.25.{int.from_bytes(_digest(uid, key))}"


def _moved(value, days) -> datetime:
    return datetime.strptime(value[:8], "%Y%m%d") + timedelta(days=days)


def backwards(value, days):
    return deidentification.shift_date(value, -days)


def without_clock(value, days):
    return deidentification.shift_date(value[:8], days)


def unmoved(value, days):
    return value


def as_integer(value, days):
    return str(int(value[:8]) + days) + value[8:]


def whole_years(value, days):
    return str(int(value[:4]) + days // 365) + value[4:]


def shifted(factor: int) -> Callable:
    """Fabrique un décalage de `factor` fois trop de jours."""

    def wrong(value, days):
        return deidentification.shift_date(value, factor * days)

    return wrong


def as_datetime(value, days):
    return _moved(value, days)


def with_format(form: str) -> Callable:
    """Fabrique un décalage écrit dans un autre format."""

    def wrong(value, days):
        return _moved(value, days).strftime(form) + value[8:]

    return wrong
