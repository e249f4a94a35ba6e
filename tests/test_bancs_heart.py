"""Le banc heart : son JSON se refait, le README le montre, et ce que nous en disons est vrai."""

import json
import os

import pytest

from bancs import heart, heart_flamby, rapport
from common.data import load, standardize
from common.data.heart import FILES
from outils import construire, depot
from outils.resultats import HEART, ecrire_resultats, reperes
from outils.source import ErreurSource

JSON = rapport.RESULTATS / "heart.json"
DEBUT, FIN = reperes("heart")
reel = pytest.mark.skipif(
    not os.environ.get("COURS_DONNEES"), reason="données réelles absentes : donnez leur dossier par COURS_DONNEES"
)


@pytest.fixture(scope="module")
def mesures() -> dict:
    return rapport.lire(JSON)


def ligne(mesures: dict, **cle: str) -> dict:
    (trouvee,) = [row for row in mesures["rows"] if cle.items() <= row.items()]
    return trouvee


@reel
def test_one_seed_reproduces_the_committed_json(mesures):
    """Une graine refaite redonne chaque mesure du JSON, « non estimable » compris."""
    rank = 1
    scores = heart.run_seed(mesures["seeds"][rank])
    committed = {(row["method"], row["center"], row["metric"]): row["values"][rank] for row in mesures["rows"]}
    assert scores.keys() == committed.keys()
    for key, value in scores.items():
        assert value == (None if committed[key] is None else pytest.approx(committed[key], abs=1e-6)), key


@reel
def test_flamby_recipe_reproduces_the_committed_json(mesures):
    """Le FedAvg de FLamby refait pour une graine redonne notre JSON, sur un découpage qui a ses effectifs."""
    raw = heart_flamby.flamby_split()
    assert [(len(c.train), len(c.test)) for c in raw.values()] == [(199, 104), (172, 89), (30, 16), (85, 45)]
    learn = heart_flamby.federated(heart_flamby.flamby_normalized(raw), heart_flamby.SLOW)
    score = heart_flamby.evaluate(learn(heart_flamby.SEEDS[0]), standardize(raw).test)
    (committed,) = [row for row in mesures["flamby"]["reproduction"] if row["method"] == "FedAvg"]
    assert score["accuracy"] == pytest.approx(committed["values"][0], abs=1e-6)


@reel
def test_local_hospital_sees_only_its_own_training_data():
    """« Local » ne voit ni les patients ni les moyennes des autres, et se juge sur les mêmes tests."""
    raw = load("heart", source="real", seed=0)
    alone = heart.only(raw, "va")
    assert alone.train.patient_id.tolist() == raw["va"].train.patient_id.tolist()
    assert alone.test.patient_id.tolist() == raw.test.patient_id.tolist()
    assert standardize(alone).train.x.mean(axis=0) == pytest.approx(0, abs=1e-9)


def test_json_says_how_to_redo_it_and_is_consistent(mesures):
    """En-tête complet, empreintes du code, effectifs de chaque graine, moyenne tirée des valeurs."""
    assert mesures["command"] == f"python -m bancs.heart --json {HEART}"
    assert mesures["data"] == {"kind": "données réelles", "sha256": {file.name: file.sha256 for file in FILES}}
    assert mesures["settings"] == json.loads(json.dumps(heart.settings()))
    assert mesures["seeds"] == list(heart.SEEDS) and len(mesures["n"]) == 5
    assert {"python", "numpy", "torch", "flwr"} <= mesures["versions"].keys()
    assert len(mesures["commit"]) == 40
    for row in mesures["rows"]:
        assert row == row | rapport.moyenne(row["values"])


def test_switzerland_auroc_is_not_estimable(mesures):
    """Un seul Suisse sans maladie : aucune AUROC là-bas, pour aucune méthode."""
    rows = [row for row in mesures["rows"] if row["center"] == "switzerland" and row["metric"] == "auroc"]
    assert len(rows) == 9
    assert all(row["mean"] is None and row["values"] == [None] * 5 for row in rows)
    assert all(n["switzerland"]["n_neg"] <= 1 for n in mesures["n"].values())


