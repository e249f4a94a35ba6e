"""Qui parle : chaque requête d'un client est signée de sa clé Ed25519, pour cette session et ce chemin seulement."""

import base64
import binascii
import hashlib

import msgpack

from common.secure_aggregation.errors import ProtocolError
from common.secure_aggregation.primitives import sign, verify

CLIENT, SIGNATURE = "X-Client", "X-Signature"
PURPOSE = b"cours-agregation-requete-1"  # une signature du transport n'est jamais une signature du protocole


def signed_bytes(session: str, client: int, method: str, path: str, body: bytes) -> bytes:
    """Rend ce que la signature couvre ; le tour et l'étape sont dans `path`, par exemple « /tours/3/masque »."""
    return msgpack.packb([PURPOSE, session, client, method, path, hashlib.sha256(body).digest()])


def headers(private: bytes, client: int, signed: tuple[str, str, str, bytes]) -> dict[str, str]:
    """Rend les deux en-têtes d'une requête dont le client signe `signed` (session, méthode, chemin, corps)."""
    session, method, path, body = signed
    signature = sign(private, signed_bytes(session, client, method, path, body))
    return {CLIENT: str(client), SIGNATURE: base64.b64encode(signature).decode()}


def check(identities: list[str], claimed: str, signature: str, signed: tuple[str, str, str, bytes]) -> int:
    """Rend le numéro du client qui a signé `signed` (session, méthode, chemin, corps).

    Erreur : `ProtocolError` si ce client n'est pas inscrit, ou si la signature n'est pas la sienne.
    """
    if not (claimed.isascii() and claimed.isdecimal() and len(claimed) < 6 and int(claimed) < len(identities)):
        raise ProtocolError("Aucun client inscrit ne porte ce numéro.")
    client, (session, method, path, body) = int(claimed), signed
    try:
        raw = base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ProtocolError("La signature n'est pas du base64.") from error
    verify(bytes.fromhex(identities[client]), raw, signed_bytes(session, client, method, path, body))
    return client
