"""Le banc simulation : même travail pour chaque moteur, résumé juste, aucun processus abandonné, la vraie commande."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import numpy as np
import psutil
import pytest

from bancs import simulation, simulation_processus
from bancs.pfl import environnement as pfl
from bancs.simulation_charges import WORKLOADS, Workload, read_trial, write_trial
from bancs.simulation_cours import strategy_of
from bancs.simulation_donnees import export, load_workload, stand_in
from bancs.simulation_processus import TrialError, run_trial
from bancs.simulation_tableau import ratios, summarize, table
from common.federated import arrays_of, sgd_training, simulate, torch_client_app
from common.training import SGD
from outils import depot
from outils.resultats import ecrire_resultats, reperes

HEART = WORKLOADS["heart"]
MARK = "COURS_ESSAI"  # posée sur la commande, héritée par toute sa descendance, Ray compris


def trial(engine: str, seed: int, s_per_round: float, accuracy: float) -> dict:
    """Un essai inventé, de vitesse et d'exactitude choisies."""
    bounds = {"low": accuracy - 0.01, "high": accuracy + 0.01}
    times = {"s_per_round": s_per_round, "first_round_s": 10 * s_per_round, "peak_mib": 100.0 + seed}
    return {"workload": "heart", "engine": engine, "seed": seed, "accuracy": accuracy, **times, **bounds}


TRIALS = [
    *(trial("cours", seed, s, a) for seed, (s, a) in enumerate([(0.1, 0.80), (0.9, 0.81), (0.2, 0.70)])),
    *(trial("pfl", seed, s, a) for seed, (s, a) in enumerate([(0.4, 0.85), (0.6, 0.83), (0.5, 0.82)])),
    *(trial("flower-ray", seed, 2.0, 0.815) for seed in range(3)),
]


def test_summary_takes_medians_and_ratios_of_medians():
    """Médiane de chaque mesure, jamais le meilleur essai ; le rapport est pair / cours."""
    course, peer, ray = summarize(TRIALS)
    assert (course["s_per_round"], course["peak_mib"], course["accuracy"]) == (0.2, 101.0, 0.80)
    assert (peer["s_per_round"], peer["accuracy"]) == (0.5, 0.83)
    assert [r["s_per_round"] for r in ratios([course, peer, ray])] == pytest.approx([2.5, 10.0])
    assert [r["first_round_s"] for r in ratios([course, peer, ray])] == pytest.approx([2.5, 10.0])


def test_accuracies_agree_only_when_the_intervals_meet():
    """Intervalles disjoints : la ligne le dit, et le tableau aussi."""
    rows = summarize(TRIALS)
    assert [row["agrees"] for row in rows] == [True, False, True]
    assert [line.endswith("≠ cours") for line in table(rows).splitlines()[1:4]] == [False, True, False]


def test_pfl_sees_the_cohorts_that_flower_draws():
    """Les clients donnés à pfl, tour par tour, sont ceux que FedAvg de Flower tire dans `simulate`."""
    small = replace(WORKLOADS["LR-1000"], num_centers=1000, cohort=5, num_rounds=3)
    dataset = stand_in(small.num_clients)
    model = small.make_model()
    app = torch_client_app(model, dataset, sgd_training(SGD(small.lr, batch_size=30)))
    history = simulate(app, strategy_of(small), dataset, arrays_of(model), num_rounds=3, seed=4)
    frame = history.to_frame().drop_duplicates(["round", "center"])
    drawn = [sorted(map(dataset.names.index, group.center)) for _, group in frame.groupby("round")]
    assert drawn == small.cohorts(4) and drawn != small.cohorts(5)


