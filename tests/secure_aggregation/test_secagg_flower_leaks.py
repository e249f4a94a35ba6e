"""Le serveur ne tient jamais une mise à jour nue : ni sur la grille, ni dans la stratégie, ni réelle, ni entière."""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import asdict

import msgpack
import numpy as np
import pytest
from flwr.app import Array, Error, Message
from flwr.clientapp import ClientApp
from flwr.serverapp.strategy import FedAvg
from secagg_flower_runs import ENCODING, KEYRINGS, Ear, around, fixed_app, run, secure, written

from common.federated import FederatedError
from common.secure_aggregation import Client, Parameters
from common.secure_aggregation.client import REFUSED, Memory
from common.secure_aggregation.flower_mod import RECORD, secured
from common.secure_aggregation.messages import Masked

UPDATES = np.random.default_rng(7).uniform(0.1, 1.9, (4, 14)) * [[1], [-1], [1], [-1]]
EXAMPLES = 100
APP = fixed_app(lambda number: UPDATES[number], EXAMPLES)
QUIET = {"fraction_evaluate": 0.0}


def encodings() -> dict[str, list[bytes]]:
    """Toutes les façons d'écrire une mise à jour : réelle ou entière, seule ou par deux, dans les deux ordres."""
    quantiser = ENCODING.quantiser(Parameters(bytes(24), 1, KEYRINGS.identities, threshold=3, length=15))
    codes = np.array([quantiser.encode(update, EXAMPLES)[:-1] for update in UPDATES])
    pairs = np.stack([codes[:, :-1], codes[:, 1:]], axis=-1).reshape(-1, 2)
    return {
        "float64": [x.tobytes() for x in UPDATES.ravel()] + [struct.pack(">d", x) for x in UPDATES.ravel()],
        "float32": [pair.tobytes() for pair in UPDATES.astype(np.float32).reshape(-1, 2)],
        "entiers": [c.tobytes() for c in pairs] + [c.astype(">u4").tobytes() for c in pairs],
        "entiers de 64 bits": [c.view(np.int32).astype(np.int64).tobytes() for c in pairs],
    }


def found(heard: list[bytes]) -> set[str]:
    """Rend les façons d'écrire dont un exemplaire au moins se trouve dans ces octets."""
    everything = b"\0".join(heard)
    return {name for name, needles in encodings().items() if any(needle in everything for needle in needles)}


def held(thing: object, seen: dict[int, object]) -> Iterator[bytes]:
    """Énumère tous les octets qu'un objet atteint : attributs, tables, listes, tableaux, messages."""
    if id(thing) in seen or isinstance(thing, type) or callable(thing):
        return
    seen[id(thing)] = thing  # le garder en vie : sinon son numéro resservirait
    if isinstance(thing, Message):
        yield written(thing)
    elif isinstance(thing, np.ndarray):
        yield thing.tobytes()
    elif isinstance(thing, bytes):
        yield thing
    elif isinstance(thing, str):
        yield thing.encode()
    elif isinstance(thing, float):
        yield struct.pack("<d", thing)
    elif isinstance(thing, Array):
        yield thing.data
    elif isinstance(thing, Mapping):
        for item in thing.items():
            yield from held(item, seen)
    elif isinstance(thing, (list, tuple, set, frozenset)):
        for item in thing:
            yield from held(item, seen)
    elif hasattr(thing, "__dict__"):
        yield from held(vars(thing), seen)


def test_neither_the_grid_nor_the_strategy_ever_holds_an_update(monkeypatch):
    ear, strategy = Ear(monkeypatch), secure(FedAvg(**QUIET))
    memory = []
    ear.after = lambda: memory.append(b"\0".join(held(strategy, {})))
    run(secured(APP, KEYRINGS), strategy, 2)
    assert len(memory) == 1 + 2 * (5 + 1)  # l'appel, puis à chaque tour cinq échanges et une évaluation vide
    assert all(len(part) > 5_000 for part in memory[1:6])  # il y a bien de quoi chercher
    assert found(ear.heard) == found(memory) == set()
    assert b"loss" not in b"".join(ear.heard)


def test_the_same_search_finds_the_updates_without_the_mod(monkeypatch):
    ear, strategy = Ear(monkeypatch), FedAvg(**QUIET)
    run(APP, strategy)
    assert "float64" in found(ear.heard) and b"loss" in b"".join(ear.heard)


def test_the_same_search_finds_the_integers_without_the_masks(monkeypatch):
    def naked(client, inbox, vector):
        return Masked(client.number, vector.astype("<u4").tobytes())

    monkeypatch.setattr(Client, "mask", naked)
    ear = Ear(monkeypatch)
    with pytest.raises(FederatedError, match="hors de son tour"):  # l'étape 3 n'a pas été faite
        run(secured(APP, KEYRINGS), secure(FedAvg(**QUIET)))
    assert "entiers" in found(ear.heard)


def test_the_strategy_would_be_caught_holding_a_vector():
    strategy = secure(FedAvg(**QUIET))
    strategy.strategy.souvenir = [{"va": UPDATES[3].astype(np.float32)}]
    assert found([b"\0".join(held(strategy, {}))]) == {"float32"}


def test_a_client_that_could_not_learn_keeps_no_secret():
    """L'apprentissage rend une erreur sans lever : au tour suivant, il ne reste rien du précédent."""
    inner, kept = ClientApp(), []

    @inner.train()
    def train(message, context):
        return Message(Error(0, "plus de mémoire"), reply_to=message)

    def note(step, context, message):
        if step == "advertise" and RECORD in context.state:
            kept.append(context.state[RECORD]["memory"])

    strategy = secure(FedAvg(**QUIET), on_abort="skip")
    run(around(secured(inner, KEYRINGS), note), strategy, 2, on_error="skip")
    assert "plus de mémoire" in strategy.rounds[0].aborted
    assert kept == [msgpack.packb(asdict(Memory(step=REFUSED)))] * 4
