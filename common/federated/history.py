"""Ce qu'un entraînement fédéré laisse derrière lui : le modèle final, chaque mesure, chaque panne."""

from dataclasses import dataclass, field

import pandas as pd
from flwr.app import ArrayRecord

COLUMNS = ["round", "center", "split", "metric", "value", "num_examples"]


@dataclass
class History:
    """Retient `arrays` (le modèle global final), les mesures et les pannes d'un entraînement.

    Le centre nommé « global » est le jeu de test réuni, mesuré par `evaluate_fn` ; le tour 0 est le modèle initial.
    """

    arrays: ArrayRecord
    rows: list[tuple] = field(default_factory=list, repr=False)
    failure_rows: list[tuple[int, str, str]] = field(default_factory=list, repr=False)

    def to_frame(self) -> pd.DataFrame:
        """Rend une ligne par (tour, centre, jeu, mesure) : `value` et `num_examples`."""
        return pd.DataFrame(self.rows, columns=COLUMNS)

    @property
    def failures(self) -> pd.DataFrame:
        """Rend une ligne par réponse écartée : tour, centre, raison."""
        return pd.DataFrame(self.failure_rows, columns=["round", "center", "reason"])

    def curve(self, metric: str, center: str = "global", split: str = "test") -> pd.Series:
        """Rend une mesure tour par tour, indexée par le tour.

        Erreur : `KeyError` qui énumère ce qui existe quand rien ne correspond.
        """
        frame = self.to_frame()
        rows = frame.query("metric == @metric and center == @center and split == @split")
        if rows.empty:
            known = frame[["center", "split", "metric"]].drop_duplicates().to_string(index=False)
            raise KeyError(f"Aucune mesure « {metric} » pour « {center} » ({split}). Mesures tenues :\n{known}")
        return rows.set_index("round")["value"].rename(metric)
