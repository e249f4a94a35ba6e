"""FedAvg à la main, contre ses oracles : np.average, PyTorch, la descente de gradient centralisée."""

import numpy as np
import pytest
import torch

from common.federated import client_update, fedavg, fedavg_round, gradient


def pooled(centers):
    """Réunit les jeux d'entraînement."""
    return (np.concatenate([getattr(c.train, name) for c in centers.values()]) for name in ("x", "y"))


def test_fedavg_is_the_weighted_mean_and_not_the_plain_one():
    rng = np.random.default_rng(0)
    updates = [[rng.normal(size=(2, 3)), np.asarray(rng.normal())] for _ in range(3)]
    got = fedavg(updates, [10, 1, 5])
    for k in (0, 1):
        stacked = np.stack([u[k] for u in updates])
        np.testing.assert_allclose(got[k], np.average(stacked, axis=0, weights=[10, 1, 5]), rtol=1e-15)
        assert np.abs(got[k] - stacked.mean(axis=0)).max() > 1e-3


def test_order_of_clients_does_not_matter():
    rng = np.random.default_rng(0)
    updates = [[rng.normal(size=4)] for _ in range(3)]
    np.testing.assert_allclose(fedavg(updates, [3, 1, 9])[0], fedavg(updates[::-1], [9, 1, 3])[0], rtol=1e-14)


@pytest.mark.parametrize(
    ("updates", "counts"),
    [
        ([], []),
        ([[np.ones(2)]], [1, 2]),
        ([[np.ones(2)], [np.ones(2)]], [0, 0]),
        ([[np.ones((2, 3))], [np.ones((1, 3))]], [1, 1]),
    ],
)
def test_fedavg_refuses_what_has_no_mean(updates, counts):
    with pytest.raises(ValueError, match=r"effectifs|formes"):
        fedavg(updates, counts)


def test_gradient_equals_pytorch(centers):
    split = centers["Angers"].train
    rng = np.random.default_rng(1)
    weight, bias = torch.tensor(rng.normal(size=4), requires_grad=True), torch.tensor(0.3, requires_grad=True)
    logits = torch.tensor(split.x) @ weight + bias
    torch.nn.functional.binary_cross_entropy_with_logits(logits, torch.tensor(split.y, dtype=torch.float64)).backward()
    got = gradient([weight.detach().numpy(), bias.detach().numpy()], split.x, split.y)
    np.testing.assert_allclose(got[0], weight.grad.numpy(), rtol=1e-7)
    np.testing.assert_allclose(got[1], bias.grad.numpy(), rtol=1e-6)


def test_one_full_batch_step_is_one_pooled_step(centers):
    x, y = pooled(centers)
    federated = pooled_parameters = [np.zeros(4), np.zeros(())]
    for _ in range(5):
        federated = fedavg_round(federated, centers, lr=0.7, num_steps=1)
        pooled_parameters = client_update(pooled_parameters, x, y, lr=0.7, num_steps=1)
    for a, b in zip(federated, pooled_parameters, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)


def test_several_local_steps_are_not_pooled_descent(centers):
    x, y = pooled(centers)
    start = [np.zeros(4), np.zeros(())]
    federated, centralised = fedavg_round(start, centers, 0.7, 5), client_update(start, x, y, 0.7, 5)
    assert np.abs(federated[0] - centralised[0]).max() > 1e-3


def test_client_update_leaves_the_received_parameters_alone(centers):
    start = [np.zeros(4), np.zeros(())]
    split = centers["Caen"].train
    assert np.array_equal(client_update(start, split.x, split.y, 0.1, 0)[0], start[0])
    client_update(start, split.x, split.y, 0.1, 3)
    assert np.array_equal(start[0], np.zeros(4)) and start[1] == 0
