"""La stratégie sur Flower : le modèle de FedAvg à la borne près, et un tour qui survit aux clients qui lâchent."""

import numpy as np
import pytest
import torch
from flwr.serverapp import strategy as flower
from secagg_flower_runs import (
    ENCODING,
    HOSPITALS,
    KEYRINGS,
    SETTINGS,
    fixed_app,
    gap,
    initial_arrays,
    plain_app,
    run,
    secure,
    secured_app,
    silent_from,
)

from common.federated import (
    FederatedError,
    arrays_of,
    numpy_arrays,
    numpy_client_app,
    sgd_training,
    simulate,
    torch_client_app,
)
from common.secure_aggregation import AbortError, Parameters, ProtocolError
from common.secure_aggregation.announcement import Private
from common.secure_aggregation.flower import SecureAggregation
from common.secure_aggregation.flower_mod import secured
from common.secure_aggregation.keyring import SimulatedKeyrings
from common.secure_aggregation.noise import PrivateMean
from common.training import SGD

FLOAT64 = 1e-14  # les arrondis de la moyenne en clair elle-même


def accumulated(strategy) -> float:
    """La borne de l'écart après plusieurs tours de FedAvg.

    Un pas de gradient plein sur une perte convexe et L-régulière n'écarte pas deux modèles si lr ≤ 2/L : en norme L2,
    l'écart ne croît donc, par tour, que de √d × la borne de ce tour. Et aucun paramètre ne s'écarte plus que la norme.
    """
    for center in HOSPITALS.values():
        x = np.c_[center.train.x, np.ones(len(center.train))]
        smoothness = np.linalg.eigvalsh(x.T @ x / len(x)).max() / 4
        assert SETTINGS["lr"] <= 2 / smoothness
    return sum(np.sqrt(14) * report.error_bound for report in strategy.rounds)


def test_five_rounds_end_within_the_accumulated_bound():
    strategy, plain = secure(), run(plain_app(), flower.FedAvg(), 5)
    distance, bound = gap(run(secured_app(), strategy, 5), plain), accumulated(strategy)
    assert 0 < distance <= bound + FLOAT64
    assert bound < 1e-6
    assert [report.num_examples for report in strategy.rounds] == [486] * 5
    assert all(report.survivors == (0, 1, 2, 3) and not report.refusals for report in strategy.rounds)


@pytest.mark.parametrize("kind", [flower.FedAvg, flower.FedAvgM, flower.FedAdam, flower.FedYogi, flower.FedAdagrad])
def test_each_round_hands_the_inner_strategy_the_plain_mean(kind, monkeypatch):
    """Tour par tour : la stratégie enrobée reçoit la moyenne que donnent les clients nus, partis du même point."""
    sent, received = [], []
    monkeypatch.setattr(kind, "configure_train", recorded(kind.configure_train, lambda args, _: sent.append(args[2])))
    mean = recorded(flower.FedAvg.aggregate_train, lambda _, result: received.append(result[0]))
    monkeypatch.setattr(flower.FedAvg, "aggregate_train", mean)
    strategy = secure(kind())
    run(secured_app(), strategy, 4)
    starts, means = list(sent), list(received)
    for start, result, report in zip(starts, means, strategy.rounds, strict=True):
        plain = run(plain_app(), flower.FedAvg(), arrays=start)
        assert gap(numpy_arrays(result), plain) <= report.error_bound + FLOAT64


def recorded(function, note):
    """Rend `function`, qui appelle aussi `note(arguments, résultat)`."""

    def call(*arguments):
        result = function(*arguments)
        note(arguments, result)
        return result

    return call


