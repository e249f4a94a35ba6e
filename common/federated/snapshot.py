"""Le fichier d'un point de reprise : du safetensors, donc des nombres et du texte, rien qui s'exécute en le lisant.

Les tableaux y sont nommés (`arrays/weight`, `m_t/weight`…) ; le reste est un document JSON, rangé lui aussi dans un
tableau. `Context.state` y prend la forme qu'il aurait sur le réseau (`flwr.common.serde`, un module privé de Flower ;
`tests/federated/test_snapshot.py` échoue si une nouvelle version le déplace).
"""

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from flwr.app import RecordDict
from flwr.common.serde import recorddict_from_proto, recorddict_to_proto
from flwr.proto.recorddict_pb2 import RecordDict as ProtoRecordDict
from google.protobuf.message import DecodeError
from safetensors import SafetensorError
from safetensors.numpy import load, save

FORMAT = "point de reprise, version 1"
DOCUMENT = "document"
MAX_BYTES = 4 * 2**30

Tensors = dict[str, np.ndarray]
Moment = dict[str, np.ndarray] | list[np.ndarray] | None


class CheckpointError(ValueError):
    """Un point de reprise impossible à suivre ou à écrire ; le message dit pourquoi et que faire."""


@dataclass
class Snapshot:
    """L'état d'un entraînement à la fin du tour `server_round`.

    `run` : de quoi reconnaître l'entraînement, en JSON ; `arrays` : le modèle global ; `moments` : ce que la stratégie
    retient, par attribut ; `states` : le `Context.state` des nœuds qui en ont un ; `random_state` : celui de Python.
    """

    run: dict[str, Any]
    server_round: int
    arrays: dict[str, np.ndarray]
    moments: dict[str, Moment]
    states: dict[int, RecordDict]
    rows: list[tuple]
    failure_rows: list[tuple]
    random_state: tuple


def write(path: Path, snapshot: Snapshot) -> None:
    """Écrit `path` d'un seul geste : entier, ou l'ancien reste tel quel.

    Erreurs : `CheckpointError` si le contenu n'entre pas dans un fichier, `OSError` si le disque refuse.
    """
    payload = _encode(snapshot)
    temporary = path.with_name(f"{path.name}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(payload)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        raise OSError(
            error.errno,
            f"Le point de reprise du tour {snapshot.server_round} n'a pas pu être écrit ({error.strerror}) ; celui du "
            "tour précédent, s'il existe, est intact. Faites de la place et relancez la même commande",
            str(path),
        ) from error
    finally:
        with suppress(OSError):
            temporary.unlink()


def read(path: Path) -> Snapshot:
    """Relit un point de reprise.

    Erreur : `CheckpointError` si le fichier dépasse 4 Gio, est tronqué, ou n'est pas un point de reprise du cours.
    """
    try:
        size = path.stat().st_size
        if size <= MAX_BYTES:
            return _decode(load(path.read_bytes()))
    except (OSError, SafetensorError, DecodeError, LookupError, TypeError, ValueError, AttributeError) as error:
        raise CheckpointError(
            f"« {path} » n'est pas un point de reprise, ou il est abîmé ({error}). Supprimez-le pour repartir du "
            "premier tour, ou donnez un autre fichier à checkpoint."
        ) from error
    raise CheckpointError(
        f"« {path} » pèse {size} octets : un point de reprise n'en dépasse pas {MAX_BYTES}. "
        "Donnez un autre fichier à checkpoint."
    )


def _encode(snapshot: Snapshot) -> bytes:
    tensors: Tensors = {}
    document = {
        "format": FORMAT,
        "run": snapshot.run,
        "round": snapshot.server_round,
        "arrays": _store(tensors, "arrays", snapshot.arrays),
        "moments": {name: _store(tensors, name, moment) for name, moment in snapshot.moments.items()},
        "nodes": list(snapshot.states),
        "rows": snapshot.rows,
        "failures": snapshot.failure_rows,
        "random": snapshot.random_state,
    }
    tensors |= {f"state/{node}": _bytes_of_state(node, state) for node, state in snapshot.states.items()}
    tensors[DOCUMENT] = np.frombuffer(json.dumps(document).encode("utf-8"), np.uint8)
    return _payload(tensors)


def _payload(tensors: Tensors) -> bytes:
    size = sum(tensor.nbytes for tensor in tensors.values())
    if size > MAX_BYTES:
        raise CheckpointError(f"Ce point de reprise pèserait {size} octets, plus que les {MAX_BYTES} permis.")
    try:
        return save(tensors)
    except SafetensorError as error:
        raise CheckpointError(f"Un tableau n'entre pas dans un point de reprise ({error}).") from error


def _decode(tensors: Tensors) -> Snapshot:
    document = json.loads(tensors[DOCUMENT].tobytes())
    if document["format"] != FORMAT:
        raise ValueError(f"format « {document['format']} »")
    arrays = _fetch(tensors, document["arrays"])
    moments = {name: _fetch(tensors, keys) for name, keys in document["moments"].items()}
    for moment in filter(None, moments.values()):
        _refuse_other_shapes(arrays, moment)
    version, internal, gauss = document["random"]
    return Snapshot(
        run=document["run"],
        server_round=int(document["round"]),
        arrays=arrays,
        moments=moments,
        states={node: _state_of_bytes(tensors[f"state/{node}"]) for node in document["nodes"]},
        rows=[tuple(row) for row in document["rows"]],
        failure_rows=[tuple(row) for row in document["failures"]],
        random_state=(version, tuple(internal), gauss),
    )


def _store(tensors: Tensors, prefix: str, arrays: Moment) -> dict[str, str] | list[str] | None:
    """Range des tableaux dans `tensors` ; rend leurs noms, en dictionnaire ou en liste comme eux."""
    if arrays is None:
        return None
    named = arrays if isinstance(arrays, dict) else dict(enumerate(arrays))
    keys = {name: f"{prefix}/{name}" for name in named}
    # safetensors copie la mémoire telle qu'elle est rangée : l'ordre de Fortran y serait lu de travers
    tensors |= {keys[name]: np.asarray(array, order="C") for name, array in named.items()}
    return keys if isinstance(arrays, dict) else list(keys.values())


def _fetch(tensors: Tensors, keys: dict[str, str] | list[str] | None) -> Moment:
    if keys is None:
        return None
    if isinstance(keys, list):
        return [tensors[key] for key in keys]
    return {name: tensors[key] for name, key in keys.items()}


def _refuse_other_shapes(arrays: dict[str, np.ndarray], moment: dict[str, np.ndarray] | list[np.ndarray]) -> None:
    values = moment.values() if isinstance(moment, dict) else moment
    if [value.shape for value in values] != [array.shape for array in arrays.values()]:
        raise ValueError("la mémoire de la stratégie n'a pas la forme du modèle")


def _bytes_of_state(node: int, state: RecordDict) -> np.ndarray:
    try:
        return np.frombuffer(recorddict_to_proto(state).SerializeToString(), np.uint8)
    except ValueError as error:
        raise CheckpointError(f"Le Context.state du nœud {node} n'entre pas dans un fichier ({error}).") from error


def _state_of_bytes(data: np.ndarray) -> RecordDict:
    return recorddict_from_proto(ProtoRecordDict.FromString(data.tobytes()))
