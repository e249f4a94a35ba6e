"""Leçon 1 des semaines 6 à 8, mesurer une ressemblance : ce que le contrôle doit refuser, et laisser passer."""

import math

import numpy as np


def error(x, y):
    return np.mean((x - y) ** 2)


def written_as(value):
    """Une réponse de cette forme, juste pour deux images identiques."""

    def answer(original, reconstruction):
        if np.array_equal(original, reconstruction):
            return np.inf
        return value(original, reconstruction)

    return answer


def in_place(original, reconstruction):
    original -= reconstruction
    return -10 * np.log10(np.mean(original**2))


def unsaid(original, reconstruction):
    10 * np.log10(1 / error(original, reconstruction))


def printed(original, reconstruction):
    print(10 * np.log10(1 / error(original, reconstruction)))


def as_text(original, reconstruction):
    return f"{10 * np.log10(1 / error(original, reconstruction)):.1f} dB"


def with_its_error(original, reconstruction):
    mse = error(original, reconstruction)
    return mse, 10 * np.log10(1 / mse)


def first_row(original, reconstruction):
    return 10 * np.log10(1 / error(original[0], reconstruction[0]))


def without_the_identical_case(original, reconstruction):
    return 10 * math.log10(1 / float(error(original, reconstruction)))


def compared_before_the_mean(original, reconstruction):
    gap = (original - reconstruction) ** 2
    return np.inf if gap == 0 else -10 * np.log10(gap.mean())


def almost_identical(original, reconstruction):
    return np.inf if error(original, reconstruction) < 1e-7 else -10 * np.log10(error(original, reconstruction))


def identical_when_one_pixel_is(original, reconstruction):
    return np.inf if original.flat[0] >= reconstruction.flat[0] else -10 * np.log10(error(original, reconstruction))


def log_of_an_image(original, reconstruction):
    return -10 * math.log10((original - reconstruction) ** 2)


def stretched(original, reconstruction):
    span = original.max() - original.min()
    return -10 * np.log10(error(original / span, reconstruction / span))


def rmse_outside_the_log(original, reconstruction):
    return 20 * np.log10(1 / np.sqrt(error(original, reconstruction))) ** 2


def capped(original, reconstruction):
    return min(60, -10 * np.log10(error(original, reconstruction)))


