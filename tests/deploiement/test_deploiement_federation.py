"""Le vrai SuperLink et ses quatre SuperNodes : même modèle que dans le processus, et quatre pannes pour de vrai."""

import os
import signal
import subprocess
import sys
import time
import urllib.request

import psutil
import pytest

from outils.depot import RACINE
from semaine_6_a_8.deploiement import pannes, processus
from semaine_6_a_8.deploiement.app.coeur_federe import client_app, dossier
from semaine_6_a_8.deploiement.entrainement import model_gap
from semaine_6_a_8.deploiement.federation import open_federation
from semaine_6_a_8.deploiement.manieres import Settings, in_process, open_everything

HOSPITALS = ("cleveland", "hungarian", "switzerland", "va")


@pytest.fixture(scope="module")
def federation():
    """Une fédération ouverte pour tout le module ; à la fin, ni programme, ni clé, ni fichier."""
    with open_federation() as federation:
        open_everything(federation, lambda line: None)
        yield federation
        folder = federation.folder
        assert running(folder.name)
    assert running(folder.name) == []
    assert not folder.exists()


def test_same_model_as_in_process_while_an_unregistered_key_is_refused(federation):
    settings = Settings(num_rounds=2, round_timeout=60)
    training = federation.start_training(settings.run_config())
    refusal = pannes.unregistered_key(federation)
    outcome = federation.finish(training)
    assert refusal == "Le SuperLink refuse la clé inconnue ; le SuperNode s'arrête de lui-même (code 1)."
    assert model_gap(outcome.arrays, in_process(settings).arrays) < 1e-9
    assert [step["step"] for step in outcome.steps] == ["train", "train", "evaluate"]
    assert all(tuple(step["answered"]) == HOSPITALS and not step["lost"] for step in outcome.steps)
    assert "switzerland 0,93 (n = 15)" in outcome.lines()[-1]


def test_each_hospital_reads_only_its_own_folder(federation):
    for name in HOSPITALS:
        command = " ".join(psutil.Process(federation.nodes[name].pid).cmdline())
        assert f"hopitaux/{name}" in command and not any(f"hopitaux/{o}" in command for o in HOSPITALS if o != name)
        center = dossier.read_center(federation.folder / "hopitaux" / name)
        assert len(center.train) == len(client_app.embedded_dataset()[name].train)
        assert all(patient.startswith(name) for patient in center.train.patient_id)


def test_nothing_listens_outside_the_loopback_and_nothing_speaks_without_tls(federation):
    programs = running(federation.folder.name)
    listening = [c.laddr.ip for program in programs for c in program.net_connections() if c.status == "LISTEN"]
    assert listening == ["127.0.0.1"] * (1 + len(HOSPITALS))
    with pytest.raises(OSError):
        urllib.request.urlopen(f"http://127.0.0.1:{federation.port}/health", timeout=5)


def test_a_killed_hospital_is_waited_for_until_the_deadline_then_left_out(federation):
    settings = Settings(num_rounds=1, round_timeout=20, evaluate=False)
    start = time.monotonic()
    outcome = pannes.killed_node(federation, "va", settings)
    assert time.monotonic() - start < settings.round_timeout + 60  # lancer l'application et la clore, machine chargée
    assert outcome.lines() == ["Tour 1 : cleveland, hungarian, switzerland ; sans va : pas de réponse dans le délai"]
    assert model_gap(outcome.arrays, in_process(settings).arrays) > 1e-3


def test_a_killed_superlink_ends_the_training_at_once(federation):
    message = pannes.killed_superlink(federation, Settings(num_rounds=2, round_timeout=60, evaluate=False))
    assert message.startswith("Le SuperLink s'est arrêté") and message.endswith("Relancez la commande.")


def test_an_interrupted_command_leaves_nothing_and_sweeps_what_a_brutal_stop_left(tmp_path):
    killed, orphans = start_command(tmp_path)
    killed.kill()  # le lanceur ne peut rien ranger : son SuperLink lui survit
    killed.communicate(timeout=30)
    assert running(orphans)
    command, folder = start_command(tmp_path)
    command.send_signal(signal.CTRL_BREAK_EVENT if os.name == "nt" else signal.SIGTERM)
    _, told = command.communicate(timeout=60)
    assert (command.returncode, told) == (130, "Interrompu : tout est arrêté, les clés sont effacées.\n")
    assert running(orphans) == running(folder) == list(tmp_path.iterdir()) == []


def start_command(tmp_path):
    """Lance la commande du README ; rend la main quand ses clés et son SuperLink sont là."""
    known = set(tmp_path.iterdir())
    command = subprocess.Popen(
        [sys.executable, "-m", "semaine_6_a_8.deploiement"],
        cwd=RACINE,
        env=os.environ | dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(tmp_path)),
        stderr=subprocess.PIPE,
        encoding="utf-8",
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
    )
    processus.wait_until(lambda: any(running(f.name) for f in set(tmp_path.iterdir()) - known), 60, lambda: "rien")
    (folder,) = set(tmp_path.iterdir()) - known
    assert (folder / "cles" / "serveur.key").is_file()
    return command, folder.name


def running(folder_name):
    """Les programmes d'une fédération, où qu'ils soient dans l'arbre des processus."""
    return processus.marked(lambda mark: mark == folder_name)
