"""Les attaques : contre une recherche naïve, avant et après réparation."""

import numpy as np
import pandas as pd
import pytest

from common.privacy.generalisation import anonymise, generalise
from common.privacy.linkage import differencing_attack, homogeneity_attack, link, reidentification_rate
from common.privacy.register import (
    DEPARTMENTS,
    HIERARCHIES,
    QUASI_IDENTIFIERS,
    age,
    hospital_patients,
    population,
    public_register,
)

ON = list(QUASI_IDENTIFIERS)


@pytest.fixture(scope="module")
def town():
    people = population(8000, seed=3)
    return people, hospital_patients(people, 500, seed=3), public_register(people, seed=3)


def born_within(generalised: str, date: pd.Timestamp) -> bool:
    """La lecture d'un attaquant : cette date tombe-t-elle dans ce mois, cette année ou cette tranche ?"""
    if generalised == "*":
        return True
    if len(generalised) == 9:
        return int(generalised[:4]) <= date.year <= int(generalised[5:])
    return date.strftime("%Y-%m").startswith(generalised)


def test_link_keeps_only_the_patients_with_one_candidate():
    released = pd.DataFrame(
        {"sex": ["F", "H", "F"], "zip": ["1", "1", "2"], "disease": ["a", "b", "c"]}, index=[7, 8, 9]
    )
    public = pd.DataFrame(
        {"sex": ["F", "H", "H", "F"], "zip": ["1", "1", "1", "3"], "name": list("ABCD")}, index=[7, 8, 5, 9]
    )
    matches = link(released, public, ["sex", "zip"])
    assert matches[["released_row", "public_row", "disease", "name"]].to_numpy().tolist() == [[7, 7, "a", "A"]]
    assert reidentification_rate(released, public, ["sex", "zip"]).value == pytest.approx(1 / 3)


def test_a_unique_candidate_may_be_the_wrong_one():
    released = pd.DataFrame({"sex": ["F", "F"]}, index=[1, 2])
    public = pd.DataFrame({"sex": ["F"]}, index=[2])
    assert len(link(released, public, ["sex"])) == 2
    assert reidentification_rate(released, public, ["sex"]).value == 0.5


def test_missing_values_match_only_each_other():
    released = pd.DataFrame({"zip": ["1", None]}, index=[1, 2])
    assert link(released, released, ["zip"])["public_row"].tolist() == [1, 2]
    assert len(link(released, released[:1], ["zip"])) == 1


def test_raw_dates_betray_and_k_anonymity_repairs(town):
    people, patients, register = town
    raw = reidentification_rate(patients, register, ON)
    release = anonymise(patients, HIERARCHIES, k=5, max_suppressed=0.05)
    repaired = reidentification_rate(release.table, generalise(register, HIERARCHIES, release.levels), ON)
    assert raw.low > 0.5
    assert repaired.high < 0.02
    everyone = generalise(people, HIERARCHIES, release.levels)
    assert reidentification_rate(release.table, everyone, ON).value == 0


@pytest.mark.parametrize("levels", [(1, 0, 0), (2, 0, 1), (3, 1, 2), (5, 0, 0)])
def test_generalising_the_register_is_reading_the_bands(town, levels):
    _, patients, register = town
    patients, register = patients[:40], register[:600]
    levels = dict(zip(ON, levels, strict=True))
    released = generalise(patients, HIERARCHIES, levels)
    pairs = []
    for row, patient in released.iterrows():
        fits = [
            person
            for person, public in register.iterrows()
            if born_within(patient["birth_date"], public["birth_date"])
            and patient["sex"] in ("*", public["sex"])
            and (patient["postal_code"] == "*" or public["postal_code"].startswith(patient["postal_code"].rstrip("*")))
        ]
        pairs += [(row, fits[0])] if len(fits) == 1 else []
    matches = link(released, generalise(register, HIERARCHIES, levels), ON)
    assert list(zip(matches["released_row"], matches["public_row"], strict=True)) == pairs


def test_homogeneity_reveals_what_k_hides():
    released = pd.DataFrame({"zip": ["35"] * 3 + ["75"] * 3, "disease": ["VIH"] * 3 + ["asthme", "VIH", "asthme"]})
    targets = pd.DataFrame({"name": ["Iris", "Rose"], "zip": ["35", "75"]}, index=[40, 41])
    deduced = homogeneity_attack(released, targets, ["zip"], "disease")
    assert deduced.index.tolist() == [40]
    assert deduced["deduced"].tolist() == ["VIH"]
    assert homogeneity_attack(released[3:], targets, ["zip"], "disease").empty


