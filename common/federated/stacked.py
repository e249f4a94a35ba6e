"""Plusieurs copies d'un petit modèle, une par client, entraînées ensemble : le premier axe de tout est le client.

Un pas de dix petits modèles coûte à peine plus cher qu'un pas d'un seul : le temps part en appels, pas en calculs.
"""

from collections.abc import Callable, Mapping

import torch
from torch import nn
from torch.nn import functional

from common.training import SGD

WITHOUT_PARAMETERS = (nn.ReLU, nn.Tanh, nn.Sigmoid, nn.GELU, nn.Identity, nn.Flatten, nn.MaxPool2d, nn.AvgPool2d)
WITH_PARAMETERS = (nn.Linear, nn.Conv2d, nn.GroupNorm)
Accumulate = Callable[[torch.Tensor, torch.Tensor], None]  # (tampon, échelle) : tampon += échelle · gradient


def can_stack(model: nn.Module) -> bool:
    """Dit si toutes les couches sont connues ici, apprises, employées une seule fois et à la suite."""
    layers = [layer for _, layer in _layers(model)]
    known = all(type(layer) in WITHOUT_PARAMETERS + WITH_PARAMETERS and _is_ordinary(layer) for layer in layers)
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


class StackedSGD:
    """La descente de `torch.optim.SGD`, plus le terme de FedProx, pour tous les clients à la fois.

    parameters : `(clients, …)` chacun, modifiés en place ; lr et proximal_mu : `(clients,)`.
    """

    def __init__(self, parameters: Mapping[str, torch.Tensor], sgd: SGD, lr: torch.Tensor, proximal_mu: torch.Tensor):
        self.parameters, self._sgd, self._lr, self._mu = parameters, sgd, lr, proximal_mu
        values = {name: parameter.detach() for name, parameter in parameters.items()}
        self._start = {name: value.clone() for name, value in values.items()} if proximal_mu.any() else None
        self._velocity = {name: torch.zeros_like(value) for name, value in values.items()} if sgd.momentum else None

    def step(self, name: str, active: int, accumulate: Accumulate) -> None:
        """Fait un pas des `active` premiers clients ; sans inertie, le gradient n'est jamais écrit en mémoire."""
        weight = self.parameters[name].detach()[:active]
        lr = _align(self._lr[:active], weight)
        buffer, scale = weight, -lr
        if self._velocity is not None:
            buffer, scale = self._velocity[name][:active].mul_(self._sgd.momentum), torch.ones_like(lr)
        if self._sgd.weight_decay or self._start is not None:
            buffer += scale * self._penalty(name, weight)
        accumulate(buffer, scale)
        if self._velocity is not None:
            weight -= lr * buffer

    def _penalty(self, name: str, weight: torch.Tensor) -> torch.Tensor:
        """Le gradient de la décroissance des poids et du terme proximal."""
        decay = self._sgd.weight_decay * weight
        if self._start is None:
            return decay
        active = len(weight)
        return decay + _align(self._mu[:active], weight) * (weight - self._start[name][:active])


class _LinearStep(torch.autograd.Function):
    """Une couche linéaire par client dont le passage arrière fait aussitôt le pas : W −= lr · δᵀh en un produit."""

    @staticmethod
    def forward(ctx, h, weight, bias, step):
        ctx.save_for_backward(h, weight)
        ctx.step = step
        return torch.bmm(h, weight.mT) if bias is None else torch.baddbmm(bias[:, None], h, weight.mT)

    @staticmethod
    def backward(ctx, delta):
        h, weight = ctx.saved_tensors
        upstream = torch.bmm(delta, weight) if ctx.needs_input_grad[0] else None
        ctx.step("weight", lambda buffer, scale: buffer.baddbmm_((scale * delta).mT, h))
        ctx.step("bias", lambda buffer, scale: buffer.add_(scale * delta.sum(dim=1)))
        return upstream, None, None, None


class StackedModel:
    """Les copies d'un modèle ; `parameters` : nom → `(clients, …)`."""

    def __init__(self, model: nn.Module, states: list[Mapping[str, torch.Tensor]]):
        self._layers = _layers(model)
        self.parameters = {
            name: torch.stack([state[name] for state in states]).to(template.dtype).requires_grad_()
            for name, template in model.named_parameters()
        }

    def state(self, index: int) -> dict[str, torch.Tensor]:
        """Rend les paramètres d'un client, par nom."""
        return {name: value.detach()[index] for name, value in self.parameters.items()}

    def forward(self, x: torch.Tensor, optimizer: StackedSGD) -> torch.Tensor:
        """Calcule les logits `(clients, lot, classes)` ; `backward` fera le pas des couches linéaires."""
        h = x
        for prefix, layer in self._layers:
            own = {name: self.parameters[prefix + name][: len(x)] for name, _ in layer.named_parameters()}
            if isinstance(layer, nn.Linear):
                h = _linear(h, own, lambda name, f, p=prefix: self._step(optimizer, p + name, len(x), f))
            elif isinstance(layer, nn.Conv2d):
                h = _conv(h, layer, own)
            elif isinstance(layer, nn.GroupNorm):
                h = _group_norm(h, layer, own)
            else:
                h = _merged(h, layer)
        return h

    def _step(self, optimizer: StackedSGD, name: str, active: int, accumulate: Accumulate) -> None:
        if name in self.parameters:  # une couche peut n'avoir pas de biais
            optimizer.step(name, active, accumulate)

    def step_others(self, optimizer: StackedSGD, active: int) -> None:
        """Fait le pas des autres couches, dont le gradient est dans `.grad`."""
        for name, parameter in self.parameters.items():
            if parameter.grad is not None:
                gradient, parameter.grad = parameter.grad[:active], None
                optimizer.step(name, active, lambda buffer, scale, g=gradient: buffer.add_(scale * g))


def _linear(h: torch.Tensor, own: Mapping[str, torch.Tensor], step) -> torch.Tensor:
    flat = h.flatten(1, -2)  # (clients, lot · …, entrées)
    return _LinearStep.apply(flat, own["weight"], own.get("bias"), step).unflatten(1, h.shape[1:-1])


def _conv(h: torch.Tensor, layer: nn.Conv2d, own: Mapping[str, torch.Tensor]) -> torch.Tensor:
    """Une convolution groupée : un groupe de canaux par client."""
    clients = len(h)
    side_by_side = h.transpose(0, 1).flatten(1, 2)  # (lot, clients · canaux, hauteur, largeur)
    bias = own["bias"].flatten() if "bias" in own else None
    settings = layer.stride, layer.padding, layer.dilation, clients
    out = functional.conv2d(side_by_side, own["weight"].flatten(0, 1), bias, *settings)
    return out.unflatten(1, (clients, -1)).transpose(0, 1)


def _group_norm(h: torch.Tensor, layer: nn.GroupNorm, own: Mapping[str, torch.Tensor]) -> torch.Tensor:
    normalized = _merged(h, lambda merged: functional.group_norm(merged, layer.num_groups, eps=layer.eps))
    weight, bias = (own[name][:, None, :] for name in ("weight", "bias"))  # (clients, 1, canaux)
    return normalized * _align(weight, h) + _align(bias, h)


def _merged(h: torch.Tensor, layer: Callable[[torch.Tensor], torch.Tensor]) -> torch.Tensor:
    """Applique une couche sans paramètre, exemple par exemple, à tous les clients réunis."""
    return layer(h.flatten(0, 1)).unflatten(0, h.shape[:2])


def _align(values: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Ajoute à la fin les axes qui manquent pour multiplier `target`."""
    return values.reshape(values.shape + (1,) * (target.dim() - values.dim()))
