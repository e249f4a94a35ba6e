"""Leçon 2, Masques et disparitions : masquer, réparer, voler. Le partage de secret est dans `lecon_2_partage`."""

from collections.abc import Callable
from typing import Any

import numpy as np

from common.secure_aggregation import pairwise
from common.secure_aggregation.errors import ProtocolError
from common.verifier.exercise import Exercise
from common.verifier.hints import hinted_errors
from common.verifier.semaine_6_a_8 import lecon_2_fautes as fautes

LESSON = "semaine_6_a_8/corriges/02_masques_et_dropouts.ipynb"
HINTS = {
    "UFuncTypeError|same_kind|_UFuncOutputCastingError": "restez en uint32, les masques et les vecteurs le sont déjà",
    "shapes|broadcast|length|array is too big": (
        "le masque doit être aussi long que le vecteur, `primitives.mask(seed, len(vecteur))`"
    ),
    "not invertible": "un écart entre deux points vaut 0 : le point lui-même ne compte pas parmi les autres",
    "too many values|not enough values|cannot unpack": "parcourez `.items()` pour avoir à la fois la clé et la valeur",
    "KeyError": "les numéros ne se suivent pas toujours : parcourez les clés du dictionnaire reçu",
    "only integers|indices must be integers": "les numéros des pairs sont les clés du dictionnaire, pas des positions",
    "'dict' object has no attribute '(append|copy_to)'": "construisez un dictionnaire, `{x: part}`",
    "'float' object|'numpy.float64'": "restez dans les entiers : une division ordinaire donne des virgules",
    "'generator'": "additionnez avec `sum(…)`",
    "'int' has no len|'int' object has no attribute 'copy'": (
        "un numéro est là où il faut un vecteur ou une graine, `.items()` rend (numéro, graine)"
    ),
    "'int' and 'list'|multiply sequence": "une liste ne se multiplie pas d'un bloc, parcourez-la avec `enumerate`",
    "'list' object cannot be interpreted": "parcourez la liste elle-même, sans `range`",
}


def call(answer: Callable, case: tuple) -> Any:
    """Appelle la réponse ; une erreur connue revient avec une astuce."""
    with hinted_errors(HINTS):
        try:
            return answer(*case)
        except OverflowError as error:
            hint = "un uint32 n'a pas de nombre négatif, écrivez une soustraction et non `-1 * …`"
            if str(2**32) in str(error):
                hint = "2³² ne tient pas dans un uint32, n'écrivez pas de `%` : il déborde tout seul"
            raise OverflowError(f"{hint} ({error})") from error
        except ProtocolError as error:
            raise ProtocolError(f"donnez une graine, et non un numéro ou un dictionnaire ({error})") from error


def observe_vector(answer: Callable, case: tuple) -> Any:
    """Décrit un vecteur modulo 2³² ; ses valeurs sont écrites, car une tolérance de calcul en cacherait l'essentiel."""
    got = call(answer, case)
    if got is None:
        return None
    facts = dict.fromkeys(("sorte d'objet", "forme", "valeurs", "type des nombres"))
    if not isinstance(got, np.ndarray) or got.dtype.kind not in "iu":
        return facts | {"sorte d'objet": "flottants" if isinstance(got, np.ndarray) else type(got).__name__}
    values = " ".join(str(value) for value in got.ravel())
    return dict(zip(facts, ("tableau d'entiers", list(got.shape), values, str(got.dtype)), strict=True))


def draw_peers(rng: np.random.Generator, least: int = 0) -> tuple[int, list[int]]:
    """Tire un client et de `least` à 8 pairs, parmi des numéros qui ne se suivent pas, dans le désordre."""
    client, *peers = (int(n) for n in rng.choice(40, int(rng.integers(least, 9)) + 1, replace=False))
    return client, peers


def draw_vector(rng: np.random.Generator) -> np.ndarray:
    """Tire de 1 à 30 entiers, petits comme des comptes, ou n'importe où modulo 2³²."""
    high = 50 if rng.random() < 0.5 else 2**32
    return rng.integers(high, size=rng.integers(1, 31), dtype=np.uint32)


