"""Le serveur du protocole : une machine à états sans réseau, sans horloge, sans aucun secret de client.

À chaque étape : `receive` pour chaque message arrivé, puis `close` quand tous ont répondu ou que le délai est passé ;
`close` rend ce qu'il faut envoyer à chaque client. Les mêmes messages dans le même ordre donnent le même serveur :
un programme qui les range peut reprendre après une panne.
"""

from collections.abc import Iterable
from enum import IntEnum

import numpy as np

from common.secure_aggregation.client import add_pair_masks, commit
from common.secure_aggregation.errors import ProtocolError
from common.secure_aggregation.messages import (
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
from common.secure_aggregation.parameters import Parameters
from common.secure_aggregation.primitives import add_mask, agree, verify, x25519, x25519_keypair
from common.secure_aggregation.shamir import combine

BASE_POINT = bytes([9]) + bytes(31)  # le générateur de X25519 (RFC 7748) : clé privée × lui = clé publique
Reply = KeyBook | Inbox | Survivors | Confirmations


class Stage(IntEnum):
    """Où en est le tour : la sorte de message que le serveur attend."""

    KEYS = 0
    SHARES = 1
    MASKED = 2
    CONFIRMATIONS = 3
    UNMASKINGS = 4
    DONE = 5


KINDS = (Keys, Shares, Masked, Confirmation, Unmasking)


class AbortError(ProtocolError):
    """Le tour ne peut pas finir : aucune somme n'est publiée."""


class Server:
    """Un tour, du côté du serveur. `total` et `survivors` ne valent qu'une fois `stage` à `DONE`.

    Il ne garde pas les vecteurs masqués : il les ajoute au fur et à mesure. Un message refusé (`ProtocolError`) ne
    change rien : ce client compte comme muet. `AbortError` : trop peu de clients, ou des parts fausses.
    """

    def __init__(self, parameters: Parameters) -> None:
        self.parameters = parameters
        self.stage = Stage.KEYS
        self.expected = frozenset(range(parameters.num_clients))
        self.received: dict[int, Keys | Shares | Confirmation | Unmasking] = {}
        self.total: np.ndarray | None = None
        self.survivors: frozenset[int] = frozenset()
        self._sum = np.zeros(parameters.length, np.uint32)
        self._keys: dict[int, Keys] = {}
        self._shared: frozenset[int] = frozenset()

    def receive(self, client: int, message) -> None:
        """Prend le message d'un client que le transport a reconnu. Erreur : `ProtocolError`, et rien n'a changé."""
        if self.stage is Stage.DONE or type(message) is not KINDS[self.stage]:
            raise ProtocolError(f"{type(message).__name__} reçu à l'étape {self.stage.name} : il est refusé.")
        if message.client != client or client not in self.expected:
            raise ProtocolError(f"Le client {client} n'a rien à dire à l'étape {self.stage.name} : il est refusé.")
        if client in self.received:
            raise ProtocolError(f"Le client {client} a déjà parlé à l'étape {self.stage.name} : il est refusé.")
        checks = (self._check_keys, self._check_shares, self._add, self._check_confirmation, self._check_unmasking)
        checks[self.stage](message)
        self.received[client] = message if self.stage is not Stage.MASKED else None

    def close(self) -> dict[int, Reply]:
        """Finit l'étape et rend le message à envoyer à chaque client encore là ; {} quand la somme est publiée."""
        if self.stage is Stage.DONE:
            raise ProtocolError("Ce tour est fini : il n'a plus d'étape à fermer.")
        closings = (self._close_keys, self._close_shares, self._close_masked, self._close_confirmations, self._publish)
        replies = closings[self.stage]()
        self.stage, self.expected, self.received = Stage(self.stage + 1), frozenset(replies), {}
        return replies

    def _check_keys(self, keys: Keys) -> None:
        verify(self.parameters.identities[keys.client], keys.signature, keys.signed(self.parameters))
        throwaway, _ = x25519_keypair()
        for public in (keys.cipher_key, keys.mask_key):  # un point d'ordre faible ferait abandonner ses voisins
            agree(throwaway, public, b"essai")

    def _close_keys(self) -> dict[int, KeyBook]:
        self._keys = dict(self.received)
        present = self._well_surrounded(self._keys)
        return {
            client: KeyBook(tuple(self._keys[peer] for peer in sorted(self.parameters.holders(client) & present)))
            for client in sorted(present)
        }

    def _check_shares(self, shares: Shares) -> None:
        neighbours = self.parameters.neighbours(shares.client) & self.expected
        if shares.sealed.keys() != neighbours:
            raise ProtocolError(f"Les parts du client {shares.client} ne vont pas à tous ses voisins : refusées.")

    def _close_shares(self) -> dict[int, Inbox]:
        self._shared = self._well_surrounded(self.received)
        return {
            client: Inbox(
                {
                    peer: self.received[peer].sealed[client]
                    for peer in sorted(self.parameters.neighbours(client) & self._shared)
                }
            )
            for client in sorted(self._shared)
        }

    def _add(self, masked: Masked) -> None:
        vector = masked.array()
        if vector.shape != self._sum.shape:
            raise ProtocolError(f"Le vecteur du client {masked.client} a {len(vector)} entiers : il est refusé.")
        self._sum += vector

    def _close_masked(self) -> dict[int, Survivors]:
        self.survivors = frozenset(self.received)
        self._require(self.survivors)
        return dict.fromkeys(sorted(self.survivors), Survivors(tuple(sorted(self.survivors))))

    def _check_confirmation(self, confirmation: Confirmation) -> None:
        signed = Survivors(tuple(sorted(self.survivors))).signed(self.parameters)
        verify(self.parameters.identities[confirmation.client], confirmation.signature, signed)

    def _close_confirmations(self) -> dict[int, Confirmations]:
        self._require(self.received)
        return {
            client: Confirmations(
                {
                    peer: self.received[peer].signature
                    for peer in sorted(self.parameters.holders(client) & self.received.keys())
                }
            )
            for client in sorted(self.received)
        }

    def _check_unmasking(self, unmasking: Unmasking) -> None:
        held = self.parameters.holders(unmasking.client) & self._shared
        alive, gone = held & self.survivors, held - self.survivors
        if not (unmasking.seed_shares.keys() <= alive and unmasking.key_shares.keys() <= gone):
            raise ProtocolError(f"Le client {unmasking.client} rend des parts que personne n'attend : refusées.")

    def _publish(self) -> dict[int, Reply]:
        self._require(self.received)
        total = self._sum.copy()
        for client in sorted(self.survivors):
            add_mask(total, self._seed_of(client), -1)
        for client in sorted(self._shared - self.survivors):
            paired = self.parameters.neighbours(client) & self.survivors
            mask_keys = {peer: self._keys[peer].mask_key for peer in paired}
            add_pair_masks(total, self._mask_private_of(client), mask_keys, self.parameters, client)
        self.total = total
        return {}

    def _seed_of(self, client: int) -> bytes:
        shares = {u: item.seed_shares[client] for u, item in self.received.items() if client in item.seed_shares}
        seed = self._combine(client, shares)
        if commit(seed, self.parameters, client) != self._keys[client].commitment:
            raise AbortError(f"Les parts de la graine du client {client} sont fausses : aucune somme n'est publiée.")
        return seed

    def _mask_private_of(self, client: int) -> bytes:
        shares = {u: item.key_shares[client] for u, item in self.received.items() if client in item.key_shares}
        private = self._combine(client, shares)
        if x25519(private, BASE_POINT) != self._keys[client].mask_key:
            raise AbortError(f"Les parts de la clé du client {client} sont fausses : aucune somme n'est publiée.")
        return private

    def _combine(self, client: int, shares: dict[int, bytes]) -> bytes:
        if len(shares) < self.parameters.threshold:
            raise AbortError(
                f"{len(shares)} parts d'un secret du client {client}, il en faut {self.parameters.threshold} : "
                "aucune somme n'est publiée."
            )
        try:
            return combine({holder + 1: share for holder, share in shares.items()}, self.parameters.threshold)
        except ProtocolError as error:
            raise AbortError(f"Client {client} : {error} Aucune somme n'est publiée.") from error

    def _well_surrounded(self, clients: Iterable[int]) -> frozenset[int]:
        """Rend ceux qui ont encore assez de détenteurs ; perdre l'un peut en isoler un autre."""
        present = frozenset(clients)
        self._require(present)
        while True:
            kept = frozenset(
                client
                for client in present
                if len(self.parameters.holders(client) & present) >= self.parameters.threshold
            )
            if kept == present:
                self._require(kept)
                return kept
            present = kept

    def _require(self, clients: Iterable[int]) -> None:
        if (count := len(frozenset(clients))) < self.parameters.threshold:
            raise AbortError(
                f"Étape {self.stage.name} : {count} clients, il en faut {self.parameters.threshold}. "
                "Le tour s'arrête, aucune somme n'est publiée."
            )
