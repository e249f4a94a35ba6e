"""Le lanceur pour de vrai : cours.py dans un sous-processus, sur une copie, avec de vraies pannes.

La copie n'installe pas les 2 Go du cours : ses requirements nomment un minuscule paquet local, qui ouvre aussi
sur les paquets de l'environnement de test (pytest, JupyterLab, nbclient).
"""

import ast
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import threading
import urllib.request
import zipfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import nbformat
import psutil
import pytest

from outils.lanceur import copies, environnement
from outils.lanceur.refus import Refus, expliquer_pip, refuser_python

ROOT = Path(__file__).resolve().parents[1]
LAUNCHER = [ROOT / "cours.py", *sorted((ROOT / "outils" / "lanceur").glob("*.py"))]
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


@pytest.fixture
def course(tmp_path):
    folder = tmp_path / "Mon cours d'été"
    folder.mkdir()
    return fill(folder)


@pytest.fixture(scope="module")
def ready(tmp_path_factory):
    """Une copie déjà préparée, pour les commandes qui ne cassent rien."""
    folder = fill(tmp_path_factory.mktemp("cours prêt"))
    assert start(folder, "donnees").returncode == 1  # prépare, puis bute sur common, absent de la copie
    assert (folder / ".venv" / environnement.TEMOIN).is_file()
    return folder


@contextlib.contextmanager
def tiny_disk(folder, options):
    """Monte un disque en mémoire ; saute le test là où ce n'est pas permis."""
    folder.mkdir()
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


# Les Python refusés


@pytest.mark.parametrize("path", LAUNCHER, ids=lambda path: path.name)
def test_launcher_parses_on_python_3_8(path):
    ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 8))


@pytest.mark.parametrize("path", LAUNCHER, ids=lambda path: path.name)
def test_launcher_needs_the_standard_library_only(path):
    allowed = set(sys.stdlib_module_names) | {"outils"}
    if path.name in ("executer.py", "diagnostic.py"):  # ceux-là tournent dans .venv
        allowed |= {"nbformat", "nbclient", "nbconvert", "psutil"}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module] if isinstance(node, ast.ImportFrom) else []
        assert {name.split(".")[0] for name in names} <= allowed


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (((3, 10), "linux", "x86_64"), "Flower"),
        (((3, 14), "linux", "x86_64"), "TensorFlow"),
        (((3, 12), "darwin", "x86_64"), "Mac à processeur Intel"),
        (((3, 12), "darwin", "arm64", 64, "13.6"), "macOS 14"),
        (((3, 12), "win32", "x86", 32), "32 bits"),
    ],
)
def test_unsupported_python_is_named(arguments, word):
    with pytest.raises(Refus, match=word):
        refuser_python(*arguments)


@pytest.mark.parametrize("version", [(3, 11), (3, 12), (3, 13)])
@pytest.mark.parametrize("machine", [("linux", "x86_64"), ("win32", "AMD64"), ("darwin", "arm64", 64, "15.1")])
def test_supported_python_passes(version, machine):
    refuser_python(version, *machine)


@pytest.mark.parametrize("version", ["3.8", "3.10"])
def test_a_real_old_python_gets_one_sentence(course, version):
    found = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
    if not found:
        pytest.skip(f"pas de Python {version} sur cette machine")
    assert_refused(start(course, "lab", python=found[0]), f"Python {version}", "Flower", "3.12")
    assert not (course / ".venv").exists()


# La mise en route


def test_setup_from_another_folder_then_instant(course, tmp_path):
    first = start(course, "donnees", cwd=tmp_path)
    venv = course / ".venv"
    assert "Go à télécharger" in first.stdout.splitlines()[0]
    installed = subprocess.run([environnement.python_de(venv), "-c", "import petit"])
    assert installed.returncode == 0
    witness = (venv / environnement.TEMOIN).stat().st_mtime_ns
    second = start(course, "donnees", cwd=tmp_path)
    assert "Go" not in second.stdout and "pip" not in second.stdout
    assert (venv / environnement.TEMOIN).stat().st_mtime_ns == witness


