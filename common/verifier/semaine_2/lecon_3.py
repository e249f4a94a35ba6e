"""Leçon 3, Le RGPD et HIPAA en pratique : phone_numbers, pseudonymise, link, k_anonymity, complete_form."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from common import privacy
from common.privacy.pseudonym import pseudonymise as keyed_pseudonyms
from common.verifier.exercise import Exercise
from common.verifier.hints import hinted_errors
from common.verifier.semaine_2 import lecon_3_fautes as fautes
from common.verifier.semaine_2.lecon_3_aipd import complete_form as complete_form

LESSON = "semaine_2/corriges/03_rgpd_hipaa_en_pratique.ipynb"
HINTS = {
    "'bytes' object has no attribute 'encode'": "la clé est déjà en octets, n'encodez que la valeur",
    "Series' object has no attribute 'encode'|buffer API": (
        "le calcul se fait valeur par valeur, pas sur la série entière : `identifiers.map(…)`"
    ),
    "must be encoded|'str' object cannot|key: expected|bytes-like|concat str to bytes": (
        "hmac veut des octets, écrivez `valeur.encode()` ; la clé en est déjà"
    ),
    "digestmod": "dites quel hachage, `hmac.new(key, …, hashlib.sha256)`",
    "sha256\\(\\) takes": "`hashlib.sha256` ne prend pas de clé : `hmac.new(key, …, hashlib.sha256)`",
    "not subscriptable|'function' object has no attribute": "il manque des parenthèses : `hexdigest()`, `size()`",
    "Length of values|unhashable": "appliquez le calcul valeur par valeur, avec `identifiers.map(…)`",
    "No common columns|You are trying to merge": "dites sur quelles colonnes joindre, `on=on`",
    "NoneType'> was passed": "avec `inplace=True`, `drop_duplicates` ne rend rien : retirez cet argument",
    "KeyError: .*(birth_date|postal_code)": "les colonnes changent d'un cas à l'autre : employez l'argument",
    "KeyError: .*('on'|'quasi_identifiers'|'colonnes')": "donnez l'argument de la fonction, sans guillemets",
    "missing \\), unterminated|unbalanced": "une parenthèse du motif n'est pas fermée, ou l'est deux fois",
    "nothing to repeat": "`+` a un sens dans un motif : pour le signe lui-même, écrivez `\\+`",
    "fixed-width": "`(?<!…)` veut une longueur fixe : `(?<!\\d)`, sans `*`, ni `+`, ni `?`",
}
PHONE = r"(?<!\d)(?:0|\+33[ .-]?)[1-9](?:[ .-]?\d\d){4}(?!\d)"
NEAR_MISSES = (
    *("TA 12/8 mmHg", "INR 2,5", "vu le 06/12/2019", "réf 80639981234", "réf 0639981234567", "0039981234"),
    *("3/4 de comprimé", "accès 00 12 34 56 78", "poste 06 39 98 12", "NIR 2 84 12 00 123 042 17", "lot 06399812"),
    *("série 06,39,98,12,34", "code 06_39_98_12_34", "cote 06/39/98/12/34", "tournée 06  39  98  12  34"),
)
PREFIXES = ("la fille au", "rappeler le", "numéro noté :", "joint hier au")


def phones_by_rule(text: str) -> list[str]:
    """Rend les numéros que décrit l'énoncé, ni plus ni moins ; les règles du cours, elles, en savent davantage."""
    return re.findall(PHONE, text)


def observe(answer: Callable, case: tuple) -> Any:
    """Appelle la réponse ; une erreur connue revient avec une astuce."""
    with hinted_errors(HINTS):
        return answer(*case)


def observe_phones(answer: Callable, case: tuple) -> list[str] | None:
    """Appelle la réponse et rend ses numéros ; un motif illisible et des groupes au lieu de textes sont expliqués."""
    with hinted_errors(HINTS):
        try:
            found = answer(*case)
        except re.error as error:
            raise ValueError(f"{error}") from error
    if found is None or not isinstance(found, list | tuple | np.ndarray):
        return found
    if any(isinstance(phone, tuple) for phone in found):
        raise TypeError("vos parenthèses capturent, et `re.findall` rend leurs morceaux : écrivez `(?:…)`")
    if any(isinstance(phone, re.Match) for phone in found):
        raise TypeError("`re.finditer` rend des objets Match : prenez le texte de chacun, `.group()`")
    return [str(phone) if isinstance(phone, str) else phone for phone in found]


