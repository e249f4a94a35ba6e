"""Le cœur, quatre hôpitaux réels : chacun pour soi, tout réuni, ou fédéré ? `python -m bancs.heart [--json FICHIER]`.

Rien n'est réglé sur le jeu de test : les réglages sont fixés d'avance, les mêmes pour toutes les graines, et pris de
FLamby (arXiv:2210.04620) quand il les donne (lots de 4, 50 époques, μ et vitesses de FedAdam).
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
from flwr.serverapp.strategy import FedAdam, FedAvg, FedProx, Strategy
from torch import nn

from bancs import heart_flamby, rapport
from bancs.commande import lancer, lecteur
from bancs.heart_donnees import flamby_split, only
from common import environment
from common.data import DataUnavailableError, FederatedDataset, load, standardize
from common.data.heart import FILES
from common.federated import (
    Scaffold,
    arrays_of,
    load_arrays,
    scaffold_client_app,
    sgd_training,
    simulate,
    torch_client_app,
)
from common.metrics import POOLED, per_center
from common.models import linear
from common.training import SGD, predict, train

SEEDS = (0, 1, 2, 3, 4)
ROUNDS = 50
LOCAL = SGD(lr=0.01, epochs=1, batch_size=4)  # un tour fédéré
ALONE = SGD(lr=0.01, epochs=ROUNDS, batch_size=4)  # autant de passages sur les données qu'en 50 tours
PROXIMAL_MU = 0.01
ADAM = {"eta": 0.01, "eta_l": LOCAL.lr, "beta_1": 0.9, "beta_2": 0.999, "tau": 1e-8}
METRICS = ("accuracy", "auroc")
EVERYONE = {"fraction_evaluate": 0.0, "min_train_nodes": 4, "min_available_nodes": 4}

Scores = dict[tuple[str, str, str], float | None]  # (méthode, centre, mesure)


def strategies() -> dict[str, Strategy]:
    """Rend les quatre stratégies comparées, neuves ; SCAFFOLD est celle du cours, les autres sont celles de Flower."""
    return {
        "FedAvg": FedAvg(**EVERYONE),
        "FedProx": FedProx(**EVERYONE, proximal_mu=PROXIMAL_MU),
        "SCAFFOLD": Scaffold(**EVERYONE),
        "FedAdam": FedAdam(**EVERYONE, **ADAM),
    }


def new_model(num_features: int) -> nn.Module:
    """Une régression logistique à zéro, en double précision pour que chaque machine rende le même chiffre."""
    return linear(num_features).double()


def train_federated(strategy: Strategy, dataset: FederatedDataset, seed: int) -> nn.Module:
    """Apprend par 50 tours d'une époque locale, tous les centres à chaque tour ; rend le modèle global."""
    model = new_model(dataset.train.x.shape[1])
    initial = arrays_of(model)
    if isinstance(strategy, Scaffold):
        app = scaffold_client_app(model, dataset, LOCAL)
    else:
        app = torch_client_app(model, dataset, sgd_training(LOCAL))
    load_arrays(model, simulate(app, strategy, dataset, initial, num_rounds=ROUNDS, seed=seed).arrays)
    return model


def train_alone(dataset: FederatedDataset, seed: int) -> nn.Module:
    """Apprend sur tout ce que contient `dataset`, réuni : un seul centre, ou les quatre (centralisé)."""
    model = new_model(dataset.train.x.shape[1])
    train(model, dataset.train, ALONE, environment.client_rng(seed, 0, 0))
    return model


def run_seed(seed: int) -> Scores:
    """Un découpage, un tirage : toutes les méthodes, jugées sur les mêmes patients.

    DataUnavailableError si la copie réelle manque.
    """
    raw = load("heart", source="real", seed=seed)
    shared = standardize(raw)
    scores = measure("centralisé", train_alone(shared, seed), shared)
    for name, strategy in strategies().items():
        scores |= measure(name, train_federated(strategy, shared, seed), shared)
    for center in raw:
        alone = standardize(only(raw, center))
        scores |= measure(f"local : {center}", train_alone(alone, seed), alone)
    return scores


