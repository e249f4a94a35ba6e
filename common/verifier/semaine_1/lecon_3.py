"""Leçon 3, FedAvg avec Flower : pack, count_visit, train, evaluate."""

from collections.abc import Callable

import numpy as np
from flwr.app import ConfigRecord, Context, MetricRecord, RecordDict

from common.federated import make_message, numpy_client
from common.verifier.exercise import Exercise
from common.verifier.flower import french_errors, plain, plain_records
from common.verifier.hints import NUMPY_HINTS, hinted_errors
from common.verifier.semaine_1 import lecon_3_fautes as fautes
from common.verifier.semaine_1.lecon_2 import draw_parameters, draw_round

LESSON = "semaine_1/corriges/03_fedavg_avec_flower.ipynb"
FLOWER_HINTS = {
    r"Expected `ArrayRecord`": "un RecordDict ne range que des enregistrements, par exemple un MetricRecord({…})",
    r"has no attribute '(keys|items)'": "un enregistrement se construit avec un dictionnaire nom -> valeur",
    r"\+=: 'MetricRecord'": "un MetricRecord n'est pas un nombre, lisez sa valeur par sa clé",
    r"KeyError: 'visits'": "« visits » n'existe pas à la première visite, et sa clé est « count »",
    r"KeyError: 'num_steps'": "la clé s'écrit « num-steps », avec un trait d'union",
    r"KeyError: '(lr|num-steps)'": 'les réglages sont dans `message.content["config"]`',
    r"KeyError: \d": "un centre se cherche par son nom, passez par `center_of(dataset, context)`",
    r"'Message' object is not subscriptable": "ce que porte un message est dans `message.content`",
    r"'Center' object has no attribute": "un centre a deux jeux, `.train` et `.test` : choisissez",
    r"did not contain a loop": "ce ne sont pas des tableaux, passez d'abord par `unpack(message.content)`",
    **NUMPY_HINTS,
}


def draw_pack(rng: np.random.Generator) -> tuple:
    """Tire `[weight, bias]`, le biais tantôt tableau, tantôt simple nombre NumPy, et un effectif."""
    weight, bias = draw_parameters(rng, int(rng.integers(1, 21)))
    return [weight, bias if rng.random() < 0.5 else np.float64(bias)], int(rng.integers(1, 5000))


def observe_pack(answer: Callable, case: tuple) -> dict | None:
    """Emballe un cas et rend le contenu en valeurs simples."""
    with hinted_errors(FLOWER_HINTS), french_errors():
        return plain(answer(*case))


def draw_visits(rng: np.random.Generator) -> tuple:
    """Tire les visites déjà comptées par 3 à 6 clients (0 : aucune trace) et l'ordre des suivantes."""
    starts = [0, *(int(n) for n in rng.integers(1, 100, size=rng.integers(2, 6)))]
    return starts, [int(k) for k in rng.integers(0, len(starts), size=15)]


def observe_visits(answer: Callable, case: tuple) -> dict:
    """Compte les visites dans l'ordre tiré ; rend ce qui reste dans l'état, puis ce que la fonction a rendu."""
    starts, order = case
    contexts = [Context(1, k + 1, {"partition-id": k}, _state(start), {"seed": 0}) for k, start in enumerate(starts)]
    with hinted_errors(FLOWER_HINTS), french_errors():
        returned = [answer(contexts[k]) for k in order]
    if all(value is None for value in returned):
        return None
    states = {f"client {k}": plain_records(context.state) for k, context in enumerate(contexts)}
    return {"context.state": states, "nombre rendu": returned}


def _state(start: int) -> RecordDict:
    state = RecordDict({"autre": MetricRecord({"a": 1.5})})
    if start:
        state["visits"] = MetricRecord({"count": start})
    return state


def draw_order(rng: np.random.Generator) -> tuple:
    """Tire un modèle, de 2 à 8 hôpitaux, celui qui répond et les réglages que joint le serveur."""
    parameters, centers, lr, num_steps = draw_round(rng)
    config = {"lr": lr, "num-steps": num_steps, "server-round": int(rng.integers(1, 100))}
    return parameters, dict(reversed(centers.items())), int(rng.integers(len(centers))), config