def draw_masking(rng: np.random.Generator) -> tuple:
    """Tire un vecteur, un client et les graines de ses pairs."""
    client, peers = draw_peers(rng, least=1)
    return draw_vector(rng), client, {peer: rng.bytes(32) for peer in peers}


def draw_dropouts(rng: np.random.Generator) -> tuple:
    """Tire une somme, et de 1 à 3 disparus avec les graines qu'ils partagent avec tous, survivants ou non."""
    num_dropped = int(rng.integers(1, 4))
    everyone = [int(n) for n in rng.choice(40, num_dropped + int(rng.integers(1, 7)), replace=False)]
    pairs = {frozenset((u, v)): rng.bytes(32) for u in everyone for v in everyone if u < v}
    seeds = {d: {peer: pairs[frozenset((d, peer))] for peer in everyone if peer != d} for d in everyone[:num_dropped]}
    return rng.integers(2**32, size=rng.integers(1, 31), dtype=np.uint32), seeds


def draw_theft(rng: np.random.Generator) -> tuple:
    """Tire un message masqué, son client, et ses deux secrets."""
    vector, client, seeds = draw_masking(rng)
    return rng.integers(2**32, size=len(vector), dtype=np.uint32), client, rng.bytes(32), seeds


masked_vector = Exercise(
    title="masked_vector",
    lesson=LESSON,
    reference=pairwise.masked_vector,
    draw=draw_masking,
    observe=observe_vector,
    mistakes={
        "les signes sont à l'envers : c'est le plus PETIT numéro qui ajoute.": fautes.masked_with(
            lambda client, peer: client > peer
        ),
        "vous ajoutez tous les masques : chez les deux, ils se doublent au lieu de s'annuler.": fautes.masked_with(
            lambda client, peer: True
        ),
        "vous retirez tous les masques : l'un des deux doit ajouter.": fautes.masked_with(lambda client, peer: False),
        "le signe alterne d'un pair à l'autre : il dépend de qui a le plus petit numéro.": fautes.alternating_signs,
        "vous oubliez les pairs de plus petit numéro : leur masque se RETIRE.": fautes.masked_among(
            lambda client, peer: client < peer
        ),
        "vous oubliez les pairs de plus grand numéro : leur masque s'AJOUTE.": fautes.masked_among(
            lambda client, peer: client > peer
        ),
        "vous ne masquez qu'avec le premier pair : le `return` vient après la boucle.": fautes.first_peer_only,
        "vous ne masquez qu'avec le dernier pair : repartez à chaque fois du vecteur DÉJÀ masqué.": (
            fautes.last_peer_only
        ),
        "vous rendez les masques sans le vecteur : partez de lui.": fautes.masks_alone,
        "le même nombre masque toutes les entrées, et leurs écarts se lisent : étirez à `len(vector)`.": (
            fautes.one_number_for_all
        ),
        "vous rendez le vecteur tel quel : rien n'est masqué.": fautes.unmasked,
        "le calcul sort de 2³² : restez en uint32, qui déborde tout seul.": fautes.without_modulo,
        "vous mélangez par OU exclusif : ces masques-là ne s'annulent pas dans une SOMME.": fautes.exclusive_or,
        "vous passez par des flottants : la somme ne sera plus exacte, restez en uint32.": fautes.as_floats,
        "les valeurs sont justes, mais pas leur type : rendez des uint32.": fautes.as_int64,
        "vous calculez modulo 2³² − 1 : n'écrivez pas de `%`, les uint32 débordent tout seuls.": fautes.wrong_modulus,
        "vous multipliez par −1 après coup : la soustraction se fait masque par masque.": fautes.negated,
        "vous calculez modulo 2⁶⁴ : restez en uint32.": fautes.as_uint64,
        "vous rendez une liste : rendez le tableau, en uint32.": lambda *case: pairwise.masked_vector(*case).tolist(),
        "vous rendez un tuple : rendez le tableau, en uint32.": lambda *case: tuple(pairwise.masked_vector(*case)),
    },
)


