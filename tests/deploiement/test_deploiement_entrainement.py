"""Ce que rend un entraînement : lu avec méfiance, raconté en français."""

import json

import numpy as np
import pytest

from semaine_6_a_8.deploiement import entrainement
from semaine_6_a_8.deploiement.processus import DeploymentError

STEP = {"round": 1, "step": "train", "answered": {"12": {}, "11": {}}, "lost": {"13": "pas de réponse dans le délai"}}
NAMES = {11: "cleveland", 12: "hungarian"}


def write(folder, error=None, **arrays):
    """Écrit ce que le serveur laisse."""
    (folder / "rapport.json").write_text(
        json.dumps({"steps": [STEP], "bounds": [1e-9], "error": error}), encoding="utf-8"
    )
    np.savez(folder / "modele.npz", **(arrays or {"weight": np.ones(13), "bias": np.zeros(())}))


def test_an_outcome_names_the_hospitals(tmp_path):
    write(tmp_path)
    outcome = entrainement.read_outcome(tmp_path, NAMES)
    assert outcome.lines() == ["Tour 1 : cleveland, hungarian ; sans nœud 13 : pas de réponse dans le délai"]
    assert outcome.bounds == [1e-9]
    assert outcome.arrays["bias"].shape == () and np.array_equal(outcome.arrays["weight"], np.ones(13))


def test_a_server_that_gives_up_says_why_and_how_far_it_went(tmp_path):
    write(tmp_path, error="hôpitaux présents après 60 s : 3, il en faut 4")
    with pytest.raises(DeploymentError, match=r"(?s)l'entraînement ; hôpitaux présents.*Tour 1 : cleveland"):
        entrainement.read_outcome(tmp_path, NAMES)


def test_a_pickled_or_huge_model_is_not_read(tmp_path, monkeypatch):
    write(tmp_path, weight=np.array([{"objet": 1}], dtype=object))
    with pytest.raises(ValueError, match="allow_pickle=False"):
        entrainement.read_outcome(tmp_path, NAMES)
    monkeypatch.setattr(entrainement, "MAX_BYTES", 10)
    with pytest.raises(DeploymentError, match=r"rapport\.json dépasse 10 octets"):
        entrainement.read_outcome(tmp_path, NAMES)


def test_the_gap_is_the_largest_and_never_broadcasts():
    a = {"weight": np.array([1.0, 2.0]), "bias": np.array(0.5)}
    assert entrainement.model_gap(a, {"weight": np.array([1.0, 1.75]), "bias": np.array(0.4)}) == 0.25
    with pytest.raises(ValueError, match="mêmes tableaux"):
        entrainement.model_gap(a, {"weight": np.array([[1.0, 2.0]]), "bias": np.array(0.5)})
