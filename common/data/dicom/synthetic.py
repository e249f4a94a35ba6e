"""Un scanner du thorax synthétique : des fichiers DICOM valides, un patient qui n'existe pas, un nodule.

Les tissus ont leurs valeurs usuelles (HU) : air −1000, poumon −800, parties molles 40, os 700. Rien n'y vient d'un
vrai patient ; les métadonnées, elles, imitent ce qu'un hôpital laisse dans ses fichiers, pour apprendre à les ôter.
"""

from dataclasses import dataclass
from uuid import NAMESPACE_URL, uuid5

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

from common.data.dataset import DataCard

SHAPE = (24, 128, 128)  # coupes, lignes, colonnes
SPACING = (10.0, 2.8, 2.8)  # mm : écart entre coupes, entre lignes, entre colonnes
AIR, LUNG, SOFT, BONE = -1000.0, -800.0, 40.0, 700.0  # HU
NOISE = 12.0  # HU, écart-type
PADDING, INTERCEPT = -2000, -1024
NODULE_RADIUS = 12.0  # mm
CARD = DataCard(
    name="dicom",
    title="Scanner et radiographie du thorax",
    synthetic=True,
    source="générateur du cours : un fantôme géométrique, et un patient inventé",
    license="Apache-2.0 (code du cours)",
    limits=(
        "aucun vrai patient, et aucune anatomie fine : bon pour apprendre à lire, fenêtrer, empiler et "
        "désidentifier ; un modèle entraîné dessus ne dirait rien de la médecine."
    ),
)
PATIENTS = (("MARTIN^Camille", "F"), ("DUPONT^Hélène", "F"), ("LEFÈVRE^Karim", "M"), ("NGUYEN^Théo", "M"))


@dataclass(frozen=True)
class Phantom:
    """Le fantôme : `values` (z, y, x) en HU, `nodule` le masque du nodule, `outside` ce que le scanner ne voit pas."""

    values: np.ndarray
    nodule: np.ndarray
    outside: np.ndarray


def uid(*parts: object) -> str:
    """Un UID « 2.25. » toujours le même pour les mêmes mots. Source : DICOM PS3.5, B.2."""
    return f"2.25.{uuid5(NAMESPACE_URL, '/'.join(map(str, parts))).int}"


def phantom(seed: int) -> Phantom:
    """Construit un thorax d'ellipses : parties molles, deux poumons, une colonne, des côtes, un nodule.

    Les longueurs sont en mm, l'origine au centre du volume. `seed` règle le bruit, la place du nodule et son côté.
    """
    rng = np.random.default_rng(seed)
    z, y, x = np.meshgrid(
        *((np.arange(n) - (n - 1) / 2) * step for n, step in zip(SHAPE, SPACING, strict=True)), indexing="ij"
    )
    values = np.full(SHAPE, AIR)
    values[_ellipse(x, y, 0, 0, 150, 105)] = SOFT
    ribs = _ellipse(x, y, 0, 0, 143, 98) & ~_ellipse(x, y, 0, 0, 136, 91) & (np.abs(z % 30 - 15) < 6)
    values[ribs] = BONE
    for side in (-1, 1):
        lung = ((x - side * 65) / 50) ** 2 + ((y + 5) / 72) ** 2 + (z / 108) ** 2 < 1
        values[lung] = LUNG
    values[_ellipse(x, y, 0, 62, 20, 18)] = BONE
    center = rng.choice([-65.0, 65.0]), rng.uniform(-30, 20), rng.uniform(-40, 40)
    nodule = (x - center[0]) ** 2 + (y - center[1]) ** 2 + (z - center[2]) ** 2 < NODULE_RADIUS**2
    values[nodule] = SOFT
    return Phantom(values + rng.normal(0, NOISE, SHAPE), nodule, ~_ellipse(x, y, 0, 0, 178, 178))


def synthetic_ct(seed: int = 0) -> list[Dataset]:
    """Un scanner du thorax : 24 coupes 128 × 128 d'une même série, dans le désordre, prêtes à lire ou à écrire.

    Valeurs stockées signées sur 16 bits, pente 1, ordonnée −1024, −2000 hors du champ ; écarts (10 ; 2,8 ; 2,8) mm.
    InstanceNumber suit l'acquisition, de la tête vers les pieds, donc à l'envers des positions. Même `seed`, mêmes
    octets. Données synthétiques : le patient n'existe pas.
    """
    body = phantom(seed)
    stored = np.where(body.outside, PADDING, np.round(body.values) - INTERCEPT).astype("<i2")
    slices = [_slice(seed, index, stored[index]) for index in range(SHAPE[0])]
    return [slices[index] for index in np.random.default_rng(seed).permutation(SHAPE[0])]


