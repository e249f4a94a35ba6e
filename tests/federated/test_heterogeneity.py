"""Les règles écrites à la main de la leçon 4, contre des calculs indépendants et contre Flower."""

import numpy as np
from flwr.serverapp.strategy import FedAdam, FedAvg

from common.federated import arrays_of, fedadam_step, fedavg_fixed_point, numpy_arrays, scaffold_update, simulate
from common.federated.torch_client import sgd_training, torch_client_app
from common.models import linear
from common.training import SGD

OPTIMA = np.array([[0.0, 1.0], [2.0, -1.0], [1.0, 3.0]])
CURVATURES = np.array([[10.0, 1.0], [1.0, 8.0], [4.0, 2.0]])
SIZES = np.array([30, 100, 7])
LR = 0.05


def fedavg_rounds(num_steps, num_rounds=500):
    """Itère FedAvg sur les trois centres quadratiques."""
    w = np.zeros(2)
    for _ in range(num_rounds):
        local = np.tile(w, (3, 1))
        for _ in range(num_steps):
            local = local - LR * CURVATURES * (local - OPTIMA)
        w = np.average(local, axis=0, weights=SIZES)
    return w


def test_fixed_point_is_where_fedavg_stops():
    for num_steps in (1, 2, 7, 30):
        fixed = fedavg_fixed_point(OPTIMA, CURVATURES, SIZES, LR, num_steps)
        np.testing.assert_allclose(fixed, fedavg_rounds(num_steps), rtol=1e-10)


def test_fixed_point_goes_from_the_pooled_optimum_to_the_mean_of_optima():
    weights = SIZES[:, None]
    pooled = (weights * CURVATURES * OPTIMA).sum(axis=0) / (weights * CURVATURES).sum(axis=0)
    np.testing.assert_allclose(fedavg_fixed_point(OPTIMA, CURVATURES, SIZES, LR, 1), pooled)
    mean = np.average(OPTIMA, axis=0, weights=SIZES)
    np.testing.assert_allclose(fedavg_fixed_point(OPTIMA, CURVATURES, SIZES, LR, 10_000), mean)


def test_new_control_is_the_mean_local_gradient():
    rng, seen = np.random.default_rng(0), []
    own, server, start = rng.normal(size=(3, 4))

    def gradient(w):
        seen.append(np.sin(w))
        return seen[-1]

    _, control = scaffold_update(gradient, start, (own, server), 0.3, 5)
    np.testing.assert_allclose(control, np.mean(seen, axis=0), rtol=1e-12)


def test_fedadam_step_is_that_of_flower(centers):
    model = linear(4).double()
    app = torch_client_app(model, centers, sgd_training(SGD(0.5, epochs=3)))
    seen = []

    class Spy(FedAdam):
        def aggregate_train(self, server_round, replies):
            replies = list(replies)
            seen.append(flat(FedAvg.aggregate_train(self, server_round, replies)[0]))
            return super().aggregate_train(server_round, replies)

    history = simulate(app, Spy(eta=0.2), centers, arrays_of(model), num_rounds=4)
    w, m, v = np.zeros(5), np.zeros(5), np.zeros(5)
    for t, average in enumerate(seen, 1):
        eta = 0.2 * np.sqrt(1 - 0.99 ** (t + 1)) / (1 - 0.9 ** (t + 1))
        w, m, v = fedadam_step(w, average, m, v, eta)
    np.testing.assert_allclose(flat(history.arrays), w, rtol=1e-10)


def flat(arrays):
    return np.concatenate([np.ravel(v) for v in numpy_arrays(arrays).values()])
