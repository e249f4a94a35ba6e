"""Le modèle de la fédération : le même petit perceptron en PyTorch et en Keras, qui font les mêmes pas.

Sur le réseau, les tableaux ont les noms et la forme de PyTorch ; les lots viennent du même générateur dans les deux.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import nn

from common import models, training
from common.data import FederatedDataset, Split, load
from common.environment import client_rng
from common.training import SGD
from semaine_6_a_8.agregation_securisee.cryptage import Arrays

SOURCES = {"digits": "embedded", "mnist": "real"}
HIDDEN, CLASSES = 32, 10
LOCAL = {"digits": SGD(lr=0.3, epochs=2, batch_size=16), "mnist": SGD(lr=0.3, epochs=1, batch_size=64)}
SEED = 0
Learn = Callable[[Arrays, int], tuple[Arrays, int]]


def open_dataset(name: str, num_clients: int) -> FederatedDataset:
    """Charge `digits` (dans le cours) ou `mnist` (copie locale), des données réelles, réparties entre les clients."""
    return load(name, source=SOURCES[name], num_centers=num_clients, seed=SEED)


def torch_model(num_features: int) -> nn.Module:
    """Construit le perceptron en PyTorch : une couche cachée de 32 neurones, dix sorties."""
    return models.mlp(num_features, HIDDEN, CLASSES, SEED)


def arrays_of(model: nn.Module) -> Arrays:
    """Rend les paramètres d'un modèle PyTorch, par ordre de nom."""
    return {name: value.detach().numpy().copy() for name, value in sorted(model.state_dict().items())}


def load_arrays(model: nn.Module, arrays: Arrays) -> nn.Module:
    """Remplace les paramètres d'un modèle PyTorch, et le rend. Erreur : `RuntimeError` si les formes diffèrent."""
    model.load_state_dict({name: torch.from_numpy(array) for name, array in arrays.items()})
    return model


def learner(framework: str, split: Split, number: int, sgd: SGD) -> Learn:
    """Rend l'apprentissage local d'un client : (modèle, tour) → (différence apprise, effectif)."""
    train = (keras_training if framework == "keras" else torch_training)(flat(split).x.shape[1], sgd)

    def learn(arrays: Arrays, server_round: int) -> tuple[Arrays, int]:
        learned = train(arrays, flat(split), client_rng(SEED, server_round, number))
        return {name: learned[name] - arrays[name] for name in arrays}, len(split)

    return learn


def torch_training(num_features: int, sgd: SGD):
    """Rend (modèle, jeu, générateur) → modèle appris, en PyTorch."""
    model = torch_model(num_features)

    def train(arrays: Arrays, split: Split, rng: np.random.Generator) -> Arrays:
        training.train(load_arrays(model, arrays), split, sgd, rng)
        return arrays_of(model)

    return train


def keras_training(num_features: int, sgd: SGD):
    """Rend (modèle, jeu, générateur) → modèle appris, en Keras."""
    import keras
    from flwr.app import Array, ArrayRecord

    from common.federated.keras_client import KerasModel
    from common.federated.replies import numpy_arrays

    layers = [keras.layers.Dense(HIDDEN, activation="relu"), keras.layers.Dense(CLASSES)]
    network = keras.Sequential([keras.Input((num_features,)), *layers])
    names = list(torch_model(num_features).state_dict())  # l'ordre des couches
    model = KerasModel(network, names, sgd)

    def train(arrays: Arrays, split: Split, rng: np.random.Generator) -> Arrays:
        model.load(ArrayRecord({name: Array(arrays[name]) for name in names}))
        model.train(split, {}, rng)
        return numpy_arrays(model.arrays())

    return train


def accuracy(arrays: Arrays, test: Split) -> float:
    """Mesure l'exactitude d'un modèle, entre 0 et 1."""
    test = flat(test)
    return training.evaluate(load_arrays(torch_model(test.x.shape[1]), arrays), test)["accuracy"]


def plain_fedavg(dataset: FederatedDataset, num_rounds: int, sgd: SGD) -> list[Arrays]:
    """Fait la même fédération sans chiffrement ni réseau, en PyTorch ; rend le modèle après chaque tour."""
    learners = [learner("pytorch", center.train, number, sgd) for number, center in enumerate(dataset.values())]
    arrays, history = arrays_of(torch_model(flat(dataset.test).x.shape[1])), []
    for server_round in range(1, num_rounds + 1):
        updates, weights = zip(*(learn(arrays, server_round) for learn in learners), strict=True)
        mean = {name: np.average([update[name] for update in updates], axis=0, weights=weights) for name in arrays}
        arrays = {name: (arrays[name] + mean[name]).astype(arrays[name].dtype) for name in arrays}
        history.append(arrays)
    return history


def flat(split: Split) -> Split:
    """Rend le même jeu, chaque image en une ligne de float32."""
    return Split(split.x.reshape(len(split), -1).astype(np.float32), split.y, split.patient_id)


def write_split(path: Path, split: Split) -> None:
    """Range un jeu dans un fichier .npz."""
    np.savez(path, x=split.x, y=split.y, patient_id=split.patient_id)


def read_split(path: Path) -> Split:
    """Relit un jeu rangé par `write_split`, sans rien exécuter."""
    with np.load(path, allow_pickle=False) as file:
        return Split(file["x"], file["y"], file["patient_id"])
