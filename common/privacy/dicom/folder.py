"""Désidentifier un dossier : rien n'est écrasé, un mauvais fichier n'arrête rien, le doute va à une personne."""

import os
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

from pydicom import Dataset

from common.data.dicom.files import DicomError, read_file
from common.privacy.dicom.burned_in import burned_in_suspicions
from common.privacy.dicom.deidentify import deidentify, readable_elements, values_of
from common.privacy.dicom.pseudonyms import check_key

MIN_SEARCHED = 5  # octets : plus court, un nom se trouve par hasard dans des pixels
LAST_LATIN = "ÿ"
PATIENT_NUMBERS = ("PatientID", "OtherPatientIDs", "AccessionNumber")


@dataclass
class FolderReport:
    """Ce qu'est devenu chaque fichier, par son chemin relatif à la source. Il nomme vos fichiers : ne le publiez pas.

    `written` : source → nom écrit ; `to_check` : mis de côté, à vérifier à la main, et pourquoi ; `refused` : ni lu ni
    écrit, et pourquoi. Les fichiers de la source restent où ils sont, intacts.
    """

    written: dict[str, str] = field(default_factory=dict)
    to_check: dict[str, list[str]] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        counts = (
            f"{len(self.written)} écrit(s), {len(self.to_check)} à vérifier à la main, {len(self.refused)} refusé(s)"
        )
        return f"{counts}. Les fichiers d'origine sont intacts."


def deidentify_folder(
    source: Path | str, target: Path | str, key: bytes, *, shift_dates: bool = False, checked: Collection[str] = ()
) -> FolderReport:
    """Écrit dans `target`, un dossier neuf, la version désidentifiée de chaque fichier DICOM de `source`.

    Le nom écrit est le nouvel UID : celui d'origine peut nommer le patient. Un fichier suspect n'est pas écrit, sauf si
    son chemin relatif est dans `checked` : quelqu'un l'a regardé. Les liens ne sont pas suivis. Chaque fichier écrit
    est relu, et mis de côté si un nom ou un numéro du patient s'y trouve encore. ValueError si `target` contient déjà
    quelque chose, ou si un dossier est dans l'autre ; NotADirectoryError si `source` n'est pas un dossier.
    """
    source, target = Path(source), Path(target)
    check_key(key)
    _check_folders(source, target)
    target.mkdir(parents=True, exist_ok=True)
    report = FolderReport()
    for path in walk_files(source):
        name = path.relative_to(source).as_posix()
        try:
            cleaned, data, reasons = _prepare(path, key, shift_dates, name in checked)
            if reasons:
                report.to_check[name] = reasons
            else:
                report.written[name] = _write(target, cleaned, data)
        except Exception as error:  # un fichier hostile peut lever n'importe quoi ; les suivants n'y sont pour rien
            report.refused[name] = str(error) if isinstance(error, DicomError) else f"{type(error).__name__} : {error}"
    return report


def leftovers(original: Dataset, data: bytes) -> list[str]:
    """Les attributs d'`original` (noms, numéros du patient) dont la valeur se lit encore dans `data`.

    Un dernier filet, pas une preuve : il ne cherche que des valeurs d'au moins cinq octets, écrites de la même façon
    (majuscules et minuscules confondues).
    """
    identities = [(keyword, value) for keyword, value in _identities(original) if len(value.encode()) >= MIN_SEARCHED]
    readable = set(readable_words([value for _, value in identities], data))
    return sorted({keyword for keyword, value in identities if value in readable})


def readable_words(words: Iterable[str], data: bytes) -> list[str]:
    """Les mots qui se lisent dans des octets, dans leur ordre, en UTF-8 ou en Latin-1, quelle que soit la casse.

    Un dernier filet, pas une preuve : un mot écrit autrement, un nombre binaire ou un nom dans l'image lui échappent.
    """
    lowered = data.lower()  # les seules lettres ASCII : les autres, `_forms` les essaie
    return [word for word in words if any(form in lowered for form in _forms(word))]


def walk_files(folder: Path) -> Iterator[Path]:
    """Les fichiers d'un dossier et de ses sous-dossiers, triés ; un lien est rendu, jamais suivi."""
    for root, folders, files in os.walk(folder, followlinks=False):
        links = [name for name in folders if Path(root, name).is_symlink()]
        folders.sort()
        yield from (Path(root, name) for name in sorted(files + links))


def _identities(dataset: Dataset) -> Iterator[tuple[str, str]]:
    for element in readable_elements(dataset):
        if element.VR == "SQ":
            for item in element.value:
                yield from _identities(item)
        elif element.VR == "PN" or element.keyword in PATIENT_NUMBERS:
            for word in re.split(r"[=^\\]", "^".join(map(str, values_of(element)))):
                yield element.keyword, word.strip()


def _forms(word: str) -> set[bytes]:
    cases = (word, word.lower(), word.upper())
    latin = [case.encode("latin-1") for case in cases if max(case, default="") <= LAST_LATIN]
    return {form.lower() for form in [*latin, *(case.encode("utf-8", "replace") for case in cases)]}


def _prepare(path: Path, key: bytes, shift_dates: bool, checked: bool) -> tuple[Dataset, bytes, list[str]]:
    """Rend le fichier désidentifié, ses octets, et les raisons de ne pas l'écrire sans le regarder."""
    if path.is_symlink():
        raise DicomError("C'est un lien : il peut mener hors du dossier. Copiez le fichier lui-même.")
    original = read_file(path)
    cleaned = deidentify(original, key, shift_dates=shift_dates)
    data = _encode(cleaned)
    return cleaned, data, _reasons(original, data, checked)


def _reasons(original: Dataset, data: bytes, checked: bool) -> list[str]:
    reasons = [] if checked else burned_in_suspicions(original)
    found = leftovers(original, data)
    return [*reasons, *([f"encore lisible après désidentification : {', '.join(found)}"] if found else [])]


def _encode(dataset: Dataset) -> bytes:
    if not dataset.get("SOPInstanceUID") or not dataset.get("SOPClassUID"):
        raise DicomError(
            "SOPClassUID ou SOPInstanceUID manque : ce n'est pas un objet DICOM complet, il ne peut pas être écrit. "
            "Redemandez-le à l'appareil ou au PACS qui l'a produit."
        )
    buffer = BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def _write(target: Path, dataset: Dataset, data: bytes) -> str:
    path = target / f"{dataset.SOPInstanceUID}.dcm"
    try:
        with path.open("xb") as file:
            file.write(data)
    except FileExistsError:
        raise DicomError(
            "Un autre fichier de la source a le même SOPInstanceUID et a déjà été écrit. Comparez-les ; s'ils "
            "diffèrent, l'un des deux a été modifié sans changer d'identité."
        ) from None
    except OSError:
        path.unlink(missing_ok=True)  # disque plein : pas de moitié de fichier
        raise
    return path.name


def _check_folders(source: Path, target: Path) -> None:
    if not source.is_dir():
        raise NotADirectoryError(
            f"« {source} » n'est pas un dossier. Donnez le dossier qui contient les fichiers DICOM."
        )
    inside, outside = source.resolve(), target.resolve()
    if inside == outside or inside in outside.parents or outside in inside.parents:
        raise ValueError(
            f"« {target} » et « {source} » se contiennent : les fichiers identifiants et les autres se mélangeraient. "
            "Choisissez un dossier ailleurs."
        )
    if target.is_symlink() or (target.exists() and (not target.is_dir() or any(target.iterdir()))):
        raise ValueError(
            f"« {target} » existe et n'est pas un dossier vide : rien n'est écrasé. Choisissez-en un neuf."
        )
