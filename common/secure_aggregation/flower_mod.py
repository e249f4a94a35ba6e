"""Le client Flower de l'agrégation sécurisée : un mod, qui masque ce qu'un `ClientApp` rend quand il apprend.

Le mod répond aux étapes 1, 2, 4 et 5 du protocole (messages `query.secagg`) ; à l'étape 3 il laisse le client
apprendre, prend la DIFFÉRENCE entre les paramètres rendus et les paramètres reçus, la code en entiers, et la masque.

Ce qu'il refuse : un ordre d'entraînement sans protocole, car il n'aurait qu'à le demander, le serveur curieux ; un
ordre qui n'est pas celui de tous ; un tour déjà joué ; une annonce qui n'est pas celle que l'hôpital accepte. Ce qui
part en clair : les mesures d'évaluation. Les autres mesures d'entraînement (la perte) ne partent pas.

Où sont les secrets. Un SuperNode lance un Python neuf par message : ceux d'un tour vivent dans `Context.state`, donc
dans la mémoire du SuperNode, jusqu'à la fin du tour ; s'il n'en a pas, ceux du suivant les remplacent. Il les range
APRÈS avoir rendu la réponse, et traite un message à la fois. La clé de signature est un fichier de l'hôpital.

Ce que tout cela suppose : que l'hôpital exécute CE code. Un SuperNode exécute l'application que le SuperLink envoie :
contre un serveur malveillant, il faut la signer et n'accepter que celle-là (`--trusted-entities`).
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import msgpack
import numpy as np
from flwr.app import Array, ArrayRecord, ConfigRecord, Context, Error, Message, MetricRecord, RecordDict
from flwr.clientapp import ClientApp
from flwr.clientapp.typing import ClientAppCallable, Mod
from flwr.common.constant import ErrorCode

from common.secure_aggregation.announcement import SESSION_BYTES, Announcement, Private, Weighted
from common.secure_aggregation.client import Client
from common.secure_aggregation.errors import ProtocolError
from common.secure_aggregation.keyring import Keyring
from common.secure_aggregation.messages import Confirmations, Inbox, KeyBook, Survivors, decode, encode
from common.secure_aggregation.parameters import Parameters
from common.secure_aggregation.primitives import sign
from common.secure_aggregation.quantisation import QuantisationError, flatten, unflatten

ACTION = "secagg"
QUERY = f"query.{ACTION}"
RECORD = "secagg"  # le ConfigRecord du protocole, dans les messages et dans Context.state
MASKED_COUNT = "masked-num-examples"
CALL = b"appel"  # ce que signe un nœud qui dit son numéro
STEPS = {
    "share": (KeyBook, Client.share),
    "confirm": (Survivors, Client.confirm),
    "unmask": (Confirmations, Client.unmask),
}


def secure_aggregation_mod(keyring_of: Callable[[Context], Keyring], private: Private | None = None) -> Mod:
    """Construit le mod. `keyring_of(context)` rend le trousseau du nœud.

    `private` : l'écrêtage et le bruit que l'hôpital exige, et qu'il applique lui-même ; `None` : aucun bruit. Le
    serveur ne peut ni les retirer, ni les changer. L'application doit aussi connaître l'action `query.secagg` : voyez
    `secured`. Un refus est une réponse d'erreur, qui ne cite aucune valeur apprise.
    """

    def mod(message: Message, context: Context, call_next: ClientAppCallable) -> Message:
        category = message.metadata.message_type.split(".")[0]
        if message.metadata.message_type != QUERY and category != "train":
            return call_next(message, context)
        try:
            node = _Node(context, keyring_of(context), private)
            return node.train(message, call_next) if category == "train" else node.answer(message)
        except ProtocolError as refusal:
            return Message(Error(ErrorCode.MOD_FAILED_PRECONDITION, str(refusal)), reply_to=message)

    return mod


def secured(
    client_app: ClientApp, keyring_of: Callable[[Context], Keyring], private: Private | None = None
) -> ClientApp:
    """Rend un `ClientApp` qui n'envoie que des mises à jour masquées, autour d'un `ClientApp` qui n'en sait rien."""
    app = ClientApp(mods=[secure_aggregation_mod(keyring_of, private)])
    app.train()(client_app)
    app.evaluate()(client_app)
    app.query(ACTION)(client_app)
    app.thread_safe = getattr(client_app, "thread_safe", False)
    return app