def draw_evaluation(rng: np.random.Generator) -> tuple:
    """Tire un ordre ; une fois sur trois le modèle est nul, et sa probabilité vaut 0,5 tout juste."""
    parameters, *order = draw_order(rng)
    scale = min(int(rng.integers(3)), 1)
    return [scale * part for part in parameters], *order


def observe_reply(message_type: str) -> Callable[[Callable, tuple], dict | None]:
    """Construit l'observation : envoie un ordre et rend la réponse en valeurs simples."""

    def observe(answer: Callable, case: tuple) -> dict | None:
        parameters, centers, partition_id, config = case
        content = RecordDict({"arrays": numpy_client.pack(parameters, 1)["arrays"], "config": ConfigRecord(config)})
        node_config = {"partition-id": partition_id, "num-partitions": len(centers)}
        context = Context(1, partition_id + 1, node_config, RecordDict(), {"seed": 0})
        with hinted_errors(FLOWER_HINTS), french_errors():
            return plain(answer(make_message(content, message_type), context, centers))

    return observe


pack = Exercise(
    title="pack",
    lesson=LESSON,
    reference=numpy_client.pack,
    draw=draw_pack,
    observe=observe_pack,
    mistakes={
        "la clé s'écrit « num-examples », avec un trait d'union : c'est celle que FedAvg cherche.": fautes.underscore,
        "les tableaux n'ont pas de nom : donnez un dictionnaire, avec « weight » et « bias ».": fautes.unnamed,
        "« weight » et « bias » sont échangés.": fautes.swapped,
        "l'effectif manque : sans « num-examples », le serveur ne peut pas peser ce centre.": fautes.without_count,
        "« metrics » est un ConfigRecord : une mesure voyage dans un MetricRecord.": fautes.count_in_config,
        "vous passez en float32 : gardez les paramètres tels quels, en float64.": fautes.single_precision,
        "vous rendez les tableaux seuls : rangez-les dans un RecordDict, sous « arrays ».": fautes.arrays_alone,
        "vous rendez un dictionnaire ordinaire : enveloppez-le, RecordDict({…}).": fautes.ordinary_dictionary,
        "vous rendez plusieurs objets : rangez-les dans un seul RecordDict.": fautes.several_objects,
    },
)


count_visit = Exercise(
    title="count_visit",
    lesson=LESSON,
    reference=numpy_client.count_visit,
    draw=draw_visits,
    observe=observe_visits,
    mistakes={
        "le compte n'est pas rangé : écrivez-le dans `context.state`, sinon il est perdu au tour suivant.": (
            fautes.never_stored
        ),
        "vous repartez de 1 à chaque visite : lisez d'abord ce que `context.state` a gardé.": fautes.never_read,
        "vous rendez le compte d'avant : la visite en cours en fait partie.": fautes.before_this_visit,
        "vous rangez le compte d'avant : rangez celui que vous rendez.": fautes.stored_before_this_visit,
        "vous effacez le reste de l'état : n'y changez que « visits ».": fautes.wiped,
        "la toute première visite vaut 1, pas 0 : elle compte aussi.": fautes.first_visit_is(0),
        "la toute première visite vaut 1, pas 2 : avant elle, il n'y en a aucune.": fautes.first_visit_is(2),
        "la première visite est comptée, mais pas rangée : écrivez-la aussi dans `context.state`.": (
            fautes.first_visit_forgotten
        ),
        "« visits » est un ConfigRecord : un compte se range dans un MetricRecord.": fautes.kept_as_config,
    },
)


