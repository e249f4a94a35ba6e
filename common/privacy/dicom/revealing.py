"""Les attributs d'un fichier DICOM qui trahissent : où ils sont, ce qu'ils disent, pourquoi ils gênent."""

from collections.abc import Iterator

import pandas as pd
from pydicom import Dataset
from pydicom.dataelem import DataElement
from pydicom.uid import UID_dictionary

from common.privacy.dicom.deidentify import known_code, readable_elements, values_of
from common.privacy.dicom.profile import action_for, is_defined_term
from common.privacy.dicom.replacement import SHORT_TEXTS

COLUMNS = ["path", "keyword", "value", "action", "why"]
MAX_SHOWN = 60
LONG_TEXTS = ("LT", "ST", "UC", "UT")
PLACES = ("Institution", "Station", "Device", "Manufacturer", "Department", "Location", "Address", "Detector")
KINDS = {"PN": "person", "DA": "date", "DT": "date", "TM": "date", "UI": "uid", "OB": "binary", "UN": "binary"}
UNLISTED = {"PN": "person", "DA": "date", "DT": "date", "TM": "date", "AE": "place", "AS": "patient", "UR": "text"}
UNLISTED |= dict.fromkeys(LONG_TEXTS, "text")
WHY = {
    "private": "attribut privé : seul le constructeur sait ce qu'il contient",
    "person": "nomme une personne",
    "patient": "décrit le patient ; avec d'autres, suffit à le retrouver",
    "date": "date ou heure : se recoupe avec un agenda ou un événement connu",
    "uid": "identifiant unique : relie au dossier d'origine",
    "place": "désigne un lieu ou un appareil, donc un petit groupe de patients",
    "text": "texte libre : on peut y avoir écrit n'importe quoi",
    "binary": "contenu binaire : document, voix, signature…",
    "listed": "cité par le tableau E.1-1 de la norme",
}


def revealing_tags(dataset: Dataset) -> pd.DataFrame:
    """Une ligne par attribut non vide qui trahit, séquences comprises : path, keyword, value, action, why.

    `action` est celle du profil de base, « hors tableau » pour un texte libre qu'il ne nomme pas. Les valeurs sont
    coupées à 60 caractères, et restent identifiantes : n'affichez cette table que pour des données que vous avez le
    droit de voir. Cas limite : un fichier désidentifié n'a plus que ses valeurs factices et ses UID remplacés.
    """
    return pd.DataFrame(list(_rows(dataset, "")), columns=COLUMNS)


def _rows(dataset: Dataset, prefix: str) -> Iterator[tuple[str, ...]]:
    harmless = {"SpecificCharacterSet", *known_code(dataset)}
    for element in readable_elements(dataset):
        path = prefix + (element.keyword or str(element.tag))
        if element.VR == "SQ":
            for index, item in enumerate(element.value):
                yield from _rows(item, f"{path}[{index}].")
        elif element.keyword not in harmless and not element.is_empty and (why := _why(element)):
            action = action_for(element.tag) or "hors tableau"
            yield path, element.keyword, _shown(element), action, WHY[why]


def _shown(element: DataElement) -> str:
    value = f"{len(element.value)} octets" if isinstance(element.value, bytes) else str(element.value)
    return value[:MAX_SHOWN]


def _why(element: DataElement) -> str:
    """La raison, une clé de WHY ; "" si l'attribut ne trahit rien."""
    if element.tag.is_private:
        return "private"
    if not action_for(element.tag):
        return _unlisted(element)
    if element.VR in KINDS:
        return KINDS[element.VR]
    if element.keyword.startswith(PLACES):
        return "place"
    if element.tag.group == 0x0010:
        return "patient"
    return "text" if element.VR in LONG_TEXTS or element.keyword.endswith("Description") else "listed"


def _unlisted(element: DataElement) -> str:
    """Hors du tableau : un texte que la norme ne définit pas, une date, une personne, un UID propre à l'examen."""
    if element.VR in SHORT_TEXTS:
        return "" if all(is_defined_term(element.keyword, str(value)) for value in values_of(element)) else "text"
    if element.VR == "UI":
        return "" if all(value in UID_dictionary for value in values_of(element)) else "uid"
    return UNLISTED.get(element.VR, "")
