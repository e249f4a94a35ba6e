"""Résumer les essais du banc `simulation` : médianes, rapports au cours, concordance des exactitudes, tableau."""

from collections.abc import Sequence
from statistics import median, median_low
from typing import Any

from outils.nombres import virgule

COURSE = "cours"
HEADER = f"{'charge':9} {'moteur':14} {'s/tour':>9} {'1er tour':>9} {'Mio':>6}  exactitude [95 %]"
Row = dict[str, Any]


def summarize(trials: Sequence[Row]) -> list[Row]:
    """Rend une ligne par charge et moteur : médiane de chaque mesure, intervalle de Wilson, concordance avec le cours.

    L'exactitude est celle de l'essai médian. `agrees` dit si son intervalle rencontre celui du cours.
    """
    keys = dict.fromkeys((trial["workload"], trial["engine"]) for trial in trials)
    rows = {key: _summarize_one([t for t in trials if (t["workload"], t["engine"]) == key]) for key in keys}
    for (workload, _), row in rows.items():
        course = rows[workload, COURSE]
        row["agrees"] = row["low"] <= course["high"] and course["low"] <= row["high"]
    return list(rows.values())


def _summarize_one(trials: Sequence[Row]) -> Row:
    accuracy = median_low(trial["accuracy"] for trial in trials)
    chosen = next(trial for trial in trials if trial["accuracy"] == accuracy)
    return {
        **{key: chosen[key] for key in ("workload", "engine")},
        **{key: median(trial[key] for trial in trials) for key in ("s_per_round", "first_round_s", "peak_mib")},
        **{key: chosen[key] for key in ("accuracy", "low", "high")},
    }


def ratios(rows: Sequence[Row]) -> list[Row]:
    """Rend, par charge et par pair, combien de fois le cours va plus vite : un tour, et le premier tour à froid."""
    course = {row["workload"]: row for row in rows if row["engine"] == COURSE}
    return [
        {
            "workload": row["workload"],
            "engine": row["engine"],
            **{key: row[key] / course[row["workload"]][key] for key in ("s_per_round", "first_round_s")},
        }
        for row in rows
        if row["engine"] != COURSE
    ]


def table(rows: Sequence[Row]) -> str:
    """Met les lignes en un tableau lisible dans un terminal, suivi des rapports."""
    lines = [HEADER, *map(_line, rows), "", "Le cours va plus vite (par tour ; premier tour à froid) :"]
    for ratio in ratios(rows):
        per_round, first = virgule(ratio["s_per_round"], 1), virgule(ratio["first_round_s"], 1)
        lines.append(f"{ratio['workload']:9} que {ratio['engine']:14} {per_round:>7} fois ; {first} fois")
    return "\n".join(lines)


def _line(row: Row) -> str:
    interval = f"[{virgule(row['low'], 3)} ; {virgule(row['high'], 3)}]"
    warning = "" if row["agrees"] else "  ≠ cours"
    times = f"{virgule(row['s_per_round'], 4):>9} {virgule(row['first_round_s'], 2):>9}"
    measures = f"{times} {row['peak_mib']:6.0f}  {virgule(row['accuracy'], 3)} {interval}"
    return f"{row['workload']:9} {row['engine']:14} {measures}{warning}"
