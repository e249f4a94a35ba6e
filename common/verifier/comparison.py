"""Comparer deux réponses quelles qu'elles soient : nombres, tableaux, listes, dictionnaires, textes."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

RTOL, ATOL = 1e-6, 1e-9


def same(a: Any, b: Any) -> bool:
    """Dit si deux valeurs sont égales, formes comprises, à 1e-6 près en relatif pour les nombres.

    Deux tableaux pandas doivent l'être exactement, index, noms de colonnes et types compris.
    """
    if isinstance(a, pd.DataFrame | pd.Series | pd.Index):
        return type(a) is type(b) and a.equals(b)
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    if _is_sequence(a) and _is_sequence(b):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    if _is_numeric(a) and _is_numeric(b):
        a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
        return a.shape == b.shape and np.allclose(a, b, rtol=RTOL, atol=ATOL, equal_nan=True)
    if hasattr(a, "__dataclass_fields__"):
        return _same_fields(a, b)
    return type(a) is type(b) and not isinstance(a, np.ndarray) and a == b


def describe_difference(got: Any, expected: Any) -> str:
    """Décrit en une phrase ce qui sépare la réponse de l'attendu, sans donner la réponse."""
    if _is_numeric(got) and _is_numeric(expected):
        got, expected = np.asarray(got, dtype=float), np.asarray(expected, dtype=float)
        if got.shape != expected.shape:
            return f"la forme est {got.shape} au lieu de {expected.shape}."
        if not np.isfinite(got).all() and np.isfinite(expected).all():
            return "le résultat contient des NaN ou des infinis."
        if same(got, -expected):
            return "le signe est inversé."
        return "le résultat n'est pas celui attendu : relisez la consigne et l'indice."
    if _is_sequence(got) and _is_sequence(expected):
        if len(got) != len(expected):
            return f"on attend {len(expected)} éléments, il y en a {len(got)}."
        faults = ((k, g, e) for k, (g, e) in enumerate(zip(got, expected, strict=True)) if not same(g, e))
        k, g, e = next(faults)
        return f"élément {k} : {describe_difference(g, e)}"
    if isinstance(got, Mapping) and isinstance(expected, Mapping):
        if list(got) != list(expected):
            return f"les clés sont {list(got)} au lieu de {list(expected)}."
        key = next(key for key in expected if not same(got[key], expected[key]))
        return f"« {key} » : {describe_difference(got[key], expected[key])}"
    if isinstance(expected, np.ndarray) and _is_sequence(got):
        return "on attend un tableau NumPy, c'est une liste : convertissez-la avec `np.array`."
    if type(got) is not type(expected):
        return f"on attend un objet {type(expected).__name__}, c'est un objet {type(got).__name__}."
    return "ce n'est pas la bonne réponse : relisez la consigne et l'indice."


def _is_numeric(value: Any) -> bool:
    return isinstance(value, int | float | np.number | np.bool_) or (
        isinstance(value, np.ndarray) and value.dtype.kind in "biuf"
    )


def _is_sequence(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _same_fields(a: Any, b: Any) -> bool:
    return type(a) is type(b) and all(same(getattr(a, n), getattr(b, n)) for n in a.__dataclass_fields__)
