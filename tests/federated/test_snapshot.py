"""Le fichier d'un point de reprise : relu à l'identique, refusé s'il est abîmé, jamais écrit à moitié."""

import errno
import json
import os
import pickle
import random
import sys

import numpy as np
import pytest
from flwr.app import Array, ArrayRecord, ConfigRecord, MetricRecord, RecordDict
from flwr.serverapp.strategy import FedAdam, FedAvg
from safetensors.numpy import load, load_file, save

from common import models
from common.federated import arrays_of, sgd_training, simulate, snapshot, torch_client_app
from common.federated.snapshot import CheckpointError, Snapshot
from common.training import SGD


def make_snapshot(**changes) -> Snapshot:
    """Un point de reprise de deux tableaux, un moment de chaque sorte et un client qui garde de tout."""
    state = RecordDict(
        {
            "z": MetricRecord({"b": 1, "a": 0.1 + 0.2, "list": [1, 2], "none": [], "nan": float("inf")}),
            "c": ConfigRecord({"key": b"\x00\xff", "s": "é", "on": True, "keys": [b"a", b""], "n": -5}),
            "a": ArrayRecord({"w": Array(np.asfortranarray(np.arange(6.0).reshape(2, 3))), "/": Array(np.array(1j))}),
        }
    )
    arrays = {"a/b": np.arange(6.0).reshape(3, 2).T, "bias": np.array(0.1, dtype=np.float32)}
    moments = {"m_t": {k: 2 * v for k, v in arrays.items()}, "list": list(arrays.values()), "v_t": None}
    values = {
        "run": {"la graine": 3},
        "server_round": 7,
        "arrays": arrays,
        "moments": moments,
        "states": {4: state},
        "rows": [(1, "Évry", "test", "loss", 1e-300, 12), (1, "global", "test", "n", 3, None)],
        "failure_rows": [(2, "Brest", "disque plein")],
        "random_state": random.Random(1).getstate(),
    }
    return Snapshot(**values | changes)


@pytest.fixture
def path(tmp_path):
    """Où écrire le point de reprise."""
    return tmp_path / "a.reprise"


def test_everything_is_read_back_as_it_was_written(path):
    wanted = make_snapshot()
    snapshot.write(path, wanted)
    got = snapshot.read(path)
    for name in ("run", "server_round", "states", "rows", "failure_rows", "random_state"):
        assert getattr(got, name) == getattr(wanted, name), name
    pairs = [(got.arrays, wanted.arrays), (got.moments["m_t"], wanted.moments["m_t"])]
    pairs += [(dict(enumerate(got.moments["list"])), dict(enumerate(wanted.moments["list"])))]
    assert got.moments["v_t"] is None
    for read, written in pairs:
        assert list(read) == list(written)
        for name, array in written.items():
            np.testing.assert_array_equal(read[name], array, strict=True)


def test_any_safetensors_reader_finds_the_model(path):
    snapshot.write(path, make_snapshot())
    np.testing.assert_array_equal(load_file(path)["arrays/a/b"], make_snapshot().arrays["a/b"])


def altered(**changes):
    """Rend de quoi changer le document JSON d'un fichier par ailleurs bon."""

    def alter(payload: bytes) -> bytes:
        tensors = load(payload)
        document = json.loads(tensors[snapshot.DOCUMENT].tobytes()) | changes
        tensors[snapshot.DOCUMENT] = np.frombuffer(json.dumps(document).encode(), np.uint8)
        return save(tensors)

    return alter


