"""Leçon 2, Masques et disparitions : partager un secret, et le reconstruire."""

from collections.abc import Callable
from typing import Any

import numpy as np

from common.secure_aggregation import pairwise
from common.verifier.exercise import Exercise
from common.verifier.semaine_6_a_8 import lecon_2_partage_fautes as fautes
from common.verifier.semaine_6_a_8.lecon_2 import LESSON, call


def observe_shares(answer: Callable, case: tuple) -> Any:
    """Range les parts par point, et les écrit : elles sont exactes ou fausses."""
    got = call(answer, case)
    if not isinstance(got, dict):
        return got
    return {point if isinstance(point, str) else int(point): written(got[point]) for point in sorted(got)}


def observe_secret(answer: Callable, case: tuple) -> Any:
    """Écrit le secret : exact, ou faux."""
    got = call(answer, case)
    return got if got is None else {"secret": written(got)}


def written(value: Any) -> str:
    """Écrit un entier tel quel, même dans un tableau sans dimension ; du reste, seulement son type."""
    if isinstance(value, float):
        return "nombre à virgule"
    if isinstance(value, np.ndarray) and value.shape == ():
        value = value[()]
    return str(int(value)) if isinstance(value, int | np.integer) else type(value).__name__


def draw_prime(rng: np.random.Generator) -> int:
    """Tire un nombre premier d'au plus 17 bits : au-delà, un `pow(x, prime)` étourdi ne finirait jamais."""
    return (53, 101, 257, 4099, 65_537)[rng.integers(5)]


def draw_points(rng: np.random.Generator, most: int) -> list[int]:
    """Tire au plus `most` points distincts, de 1 à 50, dans le désordre."""
    return [int(x) + 1 for x in rng.choice(50, int(rng.integers(2, most + 1)), replace=False)]


def draw_below(rng: np.random.Generator, prime: int) -> int:
    """Tire un entier de 0 à `prime` − 1."""
    return int(rng.integers(prime))


def draw_sharing(rng: np.random.Generator) -> tuple:
    """Tire un secret, de 1 à 5 coefficients, de 2 à 8 points et un nombre premier."""
    prime = draw_prime(rng)
    coefficients = [draw_below(rng, prime) for _ in range(rng.integers(1, 6))]
    return draw_below(rng, prime), coefficients, draw_points(rng, 8), prime


def draw_reconstruction(rng: np.random.Generator) -> tuple:
    """Tire les parts d'un secret, juste assez pour le reconstruire."""
    prime, points = draw_prime(rng), draw_points(rng, 6)
    coefficients = [draw_below(rng, prime) for _ in points[1:]]
    return pairwise.share_secret(draw_below(rng, prime), coefficients, points, prime), prime


share_secret = Exercise(
    title="share_secret",
    lesson=LESSON,
    reference=pairwise.share_secret,
    draw=draw_sharing,
    observe=observe_shares,
    mistakes={
        "il manque le modulo : hors de 0 … p − 1, la taille d'une part parle du secret.": fautes.shares_without_modulo,
        "il manque le secret : c'est le terme constant.": fautes.shares_of(lambda s, cs, x: fautes.powers(cs, x)),
        "les puissances commencent à 0 : le premier coefficient va avec x¹, le secret avec 1.": (
            fautes.shares_of(lambda s, cs, x: s + fautes.powers(cs, x, first=0))
        ),
        "les puissances commencent à 2 : le premier coefficient va avec x¹.": (
            fautes.shares_of(lambda s, cs, x: s + fautes.powers(cs, x, first=2))
        ),
        "les coefficients sont pris à l'envers : c₁ est le premier.": (
            fautes.shares_of(lambda s, cs, x: s + fautes.powers(cs[::-1], x))
        ),
        "le secret est pris pour le coefficient dominant : il doit être la valeur en 0.": (
            fautes.shares_of(lambda s, cs, x: fautes.powers([*cs, s], x, first=0))
        ),
        "vous n'employez que c₁ : deux parts suffiraient à tout reconstruire.": (
            fautes.shares_of(lambda s, cs, x: s + cs[0] * x)
        ),
        "vous ne gardez que le dernier coefficient : il faut la somme de tous les termes.": (
            fautes.shares_of(lambda s, cs, x: s + cs[-1] * x ** len(cs))
        ),
        "tous les coefficients vont avec x : chacun a sa puissance.": (
            fautes.shares_of(lambda s, cs, x: s + sum(cs) * x)
        ),
        "vous calculez k^x : c'est x qui est élevé à la puissance k.": (
            fautes.shares_of(lambda s, cs, x: s + sum(c * k**x for k, c in enumerate(cs, start=1)))
        ),
        "vous multipliez x par k : élevez-le à la puissance, `x**k`.": (
            fautes.shares_of(lambda s, cs, x: s + sum(c * x * k for k, c in enumerate(cs, start=1)))
        ),
        "`^` n'est pas la puissance en Python : écrivez `x**k`.": (
            fautes.shares_of(lambda s, cs, x: s + sum(c * (x ^ k) for k, c in enumerate(cs, start=1)))
        ),
        "la part d'un point dépend de sa valeur, pas de son rang.": fautes.shares_by_rank,
        "vous donnez le secret lui-même à chacun.": fautes.shares_of(lambda s, cs, x: s),
        "les clés sont les points reçus, pas 1, 2, 3…": fautes.ranks_instead_of_points,
        "vous rendez une liste : rendez un dictionnaire, point -> part.": fautes.shares_as_list,
        "des flottants : une part est un entier, exact.": fautes.shares_as_floats,
        "le modulo ne prend que la fin du calcul : mettez toute la somme entre parenthèses.": (
            fautes.modulo_of_the_end
        ),
        "vous échangez la puissance et le coefficient : `enumerate` rend d'abord k, puis c.": (
            fautes.shares_of(lambda s, cs, x: s + sum(k * x**c for k, c in enumerate(cs, start=1)))
        ),
        "l'ordre est inversé : `np.polyval` commence par la plus haute puissance et finit par le secret.": (
            fautes.shares_of(lambda s, cs, x: fautes.powers([s, *cs][::-1], x, first=0))
        ),
        "vous divisez par p : prenez le reste, `% prime`.": fautes.quotients,
        "les signes : les termes s'ajoutent tous au secret.": (
            fautes.shares_of(lambda s, cs, x: s - fautes.powers(cs, x))
        ),
    },
)


