"""Le système Flask sous les pannes et sous la charge : `python -m bancs.agregation_flask [--json FICHIER] [--page]`.

Un vrai serveur, de vrais programmes tués pour de vrai, sur la boucle locale ; les mises à jour sont connues d'avance,
et chaque modèle publié est comparé à ce qu'il devait être. Les clients d'une foule sont des fils de ce processus : ses
requêtes par seconde comptent donc leur travail à eux aussi, sur la même machine.
"""

from pathlib import Path
from typing import Any

from bancs import rapport
from bancs.commande import lancer, lecteur
from outils.depot import ecrire, lire
from outils.nombres import virgule
from outils.tableau import entre_reperes
from semaine_6_a_8.agregation_securisee import pannes
from semaine_6_a_8.agregation_securisee.cryptage import stages
from semaine_6_a_8.agregation_securisee.reglages import MODES

COMMANDE = "python -m bancs.agregation_flask --json bancs/resultats/agregation_flask.json"
RESULTAT = rapport.RESULTATS / "agregation_flask.json"
PAGE = rapport.RACINE / "semaine_6_a_8" / "agregation_securisee" / "README.md"
REPERES = "<!-- début résultats agregation_flask -->", "<!-- fin résultats agregation_flask -->"
FOULE, TOURS = 50, 5


def mesurer() -> dict[str, Any]:
    """Provoque chaque panne dans les deux modes, puis mesure la foule."""
    rapport_ = {"clients_tues": [], "silences": [], "jumeaux": [], "serveurs_tues": [], "foules": []}
    for mode in MODES:
        for etape in stages(mode):
            rapport_["clients_tues"].append({"mode": mode, "etape": etape, **pannes.killed_client(mode, etape)})
        rapport_["silences"].append({"mode": mode, **pannes.missing_clients(mode)})
        rapport_["jumeaux"].append({"mode": mode, **pannes.two_clients_with_one_identity(mode)})
        rapport_["serveurs_tues"].append({"mode": mode, "tours": pannes.killed_server(mode)})
        rapport_["foules"].append({"mode": mode, **pannes.crowd(mode, FOULE, TOURS)})
        print(f"Mode « {mode} » mesuré.")
    return rapport_


def tableau(mesures: dict[str, Any]) -> list[str]:
    """Rend les tableaux du README de la semaine : les pannes, puis la foule."""
    lignes = ["| Panne | Mode | Ce qui se passe | Délai mesuré |", "|---|---|---|---|"]
    lignes += [ligne_client(tue) for tue in mesures["clients_tues"]]
    for silence in mesures["silences"]:
        attente = seconde(sum(silence["secondes"].values()))
        lignes.append(f"| trois clients muets sur cinq | {silence['mode']} | {abandon(silence)} | {attente} |")
    for tues in mesures["serveurs_tues"]:
        silences = [tour["silence"] for tour in tues["tours"]]
        complets = sum(tour["participants"] == list(range(5)) and tour["juste"] for tour in tues["tours"])
        fait = f"relancé par la même commande, il reprend ; tours complets : {complets} sur {len(silences)}"
        lignes.append(f"| serveur tué au milieu d'une étape | {tues['mode']} | {fait} | {seconde(max(silences))} |")
    for jumeau in mesures["jumeaux"]:
        fait = f"le second est refusé ({jumeau['refus'].split(' :')[0].lower()}), {verdict(jumeau)}"
        lignes.append(f"| deux clients, une identité | {jumeau['mode']} | {fait} | aucun |")
    return [*lignes, "", *foules(mesures)]


def foules(mesures: dict[str, Any]) -> list[str]:
    """Rend le tableau de la charge, et la commande qui refait tout."""
    lignes = [
        "| Cinquante clients à la fois | Tours justes | Secondes par tour | Requêtes par seconde |",
        "|---|---|---|---|",
    ]
    for foule in mesures["foules"]:
        tours, justes = len(foule["bilans"]), sum(bilan["juste"] for bilan in foule["bilans"])
        par_tour, debit = foule["secondes"] / tours, foule["requetes"] / foule["secondes"]
        lignes.append(f"| {foule['mode']} | {justes} sur {tours} | {virgule(par_tour, 1)} | {debit:.0f} |")
    return [*lignes, "", f"Chiffres : `bancs/resultats/agregation_flask.json`, refaits par `{mesures['command']}`."]


def ligne_client(tue: dict[str, Any]) -> str:
    """Rend la ligne d'un client tué."""
    attente = seconde(tue["secondes"][tue["etape"]])
    return f"| client tué avant « {tue['etape']} » | {tue['mode']} | {verdict(tue)} | {attente} |"


def verdict(bilan: dict[str, Any]) -> str:
    """Rend ce qu'un tour a publié."""
    if not bilan["juste"]:
        return "**une somme fausse est publiée**"
    return abandon(bilan) if bilan["abandon"] else f"moyenne juste de {len(bilan['participants'])} clients"


def abandon(bilan: dict[str, Any]) -> str:
    """Rend ce que devient un tour abandonné."""
    return "tour abandonné, rien n'est publié, le modèle reste" if bilan["juste"] else verdict(bilan)


def seconde(duree: float) -> str:
    """Rend une durée lisible."""
    return f"{virgule(duree, 1)} s"


def page(texte: str, mesures: dict[str, Any]) -> str:
    """Rend le README avec ses tableaux refaits."""
    return entre_reperes(texte, *REPERES, tableau(mesures), str(PAGE.relative_to(rapport.RACINE).as_posix()))


def main(arguments: list[str]) -> int:
    """Rend 0."""
    parser = lecteur("agregation_flask", __doc__)
    parser.add_argument(
        "--page", action="store_true", help="refait les tableaux du README depuis le JSON, sans mesurer"
    )
    options = parser.parse_args(arguments)
    if options.page:
        ecrire(PAGE, page(lire(PAGE), rapport.lire(RESULTAT)))
        return 0
    mesures = {**rapport.entete(COMMANDE, []), "foule": FOULE, **mesurer()}
    print(*tableau(mesures), sep="\n")
    if options.json:
        rapport.ecrire(Path(options.json), mesures)
    return 0


if __name__ == "__main__":
    lancer(main)
