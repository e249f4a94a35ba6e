"""Le banc des essais : les façons comparées font le même travail, un intrus est refusé, le tableau vient du JSON."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from bancs import essais_cohorte as essais
from bancs.essais_facons import sequential, threads
from outils import construire, depot
from outils.resultats import NOTES, ecrire_resultats, reperes
from outils.source import ErreurSource

JSON = "bancs/resultats/essais_cohorte.json"
TINY = "import json; from bancs import essais_cohorte as e; print(json.dumps(e.run(examples=10, repetitions=1)))"


@pytest.fixture(scope="module")
def report() -> dict:
    """Le banc entier en tout petit, dans un processus neuf : `fork` n'aime pas les fils que pytest a déjà."""
    command = [sys.executable, "-c", TINY]
    done = subprocess.run(command, cwd=depot.RACINE, capture_output=True, encoding="utf-8", timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_way_ends_with_the_same_parameters(report):
    """Écart à « un client après l'autre » : moins de 1e-9, pour toutes les façons, `fork` compris sous Linux."""
    for workload, trial in essais.TRIALS.items():
        gaps = report["gaps_float64"][workload]
        assert list(gaps) == list(trial.ways) and max(gaps.values()) <= 1e-9
    assert (essais.FORK in report["gaps_float64"]["CNN"]) == (sys.platform == "linux")


def test_the_checked_training_moves_every_client_its_own_way():
    """L'égalité ne vaut que si les paramètres bougent, et autrement d'un client à l'autre."""
    model = essais.TRIALS["2NN"].make_model().double()
    states = sequential(model, essais.make_jobs(model, essais.CHECKED_EXAMPLES))
    assert essais.largest_gap(states, [model.state_dict()] * len(states)) > 1e-3
    assert essais.largest_gap(states[:1], states[1:2]) > 1e-4


@pytest.mark.parametrize(
    "intruder",
    [
        lambda model, jobs: sequential(model, jobs)[::-1],
        lambda model, jobs: sequential(model, [replace(job, sgd=job.sgd.with_lr(0.1001)) for job in jobs]),
        lambda model, jobs: sequential(model, [replace(job, rng=jobs[0].rng) for job in jobs]),
        lambda model, jobs: [{n: v * torch.nan for n, v in s.items()} for s in sequential(model, jobs)],
    ],
    ids=["clients-melanges", "autre-taux", "autres-lots", "nan"],
)
def test_a_way_that_does_other_work_is_refused(intruder):
    """Un client pris pour un autre, un taux à peine autre, d'autres lots, NaN : le banc nomme la façon."""
    trial = replace(essais.TRIALS["2NN"], ways={"juste": threads, "intrus": intruder})
    with pytest.raises(RuntimeError, match=r"intrus") as refusal:
        essais.check(trial)
    assert "juste" not in str(refusal.value)


def test_ways_alternate_and_the_first_pass_does_not_count():
    """A B A B A B pour deux passages comptés, chacun avec des travaux neufs."""
    seen = []

    def record(name):
        return lambda model, jobs: seen.append((name, jobs[0].rng.integers(10**6)))

    trial = replace(essais.TRIALS["2NN"], ways={"a": record("a"), "b": record("b")})
    times = essais.measure(trial, examples=10, repetitions=2)
    assert [name for name, _ in seen] == ["a", "b"] * 3 and len({draw for _, draw in seen}) == 1
    assert [len(values) for values in times.values()] == [2, 2]


def test_ratio_is_to_the_kept_way():
    """Médianes, puis médiane / médiane de la façon gardée : au-dessus de 1, plus lent qu'elle."""
    first, kept = essais.summarize("2NN", "gardée", {"autre": [9.0, 3.0, 4.0], "gardée": [2.0, 1.0, 30.0]})
    assert (first["ms"], first["ratio"], first["kept"]) == (4.0, 2.0, False)
    assert (kept["ms"], kept["ratio"], kept["kept"]) == (2.0, 1.0, True)


def test_report_says_what_was_measured(report):
    """Données synthétiques, une ligne par façon, une seule gardée par modèle, un fil par calcul."""
    assert report["data"]["kind"] == "données synthétiques" and report["command"] == essais.COMMANDE
    assert report["settings"]["threads_per_computation"] == 1
    for workload, trial in essais.TRIALS.items():
        rows = [row for row in report["rows"] if row["workload"] == workload]
        assert [row["way"] for row in rows] == list(trial.ways)
        assert [row["way"] for row in rows if row["kept"]] == [trial.kept]
        assert all(len(row["ms_all"]) == 1 and min(row["ms_all"]) > 0 for row in rows)


def test_notes_show_the_json_of_the_bench(tmp_path: Path, report):
    """Sans JSON, la page ne change pas ; avec lui, elle en montre chaque ligne, et `--check` voit un chiffre changé."""
    notes = depot.lire(depot.RACINE / NOTES)
    assert ecrire_resultats(notes, depot.RACINE, NOTES) == notes
    assert ecrire_resultats(notes, tmp_path, NOTES) == notes
    depot.ecrire(tmp_path / JSON, json.dumps(report))
    block = ecrire_resultats(notes, tmp_path, NOTES).split(reperes("essais_cohorte")[0])[1]
    assert "**Données synthétiques**" in block and essais.COMMANDE in block
    kept = essais.TRIALS["2NN"].kept
    row = next(row for row in report["rows"] if row["way"] == kept)
    assert f"| 2NN | **{kept}** | {row['ms']:.0f} ms | 1,00 |" in block
    assert all(f"| {row['way']} |" in block for row in report["rows"] if not row["kept"])


def test_check_covers_the_notes(tmp_path: Path, report):
    """`construire` écrit la page ; `--check` voit un chiffre changé ; des repères perdus, l'erreur nomme la page."""
    depot.ecrire(
        tmp_path / "pyproject.toml", '[project.urls]\nRepository = "https://github.com/exemple/cours"\n[project]'
    )
    depot.ecrire(tmp_path / "README.md", "<!-- début tableau -->\n<!-- fin tableau -->\n")
    depot.ecrire(tmp_path / NOTES, "\n".join(reperes("essais_cohorte")))
    depot.ecrire(tmp_path / JSON, json.dumps(report))
    construire.construire(tmp_path)
    assert construire.ecarts(tmp_path) == []
    depot.ecrire(tmp_path / NOTES, depot.lire(tmp_path / NOTES).replace("1,00", "1,01"))
    assert [gap.partition(" ")[0] for gap in construire.ecarts(tmp_path)] == [NOTES]
    depot.ecrire(tmp_path / NOTES, "")
    with pytest.raises(ErreurSource, match=r"^bancs/LISEZMOI\.md : remettez"):
        construire.produire(tmp_path)
