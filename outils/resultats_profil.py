"""Le tableau de bancs/LISEZMOI.md sur le temps d'un tour, étape par étape, tiré du JSON du banc `profil`."""

from typing import Any

from outils.nombres import virgule


def blocs(rapport: dict[str, Any]) -> list[list[str]]:
    """Rend la présentation et le tableau."""
    machine = rapport["machine"]
    presentation = [
        f"Médiane de {rapport['rounds'] - rapport['warm_up']} tours, en millisecondes, sur {machine['cpus']} cœurs.",
        f"Chiffres : `bancs/resultats/profil.json`, refaits par `{rapport['command']}`.",
    ]
    return [presentation, tableau(rapport)]


def tableau(rapport: dict[str, Any]) -> list[str]:
    """Une ligne par étape, une colonne par charge ; la dernière ligne est le plancher de l'entraînement."""
    charges = rapport["rows"]
    lignes = [f"| Étape d'un tour | {' | '.join(c['workload'] for c in charges)} |", "|---" * (len(charges) + 1) + "|"]
    for etape in charges[0]["stages_ms"]:
        lignes.append(ligne(etape, [charge["stages_ms"][etape] for charge in charges]))
    return [*lignes, ligne("*les produits de matrices seuls*", [charge["products_floor_ms"] for charge in charges])]


def ligne(etape: str, millisecondes: list[float]) -> str:
    """Une étape et sa durée pour chaque charge."""
    return f"| {etape} | {' | '.join(virgule(duree, 2) for duree in millisecondes)} |"
