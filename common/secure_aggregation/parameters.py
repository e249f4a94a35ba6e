"""Ce dont tous conviennent avant un tour d'agrégation sécurisée : qui, combien de survivants, quelle longueur."""

import hashlib
from dataclasses import dataclass
from functools import cached_property

import msgpack

from common.secure_aggregation.errors import ProtocolError
from common.secure_aggregation.graph import draw_ring, neighbours_of

MAX_CLIENTS, MAX_LENGTH = 10_000, 100_000_000
KEY_BYTES = 32


def safe_threshold(num_holders: int) -> int:
    """Rend ⌊2h/3⌋ + 1 : le seuil qui tient contre un serveur malveillant que moins d'un tiers des h détenteurs aident.

    En dessous, il obtiendrait de deux groupes les deux secrets d'un client. Source : Bonawitz et al. 2017, section 6.
    """
    return 2 * num_holders // 3 + 1


@dataclass(frozen=True)
class Parameters:
    """Les réglages publics d'un tour ; chaque client les connaît avant de parler au serveur.

    session : 16 à 64 octets, dont 16 au hasard, propres à cet entraînement. server_round : le numéro du tour.
    identities : la clé publique Ed25519 de chaque client (32 octets), dans l'ordre de leurs numéros, 0 à n − 1.
    threshold : combien de détenteurs d'un secret doivent survivre pour le rendre. length : le nombre d'entiers du
    vecteur masqué. degree : le nombre pair de voisins de chaque client (Bell et al. 2020) ; None : tous sont voisins
    (Bonawitz et al. 2017).
    Erreur : `ProtocolError` si un réglage est impossible.
    """

    session: bytes
    server_round: int
    identities: tuple[bytes, ...]
    threshold: int
    length: int
    degree: int | None = None

    def __post_init__(self) -> None:
        checks = {
            f"la session a {len(self.session)} octets, il en faut 16 à 64": 16 <= len(self.session) <= 64,
            f"le tour {self.server_round} est négatif": self.server_round >= 0,
            f"{self.num_clients} clients : il en faut 2 à {MAX_CLIENTS}": 2 <= self.num_clients <= MAX_CLIENTS,
            "deux clients ont la même identité": len(set(self.identities)) == self.num_clients,
            "une identité n'a pas 32 octets": all(len(key) == KEY_BYTES for key in self.identities),
            f"longueur {self.length} : il faut 1 à {MAX_LENGTH} entiers": 1 <= self.length <= MAX_LENGTH,
            f"degré {self.degree} : il faut un nombre pair de voisins, au moins deux": (
                self.degree is None or self.degree >= self.num_clients - 1 or (self.degree >= 2 and not self.degree % 2)
            ),
            f"seuil {self.threshold} : il faut 2 à {self.num_holders} détenteurs": (
                2 <= self.threshold <= self.num_holders
            ),
        }
        faults = [fault for fault, holds in checks.items() if not holds]
        if faults:
            raise ProtocolError(f"Réglages impossibles : {' ; '.join(faults)}. Corrigez-les avant de commencer.")

    @property
    def num_clients(self) -> int:
        """Rend n."""
        return len(self.identities)

    @property
    def num_holders(self) -> int:
        """Rend le nombre de détenteurs d'un secret : les voisins d'un client, et lui-même."""
        return self.num_clients if self.degree is None else min(self.degree + 1, self.num_clients)

    @cached_property
    def context(self) -> bytes:
        """Condense tous les réglages ; signatures, chiffrés et masques y sont liés, donc à cette session et ce tour."""
        fields = [self.session, self.server_round, self.identities, self.threshold, self.length, self.degree]
        return hashlib.sha256(b"agregation-securisee-1" + msgpack.packb(fields)).digest()

    def neighbours(self, client: int) -> frozenset[int]:
        """Rend les voisins d'un client, sans lui-même."""
        return neighbours_of(client, self.num_holders - 1, self._ring)

    def holders(self, client: int) -> frozenset[int]:
        """Rend ceux qui détiennent une part des secrets d'un client : ses voisins et lui-même."""
        return self.neighbours(client) | {client}

    @cached_property
    def _ring(self) -> list[int]:
        seed = hashlib.sha256(b"graphe" + self.context).digest()
        return draw_ring(self.num_clients, self.num_holders - 1, seed)
