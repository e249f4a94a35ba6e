"""SCAFFOLD (Karimireddy et al. 2020, arXiv:1910.06378), que Flower n'a pas : corriger la dérive des clients.

Chaque centre i garde une variable de contrôle c_i (la direction de son gradient) dans `Context.state` ; le serveur
garde leur moyenne c. Un pas local suit g − c_i + c : en moyenne, la direction qu'aurait prise un client voyant tout.
"""

from collections.abc import Iterable, Mapping

import numpy as np
import torch
from flwr.app import Array, ArrayRecord, ConfigRecord, Context, Message, MetricRecord, RecordDict
from flwr.clientapp import ClientApp
from flwr.serverapp import Grid
from flwr.serverapp.strategy import FedAvg
from torch import nn

from common import training
from common.data import Center
from common.federated.client import center_of, register_evaluate, rng_of, train_reply
from common.federated.fedavg import fedavg
from common.federated.heterogeneity import corrected_gradient, new_control
from common.federated.replies import numpy_arrays
from common.federated.torch_client import TorchModel, is_deterministic
from common.training import SGD

CONTROL = "control"


class Scaffold(FedAvg):
    """Stratégie Flower : moyenne les modèles, et tient la variable de contrôle du serveur.

    c ← c + (|S| / N) · moyenne(Δc_i). Les moyennes sont pesées par les effectifs, comme FedAvg, pour viser
    le même objectif ; l'article pèse tous les clients pareil. Cas limites : effectifs égaux = l'article ; au premier
    tour, où tous les contrôles sont nuls, SCAFFOLD ≡ FedAvg.
    """

    control: dict[str, np.ndarray] | None = None
    num_nodes: int = 0

    def configure_train(
        self, server_round: int, arrays: ArrayRecord, config: ConfigRecord, grid: Grid
    ) -> Iterable[Message]:
        """Joint la variable de contrôle du serveur au modèle envoyé."""
        if self.control is None:
            self.control = _zeros(numpy_arrays(arrays))
        self.num_nodes = len(list(grid.get_node_ids()))
        messages = list(super().configure_train(server_round, arrays, config, grid))
        for message in messages:
            message.content[CONTROL] = _record(self.control)
        return messages

    def aggregate_train(
        self, server_round: int, replies: Iterable[Message]
    ) -> tuple[ArrayRecord | None, MetricRecord | None]:
        """Met à jour c, puis laisse FedAvg moyenner les modèles."""
        valid = [reply for reply in replies if not reply.has_error()]
        if valid:
            self._update_control([reply.content for reply in valid])
        return super().aggregate_train(server_round, valid)

    def _update_control(self, contents: list[RecordDict]) -> None:
        changes = [list(numpy_arrays(content.pop(CONTROL)).values()) for content in contents]
        weights = [next(iter(content.metric_records.values()))[self.weighted_by_key] for content in contents]
        share = len(contents) / self.num_nodes
        mean_change = fedavg(changes, weights)
        steps = zip(self.control.items(), mean_change, strict=True)
        self.control = {k: (c + share * d).astype(c.dtype) for (k, c), d in steps}


def scaffold_client_app(model: nn.Module, dataset: Mapping[str, Center], sgd: SGD) -> ClientApp:
    """Construit le `ClientApp` de SCAFFOLD (option II de l'article) : rend le modèle local et Δc_i.

    c_i⁺ = c_i − c + (x − y_i) / (K · lr), où K est le nombre de pas locaux. `Context.state` garde c_i entre les tours.
    """
    sgd.require_plain("SCAFFOLD")
    app, local = ClientApp(), TorchModel(model)
    app.thread_safe = is_deterministic(model)
    register_evaluate(app, local, dataset)

    @app.train()
    def train(message: Message, context: Context) -> Message:
        split, config = center_of(dataset, context).train, message.content["config"]
        local.load(message.content["arrays"])
        server = numpy_arrays(message.content[CONTROL])
        own = numpy_arrays(context.state[CONTROL]) if CONTROL in context.state else _zeros(server)
        loss = training.train(local.model, split, sgd, rng_of(context, config), _correction(server, own))
        moved = _difference(numpy_arrays(message.content["arrays"]), numpy_arrays(local.arrays()))
        num_steps = sgd.num_steps(len(split))
        new = {key: new_control(own[key], server[key], moved[key], sgd.lr, num_steps) for key in own}
        context.state[CONTROL] = _record(new)
        reply = {"arrays": local.arrays(), CONTROL: _record(_difference(new, own))}
        return train_reply(message, reply, loss, len(split))

    return app


def _correction(server: dict[str, np.ndarray], own: dict[str, np.ndarray]) -> training.AdjustGradients:
    own, server = ({key: torch.as_tensor(value) for key, value in control.items()} for control in (own, server))

    def adjust(model: nn.Module) -> None:
        for key, parameter in model.named_parameters():
            parameter.grad = corrected_gradient(parameter.grad, own[key], server[key])

    return adjust


def _difference(a: dict[str, np.ndarray], b: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {key: a[key] - b[key] for key in a}


def _zeros(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {key: np.zeros_like(value) for key, value in arrays.items()}


def _record(arrays: dict[str, np.ndarray]) -> ArrayRecord:
    return ArrayRecord({key: Array(np.asarray(value)) for key, value in arrays.items()})
