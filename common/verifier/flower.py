"""Observer une réponse de Flower : la traduire en valeurs simples, que `comparison` sait comparer."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flwr.app import ArrayRecord, ConfigRecord, Message, MetricRecord, RecordDict

from common.federated import numpy_arrays

FLOWER_ERRORS = {
    "Invalid arguments for Message": "une réponse s'écrit Message(contenu, reply_to=message)",
    "Invalid arguments for ArrayRecord": "ArrayRecord attend un dictionnaire nom -> Array",
    "Invalid arguments for Array.": "Array attend un tableau NumPy : passez d'abord par np.asarray",
    "Not all values are of valid type": "un MetricRecord ne garde que des int et des float : convertissez vos valeurs",
}


@contextmanager
def french_errors() -> Iterator[None]:
    """Redit en français les erreurs de type de Flower qu'un débutant rencontre."""
    try:
        yield
    except TypeError as error:
        said = next((french for english, french in FLOWER_ERRORS.items() if english in str(error)), str(error))
        raise TypeError(said) from error


def plain(answer: Any) -> dict | None:
    """Traduit une réponse de Flower en valeurs simples ; un objet d'un autre type ne montre que son type."""
    if answer is None:
        return None
    metadata = answer.metadata if isinstance(answer, Message) else None
    sent = {"expéditeur": metadata.src_node_id, "destinataire": metadata.dst_node_id} if metadata else {}
    content = answer.content if metadata else answer
    records = plain_records(content) if isinstance(content, RecordDict) else {}
    return {"type": type(answer).__name__, **sent, **records}


def plain_records(content: RecordDict) -> dict:
    """Étale les enregistrements par nom ; les tableaux gardent leur ordre, celui des mesures ne compte pas."""
    return {name: {"type": type(record).__name__, **_plain_record(record)} for name, record in sorted(content.items())}


def _plain_record(record: ArrayRecord | MetricRecord | ConfigRecord) -> dict:
    if not isinstance(record, ArrayRecord):
        return dict(sorted(record.items()))
    return {**numpy_arrays(record), "dtype": [array.dtype for array in record.values()]}
