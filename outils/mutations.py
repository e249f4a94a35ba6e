"""Mesure ce que les contrôles refusent : `python -m outils.mutations [--semaine semaine_N] [--json FICHIER]`.

Le corrigé de chaque leçon est exécuté cellule après cellule. Devant chaque `verifier.NOM(…)`, sa solution est mutée
(`outils.mutants`) et chaque mutant est jugé. Un mutant qui lève, ou qui tourne encore au bout de quelques secondes, est
refusé. Parmi les acceptés, est « équivalent » celui qui rend la même chose que la référence, sans toucher à ses
arguments, sur 1 000 cas neufs tirés par l'exercice ; les autres survivent. Si la référence rend partout la même chose,
ces 1 000 cas ne prouvent rien : aucun mutant n'est dit équivalent. Une valeur se compare directement à la référence.
Relisez les équivalents, imprimés eux aussi : un tirage qui laisserait toujours un argument à zéro s'y trahit.

Part refusée = refusés / (essayés - équivalents). Elle doit atteindre 95 % pour chaque exercice, et donc au total ;
sinon le code de sortie est 1.
"""

import argparse
import ast
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from outils.depot import RACINE, ecrire, lire
from outils.juge import NUM_INPUTS, Juge, executer, muet
from outils.mutants import DESCRIPTIONS, mutants
from outils.source import BOUT_DE_LIGNE, DEBUT, FIN, Bloc, ErreurSource, decouper

SEUIL = 0.95
PAQUETS = ("numpy", "flwr", "torch")


@dataclass(frozen=True)
class Etape:
    """Du code du corrigé : les lignes de la solution et, s'il y en a un, le contrôle qui la juge."""

    code: str
    solution: frozenset[int] = frozenset()

    def suivie_de(self, autre: "Etape") -> "Etape":
        decalage = self.code.count("\n") + 1
        return Etape(f"{self.code}\n{autre.code}", self.solution | {n + decalage for n in autre.solution})

    def controle(self) -> tuple[ast.stmt, ast.Call] | None:
        """L'instruction du contrôle et son appel `verifier.NOM(…)`."""
        for instruction in ast.parse(self.code).body:
            for noeud in ast.walk(instruction):
                if isinstance(noeud, ast.Call) and ast.unparse(noeud.func).startswith("verifier."):
                    return instruction, noeud
        return None


@dataclass(frozen=True)
class Bilan:
    """Les comptes d'un exercice ; `surviving` et `equivalent_to_reference` montrent les lignes changées."""

    lesson: str
    exercise: str
    kind: str
    tried: int
    refused: int
    equivalent: int
    share: float | None
    surviving: list[str]
    equivalent_to_reference: list[str]


def lire_etapes(chemin: Path) -> list[Etape]:
    """Cellules de code d'une source ; une solution contrôlée plus loin est réunie à son contrôle."""
    etapes, attente = [], None
    for bloc in decouper(lire(chemin), chemin.name):
        if bloc.code:
            attente = depouiller(bloc) if attente is None else attente.suivie_de(depouiller(bloc))
            if not attente.solution or attente.controle():
                etapes, attente = [*etapes, attente], None
    if attente:
        raise ErreurSource(f"{chemin.name} : aucun `verifier.NOM(…)` ne suit la dernière solution ; ajoutez-le.")
    return etapes


def depouiller(bloc: Bloc) -> Etape:
    """Retire les marqueurs d'une cellule et retient les lignes qu'ils désignaient."""
    lignes, solution, dedans = [], set(), bloc.solution
    for ligne in bloc.lignes[1:]:
        if ligne.strip() in (DEBUT, FIN):
            dedans = ligne.strip() == DEBUT
            continue
        lignes.append(BOUT_DE_LIGNE.sub("", ligne))
        if dedans or BOUT_DE_LIGNE.search(ligne):
            solution.add(len(lignes))
    return Etape("\n".join(lignes), frozenset(solution))


def mesurer_lecon(chemin: Path) -> Iterator[Bilan]:
    """Bilan de chaque exercice d'une leçon, dans l'ordre ; ce qui suit le dernier n'est pas exécuté."""
    etapes = lire_etapes(chemin)
    while etapes and not etapes[-1].solution:
        etapes.pop()
    espace: dict[str, Any] = {"__name__": "__main__", "racine": RACINE}  # le préambule d'un carnet la trouve
    for rang, etape in enumerate(etapes):
        if etape.solution:
            yield mesurer(chemin.stem, etape, espace)
        with muet():
            executer(etape.code, espace, f"<cellule {rang}>")
        if "matplotlib.pyplot" in sys.modules:
            sys.modules["matplotlib.pyplot"].close("all")


def mesurer(lecon: str, etape: Etape, espace: dict[str, Any]) -> Bilan:
    """Bilan d'un exercice ; ValueError si son contrôle refuse le corrigé, avant les mutants ou après."""
    instruction, appel = etape.controle()
    if max(etape.solution) >= instruction.lineno:
        raise ErreurSource(f"{lecon}, « {appel.func.attr} » : une solution suit son contrôle ; coupez la cellule.")
    source = "\n".join(etape.code.split("\n")[: instruction.lineno - 1])
    juge = Juge(getattr(espace["verifier"], appel.func.attr), ast.unparse(appel.args[0]), espace)
    if not juge.chronometrer(source):
        raise ValueError(f"{lecon}, « {appel.func.attr} » : le contrôle refuse le corrigé ; lancez d'abord les tests.")
    essayes = mutants(source, etape.solution)
    acceptes = [mutant for mutant in essayes if juge.accepte(mutant.source)]
    if not juge.accepte(source):
        raise ValueError(f"{lecon}, « {appel.func.attr} » : un mutant a modifié une variable de la leçon.")
    egaux = [mutant for mutant in acceptes if juge.equivaut(mutant.source)]
    return Bilan(
        lesson=lecon,
        exercise=appel.func.attr,
        kind="valeur" if juge.exercice.draw is None else "fonction",
        **comptes(len(essayes), len(essayes) - len(acceptes), len(egaux)),
        surviving=[mutant.difference for mutant in acceptes if mutant not in egaux],
        equivalent_to_reference=[mutant.difference for mutant in egaux],
    )


