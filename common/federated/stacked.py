"""Plusieurs copies d'un petit modèle, une par client, entraînées ensemble : le premier axe de tout est le client.

Un pas de dix petits modèles coûte à peine plus cher qu'un pas d'un seul : le temps part en appels, pas en calculs.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import nn
from torch.nn import functional

from common.training import SGD

STACKABLE = (
    *(nn.Linear, nn.Conv2d, nn.GroupNorm),
    *(nn.ReLU, nn.Tanh, nn.Sigmoid, nn.GELU, nn.Identity, nn.Flatten, nn.MaxPool2d, nn.AvgPool2d),
)
Accumulate = Callable[[torch.Tensor, torch.Tensor], None]  # (tampon, échelle) : tampon += échelle · gradient


def can_stack(model: nn.Module) -> bool:
    """Dit si toutes les couches sont connues ici, apprises, employées une seule fois et à la suite."""
    layers = [layer for _, layer in _layers(model)]
    known = all(type(layer) in STACKABLE and _is_ordinary(layer) for layer in layers)
    learned = all(parameter.requires_grad for parameter in model.parameters())
    return known and learned and len({id(layer) for layer in layers}) == len(layers)


def _is_ordinary(layer: nn.Module) -> bool:
    if isinstance(layer, nn.Conv2d):
        return layer.groups == 1 and layer.padding_mode == "zeros"
    return not isinstance(layer, nn.GroupNorm) or layer.affine


def _layers(model: nn.Module) -> list[tuple[str, nn.Module]]:
    """Déplie les `nn.Sequential` : les couches dans l'ordre, avec le préfixe de leurs paramètres."""
    modules = model.named_modules(remove_duplicate=False)
    return [(name and f"{name}.", module) for name, module in modules if type(module) is not nn.Sequential]


@dataclass
class StackedModel:
    """Les copies d'un modèle et leur descente : celle de `torch.optim.SGD`, plus le terme de FedProx.

    parameters, start, velocity : nom → `(clients, …)`, modifiés en place ; lr et proximal_mu : `(clients,)`.
    start (le modèle reçu) et velocity (l'inertie) sont vides quand `sgd` et μ n'en ont pas besoin.
    """

    layers: list[tuple[str, nn.Module]]
    sgd: SGD
    parameters: dict[str, torch.Tensor]
    lr: torch.Tensor
    proximal_mu: torch.Tensor
    start: dict[str, torch.Tensor]
    velocity: dict[str, torch.Tensor]

    @classmethod
    def copies(cls, model: nn.Module, states, sgd: SGD, lr: list[float], proximal_mu: list[float]) -> "StackedModel":
        """Empile un état `nom → tenseur` par client, dans le type des paramètres de `model`."""
        dtype = next(model.parameters()).dtype
        values = {n: torch.stack([state[n] for state in states]).to(dtype) for n, _ in model.named_parameters()}
        start = {name: value.clone() for name, value in values.items()} if any(proximal_mu) else {}
        velocity = {name: torch.zeros_like(value) for name, value in values.items()} if sgd.momentum else {}
        rates = torch.tensor(lr, dtype=dtype), torch.tensor(proximal_mu, dtype=dtype)
        return cls(_layers(model), sgd, values, *rates, start, velocity)

    def __post_init__(self) -> None:
        self._leaves = {name: value.detach().requires_grad_() for name, value in self.parameters.items()}
        self._scales = {name: -_align(self.lr, value) for name, value in self.parameters.items()}

    def first(self, clients: int) -> "StackedModel":
        """Rend les `clients` premières copies, qui partagent la mémoire de celles-ci."""
        kept = [{n: v[:clients] for n, v in part.items()} for part in (self.parameters, self.start, self.velocity)]
        return replace(
            self,
            parameters=kept[0],
            start=kept[1],
            velocity=kept[2],
            lr=self.lr[:clients],
            proximal_mu=self.proximal_mu[:clients],
        )

    def state(self, client: int) -> dict[str, torch.Tensor]:
        """Rend les paramètres d'un client, par nom."""
        return {name: value[client] for name, value in self.parameters.items()}

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Calcule les logits `(clients, lot, classes)` ; leur `backward` fera le pas des couches linéaires."""
        h = x
        for prefix, layer in self.layers:
            weight, bias = self._leaves.get(prefix + "weight"), self._leaves.get(prefix + "bias")
            if isinstance(layer, nn.Linear):
                h = _LinearStep.apply(h.flatten(1, -2), weight, bias, self, prefix).unflatten(1, h.shape[1:-1])
            elif isinstance(layer, nn.Conv2d):
                h = _conv(h, layer, weight, bias)
            elif isinstance(layer, nn.GroupNorm):
                h = _group_norm(h, layer, weight, bias)
            else:
                h = _merged(h, layer)
        return h

    def step_others(self) -> None:
        """Fait le pas des couches non linéaires, dont `backward` a laissé le gradient."""
        for name, leaf in self._leaves.items():
            if leaf.grad is not None:
                gradient, leaf.grad = leaf.grad, None
                self.step(name, lambda buffer, scale, g=gradient: buffer.add_(scale * g))

    def step(self, name: str, accumulate: Accumulate) -> None:
        """Fait un pas pour un paramètre ; sans inertie, son gradient n'est jamais écrit en mémoire."""
        value, scale = self.parameters[name], self._scales[name]
        if not self.velocity:
            if self.sgd.weight_decay or self.start:
                value += scale * self._penalty(name)
            accumulate(value, scale)
            return
        velocity = self.velocity[name].mul_(self.sgd.momentum).add_(self._penalty(name))
        accumulate(velocity, torch.ones_like(scale))
        value += scale * velocity

    def _penalty(self, name: str) -> torch.Tensor:
        """Le gradient de la décroissance des poids et du terme proximal."""
        value = self.parameters[name]
        decay = self.sgd.weight_decay * value
        return decay + _align(self.proximal_mu, value) * (value - self.start[name]) if self.start else decay


