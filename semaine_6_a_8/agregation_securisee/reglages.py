"""Ce dont tous conviennent avant le premier tour : un fichier public, que le serveur et chaque client reçoivent."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = "federation.json"
MODES = ("fernet", "protocole")
MAX_FILE = 10_000_000


@dataclass(frozen=True)
class Agreement:
    """Les réglages d'une fédération ; rien n'y est secret.

    session : 32 chiffres hexadécimaux, propres à cet entraînement. identities : la clé publique Ed25519 de chaque
    client, en hexadécimal, dans l'ordre de leurs numéros, 0 à n − 1. threshold : le nombre de clients sans lesquels
    rien n'est publié. learning_s, stage_s : secondes laissées à la première étape d'un tour (on y apprend), puis à
    chacune des autres. max_examples : l'effectif qu'un client ne dépasse pas. max_update : la plus grande valeur que
    change un tour à un paramètre. lr, epochs, batch_size : l'apprentissage local. Erreur : `ValueError` si le mode ou
    le seuil ne convient pas.
    """

    session: str
    mode: str
    identities: list[str]
    threshold: int
    num_rounds: int
    learning_s: float
    stage_s: float
    max_examples: int = 10_000
    max_update: float = 4.0
    lr: float = 0.3
    epochs: int = 2
    batch_size: int = 16

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise ValueError(f"Mode « {self.mode} » inconnu : choisissez {' ou '.join(MODES)}.")
        if not 2 <= self.threshold <= len(self.identities):
            raise ValueError(f"Seuil {self.threshold} : il faut de 2 à {len(self.identities)} clients.")

    @property
    def clients(self) -> range:
        """Rend les numéros des clients."""
        return range(len(self.identities))

    def write(self, folder: Path) -> None:
        """Écrit les réglages dans `folder`."""
        (folder / FILE).write_text(json.dumps(asdict(self), indent=1), encoding="utf-8")


def read_agreement(folder: Path) -> Agreement:
    """Lit les réglages rangés dans `folder`. Erreur : `ValueError` s'ils sont trop gros ou mal formés."""
    path = folder / FILE
    if path.stat().st_size > MAX_FILE:
        raise ValueError(f"{path.name} dépasse {MAX_FILE} octets : il n'est pas lu.")
    try:
        return Agreement(**json.loads(path.read_text(encoding="utf-8")))
    except TypeError as error:
        raise ValueError(f"{path.name} n'a pas les champs attendus ({error}) : demandez-le de nouveau.") from error
