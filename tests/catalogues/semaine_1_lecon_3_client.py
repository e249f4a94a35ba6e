"""Leçon 3, le client : ce que les contrôles doivent refuser de `train` et `evaluate`, et avec quel message."""

import numpy as np
from flwr.app import Message, MetricRecord, RecordDict

from common.federated import client_update, numpy_client, predict_probability
from common.federated.client import center_of
from common.federated.numpy_client import unpack


def learned(message, context, dataset, split_name="train", **changed):
    """L'entraînement local écrit à la main, avec des réglages que l'on peut fausser."""
    config = {**message.content["config"], **changed}
    split = getattr(center_of(dataset, context), split_name)
    return client_update(unpack(message.content), split.x, split.y, config["lr"], config["num-steps"]), split


def answer(message, parameters, num_examples):
    return Message(numpy_client.pack(parameters, num_examples), reply_to=message)


def train_on_test(message, context, dataset):
    parameters, split = learned(message, context, dataset, "test")
    return answer(message, parameters, len(split))


def train_with_test_count(message, context, dataset):
    return answer(message, learned(message, context, dataset)[0], len(center_of(dataset, context).test))


def no_training(message, context, dataset):
    return answer(message, unpack(message.content), len(center_of(dataset, context).train))


def train_from_zero(message, context, dataset):
    split, config = center_of(dataset, context).train, message.content["config"]
    zero = [np.zeros(split.x.shape[1]), np.zeros(())]
    return answer(message, client_update(zero, split.x, split.y, config["lr"], config["num-steps"]), len(split))


def one_step(message, context, dataset):
    parameters, split = learned(message, context, dataset, **{"num-steps": 1})
    return answer(message, parameters, len(split))


def fixed_lr(message, context, dataset):
    parameters, split = learned(message, context, dataset, lr=0.5)
    return answer(message, parameters, len(split))


def fixed_settings(message, context, dataset):
    parameters, split = learned(message, context, dataset, **{"lr": 0.5, "num-steps": 5})
    return answer(message, parameters, len(split))


def train_without_envelope(message, context, dataset):
    parameters, split = learned(message, context, dataset)
    return numpy_client.pack(parameters, len(split))


def train_without_reply_to(message, context, dataset):
    parameters, split = learned(message, context, dataset)
    return Message(numpy_client.pack(parameters, len(split)))


def sends_the_displacement(message, context, dataset):
    parameters, split = learned(message, context, dataset)
    change = [after - before for after, before in zip(parameters, unpack(message.content), strict=True)]
    return answer(message, change, len(split))


def first_center(message, context, dataset):
    return numpy_client.train(message, context, {name: next(iter(dataset.values())) for name in dataset})


def next_center(message, context, dataset):
    names = list(dataset)
    return numpy_client.train(message, context, {name: dataset[names[k - 1]] for k, name in enumerate(names)})


def count_of_the_federation(message, context, dataset):
    total = sum(len(center.train) for center in dataset.values())
    return answer(message, learned(message, context, dataset)[0], total)


def count_times_steps(message, context, dataset):
    parameters, split = learned(message, context, dataset)
    return answer(message, parameters, len(split) * message.content["config"]["num-steps"])


def underscored_setting(message, context, dataset):
    return message.content["config"]["num_steps"]


def echo(message, context, dataset):
    return Message(message.content, reply_to=message)


def train_without_return(message, context, dataset):
    numpy_client.train(message, context, dataset)


TRAIN = [
    (train_on_test, "jeu de TEST"),
    (train_with_test_count, "exemples d'ENTRAÎNEMENT"),
    (no_training, "renvoyez le modèle reçu"),
    (train_from_zero, "modèle nul"),
    (one_step, "un seul pas"),
    (fixed_lr, "fixé à 0.5"),
    (fixed_settings, "réglages sont figés"),
    (train_without_envelope, "sans enveloppe"),
    (train_without_reply_to, "reply_to=message"),
    (sends_the_displacement, "déplacement"),
    (first_center, "premier hôpital"),
    (next_center, "« arrays »"),
    (count_of_the_federation, "« metrics »"),
    (count_times_steps, "« metrics »"),
    (underscored_setting, "trait d'union"),
    (echo, "les clés sont"),
    (train_without_return, "`return`"),
]


