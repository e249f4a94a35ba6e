"""Les valeurs qui remplacent : factices mais valides pour leur type (VR), vides, ou un terme de la norme."""

from collections.abc import Sequence

import numpy as np

from common.privacy.dicom.profile import is_defined_term

DUMMY = "ANONYME"
SHORT_TEXTS = ("CS", "SH", "LO")
NUMBERS = ("AT", "DS", "FD", "FL", "IS", "SL", "SS", "SV", "UL", "US", "UV", "US or SS")
BINARY_NUMBERS = {"AT": "<u4", "FD": "<f8", "FL": "<f4", "SL": "<i4", "SS": "<i2", "SV": "<i8", "UL": "<u4"}
BINARY_NUMBERS |= {"US": "<u2", "UV": "<u8"}
MIN_HIDDEN = 10  # octets : plus court, des mesures tombent par hasard sur des lettres
CODES = ("CodingSchemeDesignator", "CodeValue", "CodeMeaning")
KEPT_BINARY = {
    *("PixelData", "FloatPixelData", "DoubleFloatPixelData", "LUTData", "WaveformData"),
    *(f"{color}PaletteColorLookupTableData" for color in ("Red", "Green", "Blue", "Alpha")),
    *(f"Segmented{color}PaletteColorLookupTableData" for color in ("Red", "Green", "Blue", "Alpha")),
}
_SPECIAL = {"DA": "19000101", "DT": "19000101000000", "TM": "000000", "AS": "000Y", "UR": "urn:anonyme"}
_BYTES = bytes(8)  # un multiple de la taille de tous les mots : OB, OW, OF, OD…


def dummy(vr: str) -> object:
    """Une valeur factice, valide pour ce type : « ANONYME », 19000101, 0, huit octets nuls…

    Source : DICOM PS3.5, 6.2.
    """
    if vr in NUMBERS:
        return 0
    if vr.startswith("O") or vr == "UN" or "OW" in vr:
        return _BYTES
    return _SPECIAL.get(vr, DUMMY)


def empty(vr: str) -> object:
    """La valeur de longueur nulle de ce type."""
    return b"" if isinstance(dummy(vr), bytes) else None if vr in NUMBERS else ""


def hides_text(vr: str, values: Sequence[float | bytes]) -> bool:
    """Vrai si des nombres binaires, mis bout à bout, forment un texte ASCII d'au moins dix octets.

    Un attribut à plusieurs nombres (« 1-n ») peut porter un nom entier, deux ou quatre lettres par nombre. Un type
    resté ambigu (« US or SS ») vient en octets.
    """
    if vr not in BINARY_NUMBERS and not isinstance(values[0], bytes):
        return False
    data = values[0] if isinstance(values[0], bytes) else np.array(values, dtype=BINARY_NUMBERS[vr]).tobytes()
    data = data.rstrip(b"\0")
    return len(data) >= MIN_HIDDEN and data.isascii() and data.decode("ascii").isprintable()


def keep_terms(keyword: str, vr: str, value: str) -> str:
    """La valeur, si la norme la définit pour cet attribut, ou si elle est vide ; sinon une valeur factice."""
    return value if not value or is_defined_term(keyword, value) else str(dummy(vr))
