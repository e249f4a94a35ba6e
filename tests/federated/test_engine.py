"""Les moteurs de `simulate` : empilé, parallèle et séquentiel donnent le même modèle, chacun à sa vitesse."""

import warnings

import numpy as np
import pytest
import torch
from flwr.app import ConfigRecord
from flwr.serverapp.strategy import FedAvg, FedProx
from torch import nn

from common import models
from common.data import Center, Split
from common.federated import (
    FederatedError,
    Scaffold,
    arrays_of,
    load_arrays,
    numpy_arrays,
    numpy_client_app,
    scaffold_client_app,
    sgd_training,
    simulate,
    torch_client_app,
)
from common.federated.cohort import TorchCohort, train_together
from common.federated.stacked import can_stack
from common.metrics import accuracy
from common.training import SGD, predict

NUM_CLASSES = 3
SIZES = {"equal": (12, 12, 12, 12), "unequal": (3, 29, 12, 7), "one": (1, 17, 1, 5), "empty": (9, 0, 14, 6)}
EVERYONE = {"fraction_evaluate": 0.0}


def linear_model() -> nn.Module:
    return nn.Sequential(nn.Flatten(), models.linear(64, NUM_CLASSES))


def mlp_model() -> nn.Module:
    return nn.Sequential(nn.Flatten(), models.mlp(64, 10, NUM_CLASSES))


def cnn_model() -> nn.Module:
    torch.manual_seed(1)
    return nn.Sequential(
        *(nn.Conv2d(1, 4, 3, stride=2, padding=1), nn.GroupNorm(2, 4), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(4, 6, 3, padding=1, bias=False), nn.GroupNorm(3, 6), nn.Tanh()),
        *(nn.Flatten(), nn.Linear(24, 8, bias=False), nn.ReLU(), nn.Linear(8, NUM_CLASSES)),
    )


MODELS = {"linear": linear_model, "mlp": mlp_model, "cnn": cnn_model}


def images(num_examples: int, seed: int) -> Split:
    rng = np.random.default_rng(seed)
    y = rng.integers(0, NUM_CLASSES, num_examples)
    x = rng.normal(size=(num_examples, 1, 8, 8)) + y[:, None, None, None] / 2
    return Split(x, y, np.arange(num_examples) + 10_000 * seed)


def federation(sizes) -> dict[str, Center]:
    return {f"centre {i}": Center(images(n, i + 1), images(5, i + 101)) for i, n in enumerate(sizes)}


class LearningRatePerClient(FedProx):
    """Envoie à chaque centre son propre taux d'apprentissage et son propre μ."""

    def configure_train(self, server_round, arrays, config, grid):
        for message in super().configure_train(server_round, arrays, config, grid):
            node = message.metadata.dst_node_id
            own = {**message.content["config"], "lr": 0.05 * node, "proximal-mu": 0.3 * (node - 1)}
            message.content = type(message.content)({"arrays": arrays, "config": ConfigRecord(own)})
            yield message


def run(engine, model, centers, sgd, *, strategy=None, num_rounds=5, app=None):
    app = app or torch_client_app(model, centers, sgd_training(sgd))
    strategy = strategy or FedAvg(**EVERYONE)
    return simulate(
        app, strategy, centers, arrays_of(model), num_rounds=num_rounds, seed=7, engine=engine, on_error="skip"
    )


def largest_gap(a, b) -> float:
    a, b = numpy_arrays(a.arrays), numpy_arrays(b.arrays)
    return max(float(np.abs(a[name] - b[name]).max()) for name in a)