def test_what_the_readme_says_of_flamby_is_true(mesures):
    """La recette redonne les chiffres publiés ; le taux explique l'essentiel de l'écart ; le découpage fait bouger."""
    theirs = {row["method"]: row for row in mesures["flamby"]["reproduction"]}
    for row in theirs.values():
        assert abs(row["mean"] - row["published"]) < 0.01, row["method"]
    scaling, rate, both, _ = (row["mean"] for row in mesures["flamby"]["changes"])
    gap = theirs["centralisé"]["mean"] - theirs["FedAvg"]["mean"]
    assert rate - theirs["FedAvg"]["mean"] > 0.75 * gap
    assert rate > scaling > theirs["FedAvg"]["mean"]
    assert abs(both - rate) < 0.005 < scaling - theirs["FedAvg"]["mean"]
    ours = [ligne(mesures, method=name, center="tous", metric="accuracy") for name in heart.strategies()]
    between_methods = max(row["mean"] for row in ours) - min(row["mean"] for row in ours)
    assert all(max(row["values"]) - min(row["values"]) > 3 * between_methods for row in ours)


def test_mean_interval_is_students():
    """Cas connu : 0, 1, 2, 3, 4 dixièmes ; t(4) = 2,776, erreur-type 0,0707. Bornes dans [0, 1], None contagieux."""
    summary = rapport.moyenne([0.3, 0.4, 0.5, 0.6, 0.7])
    assert (summary["mean"], summary["low"], summary["high"]) == pytest.approx((0.5, 0.30368, 0.69632), abs=1e-5)
    assert rapport.moyenne([0.8, 1.0])["high"] == 1.0
    assert rapport.moyenne([0.5, None])["mean"] is None


def test_without_real_data_the_bench_says_what_to_type(monkeypatch, tmp_path, capsys):
    """Sans copie réelle : une phrase, la commande, code 1, et aucun fichier écrit."""
    monkeypatch.delenv("COURS_DONNEES", raising=False)
    monkeypatch.setattr("common.data.cache.cache_folder", lambda: tmp_path / "vide")
    assert heart.main(["--json", str(tmp_path / "heart.json")]) == 1
    assert "cours.py donnees heart" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_readme_tables_are_those_of_the_json():
    """Le README validé est exactement ce que donne le JSON, en nombres français."""
    readme = depot.lire(depot.RACINE / "README.md")
    assert ecrire_resultats(readme, depot.RACINE) == readme
    bloc = readme.partition(DEBUT)[2].partition(FIN)[0]
    assert "Données réelles" in bloc and f"`{HEART}`" in bloc and "non estimable" in bloc
    assert "| FedAvg | 0,7" in bloc and "0.7" not in bloc


def test_check_refuses_a_readme_that_is_not_the_json(tmp_path, mesures):
    """`--check` voit un chiffre changé dans le JSON ou dans le README ; sans repères, l'erreur dit quoi remettre."""
    depot.ecrire(
        tmp_path / "pyproject.toml", '[project.urls]\nRepository = "https://github.com/exemple/cours"\n[project]'
    )
    reperes = f"<!-- début tableau -->\n<!-- fin tableau -->\n{DEBUT}\n{FIN}\n"
    depot.ecrire(tmp_path / "README.md", reperes)
    (tmp_path / HEART).parent.mkdir(parents=True)
    rapport.ecrire(tmp_path / HEART, mesures)
    construire.construire(tmp_path)
    assert construire.ecarts(tmp_path) == []
    ligne(mesures := json.loads(json.dumps(mesures)), method="FedAvg", center="tous", metric="auroc")["mean"] += 0.01
    rapport.ecrire(tmp_path / HEART, mesures)
    assert [faute.partition(" ")[0] for faute in construire.ecarts(tmp_path)] == ["README.md"]
    depot.ecrire(tmp_path / "README.md", reperes.replace(FIN, ""))
    with pytest.raises(ErreurSource, match="fin résultats heart"):
        construire.produire(tmp_path)
