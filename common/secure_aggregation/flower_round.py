"""Un tour d'agrégation sécurisée du côté du serveur, sur une grille Flower : cinq étapes, cinq échanges."""

from collections.abc import Iterable, Mapping, Sequence

import msgpack
import numpy as np
from flwr.app import Array, ArrayRecord, ConfigRecord, Error, Message, MetricRecord, RecordDict
from flwr.serverapp import Grid

from common.federated.replies import find_fault, numpy_arrays
from common.secure_aggregation.announcement import Announcement
from common.secure_aggregation.errors import ProtocolError
from common.secure_aggregation.flower_mod import CALL, MASKED_COUNT, QUERY, RECORD
from common.secure_aggregation.messages import Confirmation, Keys, Masked, Shares, Unmasking, decode, encode
from common.secure_aggregation.primitives import verify
from common.secure_aggregation.quantisation import flatten, unflatten
from common.secure_aggregation.server import Server

ANSWERS = {"advertise": Keys, "share": Shares, "confirm": Confirmation, "unmask": Unmasking}
MAX_IDENTITY_BYTES = 100


class Post:
    """De quoi poser une question à des nœuds : la grille, le délai d'une étape (secondes), le tour."""

    def __init__(self, grid: Grid, timeout: float, server_round: int) -> None:
        self._grid, self._timeout, self._round = grid, timeout, server_round

    def order(self, step: str, data: bytes) -> ConfigRecord:
        """Rend l'ordre d'une étape, qui voyage dans un message."""
        return ConfigRecord({"step": step, "data": data, "server-round": self._round})

    def ask(self, step: str, data: Mapping[int, bytes]) -> Iterable[Message]:
        """Envoie à chaque nœud ses données, et rend les réponses arrivées dans le délai."""
        messages = [Message(RecordDict({RECORD: self.order(step, item)}), node, QUERY) for node, item in data.items()]
        return self._grid.send_and_receive(messages, timeout=self._timeout)


class GridRound:
    """Un tour : `open` fait les étapes 1 et 2 et rend les ordres d'entraînement, `finish` fait les trois autres.

    orders : l'ordre d'entraînement que la stratégie destine à chaque client, dans l'ordre des numéros. `refusals`
    garde, par nœud, la raison de chaque message écarté : un client fautif compte comme muet. Erreur : `AbortError`
    s'il reste trop peu de clients.
    """

    def __init__(
        self, post: Post, announcement: Announcement, identities: tuple[bytes, ...], orders: Sequence[Message]
    ) -> None:
        self.announcement, self.parameters = announcement, announcement.parameters(identities)
        self.server = Server(self.parameters)
        self.refusals: dict[int, str] = {}
        self._post, self._orders = post, orders
        self._nodes = [order.metadata.dst_node_id for order in orders]
        self._clients = {node: client for client, node in enumerate(self._nodes)}

    def open(self) -> list[Message]:
        """Étapes 1 et 2 : les clés, les parts ; rend les ordres d'entraînement, chacun avec les parts de son client."""
        books = self._exchange("advertise", dict.fromkeys(range(len(self._nodes)), self.announcement.encode()))
        inboxes = self._exchange("share", self._written(books))
        return [self._train_order(self._orders[client], inbox) for client, inbox in self._written(inboxes).items()]

    def finish(self, replies: Iterable[Message]) -> np.ndarray:
        """Étapes 3 à 5 : reçoit les vecteurs masqués, démasque leur somme et la rend, (length,) uint32."""
        for reply in replies:
            self._receive(reply, self._masked)
        survivors = self.server.close()
        self._exchange("unmask", self._written(self._exchange("confirm", self._written(survivors))))
        return self.server.total

    def averaged(self, mean: np.ndarray, num_examples: int) -> list[Message]:
        """Rend une réponse par survivant, toutes la même : modèle moyen, effectif moyen ; et l'erreur des écartés."""
        survivors = [self._orders[client] for client in sorted(self.server.survivors)]
        metrics = MetricRecord({self.announcement.weight_key: num_examples / len(survivors)})
        answers = [
            Message(RecordDict({**_moved(order, mean), "metrics": metrics}), reply_to=order) for order in survivors
        ]
        lost = {order.metadata.dst_node_id: order for order in self._orders if order not in survivors}
        refused = [(order, self.refusals[node]) for node, order in lost.items() if node in self.refusals]
        return answers + [Message(Error(0, reason), reply_to=order) for order, reason in refused]

    def _exchange(self, step: str, data: Mapping[int, bytes]) -> dict:
        """Pose une étape à chaque client, reçoit ce qui arrive, ferme l'étape, rend ce qu'il faut envoyer ensuite."""
        for reply in self._post.ask(step, {self._nodes[client]: item for client, item in data.items()}):
            self._receive(reply, lambda client, reply: decode(ANSWERS[step], data_of(reply), self.parameters))
        return self.server.close()

    def _written(self, messages: Mapping) -> dict[int, bytes]:
        return {client: encode(message, self.parameters) for client, message in messages.items()}

    def _receive(self, reply: Message, read) -> None:
        node = reply.metadata.src_node_id
        try:
            if node not in self._clients:
                raise ProtocolError("Ce nœud n'est pas de ce tour.")
            if reply.has_error():
                raise ProtocolError(reply.error.reason)
            self.server.receive(self._clients[node], read(self._clients[node], reply))
        except ProtocolError as refusal:
            self.refusals[node] = str(refusal)

    def _masked(self, client: int, reply: Message) -> Masked:
        """Remet bout à bout le vecteur masqué : ses tableaux, puis l'effectif masqué."""
        fault = find_fault(self._orders[client], reply, self.announcement.weight_key)
        if fault:
            raise ProtocolError(fault)
        (arrays,), (metrics,) = reply.content.array_records.values(), reply.content.metric_records.values()
        parts = [array.ravel() for _, array in sorted(numpy_arrays(arrays).items())]  # l'ordre de flatten
        count = metrics.get(MASKED_COUNT)
        if any(part.dtype != np.uint32 for part in parts) or not _is_count(count):
            raise ProtocolError("La réponse n'est pas un vecteur masqué.")
        return Masked(client, np.concatenate([*parts, np.array(count, np.uint32)]).astype("<u4").tobytes())

    def _train_order(self, order: Message, inbox: bytes) -> Message:
        content = RecordDict({**order.content, RECORD: self._post.order("mask", inbox)})
        metadata = order.metadata
        return Message(content, metadata.dst_node_id, metadata.message_type, group_id=metadata.group_id)


