"""Le serveur HTTPS face à n'importe qui : un refus net, jamais une erreur interne, jamais une attente sans fin."""

import contextlib
import json
import socket
import sqlite3
import ssl
import threading
import time

import numpy as np
import pytest
import requests

from semaine_6_a_8.agregation_securisee import server as program
from semaine_6_a_8.agregation_securisee import signature, transport
from semaine_6_a_8.agregation_securisee.client import Link, ServerLost
from semaine_6_a_8.agregation_securisee.cryptage import FernetSender, ProtocolSender, parameters, stages
from semaine_6_a_8.agregation_securisee.lancement import Classic
from semaine_6_a_8.agregation_securisee.pannes import known_start, known_update
from semaine_6_a_8.deploiement import processus, securite

HOST = processus.LOOPBACK
LONG_S = 60.0  # ce que dure une attente que rien n'abrège
SOON_S = 30.0  # ce que ne dépasse pas, même sur une machine chargée, ce qui n'attend personne


@pytest.fixture(params=["fernet", "protocole"])
def site(request, tmp_path, monkeypatch):
    """Un serveur dans ce processus, cinq clients inscrits, aucun délai qui passe."""
    for name in ("REQUEST_S", "SOCKET_S"):
        monkeypatch.setattr(transport, name, LONG_S)
    settings = {"mode": request.param, "threshold": 4, "num_rounds": 1, "learning_s": 1e6, "stage_s": 1e6}
    classic = Classic(tmp_path, known_start(), 5, **settings)
    agreement, coordinator = program.load_coordinator(tmp_path / "serveur")
    app = program.create_app(agreement, coordinator)
    web = transport.https_server(app, (HOST, classic.port), tmp_path / "serveur", 2 * coordinator.max_bytes)
    web.prepare()
    threading.Thread(target=web.serve, daemon=True).start()
    classic.web, classic.coordinator = web, coordinator
    yield classic
    web.stop()


@pytest.fixture
def first(site):
    """Le chemin de la première étape du tour 1."""
    return f"/tours/1/{stages(site.agreement.mode)[0]}"


def ask(site, method, path, *, number=0, body=b"", **changes):
    """Fait une requête signée, dont on peut changer un morceau après coup."""
    identity = site.link(number).identity
    signed = changes.get("signed", (method, path, body))
    session = changes.get("session", site.agreement.session)
    headers = signature.headers(identity.private, number, (session, *signed))
    headers |= {"Content-Type": "application/octet-stream"} | changes.get("headers", {})
    ca = str(site.folder / "serveur" / "ca.pem")
    return requests.request(method, site.address + path, data=body, headers=headers, verify=ca, timeout=20)


def valid_body(site, number=0):
    update, count = known_update(number, 1)
    identity = site.link(number).identity
    if site.agreement.mode == "fernet":
        return FernetSender(identity.fernet, update, count).message("", b"")
    rules = parameters(site.agreement, known_start(), 1)
    return ProtocolSender(site.agreement, rules, (number, identity.private), update, count).message("cles", b"")


def refused(answer, status):
    """Vrai si c'est le refus attendu, avec une raison en JSON."""
    return answer.status_code == status and len(answer.json()["raison"]) > 10


def test_a_valid_message_is_accepted_twice_and_another_is_refused(site, first):
    body = valid_body(site)
    assert [ask(site, "POST", first, body=body).status_code for _ in range(2)] == [200, 200]
    assert refused(ask(site, "POST", first, body=valid_body(site)), 409)
    assert ask(site, "GET", first).status_code == 204


def test_a_body_that_means_nothing_is_refused(site, first):
    for size in (0, 1, 100, 900):
        for body in (bytes(size), np.random.default_rng(size).bytes(size), b"A" * size):
            assert refused(ask(site, "POST", first, body=body), 422), body[:20]


def test_a_body_with_one_flipped_bit_is_refused(site, first):
    body = bytearray(valid_body(site))
    for position in range(0, len(body), 7):
        body[position] ^= 1
        answer = ask(site, "POST", first, body=bytes(body))
        body[position] ^= 1
        assert answer.status_code in (409, 422), position


