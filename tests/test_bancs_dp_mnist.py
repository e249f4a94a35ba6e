"""Le banc DP-SGD sur MNIST : les ε publiés retrouvés, une reprise au bit près, et le rapport validé, s'il existe."""

import numpy as np
import pytest
import torch

from bancs import dp_mnist, rapport
from bancs.dp_mnist import RECIPES, Recipe, line, network, read_history, run
from common.data import Split

RESULT = rapport.RESULTATS / "dp_mnist.json"
SHORT = Recipe("court", 3, 0.25, 1.3, 1.5, {"opacus": (94.63, 1.16)})


def make_images(size=50):
    rng = np.random.default_rng(size)
    x = rng.normal(size=(size, 1, 28, 28)).astype(np.float32)
    return Split(x, rng.integers(0, 10, size), np.arange(size))


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_the_published_epsilon_of_opacus_is_found_again(recipe):
    published, spent = recipe.published["opacus"][1], recipe.epsilons()
    if published is None:
        assert set(spent.values()) == {None}
    else:
        assert round(spent["rdp-2017"], 2) == published
        assert spent["prv"] < spent["rdp"] < spent["rdp-2017"]


def test_the_network_has_the_stated_size():
    assert sum(value.numel() for value in network(0).parameters()) == 26_010


def test_resumed_is_the_same_as_uninterrupted(tmp_path):
    images = make_images(), make_images(60)
    whole, cut = tmp_path / "d'un trait", tmp_path / "en deux fois"
    whole.mkdir()
    cut.mkdir()
    expected = run(SHORT, 0, images, whole)
    run(Recipe(**{**vars(SHORT), "epochs": 1}), 0, images, cut)
    assert run(SHORT, 0, images, cut) == expected and len(expected) == 3
    name = "court-graine0.safetensors"
    assert (whole / name).read_bytes() == (cut / name).read_bytes()
    assert read_history(whole / name) == expected and run(SHORT, 0, images, whole) == expected


def test_each_seed_is_its_own_training(tmp_path):
    images = make_images(), make_images(60)
    short = Recipe(**{**vars(SHORT), "epochs": 1})
    for seed in (0, 1):
        run(short, seed, images, tmp_path)
    first, second = (dp_mnist.load_file(tmp_path / f"court-graine{seed}.safetensors") for seed in (0, 1))
    assert not torch.equal(first["0.weight"], second["0.weight"])


def test_a_line_says_the_count_and_the_interval():
    result = {"seed": 0, "value": 0.9452, "low": 0.9406, "high": 0.9495}
    row = {"epsilon": RECIPES[0].epsilons(), "results": [result], "published": RECIPES[0].published}
    assert "1.16 (rdp-2017)" in line(row) and "94.52% [94.06% ; 94.95%]" in line(row)
    assert "sans bruit" in line({**row, "epsilon": RECIPES[-1].epsilons()})


@pytest.mark.skipif(not RESULT.exists(), reason="le banc n'a pas encore écrit son rapport")
def test_the_committed_result_covers_every_recipe_on_the_whole_test_set():
    report = rapport.lire(RESULT)
    assert report["command"] == dp_mnist.COMMANDE and report["data"]["kind"] == "données réelles"
    assert [row["name"] for row in report["rows"]] == [recipe.name for recipe in RECIPES]
    assert report["settings"]["test"] == 10_000 and report["settings"]["parameters"] == 26_010
    for row, recipe in zip(report["rows"], RECIPES, strict=True):
        assert row["epsilon"] == pytest.approx(recipe.epsilons())
        assert all(len(result["history"]) == recipe.epochs for result in row["results"])
        assert all(result["low"] < result["value"] < result["high"] for result in row["results"])
