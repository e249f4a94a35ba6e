"""Leçon 4, données hétérogènes : label_skew, fedavg_fixed_point, proximal_gradient, scaffold_update, fedadam_step."""

import numpy as np

from common import federated, training
from common.data import label_skew as reference_label_skew
from common.verifier.exercise import Exercise

LESSON = "semaine_1/corriges/04_donnees_heterogenes.ipynb"


def draw_labels(rng: np.random.Generator) -> tuple:
    """Tire de 2 à 5 centres de tailles inégales ; la dernière classe manque partout."""
    num_classes = int(rng.integers(3, 7))
    sizes = rng.choice(np.arange(2, 40), size=int(rng.integers(2, 6)), replace=False)
    return [rng.integers(0, rng.integers(1, num_classes), size=n) for n in sizes], num_classes


def _shares(labels, num_classes):
    return np.array([np.bincount(y, minlength=num_classes) / len(y) for y in labels])


def _skew_without_half(labels, num_classes):
    return 2 * reference_label_skew(labels, num_classes)


def _skew_from_mean_center(labels, num_classes):
    shares = _shares(labels, num_classes)
    return np.abs(shares - shares.mean(axis=0)).sum(axis=1) / 2


def _skew_from_uniform(labels, num_classes):
    return np.abs(_shares(labels, num_classes) - 1 / num_classes).sum(axis=1) / 2


def _skew_euclidean(labels, num_classes):
    overall = _shares([np.concatenate(labels)], num_classes)
    return np.sqrt(((_shares(labels, num_classes) - overall) ** 2).sum(axis=1))


def _skew_of_counts(labels, num_classes):
    counts = [np.bincount(y, minlength=num_classes) for y in labels]
    return np.abs(np.array(counts) - np.sum(counts, axis=0)).sum(axis=1) / 2


def _mean_skew(labels, num_classes):
    return reference_label_skew(labels, num_classes).mean()


label_skew = Exercise(
    title="label_skew",
    lesson=LESSON,
    reference=reference_label_skew,
    draw=draw_labels,
    mistakes={
        "il manque le facteur ½ : sans lui, une classe en trop et une classe en moins comptent deux fois.": _skew_without_half,
        "vous comparez à la moyenne SIMPLE des centres : les données réunies pèsent chaque centre par son effectif.": (
            _skew_from_mean_center
        ),
        "vous comparez à des classes équilibrées : comparez aux données réunies.": _skew_from_uniform,
        "c'est la distance euclidienne : additionnez des valeurs absolues.": _skew_euclidean,
        "vous comparez des effectifs : divisez d'abord par la taille du centre.": _skew_of_counts,
        "vous rendez la moyenne : rendez une distance par centre.": _mean_skew,
        "les écarts s'annulent : prenez leur valeur absolue avant d'additionner.": lambda labels, _: np.zeros(len(labels)),
    },
)


def draw_quadratics(rng: np.random.Generator) -> tuple:
    """Tire de 2 à 5 centres, de 2 à 4 paramètres, un taux stable et de 1 à 6 pas."""
    shape = int(rng.integers(2, 6)), int(rng.integers(2, 5))
    num_examples = rng.choice(np.arange(5, 300), size=shape[0], replace=False)
    curvatures = rng.uniform(0.5, 9, size=shape)
    return rng.normal(size=shape), curvatures, num_examples, float(rng.uniform(0.02, 0.1)), int(rng.integers(1, 7))


def _pooled_optimum(optima, curvatures, num_examples, lr, num_steps):
    return federated.fedavg_fixed_point(optima, curvatures, num_examples, lr, 1)


def _mean_of_optima(optima, curvatures, num_examples, lr, num_steps):
    return np.average(optima, axis=0, weights=num_examples)


def _fixed_point_unweighted(optima, curvatures, num_examples, lr, num_steps):
    return federated.fedavg_fixed_point(optima, curvatures, np.ones(len(optima)), lr, num_steps)


def _weighted_by_remaining(optima, curvatures, num_examples, lr, num_steps):
    return np.average(optima, axis=0, weights=num_examples[:, None] * (1 - lr * curvatures) ** num_steps)


def _fixed_point_without_lr(optima, curvatures, num_examples, lr, num_steps):
    return federated.fedavg_fixed_point(optima, curvatures, num_examples, 1.0, num_steps)


def _fixed_point_not_normalised(optima, curvatures, num_examples, lr, num_steps):
    weights = num_examples[:, None] * (1 - (1 - lr * curvatures) ** num_steps)
    return (weights * optima).sum(axis=0) / num_examples.sum()