def test_a_giant_body_is_refused_announced_or_not(site, first):
    giant = bytes(50_000_000)
    assert refused(ask(site, "POST", first, body=bytes(site.coordinator.max_bytes + 1)), 413)
    for body in (giant, (giant[:10_000] for _ in range(500))):  # d'un bloc, puis par morceaux non annoncés
        with contextlib.suppress(requests.ConnectionError):  # le serveur a pu raccrocher avant la fin de l'envoi
            assert 400 <= ask(site, "POST", first, body=body, signed=("POST", first, giant)).status_code < 500
    assert ask(site, "POST", first, body=valid_body(site)).status_code == 200


def test_a_giant_body_that_nobody_wants_is_not_read(site):
    """Sans limite dans cheroot, un 404 attendrait les dix gigaoctets annoncés, en mémoire."""
    with tls_connection(site) as connection:
        connection.sendall(b"POST /ailleurs HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000000\r\n\r\n")
        connection.settimeout(SOON_S)
        assert b" 413 " in connection.recv(1000)


WRONG = [
    ("GET", "/", 404),
    ("GET", "/tours/1", 404),
    ("POST", "/tours/un/cles", 404),
    ("POST", "/tours/-1/cles", 404),
    ("POST", "/tours/99999999999999999999999/cles", 404),
    ("POST", "/tours/2/inconnue", 404),
    ("GET", "/tours/1/inconnue", 404),
    ("GET", "/modele/2", 404),
    ("GET", "/modele/99999999999999999999999", 404),
    ("GET", "/tours/0/cles", 410),
    ("PUT", "/tours/1/cles", 405),
    ("DELETE", "/etat", 405),
    ("POST", "/modele/1", 405),
]


def test_wrong_addresses_and_methods_are_refused(site):
    for method, path, status in WRONG:
        assert refused(ask(site, method, path), status), path


def test_a_wrong_content_type_is_refused(site, first):
    for kind in ("application/json", "multipart/form-data; boundary=x", "", "application/x-python-pickle"):
        assert refused(ask(site, "POST", first, body=valid_body(site), headers={"Content-Type": kind}), 415)


def test_who_speaks_is_checked_on_every_part_of_the_request(site, first):
    body = valid_body(site)
    other = "/tours/2" + first[len("/tours/1") :]
    changes = [
        {"signed": ("GET", first, body)},
        {"signed": ("POST", other, body)},
        {"signed": ("POST", first, body + b"\0")},
        {"session": "00" * 16},
        {"headers": {"X-Client": "1"}},
        {"headers": {"X-Client": "5"}},
        {"headers": {"X-Client": "-1"}},
        {"headers": {"X-Client": "1e3"}},
        {"headers": {"X-Client": "9" * 5000}},
        {"headers": {"X-Client": ""}},
        {"headers": {"X-Signature": ""}},
        {"headers": {"X-Signature": "A" * 88}},
        {"headers": {"X-Signature": "%%%"}},
    ]
    for change in changes:
        assert refused(ask(site, "POST", first, body=body, **change), 401), change
    assert refused(ask(site, "GET", "/modele/1", headers={"X-Signature": ""}), 401)
    assert site.coordinator.state()["etape"] == stages(site.agreement.mode)[0]
    assert ask(site, "POST", first, body=body).status_code == 200


def test_anyone_can_read_the_state_and_nothing_more(site):
    ca = str(site.folder / "serveur" / "ca.pem")
    state = requests.get(site.address + "/etat", verify=ca, timeout=10).json()
    assert state == {"tour": 1, "etape": stages(site.agreement.mode)[0], "fini": False}


def test_silent_connections_hold_nobody_back(site):
    silent = [socket.create_connection((HOST, site.port)) for _ in range(3 * transport.THREADS)]
    start = time.monotonic()
    assert site.link(0).state()["tour"] == 1
    assert time.monotonic() - start < SOON_S
    for connection in silent:
        connection.close()