def test_fedprox_and_a_float32_torch_model_agree_too():
    torch.manual_seed(0)
    model = torch.nn.Linear(13, 2)
    app = torch_client_app(model, HOSPITALS, sgd_training(SGD(0.1, epochs=3, batch_size=32)))
    arrays, config = arrays_of(model), {"lr": 0.1}
    plain = run(app, flower.FedProx(proximal_mu=0.5), arrays=arrays, train_config=config)
    other_mu = run(app, flower.FedProx(proximal_mu=0.0), arrays=arrays, train_config=config)
    strategy = secure(flower.FedProx(proximal_mu=0.5))
    model = run(secured(app, KEYRINGS), strategy, arrays=arrays, train_config=config)
    rounding = 8 * np.finfo(np.float32).eps * max(float(np.abs(array).max()) for array in plain.values())
    assert {name: (array.dtype, array.shape) for name, array in model.items()} == {
        name: (array.dtype, array.shape) for name, array in plain.items()
    }
    assert gap(model, plain) <= strategy.rounds[0].error_bound + rounding < gap(plain, other_mu)


@pytest.mark.parametrize("step", ["identify", "advertise", "share", "mask"])
def test_a_client_lost_before_its_vector_is_left_out(step):
    others = {name: center for name, center in HOSPITALS.items() if name != "switzerland"}
    expected = simulate(
        numpy_client_app(others), flower.FedAvg(), others, initial_arrays(), num_rounds=1, train_config=SETTINGS
    )
    strategy = secure(flower.FedAvg(fraction_evaluate=0.0))
    model = run(silent_from(secured_app(), {2: step}), strategy, on_error="skip")
    assert strategy.rounds[0].survivors == (0, 1, 3) and strategy.rounds[0].aborted is None
    assert gap(model, numpy_arrays(expected.arrays)) <= strategy.rounds[0].error_bound + FLOAT64
    if step != "identify":
        assert "coupure de courant" in strategy.rounds[0].refusals[3]


@pytest.mark.parametrize("step", ["confirm", "unmask"])
def test_a_client_lost_after_its_vector_still_counts(step):
    strategy = secure()
    model = run(silent_from(secured_app(), {2: step}), strategy, on_error="skip")
    assert strategy.rounds[0].survivors == (0, 1, 2, 3)
    assert gap(model, run(plain_app(), flower.FedAvg())) <= strategy.rounds[0].error_bound + FLOAT64


@pytest.mark.parametrize("step", ["identify", "advertise", "share", "mask", "confirm", "unmask"])
def test_two_lost_clients_of_four_publish_nothing(step):
    app = silent_from(secured_app(), {1: step, 2: step}, rounds={1})
    with pytest.raises(AbortError, match=r"^Tour 1 : .*2 (clients|parts).*il en faut 3"):
        run(app, secure(), on_error="skip")


def test_an_aborted_round_may_be_skipped_and_the_next_one_goes_on():
    app, strategy = silent_from(secured_app(), {1: "share", 2: "share"}, rounds={1}), secure(on_abort="skip")
    model = run(app, strategy, 2, on_error="skip")
    assert strategy.rounds[0].survivors == () and "il en faut 3" in strategy.rounds[0].aborted
    assert strategy.rounds[1].aborted is None
    assert gap(model, run(plain_app(), flower.FedAvg())) <= strategy.rounds[1].error_bound + FLOAT64


def test_every_round_skipped_leaves_the_model_as_it_was():
    app = silent_from(secured_app(), {1: "mask", 2: "mask"})
    assert gap(run(app, secure(on_abort="skip"), 2, on_error="skip"), numpy_arrays(initial_arrays())) == 0


def test_by_default_the_first_fault_stops_the_run():
    with pytest.raises(FederatedError, match=r"centre « switzerland ».*coupure de courant"):
        run(silent_from(secured_app(), {2: "share"}), secure())


def test_sampled_clients_only_are_asked():
    strategy = secure(flower.FedAvg(fraction_train=0.75, min_train_nodes=3))
    run(secured_app(), strategy, 6)
    assert {len(report.participants) for report in strategy.rounds} == {3}
    assert len({report.participants for report in strategy.rounds}) > 1
    assert all(report.survivors == report.participants for report in strategy.rounds)


