"""Le cours, Flower sur Ray et pfl-research, à travail égal : `python -m bancs.simulation [--json FICHIER]`.

Mêmes données, mêmes réglages, même modèle de départ, même machine. Les essais alternent (A B C A B C…), chacun dans un
processus neuf ; le tableau donne les médianes et les rapports, et dit si les exactitudes concordent.
"""

import argparse
import os
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch

from bancs import rapport
from bancs.commande import lancer, lecteur
from bancs.pfl import environnement as pfl
from bancs.simulation_charges import WORKLOADS, Workload, read_trial
from bancs.simulation_donnees import FILES, export, load_workload
from bancs.simulation_processus import ENVIRONMENT, MEMORY_KIND, TrialError, run_trial
from bancs.simulation_tableau import COURSE, ratios, summarize, table
from common.data import Split
from common.metrics import Estimate, accuracy
from common.training import predict
from outils.lanceur.refus import Refus

PEERS = ("flower-ray", "flower-ray-nom", "pfl", "pfl-reparti")
REPETITIONS, MAX_REPETITIONS = 3, 20
CHUNK = 1000  # exemples évalués à la fois
INTERRUPTED = 130


def command_of(engine: str, workload: Workload, seed: int, folder: Path) -> list[str | Path]:
    """Rend la commande d'un essai ; `pfl-reparti` donne à pfl un processus par cœur, comme `torchrun`."""
    arguments = [workload.name, str(seed), folder]
    if not engine.startswith("pfl"):
        return [sys.executable, "-m", "bancs.simulation_essai", engine, *arguments]
    workers = str(min(os.cpu_count() or 1, workload.cohort))
    spread = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", workers]
    launcher = [pfl.preparer(), *(spread if engine == "pfl-reparti" else [])]
    return [*launcher, "-m", "bancs.pfl.essai", *arguments, folder / data_name(workload)]


def data_name(workload: Workload) -> str:
    """Rend le nom du fichier qui porte les données d'une charge jusqu'à pfl."""
    return f"{workload.name}.npz"


def try_engine(engine: str, workload: Workload, seed: int, folder: Path) -> dict[str, Any]:
    """Fait un essai et rend ses mesures ; l'exactitude est celle du modèle final, jugé ici pour tous les moteurs."""
    peak_mib = run_trial(command_of(engine, workload, seed, folder), folder / "journal.txt")
    trial, arrays = read_trial(folder)
    estimate = judge(workload, arrays, load_workload(workload).test)
    return {
        "workload": workload.name,
        "engine": engine,
        "version": trial.version,
        "seed": seed,
        "s_per_round": median(trial.later_rounds_s),
        "first_round_s": trial.first_round_s,
        "peak_mib": peak_mib,
        "accuracy": estimate.value,
        "low": estimate.low,
        "high": estimate.high,
    }


def judge(workload: Workload, arrays: dict[str, np.ndarray], test: Split) -> Estimate:
    """Rend l'exactitude d'un modèle sur le test réuni, avec son intervalle de Wilson."""
    model = workload.make_model()
    model.load_state_dict({name: torch.from_numpy(array) for name, array in arrays.items()})
    blocks = [predict(model, test.x[start : start + CHUNK]) for start in range(0, len(test), CHUNK)]
    probability = np.concatenate(blocks)
    return accuracy(test.y, probability.argmax(axis=1) if probability.ndim == 2 else probability >= 0.5)


def try_workload(
    workload: Workload, engines: Sequence[str], repetitions: int, progress: Callable[[str], None]
) -> list[dict[str, Any]]:
    """Fait tous les essais d'une charge, moteurs alternés ; la graine est le numéro de la répétition."""
    trials = []
    with TemporaryDirectory() as name:
        folder = Path(name)
        export(load_workload(workload), folder / data_name(workload))
        for seed in range(repetitions):
            for engine in engines:
                trials.append(try_engine(engine, workload, seed, folder))
                progress(f"{workload.name}, {engine}, essai {seed + 1} : {trials[-1]['s_per_round']:.4f} s par tour")
    return trials


def describe(workload: Workload) -> dict[str, Any]:
    """Rend les réglages d'une charge, ses effectifs, et si ses données sont réelles."""
    dataset = load_workload(workload)
    settings = {key: value for key, value in asdict(workload).items() if key not in ("name", "make_model")}
    return {
        **settings,
        "kind": "données synthétiques" if dataset.card.synthetic else "données réelles",
        "num_parameters": sum(parameter.numel() for parameter in workload.make_model().parameters()),
        "n": {"clients": workload.num_clients, "train": len(dataset.train), "test": len(dataset.test)},
    }


def run(
    names: Sequence[str], peers: Sequence[str], repetitions: int, progress: Callable[[str], None] = print
) -> dict[str, Any]:
    """Fait le banc et rend le rapport à écrire en JSON.

    TrialError si un essai échoue, Refus si pfl ne s'installe pas : cela se sait avant le premier essai.
    """
    if any(peer.startswith("pfl") for peer in peers):
        pfl.preparer()
    trials, workloads = [], {}
    for name in names:
        workloads[name] = describe(WORKLOADS[name])
        trials += try_workload(WORKLOADS[name], [COURSE, *peers], repetitions, progress)
    rows = summarize(trials)
    return {
        "seeds": list(range(repetitions)),
        "memory": f"{MEMORY_KIND} maximale de tous les processus d'un essai",
        "environment": ENVIRONMENT,
        "engines": {trial["engine"]: trial["version"] for trial in trials},
        "workloads": workloads,
        "rows": rows,
        "ratios": ratios(rows),
        "trials": trials,
    }


def with_header(command: str, report: dict[str, Any]) -> dict[str, Any]:
    """Met en tête du rapport ce que portent tous les bancs ; sans données réelles, aucune empreinte."""
    kinds = {workload["dataset"]: workload["kind"] for workload in report["workloads"].values()}
    real = [name for name, kind in kinds.items() if kind == "données réelles"]
    header = rapport.entete(command, [file for name in real for file in FILES[name]])
    return header | {"data": {"kind": kinds, "sha256": header["data"]["sha256"]}} | report


def main(arguments: list[str]) -> int:
    """Rend 0, 1 si un moteur manque ou échoue, 130 si le banc est interrompu."""
    options = parse(arguments)
    command = " ".join(["python -m bancs.simulation", *arguments])
    try:
        report = with_header(command, run(options.charges, options.pairs, options.repetitions))
    except (TrialError, Refus) as error:
        print(f"❌ {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrompu : rien n'est écrit, aucun processus ne reste.", file=sys.stderr)
        return INTERRUPTED
    print(table(report["rows"]))
    if options.json:
        rapport.ecrire(options.json, report)
    return 0


def parse(arguments: list[str]) -> argparse.Namespace:
    """Lit les options ; sans elles, le banc entier."""
    parser = lecteur("simulation", __doc__)
    parser.add_argument("--charges", nargs="+", choices=WORKLOADS, default=list(WORKLOADS), help="charges à mesurer")
    parser.add_argument("--pairs", nargs="+", choices=PEERS, default=list(PEERS), help="à quoi comparer le cours")
    parser.add_argument(
        "--repetitions",
        type=int,
        choices=range(1, MAX_REPETITIONS + 1),
        default=REPETITIONS,
        metavar="N",
        help=f"essais par moteur et par charge, de 1 à {MAX_REPETITIONS} ({REPETITIONS} sans cette option)",
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # arrêté par le système comme par Ctrl-C
    lancer(main)
