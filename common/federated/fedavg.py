"""FedAvg écrit à la main, en NumPy : se lit comme le pseudocode de McMahan et al. 2017 (arXiv:1602.05629).

Le modèle est une régression logistique. `parameters` est la liste `[weight, bias]` : les coefficients
`weight`, de forme `(d,)`, et le biais `bias`, de forme `()`.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from common.data import Center

Parameters = list[np.ndarray]


def predict_probability(parameters: Parameters, x: np.ndarray) -> np.ndarray:
    """Calcule P(y = 1 | x) pour chaque ligne de `x` `(n, d)` ; rend `(n,)`."""
    weight, bias = parameters
    return 1 / (1 + np.exp(-(x @ weight + bias)))


def gradient(parameters: Parameters, x: np.ndarray, y: np.ndarray) -> Parameters:
    """Calcule le gradient de l'entropie croisée MOYENNE sur `x` `(n, d)`, `y` `(n,)` ; formes de `parameters`."""
    error = predict_probability(parameters, x) - y  # (n,)
    return [x.T @ error / len(y), np.mean(error)]


def client_update(parameters: Parameters, x: np.ndarray, y: np.ndarray, lr: float, num_steps: int) -> Parameters:
    """Fait `num_steps` pas de descente de gradient sur tout le lot local, sans modifier `parameters`.

    Cas limite : zéro pas rend les paramètres reçus.
    """
    for _ in range(num_steps):
        parameters = [p - lr * g for p, g in zip(parameters, gradient(parameters, x, y), strict=True)]
    return parameters


def fedavg(updates: Sequence[Parameters], num_examples: Sequence[int]) -> Parameters:
    """Moyenne les paramètres des clients, chacun pesé par son nombre d'exemples.

    `updates` : une liste de tableaux par client, mêmes formes partout. Erreurs : `ValueError` si rien à moyenner,
    si les formes diffèrent (NumPy étirerait une (1, 3) en (2, 3) sans un mot) ou si aucun exemple. Cas limite : des
    effectifs égaux donnent la moyenne simple. Source : McMahan et al. 2017, algorithme 1.
    """
    if len(updates) == 0 or len(updates) != len(num_examples) or sum(num_examples) <= 0:
        raise ValueError("Il faut autant d'effectifs que de mises à jour, et au moins un exemple.")
    layers = list(zip(*updates, strict=True))
    if any(np.shape(layer) != np.shape(group[0]) for group in layers for layer in group):
        raise ValueError("Les clients doivent rendre des tableaux de mêmes formes : vérifiez leurs modèles.")
    return [np.average(np.stack(group), axis=0, weights=num_examples) for group in layers]


def fedavg_round(parameters: Parameters, centers: Mapping[str, Center], lr: float, num_steps: int) -> Parameters:
    """Fait un tour complet : chaque centre part de `parameters`, apprend chez lui, puis le serveur moyenne.

    Cas limite : avec `num_steps = 1`, c'est un pas de descente de gradient sur les données réunies.
    """
    splits = [center.train for center in centers.values()]
    updates = [client_update(parameters, split.x, split.y, lr, num_steps) for split in splits]
    return fedavg(updates, [len(split) for split in splits])
