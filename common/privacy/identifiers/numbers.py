"""Les règles (D) à (R) : tout ce qui est un numéro ou une adresse de machine, en français comme en anglais."""

import ipaddress
import re

from common.privacy.identifiers.pattern import MIXED, Pattern, keyword

# Du mot-clé au numéro : de la ponctuation, et un mot de liaison tout au plus.
NEAR = r"[^0-9+(a-zA-Z\x00]{0,6}(?:(?:number|num[ée]ro|no|at|is|au|le)[^0-9+(a-zA-Z\x00]{0,4})?"
EXTENSION = r"(?:[\s,\-–(]{0,3}(?i:x|ext(?:ension)?\.?|poste)\s?:?\s?\d{1,6}(?![\w°]))?"
PHONE_DIGITS = rf"(?P<id>\+?\(?\d(?:[\s.()\-/]{{0,2}}\d){{6,14}}{EXTENSION})"
PHONE_WORDS = (
    r"t[ée]l(?:[ée]phone)?\.?|telephone|phone|cell|mobile|portable|gsm|joignable|pager|biper?|call(?:ed)?(?:\s(?:him|her))?|"
    r"appeler|contact|domicile|home|work|office|desk|ph|standard|secr[ée]tariat"
)


# « anne (at) exemple.fr » trompe les robots, pas un lecteur.
AT = r"(?:\s?@\s?|\s?[(\[]\s?(?i:at|arobase|chez)\s?[)\]]\s?)"
# Un numéro de carte compte 13 chiffres ou plus, 19 au plus (ISO/IEC 7812), par quatre, ou 4-6-5 (American Express).
CARD_DIGITS = r"(?:\d{4}[\s\-]?){3}\d{1,7}|\d{4}[\s\-]\d{6}[\s\-]\d{5}"
# Une plaque : des lettres et au moins trois chiffres. « plaque DHS 135 » et « LCP » sont de la chirurgie.
PLATE = (
    r"(?!(?:dhs|dcs|dcp|lcp|lc|dcl|va)(?![^\W\d_]))(?:[a-z]{1,3}[\s\-]?\d{3,4}(?:[\s\-]?[a-z]{1,3})?|"
    r"\d{1,4}[\s\-]?[a-z]{2,3}[\s\-]?\d{2,4})(?![\w°%]|\s?(?:mg|mm|cm|trous|holes)\b)"
)


def _is_ip(match: re.Match[str]) -> bool:
    """Une adresse possible ; un zéro de tête (« 82.60.149.02 »), que `ipaddress` refuse, n'y change rien."""
    if len(match.group()) < len("::ffff"):
        return False
    try:
        ipaddress.ip_address(re.sub(r"\b0+(?=\d+(?:\.|$))", "", match.group().split("/")[0]))
    except ValueError:
        return False
    return True


def _is_card(match: re.Match[str]) -> bool:
    """Le premier chiffre d'une carte de paiement (3 à 6), ou une clé de Luhn juste (ISO/IEC 7812)."""
    return match.group()[0] in "3456" or passes_luhn(match.group())


def passes_luhn(number: str) -> bool:
    """Dit si la clé de Luhn est juste : un chiffre sur deux, depuis la droite, compte double."""
    digits = [int(character) for character in reversed(number) if character.isdigit()]
    return sum(digits[0::2] + [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]) % 10 == 0


def _is_phone(match: re.Match[str]) -> bool:
    """« +120 degrés » n'est pas un numéro : l'indicatif et le numéro comptent au moins neuf chiffres."""
    return sum(character.isdigit() for character in match.group()) >= 9


def _has_digits(match: re.Match[str]) -> bool:
    """Un VIN ou un IBAN mêle lettres et chiffres ; un mot en capitales n'en est pas un."""
    digits = sum(character.isdigit() for character in match.group())
    return 4 <= digits < len(match.group())


