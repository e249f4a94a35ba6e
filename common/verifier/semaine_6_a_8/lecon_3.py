"""Leçon 3, l'agrégation sécurisée avec Flower : quantise, decode_mean, choose_threshold, bytes_sent, noise_share."""

from collections.abc import Callable
from typing import Any

import numpy as np

from common.secure_aggregation import by_hand
from common.verifier.exercise import Exercise
from common.verifier.hints import hinted_errors
from common.verifier.semaine_6_a_8 import lecon_3_fautes as fautes
from common.verifier.semaine_6_a_8 import lecon_3_prix_fautes as prix

LESSON = "semaine_6_a_8/corriges/03_agregation_securisee_avec_flower.ipynb"
HINTS = {
    "out of bounds for uint": "`np.uint32` refuse un entier Python négatif : `% 2**32` d'abord, ou `.astype(np.int64)`",
    "only integer scalar arrays|only length-1|only 0-dim|truth value|__round__": (
        "un tableau se traite d'un bloc : `np.rint`, pas `round` ni `int`"
    ),
    "has no attribute 'astype'": "`.astype` est une méthode des tableaux NumPy, et ceci n'en est pas un",
    "When changing to a (larger|smaller) dtype": (
        "`.view` relit les mêmes octets : il faut un type de 32 bits, `np.int32`"
    ),
    "too many values to unpack|not enough values to unpack|cannot unpack": (
        "rendez deux choses, la moyenne et l'effectif : `return moyenne, effectif`"
    ),
    "broadcast": "les formes ne s'accordent pas ; l'effectif est la DERNIÈRE case, `total[:-1]` est le reste",
    "_poisson|has no attribute 'skellam'": (
        "un Skellam est la différence de deux lois de Poisson : deux `rng.poisson(…)`"
    ),
    "lam < 0|lam value": "la moyenne d'une loi de Poisson est positive ; vérifiez votre division",
    "Generator' object is not callable": "`rng` ne s'appelle pas tel quel, écrivez `rng.poisson(…)`",
}


def observe(answer: Callable, case: tuple) -> Any:
    """Appelle la réponse ; une erreur connue revient avec une astuce."""
    with hinted_errors(HINTS):
        try:
            return answer(*case)
        except OverflowError as error:
            raise ValueError(str(error)) from error


def exact(integers: Any) -> Any:
    """Décrit un tableau d'entiers ; ses valeurs sont écrites, car une tolérance de calcul en cacherait l'essentiel."""
    facts = dict.fromkeys(("sorte d'objet", "type des nombres", "forme", "valeurs"))
    if not isinstance(integers, np.ndarray):
        return facts | {"sorte d'objet": type(integers).__name__}
    values = " ".join(str(value) for value in integers.ravel())
    return dict(zip(facts, ("tableau", str(integers.dtype), list(integers.shape), values), strict=True))


def observe_integers(answer: Callable, case: tuple) -> Any:
    """Appelle la réponse ; ses entiers se comparent exactement."""
    got = observe(answer, case)
    return None if got is None else exact(got)


def draw_quantise(rng: np.random.Generator) -> tuple:
    """Tire des réels des deux signes, dont un zéro, et une échelle ; rien ne déborde."""
    values = rng.uniform(-3, 3, size=rng.integers(2, 12))
    values[rng.integers(len(values))] = 0
    return values, float(10 ** rng.uniform(2, 8))


