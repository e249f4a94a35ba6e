"""Les stratégies de Flower tournent telles quelles dans la grille ; même résultat que leur formule, à la main."""

import numpy as np
import pytest
from flwr.serverapp import strategy as flower

from common import models
from common.federated import arrays_of, numpy_arrays, sgd_training, simulate, torch_client_app
from common.training import SGD

STRATEGIES = {
    "FedAvg": flower.FedAvg,
    "FedProx": lambda: flower.FedProx(proximal_mu=0.1),
    "FedAvgM": lambda: flower.FedAvgM(server_momentum=0.9),
    "FedAdam": flower.FedAdam,
    "FedYogi": flower.FedYogi,
    "FedAdagrad": flower.FedAdagrad,
    "FedMedian": flower.FedMedian,
    "FedTrimmedAvg": lambda: flower.FedTrimmedAvg(beta=0.25),
    "Krum": lambda: flower.Krum(num_malicious_nodes=1),
    "MultiKrum": lambda: flower.MultiKrum(num_malicious_nodes=1, num_nodes_to_select=2),
    "DP côté serveur": lambda: flower.DifferentialPrivacyServerSideFixedClipping(flower.FedAvg(), 0.1, 1.0, 4),
}


def run(centers, strategy, num_rounds=2):
    """Entraîne une régression logistique et rend l'historique."""
    model = models.linear(4).double()
    app = torch_client_app(model, centers, sgd_training(SGD(0.5, epochs=2)))
    return simulate(app, strategy, centers, arrays_of(model), num_rounds=num_rounds)


def local_weights(centers):
    """Rend les poids de chaque centre après un tour, et les effectifs."""
    singles = [run({name: center}, flower.FedAvg(1, 1, 1, 1, 1), num_rounds=1) for name, center in centers.items()]
    return [numpy_arrays(s.arrays)["weight"] for s in singles], [len(c.train) for c in centers.values()]


@pytest.mark.parametrize("make", STRATEGIES.values(), ids=STRATEGIES)
def test_strategy_runs_unmodified(centers, make):
    history = run(centers, make())
    weight = numpy_arrays(history.arrays)["weight"]
    assert np.isfinite(weight).all() and np.abs(weight).max() > 0
    assert sorted(history.to_frame()["round"].unique()) == [1, 2]


def test_fedavg_and_fedmedian_are_their_formulas(centers):
    weights, sizes = local_weights(centers)
    mean, median = (numpy_arrays(run(centers, s, 1).arrays)["weight"] for s in (flower.FedAvg(), flower.FedMedian()))
    np.testing.assert_allclose(mean, np.average(weights, axis=0, weights=sizes), rtol=0, atol=1e-12)
    np.testing.assert_allclose(median, np.median(weights, axis=0), rtol=0, atol=1e-12)


def test_fedadam_is_its_formula(centers):
    mean = np.average(local_weights(centers)[0], axis=0, weights=local_weights(centers)[1])
    got = numpy_arrays(run(centers, flower.FedAdam(eta=0.1, beta_1=0.9, beta_2=0.99, tau=1e-3), 1).arrays)["weight"]
    first, second = 0.1 * mean, 0.01 * mean**2
    step = 0.1 * np.sqrt(1 - 0.99**2) / (1 - 0.9**2)  # Flower corrige le biais avec tour + 1
    np.testing.assert_allclose(got, step * first / (np.sqrt(second) + 1e-3), rtol=0, atol=1e-12)


def test_a_wrapped_strategy_that_would_wait_for_ever_is_refused(centers):
    inner = flower.FedAvg(min_available_nodes=10)
    with pytest.raises(ValueError, match="min_available_nodes=10"):
        run(centers, flower.DifferentialPrivacyServerSideFixedClipping(inner, 0.1, 1.0, 4))