class _Node:
    """Un nœud, le temps d'un message : son trousseau, ce qu'il exige, et son client du protocole, rangé dans l'état."""

    def __init__(self, context: Context, keyring: Keyring, private: Private | None) -> None:
        self.context, self.keyring, self.private = context, keyring, private

    def answer(self, message: Message) -> Message:
        """Répond à une étape sans entraînement."""
        step, data = _order_of(message)
        if step == "identify":
            answer = self._identify(data)
        elif step == "advertise":
            answer = self._advertise(data)
        elif step in STEPS:
            kind, method = STEPS[step]
            with self._client() as (client, _):
                answer = encode(method(client, decode(kind, data, client.parameters)), client.parameters)
        else:
            raise ProtocolError(f"« {step:.40} » n'est pas une étape du protocole : refusé.")
        return Message(RecordDict({RECORD: ConfigRecord({"data": answer})}), reply_to=message)

    def train(self, message: Message, call_next: ClientAppCallable) -> Message:
        """Étape 3 : laisse le client apprendre, puis masque ce qu'il a appris."""
        _, data = _order_of(message)
        with self._client() as (client, announcement):
            inbox = decode(Inbox, data, client.parameters)
            del message.content[RECORD]
            if digest(message.content) != announcement.order:
                raise ProtocolError(
                    "L'ordre d'entraînement n'est pas celui qui a été annoncé à tous : un modèle fait pour un seul "
                    "client le ferait reconnaître dans la somme. Il quitte le tour."
                )
            name, before = _only_arrays(message)
            reply = call_next(message, self.context)
            if reply.has_error():
                client.forget()
                return reply
            masked = client.mask(inbox, _encoded(announcement, client.parameters, before, reply)).array()
        metrics = MetricRecord({announcement.weight_key: 1, MASKED_COUNT: [int(masked[-1])]})
        content = RecordDict({name: _masked_arrays(masked[:-1], before), "metrics": metrics})
        return Message(content, reply_to=message)

    def _identify(self, session: bytes) -> bytes:
        """Dit son numéro, signé pour cette session : un autre nœud ne peut pas prendre sa place."""
        self._check_session(session)
        return msgpack.packb([self.keyring.number, sign(self.keyring.private_key, CALL + session)])

    def _advertise(self, data: bytes) -> bytes:
        announcement = Announcement.decode(data)
        self._check_session(announcement.session)
        self._check_new(announcement)
        self._check_policy(announcement)
        client = self._client_of(announcement)
        keys = client.advertise()
        self.context.state[RECORD] = ConfigRecord({"announcement": data})
        self._save(client)
        return encode(keys, client.parameters)

    def _check_session(self, session: bytes) -> None:
        if len(session) != SESSION_BYTES or session[:8] != run_bytes(self.context.run_id):
            raise ProtocolError("Session d'un autre entraînement : elle est refusée.")

    def _check_new(self, announcement: Announcement) -> None:
        """Refuse de rejouer un tour : des signatures de survivants y serviraient deux fois."""
        if RECORD not in self.context.state:
            return
        last = Announcement.decode(self.context.state[RECORD]["announcement"])
        same_run = last.session[:8] == announcement.session[:8]
        if same_run and (announcement.session != last.session or announcement.server_round <= last.server_round):
            raise ProtocolError(
                f"Le tour {announcement.server_round} a déjà été joué, ou sa session a changé : refusé."
            )

    def _check_policy(self, announcement: Announcement) -> None:
        encoding, private = announcement.encoding, self.private
        if not (isinstance(encoding, Weighted) if private is None else encoding == private):
            raise ProtocolError(
                f"Le serveur annonce {encoding}, cet hôpital exige {private or 'aucun bruit'} : "
                "mettez les mêmes réglages des deux côtés."
            )
        if announcement.threshold < self.keyring.min_clients:
            raise ProtocolError(
                f"La somme pourrait s'ouvrir à {announcement.threshold} clients, cet hôpital en exige au moins "
                f"{self.keyring.min_clients} : il refuse le tour."
            )
        if self.keyring.number not in announcement.participants:
            raise ProtocolError(
                f"L'hôpital {self.keyring.number} n'est pas parmi les participants : il refuse le tour."
            )

    def _client_of(self, announcement: Announcement) -> Client:
        parameters = announcement.parameters(self.keyring.identities)
        return Client(parameters, announcement.participants.index(self.keyring.number), self.keyring.private_key)

    @contextmanager
    def _client(self) -> Iterator[tuple[Client, Announcement]]:
        """Reprend le client du tour en cours, et le range ensuite ; si quoi que ce soit échoue, sans ses secrets."""
        if RECORD not in self.context.state:
            raise ProtocolError("Aucun tour n'est ouvert sur ce nœud : l'étape est refusée.")
        record = self.context.state[RECORD]
        announcement = Announcement.decode(record["announcement"])
        client = self._client_of(announcement).restore(record["memory"])
        try:
            yield client, announcement
        except BaseException:
            client.forget()
            raise
        finally:
            self._save(client)

    def _save(self, client: Client) -> None:
        self.context.state[RECORD]["memory"] = client.to_bytes()


