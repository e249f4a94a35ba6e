"""Ce qui part dans un autre processus (Ray) s'y reconstruit et y donne le même modèle, au bit près."""

import os
import subprocess
import sys
from functools import partial

import keras
import numpy as np
import pytest
from flwr.serverapp.strategy import FedAvg
from ray import cloudpickle

from common import models
from common.data import Center, FederatedDataset, load, standardize
from common.federated import (
    Scaffold,
    arrays_of,
    numpy_arrays,
    numpy_client_app,
    scaffold_client_app,
    sgd_training,
    simulate,
    torch_client_app,
)
from common.federated.keras_client import keras_client_app
from common.federated.numpy_client import pack
from common.federated.torch_client import TorchModel
from common.training import SGD
from outils.depot import RACINE

SETTINGS = SGD(0.1, epochs=2, batch_size=16)
ORDER = {"lr": 0.1, "num-steps": 3}  # ce que lit le client écrit avec NumPy
OTHER_PROCESS = """
import sys
from ray import cloudpickle
from common.federated import numpy_arrays
runs = cloudpickle.load(sys.stdin.buffer)
sys.stdout.buffer.write(cloudpickle.dumps({name: numpy_arrays(run().arrays) for name, run in runs.items()}))
"""


def heart() -> FederatedDataset:
    return standardize(load("heart"))


def runs() -> dict[str, partial]:
    """Un entraînement par constructeur de client, prêt à partir : données, client, stratégie et modèle avec lui."""
    dataset, linear = heart(), models.linear(13)
    network = keras.Sequential([keras.Input((13,)), keras.layers.Dense(1)])
    fedavg, scaffold = FedAvg(fraction_evaluate=0.0), Scaffold(fraction_evaluate=0.0)
    initial, by_hand = arrays_of(linear), pack([np.zeros(13), np.zeros(())], 1)["arrays"]
    clients = {
        "torch": (torch_client_app(linear, dataset, sgd_training(SETTINGS)), fedavg, dataset, initial),
        "scaffold": (scaffold_client_app(linear, dataset, SETTINGS), scaffold, dataset, initial),
        "keras": (keras_client_app(network, ["weight", "bias"], dataset, SETTINGS), fedavg, dataset, initial),
        "numpy": (numpy_client_app(dataset), fedavg, dataset, by_hand),
    }
    return {name: partial(simulate, *parts, num_rounds=2, train_config=ORDER) for name, parts in clients.items()}


@pytest.fixture(scope="module")
def elsewhere() -> dict[str, dict[str, np.ndarray]]:
    """Les modèles qu'un processus neuf entraîne, à partir des seuls octets qu'il a reçus."""
    done = subprocess.run(
        [sys.executable, "-c", OTHER_PROCESS],
        input=cloudpickle.dumps(runs()),
        capture_output=True,
        cwd=RACINE,
        env=os.environ | {"PYTHONUTF8": "1"},
        timeout=300,
    )
    assert done.returncode == 0, done.stderr.decode("utf-8", errors="replace")
    return cloudpickle.loads(done.stdout)


@pytest.mark.parametrize("name", ["torch", "scaffold", "keras", "numpy"])
def test_a_client_gives_the_same_model_in_another_process(name, elsewhere):
    here = numpy_arrays(runs()[name]().arrays)
    assert all(np.abs(array).max() > 1e-3 for array in here.values())  # il a appris
    assert list(elsewhere[name]) == list(here)
    for key, array in here.items():
        np.testing.assert_array_equal(elsewhere[name][key], array)


def test_a_copied_client_keeps_the_engine_it_allows():
    run = runs()["torch"]
    copy = cloudpickle.loads(cloudpickle.dumps(run))
    here, there = (numpy_arrays(one(engine="cohort").arrays) for one in (run, copy))
    assert all((there[key] == array).all() for key, array in here.items())


def test_a_copied_dataset_is_the_same_but_carries_no_centre():
    dataset = load("digits", num_centers=30)
    size = len(cloudpickle.dumps(dataset))
    built = {name: center.train.x for name, center in dataset.items()}
    assert len(dataset.train) + len(dataset.test) == dataset.card.counts.to_numpy()[:, :2].sum()
    assert len(cloudpickle.dumps(dataset)) == size  # ni les centres construits, ni leurs réunions, ni le décompte
    copy = cloudpickle.loads(cloudpickle.dumps(dataset))
    assert list(copy) == list(dataset) and str(copy.card) == str(dataset.card)
    for name, x in built.items():
        np.testing.assert_array_equal(copy[name].train.x, x)


def test_copying_a_dataset_builds_nothing_and_keeps_its_columns():
    def make_center(name: str) -> Center:
        raise AssertionError(f"le centre {name} est construit pour être copié")

    dataset = FederatedDataset(["Angers", "Brest"], make_center, load("heart").card, ("âge", "cholestérol"))
    copy = cloudpickle.loads(cloudpickle.dumps(dataset))
    assert (list(copy), copy.feature_names) == (["Angers", "Brest"], ("âge", "cholestérol"))


def test_a_copied_model_starts_from_the_template_not_from_what_was_learnt():
    template = models.mlp(13, 4, 1, seed=3)
    model = TorchModel(template, sgd_training(SETTINGS))
    split = heart()["cleveland"].train
    model.train(split, {}, np.random.default_rng(0))
    copy = cloudpickle.loads(cloudpickle.dumps(model))
    fresh, received = numpy_arrays(arrays_of(template)), numpy_arrays(copy.arrays())
    assert all((received[name] == fresh[name]).all() for name in fresh)
    copy.train(split, {}, np.random.default_rng(0))
    assert all(
        (numpy_arrays(copy.arrays())[name] == value).all() for name, value in numpy_arrays(model.arrays()).items()
    )
