"""Le client Keras : mêmes tableaux, mêmes pas, même fédération que PyTorch (float64, 1e-9)."""

import keras
import numpy as np
import pytest
from flwr.serverapp.strategy import FedAvg

from common import models
from common.federated import arrays_of, numpy_arrays, sgd_training, simulate, torch_client_app
from common.federated.keras_client import KerasModel, keras_client_app
from common.training import SGD

LINEAR = ["weight", "bias"]
MLP = ["0.weight", "0.bias", "2.weight", "2.bias"]


def keras_model(*widths, inputs=4):
    """Construit un perceptron Keras en float64."""
    layers = [keras.layers.Dense(w, activation="relu", dtype="float64") for w in widths[:-1]]
    last = keras.layers.Dense(widths[-1], dtype="float64")
    return keras.Sequential([keras.Input((inputs,), dtype="float64"), *layers, last])


def final(history):
    """Rend les tableaux finaux."""
    return list(numpy_arrays(history.arrays).items())


@pytest.mark.parametrize("case", ["régression logistique", "perceptron"])
def test_same_federation_as_pytorch(centers, case):
    sgd = SGD(lr=0.3, epochs=2, batch_size=4)
    torch_model = models.linear(4).double() if case == "régression logistique" else models.mlp(4, 6, 3).double()
    keras_one, names = (keras_model(1), LINEAR) if case == "régression logistique" else (keras_model(6, 3), MLP)
    apps = [
        torch_client_app(torch_model, centers, sgd_training(sgd)),
        keras_client_app(keras_one, names, centers, sgd),
    ]
    initial = arrays_of(torch_model)
    histories = [simulate(app, FedAvg(), centers, initial, num_rounds=4) for app in apps]
    for (name_a, a), (name_b, b) in zip(*map(final, histories), strict=True):
        assert name_a == name_b
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-9)
    metrics = [h.to_frame()["value"].to_numpy() for h in histories]
    np.testing.assert_allclose(*metrics, rtol=0, atol=1e-9)


def test_kernels_travel_in_the_shape_of_pytorch():
    local = KerasModel(keras_model(6, 3), MLP, SGD(0.1))
    shapes = [array.shape for array in numpy_arrays(local.arrays()).values()]
    assert shapes == [(6, 4), (6,), (3, 6), (3,)]


def test_wrong_names_are_refused():
    with pytest.raises(ValueError, match="4 paramètres"):
        KerasModel(keras_model(6, 3), LINEAR, SGD(0.1))
    with pytest.raises(ValueError, match="ce modèle attend"):
        KerasModel(keras_model(6, 3), MLP, SGD(0.1)).load(arrays_of(models.linear(4)))
