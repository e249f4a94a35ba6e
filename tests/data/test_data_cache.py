"""Le téléchargement, contre un vrai serveur HTTP local : jamais de demi-fichier, l'ancienne copie intacte."""

import gzip
import hashlib
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from common.data import cache
from common.data.cache import DataUnavailableError, RemoteFile, download, locate
from outils.lanceur.refus import LANCEUR

CONTENT = bytes(range(256)) * 800  # 204 800 octets
ARCHIVE = gzip.compress(CONTENT)
ROOT = Path(__file__).parents[2]


class Handler(BaseHTTPRequestHandler):
    requested: list[str]
    sent: int
    hung_up: threading.Event

    def do_GET(self):
        self.requested.append(self.path)
        if self.path.startswith("/absent"):
            self.send_error(404)
            return
        if self.path == "/sans_fin":
            self.send_forever()
            return
        if self.path == "/muet":
            self.hung_up.wait(5)  # puis répond : un client qui n'aurait pas de délai réussirait
        known = {"/altere": CONTENT[:-1] + b"?", "/trop_long": CONTENT * 3, "/archive.gz": ARCHIVE}
        body = known.get(self.path, CONTENT)
        self.send_response(200)
        if self.path == "/archive.gz" and "gzip" in self.headers["Accept-Encoding"]:
            self.send_header("Content-Encoding", "gzip")  # bien des serveurs font ainsi : le client décompresse
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if self.path in ("/coupe", "/s_arrete") else body)
        if self.path == "/s_arrete":
            self.hung_up.wait(5)

    def send_forever(self):
        """Un serveur qui ne s'arrête pas : 200 Mo au plus, ou jusqu'à ce que le client raccroche."""
        self.send_response(200)
        self.end_headers()
        try:
            while Handler.sent < 200e6:
                self.wfile.write(CONTENT)
                Handler.sent += len(CONTENT)
        except OSError:
            self.close_connection = True

    def log_message(self, *_):
        pass


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    Handler.requested, Handler.sent, Handler.hung_up = [], 0, threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    Handler.hung_up.set()
    server.shutdown()
    thread.join()
    server.server_close()


def remote(*urls):
    return RemoteFile("jouet", "fichier.bin", len(CONTENT), hashlib.sha256(CONTENT).hexdigest(), urls)


def files_under(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_good_download_is_whole_and_alone(server, tmp_path, capsys):
    path = download(remote(f"{server}/bon"), tmp_path)
    assert path.read_bytes() == CONTENT
    assert files_under(tmp_path) == [str(Path("jouet/fichier.bin"))]
    assert "fichier.bin" in capsys.readouterr().err  # la barre de progression


def test_second_download_asks_nothing(server, tmp_path):
    file = remote(f"{server}/bon")
    download(file, tmp_path)
    download(file, tmp_path)
    assert Handler.requested == ["/bon"]


def test_second_mirror_is_used_when_the_first_fails(server, tmp_path):
    for number, first in enumerate(["/absent", "/altere", "/coupe", "/trop_long"]):
        folder = tmp_path / str(number)
        assert download(remote(server + first, f"{server}/bon"), folder).read_bytes() == CONTENT
        assert len(files_under(folder)) == 1
    unreachable = "http://127.0.0.1:9/rien"  # aucun serveur n'écoute sur ce port
    assert download(remote(unreachable, f"{server}/bon"), tmp_path / "ok").read_bytes() == CONTENT


@pytest.mark.parametrize("old_copy", [True, False])
@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/altere", "contenu différent"),
        ("/coupe", "coupé avant la fin"),
        ("/absent", "le serveur répond 404"),
        ("/trop_long", "contenu différent"),
        (None, "serveur injoignable"),
    ],
)
def test_failure_leaves_everything_as_it_was(server, tmp_path, path, reason, old_copy):
    target = tmp_path / "jouet" / "fichier.bin"
    if old_copy:
        target.parent.mkdir()
        target.write_bytes(b"ancienne copie")
    url = server + path if path else "http://127.0.0.1:9/rien"
    with pytest.raises(DataUnavailableError, match=f"{url} : .*{reason}"):
        download(remote(url, url), tmp_path)
    assert len(files_under(tmp_path)) == old_copy
    assert not old_copy or target.read_bytes() == b"ancienne copie"


def test_endless_answer_is_cut_short(server, tmp_path):
    with pytest.raises(DataUnavailableError, match="contenu différent"):
        download(remote(f"{server}/sans_fin"), tmp_path)
    assert Handler.sent < 50e6 and not files_under(tmp_path)


@pytest.mark.parametrize(("path", "reason"), [("/muet", "pas de réponse en 0.2 s"), ("/s_arrete", "devenu muet")])
def test_silent_server_is_given_up(server, tmp_path, monkeypatch, path, reason):
    monkeypatch.setattr(cache, "TIMEOUT_S", 0.2)
    with pytest.raises(DataUnavailableError, match=reason):
        download(remote(server + path), tmp_path)
    assert not files_under(tmp_path)


