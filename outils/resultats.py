"""Les résultats que montrent le README et les notes des bancs, tirés d'un JSON : aucun chiffre recopié à la main."""

import json
from pathlib import Path
from typing import Any

from outils import resultats_cible, resultats_essais, resultats_profil, resultats_simulation
from outils import resultats_semaine_2 as semaine_2
from outils import resultats_semaine_6_a_8 as semaine_6_a_8
from outils.depot import lire
from outils.nombres import virgule
from outils.tableau import entre_reperes

HEART = "bancs/resultats/heart.json"
README, NOTES = "README.md", "bancs/LISEZMOI.md"
NOMS = {
    "local : cleveland": "chacun pour soi : Cleveland",
    "local : hungarian": "chacun pour soi : Budapest",
    "local : switzerland": "chacun pour soi : Zurich et Bâle",
    "local : va": "chacun pour soi : Long Beach",
    "centralisé": "centralisé (tout réuni)",
}
POURQUOI = """\
**Pourquoi ces chiffres diffèrent de ceux de FLamby.** Sa recette, refaite ici sur son découpage, redonne ses chiffres.
Son FedAvg apprend trop lentement : avec un taux d'apprentissage dix fois plus grand, celui que FLamby donne à son
FedAdam, il rejoint presque le modèle centralisé. Ce que l'on lirait comme « le prix du fédéré » est d'abord un réglage.
Sa normalisation coûte aussi (chaque hôpital apprend avec ses propres moyennes, puis est jugé avec celles de tous), mais
presque rien une fois le taux corrigé. Enfin, FLamby n'a qu'un découpage : d'un découpage à l'autre, l'exactitude bouge
bien plus que d'une méthode fédérée à l'autre."""
CENTRES = {"cleveland": "Cleveland", "hungarian": "Budapest", "switzerland": "Zurich et Bâle", "va": "Long Beach"}


def ecrire_resultats(texte: str, racine: Path, page: str = README) -> str:
    """Rend le texte d'une page avec les tableaux de ses bancs refaits ; un banc sans résultat n'y change rien.

    ErreurSource si le JSON d'un banc est là et que ses deux repères manquent.
    """
    for nom, blocs in BANCS[page].items():
        chemin = racine / "bancs" / "resultats" / f"{nom}.json"
        if chemin.exists():
            lignes = "\n\n".join("\n".join(bloc) for bloc in blocs(json.loads(lire(chemin)))).split("\n")
            texte = entre_reperes(texte, *reperes(nom), lignes, page)
    return texte


def reperes(nom: str) -> tuple[str, str]:
    """Les deux lignes qui entourent les tableaux d'un banc."""
    return f"<!-- début résultats {nom} -->", f"<!-- fin résultats {nom} -->"


def blocs_heart(rapport: dict[str, Any]) -> list[list[str]]:
    """Ce que le README montre du banc heart."""
    return [presentation(rapport), methodes(rapport), par_centre(rapport), [POURQUOI], ecart(rapport)]


def presentation(rapport: dict[str, Any]) -> list[str]:
    """Ce que sont les chiffres, et la commande qui les refait."""
    tous = [effectifs["tous"] for effectifs in rapport["n"].values()]
    return [
        f"**Données réelles** : quatre hôpitaux, {plage(tous, 'train')} patients pour apprendre, "
        f"{plage(tous, 'test')} pour juger. Régression logistique ; moyenne de {len(rapport['seeds'])} découpages, et "
        "entre crochets l'intervalle à 95 % de cette moyenne. Aucun réglage n'a été choisi sur le jeu de test.",
        f"Chiffres : `{HEART}`, refaits par `{rapport['command']}`.",
    ]


