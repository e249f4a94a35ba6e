"""Les tableaux des semaines 6 à 8 : ce que coûte l'agrégation sécurisée, tirés du JSON de son banc."""

from collections.abc import Mapping
from typing import Any

from outils.nombres import virgule

Rapport = Mapping[str, Any]


def blocs_agregation(rapport: Rapport) -> list[list[str]]:
    """Le temps d'un client et du serveur, les octets et la mémoire, puis les briques essayées."""
    return [lecture(rapport), temps(rapport), places(rapport), essais(rapport)]


def lecture(rapport: Rapport) -> list[str]:
    """Ce que sont les chiffres, et la commande qui les refait."""
    machine, entrees = rapport["machine"], f"{rapport['settings']['length']:,}".replace(",", " ")
    return [
        f"{entrees} entiers de 32 bits par client, {machine['cpus']} cœurs, tout en un fil : secondes de processeur, "
        "médiane des clients. Les clients perdus se taisent au pire moment, juste avant d'envoyer leur vecteur. "
        "Flower : ses fonctions SecAgg+ dans le même essai, un client mesuré, et un serveur dont chaque opération est "
        "chronométrée puis multipliée. Publié : Bonawitz et al. 2017, graphe complet, sur leur machine.",
        f"Chiffres : `bancs/resultats/agregation_securisee.json`, refaits par `{rapport['command']}`.",
    ]


def temps(rapport: Rapport) -> list[str]:
    """Une ligne par tour et par taux de perte."""
    lignes = [
        "| Tour | Perdus | Client | Flower | publié | Serveur | Flower | publié |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for ligne in rapport["rows"]:
        cellules = [tour(ligne), f"{100 * ligne['dropout']:.0f} %"]
        for cote in ("client", "server"):
            mesures = ligne[cote]["cpu_s"], ligne["flower"][f"{cote}_cpu_s"], publie(rapport, ligne, cote)
            cellules += [secondes(mesure) for mesure in mesures]
        lignes.append(f"| {' | '.join(cellules)} |")
    return lignes


def publie(rapport: Rapport, ligne: Rapport, cote: str) -> float | None:
    """Le temps publié pour autant de clients ; None s'il ne l'est pas."""
    chiffre = rapport["published"][f"{cote}_s"].get(str(ligne["num_clients"]))
    return chiffre.get(str(ligne["dropout"])) if isinstance(chiffre, Mapping) else chiffre


def places(rapport: Rapport) -> list[str]:
    """Ce qu'un client envoie et reçoit, et la mémoire du serveur ; sans perte."""
    lignes = ["| Tour | Seuil | Un client envoie | reçoit | Mémoire du serveur en plus |", "|---|---|---|---|---|"]
    for ligne in rapport["rows"]:
        if ligne["dropout"] == 0:
            client, serveur = ligne["client"], ligne["server"]
            octets = [f"{client[cle]:.0f} Kio" for cle in ("kib_sent", "kib_received")]
            memoire = f"{serveur['mib_peak'] - serveur['mib_before']} Mio"
            lignes.append(f"| {tour(ligne)} | {ligne['threshold']} | {' | '.join(octets)} | {memoire} |")
    return lignes


def essais(rapport: Rapport) -> list[str]:
    """Ce qui est resté, ce qui a été essayé, et combien de fois plus il dure."""
    lignes = ["| Travail | Resté | ms | Essayé | ms | durée × |", "|---|---|---|---|---|---|"]
    for essai in rapport["essais"]:
        reste, essaye = (virgule(essai[cle], 2) for cle in ("kept_ms", "tried_ms"))
        fois = virgule(essai["ratio"], 1)
        lignes.append(f"| {essai['work']} | {essai['kept']} | {reste} | {essai['tried']} | {essaye} | {fois} |")
    return lignes


def tour(ligne: Rapport) -> str:
    """« 500 clients, 234 voisins », ou « 500 clients, tous voisins »."""
    voisins = "tous voisins" if ligne["degree"] is None else f"{ligne['degree']} voisins"
    return f"{ligne['num_clients']} clients, {voisins}"


def secondes(duree: float | None) -> str:
    """« 0,084 s », « 4,0 s », « 1 830 s », ou un tiret."""
    if duree is None:
        return "—"
    decimales = 3 if duree < 1 else 1 if duree < 100 else 0
    return f"{duree:,.{decimales}f} s".replace(",", " ").replace(".", ",")
