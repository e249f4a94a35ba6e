"""Les identifiants d'une table : ce que Safe Harbor retire, généralise ou laisse, colonne par colonne.

Une table qui en sort n'est pas anonyme pour autant : Safe Harbor exige encore de ne pas savoir que ce qui reste
identifie quelqu'un (45 CFR 164.514(b)(2)(ii)), et le RGPD demande davantage (considérant 26). Voyez la k-anonymité.
"""

import re
import unicodedata
from collections.abc import Mapping

import pandas as pd

from common.privacy.identifiers.dates import OLDEST_AGE
from common.privacy.identifiers.rules import SAFE_HARBOR, identifier
from common.privacy.identifiers.text import find_identifiers, redact

# Les trois premiers chiffres des ZIP qui réunissent 20 000 habitants ou moins, au recensement américain de 2000.
# Source : HHS, Guidance Regarding Methods for De-identification of PHI (2012) ; à refaire à chaque recensement.
RESTRICTED_ZIP3 = frozenset(
    {"036", "059", "063", "102", "203", "556", "692", "790", "821"}
    | {"823", "830", "831", "878", "879", "884", "890", "893"}
)
# Notre analogie, et non la loi : les territoires à code propre de 20 000 habitants ou moins. Saint-Pierre-et-Miquelon
# (5 985 en 2018, INSEE), Wallis-et-Futuna (11 151 en 2023) et les Terres australes, sans habitant permanent.
# Tout département dépasse ce seuil : la Lozère, le moins peuplé, compte 76 633 habitants (INSEE, 2020).
RESTRICTED_DEPARTMENTS = frozenset(["975", "984", "986"])

KEEP = "keep"  # une colonne que vous déclarez sans identifiant, ou un numéro tiré au sort
DROPPED = frozenset(rule.letter for rule in SAFE_HARBOR)
SAMPLE = 200
SHARE = 0.2  # part des valeurs qui ressemblent à un identifiant, à partir de laquelle une colonne est suspecte

_SUSPECT_NAMES = {
    "A": r"(^|_)(noms?|prenoms?|name|first_?name|last_?name|surname|initiale?s?|medecin|doctor)(_|$)",
    "B": r"((^|_)(address|adresse|rue|cp|lat|lon|gps)(_|$)|street|ville|city|commune|insee|post|zip|county)",
    "C": r"(date|naissance|birth|(^|_)(dob|dod|ddn|age)(_|$)|time$|deces|death)",
    "D": r"(tel|phone|mobile|portable)",
    "E": r"(fax|telecopie)",
    "F": r"(mail|courriel)",
    "G": r"(^|_)(nir|ssn|secu|ins|social_security)",
    "H": r"(^|_)(ipp|mrn|nda|iep|dossier|subject_id|hadm_id|icustay_id|patient_?id|record)(_|$)",
    "I": r"(mutuelle|adherent|assure|insurance_(id|number)|medicare|member|policy)",
    "J": r"(iban|rib|compte|account|carte_bancaire)",
    "K": r"(rpps|adeli|licen[cs]e|passeport|passport|permis)",
    "L": r"(plaque|immatriculation|vin$|vehicule|vehicle)",
    "M": r"(serie|serial|imei|device|appareil)",
    "N": r"(url|site_web|website)",
    "O": r"(^|_)(ip|ip_address|adresse_ip)(_|$)",
    "P": r"(empreinte|fingerprint|biometri|iris|voix|voice)",
    "Q": r"(photo|image|portrait|visage|face)",
    "R": r"(^|_)(id|uuid|matricule|identifiant|code_patient)(_|$)",
}


def generalise_date(dates: pd.Series) -> pd.Series:
    """Ne garde d'une date que l'année, comme le permet la règle (C).

    `dates` : datetime, ou textes « AAAA-MM-JJ ». Rend des entiers, une date manquante restant manquante. ValueError si
    un texte n'est pas une date de cette forme. Source : 45 CFR 164.514(b)(2)(i)(C).
    """
    try:
        return pd.to_datetime(dates, format="ISO8601").dt.year.astype("Int64")
    except ValueError as error:
        raise ValueError(
            f"La colonne « {dates.name} » contient autre chose que des dates AAAA-MM-JJ ({error}). Convertissez-la "
            'avec pd.to_datetime(…, format="%d/%m/%Y"), ou la forme qui est la sienne.'
        ) from error


