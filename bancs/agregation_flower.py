"""Le même travail avec les fonctions SecAgg+ de Flower, celles de son ancienne API ; tout ce qui en vient est ici.

Un client est mesuré en entier, avec les fonctions d'étape de son module. Le serveur de Flower ne se lance pas sans sa
grille : ses opérations sont chronométrées une à une, dans l'ordre où il les fait, puis multipliées par leur nombre.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import Any

import numpy as np
from flwr.client.mod.secure_aggregation.secaggplus_mod import (
    SecAggPlusState,
    _collect_masked_vectors,
    _setup,
    _share_keys,
    _unmask,
)
from flwr.common import bytes_to_ndarray, ndarray_to_bytes, ndarrays_to_parameters
from flwr.common.secure_aggregation.crypto.shamir import combine_shares, create_shares
from flwr.common.secure_aggregation.crypto.symmetric_encryption import encrypt, generate_shared_key
from flwr.common.secure_aggregation.ndarrays_arithmetic import parameters_addition, parameters_subtraction
from flwr.common.secure_aggregation.secaggplus_constants import Key
from flwr.common.secure_aggregation.secaggplus_utils import pseudo_rand_gen, share_keys_plaintext_concat
from flwr.supercore.primitives.asymmetric import (
    bytes_to_private_key,
    bytes_to_public_key,
    generate_key_pairs,
    private_key_to_bytes,
    public_key_to_bytes,
)

from bancs.agregation_tour import Setting

MODULUS, REPEATS = 2**32, 5
SEED = bytes(range(32))
CLIENT_TIMED = (
    "_setup, _share_keys, _collect_masked_vectors et _unmask de flwr.client.mod.secure_aggregation.secaggplus_mod, "
    "quantification comprise ; un seul client, ses voisins simulés à côté"
)
SERVER_TIMED = (
    "bytes_to_ndarray et parameters_addition par survivant ; combine_shares une fois par secret, avec toutes les "
    "parts reçues ; pseudo_rand_gen et parameters_subtraction par survivant ; generate_shared_key, pseudo_rand_gen et "
    "parameters_addition par perdu et par voisin, comme l'étape unmask de SecAggPlusWorkflow. Temps d'une opération "
    "(médiane de cinq ; combine_shares, une fois) multiplié par leur nombre ; ni messages, ni grille"
)


class Neighbour:
    """Un voisin du client mesuré : ses deux clés publiques, et la privée avec laquelle il chiffre."""

    def __init__(self) -> None:
        (_, mask_public), (self.cipher_private, cipher_public) = generate_key_pairs(), generate_key_pairs()
        self.publics = public_key_to_bytes(mask_public), public_key_to_bytes(cipher_public)


def client_cost(setting: Setting, lost: int) -> float:
    """Rend le temps de processeur (s) d'un client de Flower pour un tour, dont `lost` voisins sont perdus."""
    me, state = 0, SecAggPlusState()
    state.nid = me
    neighbours = {number: Neighbour() for number in range(1, setting.neighbours + 1)}
    spent, own = timed(lambda: _setup(state, setup_of(setting)))
    keys = {str(number): peer.publics for number, peer in neighbours.items()}
    keys[str(me)] = (own[Key.PUBLIC_KEY_1], own[Key.PUBLIC_KEY_2])
    spent += timed(lambda: _share_keys(state, keys))[0]
    inbox = inbox_of(state, neighbours)
    update = ndarrays_to_parameters([np.zeros(setting.length)])
    spent += timed(lambda: _collect_masked_vectors(state, inbox, 1, update))[0]
    dead = list(neighbours)[:lost]
    alive = [number for number in (me, *neighbours) if number not in dead]
    return spent + timed(lambda: _unmask(state, {Key.ACTIVE_NODE_ID_LIST: alive, Key.DEAD_NODE_ID_LIST: dead}))[0]


def setup_of(setting: Setting) -> dict[str, Any]:
    """Rend les réglages que Flower envoie à l'étape setup ; ses valeurs par défaut."""
    return {
        Key.SAMPLE_NUMBER: setting.num_clients,
        Key.SHARE_NUMBER: setting.neighbours + 1,
        Key.THRESHOLD: setting.threshold,
        Key.CLIPPING_RANGE: 8.0,
        Key.TARGET_RANGE: 2**22,
        Key.MOD_RANGE: MODULUS,
        Key.MAX_WEIGHT: 1000.0,
    }


def inbox_of(state: SecAggPlusState, neighbours: dict[int, Neighbour]) -> dict[str, list]:
    """Rend ce que les voisins envoient au client : des parts de la bonne taille, chiffrées pour lui."""
    me = state.nid
    shares = state.rd_seed_share_dict[me], state.sk1_share_dict[me]
    sealed = [
        encrypt(
            generate_shared_key(peer.cipher_private, bytes_to_public_key(state.pk2)),
            share_keys_plaintext_concat(number, me, *shares),
        )
        for number, peer in neighbours.items()
    ]
    return {Key.CIPHERTEXT_LIST: sealed, Key.SOURCE_LIST: list(neighbours)}


def server_cost(setting: Setting, lost: int, once: Mapping[str, float]) -> float:
    """Rend le temps de processeur (s) du serveur de Flower pour un tour qui perd `lost` clients."""
    survivors = setting.num_clients - lost
    received = round((setting.neighbours + 1) * survivors / setting.num_clients)
    shares = create_shares(SEED, setting.threshold, setting.neighbours + 1)[:received]
    combine, _ = timed(lambda: combine_shares(shares))
    pairs = lost * setting.neighbours  # il refait aussi, pour rien, les masques entre deux clients perdus
    return survivors * (once["add"] + once["unmask"]) + setting.num_clients * combine + pairs * once["pair"]


def operations(length: int) -> dict[str, float]:
    """Rend le temps (s) de chaque opération du serveur sur un vecteur de `length` entiers."""
    shape = [(1,), (length,)]
    total = [np.zeros(size, np.int64) for size in shape]
    message = [ndarray_to_bytes(array) for array in total]
    (private, _), (_, public) = generate_key_pairs(), generate_key_pairs()
    key, peer = private_key_to_bytes(private), public_key_to_bytes(public)

    def pair() -> None:
        shared = generate_shared_key(bytes_to_private_key(key), bytes_to_public_key(peer))
        parameters_addition(total, pseudo_rand_gen(shared, MODULUS, shape))

    return {
        "add": repeated(lambda: parameters_addition(total, [bytes_to_ndarray(item) for item in message])),
        "unmask": repeated(lambda: parameters_subtraction(total, pseudo_rand_gen(SEED, MODULUS, shape))),
        "pair": repeated(pair),
    }


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Rend le temps de processeur (s) d'un travail, et ce qu'il a rendu."""
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def repeated(work: Callable[[], Any]) -> float:
    """Rend la médiane de cinq temps de processeur."""
    return median(timed(work)[0] for _ in range(REPEATS))


def measure(setting: Setting, rates: Sequence[float]) -> list[dict[str, float]]:
    """Rend, par taux de perte, le temps d'un client (il n'en dépend guère : mesuré une fois) et celui du serveur."""
    client, once = client_cost(setting, round(max(rates) * setting.neighbours)), operations(setting.length)
    servers = [server_cost(setting, round(rate * setting.num_clients), once) for rate in rates]
    return [{"client_cpu_s": round(client, 3), "server_cpu_s": round(server, 3)} for server in servers]
