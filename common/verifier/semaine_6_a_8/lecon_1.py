"""Leçon 1, Chiffrer n'est pas agréger : lire un jeton, inverser un gradient, isoler un client."""

from collections.abc import Callable
from typing import Any

import numpy as np

from common.attacks import gradient_inversion as inversion
from common.secure_aggregation import fernet
from common.verifier.exercise import Exercise
from common.verifier.hints import hinted_errors
from common.verifier.semaine_6_a_8 import lecon_1_fautes as fautes
from common.verifier.semaine_6_a_8.lecon_1_jetons import observe_reading

LESSON = "semaine_6_a_8/corriges/01_chiffrer_n_est_pas_agreger.ipynb"
NAMES = ("weight", "bias", "0.weight", "0.bias", "conv", "fc")
HINTS = {
    "'dict' and|unsupported operand .* 'dict'": (
        "un dictionnaire ne se calcule pas d'un bloc : faites une ligne par nom, `{name: … for name in before}`"
    ),
    "KeyError": "les noms changent d'un modèle à l'autre : parcourez ceux du dictionnaire reçu, `for name in …`",
    "inhomogeneous": "les tableaux n'ont pas tous la même forme : calculez-les un par un, nom par nom",
    "0-dimensional arrays": "`int` et `round` prennent un nombre : pour un tableau, `np.rint(…).astype(int)`",
    "not enough values|too many values": "parcourir un dictionnaire donne ses noms : pour les couples, `.items()`",
    "'int' object is not|integer scalar arrays": "`np.argmax` rend un numéro de ligne : employez-le entre crochets",
    "must be .* integ|only integers": "un numéro de ligne est un entier : `np.argmax`, pas `np.max`",
    "broadcast": "les formes ne s'accordent pas : prenez la même ligne, ou le même nom, des deux côtés",
}


def observe(answer: Callable, case: tuple) -> Any:
    """Appelle la réponse ; une erreur connue revient avec une astuce."""
    with hinted_errors(HINTS):
        return answer(*case)


def observe_arrays(answer: Callable, case: tuple) -> Any:
    """Appelle la réponse ; l'ordre des noms d'un dictionnaire ne compte pas."""
    got = observe(answer, case)
    return {name: got[name] for name in sorted(got)} if isinstance(got, dict) else got


def observe_labels(answer: Callable, case: tuple) -> Any:
    """Appelle la réponse ; des entiers rangés dans une liste ou un tableau se valent."""
    got = observe(answer, case)
    return np.array(got) if isinstance(got, list | tuple) else got


