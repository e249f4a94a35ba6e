"""Ce qu'une clé secrète remplace : UID, numéro de patient, dates ; les liens restent, qui tient la clé les défait.

Des données ainsi traitées sont pseudonymisées, pas anonymes : elles restent personnelles (RGPD, art. 4, 5) et
considérant 26). Des dates décalées ne satisfont pas non plus HIPAA Safe Harbor, qui n'en garde que l'année
(45 CFR 164.514(b)(2)(i)(C)), et un code dérivé d'un identifiant n'y est pas permis (164.514(c)(1)).
"""

import hashlib
import hmac
from datetime import datetime, timedelta
from uuid import UUID

from pydicom.uid import UID_dictionary

MIN_KEY_BYTES = 16
MAX_SHIFT_DAYS = 3650
DATE_DIGITS = 8  # AAAAMMJJ


def remap_uid(uid: str, key: bytes) -> str:
    """Remplace un UID : même UID et même clé, même remplaçant, d'un fichier à l'autre ; les relations sont gardées.

    Un UID de la norme (classe SOP, syntaxe de transfert) ne désigne personne et reste tel quel ; un UID vide reste
    vide. Rend « 2.25. » suivi d'un entier de 128 bits au plus. Source : DICOM PS3.5, B.2 ; RFC 2104.
    """
    if not uid or uid in UID_dictionary:
        return uid
    return f"2.25.{UUID(bytes=_keyed('uid', uid, key)[:16], version=4).int}"


def patient_pseudonym(patient_id: str, key: bytes) -> str:
    """Le pseudonyme d'un patient, « P- » et 16 chiffres hexadécimaux ; "" pour un numéro vide."""
    return f"P-{_keyed('patient', patient_id, key)[:8].hex()}" if patient_id else ""


def shift_days(patient_id: str, key: bytes) -> int:
    """Le décalage d'un patient, de −3650 à −1 jours : le même pour toutes ses dates, ses intervalles sont gardés."""
    return -1 - int.from_bytes(_keyed("dates", patient_id, key)[:8]) % MAX_SHIFT_DAYS


def shift_date(value: str, days: int) -> str:
    """Décale une date DICOM, AAAAMMJJ ou AAAAMMJJHHMMSS… : l'heure est gardée, le fuseau retiré.

    ValueError si ce n'est pas une date complète : une année seule, ou un texte. Source : DICOM PS3.5, 6.2.
    """
    date, clock = value[:DATE_DIGITS], value[DATE_DIGITS:].split("+")[0].split("-")[0]
    try:
        if not (len(date) == DATE_DIGITS and date.isascii() and date.isdigit() and is_clock(clock)):
            raise ValueError
        moved = datetime.strptime(date, "%Y%m%d") + timedelta(days=days)
    except (ValueError, OverflowError):
        raise ValueError(
            f"« {value} » n'est pas une date AAAAMMJJ complète, ou le décalage sort du calendrier. Retirez-la."
        ) from None
    return f"{moved.year:04d}{moved:%m%d}{clock}"


def is_clock(value: str) -> bool:
    """Vrai pour une heure DICOM (HHMMSS.FFFFFF, tronquée ou vide), et rien d'autre."""
    whole, _, fraction = value.partition(".")
    return (
        len(whole) <= 6 and len(fraction) <= 6 and all(part.isascii() and part.isdigit() for part in whole + fraction)
    )


def check_key(key: bytes) -> None:
    """ValueError si la clé est trop courte : un pseudonyme se défait alors en l'essayant."""
    if not isinstance(key, bytes) or len(key) < MIN_KEY_BYTES:
        raise ValueError(
            f"La clé doit compter au moins {MIN_KEY_BYTES} octets tirés au sort : plus courte, elle se devine et les "
            "pseudonymes se défont. Tirez-en une avec secrets.token_bytes(32), et gardez-la loin des fichiers."
        )


def _keyed(domain: str, value: str, key: bytes) -> bytes:
    """HMAC-SHA256, un domaine par usage : le pseudonyme d'un patient ne dit rien du décalage de ses dates."""
    check_key(key)
    return hmac.new(key, f"{domain}\0{value}".encode(), hashlib.sha256).digest()
