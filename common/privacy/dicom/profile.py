"""Le profil de base de DICOM PS3.15, annexe E : ce qu'il faut faire de chaque attribut, et ce que la norme admet.

D : remplacer par une valeur factice ; Z : vider ; X : retirer ; U : remplacer l'UID, toujours par le même. « X/Z »,
« X/D », « Z/D » et « X/Z/D » laissent choisir selon le type que l'IOD donne à l'attribut ; `deidentify` dit son choix.
Édition 2026c ; l'origine des deux tables est dans SOURCES.md.
"""

import csv
from functools import cache
from pathlib import Path

import pandas as pd
from pydicom.sr._concepts_dict import concepts
from pydicom.tag import BaseTag, Tag

EDITION = "2026c"
FOLDER = Path(__file__).parent
CURVES, OVERLAYS = 0x5000, 0x6000
MAX_MEANING = 64  # caractères : CodeMeaning est un LO
REPEATED = 0xFF00  # le masque des groupes répétés 50xx et 60xx


def profile() -> pd.DataFrame:
    """Le tableau E.1-1 : une ligne par attribut, colonnes tag, keyword, vr, action, modified_dates (textes).

    modified_dates vaut « C » là où l'option des dates décalées s'applique. Source : DICOM PS3.15 2026c, annexe E.
    """
    return pd.read_csv(FOLDER / "profile.csv", dtype=str, keep_default_na=False)


def action_for(tag: BaseTag | int | str) -> str:
    """L'action du profil de base pour un attribut (étiquette ou mot-clé) ; "" si le tableau ne le nomme pas.

    Un attribut privé (groupe impair) et tout le groupe 50xx sont à retirer. ValueError pour un mot-clé inconnu.
    """
    tag = Tag(tag)
    if tag.is_private or tag.group & REPEATED == CURVES:
        return "X"
    if tag.group & REPEATED == OVERLAYS:
        return _table()["action"].get(f"(60xx,{tag.element:04X})", "")
    return _table()["action"].get(_name(tag), "")


def dates_may_move(tag: BaseTag | int | str) -> bool:
    """Vrai si l'option « dates décalées » garde cet attribut, décalé : dates et heures, sauf la naissance."""
    return _table()["modified_dates"].get(_name(Tag(tag))) == "C"


def is_defined_term(keyword: str, value: str) -> bool:
    """Vrai si la norme définit cette valeur pour cet attribut, comme « CT » pour Modality : elle ne nomme personne.

    Source : DICOM PS3.3, édition 2020, et PS3.16 annexe L pour les régions du corps.
    """
    return value.strip() in _terms().get(keyword, ())


def code_meaning(scheme: str, value: str) -> str | None:
    """Le sens d'un code publié (DCM, SCT, UCUM, LN…) ; None si le dictionnaire de pydicom ne le connaît pas."""
    return _codes().get((scheme, value))


def _name(tag: BaseTag) -> str:
    return f"({tag.group:04X},{tag.element:04X})"


@cache
def _table() -> dict[str, dict[str, str]]:
    return profile().set_index("tag").to_dict()


@cache
def _terms() -> dict[str, frozenset[str]]:
    with (FOLDER / "terms.csv").open(encoding="utf-8", newline="") as file:
        return {row["keyword"]: frozenset(row["terms"].split("|")) for row in csv.DictReader(file)}


@cache
def _codes() -> dict[tuple[str, str], str]:
    return {
        (scheme, value): meaning.encode("ascii", "ignore").decode()[:MAX_MEANING]
        for scheme, by_keyword in concepts.items()
        for by_value in by_keyword.values()
        for value, (meaning, _) in by_value.items()
    }