def measure(method: str, model: nn.Module, dataset: FederatedDataset) -> Scores:
    """L'exactitude et l'AUROC d'un modèle sur le test de chaque centre, puis « tous » ; None si non estimable."""
    table = per_center(dataset, lambda x: predict(model, x)).set_index("center")
    return {
        (method, center, metric): None if np.isnan(value) else float(value)
        for metric in METRICS
        for center, value in table[metric].items()
    }


def counts(seed: int) -> dict[str, dict[str, int]]:
    """Les effectifs d'un découpage, par centre et pour « tous »."""
    dataset = load("heart", source="real", seed=seed)
    splits = {name: (center.train, center.test) for name, center in dataset.items()}
    return {
        name: {
            "train": len(train_split),
            "test": len(test),
            "n_pos": int(np.sum(test.y == 1)),
            "n_neg": int(np.sum(test.y == 0)),
        }
        for name, (train_split, test) in {**splits, POOLED: (dataset.train, dataset.test)}.items()
    }


def settings() -> dict[str, Any]:
    """Les réglages, fixés d'avance."""
    return {
        "model": "régression logistique (13 variables), initialisée à zéro, float64",
        "standardization": "celle de l'entraînement réuni, calculée sans réunir ; local : celle du centre seul",
        "split": "66/34 par patient, stratifié, un nouveau découpage par graine",
        "num_rounds": ROUNDS,
        "local_sgd": asdict(LOCAL),
        "alone_sgd": asdict(ALONE),
        "proximal_mu": PROXIMAL_MU,
        "fedadam": ADAM,
        "chosen": "a priori, d'après FLamby ; aucun réglage n'a été choisi sur le jeu de test",
    }


def summarize(by_seed: Mapping[int, Scores]) -> list[dict[str, Any]]:
    """Une ligne par méthode, centre et mesure : moyenne, intervalle à 95 % et valeur de chaque graine."""
    keys = next(iter(by_seed.values()))
    return [
        {
            "method": method,
            "center": center,
            "metric": metric,
            **rapport.moyenne([scores[method, center, metric] for scores in by_seed.values()]),
        }
        for method, center, metric in keys
    ]


def compare_with_flamby() -> dict[str, Any]:
    """Leurs chiffres publiés, leur recette refaite, puis ce qui change quand elle devient la nôtre (exactitude)."""
    theirs = standardize(flamby_split())
    ours = [measure("FedAvg", train_federated(FedAvg(**EVERYONE), theirs, seed), theirs) for seed in SEEDS]
    last = rapport.moyenne([scores["FedAvg", POOLED, "accuracy"] for scores in ours])
    return {
        "source": "FLamby, arXiv:2210.04620 : exactitude sur le test réuni, cinq graines, un seul découpage",
        "published": heart_flamby.PUBLISHED,
        "reproduction": heart_flamby.reproduction(),
        "changes": [*heart_flamby.changes(), {"change": "tous nos réglages, sur leur découpage", **last}],
    }


def run(progress: Callable[[str], None] = print) -> dict[str, Any]:
    """Le banc entier ; rend le rapport à écrire en JSON."""
    by_seed = {}
    for seed in SEEDS:
        by_seed[seed] = run_seed(seed)
        progress(f"graine {seed} : fait")
    return {
        **rapport.entete("python -m bancs.heart --json bancs/resultats/heart.json", FILES),
        "seeds": list(SEEDS),
        "n": {str(seed): counts(seed) for seed in SEEDS},
        "settings": settings(),
        "rows": summarize(by_seed),
        "flamby": compare_with_flamby(),
    }


def main(arguments: list[str]) -> int:
    """Rend 0, ou 1 si les données réelles manquent."""
    options = lecteur("heart", __doc__).parse_args(arguments)
    try:
        report = run()
    except DataUnavailableError as error:
        print(f"❌ {error}", file=sys.stderr)
        return 1
    for row in report["rows"]:
        if row["center"] == POOLED:
            print(f"{row['method']:22} {row['metric']:9} {row['mean']:.3f} [{row['low']:.3f} ; {row['high']:.3f}]")
    if options.json:
        rapport.ecrire(options.json, report)
    return 0


if __name__ == "__main__":
    lancer(main)
