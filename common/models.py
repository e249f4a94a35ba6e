"""De petits modèles PyTorch que l'on lit d'un coup d'œil ; sans BatchNorm, qui mêlerait les centres."""

import torch
from torch import nn


def linear(num_features: int, num_outputs: int = 1) -> nn.Module:
    """Construit une régression logistique, paramètres à zéro.

    `num_outputs = 1` : un logit par exemple (deux classes) ; sinon un logit par classe. Partir de zéro ne bloque pas
    un modèle convexe et rend le premier tour identique partout.
    """
    model = nn.Linear(num_features, num_outputs)
    nn.init.zeros_(model.weight)
    nn.init.zeros_(model.bias)
    return model


def mlp(num_features: int, hidden: int, num_outputs: int, seed: int = 0) -> nn.Module:
    """Construit un perceptron à une couche cachée (ReLU), initialisé avec sa propre graine.

    Le générateur global de PyTorch est rendu dans l'état où il était.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return nn.Sequential(nn.Linear(num_features, hidden), nn.ReLU(), nn.Linear(hidden, num_outputs))
