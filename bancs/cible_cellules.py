"""Les quatre cellules du banc `cible` : celles du tableau 2 de McMahan, nos taux essayés et notre taux retenu."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from torch import nn

from common.data import Partition, iid, shards
from common.models import cnn, two_nn

CLIENTS, PER_ROUND, BATCH_SIZE = 100, 10, 10


@dataclass(frozen=True)
class Cell:
    """Une case du tableau 2 de McMahan et al. 2017, et ce que nous faisons pour la refaire.

    `published` : leurs tours jusqu'à la cible. `lr` : le taux retenu, entraîné avec chaque graine, `max_rounds` tours
    au plus. `tried` : les autres taux essayés, avec la première graine, et le nombre de tours accordé à chacun.
    """

    name: str
    make_model: Callable[..., nn.Module]
    partition: Partition
    epochs: int
    target: float
    published: int
    lr: float
    tried: Mapping[float, int]
    seeds: tuple[int, ...]
    max_rounds: int = 1000

    def runs(self) -> Iterator["Run"]:
        """Énumère les entraînements au taux retenu, un par graine, puis les autres essais."""
        yield from (Run(self, self.lr, seed, self.max_rounds) for seed in self.seeds)
        yield from (Run(self, lr, self.seeds[0], rounds) for lr, rounds in self.tried.items())


@dataclass(frozen=True)
class Run:
    """Un entraînement : une cellule, un taux d'apprentissage, une graine, et le nombre de tours à ne pas dépasser."""

    cell: Cell
    lr: float
    seed: int
    max_rounds: int

    @property
    def name(self) -> str:
        """Rend son nom, par exemple « 2nn-iid-lr0.1-graine0 »."""
        return f"{self.cell.name}-lr{self.lr:g}-graine{self.seed}"

    def path(self, folder: Path) -> Path:
        """Rend son point de reprise."""
        return folder / f"{self.name}.safetensors"

    def is_over(self, curve: pd.Series) -> bool:
        """Dit s'il a atteint sa cible ou son dernier tour ; `curve` est vide tant qu'il n'a pas commencé."""
        return len(curve) > 0 and (curve.max() >= self.cell.target or curve.index[-1] >= self.max_rounds)


SEEDS = (0, 1, 2)
CELLS = {
    cell.name: cell
    for cell in (
        Cell("2nn-iid", two_nn, iid, 1, 0.97, 87, lr=0.2, tried={0.1: 87, 0.4: 87}, seeds=SEEDS),
        Cell("2nn-non-iid", two_nn, shards, 1, 0.97, 664, lr=0.2, tried={0.05: 66, 0.1: 664, 0.4: 120}, seeds=SEEDS),
        Cell("cnn-iid", cnn, iid, 5, 0.99, 20, lr=0.3, tried={0.1: 23, 0.2: 24, 0.25: 23}, seeds=(0,)),
        Cell("cnn-non-iid", cnn, shards, 5, 0.99, 229, lr=0.1, tried={0.05: 8, 0.2: 8}, seeds=(0,)),
    )
}
