"""Le serveur : attend les hôpitaux, lance la stratégie, range le modèle et le rapport."""

import json
import time
from pathlib import Path

import numpy as np
from flwr.app import Array, ArrayRecord, ConfigRecord, Context
from flwr.serverapp import Grid, ServerApp
from flwr.serverapp.strategy import Strategy

from common.data.heart import FEATURES
from common.federated.replies import numpy_arrays
from common.secure_aggregation import AbortError
from common.secure_aggregation.announcement import Weighted
from common.secure_aggregation.flower import SecureAggregation
from common.secure_aggregation.keyring import read_roster

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
    hospitals = HospitalFedAvg(config["num-rounds"] if config["evaluate"] else None, config["min-hospitals"])
    output, bounds = Path(config["output"]), []
    try:
        wait_for_hospitals(grid, config["num-hospitals"], config["start-timeout"])
        strategy = mask(hospitals, config) if config["secure"] else hospitals
        arrays = train(grid, strategy, config)
        bounds = [report.error_bound for report in strategy.rounds] if config["secure"] else []
        np.savez(output / "modele.npz", **numpy_arrays(arrays))
    except Exception as failure:
        error = str(failure) if isinstance(failure, TooFewHospitalsError | AbortError) else repr(failure)
        raise
    finally:
        report = {"steps": hospitals.report, "bounds": bounds, "error": error}
        (output / "rapport.json").write_text(json.dumps(report, ensure_ascii=False), encoding="utf-8")


def mask(hospitals: HospitalFedAvg, config: dict) -> SecureAggregation:
    """Enrobe la stratégie : le serveur ne verra que la moyenne. Erreur : `ProtocolError`, annuaire illisible."""
    encoding = Weighted(config["max-abs"], config["max-examples"])
    return SecureAggregation(hospitals, read_roster(Path(config["roster"])), encoding)


def train(grid: Grid, strategy: Strategy, config: dict) -> ArrayRecord:
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
