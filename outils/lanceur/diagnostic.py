"""Examiner la machine : une ligne par point, « [ OK ] », ou « [ ?? ] » et quoi faire."""

from __future__ import annotations

import importlib
import importlib.metadata
import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

from outils.lanceur import RACINE
from outils.lanceur.environnement import TEMOIN
from outils.lanceur.refus import LANCEUR

PAQUETS = ("flwr", "torch", "tensorflow", "tensorflow-cpu", "transformers", "numpy", "pandas", "jupyterlab")
IMPORTS = (
    ("torch", "tensor"),
    ("flwr.clientapp", "ClientApp"),
    ("medmnist", "INFO"),
    ("tensorflow", "constant"),
    ("transformers", "BertForSequenceClassification"),
)


def main() -> int:
    """Affiche le diagnostic ; rend 1 si le cours ne peut pas tourner en l'état."""
    os.environ.update(FLWR_TELEMETRY_ENABLED="0", TF_CPP_MIN_LOG_LEVEL="3")
    print(f"{platform.platform()}, Python {platform.python_version()} ({sys.executable})")
    print(", ".join(f"{nom} {version}" for nom, version in versions().items()) or "aucun paquet du cours")
    pret = environnement_pret()
    machine = [memoire(), disque(), java(), donnees(), colab(), carte_graphique()]
    return 0 if all([pret, *machine, *([importe(*nom) for nom in IMPORTS] if pret else [])]) else 1


def versions() -> dict[str, str]:
    """Rend les versions installées des principaux paquets."""
    presents = {d.metadata["Name"].lower().replace("_", "-"): d.version for d in importlib.metadata.distributions()}
    return {nom: presents[nom] for nom in PAQUETS if nom in presents}


def environnement_pret() -> bool:
    """Le témoin de l'installation est là, et nous tournons dans .venv."""
    venv = RACINE / ".venv"
    pret = (venv / TEMOIN).is_file() and Path(sys.prefix).resolve() == venv.resolve()
    return _dire(pret, "environnement .venv", f"pas encore prêt ou incomplet : {LANCEUR} lab le prépare ou le répare")


def importe(module: str, nom: str) -> bool:
    """Un import que les leçons font vraiment."""
    try:
        getattr(importlib.import_module(module), nom)
    except Exception as erreur:  # un import cassé lève n'importe quoi, et le dire est tout l'objet
        return _dire(False, f"import {module}", f"{erreur} ; supprimez .venv, puis {LANCEUR} lab")
    return _dire(True, f"import {module} ({nom})")


def memoire() -> bool:
    """Une leçon prend jusqu'à 3 Go ; 4 Go au total sont le minimum."""
    try:
        import psutil
    except ImportError:
        return _dire(True, "mémoire : mesurée une fois l'environnement prêt")
    total, libre = (valeur / 1e9 for valeur in psutil.virtual_memory()[:2])
    texte = f"mémoire : {total:.1f} Go, dont {libre:.1f} libres"
    return _dire(libre >= 3, texte, "fermez des applications : une leçon prend jusqu'à 3 Go")


def disque() -> bool:
    """Place libre pour les sorties et les données."""
    libre = shutil.disk_usage(RACINE).free / 1e9
    return _dire(libre >= 1, f"disque : {libre:.1f} Go libres", "libérez au moins 1 Go")


def java() -> bool:
    """Java 17 ne sert qu'à Spark : son absence n'empêche rien avant."""
    try:
        sortie = subprocess.run(["java", "-version"], capture_output=True, encoding="utf-8", errors="replace").stderr
    except OSError:
        sortie = ""
    version = re.search(r'version "(\d+)', sortie)
    conseil = "seul le programme Spark (semaines 6 à 8) en a besoin : installez Java 17 ou plus ce jour-là"
    _dire(bool(version) and int(version.group(1)) >= 17, f"Java {version.group(1) if version else 'absent'}", conseil)
    return True


def donnees() -> bool:
    """COURS_DONNEES, si elle est définie, désigne un dossier."""
    chemin = os.environ.get("COURS_DONNEES")
    if not chemin:
        return _dire(True, "COURS_DONNEES non définie : données embarquées, ou cache de l'utilisateur")
    conseil = f"{chemin} n'est pas un dossier : corrigez la variable ou retirez-la"
    return _dire(Path(chemin).is_dir(), "COURS_DONNEES", conseil)


def colab() -> bool:
    """Dit si nous sommes dans Google Colab."""
    return _dire(True, "Google Colab" if os.environ.get("COLAB_RELEASE_TAG") else "machine locale, hors Colab")


def carte_graphique() -> bool:
    """Une carte NVIDIA accélère, aucune leçon ne l'exige."""
    presente = shutil.which("nvidia-smi") is not None
    return _dire(True, "carte NVIDIA" if presente else "pas de carte NVIDIA : aucune leçon ne l'exige")


def _dire(bon: bool, texte: str, conseil: str = "") -> bool:
    print(f"[ OK ] {texte}" if bon else f"[ ?? ] {texte} : {conseil}")
    return bon


if __name__ == "__main__":
    sys.exit(main())
