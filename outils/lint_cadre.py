"""Le cadre d'une leçon : en-tête, objectifs, sections, cartes d'exercice, bilan, quiz, suite."""

import re
from collections.abc import Iterator

from outils.carnet import MISE_EN_ROUTE
from outils.lint_lignes import Faute, Ligne, Page, appels

EN_TETE = r"^\*\*Durée\*\* : \d+ min · \*\*Prérequis\*\* : .+ · \*\*Matériel\*\* : .+"
INFINITIF = r"^[-*] \**(?:Ne pas )?(?:[Ss]['’]|[Ss]e )?\w+(?:er|ir|re)\b"
PUCE = r"^[-*] "
SECTION, CARTE = r"^## \d+\. ", r"^### ✏️ Exercice "
DIFFICULTE = r"^[🔴⚪]{3} · \d+ min$"
INDICE = r"<details>\s*<summary>Indice</summary>"
CHOIX = r"^[-*] \**([a-e])\)"
ORDRE = (
    "## Objectifs",
    "## 1. ",
    "## À retenir",
    "## Quiz",
    "## Pour aller plus loin",
    "## Leçon suivante",
)


def fautes(page: Page) -> Iterator[Faute]:
    """Fautes de cadre d'une leçon."""
    for regle in (titre, ordre, objectifs, mise_en_route, sections, cartes, controles, quiz):
        yield from regle(page)


def texte(partie: list[Ligne]) -> str:
    """Prose d'une partie."""
    return "\n".join(ligne.texte for ligne in partie)


def compter(motif: str, partie: list[Ligne]) -> int:
    """Nombre d'apparitions du motif dans une partie, « ^ » et « $ » valant à chaque ligne."""
    return len(re.findall(motif, texte(partie), re.MULTILINE))


def titre(page: Page) -> Iterator[Faute]:
    titres = page.trouver("^# ")
    if len(titres) != 1 or titres[0].cellule != 1:
        yield Faute(1, "donnez à la leçon un titre « # … », un seul, dans la première cellule.")
    if not page.trouver(EN_TETE):
        yield Faute(1, "ajoutez « **Durée** : 60 min · **Prérequis** : … · **Matériel** : … » (une ligne).")


def ordre(page: Page) -> Iterator[Faute]:
    rangs = []
    for attendu in ORDRE:
        trouvees = [rang for rang, ligne in enumerate(page.lignes) if ligne.texte.startswith(attendu)]
        if len(trouvees) != 1:
            yield Faute(1, f"il faut un titre « {attendu.strip()} », et un seul ({len(trouvees)} trouvé(s)).")
        rangs += trouvees
    if rangs != sorted(rangs):
        suite = ", ".join(f"« {attendu.strip('# ')} »" for attendu in ORDRE)
        yield Faute(1, f"remettez les parties dans l'ordre : {suite}.")


def objectifs(page: Page) -> Iterator[Faute]:
    partie = [ligne for bloc in page.parties("^## Objectifs") for ligne in bloc]
    puces = [ligne for ligne in partie if re.match(PUCE, ligne.texte)]
    if not 3 <= len(puces) <= 5:
        yield Faute(partie[0].cellule if partie else 1, f"donnez 3 à 5 objectifs ({len(puces)} trouvé(s)).")
    for puce in puces:
        if not re.match(INFINITIF, puce.texte):
            yield Faute(puce.cellule, f"commencez l'objectif par un verbe à l'infinitif : « {puce.texte} ».")
    for bilan in page.parties("^## À retenir"):
        if compter(PUCE, bilan) != len(puces):
            yield Faute(bilan[0].cellule, f"« À retenir » : une puce par objectif, donc {len(puces)}.")


def mise_en_route(page: Page) -> Iterator[Faute]:
    cellules = [n for n, c in enumerate(page.cellules, 1) if MISE_EN_ROUTE in c.metadata.get("tags", [])]
    if len(cellules) != 1:
        yield Faute(1, f'il faut une cellule « # %% tags=["{MISE_EN_ROUTE}"] », et une seule.')


def sections(page: Page) -> Iterator[Faute]:
    parties = page.parties(SECTION)
    if not 3 <= len(parties) <= 5:
        yield Faute(1, f"découpez la leçon en 3 à 5 sections « ## 1. … » ({len(parties)} trouvée(s)).")
    for numero, partie in enumerate(parties, 1):
        if not partie[0].texte.startswith(f"## {numero}. "):
            yield Faute(partie[0].cellule, f"numérotez cette section {numero} : « {partie[0].texte} ».")
        if not compter(r"\*\*Prédisez", partie):
            yield Faute(partie[0].cellule, f"posez une question « **Prédisez** » dans la section {numero}.")


def cartes(page: Page) -> Iterator[Faute]:
    parties = page.parties(CARTE)
    if len(parties) < 3:
        yield Faute(1, f"il faut au moins 3 cartes « ### ✏️ Exercice 1 — titre » ({len(parties)} trouvée(s)).")
    for numero, partie in enumerate(parties, 1):
        cellule, nom = partie[0].cellule, f"exercice {numero}"
        if not re.match(f"### ✏️ Exercice {numero} — .", partie[0].texte):
            yield Faute(cellule, f"intitulez cette carte « ### ✏️ Exercice {numero} — titre ».")
        if compter(DIFFICULTE, partie) != 1:
            yield Faute(cellule, f"{nom} : ajoutez la ligne « 🔴🔴⚪ · 10 min ».")
        if not compter(r"\*\*Résultat attendu", partie):
            yield Faute(cellule, f"{nom} : montrez le « **Résultat attendu** ».")
        if not compter(INDICE, partie):
            yield Faute(cellule, f"{nom} : ajoutez un indice, « <details><summary>Indice</summary> ».")


def controles(page: Page) -> Iterator[Faute]:
    """Chaque carte a un contrôle, et un seul, avant la carte suivante."""
    debuts = [partie[0].cellule for partie in page.parties(CARTE)]
    cellules = [cellule for cellule, _ in appels(page)]
    for numero, (debut, fin) in enumerate(zip(debuts, [*debuts[1:], float("inf")], strict=True), 1):
        nombre = sum(debut <= cellule < fin for cellule in cellules)
        if nombre != 1:
            yield Faute(debut, f"exercice {numero} : il faut un contrôle « verifier.… », et un seul ({nombre}).")
    for cellule in cellules:
        if not debuts or cellule < debuts[0]:
            yield Faute(cellule, "ce contrôle n'appartient à aucune carte d'exercice ; déplacez-le.")


def quiz(page: Page) -> Iterator[Faute]:
    """Trois questions : des choix « - a) … », puis un `<details>` qui les explique tous."""
    for partie in page.parties("^## Quiz"):
        reponses = re.findall(r"<details>(.*?)</details>", texte(partie), re.DOTALL)
        questions = re.split(r"<details>.*?</details>", texte(partie), flags=re.DOTALL)
        if len(reponses) != 3:
            yield Faute(partie[0].cellule, f"le quiz a 3 questions, chacune avec son <details> ({len(reponses)}).")
        for numero, (question, reponse) in enumerate(zip(questions, reponses, strict=False), 1):
            choix, expliques = (re.findall(CHOIX, t, re.MULTILINE) for t in (question, reponse))
            if len(choix) < 2 or choix != expliques:
                message = f"quiz, question {numero} : proposez des choix « - a) … » et expliquez-les tous"
                yield Faute(partie[0].cellule, f"{message} dans <details>, dans le même ordre.")
