"""Entraîner et évaluer un modèle sur un seul jeu de données : rien ici ne sait qu'il existe plusieurs centres."""

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from numbers import Integral

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from common.data import Split

AdjustGradients = Callable[[nn.Module], None]


@dataclass(frozen=True)
class SGD:
    """Règle la descente locale : taux d'apprentissage `lr`, époques, taille de lot (`None` : tout le jeu).

    `momentum` (inertie, dans [0, 1[) et `weight_decay` (≥ 0) ont le sens de `torch.optim.SGD` ; à 0, ils n'y sont pas.
    """

    lr: float
    epochs: int = 1
    batch_size: int | None = None
    momentum: float = 0.0
    weight_decay: float = 0.0

    def __post_init__(self) -> None:
        counts = [self.epochs] if self.batch_size is None else [self.epochs, self.batch_size]
        if not self.lr > 0 or any(not isinstance(count, Integral) or count < 1 for count in counts):
            raise ValueError(
                f"Réglage impossible : {self}. Il faut lr > 0, et des entiers epochs ≥ 1 et batch_size ≥ 1 (ou None)."
            )
        if not (0 <= self.momentum < 1 and self.weight_decay >= 0):
            raise ValueError(f"Réglage impossible : {self}. Il faut momentum dans [0, 1[ et weight_decay ≥ 0.")
        object.__setattr__(self, "lr", float(self.lr))  # un float64 de NumPy ferait passer un modèle float32 en float64

    def with_lr(self, lr: float | None) -> "SGD":
        """Rend les mêmes réglages au taux `lr` ; `None` ne change rien. Erreur : `ValueError` si `lr` ≤ 0."""
        return self if lr is None else replace(self, lr=lr)

    def require_plain(self, method: str) -> None:
        """Refuse l'inertie et la décroissance des poids là où `method` ne les connaît pas (`ValueError`)."""
        if self.momentum or self.weight_decay:
            raise ValueError(f"{method} ne connaît ni momentum ni weight_decay : laissez-les à 0 ({self}).")

    def num_steps(self, num_examples: int) -> int:
        """Compte les pas de gradient que feront ces époques sur `num_examples` exemples."""
        return self.epochs * -(-num_examples // (self.batch_size or num_examples))

    def batches(self, num_examples: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
        """Énumère les indices de chaque lot ; l'ordre ne dépend que de `rng`, quel que soit le framework."""
        size = self.batch_size or num_examples
        for _ in range(self.epochs):
            order = rng.permutation(num_examples)
            yield from (order[start : start + size] for start in range(0, num_examples, size))


def loss(logits: torch.Tensor, y: torch.Tensor, reduction: str = "mean") -> torch.Tensor:
    """Calcule l'entropie croisée : un logit `(n, 1)` pour deux classes, sinon `(n, classes)`.

    `reduction` : « mean » rend la moyenne, « none » la perte de chaque exemple `(n,)`.
    """
    if logits.shape[1] == 1:
        return functional.binary_cross_entropy_with_logits(logits[:, 0], y.to(logits.dtype), reduction=reduction)
    return functional.cross_entropy(logits, y, reduction=reduction)


def tensors(model: nn.Module, split: Split) -> tuple[torch.Tensor, torch.Tensor]:
    """Convertit un jeu en tenseurs, `x` dans le type des paramètres du modèle."""
    dtype = next(model.parameters()).dtype
    return torch.as_tensor(split.x, dtype=dtype), torch.as_tensor(split.y, dtype=torch.int64)


def train(
    model: nn.Module,
    split: Split,
    sgd: SGD,
    rng: np.random.Generator,
    adjust_gradients: AdjustGradients | None = None,
) -> float:
    """Entraîne `model` en place et rend la perte moyenne des exemples vus.

    `adjust_gradients(model)` passe entre `backward` et le pas : c'est là que FedProx et SCAFFOLD interviennent.
    Erreur : `ValueError` sur un jeu vide.
    """
    if len(split) == 0:
        raise ValueError("Ce centre n'a aucun exemple d'entraînement : retirez-le de la fédération.")
    model.train()
    x, y = tensors(model, split)
    optimizer = torch.optim.SGD(model.parameters(), sgd.lr, sgd.momentum, weight_decay=sgd.weight_decay)
    total = 0.0
    for batch in sgd.batches(len(split), rng):
        optimizer.zero_grad()
        batch_loss = loss(model(x[batch]), y[batch])
        batch_loss.backward()
        if adjust_gradients is not None:
            adjust_gradients(model)
        optimizer.step()
        total += batch_loss.item() * len(batch)
    return total / (sgd.epochs * len(split))


def fit(model: nn.Module, split: Split, sgd: SGD, seed: int = 0) -> nn.Module:
    """Rend une copie de `model` entraînée sur un seul jeu ; `model` ne change pas.

    `seed` ne change que l'ordre des lots. Erreur : `ValueError` sur un jeu vide.
    """
    trained = copy.deepcopy(model)
    train(trained, split, sgd, np.random.default_rng(seed))
    return trained


def proximal_term(model: nn.Module, proximal_mu: float) -> AdjustGradients:
    """Prépare le gradient du terme proximal de FedProx, μ (w − w_global), où w_global est le modèle à cet instant.

    Cas limite : μ = 0 redonne FedAvg. Source : Li et al. 2020, arXiv:1812.06127 (le terme est μ/2 ‖w − w_global‖²,
    au carré : la documentation de Flower l'écrit sans le carré).
    """
    start = [parameter.detach().clone() for parameter in model.parameters()]

    def adjust(model: nn.Module) -> None:
        for parameter, origin in zip(model.parameters(), start, strict=True):
            parameter.grad = proximal_gradient(parameter.grad, parameter.detach(), origin, proximal_mu)

    return adjust


def proximal_gradient(gradient, parameters, global_parameters, proximal_mu: float):
    """Ajoute à un gradient celui du terme proximal : gradient + μ (w − w_global), tableaux ou tenseurs de même forme.

    Cas limites : μ = 0, ou w = w_global, rend le gradient tel quel.
    """
    return gradient + proximal_mu * (parameters - global_parameters)


@torch.no_grad()
def predict(model: nn.Module, x: np.ndarray) -> np.ndarray:
    """Rend les probabilités : `(n,)` de la classe 1 avec un seul logit, sinon `(n, classes)`."""
    model.eval()
    logits = model(torch.as_tensor(x, dtype=next(model.parameters()).dtype))
    probability = torch.sigmoid(logits[:, 0]) if logits.shape[1] == 1 else torch.softmax(logits, dim=1)
    return probability.numpy()


@torch.no_grad()
def evaluate(model: nn.Module, split: Split) -> dict[str, float]:
    """Mesure `loss` et `accuracy` (exactitude, entre 0 et 1) sur un jeu non vide."""
    model.eval()
    x, y = tensors(model, split)
    logits = model(x)
    predicted = (logits[:, 0] > 0).long() if logits.shape[1] == 1 else logits.argmax(dim=1)
    return {"loss": loss(logits, y).item(), "accuracy": (predicted == y).double().mean().item()}
