"""Les versions du cours : `python -m outils.contraintes` refait constraints.txt, `--check` dit s'il est à jour.

L'ensemble est résolu par uv pour tous les systèmes et tous les Python du cours à la fois. Les versions déjà dans
constraints.txt sont gardées tant qu'elles conviennent : changez une épingle de requirements.txt, relancez, et
seul bouge ce qui doit bouger.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from packaging.markers import Marker
from packaging.tags import compatible_tags, cpython_tags, mac_platforms
from packaging.utils import parse_wheel_filename
from uv import find_uv_bin

RACINE = Path(__file__).resolve().parents[1]
CONTRAINTES = RACINE / "constraints.txt"
REQUIREMENTS = ("requirements.txt", "requirements-dev.txt", "semaine_6_a_8/agregation_securisee/requirements.txt")
PLUS_VIEUX_PYTHON = "3.11"
CPYTHON = {"implementation_name": "cpython", "platform_python_implementation": "CPython", "extra": ""}
SYSTEMES = {  # nom comme sys.platform -> (milieu des conditions, plateformes des wheels)
    "linux": (
        CPYTHON | {"sys_platform": "linux", "os_name": "posix", "platform_machine": "x86_64"},
        [f"manylinux_2_{n}_x86_64" for n in range(35, 4, -1)] + ["manylinux2014_x86_64", "manylinux2010_x86_64"],
    ),
    "win32": (CPYTHON | {"sys_platform": "win32", "os_name": "nt", "platform_machine": "AMD64"}, ["win_amd64"]),
    "darwin": (
        CPYTHON | {"sys_platform": "darwin", "os_name": "posix", "platform_machine": "arm64"},
        list(mac_platforms((14, 0), "arm64")),
    ),
}


class Resolution(Exception):
    """uv n'a pas trouvé d'ensemble de versions, ou n'a pas pu joindre l'index ; le texte est le sien."""


def demandes() -> str:
    """Rend les dépendances directes, sans les options (« -c », « -e ») ni les chemins locaux."""
    lignes = "\n".join((RACINE / nom).read_text(encoding="utf-8") for nom in REQUIREMENTS).splitlines()
    return "\n".join(ligne for ligne in lignes if not ligne.startswith(("-", "./")))


def compiler(*options: str) -> str:
    """Rend ce que `uv pip compile` répond aux demandes du cours ; lève Resolution s'il refuse."""
    commande = [find_uv_bin(), "pip", "compile", "-", "--quiet", "--no-annotate", "--no-header", *options]
    fini = subprocess.run(commande, input=demandes(), capture_output=True, encoding="utf-8", cwd=RACINE)
    if fini.returncode:
        raise Resolution(fini.stderr.strip())
    return fini.stdout


def resoudre() -> str:
    """Rend le texte de constraints.txt pour les demandes d'aujourd'hui, au plus près des versions actuelles."""
    with tempfile.TemporaryDirectory() as dossier:
        resultat = Path(dossier) / "constraints.txt"
        shutil.copyfile(CONTRAINTES, resultat)
        compiler("--universal", "--python-version", PLUS_VIEUX_PYTHON, "--output-file", str(resultat))
        texte = resultat.read_text(encoding="utf-8")
    return re.sub(r"^torchvision==.*\n", "", texte, flags=re.MULTILINE)  # voir outils/torchvision_vide


def verrou() -> list[dict]:
    """Rend les paquets épinglés, chacun avec sa condition et ses wheels (format pylock, PEP 751)."""
    options = ("--universal", "--python-version", PLUS_VIEUX_PYTHON, "--constraint", str(CONTRAINTES))
    paquets = tomllib.loads(compiler(*options, "--format", "pylock.toml"))["packages"]
    return [paquet for paquet in paquets if paquet["name"] != "torchvision"]


def telechargements(paquets: list[dict], systeme: str, python: tuple[int, int]) -> dict[str, int]:
    """Rend, par paquet, les octets à télécharger sur un système (clé de SYSTEMES) et un Python.

    Lève Resolution si un paquet n'a aucun wheel pour eux.
    """
    milieu, plateformes = SYSTEMES[systeme]
    nom_python = "{}.{}".format(*python)
    milieu = milieu | {"python_version": nom_python, "python_full_version": f"{nom_python}.9"}
    tags = [*cpython_tags(python, platforms=plateformes), *compatible_tags(python, platforms=plateformes)]
    voulus = [p for p in paquets if "marker" not in p or Marker(p["marker"]).evaluate(milieu)]
    return {paquet["name"]: _octets(paquet, tags, f"{systeme}, Python {nom_python}") for paquet in voulus}


def _octets(paquet: dict, tags: list, ou: str) -> int:
    """La taille du wheel que pip préférerait : le premier tag qui convient."""
    rangs = {tag: rang for rang, tag in enumerate(tags)}
    candidats = []
    for wheel in paquet.get("wheels", []):
        nom = wheel["url"].rsplit("/", 1)[1]
        candidats += [(rangs[tag], wheel["size"]) for tag in parse_wheel_filename(nom)[3] if tag in rangs]
    if not candidats:
        raise Resolution(f"{paquet['name']} {paquet['version']} n'a pas de wheel pour {ou}.")
    return min(candidats)[1]


def main() -> int:
    """Refait constraints.txt, ou le compare avec --check ; rend 1 s'il n'est pas à jour."""
    analyseur = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    analyseur.add_argument("--check", action="store_true", help="compare sans écrire")
    verifier = analyseur.parse_args().check
    texte = resoudre()
    if texte == CONTRAINTES.read_text(encoding="utf-8"):
        print("constraints.txt est à jour.")
        return 0
    if verifier:
        print("constraints.txt ne suit plus requirements.txt : lancez python -m outils.contraintes.", file=sys.stderr)
        return 1
    CONTRAINTES.write_text(texte, encoding="utf-8")
    print("constraints.txt refait : relisez la différence, puis lancez les tests.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
