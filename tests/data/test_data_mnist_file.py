"""Les fichiers idx de MNIST : lus à la main, avec des limites strictes."""

import gzip
import hashlib
import struct
import tracemalloc

import numpy as np
import pytest

from common.data import cache, load, mnist, shards, standardize
from common.data.cache import RemoteFile
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
    assert len(_read_idx(idx(tmp_path, LABELS, (60_000,), bytes(60_000)))) == 60_000  # la taille du vrai fichier


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
    tracemalloc.start()
    with pytest.raises(ValueError, match="annonce 2 octets"):
        _read_idx(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5e6


def test_truncated_or_foreign_gzip_is_refused(tmp_path):
    path = idx(tmp_path, IMAGES, (2, 28, 28), np.random.default_rng(0).bytes(2 * 784))
    path.write_bytes(path.read_bytes()[:-300])
    with pytest.raises(ValueError, match="gzip coupé ou abîmé"):
        _read_idx(path)
    path.write_bytes(path.read_bytes()[:10] + b"\xff" * 300)  # en-tête gzip intact, contenu illisible
    with pytest.raises(ValueError, match="gzip coupé ou abîmé"):
        _read_idx(path)
    path.write_bytes(b"<html>Connectez-vous au Wi-Fi</html>")
    with pytest.raises(ValueError, match="gzip coupé ou abîmé"):
        _read_idx(path)


@pytest.fixture
def small_mnist(tmp_path, monkeypatch):
    """Quatre vrais fichiers idx, de 60 et 30 images, là où COURS_DONNEES les fait chercher ; rend leurs tableaux."""
    rng = np.random.default_rng(0)
    images, labels = rng.integers(0, 256, (90, 28, 28), dtype=np.uint8), rng.integers(0, 10, 90, dtype=np.uint8)
    files = []
    for rows in (slice(60), slice(60, None)):
        for magic, values in ((IMAGES, images[rows]), (LABELS, labels[rows])):
            content = idx(tmp_path, magic, values.shape, values.tobytes()).read_bytes()
            digest = hashlib.sha256(content).hexdigest()
            files.append(RemoteFile("mnist", f"{len(files)}.gz", len(content), digest, ()))
            files[-1].inside(tmp_path).parent.mkdir(exist_ok=True)
            files[-1].inside(tmp_path).write_bytes(content)
    monkeypatch.setattr(mnist, "FILES", files)
    monkeypatch.setattr(cache, "cache_folder", lambda: tmp_path / "vide")
    monkeypatch.setenv("COURS_DONNEES", str(tmp_path))
    return images, labels


def test_every_image_keeps_its_label_and_is_scaled_to_one(small_mnist):
    images, labels = small_mnist
    dataset = load("mnist", source="real", num_centers=3)
    for split, official in ((dataset.train, range(60)), (dataset.test, range(60, 90))):
        assert sorted(split.patient_id) == list(official)
        assert split.x.shape == (len(official), 1, 28, 28) and split.x.dtype == np.float32
        np.testing.assert_array_equal(split.x[:, 0], images[split.patient_id] / np.float32(255))
        np.testing.assert_array_equal(split.y, labels[split.patient_id])
    assert standardize(dataset).train.x.dtype == np.float32


def test_partition_is_applied_and_a_hundred_centers_is_the_default(small_mnist):
    dataset = load("mnist", source="real", num_centers=10, partition=shards)
    assert max(len(np.unique(center.train.y)) for center in dataset.values()) <= 4
    with pytest.raises(ValueError, match="60 exemples entre 100 centres"):
        load("mnist", source="real")


def test_centers_follow_the_seed_and_share_the_test_at_random(small_mnist):
    def tests(seed):
        return [center.test.patient_id for center in load("mnist", source="real", num_centers=3, seed=seed).values()]

    np.testing.assert_array_equal(tests(1), tests(1))
    assert not np.array_equal(tests(1), tests(2))
    assert all(len(part) == 10 and np.ptp(part) > 12 for part in tests(1))
