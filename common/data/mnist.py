"""MNIST : 70 000 chiffres manuscrits de 28 × 28 pixels ; réel, à télécharger (11,6 Mo)."""

import gzip
import zlib
from pathlib import Path

import numpy as np

from common.data.cache import DataUnavailableError, RemoteFile, fetch_command, locate
from common.data.dataset import Center, DataCard, FederatedDataset, NumberedNames, Split
from common.data.partition import Partition, iid

DEFAULT_CENTERS = 100
MAX_ITEMS = 70_000
IMAGE_SHAPE = (28, 28)
IMAGES_MAGIC, LABELS_MAGIC = 0x00000803, 0x00000801

CARD = DataCard(
    name="mnist",
    title="MNIST, chiffres manuscrits, 28 × 28 pixels",
    synthetic=False,
    source="LeCun, Cortes et Burges (1998)",
    license="CC BY-SA 3.0 (mention usuelle des auteurs)",
    limits=(
        "les centres sont artificiels. La partition porte sur les 60 000 images d'entraînement ; les 10 000 "
        "images officielles de test sont distribuées au hasard, si bien que le test réuni est le test officiel. "
        "Les fichiers ne disent pas qui a écrit chaque chiffre."
    ),
)
EMBEDDED = None


def _file(name: str, size: int, sha256: str) -> RemoteFile:
    roots = ("https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/")
    return RemoteFile("mnist", name, size, sha256, tuple(root + name for root in roots))


FILES = (
    _file("train-images-idx3-ubyte.gz", 9912422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
    _file("train-labels-idx1-ubyte.gz", 28881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
    _file("t10k-images-idx3-ubyte.gz", 1648877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
    _file("t10k-labels-idx1-ubyte.gz", 4542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
)


def load(source: str, num_centers: int | None, partition: Partition | None, seed: int) -> FederatedDataset:
    """Charge MNIST, réparti entre `num_centers` centres (100 par défaut, IID, comme McMahan et al. 2017).

    x : (n, 1, 28, 28) float32 dans [0, 1] ; y : 0 à 9. Les images restent en octets tant qu'un centre n'est
    pas demandé. DataUnavailableError pour source="embedded" (rien d'honnête à embarquer) ou sans copie.
    """
    if source == "embedded":
        raise DataUnavailableError(
            f"« mnist » n'a pas de version embarquée. Tapez, dans le dossier du cours : {fetch_command('mnist')}, puis "
            'load("mnist", source="real"). Sans réseau, load("digits") offre de vrais chiffres plus petits.'
        )
    train_x, train_y, test_x, test_y = (_read_idx(locate(file, "mnist")) for file in FILES)
    num_centers = DEFAULT_CENTERS if num_centers is None else num_centers
    rng = np.random.default_rng(seed)
    train_parts = (partition or iid)(train_y, num_centers, rng)
    test_parts = np.array_split(rng.permutation(len(test_y)), num_centers)
    names = NumberedNames(num_centers)

    def make_center(name: str) -> Center:
        index = names.index(name)
        return Center(
            train=_split(train_x, train_y, train_parts[index], first_id=0),
            test=_split(test_x, test_y, test_parts[index], first_id=len(train_y)),
        )

    return FederatedDataset(names, make_center, CARD)


def _split(images: np.ndarray, labels: np.ndarray, rows: np.ndarray, first_id: int) -> Split:
    return Split(images[rows, np.newaxis].astype(np.float32) / 255, labels[rows], first_id + rows)


def _read_idx(path: Path) -> np.ndarray:
    """Lit un fichier idx compressé : images (n, 28, 28) uint8 ou classes (n,) int64.

    ValueError si l'en-tête, la taille ou une classe n'est pas celle d'un fichier MNIST.
    """
    shape, values = _read_bytes(path)
    if len(shape) == 1:
        if values.size and values.max() > 9:
            raise ValueError(f"{path.name} : une classe vaut {values.max()}, hors de 0 à 9.")
        return values.astype(np.int64)
    return values.reshape(shape)


def _read_bytes(path: Path) -> tuple[tuple[int, ...], np.ndarray]:
    """Ne lit jamais plus d'octets que l'en-tête n'en annonce, et l'en-tête est borné."""
    try:
        with gzip.open(path, "rb") as stream:
            shape = _read_header(stream.read(4), stream, path)
            expected = int(np.prod(shape))
            body = stream.read(expected + 1)
    except (EOFError, OSError, zlib.error) as error:
        raise ValueError(f"{path.name} : fichier gzip coupé ou abîmé ({error}).") from error
    if len(body) != expected:
        raise ValueError(f"{path.name} : l'en-tête annonce {expected} octets, le fichier en contient un autre nombre.")
    return shape, np.frombuffer(body, dtype=np.uint8)


def _read_header(magic: bytes, stream: gzip.GzipFile, path: Path) -> tuple[int, ...]:
    num_dims = {IMAGES_MAGIC: 3, LABELS_MAGIC: 1}.get(int.from_bytes(magic, "big"))
    if num_dims is None:
        raise ValueError(f"{path.name} : nombre magique {magic.hex()} inconnu, ce n'est pas un fichier idx de MNIST.")
    header = stream.read(4 * num_dims)
    if len(header) < 4 * num_dims:
        raise ValueError(f"{path.name} : en-tête coupé.")
    shape = tuple(int(size) for size in np.frombuffer(header, dtype=">u4"))
    if shape[0] > MAX_ITEMS or shape[1:] not in ((), IMAGE_SHAPE):
        raise ValueError(f"{path.name} : dimensions {shape} refusées, au plus {MAX_ITEMS} images de 28 × 28.")
    return shape
