"""DP-SGD dans une fédération : le compte suit les tours de chaque centre ; et ce que bruite la stratégie de Flower."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from flwr.serverapp.strategy import DifferentialPrivacyServerSideFixedClipping, FedAvg, FedProx

from common import models
from common.data import Center, Split
from common.federated import (
    FederatedError,
    arrays_of,
    numpy_arrays,
    sgd_training,
    simulate,
    torch_client_app,
)
from common.federated.engine import runner
from common.privacy.accounting import Participation, epsilon, federated_epsilon
from common.privacy.dp_sgd import DPSGD, dp_sgd_training, train_private
from common.privacy.private_clients import epsilon_by_center, one_vote_each, private_client_app
from common.training import SGD

SETTINGS = DPSGD(lr=0.3, noise_multiplier=1.2, max_grad_norm=1.0, sample_rate=0.25, steps=4)
DELTA = 1e-3


def make_split(rng, size, first=0):
    x = rng.normal(size=(size, 4))
    return Split(x, (x[:, 0] > 0).astype(np.int64), np.arange(first, first + size))


def make_centers(sizes=(20, 20, 20, 20)):
    rng = np.random.default_rng(3)
    return {
        f"centre {i}": Center(make_split(rng, size), make_split(rng, 6, first=1000)) for i, size in enumerate(sizes)
    }


def run(app, centers, strategy=None, num_rounds=3, **options):
    start = arrays_of(models.linear(4))
    return simulate(app, strategy or FedAvg(), centers, start, num_rounds=num_rounds, **options)


def everyone(num_clients):
    return FedAvg(fraction_evaluate=0.0, min_train_nodes=num_clients, min_available_nodes=num_clients)


def final(history):
    return np.concatenate([value.ravel() for value in numpy_arrays(history.arrays).values()])


def spent(history):
    frame = history.to_frame()
    return frame[frame["metric"] == "epsilon"].pivot(index="round", columns="center", values="value")


def test_three_rounds_account_for_three_times_the_steps():
    centers = make_centers()
    table = spent(run(private_client_app(models.linear(4), centers, SETTINGS, DELTA), centers))
    expected = [epsilon(1.2, 0.25, 4 * rounds, DELTA) for rounds in (1, 2, 3)]
    assert table.shape == (3, 4)
    np.testing.assert_allclose(table.to_numpy().T, [expected] * 4)
    assert expected[0] < expected[1] < expected[2]


def test_a_centre_pays_only_for_the_rounds_where_it_answered():
    centers = make_centers()
    app = private_client_app(models.linear(4), centers, SETTINGS, DELTA)
    strategy = FedAvg(fraction_train=0.5, fraction_evaluate=0.0, min_train_nodes=2, min_available_nodes=4)
    table = spent(run(app, centers, strategy, num_rounds=5))
    rounds = table.notna().sum()
    assert rounds.sum() == 10 and rounds.nunique() > 1
    parts = {name: Participation(0.25, 4, int(count)) for name, count in rounds.items()}
    assert table.max().to_dict() == pytest.approx(federated_epsilon(parts, 1.2, DELTA))


def test_the_log_gives_what_each_centre_counted_for_itself():
    centers = make_centers()
    app = private_client_app(models.linear(4), centers, SETTINGS, DELTA)
    strategy = FedAvg(fraction_train=0.5, fraction_evaluate=1.0, min_train_nodes=2, min_available_nodes=4)
    history = run(app, centers, strategy, num_rounds=5)
    frame = history.to_frame()
    assert {"train", "test"} <= set(frame["split"])
    assert epsilon_by_center(frame, SETTINGS, DELTA) == pytest.approx(spent(history).max().to_dict())
    repeated = pd.concat([frame, frame.assign(metric="autre")])
    assert epsilon_by_center(repeated, SETTINGS, DELTA) == epsilon_by_center(frame, SETTINGS, DELTA)
    assert epsilon_by_center(frame[frame["split"] == "test"], SETTINGS, DELTA) == {}


def test_the_count_survives_an_interruption(tmp_path):
    centers = make_centers()
    app = private_client_app(models.linear(4), centers, SETTINGS, DELTA)
    whole = run(app, centers, num_rounds=4)
    run(app, centers, num_rounds=2, checkpoint=tmp_path / "reprise")
    resumed = run(app, centers, num_rounds=4, checkpoint=tmp_path / "reprise")
    assert spent(resumed).equals(spent(whole)) and np.array_equal(final(resumed), final(whole))


def test_the_training_loss_does_not_leave_the_centre():
    centers = make_centers()
    frame = run(private_client_app(models.linear(4), centers, SETTINGS, DELTA), centers).to_frame()
    assert set(frame[frame["split"] == "train"]["metric"]) == {"epsilon"}
    assert set(frame[frame["split"] == "test"]["metric"]) == {"loss", "accuracy"}
    voting = run(one_vote_each(big_steps(centers)), centers, num_rounds=1).to_frame()
    assert "loss" not in set(voting[voting["split"] == "train"]["metric"])


def test_the_rate_ordered_by_the_server_is_followed():
    split, models_of = make_centers()["centre 0"].train, [models.linear(4) for _ in range(3)]
    for model, lr, order in zip(models_of, (0.3, 0.3, 0.01), ({}, {"lr": 0.01}, {}), strict=True):
        dp_sgd_training(replace(SETTINGS, lr=lr))(model, split, order, np.random.default_rng(0))
    default, ordered, small = map(final_of, models_of)
    assert np.array_equal(ordered, small) and not np.allclose(default, ordered)


def test_clients_answer_one_by_one_and_the_seed_decides():
    centers = make_centers()
    app = private_client_app(models.linear(4), centers, SETTINGS)
    a, b, c = (final(run(app, centers, seed=seed)) for seed in (1, 1, 2))
    assert np.array_equal(a, b) and not np.allclose(a, c)
    assert np.array_equal(a, final(run(app, centers, seed=1, engine="sequential")))
    for engine in ("cohort", "parallel"):
        with pytest.raises(ValueError, match="ne convient pas"):
            runner(app, engine)
        with pytest.raises(ValueError, match="ne convient pas"):
            runner(torch_client_app(models.linear(4), centers, dp_sgd_training(SETTINGS)), engine)


def test_each_centre_draws_its_own_noise():
    centers = make_centers((1, 1))
    settings = DPSGD(1.0, 1.0, 1.0, sample_rate=1e-9, steps=1)  # des lots vides : du bruit seul
    both = final(run(torch_client_app(models.linear(4), centers, dp_sgd_training(settings)), centers, num_rounds=1))
    model, split = models.linear(4), centers["centre 0"].train
    first, second = (final_of(train_private(model, split, settings, seed=[0, 1, i])[0]) for i in (0, 1))
    np.testing.assert_allclose(both, (first + second) / 2, rtol=1e-5)
    assert not np.allclose(first, second)


def test_a_single_centre_is_training_at_home():
    centers = make_centers((20,))
    app = torch_client_app(models.linear(4), centers, dp_sgd_training(SETTINGS))
    federated = run(app, centers, everyone(1), num_rounds=1, seed=5)
    alone, _ = train_private(models.linear(4), centers["centre 0"].train, SETTINGS, seed=[5, 1, 0])
    np.testing.assert_array_equal(final(federated), final_of(alone))


def final_of(model):
    return np.concatenate([value.numpy().ravel() for value in model.state_dict().values()])


def test_what_dp_sgd_cannot_do_is_refused():
    centers = make_centers()
    with pytest.raises(ValueError, match="infini"):
        private_client_app(models.linear(4), centers, DPSGD(0.3, 0.0, 1.0, 0.25, 4))
    with pytest.raises(FederatedError, match="FedProx"):
        run(private_client_app(models.linear(4), centers, SETTINGS), centers, FedProx(proximal_mu=1.0))


def client_level(noise_multiplier, clipping_norm, num_clients):
    inner = everyone(num_clients)
    return DifferentialPrivacyServerSideFixedClipping(inner, noise_multiplier, clipping_norm, num_clients)


def big_steps(centers):
    return torch_client_app(models.linear(4), centers, sgd_training(SGD(50.0, epochs=3)))


def test_flower_clips_each_update_to_the_bound():
    centers, alone = make_centers((30,)), everyone(1)
    free = final(run(big_steps(centers), centers, alone, num_rounds=1))
    clipped = final(run(one_vote_each(big_steps(centers)), centers, client_level(0.0, 0.1, 1), num_rounds=1))
    np.testing.assert_allclose(clipped, 0.1 * free / np.linalg.norm(free), atol=1e-7)


def test_by_size_a_big_centre_weighs_more_than_the_noise_assumes_and_one_vote_each_mends_it():
    centers, bound = make_centers((200, 5, 5, 5)), 0.1

    def influence(wrap):
        """De combien le modèle global bouge quand le gros centre apprend l'inverse ; au plus 2·C/m s'il pèse 1/m."""
        flipped = dict(centers)
        big = centers["centre 0"].train
        flipped["centre 0"] = Center(Split(big.x, 1 - big.y, big.patient_id), centers["centre 0"].test)
        ends = [
            final(run(wrap(big_steps(c)), c, client_level(0.0, bound, 4), num_rounds=1)) for c in (centers, flipped)
        ]
        return np.linalg.norm(ends[0] - ends[1])

    assert influence(one_vote_each) <= 2 * bound / 4 * (1 + 1e-5)
    assert influence(lambda app: app) > 3 * 2 * bound / 4


def test_flower_noises_the_mean_with_the_stated_standard_deviation():
    wide = Split(np.zeros((2, 4000)), np.array([1, 1]), np.arange(2))
    centers, model = {name: Center(wide, wide[:0]) for name in "abcd"}, models.linear(4000)
    app = one_vote_each(torch_client_app(model, centers, sgd_training(SGD(0.1))))
    np.random.seed(0)  # Flower tire son bruit du générateur global de NumPy, que simulate ne fixe pas
    history = simulate(app, client_level(2.0, 3.0, 4), centers, arrays_of(model), num_rounds=1)
    # attendu 2 × 3 / 4 = 1,5 ; 4000 tirages : l'erreur relative est 1/√8000 = 1,1 %, on en permet quatre
    assert np.std(numpy_arrays(history.arrays)["weight"]) == pytest.approx(1.5, rel=0.045)
