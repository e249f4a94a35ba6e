"""Le dossier de données d'un hôpital : deux fichiers CSV, contrôlés avant d'être lus."""

from pathlib import Path

import numpy as np
import pandas as pd

from common.data import Center, Split
from common.data.heart import FEATURES

COLUMNS = ("patient_id", *FEATURES, "y")
MAX_BYTES = 5_000_000


def write_center(folder: Path, center: Center) -> None:
    """Écrit `train.csv` et `test.csv` ; relus, ils redonnent les mêmes nombres au dernier bit."""
    folder.mkdir(parents=True)
    for name, split in (("train", center.train), ("test", center.test)):
        table = pd.DataFrame(split.x, columns=list(FEATURES)).assign(patient_id=split.patient_id, y=split.y)
        table[list(COLUMNS)].to_csv(folder / f"{name}.csv", index=False, encoding="utf-8", lineterminator="\n")


def read_center(folder: Path) -> Center:
    """Lit le centre d'un hôpital. Erreur : `ValueError`, sans aucune valeur de patient, car elle part au serveur."""
    train, test = _read_split(folder / "train.csv"), _read_split(folder / "test.csv")
    if np.intersect1d(train.patient_id, test.patient_id).size:
        raise ValueError("un patient est à la fois dans train.csv et dans test.csv : séparez-les par patient.")
    return Center(train, test)


def _read_split(path: Path) -> Split:
    if not path.is_file():
        raise ValueError(f"{path.name} manque dans le dossier de l'hôpital : vérifiez data-folder dans --node-config.")
    if path.stat().st_size > MAX_BYTES:
        raise ValueError(f"{path.name} dépasse {MAX_BYTES} octets : ce n'est pas le fichier attendu.")
    table = _parse(path)
    x, y = table[list(FEATURES)].to_numpy(np.float64), table["y"].to_numpy(np.float64)
    if len(table) == 0:
        raise ValueError(f"{path.name} ne contient aucun patient.")
    if not np.isfinite(x).all():
        raise ValueError(f"{path.name} contient des valeurs manquantes ou infinies : complétez ou retirez ces lignes.")
    if not np.isin(y, (0, 1)).all():
        raise ValueError(f"la colonne y de {path.name} doit valoir 0 ou 1 partout.")
    return Split(x, y.astype(np.int64), table["patient_id"].to_numpy())


def _parse(path: Path) -> pd.DataFrame:
    types = dict.fromkeys(COLUMNS, np.float64) | {"patient_id": str}
    try:
        table = pd.read_csv(path, dtype=types, encoding="utf-8")
    except ValueError:  # la cause citerait la valeur fautive, donc un patient
        raise ValueError(f"{path.name} ne se lit pas : il faut un CSV en UTF-8, des nombres partout.") from None
    if tuple(table.columns) != COLUMNS:
        raise ValueError(f"les colonnes de {path.name} doivent être, dans l'ordre : {', '.join(COLUMNS)}.")
    return table
