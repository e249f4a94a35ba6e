"""Les neuf messages du protocole, et leur forme sur le réseau : du MessagePack borné, contrôlé champ par champ."""

from dataclasses import dataclass, fields
from typing import TypeVar

import msgpack
import numpy as np

from common.secure_aggregation.errors import ProtocolError
from common.secure_aggregation.parameters import Parameters

KEY, SIGNATURE, SHARE = 32, 64, 33  # octets ; une part est un entier modulo un premier de 257 bits
SEALED = 12 + 2 * SHARE + 16  # aléa unique, deux parts, étiquette d'authenticité
OVERHEAD = 200  # octets d'enveloppe autour d'un message
PER_CLIENT = 400  # octets par client cité dans un message, au plus


def _bytes(name: str, value: object, size: int) -> None:
    if type(value) is not bytes or len(value) != size:
        raise ProtocolError(f"Message mal formé : {name} doit avoir {size} octets. Il est refusé.")


def _client(value: object) -> None:
    if type(value) is not int or value < 0:
        raise ProtocolError(f"Message mal formé : « {value!r:.40} » n'est pas un numéro de client. Il est refusé.")


def _table(name: str, value: object, size: int) -> None:
    if type(value) is not dict:
        raise ProtocolError(f"Message mal formé : {name} doit être une table par client. Il est refusé.")
    for client, item in value.items():
        _client(client)
        _bytes(name, item, size)


@dataclass(frozen=True)
class Keys:
    """Étape 1, client → serveur : ses deux clés X25519, l'empreinte de sa graine, et sa signature du tout."""

    client: int
    cipher_key: bytes
    mask_key: bytes
    commitment: bytes
    signature: bytes

    def __post_init__(self) -> None:
        _client(self.client)
        for name in ("cipher_key", "mask_key", "commitment"):
            _bytes(name, getattr(self, name), KEY)
        _bytes("signature", self.signature, SIGNATURE)

    def signed(self, parameters: Parameters) -> bytes:
        """Rend ce que la signature couvre."""
        fields_ = [self.client, self.cipher_key, self.mask_key, self.commitment]
        return b"cles" + parameters.context + msgpack.packb(fields_)


@dataclass(frozen=True)
class KeyBook:
    """Étape 1, serveur → client : ses propres clés et celles de ses voisins présents."""

    keys: tuple[Keys, ...]

    def __post_init__(self) -> None:
        if not all(isinstance(item, Keys) for item in self.keys):
            raise ProtocolError("Message mal formé : un carnet ne contient que des clés. Il est refusé.")


@dataclass(frozen=True)
class Shares:
    """Étape 2, client → serveur : pour chaque voisin, deux parts (graine, clé de masque), scellées pour lui seul."""

    client: int
    sealed: dict[int, bytes]

    def __post_init__(self) -> None:
        _client(self.client)
        _table("sealed", self.sealed, SEALED)


@dataclass(frozen=True)
class Inbox:
    """Étape 2, serveur → client : les parts que ses voisins ont scellées pour lui, par expéditeur."""

    sealed: dict[int, bytes]

    def __post_init__(self) -> None:
        _table("sealed", self.sealed, SEALED)


@dataclass(frozen=True)
class Masked:
    """Étape 3, client → serveur : son vecteur masqué, des entiers de 32 bits, petit-boutiens."""

    client: int
    vector: bytes

    def __post_init__(self) -> None:
        _client(self.client)
        if type(self.vector) is not bytes or len(self.vector) % 4:
            raise ProtocolError("Message mal formé : le vecteur n'est pas fait d'entiers de 32 bits. Il est refusé.")

    def array(self) -> np.ndarray:
        """Rend le vecteur, uint32, sans copie."""
        return np.frombuffer(self.vector, "<u4")


