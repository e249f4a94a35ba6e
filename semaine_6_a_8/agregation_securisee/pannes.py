"""Les pannes, provoquées pour de vrai : de quoi jouer des clients sans apprentissage, et en tuer.

Chaque client joué rend une mise à jour connue d'avance : on sait donc ce qu'il fallait publier. Les clients sains sont
des fils de ce processus ; celui que l'on tue est un vrai programme, comme le serveur.
"""

import argparse
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psutil

from common.secure_aggregation.parameters import safe_threshold
from semaine_6_a_8.agregation_securisee.client import Link, RoundLost, one_round, read_identity, take_part
from semaine_6_a_8.agregation_securisee.cryptage import Arrays, quantiser, stages
from semaine_6_a_8.agregation_securisee.lancement import PACKAGE, Classic
from semaine_6_a_8.agregation_securisee.reglages import Agreement, read_agreement
from semaine_6_a_8.deploiement import processus
from semaine_6_a_8.deploiement.federation import open_folder

LENGTH = 20
Hook = Callable[[int, str], None]  # (tour, étape), appelé juste avant un envoi


def known_update(number: int, server_round: int) -> tuple[Arrays, int]:
    """Rend la mise à jour et l'effectif d'un client joué : les mêmes à chaque appel, différents pour chacun."""
    rng = np.random.default_rng([number, server_round])
    return {"poids": rng.uniform(-1, 1, LENGTH).astype(np.float32)}, 1 + int(rng.integers(1000))


def known_start() -> Arrays:
    """Rend le modèle de départ : zéro."""
    return {"poids": np.zeros(LENGTH, np.float32)}


def expected_model(before: Arrays, participants: Iterable[int], server_round: int) -> Arrays:
    """Rend le modèle qu'il faut publier quand ces clients-là, et eux seuls, ont participé."""
    updates, weights = zip(*(known_update(number, server_round) for number in participants), strict=True)
    return {name: before[name] + np.average([u[name] for u in updates], axis=0, weights=weights) for name in before}


def is_right(agreement: Agreement, before: Arrays, published: Arrays, report: dict) -> bool:
    """Vrai si le modèle publié est la moyenne des participants annoncés, ou l'ancien quand le tour est abandonné.

    L'écart permis est celui des arrondis : ceux de la quantification, et ceux des float32.
    """
    if report["abandon"]:
        return np.array_equal(published["poids"], before["poids"])
    due, bound = expected_model(before, report["participants"], report["tour"]), quantiser(agreement).error_bound(1, 1)
    return np.allclose(published["poids"], due["poids"], rtol=0, atol=bound + 1e-6)


class HookedLink(Link):
    """Un lien qui appelle `hook` avant chaque envoi, et compte ses requêtes."""

    hook: Hook = staticmethod(lambda server_round, stage: None)
    count = 0

    def send(self, server_round: int, stage: str, body: bytes) -> None:
        """Envoie, après `hook`."""
        self.hook(server_round, stage)
        super().send(server_round, stage, body)

    def once(self, method: str, path: str, body: bytes = b""):
        """Fait une requête, et la compte."""
        self.count += 1
        return super().once(method, path, body)


class Trial(Classic):
    """Une fédération d'essai, dont les clients sont joués ; `requests` compte leurs requêtes."""

    def __init__(self, folder: Path, num_clients: int, **settings) -> None:
        super().__init__(folder, known_start(), num_clients, **settings)
        self.links: list[HookedLink] = []
        self.victims: list[subprocess.Popen] = []
        self.threads: list[threading.Thread] = []

    @property
    def requests(self) -> int:
        """Rend le nombre de requêtes faites jusqu'ici."""
        return sum(link.count for link in self.links)

    def play(self, number: int, hook: Hook = HookedLink.hook) -> None:
        """Lance un client joué, dans un fil."""
        link = played_link(self.folder_of(number), self.address, number, hook)
        arguments = link, lambda arrays, server_round: known_update(number, server_round), lambda told: None
        self.links.append(link)
        self.threads.append(threading.Thread(target=take_part, args=arguments, daemon=True))
        self.threads[-1].start()

    def start_victim(self, number: int, stage: str) -> None:
        """Lance un client joué, un vrai programme, qui se tue (kill -9) juste avant d'envoyer le message de `stage`."""
        command = [sys.executable, "-m", f"{PACKAGE}.pannes", "--dossier", str(self.folder_of(number))]
        command += ["--adresse", self.address, "--numero", str(number), "--etape", stage]
        self.victims.append(self.launch(command, f"client-{number}"))

    def restart(self) -> float:
        """Tue le serveur (kill -9), relance la même commande, et rend les secondes où il n'a pas répondu."""
        start, server, self.server = time.monotonic(), self.server, None  # un autre fil ne doit pas s'en étonner
        server.kill()
        server.wait()
        self.start_server()
        return round(time.monotonic() - start, 2)

    def has_messages(self) -> bool:
        """Vrai dès que le serveur a accepté un message."""
        return bool(self._read("SELECT 1 FROM messages LIMIT 1"))

    def finish(self, timeout: float = 120.0) -> list[dict]:
        """Attend la fin, et rend les bilans ; chacun y porte `juste`, vrai si ce qu'il publie est ce qu'il dit."""
        reports, before = self.wait_reports(self.agreement.num_rounds, timeout), known_start()
        for thread in self.threads:
            thread.join(timeout)
        for report in reports:
            published = self.model_after(report["tour"])
            report["juste"] = is_right(self.agreement, before, published, report)
            before = published
        return reports


