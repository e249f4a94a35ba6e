"""La règle (A) : les noms, trouvés par ce qui les entoure (titre, lien, signature, âge) ou par un prénom courant."""

import re
from collections.abc import Iterable, Iterator

from common.privacy.identifiers.first_names import AMBIGUOUS_FIRST_NAMES, FIRST_NAMES_EN, FIRST_NAMES_FR
from common.privacy.identifiers.lexicon import COMMON_WORDS, EPONYM_AFTER, EPONYM_BEFORE, any_of
from common.privacy.identifiers.pattern import Pattern

UPPER = "A-ZÀ-ÖØ-ÞŒŠŽŸĀĆČĎĐĘĚĞİŁŃŇŐŘŚŞŤŮŰŹŻ"
PARTICLE = any_of("""
    [dD]e [lL]a, [dD]es?, [dD]u, [lL][ea], [vV]an [dD]e[rn], [vV]an, [vV]on, [bB]en, [bB]in, [eE]l, [aA]l, [dD]a,
    [dD]os, [dD]i
""")
# Un mot de nom : « Durand », « Lévy-Bruhl », « O'Brien », « D'Alembert », « HK », « J.-P. », « R.H ».
WORD = (
    rf"(?:(?=[{UPPER}]|[dl]')(?!{COMMON_WORDS}(?!\w))(?:[dDlLMNO]')?[{UPPER}][^\W\d_]{{0,24}}(?:-[^\W\d_]{{1,24}}|'[{UPPER}][^\W\d_]{{0,24}}){{0,3}}"
    rf"(?:(?<![^\W\d_]{{2}})\.(?:[-\s]?[{UPPER}](?![^\W\d_])\.?){{0,3}})?)"
)
NEXT = rf"(?:[ ](?:{PARTICLE}[ ]){{0,2}}{WORD})"
NAME = rf"{WORD}{NEXT}{{0,3}}"
FULL_NAME = rf"{WORD}{NEXT}{{1,3}}"
GAP = r"[\s:,(]{1,4}"
# Après « sa mère », « CAD » est une maladie : un nom tout en capitales y compte au moins cinq lettres.
NOT_ACRONYM = rf"(?=[{UPPER}](?:[^\W\d_A-Z]|['.\-])|[{UPPER}]{{5}})"
# Avant le nom d'un éponyme : « maladie de », « score pronostique de », et d'autres noms (« Guillain-Barré et »).
_BEFORE = re.compile(
    rf"\b{EPONYM_BEFORE}(?:\s[a-zéèêà]{{3,15}}){{0,2}}\s(?:(?:de|du|des|of|d'|selon|type)\s?(?:la\s|l')?)?"
    rf"(?:[{UPPER}][^\W\d_]{{1,20}}(?:[\s\-,]{{1,2}}|\set\s)){{0,3}}$"
)
_AFTER = re.compile(rf"(?i:(?:'s)?[\s\-]{{1,2}}{EPONYM_AFTER}\b)")
_CAPITALISED = re.compile(rf"(?<!\w)[{UPPER}][^\W\d_]{{2,24}}(?:-[{UPPER}][^\W\d_]{{1,24}}){{0,2}}(?!\w)")
LOOK_BACK = 60

