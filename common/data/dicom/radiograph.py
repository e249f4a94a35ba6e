"""Une radiographie synthétique du thorax, projetée à travers le fantôme, avec ou sans nom dans les pixels."""

from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont
from pydicom.dataset import Dataset
from pydicom.uid import ComputedRadiographyImageStorage
from scipy.ndimage import zoom

from common.data.dicom.synthetic import AIR, add_patient, new_dataset, phantom, set_pixels, uid

SIZE = 256  # pixels de côté
WHITE = 4095
PHOTOMETRIC = ("MONOCHROME1", "MONOCHROME2")
CORNERS = ("haut gauche", "haut droite", "bas gauche", "bas droite")
FONT = Path(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf")
FONT_SIZES = (12, 18)  # pixels
MARGIN = 6


def synthetic_radiograph(seed: int = 0, *, burned_in: bool = False, photometric: str = "MONOCHROME2") -> Dataset:
    """Une radiographie du thorax, 256 × 256, 12 bits utiles, que pydicom écrit et relit.

    `burned_in` : le nom, l'identifiant et la date sont dessinés dans l'image, et BurnedInAnnotation vaut YES ; sinon
    l'attribut est absent, comme souvent. `photometric` : MONOCHROME1 (0 est blanc) ou MONOCHROME2 ; l'image montrée
    est la même. ValueError pour une autre photométrie. Données synthétiques : le patient n'existe pas.
    """
    if photometric not in PHOTOMETRIC:
        raise ValueError(f"photometric={photometric!r} : choisissez « MONOCHROME1 » ou « MONOCHROME2 ».")
    dataset = new_dataset(ComputedRadiographyImageStorage, "cr", seed, burned_in, photometric)
    add_patient(dataset, seed)
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = uid("cr", seed, "study"), uid("cr", seed, "series")
    dataset.Modality, dataset.BodyPartExamined, dataset.ViewPosition = "CR", "CHEST", "AP"
    dataset.ImageType, dataset.SeriesNumber, dataset.InstanceNumber = ["ORIGINAL", "PRIMARY"], 1, 1
    shown = projection(seed)
    if burned_in:
        shown = draw_text(shown, _label(dataset), np.random.default_rng(seed))
        dataset.BurnedInAnnotation = "YES"
    dataset.PhotometricInterpretation = photometric
    set_pixels(dataset, shown if photometric == "MONOCHROME2" else WHITE - shown)
    dataset.BitsStored, dataset.HighBit = 12, 11
    return dataset


def projection(seed: int) -> np.ndarray:
    """L'ombre du fantôme : l'absorption sommée d'avant en arrière ; os clair, poumon sombre ; (256, 256) uint16."""
    density = np.clip(phantom(seed).values - AIR, 0, None).sum(axis=1)[::-1]  # la tête en haut
    flat = zoom(density, (SIZE / density.shape[0], SIZE / density.shape[1]), order=1)
    noise = np.random.default_rng(seed).normal(0, 0.01, flat.shape)
    return np.round(np.clip(flat / flat.max() * 0.9 + noise, 0, 1) * WHITE).astype(np.uint16)


def draw_text(
    shown: np.ndarray,
    text: str,
    rng: np.random.Generator,
    *,
    sizes: tuple[int, int] = FONT_SIZES,
    contrast: float = 1.0,
) -> np.ndarray:
    """Dessine un texte dans un coin et une taille tirés au sort ; rend une nouvelle image (y, x) uint16.

    `sizes` : la plus petite et la plus grande, en pixels ; `contrast` : 1 pour du blanc, 0 pour un texte invisible.
    """
    font = ImageFont.truetype(FONT, size=int(rng.integers(*sizes, endpoint=True)))
    mask = Image.new("L", shown.shape[::-1])
    pen = ImageDraw.Draw(mask)
    _, _, width, height = pen.multiline_textbbox((0, 0), text, font=font)
    corner = CORNERS[rng.integers(len(CORNERS))]
    left = MARGIN if "gauche" in corner else max(shown.shape[1] - width - MARGIN, 0)
    top = MARGIN if "haut" in corner else shown.shape[0] - height - MARGIN
    pen.multiline_text((left, top), text, fill=255, font=font)
    clearer = np.round(shown + contrast * (WHITE - shown.astype(np.float64)))
    return np.where(np.asarray(mask) > 127, clearer, shown).astype(np.uint16)


def _label(dataset: Dataset) -> str:
    name = str(dataset.PatientName).replace("^", " ")
    return f"{name}\n{dataset.PatientID}\n{dataset.PatientBirthDate}"
