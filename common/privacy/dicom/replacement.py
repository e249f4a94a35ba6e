"""Les valeurs qui remplacent : factices mais valides pour leur type (VR), vides, ou un terme de la norme."""

from common.privacy.dicom.profile import is_defined_term

DUMMY = "ANONYME"
SHORT_TEXTS = ("CS", "SH", "LO")
NUMBERS = ("AT", "DS", "FD", "FL", "IS", "SL", "SS", "SV", "UL", "US", "UV", "US or SS")
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


def keep_terms(keyword: str, vr: str, value: str) -> str:
    """La valeur, si la norme la définit pour cet attribut, ou si elle est vide ; sinon une valeur factice."""
    return value if not value or is_defined_term(keyword, value) else str(dummy(vr))