_TITLES_FR = any_of(r"""
    MM?\., M(?=[ ]), Mr\.?, [Mm]mes?\.?, MME, [Mm]lles?\.?, MLLE, Melle\.?, [Mm]onsieur, MONSIEUR, [Mm]adame,
    MADAME, [Mm]ademoiselle, Messieurs, Mesdames, D(?:octeu)?rs?\.?, DR\.?, docteure?, Docteure, Prs?\.?, PR\.,
    [Pp]rofesseure?, Prof\.?, Me, Maître, [Ss]œur, [Vv]euve, Vve
""")
_CONTEXT_FR = any_of(r"""
    nomm[ée]e?, pr[ée]nomm[ée]e?, d[ée]nomm[ée]e?, appel[ée]e?, s'appelle, nom de naissance, nom de famille,
    nom de jeune fille, nom et pr[ée]noms?, noms?, pr[ée]noms?, n[ée]e, identit[ée], patiente?\s?:,
    m[ée]decin traitant, m[ée]decin r[ée]f[ée]rent, sign[ée]e?, signature, r[ée]dig[ée]e? par, valid[ée]e? par,
    dict[ée]e? par, adress[ée]e? par, vue? par, revue? par, suivie? par, op[ée]r[ée]e? par, examin[ée]e? par,
    r[ée]alis[ée]e? par, prescrite? par, accompagn[ée]e? par, accompagn[ée]e? de, op[ée]rateur, chirurgien(?:ne)?,
    anesth[ée]siste, (?:interne|externe)\s?:, infirmi[èe]re?, sage-femme, kin[ée]sith[ée]rapeute, psychologue,
    correspondant, destinataire, personne de confiance, personne à pr[ée]venir, personne à contacter, tuteur,
    tutrice, curateur, curatrice, confr[èe]re, enfant, nourrisson, b[ée]b[ée], copie à, cc
""")
_KIN_FR = any_of(r"""
    fille, fils, [ée]pouse, [ée]poux, mari, femme, conjointe?, compagne, compagnon, fr[èe]re, s(?:œ|oe)ur, m[èe]re,
    p[èe]re, oncle, tante, cousine?, neveu, ni[èe]ce, voisine?, amie?, petite?-fil(?:s|le), grand-m[èe]re,
    grand-p[èe]re, jumeau, jumelle, aidante?, coll[èe]gue, beau-fils, beau-p[èe]re, beau-fr[èe]re, belle-fille,
    patiente?, belle-m[èe]re, belle-s(?:œ|oe)ur
""")
_TITLES_EN = any_of(r"""
    Mrs?\.?, MRS?\.?, Ms\.?, Miss, Mx\.?, D(?:octo)?rs?\.?, DR\.?, Prof(?:essor)?\.?, Nurse, Rev(?:erend)?\.?,
    Sgt\.?, Officer, Sister, Father, Madam, Sir
""")
_CONTEXT_EN = any_of(r"""
    named, called, name is, name, patient(?:'s)? name, patient\s?:, signed(?: by)?, signature, dictated by,
    transcribed by, reviewed by, referred by, seen by, followed by, evaluated by, performed by, ordered by,
    accompanied by, attending(?: physician)?, surgeon, assistant, anesthesiologist, pcp, primary care physician,
    primary care provider, provider, physician, resident, next of kin, emergency contact, guardian, caregiver,
    guarantor, cc, contact, attn
""")
_KIN_EN = any_of(r"""
    daughter, son, wife, husband, spouse, partner, girlfriend, boyfriend, fianc[ée]e?, brother, sister, mother,
    father, mom, dad, uncle, aunt, cousin, nephew, niece, neighbor, friend, grandson, granddaughter, grandmother,
    grandfather, twin, roommate, coworker, boss, caregiver, (?:mother|father|son|daughter|sister|brother)-in-law
""")
_CREDENTIALS = any_of(r"""
    M\.?D, D\.?O, R\.?N, N\.?P, P\.?A(?:-C)?, Ph\.?D, DDS, DPM, FACS, PharmD, LCSW, CRNA, MBBS, MPH
""")
_AN_AGE = any_of(r"""
    \(?\d\d?\d?\s?(?:ans|mois|y/?o|years?|M\b|F\b), [âa]gée?\s, née?\s(?:le|en|à), \(née?\s, is\san?\s\d,
    an?\s\d\d?-, DOB, MRN, IPP
""")


def is_eponym(match: re.Match[str]) -> bool:
    """« maladie de Parkinson », « Crohn's disease », « score de Glasgow » : un nom propre, pas celui d'un patient."""
    start, end = match.span("id") if "id" in match.re.groupindex else match.span()
    return bool(_AFTER.match(match.string, end) or _BEFORE.search(match.string[max(0, start - LOOK_BACK) : start]))


