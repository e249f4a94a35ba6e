"""De quoi jouer des tours sur Flower dans les essais : le cœur, des clients qui lâchent, une oreille sur la grille."""

import numpy as np
from flwr.app import Array, ArrayRecord, Message, MetricRecord, RecordDict
from flwr.clientapp import ClientApp
from flwr.common.serde import recorddict_to_proto
from flwr.serverapp.strategy import FedAvg

from common.data import load, standardize
from common.federated import numpy_arrays, numpy_client_app, simulate
from common.federated.grid import InProcessGrid
from common.secure_aggregation.announcement import Weighted
from common.secure_aggregation.flower import SecureAggregation
from common.secure_aggregation.flower_mod import RECORD, secured
from common.secure_aggregation.keyring import SimulatedKeyrings

HOSPITALS = standardize(load("heart"))
KEYRINGS = SimulatedKeyrings(len(HOSPITALS))
ENCODING = Weighted(max_abs=2.0, max_examples=500)
SETTINGS = {"lr": 0.5, "num-steps": 5}
STEPS = ("identify", "advertise", "share", "mask", "confirm", "unmask")


def plain_app() -> ClientApp:
    """Le client du cours, sans protection."""
    return numpy_client_app(HOSPITALS)


def secure(strategy=None, encoding=ENCODING, **options) -> SecureAggregation:
    """Enrobe une stratégie (FedAvg sinon) pour les quatre hôpitaux."""
    return SecureAggregation(strategy or FedAvg(), KEYRINGS.identities, encoding, **options)


def initial_arrays() -> ArrayRecord:
    """Le modèle nul."""
    return ArrayRecord({"weight": Array(np.zeros(13)), "bias": Array(np.zeros(()))})


def run(app, strategy, num_rounds=1, arrays=None, **options) -> dict[str, np.ndarray]:
    """Rend le modèle final d'un entraînement dans le processus."""
    options = {"train_config": SETTINGS} | options
    history = simulate(app, strategy, HOSPITALS, arrays or initial_arrays(), num_rounds=num_rounds, **options)
    return numpy_arrays(history.arrays)


def fixed_app(update, num_examples=100) -> ClientApp:
    """Un client qui ajoute `update(numéro)`, un vecteur de 14 réels, au modèle reçu."""
    app = ClientApp()

    @app.train()
    def train(message, context):
        values = update(context.node_config["partition-id"])
        before = numpy_arrays(message.content["arrays"])
        after = {"weight": before["weight"] + values[:13], "bias": before["bias"] + values[13]}
        content = {
            "arrays": ArrayRecord({name: Array(np.asarray(array)) for name, array in after.items()}),
            "metrics": MetricRecord({"num-examples": num_examples, "loss": 0.25}),
        }
        return Message(RecordDict(content), reply_to=message)

    return app


def around(app: ClientApp, before) -> ClientApp:
    """Fait passer chaque message par `before(étape, context, message)` ; s'il rend un message, c'est la réponse."""
    wrapped = ClientApp()

    def handle(message, context):
        record = message.content.config_records.get(RECORD, {})
        answer = before(record.get("step", message.metadata.message_type), context, message)
        return app(message, context) if answer is None else answer

    for register in (wrapped.train(), wrapped.evaluate(), wrapped.query("secagg")):
        register(handle)
    return wrapped


def silent_from(app: ClientApp, silent: dict[int, str], rounds=None) -> ClientApp:
    """Rend `app`, où chaque client de `silent` lève dès son étape, à certains tours (tous si `None`)."""

    def check(step, context, message):
        first = silent.get(context.node_config["partition-id"])
        server_round = message.content.config_records.get(RECORD, {}).get("server-round", 0)
        late = first and step in STEPS and STEPS.index(step) >= STEPS.index(first)
        if late and (rounds is None or server_round in rounds):
            raise RuntimeError("coupure de courant")

    return around(app, check)


def secured_app(**options) -> ClientApp:
    """Le client du cours, masqué."""
    return secured(plain_app(), KEYRINGS, **options)


def gap(a: dict, b: dict) -> float:
    """Rend le plus grand écart entre deux modèles."""
    return max(float(np.abs(a[name] - b[name]).max()) for name in a)


class Ear:
    """Écoute une grille : les octets de chaque message, dans les deux sens, tels qu'ils partiraient sur le réseau."""

    def __init__(self, monkeypatch) -> None:
        self.heard: list[bytes] = []
        self.after = lambda: None
        plain = InProcessGrid.send_and_receive

        def send_and_receive(grid, messages, *, timeout=None):
            orders = list(messages)
            replies = plain(grid, orders, timeout=timeout)
            self.heard += [written(message) for message in (*orders, *replies)]
            self.after()
            return replies

        monkeypatch.setattr(InProcessGrid, "send_and_receive", send_and_receive)


def written(message: Message) -> bytes:
    """Rend les octets d'un message : son contenu, ou le texte de son erreur."""
    if message.has_error():
        return message.error.reason.encode()
    return recorddict_to_proto(message.content).SerializeToString()
