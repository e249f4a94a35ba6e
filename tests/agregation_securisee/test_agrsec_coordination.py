"""Le chef d'orchestre, sans réseau : quelles que soient les pannes, ce qui est publié est juste, ou rien ne l'est."""

import secrets
import sqlite3
import tempfile
from pathlib import Path

import numpy as np
import pytest
from agrsec_bench import CLIENTS, FERNET, Bench
from hypothesis import event, given, settings
from hypothesis import strategies as st

from semaine_6_a_8.agregation_securisee.coordination import Refusal
from semaine_6_a_8.agregation_securisee.cryptage import FernetSender
from semaine_6_a_8.agregation_securisee.pannes import known_start
from semaine_6_a_8.agregation_securisee.registre import Registry
from semaine_6_a_8.agregation_securisee.reglages import Agreement

FAULTS = (*["parle"] * 12, *["tous"] * 8, "répète", "zéros", "bruit", "trop tôt", "délai", "reprise")


@pytest.fixture(params=["fernet", "protocole"])
def bench(request, tmp_path):
    return Bench(request.param, tmp_path)


def play_round(bench, clients=range(CLIENTS)):
    for _ in bench.steps:
        for client in clients:
            bench.speak(client)
        bench.coordinator.tick()


@pytest.mark.parametrize("mode", ["fernet", "protocole"])
@settings(max_examples=60, deadline=None)
@given(story=st.lists(st.tuples(st.sampled_from(FAULTS), st.integers(0, CLIENTS - 1)), min_size=15, max_size=60))
def test_whatever_happens_what_is_published_is_right_or_nothing_is(mode, story):
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        bench = Bench(mode, Path(folder))
        for fault, client in story:
            bench.suffer(fault, client)
        for _ in range(2 * len(bench.steps)):  # et la fin vient toujours, même si plus personne ne parle
            bench.deadline()
        assert bench.coordinator.finished
        bench.check()
        event(f"publiés : {sum(not report['abandon'] for report in bench.registry.reports())}")
        bench.registry.close()


def test_a_restart_after_every_message_changes_nothing(bench):
    for _ in bench.steps:
        for client in range(CLIENTS):
            bench.speak(client)
            bench.restart()
        bench.coordinator.tick()
    bench.check()
    assert [report["participants"] for report in bench.registry.reports()] == [[0, 1, 2, 3]]


def test_a_death_while_publishing_publishes_all_or_nothing(bench, monkeypatch):
    def die(server_round, model):
        raise sqlite3.OperationalError("disque plein")

    monkeypatch.setattr(bench.registry, "open_round", die)
    with pytest.raises(sqlite3.OperationalError):
        play_round(bench)
    assert bench.registry.reports() == []
    bench.restart()
    bench.coordinator.tick()
    bench.check()
    assert [report["participants"] for report in bench.registry.reports()] == [[0, 1, 2, 3]]


def test_the_same_bytes_are_accepted_again_and_others_are_not(bench):
    bench.speak(0)
    client, server_round, stage, body = bench.last[0]
    bench.coordinator.put(client, server_round, stage, body)
    with pytest.raises(Refusal) as refusal:
        bench.coordinator.put(client, server_round, stage, body + b"\0")
    assert refusal.value.status == 409
    play_round(bench)
    with pytest.raises(Refusal) as refusal:
        bench.coordinator.put(client, server_round, stage, bytes(50))
    assert refusal.value.status == 409
    bench.coordinator.put(client, server_round, stage, body)  # même après la fin du tour
    bench.check()


@pytest.mark.parametrize(("server_round", "stage", "status"), [(2, 0, 404), (0, 0, 410), (1, "inconnue", 404)])
def test_what_is_not_the_open_stage_is_refused(bench, server_round, stage, status):
    with pytest.raises(Refusal) as refusal:
        bench.coordinator.put(0, server_round, bench.steps[stage] if stage == 0 else stage, b"x")
    assert refusal.value.status == status


def test_a_later_stage_is_not_open_and_a_closed_one_is_over(tmp_path):
    bench = Bench("protocole", tmp_path)
    with pytest.raises(Refusal) as early:
        bench.coordinator.put(0, 1, "masque", b"x")
    for client in range(3):
        bench.speak(client)
    bench.deadline()
    with pytest.raises(Refusal) as late:
        bench.coordinator.put(3, 1, "cles", b"x")
    assert (early.value.status, late.value.status) == (409, 410)


