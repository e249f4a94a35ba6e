"""FedAvg pour de vrais hôpitaux : il contrôle chaque réponse, continue sans les muets, et n'attend jamais sans fin."""

from collections.abc import Iterable

from flwr.app import ArrayRecord, ConfigRecord, Message, MetricRecord, RecordDict
from flwr.serverapp import Grid
from flwr.serverapp.strategy import FedAvg

from common.federated.replies import find_fault


class TooFewHospitalsError(RuntimeError):
    """Il reste moins d'hôpitaux que `min_hospitals` ; le message dit à quel moment."""


class HospitalFedAvg(FedAvg):
    """FedAvg sur les hôpitaux qui répondent ; un hôpital muet ou fautif n'est plus appelé ensuite.

    La moyenne est celle de Flower, inchangée. Les minimums de Flower sont mis à zéro, car il attendrait sans fin de
    les atteindre ; `min_hospitals` les remplace et lève `TooFewHospitalsError`. L'évaluation n'a lieu qu'au tour
    `evaluated_round` (jamais si `None`). `report` garde, par étape, les mesures des nœuds qui ont répondu et la faute
    des autres. Cas limite : quand tous répondent, c'est `FedAvg`.
    """

    def __init__(self, evaluated_round: int | None, min_hospitals: int) -> None:
        super().__init__(min_train_nodes=0, min_evaluate_nodes=0, min_available_nodes=0)
        self.evaluated_round, self.min_hospitals = evaluated_round, min_hospitals
        self.lost: set[int] = set()
        self.report: list[dict] = []
        self._orders: dict[int, Message] = {}

    def configure_train(
        self, server_round: int, arrays: ArrayRecord, config: ConfigRecord, grid: Grid
    ) -> Iterable[Message]:
        """Prépare l'ordre d'entraînement de chaque hôpital encore présent."""
        return self._call("train", server_round, arrays, config, grid)

    def configure_evaluate(
        self, server_round: int, arrays: ArrayRecord, config: ConfigRecord, grid: Grid
    ) -> Iterable[Message]:
        """Prépare, au tour `evaluated_round` seulement, l'ordre d'évaluation de chaque hôpital encore présent."""
        if server_round != self.evaluated_round:
            return []
        return self._call("evaluate", server_round, arrays, config, grid)

    def aggregate_train(
        self, server_round: int, replies: Iterable[Message]
    ) -> tuple[ArrayRecord | None, MetricRecord | None]:
        """Moyenne les bonnes réponses, pesées par leurs effectifs."""
        return super().aggregate_train(server_round, self._sort_out("train", server_round, replies))

    def aggregate_evaluate(self, server_round: int, replies: Iterable[Message]) -> MetricRecord | None:
        """Moyenne les mesures des bonnes réponses."""
        if server_round != self.evaluated_round:
            return None
        return super().aggregate_evaluate(server_round, self._sort_out("evaluate", server_round, replies))

    def _call(self, step: str, server_round: int, arrays: ArrayRecord, config: ConfigRecord, grid: Grid) -> list:
        nodes = sorted(set(grid.get_node_ids()) - self.lost)
        self._require(len(nodes), f"avant l'étape « {step} » du tour {server_round}")
        config["server-round"] = server_round
        record = RecordDict({"arrays": arrays, "config": config})
        self._orders = {node: Message(record, node, step) for node in nodes}
        return list(self._orders.values())

    def _sort_out(self, step: str, server_round: int, replies: Iterable[Message]) -> list[Message]:
        """Écarte les réponses fautives, note les muets, et rend les bonnes réponses triées par nœud."""
        received = {reply.metadata.src_node_id: reply for reply in replies}
        faults = {node: self._fault(order, received.get(node)) for node, order in self._orders.items()}
        lost = {node: fault for node, fault in faults.items() if fault}
        good = [received[node] for node, fault in faults.items() if not fault]
        answered = {reply.metadata.src_node_id: dict(reply.content["metrics"]) for reply in good}
        self.report.append({"round": server_round, "step": step, "answered": answered, "lost": lost})
        self.lost |= lost.keys()
        self._require(len(good), f"à l'étape « {step} » du tour {server_round}")
        return good

    def _fault(self, order: Message, reply: Message | None) -> str | None:
        return "pas de réponse dans le délai" if reply is None else find_fault(order, reply, self.weighted_by_key)

    def _require(self, count: int, when: str) -> None:
        if count < self.min_hospitals:
            raise TooFewHospitalsError(f"hôpitaux encore là {when} : {count}, il en faut {self.min_hospitals}")
