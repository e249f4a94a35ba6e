"""Les briques essayées pour l'agrégation sécurisée, à côté de celles qui sont restées : même travail, chronométré."""

import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from typing import Any

import numpy as np
from Crypto.Cipher import AES
from Crypto.Protocol.SecretSharing import Shamir
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms

from common.secure_aggregation.primitives import add_mask, agree, agree_with_all, x25519_keypair
from common.secure_aggregation.shamir import PRIME, combine, split

LENGTH, PEERS, THRESHOLD = 100_000, 234, 120
REPEATS = 7
KEY = bytes(range(32))
ZEROS = bytes(4 * LENGTH)


def run() -> list[dict[str, Any]]:
    """Rend une ligne par essai : ce qui est resté, ce qui a été essayé, leurs temps (ms) et leur rapport."""
    total = np.zeros(LENGTH, np.uint32)
    points, private = list(range(1, PEERS + 2)), x25519_keypair()[0]
    publics = {peer: x25519_keypair()[1] for peer in range(PEERS)}
    shares, doubled = split(KEY, points, THRESHOLD), split_with_pycryptodome()
    aes, sharing = "AES-256-CTR d'OpenSSL, bloc par bloc", "partage de Shamir modulo p, en entiers de Python"
    return [
        row("un masque", aes, lambda: add_mask(total, KEY), "ChaCha20 d'OpenSSL", lambda: chacha20(total)),
        row("un masque", aes, lambda: add_mask(total, KEY), "AES-256-CTR de pycryptodome", lambda: pycryptodome(total)),
        row("200 masques", "un fil", lambda: masks(total, 200), "deux fils", lambda: two_threads(200)),
        row("partager", sharing, lambda: split(KEY, points, THRESHOLD), "pycryptodome", split_with_pycryptodome),
        row(
            "reconstruire",
            sharing,
            lambda: combine(shares, THRESHOLD),
            "pycryptodome",
            lambda: [Shamir.combine(half[:THRESHOLD]) for half in doubled],
        ),
        row(
            "partager",
            "réduction modulo p tous les 16 coefficients",
            lambda: split(KEY, points, THRESHOLD),
            "réduction à chaque coefficient",
            lambda: horner(points),
        ),
        row(
            f"{PEERS} clés communes",
            "clé privée lue une fois",
            lambda: agree_with_all(private, publics, lambda peer: b"essai"),
            "clé privée relue à chaque pair",
            lambda: [agree(private, public, b"essai") for public in publics.values()],
        ),
    ]


def row(work: str, kept: str, keep: Callable, tried: str, attempt: Callable) -> dict[str, Any]:
    """Chronomètre les deux façons en alternance, et rend leurs médianes (ms, horloge)."""
    times = [(clocked(keep), clocked(attempt)) for _ in range(REPEATS)]
    kept_ms, tried_ms = (1e3 * median(column) for column in zip(*times, strict=True))
    rounded = {"kept_ms": round(kept_ms, 4), "tried_ms": round(tried_ms, 4), "ratio": round(tried_ms / kept_ms, 2)}
    return {"work": work, "kept": kept, "tried": tried, **rounded}


def clocked(work: Callable) -> float:
    """Rend le temps d'un travail (s)."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def chacha20(total: np.ndarray) -> None:
    """Ajoute un masque tiré de ChaCha20."""
    stream = Cipher(algorithms.ChaCha20(KEY, bytes(16)), None).encryptor().update(ZEROS)
    np.add(total, np.frombuffer(stream, "<u4"), out=total)


def pycryptodome(total: np.ndarray) -> None:
    """Ajoute le même masque, tiré par pycryptodome."""
    stream = AES.new(KEY, AES.MODE_CTR, nonce=b"", initial_value=bytes(16)).encrypt(ZEROS)
    np.add(total, np.frombuffer(stream, "<u4"), out=total)


def masks(total: np.ndarray, count: int) -> None:
    """Ajoute `count` masques, l'un après l'autre."""
    for _ in range(count):
        add_mask(total, KEY)


def two_threads(count: int) -> None:
    """Ajoute autant de masques, une moitié par fil, chacun dans sa propre somme."""
    with ThreadPoolExecutor(2) as threads:
        totals = [np.zeros(LENGTH, np.uint32) for _ in range(2)]
        list(threads.map(lambda total: masks(total, count // 2), totals))


def split_with_pycryptodome() -> list[list[tuple[int, bytes]]]:
    """Partage 32 octets avec pycryptodome : deux moitiés, car il n'en prend que 16."""
    return [Shamir.split(THRESHOLD, PEERS + 1, half) for half in (KEY[:16], KEY[16:])]


def horner(points: list[int]) -> dict[int, bytes]:
    """Partage en réduisant à chaque coefficient."""
    coefficients, shares = [secrets.randbelow(PRIME) for _ in range(THRESHOLD)], {}
    for x in points:
        value = 0
        for coefficient in coefficients:
            value = (value * x + coefficient) % PRIME
        shares[x] = value.to_bytes(33, "big")
    return shares
