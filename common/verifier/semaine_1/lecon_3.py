"""Leçon 3, FedAvg avec Flower : pack, count_visit, train, evaluate."""

from collections.abc import Callable, Mapping

import numpy as np
from flwr.app import ArrayRecord, ConfigRecord, Context, Message, MetricRecord, RecordDict

from common.data import Center
from common.federated import make_message, numpy_client, predict_probability
from common.federated.client import center_of
from common.federated.numpy_client import unpack
from common.verifier.exercise import Exercise
from common.verifier.flower import french_errors, plain, plain_records
from common.verifier.semaine_1.lecon_2 import draw_parameters, draw_round

LESSON = "semaine_1/corriges/03_fedavg_avec_flower.ipynb"


def draw_pack(rng: np.random.Generator) -> tuple:
    """Tire `[weight, bias]`, le biais tantôt tableau, tantôt simple nombre NumPy, et un effectif."""
    weight, bias = draw_parameters(rng, int(rng.integers(2, 6)))
    return [weight, bias if rng.random() < 0.5 else np.float64(bias)], int(rng.integers(2, 500))


def observe_pack(answer: Callable, case: tuple) -> dict | None:
    """Emballe un cas et rend le contenu en valeurs simples."""
    with french_errors():
        return plain(answer(*case))


def draw_visits(rng: np.random.Generator) -> tuple:
    """Tire les visites déjà comptées par trois clients (0 : aucune trace) et l'ordre des suivantes."""
    return [0, *(int(n) for n in rng.integers(1, 9, size=2))], [int(k) for k in rng.integers(0, 3, size=9)]


def observe_visits(answer: Callable, case: tuple) -> dict:
    """Compte les visites dans l'ordre tiré ; rend ce que la fonction a rendu, puis ce qui reste dans l'état."""
    starts, order = case
    contexts = [Context(1, k + 1, {"partition-id": k}, _state(start), {"seed": 0}) for k, start in enumerate(starts)]
    with french_errors():
        returned = [answer(contexts[k]) for k in order]
    if all(value is None for value in returned):
        return None
    return {"visites": returned, "état": [plain_records(context.state) for context in contexts]}


def _state(start: int) -> RecordDict:
    state = RecordDict({"autre": MetricRecord({"a": 1.5})})
    if start:
        state["visits"] = MetricRecord({"count": start})
    return state


def draw_order(rng: np.random.Generator) -> tuple:
    """Tire un modèle, de 2 à 4 hôpitaux, celui qui répond et les réglages que joint le serveur."""
    parameters, centers, lr, num_steps = draw_round(rng)
    config = {"lr": lr, "num-steps": num_steps, "server-round": int(rng.integers(1, 9))}
    return parameters, dict(reversed(centers.items())), int(rng.integers(len(centers))), config


def observe_reply(message_type: str) -> Callable[[Callable, tuple], dict | None]:
    """Construit l'observation : envoie un ordre et rend la réponse en valeurs simples."""

    def observe(answer: Callable, case: tuple) -> dict | None:
        parameters, centers, partition_id, config = case
        content = RecordDict({"arrays": numpy_client.pack(parameters, 1)["arrays"], "config": ConfigRecord(config)})
        node_config = {"partition-id": partition_id, "num-partitions": len(centers)}
        context = Context(1, partition_id + 1, node_config, RecordDict(), {"seed": 0})
        with french_errors():
            return plain(answer(make_message(content, message_type), context, centers))

    return observe


def _underscore(parameters, num_examples):
    content = numpy_client.pack(parameters, num_examples)
    content["metrics"] = MetricRecord({"num_examples": num_examples})
    return content


def _unnamed(parameters, num_examples):
    content = numpy_client.pack(parameters, num_examples)
    content["arrays"] = ArrayRecord([np.asarray(p) for p in parameters])
    return content


def _swapped(parameters, num_examples):
    return numpy_client.pack(parameters[::-1], num_examples)


def _without_count(parameters, num_examples):
    return RecordDict({"arrays": numpy_client.pack(parameters, num_examples)["arrays"]})


