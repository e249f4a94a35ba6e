"""Les briques cryptographiques de l'agrégation sécurisée : celles de `cryptography`, avec les refus du protocole.

Rien n'est écrit à la main ici, tout vient d'OpenSSL : échange de clés X25519 (RFC 7748), dérivation HKDF-SHA256
(RFC 5869), chiffrement authentifié ChaCha20-Poly1305 (RFC 8439), signature Ed25519 (RFC 8032), flot AES-256-CTR
(NIST SP 800-38A). Clés, graines et secrets font 32 octets. Tout refus est une `ProtocolError`, pour qu'un pair
malveillant n'ait pas d'autre effet qu'un message écarté.
"""

import secrets
from collections.abc import Callable, Mapping

import numpy as np
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from common.secure_aggregation.errors import ProtocolError

KEY_SIZE = 32
NONCE_SIZE = 12
MASK_BLOCK = 1 << 16  # entiers de masque tenus à la fois
_ZEROS = memoryview(bytes(4 * MASK_BLOCK))


def _require_size(name: str, data: bytes, size: int) -> None:
    if len(data) != size:
        raise ProtocolError(
            f"{name} : {len(data)} octets reçus, il en faut {size}. Elle a été tronquée ou forgée ; l'opération est "
            "refusée."
        )


def x25519_keypair() -> tuple[bytes, bytes]:
    """Tire une paire de clés d'échange ; rend `(privée, publique)`, 32 octets chacune."""
    private = X25519PrivateKey.generate()
    return private.private_bytes_raw(), private.public_key().public_bytes_raw()


def x25519(private: bytes, public: bytes) -> bytes:
    """Multiplie le point `public` par le scalaire `private` ; rend 32 octets BRUTS, à ne jamais prendre pour clé.

    Erreurs : `ProtocolError` si une taille est fausse ou si le point est d'ordre faible, car le résultat serait nul,
    donc connu de tous. Source : RFC 7748, sections 5 et 6.1.
    """
    return _exchange(_x25519_private(private), public)


def _x25519_private(private: bytes) -> X25519PrivateKey:
    _require_size("Clé privée X25519", private, KEY_SIZE)
    return X25519PrivateKey.from_private_bytes(private)


def _exchange(private: X25519PrivateKey, public: bytes) -> bytes:
    _require_size("Clé publique X25519", public, KEY_SIZE)
    try:
        return private.exchange(X25519PublicKey.from_public_bytes(public))
    except ValueError as error:
        raise ProtocolError(
            "Clé publique X25519 refusée : c'est un point d'ordre faible, avec lequel le secret partagé vaut zéro et "
            "n'en est plus un. Le pair qui l'a envoyée est écarté."
        ) from error


def hkdf(secret: bytes, info: bytes, salt: bytes = b"", length: int = KEY_SIZE) -> bytes:
    """Dérive `length` octets de `secret`, propres à l'usage `info` (HKDF-SHA256).

    Cas limite : un sel vide vaut 32 octets nuls. Source : RFC 5869.
    """
    return HKDF(SHA256(), length, salt, info).derive(secret)


def agree(private: bytes, peer_public: bytes, info: bytes) -> bytes:
    """Dérive la clé de 32 octets commune à deux pairs pour l'usage `info`, la même des deux côtés.

    `info` nomme l'usage et la session, et aussi les deux pairs si rien d'autre ne lie la clé à eux : une graine ne sert
    qu'une fois. Erreurs : celles de `x25519`. Source : RFC 7748, section 6.1 (le secret brut passe par une dérivation).
    """
    return hkdf(x25519(private, peer_public), info)


def agree_with_all(private: bytes, publics: Mapping[int, bytes], info: Callable[[int], bytes]) -> dict[int, bytes]:
    """Fait `agree` avec chaque pair ; `info(pair)` nomme l'usage.

    La clé privée n'est lue qu'une fois : OpenSSL en recalcule alors la clé publique, ce qui coûte un échange entier.
    """
    key = _x25519_private(private)
    return {peer: hkdf(_exchange(key, public), info(peer)) for peer, public in publics.items()}


