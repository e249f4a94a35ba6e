"""La règle (A) : les noms, trouvés par ce qui les entoure (titre, lien, signature, âge) ou par un prénom courant."""

import re
from collections.abc import Iterable, Iterator

from common.privacy.identifiers.first_names import AMBIGUOUS_FIRST_NAMES, FIRST_NAMES_EN, FIRST_NAMES_FR
from common.privacy.identifiers.lexicon import (
    COMMON_WORDS,
    EPONYM_AFTER,
    EPONYM_BEFORE,
    SPECIALTIES,
    any_of,
    without_accents,
)
from common.privacy.identifiers.pattern import Pattern

UPPER = "A-ZÀ-ÖØ-ÞŒŠŽŸĀĆČĎĐĘĚĞİŁŃŇŐŘŚŞŤŮŰŹŻ"
PARTICLE = any_of(r"""
    [dD]e [lL]a, [dD]es?, [dD]u, [lL][ea], [vV]an [dD]e[rn], [vV]an, [vV]on, [bB]en, [bB]in, [eE]l, [aA]l, [dD]a,
    [dD]os, [dD]i, DE LA, DE, DU, DES, LE, LA, VAN, VON, DA, DOS, DI, S[tT]\.?
""")
# Un mot de nom : « Durand », « Lévy-Bruhl », « O'Brien », « D'Alembert », « HK », « J.-P. », « R.H ».
WORD = (
    rf"(?:(?=[{UPPER}]|[dl]')(?!{COMMON_WORDS}(?!\w))(?:[dDlLMNO]')?[{UPPER}][^\W\d_]{{0,24}}(?:-[^\W\d_]{{1,24}}|'[{UPPER}][^\W\d_]{{0,24}}){{0,3}}"
    rf"(?:(?<![^\W\d_]{{2}})\.(?:[-\s]?[{UPPER}](?![^\W\d_])\.?){{0,3}})?)"
)
# Après un prénom, « White » est un nom ; devant « male » ou « woman », une couleur de peau.
COLOUR = r"(?:White|Black|WHITE|BLACK|Good|Jeune)(?!,?\s(?i:(?:fe)?male|(?:wo)?man|boy|girl|lady|americans?|race|or)\b)"
NEXT = rf"(?:[ ](?:{PARTICLE}[ ]){{0,2}}(?:{WORD}|{COLOUR}))"
NAME = rf"{WORD}{NEXT}{{0,3}}"
FULL_NAME = rf"{WORD}{NEXT}{{1,3}}"
GAP = r"(?:(?:\sis|\swas|\sest|\sétait)?[\s:,(«\"]{1,4})"
# « suivi par la Cardiologie » et « discussed with Oncology » nomment un service.
NOT_A_SERVICE = rf"(?!{SPECIALTIES}(?!\w))"
# « Michelin », « ACIÉRIES DE PLOËRMEL », « Allen, Herring and Grant », « Hank's Auto Body ».
COMPANY_WORD = rf"(?:(?!{COMMON_WORDS}(?!\w))[{UPPER}](?:[^\W_]|['.&\-](?=\w)){{1,25}})"
COMPANY = (
    rf"(?:(?:(?i:la|le|les|the)[ ])?(?!(?:[{UPPER}]{{2}}|U\.S\.?)(?!\w)){COMPANY_WORD}(?:(?:,[ ]|,?[ ](?:and|et|&)[ ]|"
    rf"[ ](?:(?i:de|du|des|la|le|les|of|the)[ ]){{0,2}}|[ ]d'){COMPANY_WORD}){{0,4}})"
)
# Après « sa mère », « CAD » est une maladie : un nom tout en capitales y compte au moins cinq lettres.
NOT_ACRONYM = rf"(?=[{UPPER}](?:[^\W\d_A-Z]|['.\-])|[{UPPER}]{{5}})"
# Avant le nom d'un éponyme : « maladie de », « score pronostique de », et d'autres noms (« Guillain-Barré et »).
_BEFORE = re.compile(
    rf"\b(?i:{EPONYM_BEFORE})(?:\s[a-zéèêà]{{3,15}}){{0,2}}\s(?i:(?:de|du|des|of|d'|selon|type)\s?(?:la\s|l')?)?"
    rf"(?:[{UPPER}][^\W\d_]{{1,20}}(?:[\s\-,]{{1,2}}|\set\s)){{0,3}}$"
)
_AFTER = re.compile(rf"(?i:(?:'s)?[\s\-]{{1,2}}{EPONYM_AFTER}\b)")
_CAPITALISED = re.compile(rf"(?<!\w)[{UPPER}][^\W\d_]{{2,24}}(?:-[{UPPER}][^\W\d_]{{1,24}}){{0,2}}(?!\w)")
_HEADINGS = re.compile(
    rf"(?i:{COMMON_WORDS}|{SPECIALTIES}|résumé|resume|compte-?rendu|rapport|report|summary|ordonnance|urgent)"
)
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
    correspondant, destinataire, pr[ée]sent[ée]e?(?: en (?:RCP|staff))? par, (?:discut[ée]|vue?) avec,
    avis (?:pris )?aupr[èe]s de, [ée]tiquette, bracelet, ide, auxiliaire de vie, aide à domicile,
    r[ée]f[èe]re à, connue? sous le nom de, alias, surnomm[ée]e?, la famille, propos de, (?:la|le) petite?,
    kin[ée]sith[ée]rapie avec, s[ée]ance avec, transmis(?:sion)? (?:à|de), pr[ée]venue? par, initiales, concerne\s?:,
    adress[ée]e? à, confi[ée]e? à, personne de confiance, personne à pr[ée]venir, personne à contacter, tuteur,
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
    guarantor, cc, contact, attn, (?:re-?)?checked by, presented(?: at (?:tumor board|conference|rounds))? by, read by,
    covered by, id band, wristband, bracelet,
    discussed with, spoke(?:n)? (?:with|to), talked (?:with|to), known as, goes by, a\.?k\.?a\.?,
    nicknamed, maiden name,
    initials, little, aide, cosigned by, interpreted by, admitted by, per dr
