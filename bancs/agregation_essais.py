"""Les briques essayées pour l'agrégation sécurisée, à côté de celles qui sont restées : même travail, chronométré."""

import random
import secrets
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from Crypto.Cipher import AES
from Crypto.Protocol.SecretSharing import Shamir
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from common.secure_aggregation.primitives import add_mask, agree, agree_with_all, x25519_keypair
from common.secure_aggregation.shamir import PRIME, combine, split

LENGTH, PEERS, THRESHOLD = 100_000, 234, 120  # un client parmi 500, dans le graphe creux
MASKS, REPEATS = 100, 7
KEY, ZEROS = bytes(range(32)), bytes(4 * LENGTH)
POINTS = range(1, PEERS + 2)
PYCRYPTODOME = "Shamir de pycryptodome, deux moitiés de 16 octets"


def run() -> list[dict[str, Any]]:
    """Rend une ligne par essai : ce qui est resté, ce qui a été essayé, leurs temps (ms) et leur rapport."""
    return [*streams(), *sharings(), *agreements()]


def streams() -> list[dict[str, Any]]:
    """D'où tirer les masques, et dans combien de fils."""
    kept, work = "AES-256-CTR d'OpenSSL", f"le flot de {MASKS} masques"
    return [
        row(work, (kept, repeated(openssl_aes)), ("ChaCha20 d'OpenSSL", repeated(openssl_chacha20))),
        row(work, (kept, repeated(openssl_aes)), ("AES-256-CTR de pycryptodome", repeated(pycryptodome_aes))),
        row(f"ajouter {MASKS} masques", ("un fil", one_thread), ("deux fils", two_threads)),
    ]


def sharings() -> list[dict[str, Any]]:
    """Comment partager un secret de 32 octets, et le reconstruire."""
    ours, shares, halves = "entiers modulo p", split(KEY, POINTS, THRESHOLD), pycryptodome_split()
    work = f"partager, {len(POINTS)} parts, seuil {THRESHOLD}"
    return [
        row(work, (ours, lambda: split(KEY, POINTS, THRESHOLD)), (PYCRYPTODOME, pycryptodome_split)),
        row(
            f"reconstruire, {THRESHOLD} parts",
            (ours, lambda: combine(some(shares), THRESHOLD)),
            (PYCRYPTODOME, lambda: [Shamir.combine(half[:THRESHOLD]) for half in halves]),
        ),
        row(
            work,
            ("réduire modulo p tous les 16 coefficients", lambda: split(KEY, POINTS, THRESHOLD)),
            ("réduire à chaque coefficient", horner),
        ),
    ]


def agreements() -> list[dict[str, Any]]:
    """Comment calculer toutes les clés communes d'un client."""
    private, publics = x25519_keypair()[0], {peer: x25519_keypair()[1] for peer in range(PEERS)}
    return [
        row(
            f"{PEERS} clés communes",
            ("clé privée lue une fois", lambda: agree_with_all(private, publics, lambda peer: b"essai")),
            (
                "clé privée relue pour chaque pair",
                lambda: [agree(private, public, b"essai") for public in publics.values()],
            ),
        )
    ]


def row(work: str, kept: tuple[str, Callable], tried: tuple[str, Callable]) -> dict[str, Any]:
    """Chronomètre les deux façons en alternance, et rend la plus courte durée de chacune (ms, à l'horloge)."""
    times = [(clocked(kept[1]), clocked(tried[1])) for _ in range(REPEATS)]
    kept_ms, tried_ms = (1e3 * min(column) for column in zip(*times, strict=True))
    rounded = {"kept_ms": round(kept_ms, 3), "tried_ms": round(tried_ms, 3), "ratio": round(tried_ms / kept_ms, 2)}
    return {"work": work, "kept": kept[0], "tried": tried[0], **rounded}


def clocked(work: Callable) -> float:
    """Rend le temps d'un travail (s)."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def repeated(draw: Callable[[], bytes]) -> Callable[[], None]:
    """Rend de quoi tirer `MASKS` masques."""

    def work() -> None:
        for _ in range(MASKS):
            draw()

    return work


def openssl_aes() -> bytes:
    """Tire un masque comme `primitives.mask`."""
    return Cipher(algorithms.AES256(KEY), modes.CTR(bytes(16))).encryptor().update(ZEROS)


def openssl_chacha20() -> bytes:
    """Tire un masque de ChaCha20, sous la même clé."""
    return Cipher(algorithms.ChaCha20(KEY, bytes(16)), None).encryptor().update(ZEROS)


def pycryptodome_aes() -> bytes:
    """Tire le même masque que `openssl_aes`, avec pycryptodome."""
    return AES.new(KEY, AES.MODE_CTR, nonce=b"", initial_value=bytes(16)).encrypt(ZEROS)


def add_masks(count: int) -> None:
    """Ajoute `count` masques, l'un après l'autre."""
    total = np.zeros(LENGTH, np.uint32)
    for _ in range(count):
        add_mask(total, KEY)


def one_thread() -> None:
    """Ajoute tous les masques dans ce fil."""
    add_masks(MASKS)


def two_threads() -> None:
    """Ajoute autant de masques, une moitié par fil, chacun dans sa propre somme."""
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(add_masks, [MASKS // 2, MASKS - MASKS // 2]))


def some(shares: Mapping[int, bytes]) -> dict[int, bytes]:
    """Rend des parts de détenteurs au hasard : leurs poids de Lagrange ne sont pas déjà calculés."""
    return dict(random.sample(list(shares.items()), THRESHOLD))


def pycryptodome_split() -> list[list[tuple[int, bytes]]]:
    """Partage 32 octets avec pycryptodome, qui n'en prend que 16 à la fois."""
    return [Shamir.split(THRESHOLD, len(POINTS), half) for half in (KEY[:16], KEY[16:])]


def horner() -> dict[int, bytes]:
    """Partage en réduisant à chaque coefficient."""
    coefficients, shares = [secrets.randbelow(PRIME) for _ in range(THRESHOLD)], {}
    for x in POINTS:
        value = 0
        for coefficient in coefficients:
            value = (value * x + coefficient) % PRIME
        shares[x] = value.to_bytes(33, "big")
    return shares
