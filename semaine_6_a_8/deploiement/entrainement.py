"""Ce que rend un entraînement, et la manière de le dire."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from semaine_6_a_8.deploiement.processus import DeploymentError

MAX_BYTES = 10_000_000


@dataclass(frozen=True)
class Outcome:
    """Le modèle final, par nom de tableau, et les étapes du serveur ; les nœuds y portent le nom de leur hôpital.

    bounds : si les mises à jour étaient masquées, la borne prouvée de l'écart, par paramètre, que chaque tour ajoute.
    """

    arrays: dict[str, np.ndarray]
    steps: list[dict]
    bounds: Sequence[float] = ()

    def lines(self) -> list[str]:
        """Raconte l'entraînement, une ligne par étape."""
        return [_line(step) for step in self.steps]


def read_outcome(output: Path, names: dict[int, str]) -> Outcome:
    """Lit `rapport.json` et `modele.npz`. Erreur : `DeploymentError` si le serveur a renoncé, avec sa raison."""
    report = json.loads(_checked(output / "rapport.json").read_text(encoding="utf-8"))
    steps = [_named(step, names) for step in report["steps"]]
    if report["error"]:
        told = "".join(f"\n  {_line(step)}" for step in steps)
        raise DeploymentError(f"Le serveur a arrêté l'entraînement ; {report['error']}.{told}")
    with np.load(_checked(output / "modele.npz"), allow_pickle=False) as file:
        return Outcome(dict(file), steps, report["bounds"])


def model_gap(a: dict[str, np.ndarray], b: dict[str, np.ndarray]) -> float:
    """Rend le plus grand écart entre deux modèles. Erreur : `ValueError` si les noms ou les formes diffèrent."""
    if {name: array.shape for name, array in a.items()} != {name: array.shape for name, array in b.items()}:
        raise ValueError("Les deux modèles n'ont pas les mêmes tableaux : ils ne se comparent pas.")
    return max(float(np.abs(a[name] - b[name]).max()) for name in a)


def _named(step: dict, names: dict[int, str]) -> dict:
    parts = {part: {names.get(int(n), f"nœud {n}"): v for n, v in step[part].items()} for part in ("answered", "lost")}
    return step | {part: dict(sorted(nodes.items())) for part, nodes in parts.items()}


def _line(step: dict) -> str:
    if step["step"] == "train":
        text = f"Tour {step['round']} : " + (", ".join(step["answered"]) or "aucune réponse")
    else:
        scores = (f"{name} {m['accuracy']:.2f} (n = {m['num-examples']})" for name, m in step["answered"].items())
        text = "Exactitude sur le test de chaque hôpital : " + ", ".join(scores).replace(".", ",")
    return text + "".join(f" ; sans {name} : {fault}" for name, fault in step["lost"].items())


def _checked(path: Path) -> Path:
    if path.stat().st_size > MAX_BYTES:
        raise DeploymentError(f"{path.name} dépasse {MAX_BYTES} octets : il n'est pas lu.")
    return path
