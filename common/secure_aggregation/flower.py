"""La stratégie Flower de l'agrégation sécurisée : elle en enrobe une autre, qui ne voit que la moyenne."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from flwr.app import ArrayRecord, ConfigRecord, Message, MetricRecord
from flwr.serverapp import Grid
from flwr.serverapp import strategy as flower
from flwr.serverapp.strategy import FedAvg, Result, Strategy

from common.federated.replies import numpy_arrays
from common.privacy.accounting import epsilon_from_rdp
from common.secure_aggregation.announcement import SESSION_BYTES, Announcement, Encoding, Private
from common.secure_aggregation.flower_mod import digest, run_bytes
from common.secure_aggregation.flower_round import GridRound, Post, arrays_of, identify
from common.secure_aggregation.noise import INTEGER_ALPHAS
from common.secure_aggregation.parameters import Parameters, safe_threshold
from common.secure_aggregation.quantisation import QuantisationError, flatten
from common.secure_aggregation.server import AbortError

# Celles qui regardent chaque mise à jour, ou en calculent autre chose qu'une moyenne pondérée par les effectifs.
NOT_A_MEAN = (
    flower.Bulyan,
    flower.FedMedian,
    flower.FedTrimmedAvg,
    flower.FedXgbBagging,
    flower.FedXgbCyclic,
    flower.MultiKrum,
    flower.QFedAvg,
)


@dataclass
class RoundReport:
    """Ce que le serveur sait d'un tour. participants et survivors : des numéros d'annuaire ; num_examples : le total.

    error_bound : la borne prouvée de l'écart, par paramètre, à la moyenne exacte (hors bruit et écrêtage).
    refusals : par nœud, pourquoi un message a été écarté. aborted : pourquoi le tour n'a rien publié, ou `None`.
    """

    server_round: int
    participants: tuple[int, ...] = ()
    survivors: tuple[int, ...] = ()
    num_examples: int = 0
    error_bound: float = 0.0
    refusals: dict[int, str] = field(default_factory=dict)
    aborted: str | None = None


class SecureAggregation(Strategy):
    """Fait de `strategy` (FedAvg, FedProx, FedAdam…) une stratégie qui ne voit jamais la mise à jour d'un client.

    identities : l'annuaire des clés publiques Ed25519 (voyez `keyring`). encoding : `Weighted`, ou `Private` pour y
    joindre la confidentialité différentielle de client. threshold : combien de clients doivent aller au bout ; par
    défaut ⌊2n/3⌋ + 1, qui tient contre un serveur malveillant aidé de moins d'un tiers des clients, et au moins 3, car
    de la somme de deux chacun déduit la mise à jour de l'autre. on_abort : quand il reste trop peu de clients, « stop »
    lève `AbortError`, « skip » saute le tour : le modèle reste ce qu'il était, et `rounds` le dit. Chaque étape a le
    délai d'un tour de Flower.

    La stratégie enrobée choisit les clients, règle leur entraînement, puis reçoit une réponse par survivant, toutes la
    même : la moyenne. Elle sait donc qui a répondu, et rien d'autre. Erreur : `ValueError` si elle a besoin de chaque
    mise à jour (médiane, Krum…). EN CLAIR : l'évaluation, qui passe telle quelle, mesures et effectifs de test compris.
    """

    def __init__(
        self,
        strategy: Strategy,
        identities: tuple[bytes, ...],
        encoding: Encoding,
        *,
        threshold: int | None = None,
        on_abort: Literal["stop", "skip"] = "stop",
    ) -> None:
        if not isinstance(strategy, FedAvg) or isinstance(strategy, NOT_A_MEAN):
            raise ValueError(
                f"{type(strategy).__name__} regarde chaque mise à jour, et l'agrégation sécurisée n'en montre que la "
                "moyenne. Prenez FedAvg, FedProx, FedAvgM, FedAdam, FedAdagrad ou FedYogi."
            )
        if on_abort not in ("stop", "skip"):
            raise ValueError(f'on_abort vaut « {on_abort} » : écrivez "stop" ou "skip".')
        self.strategy, self.identities, self.encoding = strategy, identities, encoding
        self.threshold, self.on_abort = threshold, on_abort
        self.weighted_by_key = strategy.weighted_by_key
        self.rounds: list[RoundReport] = []
        self._timeout = 3600.0
        self._session = b""
        self._numbers: dict[int, int] = {}
        self._current: GridRound | None = None
        self._rdp = np.zeros(len(INTEGER_ALPHAS))

    def start(
        self, grid: Grid, initial_arrays: ArrayRecord, num_rounds: int = 3, timeout: float = 3600, **options
    ) -> Result:
        """Déroule l'entraînement, comme `Strategy.start` ; `timeout` vaut aussi pour chaque étape du protocole."""
        self._timeout, self._session, self._numbers = timeout, b"", {}
        return super().start(grid, initial_arrays, num_rounds, timeout, **options)

    def summary(self) -> None:
        """Écrit les réglages de la stratégie enrobée."""
        self.strategy.summary()

    def configure_train(
        self, server_round: int, arrays: ArrayRecord, config: ConfigRecord, grid: Grid
    ) -> Iterable[Message]:
        """Étapes 1 et 2 : les clés et les parts ; rend les ordres d'entraînement de la stratégie enrobée."""
        orders = {
            order.metadata.dst_node_id: order
            for order in self.strategy.configure_train(server_round, arrays, config, grid)
        }
        self.rounds.append(RoundReport(server_round))
        if not orders:
            return []
        self._session = self._session or new_session(next(iter(orders.values())).metadata.run_id)
        post = Post(grid, self._timeout, server_round)
        try:
            return self._open(post, orders)
        except AbortError as error:
            self._abort(error)
            return []

    def aggregate_train(
        self, server_round: int, replies: Iterable[Message]
    ) -> tuple[ArrayRecord | None, MetricRecord | None]:
        """Étapes 3 à 5 : démasque la somme, et donne la moyenne à la stratégie enrobée."""
        if self._current is None:  # personne à entraîner, ou tour sauté
            return None, None
        try:
            averaged = self._finish(self._current, replies)
        except AbortError as error:
            self._abort(error)
            return None, None
        self._current = None
        return self.strategy.aggregate_train(server_round, averaged)

    def configure_evaluate(
        self, server_round: int, arrays: ArrayRecord, config: ConfigRecord, grid: Grid
    ) -> Iterable[Message]:
        """Celle de la stratégie enrobée, inchangée."""
        return self.strategy.configure_evaluate(server_round, arrays, config, grid)

    def aggregate_evaluate(self, server_round: int, replies: Iterable[Message]) -> MetricRecord | None:
        """Celle de la stratégie enrobée, inchangée."""
        return self.strategy.aggregate_evaluate(server_round, replies)

    def epsilon(self, delta: float) -> float:
        """Rend l'ε d'un client présent à tous les tours ouverts jusqu'ici, avortés compris, pour ce δ.

        Cas limite : avec `Weighted`, l'infini dès le premier tour.
        """
        return epsilon_from_rdp(self._rdp, INTEGER_ALPHAS, delta) if self._rdp.any() else 0.0

    def _open(self, post: Post, orders: dict[int, Message]) -> list[Message]:
        report = self.rounds[-1]
        known = self._known(post, orders)
        report.participants = tuple(known)
        ordered = [orders[node] for node in known.values()]
        announcement = self._announce(report.server_round, known, next(iter(orders.values())))
        self._current = GridRound(post, announcement, self.identities, ordered)
        report.refusals = self._current.refusals
        self._rdp += self._spent(self._current.parameters)
        return self._current.open()

    def _known(self, post: Post, nodes: Iterable[int]) -> dict[int, int]:
        """Rend, par numéro d'annuaire croissant, les nœuds dont l'identité est prouvée ; ne la demande qu'une fois."""
        if unknown := [node for node in nodes if node not in self._numbers]:
            self._numbers |= identify(post, unknown, self._session, self.identities)
        return dict(sorted((self._numbers[node], node) for node in nodes if node in self._numbers))

    def _announce(self, server_round: int, known: dict[int, int], order: Message) -> Announcement:
        threshold = max(3, safe_threshold(len(known))) if self.threshold is None else self.threshold
        if len(known) < threshold:
            raise AbortError(
                f"{len(known)} clients de l'annuaire, il en faut {threshold} : aucune somme n'est publiée."
            )
        length = flatten(numpy_arrays(arrays_of(order)[1])).size + 1  # et l'effectif
        return Announcement(
            self._session,
            server_round,
            tuple(known),
            threshold,
            length,
            self.weighted_by_key,
            self.encoding,
            digest(order.content),
        )

    def _spent(self, parameters: Parameters) -> np.ndarray:
        if isinstance(self.encoding, Private):
            return self.encoding.rdp(parameters, INTEGER_ALPHAS)
        return np.full(len(INTEGER_ALPHAS), np.inf)

    def _finish(self, current: GridRound, replies: Iterable[Message]) -> list[Message]:
        total = current.finish(replies)
        quantiser, report, survivors = (
            self.encoding.quantiser(current.parameters),
            self.rounds[-1],
            current.server.survivors,
        )
        try:
            mean, report.num_examples = quantiser.decode_sum(total)
        except QuantisationError as error:
            raise AbortError(str(error)) from error
        report.survivors = tuple(report.participants[client] for client in sorted(survivors))
        report.error_bound = quantiser.error_bound(report.num_examples, len(survivors))
        return current.averaged(mean, report.num_examples)

    def _abort(self, error: AbortError) -> None:
        report = self.rounds[-1]
        reasons = "".join(f" Le nœud {node} : {reason}" for node, reason in report.refusals.items())
        self._current, report.aborted = None, f"Tour {report.server_round} : {error}{reasons}"
        if self.on_abort == "stop":
            raise AbortError(report.aborted) from error


def new_session(run_id: int) -> bytes:
    """Tire une session : le numéro de l'entraînement, que chaque nœud vérifie, et 16 octets au hasard."""
    return run_bytes(run_id) + secrets.token_bytes(SESSION_BYTES - 8)
