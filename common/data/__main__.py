"""`python -m common.data` dit l'état de chaque jeu de données ; suivi d'un NOM, il en télécharge la copie réelle."""

import sys

from common.data import DATASETS, find_dataset
from common.data.cache import (
    DataUnavailableError,
    cache_folder,
    copies,
    declared_fault,
    download,
    fetch_command,
    verified_copy,
)


def main(arguments: list[str]) -> int:
    """Rend 0 si tout va bien, 1 si un téléchargement échoue, 2 si la commande est mal écrite."""
    if not arguments:
        fault = declared_fault(*(file for dataset in DATASETS.values() for file in dataset.FILES[:1]))
        print(*(_describe(name) for name in DATASETS), *([f"⚠️ {fault}"] if fault else []), sep="\n\n")
        return 0
    try:
        for name in arguments:
            _fetch(name)
    except ValueError as error:
        print(f"❌ {error}", file=sys.stderr)
        return 2
    except DataUnavailableError as error:
        print(f"❌ {error}", file=sys.stderr)
        return 1
    return 0


def _describe(name: str) -> str:
    dataset = DATASETS[name]
    embedded = f"embarqué (données {dataset.EMBEDDED})" if dataset.EMBEDDED else "rien d'embarqué"
    return f"{name} : {dataset.CARD.title}\n  {embedded}\n{_real_copy(name)}  Licence : {dataset.CARD.license}"


def _real_copy(name: str) -> str:
    files = DATASETS[name].FILES
    if not files:
        return ""
    lacking = [file for file in files if not verified_copy(file)]
    damaged = [str(path) for file in lacking for path in copies(file)]
    state = f"abîmée ({', '.join(damaged)})" if damaged else "absente" if lacking else "présente"
    advice = f" ; pour la télécharger, tapez : {fetch_command(name)}" if lacking else ""
    return f"  copie réelle : {state}, {_megabytes(files)}{advice}\n"


def _fetch(name: str) -> None:
    files = find_dataset(name).FILES
    missing = [file for file in files if not verified_copy(file)]
    if not files:
        print(f"« {name} » est déjà là : ses vraies données sont dans scikit-learn, il n'y a rien à télécharger.")
    elif not missing:
        print(f"« {name} » est déjà là, vérifié ({_megabytes(files)}).")
    else:
        print(f"« {name} » : {len(missing)} fichier(s), {_megabytes(missing)}, vers {cache_folder()}", flush=True)
        for file in missing:
            download(file)
        print(f'✅ « {name} » est prêt : load("{name}", source="real")')


def _megabytes(files) -> str:
    return f"{sum(file.size for file in files) / 1e6:.2f} Mo".replace(".", ",")


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace")
    sys.exit(main(sys.argv[1:]))
