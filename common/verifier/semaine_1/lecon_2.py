"""Leçon 2, FedAvg de zéro : gradient, client_update, fedavg, fedavg_round."""

import numpy as np

from common import federated
from common.data import Center, Split
from common.verifier.exercise import Exercise

LESSON = "semaine_1/corriges/02_fedavg_de_zero.ipynb"


def draw_parameters(rng: np.random.Generator, num_features: int) -> list[np.ndarray]:
    """Tire `[weight, bias]`."""
    return [rng.normal(size=num_features), np.asarray(rng.normal())]


def draw_data(rng: np.random.Generator, num_features: int) -> tuple[np.ndarray, np.ndarray]:
    """Tire de 3 à 12 patients, deux classes."""
    num_examples = int(rng.integers(3, 13))
    return rng.normal(size=(num_examples, num_features)), rng.integers(0, 2, size=num_examples)


def draw_gradient(rng: np.random.Generator) -> tuple:
    """Tire un modèle et un hôpital."""
    d = int(rng.integers(2, 6))
    return draw_parameters(rng, d), *draw_data(rng, d)


def draw_client_update(rng: np.random.Generator) -> tuple:
    """Tire un modèle, un hôpital, un taux d'apprentissage et de 2 à 5 pas."""
    return *draw_gradient(rng), float(rng.uniform(0.05, 0.8)), int(rng.integers(2, 6))


def draw_updates(rng: np.random.Generator) -> tuple:
    """Tire de 2 à 5 mises à jour et leurs effectifs, très inégaux."""
    d, num_clients = int(rng.integers(2, 6)), int(rng.integers(2, 6))
    updates = [draw_parameters(rng, d) for _ in range(num_clients)]
    return updates, [int(n) for n in rng.choice(np.arange(1, 400), size=num_clients, replace=False)]


def draw_round(rng: np.random.Generator) -> tuple:
    """Tire un modèle et de 2 à 4 hôpitaux de tailles différentes."""
    d = int(rng.integers(2, 5))
    centers = {f"hôpital {k}": _center(rng, d, size) for k, size in enumerate(rng.permutation([2, 5, 11, 23])[: rng.integers(2, 5)])}
    return draw_parameters(rng, d), centers, float(rng.uniform(0.05, 0.8)), int(rng.integers(1, 4))


def _center(rng: np.random.Generator, num_features: int, size: int) -> Center:
    splits = []
    for first, count in ((0, size), (size, 3 + size % 4)):
        x, y = rng.normal(size=(count, num_features)), rng.integers(0, 2, size=count)
        splits.append(Split(x, y, np.arange(first, first + count)))
    return Center(*splits)


def _sum_gradient(parameters, x, y):
    return [len(y) * part for part in federated.gradient(parameters, x, y)]


def _reversed_gradient(parameters, x, y):
    return [-part for part in federated.gradient(parameters, x, y)]


def _logit_gradient(parameters, x, y):
    error = x @ parameters[0] + parameters[1] - y
    return [x.T @ error / len(y), error.mean()]


def _gradient_divided_by_features(parameters, x, y):
    return [part * len(y) / x.shape[1] for part in federated.gradient(parameters, x, y)]


def _gradient_with_summed_bias(parameters, x, y):
    weight, bias = federated.gradient(parameters, x, y)
    return [weight, bias * len(y)]


gradient = Exercise(
    title="gradient",
    lesson=LESSON,
    reference=federated.gradient,
    draw=draw_gradient,
    mistakes={
        "vous avez la SOMME sur les patients : divisez par leur nombre, sinon un gros hôpital fait de plus grands pas.": (
            _sum_gradient
        ),
        "le signe est inversé : l'erreur est probabilité prédite − y, pas y − probabilité.": _reversed_gradient,
        "la sigmoïde manque : comparez y à la PROBABILITÉ prédite, pas au logit.": _logit_gradient,
        "vous divisez par le nombre de variables : divisez par le nombre de patients, `len(y)`.": (
            _gradient_divided_by_features
        ),
        "le gradient du biais est une somme : c'est la MOYENNE des erreurs.": _gradient_with_summed_bias,
    },
)


def _one_step(parameters, x, y, lr, num_steps):
    return federated.client_update(parameters, x, y, lr, 1)


def _ascent(parameters, x, y, lr, num_steps):
    return federated.client_update(parameters, x, y, -lr, num_steps)