""")
_KIN_EN = any_of(r"""
    daughter, son, wife, husband, spouse, partner, girlfriend, boyfriend, fianc[ée]e?, brother, sister, mother,
    father, mom, dad, uncle, aunt, cousin, nephew, niece, neighbor, friend, grandson, granddaughter, grandmother,
    grandfather, twin, roommate, coworker, boss, caregiver, (?:mother|father|son|daughter|sister|brother)-in-law
""")
_CREDENTIALS = any_of(r"""
    M\.?D, D\.?O, R\.?N, N\.?P, P\.?A(?:-C)?, Ph\.?D, DDS, DPM, FACS, PharmD, LCSW, CRNA, MBBS, MPH
""")
_ROLES_FR = "externe|interne|ide|iade|infirmi[èe]re?|aide[- ]soignante?|m[ée]decin|kin[ée]|sage-femme|cadre|psychologue"
_ROLES_EN = r"ms-?[1-4]|pgy-?\d|medical\sstudent|resident|intern|scribe|rn|lpn|cna|np|pa-c|md|do|pharmd"
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


def _spells_a_name(match: re.Match[str]) -> bool:
    """Ni un titre espacé (« E X A M E N »), ni l'alphabet (« A B C D E »)."""
    word = re.sub(r"[ .]", "", match["id"])
    return not _HEADINGS.fullmatch(word) and word not in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


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
        _name("contexte", rf"(?<!\w)(?i:{context}){GAP}{NOT_A_SERVICE}(?P<id>(?:{PARTICLE}[ ]){{0,2}}{NAME})(?!\w)"),
        _name(
            "rubrique",
            rf"(?<!\w)(?i:{context})(?:(?<=:)|\s?:)\s?(?P<id>(?:{PARTICLE}[ ]){{0,2}}{WORD}{NEXT}?,[ ]{NAME})(?!\w)",
        ),
        _name(
            "nom_virgule_prenom",
            rf"(?<!\w)(?i:{context})\s(?=[^,\n]{{4}}|[^,\n]{{2,3}},[ ][{UPPER}]{{4}})"
            rf"(?P<id>[{UPPER}][{UPPER}'\-]{{1,24}}(?:[ ][{UPPER}'\-]{{2,25}}){{0,2}},[ ]"
            rf"[{UPPER}][{UPPER}'\-]{{1,25}}(?:[ ][{UPPER}'\-]{{2,25}}){{0,2}})(?!\w)",
        ),
        _name(
            "proche",
            rf"(?<!\w)(?i:{kin}(?:{GAP}|,?\s(?:nommée?|appelée?|named|called)\s))(?P<id>{NOT_ACRONYM}{NAME})(?!\w)",
        ),
        # « D U P O N T » : au moins quatre capitales espacées.
        Pattern(
            "capitales_espacees",
            "A",
            "NOM",
            rf"(?<!\w)(?P<id>[{UPPER}](?:[ ]?\.?[ ]{{1,3}}[{UPPER}]){{3,25}})(?![\w.])",
            _spells_a_name,
        ),
        _name("apposition", rf"(?<![\w\-])(?!MM?\.\s)(?P<id>{FULL_NAME})(?=,?\s?{_AN_AGE})"),
    )


