"""Les figures : elles montrent les bonnes valeurs, disent leurs unités et se lisent en noir et blanc."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from common.figures import drift_paths, forest, label_distribution, learning_curves, mark_synthetic

SYNTHETIC, REAL = SimpleNamespace(synthetic=True), SimpleNamespace(synthetic=False)


class TinyDataset(dict):
    """Des centres dont on n'a besoin que des classes d'entraînement, et une carte."""

    def __init__(self, card, **labels):
        super().__init__({k: SimpleNamespace(train=SimpleNamespace(y=np.array(y))) for k, y in labels.items()})
        self.card = card


@pytest.fixture
def ax():
    return Figure().subplots()


def texts(ax):
    return [text.get_text() for text in ax.texts]


def legend_entries(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def row_names(ax):
    return [label.get_text() for label in ax.get_yticklabels()]


def table(aurocs=(0.8, np.nan), low=0.1, n_pos=(40, 3)):
    value = np.array(aurocs)
    columns = {"auroc": value, "auroc_low": value - low, "auroc_high": value + 0.05}
    columns |= {"accuracy": [0.7, 0.6], "accuracy_low": [0.6, 0.5], "accuracy_high": [0.8, 0.7]}
    return pd.DataFrame({"center": ["nord", "tous"], "n_pos": n_pos, "n_neg": [60, 20], **columns})


def draw_curves(ax, number=2, **options):
    curves = {f"méthode {i}": [0.1, 0.4 + 0.01 * i, 0.8] for i in range(number)}
    return learning_curves(ax, curves, ylabel="exactitude", **options)


def test_mark_synthetic_writes_the_word_only_when_the_card_says_so(ax):
    assert mark_synthetic(ax, REAL) is ax
    assert texts(ax) == []
    mark_synthetic(ax, SYNTHETIC)
    assert texts(ax) == ["données synthétiques"]


def test_learning_curves_start_at_round_zero_and_follow_the_rounds_of_a_series(ax):
    late = pd.Series([0.2, 0.5], index=[5, 10])
    assert learning_curves(ax, {"suite": [0.1, 0.4], "série": late}, ylabel="exactitude") is ax
    first, second = ax.get_lines()
    assert first.get_xydata().tolist() == [[0, 0.1], [1, 0.4]]
    assert second.get_xydata().tolist() == [[5, 0.2], [10, 0.5]]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("tour de communication", "exactitude")
    assert legend_entries(ax) == ["suite", "série"]


def test_learning_curves_draw_the_target_with_a_decimal_comma(ax):
    draw_curves(ax, target=0.97)
    assert legend_entries(ax)[-1] == "cible : 0,97"
    assert set(ax.get_lines()[-1].get_ydata()) == {0.97}
    assert ax.yaxis.get_major_formatter()(-0.25, 0) == "−0,25"


def test_seven_curves_differ_without_color(ax):
    lines = draw_curves(ax, number=7).get_lines()
    assert len({(line.get_linestyle(), line.get_marker()) for line in lines}) == 7
    assert len({line.get_marker() for line in lines}) == 7


def test_label_distribution_draws_one_bar_per_center_and_class_to_scale(ax):
    dataset = TinyDataset(REAL, nord=[0, 0, 0, 0, 1], sud=[1, 1, 3])
    assert label_distribution(ax, dataset) is ax
    widths = np.array([bar.get_width() for bar in ax.patches]).reshape(2, 3)
    assert widths / widths.max() == pytest.approx(np.array([[4, 1, 0], [0, 2, 1]]) / 4)
    assert texts(ax) == ["4", "1", "0", "0", "2", "1"]
    assert row_names(ax) == ["nord\nn = 5", "sud\nn = 3"]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["0", "1", "3"]
    assert "4 exemples" in ax.get_xlabel()


def test_label_distribution_bars_stay_in_their_cell(ax):
    label_distribution(ax, TinyDataset(REAL, nord=[0] * 9 + [1] * 9, sud=[0] * 9 + [1] * 9))
    for rank, bar in enumerate(ax.patches):
        row, column = divmod(rank, 2)
        assert column - 0.5 <= bar.get_x() < bar.get_x() + bar.get_width() <= column + 0.5
        assert row - 0.5 <= bar.get_y() < bar.get_y() + bar.get_height() <= row + 0.5


def test_label_distribution_of_many_centers_drops_names_and_counts(ax):
    label_distribution(ax, TinyDataset(REAL, **{f"c{i}": [0, 1, 2] for i in range(100)}))
    assert texts(ax) == []
    assert ax.get_ylabel() == "centre (rang)"
    assert ax.get_ylim() == (99.5, -0.5)


def test_label_distribution_says_when_data_are_synthetic(ax):
    label_distribution(ax, TinyDataset(SYNTHETIC, nord=[0, 1]))
    assert "données synthétiques" in texts(ax)


def test_forest_draws_values_intervals_and_counts(ax):
    assert forest(ax, table()) is ax
    bars = ax.containers[0]
    assert bars.lines[0].get_xydata()[0].tolist() == [0.8, 0]
    assert bars.lines[2][0].get_segments()[0][:, 0] == pytest.approx([0.7, 0.85])
    assert row_names(ax) == ["nord\nn⁺ = 40, n⁻ = 60", "tous\nn⁺ = 3, n⁻ = 20"]
    assert ax.get_ylim() == (1.5, -0.5)
    assert "AUROC" in ax.get_xlabel() and "95 %" in ax.get_xlabel()


def test_forest_writes_non_estimable_on_its_row_only(ax):
    forest(ax, table())
    assert texts(ax) == ["non estimable"]
    assert ax.texts[0].get_position()[1] == 1


def test_forest_compares_methods_with_their_own_marker_and_row(ax):
    forest(ax, {"locale": table(), "fédérée": table((0.9, 0.85))})
    points = [bars.lines[0] for bars in ax.containers]
    assert len({point.get_marker() for point in points}) == 2
    assert points[0].get_ydata()[0] < points[1].get_ydata()[0]
    assert {"locale", "fédérée"} <= set(legend_entries(ax))
    assert texts(ax) == ["locale : non estimable"]


def test_forest_of_accuracy_has_no_line_of_chance(ax):
    forest(ax, table(), "accuracy")
    assert ax.containers[0].lines[0].get_xdata().tolist() == [0.7, 0.6]
    assert "exactitude" in ax.get_xlabel()
    assert "hasard" not in [line.get_label() for line in ax.get_lines()]


def test_forest_refuses_other_metrics_and_tables_of_other_patients(ax):
    with pytest.raises(ValueError, match="« loss » est inconnue"):
        forest(ax, table(), "loss")
    with pytest.raises(ValueError, match="mêmes effectifs"):
        forest(ax, {"a": table(), "b": table(n_pos=(41, 3))})


def test_drift_paths_draw_each_trajectory_over_the_loss(ax):
    north, world = np.array([[0, 0], [1, 0.5], [2, 2]]), np.array([[0, 0], [1, 1]])
    assert drift_paths(ax, {"nord": north}, world, lambda w: w @ w) is ax
    lines = {line.get_label(): line for line in ax.get_lines()}
    assert lines["nord"].get_xydata().tolist() == north.tolist()
    assert lines["modèle global"].get_xydata().tolist() == world.tolist()
    assert legend_entries(ax) == ["nord", "modèle global", "arrivée du modèle global"]
    assert lines["nord"].get_linestyle() != lines["modèle global"].get_linestyle()
    assert "paramètre 1" in ax.get_xlabel() and "paramètre 2" in ax.get_ylabel()


def test_drift_contours_follow_the_loss_and_enclose_the_paths(ax):
    north = np.array([[-1, 0], [np.nan, np.nan], [3, 1]])
    drift_paths(ax, {"nord": north}, np.zeros((1, 2)), lambda w: 2 * w[0])
    contours = ax.collections[0]
    assert sum(len(path.vertices) > 0 for path in contours.get_paths()) >= 4
    for level, path in zip(contours.levels, contours.get_paths(), strict=True):
        assert path.vertices[:, 0] == pytest.approx(level / 2, abs=1e-6)
    assert ax.get_xlim()[0] < -1 < 3 < ax.get_xlim()[1]


def test_only_the_global_model_is_black(ax):
    drift_paths(ax, {n: np.eye(2) for n in "abcd"}, np.eye(2), lambda w: w @ w)
    colors = {line.get_label(): to_hex(line.get_color()) for line in ax.get_lines()}
    assert [name for name in ["a", "b", "c", "d", "modèle global"] if colors[name] == "#000000"] == ["modèle global"]


@pytest.mark.parametrize(
    "draw",
    [
        draw_curves,
        lambda ax: label_distribution(ax, TinyDataset(SYNTHETIC, nord=[0, 1])),
        lambda ax: forest(ax, {"a": table(), "b": table()}),
        lambda ax: drift_paths(ax, {"a": np.eye(2)}, np.eye(2), lambda w: w @ w),
    ],
)
def test_every_figure_renders_with_a_title(ax, draw, tmp_path):
    draw(ax)
    assert ax.get_title()
    ax.figure.savefig(tmp_path / "figure.png")
