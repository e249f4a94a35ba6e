"""Une grosse pile prend tous les processeurs, une petite un seul ; PyTorch retrouve toujours son réglage."""

import numpy as np
import pytest
import torch
from flwr.serverapp.strategy import FedAvg

from common import models
from common.data import Center, Split
from common.federated import FederatedError, arrays_of, cohort, sgd_training, simulate, torch_client_app
from common.training import SGD

CPUS = 3
FEATURES, CLASSES, CLIENTS = 6, 4, 5
STACKED_VALUES = CLIENTS * (FEATURES * CLASSES + CLASSES)


@pytest.fixture(autouse=True)
def one_thread_on_three_cpus(monkeypatch):
    """Le cours règle PyTorch à un fil ; trois processeurs, quelle que soit la machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    monkeypatch.setattr("os.cpu_count", lambda: CPUS)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def threads_seen(monkeypatch) -> list[int]:
    """Le nombre de fils dont dispose chaque entraînement empilé."""
    seen, train_together = [], cohort.train_together

    def spy(model, jobs):
        seen.append(torch.get_num_threads())
        return train_together(model, jobs)

    monkeypatch.setattr(cohort, "train_together", spy)
    return seen


def federation() -> dict[str, Center]:
    rng = np.random.default_rng(0)
    x, y, ids = rng.normal(size=(CLIENTS, 8, FEATURES)), rng.integers(CLASSES, size=(CLIENTS, 8)), np.arange(8)
    splits = [Split(x[i], y[i], ids) for i in range(CLIENTS)]
    return {f"centre {i}": Center(split, split[:0]) for i, split in enumerate(splits)}


def train(centers: dict[str, Center]) -> None:
    model = models.linear(FEATURES, CLASSES)
    app, strategy = torch_client_app(model, centers, sgd_training(SGD(0.1))), FedAvg(fraction_evaluate=0.0)
    simulate(app, strategy, centers, arrays_of(model), num_rounds=2, engine="cohort")


@pytest.mark.parametrize(("wide_values", "expected"), [(STACKED_VALUES, CPUS), (STACKED_VALUES + 1, 1)])
def test_all_the_parameters_of_a_stack_decide(wide_values, expected, threads_seen, monkeypatch):
    monkeypatch.setattr(cohort, "WIDE_VALUES", wide_values)
    train(federation())
    assert threads_seen == [expected] * 2
    assert torch.get_num_threads() == 1


@pytest.mark.filterwarnings("ignore:Entraînement empilé impossible")
def test_a_failed_stack_gives_its_threads_back(threads_seen, monkeypatch):
    monkeypatch.setattr(cohort, "WIDE_VALUES", 1)
    centers = federation()
    centers["centre 2"].train.y[0] = CLASSES
    with pytest.raises(FederatedError, match="centre 2"):
        train(centers)
    assert threads_seen == [CPUS] and torch.get_num_threads() == 1


def test_an_interruption_gives_the_threads_back():
    """Ctrl-C n'est pas une `Exception` : la cohorte ne le rattrape pas."""
    with pytest.raises(KeyboardInterrupt), cohort._threads(cohort.WIDE_VALUES):
        assert torch.get_num_threads() == CPUS
        raise KeyboardInterrupt
    assert torch.get_num_threads() == 1


def test_an_unknown_number_of_processors_is_one(monkeypatch):
    monkeypatch.setattr("os.cpu_count", lambda: None)
    with cohort._threads(cohort.WIDE_VALUES):
        assert torch.get_num_threads() == 1
