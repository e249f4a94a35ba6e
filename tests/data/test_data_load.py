"""load : mêmes données partout, erreurs qui disent quoi taper, vraies données quand COURS_DONNEES les montre."""

import hashlib
import os
import socket

import numpy as np
import pytest

from common.data import DataUnavailableError, cache, heart, iid, load
from common.data.heart_synthetic import COLUMNS, PROFILES, generate
from outils.lanceur.refus import LANCEUR

PUBLISHED_SIZES = {"cleveland": 303, "hungarian": 261, "switzerland": 46, "va": 130}  # lignes complètes, FLamby

needs_real_data = pytest.mark.skipif(
    not os.environ.get("COURS_DONNEES"), reason="COURS_DONNEES n'est pas défini : pas de vraies données ici"
)


@pytest.fixture
def nowhere(monkeypatch, tmp_path):
    """Une machine sans aucune copie réelle."""
    monkeypatch.delenv("COURS_DONNEES", raising=False)
    monkeypatch.setattr(cache, "cache_folder", lambda: tmp_path)


@pytest.fixture
def no_network(monkeypatch):
    def refuse(*_):
        raise AssertionError("une leçon a voulu toucher au réseau")

    monkeypatch.setattr(socket.socket, "connect", refuse)


def digest(dataset):
    pieces = [getattr(split, part) for split in (dataset.train, dataset.test) for part in ("x", "y", "patient_id")]
    return hashlib.sha256(b"".join(np.ascontiguousarray(piece).tobytes() for piece in pieces)).hexdigest()


@pytest.mark.parametrize("name", ["heart", "breast_cancer", "digits"])
def test_load_is_deterministic_and_follows_the_seed(name, no_network):
    assert digest(load(name, seed=3)) == digest(load(name, seed=3)) != digest(load(name, seed=4))


@pytest.mark.parametrize("name", ["heart", "breast_cancer", "digits"])
def test_types_and_patients(name):
    dataset = load(name)
    assert dataset.train.x.dtype == np.float64 and dataset.train.y.dtype == np.int64
    assert not set(dataset.train.patient_id) & set(dataset.test.patient_id)
    assert len(set(dataset.test.patient_id)) <= len(dataset.test)


def test_digits_are_between_zero_and_one():
    x = load("digits").train.x
    assert x.min() == 0 and x.max() == 1 and x.shape[1] == 64


def test_default_centers_and_feature_names():
    for name, center in load("heart").items():
        assert abs(len(center.train) + len(center.test) - PUBLISHED_SIZES[name]) <= 3
    assert [len(load(name)) for name in ("heart", "breast_cancer", "digits")] == [4, 4, 10]
    assert load("breast_cancer").feature_names[:2] == ("mean radius", "mean texture")


def test_breast_cancer_positive_is_malignant():
    dataset = load("breast_cancer", num_centers=1)
    y = np.concatenate([dataset.train.y, dataset.test.y])
    assert (y == 1).sum() == 212 and len(y) == 569


def test_synthetic_heart_is_the_same_on_every_machine():
    text = "".join(generate()[name].to_csv(index=False, lineterminator="\n") for name in PROFILES)
    assert hashlib.sha256(text.encode()).hexdigest() == (
        "617c05ea9f76271ddb1efa1cd4977d5960b076b11cb5bd6b1dd8254c47b49c60"
    )  # fmt: skip


@pytest.mark.parametrize("name", PROFILES)
def test_synthetic_heart_has_the_published_shape(name):
    table, hospital = generate()[name], PROFILES[name]
    complete = table.drop(columns=heart.DROPPED).dropna()
    assert tuple(table.columns) == COLUMNS and len(table) == hospital.size
    assert abs(len(complete) - PUBLISHED_SIZES[name]) <= 3
    assert abs((table["num"] > 0).mean() - hospital.prevalence) < 0.06
    assert (table["chol"] == 0).sum() >= hospital.no_cholesterol - 7
    assert set(table["cp"]) <= {1, 2, 3, 4} and set(table["restecg"].dropna()) <= {0, 1, 2}


def test_heart_features_are_one_hot_with_the_first_level_dropped():
    dataset = load("heart")
    assert dataset.feature_names == heart.FEATURES and dataset.train.x.shape[1] == 13
    rows = heart.prepare(generate()["cleveland"], "cleveland").rows
    raw = generate()["cleveland"].drop(columns=heart.DROPPED).dropna()
    for level in (2, 3, 4):
        np.testing.assert_array_equal(rows.x[:, heart.FEATURES.index(f"cp_{level}")], raw["cp"] == level)
    np.testing.assert_array_equal(rows.x[:, heart.FEATURES.index("thalach")], raw["thalach"])
    np.testing.assert_array_equal(rows.y, raw["num"] > 0)


