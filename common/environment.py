"""L'environnement d'un calcul : graines, fils d'exécution, télémétrie coupée avant l'import de Flower."""

import os
import random
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np


def prepare() -> None:
    """Coupe la télémétrie de Flower et les messages de TensorFlow, règle les fils ; à appeler avant leur import.

    Un seul fil par calcul : les modèles du cours sont petits, et deux fils qui s'attendent vont jusqu'à sept fois moins
    vite dès que la machine fait autre chose.
    """
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ["FLWR_TELEMETRY_ENABLED"] = "0"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")  # oneDNN change les arrondis selon le processeur, et l'écrit
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    os.environ.setdefault("HF_HUB_OFFLINE", "1")  # une leçon ne télécharge jamais d'elle-même
    warnings.filterwarnings("ignore", message="IProgress not found")  # tqdm réclame ipywidgets, le cours s'en passe


def client_rng(seed: int, server_round: int, partition_id: int) -> np.random.Generator:
    """Rend le générateur aléatoire d'un client pour un tour.

    Ces trois entiers sont la seule source de hasard d'un client : ni l'ordre des clients, ni la machine, ni le moteur
    d'exécution ne changent ses tirages.
    """
    return np.random.default_rng([seed, server_round, partition_id])


@contextmanager
def seeded_global_random(seed: int) -> Iterator[None]:
    """Fixe le `random` global de Python (Flower y tire ses clients), puis le rend dans l'état où il était."""
    state = random.getstate()
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(state)
