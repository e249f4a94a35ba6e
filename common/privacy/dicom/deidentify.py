"""Désidentifier un fichier DICOM : le profil de base de PS3.15, annexe E, et une règle pour ce qu'il ne nomme pas.

Trois choix, faits sans connaître l'IOD :
- « X/Z » est vidé ; « X/D », « Z/D » et « X/Z/D » reçoivent une valeur factice : c'est valide pour tous les types ;
- une séquence marquée D garde un seul élément, dont toutes les valeurs sont factices (contenu d'un compte rendu) ;
- hors du tableau, un texte n'est gardé que si la norme définit cette valeur (« CT », « HU », un code SNOMED CT connu) ;
  un nombre est gardé, sauf si ses octets sont un texte ; une séquence est parcourue ; le binaire est retiré, sauf
  l'image, ses palettes et les tracés.

Limites : un numéro de dossier, écrit comme un nombre dans un attribut numérique, reste ; un visage se reconstruit
d'un scanner de la tête ; le texte dans les pixels relève de `burned_in_suspicions` ; celui qu'on cache dans les octets
d'une image compressée, d'une palette ou d'un tracé reste. Aucune règle ne trouve tout.
"""

import warnings
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from numbers import Number

from pydicom import Dataset
from pydicom.datadict import dictionary_has_tag, dictionary_VM
from pydicom.dataelem import DataElement
from pydicom.dataset import FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.tag import Tag
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    MediaStorageDirectoryStorage,
    UID_dictionary,
)

from common.data.dicom.files import DicomError, is_compressed, pixel_bytes
from common.privacy.dicom.profile import EDITION, action_for, code_meaning, dates_may_move
from common.privacy.dicom.pseudonyms import check_key, patient_pseudonym, remap_uid, shift_date, shift_days
from common.privacy.dicom.replacement import (
    CODES,
    KEPT_BINARY,
    NUMBERS,
    SHORT_TEXTS,
    dummy,
    empty,
    hides_text,
    keep_terms,
)

METHODS = {
    "113100": "Basic Application Confidentiality Profile",
    "113107": "Retain Longitudinal Temporal Information Modified Dates Option",
}
CHARACTER_SET = Tag("SpecificCharacterSet")  # inutile : tout le texte qui reste est en ASCII
PATIENT = ("PatientName", "PatientID")


@dataclass(frozen=True)
class _Rules:
    key: bytes
    patient: str
    days: int | None  # None : les dates ne sont pas gardées
    compressed: bool
    dummies_only: bool = False


def deidentify(dataset: Dataset, key: bytes, *, shift_dates: bool = False) -> Dataset:
    """Rend une copie désidentifiée, prête à écrire ; `dataset` n'est jamais modifié.

    `key` : au moins 16 octets secrets ; la même clé garde les liens entre les fichiers d'un patient. `shift_dates` :
    dates décalées d'un même nombre de jours par patient (option 113107), au lieu d'être ôtées. DicomError pour un
    DICOMDIR ou une syntaxe de transfert inconnue ; ValueError si la clé est courte. Cas limite : sans PatientID, c'est
    l'examen (StudyInstanceUID) qui règle le décalage. Source : DICOM PS3.15 2026c, annexe E.
    """
    check_key(key)
    _refuse_directory(dataset)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # un avertissement de pydicom cite la valeur, donc l'identifiant
        patient = str(dataset.get("PatientID") or dataset.get("StudyInstanceUID") or "").strip()
        days = shift_days(patient, key) if shift_dates else None
        result = _clean(dataset, _Rules(key, patient, days, is_compressed(dataset)))
    result.file_meta = _file_meta(dataset, result)
    result.preamble = bytes(128)
    _declare(result, shift_dates)
    return result


def _clean(dataset: Dataset, rules: _Rules) -> Dataset:
    result = Dataset()
    codes = known_code(dataset)
    for element in readable_elements(dataset):
        if element.keyword in codes:
            result.add(_with(element, codes[element.keyword]))
        elif not always_removed(element):
            cleaned = _element(element, rules)
            if cleaned is not None:
                result.add(cleaned)
    _trim_pixels(result, rules.compressed)
    return result


def readable_elements(dataset: Dataset) -> Iterator[DataElement]:
    """Les éléments d'un jeu de données, sauf ceux dont la valeur contredit le type : un texte dans un nombre."""
    for tag in sorted(dataset.keys()):
        try:
            element = dataset[tag]
        except Exception:  # chaque type a son propre refus ; un élément illisible n'est pas recopié
            continue
        if element.VR not in ("DS", "IS") or _is_number(element):
            yield element


def values_of(element: DataElement) -> list:
    """Les valeurs d'un élément, qu'il en porte une ou plusieurs."""
    return list(element.value) if element.VM > 1 else [element.value]


def _is_number(element: DataElement) -> bool:
    return element.is_empty or all(isinstance(value, Number) for value in values_of(element))


def always_removed(element: DataElement) -> bool:
    """Vrai pour ce qui n'est jamais recopié : privé, hors dictionnaire, courbes, calques, longueurs de groupe."""
    tag = element.tag
    unknown = not dictionary_has_tag(tag) or tag.element == 0  # les groupes privés, 50xx et 60xx n'y sont pas
    return unknown or tag.group <= 0x0002 or tag == CHARACTER_SET


