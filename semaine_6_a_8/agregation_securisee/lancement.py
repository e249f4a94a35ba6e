"""Préparer et lancer une fédération d'essai sur cette machine : un serveur, des clients, leurs clés, leurs données."""

import json
import secrets
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

from common.secure_aggregation.fernet import new_key, pack, unpack
from common.secure_aggregation.rehearsal import signing_keypairs
from semaine_6_a_8.agregation_securisee.client import Link, read_identity
from semaine_6_a_8.agregation_securisee.cryptage import Arrays
from semaine_6_a_8.agregation_securisee.reglages import Agreement
from semaine_6_a_8.agregation_securisee.server import DATABASE, FERNET_KEYS, START
from semaine_6_a_8.deploiement import processus, securite
from semaine_6_a_8.deploiement.processus import LOOPBACK, DeploymentError

PACKAGE = __package__
READY_S = 60.0


class Classic:
    """Une fédération dans `folder`, dont le nom marque les programmes : `serveur/`, `client-0/`, `client-1/`…

    start : le modèle de départ. settings : les champs d'`Agreement` que le lanceur choisit.
    """

    def __init__(self, folder: Path, start: Arrays, num_clients: int, **settings) -> None:
        self.folder, self.port = folder, processus.free_port()
        privates, publics = signing_keypairs(num_clients)
        identities = [public.hex() for public in publics]
        self.agreement = Agreement(session=secrets.token_hex(16), identities=identities, **settings)
        self.server: subprocess.Popen | None = None
        self.clients: dict[int, subprocess.Popen] = {}
        self._write_server(start)
        for number, private in enumerate(privates):
            self._write_client(number, private)

    @property
    def address(self) -> str:
        """Rend l'adresse du serveur."""
        return f"https://{LOOPBACK}:{self.port}"

    def folder_of(self, number: int) -> Path:
        """Rend le dossier d'un client."""
        return self.folder / f"client-{number}"

    def start_server(self) -> None:
        """Lance le serveur, ou le relance sur la même base, et attend qu'il écoute."""
        command = [sys.executable, "-m", f"{PACKAGE}.server", "--dossier", str(self.folder / "serveur")]
        self.server = self.launch([*command, "--port", str(self.port)], "serveur")
        processus.wait_until(self._listens, READY_S, lambda: f"Le serveur ne répond pas.\n{self.read_log('serveur')}")

    def start_client(self, number: int, framework: str) -> None:
        """Lance un client : il ne reçoit que son dossier et l'adresse du serveur."""
        command = [sys.executable, "-m", f"{PACKAGE}.client", "--dossier", str(self.folder_of(number))]
        command += ["--adresse", self.address, "--numero", str(number), "--cadre", framework]
        self.clients[number] = self.launch(command, f"client-{number}")

    def launch(self, command: list[str], log: str) -> subprocess.Popen:
        """Lance un programme de cette fédération ; ce qu'il écrit va dans son journal."""
        environment = processus.child_environment(self.folder, self.folder.name)
        return processus.launch(command, environment, self._log(log))

    def link(self, number: int) -> Link:
        """Rend le lien d'un client avec le serveur, pour jouer ce client dans ce processus."""
        folder = self.folder_of(number)
        return Link(self.address, folder / "ca.pem", self.agreement, read_identity(folder, self.agreement, number))

    def wait_reports(self, count: int, timeout: float) -> list[dict]:
        """Attend que `count` tours soient finis, publiés ou non, et rend leurs bilans.

        Erreur : `DeploymentError` dès que le serveur ou un client échoue, ou passé `timeout` secondes.
        """
        late = f"Le tour {count} n'est pas fini après {timeout:.0f} s"
        processus.wait_until(lambda: len(self._reports()) >= count, timeout, lambda: self.explain(late))
        return self._reports()

    def wait_clients(self, timeout: float) -> None:
        """Attend que les clients s'en aillent. Erreur : `DeploymentError` si l'un d'eux n'a pas fini comme il faut."""
        programs = self.clients.values()
        processus.wait_until(lambda: all(p.poll() is not None for p in programs), timeout, lambda: "Un client reste.")
        self._check_programs()

    def model_after(self, server_round: int) -> Arrays:
        """Rend le modèle publié à la fin d'un tour fini."""
        rows = self._read("SELECT modele FROM tours WHERE tour = ?", (server_round + 1,))
        return unpack(rows[0][0])

    def explain(self, what: str) -> str:
        """Rend `what`, suivi de la fin du journal du serveur."""
        return "\n".join([f"{what}. Fin du journal du serveur :", *self.read_log("serveur").splitlines()[-5:]])

    def read_log(self, name: str) -> str:
        """Rend ce qu'un programme a écrit."""
        return self._log(name).read_text(encoding="utf-8", errors="replace")

    def _log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def _reports(self) -> list[dict]:
        self._check_programs()
        return [json.loads(row[0]) for row in self._read("SELECT bilan FROM tours WHERE bilan NOT NULL ORDER BY tour")]

    def _check_programs(self) -> None:
        server = self.server  # un autre fil peut être en train de le relancer
        if server and server.poll() is not None:
            raise DeploymentError(self.explain(f"Le serveur s'est arrêté (code {server.returncode})"))
        for number, client in self.clients.items():
            if client.poll():
                raise DeploymentError(f"Le client {number} a échoué :\n{self.read_log(f'client-{number}')[-1500:]}")

    def _read(self, query: str, values: tuple = ()) -> list[tuple]:
        base = sqlite3.connect(self.folder / "serveur" / DATABASE, timeout=READY_S)
        try:
            return base.execute(query, values).fetchall()
        finally:
            base.close()

    def _listens(self) -> bool:
        if self.server.poll() is not None:
            raise DeploymentError(self.explain("Le serveur n'a pas démarré"))
        with socket.socket() as probe:
            return probe.connect_ex((LOOPBACK, self.port)) == 0

    def _write_server(self, start: Arrays) -> None:
        folder = self.folder / "serveur"
        folder.mkdir()
        securite.write_certificates(folder, LOOPBACK)
        self.agreement.write(folder)
        (folder / START).write_bytes(pack(start))
        if self.agreement.mode == "fernet":
            keys = {number: new_key().decode() for number in self.agreement.clients}
            securite.write_secret(folder / FERNET_KEYS, json.dumps(keys).encode())

    def _write_client(self, number: int, private: bytes) -> None:
        folder, server = self.folder_of(number), self.folder / "serveur"
        folder.mkdir()
        self.agreement.write(folder)
        (folder / "ca.pem").write_bytes((server / "ca.pem").read_bytes())
        securite.write_secret(folder / "cle", private)
        if self.agreement.mode == "fernet":
            key = json.loads((server / FERNET_KEYS).read_text(encoding="utf-8"))[str(number)]
            securite.write_secret(folder / "cle_fernet", key.encode())
