"""Les secrets d'une fédération d'essai : un certificat TLS pour le serveur, deux paires de clés par hôpital.

La clé du nœud (EC P-384) ouvre la connexion ; la clé de signature (Ed25519) signe les étapes de l'agrégation sécurisée.

Dans un vrai réseau, l'autorité de certification est celle de l'établissement ; chaque hôpital fabrique sa clé chez lui.
"""

import datetime
import ipaddress
import os
from collections.abc import Iterable
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from semaine_6_a_8.deploiement.app.coeur_federe.client_app import ROSTER, SIGNATURE

LIFETIME = datetime.timedelta(days=1)
PEM, NO_PASSWORD = serialization.Encoding.PEM, serialization.NoEncryption()


def write_secret(path: Path, content: bytes) -> None:
    """Écrit un fichier neuf que seul son propriétaire peut lire (mode 600). Erreur : `FileExistsError`."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)


def write_node_key(folder: Path, name: str) -> tuple[Path, Path]:
    """Écrit la paire EC P-384 d'un nœud au format OpenSSH, le seul que Flower lise ; rend (privée, publique)."""
    return _write_pair(folder, name, ec.generate_private_key(ec.SECP384R1()))


def write_signing_keys(folder: Path, names: Iterable[str]) -> None:
    """Écrit la paire Ed25519 de chaque hôpital, en OpenSSH, et l'annuaire : leurs clés publiques, dans l'ordre."""
    publics = [_write_pair(folder, f"{name}{SIGNATURE}", Ed25519PrivateKey.generate())[1] for name in names]
    (folder / ROSTER).write_bytes(b"".join(public.read_bytes() for public in publics))


def _write_pair(folder: Path, name: str, key: ec.EllipticCurvePrivateKey | Ed25519PrivateKey) -> tuple[Path, Path]:
    private, public = folder / name, folder / f"{name}.pub"
    write_secret(private, key.private_bytes(PEM, serialization.PrivateFormat.OpenSSH, NO_PASSWORD))
    openssh = serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    public.write_bytes(key.public_key().public_bytes(*openssh) + b"\n")
    return private, public


def write_certificates(folder: Path, host: str) -> None:
    """Écrit `ca.pem`, `serveur.pem` et `serveur.key`, valables un jour pour l'adresse IP `host`.

    La clé de l'autorité n'est jamais écrite : personne ne pourra émettre d'autre certificat en son nom.
    """
    authority, server = ec.generate_private_key(ec.SECP384R1()), ec.generate_private_key(ec.SECP384R1())
    ca = _certificate("Autorité d'essai du cours", authority.public_key(), None)
    ca = ca.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True).add_extension(
        _key_usage(sign_certificates=True), critical=True
    )
    root = ca.sign(authority, hashes.SHA384())
    leaf = _certificate(host, server.public_key(), root).add_extension(
        x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))]), critical=False
    )
    leaf = leaf.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    (folder / "ca.pem").write_bytes(root.public_bytes(PEM))
    (folder / "serveur.pem").write_bytes(leaf.sign(authority, hashes.SHA384()).public_bytes(PEM))
    write_secret(folder / "serveur.key", server.private_bytes(PEM, serialization.PrivateFormat.PKCS8, NO_PASSWORD))


def _certificate(
    name: str, public_key: ec.EllipticCurvePublicKey, issuer: x509.Certificate | None
) -> x509.CertificateBuilder:
    """Prépare un certificat à signer ; sans émetteur, il est sa propre racine."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    signer = issuer.public_key() if issuer else public_key
    return (
        x509.CertificateBuilder(issuer.subject if issuer else subject, subject, public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer), critical=False)
    )


def _key_usage(sign_certificates: bool) -> x509.KeyUsage:
    unused = ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "encipher_only")
    flags = dict.fromkeys((*unused, "decipher_only", "crl_sign"), False)
    return x509.KeyUsage(digital_signature=True, key_cert_sign=sign_certificates, **flags)
