"""Entraîner ensemble, empilés, les clients d'un tour qui partagent une petite architecture PyTorch.

Le résultat est celui de chaque client entraîné seul (1e-9 en float64) : mêmes lots, mêmes pas, mêmes générateurs.
"""

import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from itertools import zip_longest

import numpy as np
import torch
from flwr.app import ArrayRecord, Context, Message
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from common import training
from common.data import Center, Split
from common.federated.client import center_of, rng_of, train_reply
from common.federated.stacked import StackedModel
from common.training import SGD

Order = tuple[Message, Context]
MAX_BYTES = 2**28  # données et paramètres empilés à la fois ; au-delà, la cohorte passe en plusieurs fois
WIDE_VALUES = 10**6  # paramètres empilés à partir desquels partager un produit entre processeurs rapporte
LIGHT_FLOPS = 20e6  # un lot plus lourd occupe le processeur tout seul : deux fils font mieux que l'empilement


@dataclass
class Job:
    """Le travail d'un client pour un tour : d'où il part, ses exemples, ses réglages, son hasard."""

    state: Mapping[str, torch.Tensor]
    split: Split
    sgd: SGD
    proximal_mu: float
    rng: np.random.Generator


class TorchCohort:
    """Répond à plusieurs ordres d'entraînement à la fois ; `model` sert de gabarit et ne change pas."""

    def __init__(self, model: nn.Module, dataset: Mapping[str, Center], sgd: SGD) -> None:
        self._model, self._dataset, self._sgd = model, dataset, sgd
        self._shapes = {name: value.shape for name, value in model.state_dict().items()}

    def is_light(self, order: Order) -> bool:
        """Dit si un lot coûte assez peu pour que l'empilement gagne sur des fils parallèles."""
        job = self._job(order, {})
        if job is None:
            return False
        x, _ = training.tensors(self._model, job.split[: self._sgd.batch_size])
        with torch.no_grad(), FlopCounterMode(display=False) as counter:
            self._model(x)
        return counter.get_total_flops() < LIGHT_FLOPS

    def train(self, orders: Sequence[Order]) -> dict[int, Message]:
        """Entraîne les clients ordinaires et rend leurs réponses par rang ; les autres rangs sont à traiter seuls."""
        replies = {}
        for jobs in self._chunks(orders):
            for (rank, job), (state, loss) in zip(jobs.items(), self._try_together(jobs), strict=False):
                replies[rank] = train_reply(orders[rank][0], {"arrays": ArrayRecord(state)}, loss, len(job.split))
        return replies

    def _try_together(self, jobs: Mapping[int, Job]) -> list[tuple[dict[str, torch.Tensor], float]]:
        """Entraîne un paquet ; s'il échoue, ne rend rien : seul, le client en faute sera nommé."""
        try:
            with _threads(sum(value.numel() for job in jobs.values() for value in job.state.values())):
                return train_together(self._model, list(jobs.values()))
        except Exception as error:
            warnings.warn(f"Entraînement empilé impossible ({error}) : repris client par client.", stacklevel=2)
            return []

    def _chunks(self, orders: Sequence[Order]) -> Iterator[dict[int, Job]]:
        """Découpe la cohorte en paquets (rang → travail) d'environ `MAX_BYTES`, chacun comptant comme le plus gros."""
        jobs, largest, unpacked = {}, 0, {}
        for rank, order in enumerate(orders):
            job = self._job(order, unpacked)
            if job is None:
                continue
            jobs[rank], largest = job, max(largest, _bytes(job))
            if len(jobs) * largest > MAX_BYTES:
                yield jobs
                jobs, largest = {}, 0
        if jobs:
            yield jobs

    def _job(self, order: Order, unpacked: dict[int, dict[str, torch.Tensor]]) -> Job | None:
        """Lit un ordre ; `None` s'il sort de l'ordinaire : traité seul, le client dira lui-même ce qui ne va pas.

        `unpacked` garde les modèles déjà déballés : Flower donne d'ordinaire le même à tous les clients d'un tour.
        """
        message, context = order
        if message.metadata.message_type != "train":
            return None
        try:
            config, split = message.content["config"], center_of(self._dataset, context).train
            arrays = message.content["arrays"]
            state = unpacked.get(id(arrays)) or unpacked.setdefault(id(arrays), arrays.to_torch_state_dict())
            sgd = self._sgd.with_lr(config.get("lr"))
            job = Job(state, split, sgd, float(config.get("proximal-mu", 0.0)), rng_of(context, config))
        except Exception:
            return None
        shapes = {name: value.shape for name, value in state.items()}
        return job if len(split) and shapes == self._shapes else None