class _LinearStep(torch.autograd.Function):
    """Une couche linéaire par client dont le passage arrière fait aussitôt le pas : W −= lr · δᵀh en un produit."""

    @staticmethod
    def forward(ctx, h, weight, bias, stacked, prefix):
        ctx.save_for_backward(h, weight)
        ctx.stacked, ctx.prefix, ctx.has_bias = stacked, prefix, bias is not None
        return torch.baddbmm(bias[:, None], h, weight.mT) if ctx.has_bias else torch.bmm(h, weight.mT)

    @staticmethod
    def backward(ctx, delta):
        h, weight = ctx.saved_tensors
        upstream = torch.bmm(delta, weight) if ctx.needs_input_grad[0] else None
        ctx.stacked.step(ctx.prefix + "weight", lambda buffer, scale: buffer.baddbmm_((scale * delta).mT, h))
        if ctx.has_bias:
            ctx.stacked.step(ctx.prefix + "bias", lambda buffer, scale: buffer.addcmul_(scale, delta.sum(dim=1)))
        return upstream, None, None, None, None


def _conv(h: torch.Tensor, layer: nn.Conv2d, weight: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
    """Une convolution groupée : un groupe de canaux par client."""
    clients = len(h)
    side_by_side = h.transpose(0, 1).flatten(1, 2)  # (lot, clients · canaux, hauteur, largeur)
    bias = None if bias is None else bias.flatten()
    settings = layer.stride, layer.padding, layer.dilation, clients
    convolved = functional.conv2d(side_by_side, weight.flatten(0, 1), bias, *settings)
    return convolved.unflatten(1, (clients, -1)).transpose(0, 1)


def _group_norm(h: torch.Tensor, layer: nn.GroupNorm, weight: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
    normalized = _merged(h, lambda merged: functional.group_norm(merged, layer.num_groups, eps=layer.eps))
    return normalized * _align(weight[:, None], h) + _align(bias[:, None], h)  # (clients, 1, canaux, 1…)


def _merged(h: torch.Tensor, layer: Callable[[torch.Tensor], torch.Tensor]) -> torch.Tensor:
    """Applique une couche sans paramètre, exemple par exemple, à tous les clients réunis."""
    return layer(h.flatten(0, 1)).unflatten(0, h.shape[:2])


def _align(values: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Ajoute à la fin les axes qui manquent pour multiplier `target`."""
    return values.reshape(values.shape + (1,) * (target.dim() - values.dim()))
