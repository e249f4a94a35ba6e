"""L'environnement d'un calcul : graines, fils d'exécution, télémétrie coupée avant l'import de Flower."""

import ast
import os
import random
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import wraps

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


def parse_one_at_a_time() -> None:
    """Fait attendre `ast.parse` son tour, d'un fil à l'autre, sur CPython 3.11.0 à 3.11.7 ; ailleurs, ne fait rien.

    Ces versions tiennent une seule profondeur pour tous les fils (gh-106905). numpy lit l'en-tête d'un tableau par
    `ast.parse` : deux clients qui lisent le modèle ensemble finissaient, rarement, en `SystemError`.
    """
    if sys.version_info >= (3, 11, 8) or hasattr(ast.parse, "__wrapped__"):
        return
    parse, turn = ast.parse, threading.RLock()

    @wraps(parse)
    def one_parse(*args, **kwargs):
        with turn:
            return parse(*args, **kwargs)

    ast.parse = one_parse
