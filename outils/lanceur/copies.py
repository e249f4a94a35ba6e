"""mon_travail/ : les copies de l'apprenant, que la mise à jour du cours n'écrase jamais."""

from __future__ import annotations

import hashlib
import itertools
import json
from pathlib import Path

from outils.lanceur import fichiers

REGISTRE = ".copies.json"  # chemin de la leçon -> empreinte de la dernière version livrée
MOTIFS = ("semaine_*/[0-9][0-9]_*.ipynb", "semaine_*/corriges/[0-9][0-9]_*.ipynb", "GLOSSAIRE.md")


def copier_les_lecons(racine: Path, travail: Path) -> list:
    """Livre dans mon_travail/ les leçons neuves ou changées, et le glossaire qu'elles citent.

    Rend les chemins des versions posées à côté. Une copie intacte est remplacée ; une copie sur laquelle on a
    travaillé reste, la nouvelle version est posée à côté sous le nom NN_nom.nouveau.ipynb.
    """
    travail.mkdir(exist_ok=True)
    registre = _lire(travail)
    a_cote = []
    for source in sorted(chemin for motif in MOTIFS for chemin in racine.glob(motif)):
        nom = source.relative_to(racine).as_posix()
        version = _empreinte(source)
        if version == registre.get(nom) and (travail / nom).exists():
            continue
        cible = _place_libre(travail / nom, {version, registre.get(nom)})
        fichiers.ecrire(cible, source.read_bytes())
        registre[nom] = version
        if cible != travail / nom:
            a_cote.append(cible)
    fichiers.ecrire(travail / REGISTRE, json.dumps(registre, indent=1, sort_keys=True).encode())
    return a_cote


def _place_libre(copie: Path, livrees: set) -> Path:
    """Le premier nom absent ou dont le contenu est encore celui d'une version livrée."""
    marques = itertools.chain(["", ".nouveau"], (f".nouveau_{n}" for n in itertools.count(2)))
    noms = (copie.with_suffix(marque + copie.suffix) for marque in marques)
    return next(nom for nom in noms if not nom.exists() or _empreinte(nom) in livrees)


def _empreinte(fichier: Path) -> str:
    return hashlib.sha256(fichier.read_bytes()).hexdigest()


def _lire(travail: Path) -> dict:
    try:
        return json.loads((travail / REGISTRE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
