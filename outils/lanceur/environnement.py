"""L'environnement du cours : faire .venv, y installer les versions épinglées, le réparer, ne rien refaire pour rien.

Un témoin dans .venv retient l'empreinte des fichiers requirements installés. Pas de témoin : l'installation
a été coupée, pip la reprend. Python muet : .venv est refait, s'il est de nous.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

from outils.lanceur import fichiers, processus, verrou
from outils.lanceur.refus import PYTHONS, Refus, expliquer_pip

INDEX_CPU = "https://download.pytorch.org/whl/cpu/"
DELAI_INDEX = 5  # secondes
MARQUE = "fait-par-cours.txt"
TEMOIN = "cours-installe.json"
APPRENANT, DEVELOPPEMENT = "apprenant", "developpement"
REQUIREMENTS = {
    APPRENANT: ["requirements.txt"],
    DEVELOPPEMENT: ["requirements.txt", "requirements-dev.txt"],
}
# Go à télécharger et sur le disque. Téléchargements : somme des wheels de l'ensemble épinglé. Disque : mesuré
# sous Linux sans carte NVIDIA, estimé ailleurs.
TAILLES = {"linux": (0.75, 3.4), "linux avec CUDA": (3.3, 8.0), "win32": (0.75, 3.5), "darwin": (0.6, 3.0)}


def preparer(racine: Path, niveau: str) -> Path:
    """Rend le Python de .venv avec tout ce que ce niveau demande ; immédiat si rien n'a changé.

    Lève Refus : disque plein, réseau absent, ensurepip absent, .venv étranger et cassé, autre fenêtre qui prépare.
    Lève OSError : dossier non inscriptible, .venv cassé mais dont un programme se sert encore.
    """
    venv = racine / ".venv"
    if not _complet(racine, niveau, version_du_venv(venv)):
        with verrou.tenir(racine):
            _completer(racine, niveau)
    return python_de(venv)


def _complet(racine: Path, niveau: str, version: str | None) -> bool:
    return bool(version) and _lire_temoin(racine / ".venv").get(niveau) == empreinte(racine, niveau, version)


def _completer(racine: Path, niveau: str) -> None:
    version = version_du_venv(racine / ".venv")
    if _complet(racine, niveau, version):  # une autre fenêtre vient de finir
        return
    index = INDEX_CPU if _torch_cpu_voulu(racine) and repond(INDEX_CPU) else None
    annoncer(racine, index)
    if version is None:
        _remplir_un_venv_neuf(racine, niveau, index)
    else:
        installer(racine, niveau, index)


def python_de(venv: Path) -> Path:
    """Rend le chemin de l'interpréteur d'un environnement virtuel."""
    return venv / "Scripts" / "python.exe" if os.name == "nt" else venv / "bin" / "python"


def version_du_venv(venv: Path) -> str | None:
    """Rend « 3.11 » si .venv a un Python accepté et un pip qui répondent, None sinon."""
    question = "import pip, sys; print('%d.%d' % sys.version_info[:2])"
    try:
        reponse = subprocess.run(
            [str(python_de(venv)), "-c", question],
            env=processus.environnement_enfant(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            timeout=60,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    version = reponse.stdout.strip()
    return version if reponse.returncode == 0 and version in PYTHONS else None


def empreinte(racine: Path, niveau: str, version: str) -> str:
    """Rend le condensé de ce qu'un niveau installe : fichiers requirements, contraintes, Python, dossier."""
    condense = hashlib.sha256(f"{version} {racine}".encode())
    for nom in [*REQUIREMENTS[niveau], "constraints.txt"]:
        condense.update((racine / nom).read_bytes())
    return condense.hexdigest()


def annoncer(racine: Path, index: str | None) -> None:
    """Dit ce que l'installation va peser, avant tout téléchargement ; refuse si le disque n'a pas la place."""
    reseau, disque = TAILLES[_plateforme(racine, index)]
    occupe = _taille(racine / ".venv") / 1e9
    if occupe > disque / 2:
        print("Mise à jour de l'environnement du cours (.venv).")
    else:
        print(f"Première mise en route : environ {_go(reseau)} à télécharger, {_go(disque)} sur le disque (.venv).")
    libre = shutil.disk_usage(str(racine)).free / 1e9
    besoin = max(0.2, disque + reseau - occupe)
    if libre < besoin:
        raise Refus(
            f"Le disque est plein : il faut environ {_go(besoin)} et il reste {_go(libre)} ;"
            " libérez de la place, puis relancez."
        )


def repond(adresse: str) -> bool:
    """Dit si une adresse répond : un seul essai, court."""
    try:
        with urllib.request.urlopen(adresse, timeout=DELAI_INDEX) as reponse:
            return reponse.status == 200
    except (OSError, ValueError):
        return False


