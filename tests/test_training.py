"""L'entraînement d'un modèle sur un seul jeu, contre la descente de gradient écrite à la main."""

import numpy as np
import pytest
import torch

from common import federated, models
from common.data import Split
from common.training import SGD, fit


def split(n=30):
    rng = np.random.default_rng(3)
    return Split(rng.normal(size=(n, 4)), rng.integers(0, 2, n), np.arange(n))


def test_fit_is_the_hand_written_descent_and_leaves_the_model_alone():
    model, data = models.linear(4).double(), split()
    trained = fit(model, data, SGD(lr=0.3, epochs=7))
    weight, bias = federated.client_update([np.zeros(4), np.zeros(())], data.x, data.y, 0.3, 7)
    assert trained.weight.detach().numpy()[0] == pytest.approx(weight, abs=1e-12)
    assert trained.bias.item() == pytest.approx(float(bias), abs=1e-12)
    assert not model.weight.any() and not model.bias.any()


def test_fit_depends_on_the_seed_only_through_the_batches():
    model, data, sgd = models.linear(4), split(), SGD(lr=0.3, epochs=2, batch_size=5)
    once, again, other = (fit(model, data, sgd, seed) for seed in (0, 0, 1))
    assert torch.equal(once.weight, again.weight) and not torch.equal(once.weight, other.weight)


def test_fit_refuses_an_empty_split():
    with pytest.raises(ValueError, match="aucun exemple"):
        fit(models.linear(4), split()[:0], SGD(lr=0.1))