def _element(element: DataElement, rules: _Rules) -> DataElement | None:
    action = action_for(element.tag)
    if rules.days is not None and dates_may_move(element.tag) and not rules.dummies_only:
        return _with(element, _each(element, lambda value: _moved(element.VR, value, rules.days)))
    if action == "X":
        return None
    if element.VR == "UI":
        return _with(element, _each(element, lambda value: remap_uid(value, rules.key)))
    if element.VR == "SQ":
        return _sequence(element, action, rules)
    if element.keyword in PATIENT and not element.is_empty:
        return _with(element, patient_pseudonym(rules.patient, rules.key))
    if element.is_empty or action in ("Z", "X/Z"):
        return _with(element, empty(element.VR))
    return _with(element, dummy(element.VR)) if action or rules.dummies_only else _unlisted(element)


def _sequence(element: DataElement, action: str, rules: _Rules) -> DataElement:
    items = list(element.value)
    if action in ("Z", "X/Z"):
        items = []
    elif action and action != "X/Z/U*":
        items, rules = items[:1], replace(rules, dummies_only=True)
    return _with(element, Sequence([_clean(item, rules) for item in items]))


def _unlisted(element: DataElement) -> DataElement | None:
    """Ce que le tableau ne nomme pas : gardé seulement s'il ne peut rien dire d'une personne."""
    if element.VR in NUMBERS:
        text = _too_many(element) or hides_text(element.VR, values_of(element))
        return None if text else deepcopy(element)
    if element.keyword in KEPT_BINARY:
        return deepcopy(element)
    if element.VR in SHORT_TEXTS:
        return _with(element, _each(element, lambda value: keep_terms(element.keyword, element.VR, value)))
    value = dummy(element.VR)
    return None if isinstance(value, bytes) else _with(element, value)


def _too_many(element: DataElement) -> bool:
    """Vrai si l'attribut porte plus de valeurs que la norme n'en admet : un texte, lu comme une suite d'entiers."""
    most = dictionary_VM(element.tag).split("-")[-1]
    return most.isdigit() and int(most) < element.VM


def known_code(item: Dataset) -> dict[str, str]:
    """Le schéma, la valeur et le sens publié d'un code connu, quoi qu'en écrive le fichier ; {} pour un autre."""
    scheme, value = (str(item.get(name, "")) for name in CODES[:2])
    meaning = code_meaning(scheme, value)
    return dict(zip(CODES, (scheme, value, meaning), strict=True)) if meaning else {}


def _moved(vr: str, value: str, days: int) -> str:
    try:
        return shift_date(value, days) if vr in ("DA", "DT") else shift_date("20000101" + value, 0)[8:]
    except ValueError:
        return dummy(vr)


def _each(element: DataElement, change) -> str | list[str]:
    if element.VM > 1:
        return [change(str(value)) for value in element.value]
    return change(str(element.value)) if not element.is_empty else ""


def _with(element: DataElement, value: object) -> DataElement:
    return DataElement(element.tag, element.VR, value)


def _trim_pixels(dataset: Dataset, compressed: bool) -> None:
    """Coupe ce qui dépasse de l'image, après le dernier pixel : un texte pourrait s'y cacher."""
    expected = pixel_bytes(dataset)
    if expected and not compressed:
        dataset["PixelData"].value = dataset.PixelData[: expected + expected % 2]


def _file_meta(dataset: Dataset, result: Dataset) -> FileMetaDataset:
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = _transfer_syntax(dataset)
    meta.MediaStorageSOPClassUID = result.get("SOPClassUID", "")
    meta.MediaStorageSOPInstanceUID = result.get("SOPInstanceUID", "")
    return meta


def _transfer_syntax(dataset: Dataset) -> UID:
    syntax = getattr(dataset, "file_meta", Dataset()).get("TransferSyntaxUID")
    if syntax:
        if syntax not in UID_dictionary:
            raise DicomError(
                "La syntaxe de transfert de ce fichier n'est pas de la norme : son contenu ne peut être vérifié. "
                "Faites-le convertir par le logiciel qui l'a écrit."
            )
        return ExplicitVRLittleEndian if syntax == DeflatedExplicitVRLittleEndian else syntax
    implicit, little = dataset.original_encoding
    if implicit:
        return ImplicitVRLittleEndian
    return ExplicitVRBigEndian if little is False else ExplicitVRLittleEndian


def _declare(result: Dataset, shift_dates: bool) -> None:
    codes = list(METHODS) if shift_dates else list(METHODS)[:1]
    result.PatientIdentityRemoved = "YES"
    result.DeidentificationMethod = [f"DICOM PS3.15 {EDITION} E.2 Basic Profile", "Unlisted free text replaced"]
    result.DeidentificationMethodCodeSequence = Sequence([_code(code) for code in codes])
    result.LongitudinalTemporalInformationModified = "MODIFIED" if shift_dates else "REMOVED"


def _code(value: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, "DCM", METHODS[value]
    return item


def _refuse_directory(dataset: Dataset) -> None:
    declared = getattr(dataset, "file_meta", Dataset()).get("MediaStorageSOPClassUID")
    if declared == MediaStorageDirectoryStorage or "DirectoryRecordSequence" in dataset:
        raise DicomError(
            "C'est un DICOMDIR, l'index d'un support : il cite les patients et les noms des fichiers. "
            "Désidentifiez les fichiers eux-mêmes, puis refaites un index avec pydicom.fileset.FileSet."
        )
