"""Ctrl-C : l'entraînement s'arrête tout de suite, sans laisser de processus, et reprend là où il en était."""

import logging
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest
from flwr.app import Context, Message
from flwr.clientapp import ClientApp
from flwr.serverapp.strategy import FedAvg
from flwr.supercore.logger import FLOWER_LOGGER
from flwr.supercore.task_identity import TaskIdentity

from common import models
from common.federated import FederatedError, arrays_of, sgd_training, simulate, snapshot, torch_client_app
from common.training import SGD

ENGINES = ["sequential", "cohort", "parallel"]
PATIENCE_S = 60  # pour importer PyTorch et faire deux tours, sur une machine chargée
DEADLINE_S = 2  # de processeur, fin de Python comprise : sur une machine chargée, l'horloge ne dirait rien

# Vingt centres de 200 images, dix par tour : le signal tombe presque toujours au milieu d'un tour.
PROGRAM = """
import sys
from pathlib import Path
import common
import numpy as np
from flwr.serverapp.strategy import FedAvg
from common import models
from common.data import Center, Split
from common.federated import arrays_of, sgd_training, simulate, torch_client_app
from common.training import SGD

def split(first):
    rng = np.random.default_rng(first)
    return Split(rng.random((200, 784)), rng.integers(0, 10, 200), np.arange(first, first + 200))

centers = {f"centre_{k}": Center(split(1000 * k), split(1000 * k + 500)) for k in range(20)}
model = models.two_nn()
app = torch_client_app(model, centers, sgd_training(SGD(0.01, batch_size=10)))
path, engine, num_rounds = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
strategy = FedAvg(fraction_train=0.5, fraction_evaluate=0.1)
history = simulate(app, strategy, centers, arrays_of(model), num_rounds=num_rounds, engine=engine, checkpoint=path)
print(history.to_frame()["round"].max())
"""


def launch(path: Path, engine: str, num_rounds: int) -> subprocess.Popen:
    """Lance `PROGRAM` dans un vrai processus Python."""
    command = [sys.executable, "-c", PROGRAM, str(path), engine, str(num_rounds)]
    root = Path(__file__).resolve().parents[2]
    return subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")


def finished_processes_s() -> float:
    """Rend le temps de processeur des processus lancés d'ici et déjà finis, en secondes."""
    times = psutil.Process().cpu_times()
    return times.children_user + times.children_system


def wait_for_round(path: Path, server_round: int) -> None:
    """Attend que le point de reprise contienne ce tour."""
    deadline = time.monotonic() + PATIENCE_S
    while not path.exists() or snapshot.read(path).server_round < server_round:
        assert time.monotonic() < deadline, "l'entraînement n'avance pas"
        time.sleep(0.02)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows n'envoie Ctrl-C qu'à toute une console, pytest compris")
@pytest.mark.parametrize("engine", ENGINES)
def test_ctrl_c_stops_a_real_process_at_once(tmp_path, engine):
    path, finished_s = tmp_path / "a.reprise", finished_processes_s()
    with launch(path, engine, 100_000) as process:
        try:
            wait_for_round(path, 2)
            running = psutil.Process(process.pid)
            children, used_s = running.children(recursive=True), sum(running.cpu_times()[:2])
            process.send_signal(signal.SIGINT)
            errors = process.communicate(timeout=PATIENCE_S)[1]
        finally:
            process.kill()
    assert finished_processes_s() - finished_s - used_s < DEADLINE_S
    assert process.returncode == -signal.SIGINT and errors.rstrip().endswith("KeyboardInterrupt"), errors
    assert not any(child.is_running() for child in children)
    assert list(tmp_path.iterdir()) == [path]
    assert_goes_on(path, engine)


def assert_goes_on(path: Path, engine: str) -> None:
    """Vérifie que le fichier laissé par l'interruption est bon : un nouveau processus fait un tour de plus."""
    done = snapshot.read(path).server_round
    with launch(path, engine, done + 1) as process:
        output, errors = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, output.strip()) == (0, str(done + 1)), errors


def interrupting_app(app: ClientApp) -> ClientApp:
    """Enrobe `app` : l'utilisateur appuie sur Ctrl-C pendant le troisième tour."""
    interrupting = ClientApp()

    @interrupting.train()
    def train(message: Message, context: Context) -> Message:
        if message.content["config"]["server-round"] == 3:
            raise KeyboardInterrupt
        return app(message, context)

    return interrupting


def working_threads() -> set[threading.Thread]:
    """Rend les fils qui empêcheraient Python de finir ; tqdm en garde un autre, qui ne compte pas."""
    return {thread for thread in threading.enumerate() if not thread.daemon}


@pytest.mark.parametrize("on_error", ["stop", "skip"])
def test_an_interruption_leaves_flower_and_random_as_they_were(centers, on_error):
    """Dans un carnet, le processus survit : la cellule suivante ne doit rien remarquer."""
    model = models.linear(4).double()
    app = torch_client_app(model, centers, sgd_training(SGD(0.5)))
    random.seed(5)
    FLOWER_LOGGER.setLevel(logging.INFO)
    before, threads = random.getstate(), working_threads()
    with pytest.raises(KeyboardInterrupt):
        strategy = FedAvg(fraction_evaluate=0.0)
        simulate(interrupting_app(app), strategy, centers, arrays_of(model), num_rounds=5, on_error=on_error)
    assert random.getstate() == before and FLOWER_LOGGER.level == logging.INFO
    assert (TaskIdentity._run_id, TaskIdentity._task_id, TaskIdentity._node_id) == (None, None, None)
    assert psutil.Process().children(recursive=True) == [] and working_threads() == threads


def refusing_app(calls: list[int]) -> ClientApp:
    """Un client qui lève toujours, et qui note qu'on l'a appelé."""
    refusing = ClientApp()
    refusing.thread_safe = True

    @refusing.train()
    def train(message: Message, context: Context) -> Message:
        calls.append(context.node_id)
        time.sleep(0.05)
        raise RuntimeError("panne")

    return refusing


def test_the_first_refusal_cancels_the_clients_who_wait(centers, monkeypatch):
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    calls, model = [], models.linear(4)
    with pytest.raises(FederatedError, match="Angers") as refusal:  # la trace gardée retient les objets du tour
        strategy = FedAvg(fraction_evaluate=0.0)
        simulate(refusing_app(calls), strategy, centers, arrays_of(model), num_rounds=1, engine="parallel")
    time.sleep(0.5)  # le temps qu'il faudrait aux quatre
    assert len(calls) <= 2 and refusal.value.__cause__ is not None
