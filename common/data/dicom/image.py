"""Des octets à l'image : unités Hounsfield, fenêtrage, photométrie, volume. Chaque fonction est un exercice."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from pydicom import Dataset

from common.data.dicom.files import DicomError

AIR = -1000.0  # HU, par définition de l'échelle
TOLERANCE_MM = 1e-3
GAP = 1.5  # au-delà d'une fois et demie l'écart médian, il manque une coupe


class Volume(NamedTuple):
    """Un volume : `values` (z, y, x) en HU, et `spacing`, l'écart entre voxels (z, y, x) en mm."""

    values: np.ndarray
    spacing: tuple[float, float, float]


def to_hounsfield(dataset: Dataset) -> np.ndarray:
    """Convertit les valeurs stockées d'un scanner en unités Hounsfield : pente × valeur + ordonnée à l'origine.

    Rend un tableau float64, de forme (y, x). Un pixel hors du champ (PixelPaddingValue) n'est pas une mesure : il
    vaut −1000, comme l'air. DicomError s'il n'y a pas d'image ou pas de RescaleSlope. Cas limite : pente 1 et
    ordonnée 0 rendent les valeurs stockées. Source : DICOM PS3.3, C.11.1 et C.7.5.1.1.2.
    """
    if "RescaleSlope" not in dataset:
        raise DicomError(
            "Ce fichier n'a pas de RescaleSlope : ses valeurs ne sont pas des unités Hounsfield. "
            "Choisissez un scanner (Modality CT), ou regardez l'image avec display(dataset)."
        )
    stored = pixels(dataset)
    values = stored * float(dataset.RescaleSlope) + float(dataset.RescaleIntercept)
    return np.where(padded(dataset, stored), AIR, values)


def window(values: ArrayLike, center: float, width: float) -> np.ndarray:
    """Fenêtre des valeurs (HU) : rend un gris de 0 (noir) à 1 (blanc), de même forme.

    Formule LINEAR exacte de la norme, avec ses −0,5 et −1 : ((x − (c − 0,5)) / (w − 1) + 0,5), bornée à [0, 1].
    ValueError si width < 1. Cas limite : width = 1 est un seuil à center − 0,5. Source : DICOM PS3.3, C.11.2.1.2.1.
    """
    if width < 1:
        raise ValueError(f"width={width} : la largeur d'une fenêtre vaut au moins 1. Écrivez par exemple width=400.")
    shifted = np.asarray(values, dtype=np.float64) - (center - 0.5)
    if width == 1:
        return (shifted > 0).astype(np.float64)
    return np.clip(shifted / (width - 1) + 0.5, 0, 1)


def display(dataset: Dataset) -> np.ndarray:
    """L'image telle qu'un écran doit la montrer, de 0 (noir) à 1 (blanc), de forme (y, x).

    Fenêtre du fichier (la première), à défaut toute l'étendue des valeurs ; MONOCHROME1, où 0 est blanc, est inversé.
    DicomError sans image, ou si elle est en couleurs. Source : DICOM PS3.3, C.7.6.3.1.2.
    """
    if dataset.get("PhotometricInterpretation") not in ("MONOCHROME1", "MONOCHROME2"):
        raise DicomError(
            f"Photométrie « {dataset.get('PhotometricInterpretation', 'absente')} » : display ne montre que des "
            "niveaux de gris (MONOCHROME1 ou 2). Pour une image en couleurs, utilisez dataset.pixel_array."
        )
    stored = pixels(dataset)
    values = stored * float(dataset.get("RescaleSlope", 1)) + float(dataset.get("RescaleIntercept", 0))
    gray = window(values, *_center_width(dataset, values[~padded(dataset, stored)]))
    return 1 - gray if dataset.PhotometricInterpretation == "MONOCHROME1" else gray


def slice_position(dataset: Dataset) -> float:
    """La place d'une coupe le long de l'axe de la pile, en mm : ImagePositionPatient projetée sur la normale.

    La normale est le produit vectoriel des lignes et des colonnes : la règle vaut pour une pile inclinée, où trier
    sur z se trompe. DicomError si la position manque. Source : DICOM PS3.3, C.7.6.2.1.1.
    """
    if "ImagePositionPatient" not in dataset or "ImageOrientationPatient" not in dataset:
        raise DicomError(
            "Cette coupe n'a pas de position dans le patient (ImagePositionPatient, ImageOrientationPatient) : elle ne "
            "se range pas dans un volume. Retirez-la ; InstanceNumber ne suffit pas, rien n'impose son ordre."
        )
    orientation = np.array(dataset.ImageOrientationPatient, dtype=np.float64)
    normal = np.cross(orientation[:3], orientation[3:])
    return float(np.dot(np.array(dataset.ImagePositionPatient, dtype=np.float64), normal))


