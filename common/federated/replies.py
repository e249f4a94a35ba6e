"""Contrôler une réponse avant qu'une stratégie la voie : NumPy étirerait une (1, 3) en (2, 3) sans un mot."""

import io
from functools import lru_cache

import numpy as np
from flwr.app import Array, ArrayRecord, Message, MetricRecord


def numpy_arrays(record: ArrayRecord) -> dict[str, np.ndarray]:
    """Déballe un `ArrayRecord` en tableaux NumPy, par nom, dans l'ordre."""
    return {key: array.numpy() for key, array in record.items()}


def _view(array: Array) -> np.ndarray:
    """Lit un tableau sans le copier ; analyser l'en-tête coûte plus que lire les valeurs, et il ne change guère."""
    start = 10 + int.from_bytes(array.data[8:10], "little")
    shape, fortran_order, dtype = _header(array.data[:start])
    return np.frombuffer(array.data, dtype, offset=start).reshape(shape, order="F" if fortran_order else "C")


@lru_cache(maxsize=256)
def _header(header: bytes) -> tuple[tuple[int, ...], bool, np.dtype]:
    stream = io.BytesIO(header)
    if np.lib.format.read_magic(stream) != (1, 0):
        raise ValueError("ce n'est pas un tableau NumPy au format 1.0")
    return np.lib.format.read_array_header_1_0(stream)


def find_fault(instruction: Message, reply: Message, weight_key: str) -> str | None:
    """Dit en français pourquoi une réponse est inutilisable, ou rend `None` si elle est bonne.

    Une réponse d'entraînement porte les tableaux de la consigne (mêmes noms, mêmes formes, valeurs finies) ; toute
    réponse d'entraînement ou d'évaluation porte un seul `MetricRecord`, de nombres finis, dont un effectif positif.
    """
    if not isinstance(reply, Message):
        return f"le client n'a rien rendu d'utilisable ({type(reply).__name__}) : il doit rendre un Message"
    if reply.has_error():
        return f"le client signale une erreur : {reply.error.reason}"
    category = instruction.metadata.message_type.split(".")[0]
    if category == "query":
        return None
    fault = _find_metric_fault(list(reply.content.metric_records.values()), weight_key)
    if category != "train" or fault:
        return fault
    return _find_array_fault(dict(instruction.content.array_records), dict(reply.content.array_records))


def _find_metric_fault(records: list[MetricRecord], weight_key: str) -> str | None:
    if len(records) != 1:
        return f"il faut exactement un MetricRecord, il y en a {len(records)}"
    record = records[0]
    weight = record.get(weight_key)
    if isinstance(weight, list) or weight is None or not np.isfinite(weight) or weight < 0:
        return f"« {weight_key} » vaut {weight} : il faut un nombre d'exemples"
    return "le centre n'a aucun exemple" if weight == 0 else _find_infinite_metric(record)


def _find_infinite_metric(record: MetricRecord) -> str | None:
    wrong = {name: value for name, value in record.items() if not np.isfinite(value).all()}
    name, value = next(iter(wrong.items()), (None, None))
    return name and f"la mesure « {name} » vaut {value} : n'envoyez que des nombres finis"


def _find_array_fault(sent: dict[str, ArrayRecord], received: dict[str, ArrayRecord]) -> str | None:
    if not received:
        return "la réponse ne contient aucun tableau"
    if not sent:
        return None
    missing = set(sent) - set(received)
    if len(sent) > 1 and missing:
        return f"il manque {sorted(missing)} dans la réponse"
    default = next(iter(sent.values()))
    faults = (_find_record_fault(sent.get(name, default), record) for name, record in received.items())
    return next((fault for fault in faults if fault), None)


def _find_record_fault(expected: ArrayRecord, record: ArrayRecord) -> str | None:
    if list(record) != list(expected):
        return f"les tableaux s'appellent {list(record)} au lieu de {list(expected)}"
    for key, array in ((key, _view(array)) for key, array in record.items()):
        if array.dtype.kind not in "biuf":
            return f"« {key} » est de type {array.dtype} : il faut des nombres réels"
        if array.shape != tuple(expected[key].shape):
            return f"« {key} » a la forme {array.shape} au lieu de {tuple(expected[key].shape)}"
        if not np.isfinite(array).all():
            return f"« {key} » contient des valeurs infinies ou NaN (taux d'apprentissage trop grand ?)"
    return None
