"""DP-SGD : la formule d'Abadi, la même chose chez Opacus, et ce qui fait que le budget veut dire quelque chose."""

import numpy as np
import pytest
import torch
from torch import nn

from common import models, training
from common.data import Split
from common.privacy.accounting import epsilon
from common.privacy.dp_sgd import (
    DPSGD,
    clip_gradients,
    per_example_gradients,
    poisson_sample,
    private_descent,
    private_gradient,
    train_private,
)
from common.training import SGD

NO_BOUND = 1e9


def make_split(size=30, seed=0):
    rng = np.random.default_rng(seed)
    return Split(rng.normal(size=(size, 5)), rng.integers(0, 3, size), np.arange(size))


def flat(model):
    return torch.cat([value.detach().flatten() for value in model.parameters()]).numpy()


def step_taken(model, split, settings, seed=0):
    """Le gradient que le pas d'Opacus a suivi, retrouvé sur les paramètres."""
    before = flat(model)
    private_descent(model, split, settings, np.random.default_rng(seed))
    return (before - flat(model)) / settings.lr


def test_clipping_bounds_each_norm_and_keeps_direction_and_small_ones():
    gradients = np.random.default_rng(0).normal(size=(50, 7)) * np.geomspace(0.01, 100, 50)[:, None]
    kept = gradients.copy()
    clipped = clip_gradients(gradients, 2.0)
    norms, before = np.linalg.norm(clipped, axis=1), np.linalg.norm(gradients, axis=1)
    np.testing.assert_allclose(norms, np.minimum(before, 2.0))
    np.testing.assert_allclose(clipped / norms[:, None], gradients / before[:, None])
    assert np.array_equal(gradients, kept) and np.array_equal(clipped[before <= 2], gradients[before <= 2])


def test_clipping_limits():
    gradients = np.array([[3.0, 4.0], [0.0, 0.0]])
    assert np.array_equal(clip_gradients(gradients, np.inf), gradients)
    assert clip_gradients(np.empty((0, 4)), 1.0).shape == (0, 4)
    np.testing.assert_allclose(clip_gradients(gradients, 1.0), [[0.6, 0.8], [0, 0]])


def test_without_noise_or_bound_it_is_the_plain_gradient():
    gradients = np.random.default_rng(0).normal(size=(8, 3))
    got = private_gradient(gradients, np.inf, 0.0, 8, np.random.default_rng(0))
    np.testing.assert_allclose(got, gradients.mean(axis=0), rtol=0, atol=1e-15)


def test_the_sum_is_divided_by_the_expected_size_not_the_drawn_one():
    gradients = np.ones((3, 2)) / 10
    np.testing.assert_allclose(private_gradient(gradients, 1.0, 0.0, 6, np.random.default_rng(0)), [0.05, 0.05])


def test_one_example_moves_the_sum_by_at_most_the_bound():
    rng = np.random.default_rng(1)
    gradients = rng.normal(size=(20, 6)) * 50
    with_all = private_gradient(gradients, 1.5, 0.0, 10, rng)
    for i in range(20):
        without = private_gradient(np.delete(gradients, i, axis=0), 1.5, 0.0, 10, rng)
        assert np.linalg.norm(with_all - without) * 10 <= 1.5 * (1 + 1e-12)


def test_the_noise_has_the_stated_standard_deviation_even_on_an_empty_batch():
    noise = private_gradient(np.zeros((0, 20_000)), 2.0, 1.5, 10, np.random.default_rng(0))
    # écart-type attendu 2 × 1,5 / 10 ; l'erreur relative de l'estimation est 1/√40 000 = 0,5 %, on en permet quatre
    assert noise.std() == pytest.approx(0.3, rel=0.02) and abs(noise.mean()) < 4 * 0.3 / np.sqrt(20_000)


def test_the_generator_is_used():
    a, b, c = (private_gradient(np.zeros((1, 4)), 1.0, 1.0, 1, np.random.default_rng(seed)) for seed in (0, 0, 1))
    assert np.array_equal(a, b) and not np.array_equal(a, c)


