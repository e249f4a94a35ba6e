"""Un tour du protocole, chronométré : le serveur dans son processus, tous les clients dans celui-ci.

Les messages passent en octets, comme sur un réseau : lire et écrire comptent dans les temps. Les clients perdus se
taisent juste avant d'envoyer leur vecteur, au pire moment : tous ont alors partagé un masque avec eux.
"""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from multiprocessing.connection import Connection
from secrets import token_bytes
from typing import Any

import numpy as np
import psutil
from tqdm import tqdm

from common.secure_aggregation import Client, Parameters, Server, Stage, signing_keypairs
from common.secure_aggregation.messages import Confirmations, Inbox, KeyBook, Survivors, decode, encode
from common.secure_aggregation.rehearsal import answer
from common.secure_aggregation.server import KINDS

ORDERS = (None, KeyBook, Inbox, Survivors, Confirmations)  # ce qu'un client lit à chaque étape
COMMON = "commun"  # le serveur d'avant les pertes ; ensuite, un par taux de perte


@dataclass(frozen=True)
class Setting:
    """Une taille de tour ; `degree` None : le graphe complet."""

    num_clients: int
    degree: int | None
    threshold: int
    length: int = 100_000

    @property
    def neighbours(self) -> int:
        """Le nombre de voisins d'un client."""
        return self.num_clients - 1 if self.degree is None else self.degree


@dataclass
class Clock:
    """Du temps passé, en secondes : celui du processeur, et celui de l'horloge."""

    cpu: float = 0.0
    wall: float = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Ajoute le temps que dure le bloc."""
        cpu, wall = time.process_time(), time.perf_counter()
        yield
        self.cpu += time.process_time() - cpu
        self.wall += time.perf_counter() - wall


@dataclass
class TimedClient:
    """Un client, son temps, et les octets qu'il a envoyés et reçus."""

    client: Client
    signing_key: bytes
    clock: Clock = field(default_factory=Clock)
    sent: int = 0
    received: int = 0

    def answer(self, stage: Stage, order: bytes, vector: np.ndarray | None = None) -> bytes:
        """Lit l'ordre, fait l'étape, écrit la réponse."""
        parameters = self.client.parameters
        with self.clock.running():
            message = decode(ORDERS[stage], order, parameters) if order else None
            data = encode(answer(self.client, stage, message, vector), parameters)
        self.received, self.sent = self.received + len(order), self.sent + len(data)
        return data

    def copy(self) -> "TimedClient":
        """Rend un autre client, au même point du tour."""
        old = self.client
        resumed = new_client(old.parameters, old.number, self.signing_key).restore(old.to_bytes())
        return replace(self, client=resumed, clock=replace(self.clock))


def new_client(parameters: Parameters, number: int, signing_key: bytes) -> Client:
    """Rend un client qui accepte le seuil du tour, même si Bell et al. le placent sous la moitié des détenteurs."""
    return Client(parameters, number, signing_key, minimum_threshold=parameters.threshold)


class TimedServer:
    """Un serveur, et son temps étape par étape."""

    def __init__(self, parameters: Parameters) -> None:
        self.server, self.clocks = Server(parameters), {stage.name: Clock() for stage in Stage if stage < Stage.DONE}

    def receive(self, number: int, data: bytes) -> None:
        """Lit et prend le message d'un client."""
        stage = self.server.stage
        with self.clocks[stage.name].running():
            self.server.receive(number, decode(KINDS[stage], data, self.server.parameters))

    def close(self) -> dict[int, bytes]:
        """Ferme l'étape et écrit les réponses."""
        with self.clocks[self.server.stage.name].running():
            replies = self.server.close()
            return {client: encode(reply, self.server.parameters) for client, reply in replies.items()}


def serve(pipe: Connection, parameters: Parameters) -> None:
    """Tient les serveurs, un par taux de perte, jusqu'à ce que le tuyau se ferme."""
    process, servers = psutil.Process(), {COMMON: TimedServer(parameters)}
    before = peak = process.memory_info().rss
    while True:
        try:
            order, name, *arguments = pipe.recv()
        except EOFError:
            return
        if order == "receive":
            servers[name].receive(*arguments)
        elif order == "close":
            peak = max(peak, process.memory_info().rss)
            replies = servers[name].close()
            peak = max(peak, process.memory_info().rss)
            pipe.send(replies)
        elif order == "copy":
            servers[name] = deepcopy(servers[COMMON])
        else:
            done = servers.pop(name)
            pipe.send((done.server.total, done.clocks, before, peak))


@contextmanager
def server_process(parameters: Parameters) -> Iterator[Connection]:
    """Lance `serve` dans un processus neuf, et l'attend à la sortie."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=serve, args=(theirs, parameters), daemon=True)
    process.start()
    theirs.close()
    try:
        yield ours
    finally:
        ours.close()
        process.join()


def ask(pipe: Connection, order: str, name: str | float) -> Any:
    """Attend la réponse du serveur."""
    pipe.send((order, name))
    return pipe.recv()


def make_clients(setting: Setting) -> list[TimedClient]:
    """Rend les clients d'un tour ; chacun a ses propres réglages, donc calcule lui-même sa part du graphe."""
    signing_keys, identities = signing_keypairs(setting.num_clients)
    parameters = Parameters(token_bytes(16), 1, identities, setting.threshold, setting.length, setting.degree)
    return [TimedClient(new_client(replace(parameters), number, key), key) for number, key in enumerate(signing_keys)]


