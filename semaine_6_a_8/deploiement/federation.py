"""Une vraie fédération Flower sur cette machine : un SuperLink, un SuperNode par hôpital, TLS, nœuds authentifiés."""

import json
import os
import shutil
import signal
import ssl
import subprocess
import tempfile
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import psutil

from common.data import FederatedDataset
from semaine_6_a_8.deploiement import processus, securite
from semaine_6_a_8.deploiement.app.coeur_federe.client_app import ROSTER, SIGNATURE, embedded_dataset
from semaine_6_a_8.deploiement.app.coeur_federe.dossier import write_center
from semaine_6_a_8.deploiement.entrainement import Outcome, read_outcome
from semaine_6_a_8.deploiement.processus import LOOPBACK, DeploymentError

APP = Path(__file__).parent / "app"
PREFIX = "federation-cours-"
CONNECTION = "deploiement"  # le nom du SuperLink dans la configuration de la commande flwr
READY_S = 60.0
COMMAND_S = 60.0
MARGIN_S = 120.0  # départ et arrêt d'un entraînement ; au-delà des délais de ses tours, il est déclaré perdu
SECURE_EXCHANGES = 5  # par tour : clés, parts, entraînement, confirmations, démasquage
SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)]


RunConfig = dict[str, float | str]


class Training(NamedTuple):
    """Un entraînement en cours : la commande `flwr run` qui le suit, son dossier de sortie, son délai en secondes."""

    stream: subprocess.Popen
    output: Path
    limit: float


class Federation:
    """Les programmes, les clés et les fichiers d'une fédération : tout vit sous `folder`, dont le nom sert de marque.

    `simulation` : le SuperLink joue lui-même les hôpitaux (avec Ray), sans SuperNode. `secure` : chaque hôpital a une
    clé de signature, et n'envoie plus de mise à jour que masquée.
    """

    def __init__(self, folder: Path, *, simulation: bool = False, secure: bool = False) -> None:
        self.folder, self.simulation, self.secure = folder, simulation, secure
        self.port = processus.free_port()
        self.superlink: subprocess.Popen | None = None
        self.nodes: dict[str, subprocess.Popen] = {}
        self.names: dict[int, str] = {}
        for name in ("cles", "hopitaux", "journaux", "superlink"):
            (folder / name).mkdir()
        self.keys = folder / "cles"

    def start_superlink(self) -> None:
        """Fabrique les certificats, lance le SuperLink et attend qu'il réponde."""
        securite.write_certificates(self.keys, LOOPBACK)
        self._write_connection()
        if self.secure:
            securite.write_signing_keys(self.keys, embedded_dataset())
        tls = ["--ssl-ca-certfile", "ca.pem", "--ssl-certfile", "serveur.pem", "--ssl-keyfile", "serveur.key"]
        tls[1::2] = [str(self.keys / name) for name in tls[1::2]]
        command = ["flower-superlink", "--host", LOOPBACK, "--port", str(self.port), *tls]
        command += ["--simulation"] if self.simulation else ["--enable-supernode-auth"]
        self.superlink = self._launch([*command, "--disable-runtime-dependency-installation"], "superlink")
        processus.wait_until(self._answers, READY_S, lambda: self.explain("Le SuperLink ne répond pas", "superlink"))

    def open_hospitals(self, dataset: FederatedDataset) -> None:
        """Pour chaque centre : écrit son dossier, fabrique sa clé, l'inscrit, lance son SuperNode."""
        for name, center in dataset.items():
            write_center(self.folder / "hopitaux" / name, center)
            securite.write_node_key(self.keys, name)
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(self.register, dataset))
        for name in dataset:
            self.start_node(name)

    def register(self, name: str) -> None:
        """Inscrit la clé publique d'un hôpital auprès du SuperLink."""
        public = str(self.keys / f"{name}.pub")
        answer = self._flwr("supernode", "register", public, CONNECTION, "--name", name, "--format", "json")
        self.names[int(json.loads(answer)["node-id"])] = name

    def start_node(self, name: str) -> None:
        """Lance le SuperNode d'un hôpital : il ne reçoit que l'autorité, l'annuaire, ses clés, ses données.

        Tous portent `partition-id=0` : ce qui distingue un hôpital est sa clé.
        """
        data = self.folder / "hopitaux" / name
        command = ["flower-supernode", "--superlink", f"{LOOPBACK}:{self.port}"]
        command += ["--root-certificates", str(self.keys / "ca.pem")]
        command += ["--auth-supernode-private-key", str(self.keys / name)]
        command += ["--host", LOOPBACK, "--port", str(processus.free_port())]
        config = f'partition-id=0 num-partitions=1 data-folder="{data.as_posix()}"'
        if self.secure:
            config += f' signing-key="{(self.keys / (name + SIGNATURE)).as_posix()}" roster="{self._roster}"'
        command += ["--node-config", config]
        self.nodes[name] = self._launch(command, name)

    def train(self, settings: RunConfig) -> Outcome:
        """Entraîne et rend ce qu'en dit le serveur. Erreurs : celles de `finish`."""
        return self.finish(self.start_training(settings))

    def start_training(self, settings: RunConfig) -> Training:
        """Envoie l'application et ses réglages au SuperLink, et rend la main aussitôt."""
        output = Path(tempfile.mkdtemp(prefix="sortie-", dir=self.folder))
        config = " ".join(f"{key}={value}" for key, value in settings.items()) + f' output="{output.as_posix()}"'
        if self.secure:
            config += f' secure=true roster="{self._roster}"'
        if self.secure and self.simulation:
            config += f' simulated-keys="{self.keys.as_posix()}"'
        command = ["flwr", "run", str(APP), CONNECTION, "--stream", "--run-config", config]
        if self.simulation:
            command += ["--federation-config", "num-supernodes=4 client-resources-num-cpus=1"]
        exchanges = settings["num-rounds"] * (SECURE_EXCHANGES if self.secure else 1) + 1
        limit = MARGIN_S + exchanges * settings["round-timeout"]
        return Training(self._launch(command, "superlink", log="entrainement"), output, limit)

    def finish(self, training: Training) -> Outcome:
        """Attend la fin d'un entraînement.

        Erreur : `DeploymentError` si le SuperLink s'arrête, si le délai total passe, ou si le serveur renonce.
        """
        late = f"L'entraînement n'est pas fini après {training.limit:.0f} s : il est abandonné"
        processus.wait_until(lambda: self._ended(training), training.limit, lambda: self.explain(late, "entrainement"))
        if not (training.output / "rapport.json").is_file():
            raise DeploymentError(self.explain("L'entraînement n'a rien rendu", "entrainement"))
        return read_outcome(training.output, self.names)

    def explain(self, what: str, log: str) -> str:
        """Rend `what`, suivi de la fin du journal d'un programme."""
        lines = [line for line in self.read_log(log).splitlines() if line.strip()]
        return "\n".join([f"{what}. Fin du journal « {log} » :", *lines[-5:]])

    def read_log(self, name: str) -> str:
        """Rend ce qu'un programme a écrit."""
        return self._log(name).read_text(encoding="utf-8", errors="replace")

    def _ended(self, training: Training) -> bool:
        if self.superlink.poll() is not None:
            raise DeploymentError(
                f"Le SuperLink s'est arrêté (code {self.superlink.returncode}) pendant l'entraînement : "
                "aucun modèle n'est rendu. Relancez la commande."
            )
        return training.stream.poll() is not None

    @property
    def _roster(self) -> str:
        return (self.keys / ROSTER).as_posix()

    def _environment(self, owner: str) -> dict[str, str]:
        """L'environnement d'un programme : chaque hôpital a son propre dossier de Flower."""
        return processus.child_environment(self.folder / owner, self.folder.name)

    def _launch(self, command: list[str], owner: str, log: str | None = None) -> subprocess.Popen:
        return processus.launch(command, self._environment(owner), self._log(log or owner))

    def _log(self, name: str) -> Path:
        return self.folder / "journaux" / f"{name}.log"

    def _flwr(self, *arguments: str) -> str:
        environment = self._environment("superlink")
        command, what = [processus.find_program("flwr", environment), *arguments], " ".join(arguments[:2])
        try:
            done = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", timeout=COMMAND_S)
        except subprocess.TimeoutExpired:
            raise DeploymentError(f"« flwr {what} » ne répond pas après {COMMAND_S:.0f} s : relancez.") from None
        if done.returncode != 0:
            raise DeploymentError(f"« flwr {what} » a échoué :\n{done.stdout}{done.stderr}")
        return done.stdout

    def _write_connection(self) -> None:
        authority = (self.keys / "ca.pem").as_posix()
        lines = [
            f"[superlink.{CONNECTION}]",
            f'address = "{LOOPBACK}:{self.port}"',
            f'root-certificates = "{authority}"',
        ]
        (self.folder / "superlink" / "config.toml").write_text("\n".join(lines), encoding="utf-8")

    def _answers(self) -> bool:
        if self.superlink.poll() is not None:
            raise DeploymentError(self.explain("Le SuperLink n'a pas démarré", "superlink"))
        try:
            context = ssl.create_default_context(cafile=self.keys / "ca.pem")
            with urllib.request.urlopen(f"https://{LOOPBACK}:{self.port}/health", timeout=2, context=context) as answer:
                return answer.status == 200
        except OSError:
            return False