def _first_name_rules(listed: frozenset[str], context: str) -> tuple[Pattern, ...]:
    first_names = listed | {without_accents(name) for name in listed}
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
            rf"(?<![\w\-])(?P<id>(?:[{UPPER}]')?[{UPPER}]{{3,25}}(?:-[{UPPER}]{{2,25}})?"
            rf"(?:,?[ ](?:{first}|(?i:{first}(?=[ ]?[,(;.\n])))|,[ ](?i:{first})))(?!\w)",
        ),
        # En minuscules, un prénom courant n'est lu qu'après « Auxiliaire de vie : » ou « pt durand, ».
        _name(
            "prenom_minuscule",
            rf"(?<!\w)(?i:{context})\s?[:,]?\s"
            rf"(?P<id>(?![{UPPER}])(?i:{alone})(?:[ ][^\W\d_]{{2,25}}(?=[,;.\n)]))?)(?!\w)",
        ),
        _name("patient_minuscule", rf"(?<!\w)(?i:pt|patiente?)\s(?P<id>[a-z][a-z'\-]{{1,25}},[ ](?i:{known}))(?!\w)"),
        _name("prenom_seul", rf"(?<![\w\-'])(?=[{UPPER}])(?P<id>{alone}(?:-{known})?|{known}-{known})(?![\w\-])"),
    )


# Safe Harbor protège aussi l'employeur : « relatives, employers, or household members » (45 CFR 164.514(b)(2)(i)).
_WORKS_FR = any_of(r"""
    employeur\s?:, chez, entreprise, soci[ée]t[ée], (?:employ|salari)[ée]e? (?:de|d'|à|aux?), embauch[ée]e? (?:à|aux?),
    (?:secr[ée]taire|chauffeur|ouvri[èe]re?|cadre|comptable|ing[ée]nieure?|technicien(?:ne)?|vend(?:eur|euse)|agente?|
    caissi[èe]re?|magasini[èe]re?|direct(?:eur|rice)|serv(?:eur|euse)|retrait[ée]e?) (?:à|aux?|des?|du)
""")
_WORKS_EN = any_of(r"""
    employer\s?:, employed (?:by|at|with), work(?:s|ed|ing)? (?:at|for|with), job (?:at|with), retired from, hired by,
    (?:clerk|driver|manager|engineer|teacher|cashier|secretary|technician|worker|mechanic|accountant|supervisor|operator|
    electrician|janitor|sales(?:man|woman)|welder|foreman|guard|cook|consultant|analyst) (?:for|at|with)
""")


def _employer(works: str) -> Pattern:
    return _name("employeur", rf"(?<!\w)(?i:{works})\s(?P<id>{NOT_A_SERVICE}{COMPANY})(?!\w)")


def _signature(roles: str) -> Pattern:
    """« le goff (externe) », « smith, ms4 » : seuls sur leur ligne, un nom même en minuscules et un métier."""
    word = r"[^\W\d_](?:[^\W\d_]|['\-]){1,24}"
    return _name("signature", rf"(?m:^[ ]?(?P<id>{word}(?:[ ]{word}){{0,2}})(?:,[ ]|[ ]\()(?i:{roles})\)?[ ]?$)")


NAMES: dict[str, tuple[Pattern, ...]] = {
    "fr": (
        *_context_rules(_TITLES_FR, _CONTEXT_FR, _KIN_FR),
        *_first_name_rules(FIRST_NAMES_FR, _CONTEXT_FR),
        _employer(_WORKS_FR),
        _signature(_ROLES_FR),
    ),
    "en": (
        *_context_rules(_TITLES_EN, _CONTEXT_EN, _KIN_EN),
        *_first_name_rules(FIRST_NAMES_EN, _CONTEXT_EN),
        _employer(_WORKS_EN),
        _signature(_ROLES_EN),
        _name(
            "patient_nomme",
            rf"(?<!\w)[Tt](?:he|his)\spatient(?:,?\s|\s\()(?P<id>{NOT_A_SERVICE}{NOT_ACRONYM}{NAME})(?!\w)",
        ),
        _name(
            "apposee", rf"(?<!\w)(?:fe)?(?:male|man|lady|gentleman|woman|girl|boy),\s(?P<id>{NOT_ACRONYM}{NAME})(?=,)"
        ),
        _name("objet", rf"(?m:^)(?:RE|Re)\s?:\s?(?P<id>{FULL_NAME})[ ]?(?m:$)"),
        _name("dictee", r"(?m:^)D\s?:\s?(?P<id>[A-Z]{2,3}[ ]{1,3}T\s?:\s?[A-Za-z]{2,3})(?!\w)"),
        _name("diplome", rf"(?<![\w\-])(?P<id>{FULL_NAME}),?\s{_CREDENTIALS}\b"),
    ),
}
