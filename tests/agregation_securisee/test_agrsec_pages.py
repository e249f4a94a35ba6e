"""Le README du dossier : sa commande tourne telle quelle, ses tableaux disent ce que dit le JSON."""

import os
import re
import shlex
import socket
import subprocess
import sys
import time

import pytest

from bancs import agregation_flask, rapport
from outils.depot import RACINE, lire
from semaine_6_a_8.agregation_securisee import __main__ as command
from semaine_6_a_8.agregation_securisee import client, pannes, server
from semaine_6_a_8.agregation_securisee.cryptage import stages
from semaine_6_a_8.agregation_securisee.lancement import Classic
from semaine_6_a_8.deploiement.federation import open_folder
from semaine_6_a_8.deploiement.processus import DeploymentError

FOLDER = RACINE / "semaine_6_a_8" / "agregation_securisee"
PAGE = lire(FOLDER / "README.md")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
(LINE,) = [shlex.split(line) for language, block in BLOCKS if not language for line in block.splitlines()]
SCORES = re.compile(r"exactitude (\d,\d{3}) ; FedAvg ordinaire (\d,\d{3}) ; .* modèles (\S+)$")
LIMIT_S = 400  # deux cœurs calmes : une vingtaine de secondes ; chargés, plus d'une minute


def test_the_command_of_the_readme_reaches_the_accuracy_of_plain_fedavg_and_leaves_nothing(tmp_path):
    assert LINE[0] == "python"
    environment = os.environ | dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(tmp_path)) | {"PYTHONUTF8": "1"}
    done = subprocess.run(
        [sys.executable, *LINE[1:]], cwd=RACINE, env=environment, capture_output=True, encoding="utf-8", timeout=LIMIT_S
    )
    assert (done.returncode, done.stderr) == (0, "")
    rounds = [SCORES.search(line).groups() for line in done.stdout.splitlines() if line.startswith("Tour ")]
    assert len(rounds) == 3 and all(secure == plain and float(gap) < 1e-5 for secure, plain, gap in rounds)
    assert float(rounds[-1][0].replace(",", ".")) > 0.85
    assert done.stdout.count("5 clients sur 5") == 3 and "Keras" in done.stdout
    assert list(tmp_path.glob("federation-cours-*")) == []


def test_the_readme_shows_the_committed_figures():
    measures = rapport.lire(agregation_flask.RESULTAT)
    assert agregation_flask.page(PAGE, measures) == PAGE
    assert measures["command"] == agregation_flask.COMMANDE
    changed = PAGE.replace("moyenne juste de 4", "moyenne juste de 3")
    assert changed != PAGE and agregation_flask.page(changed, measures) == PAGE


def test_every_committed_measure_is_right():
    measures = rapport.lire(agregation_flask.RESULTAT)
    assert all(row["juste"] for kind in ("clients_tues", "silences", "jumeaux") for row in measures[kind])
    assert all(turn["juste"] for row in measures["serveurs_tues"] for turn in row["tours"])
    assert all(turn["juste"] for row in measures["foules"] for turn in row["bilans"])
    killed = {(row["mode"], row["etape"]) for row in measures["clients_tues"]}
    assert killed == {(mode, stage) for mode in ("fernet", "protocole") for stage in stages(mode)}


def test_readme_names_only_files_that_exist_and_all_of_them():
    cited = set(re.findall(r"`(\w+\.py)`", PAGE))
    assert cited == {path.name for path in FOLDER.glob("*.py")} - {"__main__.py"}


@pytest.mark.parametrize("program", [command, server, client, pannes])
def test_every_program_explains_itself(program):
    name = program.__spec__.name.removesuffix(".__main__")
    told = subprocess.run([sys.executable, "-m", name, "--help"], cwd=RACINE, capture_output=True, timeout=60)
    assert told.returncode == 0 and b"usage" in told.stdout


@pytest.mark.parametrize("arguments", [["--tours", "0"], ["--mode", "clair"], ["--donnees", "cifar"]])
def test_impossible_options_are_refused(arguments):
    with pytest.raises(SystemExit):
        command.main(arguments)


def test_missing_images_are_said_in_one_sentence(monkeypatch, tmp_path, capsys):
    for variable in ("COURS_DONNEES", "HOME", "LOCALAPPDATA", "XDG_CACHE_HOME"):
        monkeypatch.setenv(variable, str(tmp_path))
    assert command.main(["--donnees", "mnist"]) == 1
    assert "cours.py donnees mnist" in capsys.readouterr().err


def test_a_server_without_its_folder_says_so(tmp_path, capsys):
    assert server.main(["--dossier", str(tmp_path), "--port", "1"]) == 1
    assert "federation.json" in capsys.readouterr().err


def test_a_client_without_its_folder_says_so(tmp_path, capsys):
    arguments = ["--dossier", str(tmp_path), "--adresse", "https://127.0.0.1:1", "--numero", "0"]
    assert client.main(arguments) == 1
    assert "Le client ne démarre pas" in capsys.readouterr().err


def test_a_taken_port_and_a_broken_base_are_said_in_one_sentence(tmp_path, capsys):
    settings = {"mode": "protocole", "threshold": 2, "num_rounds": 1, "learning_s": 1, "stage_s": 1}
    classic = Classic(tmp_path, pannes.known_start(), 2, **settings)
    arguments = ["--dossier", str(tmp_path / "serveur"), "--port", str(classic.port)]
    base = tmp_path / "serveur" / server.DATABASE
    base.write_bytes(b"rien de lisible" * 100)
    assert server.main(arguments) == 1
    assert "not a database" in capsys.readouterr().err
    base.unlink()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", classic.port))
        taken.listen()
        assert server.main(arguments) == 1
    assert f"port {classic.port}" in capsys.readouterr().err


def test_a_client_that_fails_is_said_at_once(tmp_path):
    settings = {"mode": "protocole", "threshold": 2, "num_rounds": 1, "learning_s": 1e6, "stage_s": 1e6}
    with open_folder() as folder:
        classic = Classic(folder, pannes.known_start(), 2, **settings)
        classic.start_server()
        classic.start_client(1, "pytorch")  # sans train.npz
        with pytest.raises(DeploymentError, match=r"client 1 a échoué(.|\n)*train\.npz"):
            classic.wait_reports(1, 200)


def test_a_client_gives_up_on_a_server_that_never_comes_back(monkeypatch):
    monkeypatch.setattr(client, "PATIENCE_S", 0.5)
    with pannes.open_trial("fernet") as trial:
        link = trial.link(0)
        trial.server.kill()
        trial.server.wait()
        start = time.monotonic()
        with pytest.raises(client.ServerLost, match="ne répond plus"):
            client.take_part(link, None)
        assert time.monotonic() - start < 30
