"""Les façons d'entraîner les clients d'un tour que le banc `essais_cohorte` compare, à travail égal.

Chacune reçoit un modèle et un travail par client, et rend les paramètres de chaque client. Celles qui empilent
veulent ici des clients de même effectif et des lots pleins ; `train_together`, du cours, n'en a pas besoin et rend
aussi la perte.
"""

import copy
import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import torch
from torch import nn
from torch.func import functional_call, grad, vmap
from torch.nn import functional

from common import training
from common.federated.cohort import Job, train_together

State = dict[str, torch.Tensor]
Way = Callable[[nn.Module, Sequence[Job]], list[State]]
Layers = list[tuple[torch.Tensor, torch.Tensor]]  # (W, b) de chaque couche linéaire, empilés
WORKERS = 2
DEADLINE_S = 300


def train_one(model: nn.Module, job: Job) -> State:
    """Entraîne un client seul, sur une copie de `model`."""
    own = copy.deepcopy(model)
    own.load_state_dict(job.state)
    training.train(own, job.split, job.sgd, job.rng)
    return own.state_dict()


def sequential(model: nn.Module, jobs: Sequence[Job]) -> list[State]:
    """Un client après l'autre, comme le moteur « sequential »."""
    return [train_one(model, job) for job in jobs]


def threads(model: nn.Module, jobs: Sequence[Job]) -> list[State]:
    """Des fils, un client à la fois chacun, comme le moteur « parallel »."""
    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(partial(train_one, model), jobs))


def channels_last(way: Way, model: nn.Module, jobs: Sequence[Job]) -> list[State]:
    """Une autre façon, les canaux d'un pixel côte à côte en mémoire."""
    return way(copy.deepcopy(model).to(memory_format=torch.channels_last), jobs)


def forks(model: nn.Module, jobs: Sequence[Job]) -> list[State]:
    """Des processus dérivés de celui-ci, qui écrivent leurs paramètres en mémoire partagée (Linux seulement).

    `RuntimeError` si l'un d'eux échoue, ou n'a pas fini après cinq minutes.
    """
    shared = {n: torch.empty(len(jobs), *v.shape, dtype=v.dtype).share_memory_() for n, v in model.state_dict().items()}

    def work(worker: int) -> None:
        for rank in range(worker, len(jobs), WORKERS):
            for name, value in train_one(model, jobs[rank]).items():
                shared[name][rank] = value

    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=work, args=(worker,), daemon=True) for worker in range(WORKERS)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(DEADLINE_S)
    if any(process.exitcode != 0 for process in processes):
        raise RuntimeError("Un processus dérivé a échoué ou ne finit pas : retirez cette façon, ou lisez sa trace.")
    return _unstack(shared)


def together(model: nn.Module, jobs: Sequence[Job]) -> list[State]:
    """La cohorte empilée du cours : le moteur « cohort »."""
    return [state for state, _ in train_together(model, jobs)]


def together_in_threads(model: nn.Module, jobs: Sequence[Job]) -> list[State]:
    """La cohorte du cours coupée en deux, une moitié par fil."""
    half = len(jobs) // 2
    with ThreadPoolExecutor(2) as pool:
        parts = pool.map(partial(together, model), [jobs[:half], jobs[half:]])
        return [state for part in parts for state in part]


def vmap_grad(model: nn.Module, jobs: Sequence[Job]) -> list[State]:
    """PyTorch transforme le gradient d'un client en celui de tous : aucune couche à connaître."""

    def client_loss(parameters: State, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return training.loss(functional_call(model, parameters, (x,)), y)

    gradient, parameters = vmap(grad(client_loss)), _stack(jobs)
    for x, y in _steps(jobs):
        gradients = gradient(parameters, x, y)
        torch._foreach_add_(list(parameters.values()), [gradients[name] for name in parameters], alpha=-jobs[0].sgd.lr)
    return _unstack(parameters)


def autograd_stacked(model: nn.Module, jobs: Sequence[Job]) -> list[State]:
    """Les couches d'un perceptron empilées par `baddbmm`, autograd pour le reste, puis le pas."""
    parameters = _stack(jobs)
    leaves = [value.requires_grad_() for value in parameters.values()]
    for x, y in _steps(jobs):
        _, logits = _forward(_layers(parameters), x)
        total = functional.cross_entropy(logits.flatten(0, 1), y.flatten(), reduction="sum") / y.shape[1]
        gradients = torch.autograd.grad(total, leaves)
        with torch.no_grad():
            torch._foreach_add_(leaves, gradients, alpha=-jobs[0].sgd.lr)
    return [{name: value.detach() for name, value in state.items()} for state in _unstack(parameters)]


def by_hand(model: nn.Module, jobs: Sequence[Job]) -> list[State]:
    """La même chose sans autograd : W −= lr · δᵀh en un produit, couche après couche en remontant."""
    parameters = _stack(jobs)
    layers = _layers(parameters)
    for x, y in _steps(jobs):
        inputs, logits = _forward(layers, x)
        targets = functional.one_hot(y, logits.shape[2])
        delta = (logits.softmax(dim=2) - targets) * (-jobs[0].sgd.lr / y.shape[1])
        for rank in reversed(range(len(layers))):
            (weight, bias), h = layers[rank], inputs[rank]
            upstream = torch.bmm(delta, weight).mul_(h > 0) if rank else None
            weight.baddbmm_(delta.mT, h)
            bias += delta.sum(dim=1)
            delta = upstream
    return _unstack(parameters)


def _forward(layers: Layers, x: torch.Tensor) -> tuple[list[torch.Tensor], torch.Tensor]:
    """Rend l'entrée de chaque couche, `(clients, lot, largeur)`, et les logits."""
    inputs = [x.flatten(2)]
    for weight, bias in layers[:-1]:
        inputs.append(torch.baddbmm(bias[:, None], inputs[-1], weight.mT).relu_())
    weight, bias = layers[-1]
    return inputs, torch.baddbmm(bias[:, None], inputs[-1], weight.mT)


def _steps(jobs: Sequence[Job]) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Énumère les lots de tous les clients, empilés : x `(clients, lot, …)`, y `(clients, lot)`."""
    orders = [job.sgd.batches(len(job.split), job.rng) for job in jobs]
    for batches in zip(*orders, strict=True):
        x, y = (np.stack([getattr(job.split, part)[b] for job, b in zip(jobs, batches, strict=True)]) for part in "xy")
        yield torch.from_numpy(x), torch.from_numpy(y)


def _stack(jobs: Sequence[Job]) -> State:
    return {name: torch.stack([job.state[name] for job in jobs]) for name in jobs[0].state}


def _unstack(stacked: State) -> list[State]:
    return [dict(zip(stacked, values, strict=True)) for values in zip(*stacked.values(), strict=True)]


def _layers(parameters: State) -> Layers:
    values = list(parameters.values())
    return list(zip(values[::2], values[1::2], strict=True))
