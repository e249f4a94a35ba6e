"""Ce que le serveur garde : avec le protocole, aucune mise à jour n'est nulle part, ni sur le disque ni en mémoire."""

import pickle

import numpy as np
import pytest
from agrsec_bench import CLIENTS, PRIVATE, Bench

from common.secure_aggregation.client import Client
from common.secure_aggregation.errors import ProtocolError
from common.secure_aggregation.messages import KeyBook
from semaine_6_a_8.agregation_securisee.cryptage import flatten, parameters, quantiser
from semaine_6_a_8.agregation_securisee.lancement import Classic
from semaine_6_a_8.agregation_securisee.pannes import known_start, known_update


def planted(bench, client):
    """Rend ce qu'il faut chercher : la mise à jour d'un client en float32, en float64, et en entiers quantifiés."""
    update, count = known_update(client, 1)
    codes = quantiser(bench.agreement).encode(flatten(update), count)
    return [values[:3].tobytes() for values in (update["poids"], flatten(update), codes)]


def on_disk(bench):
    """Rend tous les octets du dossier de la base, journal d'écriture compris."""
    return b"".join(path.read_bytes() for path in sorted(bench.path.parent.iterdir()))


def in_memory(bench):
    """Rend tous les octets de l'objet qui mène le tour, et de ses réponses."""
    return pickle.dumps([bench.coordinator._round, bench.coordinator._replies])


def seen(bench):
    """Joue un tour et rend où une mise à jour a été vue, à un moment ou un autre."""
    places, needles = set(), [needle for client in range(CLIENTS) for needle in planted(bench, client)]
    for _ in bench.steps:
        for client in range(CLIENTS):
            bench.speak(client)
            for name, look in (("disque", on_disk), ("mémoire", in_memory)):
                hay = look(bench)
                places |= {name for needle in needles if needle in hay}
        bench.coordinator.tick()
    bench.check()
    return places


def test_with_the_protocol_no_update_is_ever_on_the_server(tmp_path):
    assert seen(Bench("protocole", tmp_path, num_rounds=1)) == set()


def test_with_fernet_the_disk_holds_nothing_readable_but_the_memory_holds_everything(tmp_path):
    assert seen(Bench("fernet", tmp_path, num_rounds=1)) == {"mémoire"}


def test_the_same_search_finds_updates_when_masks_are_off(tmp_path, monkeypatch):
    for module in ("client", "server"):
        monkeypatch.setattr(f"common.secure_aggregation.{module}.add_mask", lambda *arguments: None)
    assert "disque" in seen(Bench("protocole", tmp_path, num_rounds=1))


def test_the_base_is_readable_by_its_owner_only(tmp_path):
    Bench("fernet", tmp_path).speak(0)
    assert len(list(tmp_path.iterdir())) == 3
    assert all(path.stat().st_mode & 0o077 == 0 for path in tmp_path.iterdir()) or tmp_path.drive


@pytest.mark.parametrize("mode", ["fernet", "protocole"])
def test_a_secret_file_is_readable_by_its_owner_only(mode, tmp_path):
    settings = {"mode": mode, "threshold": 2, "num_rounds": 1, "learning_s": 1, "stage_s": 1}
    Classic(tmp_path, known_start(), 2, **settings)
    secrets_ = [p for p in tmp_path.rglob("*") if p.name in ("cle", "cle_fernet", "serveur.key", "fernet.json")]
    assert len(secrets_) == (6 if mode == "fernet" else 3)
    assert all(path.stat().st_mode & 0o077 == 0 for path in secrets_) or tmp_path.drive
    assert (tmp_path / "client-0" / "cle").read_bytes() != (tmp_path / "client-1" / "cle").read_bytes()


def test_the_rules_of_a_round_depend_on_the_model_it_starts_from(tmp_path):
    agreement, start = Bench("protocole", tmp_path).agreement, known_start()
    context = parameters(agreement, start, 1).context
    assert parameters(agreement, {name: array.copy() for name, array in reversed(start.items())}, 1).context == context
    name, array = next(iter(start.items()))
    moved = array.copy()
    moved.flat[-1] = np.nextafter(moved.flat[-1], np.float32(9))
    for other in ({name: moved}, {name: array.astype(np.float64)}, {name: array.reshape(-1, 1)}):
        assert parameters(agreement, start | other, 1).context != context


def test_clients_refuse_one_who_received_another_model(tmp_path):
    """Le serveur donne à tous, sauf au client 0, un modèle qui n'apprend rien : sa somme serait la mise à jour de 0."""
    agreement, start = Bench("protocole", tmp_path).agreement, known_start()
    dead = {name: np.full_like(array, -1e3) for name, array in start.items()}
    models = [start] + [dead] * (CLIENTS - 1)
    clients = [Client(parameters(agreement, models[i], 1), i, PRIVATE[i]) for i in range(CLIENTS)]
    book = KeyBook(tuple(client.advertise() for client in clients))
    for client in clients:
        with pytest.raises(ProtocolError, match="Signature refusée"):
            client.share(book)
