"""Le dossier d'un hôpital : relu au dernier bit, refusé en français, sans jamais citer un patient."""

import numpy as np
import pytest

from semaine_6_a_8.deploiement.app.coeur_federe import dossier
from semaine_6_a_8.deploiement.app.coeur_federe.client_app import embedded_dataset


@pytest.fixture
def folder(tmp_path):
    dossier.write_center(tmp_path / "va", embedded_dataset()["va"])
    return tmp_path / "va"


def test_a_center_comes_back_to_the_last_bit(folder):
    written, read = embedded_dataset()["va"], dossier.read_center(folder)
    for name in ("train", "test"):
        a, b = getattr(written, name), getattr(read, name)
        assert np.array_equal(a.x, b.x) and np.array_equal(a.y, b.y) and list(a.patient_id) == list(b.patient_id)


def edit(path, line, column, value):
    """Remplace une case ; la ligne 0 est celle des titres."""
    rows = [row.split(",") for row in path.read_text(encoding="utf-8").splitlines()]
    rows[line][column] = value
    path.write_text("\n".join(map(",".join, rows)), encoding="utf-8")


@pytest.mark.parametrize(
    ("line", "column", "value", "message"),
    [
        (0, 1, "taille", "les colonnes de train.csv doivent être"),
        (3, 2, "SECRET", "ne se lit pas"),
        (3, 2, "", "manquantes ou infinies"),
        (3, 2, "inf", "manquantes ou infinies"),
        (3, -1, "2", "la colonne y de train.csv doit valoir 0 ou 1"),
        (3, -1, "", "la colonne y de train.csv doit valoir 0 ou 1"),
        (3, 2, '"1', "ne se lit pas"),
    ],
)
def test_a_wrong_file_is_refused_without_naming_a_value(folder, line, column, value, message):
    edit(folder / "train.csv", line, column, value)
    with pytest.raises(ValueError, match=message) as refusal:
        dossier.read_center(folder)
    assert "SECRET" not in str(refusal.value) and "va-" not in str(refusal.value)


def test_missing_empty_and_huge_files_are_refused(folder, monkeypatch):
    header = (folder / "test.csv").read_text(encoding="utf-8").splitlines()[0]
    (folder / "test.csv").write_text(header + "\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"test\.csv ne contient aucun patient"):
        dossier.read_center(folder)
    (folder / "test.csv").unlink()
    with pytest.raises(ValueError, match=r"test\.csv manque.*data-folder"):
        dossier.read_center(folder)
    monkeypatch.setattr(dossier, "MAX_BYTES", 100)
    with pytest.raises(ValueError, match=r"train\.csv dépasse 100 octets"):
        dossier.read_center(folder)


def test_a_patient_on_both_sides_is_refused(folder):
    edit(folder / "train.csv", 1, 0, (folder / "test.csv").read_text(encoding="utf-8").splitlines()[1].split(",")[0])
    with pytest.raises(ValueError, match=r"à la fois dans train\.csv et dans test\.csv") as refusal:
        dossier.read_center(folder)
    assert "va-" not in str(refusal.value)
