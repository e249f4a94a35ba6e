"""Exécute chaque carnet (nbmake) dans le rôle que dit son chemin, le mesure, et dresse le tableau des coûts.

Carnet de l'apprenant : une exécution, où chaque contrôle doit répondre ⏳. Corrigé : deux exécutions de suite dans le
même noyau (« Tout exécuter » doit marcher deux fois), où chaque contrôle doit répondre ✅, et où chaque nombre de la
prose doit avoir été affiché (`outils.prose`).
"""

import copy
import os
from collections.abc import Iterator
from types import SimpleNamespace

import nbformat
import pytest
from nbmake import nb_run
from nbmake.pytest_items import NotebookItem

import common  # noqa: F401 (règle l'environnement avant que les tests importent Flower et PyTorch)
from outils import prose
from outils.budget import MIO, SECONDES, Mesure

os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"  # le noyau python3 de cet environnement, pas celui d'un autre
MESURES: dict[str, Mesure] = {}


def lire_deux_fois(chemin: str, version: int) -> nbformat.NotebookNode:
    """Lit un carnet dont les cellules se suivent deux fois, comme après un second « Tout exécuter »."""
    carnet = nbformat.read(chemin, version)
    carnet.cells += copy.deepcopy(carnet.cells)
    return carnet


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    if not isinstance(item, NotebookItem):
        return (yield)
    corrige = "corriges" in item.path.parts
    nom = item.path.relative_to(item.config.rootpath).as_posix()
    mesure = MESURES[nom] = Mesure(SECONDES * (1 + corrige), MIO)
    lus: list[nbformat.NotebookNode] = []
    with pytest.MonkeyPatch.context() as contexte, mesure:
        contexte.setenv("VERIF_ATTENDU", "juste" if corrige else "a_faire")
        if corrige:
            lecture = SimpleNamespace(read=lambda *lu: lus.append(lire_deux_fois(*lu)) or lus[0])
            contexte.setattr(nb_run, "nbformat", lecture)
        resultat = yield
    if corrige and not mesure.motif:
        cellules = lus[0].cells[: len(lus[0].cells) // 2]
        mesure.motif = "\n".join(prose.fautes(cellules, prose.ADMIS.get(item.path.stem, {}))) or None
    return resultat


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo) -> Iterator[pytest.TestReport]:
    """Met le motif d'un dépassement à la place de la trace illisible d'un noyau mort."""
    rapport = yield
    if isinstance(item, NotebookItem) and call.when == "call":
        nom = item.path.relative_to(item.config.rootpath).as_posix()
        if MESURES[nom].motif:
            rapport.outcome, rapport.longrepr = "failed", f"{nom} : {MESURES[nom].motif}"
    return rapport


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tableau des carnets, du plus lent au plus rapide."""
    if not MESURES:
        return
    terminalreporter.section("Coût des leçons (un corrigé est exécuté deux fois de suite)")
    for nom, mesure in sorted(MESURES.items(), key=lambda paire: -paire[1].secondes):
        lent = f"  > {mesure.budget_secondes:.0f} s : trop lent" if mesure.secondes > mesure.budget_secondes else ""
        terminalreporter.line(f"{mesure.secondes:7.1f} s  {mesure.mio:6.0f} Mio  {nom}{lent}")