def not_eponym(match: re.Match[str]) -> bool:
    """Le contraire de `is_eponym`, pour qu'une règle le demande."""
    return not is_eponym(match)


def repeated(text: str, names: Iterable[str]) -> Iterator[re.Match[str]]:
    """Les autres apparitions d'un nom déjà trouvé : « Mme Durand… » plus haut trahit « Durand sort demain » plus bas.

    Seuls comptent les mots d'au moins quatre lettres ; un éponyme reste un éponyme.
    """
    words = {word for name in names for word in re.findall(r"[^\W\d_]{4,}", name)}
    known = words | {word.upper() for word in words} | {word.capitalize() for word in words}
    for match in _CAPITALISED.finditer(text):
        if match.group() in known and not is_eponym(match):
            yield match


def _name(rule: str, regex: str) -> Pattern:
    return Pattern(rule, "A", "NOM", regex, not_eponym)


def _context_rules(titles: str, context: str, kin: str) -> tuple[Pattern, ...]:
    return (
        Pattern(
            "titre",
            "A",
            "NOM",
            rf"(?<!\w){titles}(?:(?<=\.)\s{{0,3}}|\s{{1,3}})(?:l[ea]\s)?"
            rf"(?P<id>(?:{titles}\s{{1,2}})?(?:{PARTICLE}[ ]){{0,2}}{NAME})(?!\w)",
        ),
        _name("contexte", rf"(?<!\w)(?i:{context}){GAP}(?P<id>{NAME})(?!\w)"),
        _name("rubrique", rf"(?<!\w)(?i:{context})(?:(?<=:)|\s?:)\s?(?P<id>{WORD},[ ]{NAME})(?!\w)"),
        _name(
            "proche",
            rf"(?<!\w)(?i:{kin}(?:{GAP}|,?\s(?:nommée?|appelée?|named|called)\s))(?P<id>{NOT_ACRONYM}{NAME})(?!\w)",
        ),
        _name("apposition", rf"(?<![\w\-])(?!MM?\.\s)(?P<id>{FULL_NAME})(?=,?\s?{_AN_AGE})"),
    )


def _first_name_rules(first_names: frozenset[str]) -> tuple[Pattern, ...]:
    known, alone = any_of(",".join(sorted(first_names))), any_of(",".join(sorted(first_names - AMBIGUOUS_FIRST_NAMES)))
    first = rf"{known}(?:-{known})?"
    return (
        _name(
            "prenom_nom",
            rf"(?<![\w\-])(?=[{UPPER}])(?P<id>{first}[ \n](?:[A-Z]\.?[ ])?"
            rf"(?:{PARTICLE}[ ]){{0,2}}{WORD}(?:[ ]{WORD})?)(?!\w)",
        ),
        _name("prenom_initiale", rf"(?<![\w\-])(?=[{UPPER}])(?P<id>{first}[ ][{UPPER}]\.)"),
        _name(
            "nom_prenom",
            rf"(?<![\w\-])(?P<id>(?:[{UPPER}]')?[{UPPER}]{{3,25}}(?:-[{UPPER}]{{2,25}})?,?[ ]"
            rf"(?:{first}|(?i:{first}(?=[ ]?[,(;\n]))))(?!\w)",
        ),
        _name("prenom_seul", rf"(?<![\w\-'])(?=[{UPPER}])(?P<id>{alone}(?:-{known})?|{known}-{known})(?![\w\-])"),
    )


NAMES: dict[str, tuple[Pattern, ...]] = {
    "fr": (*_context_rules(_TITLES_FR, _CONTEXT_FR, _KIN_FR), *_first_name_rules(FIRST_NAMES_FR)),
    "en": (
        *_context_rules(_TITLES_EN, _CONTEXT_EN, _KIN_EN),
        *_first_name_rules(FIRST_NAMES_EN),
        _name("diplome", rf"(?<![\w\-])(?P<id>{FULL_NAME}),?\s{_CREDENTIALS}\b"),
    ),
}