@contextmanager
def _threads(num_values: int) -> Iterator[None]:
    """Prête tous les processeurs aux produits d'une grosse pile ; une petite irait moins vite."""
    before = torch.get_num_threads()
    torch.set_num_threads((os.cpu_count() or 1) if num_values >= WIDE_VALUES else before)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def train_together(model: nn.Module, jobs: Sequence[Job]) -> list[tuple[dict[str, torch.Tensor], float]]:
    """Entraîne une copie de `model` par travail ; rend, dans l'ordre reçu, les paramètres et la perte moyenne.

    Les travaux diffèrent par l'effectif, le taux d'apprentissage et μ, non par le reste de `sgd`. Un lot plus court que
    les autres est complété par des exemples de poids nul ; un client qui a fini ses pas ne bouge plus.
    """
    by_steps = sorted(range(len(jobs)), key=lambda i: -jobs[i].sgd.num_steps(len(jobs[i].split)))
    ranked = [jobs[i] for i in by_steps]
    rates = [job.sgd.lr for job in ranked], [job.proximal_mu for job in ranked]
    stacked = StackedModel.copies(model, [job.state for job in ranked], ranked[0].sgd, *rates)
    losses = _descend(stacked, [training.tensors(model, job.split) for job in ranked], ranked).tolist()
    trained = {i: (stacked.state(place), losses[place]) for place, i in enumerate(by_steps)}
    return [trained[i] for i in range(len(jobs))]


def _descend(stacked: StackedModel, data: Sequence[tuple], jobs: Sequence[Job]) -> torch.Tensor:
    xs, ys = ([part.numpy() for part in parts] for parts in zip(*data, strict=True))
    totals = torch.zeros(len(jobs), dtype=data[0][0].dtype)
    for batches in _batches(jobs):
        if len(batches) < len(stacked.lr):
            stacked = stacked.first(len(batches))
        seen, weights = _weights(tuple(len(batch) for batch in batches), totals.dtype)
        logits = stacked.forward(_gather(xs, batches)).flatten(0, 1)
        example_losses = training.loss(logits, _gather(ys, batches).flatten(), reduction="none")
        example_losses.backward(weights.flatten())
        stacked.step_others()
        totals[: len(batches)] += (example_losses.detach().reshape(seen.shape) * seen).sum(dim=1)
    return totals / torch.tensor([job.sgd.epochs * len(job.split) for job in jobs])


@lru_cache(maxsize=8)
def _weights(sizes: tuple[int, ...], dtype: torch.dtype) -> tuple[torch.Tensor, torch.Tensor]:
    """Rend, `(clients, lot)` : 1 pour un exemple, 0 pour un complément ; et son poids, 1 / effectif du lot."""
    counts = torch.tensor(sizes)[:, None]
    seen = (torch.arange(max(sizes)) < counts).to(dtype)
    return seen, seen / counts


def _batches(jobs: Sequence[Job]) -> Iterator[list[np.ndarray]]:
    """Énumère les pas : un lot d'indices par client encore actif.

    `jobs` va du plus grand nombre de pas au plus petit, si bien que les clients actifs sont toujours les premiers.
    """
    queues = [job.sgd.batches(len(job.split), job.rng) for job in jobs]
    for step in zip_longest(*queues):
        yield [batch for batch in step if batch is not None]


def _gather(arrays: Sequence[np.ndarray], batches: Sequence[np.ndarray]) -> torch.Tensor:
    """Rassemble `(clients, lot, …)` ; un lot plus court est complété par son premier exemple, qui ne comptera pas."""
    width = max(len(batch) for batch in batches)
    gathered = np.empty((len(batches), width, *arrays[0].shape[1:]), arrays[0].dtype)
    for row, array, batch in zip(gathered, arrays, batches, strict=False):  # les derniers clients ont fini
        np.take(array, batch, axis=0, out=row[: len(batch)], mode="clip")
        row[len(batch) :] = array[batch[0]]
    return torch.from_numpy(gathered)


def _bytes(job: Job) -> int:
    return job.split.x.nbytes + sum(value.nbytes for value in job.state.values())
