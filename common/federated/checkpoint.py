"""Reprendre un entraînement interrompu : après chaque tour, un fichier garde de quoi repartir, au bit près."""

import inspect
import json
import random
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from flwr.app import Array, ArrayRecord, ConfigRecord, Message, MetricRecord
from flwr.serverapp import strategy as flower
from flwr.serverapp.strategy import Result, Strategy

from common.federated import snapshot
from common.federated.grid import InProcessGrid
from common.federated.history import History
from common.federated.replies import numpy_arrays
from common.federated.scaffold import Scaffold
from common.federated.snapshot import CheckpointError, Snapshot

# Ce que chaque stratégie retient d'un tour à l'autre ; ses réglages, eux, sont dans le programme.
MOMENTS: dict[type[Strategy], tuple[str, ...]] = {
    flower.FedAvg: (),
    flower.FedProx: (),
    flower.FedMedian: (),
    flower.FedTrimmedAvg: (),
    flower.Krum: (),
    flower.MultiKrum: (),
    flower.Bulyan: (),
    flower.QFedAvg: (),
    flower.FedAvgM: ("momentum_vector",),
    flower.FedAdagrad: ("m_t", "v_t"),
    flower.FedAdam: ("m_t", "v_t"),
    flower.FedYogi: ("m_t", "v_t"),
    Scaffold: ("control",),
}


