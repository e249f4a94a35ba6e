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

# Le même mot que outils/lanceur/refus.py, que common/ n'importe pas : « python » manque à bien des Linux et des Mac.
LAUNCHER = "py cours.py" if os.name == "nt" else "python3 cours.py"
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


def fetch_command(dataset: str) -> str:
    """La commande qui télécharge un jeu de données, telle qu'on la tape sur ce système."""
    return f"{LAUNCHER} donnees {dataset}"


def copies(file: RemoteFile) -> list[Path]:
    """Les copies qui existent, bonnes ou non : dans COURS_DONNEES s'il est défini, puis dans le cache."""
    declared = os.environ.get("COURS_DONNEES", "")
    roots = ([Path(declared)] if declared else []) + [cache_folder()]
    return [path for root in roots if (path := file.inside(root)).is_file()]


def verified_copy(file: RemoteFile) -> Path | None:
    """Rend la première copie dont l'empreinte SHA-256 est la bonne ; None s'il n'y en a pas."""
    return next((path for path in copies(file) if pooch.file_hash(str(path)) == file.sha256), None)


def declared_fault(*files: RemoteFile) -> str:
    """Dit ce qui cloche dans COURS_DONNEES si aucun de ces fichiers n'y est ; vide si rien ne cloche."""
    declared = os.environ.get("COURS_DONNEES", "")
    root = Path(declared)
    if not declared or any(file.inside(root).is_file() for file in files):
        return ""
    if not root.is_dir():
        return f"COURS_DONNEES vaut « {declared} », et ce dossier n'existe pas."
    missing = " ni ".join(f"{file.folder}/{file.name}" for file in files)
    parent = root.resolve().parent
    advice = f" Donnez-lui « {parent} »." if any(file.inside(parent).is_file() for file in files) else ""
    return f"COURS_DONNEES vaut « {declared} », qui ne contient pas {missing}.{advice}"


def locate(file: RemoteFile, dataset: str) -> Path:
    """Rend le chemin d'une copie dont l'empreinte SHA-256 est la bonne, sans toucher au réseau.

    DataUnavailableError si aucune copie n'existe, ou si toutes sont abîmées.
    """
    if path := verified_copy(file):
        return path
    damaged = copies(file)
    fault = (
        f"{damaged[0]} n'a pas l'empreinte attendue : il est abîmé, ou la source a changé. Il n'est pas utilisé."
        if damaged
        else f"Aucune copie réelle de « {dataset} » sur cette machine ({file.folder}/{file.name} est introuvable)."
    )
    own_copy = f"Si vous en avez une bonne, donnez à la variable COURS_DONNEES le dossier qui contient {file.folder}/."
    raise DataUnavailableError(
        f"{fault} {declared_fault(file) or own_copy} "
        f"Pour télécharger une copie vérifiée, tapez, dans le dossier du cours : {fetch_command(dataset)}"
    )


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
        return "serveur injoignable ou devenu muet"
    return f"échec du réseau ({type(error).__name__})"
