"""Le modèle : PyTorch et Keras font le même pas, et les données de chacun restent chez lui."""

import numpy as np
import pytest

from semaine_6_a_8.agregation_securisee import model
from semaine_6_a_8.agregation_securisee.cryptage import flatten

SGD_ = model.LOCAL["digits"]


@pytest.fixture(scope="module")
def dataset():
    return model.open_dataset("digits", 5)


def test_keras_and_pytorch_learn_the_same_update(dataset):
    split = next(iter(dataset.values())).train
    start = model.arrays_of(model.torch_model(64))
    updates = [model.learner(framework, split, 3, SGD_)(start, 1) for framework in ("pytorch", "keras")]
    assert [count for _, count in updates] == [len(split)] * 2
    assert np.abs(flatten(updates[0][0]) - flatten(updates[1][0])).max() < 1e-4 < np.abs(flatten(updates[0][0])).max()


def test_each_round_and_each_client_has_its_own_order(dataset):
    split = next(iter(dataset.values())).train
    start = model.arrays_of(model.torch_model(64))
    moves = [
        flatten(model.learner("pytorch", split, number, SGD_)(start, turn)[0])
        for number, turn in [(0, 1), (0, 2), (1, 1)]
    ]
    assert not np.array_equal(moves[0], moves[1]) and not np.array_equal(moves[0], moves[2])


def test_plain_fedavg_learns(dataset):
    history = model.plain_fedavg(dataset, 3, SGD_)
    scores = [model.accuracy(arrays, dataset.test) for arrays in history]
    assert scores[0] < scores[2] and scores[2] > 0.85


def test_a_split_is_read_as_it_was_written(dataset, tmp_path):
    split = next(iter(dataset.values())).train
    model.write_split(tmp_path / "train.npz", split)
    read = model.read_split(tmp_path / "train.npz")
    assert np.array_equal(read.x, split.x) and np.array_equal(read.y, split.y)