def draw_arrays(rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Tire de 1 à 5 tableaux nommés, de formes quelconques."""
    names = rng.permutation(NAMES)[: rng.integers(1, 6)]
    return {str(name): rng.normal(size=tuple(rng.integers(1, 7, rng.integers(0, 4)))) for name in names}


def draw_update(rng: np.random.Generator) -> tuple:
    """Tire un modèle, ce qu'il devient, rangé dans un autre ordre, et un taux d'apprentissage."""
    before = draw_arrays(rng)
    after = {name: before[name] + rng.normal(size=before[name].shape) for name in reversed(before)}
    return before, after, float(np.exp(rng.uniform(-4, 1.5)))


def draw_gradient(rng: np.random.Generator) -> tuple:
    """Tire les erreurs et les entrées d'un lot, dont le gradient d'une couche linéaire se déduit ; un biais est nul."""
    examples, outputs, inputs = int(rng.integers(1, 6)), int(rng.integers(2, 14)), int(rng.integers(1, 40))
    errors, x = rng.normal(size=(examples, outputs)), rng.normal(0.3, 1, (examples, inputs))
    errors[:, rng.permutation(outputs)[0]] = 0
    return errors.T @ x / examples, errors.mean(axis=0)


def draw_labels(rng: np.random.Generator) -> tuple:
    """Tire les classes d'un lot, et leur gradient du biais, avec l'arrondi d'un modèle en 32 bits, grossi."""
    classes, examples = int(rng.integers(2, 14)), int(np.exp(rng.choice([0, 2, 4, 8]) + rng.uniform(0, 0.6)))
    counts = np.bincount(rng.choice(classes, examples, p=rng.dirichlet(np.ones(classes))), minlength=classes)
    return (1 / classes - counts / examples + rng.uniform(-1e-5, 1e-5, classes)).astype(np.float32), examples


def draw_means(rng: np.random.Generator) -> tuple:
    """Tire les sommes d'un groupe et d'un client, et rend les deux moyennes, avec lui et sans lui."""
    client, total_without, size = draw_arrays(rng), int(rng.integers(1, 900)), int(rng.integers(1, 300))
    without = {name: rng.normal(size=client[name].shape) for name in reversed(client)}
    total_with = total_without + size
    mean = {name: (size * client[name] + total_without * without[name]) / total_with for name in client}
    return mean, total_with, without, total_without


read_update = Exercise(
    title="read_update",
    lesson=LESSON,
    reference=fernet.read_update,
    draw=lambda rng: (int(rng.integers(1 << 30)),),
    observe=observe_reading,
    mistakes={
        "un jeton déjà lu est accepté une seconde fois : `seen` dit ceux qui l'ont été.": fautes.without_replay_check,
        "`seen` ne retient rien : ajoutez-y le jeton accepté, `seen.add(token)`.": fautes.without_memory,
        "le jeton entre dans `seen` AVANT d'être vérifié : le présenter sous un faux nom fera refuser le vrai.": (
            fautes.remembered_first
        ),
        "vous essayez toutes les clés : un client peut alors signer à la place d'un autre. Prenez `keys[client]`.": (
            fautes.any_key
        ),
        "un jeton de deux heures est lu : donnez `ttl=60` à `fernet.decrypt`.": fautes.without_ttl,
        "un jeton de 50 secondes est refusé : donnez `ttl=60` à `fernet.decrypt`.": fautes.with_a_short_ttl,
        "un jeton de 70 secondes est lu : donnez `ttl=60` à `fernet.decrypt`.": fautes.with_a_long_ttl,
        "votre fonction ne rend rien : il manque un `return`.": fautes.without_return,
        "`seen` ne garde que le dernier jeton : ajoutez, sans rien effacer.": fautes.only_the_last,
        "vous retenez les clients, et non les jetons : le deuxième envoi d'un client est légitime.": (
            fautes.one_token_per_client
        ),
        "un refus se dit en LEVANT `ProtocolError`, pas en rendant `None`.": fautes.none_instead_of_refusal,
        "un jeton déjà lu est refusé par `None` : levez `ProtocolError`.": fautes.none_for_a_replay,
        "vous attrapez le refus de `fernet.decrypt` : laissez passer son erreur, sans `try`.": fautes.swallowed,
        "`fernet.decrypt` refuse, et vous rendez `None` : laissez passer son erreur, sans `try`.": (
            fautes.swallowed_by_decrypt
        ),
        "vous attrapez le refus de `fernet.decrypt`, et retenez le jeton : laissez passer son erreur, sans `try`.": (
            fautes.swallowed_but_remembered
        ),
        "votre fonction ne fait rien encore : ni lecture, ni `return`.": fautes.doing_nothing,
    },
)


gradient_from_update = Exercise(
    title="gradient_from_update",
    lesson=LESSON,
    reference=inversion.gradient_from_update,
    draw=draw_update,
    observe=observe_arrays,
    mistakes={
        "le signe est inversé : un pas SOUSTRAIT lr × gradient, donc partez de before − after.": (
            fautes.update_with(lambda b, a, lr: (a - b) / lr)
        ),
        "`lr` ne sert pas : before − after vaut lr × gradient.": fautes.update_with(lambda b, a, lr: b - a),
        "vous multipliez par `lr` : before − after vaut lr × gradient, divisez.": (
            fautes.update_with(lambda b, a, lr: (b - a) * lr)
        ),
        "0,5 en dur, ou la variable `LR` du carnet : divisez par l'argument `lr`.": (
            fautes.update_with(lambda b, a, lr: (b - a) / 0.5)
        ),
        "il manque des parenthèses : c'est toute la différence que divise `lr`.": (
            fautes.update_with(lambda b, a, lr: b - a / lr)
        ),
        "vous rendez le modèle reçu : ôtez-le du modèle envoyé.": fautes.update_with(lambda b, a, lr: a / lr),
        "vous prenez la valeur absolue : le gradient garde son signe.": (
            fautes.update_with(lambda b, a, lr: np.abs(b - a) / lr)
        ),
        "les tableaux sont appariés par leur ordre : c'est leur NOM qui les unit.": fautes.update_by_order,
        "il manque des tableaux : rendez-en un par nom.": fautes.update_of_the_first,
    },
)


invert_linear = Exercise(
    title="invert_linear",
    lesson=LESSON,
    reference=inversion.invert_linear,
    draw=draw_gradient,
    observe=observe,
    mistakes={
        "vous lisez toujours la première ligne : prenez celle dont le gradient du biais est le plus grand.": (
            fautes.row_with(lambda bias: 0)
        ),
        "vous lisez toujours la dernière ligne : prenez celle dont le gradient du biais est le plus grand.": (
            fautes.row_with(lambda bias: -1)
        ),
        "la valeur absolue manque : le plus grand peut être négatif, `np.abs(bias_gradient)`.": (
            fautes.row_with(np.argmax)
        ),
        "vous prenez la ligne la plus négative : c'est la plus grande en valeur absolue.": fautes.row_with(np.argmin),
        "vous prenez le plus petit biais en valeur absolue : diviser par presque rien fait exploser l'arrondi.": (
            fautes.row_with(lambda bias: np.argmin(np.abs(bias)))
        ),
        "il manque la division : la ligne vaut l'entrée FOIS le gradient du biais.": fautes.row_not_divided,
        "vous divisez par la valeur absolue : le signe du biais compte, sinon l'image sort en négatif.": (
            fautes.row_over_absolute
        ),
        "vous multipliez : la ligne vaut l'entrée fois le gradient du biais, DIVISEZ.": fautes.row_multiplied,
        "vous rendez une image par ligne : une seule ligne suffit.": fautes.every_row,
        "vous choisissez la ligne d'après les coefficients : choisissez-la d'après le BIAIS.": (
            fautes.row_of_largest_weights
        ),
        "vous divisez les sommes de toutes les lignes : lisez-en une seule.": fautes.sum_of_rows,
        "vous faites la moyenne de toutes les lignes divisées : lisez-en une seule.": fautes.mean_of_rows,
        "la division est à l'envers : la ligne, divisée par son biais.": fautes.upside_down,
        "vous lisez une colonne : une entrée est une LIGNE de `weight_gradient`.": fautes.column_read,
    },
)


count_labels = Exercise(
    title="count_labels",
    lesson=LESSON,
    reference=inversion.count_labels,
    draw=draw_labels,
    observe=observe_labels,
    mistakes={
        "`num_examples` ne sert pas : vous rendez des parts, multipliez par l'effectif.": (
            fautes.labels_with(lambda g, n: 1 / len(g) - g)
        ),
        "le signe est inversé : plus une classe est là, plus son gradient est NÉGATIF.": (
            fautes.labels_with(lambda g, n: np.rint(n * (g - 1 / len(g))))
        ),
        "il manque 1 / C, la probabilité que le modèle nul donne à chaque classe.": (
            fautes.labels_with(lambda g, n: np.rint(-n * g))
        ),
        "vous ajoutez le gradient : il se SOUSTRAIT de 1 / C.": (
            fautes.labels_with(lambda g, n: np.rint(n * (1 / len(g) + g)))
        ),
        "10 classes en dur : leur nombre est `len(bias_gradient)`.": (
            fautes.labels_with(lambda g, n: np.rint(n * (0.1 - g)))
        ),
        "arrondissez à l'entier : l'ordinateur calcule à quelques décimales près.": (
            fautes.labels_with(lambda g, n: n * (1 / len(g) - g))
        ),
        "vous tronquez : 2,9999 devient 2. Arrondissez avec `np.rint`.": (
            fautes.labels_with(lambda g, n: np.trunc(n * (1 / len(g) - g)))
        ),
        "vous arrondissez par défaut : 2,9999 devient 2. Arrondissez avec `np.rint`.": (
            fautes.labels_with(lambda g, n: np.floor(n * (1 / len(g) - g)))
        ),
        "vous arrondissez par excès : 2,0001 devient 3. Arrondissez avec `np.rint`.": (
            fautes.labels_with(lambda g, n: np.ceil(n * (1 / len(g) - g)))
        ),
        "vous dites si la classe est là : on attend COMBIEN de fois.": fautes.labels_with(lambda g, n: g < 0),
        "1 / C, et non 1 / n : C est le nombre de classes, n celui des exemples.": (
            fautes.labels_with(lambda g, n: np.rint(n * (1 / n - g)))
        ),
        "il manque des parenthèses : n multiplie TOUTE la différence entre 1 / C et le gradient.": (
            fautes.labels_with(lambda g, n: np.rint(n / len(g) - g))
        ),
        "vous rendez la classe la plus fréquente : on attend un compte par classe.": fautes.most_frequent_label,
        "vous arrondissez la part, avant de multiplier : multipliez d'abord.": (
            fautes.labels_with(lambda g, n: n * np.rint(1 / len(g) - g))
        ),
    },
)


isolate_client = Exercise(
    title="isolate_client",
    lesson=LESSON,
    reference=inversion.isolate_client,
    draw=draw_means,
    observe=observe_arrays,
    mistakes={
        "vous ôtez deux MOYENNES : repassez aux sommes, chaque moyenne fois son effectif.": (
            fautes.isolated_with(lambda m, n, w, k: m - w)
        ),
        "il manque la division par l'effectif du client, total_with − total_without.": (
            fautes.isolated_with(lambda m, n, w, k: n * m - k * w)
        ),
        "l'effectif du client est total_with − total_without : ne divisez ni par l'un, ni par l'autre.": (
            fautes.isolated_with(lambda m, n, w, k: (n * m - k * w) / n)
        ),
        "vous divisez par l'effectif des autres : celui du client est total_with − total_without.": (
            fautes.isolated_with(lambda m, n, w, k: (n * m - k * w) / k)
        ),
        "le signe est inversé : la somme AVEC lui, moins la somme SANS lui.": (
            fautes.isolated_with(lambda m, n, w, k: (k * w - n * m) / (n - k))
        ),
        "les deux sommes s'ôtent : − et non +.": fautes.isolated_with(lambda m, n, w, k: (n * m + k * w) / (n - k)),
        "les effectifs sont échangés : chaque moyenne va avec le sien.": (
            fautes.isolated_with(lambda m, n, w, k: (k * m - n * w) / (n - k))
        ),
        "il manque des parenthèses : c'est TOUTE la différence des sommes que divise l'effectif du client.": (
            fautes.isolated_with(lambda m, n, w, k: n * m - k * w / (n - k))
        ),
        "la seconde moyenne aussi se multiplie par son effectif, total_without.": (
            fautes.isolated_with(lambda m, n, w, k: (n * m - w) / (n - k))
        ),
        "les deux moyennes sont multipliées par le même effectif : chacune a le sien.": (
            fautes.isolated_with(lambda m, n, w, k: n * (m - w) / (n - k))
        ),
        "vous rendez la première moyenne telle quelle : ôtez-en les autres clients.": (
            fautes.isolated_with(lambda m, n, w, k: m)
        ),
        "vous rendez la moyenne des autres : c'est le client que l'on cherche.": (
            fautes.isolated_with(lambda m, n, w, k: w)
        ),
        "vous divisez l'écart des moyennes par l'effectif : multipliez d'abord chaque moyenne par le sien.": (
            fautes.isolated_with(lambda m, n, w, k: (m - w) / (n - k))
        ),
        "les tableaux sont appariés par leur ordre : c'est leur NOM qui les unit.": fautes.isolated_by_order,
        "il manque des tableaux : rendez-en un par nom.": fautes.isolated_first,
    },
)