def test_interrupted_install_is_repaired(course):
    start(course, "donnees")
    venv = course / ".venv"
    (venv / environnement.TEMOIN).unlink()
    next(venv.rglob("petit.py")).unlink()
    shutil.rmtree(next(venv.rglob("petit-1.0.dist-info")))
    start(course, "donnees")
    assert next(venv.rglob("petit.py")) and (venv / environnement.TEMOIN).is_file()


def test_changed_requirements_are_installed(course):
    start(course, "donnees")
    wheel = write_wheel(course, "autre", "2.0", {"autre.py": ""})
    with (course / "requirements.txt").open("a", encoding="utf-8") as requirements:
        requirements.write(f"./{wheel.name}\n")
    start(course, "donnees")
    assert list((course / ".venv").rglob("autre.py"))


@POSIX
def test_broken_venv_of_ours_is_remade(course):
    start(course, "donnees")
    python = environnement.python_de(course / ".venv")
    python.unlink()
    python.write_text("#!/bin/sh\nexit 1\n")
    python.chmod(0o755)
    assert "refait" in start(course, "donnees").stdout
    assert environnement.version_du_venv(course / ".venv")


def test_broken_venv_of_someone_else_is_left_alone(course):
    treasure = course / ".venv" / "bin" / "notes.txt"
    treasure.parent.mkdir(parents=True)
    treasure.write_text("à moi", encoding="utf-8")
    assert_refused(start(course, "donnees"), ".venv", "renommez-le")
    assert treasure.read_text(encoding="utf-8") == "à moi"


def test_no_network_leaves_nothing(course):
    (course / "requirements.txt").write_text("paquet-du-reseau==1.0\n", encoding="utf-8")
    assert_refused(start(course, "lab"), "réseau", "relancez")
    assert not (course / ".venv").exists() and not (course / "mon_travail").exists()


def test_no_network_keeps_a_working_venv_for_repair(course):
    start(course, "donnees")
    (course / "requirements.txt").write_text("paquet-du-reseau==1.0\n", encoding="utf-8")
    assert_refused(start(course, "donnees"), "réseau")
    assert environnement.version_du_venv(course / ".venv")
    assert not (course / ".venv" / environnement.TEMOIN).exists()


def test_python_without_ensurepip(course):
    blocker = (
        "import importlib.util, runpy, sys\n"
        "real = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda nom, *suite: None if nom == 'ensurepip' else real(nom, *suite)\n"
        f"sys.argv = ['cours.py', 'lab']; sys.path.insert(0, {str(course)!r})\n"
        f"runpy.run_path({str(course / 'cours.py')!r}, run_name='__main__')\n"
    )
    finished = subprocess.run([sys.executable, "-c", blocker], capture_output=True, encoding="utf-8", env=no_network())
    assert_refused(finished, "ensurepip", "apt install python3.")
    assert not (course / ".venv").exists()


def test_full_disk_is_said_before_anything(tmp_path):
    with tiny_disk(tmp_path / "plein", "size=20m") as disk:
        assert_refused(start(fill(disk), "lab"), "disque est plein", "il reste 0,02 Go")
        assert not (disk / ".venv").exists()


def test_read_only_folder(tmp_path):
    with tiny_disk(tmp_path / "fige", "size=20g") as disk:
        fill(disk)
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        assert_refused(start(disk, "lab"), "écrire", "copiez")


@pytest.mark.parametrize(
    ("output", "word"),
    [
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "rempli"),
        ("WARNING: Retrying after connection broken by 'NewConnectionError('...')'\nERROR: No match", "réseau"),
        ("SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]'))", "certificat"),
        ("ERROR: Could not install packages due to an OSError: [Errno 13] Permission denied", "droit d'écrire"),
        ("WARNING: bof\nERROR: une panne inconnue", "une panne inconnue"),
        ("", "sans message"),
    ],
)
def test_pip_failures_are_translated(output, word):
    assert word in str(expliquer_pip(output))


