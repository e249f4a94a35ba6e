"""La simulation de Flower, avec Ray : même modèle que dans le processus, et rien ne reste ni n'écoute au-dehors."""

import pytest

from semaine_6_a_8.deploiement.entrainement import model_gap
from semaine_6_a_8.deploiement.manieres import Settings, in_process, in_simulation, model_bound

pytest.importorskip("ray", reason="la simulation de Flower demande Ray (requirements-dev.txt)")


def test_flower_simulation_gives_the_same_model():
    settings = Settings(num_rounds=2, round_timeout=120, evaluate=False)
    outcome = in_simulation(settings)
    assert model_gap(outcome.arrays, in_process(settings).arrays) < 1e-9
    assert [len(step["answered"]) for step in outcome.steps] == [4, 4]


def test_flower_simulation_gives_the_same_model_under_masks():
    settings = Settings(num_rounds=1, round_timeout=120, evaluate=False)
    outcome = in_simulation(settings, secure=True)
    assert 0 < model_gap(outcome.arrays, in_process(settings).arrays) <= model_bound(outcome) < 1e-6
    assert [len(step["answered"]) for step in outcome.steps] == [4]