@pytest.mark.parametrize(("name", "parameters"), [("LR-1000", 7850), ("2NN-100", 199210), ("CNN-100", 215370)])
def test_workloads_are_those_of_the_papers(name: str, parameters: int):
    """1 000 × 60 (FLUTE) et 100 × 600 (McMahan), dix clients par tour, lots de dix, une époque."""
    workload = WORKLOADS[name]
    assert (workload.cohort, workload.batch_size, workload.epochs) == (10, 10, 1)
    assert sum(p.numel() for p in workload.make_model().parameters()) == parameters
    center = stand_in(workload.num_clients)["centre_007" if workload.num_centers == 1000 else "centre_07"]
    assert center.train.x.shape == (60_000 // workload.num_centers, 1, 28, 28)
    assert len(center.test) == 10_000 // workload.num_centers


def test_stand_in_is_declared_synthetic_and_deterministic():
    """Sans MNIST : mêmes formes, valeurs dans [0, 1], le mot « synthétiques », les mêmes images à chaque fois."""
    first, again = stand_in(100), stand_in(100)
    x = first["centre_03"].train.x
    assert x.dtype == np.float32 and x.min() >= 0 and x.max() <= 1
    assert np.array_equal(x, again["centre_03"].train.x) and not np.array_equal(x, first["centre_04"].train.x)
    assert first.card.synthetic


def test_export_holds_every_client_in_order(tmp_path: Path):
    """Le fichier donné à pfl : les exemples de chaque hôpital, dans l'ordre, et leurs effectifs."""
    dataset = load_workload(HEART)
    export(dataset, tmp_path / "heart.npz")
    with np.load(tmp_path / "heart.npz", allow_pickle=False) as data:
        pieces = np.split(data["x"], np.cumsum(data["sizes"])[:-1])
        assert data["x"].dtype == np.float32 and np.array_equal(data["y"], dataset.train.y)
    for center, piece in zip(dataset.values(), pieces, strict=True):
        assert np.allclose(center.train.x, piece, atol=1e-6)


def test_trial_file_separates_the_cold_round(tmp_path: Path):
    """Le premier tour part du départ ; les suivants sont des écarts, et le modèle revient tel quel."""
    write_trial(tmp_path, "1.0", [5.0, 7.0, 7.5, 8.5], {"weight": np.eye(2, dtype=np.float32)})
    result, arrays = read_trial(tmp_path)
    assert (result.first_round_s, result.later_rounds_s) == (2.0, [0.5, 1.0])
    assert np.array_equal(arrays["weight"], np.eye(2))


def test_final_models_are_judged_alike():
    """Un modèle à zéro prédit « malade » partout : son exactitude est la part de malades ; en images, celle des 0."""
    test = load_workload(HEART).test
    zero = {name: value.numpy() for name, value in HEART.make_model().state_dict().items()}
    assert simulation.judge(HEART, zero, test).value == pytest.approx(np.mean(test.y == 1))
    images = stand_in(10)["centre_3"].test
    workload: Workload = WORKLOADS["LR-1000"]
    zero = {name: value.numpy() for name, value in workload.make_model().state_dict().items()}
    assert simulation.judge(workload, zero, images).value == pytest.approx(np.mean(images.y == 0))


def test_pfl_has_the_pins_of_the_course():
    """pfl calcule avec le PyTorch et le NumPy du cours : l'écart mesuré n'est pas celui de deux versions."""
    theirs = dict(line.split("==") for line in depot.lire(pfl.DEMANDES).split())
    assert theirs["pfl"] == "0.6.0"
    constraints = depot.lire(depot.RACINE / "constraints.txt")
    assert f"torch=={theirs['torch']}\n" in constraints and f"numpy=={theirs['numpy']}" in constraints


ORPHAN = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
print("petit-fils", child.pid, flush=True)
block = bytearray(150 * 2**20)
time.sleep({seconds})
sys.exit({code})
"""


def orphan_of(log: Path) -> psutil.Process | None:
    """Le petit-fils annoncé dans le journal, s'il vit encore."""
    pid = int(log.read_text(encoding="utf-8").split("petit-fils ")[1].split()[0])
    try:
        process = psutil.Process(pid)
        return process if process.status() != psutil.STATUS_ZOMBIE else None
    except psutil.NoSuchProcess:
        return None


def run_orphan(log: Path, seconds: float, code: int) -> float:
    """Un essai qui laisse derrière lui un processus détaché."""
    return run_trial([sys.executable, "-c", ORPHAN.format(seconds=seconds, code=code)], log)


def test_trial_measures_its_family_and_leaves_nobody(tmp_path: Path):
    """La mémoire compte les 150 Mio de l'essai, et le petit-fils détaché est tué quand l'essai finit."""
    peak = run_orphan(tmp_path / "journal.txt", seconds=1.5, code=0)
    assert 150 < peak < 400
    assert orphan_of(tmp_path / "journal.txt") is None


def test_failed_trial_shows_its_log_and_leaves_nobody(tmp_path: Path):
    """Un essai qui échoue : le code, la fin du journal, et personne derrière."""
    with pytest.raises(TrialError, match=r"code 3 ; fin de son journal[\s\S]*petit-fils"):
        run_orphan(tmp_path / "journal.txt", seconds=1.0, code=3)
    assert orphan_of(tmp_path / "journal.txt") is None


def test_endless_trial_is_stopped(tmp_path: Path, monkeypatch):
    """Un essai qui ne finit pas est arrêté au délai."""
    monkeypatch.setattr(simulation_processus, "DEADLINE_S", 1.0)
    with pytest.raises(TrialError):
        run_orphan(tmp_path / "journal.txt", seconds=600, code=0)
    assert orphan_of(tmp_path / "journal.txt") is None


@pytest.mark.skipif(os.name == "nt", reason="Windows n'a pas de SIGINT adressé à un seul processus")
def test_interrupted_trial_leaves_nobody(tmp_path: Path):
    """Ctrl-C pendant un essai : l'interruption remonte, et personne ne reste."""
    timer = threading.Timer(1.5, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        run_orphan(tmp_path / "journal.txt", seconds=600, code=0)
    assert orphan_of(tmp_path / "journal.txt") is None


def launch(*arguments: str) -> tuple[subprocess.Popen, str]:
    """Lance la vraie commande ; rend le processus et la marque que portera toute sa descendance."""
    mark = uuid4().hex
    command = [sys.executable, "-m", "bancs.simulation", "--charges", "heart", "--repetitions", "1", *arguments]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "encoding": "utf-8"}
    return subprocess.Popen(command, cwd=depot.RACINE, env=os.environ | {MARK: mark}, **pipes), mark


def finish(process: subprocess.Popen) -> tuple[str, str]:
    """Attend la fin de la commande ; ne la laisse jamais derrière le test."""
    try:
        return process.communicate(timeout=400)
    finally:
        process.kill()


def marked(mark: str) -> list[psutil.Process]:
    """Les processus vivants qui portent la marque."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == mark:
                found.append(process)
        except psutil.Error:
            continue
    return found


def wait_for(condition, seconds: float) -> bool:
    """Attend qu'une condition devienne vraie."""
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.2)
    return bool(condition())


