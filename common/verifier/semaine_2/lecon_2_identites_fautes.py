"""Leçon 2, suite : les mauvaises réponses qu'un message attend, chacune écrite comme l'apprenant l'écrirait."""

import hashlib
import hmac
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

from pydicom.uid import UID_dictionary

from common.privacy import dicom as deidentification


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


def utf8_bytes_lower(words, data):
    return [word for word in words if word.lower().encode() in data.lower()]


def nothing(words, data):
    return []


def twice(words, data):
    return [word for text in _texts(data) for word in words if word.lower() in text.lower()]


def in_lower_case(words, data):
    return [word.lower() for word in deidentification.readable_words(words, data)]


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


def glued(start: int) -> Callable:
    """Fabrique un décalage qui recolle la fin du texte à partir de `start`."""

    def wrong(value, days):
        return deidentification.shift_date(value[:8], days) + value[start:]

    return wrong


def always_later(value, days):
    return deidentification.shift_date(value, abs(days))


def always_earlier(value, days):
    return deidentification.shift_date(value, -abs(days))


def with_format(form: str) -> Callable:
    """Fabrique un décalage écrit dans un autre format."""

    def wrong(value, days):
        return _moved(value, days).strftime(form) + value[8:]

    return wrong
