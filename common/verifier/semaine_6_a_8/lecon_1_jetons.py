"""Leçon 1 : ce que fait `read_update` de huit jetons, les uns honnêtes, les autres non."""

import time
from collections.abc import Callable

import numpy as np
from cryptography.fernet import Fernet

from common.secure_aggregation import fernet
from common.secure_aggregation.errors import ProtocolError
from common.verifier.comparison import same
from common.verifier.hints import hinted_errors

Sent = tuple[bytes, dict[str, np.ndarray]]
Sending = tuple[str, str, Sent]
READ, REFUSED, NOTHING, OTHER = "lu", "refusé", "rien", "autre chose que ce que le jeton contient"
NEW = "un jeton neuf, à lire"
HINTS = {
    "^KeyError": "un client qui n'est pas dans `keys` se refuse aussi par ProtocolError",
    "no attribute 'append'|no attribute 'get'": "`seen` est un ensemble : `token in seen`, `seen.add(token)`",
    "not supported between|unhashable": "`seen` est un ensemble de jetons : `token in seen`, `seen.add(token)`",
}


def observe_reading(answer: Callable, case: tuple) -> dict[str, str]:
    """Présente à la réponse des jetons frais, dans un ordre tiré au sort ; rend ce qu'elle a fait de chacun.

    Les jetons sont chiffrés ici, et non tirés d'avance : un jeton vieillit.
    """
    rng = np.random.default_rng(case[0])
    clients = [f"hôpital {k}" for k in rng.permutation(40)[: rng.integers(2, 6)]]
    keys = {name: fernet.new_key() for name in clients}
    script, seen = _script(rng, keys, clients)
    with hinted_errors(HINTS):
        return {sending[0]: _verdict(answer, keys, sending, seen) for sending in script}


def _script(rng: np.random.Generator, keys: dict[str, bytes], clients: list[str]) -> tuple[list[Sending], set[bytes]]:
    """Écrit la suite des envois, et l'ensemble des jetons du tour précédent."""
    mine, other = clients[0], clients[1 + int(rng.integers(len(clients) - 1))]
    first, again, theirs, yesterday = (_token(rng, keys[name]) for name in (mine, mine, other, mine))
    script = [
        (NEW, mine, first),
        ("le même une seconde fois, à refuser", mine, first),
        ("un jeton d'un autre sous un faux nom, à refuser", mine, theirs),
        ("ce jeton sous son vrai nom, à lire", other, theirs),
        ("le deuxième envoi d'un client, à lire", mine, again),
        ("un jeton lu au tour précédent, à refuser", mine, yesterday),
        ("le tout premier jeton rejoué à la fin, à refuser", mine, first),
    ]
    unknown, forged = _token(rng, fernet.new_key()), _flipped(_token(rng, keys[other]))
    for extra in (
        ("un jeton de 50 secondes, à lire", other, _token(rng, keys[other], 50)),
        ("un jeton de 70 secondes, à refuser", other, _token(rng, keys[other], 70)),
        ("un jeton de deux heures, à refuser", mine, _token(rng, keys[mine], 7200)),
        ("un jeton altéré, à refuser", other, forged),
        ("un client inconnu, à refuser", "hôpital 99", unknown),
    ):
        script.insert(int(rng.integers(len(script))), extra)
    return script, {yesterday[0]}


def _token(rng: np.random.Generator, key: bytes, age_s: int = 0) -> Sent:
    """Chiffre une mise à jour, comme il y a `age_s` secondes ; rend le jeton et ce qu'il contient."""
    arrays = {"weight": rng.normal(size=(2, 3)), "bias": rng.normal(size=2)}
    return Fernet(key).encrypt_at_time(fernet.pack(arrays), int(time.time()) - age_s), arrays


def _flipped(sent: Sent) -> Sent:
    token, arrays = sent
    return token[:40] + (b"A" if token[40:41] != b"A" else b"B") + token[41:], arrays


def _verdict(answer: Callable, keys: dict[str, bytes], sending: Sending, seen: set[bytes]) -> str:
    label, client, (token, arrays) = sending
    try:
        got = answer(dict(keys), client, token, seen)
    except ProtocolError as error:
        if label == NEW:
            said = str(error).rstrip(".")
            raise ProtocolError(f"« {NEW} » est refusé, alors qu'il est bon ({said})") from error
        return REFUSED
    if isinstance(got, ProtocolError):
        raise TypeError("vous RENDEZ l'erreur : un refus se lève, `raise ProtocolError(…)`")
    is_update = isinstance(got, dict) and got.keys() == arrays.keys()
    if label == NEW and got is not None and not is_update:
        raise TypeError("rendez la mise à jour seule, le dictionnaire de tableaux que rend `fernet.decrypt`")
    if got is None:
        return NOTHING
    return READ if is_update and all(same(got[name], arrays[name]) for name in arrays) else OTHER