def _frozen_gradient(parameters, x, y, lr, num_steps):
    return federated.client_update(parameters, x, y, lr * num_steps, 1)


def _one_step_too_many(parameters, x, y, lr, num_steps):
    return federated.client_update(parameters, x, y, lr, num_steps + 1)


def _one_step_too_few(parameters, x, y, lr, num_steps):
    return federated.client_update(parameters, x, y, lr, num_steps - 1)


def _returns_change(parameters, x, y, lr, num_steps):
    end = federated.client_update(parameters, x, y, lr, num_steps)
    return [after - before for after, before in zip(end, parameters, strict=True)]


client_update = Exercise(
    title="client_update",
    lesson=LESSON,
    reference=federated.client_update,
    draw=draw_client_update,
    mistakes={
        "un seul pas est fait : répétez `num_steps` fois.": _one_step,
        "vous montez la perte : on SOUSTRAIT lr × gradient.": _ascent,
        "le gradient est calculé une seule fois : recalculez-le à chaque pas, aux nouveaux paramètres.": _frozen_gradient,
        "il y a un pas de trop : `range(num_steps)`.": _one_step_too_many,
        "il manque un pas : `range(num_steps)`.": _one_step_too_few,
        "vous rendez le déplacement : rendez les nouveaux paramètres.": _returns_change,
    },
)


def _plain_mean(updates, num_examples):
    return federated.fedavg(updates, [1] * len(updates))


def _not_normalised(updates, num_examples):
    return [part * sum(num_examples) for part in federated.fedavg(updates, num_examples)]


def _divided_by_clients(updates, num_examples):
    return [part * sum(num_examples) / len(updates) for part in federated.fedavg(updates, num_examples)]


def _inverse_weights(updates, num_examples):
    return federated.fedavg(updates, [1 / n for n in num_examples])


def _first_client(updates, num_examples):
    return updates[0]


def _largest_client(updates, num_examples):
    return updates[int(np.argmax(num_examples))]


fedavg = Exercise(
    title="fedavg",
    lesson=LESSON,
    reference=federated.fedavg,
    draw=draw_updates,
    mistakes={
        "c'est la moyenne SIMPLE : chaque client doit peser son nombre d'exemples, n_k / n.": _plain_mean,
        "les poids ne somment pas à 1 : divisez par le nombre TOTAL d'exemples.": _not_normalised,
        "vous divisez par le nombre de clients : divisez par le nombre TOTAL d'exemples.": _divided_by_clients,
        "les poids sont à l'envers : plus un centre a d'exemples, plus il compte.": _inverse_weights,
        "vous rendez un seul client : faites la moyenne de tous.": _first_client,
        "vous gardez le plus gros client : faites la moyenne de tous.": _largest_client,
    },
)


def _round_with(aggregate):
    def wrong(parameters, centers, lr, num_steps):
        splits = [center.train for center in centers.values()]
        updates = [federated.client_update(parameters, s.x, s.y, lr, num_steps) for s in splits]
        return aggregate(updates, [len(s) for s in splits])

    return wrong


def _sequential_round(parameters, centers, lr, num_steps):
    for center in centers.values():
        parameters = federated.client_update(parameters, center.train.x, center.train.y, lr, num_steps)
    return parameters


def _round_on_test(parameters, centers, lr, num_steps):
    swapped = {name: Center(center.test, center.train) for name, center in centers.items()}
    return federated.fedavg_round(parameters, swapped, lr, num_steps)


def _round_with_test_sizes(parameters, centers, lr, num_steps):
    updates = [federated.client_update(parameters, c.train.x, c.train.y, lr, num_steps) for c in centers.values()]
    return federated.fedavg(updates, [len(c.test) for c in centers.values()])


fedavg_round = Exercise(
    title="fedavg_round",
    lesson=LESSON,
    reference=federated.fedavg_round,
    draw=draw_round,
    mistakes={
        "moyenne simple : donnez à `fedavg` le nombre d'exemples d'ENTRAÎNEMENT de chaque centre.": _round_with(_plain_mean),
        "un centre part du modèle du précédent : tous doivent partir des mêmes `parameters`.": _sequential_round,
        "vous apprenez sur le jeu de TEST : c'est `center.train` qu'il faut.": _round_on_test,
        "les poids viennent du jeu de test : comptez `len(center.train)`.": _round_with_test_sizes,
        "il manque la moyenne du serveur : vous rendez la mise à jour d'un seul centre.": _round_with(_first_client),
    },
)