def identify(post: Post, nodes: Iterable[int], session: bytes, identities: tuple[bytes, ...]) -> dict[int, int]:
    """Demande leur numéro d'annuaire à des nœuds ; rend ceux qui l'ont prouvé, par une signature de cette session."""
    numbers: dict[int, int] = {}
    for reply in post.ask("identify", dict.fromkeys(nodes, session)):
        try:
            numbers[reply.metadata.src_node_id] = _identity(reply, session, identities)
        except ProtocolError:
            continue  # il ne participera pas
    return numbers


def data_of(reply: Message) -> bytes:
    """Lit les données d'une réponse. Erreur : `ProtocolError`."""
    record = reply.content.config_records.get(RECORD, {})
    if type(record.get("data")) is not bytes:
        raise ProtocolError("Réponse mal formée : elle est refusée.")
    return record["data"]


def arrays_of(order: Message) -> tuple[str, ArrayRecord]:
    """Rend le seul ArrayRecord d'un ordre, et son nom. Erreur : `ValueError`."""
    ((name, arrays),) = order.content.array_records.items()
    return name, arrays


def _identity(reply: Message, session: bytes, identities: tuple[bytes, ...]) -> int:
    if reply.has_error():
        raise ProtocolError(reply.error.reason)
    data = data_of(reply)
    try:
        number, signature = msgpack.unpackb(data[:MAX_IDENTITY_BYTES], use_list=False)
        public = identities[number]
    except (ValueError, TypeError, IndexError, msgpack.UnpackException) as error:
        raise ProtocolError("Identité illisible : elle est refusée.") from error
    if type(signature) is not bytes or number < 0:
        raise ProtocolError("Identité mal formée : elle est refusée.")
    verify(public, signature, CALL + session)
    return number


def _is_count(count: object) -> bool:
    return isinstance(count, list) and len(count) == 1 and type(count[0]) is int and 0 <= count[0] < 2**32


def _moved(order: Message, mean: np.ndarray) -> dict[str, ArrayRecord]:
    """Ajoute la mise à jour moyenne aux tableaux d'un ordre : mêmes noms, mêmes formes, mêmes types."""
    name, arrays = arrays_of(order)
    before = numpy_arrays(arrays)
    after = unflatten(flatten(before) + mean, before)
    return {name: ArrayRecord({key: Array(np.asarray(value)) for key, value in after.items()})}