class Resumable(Strategy):
    """Enrobe une stratégie de Flower : écrit `path` après chaque tour, et repart du dernier tour qu'il contient.

    `Strategy.start` compte toujours à partir de 1 : les tours déjà faits sont ajoutés à chaque numéro. Erreurs :
    `CheckpointError` si la stratégie est inconnue ou le fichier d'un autre entraînement. Cas limite : un fichier qui
    contient déjà tous les tours rend le même historique, sans rien recalculer.
    """

    def __init__(self, strategy: Strategy, path: Path, history: History, seed: int) -> None:
        if type(strategy) not in MOMENTS:
            raise CheckpointError(
                f"Un point de reprise ne sait pas ce que « {type(strategy).__name__} » retient d'un tour à l'autre. "
                f"Retirez checkpoint, ou prenez une de ces stratégies : {', '.join(s.__name__ for s in MOMENTS)}."
            )
        self._strategy, self._path, self._history, self._seed = strategy, path, history, seed
        self._done = 0

    def start(
        self,
        grid: InProcessGrid,
        initial_arrays: ArrayRecord,
        num_rounds: int,
        *,
        train_config: ConfigRecord,
        evaluate_fn: Callable[[int, ArrayRecord], MetricRecord | None],
    ) -> Result:
        """Fait, ou finit, les `num_rounds` tours, par la boucle de Flower."""
        run = _describe(self._strategy, grid, self._seed, train_config)
        resumed = self._path.exists()
        arrays = self._resume(grid, run, initial_arrays, num_rounds) if resumed else initial_arrays

        def evaluate(server_round: int, current: ArrayRecord) -> MetricRecord | None:
            if server_round == 0 and resumed:
                return None  # déjà fait avant l'interruption
            metrics = evaluate_fn(self._done + server_round, current)
            snapshot.write(self._path, self._snapshot(grid, run, self._done + server_round, current))
            return metrics

        remaining = num_rounds - self._done
        result = super().start(grid, arrays, remaining, train_config=train_config, evaluate_fn=evaluate)
        if not result.arrays:
            result.arrays = arrays  # aucun tour ne restait, ou aucun n'a rien agrégé
        return result

    def configure_train(
        self, server_round: int, arrays: ArrayRecord, config: ConfigRecord, grid: InProcessGrid
    ) -> Iterable[Message]:
        """Laisse faire la stratégie, au vrai numéro du tour."""
        return self._strategy.configure_train(self._done + server_round, arrays, config, grid)

    def aggregate_train(
        self, server_round: int, replies: Iterable[Message]
    ) -> tuple[ArrayRecord | None, MetricRecord | None]:
        """Laisse faire la stratégie, au vrai numéro du tour."""
        return self._strategy.aggregate_train(self._done + server_round, replies)

    def configure_evaluate(
        self, server_round: int, arrays: ArrayRecord, config: ConfigRecord, grid: InProcessGrid
    ) -> Iterable[Message]:
        """Laisse faire la stratégie, au vrai numéro du tour."""
        return self._strategy.configure_evaluate(self._done + server_round, arrays, config, grid)

    def aggregate_evaluate(self, server_round: int, replies: Iterable[Message]) -> MetricRecord | None:
        """Laisse faire la stratégie, au vrai numéro du tour."""
        return self._strategy.aggregate_evaluate(self._done + server_round, replies)

    def summary(self) -> None:
        """Laisse la stratégie se décrire."""
        self._strategy.summary()

    def _snapshot(self, grid: InProcessGrid, run: dict, server_round: int, arrays: ArrayRecord) -> Snapshot:
        return Snapshot(
            run=run,
            server_round=server_round,
            arrays=numpy_arrays(arrays),
            moments={name: getattr(self._strategy, name) for name in MOMENTS[type(self._strategy)]},
            states=grid.states,
            rows=self._history.rows,
            failure_rows=self._history.failure_rows,
            random_state=random.getstate(),
        )

    def _resume(self, grid: InProcessGrid, run: dict, initial_arrays: ArrayRecord, num_rounds: int) -> ArrayRecord:
        """Remet tout en l'état du dernier tour écrit et rend le modèle global de ce tour."""
        saved = snapshot.read(self._path)
        self._refuse_other_run(saved, run | _layout(numpy_arrays(initial_arrays), MOMENTS[type(self._strategy)]))
        if saved.server_round > num_rounds:
            raise CheckpointError(
                f"« {self._path} » contient déjà {saved.server_round} tours, et num_rounds vaut {num_rounds} : "
                f"demandez-en au moins {saved.server_round}, ou donnez un autre fichier à checkpoint."
            )
        for name in MOMENTS[type(self._strategy)]:
            setattr(self._strategy, name, saved.moments[name])
        if hasattr(self._strategy, "current_arrays"):
            self._strategy.current_arrays = None  # FedAvgM ne relit le modèle global que s'il n'en a pas
        grid.states.update(saved.states)
        self._history.rows, self._history.failure_rows = saved.rows, saved.failure_rows
        self._done = saved.server_round
        random.setstate(saved.random_state)
        return ArrayRecord({name: Array(array) for name, array in saved.arrays.items()})

    def _refuse_other_run(self, saved: Snapshot, run: dict[str, Any]) -> None:
        before = saved.run | _layout(saved.arrays, saved.moments)
        for key, now in run.items():
            if before.get(key) != now:
                raise CheckpointError(
                    f"« {self._path} » vient d'un autre entraînement : {key} valait {before.get(key)}, et vaut "
                    f"maintenant {now}. Reprenez la même valeur, ou donnez un autre fichier à checkpoint."
                )


def _describe(strategy: Strategy, grid: InProcessGrid, seed: int, train_config: Mapping) -> dict[str, Any]:
    """Décrit en JSON ce qui doit être pareil à la reprise."""
    names = inspect.signature(type(strategy)).parameters
    run = {"la stratégie": type(strategy).__name__, "la graine": seed, "train_config": dict(train_config)}
    run["le nombre de centres"] = len(list(grid.get_node_ids()))
    settings = {name: value for name, value in vars(strategy).items() if name in names and not callable(value)}
    run |= {f"le réglage « {name} » de la stratégie": value for name, value in settings.items()}
    return json.loads(json.dumps(run, default=repr))  # repr : les octets d'un ConfigRecord


def _layout(arrays: dict[str, np.ndarray], moments: Iterable[str]) -> dict[str, Any]:
    shapes = [(name, array.shape) for name, array in arrays.items()]
    return {"la liste des tableaux": shapes, "la mémoire de la stratégie": list(moments)}
