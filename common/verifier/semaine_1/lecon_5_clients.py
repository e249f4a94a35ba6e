"""Leçon 5 : observer un `ClientApp` qui confie chaque centre à l'un de trois clients, dont la réponse dit le nom."""

from collections.abc import Callable

import numpy as np
from flwr.app import Array, ArrayRecord, Context, Message, MetricRecord, RecordDict
from flwr.clientapp import ClientApp

from common.federated import make_message, numpy_arrays
from common.verifier.flower import french_errors, plain
from common.verifier.hints import hinted_errors

RANK = 'le numéro du centre est dans `context.node_config["partition-id"]`, pris tel quel'
CLIENT_HINTS = {
    "KeyError|IndexError|not subscriptable|indices must be integers": RANK,
    "argument: 'context'|has no attribute 'metadata'": "un client s'appelle ainsi : `client(message, context)`",
    r"<lambda>\(\) takes|\b(?:train|evaluate|handle\w*)\(\) takes [01] positional argument": (
        "Flower appelle vos fonctions avec deux arguments, `message` puis `context`"
    ),
    r"ClientApp\.\w+\(\) takes|decorator\(\) takes": "un client s'appelle directement : `client(message, context)`",
    "Cannot register": "une seule fonction par sorte de message ; c'est elle qui choisit le client, à chaque message",
}


def draw_federation(rng: np.random.Generator) -> tuple:
    """Tire quel client sert chacun des 3 à 10 centres (parmi trois), et dans quel ordre les ordres arrivent."""
    num_centers = int(rng.integers(3, 11))
    kinds = rng.permutation(np.arange(num_centers) % 3)
    return [int(kind) for kind in kinds], [int(center) for center in rng.permutation(num_centers)]


def observe_federation(answer: Callable, case: tuple) -> dict | None:
    """Envoie à chaque centre un ordre d'entraînement, puis d'évaluation ; rend les réponses en valeurs simples."""
    kinds, order = case
    clients = [labelled_app(kind) for kind in range(3)]
    with french_errors(), hinted_errors(CLIENT_HINTS):
        app = answer([clients[kind] for kind in kinds])
        if app is None or not isinstance(app, ClientApp):
            return app and {"type": type(app).__name__}
        asked = [(message_type, center) for message_type in ("train", "evaluate") for center in order]
        return {f"{kind}, centre {center}": _chosen(_ask(app, kind, center, len(kinds))) for kind, center in asked}


def _chosen(reply: Message | None) -> dict | None:
    """Rend la réponse en valeurs simples, précédée du client qui l'a faite."""
    if not isinstance(reply, Message | None):
        raise TypeError(f"vos fonctions rendent un objet {type(reply).__name__} : rendez `client(message, context)`")
    content = plain(reply)
    return content and {"client choisi": content.get("metrics", {}).get("label"), **content}


def _ask(app: ClientApp, message_type: str, center: int, num_centers: int) -> Message:
    content = RecordDict({"arrays": ArrayRecord({"weight": Array(np.arange(3.0) + center)})})
    node_config = {"partition-id": center, "num-partitions": num_centers}
    context = Context(1, 100 + 7 * center, node_config, RecordDict(), {"seed": 0})
    try:
        return app(make_message(content, message_type), context)
    except ValueError as error:
        if "registered" not in str(error):
            raise
        raise ValueError(
            f"il manque une fonction « {message_type} », décorée par `@app.{message_type}()`, parenthèses comprises"
        ) from error


def labelled_app(kind: int) -> ClientApp:
    """Construit un client dont la réponse dit lequel des trois a répondu, à quel ordre, avec quel contexte."""
    app = ClientApp()

    @app.train()
    def train(message: Message, context: Context) -> Message:
        return _labelled_reply(message, context, 10 + kind)

    @app.evaluate()
    def evaluate(message: Message, context: Context) -> Message:
        return _labelled_reply(message, context, 20 + kind)

    return app


def _labelled_reply(message: Message, context: Context, label: int) -> Message:
    arrays = numpy_arrays(message.content["arrays"])
    metrics = MetricRecord({"label": label, "node": context.node_id, "num-examples": 1})
    content = {"arrays": ArrayRecord({"weight": Array(arrays["weight"] * label)}), "metrics": metrics}
    return Message(RecordDict(content), reply_to=message)
