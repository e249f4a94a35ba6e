"""La règle (A) : les noms, trouvés par ce qui les entoure (titre, lien, signature, âge) ou par un prénom courant."""

import re
from collections.abc import Iterable, Iterator

from common.privacy.identifiers.lexicon import (
    AMBIGUOUS_FIRST_NAMES,
    COMMON_WORDS,
    EPONYM_AFTER,
    EPONYM_BEFORE,
    FIRST_NAMES_EN,
    FIRST_NAMES_FR,
)
from common.privacy.identifiers.pattern import Pattern, pattern

UPPER = "A-ZÀ-ÖØ-ÞŒŠŽŸĀĆČĎĐĘĚĞİŁŃŇŐŘŚŞŤŮŰŹŻ"
PARTICLE = r"(?:[dD]e\s[lL]a|[dD]es?|[dD]u|[lL][ea]|[vV]an(?:\s[dD]e[rn])?|[vV]on|[bB]en|[bB]in|[eE]l|[aA]l|[dD]a|[dD]os|[dD]i)"
# Un mot de nom : « Durand », « Lévy-Bruhl », « O'Brien », « d'Alembert », « HK », « J.-P. »
WORD = (
    rf"(?:(?!(?:{COMMON_WORDS})(?!\w))(?:[dDlLO]')?[{UPPER}][^\W\d_]{{0,24}}(?:-[^\W\d_]{{1,24}}|'[{UPPER}][^\W\d_]{{0,24}}){{0,3}}"
    rf"(?:(?<![^\W\d_]{{2}})\.(?:[-\s]?[{UPPER}](?![^\W\d_])\.?){{0,3}})?)"
)
NAME = rf"(?:{PARTICLE}[ ]){{0,2}}{WORD}(?:[ ](?:{PARTICLE}[ ]){{0,2}}{WORD}){{0,3}}"
FULL_NAME = rf"{WORD}(?:[ ](?:{PARTICLE}[ ]){{0,2}}{WORD}){{1,3}}"
PLAIN_NAME = rf"{WORD}(?:[ ](?:{PARTICLE}[ ]){{0,2}}{WORD}){{0,3}}"
GAP = r"[\s:,(]{1,4}"
# Après « sa mère », « CAD » est une maladie : un nom tout en capitales y compte au moins cinq lettres.
NOT_ACRONYM = rf"(?=[{UPPER}](?:[^\W\d_A-Z]|['.\-])|[{UPPER}]{{5}})"

_AFTER = re.compile(rf"(?:['’]s)?[\s\-]{{1,2}}(?:{EPONYM_AFTER})\b", re.IGNORECASE)
_BEFORE = re.compile(
    rf"\b(?:{EPONYM_BEFORE})(?:\s[a-zéèêà]{{3,15}}){{0,2}}\s(?:(?:de|du|des|of|d'|selon|type)\s?(?:la\s|l')?)?(?:[{UPPER}][^\W\d_]{{1,20}}(?:[\s\-,]{{1,2}}|\set\s)){{0,3}}$",
)
_CAPITALISED = re.compile(rf"(?<!\w)[{UPPER}][^\W\d_]{{2,24}}(?:-[{UPPER}][^\W\d_]{{1,24}}){{0,2}}(?!\w)")


def is_eponym(match: re.Match[str]) -> bool:
    """« maladie de Parkinson », « Crohn's disease », « score de Glasgow » : un nom propre, mais pas celui du patient."""
    start, end = match.span("id") if "id" in match.re.groupindex else match.span()
    before = match.string[max(0, start - 60) : start]
    return bool(_AFTER.match(match.string, end) or _BEFORE.search(before))


def _not_eponym(match: re.Match[str]) -> bool:
    return not is_eponym(match)


