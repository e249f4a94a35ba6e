"""L'apprentissage fédéré : FedAvg à la main, et de vrais objets Flower qui tournent dans le carnet."""

from common.federated.fedavg import client_update, fedavg, fedavg_round, gradient, predict_probability
from common.federated.grid import FederatedError, make_message
from common.federated.heterogeneity import fedadam_step, fedavg_fixed_point, scaffold_update
from common.federated.history import History
from common.federated.interop import from_keras, mixed_client_app, output_gap, to_keras
from common.federated.numpy_client import numpy_client_app
from common.federated.replies import numpy_arrays
from common.federated.scaffold import Scaffold, scaffold_client_app
from common.federated.simulation import simulate
from common.federated.snapshot import CheckpointError
from common.federated.torch_client import (
    arrays_of,
    load_arrays,
    sgd_training,
    torch_client_app,
    torch_evaluate_fn,
)

__all__ = [
    "CheckpointError",
    "FederatedError",
    "History",
    "Scaffold",
    "arrays_of",
    "client_update",
    "fedadam_step",
    "fedavg",
    "fedavg_fixed_point",
    "fedavg_round",
    "from_keras",
    "gradient",
    "load_arrays",
    "make_message",
    "mixed_client_app",
    "numpy_arrays",
    "numpy_client_app",
    "output_gap",
    "predict_probability",
    "scaffold_client_app",
    "scaffold_update",
    "sgd_training",
    "simulate",
    "to_keras",
    "torch_client_app",
    "torch_evaluate_fn",
]
