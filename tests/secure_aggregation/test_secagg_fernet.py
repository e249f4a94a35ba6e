"""Le système Fernet : relu à l'identique, refusé s'il est altéré, trop gros, trop vieux ou d'une autre clé."""

import base64
import pickle
import subprocess
import sys
import time

import numpy as np
import pytest
from cryptography.fernet import Fernet

from common.secure_aggregation.errors import ProtocolError
from common.secure_aggregation.fernet import decrypt, encrypt, new_key, pack, read_update, unpack

UPDATE = {
    "weight": np.asfortranarray(np.arange(6, dtype=np.float32).reshape(2, 3) / 7),
    "bias": np.array(-0.1),
    "counts": np.array([3, 2**40]),
    "nothing": np.zeros((0, 4)),
    "big-endian": np.arange(3, dtype=">f8"),
}


def flipped(token: bytes, position: int) -> bytes:
    """Le même jeton, un bit en moins ou en plus dans l'octet `position`."""
    raw = bytearray(base64.urlsafe_b64decode(token))
    raw[position] ^= 1
    return base64.urlsafe_b64encode(bytes(raw))


def assert_same(got, expected):
    assert sorted(got) == sorted(expected)
    for name, array in expected.items():
        np.testing.assert_array_equal(got[name], array)
        assert got[name].shape == array.shape and got[name].dtype == array.dtype.newbyteorder("=")


def test_an_update_comes_back_with_its_shapes_and_types():
    key = new_key()
    assert_same(unpack(pack(UPDATE)), UPDATE)
    got = decrypt(key, encrypt(key, UPDATE), ttl=60)
    assert_same(got, UPDATE)
    got["weight"] += 1  # ce qui est relu appartient à qui le lit


def test_the_token_hides_the_values_and_is_never_the_same_twice():
    key, secret = new_key(), np.array([1234.5678])
    first, second = (encrypt(key, {"w": secret}) for _ in range(2))
    assert first != second
    assert secret.tobytes() in pack({"w": secret})
    assert secret.tobytes() not in base64.urlsafe_b64decode(first)


def test_it_is_plain_fernet_that_any_library_reads():
    key = new_key()
    assert_same(unpack(Fernet(key).decrypt(encrypt(key, UPDATE))), UPDATE)


@pytest.mark.parametrize("position", [0, 1, 8, 9, 24, 25, 60, -33, -32, -1])
def test_one_flipped_bit_is_refused_wherever_it_is(position):
    key = new_key()
    token = encrypt(key, UPDATE)
    with pytest.raises(ProtocolError, match="altéré"):
        decrypt(key, flipped(token, position), ttl=60)


def test_a_truncated_or_foreign_token_is_refused():
    key = new_key()
    token = encrypt(key, UPDATE)
    for wrong in (b"", b"AAAA", token[:-4], token[4:], b"\x00" * 100, np.random.default_rng(0).bytes(200), b"a"):
        with pytest.raises(ProtocolError, match="Jeton refusé"):
            decrypt(key, wrong)
    with pytest.raises(ProtocolError, match="autre clé"):
        decrypt(new_key(), token)


def test_the_same_token_written_otherwise_is_refused():
    """Le décodeur de Python ignore une espace : un serveur qui compare les jetons la prendrait pour un jeton neuf."""
    key = new_key()
    token = encrypt(key, {"w": np.zeros(2)})
    for disguised in (token + b"\n", b" " + token, token[:8] + b"\n" + token[8:]):
        Fernet(key).decrypt(disguised)
        with pytest.raises(ProtocolError, match="écrit autrement"):
            decrypt(key, disguised)


def test_an_old_token_and_one_from_the_future_are_refused():
    key, now = new_key(), int(time.time())
    sent = [Fernet(key).encrypt_at_time(pack(UPDATE), now + delay) for delay in (-100, 30, 600)]
    assert_same(decrypt(key, sent[0]), UPDATE)
    assert_same(decrypt(key, sent[0], ttl=200), UPDATE)
    with pytest.raises(ProtocolError, match=r"10. s, pour 50 s"):
        decrypt(key, sent[0], ttl=50)
    assert_same(decrypt(key, sent[1], ttl=50), UPDATE)
    with pytest.raises(ProtocolError, match="futur"):
        decrypt(key, sent[2], ttl=50)


