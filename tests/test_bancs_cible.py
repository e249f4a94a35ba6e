"""Le banc cible : la lecture d'une courbe, la reprise, l'arrêt à la cible, et ce que dit le JSON validé."""

import os
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from bancs import cible, cible_rapport, rapport
from bancs.cible_cellules import CELLS, Cell, Run
from common import models
from common.data import iid, load
from common.data.mnist import FILES
from common.federated import CheckpointError, arrays_of
from common.metrics import rounds_to_target
from common.training import evaluate
from outils import resultats_cible

JSON = rapport.RESULTATS / "cible.json"
reel = pytest.mark.skipif(
    not os.environ.get("COURS_DONNEES"), reason="données réelles absentes : donnez leur dossier par COURS_DONNEES"
)


def small(seed: int = 0) -> torch.nn.Module:
    """Un modèle de chiffres 8 × 8."""
    return models.mlp(64, 8, 10, seed=seed)


TINY = Cell("essai", small, iid, 1, 2.0, 9, lr=0.1, tried={}, seeds=(0,), max_rounds=4)


@pytest.fixture(scope="module")
def digits():
    return load("digits", num_centers=12)


@pytest.fixture(scope="module")
def mesures() -> dict:
    return rapport.lire(JSON)


def trained(run: Run, dataset, folder) -> pd.Series:
    """Mène un entraînement à son terme et rend sa courbe."""
    cible.train_to_target(run, dataset, folder, progress=lambda line: None)
    return cible_rapport.read_curve(run, folder)


def test_cells_are_those_of_mcmahan():
    """Modèles, partitions, époques, cibles et chiffres publiés du tableau 2 ; aucun entraînement en double."""
    cells = {
        name: (c.partition.__name__, c.epochs, c.target, c.published, len(c.seeds), len(arrays_of(c.make_model())))
        for name, c in CELLS.items()
    }
    assert cells == {
        "2nn-iid": ("iid", 1, 0.97, 87, 3, 6),
        "2nn-non-iid": ("shards", 1, 0.97, 664, 3, 6),
        "cnn-iid": ("iid", 5, 0.99, 20, 1, 8),
        "cnn-non-iid": ("shards", 5, 0.99, 229, 1, 8),
    }
    assert (cible.CLIENTS, cible.PER_ROUND, cible.BATCH_SIZE) == (100, 10, 10)
    names = [run.name for cell in CELLS.values() for run in cell.runs()]
    assert len(set(names)) == len(names)


def test_runs_are_the_kept_rate_on_each_seed_then_the_tries_on_the_first():
    """Le taux retenu avec chaque graine, les autres avec la première et leurs tours à eux."""
    cell = replace(TINY, seeds=(5, 6), tried={0.4: 2})
    runs = [(run.lr, run.seed, run.max_rounds) for run in cell.runs()]
    assert runs == [(0.1, 5, 4), (0.1, 6, 4), (0.4, 5, 2)]


def test_reading_a_curve_known_case():
    """0,96 au tour 2, un creux, puis 0,98 au tour 4 : la cible 0,97 est à mi-chemin des tours 3 et 4."""
    run = Run(replace(TINY, target=0.97), 0.1, 0, 9)
    read = cible_rapport.summarize(run, pd.Series([0.1, 0.5, 0.96, 0.9, 0.98]))
    assert (read["rounds"], read["rounds_interpolated"], read["rounds_done"], read["over"]) == (4, 3.5, 4, True)
    short = cible_rapport.summarize(run, pd.Series([0.1, 0.5, 0.4]))
    assert (short["rounds"], short["rounds_interpolated"], short["best"], short["over"]) == (None, None, 0.5, False)


def test_outcome_says_what_is_reached_stopped_or_going_on():
    """Une cible manquée n'est jamais tue."""
    run = Run(replace(TINY, target=0.97), 0.1, 0, 2)
    assert cible_rapport.outcome(cible_rapport.summarize(run, pd.Series([0.1, 0.98]))) == "cible au tour 1"
    stopped = cible_rapport.outcome(cible_rapport.summarize(run, pd.Series([0.1, 0.5, 0.4])))
    assert stopped == "arrêté après 2 tours, à 50,00% au mieux"
    assert cible_rapport.outcome(cible_rapport.summarize(run, pd.Series([0.1, 0.5]))).startswith("en cours")


