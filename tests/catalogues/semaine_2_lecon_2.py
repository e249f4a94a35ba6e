"""Leçon 2, semaine 2 : ce que les contrôles doivent refuser, et avec quel message."""

import hashlib
import hmac
import uuid
from datetime import datetime, timedelta

import numpy as np
from pydicom.uid import UID_dictionary, generate_uid


def slope_only(dataset):
    return np.where(dataset.pixel_array == dataset.get("PixelPaddingValue"), -1000, dataset.pixel_array * 2)


def not_converted(dataset):
    return dataset.pixel_array


def without_intercept(dataset):
    stored = dataset.pixel_array
    return np.where(stored == dataset.get("PixelPaddingValue"), -1000, stored * dataset.RescaleSlope)


def without_slope(dataset):
    stored = dataset.pixel_array
    return np.where(stored == dataset.get("PixelPaddingValue"), -1000, stored + dataset.RescaleIntercept)


def hard_coded_intercept(dataset):
    stored = dataset.pixel_array
    return np.where(stored == dataset.get("PixelPaddingValue"), -1000, stored * dataset.RescaleSlope - 1024)


def padding_forgotten(dataset):
    return dataset.pixel_array * dataset.RescaleSlope + dataset.RescaleIntercept


def padding_hard_coded(dataset):
    return np.where(dataset.pixel_array == -2000, -1000, padding_forgotten(dataset))


def padding_on_converted(dataset):
    values = padding_forgotten(dataset)
    values[values == dataset.get("PixelPaddingValue")] = -1000
    return values


def padding_below(dataset):
    padding = dataset.get("PixelPaddingValue", -(10**9))
    return np.where(dataset.pixel_array <= padding, -1000, padding_forgotten(dataset))


def padding_as_water(dataset):
    return np.where(dataset.pixel_array == dataset.get("PixelPaddingValue"), 0, padding_forgotten(dataset))


def padding_required(dataset):
    return np.where(dataset.pixel_array == dataset.PixelPaddingValue, -1000, padding_forgotten(dataset))


def in_short_integers(dataset):
    values = dataset.pixel_array * int(dataset.RescaleSlope) + int(dataset.RescaleIntercept)
    return np.where(dataset.pixel_array == dataset.get("PixelPaddingValue"), -1000, values)


def flattened(dataset):
    return padding_right(dataset).ravel()


def padding_right(dataset):
    return np.where(dataset.pixel_array == dataset.get("PixelPaddingValue"), -1000, padding_forgotten(dataset))


def capped(dataset):
    return np.clip(padding_right(dataset), -1000, 3000)


def transposed(dataset):
    return padding_right(dataset).T


def hounsfield_without_return(dataset):
    padding_right(dataset)


TO_HOUNSFIELD = [
    (slope_only, "pas celui attendu"),
    (not_converted, "valeurs stockées"),
    (without_intercept, "ordonnée à l'origine (RescaleIntercept) manque"),
    (without_slope, "pente (RescaleSlope) manque"),
    (hard_coded_intercept, "pas celui attendu"),
    (padding_forgotten, "comme des mesures"),
    (padding_hard_coded, "comme des mesures"),
    (padding_on_converted, "valeur STOCKÉE"),
    (padding_below, "pas celui attendu"),
    (padding_as_water, "et non 0"),
    (padding_required, "dataset.get"),
    (in_short_integers, "pas celui attendu"),
    (flattened, "la forme est"),
    (capped, "pas celui attendu"),
    (transposed, "la forme est"),
    (hounsfield_without_return, "`return`"),
    (3, "on attend une fonction"),
]


def linear(values, center, width):
    return (values - (center - 0.5)) / (width - 1) + 0.5


def everyday_window(values, center, width):
    low, high = center - width / 2, center + width / 2
    return np.clip((values - low) / (high - low), 0, 1)


def without_half(values, center, width):
    return np.clip((values - center) / (width - 1) + 0.5, 0, 1)


def without_one(values, center, width):
    return np.clip((values - center + 0.5) / width + 0.5, 0, 1)


def without_middle(values, center, width):
    return np.clip((values - center + 0.5) / (width - 1), 0, 1)


def parentheses_lost(values, center, width):
    return np.clip((values - center - 0.5) / (width - 1) + 0.5, 0, 1)


def division_lost(values, center, width):
    return np.clip((values - (center - 0.5)) / width - 1 + 0.5, 0, 1)


def eight_bits(values, center, width):
    return np.round(np.clip(linear(values, center, width), 0, 1) * 255).astype(np.uint8)


