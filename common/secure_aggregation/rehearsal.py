"""Un tour entier dans un seul processus : pour les leçons, les bancs et les essais. Ce n'est pas un déploiement."""

from collections.abc import Mapping, Sequence

import numpy as np

from common.secure_aggregation.client import Client
from common.secure_aggregation.primitives import signing_keypair
from common.secure_aggregation.server import Server, Stage


def signing_keypairs(num_clients: int) -> tuple[list[bytes], tuple[bytes, ...]]:
    """Tire les clés de signature de `num_clients` clients : leurs clés privées, et les publiques pour `identities`."""
    pairs = [signing_keypair() for _ in range(num_clients)]
    return [private for private, _ in pairs], tuple(public for _, public in pairs)


def rehearse(
    clients: Sequence[Client], vectors: Sequence[np.ndarray], silent_from: Mapping[int, Stage] | None = None
) -> Server:
    """Joue un tour de bout en bout, et rend le serveur à `Stage.DONE`, avec `total` et `survivors`.

    `vectors` : un vecteur (length,) uint32 par client. `silent_from` : l'étape à partir de laquelle un client se tait.
    Erreur : `AbortError` s'il reste trop peu de clients, `ProtocolError` si l'un d'eux refuse.
    """
    server, silent_from = Server(clients[0].parameters), silent_from or {}
    orders = dict.fromkeys(range(len(clients)))
    while server.stage is not Stage.DONE:
        for number, order in orders.items():
            if silent_from.get(number, Stage.DONE) > server.stage:
                server.receive(number, answer(clients[number], server.stage, order, vectors[number]))
        orders = server.close()
    return server


def answer(client: Client, stage: Stage, order, vector: np.ndarray):
    """Rend ce que `client` répond à l'ordre reçu à cette étape."""
    steps = (
        lambda: client.advertise(),
        lambda: client.share(order),
        lambda: client.mask(order, vector),
        lambda: client.confirm(order),
        lambda: client.unmask(order),
    )
    return steps[stage]()