@contextlib.contextmanager
def served(folder):
    """Sert un dossier sur un port libre et rend son adresse."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def test_torch_alone_comes_from_the_cpu_index(course, tmp_path, monkeypatch):
    start(course, "donnees")
    (tmp_path / "index" / "torch").mkdir(parents=True)
    write_wheel(tmp_path / "index" / "torch", "torch", "9.9+cpu", {"torch.py": "CPU = True\n"})
    with (course / "requirements.txt").open("a", encoding="utf-8") as requirements:
        requirements.write("torch==9.9\n")
    for name, value in no_network().items():
        monkeypatch.setenv(name, value)
    with served(tmp_path / "index") as index:
        monkeypatch.setattr(environnement, "INDEX_CPU", index)
        assert environnement.repond(index)
        monkeypatch.setattr(environnement, "_carte_nvidia", lambda: False)
        environnement.preparer(course, environnement.APPRENANT)
    assert list((course / ".venv").rglob("torch-9.9+cpu.dist-info"))
    assert not environnement.repond(index)


@POSIX
@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupted_while_pip_waits(course, sent, code):
    (course / "requirements.txt").write_text("paquet-lent==1.0\n", encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        environment = no_network() | {"PIP_INDEX_URL": f"http://127.0.0.1:{silent.getsockname()[1]}/simple"}
        launcher = subprocess.Popen(command(course, "lab"), env=environment, stderr=subprocess.PIPE, encoding="utf-8")
        silent.accept()  # pip demande l'index : il n'aura pas de réponse
        children = psutil.Process(launcher.pid).children(recursive=True)
        launcher.send_signal(sent)
        errors = launcher.communicate(timeout=30)[1]
    assert launcher.returncode == code and "Traceback" not in errors
    assert children and not any(child.is_running() for child in children)
    assert not (course / ".venv").exists()


# Les commandes


def test_help_and_wrong_commands(course):
    assert "sans-navigateur" in start(course, "--help").stdout
    assert "diagnostic" in start(course).stdout
    for wrong in (["labo"], ["lab", "--port", "70000"], ["executer"]):
        assert_refused(start(course, *wrong), "--help")


def test_busy_port_is_refused_before_setup(course):
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = str(busy.getsockname()[1])
        assert_refused(start(course, "lab", "--port", port), port, "lab --port")
    assert not (course / ".venv").exists()


@POSIX
def test_lab_serves_the_copies_and_dies_with_its_kernels(ready):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = dict(env=no_network(), stderr=subprocess.PIPE, encoding="utf-8")
    server = subprocess.Popen(command(ready, "lab", "--port", str(port), "--sans-navigateur"), **options)
    try:
        address = next(line.strip() for line in server.stderr if line.strip().startswith("http"))
        assert address.startswith(f"http://127.0.0.1:{port}/lab/tree/{LESSON}?token=")
        token = address.split("token=")[1]
        base = f"http://127.0.0.1:{port}/api"
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(f"{base}/contents")
        contents = json.load(urllib.request.urlopen(f"{base}/contents/{LESSON}?token={token}"))
        assert contents["type"] == "notebook"
        urllib.request.urlopen(urllib.request.Request(f"{base}/kernels?token={token}", method="POST"))
        kernels = psutil.Process(server.pid).children(recursive=True)
    finally:
        server.kill()
        server.wait()
    assert kernels and not psutil.wait_procs(kernels, timeout=10)[1]


def test_test_command_stops_at_the_first_failure_and_ends_with_pytest(course):
    (course / "outils" / "construire.py").write_text("raise SystemExit(3)\n", encoding="utf-8")
    (course / "tests").mkdir()
    (course / "tests" / "test_ici.py").write_text("def test_ici():\n    assert True\n", encoding="utf-8")
    stopped = start(course, "test", "--rapide")
    assert stopped.returncode == 3 and " in 0." not in stopped.stdout
    (course / "outils" / "construire.py").write_text("", encoding="utf-8")
    quick = start(course, "test", "--rapide")
    assert quick.returncode == 0 and "1 passed" in quick.stdout.splitlines()[-1]
    assert "2 passed" in start(course, "test").stdout.splitlines()[-1]
    write_lesson(course / LESSON, "1 / 0")
    assert start(course, "test").returncode == 1


def test_executed_lesson_and_page(ready):
    finished = start(ready, "executer", str(ready / LESSON))
    assert finished.returncode == 0
    page = (ready / "sorties" / LESSON).with_suffix(".html")
    notebook = nbformat.read(ready / "sorties" / LESSON, as_version=4)
    assert notebook.cells[1].outputs[0].data["text/plain"] == "2" and "<html" in page.read_text(encoding="utf-8")


def test_failing_lesson_is_told_in_one_line(ready):
    write_lesson(ready / "essai.ipynb", "1 / 0")
    assert_refused(start(ready, "executer", "essai.ipynb"), "essai.ipynb s'arrête", "ZeroDivisionError")
    assert_refused(start(ready, "executer", "absente.ipynb"), "introuvable")


def test_diagnostic_says_what_to_do(course):
    finished = start(course, "diagnostic")
    assert finished.returncode == 1 and "[ ?? ] environnement .venv" in finished.stdout
    assert "[ OK ] disque" in finished.stdout and not (course / ".venv").exists()


# Les copies de mon_travail


@pytest.fixture
def delivered(tmp_path):
    """Un cours d'une leçon, déjà livrée ; rend (racine, mon_travail, leçon, copie)."""
    lesson, work = tmp_path / LESSON, tmp_path / "mon_travail"
    write_lesson(lesson, "version = 1")
    write_lesson(tmp_path / "semaine_1" / "corriges" / lesson.name, "corrige = 1")
    assert copies.copier_les_lecons(tmp_path, work) == []
    assert (work / "semaine_1" / "corriges" / lesson.name).is_file()
    return tmp_path, work, lesson, work / LESSON


