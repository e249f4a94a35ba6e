"""La pseudonymisation par une clé, et ce que vaut un hachage sans clé : rien, quand les identifiants s'énumèrent.

Un pseudonyme n'anonymise pas : qui détient la clé retrouve la personne, et la donnée reste personnelle (RGPD,
art. 4, 5) et considérant 26). HIPAA est plus strict encore : un code dérivé d'un identifiant, même avec une clé,
n'est pas un code de réidentification permis (45 CFR 164.514(c)(1)) ; il y faut un numéro tiré au sort.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Iterator

import pandas as pd

MIN_KEY_BYTES = 16
PSEUDONYM_LENGTH = 16  # en caractères hexadécimaux, soit 64 bits


def new_key() -> bytes:
    """Tire une clé secrète de 32 octets ; rangez-la hors de la table, du dépôt et de la machine qui calcule.

    Source : RGPD, art. 4, 5) : « conservées séparément ».
    """
    return secrets.token_bytes(32)


def pseudonymise(identifiers: pd.Series, key: bytes, length: int = PSEUDONYM_LENGTH) -> pd.Series:
    """Remplace chaque identifiant par un HMAC-SHA256 tronqué : même personne, même pseudonyme ; autre clé, autre table.

    `identifiers` : textes, de forme (n,) ; `key` : au moins 16 octets ; `length` : 8 à 64 chiffres hexadécimaux. Rend
    des textes, au même index. ValueError si un identifiant manque ou n'est pas un texte, si la clé est courte, ou si
    deux identifiants distincts reçoivent le même pseudonyme. Source : RFC 2104 ; RGPD, art. 4, 5).
    """
    _check_key(key)
    _check_identifiers(identifiers)
    _check_length(length)
    codes = {value: _keyed(value, key)[:length] for value in identifiers.unique()}
    _check_collisions(codes, length)
    return identifiers.map(codes)


def hash_without_key(identifiers: pd.Series) -> pd.Series:
    """Hache chaque identifiant en SHA-256, sans clé : l'erreur courante, que `reverse_by_enumeration` défait.

    `identifiers` : textes, de forme (n,) ; rend des textes de 64 chiffres hexadécimaux. ValueError si un identifiant
    manque ou n'est pas un texte.
    """
    _check_identifiers(identifiers)
    return identifiers.map(_plain)


def reverse_by_enumeration(hashes: Iterable[str], candidates: Iterable[str]) -> dict[str, str]:
    """Retrouve les identifiants d'un hachage sans clé, en hachant tous les candidats : rend haché → identifiant.

    Un haché absent du résultat n'avait pas son identifiant parmi les candidats. Le coût est d'un SHA-256 par
    candidat, environ un million par seconde. Cas limite : contre `pseudonymise`, le résultat est vide.
    """
    wanted = set(hashes)
    found = {}
    for candidate in candidates:
        digest = _plain(candidate)
        if digest in wanted:
            found[digest] = candidate
    return found


def birth_dates(first_year: int, last_year: int) -> list[str]:
    """Toutes les dates de naissance possibles, « AAAA-MM-JJ », années comprises : 36 525 par siècle, à peine."""
    return pd.date_range(f"{first_year}-01-01", f"{last_year}-12-31").strftime("%Y-%m-%d").tolist()


def nir_candidates(sex: int, year: int, month: int, commune: str) -> Iterator[str]:
    """Les 999 NIR possibles (15 chiffres) d'une personne dont on sait le sexe, le mois et la commune de naissance.

    `sex` : 1 ou 2 ; `year` : quatre chiffres ; `month` : 1 à 12 ; `commune` : code INSEE de cinq caractères (« 2A004 »
    en Corse). Source : INSEE, structure du numéro d'inscription au répertoire.
    """
    for order in range(1, 1000):
        body = f"{sex}{year % 100:02d}{month:02d}{commune}{order:03d}"
        yield body + nir_key(body)


def nir_key(body: str) -> str:
    """La clé de contrôle, sur deux chiffres, des treize premiers caractères d'un NIR : 97 − (numéro modulo 97).

    En Corse, 2A compte pour 19 et 2B pour 18. ValueError si ce n'est pas treize caractères de cette forme.
    """
    digits = body.replace("2A", "19").replace("2B", "18") if body[5:7] in ("2A", "2B") else body
    if len(digits) != 13 or not (digits.isascii() and digits.isdigit()):
        raise ValueError(f"« {body} » n'est pas un NIR sans sa clé : il y faut treize chiffres (2A ou 2B en Corse).")
    return f"{97 - int(digits) % 97:02d}"


def _keyed(value: str, key: bytes) -> str:
    return hmac.new(key, value.encode("utf-8"), hashlib.sha256).hexdigest()


def _plain(value: str) -> str:
    return hashlib.sha256(value.encode("utf-8")).hexdigest()


def _check_key(key: bytes) -> None:
    if not isinstance(key, bytes) or len(key) < MIN_KEY_BYTES:
        raise ValueError(
            f"La clé doit compter au moins {MIN_KEY_BYTES} octets tirés au sort : une clé courte se devine comme un "
            "mot de passe. Tirez-en une avec new_key()."
        )


def _check_identifiers(identifiers: pd.Series) -> None:
    if identifiers.isna().any():
        raise ValueError(
            f"{int(identifiers.isna().sum())} identifiant(s) manquent : tous recevraient le même pseudonyme, comme "
            "s'ils étaient une seule personne. Retirez ces lignes avec .dropna()."
        )
    if not identifiers.map(lambda value: isinstance(value, str)).all():
        raise ValueError(
            "Les identifiants doivent être des textes : « 7 », « 7.0 » et « 007 » donneraient trois pseudonymes. "
            "Convertissez la colonne avec .astype(str), après avoir vérifié ses zéros de tête."
        )


def _check_length(length: int) -> None:
    if not 8 <= length <= 64:
        raise ValueError(f"Un pseudonyme garde 8 à 64 chiffres hexadécimaux, et vous en demandez {length}.")


def _check_collisions(codes: dict[str, str], length: int) -> None:
    if len(set(codes.values())) < len(codes):
        raise ValueError(
            f"Deux identifiants distincts ont reçu le même pseudonyme de {length} caractères, et deux patients n'en "
            "feraient plus qu'un. Demandez plus de caractères : length=32."
        )
