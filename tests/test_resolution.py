"""Les versions épinglées : résolues pour tous, des wheels partout, et le poids que le lanceur annonce est le vrai."""

import pytest

from outils import contraintes
from outils.lanceur.environnement import TAILLES

TORCH_CPU = 192e6  # le wheel « cpu » de torch 2.13, hors de PyPI


def with_network(resolve):
    """Appelle le résolveur ; saute le test si l'index ne répond pas."""
    try:
        return resolve()
    except contraintes.Resolution as refus:
        if "Failed to fetch" in str(refus) or "Request failed" in str(refus) or "dns error" in str(refus):
            pytest.skip(f"l'index des paquets ne répond pas : {str(refus).splitlines()[0]}")
        raise


@pytest.fixture(scope="module")
def packages():
    return with_network(contraintes.verrou)


def test_constraints_follow_the_requirements():
    assert with_network(contraintes.resoudre) == contraintes.CONTRAINTES.read_text(encoding="utf-8")


@pytest.mark.parametrize("python", [(3, 11), (3, 12), (3, 13)])
@pytest.mark.parametrize("system", ["linux", "win32", "darwin"])
def test_every_package_has_a_wheel(packages, system, python):
    downloads = contraintes.telechargements(packages, system, python)
    assert {"flwr", "torch", "transformers"} < set(downloads) and "torchvision" not in downloads


def test_a_python_without_wheel_is_noticed(packages):
    with pytest.raises(contraintes.Resolution, match=r"n'a pas de wheel pour win32, Python 3\.9"):
        contraintes.telechargements(packages, "win32", (3, 9))


@pytest.mark.parametrize("system", ["linux", "linux avec CUDA", "win32", "darwin"])
def test_announced_download_is_the_real_one(packages, system):
    downloads = contraintes.telechargements(packages, system.split()[0], (3, 12))
    if system == "linux":
        cuda = [name for name in downloads if name.startswith(("nvidia-", "cuda-")) or name == "triton"]
        downloads = {name: size for name, size in downloads.items() if name not in cuda} | {"torch": TORCH_CPU}
    assert sum(downloads.values()) / 1e9 == pytest.approx(TAILLES[system][0], rel=0.15)


def test_a_missing_index_is_not_a_wrong_resolution(monkeypatch):
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("UV_NO_CACHE", "1")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    with pytest.raises(pytest.skip.Exception):
        with_network(contraintes.verrou)