def new_dataset(sop_class: str, *names: object) -> Dataset:
    """Un jeu de données DICOM vide, avec son en-tête de fichier ; les `names` font son SOPInstanceUID."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID = sop_class
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID = uid(*names)
    dataset.SpecificCharacterSet = "ISO_IR 192"
    return dataset


def add_patient(dataset: Dataset, seed: int) -> None:
    """Écrit ce qu'un hôpital écrit : le patient, la visite, les soignants, l'appareil, les dates, un commentaire."""
    rng = np.random.default_rng(seed)
    name, sex = PATIENTS[seed % len(PATIENTS)]
    year, day = int(rng.integers(1935, 1995)), int(rng.integers(1, 29))
    number = int(rng.integers(10**6, 10**7))
    dataset.PatientName, dataset.PatientSex, dataset.PatientID = name, sex, f"IPP{number}"
    dataset.PatientBirthDate, dataset.PatientAge = f"{year}03{day:02d}", f"{2024 - year:03d}Y"
    dataset.PatientAddress = "12 rue des Lilas, 37000 Tours"
    dataset.StudyDate = dataset.SeriesDate = dataset.AcquisitionDate = dataset.ContentDate = f"202405{day:02d}"
    dataset.StudyTime = dataset.SeriesTime = dataset.AcquisitionTime = dataset.ContentTime = "101500"
    dataset.AccessionNumber, dataset.StudyID = f"EX{number}", "1"
    dataset.InstitutionName, dataset.StationName = "CHU de Synthèse", "SCAN02"
    dataset.ReferringPhysicianName, dataset.OperatorsName = "ROUSSEAU^Paul", "BERNARD^Inès"
    dataset.Manufacturer, dataset.DeviceSerialNumber = "Cours", f"SN{number}"
    dataset.StudyDescription = "Thorax, données synthétiques"
    dataset.PatientComments = f"{name.split('^')[0].title()}, suivie à Tours, rappeler au 02 47 00 00 00"


def set_pixels(dataset: Dataset, stored: np.ndarray) -> None:
    """Pose une image 16 bits, signée ou non selon le tableau."""
    dataset.Rows, dataset.Columns = stored.shape
    dataset.SamplesPerPixel, dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 1, 16, 16, 15
    dataset.PixelRepresentation = int(stored.dtype.kind == "i")
    dataset.PixelData = stored.astype(stored.dtype.newbyteorder("<")).tobytes()


def _slice(seed: int, index: int, stored: np.ndarray) -> Dataset:
    dataset = new_dataset(CTImageStorage, "ct", seed, index)
    add_patient(dataset, seed)
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = uid("ct", seed, "study"), uid("ct", seed, "series")
    dataset.FrameOfReferenceUID, dataset.PositionReferenceIndicator = uid("ct", seed, "frame"), ""
    dataset.Modality, dataset.ImageType = "CT", ["ORIGINAL", "PRIMARY", "AXIAL"]
    dataset.BodyPartExamined, dataset.PatientPosition, dataset.SeriesNumber = "CHEST", "HFS", 1
    dataset.InstanceNumber = SHAPE[0] - index
    dataset.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    corner = [-(n - 1) / 2 * step for n, step in zip(SHAPE, SPACING, strict=True)]
    dataset.ImagePositionPatient = [corner[2], corner[1], corner[0] + index * SPACING[0]]
    dataset.PixelSpacing, dataset.SliceThickness, dataset.KVP = list(SPACING[1:]), 5.0, 120
    dataset.RescaleSlope, dataset.RescaleIntercept, dataset.RescaleType = 1, INTERCEPT, "HU"
    dataset.WindowCenter, dataset.WindowWidth = 40, 400
    dataset.PhotometricInterpretation = "MONOCHROME2"
    set_pixels(dataset, stored)
    dataset.add_new("PixelPaddingValue", "SS", PADDING)
    return dataset


def _ellipse(x: np.ndarray, y: np.ndarray, x0: float, y0: float, half_x: float, half_y: float) -> np.ndarray:
    return ((x - x0) / half_x) ** 2 + ((y - y0) / half_y) ** 2 < 1
