"""Le contenu d'une leçon : longueur des cellules, imports, liens et images, mots du glossaire."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from urllib.parse import unquote, urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token

from outils.carnet import MISE_EN_ROUTE, preambule
from outils.lint_lignes import Faute, Page, numerotees

CELLULES_MAX, LIGNES_MAX, LIGNES_MEDIANES, IMPORTS_MAX = 60, 25, 8, 6
LIGNES_PREAMBULE = len(preambule("").splitlines()) + 1
HTML_LIEN = re.compile(r"""\b(?:href|src)=["']([^"']+)""")
HORS_PROSE = re.compile(r"`[^`]*`|\$[^$]*\$|(?<!\*)\*[^*\n]+\*(?!\*)|\]\([^)]*\)|<[^>]*>|https?://\S+")
TERMES = {
    r"tu|te|toi|ton|tes": "vouvoyez le lecteur",
    r"précision (?:globale|du modèle|de test)": "écrivez « exactitude » (accuracy)",
    r"accuracy": "écrivez « exactitude »",
    r"datasets?": "écrivez « jeu de données »",
    r"overfitting": "écrivez « surapprentissage »",
    r"learning rate": "écrivez « taux d'apprentissage »",
    r"gradient descent": "écrivez « descente de gradient »",
    r"federated learning": "écrivez « apprentissage fédéré »",
    r"baseline": "écrivez « référence »",
    r"test set": "écrivez « jeu de test »",
}


def fautes(page: Page, dossier: Path) -> Iterator[Faute]:
    """Fautes de contenu d'une leçon dont le carnet est rangé dans `dossier`."""
    for regle in (longueurs, imports, images, termes):
        yield from regle(page)
    yield from liens(page, dossier)


def longueurs(page: Page) -> Iterator[Faute]:
    """Compte les lignes du corrigé ; la cellule de mise en route compte avec son préambule."""
    if len(page.cellules) + 1 > CELLULES_MAX:
        yield Faute(len(page.cellules), f"{len(page.cellules) + 1} cellules, badge compris ; {CELLULES_MAX} au plus.")
    tailles = []
    for numero, cellule in numerotees(page.cellules, "code"):
        taille = len(cellule.source.splitlines())
        if MISE_EN_ROUTE in cellule.metadata.get("tags", []):
            taille += LIGNES_PREAMBULE
        else:
            tailles.append(taille)
        if taille > LIGNES_MAX:
            yield Faute(numero, f"cellule de {taille} lignes ; coupez-la ({LIGNES_MAX} au plus).")
    if tailles and median(tailles) > LIGNES_MEDIANES:
        yield Faute(1, f"cellules de code trop longues : médiane {median(tailles)}, {LIGNES_MEDIANES} au plus.")


def imports(page: Page) -> Iterator[Faute]:
    """Compte les noms importés de `common` ; le vérificateur ne compte pas."""
    noms: set[str] = set()
    for _, cellule in numerotees(page.cellules, "code"):
        for noeud in ast.walk(ast.parse(cellule.source)):
            noms |= noms_de_common(noeud)
    if len(noms) > IMPORTS_MAX:
        suite = ", ".join(sorted(noms))
        yield Faute(1, f"{len(noms)} noms importés de common, {IMPORTS_MAX} au plus : {suite}.")


def noms_de_common(noeud: ast.AST) -> set[str]:
    """Noms que ce nœud importe de `common`, hors `common.verifier`."""
    if isinstance(noeud, ast.Import):
        return {alias.name for alias in noeud.names if alias.name.split(".")[0] == "common"}
    if isinstance(noeud, ast.ImportFrom) and (noeud.module or "").split(".")[0] == "common":
        noms = {f"{noeud.module}.{alias.name}" for alias in noeud.names}
        return {nom for nom in noms if not nom.startswith("common.verifier")}
    return set()


def jetons(page: Page) -> Iterator[tuple[int, Token]]:
    """Numéro de cellule et jeton Markdown, les jetons internes à une ligne compris."""
    for numero, cellule in numerotees(page.cellules, "markdown"):
        for jeton in MarkdownIt().parse(cellule.source):
            for interne in [jeton, *(jeton.children or [])]:
                yield numero, interne


def liens(page: Page, dossier: Path) -> Iterator[Faute]:
    """Cherche chaque lien relatif depuis le dossier du carnet de l'apprenant."""
    for numero, jeton in jetons(page):
        cibles = [jeton.attrs.get("href"), jeton.attrs.get("src")]
        if jeton.type.startswith("html"):
            cibles = HTML_LIEN.findall(jeton.content)
        for cible in cibles:
            morceaux = urlsplit(str(cible or ""))
            if not morceaux.scheme and morceaux.path and not (dossier / unquote(morceaux.path)).exists():
                yield Faute(numero, f"le lien « {cible} » ne mène à aucun fichier ; corrigez-le.")


def images(page: Page) -> Iterator[Faute]:
    """Exige un texte de remplacement pour chaque image, Markdown ou HTML."""
    for numero, jeton in jetons(page):
        balises = re.findall(r"<img\b[^>]*>", jeton.content) if jeton.type.startswith("html") else []
        muettes = [balise for balise in balises if not re.search(r"""\balt=["'][^"']""", balise)]
        if muettes or (jeton.type == "image" and not jeton.content.strip()):
            yield Faute(numero, "décrivez l'image : « ![ce que l'on y voit](…) ».")


def termes(page: Page) -> Iterator[Faute]:
    """Cherche dans la prose les mots que le glossaire écarte ; `code` et *mot anglais* cités sont permis."""
    for ligne in page.lignes:
        prose = HORS_PROSE.sub(" ", ligne.texte)
        for motif, conseil in TERMES.items():
            for mot in re.findall(rf"(?<![\w-])(?:{motif})(?![\w-])", prose, re.IGNORECASE):
                yield Faute(ligne.cellule, f"« {mot} » : {conseil}.")