def draw_silent(num_clients: int, rates: Sequence[float], seed: int) -> dict[float, frozenset[int]]:
    """Tire les clients perdus à chaque taux ; ceux d'un petit taux le sont aussi aux plus grands."""
    order = np.random.default_rng(seed).permutation(num_clients).tolist()
    return {rate: frozenset(order[: round(rate * num_clients)]) for rate in rates}


def measure(setting: Setting, rates: Sequence[float], seed: int = 0) -> list[dict[str, Any]]:
    """Joue un tour, perd des clients à chaque taux, et rend une ligne par taux.

    Les trois premières étapes ne sont jouées qu'une fois ; de là partent autant de fins de tour que de taux.
    """
    clients, silent = make_clients(setting), draw_silent(setting.num_clients, rates, seed)
    with server_process(clients[0].client.parameters) as pipe:
        inboxes = share_keys(pipe, clients)
        for rate in rates:
            pipe.send(("copy", rate))
        sums = send_masked(pipe, clients, inboxes, silent)
        return [finish(pipe, clients, rate, sums[rate], silent[rate]) for rate in rates]


def share_keys(pipe: Connection, clients: Sequence[TimedClient]) -> dict[int, bytes]:
    """Joue les deux premières étapes ; rend ce que chaque client reçoit pour la troisième."""
    orders = dict.fromkeys(range(len(clients)), b"")
    for stage in (Stage.KEYS, Stage.SHARES):
        for number, order in progress(orders.items(), stage):
            pipe.send(("receive", COMMON, number, clients[number].answer(stage, order)))
        orders = ask(pipe, "close", COMMON)
    return orders


def send_masked(
    pipe: Connection,
    clients: Sequence[TimedClient],
    inboxes: Mapping[int, bytes],
    silent: Mapping[float, frozenset[int]],
) -> dict[float, np.ndarray]:
    """Envoie les vecteurs masqués à chaque serveur, sauf ceux de ses clients perdus ; rend les sommes attendues."""
    length, rng = clients[0].client.parameters.length, np.random.default_rng(0)
    sums = {rate: np.zeros(length, np.uint32) for rate in silent}
    for number, inbox in progress(inboxes.items(), Stage.MASKED):
        vector = rng.integers(2**32, size=length, dtype=np.uint32)
        data = clients[number].answer(Stage.MASKED, inbox, vector)
        for rate, gone in silent.items():
            if number not in gone:
                pipe.send(("receive", rate, number, data))
                sums[rate] += vector
    return sums


def finish(
    pipe: Connection, clients: Sequence[TimedClient], rate: float, expected: np.ndarray, gone: frozenset[int]
) -> dict[str, Any]:
    """Finit le tour d'un taux de perte et rend sa ligne. `RuntimeError` si la somme publiée n'est pas la bonne."""
    alive = {number: client.copy() for number, client in enumerate(clients) if number not in gone}
    orders = ask(pipe, "close", rate)
    for stage in (Stage.CONFIRMATIONS, Stage.UNMASKINGS):
        for number, order in progress(orders.items(), stage):
            pipe.send(("receive", rate, number, alive[number].answer(stage, order)))
        orders = ask(pipe, "close", rate)
    total, clocks, before, peak = ask(pipe, "total", rate)
    if not np.array_equal(total, expected):
        raise RuntimeError("La somme publiée n'est pas celle des survivants : rien n'est écrit.")
    memory = {"mib_before": round(before / 2**20), "mib_peak": round(peak / 2**20)}
    return {
        "dropout": rate,
        "survivors": len(alive),
        "client": client_costs(list(alive.values())),
        "server": server_costs(clocks) | memory,
    }


def client_costs(clients: Sequence[TimedClient]) -> dict[str, float]:
    """Rend la médiane des survivants, et le temps que neuf sur dix ne dépassent pas."""
    cpu = [client.clock.cpu for client in clients]
    return {
        "timed": len(clients),
        "cpu_s": round(float(np.median(cpu)), 4),
        "cpu_s_p90": round(float(np.quantile(cpu, 0.9)), 4),
        "wall_s": round(float(np.median([client.clock.wall for client in clients])), 4),
        "kib_sent": round(float(np.median([client.sent for client in clients])) / 2**10, 1),
        "kib_received": round(float(np.median([client.received for client in clients])) / 2**10, 1),
    }


def server_costs(clocks: Mapping[str, Clock]) -> dict[str, Any]:
    """Rend le temps du tour entier, et celui de chaque étape."""
    return {
        "cpu_s": round(sum(clock.cpu for clock in clocks.values()), 3),
        "wall_s": round(sum(clock.wall for clock in clocks.values()), 3),
        "stages_cpu_s": {name: round(clock.cpu, 3) for name, clock in clocks.items()},
    }


def progress(orders: Iterable, stage: Stage) -> Iterable:
    """Montre l'avancée d'une étape, client par client."""
    return tqdm(orders, desc=f"  {stage.name.lower()}", unit="client", leave=False, mininterval=1)
