"""Que coûte l'agrégation sécurisée, au client et au serveur ? `python -m bancs.agregation_securisee [--json FICHIER]`.

Cent mille entiers par client, trois tailles de tour, aucune perte, 10 % ou 30 % de clients perdus ; à côté, les
fonctions SecAgg+ de Flower dans le même essai, et les chiffres publiés par Bonawitz et al. (2017). Les temps comparés
sont ceux du processeur : d'autres programmes sur la machine les gênent moins que l'horloge, donnée elle aussi.
"""

import time
from typing import Any

from bancs import agregation_essais, agregation_flower, rapport
from bancs.agregation_tour import Setting, measure
from bancs.commande import lancer, lecteur
from common.secure_aggregation.graph import degree_and_threshold
from common.secure_aggregation.parameters import safe_threshold

COMMANDE = "python -m bancs.agregation_securisee --json bancs/resultats/agregation_securisee.json"
SIZES, COMPLETE_SIZES = (100, 500, 1000), (100, 500)
RATES = (0.0, 0.1, 0.3)
CORRUPT = DROPOUT = 1 / 3
SEED = 0
TARGETS = {"num_clients": 500, "client_s": 0.3, "server_s": 10.0, "dropout": 0.3}
PUBLISHED = {
    "source": "Bonawitz et al. 2017, CCS, 100 000 entrées, graphe complet, un seul fil",
    "client_s": {"500": 0.849, "1000": 1.699},
    "server_s": {"500": {"0.0": 2, "0.1": 62, "0.3": 143}, "1000": {"0.1": 180, "0.3": 414}},
}


def settings() -> list[Setting]:
    """Rend les tours mesurés : le graphe creux de Bell et al. 2020, puis le graphe complet, au seuil ⌊2n/3⌋ + 1."""
    sparse = [Setting(n, *degree_and_threshold(n, CORRUPT, DROPOUT)) for n in SIZES]
    return sparse + [Setting(n, None, safe_threshold(n)) for n in COMPLETE_SIZES]


def compare(setting: Setting) -> list[dict[str, Any]]:
    """Rend les lignes d'un tour, une par taux de perte : les nôtres, celles de Flower, et combien de fois plus."""
    shape = {"num_clients": setting.num_clients, "degree": setting.degree, "threshold": setting.threshold}
    ours, theirs = measure(setting, RATES, SEED), agregation_flower.measure(setting, RATES)
    return [
        shape | row | {"flower": flower, "ratio": ratio(row, flower)} for row, flower in zip(ours, theirs, strict=True)
    ]


def ratio(row: dict[str, Any], flower: dict[str, float]) -> dict[str, float]:
    """Rend le temps de Flower divisé par le nôtre."""
    return {side: round(flower[f"{side}_cpu_s"] / row[side]["cpu_s"], 1) for side in ("client", "server")}


def run() -> dict[str, Any]:
    """Mesure tout, montre chaque ligne, et rend le rapport."""
    start, rows = time.perf_counter(), []
    for setting in settings():
        rows += compare(setting)
        for row in rows[-len(RATES) :]:
            print(described(row))
    timed = {"client": agregation_flower.CLIENT_TIMED, "server": agregation_flower.SERVER_TIMED}
    return {
        **rapport.entete(COMMANDE, []),
        "settings": {"length": setting.length, "seed": SEED, "corrupt": CORRUPT, "dropout": DROPOUT},
        "targets": TARGETS,
        "published": PUBLISHED,
        "flower_timed": timed,
        "rows": rows,
        "essais": agregation_essais.run(),
        "seconds": round(time.perf_counter() - start),
    }


def described(row: dict[str, Any]) -> str:
    """Une ligne, en clair."""
    graph = "complet" if row["degree"] is None else f"de degré {row['degree']}"
    client, server, flower = row["client"], row["server"], row["flower"]
    return (
        f"{row['num_clients']} clients, graphe {graph}, {row['dropout']:.0%} perdus : "
        f"client {client['cpu_s']:.3f} s (Flower {flower['client_cpu_s']:.2f}), "
        f"serveur {server['cpu_s']:.2f} s (Flower {flower['server_cpu_s']:.0f}), {server['mib_peak']} Mio"
    )


def main(arguments: list[str]) -> int:
    """Rend 0."""
    options = lecteur("agregation_securisee", __doc__).parse_args(arguments)
    report = run()
    for essai in report["essais"]:
        print("{work} : {kept}, {kept_ms} ms ; {tried}, {tried_ms} ms ; × {ratio}".format(**essai))
    if options.json:
        rapport.ecrire(options.json, report)
    return 0


if __name__ == "__main__":
    lancer(main)
