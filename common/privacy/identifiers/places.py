"""La règle (B) : les lieux plus petits qu'un État américain ; chez nous, par analogie, plus petits que le pays."""

import re

from common.privacy.identifiers.lexicon import CITIES_EN, CITIES_FR, COMMON_WORDS, COUNTRIES
from common.privacy.identifiers.names import NOT_ACRONYM, UPPER, is_eponym
from common.privacy.identifiers.pattern import Pattern, pattern

PLACE_WORD = rf"(?:(?!(?:{COMMON_WORDS}|{COUNTRIES})(?!\w))[{UPPER}][^\W\d_]{{1,24}}(?:[-'’][^\W\d_]{{1,24}}){{0,5}})"
LINKS = r"(?:(?:de\sla|de\sl'|du|des|de|d'|la|le|les|l'|et|sur|sous|en|aux?|of|the)[ ]?)"
PLACE = rf"{LINKS}{{0,2}}{PLACE_WORD}(?:[ ]{LINKS}{{0,2}}{PLACE_WORD}){{0,3}}"
STREET_FR = r"(?:rue|avenue|av\.|boulevard|bd\.?|bld|impasse|all[ée]es?|chemin|quai|ruelle|venelle|faubourg|fbg|sentier|rond-point|esplanade|lotissement|r[ée]sidence|lieu-dit|hameau|route)"
NUMBERED_FR = rf"(?:{STREET_FR}|place|pl\.|cours|square|passage|cit[ée]|villa|voie|mail|parvis|promenade)"
POSTCODE_FR = r"(?:F-)?(?:0[1-9]|[1-8]\d|9[0-58]|97)\s?\d{3}"
STREET_EN = (
    r"(?:Street|St\b\.?|Avenue|Ave\b\.?|Road|Rd\b\.?|Boulevard|Blvd\b\.?|Lane|Ln\b\.?|Drive|Dr\b\.?|Court|Ct\b\.?|Way|Place|Pl\b\.?|Terrace|Ter\b\.?|Circle|Cir\b\.?|"
    r"Highway|Hwy\b\.?|Parkway|Pkwy\b\.?|Square|Sq\b\.?|Trail|Trl\b\.?|Loop|Broadway)"
)
# Un service n'est pas un lieu : « Neurology Clinic », « Pain Clinic ».
SPECIALTY = (
    "Pulmonary|Neurology|NeuroOncology|Pain|Cardiology|Oncology|Urology|Orthopa?edics?|Surgery|Surgical|Outpatient|Urgent|Care|Primary|Trauma|"
    "Sleep|Wound|Eye|Dental|Pediatric|Diabetes|Allergy|Weight|Fertility|Family|Internal|Infectious|Memory|Gastroenterology|Rheumatology|Sample"
)
STATE = (
    r"(?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY]|"
    r"California|Texas|Florida|New\sYork|Ohio|Illinois|Pennsylvania|Massachusetts|Michigan|Georgia|Virginia|Washington|Oregon|Colorado|Arizona|Minnesota|Wisconsin|Maryland|Missouri|Tennessee|Indiana)"
)
UNITS = r"(?:UI|IU|mg|ml|g/|/mm|[ée]l[ée]ments|leucocytes|globules|plaquettes|GB|GR|cellules|patients|cas|euros|copies)"


def _not_eponym(match: re.Match[str]) -> bool:
    return not is_eponym(match)


