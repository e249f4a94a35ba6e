"""De vrais programmes, que l'on tue pour de vrai : le tour finit juste avec les autres, ou s'arrête et le dit."""

import random
import time

import pytest

from semaine_6_a_8.agregation_securisee import pannes
from semaine_6_a_8.agregation_securisee.cryptage import PROTOCOL_STAGES

MODES = ["fernet", "protocole"]
FIRST_S, STAGE_S = 8.0, 5.0  # ce qu'ont les quatre autres pour parler : machine chargée comprise


@pytest.mark.parametrize(("mode", "stage"), [("fernet", "mise-a-jour"), *(("protocole", s) for s in PROTOCOL_STAGES)])
def test_a_killed_client_is_waited_for_until_the_deadline_then_left_out(mode, stage):
    report = pannes.killed_client(mode, stage, FIRST_S, STAGE_S)
    late = stage in ("survivants", "demasquage")  # sa mise à jour est déjà partie : elle est dans la somme
    assert report["participants"] == ([0, 1, 2, 3, 4] if late else [1, 2, 3, 4])
    assert report["juste"] and not report["abandon"]
    assert report["secondes"][stage] >= (FIRST_S if stage in ("cles", "mise-a-jour") else STAGE_S)


@pytest.mark.parametrize("mode", MODES)
def test_too_many_silent_clients_and_nothing_is_published(mode):
    report = pannes.missing_clients(mode)
    assert "il en faut 4" in report["abandon"] and report["participants"] == [] and report["juste"]


@pytest.mark.parametrize("mode", MODES)
def test_a_server_killed_in_the_middle_of_each_stage_resumes_and_loses_nothing(mode):
    for report in pannes.killed_server(mode):
        assert report["participants"] == [0, 1, 2, 3, 4] and report["juste"], report


def test_a_server_killed_at_random_times_never_publishes_anything_wrong():
    with pannes.open_trial("protocole", num_rounds=8) as trial:
        for number in range(5):
            trial.play(number)
        for wait in random.Random(0).choices([0.05, 0.2, 0.45, 0.7], k=3):
            time.sleep(wait)
            trial.restart()
        reports = trial.finish()
    assert all(report["juste"] and not report["abandon"] for report in reports), reports


@pytest.mark.parametrize("mode", MODES)
def test_the_second_of_two_clients_with_one_identity_is_refused(mode):
    report = pannes.two_clients_with_one_identity(mode)
    assert "409" in report["refus"] and "déjà envoyé autre chose" in report["refus"]
    assert report["participants"] == [0, 1, 2, 3, 4] and report["juste"]


@pytest.mark.parametrize("mode", MODES)
def test_fifty_clients_at_once(mode):
    outcome = pannes.crowd(mode, num_rounds=1)
    assert all(report["juste"] and report["participants"] == list(range(50)) for report in outcome["bilans"])
    assert outcome["requetes"] >= 50 * (3 if mode == "fernet" else 11)


def test_logs_say_who_came_and_never_what_was_sent():
    with pannes.open_trial("fernet") as trial:
        for number in range(5):
            trial.play(number)
        trial.finish()
        told = trial.read_log("serveur").splitlines()
    assert [line for line in told if "écoute" not in line] == [
        "Tour 1, étape « mise-a-jour » : 5 messages.",
        "Tour 1 publié.",
    ]