@pytest.fixture(autouse=True)
def no_silent_fallback():
    """Une cohorte qui échoue se replie client par client : ici, ce serait un test qui ne teste rien."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        yield


@pytest.fixture
def stacked_steps(monkeypatch):
    """Compte les clients que la cohorte a vraiment entraînés ensemble."""
    trained, train = [], TorchCohort.train

    def counting(self, orders):
        replies = train(self, orders)
        if orders and orders[0][0].metadata.message_type == "train":
            trained.append(len(replies))
        return replies

    monkeypatch.setattr(TorchCohort, "train", counting)
    return trained


@pytest.mark.parametrize("sizes", SIZES.values(), ids=SIZES)
@pytest.mark.parametrize("make_model", MODELS.values(), ids=MODELS)
def test_the_engines_agree_in_float64(make_model, sizes, stacked_steps):
    model, centers, sgd = make_model().double(), federation(sizes), SGD(0.1, epochs=2, batch_size=5)
    sequential = run("sequential", model, centers, sgd)
    for engine in ("cohort", "parallel"):
        other = run(engine, model, centers, sgd)
        assert largest_gap(sequential, other) < 1e-9
        gaps = sequential.to_frame()["value"] - other.to_frame()["value"]
        assert len(gaps) and gaps.abs().max() < 1e-9
        assert list(other.failures["center"]) == list(sequential.failures["center"])
    assert stacked_steps == [sum(n > 0 for n in sizes)] * 5


SETTINGS = {
    "full batch": (SGD(0.1, epochs=3), None),
    "momentum": (SGD(0.05, 2, 5, momentum=0.9), None),
    "weight decay": (SGD(0.1, 2, 5, weight_decay=0.2), None),
    "fedprox": (SGD(0.1, 2, 5), lambda: FedProx(proximal_mu=0.7, **EVERYONE)),
    "lr per client": (SGD(0.1, 2, 5), lambda: LearningRatePerClient(proximal_mu=0.0, **EVERYONE)),
    "all": (SGD(0.1, 2, 5, 0.8, 0.1), lambda: LearningRatePerClient(proximal_mu=0.0, **EVERYONE)),
    "all but momentum": (SGD(0.1, 2, 5, 0.0, 0.1), lambda: LearningRatePerClient(proximal_mu=0.0, **EVERYONE)),
}


@pytest.mark.parametrize(("sgd", "strategy"), SETTINGS.values(), ids=SETTINGS)
@pytest.mark.parametrize("make_model", MODELS.values(), ids=MODELS)
def test_every_setting_agrees(make_model, sgd, strategy):
    model, centers = make_model().double(), federation(SIZES["unequal"])
    runs = {
        engine: run(engine, model, centers, sgd, strategy=strategy() if strategy else None)
        for engine in ("sequential", "cohort", "parallel")
    }
    plain = run("sequential", model, centers, SGD(0.1, 2, 5))
    assert largest_gap(runs["sequential"], plain) > 1e-4  # le réglage n'est pas sans effet
    assert largest_gap(runs["sequential"], runs["cohort"]) < 1e-9
    assert largest_gap(runs["sequential"], runs["parallel"]) == 0


def test_two_classes_with_one_logit_agree():
    model = nn.Sequential(nn.Flatten(), models.linear(64)).double()
    centers = {
        name: Center(*(Split(s.x, (s.y > 0).astype(int), s.patient_id) for s in (center.train, center.test)))
        for name, center in federation(SIZES["unequal"]).items()
    }
    sgd = SGD(0.1, epochs=2, batch_size=5)
    assert largest_gap(run("sequential", model, centers, sgd), run("cohort", model, centers, sgd)) < 1e-9


@pytest.mark.parametrize("make_model", MODELS.values(), ids=MODELS)
def test_one_step_agrees_in_float32(make_model):
    model, centers, sgd = make_model(), federation((40, 30, 20, 35)), SGD(0.1)
    one = {engine: run(engine, model, centers, sgd, num_rounds=1) for engine in ("sequential", "cohort", "parallel")}
    assert numpy_arrays(one["cohort"].arrays).popitem()[1].dtype == np.float32
    assert largest_gap(one["sequential"], one["cohort"]) < 1e-5
    assert largest_gap(one["sequential"], one["parallel"]) < 1e-5


@pytest.mark.parametrize("make_model", MODELS.values(), ids=MODELS)
def test_float32_accuracies_overlap_at_the_end(make_model):
    model, centers, test = make_model(), federation((40, 30, 20, 35)), images(300, 999)
    intervals = []
    for engine in ("sequential", "cohort", "parallel"):
        history = run(engine, model, centers, SGD(0.05, 2, 5), num_rounds=15)
        trained = make_model()
        load_arrays(trained, history.arrays)
        intervals.append(accuracy(test.y, predict(trained, test.x).argmax(axis=1)))
    lows, highs = [i.low for i in intervals], [i.high for i in intervals]
    assert max(lows) < min(highs)
    assert min(lows) > 1 / NUM_CLASSES  # et le modèle a appris


def test_a_cohort_too_big_for_memory_goes_in_several_parts(monkeypatch):
    parts = []

    def counting(model, jobs):
        parts.append(len(jobs))
        return train_together(model, jobs)

    monkeypatch.setattr("common.federated.cohort.train_together", counting)
    model, centers, sgd = mlp_model().double(), federation(SIZES["unequal"]), SGD(0.1, 2, 5)
    whole = run("cohort", model, centers, sgd)
    monkeypatch.setattr("common.federated.cohort.MAX_BYTES", 1)
    assert largest_gap(whole, run("cohort", model, centers, sgd)) < 1e-12
    assert parts == [4] * 5 + [1] * 20


def test_a_model_of_another_shape_is_left_to_the_client_who_says_so():
    centers, model = federation((6, 6)), linear_model()
    app = torch_client_app(model, centers, sgd_training(SGD(0.1)))
    with pytest.raises(FederatedError, match="centre 0"):
        simulate(app, FedAvg(**EVERYONE), centers, arrays_of(mlp_model()), num_rounds=1, engine="cohort")


def test_one_nan_stays_with_its_client():
    model, centers, sgd = mlp_model().double(), federation((6, 6, 3, 6)), SGD(0.1, 1, 4)
    centers["centre 0"].train.x[0, 0, 0, 0] = np.nan
    for engine in ("sequential", "cohort"):
        history = run(engine, model, centers, sgd)
        assert set(history.failures["center"]) == {"centre 0"}
        assert all(np.isfinite(values).all() for values in numpy_arrays(history.arrays).values())


def test_a_label_out_of_range_names_its_centre_in_every_engine():
    centers = federation((6, 6, 6, 6))
    centers["centre 2"].train.y[0] = NUM_CLASSES
    model = linear_model().double()
    app = torch_client_app(model, centers, sgd_training(SGD(0.1)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for engine in ("sequential", "cohort", "parallel"):
            with pytest.raises(FederatedError, match="centre 2"):
                simulate(app, FedAvg(**EVERYONE), centers, arrays_of(model), num_rounds=1, engine=engine)


def test_a_failed_cohort_says_so():
    centers = federation((6, 6))
    centers["centre 1"].train.y[0] = NUM_CLASSES
    model = linear_model().double()
    with pytest.raises(UserWarning, match="repris client par client"):
        run("cohort", model, centers, SGD(0.1))


def test_a_wrong_learning_rate_is_refused_with_the_name_of_the_centre():
    centers, model = federation((6, 6)), linear_model().double()
    app = torch_client_app(model, centers, sgd_training(SGD(0.1)))
    with pytest.raises(FederatedError, match=r"centre 0.*lr > 0"):
        simulate(app, FedAvg(**EVERYONE), centers, arrays_of(model), num_rounds=1, train_config={"lr": -1.0})


class WithSkip(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(64, 64)

    def forward(self, x):
        return x + self.inner(x)


shared = nn.Linear(64, 64)
frozen = nn.Linear(64, 3)
frozen.weight.requires_grad_(False)
NOT_STACKABLE = {
    "dropout": nn.Sequential(nn.Linear(64, 3), nn.Dropout(0.5)),
    "batchnorm": nn.Sequential(nn.Linear(64, 3), nn.BatchNorm1d(3)),
    "own module": nn.Sequential(WithSkip(), nn.Linear(64, 3)),
    "shared layer": nn.Sequential(shared, shared),
    "frozen layer": frozen,
    "grouped convolution": nn.Conv2d(4, 4, 3, groups=2),
    "reflected border": nn.Conv2d(1, 4, 3, padding=1, padding_mode="reflect"),
    "norm without parameters": nn.GroupNorm(2, 4, affine=False),
}


@pytest.mark.parametrize("model", NOT_STACKABLE.values(), ids=NOT_STACKABLE)
def test_what_cannot_be_stacked_is_not(model):
    assert not can_stack(model)
    app = torch_client_app(model, {}, sgd_training(SGD(0.1)))
    with pytest.raises(ValueError, match="« cohort » veut"):
        simulate(app, FedAvg(), federation((3, 3)), arrays_of(model), num_rounds=1, engine="cohort")


@pytest.mark.parametrize("engine", ["cohort", "parallel"])
def test_a_client_written_by_hand_is_only_sequential(engine):
    centers = federation((3, 3))
    with pytest.raises(ValueError, match=r"l'un de \['sequential'\]"):
        simulate(numpy_client_app(centers), FedAvg(), centers, arrays_of(linear_model()), num_rounds=1, engine=engine)


def engines_used(monkeypatch, app, model, centers) -> str:
    used = []
    for name in ("sequential", "parallel", "together"):
        inner = getattr(__import__("common.federated.engine", fromlist=[name]), name)

        def spy(*arguments, name=name, inner=inner):
            used.append(name)
            return inner(*arguments)

        monkeypatch.setattr(f"common.federated.engine.{name}", spy)
    simulate(app, FedAvg(**EVERYONE), centers, arrays_of(model), num_rounds=1, on_error="skip")
    return used[0]


def test_the_choice_is_automatic(monkeypatch):
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    digits, dropout = linear_model(), nn.Sequential(nn.Flatten(), NOT_STACKABLE["dropout"])
    small, sgd = federation((3, 3)), sgd_training(SGD(0.1, batch_size=2))
    assert engines_used(monkeypatch, torch_client_app(digits, small, sgd), digits, small) == "together"
    assert engines_used(monkeypatch, torch_client_app(dropout, small, sgd), dropout, small) == "sequential"
    heavy = nn.Sequential(nn.Flatten(), nn.Linear(64, 4000), nn.Linear(4000, 3000), nn.Linear(3000, NUM_CLASSES))
    assert engines_used(monkeypatch, torch_client_app(heavy, small, sgd), heavy, small) == "parallel"
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    assert engines_used(monkeypatch, torch_client_app(heavy, small, sgd), heavy, small) == "sequential"


def test_scaffold_agrees_in_parallel():
    model, centers = mlp_model().double(), federation(SIZES["unequal"])
    runs = []
    for engine in ("sequential", "parallel"):
        app = scaffold_client_app(model, centers, SGD(0.1, 2, 5))
        runs.append(run(engine, model, centers, None, strategy=Scaffold(**EVERYONE), app=app))
    assert largest_gap(*runs) == 0
