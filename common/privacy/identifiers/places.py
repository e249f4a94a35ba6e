"""La règle (B) : les lieux plus petits qu'un État américain ; chez nous, par analogie, plus petits que le pays."""

from common.privacy.identifiers.lexicon import (
    CITIES_EN,
    CITIES_EN_IN_CAPITALS,
    CITIES_FR,
    CITIES_FR_IN_CAPITALS,
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
LINK = (
    r"(?:(?:de\sla|de\sl'|d[ue]|des|d'|la|les?|l'|L[ae]|Les|L'|LA|LES?|D[UE]|DES|et|sur|sous|en|aux?|of|the)"
    r"(?:[ ]|(?<=')))"
)
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
    originaire, natif, native, rest[ée]e?s?, relue?s?, d[ée]c[ée]d[ée]e?, trouv[ée]e?, venue?, vient,
    n[ée]e?, n[ée]e? le \d\d?.\d\d?.\d\d\d?\d?,
    install[ée]e?, transf[ée]r[ée]e?,
    mut[ée]e?, hospitalis[ée]e?, op[ée]r[ée]e?, suivie?, adress[ée]e?, travaill(?:e|ant), scolaris[ée]e?, voyage,
    s[ée]jour, retour, lieu de naissance, ville, commune, village, quartier, d[ée]partement, r[ée]gion, province,
    wilaya, pr[ée]fecture
""")
LANDMARK_FR = any_of("""
    mairie, gare, commissariat, march[ée], stade, pr[ée]fecture, caserne, prison, maison d'arr[êe]t,
    centre p[ée]nitentiaire, centre de d[ée]tention, centre m[ée]dico-social, centre commercial, cimeti[èe]re, quartier,
    gendarmerie, tribunal, a[ée]roport
""")
TO_FR = r"(?:(?:à|au|aux|en|dans|sur|près|de|du|des|d'|vers)\s?){1,2}"
THE_FR = r"(?:(?:(?-i:la|le|les|l')|ville|village|commune|quartier|région|province|de|du|d')\s?){0,3}"
INSTITUTION_FR = any_of(r"""
    HÔPITA(?:L|UX), HOPITA(?:L|UX), CLINIQUE, POLYCLINIQUE, MATERNITÉ, MATERNITE, CENTRE HOSPITALIER,
    CHU, CHRU, CHR, CHI, CH, C\.H\.U\.?, EHPAD, SSR, CMP, CMC, HIA, GHU, AP-H[PM], [Hh]ôpita(?:l|ux), [Hh]opital,
    Cliniques?, (?:[Ll]a|[Dd]e|à|[Uu]ne|[Cc]ette)\s[Cc]linique, [Pp]olyclinique, [Cc]entre [Hh]ospitalier,
    [Cc]entre de santé, [Cc]entre de rééducation, [Ii]nstitut, [Mm]aternité, [Ll]ycée, [Cc]ollège, [Éé]cole,
    [Uu]niversité, [Mm]aison de retraite, [Mm]aison de santé, [Pp]harmacie, [Ll]aboratoire
""")
KIND_FR = any_of("""
    universitaires?, r[ée]gional, militaire, provincial, g[ée]n[ée]ral, central, national, d'instruction,
    des arm[ée]es, UNIVERSITAIRE, R[EÉ]GIONAL, INTERCOMMUNAL, intercommunal, priv[ée]e?
""")
STREET_EN = any_of(r"""
    Street, St\b\.?, Avenue, Ave\b\.?, Road, Rd\b\.?, Boulevard, Blvd\b\.?, Lane, Ln\b\.?, Drive, Dr\b\.?, Court,
    Ct\b\.?, Way, Place, Pl\b\.?, Terrace, Ter\b\.?, Circle, Cir\b\.?, Highway, Hwy\b\.?, Parkway, Pkwy\b\.?,
    Square, Sq\b\.?, Trail, Trl\b\.?, Loop, Broadway
""")
# Suffixes de rue de l'US Postal Service (publication 28, annexe C1), de mémoire, moins « Neck », « Wall » ou « Point ».
STREET_USPS = any_of("""
    Alley, Bayou, Beach, Bend, Bluffs?, Branch, Bridge, Brooks?, Bypass, Camp, Canyon, Cape, Causeway, Centers?,
    Cliffs?, Club,
    Commons?, Dam, Corners?, Course, Coves?, Creek, Crescent, Crest, Crossing, Crossroads?, Curve, Dale, Divide,
    Estates?, Expressway, Extensions?, Falls, Ferry, Fields?, Flats, Fords?, Forest, Forges?, Forks?, Fort, Freeway,
    Gardens?, Gateway, Glens?, Greens?, Groves?, Harbors?, Haven, Heights, Hills?, Hollow, Inlet, Islands?, Isle,
    Junctions?, Keys, Knolls?, Lakes?, Landing, Locks?, Lodge, Mall, Manors?, Meadows?, Mews, Mills?, Mission,
    Motorway, Mountains?, Orchard, Overpass, Parks?,
    Passage, Path, Pike, Pines?, Plains?, Plaza, Points, Ports?,
    Prairie, Ranch, Rapids?, Ridges?, River, Route, Row, Rue, Run, Shoals?, Shores?, Skyway, Springs?, Spurs?, Station,
    Stravenue, Stream, Streets?, Summit, Throughway, Trace, Trafficway, Tunnel, Turnpike, Underpass, Unions?, Valleys?,
    Viaduct, Views?, Villages?, Ville, Vista, Walks?, Ways?, Wells?
""")
COMPASS = r"(?:(?:N|S|E|W|NE|NW|SE|SW|North|South|East|West)\.?\s)?"
APARTMENT = r"(?:,?\s(?i:Apt|Apartment|Suite|Ste|Unit|#|Floor|Room)\.?\s?#?\w{1,6})?"
STATE = rf"(?:{STATE_CODES}|{US_STATES})"
LIVES_EN = any_of("""
    lives?, living, lived, resid(?:es?|ing|ed), resident, native, born, raised, grew up, moved, relocated,
    transferred, visiting, vacation(?:ing)?, works?, working, travel(?:l?ed|s)?, trip, flew, drove, originally,
    hails?, stay(?:s|ed|ing)?, came, comes, sent, seen, followed, reviewed, read, dictated, transcribed,
    admitted, hospitalized, treated, fell, died, home, based, located, center
""")
LANDMARK_EN = any_of("""
    town hall, city hall, community center, library, post office, fire station, police department, airport, mall,
    fairgrounds, shelter, county jail, parking lot
""")
INSTITUTION_EN = any_of("""
    HOSPITAL, MEDICAL CENTER, CLINIC, INFIRMARY, HEALTH SYSTEM, NURSING HOME, HOSPICE, Medical Group, Care Center,
    Assisted Living, Rehab,
    Hospital, Medical Center, Clinic, Infirmary, Health System, Nursing Home, Center, Hospice, High School,
    Elementary, University, College
""")
KIND_EN = any_of("""
    General, Memorial, Community, Regional, University, Children's, Medical, Veterans, County, Nursing, Health,
    Rehabilitation, Surgery, Cancer, GENERAL, MEMORIAL, COMMUNITY, REGIONAL, UNIVERSITY, CHILDREN'S, MEDICAL, VETERANS,
    COUNTY
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
        rf"(?<!\w)(?i:rue|avenue|boulevard|impasse|all[ée]e|quai|chemin|lieu-dit|r[ée]sidence|hameau)\s{PLACE}(?!\w)"
        rf"(?:[\s,\-–(]{{1,4}}{POSTCODE_FR}\s{PLACE}{CEDEX})?",
    ),
    # « BP » est aussi une tension : la boîte postale est suivie d'un code postal.
    _place("boite_postale", rf"(?<!\w)(?:B\.?P\.?|CS)\s?\d{{1,5}},?\s{POSTCODE_FR}\s{PLACE}{CEDEX}(?!\w)"),
    _place(
        "trajet",
        rf"(?i:\b(?:route|trajet|autoroute|ligne|voyage)\s(?:est\s)?entre\s)(?P<id>{PLACE}\set\s{PLACE})(?!\w)",
    ),
    _place("lieu_public", rf"(?<!\w)(?i:{LANDMARK_FR})\s(?:de\s|du\s|des\s|d'|à\s)(?P<id>{NOT_ACRONYM}{PLACE})(?!\w)"),
    _place("domicile", rf"(?i:\bdomicile)\s?[(:]\s?(?P<id>{NOT_ACRONYM}{PLACE})\s?[).,;]"),
    _place("fait_a", rf"(?i:\b(?:fait|sign[ée]|r[ée]dig[ée]|dict[ée])\sà\s)(?P<id>{PLACE})(?!\w)"),
    # Une ville connue se reconnaît même sans majuscule, là où l'on dit où quelqu'un habite.
    _place("residence_minuscule", rf"(?i:\b{LIVES_FR}\s(?:{TO_FR})?(?P<id>{CITIES_FR}))(?![\w\-])", not_eponym),
    _place("ville_capitales", rf"(?<![\w\-'])(?P<id>{CITIES_FR_IN_CAPITALS})(?![\w\-])", not_eponym),
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
    _place("etablissement", rf"(?<!\w){INSTITUTION_FR}(?:\s{KIND_FR}){{0,3}}\s(?:[«\"]\s?)?(?P<id>{PLACE})(?!\w)"),
    _place("ville", rf"(?<![\w\-'])(?P<id>{CITIES_FR}(?:\s\d{{1,2}}(?:er|e|ème)\b)?)(?![\w\-])", not_eponym),
)
_ENGLISH = (
    _place(
        "street",
        rf"(?<![\w.,/])\d{{1,5}}[A-Za-z]?\s{COMPASS}(?:(?:[{UPPER}][^\W\d_]{{1,24}}|\d{{1,3}}(?:st|nd|rd|th))\s){{1,3}}"
        rf"{STREET_EN}(?!\w)(?:\s(?:[NS][EW]?|[EW])\b)?{APARTMENT}(?:,\s{PLACE_WORD}(?:[ ]{PLACE_WORD}){{0,2}})?",
    ),
    # Un numéro de trois chiffres au moins, puis un suffixe rare : « 26831 Booth Estates », « 4160 RICARDO WAYS ».
    _place(
        "street_usps",
        rf"(?<![\w.,/])\d{{3,5}}\s{COMPASS}(?:[{UPPER}][^\W\d_]{{1,24}}\s){{1,3}}(?i:{STREET_USPS}|{STREET_EN})(?!\w){APARTMENT}"
        rf"(?:,\s{PLACE_WORD}(?:[ ]{PLACE_WORD}){{0,2}})?",
    ),
    _place("po_box", rf"(?i:\bp\.?\s?o\.?\sbox\s\d{{1,6}}\b)(?:,\s{PLACE_WORD}(?:[ ]{PLACE_WORD}){{0,2}})?"),
    _place("zip_plus_4", r"(?<![\w\-.])\d{5}-\d{4}(?![\w\-])"),
    _place("landmark", rf"(?<!\w)(?P<id>{PLACE_WORD}(?:[ ]{PLACE_WORD}){{0,2}})\s{LANDMARK_EN}(?!\w)"),
    _place(
        "between",
        rf"(?i:\b(?:road|route|highway|drive|trip|way|train|flight)\sbetween\s)(?P<id>{PLACE}\sand\s{PLACE})(?!\w)",
    ),
    _place("home", rf"(?i:\bhome|\bhouse)\s?\((?P<id>{NOT_ACRONYM}{PLACE})\)"),
    _place("dictated_at", rf"(?i:\b(?:dictated|transcribed|signed)\s(?:at|in)\s)(?P<id>{PLACE})(?!\w)"),
    _place(
        "general",
        rf"(?i:\b(?:at|to|from|by)\s)(?P<id>(?:{PLACE_WORD}|{US_STATES})(?:[ ]{PLACE_WORD}){{0,2}}\s"
        r"(?:General|Memorial|Presbyterian))(?!\w)",
    ),
    _place("residence_lower", rf"(?i:\b{LIVES_EN}\s(?:in|at|from|near)\s(?P<id>{CITIES_EN}))(?![\w\-])", not_eponym),
    _place("city_capitals", rf"(?<![\w\-'])(?P<id>{CITIES_EN_IN_CAPITALS})(?![\w\-])", not_eponym),
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
        rf"(?<!\w)(?P<id>(?:(?:S[tT]|Saint|SAINT|Mount|MOUNT|Mt|Good|GOOD)\.?\s)?"
        rf"(?:{PLACE_WORD}|{US_STATES})(?:[ ](?:of\s)?{PLACE_WORD}){{0,3}})"
        rf"(?:\s{KIND_EN}){{0,3}}\s{INSTITUTION_EN}(?!\w)",
    ),
    _place("city", rf"(?<![\w\-'])(?P<id>{CITIES_EN})(?![\w\-])", not_eponym),
)
PLACES: dict[str, tuple[Pattern, ...]] = {"fr": (_GPS, *_FRENCH), "en": (_GPS, *_ENGLISH)}