def measure(message, context, dataset, score, split_name="test"):
    """Une évaluation écrite à la main, dont on peut fausser la mesure ou le jeu."""
    split = getattr(center_of(dataset, context), split_name)
    value = float(score(predict_probability(unpack(message.content), split.x), split.y))
    metrics = MetricRecord({"accuracy": value, "num-examples": len(split)})
    return Message(RecordDict({"metrics": metrics}), reply_to=message)


def accuracy(probability, y):
    return np.mean((probability >= 0.5) == y)


def scored(score, split_name="test"):
    """Fabrique la mauvaise réponse qui mesure `score` sur ce jeu."""
    return lambda message, context, dataset: measure(message, context, dataset, score, split_name)


def evaluate_with_train_count(message, context, dataset):
    reply = measure(message, context, dataset, accuracy)
    reply.content["metrics"]["num-examples"] = len(center_of(dataset, context).train)
    return reply


def trains_first(message, context, dataset):
    message.content["arrays"] = numpy_client.train(message, context, dataset).content["arrays"]
    return measure(message, context, dataset, accuracy)


def sends_arrays_too(message, context, dataset):
    reply = measure(message, context, dataset, accuracy)
    reply.content["arrays"] = message.content["arrays"]
    return reply


def evaluate_without_envelope(message, context, dataset):
    return measure(message, context, dataset, accuracy).content


def evaluate_first_center(message, context, dataset):
    return numpy_client.evaluate(message, context, {name: next(iter(dataset.values())) for name in dataset})


def evaluate_zero_model(message, context, dataset):
    split = center_of(dataset, context).test
    message.content["arrays"] = numpy_client.pack([np.zeros(split.x.shape[1]), 0.0], 1)["arrays"]
    return measure(message, context, dataset, accuracy)


def numpy_float32(message, context, dataset):
    metrics = MetricRecord({"accuracy": np.float32(1), "num-examples": 1})
    return Message(RecordDict({"metrics": metrics}), reply_to=message)


def predictions_as_metric(message, context, dataset):
    split = center_of(dataset, context).test
    predicted = (predict_probability(unpack(message.content), split.x) >= 0.5).astype(int).tolist()
    metrics = MetricRecord({"accuracy": predicted, "num-examples": len(split)})
    return Message(RecordDict({"metrics": metrics}), reply_to=message)


def evaluate_without_return(message, context, dataset):
    numpy_client.evaluate(message, context, dataset)


EVALUATE = [
    (scored(accuracy, "train"), "jeu d'ENTRAÎNEMENT"),
    (evaluate_with_train_count, "celui du jeu de TEST"),
    (scored(lambda p, y: np.mean((p >= 0.5) != y)), "taux d'ERREUR"),
    (scored(lambda p, y: 100 * accuracy(p, y)), "par 100"),
    (scored(lambda p, y: np.sum((p >= 0.5) == y)), "nombre de bonnes réponses"),
    (scored(lambda p, y: np.mean(p == y)), "comparez-la d'abord à 0.5"),
    (scored(lambda p, y: np.mean(p >= 0.5)), "PRÉDITS"),
    (scored(lambda p, y: np.mean(y)), "« accuracy »"),
    (scored(lambda p, y: np.mean((p < 0.5) == y)), "taux d'ERREUR"),
    (scored(lambda p, y: np.mean((p >= 0.1) == y)), "« accuracy »"),
    (scored(lambda p, y: 1.0), "« accuracy »"),
    (scored(lambda p, y: np.sum((p >= 0.5) & (y == 1)) / max(1, y.sum())), "« accuracy »"),
    (trains_first, "entraînez avant d'évaluer"),
    (sends_arrays_too, "ne renvoyez pas les tableaux"),
    (evaluate_without_envelope, "sans enveloppe"),
    (evaluate_first_center, "« metrics »"),
    (evaluate_zero_model, "« accuracy »"),
    (numpy_float32, "int et des float"),
    (predictions_as_metric, "« accuracy »"),
    (echo, "les clés sont"),
    (evaluate_without_return, "`return`"),
]

WRONG = {"train": TRAIN, "evaluate": EVALUATE}
