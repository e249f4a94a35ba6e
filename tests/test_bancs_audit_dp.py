"""Le banc de l'audit : ce qu'il a mesuré tient, et se refait."""

import numpy as np
import pytest
from scipy.stats import binom

from bancs import audit_dp, rapport

REPORT = rapport.lire(rapport.RESULTATS / "audit_dp.json")
CASES = {case.name: case for case in audit_dp.cases()}


def test_the_committed_result_says_how_it_was_made():
    assert REPORT["command"] == audit_dp.COMMANDE
    assert [row["mechanism"] for row in REPORT["rows"]] == list(CASES)
    assert {"scipy", "opacus"} <= set(REPORT["versions"])
    for row in REPORT["rows"]:
        seeds = audit_dp.RIGHT_SEEDS if row["right"] else audit_dp.BROKEN_SEEDS
        assert len(row["bounds"]) == row["num_audits"] == seeds
        assert row["alarms"] == sum(bound > row["epsilon_claimed"] for bound in row["bounds"])


@pytest.mark.parametrize("row", REPORT["rows"], ids=lambda row: row["mechanism"])
def test_right_mechanisms_are_cleared_and_broken_ones_caught(row):
    expected_at_most = binom.ppf(0.99, row["num_audits"], 1 - REPORT["settings"]["confidence"])
    assert (row["alarms"] <= expected_at_most) if row["right"] else (row["alarms"] == row["num_audits"])


@pytest.mark.parametrize("name", ["somme bornée, bruit de Laplace", "somme non bornée (pas d'écrêtage)"])
def test_an_audit_is_made_again_with_the_same_seed(name):
    row = next(row for row in REPORT["rows"] if row["mechanism"] == name)
    assert CASES[name].audit(np.random.default_rng(0)).epsilon == pytest.approx(row["bounds"][0], abs=1e-4)


def test_the_step_of_opacus_clips_and_noises_as_announced():
    gradients = np.zeros((3, audit_dp.PARAMETERS))
    gradients[:, 0] = [0.5, 3.0, 100.0]
    steps = np.array([audit_dp.opacus_step(gradients, np.random.default_rng(seed)) for seed in range(500)])
    noise = audit_dp.NOISE_MULTIPLIER * audit_dp.MAX_NORM / audit_dp.BATCH
    assert steps[:, 0].mean() == pytest.approx(2.5 / audit_dp.BATCH, abs=4 * noise / np.sqrt(500))
    assert steps.std(axis=0).mean() == pytest.approx(noise, rel=0.05)
