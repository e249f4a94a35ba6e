"""Chercher des valeurs plantées dans tout ce qu'un objet contient, octet par octet, sous toutes leurs écritures."""

import numpy as np


def needles(values: np.ndarray, encoded: np.ndarray) -> list[bytes]:
    """Rend les écritures d'une mise à jour : réels de 32 et 64 bits, entiers de 32 et 64 bits, dans les deux sens.

    Deux valeurs voisines par motif : quatre octets seuls se rencontreraient par hasard dans un flot aléatoire.
    """
    written = [values.astype(kind) for kind in ("<f4", ">f4", "<f8", ">f8")]
    written += [encoded.astype(kind) for kind in ("<u4", ">u4", "<u8", ">u8")]
    return [array[k : k + 2].tobytes() for array in written for k in range(len(array) - 1)]


def all_bytes(thing: object, seen: set[int] | None = None) -> bytes:
    """Rend bout à bout les octets de tout ce que `thing` contient, champs privés compris."""
    seen = set() if seen is None else seen
    if id(thing) in seen or isinstance(thing, type):
        return b""
    seen.add(id(thing))
    if isinstance(thing, bytes | bytearray):
        return bytes(thing)
    if isinstance(thing, np.ndarray):
        return thing.tobytes() + thing.astype(">u4").tobytes()
    if isinstance(thing, str):
        return thing.encode()
    if isinstance(thing, dict):
        return b"|".join(all_bytes(item, seen) for pair in thing.items() for item in pair)
    if isinstance(thing, list | tuple | set | frozenset):
        return b"|".join(all_bytes(item, seen) for item in thing)
    return all_bytes(vars(thing), seen) if hasattr(thing, "__dict__") else repr(thing).encode()


def found(thing: object, wanted: list[bytes]) -> bool:
    """Dit si l'un des motifs se trouve quelque part dans `thing`."""
    haystack = all_bytes(thing)
    return any(needle in haystack for needle in wanted)