@pytest.mark.parametrize("bound, noise", [(np.inf, 1.0), (0.0, 1.0), (-1.0, 0.0), (1.0, -1.0)])
def test_noise_without_a_bound_is_refused(bound, noise):
    with pytest.raises(ValueError, match="max_grad_norm"):
        private_gradient(np.ones((1, 2)), bound, noise, 1, np.random.default_rng(0))


def test_poisson_draws_each_example_alone_with_the_given_probability():
    rng = np.random.default_rng(0)
    draws = np.zeros((4000, 10))
    for row in draws:
        row[poisson_sample(10, 0.3, rng)] = 1
    np.testing.assert_allclose(draws.mean(axis=0), 0.3, atol=4 * np.sqrt(0.21 / 4000))
    assert abs(np.corrcoef(draws.T)[np.triu_indices(10, 1)]).max() < 4.5 / np.sqrt(4000)
    assert draws.sum(axis=1).std() == pytest.approx(np.sqrt(2.1), rel=0.06)
    assert len(poisson_sample(3, 1e-9, rng)) == 0 and poisson_sample(4, 1.0, rng).tolist() == [0, 1, 2, 3]


def test_per_example_gradients_average_to_the_gradient_of_the_mean_loss():
    model, split = models.mlp(5, 4, 3).double(), make_split()
    x, y = training.tensors(model, split)
    training.loss(model(x), y).backward()
    expected = torch.cat([value.grad.flatten() for value in model.parameters()]).numpy()
    np.testing.assert_allclose(per_example_gradients(model, split).mean(axis=0), expected, atol=1e-14)


def test_no_noise_and_no_bound_is_ordinary_sgd():
    start, split = models.mlp(5, 4, 3).double(), make_split()
    private, _ = train_private(start, split, DPSGD(0.3, 0.0, NO_BOUND, sample_rate=1.0, steps=7))
    ordinary = training.fit(start, split, SGD(0.3, epochs=7))
    np.testing.assert_allclose(flat(private), flat(ordinary), rtol=0, atol=1e-13)


def test_no_noise_and_no_bound_on_poisson_batches_is_sgd_on_the_same_batches():
    start, split = models.mlp(5, 4, 3).double(), make_split()
    settings = DPSGD(0.3, 0.0, NO_BOUND, sample_rate=0.1, steps=40)
    private, _ = train_private(start, split, settings, seed=5)
    rng = np.random.default_rng(5)
    rng.integers(2**63)  # la graine de PyTorch
    x, y = training.tensors(start, split)
    optimizer, sizes = torch.optim.SGD(start.parameters(), 0.3), []
    for _ in range(40):
        batch = poisson_sample(30, 0.1, rng)
        optimizer.zero_grad()
        (training.loss(start(x[batch]), y[batch], "none").sum() / 3).backward()
        optimizer.step()
        sizes.append(len(batch))
    assert min(sizes) == 0 and max(sizes) > 3
    np.testing.assert_allclose(flat(private), flat(start), rtol=0, atol=1e-13)


def test_the_loss_returned_is_the_mean_over_the_drawn_examples():
    model, split = models.mlp(5, 4, 3).double(), make_split()
    x, y = training.tensors(model, split)
    expected = training.loss(model(x), y).item()
    got = private_descent(model, split, DPSGD(0.1, 0.0, 1.0, sample_rate=1.0, steps=1), np.random.default_rng(0))
    assert got == pytest.approx(expected, rel=1e-12)
    assert private_descent(model, split, DPSGD(0.1, 1.0, 1.0, 1e-9, steps=1), np.random.default_rng(0)) == 0.0


@pytest.mark.parametrize("bound", [0.01, 0.5, NO_BOUND])
def test_the_step_of_opacus_is_our_private_gradient(bound):
    model, split = models.mlp(5, 4, 3).double(), make_split()
    expected = private_gradient(per_example_gradients(model, split), bound, 0.0, 30, np.random.default_rng(0))
    got = step_taken(model, split, DPSGD(0.1, 0.0, bound, sample_rate=1.0, steps=1))
    np.testing.assert_allclose(got, expected, rtol=2e-4, atol=1e-12)  # Opacus ajoute 1e-6 à chaque norme


