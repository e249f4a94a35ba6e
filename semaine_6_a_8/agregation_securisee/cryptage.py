"""Ce qui chiffre : un tour, vu du serveur et vu du client, avec Fernet (le serveur lit) ou avec le protocole.

Les quatre classes vont par deux et se ressemblent, pour que le transport n'ait pas à les distinguer. Aucune ne parle au
réseau ni ne lit d'horloge. La mise à jour d'un client est la différence entre le modèle appris et le modèle reçu.
"""

import hashlib
from collections.abc import Mapping

import numpy as np

from common.secure_aggregation import fernet
from common.secure_aggregation.client import Client
from common.secure_aggregation.errors import ProtocolError
from common.secure_aggregation.messages import Confirmations, Inbox, KeyBook, Survivors, decode, encode, max_bytes
from common.secure_aggregation.parameters import Parameters
from common.secure_aggregation.quantisation import Quantiser, flatten, unflatten
from common.secure_aggregation.rehearsal import answer
from common.secure_aggregation.server import KINDS, AbortError, Server, Stage
from semaine_6_a_8.agregation_securisee.reglages import Agreement

Arrays = dict[str, np.ndarray]
EXAMPLES = "num_examples"
FERNET_STAGES = ("mise-a-jour",)
PROTOCOL_STAGES = ("cles", "parts", "masque", "survivants", "demasquage")
REPLIES = (KeyBook, Inbox, Survivors, Confirmations)
ENVELOPE = 4096  # octets : en-tête safetensors, date et signature d'un jeton


def stages(mode: str) -> tuple[str, ...]:
    """Rend les étapes d'un tour, dans l'ordre : à chacune, chaque client envoie un message."""
    return FERNET_STAGES if mode == "fernet" else PROTOCOL_STAGES


class FernetRound:
    """Un tour du serveur qui déchiffre : il voit chaque mise à jour, et peut donc la contrôler.

    keys : la clé Fernet de chaque client, que le serveur détient aussi.
    """

    def __init__(self, agreement: Agreement, model: Arrays, keys: Mapping[int, bytes]) -> None:
        self._agreement, self._model, self._keys = agreement, model, keys
        self._updates: dict[int, tuple[Arrays, int]] = {}
        self.expected, self.done = frozenset(agreement.clients), False
        self.max_bytes = fernet_limit(model)

    @property
    def stage(self) -> str:
        """L'étape ouverte."""
        return FERNET_STAGES[0]

    @property
    def received(self) -> frozenset[int]:
        """Ceux dont le message de cette étape est arrivé."""
        return frozenset(self._updates)

    @property
    def participants(self) -> frozenset[int]:
        """Ceux dont la mise à jour est dans la moyenne."""
        return self.received

    def receive(self, client: int, body: bytes) -> None:
        """Déchiffre et contrôle une mise à jour. Erreur : `ProtocolError`, et rien n'a changé."""
        arrays = fernet.decrypt(self._keys[client], body, max_bytes=self.max_bytes)
        num_examples = _examples(arrays.pop(EXAMPLES, None), self._agreement.max_examples)
        check_update(arrays, self._model, self._agreement.max_update)
        self._updates[client] = arrays, num_examples

    def close(self) -> dict[int, bytes]:
        """Finit le tour. Erreur : `AbortError` s'il y a moins de clients que le seuil."""
        if len(self._updates) < self._agreement.threshold:
            raise AbortError(
                f"{len(self._updates)} mises à jour, il en faut {self._agreement.threshold} : rien n'est publié."
            )
        self.done = True
        return {}

    def new_model(self) -> Arrays:
        """Rend le modèle plus la moyenne des mises à jour, pesées par leurs effectifs."""
        updates, weights = zip(*(self._updates[client] for client in sorted(self._updates)), strict=True)
        mean = np.average([flatten(update) for update in updates], axis=0, weights=weights)
        return add(self._model, mean)


class ProtocolRound:
    """Un tour du serveur qui ne peut pas déchiffrer : il n'apprend que la somme et l'effectif total."""

    def __init__(self, agreement: Agreement, model: Arrays, server_round: int) -> None:
        self._model, self._quantiser = model, quantiser(agreement)
        self._parameters = parameters(agreement, model, server_round)
        self._server = Server(self._parameters)
        self.max_bytes = max(max_bytes(kind, self._parameters) for kind in KINDS)

    @property
    def stage(self) -> str:
        """L'étape ouverte."""
        return PROTOCOL_STAGES[self._server.stage]

    @property
    def expected(self) -> frozenset[int]:
        """Ceux qui peuvent encore parler à cette étape."""
        return self._server.expected

    @property
    def received(self) -> frozenset[int]:
        """Ceux dont le message de cette étape est arrivé."""
        return frozenset(self._server.received)

    @property
    def participants(self) -> frozenset[int]:
        """Ceux dont la mise à jour est dans la moyenne."""
        return self._server.survivors

    @property
    def done(self) -> bool:
        """Vrai quand la somme est connue."""
        return self._server.stage is Stage.DONE

    def receive(self, client: int, body: bytes) -> None:
        """Lit un message du protocole. Erreur : `ProtocolError`, et rien n'a changé."""
        self._server.receive(client, decode(KINDS[self._server.stage], body, self._parameters))

    def close(self) -> dict[int, bytes]:
        """Finit l'étape et rend ce qu'il faut répondre à chacun. Erreur : `AbortError` s'il manque trop de clients."""
        return {client: encode(reply, self._parameters) for client, reply in self._server.close().items()}

    def new_model(self) -> Arrays:
        """Rend le modèle plus la moyenne. Erreur : `ProtocolError` si la somme est impossible."""
        return add(self._model, self._quantiser.decode_sum(self._server.total)[0])