def test_a_message_the_round_refuses_is_not_kept(bench):
    with pytest.raises(Refusal) as refusal:
        bench.coordinator.put(0, 1, bench.steps[0], bytes(300))
    assert refusal.value.status == 422
    play_round(bench)  # le même client peut encore envoyer un vrai message
    bench.check()
    assert bench.registry.reports()[0]["participants"] == [0, 1, 2, 3]


def test_two_clients_of_four_publish_nothing_and_the_next_round_starts(bench):
    for _ in bench.steps:
        for client in (0, 1):
            bench.suffer("parle", client)
        bench.deadline()
        if bench.coordinator.state()["tour"] == 2:
            break
    report = bench.registry.reports()[0]
    assert "il en faut 3" in report["abandon"] and report["participants"] == []
    play_round(bench)
    bench.check()
    assert bench.coordinator.finished and bench.registry.reports()[1]["participants"] == [0, 1, 2, 3]


def test_a_silent_client_is_waited_for_once_and_welcome_back(bench):
    for client in range(3):
        bench.speak(client)
    bench.deadline()  # personne n'attend plus le client 3
    for _ in bench.steps[1:]:
        for client in range(3):
            bench.speak(client)
        bench.coordinator.tick()
    assert bench.coordinator.state()["tour"] == 2
    assert bench.registry.reports()[0]["absents"] == [3]
    bench.coordinator.model(3, 2)  # il revient : il demande le modèle du tour ouvert, et sera attendu
    for client in range(3):
        bench.speak(client)
    bench.coordinator.tick()
    assert bench.coordinator.state()["etape"] == bench.steps[0]
    for _ in bench.steps:
        for client in reversed(range(CLIENTS)):
            bench.suffer("parle", client)
    bench.check()
    assert 3 in bench.registry.reports()[1]["participants"]


def test_a_silent_client_is_not_waited_for_twice(bench):
    for turn in (1, 2):
        for rank in range(len(bench.steps)):
            for client in range(3):
                bench.speak(client)
            if (turn, rank) == (1, 0):
                bench.deadline()  # la seule attente des deux tours
            bench.coordinator.tick()
    assert bench.coordinator.finished
    assert [report["participants"] for report in bench.registry.reports()] == [[0, 1, 2]] * 2


def test_contents_are_erased_at_the_end_of_a_round_but_not_fingerprints(bench):
    bench.speak(0)
    body = bench.last[0][3]
    on_disk = lambda: b"".join(path.read_bytes() for path in bench.path.parent.iterdir())  # noqa: E731
    assert body in on_disk()
    play_round(bench)
    assert bench.registry.reports() and body not in on_disk()
    rows = bench.registry._base.execute("SELECT contenu IS NULL, length(empreinte) FROM messages").fetchall()
    assert rows == [(1, 32)] * (CLIENTS * len(bench.steps))


def test_a_base_of_another_session_is_refused(bench):
    with pytest.raises(ValueError, match="autre session"):
        Registry(bench.path, secrets.token_hex(16))


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e6])
def test_fernet_refuses_what_is_not_an_update(tmp_path, value):
    bench = Bench("fernet", tmp_path)
    for update in ({"poids": np.full(20, value, np.float32)}, {"poids": np.zeros(1, np.float32)}, {}):
        with pytest.raises(Refusal) as refusal:
            bench.coordinator.put(0, 1, "mise-a-jour", FernetSender(FERNET[0], update, 5).message("", b""))
        assert refusal.value.status == 422


@pytest.mark.parametrize("count", [0, -1, 10**9])
def test_fernet_refuses_an_impossible_number_of_examples(tmp_path, count):
    bench = Bench("fernet", tmp_path)
    token = FernetSender(FERNET[0], known_start(), count).message("", b"")
    with pytest.raises(Refusal, match="effectif"):
        bench.coordinator.put(0, 1, "mise-a-jour", token)


def test_fernet_refuses_a_token_of_another_client(tmp_path):
    bench = Bench("fernet", tmp_path)
    with pytest.raises(Refusal) as refusal:
        bench.coordinator.put(0, 1, "mise-a-jour", FernetSender(FERNET[1], known_start(), 5).message("", b""))
    assert refusal.value.status == 422


@pytest.mark.parametrize(("change", "reason"), [({"mode": "clair"}, "Mode"), ({"threshold": 1}, "Seuil")])
def test_impossible_settings_are_refused(change, reason):
    fields = {"session": "00" * 16, "mode": "fernet", "identities": ["00", "11"], "threshold": 2}
    with pytest.raises(ValueError, match=reason):
        Agreement(**(fields | {"num_rounds": 1, "learning_s": 1, "stage_s": 1} | change))
