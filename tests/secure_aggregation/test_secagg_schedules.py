"""Mille calendriers au hasard : retards, disparitions, doublons, messages abîmés ; jamais une somme fausse."""

from collections import Counter

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from secagg_rounds import exact_sum, make_clients, make_parameters, make_vectors

from common.secure_aggregation import AbortError, ProtocolError, Server, Stage
from common.secure_aggregation.messages import decode, encode
from common.secure_aggregation.rehearsal import answer
from common.secure_aggregation.server import KINDS

OUTCOMES: Counter[str] = Counter()


class Schedule(RuleBasedStateMachine):
    """Un réseau capricieux entre de vrais clients et un vrai serveur ; tout passe par les octets."""

    @initialize(num_clients=st.integers(7, 10), slack=st.integers(0, 5), degree=st.sampled_from([None, None, 6]))
    def start(self, num_clients, slack, degree):
        """Un tour neuf."""
        holders = num_clients if degree is None else degree + 1
        self.parameters = make_parameters(num_clients, max(2, holders - slack), degree=degree)
        self.clients, self.vectors = make_clients(self.parameters), make_vectors(self.parameters, slack)
        self.server, self.aborted = Server(self.parameters), False
        self.orders = dict.fromkeys(range(num_clients))
        self.sent: dict[int, bytes] = {}
        self.masked: set[int] = set()

    @property
    def running(self) -> bool:
        return not self.aborted and self.server.stage is not Stage.DONE

    @precondition(lambda self: not self.running)
    @rule(num_clients=st.integers(7, 10), slack=st.integers(0, 5))
    def again(self, num_clients, slack):
        """Le tour est fini, ou arrêté : un autre commence."""
        self.start(num_clients, slack, None)

    @precondition(lambda self: self.running)
    @rule(picks=st.sets(st.integers(0, 9), min_size=5))
    def deliver(self, picks):
        """Ces clients répondent ; ceux qui ont déjà parlé répètent leurs octets, et le serveur refuse."""
        for number in picks & self.orders.keys():
            stage = self.server.stage
            if number in self.sent:
                self.refused(number, self.sent[number])
                continue
            try:
                message = answer(self.clients[number], stage, self.orders[number], self.vectors[number])
            except ProtocolError:  # dans un graphe creux, un client peut se trouver seul : il se tait
                assert self.parameters.degree is not None
                continue
            self.sent[number] = encode(message, self.parameters)
            self.server.receive(number, decode(KINDS[stage], self.sent[number], self.parameters))
            if stage is Stage.MASKED:
                self.masked.add(number)

    @precondition(lambda self: self.running)
    @rule(number=st.integers(0, 9), noise=st.binary(max_size=80), position=st.integers(0, 2**16))
    def corrupt(self, number, noise, position):
        """Des octets au hasard, ou un message vrai dont un octet a changé, ne changent rien au serveur."""
        self.refused(number, noise)
        for known in self.sent.values():
            at = position % len(known)
            self.refused(number, known[:at] + bytes([known[at] ^ 1]) + known[at + 1 :])

    @precondition(lambda self: self.running)
    @rule()
    def close(self):
        """Le délai est passé : qui n'a pas parlé a disparu."""
        try:
            self.orders = self.server.close()
        except AbortError:
            self.aborted = True
        self.sent = {}
        if not self.running:
            OUTCOMES["arrêté" if self.aborted else f"{len(self.server.survivors)} survivants"] += 1

    def refused(self, number, data):
        before = self.server._sum.copy(), dict(self.server.received)
        try:
            self.server.receive(number, decode(KINDS[self.server.stage], data, self.parameters))
        except ProtocolError:
            assert np.array_equal(self.server._sum, before[0]) and self.server.received == before[1]
        else:
            raise AssertionError("un message abîmé ou répété a été accepté")

    @invariant()
    def nothing_is_published_but_the_exact_sum(self):
        if not hasattr(self, "server") or self.server.stage is not Stage.DONE:
            assert getattr(self, "server", None) is None or self.server.total is None
            return
        assert self.server.survivors == self.masked
        assert len(self.masked) >= min(self.parameters.threshold, self.parameters.num_clients)
        assert np.array_equal(self.server.total, exact_sum(self.vectors, self.masked))

    def teardown(self):
        """Va au bout avec ceux qui restent : le tour finit par la somme exacte, ou s'arrête."""
        while hasattr(self, "server") and self.running:
            self.deliver(set(range(10)))
            self.close()
            self.nothing_is_published_but_the_exact_sum()


def test_a_thousand_schedules_publish_the_exact_sum_or_nothing():
    OUTCOMES.clear()
    patient = settings(
        max_examples=400,  # chacun joue plusieurs tours, donc plusieurs calendriers
        stateful_step_count=12,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow],
    )
    run_state_machine_as_test(Schedule, settings=patient)
    published = {name: count for name, count in OUTCOMES.items() if name != "arrêté"}
    assert OUTCOMES.total() >= 1000 and len(published) >= 4, OUTCOMES
    assert sum(published.values()) >= 300 and OUTCOMES["arrêté"] >= 100, OUTCOMES
