"""La recette de FLamby, refaite : ses chiffres publiés, puis ce qui les sépare des nôtres, un réglage à la fois.

Recette (code de FLamby, dossiers flamby/benchmarks et fed_heart_disease) : lots de 4, départ au hasard ; local et
centralisé : Adam à 0,001, 50 époques ; FedAvg : 15 tours de 100 pas de descente de gradient à 0,001.
"""

from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Any

import numpy as np
import torch
from flwr.serverapp.strategy import FedAvg
from torch import nn

from bancs.heart_donnees import flamby_normalized, flamby_split
from bancs.rapport import moyenne
from common.data import FederatedDataset, Split, standardize
from common.environment import client_rng
from common.federated import arrays_of, load_arrays, simulate, torch_client_app
from common.training import SGD, evaluate, loss, tensors

SEEDS = (42, 43, 44, 45, 46)
ROUNDS, STEPS = 15, 100
EPOCHS, ADAM_LR = 50, 0.001
SLOW, FAST = 0.001, 0.01
BATCHES = SGD(lr=1, epochs=EPOCHS, batch_size=4)  # seuls les lots en servent
PUBLISHED = {
    "local : cleveland": 0.784,
    "local : hungarian": 0.727,
    "local : switzerland": 0.483,
    "local : va": 0.611,
    "centralisé": 0.795,
    "FedAvg": 0.748,
    "FedProx": 0.748,
    "SCAFFOLD": 0.748,
    "FedAdam": 0.779,
}

Learn = Callable[[int], nn.Module]  # graine -> modèle


def fit(model: nn.Module, split: Split, optimizer: torch.optim.Optimizer, batches: Iterable[np.ndarray]) -> float:
    """Fait un pas d'`optimizer` par lot ; rend la perte du dernier."""
    x, y = tensors(model, split)
    for batch in batches:
        optimizer.zero_grad()
        last = loss(model(x[batch]), y[batch])
        last.backward()
        optimizer.step()
    return last.item()


def random_model(seed: int) -> nn.Module:
    """Le modèle de départ de FLamby : celui que PyTorch tire par défaut."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return nn.Linear(13, 1)


def alone(train: Split) -> Learn:
    """Un seul jeu, Adam : leurs lignes « local » et « centralisé »."""

    def learn(seed: int) -> nn.Module:
        model = random_model(seed)
        adam = torch.optim.Adam(model.parameters(), lr=ADAM_LR)
        fit(model, train, adam, BATCHES.batches(len(train), client_rng(seed, 0, 0)))
        return model

    return learn


def federated(dataset: FederatedDataset, lr: float) -> Learn:
    """Leur FedAvg : 15 tours, 100 pas locaux au taux `lr`."""

    def local_training(model: nn.Module, split: Split, config: Mapping, rng: np.random.Generator) -> float:
        sgd = torch.optim.SGD(model.parameters(), lr=lr)
        return fit(model, split, sgd, islice(BATCHES.batches(len(split), rng), STEPS))

    def learn(seed: int) -> nn.Module:
        model = random_model(seed)
        app = torch_client_app(model, dataset, local_training)
        strategy = FedAvg(fraction_evaluate=0.0, min_train_nodes=len(dataset), min_available_nodes=len(dataset))
        history = simulate(app, strategy, dataset, arrays_of(model), num_rounds=ROUNDS, seed=seed)
        load_arrays(model, history.arrays)
        return model

    return learn


def judged(learn: Learn, test: Split) -> dict[str, Any]:
    """L'exactitude sur `test`, moyenne des cinq graines de FLamby."""
    return moyenne([evaluate(learn(seed), test)["accuracy"] for seed in SEEDS])


def reproduction() -> list[dict[str, Any]]:
    """Leur recette sans rien changer, à côté de leurs chiffres : `method`, `published`, puis notre mesure."""
    raw = flamby_split()
    own, shared = flamby_normalized(raw), standardize(raw)
    recipes = {f"local : {name}": alone(center.train) for name, center in own.items()}
    recipes |= {"centralisé": alone(shared.train), "FedAvg": federated(own, SLOW)}
    return [
        {"method": method, "published": PUBLISHED[method], **judged(learn, shared.test)}
        for method, learn in recipes.items()
    ]


def changes() -> list[dict[str, Any]]:
    """Leur FedAvg, où changent le taux d'apprentissage, la normalisation, puis les deux : `change`, puis la mesure."""
    raw = flamby_split()
    own, shared = flamby_normalized(raw), standardize(raw)
    recipes = {
        "normalisation commune, à l'entraînement comme au test": federated(shared, SLOW),
        "taux d'apprentissage de 0,01 au lieu de 0,001": federated(own, FAST),
        "les deux": federated(shared, FAST),
    }
    return [{"change": change, **judged(learn, shared.test)} for change, learn in recipes.items()]
