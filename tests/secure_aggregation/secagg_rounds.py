"""De quoi jouer un tour dans les essais : des clés tirées une fois, des réglages, des vecteurs."""

from functools import cache

import numpy as np

from common.secure_aggregation import Client, Parameters, signing_keypairs

SESSION = b"une session de 16"
MODULUS = 2**32


@cache
def keypairs(num_clients: int) -> tuple[list[bytes], tuple[bytes, ...]]:
    """Tire une fois pour toutes les clés de signature de `num_clients` clients."""
    return signing_keypairs(num_clients)


def make_parameters(num_clients: int, threshold: int, **changes) -> Parameters:
    """Rend des réglages ordinaires ; `changes` remplace ce qu'un essai veut autre."""
    usual = {"session": SESSION, "server_round": 1, "identities": keypairs(num_clients)[1], "length": 4}
    return Parameters(threshold=threshold, **(usual | changes))


def make_clients(parameters: Parameters) -> list[Client]:
    """Rend un client par identité, qui accepte tout seuil d'au moins 2."""
    keys = keypairs(parameters.num_clients)[0]
    return [Client(parameters, i, keys[i], minimum_threshold=2) for i in range(parameters.num_clients)]


def make_vectors(parameters: Parameters, seed: int = 0) -> list[np.ndarray]:
    """Rend un vecteur uint32 quelconque par client."""
    rng = np.random.default_rng(seed)
    shape = (parameters.num_clients, parameters.length)
    return list(rng.integers(0, MODULUS, shape, dtype=np.uint32))


def exact_sum(vectors: list[np.ndarray], clients) -> np.ndarray:
    """Additionne en entiers de Python, sans se fier à NumPy, puis réduit modulo 2³²."""
    columns = zip(*(vectors[client].tolist() for client in clients), strict=True)
    return np.array([sum(column) % MODULUS for column in columns], np.uint32)