def test_evaluation_and_its_clear_metrics_pass_through_and_no_loss_leaves():
    strategy = secure()
    history = simulate(secured_app(), strategy, HOSPITALS, initial_arrays(), num_rounds=1, train_config=SETTINGS)
    frame = history.to_frame()
    assert set(frame["split"]) == {"test"} and set(frame["metric"]) == {"accuracy"}


@pytest.mark.parametrize("kind", [flower.FedMedian, flower.Krum, flower.QFedAvg, flower.FedTrimmedAvg])
def test_a_strategy_that_needs_each_update_is_refused(kind):
    with pytest.raises(ValueError, match=f"{kind.__name__} regarde chaque mise à jour"):
        secure(kind.__new__(kind))


@pytest.mark.parametrize("sigma", [0.0, 1.0])
def test_each_client_clips_and_noises_its_own_update(sigma):
    """Une voix chacun : la moyenne des mises à jour écrêtées, au bruit annoncé près (14 tirages : à un facteur 2)."""
    updates = np.random.default_rng(0).normal(size=(4, 14)) * [[0.01], [1], [3], [9]]
    clipped = updates * np.minimum(1, 0.5 / np.linalg.norm(updates, axis=1, keepdims=True))
    private = Private(max_norm=0.5, noise_multiplier=sigma)
    strategy = secure(flower.FedAvg(fraction_evaluate=0.0), private)
    model = run(secured(fixed_app(lambda number: updates[number]), KEYRINGS, private), strategy)
    error = np.append(model["weight"], model["bias"]) - clipped.mean(axis=0)
    stddev = sigma * 0.5 / 4 * np.sqrt(4 / 3)  # réglé pour 3 survivants, il y en a 4
    assert strategy.rounds[0].num_examples == 4
    assert (
        np.abs(error).max() <= strategy.rounds[0].error_bound + 1e-9 if sigma == 0 else 0.5 < error.std() / stddev < 2
    )


def test_epsilon_composes_over_the_rounds_opened():
    private = Private(max_norm=0.5, noise_multiplier=2.0)
    one, three = secure(encoding=private), secure(encoding=private)
    app = secured_app(private=private)
    run(app, one, 1)
    run(app, three, 3)
    mean = PrivateMean(0.5, dimension=14, num_clients=4, honest_survivors=3, noise_multiplier=2.0)  # le seuil : 3
    assert one.epsilon(1e-5) == pytest.approx(mean.epsilon(1e-5, 1), rel=1e-12)
    assert three.epsilon(1e-5) == pytest.approx(mean.epsilon(1e-5, 3), rel=1e-12)
    assert secure(encoding=private).epsilon(1e-5) == 0


@pytest.mark.parametrize("corrupt", [-1, 0.5, True])
def test_accomplices_are_a_number_of_clients(corrupt):
    with pytest.raises(ProtocolError, match="nombre entier de complices"):
        Private(1.0, 1.0, corrupt)


def test_accomplices_do_not_count_for_the_noise():
    parameters = Parameters(bytes(24), 1, KEYRINGS.identities, threshold=3, length=15)
    assert Private(0.5, 2.0, corrupt=1).mean(parameters) == PrivateMean(0.5, 14, 4, 2, 2.0)
    with pytest.raises(ProtocolError, match="0 survivants honnêtes"):
        Private(0.5, 2.0, corrupt=3).quantiser(parameters)


def test_without_noise_epsilon_is_infinite():
    strategy = secure()
    run(secured_app(), strategy)
    assert strategy.epsilon(1e-5) == np.inf


def test_a_node_outside_the_roster_is_left_out():
    roster = SimulatedKeyrings(3)
    strategy = SecureAggregation(flower.FedAvg(fraction_evaluate=0), roster.identities, ENCODING)

    def keyring_of(context):
        return (roster if context.node_config["partition-id"] < 3 else KEYRINGS)(context)

    run(secured(plain_app(), keyring_of), strategy, on_error="skip")
    assert strategy.rounds[0].participants == strategy.rounds[0].survivors == (0, 1, 2)