train = Exercise(
    title="train",
    lesson=LESSON,
    reference=numpy_client.train,
    draw=draw_order,
    observe=observe_reply("train"),
    mistakes={
        "vous apprenez sur le jeu de TEST : c'est `.train` qu'il faut.": fautes.train_on_test,
        "l'effectif est celui du test : rendez le nombre d'exemples d'ENTRAÎNEMENT.": fautes.train_with_test_count,
        "vous renvoyez le modèle reçu : entraînez-le avant de répondre.": fautes.no_training,
        "vous partez du modèle nul : partez des paramètres reçus dans le message.": fautes.train_from_zero,
        "un seul pas est fait : suivez le « num-steps » de la configuration reçue.": fautes.trained_with(
            "num-steps", 1
        ),
        "le taux d'apprentissage est fixé à 0.5 : suivez le « lr » de la configuration reçue.": fautes.trained_with(
            "lr", 0.5
        ),
        "vous rendez le contenu sans enveloppe : Message(contenu, reply_to=message).": fautes.without_message(
            numpy_client.train
        ),
        "vous rendez le déplacement : rendez les nouveaux paramètres.": fautes.displacement,
        "c'est toujours le premier hôpital qui répond : passez par `center_of(dataset, context)`.": (
            fautes.first_center
        ),
        "le nombre de pas est fixé à 5 : suivez le « num-steps » de la configuration reçue.": fautes.trained_with(
            "num-steps", 5
        ),
        "les réglages sont figés : lisez « lr » et « num-steps » dans la configuration reçue.": (
            fautes.frozen_settings
        ),
        "vous renvoyez l'ordre lui-même : créez une réponse, Message(contenu, reply_to=message).": (
            fautes.order_sent_back(numpy_client.train)
        ),
        "vous rendez plusieurs objets : rendez un seul Message(contenu, reply_to=message).": fautes.several_objects,
    },
)


evaluate = Exercise(
    title="evaluate",
    lesson=LESSON,
    reference=numpy_client.evaluate,
    draw=draw_evaluation,
    observe=observe_reply("evaluate"),
    mistakes={
        "vous mesurez sur le jeu d'ENTRAÎNEMENT : c'est `.test` qu'il faut.": fautes.evaluate_on_train,
        "l'effectif est celui de l'entraînement : rendez celui du jeu de TEST.": fautes.evaluate_with_train_count,
        "c'est le taux d'ERREUR : l'exactitude est la part de bonnes réponses.": fautes.scored(
            lambda p, y: np.mean((p >= 0.5) != y)
        ),
        "l'exactitude est une part, entre 0 et 1 : ne la multipliez pas par 100.": fautes.scored(
            lambda p, y: 100 * np.mean((p >= 0.5) == y)
        ),
        "l'exactitude est une part : divisez le nombre de bonnes réponses par celui des patients.": fautes.scored(
            lambda p, y: np.sum((p >= 0.5) == y)
        ),
        "vous comparez une probabilité à 0 ou 1 : comparez-la d'abord à 0.5.": fautes.scored(
            lambda p, y: np.mean(p == y)
        ),
        "à 0,5 tout juste, on prédit « malade » : écrivez `>= 0.5`.": fautes.scored(
            lambda p, y: np.mean((p > 0.5) == y)
        ),
        "c'est la probabilité moyenne : prédisez d'abord malade ou non, puis comparez à y.": fautes.scored(
            lambda p, y: np.mean(p)
        ),
        "n'arrondissez pas l'exactitude : la cellule suivante s'en charge.": (
            fautes.scored(lambda p, y: round(np.mean((p >= 0.5) == y), 3))
        ),
        "c'est la part de malades PRÉDITS : comparez la prédiction à y.": (
            fautes.scored(lambda p, y: np.mean(p >= 0.5))
        ),
        "vous entraînez avant d'évaluer : mesurez le modèle tel qu'il est reçu.": fautes.trained_first,
        "ne renvoyez pas les tableaux : une évaluation ne rend que des mesures.": fautes.with_arrays,
        "vous rendez le contenu sans enveloppe : Message(contenu, reply_to=message).": fautes.without_message(
            numpy_client.evaluate
        ),
        "vous renvoyez l'ordre lui-même : créez une réponse, Message(contenu, reply_to=message).": (
            fautes.order_sent_back(numpy_client.evaluate)
        ),
        "vous rendez plusieurs objets : rendez un seul Message(contenu, reply_to=message).": fautes.several_objects,
    },
)