def top_code_age(age: pd.Series, limit: int = OLDEST_AGE) -> pd.Series:
    """Réunit tous les âges à partir de `limit` en une seule catégorie, notée `limit` : 90 se lit « 90 ans et plus ».

    `age` : en années, de forme (n,). Cas limite : 89,9 ans fait encore 89 ans révolus, et reste ; les 300 ans
    dont MIMIC-III marque les plus de 89 ans deviennent 90. Source : 45 CFR 164.514(b)(2)(i)(C).
    """
    return age.clip(upper=limit)


def truncate_zip(zip_codes: pd.Series, restricted: frozenset[str] = RESTRICTED_ZIP3) -> pd.Series:
    """Ne garde que les trois premiers chiffres d'un code ZIP, ou 000 là où ils réunissent 20 000 habitants ou moins.

    `zip_codes` : textes de cinq chiffres, suivis ou non de « -1234 ». ValueError sinon : lu comme un nombre, 02115 perd
    son zéro et change d'État. Source : 45 CFR 164.514(b)(2)(i)(B) ; la liste dépend du recensement.
    """
    _check_codes(zip_codes, r"\d{5}(?:-\d{4})?")
    area = zip_codes.str[:3]
    return area.mask(area.isin(restricted), "000")


def truncate_postal_code(postal_codes: pd.Series) -> pd.Series:
    """Ne garde d'un code postal français que le département (20 pour la Corse, trois chiffres outre-mer), ou 000.

    `postal_codes` : textes de cinq chiffres ; ValueError sinon. C'est notre analogie avec la règle (B), que la loi
    française ne connaît pas : un département n'est pas un État, et un patient d'une maladie rare peut y être le seul.
    """
    _check_codes(postal_codes, r"\d{5}")
    overseas = postal_codes.str[:2].isin(["97", "98"])
    area = postal_codes.str[:2].mask(overseas, postal_codes.str[:3])
    return area.mask(area.isin(RESTRICTED_DEPARTMENTS), "000")


def generalise_birth(births: pd.Series, year: int) -> pd.Series:
    """L'année de naissance, ramenée à `year` − 90 pour qui a, ou aura dans l'année, 90 ans ou plus.

    `births` : datetime ou textes « AAAA-MM-JJ » ; `year` : l'année où la table est partagée, sur le calendrier de la
    table. ValueError si une naissance lui est postérieure. Source : 45 CFR 164.514(b)(2)(i)(C), « année comprise ».
    """
    years = generalise_date(births)
    if (years > year).any():
        raise ValueError(
            f"« {births.name} » contient une naissance après {year}. Si les dates de la table sont décalées, comme "
            "celles de MIMIC-III, donnez la dernière année de la table."
        )
    return years.clip(lower=year - OLDEST_AGE)


_GENERALISE = {
    "date": generalise_date,
    "age": top_code_age,
    "zip": truncate_zip,
    "postal_code": truncate_postal_code,
    "text_fr": lambda notes: notes.map(lambda note: redact(note, "fr"), na_action="ignore"),
    "text_en": lambda notes: notes.map(lambda note: redact(note, "en"), na_action="ignore"),
}
ROLES = (KEEP, *_GENERALISE, "birth_date", *sorted(DROPPED))


def safe_harbor(table: pd.DataFrame, roles: Mapping[str, str], *, year: int | None = None) -> pd.DataFrame:
    """La table sans ses identifiants : chaque colonne suit le rôle que vous lui déclarez, et rien ne passe par défaut.

    `roles` : colonne → une lettre de A à R (la colonne disparaît), "date" (l'année reste), "birth_date" (de même,
    plafonnée à 90 ans ; donnez alors `year`, l'année du partage), "age" (90 pour 90 et plus), "zip", "postal_code",
    "text_fr" ou "text_en" (nettoyée par `redact`), ou "keep". ValueError si une colonne n'a pas de rôle, si un rôle n'a
    pas de colonne, ou s'il est inconnu. L'index, qui porte souvent un identifiant, n'est pas repris ; la table donnée
    n'est pas modifiée. Source : 45 CFR 164.514(b)(2)(i).
    """
    _check_roles(table, roles, year)
    kept = {name: table[name] for name in table.columns if roles[name] not in DROPPED}
    cleaned = {name: _generalise(column, roles[name], year) for name, column in kept.items()}
    return pd.DataFrame(cleaned, index=table.index).reset_index(drop=True)