def played_link(folder: Path, address: str, number: int, hook: Hook = HookedLink.hook) -> HookedLink:
    """Rend le lien d'un client joué."""
    agreement = read_agreement(folder)
    link = HookedLink(address, folder / "ca.pem", agreement, read_identity(folder, agreement, number))
    link.hook = hook
    return link


@contextmanager
def open_trial(mode: str, num_clients: int = 5, **settings) -> Iterator[Trial]:
    """Ouvre une fédération d'essai, serveur lancé ; rien n'en reste à la fin."""
    defaults = {"threshold": safe_threshold(num_clients), "num_rounds": 1, "learning_s": 60.0, "stage_s": 60.0}
    with open_folder() as folder:
        trial = Trial(folder, num_clients, mode=mode, **(defaults | settings))
        trial.start_server()
        yield trial


def killed_client(mode: str, stage: str, first_s: float = 4.0, stage_s: float = 2.0) -> dict:
    """Tue un client sur cinq à une étape, et rend le bilan du tour.

    first_s, stage_s : le délai de la première étape, si c'est celle-là, et de chacune des autres.
    """
    first = stage == stages(mode)[0]
    with open_trial(mode, learning_s=first_s if first else 60.0, stage_s=stage_s) as trial:
        trial.start_victim(0, stage)
        for number in range(1, 5):
            trial.play(number)
        return trial.finish()[0]


def missing_clients(mode: str) -> dict:
    """Laisse trois clients sur cinq muets : il en reste moins que le seuil."""
    with open_trial(mode, learning_s=2.0) as trial:
        for number in range(2):
            trial.play(number)
        return trial.finish()[0]


def killed_server(mode: str) -> list[dict]:
    """Tue le serveur et le relance, une fois par tour, au milieu d'une étape différente à chaque tour."""
    steps, silences = stages(mode), []
    with open_trial(mode, num_rounds=len(steps)) as trial:

        def kill(server_round: int, stage: str) -> None:
            if stage == steps[server_round - 1]:
                silences.append(trial.restart())

        for number in range(5):
            trial.play(number, kill if number == 0 else HookedLink.hook)
        return [report | {"silence": silence} for report, silence in zip(trial.finish(), silences, strict=True)]


def two_clients_with_one_identity(mode: str) -> dict:
    """Joue le client 0, puis un second client 0, puis les autres ; le bilan porte `refus`, la réponse au second."""
    with open_trial(mode) as trial:
        trial.play(0)
        processus.wait_until(trial.has_messages, 30, lambda: "Le client 0 n'a rien envoyé.")
        twin = played_link(trial.folder_of(0), trial.address, 0)
        try:
            one_round(twin, lambda arrays, server_round: known_update(99, server_round), 1)
            refusal = "aucun"
        except RoundLost as error:
            refusal = str(error)
        for number in range(1, 5):
            trial.play(number)
        return trial.finish()[0] | {"refus": refusal}


def crowd(mode: str, num_clients: int = 50, num_rounds: int = 3) -> dict:
    """Joue cinquante clients à la fois ; rend les requêtes par seconde, clients compris, sur cette machine."""
    with open_trial(mode, num_clients, num_rounds=num_rounds) as trial:
        start = time.monotonic()
        for number in trial.agreement.clients:
            trial.play(number)
        reports = trial.finish()
        elapsed = time.monotonic() - start
    return {"bilans": reports, "requetes": trial.requests, "secondes": round(elapsed, 2)}


def main() -> int:
    """Joue un client, qui se tue avant l'envoi de `--etape`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dossier", type=Path, required=True)
    parser.add_argument("--adresse", required=True)
    parser.add_argument("--numero", type=int, required=True)
    parser.add_argument("--etape", required=True)
    asked = parser.parse_args()

    def die(server_round: int, stage: str) -> None:
        if stage == asked.etape:
            psutil.Process().kill()

    link = played_link(asked.dossier, asked.adresse, asked.numero, die)
    take_part(link, lambda arrays, server_round: known_update(asked.numero, server_round))
    return 0


if __name__ == "__main__":
    sys.exit(main())