NUMBERS: tuple[Pattern, ...] = (
    # (N) puis (F) : avant les autres, car ils contiennent des noms et des nombres.
    Pattern(
        "url",
        "N",
        "URL",
        r"(?i:\b(?:https?|ftp)://|\bwww\.)[^\s\x00<>\"«»]{2,2000}(?<![.,;:!?)\]])",
    ),
    Pattern(
        "domaine",
        "N",
        "URL",
        r"(?i:(?<![\w@.\-])(?:[a-z0-9\-]{2,40}\.){1,3}(?:fr|com|org|net|eu|edu|gov|io)(?:/[\w./\-]{0,80})?(?<![./\-])(?![\w@\-]))",
    ),
    Pattern(
        "courriel", "F", "COURRIEL", rf"(?<![\w.+\-])[\w.+\-]{{1,64}}{AT}(?:[\w\-]{{1,63}}\.){{1,4}}[A-Za-z]{{2,10}}\b"
    ),
    # (E) avant (D) : un numéro annoncé par « fax » est une télécopie.
    Pattern("telecopie", "E", "FAX", rf"(?i:\b(?:fax|t[ée]l[ée]copie|facsimile)\b){NEAR}{PHONE_DIGITS}"),
    Pattern(
        "telephone_fr",
        "D",
        "TÉLÉPHONE",
        r"(?<![\d.,\-])(?:(?:\+|00)33[\s.\-]{0,2}(?:\(0\)\s?)?[1-9]|0[1-9])(?:[\s.\-/]{0,2}\d\d){4}(?![\d])"
        + EXTENSION,
    ),
    Pattern(
        "telephone_international",
        "D",
        "TÉLÉPHONE",
        r"(?<![\w+])(?:\+|00[\s.\-]?(?=[1-9]))\d{1,3}(?:[\s.\-]?\(?\d{1,4}\)?){2,6}(?!\d)" + EXTENSION,
        _is_phone,
    ),
    Pattern(
        "telephone_us",
        "D",
        "TÉLÉPHONE",
        r"(?<![\w.\-])(?:\+?1[\s.\-])?(?:\(\d{3}\)\s?|\d{3}[\s.\-])\d{3}[.\-\s]\d{4}(?![\d\-])" + EXTENSION,
    ),
    # Sans indicatif régional, « 555-0134 » n'est un téléphone que suivi de son poste.
    Pattern(
        "telephone_local", "D", "TÉLÉPHONE", r"(?<![\w.,\-])[2-9]\d\d-\d{4}[\s,(]{1,3}(?i:x|ext\.?)\s?\d{1,6}(?!\w)"
    ),
    Pattern(
        "telephone_annonce",
        "D",
        "TÉLÉPHONE",
        rf"(?i:\b(?:{PHONE_WORDS})(?![^\W_])){NEAR}{PHONE_DIGITS}(?![\w/])",
    ),
    # (G)
    Pattern("ssn", "G", "NIR", r"(?<![\w\-])\d{3}-\d{2}-\d{4}(?![\w\-])"),
    keyword(
        "ssn_annonce",
        "G",
        "NIR",
        r"ssn?(?=\s?[#:°])|ssn|social(?=\s?[#:])|last\s(?:four|4)(?:\sdigits)?(?:\sof)?(?:\s(?:social|ssn))|social\ssecurity|s[ée]curit[ée]\ssociale|s[ée]cu|nir|ins(?:-nir|-c)?|nia",
    ),
    Pattern(
        "nir",
        "G",
        "NIR",
        r"(?<![\w])[12378][\s.\-]?\d\d[\s.\-]?(?:0[1-9]|1[0-2]|[2-9]\d)[\s.\-]?(?:\d\d|2[ABab])[\s.\-]?\d{3}[\s.\-]?\d{3}"
        r"(?:[\s./\-]{0,3}(?:(?i:cl[ée])\s?:?\s?)?\d\d)?(?!\w)",
    ),
    # (H)
    keyword(
        "dossier",
        "H",
        "DOSSIER",
        r"ipp|nda|iep|nip|mrn|mr\s?#|medical\srecord(?:\s(?:number|no|num))?|chart|dossier(?:\s(?:m[ée]dical|patient|n))?|"
        r"record\s(?:number|no)|(?:num[ée]ro|n\s?[°º])\s(?:de\s)?s[ée]jour|s[ée]jour\sn[°º]|admission\s(?:number|no)|num[ée]ro\sd'admission|"
        r"visit\s(?:number|id)|encounter|accession|hadm_id|subject_id|identifiant\spermanent|job\s(?:id|number|no|#)|document\s(?:id|number)|"
        r"examen\sn[°º]|(?:bloc|lame|slide|biopsie|biopsy)\s(?=[A-Z]?\d\d)",
    ),
    # (I)
    keyword(
        "assure",
        "I",
        "ASSURÉ",
        r"adh[ée]rent|mutuelle|mgen|amc|num[ée]ro\sd'assur[ée]|assur[ée]e?|contrat|contract|medicare|medicaid|member|subscriber|"
        r"policy|insurance|hicn|mbi|beneficiary|health\splan|group\s(?:number|no)|complémentaire(?=\s?[:n])|amo|css|tiers\spayant|blue\scross(?:\sblue\sshield)?|aetna",
    ),
    Pattern("medicare", "I", "ASSURÉ", r"\b[1-9][A-Z][A-Z0-9]\d-?[A-Z][A-Z0-9]\d-?[A-Z]{2}\d\d\b"),
    # (J)
    Pattern("iban", "J", "COMPTE", r"\b[A-Z]{2}\d{2}(?:\s?[A-Z0-9]{4}){3,7}(?:\s?[A-Z0-9]{1,4})?\b", _has_digits),
    Pattern(
        "carte_bancaire",
        "J",
        "COMPTE",
        r"(?<![\w\-])(?:\d{4}([\s\-])\d{4}\1\d{4}\1\d{4}|\d{13,19})(?![\w\-])",
        _is_card,
    ),
    keyword(
        "carte_annoncee",
        "J",
        "COMPTE",
        r"cb|carte(?:\sbancaire|\sbleue)?|visa|mastercard|amex|(?:credit\s|debit\s)?card",
        rf"(?P<id>{CARD_DIGITS})(?![\w\-])",
    ),
    keyword(
        "compte",
        "J",
        "COMPTE",
        r"compte(?:\sbancaire|(?:\s\w{2,12})?(?=\s?n[°º])|(?=\snum[ée]ro))|account|acct\.?|rib|iban|carte\sbancaire|credit\scard|billing|facture|invoice",
    ),
    # (K)
    keyword(
        "licence",
        "K",
        "LICENCE",
        r"rpps|adeli|finess|permis(?:\sde\sconduire)?|passeports?|passport|cni|carte\s(?:nationale\s)?d'identit[ée]|titre\sde\ss[ée]jour|"
        r"licen[cs]e|driver'?s?\slicen[cs]e|dea|npi|certificate|certificat",
    ),
    # (L)
    Pattern(
        "plaque_siv",
        "L",
        "VÉHICULE",
        r"(?<![\w\-])(?:[A-HJ-NP-TV-Z]{2} \d{3} [A-HJ-NP-TV-Z]{2}|"
        r"(?i:[A-HJ-NP-TV-Z]{2}(-?)\d{3}\1[A-HJ-NP-TV-Z]{2}))(?![\w\-])",
    ),
    Pattern("vin", "L", "VÉHICULE", r"(?<!\w)(?=[A-HJ-NPR-Z0-9]{17}(?!\w))[A-HJ-NPR-Z0-9]{17}", _has_digits),
    Pattern(
        "plaque_annoncee",
        "L",
        "VÉHICULE",
        r"(?i:\b(?:immatricul\w{0,8}|plaque\sd'immatriculation|licen[cs]e\splate|(?:plate|tag)\snumber)\b)"
        r"(?i:[\s:#]|n\s?[°º]|number|no\.|is|was|sous\sle|num[ée]ro){0,6}(?P<id>(?=[A-Z\s\-]{0,6}\d)[A-Z0-9]{1,7}(?:[\s\-][A-Z0-9]{2,4}){0,2})\b",
    ),
    Pattern(
        "plaque_en_contexte",
        "L",
        "VÉHICULE",
        r"(?i:\b(?:plaques?|plates?|tag|v[ée]hicules?|voiture|vehicle|car|conduc(?:teur|trice)\sd[eu]|driver\sof|registration)\b"
        rf"(?:[\s:#(,]|n\s?[°º]|no\.|is|was){{1,4}}(?P<id>{PLATE}))",
    ),
    keyword("vehicule", "L", "VÉHICULE", r"vin|num[ée]ro\sde\sch[âa]ssis|ch[âa]ssis"),
    # (M)
    keyword(
        "appareil",
        "M",
        "APPAREIL",
        r"num[ée]ro\sde\ss[ée]rie|n[°º]\s?(?:de\s)?s[ée]rie|serial(?:\s(?:number|no\.?|num))?|s/?n|sn|imei|udi|iud|lot|"
        r"device\s(?:id|identifier|number)|model\s(?:number|no)|implant\s(?:id|number)",
    ),
    keyword("modele", "M", "APPAREIL", r"s[ée]rie|model|mod[èe]le|r[ée]f(?:[ée]rence)?\.?", MIXED),
    Pattern("iud", "M", "APPAREIL", r"\(01\)\d{14}(?:\(\d\d\)[\w\-]{1,20}){0,4}"),
    Pattern("adresse_mac", "M", "APPAREIL", r"(?<![\w:])(?:[0-9A-Fa-f]{2}[:\-]){5}[0-9A-Fa-f]{2}(?![\w:])"),
    # (O)
    Pattern("ipv4", "O", "IP", r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?:/\d{1,2})?(?![\w]|\.\d)", _is_ip),
    Pattern("ipv6", "O", "IP", r"(?<![\w:])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?![\w:])", _is_ip),
    # (R)
    Pattern("uuid", "R", "IDENTIFIANT", r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b"),
    keyword(
        "autre_numero",
        "R",
        "IDENTIFIANT",
        r"(?:num[ée]ro|n[°º])\sd\'inclusion|inclusion\sn[°º]|matricule|identifiant|code\spatient|patient\s(?:id|number|no)|num[ée]ro\s(?:de\s)?patient|study\sid|"
        r"(?:subject|participant|employee|badge|case|specimen|sample|order|student)\s(?:id|number|no|#)|randomi[sz]ation|"
        r"pr[ée]l[èe]vement\sn[°º]|ordonnance\sn[°º]|n[°º]\sd'ordre|n[°º]\spatient",
    ),
    keyword(
        "sujet",
        "R",
        "IDENTIFIANT",
        r"patiente?|sujet|participante?|subject|participant|volunteer|volontaire|inmate|d[ée]tenue?|[ée]crou",
        r"(?P<id>\d{2,4}-\d{3,6}(?:-[A-Z\d]{1,4})?(?![\w\-]|[.,]\d|\s?(?i:mg|ml|ans|mois|years|days|jours)\b))",
    ),
    keyword(
        "randomisation",
        "R",
        "IDENTIFIANT",
        r"randomi[sz]\w{1,8}|anonymat|essai|trial|[ée]tude|study|biobank|biobanque",
        MIXED,
    ),
    # Ni mesure ni dose n'a ces formes : cinq chiffres collés à des capitales, trois groupes de tirets, sept chiffres.
    Pattern(
        "code_a_chiffres",
        "R",
        "IDENTIFIANT",
        r"(?<![\w\-./])(?!\d+(?i:UI|U|IU|X|G|ML|K|M|H)\b|NCT\d)(?=[A-Z0-9\-./]{0,12}[A-Z])(?=(?:[A-Z\-./]{0,4}\d){5})"
        r"[A-Z0-9]{1,20}(?:[\-./][A-Z0-9]{1,20}){0,4}(?![\w\-/])",
    ),
    Pattern(
        "code_a_tirets",
        "R",
        "IDENTIFIANT",
        r"(?<![\w\-./])(?!HLA-)(?=[A-Z\d\-]{0,12}[A-Z])(?=[A-Z\d\-]{0,12}\d{3})(?=(?:[A-Z\-]{0,6}\d){4})"
        r"[A-Z\d]{1,12}(?:-[A-Z\d]{1,12}){2,4}(?![\w\-])",
    ),
    Pattern(
        "long_numero",
        "R",
        "IDENTIFIANT",
        r"(?<![\w.,\-/])(?:\d{7}(?<!000)|\d{8,20}(?<!00000))(?![\w\-/]|[.,]\d|\s?(?i:UI|U|IU|copies|[ée]l[ée]ments|cells|cellules|/|germes)(?!\w))",
    ),
    Pattern("compte_social", "R", "IDENTIFIANT", r"(?<![\w.@])@[A-Za-z_][\w.]{2,29}(?<![.])"),
)