def rounded_gray(values, center, width):
    return np.round(np.clip(linear(values, center, width), 0, 1), 2)


def negative(values, center, width):
    return np.clip(1 - linear(values, center, width), 0, 1)


def between_minus_one_and_one(values, center, width):
    return np.clip(linear(values, center, width), -1, 1)


def masked(values, center, width):
    gray = linear(values, center, width)
    return np.where((gray < 0) | (gray > 1), 0, gray)


def fixed_window(values, center, width):
    return np.clip(linear(values, 40, 400), 0, 1)


def in_place_window(values, center, width):
    values -= center - 0.5
    return np.clip(values / (width - 1) + 0.5, 0, 1)


def as_mean(values, center, width):
    return np.clip(linear(values, center, width), 0, 1).mean()


def window_arguments_swapped(values, center, width):
    return np.clip(linear(values, width, center), 0, 1)


WINDOW = [
    (linear, "rien n'est coupé"),
    (everyday_window, "formule usuelle"),
    (without_half, "−0,5 manque"),
    (without_one, "−1 manque"),
    (without_middle, "+ 0,5 final"),
    (parentheses_lost, "signe du 0,5"),
    (division_lost, "pas celui attendu"),
    (eight_bits, "pas celui attendu"),
    (rounded_gray, "pas celui attendu"),
    (negative, "échangés"),
    (between_minus_one_and_one, "pas celui attendu"),
    (masked, "pas celui attendu"),
    (fixed_window, "pas celui attendu"),
    (in_place_window, "en place"),
    (as_mean, "la forme est"),
    (window_arguments_swapped, "échangé `center` et `width`"),
]


def axes(dataset):
    orientation = np.array(dataset.ImageOrientationPatient)
    return orientation[:3], orientation[3:]


def z(dataset):
    return dataset.ImagePositionPatient[2]


def number(dataset):
    return dataset.InstanceNumber


def location(dataset):
    return dataset.SliceLocation


def upside_down(dataset):
    rows, columns = axes(dataset)
    return np.dot(np.cross(columns, rows), dataset.ImagePositionPatient)


def along_rows(dataset):
    return np.dot(axes(dataset)[0], dataset.ImagePositionPatient)


def along_columns(dataset):
    return np.dot(axes(dataset)[1], dataset.ImagePositionPatient)


def normal_only(dataset):
    return np.cross(*axes(dataset))


def normal_times_position(dataset):
    return np.cross(*axes(dataset)) * dataset.ImagePositionPatient


def to_the_origin(dataset):
    return np.sqrt(np.sum(np.square(dataset.ImagePositionPatient)))


def folded(dataset):
    return abs(np.dot(np.cross(*axes(dataset)), dataset.ImagePositionPatient))


def in_slices(dataset):
    return np.dot(np.cross(*axes(dataset)), dataset.ImagePositionPatient) / dataset.SliceThickness


def whole_millimetres(dataset):
    return round(float(np.dot(np.cross(*axes(dataset)), dataset.ImagePositionPatient)))


def third_of_the_normal(dataset):
    return np.cross(*axes(dataset))[2] * dataset.ImagePositionPatient[2]


def six_by_three(dataset):
    return np.dot(dataset.ImageOrientationPatient, dataset.ImagePositionPatient)


def position_without_return(dataset):
    np.dot(np.cross(*axes(dataset)), dataset.ImagePositionPatient)


SLICE_POSITION = [
    (z, "inclinée"),
    (number, "est un numéro"),
    (location, "facultatif"),
    (upside_down, "à l'envers"),
    (along_rows, "direction des lignes"),
    (along_columns, "direction des colonnes"),
    (normal_only, "vous rendez la normale"),
    (normal_times_position, "faire la somme"),
    (to_the_origin, "distance à l'origine"),
    (folded, "valeur absolue"),
    (in_slices, "pas celui attendu"),
    (whole_millimetres, "pas celui attendu"),
    (third_of_the_normal, "pas celui attendu"),
    (six_by_three, "lève ValueError"),
    (position_without_return, "`return`"),
]


def in_utf8(words, data):
    text = data.decode("utf-8", errors="ignore").lower()
    return [word for word in words if word.lower() in text]


def in_latin1(words, data):
    return [word for word in words if word.lower() in data.decode("latin-1").lower()]


def in_strict_utf8(words, data):
    return [word for word in words if word.lower() in data.decode("utf-8").lower()]


