"""Lire un CHARTEVENTS de 10⁷ lignes : `python -m bancs.lecteur_ehr [--json FICHIER] [--dossier DOSSIER]`.

Chaque façon de lire tourne dans un processus neuf et calcule la même chose, le nombre de lignes par ITEMID et la
fréquence cardiaque moyenne, comparée à ce qui a été écrit. `scan_table` vérifie tout (champs, types, clés,
dates) ; `pandas.read_csv` ne vérifie rien.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import psutil

from bancs import rapport
from common.data.ehr import scan_table
from common.data.ehr.schema import column_names

LIGNES = 10**7
COMMANDE = "python -m bancs.lecteur_ehr --json bancs/resultats/lecteur_ehr.json"
PULSE, NEEDED = 220045, ["ITEMID", "VALUENUM"]
ITEMS = np.array([PULSE, 220179, 220210, 220277, 223761])
SEED, PATTERNS, PAR_MORCEAU, PAUSE_S = 0, 10_000, 100_000, 0.02


def ecrire(dossier: Path, lignes: int) -> dict:
    """Écrit CHARTEVENTS.csv au fil de l'eau ; rend ce qu'une bonne lecture doit trouver.

    Les lignes se répètent toutes les 10 000, au ROW_ID près : la taille compte ici, pas la médecine.
    """
    rng = np.random.default_rng(SEED)
    items, values = rng.choice(ITEMS, PATTERNS), rng.integers(40, 180, PATTERNS)
    ends = [_fin(n, item, value) for n, (item, value) in enumerate(zip(items, values, strict=True))]
    with (dossier / "CHARTEVENTS.csv").open("w", encoding="utf-8", newline="") as file:
        file.write(",".join(f'"{name}"' for name in column_names("CHARTEVENTS")) + "\n")
        for first in range(0, lignes, PATTERNS):
            rows = range(first, min(first + PATTERNS, lignes))
            file.write("".join([f"{row + 1},{ends[row - first]}" for row in rows]))
    written = np.resize(np.arange(PATTERNS), lignes)
    return resume(iter([pd.DataFrame({"ITEMID": items[written], "VALUENUM": values[written].astype(float)})]))


def _fin(n: int, item: int, value: int) -> str:
    identifiers = f"{10_000 + n % 500},{100_000 + n % 700},{200_000 + n % 800}"
    day, hour = f"2150-01-{1 + n % 28:02d}", f"{n % 24:02d}"
    return (
        f'{identifiers},{item},{day} {hour}:00:00,{day} {hour}:05:00,{17_000 + n % 90},"{value}",{value},"bpm",0,0,,\n'
    )


def resume(morceaux: Iterator[pd.DataFrame]) -> dict:
    """Rend le nombre de lignes par ITEMID et la fréquence cardiaque moyenne (battements/min)."""
    counts, pulses, total = pd.Series(dtype=int), 0, 0.0
    for morceau in morceaux:
        counts = counts.add(morceau["ITEMID"].value_counts(), fill_value=0)
        pulse = morceau.loc[morceau["ITEMID"] == PULSE, "VALUENUM"]
        pulses, total = pulses + len(pulse), total + float(pulse.sum())
    return {"counts": {str(item): int(counts[item]) for item in sorted(counts.index)}, "mean": round(total / pulses, 6)}


def _pandas(dossier: Path, **options) -> pd.DataFrame:
    return pd.read_csv(dossier / "CHARTEVENTS.csv", **options)


FACONS: dict[str, Callable[[Path], Iterator[pd.DataFrame]]] = {
    "scan_table, deux colonnes": lambda dossier: scan_table(dossier, "CHARTEVENTS", NEEDED),
    "scan_table, les quinze colonnes": lambda dossier: scan_table(dossier, "CHARTEVENTS"),
    "pandas par morceaux, deux colonnes": lambda dossier: _pandas(dossier, usecols=NEEDED, chunksize=PAR_MORCEAU),
    "pandas d'un coup, les quinze colonnes": lambda dossier: iter([_pandas(dossier)]),
}


def mesurer(facon: str, dossier: Path) -> dict:
    """Lit le fichier dans ce processus ; rend les secondes, la mémoire d'avant (Mio) et ce qui a été trouvé."""
    before, start = psutil.Process().memory_info().rss / 2**20, time.perf_counter()
    found = resume(FACONS[facon](dossier))
    return {"s": round(time.perf_counter() - start, 2), "mib_before": round(before, 1), "found": found}


def dans_un_processus_neuf(facon: str, dossier: Path, lignes: int) -> dict:
    """Lance `mesurer` à part, et relève sa mémoire toutes les 20 ms : le pic, sur tous les systèmes."""
    command = [sys.executable, "-m", "bancs.lecteur_ehr", "--facon", facon, "--dossier", str(dossier)]
    peak = 0
    with subprocess.Popen(command, cwd=rapport.RACINE, stdout=subprocess.PIPE, encoding="utf-8") as child:
        while child.poll() is None:
            peak = max(peak, _rss(child.pid))
            time.sleep(PAUSE_S)
        output = child.stdout.read()
    if child.returncode:
        raise RuntimeError(f"La lecture « {facon} » a échoué (code {child.returncode}) : voyez le message ci-dessus.")
    found = json.loads(output)
    speed = round(lignes / found["s"])
    return {"way": facon, "rows": lignes, **found, "mib_peak": round(peak / 2**20, 1), "rows_per_s": speed}


def _rss(pid: int) -> int:
    try:
        return psutil.Process(pid).memory_info().rss
    except psutil.NoSuchProcess:
        return 0


def run(dossier: Path, lignes: int) -> dict:
    """Écrit le fichier, le lit de chaque façon, l'efface ; RuntimeError si une lecture trouve autre chose."""
    start = time.perf_counter()
    expected = ecrire(dossier, lignes)
    path = dossier / "CHARTEVENTS.csv"
    print(f"{lignes} lignes, {path.stat().st_size / 1e9:.2f} Go, écrites en {time.perf_counter() - start:.0f} s")
    try:
        rows = []
        for facon in FACONS:
            row = dans_un_processus_neuf(facon, dossier, lignes)
            if row.pop("found") != expected:
                raise RuntimeError(f"La lecture « {facon} » ne trouve pas ce qui a été écrit.")
            rows.append(row)
            print("{way} : {s} s, {rows_per_s} lignes/s, pic {mib_peak} Mio (avant : {mib_before})".format(**row))
        return {"bytes": path.stat().st_size, "expected": expected, "rows": rows}
    finally:
        path.unlink()


def main(arguments: list[str]) -> int:
    """Rend 0."""
    parser = argparse.ArgumentParser(prog="python -m bancs.lecteur_ehr", description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, metavar="FICHIER", help="où écrire le rapport")
    parser.add_argument("--dossier", type=Path, help="où écrire le gros fichier (1 Go), effacé ensuite")
    parser.add_argument("--facon", choices=FACONS, help="ne mesure que cette façon, dans ce processus")
    options = parser.parse_args(arguments)
    if options.facon:
        print(json.dumps(mesurer(options.facon, options.dossier)))
        return 0
    with tempfile.TemporaryDirectory(dir=options.dossier) as dossier:
        result = run(Path(dossier), LIGNES)
    if options.json:
        header = rapport.entete(COMMANDE, [])
        header["versions"]["pandas"] = pd.__version__
        settings = {"seed": SEED, "rows": LIGNES, "rows_per_chunk": PAR_MORCEAU}
        rapport.ecrire(options.json, {**header, "settings": settings, **result})
    return 0


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace")
    sys.exit(main(sys.argv[1:]))