def test_compressed_file_arrives_compressed(server, tmp_path):
    digest = hashlib.sha256(ARCHIVE).hexdigest()
    file = RemoteFile("jouet", "archive.gz", len(ARCHIVE), digest, (f"{server}/archive.gz",))
    assert download(file, tmp_path).read_bytes() == ARCHIVE


def test_all_mirrors_down_names_each(tmp_path, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    urls = "http://127.0.0.1:9/a", "http://127.0.0.1:9/b"
    with pytest.raises(DataUnavailableError) as failure:
        download(remote(*urls), tmp_path)
    assert all(url in str(failure.value) for url in urls) and "Rien n'a été modifié" in str(failure.value)


FULL_DISK = """
import resource, sys
from pathlib import Path
from common.data.cache import DataUnavailableError, RemoteFile, download

resource.setrlimit(resource.RLIMIT_FSIZE, (65_536, 65_536))
url, sha256, size, folder = sys.argv[1:]
try:
    download(RemoteFile("jouet", "fichier.bin", int(size), sha256, (url, url)), Path(folder))
except DataUnavailableError as error:
    sys.exit(str(error))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limiter la taille d'un fichier demande un système POSIX")
def test_refused_write_keeps_the_old_copy(server, tmp_path):
    """Le système refuse vraiment d'écrire au-delà de 64 Kio, comme le ferait un disque plein."""
    target = tmp_path / "jouet" / "fichier.bin"
    target.parent.mkdir()
    target.write_bytes(b"ancienne copie")
    file = remote(f"{server}/bon")
    command = [sys.executable, "-c", FULL_DISK, file.mirrors[0], file.sha256, str(file.size), str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", timeout=120, check=False,
                          env={**os.environ, "PYTHONIOENCODING": "utf-8"})  # fmt: skip
    assert done.returncode == 1 and "le disque est sans doute plein" in done.stderr
    assert files_under(tmp_path) == [str(Path("jouet/fichier.bin"))]
    assert target.read_bytes() == b"ancienne copie"
    assert Handler.requested == ["/bon"]  # un autre miroir n'y changerait rien


def test_too_little_room_is_said_before_the_download(server, tmp_path):
    (tmp_path / "jouet").mkdir()
    huge = RemoteFile("jouet", "fichier.bin", 10**18, "0" * 64, (f"{server}/bon",))
    with pytest.raises(DataUnavailableError, match="Libérez de la place") as failure:
        download(huge, tmp_path)
    assert f"sur le disque de {tmp_path / 'jouet'}" in str(failure.value)
    assert not Handler.requested and not files_under(tmp_path)


def test_locate_prefers_the_declared_folder_then_the_cache(tmp_path, monkeypatch):
    file = remote()
    declared, cached = tmp_path / "declare", tmp_path / "cache"
    monkeypatch.setenv("COURS_DONNEES", str(declared))
    monkeypatch.setattr(cache, "cache_folder", lambda: cached)
    for root in (declared, cached):
        file.inside(root).parent.mkdir(parents=True)
        file.inside(root).write_bytes(CONTENT)
    assert locate(file, "jouet") == file.inside(declared)
    file.inside(declared).write_bytes(b"abime")
    assert locate(file, "jouet") == file.inside(cached)


@pytest.mark.parametrize(
    ("declared", "fault"),
    [
        ("nulle_part", "« {} », et ce dossier n'existe pas."),
        ("donnees/jouet", "« {} », qui ne contient pas jouet/fichier.bin. Donnez-lui « {parent} »."),
        ("vide", "« {} », qui ne contient pas jouet/fichier.bin. Pour"),
    ],
)
def test_wrong_declared_folder_is_named(tmp_path, monkeypatch, declared, fault):
    for name in ("donnees/jouet", "vide"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "donnees" / "jouet" / "fichier.bin").write_bytes(CONTENT)
    monkeypatch.setenv("COURS_DONNEES", str(tmp_path / declared))
    monkeypatch.setattr(cache, "cache_folder", lambda: tmp_path / "cache")
    with pytest.raises(DataUnavailableError) as failure:
        locate(remote(), "jouet")
    expected = "COURS_DONNEES vaut " + fault.format(tmp_path / declared, parent=(tmp_path / "donnees").resolve())
    assert expected in str(failure.value)
    assert str(failure.value).endswith(f"tapez, dans le dossier du cours : {LANCEUR} donnees jouet")


def test_right_or_absent_declaration_is_not_blamed(tmp_path, monkeypatch):
    monkeypatch.setattr(cache, "cache_folder", lambda: tmp_path / "cache")
    monkeypatch.delenv("COURS_DONNEES", raising=False)
    with pytest.raises(DataUnavailableError, match=r"Aucune copie.*qui contient jouet/\."):
        locate(remote(), "jouet")
    monkeypatch.setenv("COURS_DONNEES", str(tmp_path))
    remote().inside(tmp_path).parent.mkdir()
    remote().inside(tmp_path).write_bytes(b"abime")
    with pytest.raises(DataUnavailableError) as failure:
        locate(remote(), "jouet")
    assert "empreinte attendue" in str(failure.value) and "COURS_DONNEES vaut" not in str(failure.value)