def test_the_step_of_opacus_carries_the_stated_noise_and_an_empty_batch_is_noise_alone():
    model = models.linear(4000, 5).double()
    split = Split(np.zeros((2, 4000)), np.zeros(2, dtype=int), np.arange(2))
    got = step_taken(model, split, DPSGD(1.0, 1.5, 2.0, sample_rate=1e-9, steps=1))
    assert (got * 2e-9).std() == pytest.approx(3.0, rel=0.02)
    convolution = nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(8, 3))
    images = Split(np.zeros((2, 1, 4, 4), np.float32), np.zeros(2, dtype=int), np.arange(2))
    assert np.isfinite(step_taken(convolution, images, DPSGD(1.0, 1.0, 1.0, sample_rate=1e-9, steps=3))).all()


def test_same_seed_same_model_and_torch_is_left_alone():
    start, split = models.mlp(5, 4, 3), make_split()
    settings = DPSGD(0.3, 1.0, 1.0, sample_rate=0.2, steps=5)
    before, original = torch.get_rng_state(), flat(start)
    a, b, c = (flat(train_private(start, split, settings, seed=seed)[0]) for seed in (1, 1, 2))
    assert np.array_equal(a, b) and not np.allclose(a, c)
    assert torch.equal(before, torch.get_rng_state()) and np.array_equal(original, flat(start))


def test_the_model_comes_back_without_hooks():
    model, split = models.mlp(5, 4, 3), make_split()
    trained, _ = train_private(model, split, DPSGD(0.3, 1.0, 1.0, sample_rate=0.2, steps=2))
    assert not any(hasattr(p, "grad_sample") for p in trained.parameters())
    assert list(trained.state_dict()) == list(model.state_dict())
    training.fit(trained, split, SGD(0.1))


def test_epsilon_is_the_accountants():
    settings = DPSGD(0.3, 1.1, 1.0, sample_rate=0.2, steps=12)
    _, spent = train_private(models.mlp(5, 4, 3), make_split(), settings, delta=1e-3)
    assert spent == epsilon(1.1, 0.2, 12, 1e-3) == settings.epsilon(1e-3)
    assert settings.epsilon(1e-3, runs=3) == epsilon(1.1, 0.2, 36, 1e-3) < 3 * spent


def test_a_budget_gives_the_smallest_noise_that_keeps_it():
    settings = DPSGD(0.5, 0.0, 1.0, 0.2, 12).with_epsilon(2.0, 1e-3)
    assert 1.99 < settings.epsilon(1e-3) <= 2.0
    assert settings == DPSGD(0.5, settings.noise_multiplier, 1.0, 0.2, 12)
    assert DPSGD(0.3, 0.0, 1.0, sample_rate=0.2, steps=12).epsilon(1e-3) == np.inf


def test_batch_norm_is_refused_and_group_norm_is_not():
    settings, split = DPSGD(0.3, 1.0, 1.0, sample_rate=0.5, steps=1), make_split()
    with pytest.raises(ValueError, match="GroupNorm"):
        train_private(nn.Sequential(nn.Linear(5, 4), nn.BatchNorm1d(4), nn.Linear(4, 3)), split, settings)
    train_private(nn.Sequential(nn.Linear(5, 4), nn.GroupNorm(2, 4), nn.Linear(4, 3)), split, settings)


def test_other_unfit_models_and_empty_sets_are_refused():
    settings, split = DPSGD(0.3, 1.0, 1.0, sample_rate=0.5, steps=1), make_split()
    with pytest.raises(ValueError, match="aucun exemple"):
        train_private(models.mlp(5, 4, 3), split[:0], settings)
    recurrent = nn.LSTM(5, 3)
    with pytest.raises(ValueError, match="Opacus ne sait pas"):
        train_private(recurrent, split, settings)


@pytest.mark.parametrize(
    "wrong",
    [{"lr": 0}, {"sample_rate": 0}, {"sample_rate": 1.5}, {"steps": 0}, {"steps": 2.5}, {"max_grad_norm": np.inf}],
)
def test_impossible_settings_are_refused(wrong):
    right = {"lr": 0.1, "noise_multiplier": 0.0, "max_grad_norm": 1.0, "sample_rate": 0.5, "steps": 3}
    with pytest.raises(ValueError, match="Réglage impossible"):
        DPSGD(**{**right, **wrong})