def test_interrupted_then_resumed_is_uninterrupted(digits, tmp_path):
    """Une interruption après le tour 2, puis la même commande : la même courbe, au bit près, sans tour refait."""
    whole, broken = tmp_path / "d_un_trait", tmp_path / "en_deux"
    whole.mkdir(), broken.mkdir()
    run = Run(TINY, 0.1, 3, 4)

    def interrupt(line: str) -> None:
        if "tour 2" in line:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cible.train_to_target(run, digits, broken, progress=interrupt)
    assert len(cible_rapport.read_curve(run, broken)) == 3
    lines = []
    cible.train_to_target(run, digits, broken, progress=lines.append)
    assert [line.split(" : ")[0] for line in lines] == [f"{run.name}, tour 3", f"{run.name}, tour 4"]
    assert cible_rapport.read_curve(run, broken).equals(trained(run, digits, whole))


def test_stops_at_the_target_and_recomputes_nothing(digits, tmp_path):
    """La cible atteinte au tour 2 arrête tout ; la commande retapée ne recalcule rien."""
    full = trained(Run(TINY, 0.1, 0, 4), digits, tmp_path)
    cell = replace(TINY, name="arret", target=float(full[2]))
    assert full[:1].max() < cell.target
    run = Run(cell, 0.1, 0, 4)
    assert trained(run, digits, tmp_path).tolist() == full[:3].tolist()
    before = run.path(tmp_path).stat().st_mtime_ns
    assert len(trained(run, digits, tmp_path)) == 3
    assert run.path(tmp_path).stat().st_mtime_ns == before


def test_a_checkpoint_of_another_rate_is_refused(digits, tmp_path):
    """Le taux est écrit dans le point de reprise : celui d'un autre ne passe pas pour le sien."""
    mine, other = Run(TINY, 0.1, 0, 1), Run(TINY, 0.2, 0, 4)
    trained(mine, digits, tmp_path)
    shutil.copy(mine.path(tmp_path), other.path(tmp_path))
    with pytest.raises(CheckpointError, match="train_config"):
        trained(other, digits, tmp_path)


def test_judge_is_the_accuracy_on_the_whole_test(digits, monkeypatch):
    """Jugé par morceaux inégaux ou d'un coup, le modèle a la même exactitude."""
    monkeypatch.setattr(cible, "CHUNK", 100)
    model = small(seed=1)
    metrics = cible.judge(TINY, digits.test, 1, arrays_of(model))
    assert metrics["num-examples"] == len(digits.test)
    assert metrics["accuracy"] == pytest.approx(evaluate(model, digits.test)["accuracy"], abs=1e-12)


def test_without_real_data_the_bench_says_what_to_type(monkeypatch, tmp_path, capsys):
    """Sans copie réelle : une phrase, la commande, code 1, et aucun rapport."""
    monkeypatch.delenv("COURS_DONNEES", raising=False)
    monkeypatch.setattr("common.data.cache.cache_folder", lambda: tmp_path / "vide")
    monkeypatch.setattr(cible, "FOLDER", tmp_path / "points")
    assert cible.main(["--json", str(tmp_path / "cible.json")]) == 1
    assert "cours.py donnees mnist" in capsys.readouterr().err
    assert not (tmp_path / "cible.json").exists()


