"""DP-SGD sur MNIST, à ε ≈ 1, 3 et 7, comme Opacus et TF-Privacy : `python -m bancs.dp_mnist [--json FICHIER]`.

Leur réseau et leurs réglages, tels que publiés ; rien n'est choisi sur le jeu de test, et c'est le modèle de la
dernière époque qui est jugé. Chaque époque est gardée dans `sorties/dp_mnist/` : Ctrl-C arrête le banc, la même
commande continue au bit près, et tout fini, elle écrit le rapport aussitôt.
"""

import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from opacus.accountants import RDPAccountant
from opacus.accountants.analysis.rdp import compute_rdp
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import nn

from bancs import rapport
from bancs.commande import lancer, lecteur
from common import environment
from common.data import DataUnavailableError, Split, load
from common.data.mnist import FILES
from common.metrics import Estimate, accuracy
from common.privacy.accounting import epsilon
from common.privacy.dp_sgd import DPSGD, private_descent
from common.training import SGD, predict, train

FOLDER = rapport.RACINE / "sorties" / "dp_mnist"
COMMANDE = "python -m bancs.dp_mnist --json bancs/resultats/dp_mnist.json"
DELTA, SAMPLE_RATE, STEPS = 1e-5, 0.004, 250  # 240 images par pas en moyenne, 250 pas par époque
MEAN, STD = 0.1307, 0.3081  # de MNIST, publics depuis toujours : les recalculer ici sortirait du budget
SEEDS = (0,)
INTERRUPTED = 130


@dataclass(frozen=True)
class Recipe:
    """Un réglage publié : ceux d'Opacus et de TF-Privacy sont les mêmes, à la taille de lot près (240 et 256).

    `published` : ce que chacun annonce, exactitude en % et ε, moyenne de dix entraînements. Sources :
    github.com/pytorch/opacus, examples/mnist_README.md (commit eb4e69a) ; github.com/tensorflow/privacy,
    tutorials/README.md (commit d435fcb).
    """

    name: str
    epochs: int
    lr: float
    noise_multiplier: float
    max_grad_norm: float | None
    published: Mapping[str, tuple[float, float | None]]

    def epsilons(self) -> dict[str, float | None]:
        """Rend l'ε dépensé, le même mécanisme compté de trois façons ; None sans bruit.

        `rdp-2017` est le compte des publications (conversion de Mironov 2017) ; `rdp` et `prv`, plus serrés, ceux
        d'aujourd'hui. Un ε ne se compare qu'à un ε compté de la même façon.
        """
        steps = self.epochs * STEPS
        if not self.noise_multiplier:
            return {"rdp-2017": None, "rdp": None, "prv": None}
        today = {name: epsilon(self.noise_multiplier, SAMPLE_RATE, steps, DELTA, name) for name in ("rdp", "prv")}
        return {"rdp-2017": epsilon_2017(self.noise_multiplier, steps), **today}

    def train_epoch(self, model: nn.Module, split: Split, rng: np.random.Generator) -> None:
        """Fait une époque, en place."""
        if self.noise_multiplier:
            settings = DPSGD(self.lr, self.noise_multiplier, self.max_grad_norm, SAMPLE_RATE, STEPS)
            private_descent(model, split, settings, rng)
        else:
            train(model, split, SGD(self.lr, batch_size=round(SAMPLE_RATE * len(split))), rng)


def epsilon_2017(noise_multiplier: float, steps: int) -> float:
    """Compte ε comme les publications : ε = min sur α de rdp(α) − ln δ / (α − 1) (Mironov 2017, proposition 3)."""
    alphas = np.array(RDPAccountant.DEFAULT_ALPHAS, dtype=float)
    rdp = compute_rdp(q=SAMPLE_RATE, noise_multiplier=noise_multiplier, steps=steps, orders=alphas)
    return float(np.min(rdp - np.log(DELTA) / (alphas - 1)))


RECIPES = (
    Recipe("epsilon-1", 15, 0.25, 1.3, 1.5, {"opacus": (94.63, 1.16), "tf-privacy": (95.0, 1.19)}),
    Recipe("epsilon-7", 45, 0.25, 0.7, 1.5, {"opacus": (97.09, 6.86), "tf-privacy": (97.0, 7.10)}),
    Recipe("epsilon-3", 60, 0.15, 1.1, 1.0, {"opacus": (96.78, 2.91), "tf-privacy": (96.6, 3.01)}),
    Recipe("sans", 20, 0.1, 0.0, None, {"opacus": (98.94, None), "tf-privacy": (99.0, None)}),
)