def test_untouched_copy_follows_the_course(delivered):
    root, work, lesson, copy = delivered
    write_lesson(lesson, "version = 2")
    assert copies.copier_les_lecons(root, work) == []
    assert copy.read_bytes() == lesson.read_bytes()


def test_worked_copy_is_never_overwritten(delivered):
    root, work, lesson, copy = delivered
    write_lesson(copy, "mon travail")
    mine = copy.read_bytes()
    write_lesson(lesson, "version = 2")
    beside = copy.with_name("01_pourquoi_federer.nouveau.ipynb")
    assert copies.copier_les_lecons(root, work) == [beside]
    assert copy.read_bytes() == mine and beside.read_bytes() == lesson.read_bytes()
    assert copies.copier_les_lecons(root, work) == []  # annoncée une fois
    write_lesson(lesson, "version = 3")
    assert copies.copier_les_lecons(root, work) == [beside]  # personne n'y a travaillé : elle suit
    write_lesson(beside, "mon travail aussi")
    write_lesson(lesson, "version = 4")
    assert [path.name for path in copies.copier_les_lecons(root, work)] == ["01_pourquoi_federer.nouveau_2.ipynb"]
    assert "aussi" in beside.read_text(encoding="utf-8") and copy.read_bytes() == mine


def test_lost_register_costs_no_work(delivered):
    root, work, _, copy = delivered
    write_lesson(copy, "mon travail")
    mine = copy.read_bytes()
    (work / copies.REGISTRE).write_text("{abîmé", encoding="utf-8")
    assert len(copies.copier_les_lecons(root, work)) == 1 and copy.read_bytes() == mine