def digest(content: RecordDict) -> bytes:
    """Rend l'empreinte d'un ordre d'entraînement, 32 octets : tableaux et réglages, rangés par nom."""
    written = {
        name: {key: (v.dtype, v.shape, v.data) if isinstance(v, Array) else v for key, v in record.items()}
        for name, record in content.items()
    }
    ordered = [[name, sorted(record.items())] for name, record in sorted(written.items())]
    return hashlib.sha256(msgpack.packb(ordered)).digest()


def run_bytes(run_id: int) -> bytes:
    """Rend le numéro d'un entraînement, tel qu'il ouvre une session."""
    return run_id.to_bytes(8, "big")


def _order_of(message: Message) -> tuple[str, bytes]:
    """Lit l'étape et ses données. Erreur : `ProtocolError` s'il n'y en a pas."""
    record = message.content.config_records.get(RECORD)
    if record is None:
        raise ProtocolError(
            "Ordre sans agrégation sécurisée : ce client ne rend ce qu'il apprend que masqué. Enrobez la stratégie "
            "dans SecureAggregation."
        )
    step, data = record.get("step"), record.get("data")
    if type(step) is not str or type(data) is not bytes:
        raise ProtocolError("Ordre mal formé : il est refusé.")
    return step, data


def _only_arrays(message: Message) -> tuple[str, dict[str, np.ndarray]]:
    records = message.content.array_records
    if len(records) != 1:
        raise ProtocolError(f"Il faut un seul ArrayRecord à masquer, il y en a {len(records)}.")
    name, record = next(iter(records.items()))
    return name, {key: array.numpy() for key, array in record.items()}


def _encoded(
    announcement: Announcement, parameters: Parameters, before: dict[str, np.ndarray], reply: Message
) -> np.ndarray:
    """Code ce que le client a appris : après moins avant. Erreur : `ProtocolError`, sans aucune valeur."""
    _, after = _only_arrays(reply)
    if {name: array.shape for name, array in after.items()} != {name: array.shape for name, array in before.items()}:
        raise ProtocolError("Le client a rendu d'autres tableaux que ceux qu'il a reçus : il quitte le tour.")
    counts = [record.get(announcement.weight_key) for record in reply.content.metric_records.values()]
    try:
        update = flatten({name: after[name] for name in before}) - flatten(before)
        return announcement.encoding.encode(parameters, update, counts[0] if len(counts) == 1 else None)
    except QuantisationError:  # son texte citerait une valeur de la mise à jour, et un refus part au serveur
        raise ProtocolError(
            f"Ce que ce client a appris ne se code pas avec {announcement.encoding} : une valeur n'est pas finie (taux "
            "d'apprentissage trop grand ?) ou dépasse la borne, ou son effectif. Il quitte le tour."
        ) from None


def _masked_arrays(masked: np.ndarray, like: dict[str, np.ndarray]) -> ArrayRecord:
    shapes = {name: np.broadcast_to(np.uint32(0), array.shape) for name, array in like.items()}
    return ArrayRecord({name: Array(array) for name, array in unflatten(masked, shapes).items()})
