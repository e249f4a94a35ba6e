"""Le trousseau d'un hôpital : sa clé de signature, et l'annuaire des clés publiques de tous, connu d'avance.

L'annuaire est un fichier de texte : une clé publique Ed25519 par ligne, au format OpenSSH (`ssh-ed25519 AAAA… va`) ; le
numéro d'un hôpital est celui de sa ligne, à partir de 0. Chaque hôpital le reçoit par un canal sûr, avant tout
entraînement, et non du serveur : qui écrit l'annuaire choisit à qui l'on fait confiance.
"""

from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_ssh_private_key, load_ssh_public_key

from common.secure_aggregation.errors import ProtocolError
from common.secure_aggregation.parameters import MAX_CLIENTS
from common.secure_aggregation.primitives import sign, verify
from common.secure_aggregation.rehearsal import signing_keypairs

LINE_BYTES = 200  # une clé Ed25519 en OpenSSH, et le nom de l'hôpital


@dataclass(frozen=True)
class Keyring:
    """Ce qu'un hôpital sait avant de parler au serveur.

    identities : les clés publiques Ed25519 de tous (32 octets), dans l'ordre de l'annuaire ; number : sa ligne ;
    private_key : sa clé privée. min_clients : la plus petite somme où il accepte d'entrer ; à deux, chacun déduit la
    mise à jour de l'autre. Erreur : `ProtocolError` si sa clé privée n'est pas celle de sa ligne.
    """

    identities: tuple[bytes, ...]
    number: int
    private_key: bytes = field(repr=False)
    min_clients: int = 3

    def __post_init__(self) -> None:
        if not 0 <= self.number < len(self.identities):
            raise ProtocolError(
                f"Le numéro {self.number} n'est pas dans l'annuaire : il a {len(self.identities)} lignes."
            )
        verify(self.identities[self.number], sign(self.private_key, b"essai"), b"essai")

    @classmethod
    def read(cls, private: Path, roster: Path) -> "Keyring":
        """Lit une clé privée (OpenSSH, sans mot de passe) et l'annuaire. Erreur : `ProtocolError`, sans rien citer."""
        identities, key = read_roster(roster), _read_private(private)
        public = key.public_key().public_bytes_raw()
        if public not in identities:
            raise ProtocolError("La clé de signature de cet hôpital n'est pas dans l'annuaire : faites-l'y inscrire.")
        return cls(identities, identities.index(public), key.private_bytes_raw())

    @classmethod
    def of_node(cls, context) -> "Keyring":
        """Lit les fichiers que nomment `signing-key` et `roster` dans `--node-config`. Erreur : `ProtocolError`."""
        node_config = context.node_config
        missing = [name for name in ("signing-key", "roster") if name not in node_config]
        if missing:
            raise ProtocolError(f"{' et '.join(missing)} manque dans --node-config de ce SuperNode : donnez le chemin.")
        return cls.read(Path(node_config["signing-key"]), Path(node_config["roster"]))


class SimulatedKeyrings:
    """Les trousseaux de tous, tirés au sort dans un seul processus : pour apprendre et essayer, pas pour déployer.

    `trousseaux(context)` rend celui du centre `partition-id`, et `identities` l'annuaire.
    """

    def __init__(self, num_clients: int, min_clients: int = 3) -> None:
        private_keys, self.identities = signing_keypairs(num_clients)
        self._keyrings = [Keyring(self.identities, i, key, min_clients) for i, key in enumerate(private_keys)]

    def __call__(self, context) -> Keyring:
        """Rend le trousseau du nœud qui parle."""
        return self._keyrings[context.node_config["partition-id"]]


def read_roster(path: Path) -> tuple[bytes, ...]:
    """Lit un annuaire et rend les clés publiques, 32 octets chacune. Erreur : `ProtocolError`."""
    lines = _read(path, LINE_BYTES * MAX_CLIENTS).splitlines()
    return tuple(_public(line, number) for number, line in enumerate(lines))


def _public(line: bytes, number: int) -> bytes:
    try:
        key = load_ssh_public_key(line)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ProtocolError(f"L'annuaire, ligne {number + 1} : ce n'est pas une clé publique OpenSSH.") from error
    if not isinstance(key, Ed25519PublicKey):
        raise ProtocolError(f"L'annuaire, ligne {number + 1} : il faut une clé Ed25519 (ssh-keygen -t ed25519).")
    return key.public_bytes_raw()


def _read_private(path: Path) -> Ed25519PrivateKey:
    try:
        key = load_ssh_private_key(_read(path, 10_000), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):  # la cause pourrait citer le fichier
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise ProtocolError(
            f"{path.name} n'est pas une clé privée Ed25519 sans mot de passe : ssh-keygen -t ed25519 en fabrique une."
        )
    return key


def _read(path: Path, limit: int) -> bytes:
    if not path.is_file():
        raise ProtocolError(f"{path.name} est introuvable : vérifiez le chemin donné à ce nœud.")
    if path.stat().st_size > limit:
        raise ProtocolError(f"{path.name} dépasse {limit} octets : ce n'est pas le fichier attendu.")
    return path.read_bytes()
