"""Le serveur : attend les hôpitaux, lance la stratégie, range le modèle et le rapport."""

import json
import time
from pathlib import Path

import numpy as np
from flwr.app import Array, ArrayRecord, ConfigRecord, Context
from flwr.serverapp import Grid, ServerApp

from common.data.heart import FEATURES
from common.federated.replies import numpy_arrays

from .strategie import HospitalFedAvg, TooFewHospitalsError

POLL_S = 0.5
app = ServerApp()


def initial_arrays() -> ArrayRecord:
    """Rend le modèle nul : `weight` (13,) et `bias` ()."""
    return ArrayRecord({"weight": Array(np.zeros(len(FEATURES))), "bias": Array(np.zeros(()))})


@app.main()
def main(grid: Grid, context: Context) -> None:
    """Entraîne, puis écrit `modele.npz` et `rapport.json` dans `output` ; le rapport est écrit même après un échec."""
    config, error = context.run_config, None
    strategy = HospitalFedAvg(config["num-rounds"] if config["evaluate"] else None, config["min-hospitals"])
    output = Path(config["output"])
    try:
        wait_for_hospitals(grid, config["num-hospitals"], config["start-timeout"])
        arrays = train(grid, strategy, config)
        np.savez(output / "modele.npz", **numpy_arrays(arrays))
    except Exception as failure:
        error = str(failure) if isinstance(failure, TooFewHospitalsError) else repr(failure)
        raise
    finally:
        report = {"steps": strategy.report, "error": error}
        (output / "rapport.json").write_text(json.dumps(report, ensure_ascii=False), encoding="utf-8")


def train(grid: Grid, strategy: HospitalFedAvg, config: dict) -> ArrayRecord:
    """Déroule les tours et rend le modèle final."""
    settings = ConfigRecord({"lr": config["lr"], "num-steps": config["num-steps"]})
    num_rounds, timeout = config["num-rounds"], config["round-timeout"]
    result = strategy.start(grid, initial_arrays(), num_rounds, timeout=timeout, train_config=settings)
    return result.arrays


def wait_for_hospitals(grid: Grid, expected: int, timeout: float) -> None:
    """Attend que `expected` hôpitaux soient là. Erreur : `TooFewHospitalsError` passé `timeout` secondes."""
    deadline = time.monotonic() + timeout
    while (present := len(list(grid.get_node_ids()))) < expected:
        if time.monotonic() > deadline:
            raise TooFewHospitalsError(f"hôpitaux présents après {timeout:.0f} s : {present}, il en faut {expected}")
        time.sleep(POLL_S)
