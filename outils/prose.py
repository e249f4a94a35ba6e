"""Compare les nombres que la prose d'un corrigé commente à ceux que ses cellules viennent d'afficher.

Sont suivis les nombres à virgule, les pourcentages, et les entiers de trois chiffres ou plus, sauf les années ; le
`code` et les formules ne sont pas lus. Un entier doit être affiché quelque part dans la leçon ; un nombre à virgule ou
un pourcentage, par l'une des trois cellules d'avant ou par la suivante, car une valeur de deux chiffres se retrouve
partout par hasard. À partir de « À retenir », la leçon se rappelle : toutes ses cellules comptent. Un nombre affiché
avec plus de décimales convient s'il s'arrondit à celui du texte ; 0,06 convient pour 6 %.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from nbformat import NotebookNode

AVANT, APRES = 3, 1
HORS_PROSE = re.compile(r"```.*?```|`[^`]*`|\$\$.*?\$\$|\$[^$]*\$|\]\([^)]*\)|https?://\S+", re.DOTALL)
CITE = re.compile(r"(?<![\w,.:/-])(\d{1,3}(?:[  \u202f]\d{3})+|\d+)(?:,(\d+))?(\s*%)?(?![\w/:]|[.,]\d)")
ANNEE = re.compile(r"(?:19|20)\d\d")
AFFICHE = re.compile(r"\d+(?:[.,]\d+)?(?:e[-+]?\d+)?")
BALISE = re.compile(r"<[^>]*>")

# Par leçon, les nombres qu'aucune cellule n'affiche, et pourquoi on les admet.
ADMIS: dict[str, dict[str, str]] = {
    "01_pourquoi_federer": {
        "262": "exemple inventé, exercice 1",
        "0,5": "définition : l'AUROC du hasard",
        "0,05": "seuil d'usage d'une valeur p",
        "0,99": "lu sur une figure",
    },
    "02_fedavg_de_zero": {
        "0,69": "−ln 0,5, calculé dans le texte",
        "0,25": "1/4, calculé dans le texte",
        "6 %": "rappel du poids de la Suisse, 0.06",
        "900": "quiz",
        "100": "quiz",
        "1,5": "quiz",
        "1,1": "quiz",
        "1,9": "quiz",
        "0,9": "quiz",
    },
    "03_fedavg_avec_flower": {
        "368": "232 + 136, calculé dans le texte",
        "112": "14 × 8, calculé dans le texte",
        "100": "20 × 5, calculé dans le texte",
    },
    "04_donnees_heterogenes": {
        "650": "paramètres d'un modèle de 64 pixels et 10 classes",
        "0,90": "cible de la course, fixée dans le code",
        "100": "McMahan et al. 2017",
        "300": "McMahan et al. 2017",
        "97 %": "McMahan et al. 2017",
        "99 %": "McMahan et al. 2017",
        "664": "McMahan et al. 2017",
        "1474": "McMahan et al. 2017",
        "1796": "McMahan et al. 2017",
        "229": "McMahan et al. 2017",
        "626": "McMahan et al. 2017",
        "483": "McMahan et al. 2017",
        "206": "McMahan et al. 2017",
    },
    "05_un_protocole_plusieurs_frameworks": {
        "128": "en-tête d'un tableau NumPy",
        "6,1": "place de FedML sur le disque, mesurée à part",
    },
}


@dataclass(frozen=True)
class Cite:
    """Un nombre de la prose, tel qu'il est écrit, et ce qu'il vaut à `decimales` près."""

    texte: str
    valeur: float
    decimales: int

    @property
    def entier(self) -> bool:
        return not self.decimales and "%" not in self.texte

    def parmi(self, affiches: Sequence[float]) -> bool:
        """Dit si l'un des nombres affichés s'arrondit à celui-ci."""
        marge = 0.5 * 10**-self.decimales + 1e-9
        facteurs = (1, 100) if "%" in self.texte else (1,)
        return any(abs(facteur * nombre - self.valeur) <= marge for nombre in affiches for facteur in facteurs)


def cites(texte: str) -> Iterator[Cite]:
    """Nombres suivis d'une cellule de prose."""
    for entier, decimales, pourcent in CITE.findall(HORS_PROSE.sub(" ", texte)):
        chiffres = re.sub(r"\D", "", entier)
        if decimales or pourcent or (len(chiffres) >= 3 and not ANNEE.fullmatch(entier)):
            ecrit = entier + (f",{decimales}" if decimales else "") + (" %" if pourcent else "")
            yield Cite(ecrit, float(f"{chiffres}.{decimales or 0}"), len(decimales))


def affiches(cellule: NotebookNode) -> list[float]:
    """Nombres affichés par une cellule, sans leur signe ; ni la barre de progression ni la taille d'une figure."""
    textes = []
    for sortie in cellule.get("outputs", []):
        donnees = sortie.get("data", {"text/plain": sortie.get("text", "")})
        if sortie.get("name") != "stderr":
            textes += [donnees.get("text/plain", ""), donnees.get("text/html", "")]
    return [float(nombre.replace(",", ".")) for nombre in AFFICHE.findall(BALISE.sub(" ", "\n".join(textes)))]


def fautes(cellules: Sequence[NotebookNode], admis: Mapping[str, str]) -> list[str]:
    """Une phrase par nombre introuvable, puis une par nombre admis sans besoin."""
    sorties = [(rang, nombres) for rang, cellule in enumerate(cellules) if (nombres := affiches(cellule))]
    servis, trouvees, rappel = set(), [], False
    for rang, cellule in enumerate(cellules):
        if cellule.cell_type != "markdown":
            continue
        rappel = rappel or "## À retenir" in cellule.source
        for cite in cites(cellule.source):
            if cite.parmi(visibles(sorties, rang, partout=rappel or cite.entier)):
                continue
            servis.add(cite.texte)
            if cite.texte not in admis:
                trouvees.append(
                    f"cellule {rang + 1} : « {cite.texte} » n'est affiché par aucune cellule voisine ; corrigez-le, "
                    "affichez-le, ou admettez-le avec sa raison dans outils/prose.py."
                )
    inutiles = sorted(admis.keys() - servis)
    return trouvees + [f"« {texte} » est admis sans besoin ; retirez-le de outils/prose.py." for texte in inutiles]


def visibles(sorties: Sequence[tuple[int, list[float]]], rang: int, partout: bool) -> list[float]:
    """Nombres affichés que la cellule `rang` peut commenter."""
    avant = [nombres for autre, nombres in sorties if autre < rang]
    apres = [nombres for autre, nombres in sorties if autre > rang]
    proches = avant + apres if partout else avant[-AVANT:] + apres[:APRES]
    return list(chain.from_iterable(proches))
