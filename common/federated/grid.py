"""Une grille Flower dans le processus : chaque message appelle aussitôt le `ClientApp`, sans serveur ni Ray.

C'est le seul fichier du cours qui touche aux modules privés de Flower (`flwr.supercore`) ;
`tests/federated/test_grid.py` échoue si une nouvelle version les déplace.
"""

import logging
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager

from flwr.app import Context, Error, Message, MetricRecord, RecordDict
from flwr.serverapp import Grid
from flwr.supercore.logger import FLOWER_LOGGER
from flwr.supercore.task_identity import TaskIdentity

from common.federated.engine import Outcome, Runner
from common.federated.history import History
from common.federated.replies import find_fault

RUN_ID = TASK_ID = 1
SERVER_NODE_ID = 0
FIRST_NODE_ID = 1


class FederatedError(RuntimeError):
    """Un centre a rendu une réponse inutilisable ; le message dit lequel, à quel tour et pourquoi."""


@contextmanager
def flower_session() -> Iterator[None]:
    """Donne à Flower l'identité qu'il exige pour créer des messages et tait son journal ; rend tout en sortant."""
    level = FLOWER_LOGGER.level
    names = ("_run_id", "_task_id", "_node_id")
    identity = [getattr(TaskIdentity, name) for name in names]
    FLOWER_LOGGER.setLevel(logging.CRITICAL)
    TaskIdentity.run_id, TaskIdentity.task_id, TaskIdentity.node_id = RUN_ID, TASK_ID, SERVER_NODE_ID
    try:
        yield
    finally:
        FLOWER_LOGGER.setLevel(level)
        for name, value in zip(names, identity, strict=True):
            setattr(TaskIdentity, name, value)


def make_message(content: RecordDict, message_type: str = "train") -> Message:
    """Crée, pour l'examiner, l'ordre qu'un serveur enverrait au premier nœud ; `message_type` : train ou evaluate."""
    with flower_session():
        return Message(content, FIRST_NODE_ID, message_type)


