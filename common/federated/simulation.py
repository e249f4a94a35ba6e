"""`simulate` : un entraînement fédéré complet, dans le carnet, avec de vrais objets Flower."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

from flwr.app import ArrayRecord, ConfigRecord, MetricRecord
from flwr.clientapp import ClientApp
from flwr.serverapp.strategy import Strategy
from tqdm import tqdm

from common.data import Center
from common.environment import seeded_global_random
from common.federated.checkpoint import Resumable
from common.federated.client import center_names
from common.federated.engine import Engine, runner
from common.federated.grid import InProcessGrid, flower_session, metric_rows
from common.federated.history import History

EvaluateFn = Callable[[int, ArrayRecord], MetricRecord | None]


def simulate(
    client_app: ClientApp,
    strategy: Strategy,
    dataset: Mapping[str, Center],
    initial_arrays: ArrayRecord,
    *,
    num_rounds: int,
    seed: int = 0,
    train_config: Mapping[str, float] | None = None,
    evaluate_fn: EvaluateFn | None = None,
    on_error: Literal["stop", "skip"] = "stop",
    engine: Engine = "auto",
    checkpoint: Path | None = None,
) -> History:
    """Fait tourner `strategy` pendant `num_rounds` tours ; chaque centre de `dataset` est un client.

    Le client lit `context.node_config["partition-id"]`, `context.run_config["seed"]` et `config["server-round"]`,
    auquel s'ajoutent les réglages de `train_config` (ainsi `{"lr": 0.5}`) dans chaque ordre d'entraînement.
    `on_error` : « stop » lève une `FederatedError` au premier centre en faute, « skip » continue sans lui et le note
    dans `history.failures`. Erreurs : `ValueError` si la stratégie attend plus de centres qu'il n'y en a (Flower
    attendrait sans fin), si `num_rounds` < 1 ou si `on_error` est autre. Même graine, même résultat, quel que soit
    l'ordre des centres dans les messages. `engine` : comment les clients d'un tour répondent ; ne change que le temps
    (voir `engine.runner`). `checkpoint` : un fichier réécrit à la fin de chaque tour ; s'il existe déjà,
    l'entraînement repart de là et finit comme s'il n'avait pas été interrompu ; `CheckpointError` s'il est abîmé,
    vient d'un autre entraînement, ou si la stratégie n'est pas de celles que le cours sait reprendre.
    """
    _refuse_endless_wait(strategy, len(dataset))
    _refuse_impossible(num_rounds, on_error)
    history = History(initial_arrays)
    grid = InProcessGrid(runner(client_app, engine), center_names(dataset), history, seed=seed, on_error=on_error)
    grid.weight_key = getattr(strategy, "weighted_by_key", grid.weight_key)
    bar = tqdm(total=num_rounds, unit="tour", leave=False, mininterval=0.5)
    with flower_session(), seeded_global_random(seed), bar:
        evaluate = _recorded(evaluate_fn, history, grid.weight_key, bar)
        config = ConfigRecord(dict(train_config or {}))  # une copie : Flower y écrit le tour
        start = (Resumable(strategy, Path(checkpoint), history, seed) if checkpoint else strategy).start
        result = start(grid, initial_arrays, num_rounds, train_config=config, evaluate_fn=evaluate)
    history.arrays = result.arrays if len(result.arrays) else initial_arrays
    return history


def _recorded(evaluate_fn: EvaluateFn | None, history: History, weight_key: str, bar: tqdm) -> EvaluateFn:
    """Enrobe `evaluate_fn`, que Flower appelle une fois par tour : note la mesure et fait avancer la barre."""

    def evaluate(server_round: int, arrays: ArrayRecord) -> MetricRecord | None:
        metrics = evaluate_fn(server_round, arrays) if evaluate_fn else None
        if metrics is not None:
            history.rows += metric_rows(server_round, "global", "test", metrics, weight_key)
        bar.update(server_round - bar.n)
        return metrics

    return evaluate


def _refuse_impossible(num_rounds: int, on_error: str) -> None:
    if num_rounds < 1:
        raise ValueError(f"num_rounds vaut {num_rounds} : il faut au moins un tour.")
    if on_error not in ("stop", "skip"):
        raise ValueError(f'on_error vaut « {on_error} » : écrivez "stop" ou "skip".')


def _refuse_endless_wait(strategy: Strategy, num_centers: int) -> None:
    inner = getattr(strategy, "strategy", strategy)  # les stratégies DP de Flower en enrobent une autre
    for name in ("min_available_nodes", "min_train_nodes", "min_evaluate_nodes"):
        if getattr(inner, name, 0) > num_centers:
            raise ValueError(
                f"La stratégie exige {name}={getattr(inner, name)} centres et il n'y en a que {num_centers} : Flower "
                f"attendrait sans fin. Écrivez {name}={num_centers} en créant la stratégie."
            )