def draw_note(rng: np.random.Generator) -> tuple:
    """Tire une note : de 0 à 6 numéros, écrits de toutes les façons admises, parfois deux de suite, et des leurres."""
    phones = [f"{rng.choice(PREFIXES)} {_phone(rng)}" for _ in range(rng.integers(0, 7))]
    phones += [f"joindre {_phone(rng)}/{_phone(rng)}"] * int(rng.integers(0, 2))
    num_misses = rng.integers(len(NEAR_MISSES) // 2, len(NEAR_MISSES))
    misses = [str(miss) for miss in rng.choice(NEAR_MISSES, size=num_misses, replace=False)]
    return (" ; ".join(rng.permutation([*phones, *misses])),)


def _phone(rng: np.random.Generator) -> str:
    """Un numéro aux séparateurs tous pareils, ou, une fois sur trois, tous tirés à part."""
    separators = [" ", ".", "-", ""] if rng.random() < 1 / 3 else [str(rng.choice([" ", ".", "-", ""]))]
    pairs = "".join(f"{rng.choice(separators)}{rng.integers(0, 100):02d}" for _ in range(4))
    prefix = rng.choice(["0", f"+33{rng.choice(separators)}"])
    return f"{prefix}{rng.integers(1, 10)}{pairs}"


phone_numbers = Exercise(
    title="phone_numbers",
    lesson=LESSON,
    reference=phones_by_rule,
    draw=draw_note,
    observe=observe_phones,
    mistakes={
        "un dossier de treize chiffres n'est pas un numéro : refusez un chiffre juste avant et juste après, "
        "`(?<!\\d)` et `(?!\\d)`.": fautes.phones_with(before="", after=""),
        "un numéro plus long vous échappe en partie : refusez un chiffre juste APRÈS, `(?!\\d)`.": (
            fautes.phones_with(after="")
        ),
        "vous commencez au milieu d'un numéro plus long : refusez un chiffre juste AVANT, `(?<!\\d)`.": (
            fautes.phones_with(before="")
        ),
        "les numéros en +33 vous échappent (et devant un `+`, `\\b` ne trouve pas de mot).": fautes.phones_with(
            prefix="0"
        ),
        "après +33, une espace, un point ou un tiret est permis : `\\+33[ .-]?`.": fautes.phones_with(
            prefix=r"(?:0|\+33)"
        ),
        "seuls les numéros espacés sont trouvés : le séparateur est un point, un tiret ou rien.": (
            fautes.phones_with(separator=" ")
        ),
        "les numéros d'un seul bloc vous échappent : le séparateur est FACULTATIF, `[ .-]?`.": (
            fautes.phones_with(separator="[ .-]")
        ),
        "le chiffre qui suit le 0 va de 1 à 9 : « 00 12… » n'est pas un numéro.": fautes.phones_with(first=r"\d"),
        "`re.findall` ne rend que le groupe : écrivez `(?:…)`, qui groupe sans capturer.": fautes.captured_group,
        "`re.findall` ne rend que le début : écrivez `(?:0|…)`, qui groupe sans capturer.": fautes.captured_prefix,
        "`\\D` avale un caractère, et le numéro d'après vous échappe : `(?<!\\d)` et `(?!\\d)`.": fautes.consuming,
        "dans un motif, le point vaut n'importe quel caractère : entre crochets, `[ .-]`, il n'est qu'un point.": (
            fautes.phones_with(separator=".?")
        ),
        "entre crochets, ` -.` est un intervalle qui va de l'espace au point : mettez le tiret à la fin, `[ .-]`.": (
            fautes.phones_with(separator="[ -.]?")
        ),
        "un séparateur est une espace, un point ou un tiret, un SEUL : `[ .-]?`.": fautes.phones_with(
            separator="[ .-]*"
        ),
        "la barre n'est pas un séparateur : « 06/12/2019 » est une date.": fautes.phones_with(separator="[ ./-]?"),
        "seul le premier numéro est rendu : `re.findall` les rend tous.": fautes.first_phone,
        "rendez les numéros comme ils sont ÉCRITS, séparateurs compris.": fautes.digits_only,
        "vous retirez les doublons ou changez l'ordre : rendez chaque numéro, dans l'ordre du texte.": (
            fautes.sorted_phones
        ),
    },
)


def draw_identifiers(rng: np.random.Generator) -> tuple:
    """Tire de 1 à 30 identifiants, des personnes revenant plusieurs fois, un index quelconque, une clé d'octets."""
    people = [_identifier(rng) for _ in range(rng.integers(1, 12))]
    drawn = [str(name) for name in rng.choice(people, size=rng.integers(1, 31))]
    index = rng.permutation(1000)[: len(drawn)]
    return pd.Series(drawn, index=index, name="ipp"), rng.bytes(int(rng.integers(16, 65)))


def _identifier(rng: np.random.Generator) -> str:
    return f"{rng.choice(['IPP', 'é', 'Dossier n°', ''])}{rng.integers(10**6)}"


def observe_series(answer: Callable, case: tuple) -> Any:
    """Appelle la réponse et rend l'index et les valeurs de sa série ; None si elle ne rend rien."""
    series = observe(answer, case)
    if series is not None and not isinstance(series, pd.Series):
        raise TypeError("on attend une série pandas, comme en rend `identifiers.map(…)`")
    return None if series is None else {"index": list(series.index), "pseudonymes": [str(value) for value in series]}


pseudonymise = Exercise(
    title="pseudonymise",
    lesson=LESSON,
    reference=keyed_pseudonyms,
    draw=draw_identifiers,
    observe=observe_series,
    mistakes={
        "la clé ne sert pas : un SHA-256 sans clé se défait en essayant tous les candidats.": fautes.without_key,
        "SHA-256 de la clé collée à la valeur n'est pas HMAC : `hmac.new(key, …)`.": fautes.key_then_value,
        "la clé se colle AVANT, et HMAC s'en charge : `hmac.new(key, …, hashlib.sha256)`.": fautes.value_then_key,
        "clé et valeur sont échangées : `hmac.new(clé, valeur, …)`.": fautes.swapped,
        "le pseudonyme a 64 caractères : gardez les 16 premiers.": fautes.keyed(slice(None)),
        "le pseudonyme a 8 caractères : gardez les 16 premiers.": fautes.keyed(slice(8)),
        "`.digest()[:16].hex()` fait 32 caractères : prenez `.hexdigest()[:16]`.": fautes.keyed(slice(32)),
        "`digest()` rend des octets : prenez les 16 premiers caractères de `hexdigest()`.": fautes.in_bytes,
        "vous employez toujours la même clé : employez l'argument `key`.": fautes.constant_key,
        "vous gardez les 16 DERNIERS caractères : gardez les premiers.": fautes.keyed(slice(-16, None)),
        "le hachage doit être SHA-256.": fautes.keyed(slice(16), "sha512"),
        "vous numérotez : une autre table donnerait d'autres numéros à la même personne.": fautes.numbered,
        "l'index a changé : chaque pseudonyme doit rester sur sa ligne.": fautes.reset_index,
        "chaque ligne reçoit un autre pseudonyme : la même personne doit garder le sien.": fautes.salted_by_row,
        "les doublons ont disparu : rendez un pseudonyme par ligne.": fautes.unique_only,
    },
)


def draw_tables(rng: np.random.Generator) -> tuple:
    """Tire un tableau publié et un registre (sosies, absents, un inscrit deux fois), et de 1 à 3 colonnes communes."""
    on = [str(name) for name in rng.permutation(["naissance", "sexe", "code", "ville"])[: rng.integers(1, 4)]]
    people = pd.DataFrame({name: rng.integers(0, 5, size=40) for name in on})
    people["nom"] = [f"personne {k}" for k in rng.permutation(40)]
    people["prénom"] = rng.choice(["Iris", "Basile"], size=40)
    released = people.loc[rng.permutation(40)[: rng.integers(5, 25)], on].assign(
        maladie=lambda table: rng.choice(["asthme", "cancer", "VIH"], size=len(table))
    )
    public = people.loc[rng.permutation(40)[: rng.integers(4, 30)]]
    return released, pd.concat([public, public.iloc[:1]]), on


def observe_links(answer: Callable, case: tuple) -> Any:
    """Appelle la réponse et rend ses lignes triées, avec les colonnes des deux tableaux ; None si elle ne rend rien."""
    table = observe(answer, case)
    if table is None:
        return None
    if not isinstance(table, pd.DataFrame):
        raise TypeError("on attend un tableau pandas, comme en rend `merge`")
    released, public, _ = case
    columns = list(dict.fromkeys([*released.columns, *public.columns]))
    missing = [name for name in columns if name not in table.columns]
    if missing:
        raise ValueError(f"il manque la colonne « {missing[0]} » ; gardez celles des deux tableaux, une fois chacune")
    return sorted([str(value) for value in row] for row in table[columns].to_numpy())


link = Exercise(
    title="link",
    lesson=LESSON,
    reference=privacy.link,
    draw=draw_tables,
    observe=observe_links,
    mistakes={
        "vous rendez tous les candidats : ne gardez que les patients qui n'en ont qu'UN.": fautes.all_candidates,
        "un sosie reste : `keep=False` retire TOUTES les lignes d'un même profil.": fautes.one_of_the_twins,
        "les sosies se cherchent sur `on`, pas sur la ligne entière : donnez `on` à `drop_duplicates`.": (
            fautes.whole_row_twins
        ),
        "vous retirez les sosies du tableau publié : c'est dans le REGISTRE que le candidat doit être seul.": (
            fautes.unique_in_release
        ),
        "vous retirez aussi les sosies du tableau publié : deux patients peuvent n'avoir qu'un candidat.": (
            fautes.unique_in_both
        ),
        'les patients sans candidat sont gardés : la jointure doit être interne (`how="inner"`).': fautes.left_join,
        "les inscrits jamais hospitalisés sont gardés : la jointure doit être interne.": fautes.right_join,
        "un inscrit deux fois occupe deux lignes du registre : son profil n'y est pas seul, ne le gardez pas.": (
            fautes.repeated_people
        ),
        "vous ne croisez que sur la première colonne : employez tout `on`.": fautes.first_column_only,
        "vous rendez les patients introuvables : gardez ceux qui ont un candidat.": fautes.unlinked,
    },
)


def draw_release(rng: np.random.Generator) -> tuple:
    """Tire un tableau de 1 à 60 patients, aux cases parfois vides, et de 1 à 3 quasi-identifiants."""
    names = [str(name) for name in rng.permutation(["âge", "sexe", "code", "ville", "maladie"])]
    n, levels = int(rng.integers(1, 61)), int(rng.integers(1, 4))
    table = pd.DataFrame({name: rng.integers(0, levels, size=n) for name in names})
    table = table.mask(rng.random(table.shape) < rng.choice([0, 0.2]))
    table = pd.concat([table] * int(rng.integers(1, 4)))  # sans copies, une case vide laisse presque toujours k à 1
    return table.set_index(rng.permutation(len(table)) + 7), names[: int(rng.integers(1, 4))]


def observe_sizes(answer: Callable, case: tuple) -> Any:
    """Appelle la réponse ; une liste ou une série d'effectifs devient un tableau, pour que l'erreur ait un nom."""
    sizes = observe(answer, case)
    return np.asarray(sizes) if isinstance(sizes, pd.Series | list) else sizes


k_anonymity = Exercise(
    title="k_anonymity",
    lesson=LESSON,
    reference=privacy.k_anonymity,
    draw=draw_release,
    observe=observe_sizes,
    mistakes={
        "les cases vides sont oubliées : une valeur manquante distingue aussi, `dropna=False`.": fautes.without_missing,
        "NaN n'est égal à rien, pas même à NaN : les cases vides y font des classes à part. Essayez `groupby`.": (
            fautes.unequal_missing
        ),
        "`count` ne compte que les cases remplies : `size` compte les lignes.": fautes.counted_cells,
        "`count` rend un compte par colonne, sans les cases vides : `size` compte les lignes.": fautes.counted_columns,
        "c'est la PLUS GRANDE classe : k est la plus petite.": fautes.largest_class,
        "c'est la taille moyenne : k est la plus petite classe, celle du patient le moins caché.": fautes.mean_class,
        "vous comptez les classes : rendez l'effectif de la plus petite.": fautes.number_of_classes,
        "vous comptez les classes d'un seul patient : rendez l'effectif de la plus petite.": fautes.number_alone,
        "vous rendez tous les effectifs : rendez le plus petit.": fautes.all_sizes,
        "`quasi_identifiers` ne sert pas : ne groupez que par ces colonnes.": fautes.all_columns,
        "vous ne groupez que par le premier quasi-identifiant : l'attaquant les connaît tous.": fautes.first_column_k,
        "vous prenez chaque colonne à part : c'est leur COMBINAISON qui distingue.": fautes.column_by_column,
        "vous comptez les valeurs différentes : comptez les patients de chaque classe.": fautes.distinct_values,
    },
)
