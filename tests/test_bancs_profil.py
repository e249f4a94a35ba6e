"""Le banc profil : ses étapes font le tour, le cours n'en sort pas changé, et le tableau vient du JSON."""

from collections import defaultdict

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from bancs import profil, rapport
from bancs.simulation_charges import WORKLOADS
from outils import depot
from outils.resultats import NOTES, ecrire_resultats, reperes

HEART = WORKLOADS["heart"]
NAME = "bancs/resultats/profil.json"


@pytest.fixture(scope="module")
def stages() -> dict[str, float]:
    """La plus petite charge, profilée pour de vrai."""
    return profil.profile(HEART)


@pytest.fixture(scope="module")
def report() -> dict:
    """Le rapport validé."""
    return rapport.lire(depot.RACINE / NAME)


def covered(stages: dict[str, float]) -> float:
    """La part d'un tour que les étapes expliquent."""
    return sum(stages[stage] for stage in profil.STAGES) / stages[profil.WHOLE]


def test_the_stages_add_up_to_the_round(stages):
    """Rien d'important n'échappe aux chronomètres, et rien n'est compté deux fois."""
    assert list(stages) == [*profil.STAGES, profil.WHOLE] and min(stages.values()) > 0
    assert 0.6 < covered(stages) < 1.05


def test_the_floor_is_below_the_training_it_bounds(stages):
    assert 0 < profil.products_floor(HEART) < stages["entraîner"]


def test_the_floor_multiplies_what_a_step_multiplies():
    """Trois clients, lots de quatre, couches 5 → 2 → 1 : deux produits en avant, un seul en arrière, et deux pas."""
    first = (torch.ones(3, 4, 5), torch.ones(3, 2, 5), torch.ones(3, 4, 2))
    second = (torch.ones(3, 4, 2), torch.ones(3, 1, 2), torch.ones(3, 4, 1))
    with FlopCounterMode(display=False) as counter:
        profil.products([first, second])
    assert counter.get_flop_counts()["Global"][torch.ops.aten.bmm] == 2 * 3 * 4 * (5 * 2 + 2 * 1 + 2 * 1)
    assert all((weight == 1 + 4).all() for _, weight, _ in (first, second))  # W + δᵀh : quatre exemples de uns


def test_operands_have_the_shapes_of_a_stacked_layer():
    shapes = [tuple(part.shape) for part in profil.operands_of(torch.nn.Linear(13, 1), HEART)]
    assert shapes == [(4, 4, 13), (4, 1, 13), (4, 4, 1)]


def test_the_stopwatches_leave_the_course_as_it_was():
    """Aussi quand l'entraînement échoue."""
    before = [getattr(owner, name) for owner, name in profil.STAGES.values()]
    with pytest.raises(RuntimeError, match="panne"), profil.stopwatches(defaultdict(float)):
        during = [getattr(owner, name) for owner, name in profil.STAGES.values()]
        raise RuntimeError("panne")
    assert [getattr(owner, name) for owner, name in profil.STAGES.values()] == before
    assert all(old is not new for old, new in zip(before, during, strict=True))


def test_a_stage_that_fails_is_timed_too():
    spent: dict[str, float] = defaultdict(float)
    failing = profil.timed(lambda: 1 / 0, spent, "étape")
    for _ in range(2):
        already = spent["étape"]
        with pytest.raises(ZeroDivisionError):
            failing()
        assert spent["étape"] > already


def test_the_committed_report_says_how_to_redo_it_and_adds_up(report):
    assert report["command"] == profil.COMMANDE and NAME in profil.COMMANDE
    assert (report["rounds"], report["warm_up"]) == (profil.ROUNDS, profil.WARM_UP)
    assert report["data"]["kind"] == "données réelles"
    assert [row["workload"] for row in report["rows"]] == list(profil.CHARGES)
    for row in report["rows"]:
        assert 0.6 < covered(row["stages_ms"]) < 1.05
        assert row["products_floor_ms"] < row["stages_ms"]["entraîner"]


def test_the_notes_show_the_committed_figures(report):
    """Chaque étape, chaque charge, à deux décimales ; `--check` voit un chiffre changé à la main."""
    notes = depot.lire(depot.RACINE / NOTES)
    start, end = reperes("profil")
    block = notes.partition(start)[2].partition(end)[0]
    lr, two_nn = report["rows"]
    for stage, milliseconds in lr["stages_ms"].items():
        line = f"| {stage} | {milliseconds:.2f} | {two_nn['stages_ms'][stage]:.2f} |".replace(".", ",")
        assert line in block
    assert f"{two_nn['products_floor_ms']:.2f} |".replace(".", ",") in block
    assert f"{report['rounds'] - report['warm_up']} tours" in block
    assert ecrire_resultats(notes.replace(line, "| tour entier | 0,00 | 0,00 |"), depot.RACINE, NOTES) == notes
