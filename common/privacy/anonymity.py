"""Se cacher dans un groupe : k-anonymat, l-diversité, t-proximité.

Ces trois nombres décrivent un tableau publié, une ligne par patient. Aucun ne fait de lui un tableau anonyme au sens du
RGPD (considérant 26) : ils supposent que l'on a bien deviné ce que l'attaquant sait (les quasi-identifiants).
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pandas as pd
from pandas.api.types import is_datetime64_any_dtype, is_numeric_dtype
from scipy.stats import entropy


def equivalence_classes(table: pd.DataFrame, quasi_identifiers: Sequence[str]) -> pd.Series:
    """Compte les patients que leurs quasi-identifiants ne distinguent pas : une classe par ligne, son effectif.

    L'index porte les valeurs des quasi-identifiants. Une valeur manquante est une valeur comme une autre : elle
    distingue aussi. ValueError si le tableau est vide ou si une colonne manque. Cas limite : sans doublon, chacun est
    seul dans sa classe. Source : Samarati, 2001, IEEE TKDE 13(6).
    """
    return _grouped(table, quasi_identifiers).size().rename("num_patients")


def k_anonymity(table: pd.DataFrame, quasi_identifiers: Sequence[str]) -> int:
    """Rend k, l'effectif de la plus petite classe : chacun s'y cache parmi k patients au moins.

    Mêmes erreurs que `equivalence_classes`. Cas limite : k = 1 dès qu'un seul patient est seul de son genre. Il
    faut une ligne par patient : dix séjours d'une même personne font une classe de dix, et ne la cachent pas.
    Source : Sweeney, 2002, Int. J. Uncertainty, Fuzziness and Knowledge-Based Systems 10(5).
    """
    return int(equivalence_classes(table, quasi_identifiers).min())


def l_diversity(table: pd.DataFrame, quasi_identifiers: Sequence[str], sensitive: str) -> int:
    """Rend l, le plus petit nombre de valeurs sensibles différentes dans une classe.

    ValueError comme `equivalence_classes`, et si une valeur sensible manque. Cas limite : l = 1, une classe entière a
    la même maladie, et k n'y cache plus rien. Compte les valeurs, pas leurs parts : voir `entropy_l_diversity`.
    Source : Machanavajjhala et al., 2007, ACM TKDD 1(1), article 3 (l-diversité distincte).
    """
    _check_sensitive(table, quasi_identifiers, sensitive)
    return int(_grouped(table, quasi_identifiers)[sensitive].nunique().min())


def entropy_l_diversity(table: pd.DataFrame, quasi_identifiers: Sequence[str], sensitive: str) -> float:
    """Rend l = exp(entropie) de la classe la moins variée : le nombre de valeurs sensibles « qui comptent ».

    Toujours entre 1 et `l_diversity`. Cas limites : des valeurs également fréquentes rendent `l_diversity` ; 99 grippes
    et un cancer ont l = 2, mais 1,06 ici : l'attaquant parie sur la grippe. Mêmes erreurs que `l_diversity`.
    Source : Machanavajjhala et al., 2007, ACM TKDD 1(1), article 3 (l-diversité d'entropie).
    """
    _check_sensitive(table, quasi_identifiers, sensitive)
    return float(min(np.exp(entropy(shares)) for shares in _class_shares(table, quasi_identifiers, sensitive)))


def t_closeness(table: pd.DataFrame, quasi_identifiers: Sequence[str], sensitive: str) -> float:
    """Rend t, entre 0 et 1 : le plus grand écart entre les valeurs sensibles d'une classe et celles du tableau entier.

    L'écart est la distance du terrassier : ½ Σ|p − q| pour des catégories (`equal_distance`) ; pour des nombres, des
    dates et des catégories ordonnées, la terre se porte de rang en rang (`ordered_distance`). Un code écrit en nombres
    n'est pas un nombre : convertissez-le d'abord (`.astype(str)`). Mêmes erreurs que `l_diversity`. Cas limite : une
    seule classe rend 0. Source : Li, Li et Venkatasubramanian, 2007, ICDE, section 4.
    """
    _check_sensitive(table, quasi_identifiers, sensitive)
    distance = _distance(table[sensitive])
    whole = _shares(pd.factorize(table[sensitive], sort=True)[0])
    return float(max(distance(shares, whole) for shares in _class_shares(table, quasi_identifiers, sensitive)))


def equal_distance(p: np.ndarray, q: np.ndarray) -> float:
    """Rend ½ Σ|p − q| : la distance du terrassier quand toutes les catégories sont à distance 1.

    `p`, `q` : parts, de forme (m,), de somme 1. Source : Li et al., 2007, section 4.
    """
    return float(np.abs(p - q).sum() / 2)


def ordered_distance(p: np.ndarray, q: np.ndarray) -> float:
    """Rend la distance du terrassier entre deux répartitions de m valeurs rangées, entre 0 et 1.

    `p`, `q` : parts, de forme (m,), dans l'ordre des valeurs ; les rangs i et j sont à distance |i − j| / (m − 1).
    Cas limite : m = 1 rend 0. Source : Li et al., 2007, section 4.
    """
    return float(np.abs(np.cumsum(p - q)).sum() / max(len(p) - 1, 1))


def _distance(values: pd.Series) -> Callable[[np.ndarray, np.ndarray], float]:
    ordered_categories = isinstance(values.dtype, pd.CategoricalDtype) and values.dtype.ordered
    ordered = is_numeric_dtype(values) or is_datetime64_any_dtype(values) or ordered_categories
    return ordered_distance if ordered else equal_distance


def _class_shares(table: pd.DataFrame, quasi_identifiers: Sequence[str], sensitive: str) -> Iterator[np.ndarray]:
    """La répartition des valeurs sensibles de chaque classe, toutes de même forme (m,)."""
    codes, values = pd.factorize(table[sensitive], sort=True)
    numbered = pd.Series(codes).groupby(_grouped(table, quasi_identifiers).ngroup().to_numpy())
    for _, members in numbered:
        yield _shares(members.to_numpy(), len(values))


def _shares(codes: np.ndarray, num_values: int = 0) -> np.ndarray:
    return np.bincount(codes, minlength=num_values) / len(codes)


def _grouped(table: pd.DataFrame, quasi_identifiers: Sequence[str]) -> pd.api.typing.DataFrameGroupBy:
    check_columns(table, quasi_identifiers)
    if table.empty:
        raise ValueError(
            "Le tableau n'a aucune ligne, donc aucune classe à mesurer. Vérifiez le filtre qui l'a produit, "
            "ou la suppression des lignes rares."
        )
    return table.groupby(list(quasi_identifiers), dropna=False, observed=True)


def check_columns(table: pd.DataFrame, quasi_identifiers: Sequence[str]) -> None:
    """Refuse une liste de quasi-identifiants vide, ou faite d'un texte, ou qui nomme une colonne absente."""
    if isinstance(quasi_identifiers, str) or not len(quasi_identifiers):
        raise ValueError(
            f"Les quasi-identifiants sont une liste de noms de colonnes ; reçu : {quasi_identifiers!r}. "
            'Écrivez par exemple ["birth_date", "sex", "postal_code"].'
        )
    missing = [name for name in quasi_identifiers if name not in table.columns]
    if missing:
        raise ValueError(
            f"Colonne(s) absente(s) du tableau : {', '.join(map(str, missing))}. "
            f"Il a : {', '.join(map(str, table.columns))}."
        )


def _check_sensitive(table: pd.DataFrame, quasi_identifiers: Sequence[str], sensitive: str) -> None:
    check_columns(table, [*quasi_identifiers, sensitive])
    if sensitive in quasi_identifiers:
        raise ValueError(
            f"« {sensitive} » est à la fois sensible et quasi-identifiant : chaque classe n'en aurait qu'une valeur. "
            "Retirez-le d'une des deux listes."
        )
    missing = int(table[sensitive].isna().sum())
    if missing:
        raise ValueError(
            f"{missing} valeur(s) de « {sensitive} » manquent, et « manquant » n'est pas une maladie. Décidez : "
            f'table["{sensitive}"].fillna("inconnu"), ou table.dropna(subset=["{sensitive}"]).'
        )