def _count_in_config(parameters, num_examples):
    content = numpy_client.pack(parameters, num_examples)
    content["metrics"] = ConfigRecord({"num-examples": num_examples})
    return content


def _single_precision(parameters, num_examples):
    return numpy_client.pack([np.asarray(p, dtype=np.float32) for p in parameters], num_examples)


def _arrays_alone(parameters, num_examples):
    return numpy_client.pack(parameters, num_examples)["arrays"]


pack = Exercise(
    title="pack",
    lesson=LESSON,
    reference=numpy_client.pack,
    draw=draw_pack,
    observe=observe_pack,
    mistakes={
        "la clé s'écrit « num-examples », avec un trait d'union : c'est celle que FedAvg cherche.": _underscore,
        "les tableaux n'ont pas de nom : donnez un dictionnaire, avec « weight » et « bias ».": _unnamed,
        "« weight » et « bias » sont échangés.": _swapped,
        "l'effectif manque : sans « num-examples », le serveur ne peut pas peser ce centre.": _without_count,
        "« metrics » est un ConfigRecord : une mesure voyage dans un MetricRecord.": _count_in_config,
        "vous passez en float32 : gardez les paramètres tels quels, en float64.": _single_precision,
        "vous rendez les tableaux seuls : rangez-les dans un RecordDict, sous « arrays ».": _arrays_alone,
    },
)


def _never_stored(context):
    return context.state["visits"]["count"] + 1 if "visits" in context.state else 1


def _never_read(context):
    context.state["visits"] = MetricRecord({"count": 1})
    return 1


def _before_this_visit(context):
    return numpy_client.count_visit(context) - 1


def _stored_before_this_visit(context):
    count = numpy_client.count_visit(context)
    context.state["visits"] = MetricRecord({"count": count - 1})
    return count


def _wiped(context):
    count = numpy_client.count_visit(context)
    context.state = RecordDict({"visits": MetricRecord({"count": count})})
    return count


count_visit = Exercise(
    title="count_visit",
    lesson=LESSON,
    reference=numpy_client.count_visit,
    draw=draw_visits,
    observe=observe_visits,
    mistakes={
        "le compte n'est pas rangé : écrivez-le dans `context.state`, sinon il est perdu au tour suivant.": _never_stored,
        "vous repartez de 1 à chaque visite : lisez d'abord ce que `context.state` a gardé.": _never_read,
        "vous rendez le compte d'avant : la visite en cours en fait partie.": _before_this_visit,
        "vous rangez le compte d'avant : rangez celui que vous rendez.": _stored_before_this_visit,
        "vous effacez le reste de l'état : n'y changez que « visits ».": _wiped,
    },
)


def _swap_splits(dataset: Mapping[str, Center]) -> dict[str, Center]:
    return {name: Center(center.test, center.train) for name, center in dataset.items()}


def _train_on_test(message, context, dataset):
    return numpy_client.train(message, context, _swap_splits(dataset))


def _train_with_test_count(message, context, dataset):
    reply = numpy_client.train(message, context, dataset)
    reply.content["metrics"] = MetricRecord({"num-examples": len(center_of(dataset, context).test)})
    return reply


def _no_training(message, context, dataset):
    return Message(numpy_client.pack(unpack(message.content), len(center_of(dataset, context).train)), reply_to=message)


def _train_from_zero(message, context, dataset):
    start = numpy_client.pack([0 * p for p in unpack(message.content)], 1)
    message.content["arrays"] = start["arrays"]
    return numpy_client.train(message, context, dataset)


def _trained_with(key: str, value: float) -> Callable:
    def wrong(message, context, dataset):
        message.content["config"][key] = value
        return numpy_client.train(message, context, dataset)

    return wrong


def _without_message(answer: Callable) -> Callable:
    def wrong(message, context, dataset):
        return answer(message, context, dataset).content

    return wrong


def _displacement(message, context, dataset):
    reply = numpy_client.train(message, context, dataset)
    change = [after - before for after, before in zip(unpack(reply.content), unpack(message.content), strict=True)]
    return Message(numpy_client.pack(change, len(center_of(dataset, context).train)), reply_to=message)


