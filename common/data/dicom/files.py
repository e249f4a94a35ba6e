"""Lire un fichier DICOM venu d'ailleurs sans s'y fier : taille, en-tête, troncature et image annoncée sont vérifiés."""

import zlib
from difflib import get_close_matches
from io import BytesIO
from math import prod
from pathlib import Path

import pydicom.data
from pydicom import Dataset, dcmread
from pydicom.dataelem import RawDataElement
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.errors import InvalidDicomError
from pydicom.filereader import read_dataset, read_file_meta_info
from pydicom.uid import DeflatedExplicitVRLittleEndian

MAX_BYTES = 512 * 2**20  # du fichier, et de l'image une fois décompressée
UNDEFINED_LENGTH = 0xFFFFFFFF
PREAMBLE_BYTES = 128
FIXED_META_BYTES = PREAMBLE_BYTES + 4 + 12  # préambule, « DICM », longueur du groupe 0002
LIBRARY = Path(pydicom.data.__file__).parent / "test_files"


class DicomError(ValueError):
    """Un fichier DICOM refusé : le message dit pourquoi et quoi faire."""


def library_file(name: str) -> Path:
    """Le chemin d'un fichier DICOM réel livré avec pydicom, par exemple « CT_small.dcm » ; jamais de téléchargement.

    FileNotFoundError, avec le nom le plus proche, s'il n'est pas livré avec la bibliothèque (pydicom en propose
    d'autres, qu'il irait chercher sur le réseau). Source : pydicom, data/test_files/README.txt.
    """
    names = sorted(path.name for path in LIBRARY.glob("*.dcm"))
    if name in names:
        return LIBRARY / name
    close = get_close_matches(name, names, n=1)
    hint = f" Vouliez-vous dire « {close[0]} » ?" if close else ""
    raise FileNotFoundError(
        f"« {name} » n'est pas livré avec pydicom, et le cours ne télécharge rien.{hint} "
        f"Les {len(names)} fichiers disponibles sont dans {LIBRARY.name}/ : « CT_small.dcm », « MR_small.dcm »…"
    )


def read_file(path: Path | str, *, max_bytes: int = MAX_BYTES) -> FileDataset:
    """Lit un fichier DICOM après l'avoir vérifié ; l'image reste codée jusqu'à ce qu'on la demande.

    `max_bytes` borne le fichier, et ce qu'il annonce une fois décompressé. FileNotFoundError s'il n'existe pas ;
    DicomError s'il est trop gros, n'est pas du DICOM, ou s'arrête avant la fin. Cas limite : un fichier sans image
    (compte rendu, plan de traitement) se lit ; ce sont les fonctions d'image qui le disent.
    """
    path = Path(path)
    _check_size(path, max_bytes)
    try:
        meta = read_file_meta_info(path)
        deflated = meta.get("TransferSyntaxUID") == DeflatedExplicitVRLittleEndian
        dataset = _read_deflated(path, meta, max_bytes) if deflated else dcmread(path)
        _check_whole(dataset, path)
        _check_pixels(dataset, path, max_bytes)
    except InvalidDicomError:
        raise DicomError(
            f"« {path.name} » n'est pas un fichier DICOM : « DICM » manque après les 128 premiers octets. "
            "Vérifiez le chemin ; une image JPEG ou PNG se lit avec PIL.Image.open."
        ) from None
    except DicomError:
        raise
    except Exception as error:  # un fichier mal formé peut lever n'importe quoi dans l'analyseur
        raise DicomError(
            f"« {path.name} » commence comme un fichier DICOM mais ne se lit pas jusqu'au bout ({error}). "
            "Il est sans doute abîmé ou tronqué ; redemandez-le à sa source."
        ) from error
    return dataset


def pixel_bytes(dataset: Dataset) -> int:
    """La taille de l'image, une fois décompressée, que l'en-tête annonce, en octets ; 0 s'il n'y a pas d'image."""
    if "PixelData" not in dataset:
        return 0
    sizes = [dataset.get(name) or 0 for name in ("Rows", "Columns", "BitsAllocated")]
    samples, frames = dataset.get("SamplesPerPixel") or 1, int(dataset.get("NumberOfFrames") or 1)
    values = [samples, frames, *sizes[:2]]
    if dataset.get("PhotometricInterpretation") == "YBR_FULL_422":
        values[0] = 2  # deux pixels voisins partagent leur couleur
    return -(-prod(values) * sizes[2] // 8)


def is_compressed(dataset: Dataset) -> bool:
    """Vrai si l'image est compressée (JPEG, RLE…) ; faux aussi quand le fichier n'annonce pas sa syntaxe."""
    syntax = getattr(dataset, "file_meta", Dataset()).get("TransferSyntaxUID")
    return bool(syntax) and not syntax.is_private and syntax.is_compressed


def _check_size(path: Path, max_bytes: int) -> None:
    if not path.is_file():
        raise FileNotFoundError(f"« {path} » n'existe pas, ou n'est pas un fichier. Vérifiez le chemin.")
    if path.stat().st_size > max_bytes:
        raise _too_big(path, path.stat().st_size, max_bytes)


def _read_deflated(path: Path, meta: FileMetaDataset, max_bytes: int) -> FileDataset:
    """Décompresse ici, sans dépasser la limite : pydicom décompresserait tout d'un coup, et une bombe remplit tout."""
    data = path.read_bytes()
    start = FIXED_META_BYTES + meta.FileMetaInformationGroupLength
    inflated = zlib.decompressobj(-zlib.MAX_WBITS).decompress(data[start:], max_bytes + 1)
    if len(inflated) > max_bytes:
        raise _too_big(path, len(inflated), max_bytes)
    content = read_dataset(BytesIO(inflated), False, True)  # VR explicites, petit-boutiste
    dataset = FileDataset(path, content, data[:PREAMBLE_BYTES], meta, is_implicit_VR=False)
    dataset.set_original_encoding(is_implicit_vr=False, is_little_endian=True)
    return dataset


def _check_whole(dataset: Dataset, path: Path) -> None:
    for raw in dataset.values():
        whole = not isinstance(raw, RawDataElement) or raw.length == UNDEFINED_LENGTH or not raw.value
        if not whole and len(raw.value) < raw.length:
            raise _truncated(path, len(raw.value), raw.length)


def _check_pixels(dataset: Dataset, path: Path, max_bytes: int) -> None:
    expected = pixel_bytes(dataset)
    if expected > max_bytes:
        raise _too_big(path, expected, max_bytes)
    if expected and not is_compressed(dataset) and len(dataset.PixelData) < expected:
        raise _truncated(path, len(dataset.PixelData), expected)


def _truncated(path: Path, read: int, expected: int) -> DicomError:
    return DicomError(
        f"« {path.name} » est tronqué : un de ses éléments compte {read} octets sur {expected} annoncés. "
        "La copie s'est sans doute interrompue ; refaites-la."
    )


def _too_big(path: Path, size: int, max_bytes: int) -> DicomError:
    return DicomError(
        f"« {path.name} » ferait au moins {size / 2**20:.0f} Mio en mémoire, la limite est de {max_bytes / 2**20:.0f}. "
        "S'il est bien ce que vous attendez, donnez max_bytes= à read_file."
    )