def test_a_request_that_drips_is_cut_at_its_deadline(site, monkeypatch):
    """Un octet de temps en temps ne dépasse aucun silence permis : seul le délai de la requête entière l'arrête."""
    monkeypatch.setattr(transport, "REQUEST_S", 1.0)
    connection = tls_connection(site)
    connection.sendall(b"POST /tours/1/cles HTTP/1.1\r\nX-Lent: ")
    dripping = threading.Thread(target=drip, args=(connection,), daemon=True)
    dripping.start()
    dripping.join(SOON_S)
    assert not dripping.is_alive()


def test_more_unfinished_requests_than_threads_delay_the_others_but_do_not_stop_them(site, monkeypatch):
    monkeypatch.setattr(transport, "REQUEST_S", 2.0)
    unfinished = [tls_connection(site) for _ in range(transport.THREADS)]
    for connection in unfinished:
        connection.sendall(b"POST /tours/1/cles HTTP/1.1\r\n")
    start = time.monotonic()
    assert site.link(0).state()["tour"] == 1
    assert time.monotonic() - start < SOON_S


def tls_connection(site):
    context = ssl.create_default_context(cafile=site.folder / "serveur" / "ca.pem")
    return context.wrap_socket(socket.create_connection((HOST, site.port)), server_hostname=HOST)


def drip(connection):
    """Envoie un octet toutes les 0,2 s, jusqu'à être coupé."""
    try:
        for _ in range(200):
            connection.sendall(b"x")
            time.sleep(0.2)
    except OSError:
        return


def test_what_is_not_tls_or_not_http_is_dropped(site, monkeypatch):
    monkeypatch.setattr(transport, "REQUEST_S", 1.0)
    for noise in (b"GET / HTTP/1.0\r\n\r\n", b"\x16\x03\x01\x02\x00", bytes(500)):
        with socket.create_connection((HOST, site.port)) as connection:
            connection.sendall(noise)
            connection.settimeout(SOON_S)
            with contextlib.suppress(ConnectionError):
                connection.recv(1000)
    monkeypatch.setattr(transport, "REQUEST_S", LONG_S)
    with tls_connection(site) as connection:
        connection.sendall(b"\0" * 300 + b"\r\n\r\n")
        assert b" 5" not in connection.recv(1000)[:12]
    assert site.link(0).state()["tour"] == 1


def test_the_client_refuses_a_server_that_its_authority_did_not_certify(site, tmp_path):
    other = tmp_path / "autre"
    other.mkdir()
    securite.write_certificates(other, HOST)
    known = site.link(0)
    assert known.state()["tour"] == 1
    link = Link(site.address, other / "ca.pem", site.agreement, known.identity)
    with pytest.raises(ServerLost, match="certificat"):
        link.state()


def test_an_internal_error_says_nothing_of_the_body(site, monkeypatch, capfd):
    def burst(*arguments):
        raise RuntimeError(f"secret {arguments}")

    monkeypatch.setattr(site.coordinator, "put", burst)
    answer = ask(site, "POST", "/tours/1/cles", body=b"secret")
    told = json.dumps(answer.json()) + "".join(capfd.readouterr())
    assert answer.status_code == 500 and "secret" not in told and "RuntimeError" in told


def test_a_disk_that_no_longer_writes_stops_the_server(site, first):
    site.coordinator._registry._base.execute("PRAGMA query_only = ON")
    assert refused(ask(site, "POST", first, body=valid_body(site)), 503)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        site.coordinator.tick()
    assert program.lead(site.coordinator) == 1


def test_a_stage_that_the_disk_could_not_close_accepts_nothing_more(site, first):
    """L'étape est close en mémoire, pas sur le disque : accepter la suite rendrait la reprise fausse."""
    site.coordinator._registry._base.execute("PRAGMA query_only = ON")
    site.coordinator._deadline = 0.0
    with pytest.raises(sqlite3.OperationalError):
        site.coordinator.tick()
    site.coordinator._registry._base.execute("PRAGMA query_only = OFF")
    assert refused(ask(site, "POST", first, body=valid_body(site)), 503)
