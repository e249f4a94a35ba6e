"""Le tableau du README sur les tours qu'il faut pour atteindre une cible, tiré du JSON du banc `cible`."""

from typing import Any

MODELES = {"2nn": "2NN", "cnn": "CNN"}
REPARTITIONS = {"iid": "IID", "shards": "deux tranches de 300 images, triées par chiffre"}
LECTURE = """\
Données réelles, MNIST : 100 clients de 600 images, dix par tour, lots de 10, FedAvg. Le nombre donné est celui du
premier tour où le modèle global atteint la cible sur les 10 000 images de test, une graine après l'autre. Comme chez
McMahan, le taux d'apprentissage η est celui qui atteint la cible le plus tôt, donc choisi sur le jeu de test : ces
tours comparent des réglages, ils ne disent rien d'un usage réel. Le CNN sur des tranches triées, trop long, a été réglé
sur ses huit premiers tours. Quelques tours d'écart sur une seule graine ne disent rien : à 99 %, l'erreur-type de
l'exactitude est de 0,1 point, ce que le CNN IID met ici six ou sept tours à gagner."""


def blocs(rapport: dict[str, Any]) -> list[list[str]]:
    """Rend le tableau, le mode de lecture, et la commande."""
    source = (
        f"Chiffres : `bancs/resultats/cible.json`, refaits par `{rapport['command']}`. Publié : {rapport['source']}."
    )
    return [tableau(rapport), [LECTURE], [source]]


def tableau(rapport: dict[str, Any]) -> list[str]:
    """Une ligne par cellule : la cible, les tours publiés, les nôtres, le taux retenu et les autres essais."""
    lignes = ["| Modèle | Répartition | E | Cible | Publié | Ici | η retenu | autres η essayés |", "|---" * 8 + "|"]
    for cellule in rapport["cells"]:
        retenus = [essai for essai in cellule["runs"] if essai["lr"] == cellule["lr"]]
        autres = [essai for essai in cellule["runs"] if essai["lr"] != cellule["lr"]]
        valeurs = [
            MODELES[cellule["name"].partition("-")[0]],
            REPARTITIONS[cellule["partition"]],
            str(cellule["epochs"]),
            f"{cellule['target']:.0%}".replace("%", " %"),
            f"{cellule['published']} tours",
            ", ".join(map(issue, retenus)) or "à faire",
            virgule(cellule["lr"]),
            " ; ".join(f"{virgule(essai['lr'])} : {issue(essai)}" for essai in autres) or "aucun",
        ]
        lignes.append(f"| {' | '.join(valeurs)} |")
    return lignes


def issue(essai: dict[str, Any]) -> str:
    """Le tour de la cible ; sinon, où l'entraînement en est resté."""
    if essai["rounds"] is not None:
        return str(essai["rounds"])
    etat = "arrêté" if essai["over"] else "inachevé"
    return f"{etat} au tour {essai['rounds_done']} ({virgule(round(100 * essai['best'], 2))} % au mieux)"


def virgule(valeur: float) -> str:
    """Un nombre à la française."""
    return f"{valeur:g}".replace(".", ",")