def in_repr(words, data):
    return [word for word in words if word.lower() in str(data).lower()]


def text_in_bytes(words, data):
    return [word for word in words if word in data]


def as_written(words, data):
    return [w for w in words if w.encode() in data or w.encode("latin-1") in data]


def lowered_as_bytes(words, data):
    return [w for w in words if any(w.lower().encode(name) in data.lower() for name in ("utf-8", "latin-1"))]


def both_encodings_required(words, data):
    texts = [data.decode(encoding, errors="replace").lower() for encoding in ("utf-8", "latin-1")]
    return [word for word in words if all(word.lower() in text for text in texts)]


def absent(words, data):
    texts = [data.decode(encoding, errors="replace").lower() for encoding in ("utf-8", "latin-1")]
    return [word for word in words if not any(word.lower() in text for text in texts)]


def right_words(words, data):
    return [word for word in words if word not in absent(words, data)]


def as_a_set(words, data):
    return set(right_words(words, data))


def lowered_result(words, data):
    return [word.lower() for word in right_words(words, data)]


def any_found(words, data):
    return bool(right_words(words, data))


def reversed_words(words, data):
    return right_words(words, data)[::-1]


def all_words(words, data):
    return list(words)


def returned_in_the_loop(words, data):
    found = []
    for word in words:
        if word in right_words(words, data):
            found.append(word)
        return found
    return found


def long_words_only(words, data):
    return [word for word in right_words(words, data) if len(word) > 6]


READABLE_WORDS = [
    (in_utf8, "Latin-1 vous échappent"),
    (in_latin1, "UTF-8 vous échappent"),
    (in_strict_utf8, 'errors="replace"'),
    (in_repr, "l'UN des deux"),
    (text_in_bytes, "octets dans des octets"),
    (as_written, "comparez en minuscules"),
    (lowered_as_bytes, "`bytes.lower()`"),
    (both_encodings_required, "l'UN des deux"),
    (absent, "ne lit PAS"),
    (as_a_set, "on attend un objet list"),
    (lowered_result, "pas la bonne réponse"),
    (any_found, "on attend un objet list"),
    (reversed_words, "pas la bonne réponse"),
    (all_words, "on attend"),
    (returned_in_the_loop, "on attend"),
    (long_words_only, "on attend"),
]


def digest(uid, key):
    return hmac.new(key, uid.encode(), hashlib.sha256).digest()


def guarded(change):
    """Garde les UID de la norme, puis applique `change(uid, key)`."""

    def wrong(uid, key):
        return uid if uid in UID_dictionary else change(uid, key)

    return wrong


def unkeyed(uid, key):
    return f"2.25.{int.from_bytes(hashlib.sha256(uid.encode()).digest()[:16])}"


def name_based(uid, key):
    return f"2.25.{uuid.uuid5(uuid.NAMESPACE_OID, uid).int}"


def key_in_front(uid, key):
    return f"2.25.{int.from_bytes(hashlib.sha256(key + uid.encode()).digest()[:16])}"


def key_behind(uid, key):
    return f"2.25.{int.from_bytes(hashlib.sha256(uid.encode() + key).digest()[:16])}"


def key_and_message_swapped(uid, key):
    return f"2.25.{int.from_bytes(hmac.new(uid.encode(), key, hashlib.sha256).digest()[:16])}"


def drawn(uid, key):
    return f"2.25.{uuid.uuid4().int}"


def drawn_by_pydicom(uid, key):
    return str(generate_uid())


def standard_forgotten(uid, key):
    return f"2.25.{int.from_bytes(digest(uid, key)[:16])}"


def standard_only(uid, key):
    return f"2.25.{int.from_bytes(digest(uid, key)[:16])}" if uid in UID_dictionary else uid


def whole_digest(uid, key):
    return f"2.25.{int.from_bytes(digest(uid, key))}"


def one_byte_more(uid, key):
    return f"2.25.{int.from_bytes(digest(uid, key)[:17])}"


def one_byte_less(uid, key):
    return f"2.25.{int.from_bytes(digest(uid, key)[:15])}"


def four_bytes(uid, key):
    return f"2.25.{int.from_bytes(digest(uid, key)[:1])}"


def in_hexadecimal(uid, key):
    return f"2.25.{digest(uid, key).hex()[:32]}"


def no_prefix(uid, key):
    return f"{int.from_bytes(digest(uid, key)[:16])}"


def other_prefix(uid, key):
    return f"1.2.3.{int.from_bytes(digest(uid, key)[:16])}"


