"""Le rapport du banc `cible`, lu dans les points de reprise : tours jusqu'à la cible, et état des inachevés."""

from math import ceil
from pathlib import Path
from typing import Any

import pandas as pd
from flwr.app import ArrayRecord

from bancs import rapport
from bancs.cible_cellules import BATCH_SIZE, CELLS, CLIENTS, PER_ROUND, Cell, Run
from common.data.mnist import FILES
from common.federated import snapshot
from common.federated.history import History
from common.metrics import rounds_to_target

COMMAND = "python -m bancs.cible --json bancs/resultats/cible.json"
DIGITS = 4  # sur 10 000 images, l'exactitude n'en a pas davantage
CHOSEN = (
    "taux d'apprentissage choisi, comme le fait McMahan, sur le nombre de tours jusqu'à la cible, donc sur le jeu de "
    "test ; tous les taux essayés sont là, avec les tours accordés à chacun ; le CNN sur des tranches triées, trop "
    "long, a été réglé sur ses huit premiers tours"
)
READING = "courbe rendue monotone (le meilleur des tours passés), interpolée entre deux tours, comme McMahan"


def read_curve(run: Run, folder: Path) -> pd.Series:
    """Rend l'exactitude du modèle global sur le test, tour par tour ; une série vide si rien n'est commencé."""
    path = run.path(folder)
    if not path.exists():
        return pd.Series(dtype=float)
    return History(ArrayRecord(), snapshot.read(path).rows).curve("accuracy")


def report(folder: Path) -> dict[str, Any]:
    """Rend le rapport à écrire en JSON, de tout ce que contient `folder`."""
    return {
        **rapport.entete(COMMAND, FILES),
        "source": "McMahan et al. 2017, arXiv:1602.05629, tableau 2",
        "settings": {"strategy": "FedAvg", "clients": CLIENTS, "per_round": PER_ROUND, "batch_size": BATCH_SIZE},
        "n": {"train": 60_000, "per_client": 600, "test": 10_000},
        "chosen": CHOSEN,
        "reading": READING,
        "cells": [describe(cell, folder) for cell in CELLS.values()],
    }


def describe(cell: Cell, folder: Path) -> dict[str, Any]:
    """Rend les réglages d'une cellule et ses entraînements commencés."""
    curves = [(run, read_curve(run, folder)) for run in cell.runs()]
    return {
        "name": cell.name,
        "num_parameters": sum(parameter.numel() for parameter in cell.make_model().parameters()),
        "partition": cell.partition.__name__,
        "epochs": cell.epochs,
        "target": cell.target,
        "published": cell.published,
        "lr": cell.lr,
        "seeds": list(cell.seeds),
        "runs": [summarize(run, curve) for run, curve in curves if len(curve)],
    }


def summarize(run: Run, curve: pd.Series) -> dict[str, Any]:
    """Rend un entraînement : ses tours jusqu'à la cible (None s'il ne l'a pas atteinte) et toute sa courbe.

    `rounds` est le premier tour qui atteint la cible, `rounds_interpolated` sa lecture à virgule.
    """
    interpolated = rounds_to_target(curve, run.cell.target)
    return {
        "lr": run.lr,
        "seed": run.seed,
        "max_rounds": run.max_rounds,
        "rounds": None if interpolated is None else ceil(interpolated),
        "rounds_interpolated": None if interpolated is None else round(interpolated, 2),
        "rounds_done": int(curve.index[-1]),
        "over": bool(run.is_over(curve)),
        "best": round(float(curve.max()), DIGITS),
        "curve": [round(float(value), DIGITS) for value in curve],
    }


def table(report: dict[str, Any]) -> list[str]:
    """Rend une ligne de texte par entraînement."""
    return [
        f"{cell['name']:12} η = {run['lr']:<6g} graine {run['seed']} : {outcome(run)}"
        + f" ; publié : {cell['published']}" * (run["lr"] == cell["lr"])
        for cell in report["cells"]
        for run in cell["runs"]
    ]


def outcome(run: dict[str, Any]) -> str:
    """Dit ce qu'un entraînement a donné : ses tours jusqu'à la cible, sinon où il en est."""
    if run["rounds"] is not None:
        return f"cible au tour {run['rounds']}"
    stopped = "arrêté" if run["over"] else "en cours"
    return f"{stopped} après {run['rounds_done']} tours, à {run['best']:.2%} au mieux".replace(".", ",")
