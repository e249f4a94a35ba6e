"""Leçon 1, Chiffrer n'est pas agréger : mesurer, en décibels, ce qu'une reconstruction garde de l'original."""

from collections.abc import Callable
from typing import Any

import numpy as np

from common.attacks.gradient_inversion import psnr as reference
from common.verifier.exercise import Exercise
from common.verifier.hints import hinted_errors
from common.verifier.semaine_6_a_8.lecon_1 import LESSON

IDENTICAL = "deux images identiques ont une erreur nulle : rendez alors `np.inf`"
HINTS = {
    "math domain": IDENTICAL,
    "truth value": "l'erreur est encore un tableau : faites-en la moyenne avant de la comparer à 0",
    "only .*scalar|0-dimensional": "`math.log10` et `round` prennent un nombre : faites d'abord la moyenne des pixels",
    "bad operand type|unsupported operand": "un calcul sur une liste ou sur `None` : `np.mean` rend un nombre",
}


def observe(answer: Callable, case: tuple) -> Any:
    """Appelle la réponse ; une erreur connue revient avec une astuce."""
    try:
        with hinted_errors(HINTS):
            return answer(*case)
    except ZeroDivisionError as error:
        raise ValueError(f"{IDENTICAL} (Python dit : {error})") from error


def draw(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Tire deux images de même forme, d'une à trois dimensions, une fois sur trois identiques.

    Aucun pixel n'atteint 1 : prendre le plus clair pour la plus grande valeur possible se voit.
    """
    shape = tuple(rng.integers(2, 12, rng.integers(1, 4)))
    original = rng.uniform(0.1, rng.uniform(0.4, 0.9), shape)
    noise = rng.normal(0.02, 1, original.shape) * np.exp(rng.uniform(-15, -1))
    reconstruction = np.clip(original + noise, 0.01, 0.99)
    return original, original.copy() if rng.random() < 1 / 3 else reconstruction


def decibels(error: Callable, peak: Callable = lambda x, y: 1.0, factor: float = 10, log: Callable = np.log10):
    """Fabrique un PSNR dont l'erreur, la plus grande valeur (au carré), le facteur ou le logarithme sont donnés."""

    def answer(original: np.ndarray, reconstruction: np.ndarray) -> float:
        mistake = error(original, reconstruction)
        return factor * log(peak(original, reconstruction) / mistake)

    return answer


def mse(x: np.ndarray, y: np.ndarray, axis: int | None = None) -> Any:
    """Rend l'erreur quadratique moyenne, de tous les pixels ou le long d'un axe."""
    return np.mean((x - y) ** 2, axis=axis)


def identical_give(value: float | None) -> Callable:
    """Fabrique un PSNR juste, sauf pour deux images identiques."""
    return lambda x, y: reference(x, y) if mse(x, y) > 0 else value


def along(axis: int) -> Callable:
    """Fabrique un PSNR par ligne, ou par colonne."""
    return decibels(lambda x, y: mse(x, y, axis))


of_each_pixel = decibels(lambda x, y: (x - y) ** 2)

psnr = Exercise(
    title="psnr",
    lesson=LESSON,
    reference=reference,
    draw=draw,
    observe=observe,
    mistakes={
        "vous avez pris la racine de l'erreur : avec le facteur 10, gardez l'erreur au carré.": (
            decibels(lambda x, y: np.sqrt(mse(x, y)))
        ),
        "le facteur 20 va avec la racine de l'erreur : avec l'erreur au carré, c'est 10.": decibels(mse, factor=20),
        "il manque le facteur 10 : vous comptez en bels.": decibels(mse, factor=1),
        "il manque le carré : vous moyennez la valeur absolue des écarts.": decibels(lambda x, y: np.abs(x - y).mean()),
        "il manque le carré : des écarts de signes contraires s'annulent.": decibels(lambda x, y: np.mean(x - y)),
        "le carré vient AVANT la moyenne : sinon des écarts de signes contraires s'annulent.": (
            decibels(lambda x, y: np.mean(x - y) ** 2)
        ),
        "des décibels demandent le logarithme décimal : `np.log10`, et non `np.log`.": decibels(mse, log=np.log),
        "des décibels demandent le logarithme décimal : `np.log10`, et non `np.log2`.": decibels(mse, log=np.log2),
        "vous sommez les carrés : divisez par le nombre de pixels, avec `np.mean`.": (
            decibels(lambda x, y: np.sum((x - y) ** 2))
        ),
        "vous divisez par le nombre de lignes, et non de pixels : `np.mean`, ou `original.size`.": (
            decibels(lambda x, y: np.sum((x - y) ** 2) / len(x))
        ),
        "vous prenez la médiane des carrés : c'est leur moyenne.": decibels(lambda x, y: np.median((x - y) ** 2)),
        "vous prenez le plus grand des écarts : c'est la moyenne de leurs carrés.": (
            decibels(lambda x, y: np.max((x - y) ** 2))
        ),
        "un nombre pour toute l'image : `np.mean` sans `axis=0`.": along(0),
        "un nombre pour toute l'image : `np.mean` sans `axis=-1`.": along(-1),
        "un nombre pour toute l'image, et non par pixel : il manque la moyenne.": of_each_pixel,
        "la moyenne se fait AVANT le logarithme : moyennez les carrés, puis passez en décibels.": (
            lambda x, y: np.mean(of_each_pixel(x, y))
        ),
        "p est la plus grande valeur POSSIBLE, 1, et non le pixel le plus clair de l'original.": (
            decibels(mse, lambda x, y: x.max() ** 2)
        ),
        "p est la plus grande valeur POSSIBLE, 1, et non le pixel le plus clair de la reconstruction.": (
            decibels(mse, lambda x, y: y.max() ** 2)
        ),
        "p est la plus grande valeur POSSIBLE, 1, et non l'écart du plus clair au plus sombre.": (
            decibels(mse, lambda x, y: np.ptp(x) ** 2)
        ),
        "ces pixels vont de 0 à 1, et non à 255.": decibels(mse, lambda x, y: 255.0**2),
        "vous comparez à la variance de l'original : au PSNR, c'est à p², donc à 1.": (
            decibels(mse, lambda x, y: x.var())
        ),
        "vous comparez à l'écart-type de l'original : au PSNR, c'est à p², donc à 1.": (
            decibels(mse, lambda x, y: x.std())
        ),
        "vous comparez à l'énergie de l'original : c'est le SNR ; au PSNR, c'est à p², donc à 1.": (
            decibels(mse, lambda x, y: np.mean(x**2))
        ),
        "le signe est inversé : c'est p²/m, et non m/p².": decibels(lambda x, y: 1 / mse(x, y)),
        "vous rendez l'erreur quadratique : il reste à la dire en décibels.": mse,
        "vous rendez p²/m : il reste son logarithme, dix fois.": lambda x, y: 1 / mse(x, y),
        "n'arrondissez pas : l'affichage s'en charge.": lambda x, y: round(reference(x, y), 1),
        "n'arrondissez pas, même à deux décimales : l'affichage s'en charge.": lambda x, y: round(reference(x, y), 2),
        "n'arrondissez pas à l'entier : l'affichage s'en charge.": lambda x, y: np.round(reference(x, y)),
        "deux images identiques rendent l'infini : n'ajoutez rien à l'erreur.": (
            decibels(lambda x, y: mse(x, y) + 1e-12)
        ),
        "deux images identiques rendent `np.inf`, et non 0.": identical_give(0.0),
        "deux images identiques rendent `np.inf`, et non 100.": identical_give(100.0),
        "deux images identiques rendent `np.inf`, et non 120 : la leçon plafonnera plus loin.": identical_give(120.0),
        "deux images identiques rendent `np.inf`, et non `nan`.": identical_give(np.nan),
        "deux images identiques rendent PLUS l'infini : aucune erreur, ressemblance parfaite.": identical_give(-np.inf),
        "deux images identiques ne rendent rien : rendez `np.inf`.": identical_give(None),
        "vous calculez sur une seule image : il faut l'écart des deux, `original - reconstruction`.": (
            decibels(lambda x, y: np.mean(x**2))
        ),
        "c'est l'ÉCART des deux images qu'on met au carré, et non leur somme.": decibels(
            lambda x, y: np.mean((x + y) ** 2)
        ),
        "l'écart des carrés n'est pas le carré de l'écart : soustrayez d'abord.": (
            decibels(lambda x, y: np.mean(x**2 - y**2))
        ),
    },
)
