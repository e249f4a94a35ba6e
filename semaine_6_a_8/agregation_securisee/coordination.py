"""Le chef d'orchestre : quel tour, quelle étape, jusqu'à quand. Il ne connaît ni le réseau, ni le chiffrement."""

import sqlite3
import threading
import time
from collections.abc import Callable

from common.secure_aggregation.errors import ProtocolError
from common.secure_aggregation.fernet import pack, unpack
from semaine_6_a_8.agregation_securisee.cryptage import Arrays, FernetRound, ProtocolRound, stages
from semaine_6_a_8.agregation_securisee.registre import Registry, digest
from semaine_6_a_8.agregation_securisee.reglages import Agreement

FULL_DISK = "Le serveur ne peut plus écrire : il s'arrête. Réessayez plus tard."
OpenRound = Callable[[Arrays, int], FernetRound | ProtocolRound]


class Refusal(Exception):
    """Une demande que le serveur refuse : un code HTTP et une raison, en français."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class Coordinator:
    """Mène les tours l'un après l'autre ; construit sur un registre déjà rempli, il reprend là où il en était.

    open_round(modèle, tour) rend un tour neuf. Un tour sans assez de clients est abandonné, le modèle ne change pas, et
    le suivant commence. Les méthodes publiques peuvent venir de plusieurs fils.
    """

    def __init__(
        self, agreement: Agreement, registry: Registry, open_round: OpenRound, say: Callable[[str], None] = print
    ) -> None:
        self._agreement, self._registry, self._open_round, self._say = agreement, registry, open_round, say
        self._stages = stages(agreement.mode)
        self._lock = threading.Lock()
        self._failure: sqlite3.Error | None = None
        self._alive = frozenset(agreement.clients)
        self._enter(registry.current_round())

    @property
    def finished(self) -> bool:
        """Vrai après le dernier tour."""
        return self._number > self._agreement.num_rounds

    @property
    def max_bytes(self) -> int:
        """La plus grande taille d'un message."""
        return self._round.max_bytes

    def state(self) -> dict:
        """Rend ce que tout le monde peut savoir : le tour, l'étape, si c'est fini."""
        with self._lock:
            stage = None if self.finished else self._round.stage
            return {"tour": self._number, "etape": stage, "fini": self.finished}

    def model(self, client: int, server_round: int) -> bytes:
        """Rend le modèle dont part un tour ; le demander pour le tour ouvert, c'est y être attendu."""
        with self._lock:
            model = self._registry.model(server_round)
            if model is None:
                raise Refusal(404, f"Le tour {server_round} n'a pas commencé.")
            if server_round == self._number:
                self._alive |= {client}
            return model

    def put(self, client: int, server_round: int, stage: str, body: bytes) -> None:
        """Accepte un message, une fois pour toutes. Erreur : `Refusal` ; alors rien n'est écrit."""
        with self._lock:
            if self._is_repeated(client, server_round, stage, body):
                return
            self._require_open(server_round, stage)
            if self._failure:
                raise Refusal(503, FULL_DISK)
            try:
                with self._registry.transaction():
                    self._registry.add(server_round, stage, client, body)
                    self._round.receive(client, body)
            except ProtocolError as error:
                raise Refusal(422, str(error)) from error
            except sqlite3.Error as error:
                self._failure = error
                raise Refusal(503, FULL_DISK) from error

    def reply(self, client: int, server_round: int, stage: str) -> bytes | None:
        """Rend la réponse à un client une fois l'étape close, `None` avant. Erreur : `Refusal` si elle n'existe pas."""
        with self._lock:
            self._require_current(server_round)
            if self._rank(stage) >= self._rank(self._round.stage):
                return None
            if client not in self._replies[stage]:
                raise Refusal(410, f"Vous n'êtes plus dans le tour {server_round} : attendez le suivant.")
            return self._replies[stage][client]

    def tick(self) -> None:
        """Ferme l'étape ouverte si tous ont répondu ou si son délai est passé ; à appeler souvent.

        Erreur : celle de SQLite quand le disque n'écrit plus ; le programme doit alors s'arrêter.
        """
        with self._lock:
            if self._failure:
                raise self._failure
            if self.finished or not (self._everyone_spoke() or time.monotonic() >= self._deadline):
                return
            try:
                self._close()
            except sqlite3.Error as error:  # l'étape est close en mémoire, pas sur le disque : plus rien n'est accepté
                self._failure = error
                raise

    def _enter(self, server_round: int) -> None:
        """Prépare un tour, rejoue ses messages s'il y en a, et lui laisse un délai entier."""
        self._number, self._replies = server_round, {}
        self._round = self._open_round(unpack(self._registry.model(server_round)), server_round)
        for stage in self._stages if not self.finished else ():
            for client, body in self._registry.messages(server_round, stage):
                self._round.receive(client, body)
            if not self._registry.is_closed(server_round, stage):
                break
            self._replies[stage] = self._round.close()
        self._durations: dict[str, float] = {}
        self._start_stage()

    def _start_stage(self) -> None:
        self._start = time.monotonic()
        self._deadline = self._start + (self._agreement.stage_s if self._replies else self._agreement.learning_s)

    def _everyone_spoke(self) -> bool:
        awaited = self._round.expected if self._replies else self._round.expected & self._alive
        return bool(awaited) and awaited <= self._round.received

    def _close(self) -> None:
        stage, received = self._round.stage, self._round.received
        self._durations[stage] = round(time.monotonic() - self._start, 2)
        self._say(f"Tour {self._number}, étape « {stage} » : {len(received)} messages.")
        try:
            replies = self._round.close()
            model = pack(self._round.new_model()) if self._round.done else None
        except ProtocolError as error:
            self._end(self._registry.model(self._number), frozenset(), str(error))
            return
        self._alive = received
        if model is not None:
            self._end(model, self._round.participants, None)
            return
        with self._registry.transaction():
            self._registry.close_stage(self._number, stage)
        self._replies[stage] = replies
        self._start_stage()

    def _end(self, model: bytes, participants: frozenset[int], reason: str | None) -> None:
        """Publie le modèle et ouvre le tour suivant, d'un seul tenant : jamais l'un sans l'autre."""
        report = {
            "tour": self._number,
            "participants": sorted(participants),
            "absents": sorted(set(self._agreement.clients) - participants),
            "abandon": reason,
            "secondes": self._durations,
        }
        with self._registry.transaction():
            self._registry.end_round(self._number, report)
            self._registry.open_round(self._number + 1, model)
        self._registry.forget()
        self._say(f"Tour {self._number} abandonné. {reason}" if reason else f"Tour {self._number} publié.")
        self._enter(self._number + 1)

    def _is_repeated(self, client: int, server_round: int, stage: str, body: bytes) -> bool:
        known = self._registry.known_digest(server_round, stage, client)
        if known not in (None, digest(body)):
            raise Refusal(409, f"Le client {client} a déjà envoyé autre chose à cette étape : un seul message compte.")
        return known is not None

    def _require_open(self, server_round: int, stage: str) -> None:
        self._require_current(server_round)
        ahead = self._rank(stage) - self._rank(self._round.stage)
        if ahead < 0:
            raise Refusal(410, f"L'étape « {stage} » est close : attendez le tour suivant.")
        if ahead > 0:
            raise Refusal(409, f"L'étape « {stage} » n'est pas ouverte.")

    def _require_current(self, server_round: int) -> None:
        if server_round > self._number:
            raise Refusal(404, f"Le tour {server_round} n'a pas commencé.")
        if server_round < self._number or self.finished:
            raise Refusal(410, f"Le tour {server_round} est clos.")

    def _rank(self, stage: str) -> int:
        if stage not in self._stages:
            raise Refusal(404, f"Il n'y a pas d'étape « {stage:.40} » ; il y a {', '.join(self._stages)}.")
        return self._stages.index(stage)