@contextmanager
def open_federation(*, simulation: bool = False, secure: bool = False) -> Iterator[Federation]:
    """Ouvre une fédération vide et, quoi qu'il arrive, n'en laisse rien : ni programme, ni clé, ni fichier."""
    with open_folder() as folder:
        yield Federation(folder, simulation=simulation, secure=secure)


@contextmanager
def open_folder() -> Iterator[Path]:
    """Ouvre un dossier temporaire dont le nom sert de marque ; à la fin, ses programmes et ses fichiers disparaissent.

    Ctrl-C, SIGTERM et la fermeture du terminal deviennent un `KeyboardInterrupt` ; un second est ignoré, le temps du
    ménage. Ce qu'un arrêt brutal (SIGKILL) laisserait, l'ouverture suivante le balaie.
    """
    sweep()
    previous = {number: signal.signal(number, _interrupt) for number in SIGNALS}
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))  # mode 700
    try:
        yield folder
    finally:
        _ignore_signals()
        try:
            processus.kill_marked(lambda mark: mark == folder.name)
        finally:
            shutil.rmtree(folder)
            for number, handler in previous.items():
                signal.signal(number, handler)


def sweep() -> None:
    """Tue les programmes et efface les dossiers des fédérations dont le lanceur est mort sans faire son ménage."""
    processus.kill_marked(_is_orphan)
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        if _is_orphan(folder.name):
            shutil.rmtree(folder, ignore_errors=True)  # celui d'un autre utilisateur reste


def _is_orphan(mark: str) -> bool:
    owner = mark.removeprefix(PREFIX).split("-")[0]
    return owner.isdecimal() and not psutil.pid_exists(int(owner))


def _interrupt(number: int, _frame: object) -> None:
    _ignore_signals()
    raise KeyboardInterrupt(signal.Signals(number).name)


def _ignore_signals() -> None:
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
