"""Partitions : distribuer des exemples entre des centres, au hasard ou avec un biais de répartition.

Une partition est une fonction (y, num_centers, rng) → liste de tableaux d'indices triés, où chaque exemple
est dans exactement un centre. Les réglages se fixent avec functools.partial : partial(dirichlet, alpha=0.1).
`dirichlet` et `shards` font un biais de classes, `quantity` un biais de quantité. Un biais de variables ne se
partage pas : il se fabrique en transformant x dans un centre.
"""

from collections.abc import Callable, Sequence

import numpy as np

Partition = Callable[[np.ndarray, int, np.random.Generator], list[np.ndarray]]

MIN_PER_CENTER = 2  # un exemple d'entraînement et un de test
MAX_DRAWS = 1000


def iid(y: np.ndarray, num_centers: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Distribue les exemples au hasard, en parts égales à un exemple près.

    y : (n,) classes. ValueError s'il y a moins de deux exemples par centre.
    """
    _check_enough(y, num_centers)
    return [np.sort(part) for part in np.array_split(rng.permutation(len(y)), num_centers)]


def dirichlet(y: np.ndarray, num_centers: int, rng: np.random.Generator, *, alpha: float = 0.5) -> list[np.ndarray]:
    """Partage chaque classe entre les centres selon des proportions tirées d'une loi de Dirichlet(alpha).

    y : (n,) classes. alpha → ∞ redonne la répartition IID ; alpha → 0 donne une classe à peu de centres.
    ValueError si, après mille tirages, un centre garde moins de deux exemples.
    Source : Yurochkin et al. (2019), arXiv:1905.12022 ; Li et al. (2021), arXiv:2102.02079 (biais de classes).
    """

    def draw() -> list[np.ndarray]:
        by_class = [rng.permutation(np.flatnonzero(y == label)) for label in np.unique(y)]
        pieces = [_cut(rows, rng.dirichlet(np.full(num_centers, alpha))) for rows in by_class]
        return [np.concatenate(parts) for parts in zip(*pieces, strict=True)]

    _check_alpha(alpha)
    return _draw_until_filled(draw, y, num_centers)


def quantity(y: np.ndarray, num_centers: int, rng: np.random.Generator, *, alpha: float = 0.5) -> list[np.ndarray]:
    """Mêmes classes partout, mais des tailles inégales, tirées d'une loi de Dirichlet(alpha).

    alpha → ∞ redonne la répartition IID. ValueError comme `dirichlet`.
    Source : Li et al. (2021), arXiv:2102.02079 (biais de quantité).
    """

    def draw() -> list[np.ndarray]:
        return _cut(rng.permutation(len(y)), rng.dirichlet(np.full(num_centers, alpha)))

    _check_alpha(alpha)
    return _draw_until_filled(draw, y, num_centers)


def shards(
    y: np.ndarray, num_centers: int, rng: np.random.Generator, *, shards_per_center: int = 2
) -> list[np.ndarray]:
    """Trie par classe, coupe en tranches égales, et en donne `shards_per_center` à chaque centre.

    Avec deux tranches, un centre ne voit le plus souvent que deux classes (davantage si une tranche en
    chevauche deux). ValueError s'il y a plus de tranches que d'exemples.
    Source : McMahan et al. (2017), arXiv:1602.05629 (MNIST : 200 tranches de 300 images, deux par client).
    """
    _check_enough(y, num_centers)
    num_shards = num_centers * shards_per_center
    if not 1 <= num_shards <= len(y):
        raise ValueError(
            f"{num_centers} centres × {shards_per_center} tranches pour {len(y)} exemples : "
            "il faut au moins une tranche par centre, et un exemple par tranche. Changez l'un des deux nombres."
        )
    order = np.argsort(y, kind="stable")  # un autre tri rangerait les ex æquo selon le processeur
    pieces = np.array_split(order, num_shards)
    dealt = rng.permutation(num_shards).reshape(num_centers, shards_per_center)
    return [np.sort(np.concatenate([pieces[shard] for shard in hand])) for hand in dealt]


def by_center(labels: np.ndarray) -> dict[str, np.ndarray]:
    """Regroupe les lignes par centre naturel : nom du centre (trié) → indices de ses lignes.

    labels : (n,) le centre de chaque ligne, par exemple une colonne « hôpital ».
    """
    names, positions = np.unique(labels, return_inverse=True)
    return {str(name): np.flatnonzero(positions == index) for index, name in enumerate(names)}


def label_skew(labels: Sequence[np.ndarray], num_classes: int) -> np.ndarray:
    """Mesure le biais de classes de chaque centre : sa distance en variation totale aux données réunies.

    labels : K tableaux (n_k,) de classes, de 0 à num_classes − 1 ; rend (K,), entre 0 et 1 : la part des exemples
    qu'il faudrait changer de classe. Cas limites : 0 si le centre a les proportions de l'ensemble ; avec des classes
    équilibrées, 1 − 1 / num_classes s'il n'en a qu'une.
    """
    shares = [np.bincount(y, minlength=num_classes) / len(y) for y in labels]
    overall = np.bincount(np.concatenate(labels), minlength=num_classes) / sum(map(len, labels))
    return np.abs(np.array(shares) - overall).sum(axis=1) / 2


def _cut(rows: np.ndarray, proportions: np.ndarray) -> list[np.ndarray]:
    bounds = np.round(np.cumsum(proportions)[:-1] * len(rows)).astype(int)
    return np.split(rows, bounds)


def _draw_until_filled(draw: Callable, y: np.ndarray, num_centers: int) -> list[np.ndarray]:
    _check_enough(y, num_centers)
    for _ in range(MAX_DRAWS):
        parts = draw()
        if min(len(part) for part in parts) >= MIN_PER_CENTER:
            return [np.sort(part) for part in parts]
    raise ValueError(
        f"Après {MAX_DRAWS} tirages, un centre a toujours moins de {MIN_PER_CENTER} exemples : "
        f"{num_centers} centres se partagent {len(y)} exemples trop inégalement. "
        "Augmentez alpha ou demandez moins de centres."
    )


def _check_enough(y: np.ndarray, num_centers: int) -> None:
    if num_centers < 1 or len(y) < MIN_PER_CENTER * num_centers:
        raise ValueError(
            f"Impossible de répartir {len(y)} exemples entre {num_centers} centres : il faut au moins un "
            f"centre, et {MIN_PER_CENTER} exemples par centre. Changez num_centers."
        )


def _check_alpha(alpha: float) -> None:
    if not alpha > 0:
        raise ValueError(f"alpha = {alpha} : il doit être strictement positif, par exemple alpha=0.5.")