def methodes(rapport: dict[str, Any]) -> list[str]:
    """Une ligne par méthode, sur le test de tous les hôpitaux réunis, à côté du chiffre de FLamby."""
    lignes = ["| Apprentissage | Exactitude | AUROC | Exactitude publiée par FLamby |", "|---|---|---|---|"]
    for methode, publie in rapport["flamby"]["published"].items():
        exactitude, auroc = (mesure(rapport, methode, "tous", nom) for nom in ("accuracy", "auroc"))
        lignes.append(f"| {NOMS.get(methode, methode)} | {exactitude} | {auroc} | {virgule(publie, 3)} |")
    return lignes


def par_centre(rapport: dict[str, Any]) -> list[str]:
    """L'AUROC de chaque hôpital sur ses propres patients : seul, fédéré, centralisé."""
    lignes = [
        "| AUROC, sur les patients de | malades (n⁺) | sains (n⁻) | son modèle à lui | FedAvg | centralisé |",
        "|---|---|---|---|---|---|",
    ]
    for centre, nom in CENTRES.items():
        effectifs = [n[centre] for n in rapport["n"].values()]
        mesures = (mesure(rapport, m, centre, "auroc") for m in (f"local : {centre}", "FedAvg", "centralisé"))
        lignes.append(f"| {nom} | {plage(effectifs, 'n_pos')} | {plage(effectifs, 'n_neg')} | {' | '.join(mesures)} |")
    return lignes


def ecart(rapport: dict[str, Any]) -> list[str]:
    """Pourquoi nos chiffres diffèrent de ceux de FLamby : sa recette, puis un changement à la fois."""
    flamby = rapport["flamby"]
    recette = next(ligne for ligne in flamby["reproduction"] if ligne["method"] == "FedAvg")
    lignes = ["| FedAvg, de la recette de FLamby à la nôtre | Exactitude |", "|---|---|"]
    lignes.append(f"| publié par FLamby | {virgule(recette['published'], 3)} |")
    lignes.append(f"| sa recette, refaite ici (un seul découpage) | {intervalle(recette)} |")
    lignes += [f"| {ligne['change']} | {intervalle(ligne)} |" for ligne in flamby["changes"]]
    lignes.append(f"| tous nos réglages, cinq découpages | {mesure(rapport, 'FedAvg', 'tous', 'accuracy')} |")
    return lignes


def mesure(rapport: dict[str, Any], methode: str, centre: str, nom: str) -> str:
    """La mesure demandée et son intervalle."""
    cle = {"method": methode, "center": centre, "metric": nom}
    return intervalle(next(ligne for ligne in rapport["rows"] if cle.items() <= ligne.items()))


def intervalle(ligne: dict[str, Any]) -> str:
    """« 0,785 [0,751 ; 0,819] », ou « non estimable »."""
    if ligne["mean"] is None:
        return "non estimable"
    return f"{virgule(ligne['mean'], 3)} [{virgule(ligne['low'], 3)} ; {virgule(ligne['high'], 3)}]"


def plage(effectifs: list[dict[str, int]], cle: str) -> str:
    """L'effectif, ou « de … à … » s'il change d'un découpage à l'autre."""
    valeurs = [effectif[cle] for effectif in effectifs]
    bas, haut = min(valeurs), max(valeurs)
    return str(bas) if bas == haut else f"de {bas} à {haut}"


BANCS = {
    README: {
        "heart": blocs_heart,
        "simulation": resultats_simulation.blocs,
        "cible": resultats_cible.blocs,
        "reidentification": semaine_2.blocs_reidentification,
        "identifiants": semaine_2.blocs_identifiants,
        "dicom_identifiants": semaine_2.blocs_dicom,
        "dp_mnist": semaine_2.blocs_dp_mnist,
    },
    NOTES: {
        "essais_cohorte": resultats_essais.blocs,
        "profil": resultats_profil.blocs,
        "audit_dp": semaine_2.blocs_audit,
        "lecteur_ehr": semaine_2.blocs_lecteur,
        "agregation_securisee": semaine_6_a_8.blocs_agregation,
    },
}