_GPS = pattern(
    "gps",
    "B",
    "LIEU",
    r"(?<![\w.])-?\d{1,2}\.\d{3,8}°?\s?[NSns]?[,;]?\s{1,2}-?\d{1,3}\.\d{3,8}°?(?:\s?[EWOewo]\b)?(?![\w.])",
)
_FRENCH = (
    pattern(
        "adresse",
        "B",
        "LIEU",
        rf"(?i:(?<![\w,./])\d{{1,4}}\s?(?:bis|ter|quater|[a-d](?=[\s,]))?,?\s{{1,2}}{NUMBERED_FR}\s)(?:{LINKS}{{0,2}}(?:[^\W\d_]|['’\-]|\d{{1,4}}(?=[ ](?i:janvier|f[ée]vrier|mars|avril|mai|juin|juillet|ao[ûu]t|septembre|octobre|novembre|d[ée]cembre))){{1,25}})"
        rf"(?:[ ]{LINKS}{{0,2}}{PLACE_WORD}){{0,3}}(?:[ ](?i:janvier|f[ée]vrier|mars|avril|mai|juin|juillet|ao[ûu]t|septembre|octobre|novembre|d[ée]cembre)\b(?:[ ]\d{{4}})?)?"
        rf"(?:[\s,\-–(]{{1,4}}{POSTCODE_FR}(?:\s(?:{PLACE}|[{UPPER}]{{3,25}}))?(?:\s(?i:cedex)(?:\s\d{{1,2}})?)?)?",
    ),
    pattern(
        "rue",
        "B",
        "LIEU",
        rf"(?<!\w)(?i:rue|avenue|boulevard|impasse|all[ée]e|quai|chemin|lieu-dit|r[ée]sidence|hameau)\s{PLACE}(?!\w)",
    ),
    pattern(
        "commune",
        "B",
        "LIEU",
        rf"(?<![\w.,/])(?P<id>{POSTCODE_FR}[\s,\-]{{1,3}}(?!{UNITS}){PLACE}(?:\s(?i:cedex)(?:\s\d{{1,2}})?)?)(?!\w)",
    ),
    pattern("code_postal", "B", "LIEU", rf"(?i:\b(?:code\spostal|cp|c\.p\.)[\s:]{{1,3}}(?P<id>{POSTCODE_FR})(?!\w))"),
    pattern(
        "residence",
        "B",
        "LIEU",
        r"(?i:\b(?:habit(?:e|ant|ait)(?:\s(?:seule?|actuellement))?|domicili[ée]e?|r[ée]sid(?:e|ant|ait)|demeurant|vi(?:t|vant)|originaire|natif|native|n[ée]e?|n[ée]e?\sle\s[^.;\n\x00]{1,20}|"
        r"install[ée]e?|transf[ée]r[ée]e?|mut[ée]e?|hospitalis[ée]e?|op[ée]r[ée]e?|suivie?|adress[ée]e?|travaill(?:e|ant)|scolaris[ée]e?|voyage|s[ée]jour|retour|lieu\sde\snaissance|ville|commune|village|quartier|d[ée]partement|r[ée]gion|province|wilaya|pr[ée]fecture))"
        rf"(?:\s?:\s?|\s(?:(?:à|a|au|aux|en|dans|sur|près|de|du|des|d'|vers)\s?){{1,2}}(?:(?:la|le|les|l'|ville|village|commune|quartier|région|province|de|du|d')\s?){{0,3}})(?P<id>{NOT_ACRONYM}{PLACE})(?!\w)",
        _not_eponym,
    ),
    pattern(
        "etablissement",
        "B",
        "LIEU",
        r"(?<!\w)(?:CHU|CHRU|CHR|CHI|CH|C\.H\.U\.?|EHPAD|SSR|CMP|CMC|HIA|GHU|AP-H[PM]|[Hh]ôpita(?:l|ux)|[Hh]opital|[Cc]liniques?|[Pp]olycliniques?|[Cc]entre\s[Hh]ospitalier|"
        r"[Cc]entre\sde\s(?:santé|lutte\scontre\sle\scancer|rééducation)|[Ii]nstitut|[Mm]aternité|[Ll]ycée|[Cc]ollège|[Éé]cole|[Uu]niversité|[Mm]aison\sde\s(?:retraite|santé)|[Pp]harmacie|[Ll]aboratoire)"
        rf"(?:\s(?:universitaire|r[ée]gional|militaire|provincial|g[ée]n[ée]ral|central|national|d'instruction|des\sarm[ée]es)e?){{0,3}}\s(?P<id>{PLACE})(?!\w)",
    ),
    pattern(
        "ville",
        "B",
        "LIEU",
        rf"(?<![\w\-'’])(?P<id>(?:{CITIES_FR})(?:\s\d{{1,2}}(?:e|er|ème)\b)?)(?![\w\-])",
        _not_eponym,
    ),
)
_ENGLISH = (
    pattern(
        "street",
        "B",
        "LIEU",
        rf"(?<![\w.,/])\d{{1,5}}[A-Za-z]?\s(?:(?:N|S|E|W|NE|NW|SE|SW|North|South|East|West)\.?\s)?(?:(?:[{UPPER}][^\W\d_]{{1,24}}|\d{{1,3}}(?:st|nd|rd|th))\s){{1,3}}{STREET_EN}(?!\w)"
        rf"(?:,?\s(?:Apt|Apartment|Suite|Ste|Unit|#|Floor|Room)\.?\s?#?\w{{1,6}})?(?:,\s(?:[{UPPER}][^\W\d_]{{1,24}}\s?){{1,3}})?",
    ),
    pattern("po_box", "B", "LIEU", r"(?i:\bp\.?\s?o\.?\sbox\s\d{1,6}\b)"),
    pattern("city_state", "B", "LIEU", rf"(?<!\w)(?P<id>{PLACE_WORD}(?:[ ]{PLACE_WORD}){{0,2}}),\s{STATE}\b(?!\w)"),
    pattern(
        "zip_code",
        "B",
        "LIEU",
        rf"(?:\b{STATE},?\s{{1,2}}|(?i:\bzip(?:\scode)?[\s:]{{1,3}}))(?P<id>\d{{5}}(?:-\d{{4}})?)(?!\w)",
    ),
    pattern(
        "residence",
        "B",
        "LIEU",
        r"(?i:\b(?:(?:lives?|living|lived|resid(?:es?|ing|ed)|resident|native|born|raised|grew\sup|moved|relocated|transferred|visiting|vacation(?:ing)?|works?|working|travel(?:l?ed|s)?|trip|flew|drove|originally|hails?)"
        rf"\s(?:\w{{1,12}}\s)?(?:in|at|from|of|to|near)|from|town\sof|city\sof|county\sof|hometown\s?:?)\s(?:the\s)?)(?P<id>{NOT_ACRONYM}{PLACE})(?!\w)",
        _not_eponym,
    ),
    pattern(
        "county", "B", "LIEU", rf"(?<!\w)(?P<id>{PLACE_WORD}(?:[ ]{PLACE_WORD})?)\s(?:County|Township|Borough|Parish)\b"
    ),
    pattern(
        "hospital",
        "B",
        "LIEU",
        rf"(?<!\w)(?!(?:{SPECIALTY})\b)(?P<id>(?:St\.?\s|Saint\s|Mount\s|Mt\.?\s)?{PLACE_WORD}(?:[ ](?:of\s)?{PLACE_WORD}){{0,3}})\s(?:(?:General|Memorial|Community|Regional|University|Children's|Medical|Veterans|County|Nursing|Health|Rehabilitation|Surgery|Cancer)\s){{0,3}}"
        r"(?:Hospital|Medical\sCenter|Clinic|Infirmary|Health\sSystem|Nursing\sHome|Center|Hospice|High\sSchool|Elementary|University|College)(?!\w)",
    ),
    pattern("city", "B", "LIEU", rf"(?<![\w\-'’])(?P<id>{CITIES_EN})(?![\w\-])", _not_eponym),
)
PLACES: dict[str, tuple[Pattern, ...]] = {"fr": (_GPS, *_FRENCH), "en": (_GPS, *_ENGLISH)}
