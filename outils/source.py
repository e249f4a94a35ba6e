"""Lit une leçon (py:percent, solution comprise) et en tire deux versions : à compléter, et corrigé.

Trois marqueurs, dans les cellules de code seulement :
`# %% tags=["solution"]` (toute la cellule), `# début solution` … `# fin solution` (une région),
`reponse = 3  # solution` (la valeur d'une affectation tenant sur une ligne).
"""

import ast
import re
from dataclasses import dataclass
from pathlib import Path

import jupytext
from nbformat import NotebookNode

from outils.depot import lire

TROU = "...  # à compléter"
DEBUT, FIN = "# début solution", "# fin solution"
BOUT_DE_LIGNE = re.compile(r"\s+# solution\s*$|^# solution\s*$")
AFFECTATION = re.compile(r"""\s*[\w.\[\]"', ]+(:[^=]+)?=(?!=)""")
ETIQUETTE = re.compile(r"""tags=\[.*["']solution["'].*\]""")
PERCENT = {"extension": ".py", "format_name": "percent", "comment_magics": False}


class ErreurSource(ValueError):
    """Une source mal écrite ; le message nomme le fichier et la ligne."""


@dataclass(frozen=True)
class Lecon:
    """Une leçon lue : sa semaine (« semaine_1 »), son nom (« 02_fedavg »), ses deux suites de cellules."""

    semaine: str
    nom: str
    apprenant: list[NotebookNode]
    corrige: list[NotebookNode]

    @property
    def source(self) -> str:
        return f"sources/{self.semaine}/{self.nom}.py"

    @property
    def carnet(self) -> str:
        return f"{self.semaine}/{self.nom}.ipynb"

    @property
    def carnet_corrige(self) -> str:
        return f"{self.semaine}/corriges/{self.nom}.ipynb"


@dataclass(frozen=True)
class Bloc:
    """Les lignes d'une cellule, le nom de leur fichier et le numéro de leur première ligne."""

    fichier: str
    numero: int
    lignes: list[str]

    @property
    def code(self) -> bool:
        return "[markdown]" not in self.lignes[0]

    @property
    def solution(self) -> bool:
        return bool(self.code and ETIQUETTE.search(self.lignes[0]))

    def lieu(self, numero: int) -> str:
        return f"{self.fichier}, ligne {numero}"


def lire_lecon(chemin: Path) -> Lecon:
    """Lit une source ; ErreurSource si un marqueur est mal placé ou si une version n'est pas du Python."""
    fichier = "/".join(chemin.parts[-3:])
    blocs = decouper(lire(chemin), fichier)
    apprenant = en_cellules([ligne for bloc in blocs for ligne in a_completer(bloc)], fichier)
    corrige = en_cellules([ligne for bloc in blocs for ligne in corriger(bloc)], fichier)
    return Lecon(chemin.parent.name, chemin.stem, apprenant, corrige)


def decouper(texte: str, fichier: str) -> list[Bloc]:
    """Découpe une source à chaque ligne « # %% » ; rien ne doit la précéder."""
    blocs: list[Bloc] = []
    for numero, ligne in enumerate(texte.splitlines(), 1):
        if ligne.startswith("# %%"):
            blocs.append(Bloc(fichier, numero, []))
        elif not blocs and ligne.strip():
            raise ErreurSource(f"{fichier}, ligne {numero} : commencez la source par « # %% [markdown] ».")
        if blocs:
            blocs[-1].lignes.append(ligne)
    return blocs


def a_completer(bloc: Bloc) -> list[str]:
    """Lignes de l'apprenant : chaque solution y devient un trou, à l'indentation de son marqueur."""
    if not bloc.code:
        return bloc.lignes
    if bloc.solution:
        return [*bloc.lignes[:1], TROU, ""]
    gardees, ouverture = [], 0
    for numero, ligne in enumerate(bloc.lignes, bloc.numero):
        marque = ligne.strip()
        if marque in (DEBUT, FIN):
            verifier_paire(marque, ouverture, bloc.lieu(numero))
            ouverture = numero if marque == DEBUT else 0
        if marque == DEBUT:
            gardees.append(ligne[: ligne.index("#")] + TROU)
        elif not ouverture and marque != FIN:
            gardees.append(trouer_ligne(ligne, bloc.lieu(numero)))
    if ouverture:
        raise ErreurSource(f"{bloc.lieu(ouverture)} : fermez « {DEBUT} » par « {FIN} » dans la cellule.")
    return gardees


def verifier_paire(marque: str, ouverture: int, lieu: str) -> None:
    """Refuse une région ouverte dans une autre, ou fermée sans avoir été ouverte."""
    if marque == DEBUT and ouverture:
        raise ErreurSource(f"{lieu} : région déjà ouverte ligne {ouverture} ; fermez-la par « {FIN} ».")
    if marque == FIN and not ouverture:
        raise ErreurSource(f"{lieu} : « {FIN} » sans « {DEBUT} » ; ajoutez l'ouverture ou retirez la ligne.")


def trouer_ligne(ligne: str, lieu: str) -> str:
    """Remplace par un trou la valeur d'une affectation qui finit par « # solution »."""
    if not BOUT_DE_LIGNE.search(ligne):
        return ligne
    affectation = AFFECTATION.match(ligne)
    if not affectation:
        raise ErreurSource(f"{lieu} : « # solution » suit une affectation, comme « reponse = 3 ».")
    return f"{affectation[0]} {TROU}"


def corriger(bloc: Bloc) -> list[str]:
    """Lignes du corrigé : la solution reste, les marqueurs disparaissent."""
    if not bloc.code:
        return bloc.lignes
    gardees = [ligne for ligne in bloc.lignes if ligne.strip() not in (DEBUT, FIN)]
    return [BOUT_DE_LIGNE.sub("", ligne) for ligne in gardees]


def en_cellules(lignes: list[str], fichier: str) -> list[NotebookNode]:
    """Cellules de la source ; ErreurSource si l'une, de code, n'est pas du Python (un « ! », un marqueur déplacé)."""
    cellules = jupytext.reads("\n".join(lignes), fmt=PERCENT).cells
    for numero, cellule in enumerate(cellules, 1):
        try:
            ast.parse(cellule.source if cellule.cell_type == "code" else "")
        except SyntaxError as erreur:
            ligne = (erreur.text or "").strip()
            lieu = f"{fichier}, cellule {numero}"
            raise ErreurSource(f"{lieu} : ceci n'est pas du Python : « {ligne} » ({erreur.msg}).") from erreur
    return cellules