fedavg_fixed_point = Exercise(
    title="fedavg_fixed_point",
    lesson=LESSON,
    reference=federated.fedavg_fixed_point,
    draw=draw_quadratics,
    mistakes={
        "c'est l'optimum des données réunies : là où FedAvg irait avec UN pas local. Élevez à la puissance `num_steps`.": (
            _pooled_optimum
        ),
        "c'est la moyenne des optimums : la part du chemin parcouru dépend aussi de la raideur.": _mean_of_optima,
        "les effectifs n'y sont pas : multipliez la part du chemin par `num_examples`.": _fixed_point_unweighted,
        "vous pesez par le chemin qui RESTE : le chemin parcouru est 1 moins cela.": _weighted_by_remaining,
        "le taux d'apprentissage n'y est pas : c'est 1 − lr × raideur.": _fixed_point_without_lr,
        "divisez par la somme des MÊMES poids que ceux du numérateur.": _fixed_point_not_normalised,
    },
)


def draw_proximal(rng: np.random.Generator) -> tuple:
    """Tire un gradient et deux modèles, vecteurs ou matrices, et μ."""
    shape = tuple(int(n) for n in rng.integers(2, 5, size=rng.integers(1, 3)))
    return *rng.normal(size=(3, *shape)), float(rng.uniform(0.2, 3))


proximal_gradient = Exercise(
    title="proximal_gradient",
    lesson=LESSON,
    reference=training.proximal_gradient,
    draw=draw_proximal,
    mistakes={
        "le signe du terme est inversé : il chasserait le client LOIN du modèle global.": (
            lambda gradient, w, w_global, mu: gradient - mu * (w - w_global)
        ),
        "la dérivée de μ/2 · x² est μ · x : le ½ disparaît.": (
            lambda gradient, w, w_global, mu: gradient + mu / 2 * (w - w_global)
        ),
        "il y a un facteur 2 de trop : la perte porte μ/2, pas μ.": (
            lambda gradient, w, w_global, mu: gradient + 2 * mu * (w - w_global)
        ),
        "c'est le gradient de la norme SANS le carré : le piège de la documentation de Flower.": (
            lambda gradient, w, w_global, mu: gradient + mu / 2 * (w - w_global) / np.linalg.norm(w - w_global)
        ),
        "vous rendez le terme proximal seul : ajoutez-le au gradient local.": (
            lambda gradient, w, w_global, mu: mu * (w - w_global)
        ),
        "vous tirez vers zéro : tirez vers `w_global`.": lambda gradient, w, w_global, mu: gradient + mu * w,
        "vous ajoutez la perte elle-même : ajoutez son GRADIENT.": (
            lambda gradient, w, w_global, mu: gradient + mu / 2 * np.sum((w - w_global) ** 2)
        ),
        "`mu` n'y est pas : c'est lui qui règle la laisse.": lambda gradient, w, w_global, mu: gradient + w - w_global,
    },
)


def draw_scaffold(rng: np.random.Generator) -> tuple:
    """Tire une perte quadratique, un départ, deux contrôles, un taux et de 2 à 5 pas."""
    d = int(rng.integers(2, 6))
    curvature, optimum, start, own, server = rng.uniform(0.5, 3, size=d), *rng.normal(size=(4, d))

    def gradient(w: np.ndarray) -> np.ndarray:
        return curvature * (w - optimum)

    return gradient, start, (own, server), float(rng.uniform(0.05, 0.3)), int(rng.integers(2, 6))


def _swapped(gradient, start, controls, lr, num_steps):
    w, _ = federated.scaffold_update(gradient, start, controls[::-1], lr, num_steps)
    return w, controls[0] - controls[1] + (start - w) / (num_steps * lr)


def _all_swapped(gradient, start, controls, lr, num_steps):
    return federated.scaffold_update(gradient, start, controls[::-1], lr, num_steps)


def _uncorrected(gradient, start, controls, lr, num_steps):
    zeros = np.zeros_like(start), np.zeros_like(start)
    w, _ = federated.scaffold_update(gradient, start, zeros, lr, num_steps)
    return w, controls[0] - controls[1] + (start - w) / (num_steps * lr)


def _control_with(formula):
    def wrong(gradient, start, controls, lr, num_steps):
        w, _ = federated.scaffold_update(gradient, start, controls, lr, num_steps)
        return w, formula(start - w, *controls, lr, num_steps)

    return wrong


def _change_of_control(gradient, start, controls, lr, num_steps):
    w, control = federated.scaffold_update(gradient, start, controls, lr, num_steps)
    return w, control - controls[0]


def _scaffold_one_step(gradient, start, controls, lr, num_steps):
    return federated.scaffold_update(gradient, start, controls, lr, 1)


def _scaffold_model_alone(gradient, start, controls, lr, num_steps):
    return federated.scaffold_update(gradient, start, controls, lr, num_steps)[0]


