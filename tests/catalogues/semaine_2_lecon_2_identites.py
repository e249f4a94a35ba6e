"""Leçon 2, semaine 2 : ce que les contrôles des identités doivent refuser, et avec quel message."""

import hashlib
import hmac
import uuid

from pydicom.uid import UID_dictionary, generate_uid


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


def once_per_encoding(words, data):
    found = []
    for encoding in ("utf-8", "latin-1"):
        text = data.decode(encoding, errors="replace").lower()
        found += [word for word in words if word.lower() in text]
    return found


def among_the_texts(words, data):
    texts = [data.decode(encoding, errors="replace").lower() for encoding in ("utf-8", "latin-1")]
    return [word for word in words if word.lower() in texts]


def utf8_bytes(words, data):
    return [word for word in words if bytes(word.lower(), "utf-8") in data.lower()]


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
    (lowered_result, "tels qu'on vous les a donnés"),
    (once_per_encoding, "deux fois"),
    (among_the_texts, "DANS un texte"),
    (utf8_bytes, "que les octets UTF-8"),
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


def concatenated(uid, key):
    return "2.25." + int.from_bytes(digest(uid, key)[:16])


def without_digest(uid, key):
    return f"2.25.{int.from_bytes(hmac.new(key, uid.encode(), hashlib.sha256)[:16])}"


def hexdigest(uid, key):
    return f"2.25.{int.from_bytes(hmac.new(key, uid.encode(), hashlib.sha256).hexdigest()[:16])}"


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
    (guarded(whole_digest), "128 bits"),
    (guarded(one_byte_more), "128 bits"),
    (guarded(one_byte_less), "128 bits"),
    (guarded(concatenated), 'f"2.25.'),
    (guarded(without_digest), "`.digest()`"),
    (guarded(hexdigest), "`.digest()`"),
    (guarded(four_bytes), "deux remplaçants différents"),
    (guarded(in_hexadecimal), "hexadécimal"),
    (guarded(no_prefix), "préfixe manque"),
    (guarded(other_prefix), "2.25."),
    (guarded(appended), "2.25."),
    (guarded(as_integer_uid), "préfixe manque"),
    (text_to_hmac, "octets"),
    (uid_without_return, "`return`"),
]

WRONG = {"readable_words": READABLE_WORDS, "remap_uid": REMAP_UID}