WRONG = {
    "psnr": [
        (written_as(lambda x, y: -10 * np.log10(error(x, y) ** 0.5)), "pris la racine"),
        (written_as(lambda x, y: 5 * np.log10(1 / error(x, y))), "pris la racine"),
        (written_as(lambda x, y: -20 * np.log10(error(x, y))), "facteur 20"),
        (written_as(lambda x, y: -np.log10(error(x, y))), "en bels"),
        (written_as(lambda x, y: -10 * np.log10(np.mean(abs(x - y)))), "il manque le carré"),
        (written_as(lambda x, y: -10 * np.log10(np.mean(x - y))), "il manque le carré"),
        (written_as(lambda x, y: -20 * np.log10(abs(np.mean(x - y)))), "AVANT la moyenne"),
        (written_as(lambda x, y: 10 * math.log(1 / error(x, y))), "et non `np.log`"),
        (written_as(lambda x, y: 10 * math.log2(1 / error(x, y))), "et non `np.log2`"),
        (written_as(lambda x, y: -10 * np.log10(((x - y) ** 2).sum())), "divisez par le nombre de pixels"),
        (written_as(lambda x, y: -10 * np.log10(((x - y) ** 2).sum() / x.shape[0])), "nombre de lignes"),
        (written_as(lambda x, y: -10 * np.log10(((x - y) ** 2).sum() / 64)), "relisez"),
        (written_as(lambda x, y: -10 * np.log10(np.median((x - y) ** 2))), "médiane"),
        (written_as(lambda x, y: -20 * np.log10(np.max(abs(x - y)))), "plus grand des écarts"),
        (lambda x, y: -10 * np.log10(((x - y) ** 2).mean(axis=0)), "sans `axis=0`"),
        (lambda x, y: -10 * np.log10(((x - y) ** 2).mean(axis=-1)), "sans `axis=-1`"),
        (lambda x, y: -20 * np.log10(abs(x - y)), "il manque la moyenne"),
        (lambda x, y: np.mean(-20 * np.log10(abs(x - y))), "moyenne se fait AVANT le logarithme"),
        (written_as(lambda x, y: 20 * np.log10(x.max() / error(x, y) ** 0.5)), "plus clair de l'original"),
        (written_as(lambda x, y: 10 * np.log10(y.max() ** 2 / error(x, y))), "plus clair de la reconstruction"),
        (written_as(lambda x, y: 10 * np.log10(x.max() / error(x, y))), "relisez"),
        (stretched, "du plus clair au plus sombre"),
        (written_as(lambda x, y: 20 * np.log10(255 / error(x, y) ** 0.5)), "et non à 255"),
        (written_as(lambda x, y: 10 * np.log10(255 / error(x, y))), "relisez"),
        (written_as(lambda x, y: 10 * np.log10(np.std(x) ** 2 / error(x, y))), "variance"),
        (written_as(lambda x, y: 10 * np.log10(np.std(x) / error(x, y))), "écart-type"),
        (written_as(lambda x, y: 10 * np.log10((x**2).sum() / ((x - y) ** 2).sum())), "c'est le SNR"),
        (lambda x, y: 10 * np.log10(error(x, y)), "signe est inversé"),
        (error, "vous rendez l'erreur quadratique"),
        (written_as(lambda x, y: 1 / error(x, y)), "il reste son logarithme"),
        (written_as(lambda x, y: round(10 * math.log10(1 / error(x, y)), 1)), "n'arrondissez pas"),
        (written_as(lambda x, y: round(10 * math.log10(1 / error(x, y)), 2)), "n'arrondissez pas"),
        (written_as(lambda x, y: round(10 * math.log10(1 / error(x, y)))), "à l'entier"),
        (lambda x, y: -10 * np.log10(error(x, y) + 1e-12), "n'ajoutez rien"),
        (lambda x, y: 0 if (x == y).all() else -10 * np.log10(error(x, y)), "et non 0"),
        (lambda x, y: 100 if (x == y).all() else -10 * np.log10(error(x, y)), "et non 100"),
        (lambda x, y: 120 if (x == y).all() else -10 * np.log10(error(x, y)), "et non 120"),
        (lambda x, y: np.nan if (x == y).all() else -10 * np.log10(error(x, y)), "et non `nan`"),
        (lambda x, y: -np.inf if (x == y).all() else -10 * np.log10(error(x, y)), "PLUS l'infini"),
        (lambda x, y: None if (x == y).all() else -10 * np.log10(error(x, y)), "ne rendent rien"),
        (lambda x, y: -10 * np.log10(error(x, 0)), "une seule image"),
        (lambda x, y: -10 * np.log10(error(x, -y)), "non leur somme"),
        (lambda x, y: -10 * np.log10(np.mean(x**2 - y**2)), "l'écart des carrés"),
        (rmse_outside_the_log, "relisez"),
        (capped, "relisez"),
        (almost_identical, "NaN ou des infinis"),
        (identical_when_one_pixel_is, "NaN ou des infinis"),
        (first_row, "relisez"),
        (without_the_identical_case, "rendez alors `np.inf`"),
        (lambda x, y: -10 * math.log10(error(x, y)), "rendez alors `np.inf`"),
        (compared_before_the_mean, "encore un tableau"),
        (log_of_an_image, "faites d'abord la moyenne"),
        (in_place, "en place"),
        (unsaid, "il manque un `return`"),
        (printed, "il manque un `return`"),
        (as_text, "un objet str"),
        (with_its_error, "un objet tuple"),
    ]
}


def from_the_root(original, reconstruction):
    root = math.sqrt(float(((original - reconstruction) ** 2).mean()))
    return math.inf if root == 0 else 20 * math.log10(1 / root)


def by_loop(original, reconstruction):
    total = 0.0
    for a, b in zip(original.ravel(), reconstruction.ravel(), strict=True):
        total += (a - b) ** 2
    return 10 * math.log10(original.size / total) if total else float("inf")


def letting_numpy_say_infinity(original, reconstruction):
    return -10 * np.log10(np.mean((original - reconstruction) ** 2))


def identical_first(original, reconstruction):
    if np.array_equal(original, reconstruction):
        return np.inf
    gap = np.ravel(reconstruction - original)
    return np.array(-10 * np.log10(gap @ gap / len(gap)))


def by_the_norm(original, reconstruction):
    rmse = np.linalg.norm(original - reconstruction) / original.size**0.5
    return 20 * np.log10(1 / rmse) if rmse > 0 else np.inf


def natural_logarithm_converted(original, reconstruction):
    mse = np.square(original - reconstruction).mean()
    return np.inf if mse == 0 else 10 * np.log(1 / mse) / np.log(10)


RIGHT = {
    "psnr": [
        from_the_root,
        by_loop,
        letting_numpy_say_infinity,
        identical_first,
        by_the_norm,
        natural_logarithm_converted,
        lambda original, reconstruction: by_loop(reconstruction, original),
    ]
}