quantise = Exercise(
    title="quantise",
    lesson=LESSON,
    reference=by_hand.quantise,
    draw=draw_quantise,
    observe=observe_integers,
    mistakes={
        "vous tronquez : l'entier le PLUS PROCHE est demandé, `np.rint`.": fautes.truncated,
        "vous arrondissez vers le bas : l'entier le PLUS PROCHE est demandé, `np.rint`.": fautes.floored,
        "vous arrondissez vers le haut : l'entier le PLUS PROCHE est demandé, `np.rint`.": fautes.ceiled,
        "vous divisez par l'échelle : elle multiplie, une unité fait `scale` pas.": fautes.divided,
        "l'échelle ne sert pas : presque tout s'arrondit à zéro.": fautes.without_scale,
        "vous arrondissez AVANT de multiplier : les décimales sont déjà perdues.": fautes.rounded_first,
        "le signe s'est perdu : un nombre négatif devient 2³² moins sa valeur absolue.": fautes.absolute,
        "les négatifs deviennent zéro : un nombre négatif devient 2³² moins sa valeur absolue.": fautes.clipped_at_zero,
        "les entiers sont signés : finissez par `.astype(np.uint32)`.": fautes.signed,
        "les entiers sont signés, sur 32 bits : il reste à les replier, `.astype(np.uint32)`.": fautes.signed_32,
        "le modulo laisse des réels : finissez par `.astype(np.uint32)`.": fautes.real_modulo,
        "ajouter 0,5 puis tronquer se trompe sur les négatifs : `np.rint` arrondit au plus proche.": fautes.half_up,
        "c'est une liste : rendez un tableau NumPy, `np.array(…, dtype=np.uint32)`.": fautes.listed,
        "les entiers sont modulo 2³², mais sur 64 bits : finissez par `.astype(np.uint32)`.": fautes.long_unsigned,
        "ce sont encore des réels : finissez par `.astype(np.int64).astype(np.uint32)`.": fautes.still_real,
        "modulo 2³² − 1 : il y a 2³² entiers de 32 bits, le dernier vaut 2³² − 1.": fautes.wrong_modulus,
        "vous décalez tout de 2³¹ : la somme de plusieurs décalages ne se démêle plus ; prenez le complément à deux.": (
            fautes.shifted
        ),
        "c'est modulo 2³¹ : il manque un bit, celui du signe ; `.astype(np.uint32)` suffit.": fautes.half_range,
    },
)


def draw_total(rng: np.random.Generator) -> tuple:
    """Tire la somme des codes pondérés de 1 à 6 clients, et leur échelle."""
    size, scale = int(rng.integers(2, 9)), float(rng.uniform(1e3, 1e5))
    total = np.zeros(size + 1, np.uint32)
    for count in rng.integers(2, 300, size=rng.integers(1, 7)):
        values = rng.uniform(-1.5, 1.5, size)
        values[:2] = -abs(values[0]), abs(values[1])
        total += np.append(by_hand.quantise(count * values, scale), np.uint32(count))
    return total, scale


def observe_mean(answer: Callable, case: tuple) -> Any:
    """Appelle la réponse et sépare la moyenne, en réels, de l'effectif, en entier."""
    got = observe(answer, case)
    if not isinstance(got, tuple | list):
        return got
    with hinted_errors(HINTS):
        mean, count = got
    return tuple(np.asarray(value, dtype=float) for value in (mean, count))


