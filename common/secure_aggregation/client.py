"""Le client du protocole : une machine à états sans réseau, qui se lit à côté de l'article (Bonawitz et al. 2017).

Chaque méthode est une étape, dans l'ordre, une seule fois ; elle prend ce que le serveur a envoyé et rend ce qu'il
faut lui répondre. Au premier refus, le client oublie ses secrets et se tait : un serveur qui essaie une autre demande
n'en apprend pas plus.
"""

import hashlib
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from functools import wraps

import msgpack
import numpy as np

from common.secure_aggregation.errors import ProtocolError
from common.secure_aggregation.messages import (
    SHARE,
    Confirmation,
    Confirmations,
    Inbox,
    KeyBook,
    Keys,
    Masked,
    Shares,
    Survivors,
    Unmasking,
)
from common.secure_aggregation.parameters import Parameters, safe_threshold
from common.secure_aggregation.primitives import (
    add_mask,
    agree_with_all,
    open_sealed,
    seal,
    sign,
    verify,
    x25519_keypair,
)
from common.secure_aggregation.shamir import split

STEPS = ("advertise", "share", "mask", "confirm", "unmask")
REFUSED = -1


@dataclass
class Memory:
    """Tout ce qu'un client retient d'une étape à l'autre ; secret, sauf `step` et les clés publiques."""

    step: int = 0
    cipher_private: bytes = b""
    mask_private: bytes = b""
    seed: bytes = b""
    own: tuple = ()
    ciphers: dict[int, bytes] = field(default_factory=dict)
    mask_keys: dict[int, bytes] = field(default_factory=dict)
    seed_shares: dict[int, bytes] = field(default_factory=dict)
    key_shares: dict[int, bytes] = field(default_factory=dict)
    paired: tuple[int, ...] = ()
    survivors: tuple[int, ...] = ()


def step(method: Callable) -> Callable:
    """Fait d'une méthode l'étape de son nom : à son tour, une seule fois, et plus rien après un refus."""
    rank = STEPS.index(method.__name__)

    @wraps(method)
    def checked(self: "Client", *arguments):
        reached = self._memory.step
        self._memory.step = REFUSED
        if reached != rank:
            self.forget()
            raise ProtocolError(
                f"Étape « {method.__name__} » demandée hors de son tour : le client {self.number} s'arrête là."
            )
        try:
            answer = method(self, *arguments)
        except ProtocolError:
            self.forget()
            raise
        self._memory.step = rank + 1
        return answer

    return checked


