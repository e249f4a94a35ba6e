"""Le banc de ré-identification : petit, il montre déjà l'avant et l'après ; le résultat commis est celui annoncé."""

import pandas as pd
import pytest

from bancs import rapport
from bancs import reidentification as banc

RESULT = rapport.RESULTATS / "reidentification.json"
NAMES = ["brut", "safe_harbor", "k=2", "k=5", "k=10"]


@pytest.fixture(scope="module")
def small() -> dict:
    return banc.run(300, seeds=(7, 8), num_people=20_000, num_judges=500)


def test_the_attack_works_before_and_fails_after(small):
    assert list(small) == NAMES
    assert small["brut"]["reidentified"]["low"] > 0.5
    assert small["k=10"]["reidentified"]["high"] < 0.05
    for k in banc.KS:
        assert small[f"k={k}"]["by_seed"][0]["k"] >= k


def test_more_privacy_costs_more(small):
    losses = [small[name]["by_seed"][0]["loss"] for name in ("brut", "k=2", "k=5", "k=10")]
    assert losses == sorted(losses) and losses[0] < losses[-1]
    assert all(0.5 < row["auroc"]["mean"] < 1 for row in small.values())


def test_the_model_is_judged_on_other_patients():
    drawn = banc.world(7, 300, num_people=20_000, num_judges=500)
    assert not set(drawn.patients.index) & set(drawn.others.index)
    published = banc.publications(drawn)["k=5"]
    judged = banc.utility(published.table, published.view(drawn.others))
    assert banc.measure(drawn, published)["auroc"] == judged != banc.utility(published.table, published.table)


def test_safe_harbor_merges_the_oldest_and_hides_small_areas():
    people = pd.DataFrame(
        {
            "birth_date": pd.to_datetime(["1930-05-02", "1920-01-01", "1990-03-04"]),
            "postal_code": ["48000", "48010", "59000"],
        }
    )
    many = pd.DataFrame({"postal_code": ["59010"] * (banc.SAFE_HARBOR_MIN + 1) + ["48010"] * banc.SAFE_HARBOR_MIN})
    seen = banc.safe_harbor(many)(people)
    assert seen["birth_date"].tolist() == ["1935", "1935", "1990"]
    assert seen["postal_code"].tolist() == ["000", "000", "590"]


def test_a_generalised_date_still_has_a_year():
    assert [banc._birth_year(seen) for seen in ("1963-05-02", "1963-05", "1960-1969", "*")] == [
        1963,
        1963,
        1964.5,
        1960,
    ]


def test_the_committed_result_is_the_announced_one():
    report = rapport.lire(RESULT)
    assert report["command"] == banc.COMMANDE
    assert report["data"]["kind"] == "données synthétiques"
    assert report["settings"]["seeds"] == list(banc.SEEDS)
    for size, rows in report["releases"].items():
        assert list(rows) == NAMES
        assert rows["brut"]["num_released"] == int(size) * len(banc.SEEDS)
        for row in rows.values():
            assert row["reidentified"]["count"] == sum(seed["num_reidentified"] for seed in row["by_seed"])
