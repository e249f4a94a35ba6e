"""SCAFFOLD, contre une réécriture naïve de l'article et ses cas limites."""

import numpy as np
import pytest
from flwr.serverapp.strategy import FedAvg

from common import models
from common.data import Center, Split
from common.federated import (
    FederatedError,
    Scaffold,
    arrays_of,
    client_update,
    fedavg,
    gradient,
    numpy_arrays,
    scaffold_client_app,
    sgd_training,
    simulate,
    torch_client_app,
)
from common.training import SGD

LR, STEPS = 0.4, 5


def flatten(arrays):
    """Met bout à bout les paramètres."""
    return np.concatenate([np.ravel(v) for v in arrays])


def run(centers, num_rounds, **fractions):
    """Entraîne avec SCAFFOLD et rend les paramètres à plat."""
    model = models.linear(4).double()
    app = scaffold_client_app(model, centers, SGD(LR, epochs=STEPS))
    history = simulate(app, Scaffold(**fractions), centers, arrays_of(model), num_rounds=num_rounds)
    return flatten(numpy_arrays(history.arrays).values())


def scaffold_by_hand(centers, num_rounds, absent=()):
    """Réécrit l'algorithme 1 de l'article sur des listes : option II, moyennes pesées ; `absent` ne répond jamais."""
    x = [np.zeros(4), np.zeros(())]
    present = {name: center for name, center in centers.items() if name not in absent}
    server, own = [np.zeros(4), np.zeros(())], {name: [np.zeros(4), np.zeros(())] for name in centers}
    for _ in range(num_rounds):
        models_, changes = [], []
        for name, center in present.items():
            y = list(x)
            for _ in range(STEPS):
                g = gradient(y, center.train.x, center.train.y)
                y = [p - LR * (gp - ci + c) for p, gp, ci, c in zip(y, g, own[name], server, strict=True)]
            new = [ci - c + (a - b) / (STEPS * LR) for ci, c, a, b in zip(own[name], server, x, y, strict=True)]
            models_.append(y)
            changes.append([n - o for n, o in zip(new, own[name], strict=True)])
            own[name] = new
        sizes = [len(c.train) for c in present.values()]
        x, step = fedavg(models_, sizes), fedavg(changes, sizes)
        server = [c + len(present) / len(centers) * d for c, d in zip(server, step, strict=True)]
    return flatten(x)


def test_equals_the_paper_written_naively(centers):
    np.testing.assert_allclose(run(centers, 6), scaffold_by_hand(centers, 6), rtol=0, atol=1e-12)


def test_first_round_is_fedavg(centers):
    model = models.linear(4).double()
    app = torch_client_app(model, centers, sgd_training(SGD(LR, epochs=STEPS)))
    fedavg_history = simulate(app, FedAvg(), centers, arrays_of(model), num_rounds=1)
    np.testing.assert_allclose(run(centers, 1), flatten(numpy_arrays(fedavg_history.arrays).values()), rtol=1e-14)


def noisy(split, rng):
    """Tire les étiquettes à pile ou face, biaisées par centre : l'optimum est proche de zéro, donc vite atteint."""
    return Split(split.x, (rng.random(len(split)) < rng.uniform(0.2, 0.8)).astype(int), split.patient_id)


def test_reaches_the_pooled_optimum_where_fedavg_does_not(centers):
    rng = np.random.default_rng(0)
    centers = {name: Center(noisy(c.train, rng), c.test) for name, c in centers.items()}
    x, y = (np.concatenate([getattr(c.train, n) for c in centers.values()]) for n in ("x", "y"))
    optimum = flatten(client_update([np.zeros(4), np.zeros(())], x, y, 1.0, 20_000))
    model = models.linear(4).double()
    app = torch_client_app(model, centers, sgd_training(SGD(LR, epochs=STEPS)))
    fedavg_history = simulate(app, FedAvg(fraction_evaluate=0.0), centers, arrays_of(model), num_rounds=300)
    fedavg_gap = np.abs(flatten(numpy_arrays(fedavg_history.arrays).values()) - optimum).max()
    scaffold_gap = np.abs(run(centers, 300, fraction_evaluate=0.0) - optimum).max()
    assert fedavg_gap > 0.005 and scaffold_gap < fedavg_gap / 1000


def test_a_centre_that_never_answers_weighs_nothing_and_slows_the_control(centers):
    model = models.linear(4).double()
    app = scaffold_client_app(model, centers, SGD(LR, epochs=STEPS))

    def brest_fails(message, context):
        if context.node_config["partition-id"] == 1:
            raise OSError("coupure")
        return app(message, context)

    history = simulate(brest_fails, Scaffold(), centers, arrays_of(model), num_rounds=5, on_error="skip")
    got = flatten(numpy_arrays(history.arrays).values())
    np.testing.assert_allclose(got, scaffold_by_hand(centers, 5, absent=("Brest",)), rtol=0, atol=1e-12)


def test_a_reply_without_its_control_is_named(centers):
    model = models.linear(4).double()
    plain = torch_client_app(model, centers, sgd_training(SGD(LR)))
    with pytest.raises(FederatedError, match=r"Angers.*il manque \['control'\]"):
        simulate(plain, Scaffold(), centers, arrays_of(model), num_rounds=1)


def test_controls_keep_the_type_of_the_model_and_double_what_travels(centers):
    model, sizes = models.linear(4), []
    app = scaffold_client_app(model, centers, SGD(np.float64(LR), epochs=STEPS))

    def weigh(message, context):
        reply = app(message, context)
        for content in (message.content, reply.content):
            sizes.append({name: sum(array.numpy().nbytes for array in content[name].values())
                          for name in content.array_records})  # fmt: skip
        return reply

    simulate(weigh, Scaffold(fraction_evaluate=0.0), centers, arrays_of(model), num_rounds=3)
    assert all(size == {"arrays": 4 * 5, "control": 4 * 5} for size in sizes)
