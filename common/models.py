"""De petits modèles PyTorch que l'on lit d'un coup d'œil ; sans BatchNorm, qui mêlerait les centres."""

from collections.abc import Iterator
from contextlib import contextmanager

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
    """Construit un perceptron à une couche cachée (ReLU), initialisé avec sa propre graine."""
    with _seeded(seed):
        return nn.Sequential(nn.Linear(num_features, hidden), nn.ReLU(), nn.Linear(hidden, num_outputs))


def two_nn(seed: int = 0) -> nn.Module:
    """Construit le « 2NN » de McMahan et al. 2017 (arXiv:1602.05629) : 784-200-200-10, 199 210 paramètres."""
    with _seeded(seed):
        return nn.Sequential(
            nn.Flatten(), nn.Linear(784, 200), nn.ReLU(), nn.Linear(200, 200), nn.ReLU(), nn.Linear(200, 10)
        )


def cnn(channels: tuple[int, int] = (32, 64), dense: int = 512, seed: int = 0) -> nn.Module:
    """Construit le réseau convolutif de McMahan et al. 2017 pour des images 28 × 28 : 1 663 370 paramètres.

    Deux convolutions 5 × 5 qui gardent la taille, chacune suivie d'un maximum 2 × 2, puis une couche dense. ReLU vient
    après le maximum : le résultat est le même, sur quatre fois moins de valeurs.
    """
    first, second = channels
    with _seeded(seed):
        return nn.Sequential(
            *(nn.Conv2d(1, first, 5, padding=2), nn.MaxPool2d(2), nn.ReLU()),
            *(nn.Conv2d(first, second, 5, padding=2), nn.MaxPool2d(2), nn.ReLU()),
            *(nn.Flatten(), nn.Linear(second * 7 * 7, dense), nn.ReLU(), nn.Linear(dense, 10)),
        )


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Tire des paramètres avec `seed`, puis rend le générateur global de PyTorch dans l'état où il était."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield
