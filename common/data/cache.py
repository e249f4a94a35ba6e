"""Les copies de données réelles : où les chercher, comment les vérifier, comment les télécharger.

Chercher ne touche jamais au réseau. Télécharger n'écrit que dans le cache de l'utilisateur, d'un seul geste :
un fichier entier et vérifié, ou rien ; une ancienne copie reste en place tant que la nouvelle n'est pas vérifiée.
"""

import os
import shutil
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pooch
import requests
from tqdm.auto import tqdm

TIMEOUT_S = 20
CHUNK_BYTES = 1 << 16

pooch.get_logger().setLevel("WARNING")  # nos propres messages suffisent, et ils sont en français


class DataUnavailableError(RuntimeError):
    """Une copie réelle manque, est abîmée ou n'a pas pu être téléchargée ; le message dit quoi taper."""


@dataclass(frozen=True)
class RemoteFile:
    """Un fichier de données réelles : sa place (dossier, nom), sa taille en octets, son empreinte, ses miroirs."""

    folder: str
    name: str
    size: int
    sha256: str
    mirrors: tuple[str, ...]

    def inside(self, root: Path) -> Path:
        return root / self.folder / self.name


def cache_folder() -> Path:
    """Le dossier de cache de l'utilisateur, propre à chaque système."""
    return Path(pooch.os_cache("cours-federe-sante"))


def search_folders() -> list[Path]:
    """Les dossiers où chercher une copie : COURS_DONNEES s'il est défini, puis le cache de l'utilisateur."""
    declared = os.environ.get("COURS_DONNEES", "")
    return ([Path(declared)] if declared else []) + [cache_folder()]


def locate(file: RemoteFile, dataset: str) -> Path:
    """Rend le chemin d'une copie dont l'empreinte SHA-256 est la bonne, sans toucher au réseau.

    DataUnavailableError si aucune copie n'existe, ou si toutes sont abîmées.
    """
    copies = [path for root in search_folders() if (path := file.inside(root)).is_file()]
    for path in copies:
        if pooch.file_hash(str(path)) == file.sha256:
            return path
    command = f"python cours.py donnees {dataset}"
    if copies:
        raise DataUnavailableError(
            f"{copies[0]} n'a pas l'empreinte attendue : le fichier est abîmé, ou la source a changé. "
            f"Il n'est pas utilisé. Pour une copie vérifiée, tapez : {command}"
        )
    raise DataUnavailableError(
        f"Aucune copie réelle de « {dataset} » sur cette machine ({file.folder}/{file.name} est introuvable). "
        f"Pour la télécharger, tapez : {command}. "
        "Si vous l'avez déjà, indiquez son dossier parent dans la variable COURS_DONNEES."
    )


def is_present(file: RemoteFile) -> bool:
    """Dit si une copie vérifiée existe sur cette machine."""
    try:
        locate(file, dataset="")
    except DataUnavailableError:
        return False
    return True


def download(file: RemoteFile, root: Path | None = None) -> Path:
    """Télécharge un fichier dans le cache (ou dans `root`), en essayant ses miroirs dans l'ordre.

    DataUnavailableError si aucun miroir ne donne le bon fichier, ou si le disque refuse d'écrire ;
    il ne reste alors ni fichier partiel ni fichier temporaire, et une ancienne copie est intacte.
    """
    folder = (root or cache_folder()) / file.folder
    _check_free_space(folder, file)
    failures = []
    for url in file.mirrors:
        try:
            return _retrieve(url, file, folder)
        except requests.RequestException as error:
            failures.append(f"{url} : {_network_reason(error)}")
        except ValueError:
            failures.append(f"{url} : contenu différent de celui attendu (empreinte SHA-256)")
        except OSError as error:
            raise DataUnavailableError(
                f"Impossible d'écrire {file.name} dans {folder} ({error.strerror}) : le disque est sans doute "
                "plein ou protégé. Libérez de la place puis relancez ; rien n'a été modifié."
            ) from error
    raise DataUnavailableError(
        f"{file.name} n'a pu être téléchargé d'aucun miroir :\n  " + "\n  ".join(failures) + "\n"
        "Rien n'a été modifié. Vérifiez votre connexion puis relancez ; si seul le contenu diffère, la source a "
        "changé : mettez une copie conforme dans un dossier et donnez-le par COURS_DONNEES."
    )


def _retrieve(url: str, file: RemoteFile, folder: Path) -> Path:
    """pooch écrit dans un fichier temporaire du même dossier, vérifie, puis renomme."""
    path = pooch.retrieve(
        url,
        known_hash=f"sha256:{file.sha256}",
        fname=file.name,
        path=folder,
        downloader=partial(_stream, file=file),
    )
    return Path(path)


def _stream(url: str, output_file: str, _pooch: object, *, file: RemoteFile) -> None:
    """Écrit la réponse au fil de l'eau ; s'arrête dès qu'elle dépasse la taille annoncée."""
    headers = {"Accept-Encoding": "identity"}  # sinon un .gz pourrait arriver décompressé
    with requests.get(url, stream=True, timeout=TIMEOUT_S, headers=headers) as response:
        response.raise_for_status()
        with (
            open(output_file, "wb") as output,
            tqdm(total=file.size, unit="o", unit_scale=True, desc=file.name) as bar,
        ):
            for chunk in response.iter_content(CHUNK_BYTES):
                bar.update(len(chunk))
                if bar.n > file.size:
                    raise ValueError("réponse plus longue que le fichier attendu")
                output.write(chunk)


def _check_free_space(folder: Path, file: RemoteFile) -> None:
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(existing).free
    if free < file.size:
        raise DataUnavailableError(
            f"Il reste {free / 1e6:.1f} Mo sur le disque de {existing}, et {file.name} en demande "
            f"{file.size / 1e6:.1f}. Libérez de la place puis relancez."
        )


def _network_reason(error: requests.RequestException) -> str:
    if isinstance(error, requests.HTTPError):
        return f"le serveur répond {error.response.status_code}"
    if isinstance(error, requests.Timeout):
        return f"pas de réponse en {TIMEOUT_S} s"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "téléchargement coupé avant la fin"
    if isinstance(error, requests.ConnectionError):
        return "serveur injoignable"
    return f"échec du réseau ({type(error).__name__})"