class FernetSender:
    """Un tour du client qui chiffre pour le serveur."""

    def __init__(self, key: bytes, update: Arrays, num_examples: int) -> None:
        self._key, self._content = key, {**update, EXAMPLES: np.array(num_examples, np.int64)}

    def message(self, stage: str, reply: bytes) -> bytes:
        """Rend le jeton Fernet à envoyer ; le serveur n'a rien dit avant, `reply` est vide."""
        return fernet.encrypt(self._key, self._content)


class ProtocolSender:
    """Un tour du client qui masque ; `rules` : les `parameters` du tour, calculés sur le modèle qu'il a reçu.

    Erreur : `ProtocolError` si une valeur dépasse ce que tous ont convenu.
    """

    def __init__(
        self, agreement: Agreement, rules: Parameters, identity: tuple[int, bytes], update: Arrays, num_examples: int
    ) -> None:
        self._vector = quantiser(agreement).encode(flatten(update), num_examples)
        self._parameters, self._client = rules, Client(rules, *identity)

    def message(self, stage: str, reply: bytes) -> bytes:
        """Lit la réponse à l'étape d'avant et rend le message de celle-ci. Erreur : `ProtocolError` si elle triche."""
        rank = Stage(PROTOCOL_STAGES.index(stage))
        order = decode(REPLIES[rank - 1], reply, self._parameters) if rank else None
        return encode(answer(self._client, rank, order, self._vector), self._parameters)


def parameters(agreement: Agreement, model: Arrays, server_round: int) -> Parameters:
    """Rend les réglages publics d'un tour du protocole ; le vecteur masqué est la mise à jour, puis l'effectif.

    La session comprend le modèle dont part le tour : toute signature et tout masque en dépendent. Un serveur qui
    donnerait à tous, sauf à sa victime, un modèle qui n'apprend rien lirait la victime dans la somme (Pasquini et al.
    2022) ; ici, des clients qui n'ont pas reçu le même modèle refusent les clés les uns des autres.
    """
    identities = tuple(bytes.fromhex(key) for key in agreement.identities)
    session = hashlib.sha256(bytes.fromhex(agreement.session))
    for name in sorted(model):
        session.update(f"{name} {model[name].dtype} {model[name].shape};".encode() + model[name].tobytes())
    length = sum(array.size for array in model.values()) + 1
    return Parameters(session.digest(), server_round, identities, agreement.threshold, length)


def quantiser(agreement: Agreement) -> Quantiser:
    """Rend la quantification dont tous conviennent."""
    return Quantiser(agreement.max_update, len(agreement.identities), agreement.max_examples)


def fernet_limit(model: Arrays) -> int:
    """Rend la taille d'un jeton au-delà de laquelle il n'est pas lu : 4/3 du modèle, et l'enveloppe."""
    return sum(array.nbytes for array in model.values()) * 4 // 3 + ENVELOPE


def check_update(update: Arrays, model: Arrays, max_update: float) -> None:
    """Refuse (`ProtocolError`) une mise à jour qui n'a pas les noms, formes et types du modèle, ou trop grande."""
    if {n: (a.shape, a.dtype) for n, a in update.items()} != {n: (a.shape, a.dtype) for n, a in model.items()}:
        raise ProtocolError("La mise à jour n'a pas les tableaux du modèle : elle est refusée.")
    if not all(np.all(np.abs(array) <= max_update) for array in update.values()):  # faux aussi pour NaN
        raise ProtocolError(f"La mise à jour a une valeur infinie, ou plus grande que {max_update} : elle est refusée.")


def add(model: Arrays, mean: np.ndarray) -> Arrays:
    """Rend le modèle plus une moyenne `(d,)`, dans les noms, formes et types du modèle."""
    return unflatten(flatten(model) + mean, model)


def _examples(value: np.ndarray | None, limit: int) -> int:
    if value is None or value.shape != () or value.dtype != np.int64 or not 1 <= value <= limit:
        raise ProtocolError(f"L'effectif doit être un entier de 1 à {limit} : la mise à jour est refusée.")
    return int(value)
