"""Leçon 5 : observer un `ClientApp` qui confie chaque centre à l'un de trois clients, dont la réponse dit le nom."""

from collections.abc import Callable

import numpy as np
from flwr.app import Array, ArrayRecord, Context, Message, MetricRecord, RecordDict
from flwr.clientapp import ClientApp

from common.federated import make_message, numpy_arrays
from common.verifier.flower import french_errors, plain


def draw_federation(rng: np.random.Generator) -> tuple:
    """Tire quel client sert chacun des 3 à 6 centres (parmi trois), et dans quel ordre les ordres arrivent."""
    num_centers = int(rng.integers(3, 7))
    kinds = rng.permutation([0, 1, 2, 0, 1, 2][:num_centers])
    return [int(kind) for kind in kinds], [int(center) for center in rng.permutation(num_centers)]


def observe_federation(answer: Callable, case: tuple) -> list | None:
    """Envoie à chaque centre un ordre d'entraînement, puis d'évaluation ; rend les réponses en valeurs simples."""
    kinds, order = case
    clients = [labelled_app(kind) for kind in range(3)]
    app = answer([clients[kind] for kind in kinds])
    if app is None:
        return None
    if not isinstance(app, ClientApp):
        return {"type": type(app).__name__}
    with french_errors():
        return [plain(_ask(app, kind, center, len(kinds))) for kind in ("train", "evaluate") for center in order]


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
            f"ce ClientApp ne sait pas répondre à « {message_type} », écrivez `@app.{message_type}()`"
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
