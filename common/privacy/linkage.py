"""Ré-identifier : croiser un tableau « sans noms » et un registre public, comme Sweeney ; et deux attaques plus fines.

L'attaquant connaît les quasi-identifiants de ses voisins, pas leurs maladies. Contre un tableau généralisé, il
généralise son registre de la même façon (`generalise` aux niveaux publiés) : le 2 mai 1963 tombe dans « 1960-1969 ».
L'index des tableaux est le numéro de la personne : il ne sert qu'à juger l'attaque, qui ne le lit pas.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from pandas.api.types import is_datetime64_any_dtype, is_numeric_dtype

from common.metrics import Estimate, accuracy
from common.privacy.anonymity import check_columns


def link(released: pd.DataFrame, public: pd.DataFrame, on: Sequence[str]) -> pd.DataFrame:
    """Rend les patients publiés qui ont un seul candidat dans le registre, chacun à côté de ce candidat.

    Une ligne par appariement : `released_row` et `public_row` (les index d'origine), puis les colonnes des deux
    tableaux (« _public » distingue les homonymes). Une valeur manquante ne s'apparie qu'avec une valeur manquante.
    ValueError si une colonne de `on` manque, ou n'est généralisée que d'un côté. Un candidat unique n'est pas toujours
    le bon : le patient peut ne pas être inscrit.
    Source : Sweeney, 1997, J. Law, Medicine & Ethics 25(2-3) ; 2002, IJUFKS 10(5).
    """
    check_columns(released, on)
    check_columns(public, on)
    _check_same_types(released, public, on)
    alone = public.drop_duplicates(list(on), keep=False).reset_index(names="public_row")
    return released.reset_index(names="released_row").merge(alone, on=list(on), suffixes=("", "_public"))


def reidentification_rate(released: pd.DataFrame, public: pd.DataFrame, on: Sequence[str]) -> Estimate:
    """Rend la part des patients publiés dont l'unique candidat est le bon, et son intervalle de Wilson à 95 %.

    Les deux index portent le numéro de la personne. Mêmes erreurs que `link`. Cas limites : un registre qui contient
    tout le monde et un tableau k-anonyme avec k ≥ 2 rendent 0 ; un tableau vide est « non estimable ».
    """
    matches = link(released, public, on)
    right = matches.loc[matches["released_row"] == matches["public_row"], "released_row"]
    return accuracy(np.ones(len(released)), released.index.isin(right).astype(int))


def homogeneity_attack(
    released: pd.DataFrame, targets: pd.DataFrame, on: Sequence[str], sensitive: str
) -> pd.DataFrame:
    """Rend les personnes visées dont toute la classe a la même valeur sensible, avec cette valeur dans `deduced`.

    `targets` : des gens que l'attaquant sait hospitalisés, mêmes colonnes `on`. Nul besoin de savoir quelle ligne est
    la leur. Mêmes erreurs que `link`. Cas limite : l-diversité ≥ 2, aucune ligne rendue. Source :
    Machanavajjhala et al., 2007, ACM TKDD 1(1), article 3.
    """
    check_columns(released, [*on, sensitive])
    check_columns(targets, on)
    _check_same_types(released, targets, on)
    classes = released.groupby(list(on), dropna=False, observed=True)[sensitive]
    known = classes.agg(num_values=lambda values: values.nunique(dropna=False), deduced="first").reset_index()
    certain = known[known["num_values"] == 1].drop(columns="num_values")
    return targets.reset_index(names="target").merge(certain, on=list(on)).set_index("target")


def differencing_attack(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Rend les lignes de la seconde publication qui ne sont pas dans la première : les nouveaux venus.

    Deux tableaux k-anonymes aux mêmes niveaux suffisent : celui qui sait que son voisin est entré entre les deux lit sa
    ligne, seule de son genre. Deux lignes égales comptent deux fois. ValueError si les colonnes diffèrent, ou leurs
    types. Cas limite : deux publications égales rendent un tableau vide.
    """
    if list(before.columns) != list(after.columns):
        raise ValueError(
            f"Les deux publications n'ont pas les mêmes colonnes : {list(before.columns)} et {list(after.columns)}. "
            "Gardez celles qu'elles ont en commun."
        )
    _check_same_types(after, before, after.columns)
    numbered = _number_copies(after).merge(_number_copies(before), how="left", indicator=True)
    new = (numbered["_merge"] == "left_only").to_numpy()
    return after[new]


def _number_copies(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(copy_number=table.groupby(list(table.columns), dropna=False, observed=True).cumcount())


def _check_same_types(left: pd.DataFrame, right: pd.DataFrame, on: Sequence[str]) -> None:
    """Refuse de croiser des textes et des nombres ou des dates, où rien ne s'apparie."""
    for name in on:
        kinds = {_kind(table[name]) for table in (left, right)} - {None}
        if len(kinds) > 1:
            raise ValueError(
                f"« {name} » n'a pas le même type des deux côtés ({left[name].dtype} et {right[name].dtype}) : l'un "
                "est généralisé et pas l'autre, ou un code est lu comme un nombre. Généralisez le second aux niveaux "
                "du premier, generalise(table, hierarchies, levels), ou convertissez-le."
            )


def _kind(column: pd.Series) -> str | None:
    """Ce que la colonne contient : « number », « date », « other » ; None si tout y manque."""
    known = column.dropna().infer_objects()
    if known.empty:
        return None
    return "number" if is_numeric_dtype(known) else "date" if is_datetime64_any_dtype(known) else "other"
