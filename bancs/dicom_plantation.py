"""Planter des identifiants partout où un fichier DICOM peut en porter, sans connaître les règles qui les ôteront.

Les lieux viennent du dictionnaire de pydicom (texte, octets, UID) et de la structure d'un fichier ; rien n'est pris au
profil de confidentialité. Chaque jeton est unique : ce qui reste se compte, lieu par lieu.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO

from pydicom import Dataset, dcmread
from pydicom.datadict import DicomDictionary
from pydicom.dataelem import RawDataElement
from pydicom.dataset import FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.tag import Tag
from pydicom.uid import ComprehensiveSRStorage, ExplicitVRLittleEndian

TEXT_VRS = ("AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UR", "UT")
BINARY_VRS = ("OB", "UN")
SOP_INSTANCE = "1.2.826.0.1.3680043.8.498.1"
NESTED_IN = ("PatientName", "CodeMeaning", "TextValue", "LongCodeValue", "ImageComments")
SEARCHED = re.compile(rb"(?=(ZQ\d{6}X|98\d{6}765))")  # se chevauchent : deux numéros peuvent se suivre
FREE_GROUP, FREE_ELEMENT = 0x0018, 0xFFF0  # pair, et absent du dictionnaire


@dataclass
class Plantation:
    """Les jetons plantés, par lieu."""

    places: dict[str, list[bytes]] = field(default_factory=dict)
    count: int = 0

    def token(self, place: str) -> bytes:
        """Un jeton neuf, valide même pour un CS : « ZQ000123X »."""
        return self._add(place, f"ZQ{self.count:06d}X".encode())

    def number(self, place: str) -> bytes:
        """Un numéro neuf, comme un dossier : onze chiffres."""
        return self._add(place, f"98{self.count:06d}765".encode())

    def _add(self, place: str, token: bytes) -> bytes:
        self.count += 1
        self.places.setdefault(place, []).append(token)
        return token

    def left(self, data: bytes) -> dict[str, int]:
        """Le nombre de jetons de chaque lieu qui se lisent dans `data`."""
        found = set(SEARCHED.findall(data))
        return {place: len(found.intersection(tokens)) for place, tokens in self.places.items()}


def planted_file(plants: Plantation) -> bytes:
    """Un fichier DICOM sans image qui porte un jeton dans chaque séquence, chaque recoin, et chaque attribut de texte,
    d'octets ou d'UID ; les nombres binaires ont leur propre essai."""
    dataset = Dataset()
    dataset.SOPClassUID, dataset.SOPInstanceUID = ComprehensiveSRStorage, SOP_INSTANCE
    dataset.SpecificCharacterSet = "ISO_IR 192"
    _structure(dataset, plants)
    _private(dataset, plants)
    for depth in (1, 2, 3):
        _nested(dataset, plants, depth)
    _every_attribute(dataset, plants, "attribut")
    _every_sequence(dataset, plants)
    return _file(dataset, plants)


def plant_into(dataset: Dataset, plants: Plantation) -> None:
    """Plante dans un vrai fichier, sans toucher à son image : nom, dossier, commentaire, privé, profondeur 3."""
    for keyword in ("PatientName", "PatientID", "ImageComments", "InstitutionName", "Manufacturer"):
        _plant(dataset, Tag(keyword), "LT" if keyword == "ImageComments" else "LO", plants, "vrai fichier")
    item = Dataset()
    for keyword in NESTED_IN:
        _plant(item, Tag(keyword), "UT", plants, "vrai fichier, profondeur 3")
    for keyword in ("RelatedSeriesSequence", "PurposeOfReferenceCodeSequence", "ReferencedSeriesSequence"):
        item = _wrap(keyword, item)
    dataset.update(item)
    _private(dataset, plants)


def _every_attribute(dataset: Dataset, plants: Plantation, place: str) -> None:
    for tag, vr in _dictionary():
        if tag in dataset:
            continue
        if vr in TEXT_VRS or vr in BINARY_VRS:
            _plant(dataset, tag, vr, plants, f"{place} {vr}")
        elif vr == "UI":
            _set(dataset, tag, vr, b"1.2.826." + plants.number(f"{place} UI"))


def _nested(dataset: Dataset, plants: Plantation, depth: int) -> None:
    item = Dataset()
    _every_attribute(item, plants, f"profondeur {depth}")
    chain = ("ReferencedSeriesSequence", "SharedFunctionalGroupsSequence", "RTDoseROISequence")
    for keyword in chain[: depth - 1]:
        item = _wrap(keyword, item)
    holder = ("DerivationImageSequence", "PerFrameFunctionalGroupsSequence", "ReferencedInstanceSequence")[depth - 1]
    dataset.update(_wrap(holder, item))


def _every_sequence(dataset: Dataset, plants: Plantation) -> None:
    for tag, vr in _dictionary():
        if vr == "SQ" and tag not in dataset and tag != Tag("DirectoryRecordSequence"):
            item = Dataset()
            for keyword in NESTED_IN:
                _plant(item, Tag(keyword), "UT", plants, "toutes les séquences")
            _private(item, plants)
            dataset.add_new(tag, "SQ", Sequence([item]))


def _private(dataset: Dataset, plants: Plantation) -> None:
    item = Dataset()
    _plant(item, Tag("PatientName"), "PN", plants, "séquence privée")
    _plant(dataset, Tag(0x0009, 0x0010), "LO", plants, "privé")
    for element, vr in enumerate(("LO", "UN", "OB", "UT"), start=1):
        _plant(dataset, Tag(0x0009, 0x1000 + element), vr, plants, "privé")
    dataset.add_new(Tag(0x0009, 0x1010), "SQ", Sequence([item]))


def _structure(dataset: Dataset, plants: Plantation) -> None:
    """Les recoins : courbes, calques, hors dictionnaire, VR menteuse, séquence en UN, codes, noms à trois groupes."""
    for group, elements in ((0x5000, (0x0022, 0x3000)), (0x6000, (0x0022, 0x1500, 0x3000, 0x4000))):
        for element in elements:
            _plant(dataset, Tag(group, element), "LO", plants, f"groupe {group:04X}")
    _plant(dataset, Tag(FREE_GROUP, FREE_ELEMENT), "LO", plants, "hors dictionnaire")
    for keyword in ("Rows", "ExposureTime", "RescaleSlope"):
        _plant(dataset, Tag(keyword), "UT", plants, "VR menteuse")
    for keyword in ("SeriesNumber", "SliceThickness", "StudyID", "ProtocolName"):
        _plant(dataset, Tag(keyword), "UN", plants, "VR inconnue")
    _sequence_as_unknown(dataset, plants)
    name = b"=".join(plants.token("nom à trois groupes") + "^山田".encode() for _ in range(3))
    for keyword in ("PatientName", "PerformingPhysicianName", "EvaluatorName"):
        _set(dataset, Tag(keyword), "PN", name)
    _set(dataset, Tag("ImageType"), "CS", b"ORIGINAL\\PRIMARY\\" + plants.token("valeur multiple"))
    _codes(dataset, plants)
    _report(dataset, plants)


def _sequence_as_unknown(dataset: Dataset, plants: Plantation) -> None:
    """Une séquence dont le type est perdu (UN, longueur indéfinie) : ses éléments sont écrits en VR implicite."""
    token = plants.token("séquence en UN")
    name = bytes.fromhex("10001000") + (len(token) + 1).to_bytes(4, "little") + token + b" "
    item = bytes.fromhex("feff00e0") + len(name).to_bytes(4, "little") + name
    _set(dataset, Tag("OtherPatientIDsSequence"), "UN", item)
    _set(dataset, Tag("ReferencedPatientPhotoSequence"), "UN", item)


def _codes(dataset: Dataset, plants: Plantation) -> None:
    liar, unknown = Dataset(), Dataset()
    liar.CodeValue, liar.CodingSchemeDesignator = "51185008", "SCT"  # thorax : un vrai code, un faux sens
    _plant(liar, Tag("CodeMeaning"), "LO", plants, "sens d'un code")
    for keyword in ("CodeValue", "CodingSchemeDesignator", "CodeMeaning"):
        _plant(unknown, Tag(keyword), "SH", plants, "code inconnu")
    dataset.AnatomicRegionSequence = Sequence([liar, unknown])


def _report(dataset: Dataset, plants: Plantation) -> None:
    text, branch = Dataset(), Dataset()
    text.RelationshipType, text.ValueType = "CONTAINS", "TEXT"
    _plant(text, Tag("TextValue"), "UT", plants, "compte rendu")
    branch.RelationshipType, branch.ValueType = "CONTAINS", "CONTAINER"
    branch.ContentSequence = Sequence([text])
    dataset.ContentSequence = Sequence([branch])


def _file(dataset: Dataset, plants: Plantation) -> bytes:
    meta = dataset.file_meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.SourceApplicationEntityTitle = plants.token("en-tête").decode()
    meta.ImplementationVersionName = plants.token("en-tête").decode()
    meta.PrivateInformationCreatorUID = "1.2.826.0.1"
    meta.PrivateInformation = plants.token("en-tête")
    dataset.preamble = plants.token("préambule").ljust(128, b"\0")
    _plant(dataset, Tag(0xFFFC, 0xFFFC), "OB", plants, "remplissage final")
    buffer = BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def reread(data: bytes) -> Dataset:
    """Relit des octets comme un fichier, même sans en-tête."""
    return dcmread(BytesIO(data), force=True)


def _dictionary() -> Iterator[tuple[Tag, str]]:
    """Tous les attributs du dictionnaire de pydicom, sauf les commandes, l'en-tête et le marquage des longueurs."""
    for number, (vr, *_) in DicomDictionary.items():
        tag = Tag(number)
        if 0x0004 <= tag.group < 0xFFFA and tag != Tag("SpecificCharacterSet"):
            yield tag, vr


def _wrap(keyword: str, item: Dataset) -> Dataset:
    outer = Dataset()
    outer.add_new(Tag(keyword), "SQ", Sequence([item]))
    return outer


def _plant(dataset: Dataset, tag: Tag, vr: str, plants: Plantation, place: str) -> None:
    _set(dataset, tag, vr, plants.token(place))


def _set(dataset: Dataset, tag: Tag, vr: str, value: bytes) -> None:
    """Pose des octets tels quels : un jeton entre même là où pydicom refuserait un texte."""
    value += b" " * (len(value) % 2)
    dataset[tag] = RawDataElement(tag, vr, len(value), value, 0, False, True)
