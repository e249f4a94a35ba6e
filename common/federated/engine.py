"""Les trois façons de faire répondre les clients d'un tour ; le choix change le temps, jamais le résultat."""

import os
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Literal

from flwr.app import Message, RecordDict
from flwr.clientapp import ClientApp

from common import environment
from common.federated.cohort import Order, TorchCohort

Engine = Literal["auto", "cohort", "parallel", "sequential"]
Outcome = Message | Exception
Runner = Callable[[Sequence[Order]], Generator[Outcome]]


def runner(client_app: ClientApp, engine: Engine) -> Runner:
    """Rend la fonction qui fait répondre les clients ; `ValueError` si `client_app` ne permet pas ce moteur.

    « auto » choisit au premier tour : « cohort » pour un petit modèle de notre constructeur, « parallel » (un fil par
    processeur) pour un plus lourd, « sequential » pour un client écrit par l'apprenant, Keras, ou un modèle à dropout.
    """
    cohort: TorchCohort | None = getattr(client_app, "cohort", None)
    thread_safe: bool = getattr(client_app, "thread_safe", False)
    runners = {"sequential": partial(sequential, client_app)}
    if thread_safe:
        runners["parallel"] = partial(parallel, client_app)
    if cohort is not None:
        runners["cohort"] = partial(together, client_app, cohort)
    if engine == "auto":
        return _Automatic(runners, cohort)
    if engine not in runners:
        raise ValueError(
            f'engine="{engine}" ne convient pas à ce client : écrivez "auto", ou l\'un de {sorted(runners)}. '
            "« cohort » veut torch_client_app, sgd_training et des couches simples ; « parallel », rien d'aléatoire."
        )
    return runners[engine]


class _Automatic:
    """Choisit au premier appel, sur le coût d'un lot, puis s'y tient."""

    def __init__(self, runners: dict[str, Runner], cohort: TorchCohort | None) -> None:
        self._runners, self._cohort, self._chosen = runners, cohort, None

    def __call__(self, orders: Sequence[Order]) -> Generator[Outcome]:
        if not orders:
            return
        if self._chosen is None:
            self._chosen = self._runners[self._choose(orders[0])]
        yield from self._chosen(orders)

    def _choose(self, order: Order) -> str:
        if self._cohort is not None and self._cohort.is_light(order):
            return "cohort"
        return "parallel" if "parallel" in self._runners and (os.cpu_count() or 1) > 1 else "sequential"


def sequential(client_app: ClientApp, orders: Sequence[Order]) -> Generator[Outcome]:
    """Fait répondre les clients l'un après l'autre, à mesure qu'on demande leur réponse."""
    return (attempt(client_app, order) for order in orders)


def parallel(client_app: ClientApp, orders: Sequence[Order]) -> Generator[Outcome]:
    """Fait répondre un client par processeur à la fois.

    Ctrl-C annule les clients qui n'ont pas commencé et attend la fin des autres : rien ne continue dans l'ombre.
    """
    environment.parse_one_at_a_time()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        yield from pool.map(partial(attempt, client_app), orders)


def together(client_app: ClientApp, cohort: TorchCohort, orders: Sequence[Order]) -> Generator[Outcome]:
    """Entraîne ensemble les clients ordinaires, et fait répondre seuls les autres (évaluation, centre vide, faute)."""
    replies = cohort.train(orders)
    for rank, order in enumerate(orders):
        yield replies[rank] if rank in replies else attempt(client_app, order)


def attempt(client_app: ClientApp, order: Order) -> Outcome:
    """Fait répondre un client ; rend l'exception qu'il lève."""
    message, context = order
    try:
        return client_app(_with_own_content(message), context)
    except Exception as error:
        return error


def _with_own_content(message: Message) -> Message:
    """Donne au client sa propre copie du contenu : Flower partage le même objet entre tous les messages d'un tour."""
    content = RecordDict({name: type(record)(dict(record)) for name, record in message.content.items()})
    return Message(content=content, metadata=message.metadata)
