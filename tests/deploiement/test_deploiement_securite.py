"""Clés et certificats : lisibles de leur seul propriétaire, du bon format, refusés hors de leur adresse."""

import ipaddress
import os
import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from common.secure_aggregation.keyring import Keyring
from semaine_6_a_8.deploiement import securite


def certificate(folder, name):
    """Relit un certificat."""
    return x509.load_pem_x509_certificate((folder / name).read_bytes())


def verify(folder, authority, host):
    """Vérifie `serveur.pem` comme le ferait un hôpital qui connaît `authority`."""
    policy = PolicyBuilder().store(Store([authority]))
    policy.build_server_verifier(x509.IPAddress(ipaddress.ip_address(host))).verify(
        certificate(folder, "serveur.pem"), []
    )


def test_node_key_is_an_openssh_p384_pair(tmp_path):
    private, public = securite.write_node_key(tmp_path, "va")
    key = serialization.load_ssh_private_key(private.read_bytes(), None)
    assert isinstance(key.curve, ec.SECP384R1)
    assert serialization.load_ssh_public_key(public.read_bytes()) == key.public_key()


def test_each_signing_key_is_in_the_roster_at_its_place(tmp_path):
    securite.write_signing_keys(tmp_path, ["va", "cleveland"])
    keyrings = [Keyring.read(tmp_path / f"{name}-signature", tmp_path / "annuaire") for name in ("va", "cleveland")]
    assert [keyring.number for keyring in keyrings] == [0, 1]


@pytest.mark.skipif(os.name == "nt", reason="Windows n'a pas de modes POSIX")
def test_secrets_are_for_their_owner_only(tmp_path):
    securite.write_node_key(tmp_path, "va")
    securite.write_signing_keys(tmp_path, ["va"])
    securite.write_certificates(tmp_path, "127.0.0.1")
    modes = [(tmp_path / name).stat().st_mode & 0o777 for name in ("va", "va-signature", "serveur.key")]
    assert modes == [0o600] * 3


def test_a_secret_is_never_overwritten(tmp_path):
    securite.write_node_key(tmp_path, "va")
    before = (tmp_path / "va").read_bytes()
    with pytest.raises(FileExistsError):
        securite.write_node_key(tmp_path, "va")
    assert (tmp_path / "va").read_bytes() == before


def test_the_certificate_holds_for_its_address_and_its_authority_only(tmp_path):
    securite.write_certificates(tmp_path, "127.0.0.1")
    (tmp_path / "autre").mkdir()
    securite.write_certificates(tmp_path / "autre", "127.0.0.1")
    authority = certificate(tmp_path, "ca.pem")
    verify(tmp_path, authority, "127.0.0.1")
    with pytest.raises(VerificationError):
        verify(tmp_path, authority, "127.0.0.2")
    with pytest.raises(VerificationError):
        verify(tmp_path, certificate(tmp_path / "autre", "ca.pem"), "127.0.0.1")
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(tmp_path / "serveur.pem", tmp_path / "serveur.key")


def test_the_authority_key_is_not_kept(tmp_path):
    securite.write_certificates(tmp_path, "127.0.0.1")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ca.pem", "serveur.key", "serveur.pem"]
