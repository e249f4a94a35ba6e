"""Que laisse passer `find_identifiers` ? `python -m bancs.identifiants [--premiere] [--json FICHIER]`.

Rappel : la part des identifiants plantés (`bancs/identifiants_plantes.py`) dont plus une lettre ni un chiffre ne
reste. Précision : la part des passages retirés qui désignaient quelqu'un. Ce que les textes contenaient déjà est jugé à
la main, sur 150 passages par langue. `--premiere` est la mesure aveugle, faite une fois, avant que personne ne corrige
les règles. Sans elle, le banc prend d'autres documents, une autre graine et les phrases en réserve.

Les intervalles (Wilson, 95 %) supposent les identifiants indépendants ; ceux d'un même document ne le sont pas tout à
fait. Et les phrases sont les nôtres : un vrai hôpital en écrit d'autres.
"""

import hashlib
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import numpy as np

from bancs import rapport
from bancs.commande import lancer, lecteur
from bancs.identifiants_plantes import FILES, LANGUAGES, Identifier, PlantedNote, planted_notes
from bancs.identifiants_valeurs import KINDS
from bancs.reidentification import share
from common.data.cache import DataUnavailableError
from common.privacy.identifiers import find_identifiers

COMMANDE = "python -m bancs.identifiants --json bancs/resultats/identifiants.json"
JUDGED = rapport.RESULTATS / "identifiants_juges.json"
RULES = rapport.RACINE / "common" / "privacy" / "identifiers"
FIRST, FRESH = "première mesure", "nouvelle mesure"
SEEDS = {FIRST: 1, FRESH: 2}
SAMPLE, MISSES = 150, 10
BOUNDS = ("value", "low", "high")
FALSE_ALARM, PLACEHOLDER = "fausse alerte", "substitut"  # « Dr. X » : la note était déjà masquée, rien à juger


class Marked(NamedTuple):
    """Un texte planté, et les passages (début, fin) que les règles en retirent."""

    note: PlantedNote
    flagged: list[tuple[int, int]]


def mark(notes: Iterable[PlantedNote], language: str, find: Callable = find_identifiers) -> list[Marked]:
    """Passe les règles sur chaque texte."""
    return [Marked(note, [(one.start, one.end) for one in find(note.text, language)]) for note in notes]


def left(marked: Marked) -> list[int]:
    """Rend, pour chaque identifiant planté, combien de ses lettres et chiffres restent lisibles."""
    readable = _written(marked.note.text) & ~_mask(marked.note.text, marked.flagged)
    return [int(readable[one.start : one.end].sum()) for one in marked.note.identifiers]


def natural(marked: Marked) -> list[tuple[int, int]]:
    """Les passages retirés qui ne touchent aucun identifiant planté."""
    planted = _mask(marked.note.text, [(one.start, one.end) for one in marked.note.identifiers])
    return [(start, end) for start, end in marked.flagged if not planted[start:end].any()]


def recall(marked: list[Marked]) -> dict[str, Any]:
    """Rend le rappel et ce qui reste, par catégorie et en tout, puis les façons d'écrire les plus souvent manquées."""
    rows = [
        (one, rest) for document in marked for one, rest in zip(document.note.identifiers, left(document), strict=True)
    ]
    by_kind = {kind: _counts([row for row in rows if row[0].kind == kind]) for kind in KINDS}
    return {"all": _counts(rows), "by_kind": by_kind, "missed": _most_missed(rows)}


def precision(marked: list[Marked], judged: list[dict[str, Any]]) -> dict[str, Any]:
    """Rend la précision sur tous les passages retirés ; None si l'échantillon n'a pas été jugé tel qu'il est.

    Les passages plantés comptent juste ; pour les autres, la part juste et son intervalle viennent de l'échantillon, où
    les substituts (« Dr. X ») ne comptent ni pour ni contre.
    """
    flagged, others = sum(len(one.flagged) for one in marked), sum(len(natural(one)) for one in marked)
    counts = {"num_flagged": flagged, "num_planted": flagged - others, "num_natural": others}
    counts["clinical_characters_removed"] = _clinical_characters_removed(marked)
    known = {_place(one): one["verdict"] for one in judged}
    verdicts = Counter(known.get(_place(one)) for one in sample(marked))
    decided = verdicts.total() - verdicts[PLACEHOLDER]
    if not decided or None in verdicts:
        return {**counts, "natural": None, "all": None}
    right = share(decided - verdicts[FALSE_ALARM], decided)
    overall = {name: _mixed(flagged - others, others * decided / verdicts.total(), right[name]) for name in BOUNDS}
    return {
        **counts,
        "natural": {**right, "num_judged": decided, "verdicts": dict(verdicts.most_common())},
        "all": overall,
    }


def sample(marked: list[Marked]) -> list[dict[str, Any]]:
    """Tire les passages à juger : document, place et empreinte, jamais le texte (E3C est CC BY-NC)."""
    places = [(document.note, *span) for document in marked for span in natural(document)]
    drawn = Random(0).sample(places, min(SAMPLE, len(places)))
    return [
        {"id": note.id, "start": start, "end": end, "sha256": _digest(note.text[start:end])}
        for note, start, end in drawn
    ]


def run(name: str, languages: Iterable[str] = LANGUAGES) -> tuple[dict[str, Any], dict[str, list[Marked]]]:
    """Plante, passe les règles et mesure, dans chaque langue ; rend aussi les textes marqués."""
    judged = rapport.lire(JUDGED)["samples"].get(name, {}) if JUDGED.exists() else {}
    marked = {
        language: mark(planted_notes(language, SEEDS[name], reserve=name == FRESH), language) for language in languages
    }
    rows = {
        language: {
            "num_documents": len(documents),
            "recall": recall(documents),
            "precision": precision(documents, judged.get(language, [])),
        }
        for language, documents in marked.items()
    }
    return rows, marked


