"""Le client PyTorch : mêmes nombres que FedAvg à la main, μ = 0 ≡ FedAvg, même graine même histoire."""

import numpy as np
import pytest
import torch
from flwr.app import Array, ArrayRecord
from flwr.serverapp.strategy import FedAvg, FedProx

from common import models, training
from common.data import Split
from common.federated import (
    arrays_of,
    fedavg_round,
    load_arrays,
    numpy_arrays,
    sgd_training,
    simulate,
    torch_client_app,
    torch_evaluate_fn,
)
from common.federated.torch_client import TorchModel
from common.training import SGD


def run(centers, sgd, strategy=None, seed=0, num_rounds=5):
    """Entraîne une régression logistique en float64."""
    model = models.linear(4).double()
    app = torch_client_app(model, centers, sgd_training(sgd))
    return simulate(app, strategy or FedAvg(), centers, arrays_of(model), num_rounds=num_rounds, seed=seed)


def final(history):
    """Met bout à bout les paramètres finaux."""
    return np.concatenate([v.ravel() for v in numpy_arrays(history.arrays).values()])


def test_equals_fedavg_by_hand(centers):
    parameters = [np.zeros(4), np.zeros(())]
    for _ in range(5):
        parameters = fedavg_round(parameters, centers, lr=0.5, num_steps=3)
    got = final(run(centers, SGD(lr=0.5, epochs=3)))
    np.testing.assert_allclose(got, np.append(*parameters), rtol=0, atol=1e-9)


def test_fedprox_without_its_term_is_fedavg(centers):
    sgd = SGD(lr=0.5, epochs=3, batch_size=4)
    plain = final(run(centers, sgd))
    assert np.array_equal(plain, final(run(centers, sgd, FedProx(proximal_mu=0.0))))
    assert not np.allclose(plain, final(run(centers, sgd, FedProx(proximal_mu=1.0))))


def test_fedprox_gradient_is_that_of_the_squared_norm():
    model, target = models.linear(3).double(), torch.tensor([[1.0, 2.0, 3.0]]).double()
    adjust = training.proximal_term(model, 0.7)
    with torch.no_grad():
        model.weight.copy_(target)
    (model.weight.sum() * 0 + model.bias.sum() * 0).backward()
    adjust(model)
    torch.testing.assert_close(model.weight.grad, 0.7 * target)


def test_same_seed_same_history_other_seed_other_history(centers):
    sgd = SGD(lr=0.5, epochs=2, batch_size=4)
    a, b, c = (run(centers, sgd, seed=seed) for seed in (1, 1, 2))
    assert a.to_frame().equals(b.to_frame()) and np.array_equal(final(a), final(b))
    assert not np.array_equal(final(a), final(c))


def test_history_has_one_row_per_round_centre_and_metric(centers):
    model = models.linear(4).double()
    app = torch_client_app(model, centers, sgd_training(SGD(0.5)))
    evaluate = torch_evaluate_fn(model, centers["Angers"].test)
    history = simulate(app, FedAvg(), centers, arrays_of(model), num_rounds=2, evaluate_fn=evaluate)
    frame = history.to_frame()
    assert len(frame) == 2 * 4 * (1 + 2) + 3 * 2
    assert frame.query("center == 'Brest' and split == 'train'")["num_examples"].tolist() == [11, 11]
    assert history.curve("loss").index.tolist() == [0, 1, 2]
    assert history.curve("loss").iloc[2] < history.curve("loss").iloc[0]
    with pytest.raises(KeyError, match="Mesures tenues"):
        history.curve("auroc")


def test_a_template_of_another_shape_is_refused_with_the_centre(centers):
    app = torch_client_app(models.linear(4).double(), centers, sgd_training(SGD(0.5)))
    with pytest.raises(RuntimeError, match=r"(?s)Angers.*size mismatch"):
        simulate(
            app,
            FedAvg(),
            centers,
            ArrayRecord({"weight": Array(np.zeros((1, 9))), "bias": Array(np.zeros(1))}),
            num_rounds=1,
        )


def test_clients_are_judged_on_their_test_set_and_learn_on_their_train_set(centers):
    seen = []

    def local_training(model, split, config, rng):
        seen.append((config["server-round"], len(split), rng.random()))
        return 0.25

    model = models.linear(4).double()
    with torch.no_grad():
        model.weight.copy_(torch.tensor([[1.0, -1.0, 0.0, 2.0]]))
    expected = {name: training.evaluate(model, center.test)["accuracy"] for name, center in centers.items()}
    app = torch_client_app(model, centers, local_training)
    history = simulate(app, FedAvg(), centers, arrays_of(model), num_rounds=2)
    for name, accuracy in expected.items():
        assert history.curve("accuracy", name)[1] == accuracy
        assert history.curve("loss", name, "train").tolist() == [0.25, 0.25]
    assert [entry[:2] for entry in seen] == [(r, len(c.train)) for r in (1, 2) for c in centers.values()]
    assert len({draw for *_, draw in seen}) == 8  # un hasard à chaque centre et à chaque tour


@pytest.mark.parametrize(("sgd", "steps"), [(SGD(0.1), 1), (SGD(0.1, 3, 4), 9), (SGD(0.1, 2, 10), 2)])
def test_steps_are_counted_as_the_batches_run(sgd, steps):
    assert sgd.num_steps(10) == steps == len(list(sgd.batches(10, np.random.default_rng(0))))


def test_each_epoch_sees_each_example_once():
    batches = list(SGD(0.1, 2, 4).batches(10, np.random.default_rng(0)))
    assert [len(b) for b in batches] == [4, 4, 2] * 2
    assert sorted(np.concatenate(batches[:3])) == list(range(10))


def test_impossible_settings_and_empty_centres_are_refused():
    for settings in ({"lr": 0}, {"lr": 0.1, "epochs": 1.5}, {"lr": 0.1, "epochs": 0}, {"lr": 0.1, "batch_size": 2.5}):
        with pytest.raises(ValueError, match="lr > 0"):
            SGD(**settings)
    empty = Split(np.zeros((0, 4)), np.zeros(0, dtype=int), np.zeros(0, dtype=int))
    with pytest.raises(ValueError, match="aucun exemple"):
        training.train(models.linear(4), empty, SGD(0.1), np.random.default_rng(0))


def test_channels_last_changes_the_time_only():
    """Le réseau convolutif du client et celui qu'on entraîne seul, sur les mêmes lots, rendent les mêmes paramètres."""
    rng, sgd = np.random.default_rng(0), SGD(0.05, 1, 10)
    split = Split(rng.random((20, 1, 28, 28), dtype=np.float32), rng.integers(10, size=20), np.arange(20))
    client, alone = TorchModel(models.cnn(seed=2), sgd_training(sgd)), models.cnn(seed=2)
    client.train(split, {}, np.random.default_rng(1))
    training.train(alone, split, sgd, np.random.default_rng(1))
    assert client.model[3].weight.is_contiguous(memory_format=torch.channels_last)
    load_arrays(received := models.cnn(), client.arrays())
    for value, expected in zip(received.parameters(), alone.parameters(), strict=True):
        torch.testing.assert_close(value, expected, rtol=0, atol=1e-5)
