"""Un client : `python -m semaine_6_a_8.agregation_securisee.client --dossier DOSSIER --adresse https://127.0.0.1:PORT`.

Le dossier contient `federation.json`, `ca.pem` (l'autorité qui garantit le serveur), `cle` (sa clé privée Ed25519),
`train.npz` (ses données) et, en mode « fernet », `cle_fernet`. Rien de tout cela ne sort d'ici.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import requests
import urllib3

from common.secure_aggregation.errors import ProtocolError
from common.secure_aggregation.fernet import MAX_BYTES, unpack
from common.secure_aggregation.parameters import Parameters
from semaine_6_a_8.agregation_securisee import signature
from semaine_6_a_8.agregation_securisee.cryptage import Arrays, FernetSender, ProtocolSender, parameters, stages
from semaine_6_a_8.agregation_securisee.reglages import Agreement, read_agreement

POLL_S = 0.1
TIMEOUT_S = 10.0
PATIENCE_S = 60.0  # sans réponse du serveur pendant ce temps, le client s'en va
Learn = Callable[[Arrays, int], tuple[Arrays, int]]  # (modèle, tour) → (mise à jour, effectif)


class RoundLost(Exception):
    """Ce tour se fera sans ce client ; le texte dit pourquoi."""


class ServerLost(Exception):
    """Le serveur ne répond plus, ou n'est pas celui qu'il dit."""


@dataclass(frozen=True)
class Identity:
    """Ce qui distingue un client des autres : son numéro, sa clé privée Ed25519, sa clé Fernet s'il en a une."""

    number: int
    private: bytes
    fernet: bytes = b""


class Answer(NamedTuple):
    """La réponse du serveur : un code HTTP, un corps d'au plus 64 Mio."""

    status: int
    body: bytes


class Link:
    """Le lien d'un client avec le serveur : HTTPS, requêtes signées, réessais tant que le serveur peut revenir."""

    def __init__(self, address: str, authority: Path, agreement: Agreement, identity: Identity) -> None:
        self.agreement, self.identity, self._address = agreement, identity, address
        self._session = requests.Session()
        self._session.verify, self._session.trust_env = str(authority), False

    def state(self) -> dict:
        """Rend l'état de la fédération."""
        return json.loads(self._request("GET", "/etat").body)

    def model(self, server_round: int) -> Arrays:
        """Rend le modèle dont part un tour."""
        return unpack(self._request("GET", f"/modele/{server_round}").body)

    def send(self, server_round: int, stage: str, body: bytes) -> None:
        """Envoie le message d'une étape ; le répéter après une coupure est sans danger."""
        self._request("POST", f"/tours/{server_round}/{stage}", body)

    def reply(self, server_round: int, stage: str) -> bytes:
        """Attend la fin d'une étape et rend la réponse du serveur."""
        while True:
            answer = self._request("GET", f"/tours/{server_round}/{stage}")
            if answer.status == 200:
                return answer.body
            time.sleep(POLL_S)

    def _request(self, method: str, path: str, body: bytes = b"") -> Answer:
        deadline = time.monotonic() + PATIENCE_S
        while (answer := self.once(method, path, body)) is None or answer.status >= 500:
            if time.monotonic() > deadline:
                raise ServerLost(f"Le serveur ne répond plus depuis {PATIENCE_S:.0f} s.")
            time.sleep(POLL_S)
        if answer.status >= 400:
            raise RoundLost(f"Refus {answer.status} : {answer.body[:500].decode(errors='replace')}")
        return answer

    def once(self, method: str, path: str, body: bytes = b"") -> Answer | None:
        """Fait une requête signée ; `None` si le serveur n'a pas répondu. Erreur : `ServerLost` si ce n'est pas lui."""
        identity = self.identity
        signed = self.agreement.session, method, path, body
        headers = signature.headers(identity.private, identity.number, signed)
        headers |= {"Content-Type": "application/octet-stream"}
        settings = {"timeout": TIMEOUT_S, "allow_redirects": False, "stream": True}
        try:
            with self._session.request(method, self._address + path, data=body, headers=headers, **settings) as answer:
                return Answer(answer.status_code, answer.raw.read(MAX_BYTES))
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            if "CERTIFICATE_VERIFY_FAILED" in str(error):
                raise ServerLost("Le certificat du serveur n'est pas garanti par ca.pem : ce n'est pas lui.") from error
            return None


def take_part(link: Link, learn: Learn, say: Callable[[str], None] = print) -> None:
    """Participe à chaque tour jusqu'au dernier. Erreur : `ServerLost`."""
    done = 0
    while not (state := link.state())["fini"]:
        if state["tour"] == done:
            time.sleep(POLL_S)
            continue
        done = state["tour"]
        try:
            one_round(link, learn, done)
            say(f"Tour {done} : participé.")
        except (RoundLost, ProtocolError) as error:
            say(f"Tour {done} : sans ce client. {error}")


def one_round(link: Link, learn: Learn, server_round: int) -> None:
    """Apprend, puis envoie un message par étape. Erreurs : `RoundLost`, `ProtocolError`, `ServerLost`."""
    start = link.model(server_round)
    rules = parameters(link.agreement, start, server_round)
    update, num_examples = learn(start, server_round)
    sender, reply = open_sender(link, rules, update, num_examples), b""
    steps = stages(link.agreement.mode)
    for stage in steps:
        link.send(server_round, stage, sender.message(stage, reply))
        reply = link.reply(server_round, stage) if stage != steps[-1] else b""


def open_sender(link: Link, rules: Parameters, update: Arrays, num_examples: int) -> FernetSender | ProtocolSender:
    """Rend ce qui chiffre, dans le mode convenu."""
    identity = link.identity
    if link.agreement.mode == "fernet":
        return FernetSender(identity.fernet, update, num_examples)
    return ProtocolSender(link.agreement, rules, (identity.number, identity.private), update, num_examples)


def read_identity(folder: Path, agreement: Agreement, number: int) -> Identity:
    """Lit les clés d'un client dans son dossier."""
    key = (folder / "cle_fernet").read_bytes() if agreement.mode == "fernet" else b""
    return Identity(number, (folder / "cle").read_bytes(), key)


def main(arguments: list[str] | None = None) -> int:
    """Rend 0 quand la fédération est finie, 1 si le serveur est perdu ou si le dossier ne convient pas."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dossier", type=Path, required=True, help="les clés et les données du client")
    parser.add_argument("--adresse", required=True, help="l'adresse du serveur, en https://")
    parser.add_argument("--numero", type=int, required=True, help="le numéro du client dans federation.json")
    parser.add_argument("--cadre", choices=["pytorch", "keras"], default="pytorch")
    asked = parser.parse_args(arguments)
    from semaine_6_a_8.agregation_securisee import model  # PyTorch et TensorFlow sont longs à charger

    try:
        agreement = read_agreement(asked.dossier)
        identity = read_identity(asked.dossier, agreement, asked.numero)
        link = Link(asked.adresse, asked.dossier / "ca.pem", agreement, identity)
        sgd = model.SGD(agreement.lr, agreement.epochs, agreement.batch_size)
        learn = model.learner(asked.cadre, model.read_split(asked.dossier / "train.npz"), asked.numero, sgd)
        take_part(link, learn)
    except ServerLost as error:
        print(error, file=sys.stderr)
        return 1
    except (ValueError, OSError) as error:
        print(f"Le client ne démarre pas avec « {asked.dossier} » : {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)
    sys.exit(main())