def _first_name_rules(first_names: Iterable[str]) -> tuple[Pattern, ...]:
    known = "|".join(sorted(first_names, key=len, reverse=True))
    alone = "|".join(sorted(set(first_names) - AMBIGUOUS_FIRST_NAMES, key=len, reverse=True))
    compound = rf"(?:{known})(?:-(?:{known}))?"
    return (
        pattern(
            "prenom_nom",
            "A",
            "NOM",
            rf"(?<![\w\-])(?P<id>{compound}[ \n](?:[A-Z]\.?[ ])?(?:{PARTICLE}[ ]){{0,2}}{WORD}(?:[ ]{WORD})?)(?!\w)",
            _not_eponym,
        ),
        pattern("prenom_initiale", "A", "NOM", rf"(?<![\w\-])(?P<id>{compound}[ ][{UPPER}]\.)", _not_eponym),
        pattern(
            "nom_prenom",
            "A",
            "NOM",
            rf"(?<![\w\-])(?P<id>[{UPPER}]{{3,25}}(?:-[{UPPER}]{{2,25}})?,?[ ](?:{compound}|(?i:{compound}(?=[ ]?[,(;\n]))))(?!\w)",
            _not_eponym,
        ),
        pattern(
            "prenom_seul",
            "A",
            "NOM",
            rf"(?<![\w\-'’])(?P<id>(?:{alone})(?:-(?:{known}))?|(?:{known})-(?:{known}))(?![\w\-])",
            _not_eponym,
        ),
    )


_TITLES_FR = (
    r"(?:MM?\.|M(?=[ ])|Mr\.?|[Mm]mes?\.?|MME|[Mm]lles?\.?|MLLE|Melle\.?|[Mm]onsieur|MONSIEUR|[Mm]adame|MADAME|[Mm]ademoiselle|Messieurs|"
    r"Mesdames|D(?:octeu)?rs?\.?|DR\.?|docteure?|Docteure|Prs?\.?|PR\.|[Pp]rofesseure?|Prof\.?|Me|Maître|[Ss]œur|[Vv]euve|Vve)"
)
_CONTEXT_FR = (
    r"(?:nomm[ée]e?|pr[ée]nomm[ée]e?|d[ée]nomm[ée]e?|appel[ée]e?|s'appelle|nom\sde\s(?:naissance|famille|jeune\sfille)|nom\set\spr[ée]noms?|noms?|pr[ée]noms?|"
    r"n[ée]e\s(?=[A-ZÀ-Þ]{2})|identit[ée]|patiente?\s?:|m[ée]decin\s(?:traitant|r[ée]f[ée]rent)|sign[ée]e?|signature|r[ée]dig[ée]e?\spar|valid[ée]e?\spar|dict[ée]e?\spar|"
    r"adress[ée]e?\spar|vue?\spar|revue?\spar|suivie?\spar|op[ée]r[ée]e?\spar|examin[ée]e?\spar|r[ée]alis[ée]e?\spar|prescrite?\spar|accompagn[ée]e?\s(?:par|de)|op[ée]rateur|"
    r"chirurgien(?:ne)?|anesth[ée]siste|(?:interne|externe)\s?:|infirmi[èe]re?|sage-femme|kin[ée]sith[ée]rapeute|psychologue|correspondant|destinataire|"
    r"personne\s(?:de\sconfiance|à\spr[ée]venir|à\scontacter)|tuteur|tutrice|curateur|curatrice|confr[èe]re|enfant|nourrisson|b[ée]b[ée]|copie\sà|cc)"
)
_KIN_FR = (
    r"(?:fille|fils|[ée]pouse|[ée]poux|mari|femme|conjointe?|compagne|compagnon|fr[èe]re|s(?:œ|oe)ur|m[èe]re|p[èe]re|oncle|tante|cousine?|neveu|"
    r"ni[èe]ce|voisine?|amie?|petite?-fil(?:s|le)|grand-(?:m[èe]re|p[èe]re)|jum(?:eau|elle)|aidante?|coll[èe]gue|beau-(?:fils|p[èe]re|fr[èe]re)|belle-(?:fille|m[èe]re|s(?:œ|oe)ur))"
)
_TITLES_EN = r"(?:Mrs?\.?|MRS?\.?|Ms\.?|Miss|Mx\.?|D(?:octo)?rs?\.?|DR\.?|Prof(?:essor)?\.?|Nurse|Rev(?:erend)?\.?|Sgt\.?|Officer|Sister|Father|Madam|Sir)"
_CONTEXT_EN = (
    r"(?:named|called|name\sis|name|patient(?:'s)?\sname|patient\s?:|signed(?:\sby)?|signature|dictated\sby|transcribed\sby|reviewed\sby|referred\sby|"
    r"seen\sby|followed\sby|evaluated\sby|performed\sby|ordered\sby|accompanied\sby|attending(?:\sphysician)?|surgeon|assistant|anesthesiologist|pcp|"
    r"primary\scare(?:\sphysician|\sprovider)?|provider|physician|resident|next\sof\skin|emergency\scontact|guardian|caregiver|guarantor|cc|contact|attn)"
)
_KIN_EN = (
    r"(?:daughter|son|wife|husband|spouse|partner|girlfriend|boyfriend|fianc[ée]e?|brother|sister|mother|father|mom|dad|uncle|aunt|cousin|nephew|niece|"
    r"neighbor|friend|grand(?:son|daughter|mother|father)|twin|roommate|coworker|boss|caregiver|(?:mother|father|son|daughter|sister|brother)-in-law)"
)
_CREDENTIALS = r"(?:M\.?D|D\.?O|R\.?N|N\.?P|P\.?A(?:-C)?|Ph\.?D|DDS|DPM|FACS|PharmD|LCSW|CRNA|MBBS|MPH)\b"