decode_mean = Exercise(
    title="decode_mean",
    lesson=LESSON,
    reference=by_hand.decode_mean,
    draw=draw_total,
    observe=observe_mean,
    mistakes={
        "les entiers négatifs sont lus comme d'immenses positifs : relisez-les signés, `.view(np.int32)`.": (
            fautes.unsigned
        ),
        "vous ne divisez pas par l'effectif : c'est une SOMME pondérée, une moyenne est demandée.": fautes.only_sum,
        "vous ne divisez pas par l'échelle : la moyenne est en pas de quantification.": fautes.in_steps,
        "vous multipliez par l'échelle : elle multipliait au codage, elle divise au décodage.": fautes.multiplied,
        "l'effectif est dans la DERNIÈRE case, pas la première.": fautes.first_is_count,
        "l'effectif est encore dans la moyenne : gardez `total[:-1]`.": fautes.count_kept,
        "l'effectif ne se divise pas par l'échelle : il a été codé tel quel.": fautes.scaled_count,
        "vous ne divisez ni par l'échelle, ni par l'effectif : il faut les deux.": fautes.undivided,
        "vous divisez par le nombre de cases : c'est l'effectif, dans la dernière, qui pèse.": fautes.by_length,
        "vous divisez par le nombre de paramètres : c'est l'effectif, `total[-1]`, qui pèse.": fautes.by_dimension,
        "`.view` vient AVANT la division : il relit des entiers, pas des réels.": fautes.view_last,
        "`.view(np.float32)` relit les bits comme un réel : ce sont des entiers, `.view(np.int32)`.": fautes.view_float,
        "vous retirez 2³² à tous : seuls les codes d'au moins 2³¹ sont négatifs.": fautes.all_negative,
        "`a / b * c` multiplie par c : des parenthèses, `a / (b * c)`.": fautes.without_brackets,
        "l'effectif d'abord, la moyenne ensuite : c'est l'inverse qui est demandé.": fautes.swapped,
        "vous ne rendez que la moyenne : rendez aussi l'effectif, `return moyenne, effectif`.": fautes.only_mean,
        "les négatifs ont perdu leur signe : `np.abs` n'y peut rien, relisez-les signés, `.view(np.int32)`.": (
            fautes.absolute_mean
        ),
        "la division entière a mangé les décimales : `/`, et non `//`.": fautes.floor_division,
    },
)


