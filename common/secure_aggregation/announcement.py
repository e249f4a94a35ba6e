"""Ce que le serveur annonce avant un tour, et que chaque client contrôle : qui participe, comment coder la somme."""

from dataclasses import astuple, dataclass, fields
from typing import TYPE_CHECKING

import msgpack
import numpy as np

from common.secure_aggregation.errors import ProtocolError
from common.secure_aggregation.parameters import MAX_CLIENTS, Parameters
from common.secure_aggregation.quantisation import Quantiser

if TYPE_CHECKING:  # sans bruit, un SuperNode qui lance un Python par message n'attend pas SciPy
    from common.secure_aggregation.noise import PrivateMean

SESSION_BYTES = 24  # 8 pour le numéro de l'entraînement, que chaque nœud connaît, et 16 au hasard
MAX_BYTES = 1_000 + 10 * MAX_CLIENTS


@dataclass(frozen=True)
class Weighted:
    """La moyenne pondérée par les effectifs, sans bruit ; `max_abs` et `max_examples` : voyez `Quantiser`."""

    max_abs: float
    max_examples: int

    def quantiser(self, parameters: Parameters) -> Quantiser:
        """Rend la quantification de ce tour, la même chez tous."""
        return Quantiser(self.max_abs, parameters.num_clients, self.max_examples)

    def encode(self, parameters: Parameters, update: np.ndarray, num_examples: int) -> np.ndarray:
        """Code une mise à jour (d,) de réels en (d + 1,) uint32. Erreur : `QuantisationError`."""
        return self.quantiser(parameters).encode(update, num_examples)


@dataclass(frozen=True)
class Private:
    """La moyenne simple de mises à jour écrêtées à `max_norm`, que chaque client bruite un peu : voyez `PrivateMean`.

    corrupt : combien de clients on suppose complices du serveur ; leur bruit ne compte pas. Erreur : `ProtocolError`
    si ce n'est pas un nombre de clients.
    """

    max_norm: float
    noise_multiplier: float
    corrupt: int = 0

    def __post_init__(self) -> None:
        if type(self.corrupt) is not int or self.corrupt < 0:  # négatif, il ferait moins de bruit que promis
            raise ProtocolError(f"corrupt vaut {self.corrupt} : il faut un nombre entier de complices, 0 ou plus.")

    def mean(self, parameters: Parameters) -> "PrivateMean":
        """Rend la moyenne bruitée de ce tour : une somme ouverte a au moins seuil − complices honnêtes."""
        from common.secure_aggregation.noise import PrivateMean

        honest = parameters.threshold - self.corrupt
        return PrivateMean(self.max_norm, parameters.length - 1, parameters.num_clients, honest, self.noise_multiplier)

    def quantiser(self, parameters: Parameters) -> Quantiser:
        """Rend la quantification de ce tour, la même chez tous."""
        return self.mean(parameters).quantiser

    def encode(self, parameters: Parameters, update: np.ndarray, num_examples: int) -> np.ndarray:
        """Écrête, code et bruite une mise à jour (d,) en (d + 1,) uint32 ; chacun pèse 1, sans son effectif."""
        from common.secure_aggregation.noise import secure_rng

        return self.mean(parameters).encode(update, secure_rng())

    def rdp(self, parameters: Parameters, alphas: np.ndarray) -> np.ndarray:
        """Rend ce qu'un tour dépense, aux ordres de Rényi `alphas`."""
        from common.secure_aggregation.noise import rdp_skellam

        mean = self.mean(parameters)
        return rdp_skellam(alphas, mean.sensitivity, mean.honest_survivors * mean.client_variance)


Encoding = Weighted | Private
ENCODINGS = {kind.__name__: kind for kind in (Weighted, Private)}


@dataclass(frozen=True)
class Announcement:
    """Un tour annoncé. participants : leurs numéros d'annuaire, croissants ; weight_key : où lire l'effectif.

    order : l'empreinte SHA-256 de l'ordre d'entraînement, modèle et réglages (`flower_mod.digest`). Chaque clé signée y
    est liée : un serveur qui enverrait à tous, sauf à sa victime, un modèle mort ou un taux d'apprentissage nul lirait
    la victime dans la somme (Pasquini, Francati et Ateniese, 2022, arXiv:2111.07380).
    """

    session: bytes
    server_round: int
    participants: tuple[int, ...]
    threshold: int
    length: int
    weight_key: str
    encoding: Encoding
    order: bytes

    def parameters(self, identities: tuple[bytes, ...]) -> Parameters:
        """Rend les réglages du protocole, sur le graphe complet : le serveur n'y choisit les voisins de personne.

        Erreur : `ProtocolError` si un réglage est impossible, ou si un participant n'est pas de l'annuaire.
        """
        if not all(0 <= number < len(identities) for number in self.participants):
            raise ProtocolError(
                f"Le tour annonce un participant hors de l'annuaire ({len(identities)} lignes) : refusé."
            )
        chosen = tuple(identities[number] for number in self.participants)
        return Parameters(self.session + self.order, self.server_round, chosen, self.threshold, self.length)

    def encode(self) -> bytes:
        """Écrit l'annonce."""
        return msgpack.packb(vars(self) | {"encoding": [type(self.encoding).__name__, *astuple(self.encoding)]})

    @classmethod
    def decode(cls, data: bytes) -> "Announcement":
        """Lit une annonce et en contrôle la forme. Erreur : `ProtocolError`."""
        values = _unpack(data)
        kinds = {name: type(value) for name, value in values.items()}
        if kinds != TYPES or list(values["participants"]) != sorted(set(_integers(values["participants"]))):
            raise ProtocolError("Annonce de tour mal formée : elle est refusée.")
        return cls(**values | {"encoding": _encoding(*values["encoding"])})


TYPES = {
    "session": bytes,
    "server_round": int,
    "participants": tuple,
    "threshold": int,
    "length": int,
    "weight_key": str,
    "encoding": tuple,
    "order": bytes,
}


def _unpack(data: bytes) -> dict:
    try:
        values = msgpack.unpackb(data, use_list=False) if len(data) <= MAX_BYTES else None
    except (ValueError, TypeError, msgpack.UnpackException) as error:
        raise ProtocolError("Annonce de tour illisible : elle est refusée.") from error
    if type(values) is not dict:
        raise ProtocolError("Annonce de tour trop grosse ou mal formée : elle est refusée.")
    return values


def _integers(values: tuple) -> tuple[int, ...]:
    return tuple(value for value in values if type(value) is int)


def _encoding(kind: object = None, *settings: object) -> Encoding:
    known = ENCODINGS.get(kind) if type(kind) is str else None
    if known is None or len(settings) != len(fields(known)) or any(type(v) not in (int, float) for v in settings):
        raise ProtocolError("L'annonce code la somme d'une façon inconnue de ce client : elle est refusée.")
    return known(*settings)
