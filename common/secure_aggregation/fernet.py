"""Le système « classique » : chaque client chiffre sa mise à jour avec Fernet, et le serveur la déchiffre.

Modèle de menace. Protège : contre qui écoute le réseau ou vole un disque, sans la clé (AES-128-CBC), et contre qui
altère un jeton (HMAC-SHA256). Ne protège pas : contre le serveur, qui lit chaque mise à jour ; contre un autre
détenteur de la même clé, qui lit tout et peut se faire passer pour n'importe qui ; contre le rejeu, car un jeton
déjà lu se déchiffre encore. Donnez une clé à chaque client, et rappelez-vous les jetons reçus.
Source : spécification de Fernet, https://github.com/fernet/spec.
"""

import base64
import binascii
import time
from collections.abc import Mapping

import numpy as np
from cryptography.fernet import Fernet, InvalidToken
from safetensors import SafetensorError
from safetensors.numpy import load, save

from common.secure_aggregation.errors import ProtocolError

MAX_BYTES = 64 * 2**20
CLOCK_SKEW_S = 60
TTL_S = 60


def new_key() -> bytes:
    """Tire une clé Fernet : 32 octets au hasard, écrits en 44 caractères ; rangez-la hors du dépôt.

    La première moitié signe, la seconde chiffre : AES n'a donc que 128 bits.
    """
    return Fernet.generate_key()


def pack(arrays: Mapping[str, np.ndarray]) -> bytes:
    """Range des tableaux nommés en octets safetensors : des nombres, des formes et des noms, aucun code à exécuter.

    Formes et types sont gardés. ProtocolError si un tableau n'est pas fait de nombres.
    """
    try:
        return save({name: np.asarray(array, order="C") for name, array in arrays.items()})
    except (SafetensorError, TypeError, ValueError) as error:
        raise ProtocolError(
            f"Cette mise à jour ne se range pas en octets ({error}). Donnez un dictionnaire de noms vers des tableaux "
            "NumPy de nombres, par exemple {'weight': np.zeros(3)}."
        ) from error


def unpack(data: bytes, max_bytes: int = MAX_BYTES) -> dict[str, np.ndarray]:
    """Relit les tableaux de `pack`. Rien n'est exécuté ; formes et valeurs restent à contrôler par qui reçoit.

    ProtocolError si `data` dépasse `max_bytes` ou n'est pas du safetensors entier.
    """
    _check_size(data, max_bytes)
    try:
        return {name: array.copy() for name, array in load(data).items()}
    except (SafetensorError, LookupError, ValueError) as error:
        raise ProtocolError(
            f"Ces octets ne sont pas une mise à jour au format safetensors ({error}). Rien n'en a été lu : écrivez-les "
            "avec pack()."
        ) from error


def encrypt(key: bytes, arrays: Mapping[str, np.ndarray]) -> bytes:
    """Chiffre une mise à jour en un jeton Fernet, environ 4/3 de sa taille ; l'heure y est écrite en clair.

    ProtocolError si la clé ou un tableau ne convient pas. Deux appels donnent deux jetons différents.
    """
    return _fernet(key).encrypt(pack(arrays))


def decrypt(key: bytes, token: bytes, ttl: float | None = None, max_bytes: int = MAX_BYTES) -> dict[str, np.ndarray]:
    """Vérifie un jeton, le déchiffre, et relit ses tableaux.

    `ttl` : âge permis, en secondes (None : illimité) ; `max_bytes` : taille permise du jeton. ProtocolError si le jeton
    est trop gros, altéré, trop vieux, daté du futur, ou d'une autre clé. Un même jeton n'a qu'une écriture : pour
    refuser le rejeu, il suffit de se rappeler les jetons déjà lus pendant `ttl` secondes.
    """
    _check_size(token, max_bytes)
    fernet = _fernet(key)
    raw = _decoded(token)
    try:
        plaintext = fernet.decrypt(token)
    except InvalidToken as error:
        raise _refused("il est altéré, ou chiffré avec une autre clé") from error
    if ttl is not None:
        _check_age(time.time() - int.from_bytes(raw[1:9], "big"), ttl)
    return unpack(plaintext, max_bytes)


def read_update(
    keys: Mapping[str, bytes], client: str, token: bytes, seen: set[bytes], ttl: float = TTL_S
) -> dict[str, np.ndarray]:
    """Lit la mise à jour de `client` avec sa clé à lui, une seule fois ; le jeton accepté rejoint `seen`.

    Le jeton n'y entre qu'une fois vérifié : sinon, présenter celui d'un autre suffirait à faire refuser le vrai.
    ProtocolError si le client est inconnu, le jeton déjà lu, ou refusé par `decrypt`.
    """
    if client not in keys:
        raise ProtocolError(f"Client inconnu : « {client} » n'a pas de clé. Inscrivez-le d'abord.")
    if token in seen:
        raise _refused("il a déjà été lu, c'est un rejeu")
    arrays = decrypt(keys[client], token, ttl)
    seen.add(token)
    return arrays


def _fernet(key: bytes) -> Fernet:
    try:
        return Fernet(key)
    except (TypeError, ValueError, AttributeError) as error:
        raise ProtocolError(
            "Cette clé n'est pas une clé Fernet (44 caractères, soit 32 octets). Tirez-en une avec new_key()."
        ) from error


def _check_size(data: bytes, max_bytes: int) -> None:
    if not isinstance(data, bytes):
        raise ProtocolError(f"On attend des octets (bytes), et c'est un objet {type(data).__name__}.")
    if len(data) > max_bytes:
        raise ProtocolError(
            f"{len(data)} octets reçus, pour {max_bytes} permis : rien n'en a été lu. Un modèle plus grand demande un "
            "max_bytes plus grand, des deux côtés."
        )


def _decoded(token: bytes) -> bytes:
    """Décode le base64 d'un jeton, et refuse toute écriture sauf une : sinon une espace ferait un jeton « nouveau »."""
    try:
        raw = base64.urlsafe_b64decode(token)
    except binascii.Error as error:
        raise _refused("ce n'est pas du base64") from error
    if base64.urlsafe_b64encode(raw) != token:
        raise _refused("il est écrit autrement que Fernet ne l'écrit")
    return raw


def _check_age(age_s: float, ttl: float) -> None:
    if age_s > ttl:
        raise _refused(f"il a {age_s:.0f} s, pour {ttl:.0f} s permises ; chiffrez de nouveau la mise à jour")
    if age_s < -CLOCK_SKEW_S:
        raise _refused(f"il est daté de {-age_s:.0f} s dans le futur ; mettez les deux horloges à l'heure")


def _refused(why: str) -> ProtocolError:
    return ProtocolError(f"Jeton refusé : {why}. Rien n'en a été gardé.")
