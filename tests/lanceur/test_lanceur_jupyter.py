"""Le vrai JupyterLab du lanceur : local, en français, sans nouvelles, et qui s'arrête avec nous."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil
import pytest
from aides import LESSON, POSIX, command, free_port, no_network

from outils.lanceur import jupyter


def wait_until(condition, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "rien n'est venu"
        time.sleep(0.1)


def answers(port):
    with socket.socket() as door:
        return door.connect_ex(("127.0.0.1", port)) == 0


@contextlib.contextmanager
def opened(ready, *arguments, **variables):
    """Rend (processus, adresse, jeton) d'un JupyterLab que le lanceur vient d'ouvrir dans la copie."""
    own = ready / ".venv" / "share" / "jupyter" / "lab"
    own.mkdir(parents=True, exist_ok=True)
    for part in ("schemas", "static", "themes"):  # l'application du cours, mais les réglages de la copie
        with contextlib.suppress(FileExistsError):
            (own / part).symlink_to(Path(sys.prefix) / "share" / "jupyter" / "lab" / part)
    port = free_port()
    environment = no_network() | {"JUPYTERLAB_DIR": str(own)} | variables
    options = dict(env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, encoding="utf-8")
    server = subprocess.Popen(command(ready, "lab", "--port", str(port), *arguments), **options)
    try:
        address = next(line.strip() for line in server.stderr if line.strip().startswith("http"))
        assert address.startswith(f"http://127.0.0.1:{port}/lab/tree/{LESSON}?token=")
        wait_until(lambda: answers(port))  # l'adresse s'annonce un peu tôt
        yield server, f"http://127.0.0.1:{port}", address.split("token=")[1]
    finally:
        server.kill()
        server.communicate()


@pytest.fixture
def lab(ready):
    with opened(ready, "--sans-navigateur") as session:
        yield session


def ask(lab, path):
    _, base, token = lab
    return json.load(urllib.request.urlopen(f"{base}{path}?token={token}"))


@POSIX
def test_lab_serves_the_copies_and_dies_with_its_kernels(lab):
    server, base, token = lab
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(f"{base}/api/contents")
    assert ask(lab, f"/api/contents/{LESSON}")["type"] == "notebook"
    urllib.request.urlopen(urllib.request.Request(f"{base}/api/kernels?token={token}", method="POST"))
    kernels = psutil.Process(server.pid).children(recursive=True)
    server.kill()
    server.wait()
    assert kernels and not psutil.wait_procs(kernels, timeout=10)[1]


@POSIX
def test_lab_speaks_french_and_stays_quiet(lab):
    """Le serveur annonce nos réglages comme valeurs par défaut ; la langue qu'ils demandent est installée."""
    server = psutil.Process(lab[0].pid)
    for plugin, settings in jupyter.REGLAGES.items():
        properties = ask(lab, f"/lab/api/settings/{plugin}")["schema"]["properties"]
        assert {name: properties[name]["default"] for name in settings} == settings
    translation, news = jupyter.REGLAGES.values()
    assert translation == {"locale": "fr_FR"} and news == {"fetchNews": "false", "checkForUpdates": False}
    assert ask(lab, "/lab/api/translations/fr_FR")["data"]["jupyterlab"]["Cancel"] == ["Annuler"]
    assert {"--no-browser", "--ServerApp.port_retries=0"} <= set(server.cmdline())
    assert "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate" in server.cmdline()
    listening = {link.laddr.ip for link in server.net_connections("tcp") if link.status == "LISTEN"}
    assert listening == {"127.0.0.1"}


@POSIX
def test_browser_opens_unless_told_otherwise(ready, tmp_path):
    browser, seen = tmp_path / "navigateur", tmp_path / "vu"
    browser.write_text(f'#!/bin/sh\necho "$1" > {seen}\n', encoding="utf-8")
    browser.chmod(0o755)
    with opened(ready, BROWSER=f"{browser} %s"):
        wait_until(seen.exists)


def test_options_follow_what_is_asked(tmp_path):
    quiet = jupyter.options(tmp_path, LESSON, 8888, True)
    assert "--no-browser" in quiet and not any("default_url" in option for option in quiet)
    assert "--no-browser" not in jupyter.options(tmp_path, LESSON, 8888, False)
    assert f"--ServerApp.root_dir={tmp_path}" in quiet and "--ServerApp.port=8888" in quiet


@POSIX
@pytest.mark.parametrize(("user", "expected"), [(0, True), (1000, False)])
def test_root_is_allowed_only_for_root(tmp_path, monkeypatch, user, expected):
    monkeypatch.setattr(os, "geteuid", lambda: user)
    assert ("--allow-root" in jupyter.options(tmp_path, LESSON, 8888, True)) is expected