def stack_volume(datasets: Sequence[Dataset]) -> Volume:
    """Empile les coupes d'une série, dans n'importe quel ordre, par position croissante le long de la normale.

    Rend le volume (z, y, x) en HU et l'écart entre voxels (z, y, x) en mm, mesuré entre les positions (SliceThickness
    est l'épaisseur, pas l'écart). DicomError pour moins de deux coupes, des coupes de taille, de série ou d'orientation
    différentes, une coupe en double ou manquante. Limite : une coupe perdue au bout de la pile ne se voit pas.
    """
    _check_same_stack(datasets)
    ordered = sorted(datasets, key=slice_position)
    gap = _regular_gap(np.array([slice_position(dataset) for dataset in ordered]))
    rows, columns = (float(value) for value in ordered[0].PixelSpacing)
    return Volume(np.stack([to_hounsfield(dataset) for dataset in ordered]), (gap, rows, columns))


def pixels(dataset: Dataset) -> np.ndarray:
    """Les valeurs stockées, en float64, signées comme le dit PixelRepresentation ; DicomError si l'image manque."""
    if "PixelData" not in dataset:
        raise DicomError(
            f"Ce fichier ({dataset.get('Modality', 'sans modalité')}) n'a pas d'image : PixelData manque. "
            "Un compte rendu ou un plan de traitement n'en a pas ; choisissez un fichier qui en a une."
        )
    return dataset.pixel_array.astype(np.float64)


def padded(dataset: Dataset, stored: np.ndarray) -> np.ndarray:
    """Masque des pixels hors du champ, comparés avant toute conversion. Source : DICOM PS3.3, C.7.5.1.1.2."""
    if "PixelPaddingValue" not in dataset:
        return np.zeros(stored.shape, dtype=bool)
    bounds = dataset.PixelPaddingValue, dataset.get("PixelPaddingRangeLimit", dataset.PixelPaddingValue)
    return (stored >= min(bounds)) & (stored <= max(bounds))


def _center_width(dataset: Dataset, values: np.ndarray) -> tuple[float, float]:
    if "WindowCenter" in dataset and "WindowWidth" in dataset:
        return tuple(float(np.atleast_1d(dataset[name].value)[0]) for name in ("WindowCenter", "WindowWidth"))
    low, high = (values.min(), values.max()) if values.size else (0.0, 0.0)
    return (low + high + 1) / 2, high - low + 1


def _check_same_stack(datasets: Sequence[Dataset]) -> None:
    if len(datasets) < 2:
        raise DicomError(f"{len(datasets)} coupe : un volume en demande au moins deux. Donnez toute la série.")
    for name in ("SeriesInstanceUID", "Rows", "Columns", "PixelSpacing"):
        if len({str(dataset.get(name)) for dataset in datasets}) > 1:
            raise DicomError(
                f"Les coupes n'ont pas toutes le même {name} : elles ne viennent pas d'une seule série. "
                "Gardez celles d'un seul SeriesInstanceUID."
            )
    orientations = [np.array(dataset.get("ImageOrientationPatient", []), dtype=float) for dataset in datasets]
    if not all(np.allclose(orientation, orientations[0], atol=1e-4) for orientation in orientations):
        raise DicomError("Les coupes n'ont pas toutes la même orientation : retirez le topogramme ou les repérages.")


def _regular_gap(positions: np.ndarray) -> float:
    gaps = np.diff(positions)
    median = float(np.median(gaps))
    if np.any(gaps < TOLERANCE_MM):
        place = positions[int(np.argmin(gaps))]
        raise DicomError(f"Deux coupes ont la même position ({place:.1f} mm) : retirez le doublon.")
    if np.any(gaps > GAP * median):
        before = positions[int(np.argmax(gaps))]
        raise DicomError(
            f"Il manque au moins une coupe après la position {before:.1f} mm (écart de {gaps.max():.1f} mm au lieu de "
            f"{median:.1f}). Redemandez la série complète : un volume troué fausse toute mesure."
        )
    return median