reconstruct = Exercise(
    title="reconstruct",
    lesson=LESSON,
    reference=pairwise.reconstruct,
    draw=draw_reconstruction,
    observe=observe_secret,
    mistakes={
        "vous divisez avec des virgules : multipliez par l'inverse, `pow(…, -1, prime)`.": fautes.float_division,
        "vous divisez avec `//` : modulo p, on multiplie par l'inverse, `pow(…, -1, prime)`.": fautes.floor_division,
        "le dénominateur est à l'envers : x_j − x_i, l'AUTRE point moins celui de la part.": (
            fautes.secret_with(lambda x, other, p: other * pow(x - other, -1, p))
        ),
        "le numérateur est l'AUTRE point, x_j, et non celui de la part.": (
            fautes.secret_with(lambda x, other, p: x * pow(other - x, -1, p))
        ),
        "il manque l'inverse : modulo p, diviser, c'est multiplier par `pow(…, -1, prime)`.": (
            fautes.secret_with(lambda x, other, p: other * (other - x))
        ),
        "il manque le numérateur, x_j.": fautes.secret_with(lambda x, other, p: pow(other - x, -1, p)),
        "il manque le dénominateur, x_j − x_i.": fautes.secret_with(lambda x, other, p: other),
        "le numérateur aussi est inversé : seul le dénominateur l'est.": (
            fautes.secret_with(lambda x, other, p: pow(other, -1, p) * pow(other - x, -1, p))
        ),
        "l'inverse est celui de x_j + x_i : il faut la différence.": (
            fautes.secret_with(lambda x, other, p: other * pow(other + x, p - 2, p))
        ),
        "vous ADDITIONNEZ les facteurs d'une part : multipliez-les.": fautes.sum_of_factors,
        "vous additionnez les parts telles quelles : chacune a son poids de Lagrange.": fautes.plain_sum,
        "vous additionnez les poids sans les parts : multipliez chacun par `y`.": fautes.weights_alone,
        "il manque le dernier modulo : le secret est entre 0 et p − 1.": fautes.secret_without_modulo,
        "le dernier modulo est mal placé : il porte sur la SOMME.": fautes.sum_of_remainders,
        "vous vous arrêtez à la première part.": fautes.first_share_only,
        "vous ne gardez que la dernière part : ajoutez chacune au total.": fautes.last_share_only,
        "vous ne prenez que les deux premières parts : prenez-les toutes.": fautes.two_shares,
        "les points ne sont pas 1, 2, 3… : ce sont les clés de `shares`.": fautes.points_by_rank,
        "vous rendez la plus petite part : le secret n'est dans aucune.": fautes.smallest_share,
        "vous arrondissez une division : multipliez par l'inverse, `pow(…, -1, prime)`.": fautes.rounded_at_the_end,
        "une division tronquée par `int` : multipliez par l'inverse, `pow(…, -1, prime)`.": fautes.cut_at_the_end,
        "vous multipliez les parts entre elles : elles s'ADDITIONNENT.": fautes.product_of_shares,
        "le total part de 1 : une somme part de 0.": fautes.one_too_many,
        "vous ne prenez que les points plus grands : prenez tous les AUTRES, `other != x`.": fautes.larger_points_only,
    },
)
