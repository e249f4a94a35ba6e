"""Le tableau des leçons du README, tiré des sources : titre, durée, badge Colab, corrigé."""

import re

from outils.depot import badge_colab
from outils.source import ErreurSource, Lecon

DEBUT, FIN = "<!-- début tableau -->", "<!-- fin tableau -->"
TITRE = re.compile(r"^# (.+)$", re.MULTILINE)
DUREE = re.compile(r"^\*\*Durée\*\*\s*: (\d+\s*min)", re.MULTILINE)


def ecrire_tableau(readme: str, lecons: list[Lecon], adresse: str) -> str:
    """Rend le README avec son tableau refait ; ErreurSource si les deux repères n'y sont pas."""
    lignes = ["| Semaine | Leçon | Durée | Colab | Corrigé |", "|---|---|---|---|---|"]
    lignes += [ligne(lecon, adresse) for lecon in lecons]
    return entre_reperes(readme, DEBUT, FIN, lignes)


def entre_reperes(texte: str, debut: str, fin: str, lignes: list[str], page: str = "README.md") -> str:
    """Rend une page où `lignes` remplace ce qui est entre deux repères ; ErreurSource s'ils n'y sont pas tous deux."""
    avant, trouve_debut, reste = texte.partition(debut)
    _, trouve_fin, apres = reste.partition(fin)
    if not (trouve_debut and trouve_fin):
        raise ErreurSource(f"{page} : remettez les lignes « {debut} » puis « {fin} » autour du tableau.")
    return "\n".join([avant + debut, "", *lignes, "", fin + apres])


def ligne(lecon: Lecon, adresse: str) -> str:
    """Une ligne du tableau ; les liens sont relatifs, pour le dépôt comme pour une copie."""
    semaine = lecon.semaine.removeprefix("semaine_").replace("_a_", " à ")
    titre = f"[{chercher(TITRE, lecon)}]({lecon.carnet})"
    colab = badge_colab(adresse, lecon.carnet)
    return f"| {semaine} | {titre} | {chercher(DUREE, lecon)} | {colab} | [corrigé]({lecon.carnet_corrige}) |"


def chercher(motif: re.Pattern[str], lecon: Lecon) -> str:
    """Premier groupe du motif dans la prose de la leçon ; ErreurSource s'il manque."""
    prose = "\n".join(cellule.source for cellule in lecon.corrige if cellule.cell_type == "markdown")
    trouve = motif.search(prose)
    if not trouve:
        raise ErreurSource(f"{lecon.source} : il manque le titre « # … » ou la ligne « **Durée** : 60 min · … ».")
    return trouve[1]
