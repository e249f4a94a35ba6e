"""Les trois manières de faire tourner la même application : dans ce processus, en simulation, sur un SuperLink."""

import importlib.util
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from common.federated import numpy_arrays, simulate
from semaine_6_a_8.deploiement.app.coeur_federe import client_app, server_app
from semaine_6_a_8.deploiement.app.coeur_federe.strategie import HospitalFedAvg
from semaine_6_a_8.deploiement.entrainement import Outcome, model_gap
from semaine_6_a_8.deploiement.federation import Federation, RunConfig, open_federation

Say = Callable[[str], None]


@dataclass(frozen=True)
class Settings:
    """Les réglages d'un entraînement : ceux de `[tool.flwr.app.config]`, dans `app/pyproject.toml`."""

    num_rounds: int
    round_timeout: int
    evaluate: bool = True
    lr: float = 0.5
    num_steps: int = 5
    min_hospitals: int = 2

    def run_config(self) -> RunConfig:
        """Rend les réglages sous les noms que l'application attend."""
        values = {name.replace("_", "-"): value for name, value in vars(self).items()}
        return values | {"evaluate": str(self.evaluate).lower()}  # le booléen de TOML


def in_process(settings: Settings) -> Outcome:
    """(a) Entraîne dans ce processus, avec `simulate`."""
    strategy = HospitalFedAvg(None, settings.min_hospitals)
    history = simulate(
        client_app.app,
        strategy,
        client_app.embedded_dataset(),
        server_app.initial_arrays(),
        num_rounds=settings.num_rounds,
        train_config={"lr": settings.lr, "num-steps": settings.num_steps},
    )
    return Outcome(numpy_arrays(history.arrays), strategy.report)


def in_simulation(settings: Settings, *, secure: bool = False) -> Outcome:
    """(b) Entraîne avec `flwr run` sur la simulation de Flower, qui demande Ray."""
    with open_federation(simulation=True, secure=secure) as federation:
        federation.start_superlink()
        return federation.train(settings.run_config())


def on_superlink(settings: Settings, say: Say, *, secure: bool = False) -> Outcome:
    """(c) Entraîne sur un SuperLink et quatre SuperNodes, en TLS, chaque nœud authentifié par sa clé.

    `secure` : chaque mise à jour est masquée, le serveur n'en voit que la moyenne.
    """
    with open_federation(secure=secure) as federation:
        open_everything(federation, say)
        return federation.train(settings.run_config())


def open_everything(federation: Federation, say: Say) -> None:
    """Lance le SuperLink et les quatre hôpitaux, en disant où l'on en est."""
    say("Démonstration : quatre hôpitaux (données synthétiques) joués par cette machine, sur 127.0.0.1 seulement.")
    federation.start_superlink()
    say(f"SuperLink prêt, en TLS, sur le port {federation.port}. Les hôpitaux arrivent…")
    federation.open_hospitals(client_app.embedded_dataset())
    say("Quatre clés publiques inscrites, quatre SuperNodes lancés. Entraînement…")


def model_bound(outcome: Outcome) -> float:
    """Rend la borne prouvée de l'écart, par paramètre, entre ce modèle et celui de FedAvg en clair.

    Un tour ajoute au plus, en norme L2, √d × sa borne par paramètre ; et, la perte étant convexe, un pas de gradient de
    taux lr ≤ 2/L n'écarte pas davantage deux modèles. Les tours s'additionnent donc. 1e-12 : les float64 eux-mêmes.
    """
    num_parameters = sum(array.size for array in outcome.arrays.values())
    return math.sqrt(num_parameters) * sum(outcome.bounds) + 1e-12


def gaps(settings: Settings, say: Say) -> Iterator[tuple[str, float]]:
    """Rend l'écart de (c), puis de (b), avec (a), dès qu'il est connu ; sans Ray, (b) est sautée et le dit."""
    reference = in_process(settings).arrays
    yield "(c), SuperLink et SuperNodes", model_gap(reference, on_superlink(settings, say).arrays)
    if importlib.util.find_spec("ray") is None:
        say('(b) est sautée : la simulation de Flower demande Ray (python -m pip install "flwr[simulation]==1.41.0").')
        return
    say("Simulation de Flower (Ray démarre en une demi-minute)…")
    yield "(b), simulation de Flower", model_gap(reference, in_simulation(settings).arrays)