def _first_center(message, context, dataset):
    return numpy_client.train(message, context, dict.fromkeys(dataset, next(iter(dataset.values()))))


train = Exercise(
    title="train",
    lesson=LESSON,
    reference=numpy_client.train,
    draw=draw_order,
    observe=observe_reply("train"),
    mistakes={
        "vous apprenez sur le jeu de TEST : c'est `.train` qu'il faut.": _train_on_test,
        "l'effectif est celui du test : rendez le nombre d'exemples d'ENTRAÎNEMENT.": _train_with_test_count,
        "vous renvoyez le modèle reçu : entraînez-le avant de répondre.": _no_training,
        "vous partez du modèle nul : partez des paramètres reçus dans le message.": _train_from_zero,
        "un seul pas est fait : suivez le « num-steps » de la configuration reçue.": _trained_with("num-steps", 1),
        "le taux d'apprentissage est fixé à 0.5 : suivez le « lr » de la configuration reçue.": _trained_with("lr", 0.5),
        "vous rendez le contenu sans enveloppe : Message(contenu, reply_to=message).": _without_message(numpy_client.train),
        "vous rendez le déplacement : rendez les nouveaux paramètres.": _displacement,
        "c'est toujours le premier hôpital qui répond : passez par `center_of(dataset, context)`.": _first_center,
    },
)


def _evaluate_on_train(message, context, dataset):
    return numpy_client.evaluate(message, context, _swap_splits(dataset))


def _evaluate_with_train_count(message, context, dataset):
    reply = numpy_client.evaluate(message, context, dataset)
    reply.content["metrics"]["num-examples"] = len(center_of(dataset, context).train)
    return reply


def _scored(score: Callable) -> Callable:
    """Fabrique une évaluation dont l'exactitude est remplacée par `score(probabilités, y)`."""

    def wrong(message, context, dataset):
        test = center_of(dataset, context).test
        value = float(score(predict_probability(unpack(message.content), test.x), test.y))
        metrics = MetricRecord({"accuracy": value, "num-examples": len(test)})
        return Message(RecordDict({"metrics": metrics}), reply_to=message)

    return wrong


def _trained_first(message, context, dataset):
    trained = numpy_client.train(message, context, dataset).content["arrays"]
    message.content["arrays"] = trained
    return numpy_client.evaluate(message, context, dataset)


def _with_arrays(message, context, dataset):
    reply = numpy_client.evaluate(message, context, dataset)
    reply.content["arrays"] = message.content["arrays"]
    return reply


evaluate = Exercise(
    title="evaluate",
    lesson=LESSON,
    reference=numpy_client.evaluate,
    draw=draw_order,
    observe=observe_reply("evaluate"),
    mistakes={
        "vous mesurez sur le jeu d'ENTRAÎNEMENT : c'est `.test` qu'il faut.": _evaluate_on_train,
        "l'effectif est celui de l'entraînement : rendez celui du jeu de TEST.": _evaluate_with_train_count,
        "c'est le taux d'ERREUR : l'exactitude est la part de bonnes réponses.": _scored(lambda p, y: np.mean((p >= 0.5) != y)),
        "l'exactitude est une part, entre 0 et 1 : ne la multipliez pas par 100.": _scored(lambda p, y: 100 * np.mean((p >= 0.5) == y)),
        "l'exactitude est une part : divisez le nombre de bonnes réponses par celui des patients.": _scored(lambda p, y: np.sum((p >= 0.5) == y)),
        "vous comparez une probabilité à 0 ou 1 : comparez-la d'abord à 0.5.": _scored(lambda p, y: np.mean(p == y)),
        "c'est la part de malades PRÉDITS : comparez la prédiction à y.": _scored(lambda p, y: np.mean(p >= 0.5)),
        "vous entraînez avant d'évaluer : mesurez le modèle tel qu'il est reçu.": _trained_first,
        "ne renvoyez pas les tableaux : une évaluation ne rend que des mesures.": _with_arrays,
        "vous rendez le contenu sans enveloppe : Message(contenu, reply_to=message).": _without_message(numpy_client.evaluate),
    },
)
