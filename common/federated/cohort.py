"""Entraîner ensemble, empilés, les clients d'un tour qui partagent une petite architecture PyTorch.

Le résultat est celui de chaque client entraîné seul (1e-9 en float64) : mêmes lots, mêmes pas, mêmes générateurs.
"""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np
import torch
from flwr.app import ArrayRecord, Context, Message
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from common import training
from common.data import Center, Split
from common.federated.client import center_of, rng_of, train_reply
from common.federated.stacked import StackedModel, StackedSGD
from common.training import SGD

Order = tuple[Message, Context]
MAX_BYTES = 2**28  # données et paramètres empilés à la fois ; au-delà, la cohorte passe en plusieurs fois
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
        job = self._job(order)
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
            return train_together(self._model, list(jobs.values()))
        except Exception as error:
            warnings.warn(f"Entraînement empilé impossible ({error}) : repris client par client.", stacklevel=2)
            return []

    def _chunks(self, orders: Sequence[Order]) -> Iterator[dict[int, Job]]:
        """Découpe la cohorte en paquets (rang → travail) d'environ `MAX_BYTES` au plus, préparés à mesure."""
        jobs, size = {}, 0
        for rank, order in enumerate(orders):
            job = self._job(order)
            if job is None:
                continue
            jobs[rank], size = job, size + _bytes(job)
            if size > MAX_BYTES:
                yield jobs
                jobs, size = {}, 0
        if jobs:
            yield jobs

    def _job(self, order: Order) -> Job | None:
        """Lit un ordre ; `None` s'il sort de l'ordinaire : traité seul, le client dira lui-même ce qui ne va pas."""
        message, context = order
        try:
            config, split = message.content["config"], center_of(self._dataset, context).train
            state = message.content["arrays"].to_torch_state_dict()
            sgd = self._sgd.with_lr(config.get("lr"))
            job = Job(state, split, sgd, float(config.get("proximal-mu", 0.0)), rng_of(context, config))
        except Exception:
            return None
        shapes = {name: value.shape for name, value in state.items()}
        return job if len(split) and shapes == self._shapes and message.metadata.message_type == "train" else None


def train_together(model: nn.Module, jobs: Sequence[Job]) -> list[tuple[dict[str, torch.Tensor], float]]:
    """Entraîne une copie de `model` par travail ; rend, dans l'ordre reçu, les paramètres et la perte moyenne.

    Les travaux diffèrent par l'effectif, le taux d'apprentissage et μ, non par le reste de `sgd`. Un lot plus court que
    les autres est complété par des exemples de poids nul ; un client qui a fini ses pas ne bouge plus.
    """
    by_steps = sorted(range(len(jobs)), key=lambda i: -jobs[i].sgd.num_steps(len(jobs[i].split)))
    ranked = [jobs[i] for i in by_steps]
    stacked = StackedModel(model, [job.state for job in ranked])
    losses = _descend(stacked, model, ranked).tolist()
    place = {i: position for position, i in enumerate(by_steps)}
    return [(stacked.state(place[i]), losses[place[i]]) for i in range(len(jobs))]


def _descend(stacked: StackedModel, model: nn.Module, jobs: Sequence[Job]) -> torch.Tensor:
    optimizer = _optimizer(stacked, jobs)
    data = [training.tensors(model, job.split) for job in jobs]
    x, y = (torch.cat(parts) for parts in zip(*data, strict=True))
    totals = torch.zeros(len(jobs), dtype=x.dtype)
    for rows, mask in _batches(jobs):
        logits = stacked.forward(x[rows], optimizer)
        example_losses = training.loss(logits.flatten(0, 1), y[rows].flatten(), reduction="none").unflatten(
            0, rows.shape
        )
        seen = mask.to(x.dtype)
        (example_losses * (seen / seen.sum(dim=1, keepdim=True))).sum().backward()
        stacked.step_others(optimizer, len(rows))
        totals[: len(rows)] += (example_losses.detach() * seen).sum(dim=1)
    return totals / torch.tensor([job.sgd.epochs * len(job.split) for job in jobs])


def _optimizer(stacked: StackedModel, jobs: Sequence[Job]) -> StackedSGD:
    dtype = next(iter(stacked.parameters.values())).dtype
    lr, mu = (torch.tensor(values, dtype=dtype) for values in ([j.sgd.lr for j in jobs], [j.proximal_mu for j in jobs]))
    return StackedSGD(stacked.parameters, jobs[0].sgd, lr, mu)


def _batches(jobs: Sequence[Job]) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Énumère les pas : les lignes `(clients encore actifs, lot)` des exemples mis bout à bout, et celles qui comptent.

    `jobs` va du plus grand nombre de pas au plus petit, si bien que les clients actifs sont toujours les premiers.
    """
    starts = np.cumsum([0, *(len(job.split) for job in jobs[:-1])])
    queues = [job.sgd.batches(len(job.split), job.rng) for job in jobs]
    for step in zip_longest(*queues):
        batches = [start + batch for start, batch in zip(starts, step, strict=True) if batch is not None]
        yield _pad(batches)


def _pad(batches: Sequence[np.ndarray]) -> tuple[torch.Tensor, torch.Tensor]:
    sizes = np.array([len(batch) for batch in batches])
    rows = np.repeat([batch[0] for batch in batches], sizes.max()).reshape(len(batches), -1)
    mask = np.arange(sizes.max()) < sizes[:, None]
    rows[mask] = np.concatenate(batches)
    return torch.from_numpy(rows), torch.from_numpy(mask)


def _bytes(job: Job) -> int:
    return job.split.x.nbytes + sum(value.nbytes for value in job.state.values())
