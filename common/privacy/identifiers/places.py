"""La règle (B) : les lieux plus petits qu'un État américain ; chez nous, par analogie, plus petits que le pays."""

from common.privacy.identifiers.lexicon import (
    CITIES_EN,
    CITIES_FR,
    COMMON_WORDS,
    COUNTRIES,
    MONTHS_FR,
    SPECIALTIES,
    STATE_CODES,
    US_STATES,
    any_of,
)
from common.privacy.identifiers.names import NOT_ACRONYM, UPPER, not_eponym
from common.privacy.identifiers.pattern import Pattern, always

PLACE_WORD = (
    rf"(?:(?=[{UPPER}])(?!(?:{COMMON_WORDS}|{COUNTRIES}|{US_STATES}|{SPECIALTIES})(?!\w))"
    rf"[{UPPER}][^\W\d_]{{1,24}}(?:[-'][^\W\d_]{{1,24}}){{0,5}})"
)
LINK = r"(?:(?:de\sla|de\sl'|du|des|de|d'|la|le|les|l'|et|sur|sous|en|aux?|of|the)[ ]?)"
PLACE = rf"{LINK}{{0,2}}{PLACE_WORD}(?:[ ]{LINK}{{0,2}}{PLACE_WORD}){{0,3}}"
STREET_FR = any_of(r"""
    rue, avenue, av\., boulevard, bd\.?, bld, impasse, all[ée]es?, chemin, quai, ruelle, venelle, faubourg, fbg,
    sentier, rond-point, esplanade, lotissement, r[ée]sidence, lieu-dit, hameau, route
""")
OTHER_STREET_FR = any_of(r"place, pl\., cours, square, passage, cit[ée], villa, voie, mail, parvis, promenade")
STREET_NAME = (
    rf"(?:(?:du\s)?\d{{1,2}}[ ](?i:{MONTHS_FR})(?:[ ]\d{{4}})?|"
    rf"{LINK}{{0,2}}(?:[^\W\d_]|['\-]){{2,25}}(?:[ ]{LINK}{{0,2}}{PLACE_WORD}){{0,3}})"
)
POSTCODE_FR = r"(?:F-)?(?:0[1-9]|[1-8]\d|9[0-58]|97)\s?\d{3}"
HYPHENATED = "(?:sur|sous|en|lès|les|le|la|l'|de|du|des|d'|aux?|et|près)"
CEDEX = r"(?:\s(?i:cedex)(?:\s\d{1,2})?)?"
# « 15000 Leucocytes » a la forme d'un code postal et de sa commune.
A_COUNT = any_of(
    "UI, IU, mg, ml, [ÉEé]l[ée]ments, Leucocytes, Globules, Plaquettes, GB, GR, Cellules, Cas, Euros, Copies"
)
LIVES_FR = any_of(r"""
    habit(?:e|ant|ait), domicili[ée]e?, r[ée]sid(?:e|ant|ait), demeurant, vi(?:t|vant),
    originaire, natif, native, n[ée]e?, n[ée]e? le \d\d?.\d\d?.\d\d\d?\d?, install[ée]e?, transf[ée]r[ée]e?,
    mut[ée]e?, hospitalis[ée]e?, op[ée]r[ée]e?, suivie?, adress[ée]e?, travaill(?:e|ant), scolaris[ée]e?, voyage,
    s[ée]jour, retour, lieu de naissance, ville, commune, village, quartier, d[ée]partement, r[ée]gion, province,
    wilaya, pr[ée]fecture
""")
TO_FR = r"(?:(?:à|au|aux|en|dans|sur|près|de|du|des|d'|vers)\s?){1,2}"
THE_FR = r"(?:(?:la|le|les|l'|ville|village|commune|quartier|région|province|de|du|d')\s?){0,3}"
INSTITUTION_FR = any_of(r"""
    CHU, CHRU, CHR, CHI, CH, C\.H\.U\.?, EHPAD, SSR, CMP, CMC, HIA, GHU, AP-H[PM], [Hh]ôpita(?:l|ux), [Hh]opital,
    Cliniques?, (?:[Ll]a|[Dd]e|à|[Uu]ne|[Cc]ette)\s[Cc]linique, [Pp]olyclinique, [Cc]entre [Hh]ospitalier,
    [Cc]entre de santé, [Cc]entre de rééducation, [Ii]nstitut, [Mm]aternité, [Ll]ycée, [Cc]ollège, [Éé]cole,
    [Uu]niversité, [Mm]aison de retraite, [Mm]aison de santé, [Pp]harmacie, [Ll]aboratoire
""")
KIND_FR = any_of("""
    universitaires?, r[ée]gional, militaire, provincial, g[ée]n[ée]ral, central, national, d'instruction,
    des arm[ée]es
""")
STREET_EN = any_of(r"""
    Street, St\b\.?, Avenue, Ave\b\.?, Road, Rd\b\.?, Boulevard, Blvd\b\.?, Lane, Ln\b\.?, Drive, Dr\b\.?, Court,
    Ct\b\.?, Way, Place, Pl\b\.?, Terrace, Ter\b\.?, Circle, Cir\b\.?, Highway, Hwy\b\.?, Parkway, Pkwy\b\.?,
    Square, Sq\b\.?, Trail, Trl\b\.?, Loop, Broadway
""")
COMPASS = r"(?:(?:N|S|E|W|NE|NW|SE|SW|North|South|East|West)\.?\s)?"
APARTMENT = r"(?:,?\s(?:Apt|Apartment|Suite|Ste|Unit|#|Floor|Room)\.?\s?#?\w{1,6})?"
STATE = rf"(?:{STATE_CODES}|{US_STATES})"
LIVES_EN = any_of("""
    lives?, living, lived, resid(?:es?|ing|ed), resident, native, born, raised, grew up, moved, relocated,
    transferred, visiting, vacation(?:ing)?, works?, working, travel(?:l?ed|s)?, trip, flew, drove, originally,
    hails?
""")
INSTITUTION_EN = any_of("""
    Hospital, Medical Center, Clinic, Infirmary, Health System, Nursing Home, Center, Hospice, High School,
    Elementary, University, College
""")
KIND_EN = any_of("""
    General, Memorial, Community, Regional, University, Children's, Medical, Veterans, County, Nursing, Health,
    Rehabilitation, Surgery, Cancer
""")


