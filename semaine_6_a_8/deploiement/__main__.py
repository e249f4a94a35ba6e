"""`python -m semaine_6_a_8.deploiement` : la même application Flower de trois manières, puis en panne."""

import argparse
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

import common  # noqa: F401 (règle l'environnement avant que Flower soit importé)
from semaine_6_a_8.deploiement import manieres, pannes
from semaine_6_a_8.deploiement.entrainement import model_gap
from semaine_6_a_8.deploiement.manieres import Settings
from semaine_6_a_8.deploiement.processus import DeploymentError

TOLERANCE = 1e-9


def launch(settings: Settings, output: Path | None) -> int:
    """Entraîne sur le vrai SuperLink, raconte, et range le modèle si un fichier est demandé."""
    outcome = manieres.on_superlink(settings, print)
    print(*outcome.lines(), sep="\n")
    if output:
        np.savez(output, **outcome.arrays)
        print(f"Modèle rangé dans {output}.")
    print("Tout est arrêté, les clés sont effacées.")
    return 0


def compare(settings: Settings) -> int:
    """Affiche l'écart entre les modèles des trois manières ; rend 1 s'il dépasse 1e-9."""
    agree = True
    for name, gap in manieres.gaps(settings, print):
        print(f"Plus grand écart entre (a), dans ce processus, et {name} : {gap:.1e}")
        agree = agree and gap <= TOLERANCE
    return int(not agree)


def secure(settings: Settings) -> int:
    """Entraîne avec des mises à jour masquées, et compare au FedAvg en clair ; rend 1 si l'écart dépasse la borne."""
    start = time.monotonic()
    outcome = manieres.on_superlink(settings, print, secure=True)
    print(*outcome.lines(), sep="\n")
    gap, bound = model_gap(outcome.arrays, manieres.in_process(settings).arrays), manieres.model_bound(outcome)
    print("Le serveur n'a reçu que des vecteurs masqués, et leur somme.")
    print(f"Plus grand écart avec FedAvg en clair : {gap:.1e} ; borne prouvée : {bound:.1e}.")
    print(
        f"{settings.num_rounds} tour(s) en {time.monotonic() - start:.0f} s. Tout est arrêté, les clés sont effacées."
    )
    return int(gap > bound)


def main(arguments: list[str] | None = None) -> int:
    """Rend le code de sortie : 0, 1 après un échec, 130 après une interruption."""
    asked = _parser().parse_args(arguments)
    settings = Settings(asked.tours, asked.delai)
    actions = {
        "lancer": lambda: launch(settings, asked.sortie),
        "comparer": lambda: compare(replace(settings, evaluate=False)),
        "securise": lambda: secure(replace(settings, evaluate=False)),
        "pannes": lambda: pannes.show(replace(settings, evaluate=False), print),
    }
    try:
        return actions[asked.action]()
    except DeploymentError as error:
        print(error, "Tout est arrêté, les clés sont effacées.", sep="\n", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrompu : tout est arrêté, les clés sont effacées.", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m semaine_6_a_8.deploiement", description=__doc__)
    parser.add_argument("action", nargs="?", default="lancer", choices=["lancer", "comparer", "securise", "pannes"])
    parser.add_argument("--tours", type=_positive, default=3, help="nombre de tours (3)")
    parser.add_argument("--delai", type=_positive, default=60, help="secondes laissées à une étape (60)")
    parser.add_argument("--sortie", type=_npz, help="où ranger le modèle final, un fichier .npz")
    return parser


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"« {text} » n'est pas un entier d'au moins 1")
    return int(text)


def _npz(text: str) -> Path:
    path = Path(text)
    if path.suffix != ".npz" or not path.resolve().parent.is_dir():
        raise argparse.ArgumentTypeError(f"« {text} » : donnez un nom en .npz, dans un dossier qui existe")
    return path


if __name__ == "__main__":
    sys.exit(main())
