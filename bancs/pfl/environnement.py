"""L'environnement de pfl-research : fait par le banc au premier besoin, dans `.venv-pfl`, que git ignore."""

import subprocess
import sys
from pathlib import Path

from bancs.rapport import RACINE
from outils.lanceur import fichiers
from outils.lanceur.environnement import INDEX_CPU, python_de, repond, version_de_torch
from outils.lanceur.refus import expliquer_pip

DOSSIER = RACINE / ".venv-pfl"
DEMANDES = Path(__file__).with_name("requirements.txt")
TEMOIN = DOSSIER / "installe.txt"  # une copie de requirements.txt, écrite à la fin de l'installation


def preparer() -> Path:
    """Rend le Python de l'environnement, refait si ses versions ont changé ; lève Refus si pip échoue."""
    voulu = DEMANDES.read_bytes()
    if not TEMOIN.is_file() or TEMOIN.read_bytes() != voulu:
        print(f"pfl-research s'installe dans {DOSSIER.name} (environ 1,1 Go, une seule fois)…")
        _installer()
        fichiers.ecrire(TEMOIN, voulu)
    return python_de(DOSSIER)


def _installer() -> None:
    """PyTorch vient de son index « cpu » s'il répond sous Linux : l'autre y ajoute plusieurs Go de CUDA."""
    subprocess.run([sys.executable, "-m", "venv", "--clear", DOSSIER], check=True)
    if sys.platform == "linux" and repond(INDEX_CPU):
        _pip("--no-deps", "--index-url", INDEX_CPU, f"torch=={version_de_torch(DEMANDES.parent)}")
    code, erreurs = _pip("-r", str(DEMANDES))
    if code:
        raise expliquer_pip(erreurs)


def _pip(*arguments: str) -> tuple[int, str]:
    commande = [python_de(DOSSIER), "-m", "pip", "install", "--quiet", "--no-input", *arguments]
    fini = subprocess.run(commande, capture_output=True, encoding="utf-8", errors="replace")
    return fini.returncode, fini.stderr
