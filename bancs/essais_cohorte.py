"""Ce qui a été essayé pour entraîner les clients d'un tour : `python -m bancs.essais_cohorte [--json FICHIER]`.

Chaque façon fait le même travail local : dix clients, 600 images synthétiques chacun, lots de dix, une époque. Elles
finissent avec les mêmes paramètres (vérifié d'abord, en float64), puis sont chronométrées tour à tour.
"""

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import Any

import numpy as np
import torch
from torch import nn

from bancs import rapport
from bancs.commande import lancer, lecteur
from bancs.essais_facons import (
    WORKERS,
    State,
    Way,
    autograd_stacked,
    by_hand,
    channels_last,
    forks,
    sequential,
    threads,
    together,
    together_in_threads,
    vmap_grad,
)
from common import models
from common.data import Split
from common.federated.cohort import Job
from common.training import SGD

CLIENTS, EXAMPLES, SEED = 10, 600, 0
SETTINGS = SGD(lr=0.1, batch_size=10)
REPETITIONS = 7
CHECKED_EXAMPLES, TOLERANCE = 20, 1e-9  # deux pas en float64 : au-delà, les arrondis masqueraient une erreur
COMMANDE = "python -m bancs.essais_cohorte --json bancs/resultats/essais_cohorte.json"
FORK = f"{WORKERS} processus dérivés (fork), mémoire partagée"


@dataclass(frozen=True)
class Trial:
    """Un modèle, les façons essayées par nom, et celle que le cours a gardée pour lui."""

    make_model: Callable[[], nn.Module]
    kept: str
    ways: dict[str, Way]


TRIALS = {
    "2NN": Trial(
        models.two_nn,
        "empilés, pas fondu dans le produit (train_together)",
        {
            "un client après l'autre": sequential,
            "torch.func.vmap(grad)": vmap_grad,
            "empilés, autograd, puis le pas en un appel (foreach)": autograd_stacked,
            "empilés, pas fondu dans le produit (train_together)": together,
            "empilés, passage arrière écrit à la main": by_hand,
            f"train_together dans {WORKERS} fils": together_in_threads,
        },
    ),
    "CNN": Trial(
        lambda: models.cnn((16, 32), 128),
        f"{WORKERS} fils, channels_last",
        {
            "un client après l'autre": sequential,
            f"{WORKERS} fils, un client à la fois chacun": threads,
            **({FORK: forks} if sys.platform == "linux" else {}),
            "empilés, convolutions groupées (train_together)": together,
            "un client après l'autre, channels_last": partial(channels_last, sequential),
            f"{WORKERS} fils, channels_last": partial(channels_last, threads),
        },
    ),
}


def make_jobs(model: nn.Module, examples: int) -> list[Job]:
    """Rend le travail de chaque client : il part de `model`, avec ses images (dans le type du modèle) et ses lots."""
    generator = torch.Generator().manual_seed(SEED)
    dtype = next(model.parameters()).dtype
    x = torch.rand(CLIENTS, examples, 1, 28, 28, generator=generator, dtype=dtype).numpy()
    y = torch.randint(10, (CLIENTS, examples), generator=generator).numpy()
    ids, state = np.arange(examples), model.state_dict()
    return [
        Job(state, Split(x[i], y[i], ids), SETTINGS, proximal_mu=0.0, rng=np.random.default_rng([SEED, i]))
        for i in range(CLIENTS)
    ]


def check(trial: Trial) -> dict[str, float]:
    """Rend, par façon, l'écart à « un client après l'autre » en float64 ; `RuntimeError` au-delà de `TOLERANCE`."""
    model = trial.make_model().double()
    expected = sequential(model, make_jobs(model, CHECKED_EXAMPLES))
    gaps = {
        name: largest_gap(way(model, make_jobs(model, CHECKED_EXAMPLES)), expected) for name, way in trial.ways.items()
    }
    wrong = {name: gap for name, gap in gaps.items() if not gap <= TOLERANCE}
    if wrong:
        raise RuntimeError(f"Ces façons ne font pas le même travail (écart des paramètres) : {wrong}. Corrigez-les.")
    return gaps


def largest_gap(states: Sequence[State], expected: Sequence[State]) -> float:
    """Rend le plus grand écart absolu entre paramètres, tous clients réunis ; NaN s'il y en a un."""
    gaps = [
        (state[name] - value).abs().max()
        for state, reference in zip(states, expected, strict=True)
        for name, value in reference.items()
    ]
    return torch.stack(gaps).max().item()


def measure(trial: Trial, examples: int, repetitions: int) -> dict[str, list[float]]:
    """Chronomètre les façons tour à tour et rend leurs durées (ms) ; un premier passage, de chauffe, ne compte pas."""
    model = trial.make_model()
    times: dict[str, list[float]] = {name: [] for name in trial.ways}
    for _ in range(repetitions + 1):
        for name, way in trial.ways.items():
            jobs = make_jobs(model, examples)
            start = time.perf_counter()
            way(model, jobs)
            times[name].append(1000 * (time.perf_counter() - start))
    return {name: values[1:] for name, values in times.items()}


def summarize(workload: str, kept: str, times: dict[str, list[float]]) -> list[dict[str, Any]]:
    """Rend une ligne par façon : médiane (ms), chaque durée, et rapport de sa médiane à celle de la façon gardée."""
    reference = median(times[kept])
    return [
        {
            "workload": workload,
            "way": name,
            "kept": name == kept,
            "ms": round(median(values), 2),
            "ratio": round(median(values) / reference, 3),
            "ms_all": [round(value, 2) for value in values],
        }
        for name, values in times.items()
    ]


def run(examples: int = EXAMPLES, repetitions: int = REPETITIONS) -> dict[str, Any]:
    """Vérifie puis mesure chaque charge, et rend le rapport à écrire en JSON."""
    gaps = {workload: check(trial) for workload, trial in TRIALS.items()}
    rows = []
    for workload, trial in TRIALS.items():
        rows += summarize(workload, trial.kept, measure(trial, examples, repetitions))
    return {
        **rapport.entete(COMMANDE, []),
        "seeds": [SEED],
        "settings": {
            "clients": CLIENTS,
            "examples": examples,
            "batch_size": SETTINGS.batch_size,
            "epochs": SETTINGS.epochs,
            "lr": SETTINGS.lr,
            "repetitions": repetitions,
            "threads_per_computation": torch.get_num_threads(),
        },
        "gaps_float64": gaps,
        "rows": rows,
    }


def main(arguments: list[str]) -> int:
    """Rend 0."""
    options = lecteur("essais_cohorte", __doc__).parse_args(arguments)
    if FORK not in TRIALS["CNN"].ways:
        print(f"« {FORK} » est passé : il lui faut Linux.")
    report = run()
    for row in report["rows"]:
        mark = "  ← gardé" if row["kept"] else ""
        print(f"{row['workload']}  {row['way']:54} {row['ms']:8.1f} ms  × {row['ratio']:.2f}{mark}")
    if options.json:
        rapport.ecrire(options.json, report)
    return 0


if __name__ == "__main__":
    lancer(main)
