"""Le même essai de Flower sur Ray, mis à l'avantage de Ray : un message n'emporte que le nom du client.

Chaque acteur construit le client et lit les données une seule fois. C'est ce que ferait une application de `flwr run`
écrite pour la vitesse ; un carnet ne le peut pas, car Ray ne peut pas importer ce qu'il définit.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from flwr.app import Context, Message
from flwr.clientapp import ClientApp

from bancs.simulation_charges import WORKLOADS, Workload
from bancs.simulation_cours import client_app_of
from bancs.simulation_flower import run_app, seeded


@lru_cache(maxsize=1)
def app_in_this_process(name: str) -> ClientApp:
    """Construit le client d'une charge, une fois par acteur."""
    return client_app_of(WORKLOADS[name])


@dataclass(frozen=True)
class AppByName:
    """Le `ClientApp` d'une charge, par son nom ; le client reçoit la même graine que du cours."""

    name: str
    seed: int

    def __call__(self, message: Message, context: Context) -> Message:
        """Passe le message au vrai client."""
        return app_in_this_process(self.name)(message, seeded(context, self.seed))


def run(workload: Workload, seed: int, folder: Path) -> None:
    """Fait l'essai et l'écrit dans `folder`."""
    run_app(lambda: AppByName(workload.name, seed), workload, seed, folder)
