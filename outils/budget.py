"""Mesure un carnet qui s'exécute : secondes, mémoire du noyau et de ses enfants, arrêt au double du budget."""

import threading
import time
from dataclasses import dataclass, field

import psutil

SECONDES, MIO = 60, 3 * 1024
PERIODE = 0.2


@dataclass
class Mesure:
    """Gestionnaire de contexte : surveille les processus nés sous celui-ci tant qu'il est ouvert.

    `secondes` et `mio` (pic) se lisent à la sortie. Au-delà du double du budget, l'arbre du noyau est tué et `motif`
    dit pourquoi. Une mémoire au-dessus du budget donne aussi un motif ; un temps au-dessus, non : il dépend de la
    machine, et le tableau final le signale.
    """

    budget_secondes: float = SECONDES
    budget_mio: float = MIO
    secondes: float = 0.0
    mio: float = 0.0
    motif: str | None = None
    _fini: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "Mesure":
        self._debut = time.perf_counter()
        self._deja_la = set(psutil.Process().children(recursive=True))
        self._fil = threading.Thread(target=self._surveiller, daemon=True)
        self._fil.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._fini.set()
        self._fil.join()
        self.secondes = time.perf_counter() - self._debut
        if self.motif is None and self.mio > self.budget_mio:
            self.motif = f"pic de {self.mio:.0f} Mio, pour un budget de {self.budget_mio:.0f} Mio : allégez la leçon."

    def _surveiller(self) -> None:
        while not self._fini.wait(PERIODE):
            noyau = [p for p in psutil.Process().children(recursive=True) if p not in self._deja_la]
            memoire, duree = sum(map(mio, noyau)), time.perf_counter() - self._debut
            self.mio = max(self.mio, memoire)
            if memoire > 2 * self.budget_mio or duree > 2 * self.budget_secondes:
                self.motif = f"arrêté au double du budget : {duree:.0f} s, {memoire:.0f} Mio. Allégez la leçon."
                tuer(noyau)
                return


def mio(processus: psutil.Process) -> float:
    """Mémoire résidente en Mio ; 0 si le processus vient de finir."""
    try:
        return processus.memory_info().rss / 2**20
    except psutil.Error:
        return 0.0


def tuer(processus: list[psutil.Process]) -> None:
    """Tue des processus, sans s'émouvoir de ceux qui ont déjà fini."""
    for un in processus:
        try:
            un.kill()
        except psutil.Error:
            continue
