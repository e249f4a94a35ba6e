"""Deux copies du cours : une neuve, une déjà préparée."""

from pathlib import Path

import pytest
from aides import fill, start

from outils.lanceur import environnement


@pytest.fixture
def course(tmp_path) -> Path:
    folder = tmp_path / "Mon cours d'été"
    folder.mkdir()
    return fill(folder)


@pytest.fixture(scope="session")
def ready(tmp_path_factory) -> Path:
    """Une copie déjà préparée, pour les commandes qui ne cassent rien."""
    folder = fill(tmp_path_factory.mktemp("cours prêt"))
    assert start(folder, "donnees").returncode == 1  # prépare, puis bute sur common, absent de la copie
    assert (folder / ".venv" / environnement.TEMOIN).is_file()
    return folder