def suspicious_columns(table: pd.DataFrame) -> dict[str, str]:
    """Les colonnes qui ressemblent à un identifiant, par leur nom ou par ce qu'elles contiennent : colonne → raison.

    Regarde le nom, puis deux cents valeurs distinctes des colonnes de texte (règles (D) à (R) et dates), puis si
    chaque ligne a sa propre valeur. Cas limite : une table vide n'a de suspect que ses noms. C'est une aide à la
    relecture : une colonne absente du résultat n'est pas prouvée sûre.
    """
    reasons = {name: _suspicion(str(name), table[name]) for name in table.columns}
    return {name: reason for name, reason in reasons.items() if reason}


def _generalise(column: pd.Series, role: str, year: int | None) -> pd.Series:
    if role == KEEP:
        return column
    if role == "birth_date":
        return generalise_birth(column, year)
    return _GENERALISE[role](column)


def _suspicion(name: str, column: pd.Series) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    plain = re.sub(r"[\s\-.]+", "_", plain)
    for letter, words in _SUSPECT_NAMES.items():
        if re.search(words, plain):
            return f"({letter}) son nom évoque : {identifier(letter).name}"
    return _suspicious_content(column)


def _suspicious_content(column: pd.Series) -> str:
    values = column.dropna()
    if pd.api.types.is_datetime64_any_dtype(values):
        return "(C) elle contient des dates"
    if pd.api.types.is_float_dtype(values) or pd.api.types.is_bool_dtype(values):
        return ""
    texts = values.astype(str)
    for letter in _letters_found(texts):
        return f"({letter}) son contenu évoque : {identifier(letter).name}"
    if len(texts) > 1 and texts.is_unique:
        return "(R) chaque ligne a sa propre valeur"
    return ""


def _letters_found(texts: pd.Series) -> list[str]:
    """Les lettres que porte une part au moins des valeurs, la plus fréquente d'abord."""
    sample = texts.drop_duplicates().head(SAMPLE)
    letters = [letter for text in sample for letter in {one.letter for one in find_identifiers(text, "fr")}]
    shares = pd.Series(letters, dtype=object).value_counts() / max(1, len(sample))
    return shares[shares >= SHARE].index.tolist()


def _check_codes(codes: pd.Series, form: str) -> None:
    valid = codes.dropna().map(lambda code: isinstance(code, str) and re.fullmatch(form, code) is not None)
    if not valid.all():
        raise ValueError(
            f"La colonne « {codes.name} » contient {int((~valid.astype(bool)).sum())} valeur(s) qui ne sont pas des "
            'textes de cinq chiffres. Lisez-la comme du texte, pd.read_csv(…, dtype={"zip": str}) : un nombre perd '
            "ses zéros de tête."
        )


def _check_roles(table: pd.DataFrame, roles: Mapping[str, str], year: int | None) -> None:
    if table.columns.has_duplicates:
        raise ValueError("Une colonne porte deux fois le même nom : renommez-la, pour que chacune ait son rôle.")
    undeclared = [str(name) for name in table.columns if name not in roles]
    if undeclared:
        raise ValueError(
            f"Colonne(s) sans rôle : {', '.join(undeclared)}. Rien ne passe par défaut : déclarez chacune dans "
            "`roles`, avec sa lettre, ou avec \"keep\" si vous avez vérifié qu'elle n'identifie personne."
        )
    absent = [str(name) for name in roles if name not in table.columns]
    if absent:
        raise ValueError(
            f"Rôle(s) sans colonne : {', '.join(absent)}. Corrigez le nom : la table a {list(table.columns)}."
        )
    unknown = sorted({role for role in roles.values() if role not in ROLES})
    if unknown:
        raise ValueError(f"Rôle(s) inconnu(s) : {', '.join(unknown)}. Choisissez parmi {', '.join(ROLES)}.")
    if year is None and "birth_date" in roles.values():
        raise ValueError(
            "Une date de naissance a besoin de l'année du partage, pour fondre les plus de 89 ans : "
            "safe_harbor(table, roles, year=2026)."
        )