def draw_threshold(rng: np.random.Generator) -> tuple:
    """Tire un groupe, ses complices, et des disparus : aucun, ou tout juste trop."""
    num_clients = int(rng.integers(3, 60))
    colluders = int(rng.integers(0, num_clients // 2 + 1))
    spare = num_clients - (num_clients + colluders) // 2 - 1
    return num_clients, colluders, sorted({0, spare // 2, spare, spare + 1, spare + 2})


def observe_threshold(answer: Callable, case: tuple) -> Any:
    """Appelle la réponse pour chaque nombre de disparus."""
    num_clients, colluders, dropouts = case
    return {f"{count} disparus": observe(answer, (num_clients, colluders, count)) for count in dropouts}


choose_threshold = Exercise(
    title="choose_threshold",
    lesson=LESSON,
    reference=by_hand.choose_threshold,
    draw=draw_threshold,
    observe=observe_threshold,
    mistakes={
        "2t doit DÉPASSER n + c : à égalité, les deux groupes y arrivent encore.": fautes.not_strict,
        "⌊(n + c) / 2⌋ ne suffit pas : le plus petit seuil sûr en est le suivant, `+ 1`.": fautes.one_too_few,
        "un de trop : c'est le plus PETIT seuil qui est demandé.": fautes.one_too_many,
        "les complices ne comptent pas : ils signent les deux listes.": fautes.honest_majority,
        "⌊2n/3⌋ + 1 vaut pour moins d'un tiers de complices : ici, on vous donne leur nombre.": fautes.two_thirds,
        "vous rendez le plus GRAND seuil possible : le plus petit est demandé.": fautes.largest,
        "vous ne rendez jamais None : trop de disparus, et le seuil n'est plus atteint.": fautes.never_none,
        "à tout juste `t` survivants, le tour passe encore : None s'il y en a MOINS.": fautes.strict_survivors,
        "un de moins que le seuil ne suffit pas : il faut au moins `t` survivants.": fautes.lenient_survivors,
        "les complices répondent comme les autres : ne les retirez pas des survivants.": fautes.colluders_silent,
        "c'est None quand cela passe, et le seuil quand cela casse : l'inverse est demandé.": fautes.inverted,
        "vous rendez 0 quand c'est impossible : rendez None.": fautes.zero_if_impossible,
        "vous rendez −1 quand c'est impossible : rendez None.": fautes.minus_one_if_impossible,
        "« None » entre guillemets est un texte : rendez `None`, sans guillemets.": fautes.text_if_impossible,
        "vous rendez True ou False : rendez le seuil, ou None.": fautes.boolean,
        "vous rendez toujours None : un `return` oublié, ou un seuil bien trop haut (2t > n + c, et non t > n + c).": (
            fautes.always_none
        ),
        "vous retirez les complices de n : ils l'aident, ajoutez-les.": fautes.colluders_removed,
        "ce sont les disparus qui manquent, pas les complices : `num_clients - dropouts`.": fautes.colluders_missing,
        "les disparus ne changent pas le seuil : ils disent seulement s'il sera atteint.": fautes.dropouts_in_threshold,
        "n'ajoutez pas les disparus à n + c : ils disent seulement si le seuil sera atteint.": fautes.dropouts_added,
        "un seuil est un entier : divisez avec `//`.": fautes.real_threshold,
        "(n + c) / 2 ne suffit pas, et n'est pas toujours entier : divisez avec `//`, puis ajoutez 1.": fautes.half,
    },
)


def draw_bytes(rng: np.random.Generator) -> tuple:
    """Tire un modèle et un voisinage."""
    return int(rng.integers(1, 3000)), int(rng.integers(1, 300))


bytes_sent = Exercise(
    title="bytes_sent",
    lesson=LESSON,
    reference=by_hand.bytes_sent,
    draw=draw_bytes,
    observe=observe,
    mistakes={
        "l'effectif masqué part aussi : un entier de plus que de paramètres.": prix.without_count,
        "le client détient aussi une part de lui-même : une de plus que de voisins.": prix.without_itself,
        "il manque l'effectif masqué, et la part que le client détient de lui-même.": prix.without_count_nor_itself,
        "un entier de 32 bits fait 4 octets, pas 8.": prix.eight_bytes,
        "un entier de 32 bits fait 4 octets, pas 32 : un octet, c'est 8 bits.": prix.bits,
        "un entier de 32 bits fait 4 octets : vous comptez un octet par paramètre.": prix.one_byte,
        "l'effectif est un entier, donc 4 octets et non 1 : `4 * (num_parameters + 1)`.": prix.count_of_one_byte,
        "il manque les clés de l'étape 1 : 160 octets.": prix.without_keys,
        "il manque 32 octets : l'empreinte de l'étape 1, ou des parenthèses à l'étape 5.": prix.without_digest,
        "les 160 octets de l'étape 1 comptent déjà sa signature.": prix.signature_twice,
        "les clés ne partent qu'une fois, vers le serveur : pas une fois par voisin.": prix.keys_per_neighbour,
        "la signature ne part qu'une fois, vers le serveur : pas une fois par voisin.": prix.signature_per_neighbour,
        "un pli de 94 octets porte déjà ses deux parts : ne le doublez pas.": prix.two_sealed,
        "c'est un total qui est demandé : additionnez les cinq étapes.": prix.five_numbers,
        "il manque une signature : il y en a deux, à l'étape 1 et à l'étape 4.": prix.one_signature,
        "il manque les plis de l'étape 2 : 94 octets par voisin.": prix.without_sealed,
        "il manque les parts de l'étape 5 : 33 octets par détenteur.": prix.without_shares,
        "un seul pli : il en faut un PAR voisin.": prix.one_sealed,
        "une seule part : il en faut une par détenteur.": prix.one_share,
        "le vecteur ne part qu'une fois, vers le serveur : pas une fois par voisin.": prix.vector_per_neighbour,
        "le client ne se scelle pas de pli à lui-même : un par voisin.": prix.sealed_for_itself,
        "les deux arguments sont échangés.": prix.arguments_swapped,
        "c'est le vecteur seul : il manque les quatre autres étapes.": prix.vector_only,
    },
)


def draw_share(rng: np.random.Generator) -> tuple:
    """Tire une variance, un nombre d'honnêtes, une longueur et une graine."""
    return float(rng.uniform(200, 5000)), int(rng.integers(3, 40)), int(rng.integers(3, 20)), int(rng.integers(1000))


def observe_share(answer: Callable, case: tuple) -> Any:
    """Appelle la réponse avec un générateur neuf ; le tirage suivant dit si elle en a pris d'autres."""
    variance, honest, size, seed = case
    rng, untouched = np.random.default_rng(seed), np.random.default_rng(seed)
    got = observe(answer, (variance, honest, size, rng))
    if isinstance(got, np.ndarray) and got.dtype.kind == "i":
        got = got.astype(np.int64)
    after = float(rng.random())
    facts = {"le bruit vient de l'argument `rng`": after != untouched.random(), "la part": exact(got)}
    return None if got is None else facts | {"deux tirages de `size` valeurs, pas plus": after}


noise_share = Exercise(
    title="noise_share",
    lesson=LESSON,
    reference=by_hand.noise_share,
    draw=draw_share,
    observe=observe_share,
    mistakes={
        "chacun met tout le bruit : divisez la variance par le nombre d'honnêtes.": prix.whole_noise,
        "les deux lois de Poisson additionnent leurs variances : la MOITIÉ à chacune.": prix.double_variance,
        "il manque les deux divisions : par le nombre d'honnêtes, puis par deux.": prix.undivided,
        "c'est la variance qui se divise, pas l'écart-type : divisez une fois, pas par le carré.": prix.stddev_split,
        "la variance se divise par le nombre d'honnêtes, pas par sa racine.": prix.by_square_root,
        "vous divisez deux fois par deux : la moitié de la variance va à chaque Poisson, une seule fois.": (
            prix.halved_twice
        ),
        "vous multipliez par le nombre d'honnêtes : à plusieurs, chacun en met MOINS.": prix.multiplied_by_honest,
        "un seul Poisson, recentré : il n'est pas symétrique ; faites la différence de deux.": prix.one_poisson,
        "un Poisson recentré n'est ni entier, ni symétrique : faites la différence de deux.": prix.one_real_poisson,
        "un seul Poisson, recentré à l'entier inférieur : faites la différence de deux.": prix.one_poisson_floored,
        "un Poisson seul n'est jamais négatif : faites la différence de deux.": prix.positive_noise,
        "un Poisson de la bonne moyenne, mais seul : retirez-en un second.": prix.half_positive_noise,
        "vous additionnez les deux Poisson : faites leur différence.": prix.sum_of_two,
        "le même tirage des deux côtés : la différence est toujours nulle.": prix.same_draw,
        "une seule valeur pour tous les paramètres : tirez-en `size`.": prix.one_value,
        "un seul nombre : donnez `size` à `rng.poisson`, en second argument.": prix.one_number,
        "c'est une liste : `rng.poisson(moyenne, size)` rend un tableau d'un seul coup.": prix.listed,
        "la loi est juste, les nombres ne sont pas ceux de la leçon : tirez `size` valeurs d'un coup, deux fois.": (
            prix.one_by_one
        ),
        "un Gauss arrondi n'est pas un Skellam, et la somme de plusieurs n'a pas la loi promise.": prix.rounded_gauss,
        "le second moins le premier : faites le premier tirage moins le second.": prix.reversed_draws,
        "la moyenne d'un Poisson est aussi sa VARIANCE : donnez-lui la variance, pas l'écart-type.": prix.stddev_mean,
        "pas de racine carrée : chaque Poisson a pour moyenne la moitié de la VARIANCE d'une part.": prix.stddev_half,
        "pas de racine carrée : la moyenne d'un Poisson est sa variance, telle quelle.": prix.stddev_of_half,
        "pas de racine carrée de la variance visée : divisez-la telle quelle.": prix.stddev_target,
        "la division entière `//` change la variance : divisez avec `/`.": prix.integer_division,
        "vous divisez par `size` : c'est par le nombre d'honnêtes que la variance se partage.": prix.by_size,
        "vous fabriquez votre propre générateur : tous les clients tireraient le même bruit ; tirez avec `rng`.": (
            prix.own_generator
        ),
        "le type n'est plus signé : un bruit négatif y devient immense.": prix.unsigned_noise,
        "ce sont des réels : un masque veut des entiers, ceux que rend `rng.poisson`.": prix.real_noise,
    },
)
