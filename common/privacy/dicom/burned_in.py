"""Soupçonner un texte dans les pixels : ce que disent les attributs, et une recherche de lettres dans l'image.

Le profil de base ne touche pas aux pixels ; un nom incrusté y reste. La recherche n'est qu'un tri : elle cherche une
ligne de petites taches bien tranchées, alignées et de même hauteur. Elle rate un texte manuscrit, pâle, très grand ou
de moins de cinq lettres, et s'alarme d'une règle graduée. Une personne regarde ce qu'elle signale, et un échantillon
du reste. `python -m bancs.dicom_identifiants` dit ce qu'elle vaut, avec son effectif, sur des images synthétiques.
"""

import numpy as np
from pydicom import Dataset
from pydicom.encaps import generate_frames
from pydicom.uid import JPEGLSTransferSyntaxes, JPEGTransferSyntaxes
from scipy import ndimage

from common.data.dicom.files import is_compressed

PRONE = {
    "US": "échographie",
    "IVUS": "échographie endovasculaire",
    "ES": "endoscopie",
    "XC": "photographie",
    "GM": "microscopie",
    "SM": "lame, dont l'étiquette est photographiée",
    "OT": "modalité « autre »",
}
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
DERIVED = ("SECONDARY", "DERIVED")
MAX_SIDE, MAX_FRAMES = 1024, 8  # au-delà, un pixel sur deux, sur trois… ; et des images réparties dans la suite
CONTRAST = 0.1  # de l'étendue des gris, entre un trait et son voisinage
NEIGHBOURHOOD = 11  # pixels : plus large que deux traits
HEIGHTS, WIDTHS = (5, 40), (2, 40)  # pixels : une lettre
MIN_FILL, MIN_LETTERS = 0.12, 5
JPEG = (*JPEGTransferSyntaxes, *JPEGLSTransferSyntaxes)
COMMENT_MARKERS = (b"\xff\xfe", b"\xff\xe1")  # JPEG : commentaire, Exif


def burned_in_suspicions(dataset: Dataset) -> list[str]:
    """Les raisons de craindre un texte dans l'image, en français ; une liste vide n'est pas une garantie.

    Sans image, la liste est vide. Une image qui ne se décode pas ici est elle-même une raison : personne ne l'a vue.
    """
    if "PixelData" not in dataset:
        return []
    reasons = [*_from_attributes(dataset), *_from_encoding(dataset)]
    try:
        frames = _frames(dataset)
    except Exception as error:  # un décodeur absent, ou une image abîmée : chacun a son erreur
        return [*reasons, f"image illisible ici ({type(error).__name__}) : regardez-la avec un autre logiciel"]
    letters = max(aligned_letters(frame) for frame in frames)
    if letters >= MIN_LETTERS:
        reasons.append(f"{letters} taches alignées comme les lettres d'un texte")
    return reasons


def aligned_letters(gray: np.ndarray) -> int:
    """Le nombre de taches qui forment la plus longue ligne d'écriture de l'image (y, x) ; 0 pour une image unie.

    Une tache est un trait plus clair ou plus sombre que son voisinage, de la taille d'une lettre ; une ligne réunit
    celles qui ont le même pied, à deux pixels près, et presque la même hauteur.
    """
    step = -(-max(gray.shape) // MAX_SIDE)
    gray = gray[::step, ::step].astype(np.float64)
    spread = gray.max() - gray.min()
    if not spread:
        return 0
    scaled = np.round((gray - gray.min()) / spread * 255).astype(np.uint8)
    detail = scaled.astype(int) - ndimage.median_filter(scaled, NEIGHBOURHOOD)
    return max(_longest_line(_letters(sign * detail > CONTRAST * 255)) for sign in (1, -1))


def _letters(strokes: np.ndarray) -> np.ndarray:
    """Rend (n, 2) : le pied et la hauteur de chaque tache qui a la taille d'une lettre."""
    labels, _ = ndimage.label(strokes, structure=np.ones((3, 3)))
    found = []
    for index, (rows, columns) in enumerate(ndimage.find_objects(labels), start=1):
        height, width = rows.stop - rows.start, columns.stop - columns.start
        fill = np.mean(labels[rows, columns] == index)
        if HEIGHTS[0] <= height <= HEIGHTS[1] and WIDTHS[0] <= width <= WIDTHS[1] and fill >= MIN_FILL:
            found.append((rows.stop, height))
    return np.array(found, dtype=float).reshape(-1, 2)


def _longest_line(letters: np.ndarray) -> int:
    if not len(letters):
        return 0
    foot, height = letters[:, 0], letters[:, 1]
    same_foot = np.abs(foot[:, None] - foot) <= 2
    same_height = np.abs(height[:, None] - height) <= 0.4 * height[:, None]
    return int((same_foot & same_height).sum(axis=1).max())


def _frames(dataset: Dataset) -> list[np.ndarray]:
    """Des images (y, x), une par couleur : un texte rouge sur fond blanc ne se voit ni dans le rouge ni au maximum."""
    pixels = dataset.pixel_array
    colors = pixels.shape[-1:] if dataset.get("SamplesPerPixel", 1) > 1 else (1,)
    stack = pixels.reshape(-1, int(dataset.Rows), int(dataset.Columns), *colors)
    chosen = np.unique(np.linspace(0, len(stack) - 1, min(MAX_FRAMES, len(stack))).astype(int))
    return [gray for index in chosen for gray in np.moveaxis(stack[index], -1, 0)]


def _from_attributes(dataset: Dataset) -> list[str]:
    reasons, burned_in = [], dataset.get("BurnedInAnnotation")
    modality, types = dataset.get("Modality"), dataset.get("ImageType") or []
    if burned_in not in (None, "", "NO"):
        reasons.append(f"BurnedInAnnotation vaut {burned_in} : le fichier déclare un texte incrusté")
    if modality in PRONE:
        reasons.append(f"modalité {modality} ({PRONE[modality]}) : l'appareil incruste souvent le nom")
    if str(dataset.get("SOPClassUID", "")).startswith(SECONDARY_CAPTURE):
        reasons.append("capture secondaire : une copie d'écran peut montrer un dossier")
    if any(word in types for word in DERIVED):
        reasons.append(f"ImageType {'/'.join(types)} : une image dérivée a pu être annotée")
    return reasons


def _from_encoding(dataset: Dataset) -> list[str]:
    reasons = []
    if any(
        element.tag.group & 0xFF00 == 0x6000 and element.tag.element == 0x0102 and element.value for element in dataset
    ):
        reasons.append("calque rangé dans les bits de poids fort de l'image")
    if is_compressed(dataset) and dataset.file_meta.TransferSyntaxUID in JPEG and _has_comment(dataset):
        reasons.append("segment de commentaire ou Exif dans l'image JPEG")
    return reasons


def _has_comment(dataset: Dataset) -> bool:
    frames = generate_frames(dataset.PixelData, number_of_frames=int(dataset.get("NumberOfFrames") or 1))
    return any(marker in frame.split(b"\xff\xda")[0] for frame in frames for marker in COMMENT_MARKERS)
