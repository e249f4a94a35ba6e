"""Un essai de la simulation de Flower sur Ray, à un processeur par client.

Le `ClientApp` et la stratégie sont ceux de l'essai du cours, non modifiés, donnés à `run_simulation` comme dans un
carnet : l'objet part avec ses données, à chaque message. `run_simulation` se passe du SuperLink et du paquet que
`flwr run` fabriquerait, et Ray est importé avant le départ.
"""

import os
import random
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import ray  # importé ici pour que le départ soit pris après
from flwr.app import Context, Message
from flwr.clientapp import ClientApp
from flwr.server.superlink.fleet.vce.backend import raybackend as raybackend  # de même
from flwr.serverapp import Grid, ServerApp
from flwr.simulation import run_simulation

from bancs.simulation_charges import Workload, write_trial
from bancs.simulation_cours import Stopwatch, client_app_of, strategy_of
from common.federated import arrays_of, numpy_arrays

RayApp = Callable[[Message, Context], Message]
ONE_CPU_PER_CLIENT = {
    "client_resources": {"num_cpus": 1, "num_gpus": 0.0},
    "init_args": {"address": "local"},  # jamais le Ray d'un autre programme
}


@dataclass(frozen=True)
class SeededApp:
    """Le `ClientApp` d'une charge, que Ray envoie tout entier ; le client reçoit la même graine que du cours."""

    app: ClientApp
    seed: int

    def __call__(self, message: Message, context: Context) -> Message:
        """Passe le message au vrai client."""
        return self.app(message, seeded(context, self.seed))


def seeded(context: Context, seed: int) -> Context:
    """Rend le contexte d'un client, la graine en plus."""
    return Context(context.run_id, context.node_id, context.node_config, context.state, {"seed": seed})


def run(workload: Workload, seed: int, folder: Path) -> None:
    """Fait l'essai et l'écrit dans `folder`."""
    run_app(lambda: SeededApp(client_app_of(workload), seed), workload, seed, folder)


def run_app(make_app: Callable[[], RayApp], workload: Workload, seed: int, folder: Path) -> None:
    """Fait un essai du client que rend `make_app`, construit une fois le chronomètre parti.

    RuntimeError si un tour n'a rien agrégé : Flower, lui, continuerait.
    """
    stopwatch = Stopwatch()
    server_app = ServerApp()
    results = []

    @server_app.main()
    def main(grid: Grid, context: Context) -> None:
        random.seed(seed)
        initial = arrays_of(workload.make_model())
        strategy = strategy_of(workload)
        results.append(strategy.start(grid, initial, workload.num_rounds, evaluate_fn=stopwatch))

    _run_or_exit(server_app, make_app(), workload.num_clients)
    (result,) = results
    if len(result.train_metrics_clientapp) < workload.num_rounds:
        raise RuntimeError("Des clients ont échoué sous Ray : lisez le journal ci-dessus.")
    write_trial(folder, f"{version('flwr')}, Ray {ray.__version__}", stopwatch.instants, numpy_arrays(result.arrays))


def _run_or_exit(server_app: ServerApp, app: RayApp, num_clients: int) -> None:
    """Quitte net si Ray ne démarre pas : le fil de la stratégie, lui, attendrait des clients sans fin."""
    try:
        run_simulation(server_app, app, num_clients, "ray", ONE_CPU_PER_CLIENT)
    except RuntimeError:
        traceback.print_exc()
        os._exit(1)
