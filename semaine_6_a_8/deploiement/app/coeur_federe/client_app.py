"""L'hôpital : le `train` et l'`evaluate` de la semaine 1, importés tels quels, sur les données du nœud.

Un hôpital qui a une clé de signature (`signing-key`) n'envoie plus aucune mise à jour que masquée. Le SuperNode lance
un Python neuf par message : ce qui sert à apprendre n'est importé que là, car PyTorch met des secondes à se charger.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from flwr.app import Context, Message
from flwr.clientapp import ClientApp
from flwr.clientapp.typing import ClientAppCallable

from common.secure_aggregation.flower_mod import ACTION, secure_aggregation_mod
from common.secure_aggregation.keyring import Keyring

if TYPE_CHECKING:
    from common.data import Center, FederatedDataset

ROSTER, SIGNATURE = "annuaire", "-signature"  # les noms des fichiers, quand un seul ordinateur joue tous les hôpitaux


def keyring_of(context: Context) -> Keyring:
    """Rend le trousseau de ce nœud : ses propres fichiers, ou, en simulation, ceux du dossier `simulated-keys`."""
    if "signing-key" in context.node_config:
        return Keyring.of_node(context)
    keys = Path(context.run_config["simulated-keys"])
    name = embedded_dataset().names[context.node_config["partition-id"]]
    return Keyring.read(keys / f"{name}{SIGNATURE}", keys / ROSTER)


def mask_if_signing(message: Message, context: Context, call_next: ClientAppCallable) -> Message:
    """Masque dès que le nœud a une clé de signature ; sans clé, il travaille en clair."""
    has_key = "signing-key" in context.node_config or context.run_config.get("simulated-keys")
    return mask(message, context, call_next) if has_key else call_next(message, context)


mask = secure_aggregation_mod(keyring_of)
app = ClientApp(mods=[mask_if_signing])


@cache
def embedded_dataset() -> "FederatedDataset":
    """Rend les quatre hôpitaux embarqués, pour les exécutions où un seul ordinateur les joue tous."""
    from common.data import load, standardize

    return standardize(load("heart"))


def dataset_of(context: Context) -> Mapping[str, "Center"]:
    """Rend les centres que ce nœud peut lire : le sien seul dès que `data-folder` est réglé."""
    from .dossier import read_center

    folder = context.node_config.get("data-folder")
    return {"ici": read_center(Path(folder))} if folder else embedded_dataset()


@app.train()
def on_train(message: Message, context: Context) -> Message:
    """Apprend sur les données du nœud."""
    from common.federated import numpy_client

    return numpy_client.train(message, context, dataset_of(context))


@app.evaluate()
def on_evaluate(message: Message, context: Context) -> Message:
    """Évalue le modèle reçu sur les données du nœud."""
    from common.federated import numpy_client

    return numpy_client.evaluate(message, context, dataset_of(context))


@app.query(ACTION)
def on_secure_aggregation(message: Message, context: Context) -> Message:
    """Refuse : le mod répond à ces messages, sauf à un nœud qui n'a pas de clé."""
    raise ValueError("cet hôpital n'a pas de clé de signature : donnez signing-key et roster dans --node-config.")