def network(seed: int) -> nn.Module:
    """Rend le réseau des deux tutoriels : deux convolutions, ReLU, 26 010 paramètres."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return nn.Sequential(
            *(nn.Conv2d(1, 16, 8, stride=2, padding=3), nn.ReLU(), nn.MaxPool2d(2, 1)),
            *(nn.Conv2d(16, 32, 4, stride=2), nn.ReLU(), nn.MaxPool2d(2, 1)),
            *(nn.Flatten(), nn.Linear(512, 32), nn.ReLU(), nn.Linear(32, 10)),
        )


def load_images() -> tuple[Split, Split]:
    """Rend l'entraînement et le test officiels, centrés réduits ; DataUnavailableError si la copie réelle manque."""
    center = next(iter(load("mnist", source="real", num_centers=1).values()))
    return tuple(Split((part.x - MEAN) / STD, part.y, part.patient_id) for part in (center.train, center.test))


def run(recipe: Recipe, seed: int, images: tuple[Split, Split], folder: Path) -> list[float]:
    """Fait, ou finit, un entraînement ; rend l'exactitude de test après chaque époque."""
    path = folder / f"{recipe.name}-graine{seed}.safetensors"
    model, history = network(seed), read_history(path)
    if history:
        model.load_state_dict(load_file(path))
    for epoch in range(len(history), recipe.epochs):
        start = time.perf_counter()
        recipe.train_epoch(model, images[0], np.random.default_rng([seed, epoch]))
        history.append(judge(model, images[1]).value)
        write_checkpoint(path, model, history)
        seconds = time.perf_counter() - start
        print(f"{path.stem}, époque {epoch + 1}/{recipe.epochs} : {history[-1]:.2%} ({seconds:.0f} s)")
    return history


def judge(model: nn.Module, test: Split) -> Estimate:
    """Rend l'exactitude sur tout le test, avec son intervalle de Wilson."""
    parts = [predict(model, test.x[start : start + 1000]) for start in range(0, len(test), 1000)]
    return accuracy(test.y, np.concatenate(parts).argmax(axis=1))


def read_history(path: Path) -> list[float]:
    """Relit les exactitudes déjà mesurées ; aucune si l'entraînement n'a pas commencé."""
    if not path.exists():
        return []
    with safe_open(path, framework="pt") as file:
        return json.loads(file.metadata()["history"])


def write_checkpoint(path: Path, model: nn.Module, history: Sequence[float]) -> None:
    """Écrit d'un seul geste le modèle et ce qu'il a déjà donné."""
    temporary = path.with_suffix(".tmp")
    save_file(model.state_dict(), temporary, {"history": json.dumps(list(history))})
    os.replace(temporary, path)


def row(recipe: Recipe, images: tuple[Split, Split], folder: Path) -> dict[str, Any]:
    """Rend la ligne du rapport : chaque graine, avec son intervalle, à côté des chiffres publiés."""
    results = []
    for seed in SEEDS:
        history = run(recipe, seed, images, folder)
        right, num = round(history[-1] * len(images[1])), len(images[1])
        estimate = accuracy(np.ones(num, dtype=int), (np.arange(num) < right).astype(int))
        results.append({"seed": seed, **estimate._asdict(), "history": history})
    return {**asdict(recipe), "epsilon": recipe.epsilons(), "results": results}


def report(folder: Path) -> dict[str, Any]:
    """Fait ou relit tous les entraînements, et rend le rapport."""
    images = load_images()
    rows = [row(recipe, images, folder) for recipe in RECIPES]
    settings = {"delta": DELTA, "sample_rate": SAMPLE_RATE, "steps_per_epoch": STEPS, "seeds": list(SEEDS)}
    parameters = sum(value.numel() for value in network(0).parameters())
    sizes = {"train": len(images[0]), "test": len(images[1]), "parameters": parameters, "activation": "ReLU"}
    return {**rapport.entete(COMMANDE, FILES), "settings": {**settings, **sizes}, "rows": rows}


def line(row: Mapping[str, Any]) -> str:
    """Résume une ligne du rapport."""
    spent = ", ".join(f"{value:.2f} ({name})" for name, value in row["epsilon"].items() if value is not None)
    found = " ; ".join("{value:.2%} [{low:.2%} ; {high:.2%}]".format(**result) for result in row["results"])
    published = ", ".join(f"{who} {value[0]} %" for who, value in row["published"].items())
    return f"ε = {spent or 'infini, sans bruit'} : {found} — publié : {published}"


def main(arguments: Sequence[str]) -> int:
    """Rend 0, 1 si les données réelles manquent, ou 130 après Ctrl-C."""
    options = lecteur("dp_mnist", __doc__).parse_args(arguments)
    environment.prepare()
    FOLDER.mkdir(parents=True, exist_ok=True)
    try:
        found = report(FOLDER)
    except DataUnavailableError as error:
        print(f"❌ {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrompu. Les époques finies sont gardées : retapez la même commande pour continuer.", file=sys.stderr)
        return INTERRUPTED
    print("\n".join(line(row) for row in found["rows"]))
    if options.json:
        rapport.ecrire(options.json, found)
    return 0


if __name__ == "__main__":
    lancer(main)
