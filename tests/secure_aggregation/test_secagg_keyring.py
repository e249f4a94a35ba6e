"""Le trousseau d'un hôpital : lu de fichiers OpenSSH, refusé en français, sans jamais citer une clé."""

from types import SimpleNamespace

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from common.secure_aggregation import ProtocolError
from common.secure_aggregation.keyring import Keyring, SimulatedKeyrings, read_roster

KEYS = [Ed25519PrivateKey.generate() for _ in range(3)]


def private_bytes(key) -> bytes:
    """Écrit une clé privée comme ssh-keygen."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())


def line(key, name="va") -> bytes:
    """Écrit une ligne d'annuaire, nom compris."""
    return key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH) + b" " + name.encode() + b"\n"


@pytest.fixture
def folder(tmp_path):
    """Un annuaire de trois hôpitaux, et la clé du deuxième."""
    (tmp_path / "annuaire").write_bytes(b"".join(map(line, KEYS)))
    (tmp_path / "cle").write_bytes(private_bytes(KEYS[1]))
    return tmp_path


def node(folder, **changes):
    """Le contexte d'un SuperNode qui nomme ces fichiers."""
    files = {"signing-key": str(folder / "cle"), "roster": str(folder / "annuaire")}
    return SimpleNamespace(node_config={name: value for name, value in (files | changes).items() if value})


def test_a_node_finds_its_number_in_the_roster(folder):
    keyring = Keyring.of_node(node(folder))
    assert keyring.number == 1 and keyring.private_key == KEYS[1].private_bytes_raw()
    assert keyring.identities == tuple(key.public_key().public_bytes_raw() for key in KEYS)
    assert keyring.private_key.hex() not in repr(keyring) and str(keyring.private_key) not in repr(keyring)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("cle", private_bytes(Ed25519PrivateKey.generate()), "n'est pas dans l'annuaire"),
        ("cle", private_bytes(ec.generate_private_key(ec.SECP384R1())), "n'est pas une clé privée Ed25519"),
        ("cle", b"SECRET", "n'est pas une clé privée Ed25519"),
        ("cle", b"x" * 20_000, "dépasse 10000 octets"),
        ("annuaire", line(KEYS[1]) + b"SECRET\n", "ligne 2 : ce n'est pas une clé publique OpenSSH"),
        ("annuaire", line(ec.generate_private_key(ec.SECP384R1())), "ligne 1 : il faut une clé Ed25519"),
        ("annuaire", b"", "n'est pas dans l'annuaire"),
    ],
)
def test_a_wrong_file_is_refused_without_quoting_it(folder, name, content, message):
    (folder / name).write_bytes(content)
    with pytest.raises(ProtocolError, match=message) as refusal:
        Keyring.of_node(node(folder))
    assert "SECRET" not in str(refusal.value)


def test_missing_files_and_settings_say_what_to_do(folder):
    with pytest.raises(ProtocolError, match="signing-key et roster manque dans --node-config"):
        Keyring.of_node(SimpleNamespace(node_config={}))
    with pytest.raises(ProtocolError, match="ailleurs est introuvable"):
        Keyring.of_node(node(folder, roster=str(folder / "ailleurs")))


def test_a_keyring_holds_only_its_own_line():
    keyrings = SimulatedKeyrings(3)
    one, two = (keyrings(SimpleNamespace(node_config={"partition-id": number})) for number in (1, 2))
    with pytest.raises(ProtocolError, match="Signature refusée"):
        Keyring(keyrings.identities, 1, two.private_key)
    with pytest.raises(ProtocolError, match="n'est pas dans l'annuaire"):
        Keyring(keyrings.identities, 3, one.private_key)


def test_the_roster_keeps_its_order(folder):
    (folder / "annuaire").write_bytes(b"".join(map(line, reversed(KEYS))))
    assert read_roster(folder / "annuaire")[0] == KEYS[2].public_key().public_bytes_raw()
    assert Keyring.of_node(node(folder)).number == 1
