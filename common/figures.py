"""Les figures du cours : une fonction, une figure, qui reçoit des axes et les rend.

Chaque figure se lit en noir et blanc : marqueurs, traits et surfaces portent ce que dit la couleur.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from common.data import DataCard, FederatedDataset
from common.metrics import POOLED

COLORS = ("#000000", "#D55E00", "#0072B2", "#009E73", "#AA3377", "#B8860B", "#4477AA")
LINESTYLES = ("-", "--", "-.", ":")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
METRIC_LABELS = {"auroc": "AUROC", "accuracy": "exactitude"}
MAX_NAMED_CENTERS = 30
MAX_WRITTEN_COUNTS = 120
GRID_POINTS = 50


def mark_synthetic(ax: Axes, card: DataCard) -> Axes:
    """Écrit « données synthétiques » le long du bord droit des axes si la carte du jeu de données le dit."""
    if card.synthetic:
        ax.text(1.01, 0.5, "données synthétiques", transform=ax.transAxes, rotation=270,
                ha="left", va="center", style="italic")  # fmt: skip
    return ax


def learning_curves(
    ax: Axes,
    curves: Mapping[str, pd.Series | Sequence[float]],
    *,
    ylabel: str,
    target: float | None = None,
) -> Axes:
    """Une courbe d'apprentissage par méthode, en fonction du tour de communication.

    `curves` : nom -> suite dont le premier élément est le tour 0 (le modèle initial), ou série indexée par le
    tour. `target` trace la cible en pointillés horizontaux.
    """
    for rank, (name, values) in enumerate(curves.items()):
        curve = pd.Series(values, dtype=float)
        every = max(1, len(curve) // 10)
        ax.plot(curve.index, curve, label=name, markevery=every, markersize=5, **_style(rank))
    if target is not None:
        ax.axhline(target, color="0.4", linewidth=1, dashes=(1, 2), label=f"cible : {_number(target)}")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.yaxis.set_major_formatter(FuncFormatter(_number))
    ax.set(xlabel="tour de communication", ylabel=ylabel, title="Courbes d'apprentissage")
    ax.legend()
    return ax


def label_distribution(ax: Axes, dataset: FederatedDataset) -> Axes:
    """Les effectifs d'entraînement, classe par classe et centre par centre : une barre par case.

    Toutes les barres ont la même échelle ; les effectifs s'y écrivent tant qu'il y a au plus 120 cases.
    """
    labels = [center.train.y for center in dataset.values()]
    classes = np.unique(np.concatenate(labels))
    counts = np.array([[np.sum(y == c) for c in classes] for y in labels])  # (centres, classes)
    row, column = np.indices(counts.shape)
    left = column - 0.45
    ax.barh(row.ravel(), (0.9 * counts / counts.max()).ravel(), left=left.ravel(), height=0.7, color="0.65")
    if counts.size <= MAX_WRITTEN_COUNTS:
        for (i, j), count in np.ndenumerate(counts):
            ax.text(left[i, j] + 0.03, i, str(count), va="center", fontsize="small")
    ax.vlines(left[0] - 0.05, -0.5, len(counts) - 0.5, color="black", linewidth=0.5)
    sizes = counts.sum(axis=1)
    _name_rows(ax, [f"{name}\nn = {n}" for name, n in zip(dataset, sizes, strict=True)])
    ax.set_xticks(range(len(classes)), [str(c) for c in classes])
    ax.set(xlim=(-0.5, len(classes) - 0.5), xlabel=f"classe (barre la plus longue : {counts.max()} exemples)")
    ax.set_title("Répartition des classes par centre")
    return mark_synthetic(ax, dataset.card)


def forest(ax: Axes, tables: pd.DataFrame | Mapping[str, pd.DataFrame], value: str = "auroc") -> Axes:
    """Une mesure par centre, son intervalle à 95 % et ses effectifs n⁺ et n⁻ ; « non estimable » s'écrit.

    `tables` : un tableau de `metrics.per_center`, ou un dictionnaire méthode -> tableau pour en comparer
    plusieurs. `value` : "auroc" ou "accuracy". ValueError si `value` est autre chose, ou si les tableaux ne
    portent pas sur les mêmes centres et les mêmes effectifs.
    """
    if value not in METRIC_LABELS:
        raise ValueError(f'La mesure « {value} » est inconnue. Demandez value="auroc" ou value="accuracy".')
    methods = tables if isinstance(tables, Mapping) else {"": tables}
    rows = _common_rows(methods)
    for rank, (name, table) in enumerate(methods.items()):
        shift = 0.6 * ((rank + 0.5) / len(methods) - 0.5)
        _intervals(ax, table[[value, f"{value}_low", f"{value}_high"]], shift, _style(rank) | {"label": name})
    if value == "auroc":
        ax.axvline(0.5, color="0.4", linewidth=1, dashes=(1, 2), label="hasard")
    if rows["center"].iloc[-1] == POOLED:
        ax.axhline(len(rows) - 1.5, color="black", linewidth=0.8)
    _name_rows(ax, [f"{row.center}\nn⁺ = {row.n_pos}, n⁻ = {row.n_neg}" for row in rows.itertuples()])
    ax.xaxis.set_major_formatter(FuncFormatter(_number))
    label = METRIC_LABELS[value]
    ax.set(xlabel=f"{label} et intervalle à 95 %", title=f"{label[0].upper()}{label[1:]} par centre")
    if isinstance(tables, Mapping):
        ax.legend()
    return ax


def drift_paths(
    ax: Axes, clients: Mapping[str, np.ndarray], global_path: np.ndarray, loss: Callable[[np.ndarray], float]
) -> Axes:
    """La dérive vue dans le plan de deux paramètres : où va chaque client, où va le modèle global.

    `clients` : nom -> positions, (pas, 2), où une ligne de NaN sépare deux tours. `global_path` : positions
    du modèle global, (tours + 1, 2). `loss(w)`, avec w de forme (2,), rend la perte globale : le fond en
    montre les lignes de niveau. Le grand marqueur est l'arrivée de chacun.
    """
    _contours(ax, np.concatenate([global_path, *clients.values()]), loss)
    for rank, (name, path) in enumerate(clients.items()):
        style = _style(rank + 1)
        ax.plot(*path.T, label=name, markersize=3, linewidth=1.2, **style)
        ax.plot(*path[-1], markersize=9, markeredgecolor="white", **style)
    ax.plot(*global_path.T, label="modèle global", color="black", marker="o", markersize=6, linewidth=2.5)
    arrival = {"marker": "*", "markersize": 16, "markeredgecolor": "white", "linestyle": "none"}
    ax.plot(*global_path[-1], label="arrivée du modèle global", color="black", **arrival)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(FuncFormatter(_number))
    ax.set(xlabel="paramètre 1 (sans unité)", ylabel="paramètre 2 (sans unité)")
    ax.set_title("Trajectoires et perte globale")
    ax.legend()
    return ax


def _style(rank: int) -> dict[str, Any]:
    return {
        "color": COLORS[rank % len(COLORS)],
        "linestyle": LINESTYLES[rank % len(LINESTYLES)],
        "marker": MARKERS[rank % len(MARKERS)],
    }


def _number(value: float, _position: int | None = None) -> str:
    return f"{value:g}".replace(".", ",").replace("-", "−")


def _name_rows(ax: Axes, names: Sequence[str]) -> None:
    ax.set_ylim(len(names) - 0.5, -0.5)
    if len(names) <= MAX_NAMED_CENTERS:
        ax.set_yticks(range(len(names)), names)
    else:
        ax.set_ylabel("centre (rang)")


def _common_rows(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    rows = [table[["center", "n_pos", "n_neg"]].reset_index(drop=True) for table in tables.values()]
    if not all(row.equals(rows[0]) for row in rows):
        raise ValueError(
            f"Les tableaux de {', '.join(tables)} n'ont pas les mêmes centres ou les mêmes effectifs : ils "
            "ne se comparent pas. Calculez-les tous avec per_center sur le même jeu de données."
        )
    return rows[0]


def _intervals(ax: Axes, table: pd.DataFrame, shift: float, style: dict[str, Any]) -> None:
    value, low, high = table.to_numpy().T
    rows = np.arange(len(table)) + shift
    ax.errorbar(value, rows, xerr=[value - low, high - value], capsize=3, **style | {"linestyle": "none"})
    for row in rows[np.isnan(value)]:
        ax.text(0.02, row, f"{style['label']} : non estimable".removeprefix(" : "), va="center",
                transform=ax.get_yaxis_transform(), fontsize="small", style="italic",
                bbox={"color": "white", "pad": 1})  # fmt: skip


def _contours(ax: Axes, points: np.ndarray, loss: Callable[[np.ndarray], float]) -> None:
    low, high = np.nanmin(points, axis=0), np.nanmax(points, axis=0)
    margin = 0.15 * np.maximum(high - low, 1e-6)
    first, second = (np.linspace(a, b, GRID_POINTS) for a, b in zip(low - margin, high + margin, strict=True))
    grid = np.stack(np.meshgrid(first, second), axis=-1)  # (50, 50, 2)
    height = np.apply_along_axis(loss, -1, grid)
    lines = ax.contour(first, second, height, 10, cmap="Greys_r", linewidths=0.7)
    ax.clabel(lines, fontsize="x-small", fmt=_number)