@dataclass(frozen=True)
class Survivors:
    """Étape 4, serveur → client : ceux dont le vecteur masqué est arrivé."""

    clients: tuple[int, ...]

    def __post_init__(self) -> None:
        for client in self.clients:
            _client(client)

    def signed(self, parameters: Parameters) -> bytes:
        """Rend ce que chaque survivant signe."""
        return b"survivants" + parameters.context + msgpack.packb(sorted(self.clients))


@dataclass(frozen=True)
class Confirmation:
    """Étape 4, client → serveur : sa signature de la liste des survivants qu'il a reçue."""

    client: int
    signature: bytes

    def __post_init__(self) -> None:
        _client(self.client)
        _bytes("signature", self.signature, SIGNATURE)


@dataclass(frozen=True)
class Confirmations:
    """Étape 5, serveur → client : les signatures de ses voisins."""

    signatures: dict[int, bytes]

    def __post_init__(self) -> None:
        _table("signatures", self.signatures, SIGNATURE)


@dataclass(frozen=True)
class Unmasking:
    """Étape 5, client → serveur : sa part de la graine des survivants, de la clé de masque des disparus."""

    client: int
    seed_shares: dict[int, bytes]
    key_shares: dict[int, bytes]

    def __post_init__(self) -> None:
        _client(self.client)
        _table("seed_shares", self.seed_shares, SHARE)
        _table("key_shares", self.key_shares, SHARE)


M = TypeVar("M", Keys, KeyBook, Shares, Inbox, Masked, Survivors, Confirmation, Confirmations, Unmasking)


def encode(message: M, parameters: Parameters) -> bytes:
    """Écrit un message, lié à sa session et à son tour."""
    return msgpack.packb([type(message).__name__, parameters.context, *_values(message)])


def max_bytes(kind: type[M], parameters: Parameters) -> int:
    """Rend la taille au-delà de laquelle un message de cette sorte n'est pas lu."""
    if kind is Masked:
        return OVERHEAD + 4 * parameters.length
    return OVERHEAD + PER_CLIENT * parameters.num_clients


def decode(kind: type[M], data: bytes, parameters: Parameters) -> M:
    """Lit un message de la sorte attendue. Erreur : `ProtocolError` s'il est trop gros, mal formé ou d'ailleurs."""
    if len(data) > max_bytes(kind, parameters):
        raise ProtocolError(f"Message de {len(data)} octets : {kind.__name__} en a moins. Il n'est pas lu.")
    try:
        name, context, *values = msgpack.unpackb(data, strict_map_key=False, use_list=False)
    except (ValueError, TypeError, msgpack.UnpackException) as error:
        raise ProtocolError(f"Message illisible ({type(error).__name__}) : il est refusé.") from error
    if name != kind.__name__:
        raise ProtocolError(f"Message « {name!r:.40} » reçu quand {kind.__name__} était attendu : il est refusé.")
    if context != parameters.context:
        raise ProtocolError("Message d'une autre session, d'un autre tour ou d'autres réglages : il est refusé.")
    if len(values) != len(fields(kind)):
        raise ProtocolError(f"Message mal formé : {len(values)} champs dans {kind.__name__}. Il est refusé.")
    return kind(tuple(_keys(item) for item in _sequence(values[0]))) if kind is KeyBook else _build(kind, values)


def _values(message: M) -> list:
    values = [getattr(message, field.name) for field in fields(message)]
    return [[_values(keys) for keys in values[0]]] if isinstance(message, KeyBook) else values


def _build(kind: type[M], values: tuple) -> M:
    return kind(*([_sequence(values[0])] if kind is Survivors else values))


def _keys(values: object) -> Keys:
    if len(_sequence(values)) != len(fields(Keys)):
        raise ProtocolError("Message mal formé : une clé du carnet n'a pas tous ses champs. Il est refusé.")
    return Keys(*values)


def _sequence(value: object) -> tuple:
    if type(value) is not tuple:
        raise ProtocolError("Message mal formé : une liste était attendue. Il est refusé.")
    return value