def comptes(essayes: int, refuses: int, equivalents: int) -> dict[str, Any]:
    """Comptes et part refusée, arrondie à quatre décimales ; `None` si tout est équivalent."""
    utiles = essayes - equivalents
    part = round(refuses / utiles, 4) if utiles else None
    return {"tried": essayes, "refused": refuses, "equivalent": equivalents, "share": part}


def total(bilans: list[Bilan]) -> dict[str, Any]:
    return comptes(*(sum(getattr(bilan, nom) for bilan in bilans) for nom in ("tried", "refused", "equivalent")))


def en_json(bilans: list[Bilan], commande: str) -> str:
    """Le compte rendu, sans date ni chemin : la même source donne les mêmes octets."""
    rapport = {
        "command": commande,
        "versions": versions(),
        "threshold": SEUIL,
        "random_inputs": NUM_INPUTS,
        "operators": DESCRIPTIONS,
        "exercises": [asdict(bilan) for bilan in bilans],
        "total": total(bilans),
    }
    return json.dumps(rapport, ensure_ascii=False, indent=1) + "\n"


def versions() -> dict[str, str]:
    """Version de Python et des paquets, sans leur variante (« +cpu »)."""
    paquets = {nom: version(nom).split("+")[0] for nom in PAQUETS}
    return {"python": ".".join(map(str, sys.version_info[:2]))} | paquets


def ligne(lecon: str, exercice: str, comptes: dict[str, Any]) -> str:
    survivants = comptes["tried"] - comptes["refused"] - comptes["equivalent"]
    part = "—" if comptes["share"] is None else f"{100 * comptes['share']:.1f} %"
    nombres = [comptes["tried"], comptes["refused"], survivants, comptes["equivalent"], part]
    return f"{lecon:32} {exercice:28}" + "".join(f"{nombre:>12}" for nombre in nombres)


def imprimer(bilan: Bilan) -> None:
    """Une ligne de tableau, puis les lignes changées de chaque mutant accepté."""
    nom = f"{bilan.exercise} (valeur)" if bilan.kind == "valeur" else bilan.exercise
    print(ligne(bilan.lesson, nom, asdict(bilan)), flush=True)
    for titre, acceptes in (("survivant", bilan.surviving), ("équivalent", bilan.equivalent_to_reference)):
        for difference in acceptes:
            print(f"    {titre:10} {difference}".replace("\n", f"\n{'':15}"), flush=True)


def main(arguments: list[str] | None = None, racine: Path = RACINE) -> int:
    """Imprime le tableau, écrit le JSON s'il est demandé ; rend 1 si un exercice est sous le seuil."""
    analyse = argparse.ArgumentParser(prog="python -m outils.mutations", description="Mute chaque solution.")
    analyse.add_argument("--json", metavar="FICHIER", help="écrit aussi le compte rendu dans ce fichier")
    analyse.add_argument("--semaine", metavar="semaine_N", default="semaine_*", help="une seule semaine")
    analyse.add_argument(
        "--lecon", metavar="NN_nom", default="[0-9][0-9]_*", help="une seule leçon, par exemple 02_fedavg_de_zero"
    )
    choix = analyse.parse_args(arguments)
    chemins = sorted(racine.glob(f"sources/{choix.semaine}/{choix.lecon}.py"))
    if not chemins:
        analyse.error(f"aucune leçon « {choix.semaine}/{choix.lecon} » dans sources/ ; donnez son nom sans « .py ».")
    os.environ["MPLBACKEND"] = "Agg"
    os.environ.pop("VERIF_ATTENDU", None)
    titres = ("essayés", "refusés", "survivants", "équivalents", "part")
    print(f"{'leçon':32} {'exercice':28}" + "".join(f"{titre:>12}" for titre in titres))
    bilans = []
    for chemin in chemins:
        for bilan in mesurer_lecon(chemin):
            imprimer(bilan)
            bilans.append(bilan)
    print(ligne("total", "", total(bilans)))
    if choix.json:
        ecrire(Path(choix.json), en_json(bilans, f"python -m outils.mutations{options(choix)}"))
    return int(any(bilan.share is not None and bilan.share < SEUIL for bilan in bilans))


def options(choix: argparse.Namespace) -> str:
    """Les options données, le chemin du fichier réduit à ce qui suit la racine du cours."""
    fichier = Path(choix.json).resolve()
    nom = fichier.relative_to(RACINE) if fichier.is_relative_to(RACINE) else Path(fichier.name)
    donnees = {"semaine": choix.semaine, "lecon": choix.lecon, "json": nom.as_posix()}
    return "".join(f" --{option} {valeur}" for option, valeur in donnees.items() if "*" not in valeur)


if __name__ == "__main__":
    sys.exit(main())
