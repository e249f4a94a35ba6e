"""La racine du cours, et l'adresse de son dépôt, écrite en un seul endroit : pyproject.toml."""

import re
import tomllib
from pathlib import Path

RACINE = Path(__file__).resolve().parents[1]
MODELE = re.compile(r"https://github\.com/([\w.-]+/[\w.-]+)")


def lire(chemin: Path) -> str:
    """Texte UTF-8 d'un fichier, fins de ligne ramenées à LF."""
    return chemin.read_text(encoding="utf-8")


def ecrire(chemin: Path, texte: str) -> None:
    """Écrit un texte en UTF-8 avec des fins de ligne LF, sur tous les systèmes."""
    chemin.parent.mkdir(parents=True, exist_ok=True)
    chemin.write_text(texte, encoding="utf-8", newline="\n")


def verifier_adresse(adresse: str) -> str:
    """Rend l'adresse si Colab sait l'ouvrir (https://github.com/PROPRIETAIRE/DEPOT) ; sinon ValueError."""
    if not MODELE.fullmatch(adresse) or adresse.endswith(".git"):
        raise ValueError(
            f"Adresse refusée : « {adresse} ». Colab n'ouvre que GitHub : "
            "donnez https://github.com/PROPRIETAIRE/DEPOT, sans « .git » ni « / » final."
        )
    return adresse


def lire_adresse(racine: Path = RACINE) -> str:
    """Adresse du dépôt, prise dans `[project.urls] Repository` de pyproject.toml."""
    projet = tomllib.loads(lire(racine / "pyproject.toml"))["project"]
    return verifier_adresse(projet["urls"]["Repository"])


def badge_colab(adresse: str, carnet: str) -> str:
    """Badge Markdown qui ouvre un carnet (chemin POSIX depuis la racine) dans Colab."""
    depot = MODELE.fullmatch(adresse)[1]
    image = "https://colab.research.google.com/assets/colab-badge.svg"
    return f"[![Ouvrir dans Colab]({image})](https://colab.research.google.com/github/{depot}/blob/main/{carnet})"
