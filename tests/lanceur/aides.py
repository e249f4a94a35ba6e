"""Ce que partagent les essais du lanceur : cours.py dans un sous-processus, sur une copie, avec de vraies pannes.

La copie n'installe pas les 2 Go du cours : ses requirements nomment un minuscule paquet local, qui ouvre aussi
sur les paquets de l'environnement de test (pytest, JupyterLab, nbclient).
"""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[2]
LESSON = "semaine_1/01_pourquoi_federer.ipynb"
POSIX = pytest.mark.skipif(os.name == "nt", reason="signaux POSIX")


def write_wheel(folder, name, version, files):
    """Écrit un wheel minimal et rend son chemin."""
    path = folder / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    metadata = {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    contents = files | metadata
    with zipfile.ZipFile(path, "w") as wheel:
        for member, text in contents.items():
            wheel.writestr(member, text)
        wheel.writestr(f"{info}/RECORD", "".join(f"{member},,\n" for member in [*contents, f"{info}/RECORD"]))
    return path


def write_lesson(path, *cells):
    """Écrit un petit notebook de cellules de code."""
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells]), path)


def fill(folder):
    """Remplit un dossier d'une copie du cours réduite au lanceur, à un paquet et à une leçon."""
    shutil.copytree(ROOT / "outils" / "lanceur", folder / "outils" / "lanceur")
    (folder / "outils" / "__init__.py").touch()
    for name in ("cours.py", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    bridge = {"petit.py": "VALEUR = 1\n", "pont.pth": sysconfig.get_path("purelib") + "\n"}
    wheel = write_wheel(folder, "petit", "1.0", bridge)
    (folder / "requirements.txt").write_text(f"-c constraints.txt\n./{wheel.name}\n", encoding="utf-8")
    (folder / "requirements-dev.txt").write_text("-c constraints.txt\n", encoding="utf-8")
    (folder / "constraints.txt").write_text("petit==1.0\n", encoding="utf-8")
    write_lesson(folder / LESSON, "import petit", "petit.VALEUR + 1")
    return folder


@contextlib.contextmanager
def tiny_disk(folder, options):
    """Monte un disque en mémoire ; saute le test là où ce n'est pas permis."""
    folder.mkdir(parents=True, exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    if not sys.platform.startswith("linux") or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("monter un disque d'essai n'est pas permis ici")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def no_network():
    """Un environnement où pip n'a pour index qu'un port fermé."""
    closed = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "0", "PIP_CONFIG_FILE": os.devnull}
    share = f"{sys.prefix}/share/jupyter"
    jupyter = {
        "JUPYTER_PATH": share,
        "JUPYTERLAB_DIR": f"{share}/lab",
        "JUPYTER_CONFIG_PATH": f"{sys.prefix}/etc/jupyter",
    }
    return os.environ | closed | jupyter | {"PIP_FIND_LINKS": "", "PIP_EXTRA_INDEX_URL": ""}


def command(folder, *arguments, python=sys.executable):
    return [str(python), str(folder / "cours.py"), *arguments]


def start(folder, *arguments, python=sys.executable, cwd=None):
    """Lance cours.py et l'attend."""
    options = dict(env=no_network(), capture_output=True, encoding="utf-8", timeout=120, cwd=cwd)
    return subprocess.run(command(folder, *arguments, python=python), **options)


def assert_refused(finished, *words):
    """Une seule phrase française sur la sortie d'erreur, un code non nul, pas de trace Python."""
    sentence = finished.stderr.strip()
    assert finished.returncode not in (0, None)
    assert sentence and "\n" not in sentence and "Traceback" not in sentence, sentence
    for word in words:
        assert word in sentence


def free_port():
    """Un port libre à l'instant."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


@contextlib.contextmanager
def stuck_pip():
    """Un index muet ; rend l'environnement qui y mène, et de quoi attendre que pip l'interroge."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(60)
        index = {"PIP_INDEX_URL": f"http://127.0.0.1:{silent.getsockname()[1]}/simple"}
        open_connections = []  # fermée, une connexion ferait échouer pip au lieu de le faire attendre
        yield no_network() | index, lambda: open_connections.append(silent.accept())
