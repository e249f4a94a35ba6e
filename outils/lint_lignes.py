"""Une leçon vue par la relecture : ses lignes, chacune avec le numéro de sa cellule dans la source."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from nbformat import NotebookNode

from outils.source import Lecon

ESPACES_INSECABLES = str.maketrans("\u00a0\u202f", "  ")
CLOTURE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


class Faute(NamedTuple):
    """Une faute : le numéro de la cellule (1 = première de la source) et ce qu'il faut faire."""

    cellule: int
    message: str


class Ligne(NamedTuple):
    """Une ligne de prose (hors blocs de code cités) et le numéro de sa cellule."""

    cellule: int
    texte: str


@dataclass(frozen=True)
class Page:
    """Les cellules du corrigé, et les lignes de leur prose."""

    cellules: list[NotebookNode]
    lignes: list[Ligne]

    @classmethod
    def de(cls, lecon: Lecon) -> "Page":
        lignes = [
            Ligne(numero, texte)
            for numero, cellule in numerotees(lecon.corrige, "markdown")
            for texte in CLOTURE.sub("", cellule.source).translate(ESPACES_INSECABLES).splitlines()
        ]
        return cls(lecon.corrige, lignes)

    def trouver(self, motif: str) -> list[Ligne]:
        """Lignes de prose qui contiennent le motif."""
        return [ligne for ligne in self.lignes if re.search(motif, ligne.texte)]

    def parties(self, motif: str) -> list[list[Ligne]]:
        """Pour chaque titre qui suit le motif : ses lignes, jusqu'au prochain titre de rang égal ou supérieur."""
        return [self._partie(rang) for rang, ligne in enumerate(self.lignes) if re.match(motif, ligne.texte)]

    def _partie(self, debut: int) -> list[Ligne]:
        niveau = len(re.match("#+", self.lignes[debut].texte)[0])
        suite = self.lignes[debut + 1 :]
        fin = next((r for r, li in enumerate(suite) if re.match(f"#{{1,{niveau}}} ", li.texte)), len(suite))
        return [self.lignes[debut], *suite[:fin]]


def numerotees(cellules: list[NotebookNode], genre: str) -> Iterator[tuple[int, NotebookNode]]:
    """Numéro et cellule, pour les cellules d'un genre (« code » ou « markdown »)."""
    return ((n, cellule) for n, cellule in enumerate(cellules, 1) if cellule.cell_type == genre)


def appels(page: Page) -> list[tuple[int, str]]:
    """Numéro de cellule et nom d'exercice de chaque contrôle `verifier.NOM(…)`."""
    return [
        (numero, noeud.func.attr)
        for numero, cellule in numerotees(page.cellules, "code")
        for noeud in ast.walk(ast.parse(cellule.source))
        if isinstance(noeud, ast.Call)
        and isinstance(noeud.func, ast.Attribute)
        and isinstance(noeud.func.value, ast.Name)
        and noeud.func.value.id == "verifier"
    ]