BROKEN = {
    "vide": lambda payload: b"",
    "sans sa fin": lambda payload: payload[:-1],
    "sans sa moitié": lambda payload: payload[: len(payload) // 2],
    "sans son en-tête": lambda payload: payload[8:],
    "un octet de trop": lambda payload: payload + b"\0",
    "un autre safetensors": lambda payload: save({"weight": np.ones(3)}),
    "un pickle": lambda payload: pickle.dumps({"round": 3}),
    "une autre version": altered(format="point de reprise, version 0"),
    "pas du JSON": lambda payload: save({snapshot.DOCUMENT: np.frombuffer(b"{", np.uint8)}),
    "pas un dictionnaire": lambda payload: save({snapshot.DOCUMENT: np.frombuffer(b"[]", np.uint8)}),
    "un tableau absent": altered(arrays={"weight": "arrays/absent"}),
    "un état absent": altered(nodes=[4, 5]),
    "des tableaux sans nom": altered(arrays=3),
    "un tour sans numéro": altered(round="trois"),
    "un état illisible": lambda payload: save(load(payload) | {"state/4": np.frombuffer(b"abc", np.uint8)}),
    "un moment d'une autre forme": altered(moments={"m_t": {"a/b": "arrays/bias", "bias": "arrays/bias"}}),
    "un hasard impossible": altered(random=[3]),
}


@pytest.mark.parametrize("break_it", BROKEN.values(), ids=BROKEN)
def test_a_broken_or_foreign_file_is_refused(path, break_it):
    snapshot.write(path, make_snapshot())
    path.write_bytes(break_it(path.read_bytes()))
    with pytest.raises(CheckpointError, match=r"a\.reprise » n'est pas un point de reprise, ou il est abîmé"):
        snapshot.read(path)


def test_a_file_without_the_memory_of_the_strategy_is_refused(centers, path):
    """Ainsi un fichier d'une version du cours qui en retenait moins."""
    model = models.linear(4).double()
    app = torch_client_app(model, centers, sgd_training(SGD(0.1)))
    simulate(app, FedAdam(), centers, arrays_of(model), num_rounds=1, checkpoint=path)
    path.write_bytes(altered(moments={})(path.read_bytes()))
    with pytest.raises(
        CheckpointError, match=r"la mémoire de la stratégie valait \[\], et vaut maintenant \['m_t', 'v_t'\]"
    ):
        simulate(app, FedAdam(), centers, arrays_of(model), num_rounds=2, checkpoint=path)


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(CheckpointError, match="n'est pas un point de reprise"):
        snapshot.read(tmp_path)


def test_a_file_too_large_is_refused_before_it_is_read(path):
    with path.open("wb") as file:
        file.truncate(snapshot.MAX_BYTES + 1)  # un fichier creux : rien n'est écrit
    with pytest.raises(
        CheckpointError, match="pèse 4294967297 octets : un point de reprise n'en dépasse pas 4294967296"
    ):
        snapshot.read(path)


IMPOSSIBLE = {
    "trop grand": ({"arrays": {"w": np.zeros(2**18)}}, r"pèserait \d+ octets, plus que"),
    "un type sans place": ({"arrays": {"w": np.ones(2, complex)}}, "Un tableau n'entre pas .*complex128"),
    "un entier trop grand": (
        {"states": {4: RecordDict({"m": MetricRecord({"a": 2**70})})}},
        r"Context\.state du nœud 4 n'entre pas",
    ),
}


@pytest.mark.parametrize(("change", "message"), IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_what_does_not_fit_is_said_and_the_old_file_stays(path, monkeypatch, change, message):
    snapshot.write(path, make_snapshot())
    before = path.read_bytes()
    monkeypatch.setattr(snapshot, "MAX_BYTES", 2**20)
    with pytest.raises(CheckpointError, match=message):
        snapshot.write(path, make_snapshot(**change))
    assert path.read_bytes() == before and list(path.parent.iterdir()) == [path]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ne sait pas limiter la taille des fichiers d'un processus")
def test_a_full_disk_leaves_the_previous_file(path):
    import resource

    snapshot.write(path, make_snapshot())
    before = path.read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))
    try:
        with pytest.raises(
            OSError, match=r"du tour 8 n'a pas pu être écrit .* du tour précédent, s'il existe, est intact"
        ):
            snapshot.write(path, make_snapshot(server_round=8))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.read_bytes() == before and list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("moment", ["fsync", "replace"])
def test_an_interruption_while_writing_leaves_the_previous_file(path, monkeypatch, moment):
    def interrupted(*arguments):
        raise KeyboardInterrupt

    snapshot.write(path, make_snapshot())
    before = path.read_bytes()
    monkeypatch.setattr(os, moment, interrupted)
    with pytest.raises(KeyboardInterrupt):
        snapshot.write(path, make_snapshot(server_round=8))
    assert path.read_bytes() == before and list(path.parent.iterdir()) == [path]


def test_a_folder_that_does_not_exist_is_said(tmp_path):
    with pytest.raises(OSError, match="n'a pas pu être écrit") as refusal:
        snapshot.write(tmp_path / "absent" / "a.reprise", make_snapshot())
    assert refusal.value.errno == errno.ENOENT


def test_a_million_clients_without_state_weigh_nothing(path, million):
    dataset, _ = million
    model = models.linear(1).double()
    app = torch_client_app(model, dataset, sgd_training(SGD(0.1)))
    strategy = FedAvg(fraction_train=3e-6, min_train_nodes=3, fraction_evaluate=0.0)
    simulate(app, strategy, dataset, arrays_of(model), num_rounds=1, checkpoint=path)
    assert path.stat().st_size < 20_000 and snapshot.read(path).states == {}
