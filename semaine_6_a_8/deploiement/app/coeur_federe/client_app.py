"""L'hôpital : le `train` et l'`evaluate` de la semaine 1, importés tels quels, sur les données du nœud."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from flwr.app import Context, Message
from flwr.clientapp import ClientApp

from common.data import Center, FederatedDataset, load, standardize
from common.federated import numpy_client

from .dossier import read_center

app = ClientApp()


@cache
def embedded_dataset() -> FederatedDataset:
    """Rend les quatre hôpitaux embarqués, pour les exécutions où un seul ordinateur les joue tous."""
    return standardize(load("heart"))


def dataset_of(context: Context) -> Mapping[str, Center]:
    """Rend les centres que ce nœud peut lire : le sien seul dès que `data-folder` est réglé."""
    folder = context.node_config.get("data-folder")
    return {"ici": read_center(Path(folder))} if folder else embedded_dataset()


@app.train()
def on_train(message: Message, context: Context) -> Message:
    """Apprend sur les données du nœud."""
    return numpy_client.train(message, context, dataset_of(context))


@app.evaluate()
def on_evaluate(message: Message, context: Context) -> Message:
    """Évalue le modèle reçu sur les données du nœud."""
    return numpy_client.evaluate(message, context, dataset_of(context))