def test_a_missing_value_is_a_value_for_homogeneity_too():
    released = pd.DataFrame({"zip": ["35", "35", None, None], "disease": ["VIH", None, "asthme", "asthme"]})
    targets = pd.DataFrame({"zip": ["35", None]}, index=[40, 41])
    assert homogeneity_attack(released, targets, ["zip"], "disease")["deduced"].to_dict() == {41: "asthme"}


def test_a_table_generalised_on_one_side_only_is_refused_and_not_a_failed_attack():
    born = pd.DataFrame({"birth_date": [pd.Timestamp(1963, 5, 2)], "disease": ["VIH"]})
    seen = generalise(born, HIERARCHIES, {"birth_date": 3})
    for attack in (
        lambda: link(seen, born, ["birth_date"]),
        lambda: homogeneity_attack(seen, born, ["birth_date"], "disease"),
        lambda: differencing_attack(born, seen),
        lambda: link(pd.DataFrame({"zip": ["35000"]}), pd.DataFrame({"zip": [35000]}), ["zip"]),
    ):
        with pytest.raises(ValueError, match=r"même type des deux côtés.*generalise\("):
            attack()


def test_homogeneity_is_never_wrong_about_a_real_patient(town):
    _, patients, _ = town
    release = anonymise(patients, HIERARCHIES, k=2, max_suppressed=0.05)
    targets = generalise(patients[ON], HIERARCHIES, release.levels)
    deduced = homogeneity_attack(release.table, targets, ON, "diagnosis")["deduced"]
    assert len(deduced) > 0
    assert (deduced == patients.loc[deduced.index, "diagnosis"]).all()


def test_two_safe_releases_differ_by_one_patient():
    before = pd.DataFrame({"zip": ["35"] * 5, "disease": ["a", "a", "b", "b", None]})
    after = pd.DataFrame({"zip": ["35"] * 6, "disease": ["b", None, "a", "VIH", "b", "a"]}, index=list("uvwxyz"))
    newcomers = differencing_attack(before, after)
    assert newcomers.to_dict("index") == {"x": {"zip": "35", "disease": "VIH"}}
    assert differencing_attack(after, after).empty
    assert len(differencing_attack(before, pd.concat([before, before[:1]]))) == 1


def test_people_are_the_same_for_the_same_seed_and_look_like_people():
    people = population(2000, seed=1)
    pd.testing.assert_frame_equal(people, population(2000, seed=1))
    assert not people.equals(population(2000, seed=2))
    assert people["postal_code"].str.fullmatch(r"\d{5}").all()
    assert set(people["postal_code"].str[:2]) == set(DEPARTMENTS)
    assert age(people["birth_date"]).between(0, 103).all()


def test_patients_and_register_come_from_the_people_without_leaking(town):
    people, patients, register = town
    assert patients.index.is_unique and patients.index.isin(people.index).all()
    assert patients[ON].equals(people.loc[patients.index, ON])
    assert not {"last_name", "first_name"} & set(patients.columns)
    assert not {"diagnosis", "died"} & set(register.columns)
    inside = np.mean(patients.index.isin(register.index))
    assert 0.6 < inside < 0.9
    assert age(register["birth_date"]).min() == 18


def test_older_patients_die_more_often_and_of_other_diseases():
    patients = hospital_patients(population(20_000), 5000)
    old = age(patients["birth_date"]) >= 70
    assert patients["died"][old].mean() > 2 * patients["died"][~old].mean()
    failing = patients["diagnosis"] == "insuffisance cardiaque"
    assert failing[old].mean() > 2 * failing[~old].mean()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: link(pd.DataFrame({"a": [1]}), pd.DataFrame({"b": [1]}), ["a"]), "absente"),
        (lambda: link(pd.DataFrame({"a": [1]}), pd.DataFrame({"a": [1]}), "a"), "liste de noms"),
        (lambda: differencing_attack(pd.DataFrame({"a": [1]}), pd.DataFrame({"b": [1]})), "mêmes colonnes"),
        (lambda: population(0), "au moins un habitant"),
        (lambda: hospital_patients(population(5), 6), "impossible"),
        (lambda: public_register(population(5), 1.5), "entre 0 et 1"),
    ],
)
def test_what_makes_no_sense_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_an_empty_release_has_no_rate():
    empty = pd.DataFrame({"sex": []})
    assert str(reidentification_rate(empty, pd.DataFrame({"sex": ["F"]}), ["sex"])) == "non estimable"