repair = Exercise(
    title="repair",
    lesson=LESSON,
    reference=pairwise.repair,
    draw=draw_dropouts,
    observe=observe_vector,
    mistakes={
        "les signes sont à l'envers : AJOUTEZ au total les masques du disparu, avec son numéro à lui.": (
            fautes.repaired_backwards
        ),
        "vous ne réparez que le premier disparu.": fautes.first_dropped_only,
        "vous ne réparez que le dernier disparu : partez du total déjà réparé.": fautes.last_dropped_only,
        "vous ne prenez qu'une graine par disparu : prenez-les toutes.": fautes.first_seed_only,
        "vous masquez comme le client 0 : c'est `d`, le disparu, qui masque.": fautes.repaired_as_first,
        "vous rendez le total de chaque disparu : rendez-en un seul, réparé de tous.": fautes.one_total_each,
        "le total n'est pas réparé.": fautes.unrepaired,
        "vous rendez la correction seule : ajoutez-la au total.": fautes.correction_alone,
        "vous ajoutez les masques sans leurs signes : passez par `masked_vector`.": fautes.repaired_without_signs,
        "vous retirez tous les masques, sans leurs signes : passez par `masked_vector`.": fautes.removed_without_signs,
        "vous ajoutez le total à lui-même : `masked_vector(total, …)` le contient déjà.": fautes.total_doubled,
        "vous retirez le total de lui-même : `masked_vector(total, …)` le contient déjà.": fautes.total_removed,
        "vous écartez d'un seul côté le masque de deux disparus : gardez-le des deux, il s'annule.": (
            fautes.dropped_pair_once
        ),
        "des flottants : le total doit rester en uint32.": lambda *case: pairwise.repair(*case).astype(float),
        "les valeurs sont justes, mais pas leur type : rendez des uint32.": (
            lambda *case: pairwise.repair(*case).astype(np.int64)
        ),
    },
)


steal = Exercise(
    title="steal",
    lesson=LESSON,
    reference=pairwise.steal,
    draw=draw_theft,
    observe=observe_vector,
    mistakes={
        "il reste le second masque : retirez `primitives.mask(seed, …)`.": fautes.stolen_with(own=0),
        "vous AJOUTEZ le second masque : il a déjà été ajouté, retirez-le.": fautes.stolen_with(own=1),
        "il reste les masques de paires.": fautes.stolen_with(pairs=0),
        "vous ajoutez une seconde fois les masques de paires : retirez-les.": fautes.stolen_with(pairs=1),
        "vous ajoutez tous les masques une seconde fois : retirez-les.": fautes.stolen_with(own=1, pairs=1),
        "vous rendez le message, encore masqué.": fautes.stolen_with(own=0, pairs=0),
        "vous retirez les masques de paires sans leurs signes : passez par `masked_vector`.": fautes.stolen_unsigned,
        "vous retirez le vecteur avec les masques : masquez des ZÉROS pour avoir les masques seuls.": (
            fautes.stolen_minus_masked
        ),
        "vous rendez les masques : retirez-les du message.": fautes.masks_instead,
        "le résultat a le signe inverse : message moins masques.": fautes.stolen_negated,
        "les masques de paires sont ceux d'un autre : gardez le numéro `client`.": fautes.stolen_as_first,
        "vous masquez avec la graine propre au lieu de celles des paires.": fautes.stolen_own_as_pairs,
        "vous ne retirez qu'un masque de paire : retirez-les tous.": fautes.stolen_one_pair,
        "vous partez d'un vecteur de uns : partez de zéros.": fautes.stolen_from_ones,
        "des flottants : partez de `np.zeros_like(masked)`, qui reste en uint32.": (
            lambda *case: pairwise.steal(*case).astype(float)
        ),
        "les valeurs sont justes, mais pas leur type : rendez des uint32.": (
            lambda *case: pairwise.steal(*case).astype(np.int64)
        ),
        "le calcul sort de 2³² : partez de `np.zeros_like(masked)`, en uint32.": fautes.stolen_from_wide_zeros,
        "le calcul sort de 2³² : restez en uint32, sans `astype`.": fautes.stolen_in_wide_integers,
    },
)