def test_command_writes_where_it_stands(monkeypatch, tmp_path, digits, capsys):
    """La commande entraîne, écrit le JSON et le tableau ; sans cellule à faire, elle dit seulement où elle en est."""
    monkeypatch.setattr(cible, "FOLDER", tmp_path / "points")
    monkeypatch.setattr(cible, "load_clients", lambda run: digits)
    monkeypatch.setitem(CELLS, "2nn-iid", replace(TINY, name="2nn-iid", target=0.97, tried={0.3: 1}))
    assert cible.main(["--cellules", "2nn-iid", "--json", str(tmp_path / "a.json")]) == 0
    assert cible.main(["--cellules", "--json", str(tmp_path / "b.json")]) == 0
    first, again = rapport.lire(tmp_path / "a.json"), rapport.lire(tmp_path / "b.json")
    assert first == again
    (cell,) = [cell for cell in first["cells"] if cell["runs"]]
    assert [(run["lr"], run["rounds_done"], run["over"]) for run in cell["runs"]] == [(0.1, 4, True), (0.3, 1, True)]
    assert "arrêté après 4 tours" in capsys.readouterr().out


def test_json_says_how_to_redo_it_and_is_consistent(mesures):
    """En-tête complet, cellules et essais du code, nombre de tours relu dans chaque courbe."""
    assert mesures["command"] == cible_rapport.COMMAND
    assert mesures["data"] == {"kind": "données réelles", "sha256": {file.name: file.sha256 for file in FILES}}
    assert {"python", "numpy", "torch", "flwr"} <= mesures["versions"].keys()
    assert len(mesures["commit"]) == 40
    for cell, committed in zip(CELLS.values(), mesures["cells"], strict=True):
        assert (committed["name"], committed["target"], committed["lr"]) == (cell.name, cell.target, cell.lr)
        planned = [(run.lr, run.seed, run.max_rounds) for run in cell.runs()]
        assert planned == [(run["lr"], run["seed"], run["max_rounds"]) for run in committed["runs"]]
        for run in committed["runs"]:
            reached = rounds_to_target(run["curve"], cell.target)
            assert run["rounds"] == (None if reached is None else int(np.ceil(reached)))
            assert run["best"] == max(run["curve"]) and run["rounds_done"] == len(run["curve"]) - 1


def test_kept_rate_is_the_best_of_those_tried(mesures):
    """À la première graine, aucun autre taux n'atteint la cible plus tôt que le taux retenu."""
    for cell in mesures["cells"]:
        kept, *others = [run for run in cell["runs"] if run["seed"] == cell["seeds"][0]]
        assert kept["lr"] == cell["lr"]
        for other in others:
            assert (other["rounds"] or np.inf) >= (kept["rounds"] or np.inf), (cell["name"], other["lr"])


def test_what_the_readme_says_of_the_noise_is_true(mesures):
    """À 99 % de 10 000 images, l'erreur-type vaut 0,1 point : six ou sept tours de la courbe du CNN IID."""
    cell = next(cell for cell in mesures["cells"] if cell["name"] == "cnn-iid")
    error = (0.99 * 0.01 / mesures["n"]["test"]) ** 0.5
    assert error == pytest.approx(0.001, abs=1e-5)
    curves = [run["curve"] for run in cell["runs"] if run["rounds"]]
    gained = [rounds_to_target(curve, 0.99) - rounds_to_target(curve, 0.99 - error) for curve in curves]
    assert curves and all(5.5 < rounds < 7.5 for rounds in gained), gained


def test_readme_shows_the_target_reached_or_where_it_stands(mesures):
    """Le tableau ne dit jamais qu'une cible est atteinte quand elle ne l'est pas."""
    lines = resultats_cible.tableau(mesures)[2:]
    for cell, line in zip(mesures["cells"], lines, strict=True):
        kept = [run for run in cell["runs"] if run["lr"] == cell["lr"]]
        shown = line.split("|")[6].strip()
        reached = ", ".join(str(run["rounds"]) for run in kept)
        assert shown == reached if all(run["rounds"] for run in kept) else "inachevé au tour" in shown


@reel
def test_first_round_reproduces_the_committed_json(mesures, tmp_path):
    """Le premier tour de 2NN IID, refait sur les vraies données, redonne la courbe du JSON."""
    run = replace(next(CELLS["2nn-iid"].runs()), max_rounds=1)
    curve = trained(run, cible.load_clients(run), tmp_path)
    committed = next(cell for cell in mesures["cells"] if cell["name"] == "2nn-iid")["runs"][0]
    assert curve.tolist() == pytest.approx(committed["curve"][:2], abs=2e-3)