def _rules(titles: str, context: str, kin: str) -> tuple[Pattern, ...]:
    return (
        pattern(
            "titre",
            "A",
            "NOM",
            rf"(?<!\w){titles}(?:(?<=\.)\s{{0,3}}|\s{{1,3}})(?:(?:le|la)\s)?(?P<id>(?:{titles}\s{{1,2}})?{NAME})(?!\w)",
        ),
        pattern("contexte", "A", "NOM", rf"(?<!\w)(?i:{context}){GAP}(?P<id>{PLAIN_NAME})(?!\w)", _not_eponym),
        pattern(
            "proche",
            "A",
            "NOM",
            rf"(?<!\w)(?i:{kin})(?:{GAP}|,?\s(?i:nommée?|appelée?|named|called)\s)(?P<id>{NOT_ACRONYM}{PLAIN_NAME})(?!\w)",
            _not_eponym,
        ),
        pattern(
            "apposition",
            "A",
            "NOM",
            rf"(?<![\w\-])(?P<id>{FULL_NAME})(?=,?\s?(?:\(?\d{{1,3}}\s?(?:ans|mois|y/?o|years?|M\b|F\b)|[âa]gée?\s|née?\s(?:le|en|à)|\(né|is\san?\s\d|a\s\d\d?-|DOB|MRN|IPP))",
            _not_eponym,
        ),
    )


NAMES: dict[str, tuple[Pattern, ...]] = {
    "fr": (*_rules(_TITLES_FR, _CONTEXT_FR, _KIN_FR), *_first_name_rules(FIRST_NAMES_FR)),
    "en": (
        *_rules(_TITLES_EN, _CONTEXT_EN, _KIN_EN),
        pattern("diplome", "A", "NOM", rf"(?<![\w\-])(?P<id>{FULL_NAME}),?\s{_CREDENTIALS}"),
        *_first_name_rules(FIRST_NAMES_EN),
    ),
}


def repeated(text: str, names: Iterable[str]) -> Iterator[re.Match[str]]:
    """Les autres apparitions d'un nom déjà trouvé : « Mme Durand… » plus haut trahit « Durand sort demain » plus bas.

    Seuls comptent les mots d'au moins quatre lettres ; un éponyme reste un éponyme.
    """
    words = {word for name in names for word in re.findall(r"[^\W\d_]{4,}", name)}
    known = words | {word.upper() for word in words} | {word.capitalize() for word in words}
    for match in _CAPITALISED.finditer(text):
        if match.group() in known and not is_eponym(match):
            yield match