def _place(name: str, regex: str, check=always) -> Pattern:
    return Pattern(name, "B", "LIEU", regex, check)


_GPS = _place(
    "gps", r"(?<![\w.])-?\d{1,2}\.\d{3,8}°?\s?[NSns]?[,;]?\s{1,2}-?\d{1,3}\.\d{3,8}°?(?:\s?[EWOewo]\b)?(?![\w.])"
)
_FRENCH = (
    _place(
        "adresse",
        rf"(?<![\w,./])\d{{1,4}}(?i:\s?(?:bis|ter|quater|[a-d](?=[\s,])))?,?\s{{1,2}}"
        rf"(?:(?i:{STREET_FR})\s{STREET_NAME}|(?i:{OTHER_STREET_FR})\s{PLACE})(?:[\s,\-–(]{{1,4}}{POSTCODE_FR}(?:\s{PLACE})?{CEDEX})?",
    ),
    _place(
        "rue",
        rf"(?<!\w)(?i:rue|avenue|boulevard|impasse|all[ée]e|quai|chemin|lieu-dit|r[ée]sidence|hameau)\s{PLACE}(?!\w)",
    ),
    _place("commune", rf"(?<![\w.,/]){POSTCODE_FR}[ \-]{{1,3}}(?!{A_COUNT}){NOT_ACRONYM}{PLACE}{CEDEX}(?!\w)"),
    _place("commune_puis_code", rf"(?<!\w){NOT_ACRONYM}{PLACE}\s?\({POSTCODE_FR}\)"),
    # « Saint-Julien-en-Genevois », « Bourg-la-Reine » : la forme du mot suffit.
    _place(
        "commune_composee",
        rf"(?<![\w\-])(?:Sainte?s?-[{UPPER}]|[{UPPER}][^\W\d_]{{1,20}}-{HYPHENATED}-)[^\W\d_]{{1,20}}(?:-[^\W\d_]{{1,20}}){{0,4}}(?![\w\-])",
    ),
    _place("code_postal", rf"(?i:\b(?:code\spostal|cp|c\.p\.)[\s:]{{1,3}})(?P<id>{POSTCODE_FR})(?!\w)"),
    _place(
        "residence",
        rf"(?i:\b{LIVES_FR}(?:\s?:\s?|(?:\s[a-zéèê]{{3,14}})?\s{TO_FR}{THE_FR}))(?P<id>{NOT_ACRONYM}{PLACE})(?!\w)",
        not_eponym,
    ),
    _place("etablissement", rf"(?<!\w){INSTITUTION_FR}(?:\s{KIND_FR}){{0,3}}\s(?P<id>{PLACE})(?!\w)"),
    _place("ville", rf"(?<![\w\-'])(?P<id>{CITIES_FR}(?:\s\d{{1,2}}(?:er|e|ème)\b)?)(?![\w\-])", not_eponym),
)
_ENGLISH = (
    _place(
        "street",
        rf"(?<![\w.,/])\d{{1,5}}[A-Za-z]?\s{COMPASS}(?:(?:[{UPPER}][^\W\d_]{{1,24}}|\d{{1,3}}(?:st|nd|rd|th))\s){{1,3}}"
        rf"{STREET_EN}(?!\w)(?:\s(?:[NS][EW]?|[EW])\b)?{APARTMENT}(?:,\s{PLACE_WORD}(?:[ ]{PLACE_WORD}){{0,2}})?",
    ),
    _place("po_box", r"(?i:\bp\.?\s?o\.?\sbox\s\d{1,6}\b)"),
    _place("city_state", rf"(?<!\w)(?P<id>{PLACE_WORD}(?:[ ]{PLACE_WORD}){{0,2}}),\s{STATE}(?!\w)"),
    _place(
        "zip_code", rf"(?:\b{STATE},?\s{{1,2}}|(?i:\bzip(?:\scode)?[\s:]{{1,3}}))(?P<id>\d{{5}}(?:-\d{{4}})?)(?!\w)"
    ),
    _place(
        "residence",
        rf"(?i:\b(?:{LIVES_EN}\s(?:\w{{1,12}}\s)?(?:in|at|from|of|to|near)|from|(?:town|city|county)\sof|hometown\s?:?)\s(?:the\s)?)"
        rf"(?P<id>{NOT_ACRONYM}{PLACE})(?!\w)",
        not_eponym,
    ),
    _place("county", rf"(?<!\w)(?P<id>{PLACE_WORD}(?:[ ]{PLACE_WORD})?)\s(?:County|Township|Borough|Parish)\b"),
    _place(
        "hospital",
        rf"(?<!\w)(?P<id>(?:(?:St|Saint|Mount|Mt)\.?\s)?{PLACE_WORD}(?:[ ](?:of\s)?{PLACE_WORD}){{0,3}})"
        rf"(?:\s{KIND_EN}){{0,3}}\s{INSTITUTION_EN}(?!\w)",
    ),
    _place("city", rf"(?<![\w\-'])(?P<id>{CITIES_EN})(?![\w\-])", not_eponym),
)
PLACES: dict[str, tuple[Pattern, ...]] = {"fr": (_GPS, *_FRENCH), "en": (_GPS, *_ENGLISH)}
