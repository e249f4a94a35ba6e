"""Un essai, dans un processus neuf : `python -m bancs.simulation_essai MOTEUR CHARGE GRAINE DOSSIER`.

Le banc lance ce programme ; pfl-research a le sien, `bancs.pfl.essai`, dans son propre environnement.
"""

import sys
from importlib import import_module
from pathlib import Path

from bancs.simulation_charges import WORKLOADS

MODULES = {
    "cours": "bancs.simulation_cours",
    "flower-ray": "bancs.simulation_flower",
    "flower-ray-nom": "bancs.simulation_flower_nom",
}


def main(engine: str, workload: str, seed: str, folder: str) -> None:
    """Importe le moteur demandé, puis fait l'essai : le module a un nom, que Ray retrouve dans ses acteurs."""
    import_module(MODULES[engine]).run(WORKLOADS[workload], int(seed), Path(folder))


if __name__ == "__main__":
    main(*sys.argv[1:])
