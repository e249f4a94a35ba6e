"""Généraliser et supprimer, pour qu'aucun patient ne soit seul : hiérarchies, et recherche du moindre mal.

Une hiérarchie est une suite de fonctions, de la plus fine à la plus grossière. Le niveau 0 est la valeur d'origine ; le
niveau i applique la i-ème fonction à la colonne d'origine. Toute colonne est généralisée d'un bloc (« full-domain »).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise, product
from typing import NamedTuple

import numpy as np
import pandas as pd
from pandas.api.types import is_datetime64_any_dtype, is_numeric_dtype

from common.privacy.anonymity import check_columns

Hierarchy = tuple[Callable[[pd.Series], pd.Series], ...]
Levels = dict[str, int]
ANY = "*"
_AS_DATES = 'des dates : pd.to_datetime(table["{}"], format="%d/%m/%Y"), ou le format qui est le leur'


@dataclass(frozen=True)
class Release:
    """Un tableau publié, et ce qu'il a coûté : niveaux retenus, part de patients retirés, perte d'information.

    `loss` est la discernabilité moyenne (voir `discernibility`), en patients. Le tableau garde l'index d'origine, qui
    sert à juger une attaque : retirez-le (`reset_index(drop=True)`) avant une vraie publication.
    """

    table: pd.DataFrame
    levels: Levels
    suppressed: float
    loss: float


def number_bands(*widths: int) -> Hierarchy:
    """Rend une hiérarchie de nombres : tranches de `widths`, puis « * ».

    `number_bands(5, 10, 20)` fait de 43 « 40-44 », « 40-49 », « 40-59 », « * ». ValueError si une largeur n'est pas
    un multiple de la précédente (les tranches ne s'emboîteraient pas) ; à l'usage, si la colonne n'a pas de nombres.
    """
    _check_nested(widths)
    return (*(_band_of(width) for width in widths), _everything)


def prefixes(*lengths: int) -> Hierarchy:
    """Rend une hiérarchie de codes : leurs `lengths` premiers caractères, puis « * ».

    `prefixes(3, 2)` fait de « 35042 » « 350** », « 35*** », « * ». ValueError si les longueurs ne décroissent pas ; à
    l'usage, si les codes sont lus comme des nombres, qui perdent leurs zéros de tête.
    """
    if any(length < 1 for length in lengths) or list(lengths) != sorted(set(lengths), reverse=True):
        raise ValueError(f"Les longueurs doivent décroître et rester positives, comme (3, 2) ; reçu : {lengths}.")
    return (*(_prefix_of(length) for length in lengths), _everything)


def dates(*year_bands: int) -> Hierarchy:
    """Rend une hiérarchie de dates : mois, année, tranches de `year_bands` années, puis « * ».

    `dates(10)` fait du 2 mai 1963 « 1963-05 », « 1963 », « 1960-1969 », « * ». ValueError comme `number_bands` ; à
    l'usage, si la colonne n'a pas de dates : un texte ne dit pas où est le jour.
    """
    _check_nested(year_bands)
    bands = (_year_band_of(width) for width in year_bands)
    return (_date_format("%Y-%m"), _date_format("%Y"), *bands, _everything)


def category_tree(*parents: Mapping[str, str]) -> Hierarchy:
    """Rend une hiérarchie de catégories : chaque dictionnaire donne le parent d'une valeur d'origine, puis « * ».

    Une valeur sans parent lève une ValueError à l'usage : rien ne passe tel quel en se croyant généralisé. Cas limite :
    sans dictionnaire, la colonne n'a que deux niveaux, telle quelle ou « * ».
    """
    return (*(_parent_of(dict(parent)) for parent in parents), _everything)


def generalise(table: pd.DataFrame, hierarchies: Mapping[str, Hierarchy], levels: Mapping[str, int]) -> pd.DataFrame:
    """Rend une copie du tableau où chaque colonne de `levels` est montée à son niveau.

    Une valeur manquante le reste, sauf au dernier niveau, où tout vaut « * ». ValueError si une colonne ou un niveau
    n'existe pas. Cas limite : des niveaux tous nuls rendent le tableau tel quel.
    """
    check_columns(table, list(levels))
    climbed = {name: _climb(table[name], hierarchies, level) for name, level in levels.items()}
    return table.assign(**climbed)


def discernibility(class_sizes: pd.Series | np.ndarray, num_suppressed: int = 0) -> float:
    """Avec combien de patients un patient est-il confondu, en moyenne (lui compris) ? C'est la perte d'information.

    (Σ taille² + retirés × n) / n : un patient retiré est confondu avec les n du départ. Cas limites : 1 si chacun est
    seul, n si tous se confondent. Source : Bayardo et Agrawal, 2005, ICDE (C_DM, ici divisé par n).
    """
    sizes = np.asarray(class_sizes, dtype=float)
    total = sizes.sum() + num_suppressed
    return float((np.sum(sizes**2) + num_suppressed * total) / total)


def anonymise(
    table: pd.DataFrame, hierarchies: Mapping[str, Hierarchy], k: int, max_suppressed: float = 0.0
) -> Release:
    """Cherche les niveaux qui rendent le tableau k-anonyme au moindre mal, et retire les patients restés trop seuls.

    Tous les niveaux possibles sont essayés. Sont admis ceux où la part retirée ne dépasse pas `max_suppressed` (entre
    0 et 1) ; gagne la plus petite `discernibility`, à égalité la plus petite somme de niveaux. ValueError si rien ne
    convient. Cas limite : k = 1 ne change rien. Sources : Samarati, 2001, IEEE TKDE 13(6) ; LeFevre et al., 2005,
    SIGMOD (Incognito), qui parcourent le même treillis sans tout essayer.
    """
    _check_request(table, hierarchies, k, max_suppressed)
    admitted = [node for node in _lattice(table, hierarchies, k) if node.suppressed <= max_suppressed]
    if not admitted:
        raise ValueError(_impossible(len(table), k, max_suppressed))
    best = min(admitted, key=lambda node: (node.loss, sum(node.levels.values())))
    published = generalise(table, hierarchies, best.levels)[best.kept]
    return Release(published, best.levels, best.suppressed, best.loss)


class _Node(NamedTuple):
    """Un choix de niveaux, les lignes qu'il garde (n,), et ce qu'il coûte."""

    levels: Levels
    kept: np.ndarray
    suppressed: float
    loss: float


def _lattice(table: pd.DataFrame, hierarchies: Mapping[str, Hierarchy], k: int) -> Iterator[_Node]:
    """Chaque choix de niveaux qui garde au moins une ligne ; des codes entiers (n, colonnes) vont plus vite."""
    codes = {name: _codes_by_level(table[name], hierarchies) for name in hierarchies}
    for heights in product(*(range(len(views)) for views in codes.values())):
        levels = dict(zip(hierarchies, heights, strict=True))
        rows = np.column_stack([codes[name][level] for name, level in levels.items()])
        _, classes, sizes = np.unique(rows, axis=0, return_inverse=True, return_counts=True)
        kept = (sizes >= k)[classes.ravel()]
        if kept.any():
            loss = discernibility(sizes[sizes >= k], int(np.sum(~kept)))
            yield _Node(levels, kept, float(np.mean(~kept)), loss)


def _codes_by_level(column: pd.Series, hierarchies: Mapping[str, Hierarchy]) -> list[np.ndarray]:
    views = [_climb(column, hierarchies, level) for level in range(len(hierarchies[column.name]) + 1)]
    return [pd.factorize(view)[0] for view in views]


def _climb(column: pd.Series, hierarchies: Mapping[str, Hierarchy], level: int) -> pd.Series:
    hierarchy = hierarchies.get(column.name)
    if hierarchy is None or not 0 <= level <= len(hierarchy):
        top = "aucune hiérarchie" if hierarchy is None else f"les niveaux 0 à {len(hierarchy)}"
        raise ValueError(f"« {column.name} » a {top} ; niveau demandé : {level}.")
    return column if level == 0 else hierarchy[level - 1](column)


def _everything(column: pd.Series) -> pd.Series:
    return pd.Series(ANY, index=column.index)


def _band_of(width: int) -> Callable[[pd.Series], pd.Series]:
    def climb(column: pd.Series) -> pd.Series:
        _require(column, is_numeric_dtype, f'des nombres : pd.to_numeric(table["{column.name}"])')
        return column.map(lambda value: _band(value, width), na_action="ignore")

    return climb


def _band(value: float, width: int) -> str:
    low = int(value // width) * width
    return f"{low}-{low + width - 1}"


def _prefix_of(length: int) -> Callable[[pd.Series], pd.Series]:
    def climb(column: pd.Series) -> pd.Series:
        _require(column, _is_text, f'des textes : pd.read_csv(…, dtype={{"{column.name}": str}})')
        return column.map(lambda code: str(code)[:length] + ANY * (len(str(code)) - length), na_action="ignore")

    return climb


def _date_format(form: str) -> Callable[[pd.Series], pd.Series]:
    def climb(column: pd.Series) -> pd.Series:
        _require(column, is_datetime64_any_dtype, _AS_DATES.format(column.name))
        return pd.to_datetime(column).dt.strftime(form)

    return climb


def _year_band_of(width: int) -> Callable[[pd.Series], pd.Series]:
    def climb(column: pd.Series) -> pd.Series:
        _require(column, is_datetime64_any_dtype, _AS_DATES.format(column.name))
        return _band_of(width)(pd.to_datetime(column).dt.year)

    return climb


def _parent_of(parent: dict[str, str]) -> Callable[[pd.Series], pd.Series]:
    def climb(column: pd.Series) -> pd.Series:
        orphans = sorted(map(str, set(column.dropna()) - set(parent)))
        if orphans:
            raise ValueError(
                f"« {column.name} » : aucune catégorie parente pour {', '.join(orphans[:5])}. "
                "Ajoutez ces valeurs au dictionnaire de la hiérarchie."
            )
        return column.map(parent, na_action="ignore")

    return climb


def _is_text(column: pd.Series) -> bool:
    return not is_numeric_dtype(column)


def _require(column: pd.Series, fits: Callable[[pd.Series], bool], wanted: str) -> None:
    known = column.dropna().infer_objects()
    if len(known) and not fits(known):
        raise ValueError(f"« {column.name} » est lue comme {column.dtype}, et sa hiérarchie attend {wanted}.")


def _check_nested(widths: tuple[int, ...]) -> None:
    if any(width < 1 or width != int(width) for width in widths) or any(b % a for a, b in pairwise(widths)):
        raise ValueError(
            f"Chaque largeur doit être entière, et un multiple de la précédente, comme (5, 10, 20) ; reçu : {widths}. "
            "Sinon deux patients réunis dans une tranche seraient séparés dans la suivante."
        )


def _check_request(table: pd.DataFrame, hierarchies: Mapping[str, Hierarchy], k: int, max_suppressed: float) -> None:
    check_columns(table, list(hierarchies))
    if table.empty:
        raise ValueError(
            "Le tableau n'a aucune ligne : il n'y a personne à cacher. Vérifiez le filtre qui l'a produit."
        )
    if k < 1 or not 0 <= max_suppressed <= 1:
        raise ValueError(
            f"k est un entier d'au moins 1 et max_suppressed une part entre 0 et 1 ; reçu : k={k}, "
            f"max_suppressed={max_suppressed}."
        )


def _impossible(num_rows: int, k: int, max_suppressed: float) -> str:
    return (
        f"Aucun choix de niveaux ne rend ces {num_rows} patients {k}-anonymes en retirant au plus "
        f"{max_suppressed:.0%} d'entre eux. Baissez k, permettez plus de suppressions, ou ajoutez aux hiérarchies un "
        "niveau plus grossier."
    )
