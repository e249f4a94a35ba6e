"""Leçon 3 : les mauvaises réponses qu'un message attend, chacune écrite comme l'apprenant l'écrirait."""

from collections.abc import Callable, Mapping

import numpy as np
from flwr.app import ArrayRecord, ConfigRecord, Message, MetricRecord, RecordDict

from common.data import Center
from common.federated import numpy_client, predict_probability
from common.federated.client import center_of
from common.federated.numpy_client import unpack


def underscore(parameters, num_examples):
    content = numpy_client.pack(parameters, num_examples)
    content["metrics"] = MetricRecord({"num_examples": num_examples})
    return content


def unnamed(parameters, num_examples):
    content = numpy_client.pack(parameters, num_examples)
    content["arrays"] = ArrayRecord([np.asarray(p) for p in parameters])
    return content


def swapped(parameters, num_examples):
    return numpy_client.pack(parameters[::-1], num_examples)


def without_count(parameters, num_examples):
    return RecordDict({"arrays": numpy_client.pack(parameters, num_examples)["arrays"]})


def count_in_config(parameters, num_examples):
    arrays = numpy_client.pack(parameters, num_examples)["arrays"]
    return RecordDict({"arrays": arrays, "metrics": ConfigRecord({"num-examples": num_examples})})


def single_precision(parameters, num_examples):
    return numpy_client.pack([np.asarray(p, dtype=np.float32) for p in parameters], num_examples)


def arrays_alone(parameters, num_examples):
    return numpy_client.pack(parameters, num_examples)["arrays"]


def ordinary_dictionary(*case):
    return {}


def several_objects(*case):
    return ()


def never_stored(context):
    return context.state["visits"]["count"] + 1 if "visits" in context.state else 1


def never_read(context):
    context.state["visits"] = MetricRecord({"count": 1})
    return 1


def before_this_visit(context):
    return numpy_client.count_visit(context) - 1


def stored_before_this_visit(context):
    count = numpy_client.count_visit(context)
    context.state["visits"] = MetricRecord({"count": count - 1})
    return count


def wiped(context):
    count = numpy_client.count_visit(context)
    context.state = RecordDict({"visits": MetricRecord({"count": count})})
    return count


def first_visit_is(value):
    """Fabrique un compteur dont la première visite vaut `value`."""

    def wrong(context):
        seen = context.state["visits"]["count"] + 1 if "visits" in context.state else value
        context.state["visits"] = MetricRecord({"count": seen})
        return seen

    return wrong


def first_visit_forgotten(context):
    return numpy_client.count_visit(context) if "visits" in context.state else 1


def kept_as_config(context):
    seen = context.state["visits"]["count"] if "visits" in context.state else 0
    context.state.pop("visits", None)  # Flower avertit quand une clé change de type
    context.state["visits"] = ConfigRecord({"count": seen + 1})
    return seen + 1


def swap_splits(dataset: Mapping[str, Center]) -> dict[str, Center]:
    return {name: Center(center.test, center.train) for name, center in dataset.items()}


def train_on_test(message, context, dataset):
    return numpy_client.train(message, context, swap_splits(dataset))


def train_with_test_count(message, context, dataset):
    reply = numpy_client.train(message, context, dataset)
    reply.content["metrics"] = MetricRecord({"num-examples": len(center_of(dataset, context).test)})
    return reply


def no_training(message, context, dataset):
    return Message(numpy_client.pack(unpack(message.content), len(center_of(dataset, context).train)), reply_to=message)


def train_from_zero(message, context, dataset):
    start = numpy_client.pack([0 * p for p in unpack(message.content)], 1)
    message.content["arrays"] = start["arrays"]
    return numpy_client.train(message, context, dataset)


def trained_with(key: str, value: float) -> Callable:
    def wrong(message, context, dataset):
        message.content["config"][key] = value
        return numpy_client.train(message, context, dataset)

    return wrong


def without_message(answer: Callable) -> Callable:
    def wrong(message, context, dataset):
        return answer(message, context, dataset).content

    return wrong


def order_sent_back(answer: Callable) -> Callable:
    def wrong(message, context, dataset):
        message.content = answer(message, context, dataset).content
        return message

    return wrong


def frozen_settings(message, context, dataset):
    message.content["config"].update({"lr": 0.5, "num-steps": 5})
    return numpy_client.train(message, context, dataset)


def displacement(message, context, dataset):
    reply = numpy_client.train(message, context, dataset)
    change = [after - before for after, before in zip(unpack(reply.content), unpack(message.content), strict=True)]
    return Message(numpy_client.pack(change, len(center_of(dataset, context).train)), reply_to=message)


def first_center(message, context, dataset):
    return numpy_client.train(message, context, dict.fromkeys(dataset, next(iter(dataset.values()))))


def evaluate_on_train(message, context, dataset):
    return numpy_client.evaluate(message, context, swap_splits(dataset))


def evaluate_with_train_count(message, context, dataset):
    reply = numpy_client.evaluate(message, context, dataset)
    reply.content["metrics"]["num-examples"] = len(center_of(dataset, context).train)
    return reply


def scored(score: Callable) -> Callable:
    """Fabrique une évaluation dont l'exactitude est remplacée par `score(probabilités, y)`."""

    def wrong(message, context, dataset):
        test = center_of(dataset, context).test
        value = float(score(predict_probability(unpack(message.content), test.x), test.y))
        metrics = MetricRecord({"accuracy": value, "num-examples": len(test)})
        return Message(RecordDict({"metrics": metrics}), reply_to=message)

    return wrong


def trained_first(message, context, dataset):
    trained = numpy_client.train(message, context, dataset).content["arrays"]
    message.content["arrays"] = trained
    return numpy_client.evaluate(message, context, dataset)


def with_arrays(message, context, dataset):
    reply = numpy_client.evaluate(message, context, dataset)
    reply.content["arrays"] = message.content["arrays"]
    return reply