def test_a_token_is_weighed_before_anything_is_read():
    key = new_key()
    token = encrypt(key, {"w": np.zeros(1000)})
    assert_same(decrypt(key, token, max_bytes=len(token)), {"w": np.zeros(1000)})
    with pytest.raises(ProtocolError, match=r"octets reçus, pour \d+ permis"):
        decrypt(key, token, max_bytes=len(token) - 1)
    with pytest.raises(ProtocolError, match="permis"):
        unpack(bytes(101), max_bytes=100)


@pytest.mark.parametrize(
    "payload",
    [b"", bytes(8), bytes(200), b"\xff" * 200, pickle.dumps({"w": [1.0]}), pack(UPDATE)[:-1], pack(UPDATE) + b"\0"],
)
def test_bytes_that_are_no_update_are_refused_even_well_encrypted(payload):
    key = new_key()
    with pytest.raises(ProtocolError, match="safetensors"):
        decrypt(key, Fernet(key).encrypt(payload))


def test_a_pickle_is_never_executed(tmp_path):
    class Bomb:
        def __reduce__(self):
            return (open, (str(tmp_path / "explosion"), "w"))

    key = new_key()
    payload = pickle.dumps(Bomb())
    with pytest.raises(ProtocolError):
        decrypt(key, Fernet(key).encrypt(payload))
    assert not (tmp_path / "explosion").exists()
    pickle.loads(payload).close()  # la bombe, elle, marche
    assert (tmp_path / "explosion").exists()


def test_a_header_that_lies_about_its_sizes_is_refused():
    header = b'{"w":{"dtype":"F64","shape":[1000000000],"data_offsets":[0,8000000000]}}'
    with pytest.raises(ProtocolError, match="safetensors"):
        unpack(len(header).to_bytes(8, "little") + header + bytes(64))
    header = b'{"w":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}}'
    with pytest.raises(ProtocolError, match="safetensors"):
        unpack(len(header).to_bytes(8, "little") + header + bytes(4))


@pytest.mark.parametrize("arrays", [{"w": np.array([None])}, {"w": np.array(["texte"])}, {3: np.zeros(2)}])
def test_only_named_numbers_are_packed(arrays):
    with pytest.raises(ProtocolError, match="ne se range pas"):
        pack(arrays)


@pytest.mark.parametrize("key", [b"", b"court", "é" * 44, None, 3, base64.urlsafe_b64encode(bytes(31))])
def test_a_wrong_key_says_how_to_make_one(key):
    with pytest.raises(ProtocolError, match="new_key"):
        encrypt(key, UPDATE)


def test_text_is_not_bytes():
    key = new_key()
    with pytest.raises(ProtocolError, match="objet str"):
        decrypt(key, encrypt(key, UPDATE).decode("ascii"))


def test_a_token_is_read_once_and_with_its_owner_s_key():
    keys, seen = {"a": new_key(), "b": new_key()}, set()
    token = encrypt(keys["a"], UPDATE)
    with pytest.raises(ProtocolError, match="autre clé"):
        read_update(keys, "b", token, seen)
    with pytest.raises(ProtocolError, match="inconnu"):
        read_update(keys, "c", token, seen)
    assert_same(read_update(keys, "a", token, seen), UPDATE)  # les deux refus ne l'ont pas brûlé
    with pytest.raises(ProtocolError, match="rejeu"):
        read_update(keys, "a", token, seen)
    assert_same(read_update(keys, "a", encrypt(keys["a"], UPDATE), seen), UPDATE)
    old = Fernet(keys["a"]).encrypt_at_time(pack(UPDATE), int(time.time()) - 90)
    with pytest.raises(ProtocolError, match="permises"):
        read_update(keys, "a", old, seen)
    assert len(seen) == 2


def test_importing_the_room_loads_no_framework():
    code = "import sys, common.secure_aggregation.fernet; print({'torch', 'flwr', 'flask'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