class InProcessGrid(Grid):
    """Fait répondre, dans ce processus, un `ClientApp` non modifié pour chaque nœud ; `run` dit comment (`engine`).

    Le nœud `i + 1` est le centre `names[i]`, dans `partition-id`. `Context.state` vit par nœud, le temps d'un
    entraînement. Chaque réponse est contrôlée avant qu'une stratégie la voie ; mesures et pannes vont dans `history`.
    """

    def __init__(self, run: Runner, names, history: History, *, seed: int, on_error: str) -> None:
        self._run, self._names, self._history = run, names, history
        self._seed, self._on_error = seed, on_error
        self.states: dict[int, RecordDict] = {}
        self._replies: dict[str, Message] = {}
        self._metric_names: dict[tuple[str, int], set[str]] = {}
        self.weight_key = "num-examples"

    def get_node_ids(self) -> Iterable[int]:
        """Énumère les nœuds : 1 … nombre de centres."""
        return range(1, len(self._names) + 1)

    def send_and_receive(self, messages: Iterable[Message], *, timeout: float | None = None) -> list[Message]:
        """Appelle chaque client et rend les réponses triées par centre ; `timeout` n'a pas d'objet ici."""
        ordered = sorted(messages, key=lambda message: message.metadata.dst_node_id)
        orders = [(message, self._context(message.metadata.dst_node_id)) for message in ordered]
        with closing(self._run(orders)) as outcomes:  # au premier refus, les clients qui attendent sont annulés
            return [self._accept(*order, outcome) for order, outcome in zip(orders, outcomes, strict=True)]

    def push_messages(self, messages: Iterable[Message]) -> list[str]:
        """Fait répondre les clients tout de suite et garde leurs réponses sous un identifiant."""
        first = len(self._replies)
        pushed = {str(first + k): reply for k, reply in enumerate(self.send_and_receive(messages))}
        self._replies.update(pushed)
        return list(pushed)

    def pull_messages(self, message_ids: Iterable[str]) -> list[Message]:
        """Rend les réponses gardées par `push_messages`."""
        return [self._replies[message_id] for message_id in message_ids]

    def create_message(self, content, message_type, dst_node_id, group_id, ttl=None) -> Message:
        """Crée un message adressé à un nœud (ancienne manière de Flower)."""
        return Message(content, dst_node_id, message_type, group_id=group_id, ttl=ttl)

    def set_run(self, run) -> None:
        """Ne fait rien : un entraînement dans le processus n'est pas enregistré auprès d'un SuperLink."""

    @property
    def run(self):
        """Refuse : il n'y a pas de `Run` dans le processus."""
        raise NotImplementedError("Dans le processus il n'y a pas de Run : utilisez `flwr run` pour en avoir un.")

    def _accept(self, instruction: Message, context: Context, outcome: Outcome) -> Message:
        """Contrôle ce qu'un client a rendu, le note, et garde son état."""
        if isinstance(outcome, Exception):
            return self._refuse(instruction, f"le client a levé {type(outcome).__name__} : {outcome}", outcome)
        try:
            fault = find_fault(instruction, outcome, self.weight_key) or self._find_other_metrics(instruction, outcome)
        except Exception as error:
            return self._refuse(instruction, f"la réponse est illisible ({error})", error)
        if fault is not None:
            return self._refuse(instruction, fault, None)
        if len(context.state) > 0:
            self.states[context.node_id] = context.state
        self._record(instruction, outcome)
        return outcome

    def _context(self, node_id: int) -> Context:
        node_config = {"partition-id": node_id - 1, "num-partitions": len(self._names)}
        state = self.states.get(node_id) or RecordDict()
        return Context(RUN_ID, node_id, node_config, state, {"seed": self._seed})

    def _find_other_metrics(self, instruction: Message, reply: Message) -> str | None:
        """Les mesures d'un tour portent les noms de la première bonne réponse : Flower ne moyenne rien d'autre."""
        names = {name for record in reply.content.metric_records.values() for name in record}
        step = (instruction.metadata.message_type, server_round_of(instruction))
        expected = self._metric_names.setdefault(step, names)
        return None if names == expected else f"les mesures sont {sorted(names)}, celles des autres {sorted(expected)}"

    def _refuse(self, instruction: Message, fault: str, cause: Exception | None) -> Message:
        center = self._names[instruction.metadata.dst_node_id - 1]
        server_round = server_round_of(instruction)
        if self._on_error == "stop":
            raise FederatedError(
                f"Tour {server_round}, centre « {center} » : {fault}. "
                'Corrigez ce client, ou passez on_error="skip" pour continuer sans lui.'
            ) from cause
        self._history.failure_rows.append((server_round, center, fault))
        return Message(Error(code=0, reason=fault), reply_to=instruction)

    def _record(self, instruction: Message, reply: Message) -> None:
        split = {"train": "train", "evaluate": "test"}.get(instruction.metadata.message_type)
        for record in reply.content.metric_records.values() if split else ():
            center = self._names[instruction.metadata.dst_node_id - 1]
            self._history.rows += metric_rows(server_round_of(instruction), center, split, record, self.weight_key)


def metric_rows(server_round: int, center: str, split: str, record: MetricRecord, weight_key: str) -> list[tuple]:
    """Étale un `MetricRecord` en lignes d'historique, une par mesure simple."""
    count = record.get(weight_key)
    scalars = {k: v for k, v in record.items() if k != weight_key and not isinstance(v, list)}
    return [(server_round, center, split, metric, value, count) for metric, value in scalars.items()]


def server_round_of(message: Message) -> int:
    """Lit le numéro du tour dans la configuration d'un message (0 quand la stratégie ne le dit pas)."""
    return next((int(c["server-round"]) for c in message.content.config_records.values() if "server-round" in c), 0)
