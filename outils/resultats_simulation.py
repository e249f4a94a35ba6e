"""Le tableau du README sur la vitesse de simulation, tiré du JSON du banc `simulation`."""

from typing import Any

from outils.nombres import virgule

NOMS = {
    "cours": "le cours",
    "flower-ray": "Flower sur Ray",
    "flower-ray-nom": "Flower sur Ray, données lues une fois",
    "pfl": "pfl-research",
    "pfl-reparti": "pfl-research, un processus par cœur",
}
EN_TETE = "| Charge | Moteur | Un tour | Premier tour, à froid | Mémoire | Exactitude | Gain, un tour | Gain, premier |"
LECTURE = """\
LR-1000 : 1 000 clients de 60 images de MNIST, régression logistique ; 2NN-100 et CNN-100 : 100 clients de 600 images,
perceptron et réseau convolutif ; heart : quatre hôpitaux. Dix clients par tour (heart : tous les quatre). Chaque moteur
part du même modèle avec les mêmes réglages, dans un processus neuf ; rien n'est évalué pendant un tour. Le temps du
cours comprend l'emballage, le contrôle et l'agrégation des objets Flower ; « à froid » part de la fin des imports et
comprend la lecture des données. Le gain dit combien de fois le cours va plus vite que ce moteur : sous 1, il va moins
vite. [bancs/LISEZMOI.md](bancs/LISEZMOI.md) dit ce qui avantage chacun."""


def blocs(rapport: dict[str, Any]) -> list[list[str]]:
    """Rend la présentation, le tableau et le mode de lecture."""
    return [presentation(rapport), tableau(rapport), [LECTURE]]


def presentation(rapport: dict[str, Any]) -> list[str]:
    """Ce que sont les chiffres, la machine, et la commande qui les refait."""
    natures = sorted({charge["kind"] for charge in rapport["workloads"].values()})
    machine, moteurs = rapport["machine"], rapport["engines"]
    versions = ", ".join(f"{NOMS[moteur]} {moteurs[moteur]}" for moteur in ("flower-ray", "pfl") if moteur in moteurs)
    return [
        f"**{' et '.join(natures).capitalize()}.** Médianes de {len(rapport['seeds'])} essais alternés, sur "
        f"{machine['cpus']} cœurs et {machine['memory_gib']} Gio ({versions}).",
        f"Chiffres : `bancs/resultats/simulation.json`, refaits par `{rapport['command']}`.",
    ]


def tableau(rapport: dict[str, Any]) -> list[str]:
    """Une ligne par charge et par moteur ; les deux dernières colonnes disent combien de fois le cours va plus vite."""
    rapports = {(ligne["workload"], ligne["engine"]): ligne for ligne in rapport["ratios"]}
    lignes = [EN_TETE, "|---" * 8 + "|"]
    for mesure in rapport["rows"]:
        ratio = rapports.get((mesure["workload"], mesure["engine"]))
        fois = [f"{virgule(ratio[cle], 1)} ×" if ratio else "" for cle in ("s_per_round", "first_round_s")]
        lignes.append(f"| {' | '.join([*cellules(mesure), *fois])} |")
    return lignes


def cellules(mesure: dict[str, Any]) -> list[str]:
    """Les six premières cellules d'une ligne ; « ≠ » signale une exactitude qui ne concorde pas avec le cours."""
    intervalle = f"[{virgule(mesure['low'], 3)} ; {virgule(mesure['high'], 3)}]"
    return [
        mesure["workload"],
        NOMS[mesure["engine"]],
        f"{virgule(mesure['s_per_round'], 3)} s",
        f"{virgule(mesure['first_round_s'], 1)} s",
        f"{mesure['peak_mib']:.0f} Mio",
        f"{virgule(mesure['accuracy'], 3)} {intervalle}{'' if mesure['agrees'] else ' ≠'}",
    ]
