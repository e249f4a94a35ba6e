"""Juge un programme muté avec le contrôle d'un exercice : refusé, accepté à tort, ou équivalent à la référence."""

import _thread
import copy
import io
import linecache
import signal
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import replace
from typing import Any

import numpy as np

from common.verifier.comparison import same
from common.verifier.exercise import RIGHT, Exercise

NUM_INPUTS = 1000
GRAINE = 1789  # autre que celle des contrôles : les cas sont neufs
SECONDES = 3.0
FICHIER = "<mutant>"


class TropLong(BaseException):
    """Le mutant tourne encore ; BaseException, pour qu'aucun `except Exception` ne l'avale."""


def executer(code: str, espace: dict[str, Any], fichier: str) -> None:
    """Exécute du code dans un espace de noms, sans bruit ; `inspect.getsource` y retrouve ses fonctions."""
    linecache.cache[fichier] = (len(code), None, [f"{ligne}\n" for ligne in code.splitlines()], fichier)
    exec(compile(code, fichier, "exec"), espace)


@contextmanager
def muet() -> Iterator[None]:
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with np.errstate(all="ignore"):
            yield


@contextmanager
def borne(secondes: float) -> Iterator[None]:
    """Interrompt le code Python par TropLong au bout de ce temps, sous Windows aussi ; Ctrl-C garde son rôle."""
    limite, fini = time.monotonic() + secondes, threading.Event()

    def sonner(*_: object) -> None:
        raise TropLong if time.monotonic() >= limite else KeyboardInterrupt

    def guetter() -> None:
        while not fini.wait(secondes):
            _thread.interrupt_main()

    ancien = signal.signal(signal.SIGINT, sonner)
    guetteur = threading.Thread(target=guetter, daemon=True)
    guetteur.start()
    try:
        yield
    finally:
        fini.set()
        guetteur.join()
        signal.signal(signal.SIGINT, ancien)


class Juge:
    """Un exercice prêt à juger des mutants, dans l'espace de noms d'avant sa cellule."""

    def __init__(self, exercice: Exercise, expression: str, espace: dict[str, Any]) -> None:
        self.exercice = replace(exercice, mistakes={})  # seul le verdict compte, pas son message
        self.expression, self.espace = expression, espace
        self.secondes = SECONDES
        self._attendus: list[tuple[tuple, Any]] = []

    def repondre(self, source: str) -> Any:
        espace = dict(self.espace)
        executer(source, espace, FICHIER)
        return eval(self.expression, espace)

    def accepte(self, source: str) -> bool:
        """Dit si le contrôle juge « juste » la réponse de ce programme."""
        try:
            with borne(self.secondes), muet():
                return self.exercice.judge(self.repondre(source))[0] == RIGHT
        except (Exception, TropLong):
            return False

    def chronometrer(self, source: str) -> bool:
        """Juge le corrigé, sans le presser, et règle sur lui le temps laissé aux mutants."""
        self.secondes, debut = 60 * SECONDES, time.monotonic()
        juste = self.accepte(source)
        self.secondes = SECONDES + 10 * (time.monotonic() - debut)
        return juste

    def equivaut(self, source: str) -> bool:
        """Dit si ce programme, déjà accepté, rend ce que rend la référence sur 1 000 cas neufs et variés."""
        if self.exercice.draw is None:
            return True
        with muet():
            reponse = self.repondre(source)
            return all(self._pareil(reponse, rang) for rang in range(NUM_INPUTS)) and self._varie()

    def _attendu(self, rang: int) -> tuple[tuple, Any]:
        while len(self._attendus) <= rang:
            cas = self.exercice.draw(np.random.default_rng([GRAINE, len(self._attendus)]))
            sortie = self.exercice.observe(self.exercice.reference, copy.deepcopy(cas))
            self._attendus.append((cas, sortie))
        return self._attendus[rang]

    def _pareil(self, reponse: Any, rang: int) -> bool:
        cas, sortie = self._attendu(rang)
        donne = copy.deepcopy(cas)
        try:
            with borne(self.secondes):
                return same(self.exercice.observe(reponse, donne), sortie) and same(donne, cas)
        except (Exception, TropLong):
            return False

    def _varie(self) -> bool:
        return not all(same(sortie, self._attendus[0][1]) for _, sortie in self._attendus)