class Client:
    """Un client d'un tour ; `signing_key` est sa clé privée Ed25519, durable, dont la publique est dans `parameters`.

    minimum_threshold : le plus petit seuil qu'il accepte ; par défaut `safe_threshold`. Erreur : `ProtocolError`.
    """

    def __init__(
        self, parameters: Parameters, number: int, signing_key: bytes, *, minimum_threshold: int | None = None
    ) -> None:
        least = safe_threshold(parameters.num_holders) if minimum_threshold is None else minimum_threshold
        if parameters.threshold < least:
            raise ProtocolError(f"Seuil {parameters.threshold}, ce client exige au moins {least} : il refuse le tour.")
        if not 0 <= number < parameters.num_clients:
            raise ProtocolError(f"Client {number} : les numéros vont de 0 à {parameters.num_clients - 1}.")
        self.parameters, self.number, self._signing_key = parameters, number, signing_key
        self._memory = Memory()

    def to_bytes(self) -> bytes:
        """Écrit ce que le client retient, SECRETS COMPRIS : ce fichier ne quitte pas l'hôpital."""
        return msgpack.packb(asdict(self._memory))

    def restore(self, state: bytes) -> "Client":
        """Reprend là où `to_bytes` s'est arrêté, et rend ce client.

        Un état ne se reprend qu'une fois : rangez le nouveau AVANT d'envoyer la réponse. Un client ramené en arrière
        confirmerait une deuxième liste de survivants, et rendrait du même voisin la graine, puis la clé.
        """
        self._memory = Memory(**msgpack.unpackb(state, strict_map_key=False, use_list=False))
        return self

    def forget(self) -> None:
        """Oublie tous les secrets du tour."""
        self._memory = Memory(step=REFUSED)

    @step
    def advertise(self) -> Keys:
        """Étape 1 : tire deux paires de clés et la graine de son masque ; signe clés et empreinte de la graine."""
        memory = self._memory
        memory.cipher_private, cipher_key = x25519_keypair()
        memory.mask_private, mask_key = x25519_keypair()
        memory.seed = secrets.token_bytes(32)
        unsigned = Keys(self.number, cipher_key, mask_key, commit(memory.seed, self.parameters, self.number), bytes(64))
        memory.own = (cipher_key, mask_key)
        return Keys(*list(asdict(unsigned).values())[:-1], sign(self._signing_key, unsigned.signed(self.parameters)))

    @step
    def share(self, book: KeyBook) -> Shares:
        """Étape 2 : contrôle les clés de ses voisins, partage ses deux secrets, scelle chaque part pour son voisin."""
        memory = self._memory
        self._read(book)
        holders = sorted([*memory.ciphers, self.number])
        points, threshold = [holder + 1 for holder in holders], self.parameters.threshold
        seed_shares = split(memory.seed, points, threshold)
        key_shares = split(memory.mask_private, points, threshold)
        memory.seed_shares[self.number] = seed_shares[self.number + 1]
        memory.key_shares[self.number] = key_shares[self.number + 1]
        return Shares(
            self.number,
            {peer: self._seal(peer, seed_shares[peer + 1] + key_shares[peer + 1]) for peer in memory.ciphers},
        )

    @step
    def mask(self, inbox: Inbox, vector: np.ndarray) -> Masked:
        """Étape 3 : ajoute à son vecteur, (length,) uint32, sa graine et un masque par voisin qui a partagé."""
        if vector.dtype != np.uint32 or vector.shape != (self.parameters.length,):
            raise ProtocolError(
                f"Le vecteur est {vector.dtype} {vector.shape}, il faut uint32 ({self.parameters.length},) : "
                "passez par Quantiser.encode."
            )
        memory = self._memory
        self._only_among(memory.ciphers, inbox.sealed, "parts")
        memory.paired = tuple(sorted(inbox.sealed))
        for peer, sealed in inbox.sealed.items():
            self._keep_shares(peer, sealed)
        self._enough([*memory.seed_shares], "ont partagé")
        masked = vector.copy()
        add_mask(masked, memory.seed)
        mask_keys = {peer: memory.mask_keys[peer] for peer in memory.paired}
        add_pair_masks(masked, memory.mask_private, mask_keys, self.parameters, self.number)
        return Masked(self.number, masked.astype("<u4").tobytes())

    @step
    def confirm(self, survivors: Survivors) -> Confirmation:
        """Étape 4 : contrôle la liste des survivants, et la signe : les autres verront s'ils ont reçu la même."""
        clients = survivors.clients
        if len(set(clients)) != len(clients):
            raise ProtocolError("Un client est cité deux fois parmi les survivants : la liste est refusée.")
        if max(clients, default=0) >= self.parameters.num_clients:
            raise ProtocolError("Un survivant n'est pas de ce tour : la liste est refusée.")
        if self.number not in clients:
            raise ProtocolError(f"Le serveur dit que le client {self.number} a disparu ; il est là : refusé.")
        near = self.parameters.neighbours(self.number).intersection(clients)
        if strangers := near - set(self._memory.paired):
            raise ProtocolError(f"Voisins {sorted(strangers)} : déjà disparus, ils ne peuvent survivre. Refusé.")
        self._enough([*near, self.number], "survivent")
        self._memory.survivors = tuple(sorted(clients))
        return Confirmation(self.number, sign(self._signing_key, survivors.signed(self.parameters)))

    @step
    def unmask(self, confirmations: Confirmations) -> Unmasking:
        """Étape 5 : si assez de voisins ont signé la même liste, rend UNE part par voisin, choisie par sa mémoire.

        D'un survivant, la part de sa graine ; d'un disparu, celle de sa clé de masque. Jamais les deux : ensemble
        elles dévoileraient son vecteur.
        """
        memory = self._memory
        alive = set(memory.survivors)
        signers = set(confirmations.signatures)
        if strangers := signers - (self.parameters.holders(self.number) & alive):
            raise ProtocolError(f"Signatures de {sorted(strangers)}, qui ne sont pas des voisins survivants : refusé.")
        signed = Survivors(memory.survivors).signed(self.parameters)
        for peer, signature in confirmations.signatures.items():
            verify(self.parameters.identities[peer], signature, signed)
        self._enough([*signers | {self.number}], "ont signé la même liste de survivants")
        seeds = {peer: item for peer, item in memory.seed_shares.items() if peer in alive}
        keys = {peer: item for peer, item in memory.key_shares.items() if peer not in alive}
        self.forget()
        return Unmasking(self.number, seeds, keys)

    def _read(self, book: KeyBook) -> None:
        """Contrôle un carnet de clés, et le retient."""
        memory, numbers = self._memory, [keys.client for keys in book.keys]
        if len(set(numbers)) != len(numbers):
            raise ProtocolError("Un client est deux fois dans le carnet de clés : refusé.")
        self._only_among(self.parameters.holders(self.number), numbers, "clés")
        self._enough(numbers, "ont donné leurs clés")
        for keys in book.keys:
            verify(self.parameters.identities[keys.client], keys.signature, keys.signed(self.parameters))
        own = [(keys.cipher_key, keys.mask_key) for keys in book.keys if keys.client == self.number]
        if own != [memory.own]:
            raise ProtocolError(f"Les clés du client {self.number} manquent au carnet, ou ont changé : refusé.")
        peers = [keys for keys in book.keys if keys.client != self.number]
        memory.mask_keys = {keys.client: keys.mask_key for keys in peers}
        cipher_keys = {keys.client: keys.cipher_key for keys in peers}
        info = b"chiffrer" + self.parameters.context
        memory.ciphers = agree_with_all(memory.cipher_private, cipher_keys, lambda peer: info)

    def _keep_shares(self, peer: int, sealed: bytes) -> None:
        """Garde les deux parts d'un voisin ; celles d'un chiffré abîmé, échangé ou d'ailleurs ne comptent pas."""
        try:
            opened = open_sealed(self._memory.ciphers[peer], sealed, self._route(peer, self.number))
        except ProtocolError:
            return
        self._memory.seed_shares[peer], self._memory.key_shares[peer] = opened[:SHARE], opened[SHARE:]

    def _seal(self, peer: int, shares: bytes) -> bytes:
        return seal(self._memory.ciphers[peer], shares, self._route(self.number, peer))

    def _route(self, sender: int, receiver: int) -> bytes:
        """Rend ce qu'un chiffré prouve : cette session, ce tour, cet expéditeur, ce destinataire."""
        return self.parameters.context + msgpack.packb([sender, receiver])

    def _only_among(self, known: Iterable[int], clients: Iterable[int], what: str) -> None:
        if strangers := set(clients) - set(known):
            raise ProtocolError(f"Des {what} viennent de {sorted(strangers)}, inconnus de ce client : refusé.")

    def _enough(self, clients: list[int], what: str) -> None:
        if len(clients) < self.parameters.threshold:
            raise ProtocolError(
                f"{len(clients)} détenteurs {what}, il en faut {self.parameters.threshold} : le client s'arrête là."
            )


def commit(seed: bytes, parameters: Parameters, client: int) -> bytes:
    """Rend l'empreinte SHA-256 d'une graine : 256 bits au hasard ne s'en retrouvent pas, mais se reconnaissent."""
    return hashlib.sha256(b"graine" + parameters.context + msgpack.packb(client) + seed).digest()


def add_pair_masks(
    total: np.ndarray, private: bytes, publics: Mapping[int, bytes], parameters: Parameters, client: int
) -> None:
    """Ajoute en place le masque que `client` partage avec chaque pair : le plus petit numéro ajoute, l'autre retire."""
    seeds = agree_with_all(private, publics, lambda peer: pair_info(parameters, client, peer))
    for peer, seed in seeds.items():
        add_mask(total, seed, 1 if client < peer else -1)


def pair_info(parameters: Parameters, client: int, peer: int) -> bytes:
    """Rend ce à quoi la graine d'une paire est liée : cette session, ce tour, ces deux clients ; rien de secret."""
    return b"masque" + parameters.context + msgpack.packb(sorted((client, peer)))