def installer(racine: Path, niveau: str, index: str | None) -> None:
    """Installe les versions épinglées ; le témoin, retiré d'abord, ne revient qu'à la fin."""
    venv = racine / ".venv"
    with contextlib.suppress(FileNotFoundError):
        (venv / TEMOIN).unlink()
    if index:
        # torch seul vient de cet index ; s'il échoue, l'installation ordinaire s'en charge
        _pip(racine, "--no-deps", "--index-url", index, f"torch=={version_de_torch(racine)}")
    code, erreurs = _pip(racine, *(mot for nom in REQUIREMENTS[niveau] for mot in ("-r", nom)))
    if code:
        raise expliquer_pip(erreurs)
    _ecrire_temoin(racine, niveau)


def version_de_torch(racine: Path) -> str | None:
    """Rend la version de PyTorch épinglée par requirements.txt, None s'il ne la demande pas."""
    epingle = re.search(r"^torch==(\S+)", (racine / "requirements.txt").read_text(encoding="utf-8"), re.MULTILINE)
    return epingle.group(1) if epingle else None


def _remplir_un_venv_neuf(racine: Path, niveau: str, index: str | None) -> None:
    venv = racine / ".venv"
    _ecarter(venv)
    if importlib.util.find_spec("ensurepip") is None:
        paquet = "python{}.{}-venv".format(*sys.version_info)
        raise Refus(
            f"Ce Python ne sait pas faire d'environnement (ensurepip manque) :"
            f" tapez « sudo apt install {paquet} », puis relancez."
        )
    try:
        _creer(venv)
        installer(racine, niveau, index)
    except BaseException:
        with contextlib.suppress(OSError):
            fichiers.supprimer(venv)
        raise


def _ecarter(venv: Path) -> None:
    """Supprime un .venv cassé, seulement s'il est de nous."""
    if not venv.exists() and not venv.is_symlink():
        return
    if not (venv / MARQUE).is_file() or venv.is_symlink():
        raise Refus(
            "Le dossier .venv ne répond pas et n'a pas été fait par cours.py :"
            " renommez-le ou supprimez-le, puis relancez."
        )
    print("L'environnement .venv est cassé : il est refait.")
    fichiers.supprimer(venv)


def _creer(venv: Path) -> None:
    fichiers.ecrire(venv / MARQUE, b"Fait par cours.py, qui peut le supprimer et le refaire.\n")
    code, erreurs = processus.lancer([sys.executable, "-m", "venv", venv], venv.parent, garder_erreurs=True)
    if code:
        raise expliquer_pip(erreurs)


def _pip(racine: Path, *arguments: str) -> tuple:
    commande = [python_de(racine / ".venv"), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    return processus.lancer([*commande, *arguments], racine, garder_erreurs=True)


def _lire_temoin(venv: Path) -> dict:
    try:
        return json.loads((venv / TEMOIN).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _ecrire_temoin(racine: Path, niveau: str) -> None:
    venv = racine / ".venv"
    version = version_du_venv(venv)
    niveaux = [APPRENANT] if niveau == APPRENANT else [APPRENANT, DEVELOPPEMENT]
    temoin = {nom: empreinte(racine, nom, version) for nom in niveaux}
    fichiers.ecrire(venv / TEMOIN, json.dumps(temoin).encode())


def _torch_cpu_voulu(racine: Path) -> bool:
    """Linux sans carte NVIDIA, et PyTorch demandé mais pas encore là."""
    version = version_de_torch(racine)
    if version is None or not sys.platform.startswith("linux") or _carte_nvidia():
        return False
    return not list((racine / ".venv").glob(f"lib/python3*/site-packages/torch-{version}*.dist-info"))


def _carte_nvidia() -> bool:
    return Path("/proc/driver/nvidia").exists() or shutil.which("nvidia-smi") is not None


def _plateforme(racine: Path, index: str | None) -> str:
    if not sys.platform.startswith("linux"):
        return "win32" if sys.platform == "win32" else "darwin"
    return "linux avec CUDA" if _carte_nvidia() or (_torch_cpu_voulu(racine) and not index) else "linux"


def _taille(dossier: Path) -> int:
    """Octets sous un dossier, liens non suivis ; 0 s'il n'existe pas."""
    return sum(os.lstat(os.path.join(lieu, nom)).st_size for lieu, _, noms in os.walk(str(dossier)) for nom in noms)


def _go(giga: float) -> str:
    return f"{giga:.2f}".rstrip("0").rstrip(".").replace(".", ",") + " Go"
