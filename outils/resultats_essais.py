"""Le tableau de bancs/LISEZMOI.md sur les façons d'entraîner une cohorte, tiré du JSON du banc `essais_cohorte`."""

from typing import Any

from outils.nombres import virgule


def blocs(rapport: dict[str, Any]) -> list[list[str]]:
    """Rend la présentation et le tableau."""
    return [presentation(rapport), tableau(rapport)]


def presentation(rapport: dict[str, Any]) -> list[str]:
    """Ce que sont les chiffres, la machine, et la commande qui les refait."""
    reglages, machine = rapport["settings"], rapport["machine"]
    return [
        f"**Données synthétiques** : {reglages['clients']} clients de {reglages['examples']} images de 28 × 28, "
        f"lots de {reglages['batch_size']}, une époque.",
        f"Entraînement local seul, médianes de {reglages['repetitions']} passages alternés, {machine['cpus']} cœurs.",
        f"Chiffres : `bancs/resultats/essais_cohorte.json`, refaits par `{rapport['command']}`.",
    ]


def tableau(rapport: dict[str, Any]) -> list[str]:
    """Une ligne par façon, celle que le cours a gardée en gras ; la dernière colonne lui compare les autres."""
    lignes = ["| Modèle | Façon | Un tour | Durée, façon gardée = 1 |", "|---|---|---|---|"]
    for mesure in rapport["rows"]:
        facon = f"**{mesure['way']}**" if mesure["kept"] else mesure["way"]
        cellules = [mesure["workload"], facon, f"{virgule(mesure['ms'], 0)} ms", virgule(mesure["ratio"], 2)]
        lignes.append(f"| {' | '.join(cellules)} |")
    return lignes
