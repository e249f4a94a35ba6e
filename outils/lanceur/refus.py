"""Les mauvais départs : une phrase en français, un code de sortie non nul, rien à moitié fait."""

from __future__ import annotations

import errno
import os

LANCEUR = "py cours.py" if os.name == "nt" else "python3 cours.py"
PYTHONS = ("3.11", "3.12", "3.13")
CONSEIL_PYTHON = "installez Python 3.12 (https://www.python.org/downloads/) et relancez le cours avec lui"

PANNES_PIP = (
    (
        ("No space left", "[Errno 28]", "not enough space", "WinError 112"),
        "Le disque s'est rempli pendant l'installation : libérez de la place, puis relancez la même commande.",
    ),
    (
        ("CERTIFICATE_VERIFY_FAILED", "SSLCertVerificationError"),
        "Le réseau présente un certificat que Python refuse, souvent celui d'un pare-feu d'établissement :"
        " demandez son fichier de certificats à votre service informatique, placez son chemin dans la variable"
        " PIP_CERT, puis relancez.",
    ),
    (
        ("[Errno 13]", "[Errno 30]", "Permission denied", "Read-only file system", "WinError 5"),
        "pip n'a pas le droit d'écrire dans le dossier du cours :"
        " copiez le cours dans un dossier à vous, puis relancez.",
    ),
    (
        ("Connection", "Timeout", "NameResolution", "ProxyError", "IncompleteRead", "No matching distribution"),
        "Il reste des paquets à télécharger et ils sont hors d'atteinte, sans doute faute de réseau : vérifiez votre"
        " connexion (ou le proxy, dans la variable HTTPS_PROXY), puis relancez la même commande.",
    ),
)

LIBERER = "libérez de la place, puis relancez"
FERMER = "fermez ce qui s'en sert (JupyterLab, un terminal, un explorateur de fichiers), puis relancez"
RENOMMER = "le cours attend un dossier là où il y a un fichier, ou l'inverse : renommez-le, puis relancez"
CHEZ_VOUS = f"{FERMER} ; si le dossier n'est pas à vous, copiez le cours dans un dossier à vous"
CONSEILS_SYSTEME = {
    errno.ENOSPC: LIBERER,
    errno.EDQUOT: LIBERER,
    errno.EACCES: CHEZ_VOUS,
    errno.EPERM: CHEZ_VOUS,
    errno.EROFS: "copiez le cours dans un dossier où vous pouvez écrire, puis relancez",
    errno.EBUSY: FERMER,
    errno.ENOTEMPTY: FERMER,
    errno.EEXIST: RENOMMER,
    errno.ENOTDIR: RENOMMER,
    errno.EISDIR: RENOMMER,
    errno.ENOENT: "un fichier du cours manque : téléchargez le cours de nouveau",
}


class Refus(Exception):
    """Un mauvais départ : son texte est la phrase à montrer, telle quelle."""


def refuser_python(version: tuple, plateforme: str, machine: str, bits: int = 64, macos: str = "") -> None:
    """Refuse un Python sur lequel une partie du cours n'a pas de paquet, et dit laquelle.

    version : (majeure, mineure) ; plateforme, machine et macos comme sys.platform, platform.machine() et
    platform.mac_ver()[0].
    """
    nom = "{}.{}".format(*version)
    if version < (3, 11):
        raise Refus(f"Python {nom} est trop ancien (Flower demande Python 3.11 au moins) : {CONSEIL_PYTHON}.")
    if version > (3, 13):
        raise Refus(f"Python {nom} est trop récent (TensorFlow n'a pas de paquet pour lui) : {CONSEIL_PYTHON}.")
    if plateforme == "darwin" and machine == "x86_64":
        raise Refus(
            "PyTorch n'a plus de paquet pour les Mac à processeur Intel : suivez le cours dans Google Colab"
            " (badge en tête de chaque leçon) ou, sur un Mac à puce Apple, installez un Python « arm64 »."
        )
    if plateforme == "darwin" and macos.split(".")[0] in ("11", "12", "13"):
        raise Refus(
            f"PyTorch demande macOS 14 au moins et vous avez macOS {macos} : mettez macOS à jour,"
            " ou suivez le cours dans Google Colab (badge en tête de chaque leçon)."
        )
    if bits == 32:
        raise Refus(f"Ce Python {nom} est en 32 bits, PyTorch et TensorFlow veulent 64 bits : {CONSEIL_PYTHON}.")


def expliquer_pip(sortie: str) -> Refus:
    """Traduit la sortie d'erreur de pip en une phrase ; à défaut de panne connue, cite sa dernière erreur."""
    for indices, phrase in PANNES_PIP:
        if any(indice in sortie for indice in indices):
            return Refus(phrase)
    lignes = [ligne.strip() for ligne in sortie.splitlines() if ligne.strip()]
    erreurs = [ligne for ligne in lignes if ligne.startswith("ERROR")] or lignes or ["sans message"]
    return Refus(f"L'installation a échoué (« {erreurs[-1]} ») : relancez, puis essayez {LANCEUR} diagnostic.")


def expliquer_systeme(erreur: OSError) -> Refus:
    """Traduit une erreur du système de fichiers en une phrase : quel fichier, pourquoi, quoi faire."""
    conseil = CONSEILS_SYSTEME.get(erreur.errno, f"relancez, puis essayez {LANCEUR} diagnostic")
    lieu = erreur.filename2 or erreur.filename or "le dossier du cours"
    return Refus(f"Impossible d'écrire ou de lire {lieu} ({erreur.strerror or erreur}) : {conseil}.")