def test_identical_rows_stay_on_the_same_side(monkeypatch):
    table = generate()["cleveland"]
    table = table.iloc[np.repeat(np.arange(60), 2)]
    prepared = heart.prepare(table, "cleveland")
    assert prepared.num_repeated == 60 and len(set(prepared.rows.patient_id)) == 60
    assert "répètent" not in str(load("heart").card)
    monkeypatch.setattr(heart, "generate", lambda: dict.fromkeys(heart.HOSPITALS, table))
    assert "240 ligne(s) en répètent" in str(load("heart").card)


def test_two_hospitals_with_the_same_table_are_split_differently(monkeypatch):
    monkeypatch.setattr(heart, "generate", lambda: dict.fromkeys(heart.HOSPITALS, generate()["cleveland"]))
    numbers = {tuple(patient[-3:] for patient in center.test.patient_id) for center in load("heart").values()}
    assert len(numbers) == len(heart.HOSPITALS)


@needs_real_data
def test_real_heart_matches_flamby(no_network):
    dataset = load("heart", source="real")
    sizes = {name: len(center.train) + len(center.test) for name, center in dataset.items()}
    assert sizes == PUBLISHED_SIZES
    splits = [(len(center.train), len(center.test)) for center in dataset.values()]
    assert splits[:3] == [(199, 104), (172, 89), (30, 16)]
    # Deux lignes identiques de Long Beach restent ensemble : 85/45 comme FLamby, ou 86/44 selon la graine.
    assert {len(load("heart", source="real", seed=seed)["va"].test) for seed in range(12)} == {44, 45}
    assert str(dataset.card).startswith("Données réelles") and "1 ligne(s) en répètent" in str(dataset.card)


@needs_real_data
def test_real_heart_split_follows_the_seed():
    one, two = (load("heart", source="real", seed=seed)["cleveland"].test.patient_id for seed in (0, 1))
    assert set(one) != set(two)


@needs_real_data
def test_real_mnist_keeps_the_official_test_set(no_network):
    dataset = load("mnist", source="real", num_centers=100)
    center = dataset["centre_07"]
    assert center.train.x.shape == (600, 1, 28, 28) and center.train.x.dtype == np.float32
    assert center.train.x.min() >= 0 and center.train.x.max() <= 1
    tests = [dataset[name].test for name in dataset]
    assert sorted(np.concatenate([test.patient_id for test in tests])) == list(range(60_000, 70_000))
    official = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert np.bincount(np.concatenate([test.y for test in tests])).tolist() == official


@pytest.mark.parametrize("name", ["heart", "mnist"])
def test_missing_real_copy_gives_the_command_and_no_network(name, nowhere, no_network):
    with pytest.raises(DataUnavailableError, match=f"{LANCEUR} donnees {name}"):
        load(name, source="real")


def test_altered_real_copy_is_refused(nowhere, monkeypatch, tmp_path):
    folder = tmp_path / "ailleurs" / "heart-disease"
    folder.mkdir(parents=True)
    for file in heart.FILES:
        (folder / file.name).write_text("63,1,4,140,260,0,1,112,1,3,2,?,?,2\n", encoding="utf-8")
    monkeypatch.setenv("COURS_DONNEES", str(tmp_path / "ailleurs"))
    with pytest.raises(DataUnavailableError, match=r"empreinte attendue.*cours\.py donnees heart"):
        load("heart", source="real")


def test_embedded_mnist_says_what_to_do_instead():
    with pytest.raises(DataUnavailableError, match=r'cours\.py donnees mnist.*load\("digits"\)'):
        load("mnist")


def test_wrong_names_are_refused():
    with pytest.raises(ValueError, match="Vouliez-vous dire « heart »"):
        load("hart")
    with pytest.raises(ValueError, match="Source inconnue : « reel »"):
        load("heart", source="reel")


@pytest.mark.parametrize("name", ["heart", "digits", "breast_cancer", "mnist"])
@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"num_centers": "3"}, r"num_centers='3'.*un entier"),
        ({"num_centers": 3.0}, r"num_centers=3\.0.*un entier"),
        ({"num_centers": True}, r"num_centers=True.*un entier"),
        ({"partition": "iid"}, r"partition='iid'.*import iid"),
        ({"seed": -1}, r"seed=-1.*positif ou nul"),
        ({"seed": None}, r"seed=None.*retrouve les mêmes centres"),
        ({"seed": 0.5}, r"seed=0\.5.*positif ou nul"),
    ],
)
def test_badly_typed_arguments_are_refused_the_same_way_everywhere(name, wrong, message):
    with pytest.raises(ValueError, match=message):
        load(name, **wrong)


def test_numpy_integers_are_integers():
    assert digest(load("digits", num_centers=np.int64(3), seed=np.int64(0))) == digest(load("digits", num_centers=3))


@pytest.mark.parametrize("extra", [{"num_centers": 4}, {"partition": iid}])
def test_heart_refuses_artificial_centers(extra):
    with pytest.raises(ValueError, match="quatre hôpitaux naturels"):
        load("heart", **extra)