def appended(uid, key):
    return f"{uid}.{int.from_bytes(digest(uid, key)[:2])}"


def as_integer_uid(uid, key):
    return int.from_bytes(digest(uid, key)[:16])


def text_to_hmac(uid, key):
    return f"2.25.{int.from_bytes(hmac.new(key, uid, hashlib.sha256).digest()[:16])}"


def uid_without_return(uid, key):
    digest(uid, key)


REMAP_UID = [
    (guarded(unkeyed), "la clé ne sert pas"),
    (guarded(name_based), "la clé ne sert pas"),
    (guarded(key_in_front), "collée à l'UID"),
    (guarded(key_behind), "collée à l'UID"),
    (guarded(key_and_message_swapped), "échangée"),
    (guarded(drawn), "tiré au sort"),
    (guarded(drawn_by_pydicom), "toujours le même remplaçant"),
    (standard_forgotten, "UID de la norme ont changé"),
    (standard_only, "pas celui attendu"),
    (guarded(whole_digest), "trop grand"),
    (guarded(one_byte_more), "trop grand"),
    (guarded(one_byte_less), "trop grand"),
    (guarded(four_bytes), "deux remplaçants différents"),
    (guarded(in_hexadecimal), "hexadécimal"),
    (guarded(no_prefix), "préfixe manque"),
    (guarded(other_prefix), "2.25."),
    (guarded(appended), "2.25."),
    (guarded(as_integer_uid), "préfixe manque"),
    (text_to_hmac, "octets"),
    (uid_without_return, "`return`"),
]


def moved(value, days):
    return datetime.strptime(value[:8], "%Y%m%d") + timedelta(days=days)


def subtracted(value, days):
    return moved(value, -days).strftime("%Y%m%d") + value[8:]


def date_only(value, days):
    return moved(value, days).strftime("%Y%m%d")


def added_to_the_number(value, days):
    return str(int(value[:8]) + days) + value[8:]


def added_to_the_whole_number(value, days):
    return str(int(value) + days)


def years_only(value, days):
    return str(int(value[:4]) + days // 365) + value[4:]


def weeks(value, days):
    return (datetime.strptime(value[:8], "%Y%m%d") + timedelta(days * 7)).strftime("%Y%m%d") + value[8:]


def hours(value, days):
    return (datetime.strptime(value[:8], "%Y%m%d") + timedelta(hours=days)).strftime("%Y%m%d") + value[8:]


def one_day_too_many(value, days):
    return moved(value, days + 1).strftime("%Y%m%d") + value[8:]


def always_backwards(value, days):
    return moved(value, -abs(days)).strftime("%Y%m%d") + value[8:]


def returns_datetime(value, days):
    return moved(value, days)


def iso(value, days):
    return moved(value, days).date().isoformat() + value[8:]


def month_last(value, days):
    return moved(value, days).strftime("%Y%d%m") + value[8:]


def short_year(value, days):
    return moved(value, days).strftime("%y%m%d") + value[8:]


def whole_value_parsed(value, days):
    return (datetime.strptime(value, "%Y%m%d") + timedelta(days=days)).strftime("%Y%m%d")


def clock_truncated(value, days):
    return moved(value, days).strftime("%Y%m%d") + value[8:14]


def fixed_shift(value, days):
    return moved(value, -1).strftime("%Y%m%d") + value[8:]


def date_unchanged(value, days):
    return value


SHIFT_DATE = [
    (subtracted, "pris à l'envers"),
    (date_only, "l'heure est perdue"),
    (added_to_the_number, "le 32 mai"),
    (added_to_the_whole_number, "pas la bonne réponse"),
    (years_only, "années entières"),
    (weeks, "semaines"),
    (hours, "pas la bonne réponse"),
    (one_day_too_many, "pas la bonne réponse"),
    (always_backwards, "pas la bonne réponse"),
    (returns_datetime, "`strftime`"),
    (iso, "pas de tirets"),
    (month_last, "échangés"),
    (short_year, "pas la bonne réponse"),
    (whole_value_parsed, "huit premiers caractères"),
    (clock_truncated, "pas la bonne réponse"),
    (fixed_shift, "pas la bonne réponse"),
    (date_unchanged, "n'a pas bougé"),
]

WRONG = {
    "to_hounsfield": TO_HOUNSFIELD,
    "window": WINDOW,
    "slice_position": SLICE_POSITION,
    "readable_words": READABLE_WORDS,
    "remap_uid": REMAP_UID,
    "shift_date": SHIFT_DATE,
}
