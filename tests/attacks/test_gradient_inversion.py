"""Inversion de gradient : de vrais chiffres, de vrais gradients de PyTorch, retrouvés au pixel près."""

import math

import numpy as np
import pytest

from common import models, training
from common.attacks.gradient_inversion import count_labels, gradient_from_update, invert_linear, isolate_client, psnr
from common.data import load
from common.federated import fedavg
from common.training import SGD

LR = 0.5
DIGITS = load("digits", num_centers=5)


def arrays_of(model):
    return {name: value.detach().numpy() for name, value in model.named_parameters()}


def update(model, split, epochs=1):
    """Ce que le serveur reçoit d'un client qui apprend sur `split`."""
    return arrays_of(training.fit(model, split, SGD(LR, epochs=epochs)))


def reconstruct(model, split, layer="", epochs=1):
    gradient = gradient_from_update(arrays_of(model), update(model, split, epochs), LR)
    return invert_linear(gradient[f"{layer}weight"], gradient[f"{layer}bias"])


def pixels(image):
    return np.rint(16 * image).astype(int).tolist()


@pytest.mark.parametrize("epochs", [1, 5, 40])
def test_one_example_comes_back_to_the_pixel_even_after_many_steps(epochs):
    for k in range(20):
        alone = DIGITS.train[[k]]
        assert pixels(reconstruct(models.linear(64, 10), alone, epochs=epochs)) == pixels(alone.x[0])


def test_a_hidden_layer_leaks_as_much():
    for k in range(20):
        alone = DIGITS.train[[k]]
        assert pixels(reconstruct(models.mlp(64, 32, 10, seed=k), alone, layer="0.")) == pixels(alone.x[0])


def test_a_batch_gives_the_mixture_that_the_formula_says():
    pair = DIGITS.train[[0, 1]]
    assert pair.y[0] != pair.y[1]
    mixed = (0.9 * pair.x - 0.1 * pair.x[::-1]) / 0.8  # au modèle nul, les erreurs valent 0,1 − 1 et 0,1
    got = reconstruct(models.linear(64, 10), pair)
    assert min(np.abs(mixed - got).max(axis=1)) < 1e-5
    assert pixels(got) not in (pixels(pair.x[0]), pixels(pair.x[1]))


def test_the_learning_rate_is_not_needed():
    gradient = gradient_from_update({"w": np.eye(3), "b": np.zeros(3)}, {"w": 3 * np.eye(3), "b": np.ones(3)}, 0.1)
    np.testing.assert_allclose(gradient["w"], -20 * np.eye(3))
    np.testing.assert_allclose(
        invert_linear(gradient["w"], gradient["b"]), invert_linear(7 * gradient["w"], 7 * gradient["b"])
    )


def test_the_row_with_the_largest_bias_gradient_is_read():
    weight = np.array([[9.0, 9.0], [1.0, 2.0], [-4.0, 8.0]])
    np.testing.assert_array_equal(invert_linear(weight, np.array([0.0, 1.0, -4.0])), [1.0, -2.0])


@pytest.mark.parametrize("size", [1, 2, 7, 100])
def test_a_null_model_tells_how_many_of_each_class(size):
    rows = DIGITS.train[np.arange(size)]
    gradient = gradient_from_update(arrays_of(models.linear(64, 10)), update(models.linear(64, 10), rows), LR)
    counts = count_labels(gradient["bias"], size)
    np.testing.assert_array_equal(counts, np.bincount(rows.y, minlength=10))
    if size == 1:
        assert np.flatnonzero(gradient["bias"] < 0).tolist() == rows.y.tolist()


@pytest.mark.parametrize("name", list(DIGITS))
def test_two_averages_betray_any_client(name):
    models_of = {n: update(models.linear(64, 10), DIGITS[n].train) for n in DIGITS}
    sizes = {n: len(DIGITS[n].train) for n in DIGITS}

    def mean(names):
        weight, bias = fedavg([list(models_of[n].values()) for n in names], [sizes[n] for n in names])
        return {"weight": weight, "bias": bias}, sum(sizes[n] for n in names)

    others = [n for n in DIGITS if n != name]
    got = isolate_client(*mean(list(DIGITS)), *mean(others))
    for key in ("weight", "bias"):
        np.testing.assert_allclose(got[key], models_of[name][key], atol=1e-6)


def test_a_client_alone_has_no_crowd_to_hide_in():
    mean = {"w": np.array([1.0, -2.0])}
    np.testing.assert_array_equal(isolate_client(mean, 7, {"w": np.zeros(2)}, 0)["w"], mean["w"])


@pytest.mark.parametrize(
    ("original", "reconstruction", "decibels"),
    [
        ([0.0, 1.0], [1.0, 0.0], 0.0),  # erreur quadratique moyenne 1 : tout est faux
        ([0.2, 0.4, 0.6], [0.3, 0.3, 0.7], 20.0),  # 1/100
        ([[0.5, 0.5], [0.5, 0.5]], [[0.5, 0.7], [0.5, 0.5]], 20.0),  # 0,04 / 4, sur une image à deux dimensions
        ([0.5, 0.5], [0.501, 0.499], 60.0),  # 1/1 000 000
        ([0.0, 0.0, 0.0, 0.0], [0.5, 0.5, 0.5, 0.5], 10 * math.log10(4)),
    ],
)
def test_psnr_against_values_computed_by_hand(original, reconstruction, decibels):
    assert psnr(np.array(original), np.array(reconstruction)) == pytest.approx(decibels, abs=1e-9)


def test_psnr_against_a_loop_over_the_pixels_of_real_images():
    for k in range(20):
        truth, image = DIGITS.train.x[k], DIGITS.train.x[k + 1]
        total = sum((float(a) - float(b)) ** 2 for a, b in zip(truth, image, strict=True))
        assert psnr(truth, image) == pytest.approx(-10 * math.log10(total / 64), rel=1e-6)
        assert psnr(image, truth) == psnr(truth, image)


def test_psnr_of_identical_images_is_infinite_without_a_warning(recwarn):
    assert psnr(DIGITS.train.x[0], DIGITS.train.x[0].copy()) == math.inf
    assert not recwarn.list


def test_psnr_of_images_of_other_shapes_is_refused():
    with pytest.raises(ValueError, match="la même forme"):
        psnr(np.zeros(64), np.zeros((2, 64)))


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="nul partout"):
        invert_linear(np.ones((2, 3)), np.zeros(2))
    for total_without in (5, 6):
        with pytest.raises(ValueError, match="doit en compter plus"):
            isolate_client({"w": np.zeros(1)}, 5, {"w": np.zeros(1)}, total_without)
    for after, lr in (({"v": np.zeros(1)}, 1.0), ({"w": np.zeros(1)}, 0.0), ({}, 1.0)):
        with pytest.raises(ValueError, match="Pas de gradient"):
            gradient_from_update({"w": np.zeros(1)}, after, lr)
