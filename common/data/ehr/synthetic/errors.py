"""Ce que les vrais dossiers ont de faux : les erreurs de saisie, à un taux dit d'avance.

Les analyses viennent d'un automate : elles n'ont pas d'erreur de frappe, mais un texte parfois à la place du nombre.
Les taux sont un jugement ; seules leurs espèces viennent des vrais dossiers.
"""

import numpy as np
import pandas as pd

ANOMALIES = {
    "zero": 0.001,  # parmi les signes vitaux : capteur débranché, noté 0
    "nines": 0.0005,  # parmi les signes vitaux : 9999 au lieu d'une valeur absente
    "decimal_slip": 0.001,  # parmi les signes vitaux : dix fois trop, ou dix fois trop peu
    "fahrenheit_as_celsius": 0.03,  # parmi les températures en °C (ITEMID 223762) : une valeur en °F
    "flagged_error": 0.002,  # parmi toutes les lignes de CHARTEVENTS : ERROR = 1
    "missing_stay": 0.001,  # parmi toutes les lignes de CHARTEVENTS : ICUSTAY_ID vide
    "duplicate": 0.002,  # parmi toutes les lignes de CHARTEVENTS : la même, deux fois
    "lab_text": 0.003,  # parmi les lignes de LABEVENTS : un texte à la place du nombre, VALUENUM vide
}
CELSIUS = 223762
GLASGOW = (220739, 223900, 223901)  # des mots : aucune erreur de chiffre


def spoil_chart(rows: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Rend les lignes (itemid, value…) avec leurs erreurs ; `error` : signalée, `lost` : sans séjour."""
    n = len(rows)
    value = _misread(rows["value"].to_numpy(), ~rows["itemid"].isin(GLASGOW).to_numpy(), rng)
    untouched = (rows["itemid"] == CELSIUS).to_numpy() & (value == rows["value"].to_numpy())
    wrong_unit = untouched & (rng.random(n) < ANOMALIES["fahrenheit_as_celsius"])
    spoiled = rows.assign(
        value=np.where(wrong_unit, np.round(value * 1.8 + 32, 1), value),
        error=(rng.random(n) < ANOMALIES["flagged_error"]).astype(int),
        lost=rng.random(n) < ANOMALIES["missing_stay"],
    )
    twice = 1 + (rng.random(n) < ANOMALIES["duplicate"])
    return spoiled.loc[np.repeat(spoiled.index, twice)].reset_index(drop=True)


def _misread(value: np.ndarray, numeric: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Zéros, 9999 et virgules déplacées, qui s'excluent, parmi les lignes `numeric`."""
    limits = np.cumsum([ANOMALIES[name] for name in ("zero", "nines", "decimal_slip")])
    kind = np.where(numeric, np.searchsorted(limits, rng.random(len(value)), side="right"), len(limits))
    slipped = np.round(np.where(rng.random(len(value)) < 0.5, value * 10, value / 10), 2)
    return np.select(
        [kind == 0, kind == 1, kind == 2], [np.zeros(len(value)), np.full(len(value), 9999.0), slipped], value
    )
