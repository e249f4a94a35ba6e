"""La mémoire dépend-elle du nombre de clients ? `python -m bancs.population [--json FICHIER]`.

Chaque taille de population tourne dans un processus neuf : 50 tours, 100 clients tirés par tour, des données
synthétiques que le centre ne fabrique que si on les lui demande.
"""

import json
import subprocess
import sys
import time

import numpy as np
import psutil
from flwr.app import ArrayRecord
from flwr.serverapp.strategy import FedAvg

from bancs import rapport
from bancs.commande import lancer, lecteur
from common import models
from common.data import Center, DataCard, FederatedDataset, Split
from common.data.dataset import NumberedNames
from common.federated import arrays_of, sgd_training, simulate, torch_client_app
from common.training import SGD

POPULATIONS = (10**2, 10**4, 10**6)
ROUNDS, COHORT, EXAMPLES, FEATURES = 50, 100, 60, 100
COMMANDE = "python -m bancs.population --json bancs/resultats/population.json"
CARD = DataCard("virtuel", "clients virtuels", True, "générateur", "sans objet", "aucune ressemblance avec un patient")


def virtual(population: int) -> FederatedDataset:
    """Rend des clients virtuels : le centre i tire ses exemples avec la graine i, quand on les demande."""
    names = NumberedNames(population)

    def make_center(name: str) -> Center:
        rng = np.random.default_rng(names.index(name))
        x = rng.normal(size=(EXAMPLES, FEATURES)).astype(np.float32)
        split = Split(x, (x[:, 0] > 0).astype(np.int64), np.arange(EXAMPLES))
        return Center(split, split[:0])

    return FederatedDataset(names, make_center, CARD)


def measure(population: int) -> dict[str, float]:
    """Fait les tours dans ce processus ; rend la mémoire (Mio) après 5 tours, à la fin, et le temps d'un tour."""
    process, memory, clock = psutil.Process(), [], []

    def evaluate(server_round: int, arrays: ArrayRecord) -> None:
        memory.append(process.memory_info().rss / 2**20)
        clock.append(time.perf_counter())

    dataset, model = virtual(population), models.linear(FEATURES)
    app = torch_client_app(model, dataset, sgd_training(SGD(0.1, batch_size=10)))
    strategy = FedAvg(fraction_train=COHORT / population, min_train_nodes=COHORT, fraction_evaluate=0.0)
    simulate(app, strategy, dataset, arrays_of(model), num_rounds=ROUNDS, evaluate_fn=evaluate)
    return {
        "population": population,
        "mib_round_5": round(memory[5], 1),
        "mib_last_round": round(memory[-1], 1),
        "mib_peak": round(max(memory), 1),
        "s_per_round": round(float(np.median(np.diff(clock[1:]))), 4),
    }


def run() -> list[dict[str, float]]:
    """Mesure chaque population dans un processus neuf."""
    rows = []
    for population in POPULATIONS:
        command = [sys.executable, "-m", "bancs.population", "--une", str(population)]
        done = subprocess.run(command, cwd=rapport.RACINE, check=True, stdout=subprocess.PIPE, encoding="utf-8")
        rows.append(json.loads(done.stdout))
        print("{population:>9} clients : {mib_round_5} Mio au tour 5, {mib_last_round} au tour 50".format(**rows[-1]))
    return rows


def main(arguments: list[str]) -> int:
    """Rend 0."""
    parser = lecteur("population", __doc__)
    parser.add_argument("--une", type=int, metavar="N", help="ne mesure que N clients, dans ce processus")
    options = parser.parse_args(arguments)
    if options.une:
        print(json.dumps(measure(options.une)))
        return 0
    rows = run()
    if options.json:
        settings = {"rounds": ROUNDS, "cohort": COHORT, "examples": EXAMPLES, "features": FEATURES}
        rapport.ecrire(options.json, {**rapport.entete(COMMANDE, []), "settings": settings, "rows": rows})
    return 0


if __name__ == "__main__":
    lancer(main)
