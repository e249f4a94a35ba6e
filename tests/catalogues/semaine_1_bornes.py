"""Réponses justes jusqu'à une borne écrite en dur, celle de la leçon : les tirages doivent la dépasser."""

from collections.abc import Callable
from itertools import islice

import numpy as np
from flwr.app import Context, RecordDict
from flwr.clientapp import ClientApp

from common.verifier import semaine_1 as verifier


def bounded(name: str, bound: Callable) -> Callable:
    """Fabrique la référence de l'exercice, appelée avec les arguments que rend `bound`."""
    reference = getattr(verifier, name).reference

    def wrong(*case):
        return reference(*bound(*case))

    return wrong


def first(mapping, count):
    return dict(islice(mapping.items(), count))


def heads(count, *arrays):
    return (array[:count] for array in arrays)


def keep(count, x):
    """Annule les colonnes au-delà des `count` premières."""
    return x * (np.arange(x.shape[-1]) < count)


def four_hospitals(message, context, centers):
    """Répond comme le quatrième hôpital à la place des suivants."""
    rank = min(context.node_config["partition-id"], 3)
    return message, Context(1, context.node_id, {"partition-id": rank}, RecordDict(), {}), centers


def twenty_steps(message, context, centers):
    config = message.content["config"]
    config["num-steps"] = min(config["num-steps"], 20)
    return message, context, centers


def at_least_one_step(message, context, centers):
    config = message.content["config"]
    config["num-steps"] = max(config["num-steps"], 1)
    return message, context, centers


def counts_to_twenty(context):
    seen = verifier.count_visit.reference(context)
    context.state["visits"]["count"] = min(seen, 20)
    return min(seen, 20)


def three_clients(context):
    return verifier.count_visit.reference(context) if context.node_config["partition-id"] < 3 else 1


def ten_classes(labels, num_classes):
    shares = np.array([[np.mean(y == c) for c in range(10)] for y in labels])
    everyone = np.concatenate(labels)
    return np.abs(shares - [np.mean(everyone == c) for c in range(10)]).sum(axis=1) / 2


def two_layers(model, x, y, lr):
    before = [variable.numpy() for variable in model.weights]
    loss = verifier.gradient_step.reference(model, x, y, lr)
    for variable, value in list(zip(model.weights, before, strict=True))[4:]:
        variable.assign(value)
    return loss


def four_clients(apps):
    app = ClientApp()

    def handle(message, context):
        return apps[min(context.node_config["partition-id"], 3)](message, context)

    app.train()(handle)
    app.evaluate()(handle)
    return app


BOUNDS = {
    "concordance": [lambda y, score: heads(30, y, score)],
    "transfer": [
        lambda predictors, centers, measure: (first(predictors, 4), centers, measure),
        lambda predictors, centers, measure: (predictors, first(centers, 4), measure),
    ],
    "mcnemar": [lambda y, a, b: heads(50, y, a, b)],
    "gradient": [
        lambda parameters, x, y: (parameters, *heads(32, x, y)),
        lambda parameters, x, y: (parameters, keep(13, x), y),
    ],
    "client_update": [
        lambda parameters, x, y, lr, num_steps: (parameters, x, y, lr, max(1, num_steps)),
        lambda parameters, x, y, lr, num_steps: (parameters, x, y, lr, min(20, num_steps)),
        lambda parameters, x, y, lr, num_steps: (parameters, x, y, min(1, lr), num_steps),
        lambda parameters, x, y, lr, num_steps: (parameters, *heads(32, x, y), lr, num_steps),
    ],
    "fedavg": [
        lambda updates, num_examples: heads(5, updates, num_examples),
        lambda updates, num_examples: heads(10, updates, num_examples),
        lambda updates, num_examples: (updates, np.minimum(num_examples, 500)),
    ],
    "fedavg_round": [
        lambda parameters, centers, lr, num_steps: (parameters, first(centers, 4), lr, num_steps),
        lambda parameters, centers, lr, num_steps: (parameters, centers, lr, max(1, num_steps)),
        lambda parameters, centers, lr, num_steps: (parameters, centers, lr, min(20, num_steps)),
    ],
    "pack": [
        lambda parameters, num_examples: ([keep(13, parameters[0]), parameters[1]], num_examples),
        lambda parameters, num_examples: (parameters, min(num_examples, 1000)),
    ],
    "train": [four_hospitals, twenty_steps, at_least_one_step],
    "evaluate": [four_hospitals],
    "fedavg_fixed_point": [
        lambda optima, curvatures, num_examples, lr, k: (*heads(5, optima, curvatures, num_examples), lr, k),
        lambda optima, curvatures, num_examples, lr, k: (keep(2, optima), curvatures, num_examples, lr, k),
        lambda optima, curvatures, num_examples, lr, k: (optima, curvatures, num_examples, lr, min(10, k)),
    ],
    "proximal_gradient": [
        lambda gradient, w, w_global, mu: (gradient, w, w_global, min(10, mu)),
        lambda gradient, w, w_global, mu: (gradient, w, w_global, max(0.1, mu)),
    ],
    "scaffold_update": [
        lambda gradient, start, controls, lr, num_steps: (gradient, start, controls, lr, min(10, num_steps)),
    ],
    "fedadam_step": [lambda w, average, m, v, eta: (w, average, m, v, min(1, eta))],
    "to_keras": [lambda arrays: (first(arrays, 4),), lambda arrays: (first(arrays, 6),)],
    "output_gap": [
        lambda predict_a, predict_b, x: (predict_a, predict_b, x[:32]),
        lambda predict_a, predict_b, x: (lambda x: predict_a(x)[:, :10], lambda x: predict_b(x)[:, :10], x),
    ],
    "gradient_step": [
        lambda model, x, y, lr: (model, *heads(32, x, y), lr),
        lambda model, x, y, lr: (model, x, y, min(1, lr)),
    ],
}
SAID = {"transfer": "les clés sont", "to_keras": "éléments, il y en a"}
WRONG = {
    name: [(bounded(name, bound), SAID.get(name, "pas celui attendu")) for bound in bounds]
    for name, bounds in BOUNDS.items()
} | {
    "count_visit": [(counts_to_twenty, "« count »"), (three_clients, "« count »")],
    "label_skew": [(ten_classes, "pas celui attendu")],
    "mixed_client_app": [(four_clients, "« client choisi »")],
}
WRONG["gradient_step"].append((two_layers, "« paramètres »"))