def _seal_with_nonce(key: bytes, nonce: bytes, plaintext: bytes, associated: bytes) -> bytes:
    _require_size("Clé de chiffrement", key, KEY_SIZE)
    return nonce + ChaCha20Poly1305(key).encrypt(nonce, plaintext, associated)


def seal(key: bytes, plaintext: bytes, associated: bytes) -> bytes:
    """Chiffre et authentifie ; rend le nonce (12 octets, tirés au sort), le chiffré, puis l'étiquette (16 octets).

    `associated` n'est pas envoyé mais authentifié : expéditeur, destinataire, session et tour y sont liés au message.
    Source : RFC 8439, ChaCha20-Poly1305.
    """
    return _seal_with_nonce(key, secrets.token_bytes(NONCE_SIZE), plaintext, associated)


def open_sealed(key: bytes, sealed: bytes, associated: bytes) -> bytes:
    """Vérifie puis déchiffre ce que `seal` a rendu.

    Erreurs : `ProtocolError` si un seul bit du message, de la clé ou de `associated` diffère : rien n'est déchiffré.
    """
    _require_size("Clé de chiffrement", key, KEY_SIZE)
    try:
        return ChaCha20Poly1305(key).decrypt(sealed[:NONCE_SIZE], sealed[NONCE_SIZE:], associated)
    except (InvalidTag, ValueError) as error:
        raise ProtocolError(
            "Message chiffré refusé : son étiquette ne correspond pas. Il a été tronqué, modifié, ou pris à un autre "
            "échange (expéditeur, destinataire, session, tour) ; il est écarté sans être déchiffré."
        ) from error


def signing_keypair() -> tuple[bytes, bytes]:
    """Tire une paire de clés de signature Ed25519 ; rend `(privée, publique)`, 32 octets chacune."""
    private = Ed25519PrivateKey.generate()
    return private.private_bytes_raw(), private.public_key().public_bytes_raw()


def sign(private: bytes, message: bytes) -> bytes:
    """Signe `message` ; rend 64 octets, toujours les mêmes pour le même message. Source : RFC 8032, Ed25519."""
    _require_size("Clé privée de signature", private, KEY_SIZE)
    return Ed25519PrivateKey.from_private_bytes(private).sign(message)


def verify(public: bytes, signature: bytes, message: bytes) -> None:
    """Ne fait rien si `signature` est bien celle de `message` par le détenteur de `public`, sinon `ProtocolError`."""
    _require_size("Clé publique de signature", public, KEY_SIZE)
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature as error:
        raise ProtocolError(
            "Signature refusée : elle n'est pas celle de ce message par ce signataire. Le message a été modifié ou "
            "vient d'un autre ; il est écarté."
        ) from error


def mask(seed: bytes, length: int) -> np.ndarray:
    """Étend une graine de 32 octets en un masque uniforme modulo 2³² ; rend `(length,)`, uint32.

    C'est le flot d'AES-256 en mode compteur, sous la graine ENTIÈRE (256 bits, jamais repliée), nonce nul : une graine
    ne sert donc qu'une fois. Le flot se lit en petit-boutiste, pour que toutes les machines voient le même masque.
    Cas limite : un masque court est le début du long tiré de la même graine, d'où, encore, une graine par usage.
    Erreurs : `ProtocolError` si la graine n'a pas 32 octets. Source : Bonawitz et al. 2017, section 4 (PRG).
    """
    total = np.zeros(length, np.uint32)
    add_mask(total, seed)
    return total


def add_mask(total: np.ndarray, seed: bytes, sign: int = 1) -> None:
    """Ajoute en place à `total`, (length,) uint32, le masque d'une graine, ou le retire si `sign` vaut −1.

    Le masque est tiré bloc par bloc : il n'est jamais tout entier en mémoire. Erreurs : celles de `mask`.
    """
    _require_size("Graine de masque", seed, KEY_SIZE)
    stream = Cipher(algorithms.AES256(seed), modes.CTR(bytes(16))).encryptor()
    accumulate = np.add if sign > 0 else np.subtract
    for start in range(0, len(total), MASK_BLOCK):
        part = total[start : start + MASK_BLOCK]
        accumulate(part, np.frombuffer(stream.update(_ZEROS[: 4 * len(part)]), "<u4"), out=part)