@pytest.mark.skipif(sys.platform == "win32" and sys.version_info >= (3, 13), reason="Ray n'a pas de wheel ici")
def test_the_real_command_compares_the_course_with_its_peers(tmp_path: Path):
    """La commande, de bout en bout : mêmes exactitudes, Ray plus lent, un JSON complet, aucun processus derrière.

    pfl n'est de la partie que si son environnement est déjà fait : ce test n'installe rien.
    """
    peers = ["flower-ray", *(["pfl", "pfl-reparti"] if pfl.TEMOIN.is_file() else [])]
    process, mark = launch("--pairs", *peers, "--json", str(tmp_path / "simulation.json"))
    output, errors = finish(process)
    assert process.returncode == 0, errors
    report = json.loads((tmp_path / "simulation.json").read_text(encoding="utf-8"))
    assert [row["engine"] for row in report["rows"]] == ["cours", *peers]
    assert all(row["agrees"] and row["accuracy"] > 0.6 for row in report["rows"])
    assert report["rows"][1]["accuracy"] == report["rows"][0]["accuracy"]
    assert report["ratios"][0]["first_round_s"] > 3 and report["ratios"][0]["s_per_round"] > 1
    assert "Ray" in report["engines"]["flower-ray"] and report["command"].startswith("python -m bancs.simulation")
    assert "heart     flower-ray" in output and "fois" in output
    assert not marked(mark)


@pytest.mark.skipif(os.name == "nt", reason="Windows n'a pas de SIGTERM")
def test_the_interrupted_command_leaves_no_ray_process(tmp_path: Path):
    """SIGTERM en plein Ray : code 130, une phrase, aucun JSON, aucun processus de Ray."""
    process, mark = launch("--pairs", "flower-ray", "--json", str(tmp_path / "simulation.json"))
    started = wait_for(lambda: any("raylet" in p.name() for p in marked(mark)), 300)
    process.terminate()
    _, errors = finish(process)
    assert started, errors
    assert process.returncode == simulation.INTERRUPTED and "Interrompu" in errors
    assert wait_for(lambda: not marked(mark), 10) and not list(tmp_path.iterdir())


def test_readme_shows_the_json_of_the_bench(tmp_path: Path):
    """Le README porte les repères ; sans JSON il ne change pas, avec lui il montre chaque ligne et la commande."""
    readme = depot.lire(depot.RACINE / "README.md")
    assert all(mark in readme for mark in reperes("simulation"))
    assert ecrire_resultats(readme, tmp_path) == readme
    rows = summarize(TRIALS)
    report = {
        "command": simulation_command(),
        "machine": {"cpus": 2, "memory_gib": 22},
        "engines": {"cours": "1.41.0", "pfl": "0.6.0", "flower-ray": "1.41.0, Ray 2.55.1"},
        "seeds": [0, 1, 2],
        "workloads": {"heart": {"kind": "données synthétiques"}},
        "rows": rows,
        "ratios": ratios(rows),
    }
    path = tmp_path / "bancs" / "resultats" / "simulation.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(report), encoding="utf-8")
    block = ecrire_resultats(readme, tmp_path).split(reperes("simulation")[0])[1].split(reperes("simulation")[1])[0]
    assert "**Données synthétiques.**" in block and simulation_command() in block
    assert "| heart | le cours | 0,200 s | 2,0 s | 101 Mio | 0,800 [0,790 ; 0,810] |  |  |" in block
    assert "| heart | pfl-research | 0,500 s | 5,0 s | 101 Mio | 0,830 [0,820 ; 0,840] ≠ | 2,5 × | 2,5 × |" in block


def simulation_command() -> str:
    """La commande qui refait le JSON validé."""
    return "python -m bancs.simulation --json bancs/resultats/simulation.json"
