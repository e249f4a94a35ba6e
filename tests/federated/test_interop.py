"""Plusieurs frameworks dans une fédération : tableaux convertis, écart mesuré, un client par centre."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import torch
from flwr.serverapp.strategy import FedAvg

from common import models, training
from common.federated import (
    arrays_of,
    from_keras,
    mixed_client_app,
    numpy_arrays,
    output_gap,
    sgd_training,
    simulate,
    to_keras,
    torch_client_app,
)
from common.federated.keras_client import gradient_step, keras_client_app
from common.training import SGD

NAMES = ["0.weight", "0.bias", "2.weight", "2.bias"]


def keras_model(inputs=4, hidden=4):
    """Construit un perceptron Keras en float64, à noyau caché carré."""
    layers = [keras.layers.Dense(hidden, activation="relu", dtype="float64"), keras.layers.Dense(1, dtype="float64")]
    return keras.Sequential([keras.Input((inputs,), dtype="float64"), *layers])


@pytest.fixture
def rows():
    return np.random.default_rng(0).normal(size=(20, 4))


def predictors(torch_one, keras_one):
    """Rend les deux fonctions `x -> logits`."""
    return (
        lambda x: torch_one(torch.as_tensor(x)).detach().numpy(),
        lambda x: keras_one(tf.convert_to_tensor(x)).numpy(),
    )


def test_converted_model_gives_the_same_outputs_and_a_forgotten_transpose_does_not(rows):
    torch_one, keras_one = models.mlp(4, 4, 1).double(), keras_model()
    arrays = numpy_arrays(arrays_of(torch_one))
    keras_one.set_weights(to_keras(arrays))
    assert output_gap(*predictors(torch_one, keras_one), rows) < 1e-14
    keras_one.set_weights([a.reshape(v.shape) for a, v in zip(arrays.values(), keras_one.weights, strict=True)])
    assert output_gap(*predictors(torch_one, keras_one), rows) > 0.1
    assert output_gap(*predictors(torch_one, keras_one), 0 * rows) < 1e-14


def test_round_trip_gives_back_the_same_arrays():
    arrays = numpy_arrays(arrays_of(models.mlp(3, 5, 2)))
    back = from_keras(arrays, to_keras(arrays))
    assert list(back) == list(arrays)
    assert all(np.array_equal(back[name], arrays[name]) and back[name].flags.c_contiguous for name in arrays)
    with pytest.raises(ValueError, match="zip"):
        from_keras(NAMES[:2], to_keras(arrays))


def test_gradient_step_is_the_one_of_pytorch(rows):
    y = np.arange(20) % 2
    torch_one, keras_one = models.mlp(4, 4, 1).double(), keras_model()
    keras_one.set_weights(to_keras(numpy_arrays(arrays_of(torch_one))))
    optimizer = torch.optim.SGD(torch_one.parameters(), lr=0.3)
    for _ in range(3):
        optimizer.zero_grad()
        expected = training.loss(torch_one(torch.as_tensor(rows)), torch.as_tensor(y))
        expected.backward()
        optimizer.step()
        got = gradient_step(keras_one, tf.convert_to_tensor(rows), y, 0.3)
        assert float(got) == pytest.approx(expected.item(), abs=1e-14)
    assert output_gap(*predictors(torch_one, keras_one), rows) < 1e-13


def test_mixed_federation_equals_each_framework_alone(centers):
    sgd = SGD(lr=0.3, epochs=2, batch_size=4)
    torch_app = torch_client_app(models.mlp(4, 4, 1).double(), centers, sgd_training(sgd))
    keras_app = keras_client_app(keras_model(), NAMES, centers, sgd)
    mixed = mixed_client_app([keras_app if k % 2 else torch_app for k in range(len(centers))])
    initial = arrays_of(models.mlp(4, 4, 1).double())
    histories = [simulate(app, FedAvg(), centers, initial, num_rounds=3) for app in (torch_app, keras_app, mixed)]
    arrays = [numpy_arrays(history.arrays) for history in histories]
    for name in NAMES:
        np.testing.assert_allclose(arrays[1][name], arrays[0][name], rtol=0, atol=1e-9)
        np.testing.assert_allclose(arrays[2][name], arrays[0][name], rtol=0, atol=1e-9)
    assert len(histories[2].to_frame()) == len(histories[0].to_frame())


def test_mixed_federation_asks_the_app_of_the_center(centers):
    model = models.linear(4).double()
    apps = [torch_client_app(model, centers, lambda *_, k=k: float(k)) for k in range(len(centers))]
    frame = simulate(mixed_client_app(apps), FedAvg(), centers, arrays_of(model), num_rounds=1).to_frame()
    assert frame.query("split == 'train'")["value"].tolist() == list(range(len(centers)))
