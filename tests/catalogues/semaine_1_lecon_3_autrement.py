"""Leçon 3, lue comme un apprenant : le juste écrit autrement passe, le faux de tous les jours reçoit un mot utile."""

import numpy as np
from flwr.app import Array, ArrayRecord, Message, MetricRecord, RecordDict

from common.federated import client_update, predict_probability
from common.federated.client import center_of
from common.federated.numpy_client import pack, unpack


def pack_step_by_step(parameters, num_examples):
    content = RecordDict()
    content["metrics"] = MetricRecord({"num-examples": float(num_examples)})
    arrays = ArrayRecord()
    arrays["weight"] = Array(np.array(parameters[0]))
    arrays["bias"] = Array(np.array(parameters[1]))
    content["arrays"] = arrays
    return content


def pack_from_names(parameters, num_examples):
    named = {name: Array(np.asarray(p)) for name, p in zip(("weight", "bias"), parameters, strict=True)}
    return RecordDict({"arrays": ArrayRecord(named), "metrics": MetricRecord({"num-examples": num_examples})})


def visit_in_place(context):
    if "visits" not in context.state:
        context.state["visits"] = MetricRecord({"count": 0})
    context.state["visits"]["count"] += 1
    return context.state["visits"]["count"]


def visit_with_try(context):
    try:
        count = int(context.state["visits"]["count"]) + 1
    except KeyError:
        count = 1
    context.state["visits"] = MetricRecord({"count": float(count)})
    return count


def train_with_names(message, context, dataset):
    name = list(dataset.keys())[context.node_config["partition-id"]]
    x, y = dataset[name].train.x, dataset[name].train.y
    settings = message.content["config"]
    weight, bias = unpack(message.content)
    learned = client_update([weight, float(bias)], x, y, lr=settings["lr"], num_steps=settings["num-steps"])
    return Message(content=pack(tuple(learned), x.shape[0]), reply_to=message)


def train_reusing_the_record(message, context, dataset):
    split, settings = center_of(dataset, context).train, message.content["config"]
    parameters = client_update(unpack(message.content), split.x, split.y, settings["lr"], settings["num-steps"])
    message.content = pack(parameters, len(split.y))
    return Message(message.content, reply_to=message)


def evaluate_with_loop(message, context, dataset):
    test, right = center_of(dataset, context).test, 0
    for probability, y in zip(predict_probability(unpack(message.content), test.x), test.y, strict=True):
        right += (probability >= 0.5 and y == 1) or (probability < 0.5 and y == 0)
    metrics = MetricRecord({"num-examples": len(test.y), "accuracy": float(right / len(test.y))})
    return Message(RecordDict({"metrics": metrics}), reply_to=message)


def evaluate_by_distance(message, context, dataset):
    test = center_of(dataset, context).test
    predicted = np.where(predict_probability(unpack(message.content), test.x) < 0.5, 0, 1)
    content = RecordDict({"metrics": MetricRecord({"accuracy": 1 - np.abs(predicted - test.y).mean()})})
    content["metrics"]["num-examples"] = test.x.shape[0]
    return Message(content, reply_to=message)


RIGHT = {
    "pack": [
        pack_step_by_step,
        pack_from_names,
    ],
    "count_visit": [
        visit_in_place,
        visit_with_try,
    ],
    "train": [
        train_with_names,
        train_reusing_the_record,
    ],
    "evaluate": [
        evaluate_with_loop,
        evaluate_by_distance,
    ],
}


def ordinary_dictionary(parameters, num_examples):
    return {"arrays": ArrayRecord(), "metrics": MetricRecord({"num-examples": num_examples})}


def two_objects(parameters, num_examples):
    return ArrayRecord(), MetricRecord({"num-examples": num_examples})


def metrics_as_dictionary(parameters, num_examples):
    return RecordDict({"arrays": pack(parameters, 1)["arrays"], "metrics": {"num-examples": num_examples}})


def record_of_a_number(parameters, num_examples):
    return RecordDict({"metrics": MetricRecord(num_examples)})


def first_visit_forgotten(context):
    return visit_in_place(context) if "visits" in context.state else 1


def first_visit_is_zero(context):
    if "visits" not in context.state:
        context.state["visits"] = MetricRecord({"count": -1})
    return visit_in_place(context)


def other_name(context):
    seen = context.state["count"]["count"] if "count" in context.state else 0
    context.state["count"] = MetricRecord({"count": seen + 1})
    return seen + 1


def adds_to_the_record(context):
    context.state["visits"] = context.state.get("visits", MetricRecord({"count": 0}))
    context.state["visits"] += 1


def learned(message, context, dataset, lr, num_steps):
    split = center_of(dataset, context).train
    return pack(client_update(unpack(message.content), split.x, split.y, lr, num_steps), len(split))


def fixed_steps(message, context, dataset):
    return Message(learned(message, context, dataset, message.content["config"]["lr"], 5), reply_to=message)


def same_message(message, context, dataset):
    settings = message.content["config"]
    message.content = learned(message, context, dataset, settings["lr"], settings["num-steps"])
    return message


def content_without_a_name(message, context, dataset):
    return Message(learned(message, context, dataset, **message["config"]), reply_to=message)


def run_settings(message, context, dataset):
    return learned(message, context, dataset, context.run_config["lr"], context.run_config["num-steps"])


def center_by_number(message, context, dataset):
    return dataset[context.node_config["partition-id"]].train


def whole_center(message, context, dataset):
    return center_of(dataset, context).x


def packed_content(message, context, dataset):
    return predict_probability(message.content, center_of(dataset, context).test.x)


def pair_of_numbers(message, context, dataset):
    return 0.5, len(center_of(dataset, context).test)


def scored(score):
    """Fabrique une évaluation qui rend `score(probabilités, y)`."""

    def wrong(message, context, dataset):
        test = center_of(dataset, context).test
        value = float(score(predict_probability(unpack(message.content), test.x), test.y))
        metrics = MetricRecord({"accuracy": value, "num-examples": len(test)})
        return Message(RecordDict({"metrics": metrics}), reply_to=message)

    return wrong


WRONG = {
    "pack": [
        (ordinary_dictionary, "dictionnaire ordinaire"),
        (two_objects, "un seul RecordDict"),
        (metrics_as_dictionary, "ne range que des enregistrements"),
        (record_of_a_number, "dictionnaire nom -> valeur"),
    ],
    "count_visit": [
        (first_visit_forgotten, "pas rangée"),
        (first_visit_is_zero, "pas 0"),
        (other_name, "['autre', 'count'] au lieu de ['autre', 'visits']"),
        (adds_to_the_record, "lisez sa valeur par sa clé"),
    ],
    "train": [
        (fixed_steps, "fixé à 5"),
        (same_message, "l'ordre lui-même"),
        (content_without_a_name, "`message.content`"),
        (run_settings, '`message.content["config"]`'),
        (center_by_number, "par son nom"),
        (whole_center, "deux jeux"),
        (pair_of_numbers, "un seul Message"),
    ],
    "evaluate": [
        (packed_content, "`unpack(message.content)`"),
        (pair_of_numbers, "un seul Message"),
        (scored(lambda p, y: np.mean((p > 0.5) == y)), "0,5 tout juste"),
        (scored(lambda p, y: np.mean(np.round(p) == y)), "0,5 tout juste"),
        (scored(lambda p, y: np.mean(p)), "probabilité moyenne"),
        (scored(lambda p, y: round(np.mean((p >= 0.5) == y), 3)), "n'arrondissez pas"),
    ],
}
