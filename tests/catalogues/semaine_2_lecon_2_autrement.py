"""Leçon 2, semaine 2 : le juste écrit autrement passe."""

import datetime as dt
import hashlib
import hmac
import uuid

import numpy as np
import pandas as pd
from pydicom.pixels import apply_modality_lut
from pydicom.uid import UID, UID_dictionary


def hounsfield_in_place_of_a_copy(dataset):
    values = dataset.pixel_array.astype(np.float64)
    outside = values == dataset.PixelPaddingValue if "PixelPaddingValue" in dataset else np.zeros(values.shape, bool)
    values = values * float(dataset.RescaleSlope) + float(dataset.RescaleIntercept)
    values[outside] = -1000
    return values


def hounsfield_by_pydicom(dataset):
    values = apply_modality_lut(dataset.pixel_array, dataset)
    return np.where(dataset.pixel_array == dataset.get("PixelPaddingValue", None), -1000.0, values)


def hounsfield_with_loops(dataset):
    rows = []
    for line in dataset.pixel_array.tolist():
        outside = getattr(dataset, "PixelPaddingValue", None)
        rows.append([-1000 if v == outside else v * dataset.RescaleSlope + dataset.RescaleIntercept for v in line])
    return np.array(rows)


def window_as_the_standard_writes_it(values, center, width):
    gray = (values - (center - 0.5)) / (width - 1) + 0.5
    gray = np.where(values <= center - 0.5 - (width - 1) / 2, 0, gray)
    return np.where(values > center - 0.5 + (width - 1) / 2, 1, gray)


def window_between_its_edges(values, center, width):
    low, high = center - 0.5 - (width - 1) / 2, center - 0.5 + (width - 1) / 2
    return np.interp(values, [low, high], [0, 1])


def window_pixel_by_pixel(values, center, width):
    gray = np.empty(values.shape)
    for place, value in np.ndenumerate(values):
        gray[place] = min(1, max(0, (value - (center - 0.5)) / (width - 1) + 0.5))
    return gray


def window_with_minimum(values, center, width):
    return np.minimum(1, np.maximum(0, (values - center + 0.5) / (width - 1) + 0.5))


def position_with_three_products(dataset):
    a, b, c, d, e, f = (float(value) for value in dataset.ImageOrientationPatient)
    x, y, z = dataset.ImagePositionPatient
    return (b * f - c * e) * x + (c * d - a * f) * y + (a * e - b * d) * z


def position_as_determinant(dataset):
    rows, columns = np.reshape(dataset.ImageOrientationPatient, (2, 3))
    return float(np.linalg.det([dataset.ImagePositionPatient, rows, columns]))


def position_in_an_array(dataset):
    x, y = np.reshape(dataset.ImageOrientationPatient, (2, 3))
    return np.array(np.cross(x, y) @ dataset.ImagePositionPatient)


def position_as_sum(dataset):
    rows, columns = np.split(np.array(dataset.ImageOrientationPatient), 2)
    return (np.cross(rows, columns) * np.array(dataset.ImagePositionPatient)).sum()


def words_with_a_loop(words, data):
    utf8, latin = data.decode("utf-8", "ignore").casefold(), data.decode("latin-1").casefold()
    found = []
    for word in words:
        if word.casefold() in utf8 or word.casefold() in latin:
            found.append(word)
    return found


def words_as_a_tuple_of_capitals(words, data):
    utf8, latin = data.decode("utf-8", "replace").upper(), data.decode("latin-1").upper()
    return tuple(word for word in words if word.upper() in utf8 or word.upper() in latin)


def words_in_bytes(words, data):
    def forms(word):
        return [case.encode(e).lower() for case in (word, word.lower(), word.upper()) for e in ("utf-8", "latin-1")]

    return [word for word in words if any(form in data.lower() for form in forms(word))]


def uid_from_hexadecimal(uid, key):
    if uid in UID_dictionary:
        return uid
    return "2.25." + str(int(hmac.new(key, uid.encode("ascii"), "sha256").hexdigest()[:32], 16))


def uid_as_uuid(uid, key):
    standard = not UID(uid).is_private
    digest = hmac.digest(key, uid.encode(), hashlib.sha256)
    return uid if standard else f"2.25.{uuid.UUID(bytes=digest[:16]).int}"


def uid_with_a_domain(uid, key):
    if UID_dictionary.get(uid):
        return uid
    digest = hmac.new(key, f"uid:{uid}".encode(), hashlib.sha256).digest()
    return f"2.25.{int.from_bytes(digest[16:], 'little')}"


def date_from_parts(value, days):
    date = dt.date(int(value[:4]), int(value[4:6]), int(value[6:8])) + dt.timedelta(days)
    return f"{date:%Y%m%d}{value[8:]}"


def date_with_pandas(value, days):
    return (pd.to_datetime(value[:8]) + pd.Timedelta(days=days)).strftime("%Y%m%d") + value[8:]


def date_from_iso(value, days):
    return str(dt.date.fromisoformat(value[:8]) + dt.timedelta(days=days)).replace("-", "") + value[8:]


RIGHT = {
    "to_hounsfield": [hounsfield_in_place_of_a_copy, hounsfield_by_pydicom, hounsfield_with_loops],
    "window": [window_as_the_standard_writes_it, window_between_its_edges, window_pixel_by_pixel, window_with_minimum],
    "slice_position": [position_with_three_products, position_as_determinant, position_as_sum, position_in_an_array],
    "readable_words": [words_with_a_loop, words_as_a_tuple_of_capitals, words_in_bytes],
    "remap_uid": [uid_from_hexadecimal, uid_as_uuid, uid_with_a_domain],
    "shift_date": [date_from_parts, date_with_pandas, date_from_iso],
}
