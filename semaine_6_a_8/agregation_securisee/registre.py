"""La mémoire du serveur : ce qu'il a accepté est écrit avant qu'il réponde, donc rien ne se perd quand il meurt."""

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS session (nom TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS tours (tour INTEGER PRIMARY KEY, modele BLOB NOT NULL, bilan TEXT);
CREATE TABLE IF NOT EXISTS messages (
    numero INTEGER PRIMARY KEY, tour INTEGER, etape TEXT, client INTEGER, empreinte BLOB NOT NULL, contenu BLOB,
    UNIQUE (tour, etape, client)
);
CREATE TABLE IF NOT EXISTS clotures (tour INTEGER, etape TEXT, PRIMARY KEY (tour, etape));
"""


class Registry:
    """Un fichier SQLite ; l'appelant tient le verrou, et chaque écriture se fait dans `transaction`.

    Erreur : `ValueError` si le fichier est celui d'une autre session.
    """

    def __init__(self, path: Path, session: str) -> None:
        path.touch(0o600)  # le journal d'écriture de SQLite prend les droits de la base
        self._base = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON"):
            self._base.execute(f"PRAGMA {pragma}")
        self._base.executescript(SCHEMA)
        self._base.execute("INSERT INTO session SELECT ? WHERE NOT EXISTS (SELECT * FROM session)", (session,))
        if self._base.execute("SELECT nom FROM session").fetchall() != [(session,)]:
            raise ValueError(f"{path.name} garde une autre session : donnez un dossier neuf, ou la base de celle-ci.")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Écrit tout, ou rien si une erreur survient."""
        self._base.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._base.execute("ROLLBACK")
            raise
        self._base.execute("COMMIT")

    def close(self) -> None:
        """Ferme le fichier."""
        self._base.close()

    def open_round(self, server_round: int, model: bytes) -> None:
        """Ouvre un tour, avec le modèle dont il part."""
        self._base.execute("INSERT INTO tours VALUES (?, ?, NULL)", (server_round, model))

    def end_round(self, server_round: int, report: dict) -> None:
        """Clôt un tour ; le contenu de ses messages est effacé (du disque, à `forget`), leur empreinte reste."""
        self._base.execute("UPDATE tours SET bilan = ? WHERE tour = ?", (json.dumps(report), server_round))
        self._base.execute("UPDATE messages SET contenu = NULL WHERE tour = ?", (server_round,))

    def forget(self) -> None:
        """Vide le journal d'écriture, qui garde sinon les octets de ce que la base a effacé."""
        self._base.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def current_round(self) -> int:
        """Rend le dernier tour ouvert, 0 s'il n'y en a pas."""
        return self._base.execute("SELECT COALESCE(MAX(tour), 0) FROM tours").fetchone()[0]

    def model(self, server_round: int) -> bytes | None:
        """Rend le modèle dont part un tour, `None` si ce tour n'est pas ouvert."""
        row = self._base.execute("SELECT modele FROM tours WHERE tour = ?", (server_round,)).fetchone()
        return row and row[0]

    def reports(self) -> list[dict]:
        """Rend le bilan de chaque tour fini."""
        rows = self._base.execute("SELECT bilan FROM tours WHERE bilan IS NOT NULL ORDER BY tour")
        return [json.loads(row[0]) for row in rows]

    def add(self, server_round: int, stage: str, client: int, body: bytes) -> None:
        """Garde un message accepté."""
        row = server_round, stage, client, digest(body), body
        self._base.execute("INSERT INTO messages (tour, etape, client, empreinte, contenu) VALUES (?, ?, ?, ?, ?)", row)

    def known_digest(self, server_round: int, stage: str, client: int) -> bytes | None:
        """Rend l'empreinte du message déjà accepté d'un client à une étape, `None` s'il n'y en a pas."""
        query = "SELECT empreinte FROM messages WHERE tour = ? AND etape = ? AND client = ?"
        row = self._base.execute(query, (server_round, stage, client)).fetchone()
        return row and row[0]

    def messages(self, server_round: int, stage: str) -> list[tuple[int, bytes]]:
        """Rend les messages acceptés à une étape d'un tour ouvert, dans l'ordre de leur arrivée."""
        query = "SELECT client, contenu FROM messages WHERE tour = ? AND etape = ? ORDER BY numero"
        return self._base.execute(query, (server_round, stage)).fetchall()

    def close_stage(self, server_round: int, stage: str) -> None:
        """Note qu'une étape est close."""
        self._base.execute("INSERT INTO clotures VALUES (?, ?)", (server_round, stage))

    def is_closed(self, server_round: int, stage: str) -> bool:
        """Vrai si cette étape a été close."""
        query = "SELECT 1 FROM clotures WHERE tour = ? AND etape = ?"
        return self._base.execute(query, (server_round, stage)).fetchone() is not None


def digest(body: bytes) -> bytes:
    """Rend l'empreinte SHA-256 d'un corps."""
    return hashlib.sha256(body).digest()
