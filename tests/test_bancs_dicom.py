"""Le banc DICOM : son rapport dit zéro, ses totaux se refont, et il voit un outil qui laisse un nom."""

import pytest

from bancs import rapport
from bancs.dicom_identifiants import COMMANDE, SEEDS, by_place
from bancs.dicom_plantation import Plantation, planted_file

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # pydicom signale chaque jeton planté dans un nombre
RAPPORT = rapport.RESULTATS / "dicom_identifiants.json"


def test_report_matches_a_new_run():
    report = rapport.lire(RAPPORT)
    assert report["command"] == COMMANDE
    assert report["places"] == by_place()


def test_nothing_is_left_and_everything_was_found():
    for row in rapport.lire(RAPPORT)["places"]:
        assert row["found_before"] == row["planted"] > 0
        assert row["left"] == 0


def test_search_sees_what_is_left():
    plants = Plantation()
    data = planted_file(plants)
    one = plants.places["préambule"][0]
    assert plants.left(one)["préambule"] == 1
    assert sum(plants.left(data.replace(one, b"")).values()) == plants.count - 1


def test_letters_were_measured_on_unseen_images():
    report = rapport.lire(RAPPORT)
    assert report["settings"]["seeds"] == [SEEDS.start, SEEDS.stop - 1]
    clear = [row["value"] for row in report["letters"]["sensitivity"] if row["contrast"] == 1]
    assert min(clear) > 0.95
    assert report["letters"]["specificity_radiographs"]["n"] == len(SEEDS)
    assert report["kept"]["same_image"] == report["kept"]["files"] == 24
