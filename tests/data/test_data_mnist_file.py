"""Les fichiers idx de MNIST : lus à la main, avec des limites strictes."""

import gzip
import struct

import numpy as np
import pytest

from common.data.mnist import _read_idx

IMAGES, LABELS = 0x803, 0x801


def idx(tmp_path, magic, shape, body):
    path = tmp_path / "fichier-idx.gz"
    path.write_bytes(gzip.compress(struct.pack(f">{1 + len(shape)}I", magic, *shape) + body))
    return path


def test_images_and_labels_are_read_back(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (3, 28, 28), dtype=np.uint8)
    np.testing.assert_array_equal(_read_idx(idx(tmp_path, IMAGES, (3, 28, 28), images.tobytes())), images)
    labels = _read_idx(idx(tmp_path, LABELS, (4,), bytes([9, 0, 3, 1])))
    assert labels.tolist() == [9, 0, 3, 1] and labels.dtype == np.int64


@pytest.mark.parametrize(
    ("magic", "shape", "body", "message"),
    [
        (0x802, (2,), b"\0\0", "nombre magique"),
        (LABELS, (3,), b"\0\0", "annonce 3 octets"),
        (LABELS, (1,), b"\0\0", "annonce 1 octets"),
        (LABELS, (2,), b"\0\x0a", "une classe vaut 10"),
        (LABELS, (2**32 - 1,), b"", "refusées"),
        (IMAGES, (1, 29, 28), b"\0" * 812, "refusées"),
        (IMAGES, (1,), b"", "en-tête coupé"),
    ],
)
def test_malformed_files_are_refused(tmp_path, magic, shape, body, message):
    with pytest.raises(ValueError, match=message):
        _read_idx(idx(tmp_path, magic, shape, body))


def test_decompression_bomb_stays_small(tmp_path):
    path = idx(tmp_path, LABELS, (2,), b"\0" * 50_000_000)
    with pytest.raises(ValueError, match="annonce 2 octets"):
        _read_idx(path)


def test_truncated_or_foreign_gzip_is_refused(tmp_path):
    path = idx(tmp_path, IMAGES, (2, 28, 28), np.random.default_rng(0).bytes(2 * 784))
    path.write_bytes(path.read_bytes()[:-300])
    with pytest.raises(ValueError, match="gzip coupé ou abîmé"):
        _read_idx(path)
    path.write_bytes(b"<html>Connectez-vous au Wi-Fi</html>")
    with pytest.raises(ValueError, match="gzip coupé ou abîmé"):
        _read_idx(path)