scaffold_update = Exercise(
    title="scaffold_update",
    lesson=LESSON,
    reference=federated.scaffold_update,
    draw=draw_scaffold,
    mistakes={
        "les pas sont corrigés à l'envers : g − c_i + c, où c_i vient en premier dans `controls`.": _swapped,
        "c_i et c sont échangés : `controls` est (c_i, c).": _all_swapped,
        "les pas ne sont pas corrigés : c'est FedAvg. Suivez g − c_i + c.": _uncorrected,
        "le déplacement est à l'envers : (x − y), le modèle REÇU moins le modèle appris.": _control_with(
            lambda moved, own, server, lr, k: own - server - moved / (k * lr)
        ),
        "divisez le déplacement par K × lr : c'est une direction, pas une distance.": _control_with(
            lambda moved, own, server, lr, k: own - server + moved
        ),
        "divisez aussi par le nombre de pas : on veut le gradient MOYEN.": _control_with(
            lambda moved, own, server, lr, k: own - server + moved / lr
        ),
        "divisez aussi par le taux d'apprentissage.": _control_with(
            lambda moved, own, server, lr, k: own - server + moved / k
        ),
        "il manque c_i − c dans la nouvelle variable de contrôle.": _control_with(
            lambda moved, own, server, lr, k: moved / (k * lr)
        ),
        "la variable de contrôle n'est pas mise à jour.": _control_with(lambda moved, own, server, lr, k: own),
        "vous rendez le CHANGEMENT de la variable : rendez sa nouvelle valeur.": _change_of_control,
        "un seul pas est fait : répétez `num_steps` fois.": _scaffold_one_step,
        "il manque la variable de contrôle : rendez le couple (modèle, contrôle).": _scaffold_model_alone,
    },
)


def draw_adam(rng: np.random.Generator) -> tuple:
    """Tire un modèle, une moyenne, deux mémoires, nulles une fois sur trois, et un taux."""
    d = int(rng.integers(2, 6))
    w, average, m = rng.normal(size=(3, d)) * [[1], [1], [0.2]]
    known = int(rng.integers(0, 3) > 0)
    return w, average, known * m, known * rng.uniform(1e-7, 0.05, size=d), float(rng.uniform(0.05, 0.5))


def _adam_with(change=lambda average, w: average - w, sign=1):
    def wrong(w, average, m, v, eta):
        return federated.fedadam_step(w, w + change(average, w), m, v, sign * eta)

    return wrong


def _adam_on_average(w, average, m, v, eta):
    moved, m, v = federated.fedadam_step(w, average, m, v, eta)
    return average + moved - w, m, v


def _adam_without_root(w, average, m, v, eta):
    _, m, v = federated.fedadam_step(w, average, m, v, eta)
    return w + eta * m / (v + federated.heterogeneity.TAU), m, v


def _adam_with_old_moments(w, average, m, v, eta):
    _, new_m, new_v = federated.fedadam_step(w, average, m, v, eta)
    return w + eta * m / (np.sqrt(v) + federated.heterogeneity.TAU), new_m, new_v


def _adam_forgets_moments(w, average, m, v, eta):
    return federated.fedadam_step(w, average, 0 * m, 0 * v, eta)


def _adam_model_alone(w, average, m, v, eta):
    return federated.fedadam_step(w, average, m, v, eta)[0]


def _adam_returns_old_moments(w, average, m, v, eta):
    return federated.fedadam_step(w, average, m, v, eta)[0], m, v


def _fedavg_instead(w, average, m, v, eta):
    return average, *federated.fedadam_step(w, average, m, v, eta)[1:]


fedadam_step = Exercise(
    title="fedadam_step",
    lesson=LESSON,
    reference=federated.fedadam_step,
    draw=draw_adam,
    mistakes={
        "le serveur remonte la perte : Δ = average − w descend déjà, on l'AJOUTE.": _adam_with(sign=-1),
        "Δ est à l'envers : c'est `average - w`.": _adam_with(lambda average, w: w - average),
        "Δ est le déplacement `average - w`, pas la moyenne elle-même.": _adam_with(lambda average, w: average),
        "le pas part de `average` : il part de `w`.": _adam_on_average,
        "il manque la racine carrée de v.": _adam_without_root,
        "le pas emploie les anciens m et v : mettez-les à jour d'abord.": _adam_with_old_moments,
        "les anciens m et v sont oubliés : c'est la mémoire du serveur.": _adam_forgets_moments,
        "rendez aussi les nouveaux m et v : w, m, v.": _adam_model_alone,
        "vous rendez les ANCIENS m et v.": _adam_returns_old_moments,
        "vous rendez la moyenne : c'est FedAvg, sans le pas d'Adam.": _fedavg_instead,
    },
)
