"""Leçon 3, emballer et se souvenir : ce que les contrôles doivent refuser, et avec quel message."""

import numpy as np
from flwr.app import Array, ArrayRecord, ConfigRecord, MetricRecord, RecordDict

from common.federated import numpy_client


def content_of(parameters, metrics, dtype=np.float64, names=("weight", "bias")):
    """Un contenu de réponse écrit sans la référence."""
    arrays = {name: Array(np.asarray(p, dtype=dtype)) for name, p in zip(names, parameters, strict=True)}
    return RecordDict({"arrays": ArrayRecord(arrays), "metrics": metrics})


def underscore(parameters, num_examples):
    return content_of(parameters, MetricRecord({"num_examples": num_examples}))


def positional(parameters, num_examples):
    arrays = ArrayRecord([np.asarray(p) for p in parameters])
    return RecordDict({"arrays": arrays, "metrics": MetricRecord({"num-examples": num_examples})})


def swapped(parameters, num_examples):
    return content_of(parameters[::-1], MetricRecord({"num-examples": num_examples}))


def bias_first(parameters, num_examples):
    return content_of(parameters[::-1], MetricRecord({"num-examples": num_examples}), names=("bias", "weight"))


def no_metrics(parameters, num_examples):
    content = content_of(parameters, MetricRecord({"num-examples": num_examples}))
    del content["metrics"]
    return content


def config_instead(parameters, num_examples):
    return content_of(parameters, ConfigRecord({"num-examples": num_examples}))


def single_precision(parameters, num_examples):
    return content_of(parameters, MetricRecord({"num-examples": num_examples}), dtype=np.float32)


def arrays_alone(parameters, num_examples):
    return content_of(parameters, MetricRecord({"num-examples": num_examples}))["arrays"]


def plain_dict(parameters, num_examples):
    return {"arrays": parameters, "metrics": {"num-examples": num_examples}}


def bias_as_number(parameters, num_examples):
    weight, bias = parameters
    arrays = ArrayRecord({"weight": Array(weight), "bias": Array(float(bias))})
    return RecordDict({"arrays": arrays, "metrics": MetricRecord({"num-examples": num_examples})})


def bias_as_vector(parameters, num_examples):
    weight, bias = parameters
    return content_of([weight, [bias]], MetricRecord({"num-examples": num_examples}))


def numpy_count(parameters, num_examples):
    return content_of(parameters, MetricRecord({"num-examples": np.int64(num_examples)}))


def number_of_weights(parameters, num_examples):
    return content_of(parameters, MetricRecord({"num-examples": len(parameters[0])}))


def bare_arrays(parameters, num_examples):
    arrays = ArrayRecord(dict(zip(("weight", "bias"), parameters, strict=True)))
    return RecordDict({"arrays": arrays, "metrics": MetricRecord({"num-examples": num_examples})})


def extra_metric(parameters, num_examples):
    return content_of(parameters, MetricRecord({"num-examples": num_examples, "loss": 0.0}))


def pack_without_return(parameters, num_examples):
    numpy_client.pack(parameters, num_examples)


PACK = [
    (underscore, "trait d'union"),
    (positional, "n'ont pas de nom"),
    (swapped, "échangés"),
    (bias_first, "les clés sont ['type', 'bias', 'weight'"),
    (no_metrics, "l'effectif manque"),
    (config_instead, "MetricRecord"),
    (single_precision, "float32"),
    (arrays_alone, "les tableaux seuls"),
    (plain_dict, "dictionnaire ordinaire"),
    (bias_as_number, "np.asarray"),
    (bias_as_vector, "la forme est (1,)"),
    (numpy_count, "int et des float"),
    (number_of_weights, "« num-examples »"),
    (bare_arrays, "nom -> Array"),
    (extra_metric, "les clés sont"),
    (pack_without_return, "`return`"),
    (4, "on attend une fonction"),
]

BY_CLIENT = {}
TOTAL = [0]


def never_stored(context):
    return context.state["visits"]["count"] + 1 if "visits" in context.state else 1


def never_read(context):
    context.state["visits"] = MetricRecord({"count": 1})
    return 1


def before_this_visit(context):
    seen = context.state["visits"]["count"] if "visits" in context.state else 0
    context.state["visits"] = MetricRecord({"count": seen + 1})
    return seen


def stores_before(context):
    seen = context.state["visits"]["count"] if "visits" in context.state else 0
    context.state["visits"] = MetricRecord({"count": seen})
    return seen + 1


def wipes_state(context):
    count = never_stored(context)
    context.state = RecordDict({"visits": MetricRecord({"count": count})})
    return count


def global_counter(context):
    TOTAL[0] += 1
    context.state["visits"] = MetricRecord({"count": TOTAL[0]})
    return TOTAL[0]


def global_dictionary(context):
    BY_CLIENT[context.node_id] = BY_CLIENT.get(context.node_id, 0) + 1
    return BY_CLIENT[context.node_id]


def starts_at_one(context):
    seen = context.state["visits"]["count"] if "visits" in context.state else 1
    context.state["visits"] = MetricRecord({"count": seen + 1})
    return seen + 1


def assumes_it_exists(context):
    context.state["visits"]["count"] += 1
    return context.state["visits"]["count"]


def other_key(context):
    seen = context.state["visits"]["visits"] if "visits" in context.state else 0
    context.state["visits"] = MetricRecord({"visits": seen + 1})
    return seen + 1


def as_config(context):
    count = never_stored(context)
    context.state["visits"] = ConfigRecord({"count": count})
    return count


def plain_number(context):
    context.state["visits"] = never_stored(context)
    return context.state["visits"]


def counts_by_two(context):
    numpy_client.count_visit(context)
    return numpy_client.count_visit(context)


def visit_without_return(context):
    numpy_client.count_visit(context)


COUNT_VISIT = [
    (never_stored, "n'est pas rangé"),
    (never_read, "repartez de 1"),
    (before_this_visit, "compte d'avant : la visite"),
    (stores_before, "rangez celui que vous rendez"),
    (wipes_state, "reste de l'état"),
    (global_counter, "« context.state »"),
    (global_dictionary, "« context.state »"),
    (starts_at_one, "pas 2"),
    (assumes_it_exists, "n'existe pas à la première visite"),
    (other_key, "sa clé est « count »"),
    (as_config, "est un ConfigRecord"),
    (plain_number, "ne range que des enregistrements"),
    (counts_by_two, "« count »"),
    (visit_without_return, "`return`"),
]


WRONG = {"pack": PACK, "count_visit": COUNT_VISIT}


def pack_in_reverse(parameters, num_examples):
    content = numpy_client.pack(parameters, num_examples)
    return RecordDict({name: content[name] for name in reversed(list(content))})


RIGHT = {"pack": [pack_in_reverse]}