def _mixed(planted: int, others: float, right: float) -> float:
    return (planted + others * right) / (planted + others)


def _counts(rows: list[tuple[Identifier, int]]) -> dict[str, Any]:
    """Le rappel (Wilson 95 %), et les lettres et chiffres plantés puis laissés."""
    characters = sum(int(_written(one.text).sum()) for one, _ in rows)
    kept = sum(rest for _, rest in rows)
    found = sum(rest == 0 for _, rest in rows)
    return {"num_planted": len(rows), "recall": share(found, len(rows)), "characters": characters, "left": kept}


def _most_missed(rows: list[tuple[Identifier, int]]) -> list[dict[str, Any]]:
    planted = Counter((one.kind, one.pattern) for one, _ in rows)
    missed = Counter((one.kind, one.pattern) for one, rest in rows if rest)
    ranked = sorted(missed.items(), key=lambda item: (-item[1], item[0]))[:MISSES]
    return [{"kind": k, "pattern": p, "missed": n, "planted": planted[k, p]} for (k, p), n in ranked]


def _clinical_characters_removed(marked: list[Marked]) -> float:
    """La part des lettres et chiffres hors des identifiants plantés que les règles retirent (à tort ou à raison)."""
    removed = total = 0
    for note, flagged in marked:
        clinical = _written(note.text) & ~_mask(note.text, [(one.start, one.end) for one in note.identifiers])
        removed, total = removed + int((clinical & _mask(note.text, flagged)).sum()), total + int(clinical.sum())
    return removed / total


def _written(text: str) -> np.ndarray:
    return np.fromiter((letter.isalnum() for letter in text), bool, len(text))


def _mask(text: str, spans: Iterable[tuple[int, int]]) -> np.ndarray:
    mask = np.zeros(len(text), bool)
    for start, end in spans:
        mask[start:end] = True
    return mask


def _place(one: dict[str, Any]) -> tuple[Any, ...]:
    return one["id"], one["start"], one["end"], one["sha256"]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:8]


def _rules_digest() -> str:
    """L'empreinte des règles mesurées : elle dit si elles ont changé depuis."""
    sources = [path.read_text(encoding="utf-8") for path in sorted(RULES.glob("*.py"))]
    return hashlib.sha256("".join(sources).encode("utf-8")).hexdigest()


def _write_sample(path: Path, marked: dict[str, list[Marked]]) -> None:
    """Écrit les passages à juger avec leur contexte, pour une personne : à ne pas publier."""
    lines = {}
    for language, documents in marked.items():
        texts = {document.note.id: document.note.text for document in documents}
        lines[language] = []
        for one in sample(documents):
            text, start, end = texts[one["id"]], one["start"], one["end"]
            shown = f"{text[max(0, start - 60) : start]}⟦{text[start:end]}⟧{text[end : end + 60]}"
            lines[language].append({**one, "verdict": None, "text": shown})
    path.write_text(json.dumps(lines, ensure_ascii=False, indent=1), encoding="utf-8", newline="\n")


def _show(name: str, rows: dict[str, Any]) -> None:
    for language, row in rows.items():
        print(f"{name}, {language}, {row['num_documents']} documents")
        for kind, counts in [*row["recall"]["by_kind"].items(), ("tout", row["recall"]["all"])]:
            part = "{count:>4} / {n:>4} : {value:.1%} [{low:.1%} ; {high:.1%}]"
            print(f"  {kind:<12}", part.format(n=counts["num_planted"], **counts["recall"]), f"reste {counts['left']}")
        print("  précision :", row["precision"]["all"] or "passages à juger (--a-juger FICHIER)")


def _save(path: Path, name: str, rows: dict[str, Any]) -> int:
    """Ajoute la mesure au rapport, sans toucher à l'autre ; rend 2 plutôt que d'écraser la première."""
    header = rapport.entete(COMMANDE, [file for files in FILES.values() for file in files])
    measures = rapport.lire(path)["measures"] if path.exists() else {}
    if name == FIRST and measures.get(FIRST, {}).get("rules_sha256", _rules_digest()) != _rules_digest():
        print(f"{path} a déjà sa première mesure, sur d'autres règles. Tapez la commande sans --premiere.")
        return 2
    command = COMMANDE + " --premiere" * (name == FIRST)
    provenance = {"command": command, "commit": header.pop("commit"), "rules_sha256": _rules_digest()}
    measures[name] = {**provenance, "seed": SEEDS[name], "reserve": name == FRESH, **rows}
    rapport.ecrire(path, {**header, "measures": measures})
    return 0


def main(arguments: list[str]) -> int:
    """Rend 0 ; 1 si les textes réels manquent ; 2 si la première mesure est déjà faite, sur d'autres règles."""
    parser = lecteur("identifiants", __doc__)
    parser.add_argument("--premiere", action="store_true", help="la mesure aveugle, qui ne se refait pas")
    parser.add_argument("--a-juger", type=Path, metavar="FICHIER", help="où écrire les passages à juger à la main")
    options = parser.parse_args(arguments)
    name = FIRST if options.premiere else FRESH
    try:
        rows, marked = run(name)
    except DataUnavailableError as error:
        print(f"❌ {error}", file=sys.stderr)
        return 1
    _show(name, rows)
    if options.a_juger:
        _write_sample(options.a_juger, marked)
    return _save(options.json, name, rows) if options.json else 0


if __name__ == "__main__":
    lancer(main)
