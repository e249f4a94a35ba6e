"""Ce que la loi demande, une ligne par règle : les 18 identifiants de HIPAA Safe Harbor, et les articles du RGPD.

Sources : 45 CFR 164.514(b)(2)(i)(A) à (R) et (c), règlement (UE) 2016/679 (EUR-Lex, CELEX 32016R0679). Les règles
américaines sont traduites ; les articles du RGPD sont cités dans leur version française. Les équivalents français
des identifiants sont notre lecture : aucune loi française n'adopte cette liste.
"""

from dataclasses import dataclass

ACTUAL_KNOWLEDGE = (
    "L'entité n'a pas effectivement connaissance de ce que l'information, seule ou combinée à d'autres, pourrait "
    "servir à identifier la personne qu'elle concerne."  # 164.514(b)(2)(ii)
)
REIDENTIFICATION_CODE = (
    "Un code peut être attribué pour pouvoir réidentifier plus tard, à condition qu'il ne soit ni dérivé "
    "d'informations sur la personne, ni lié à elles, qu'il ne puisse pas être traduit de façon à l'identifier, "
    "qu'il ne serve à rien d'autre et que le moyen de réidentifier ne soit pas divulgué."  # 164.514(c)
)


@dataclass(frozen=True)
class SafeHarborIdentifier:
    """Un identifiant à retirer, pour la personne, ses proches, son employeur et son foyer : lettre, nom, règle."""

    letter: str
    name: str
    rule: str
    french_equivalents: tuple[str, ...] = ()

    @property
    def source(self) -> str:
        return f"45 CFR 164.514(b)(2)(i)({self.letter})"


@dataclass(frozen=True)
class Article:
    """Un extrait du RGPD, cité mot pour mot, et ce qu'il veut dire dans le code du cours."""

    reference: str
    quote: str
    in_code: str


_GEOGRAPHY = (
    "Toute subdivision géographique plus petite qu'un État : adresse, ville, comté, circonscription, code ZIP et leurs "
    "équivalents géocodés, sauf les trois premiers chiffres du ZIP si, selon les données publiques courantes du Bureau "
    "du recensement, (1) l'ensemble des ZIP qui commencent par ces trois chiffres compte plus de 20 000 personnes, et "
    "(2) ces trois chiffres sont changés en 000 partout où il en compte 20 000 ou moins."
)
_DATES = (
    "Tous les éléments de date, sauf l'année, des dates directement liées à la personne : naissance, admission, "
    "sortie, décès ; et tous les âges au-dessus de 89 ans, ainsi que tout élément de date, année "
    "comprise, qui indique un tel âge ; ces âges et ces éléments peuvent toutefois être réunis en une seule "
    "catégorie « 90 ans et plus »."
)
_OTHER = (
    "Tout autre numéro, caractéristique ou code propre à une seule personne, sauf le code de réidentification que "
    "permet le paragraphe (c)."
)

SAFE_HARBOR = (
    SafeHarborIdentifier("A", "nom", "Les noms.", ("nom de naissance", "nom d'usage", "prénoms", "initiales")),
    SafeHarborIdentifier(
        "B", "lieu", _GEOGRAPHY, ("adresse", "code postal", "commune", "code INSEE", "coordonnées GPS", "établissement")
    ),
    SafeHarborIdentifier("C", "date ou âge au-dessus de 89 ans", _DATES, ("date de naissance", "date d'entrée")),
    SafeHarborIdentifier("D", "numéro de téléphone", "Les numéros de téléphone.", ("fixe", "mobile", "biper")),
    SafeHarborIdentifier("E", "numéro de télécopie", "Les numéros de télécopie.", ("fax du service",)),
    SafeHarborIdentifier("F", "adresse électronique", "Les adresses électroniques.", ("courriel", "adresse MSSanté")),
    SafeHarborIdentifier("G", "numéro de sécurité sociale", "Les numéros de sécurité sociale.", ("NIR", "NIA", "INS")),
    SafeHarborIdentifier(
        "H", "numéro de dossier médical", "Les numéros de dossier médical.", ("IPP", "NDA", "IEP", "numéro de séjour")
    ),
    SafeHarborIdentifier(
        "I",
        "numéro d'assuré",
        "Les numéros de bénéficiaire d'un régime de santé.",
        ("numéro d'adhérent de mutuelle", "numéro de contrat AMC"),
    ),
    SafeHarborIdentifier("J", "numéro de compte", "Les numéros de compte.", ("IBAN", "RIB", "carte bancaire")),
    SafeHarborIdentifier(
        "K",
        "numéro de certificat ou de licence",
        "Les numéros de certificat et de licence.",
        ("RPPS", "ADELI", "permis de conduire", "carte d'identité", "passeport"),
    ),
    SafeHarborIdentifier(
        "L",
        "identifiant de véhicule",
        "Les identifiants et numéros de série de véhicules, plaques d'immatriculation comprises.",
        ("plaque SIV (AB-123-CD)", "ancienne plaque FNI", "VIN"),
    ),
    SafeHarborIdentifier(
        "M",
        "identifiant d'appareil",
        "Les identifiants et numéros de série d'appareils.",
        ("numéro de série d'un stimulateur", "IUD", "IMEI", "adresse MAC"),
    ),
    SafeHarborIdentifier("N", "adresse web", "Les adresses universelles du web (URL).", ("page personnelle",)),
    SafeHarborIdentifier("O", "adresse IP", "Les adresses de protocole internet (IP).", ("IPv4", "IPv6")),
    SafeHarborIdentifier(
        "P", "identifiant biométrique", "Les identifiants biométriques, empreintes digitales et vocales comprises."
    ),
    SafeHarborIdentifier(
        "Q", "photographie", "Les photographies du visage entier et toute image comparable.", ("photo d'identité",)
    ),
    SafeHarborIdentifier("R", "autre identifiant unique", _OTHER, ("numéro d'inclusion", "matricule", "UUID")),
)

RGPD = (
    Article(
        "RGPD, art. 4, 1)",
        "« données à caractère personnel », toute information se rapportant à une personne physique identifiée ou "
        "identifiable […] ; est réputée être une « personne physique identifiable » une personne physique qui peut "
        "être identifiée, directement ou indirectement",
        "une ligne sans nom, mais unique par son âge, son code postal et sa date d'entrée, en est une",
    ),
    Article(
        "RGPD, art. 4, 5)",
        "« pseudonymisation », le traitement de données à caractère personnel de telle façon que celles-ci ne puissent "
        "plus être attribuées à une personne concernée précise sans avoir recours à des informations supplémentaires, "
        "pour autant que ces informations supplémentaires soient conservées séparément et soumises à des mesures "
        "techniques et organisationnelles",
        "`pseudonymise(identifiants, key)` : la clé est l'information supplémentaire, et ne voyage pas avec la table",
    ),
    Article(
        "RGPD, considérant 26",
        "Les données à caractère personnel qui ont fait l'objet d'une pseudonymisation et qui pourraient être "
        "attribuées à une personne physique par le recours à des informations supplémentaires devraient être "
        "considérées comme des informations concernant une personne physique identifiable.",
        "une table passée par `pseudonymise` reste soumise au RGPD ; seule l'anonymisation l'en fait sortir",
    ),
    Article(
        "RGPD, art. 9, § 1",
        "Le traitement […] des données génétiques, des données biométriques aux fins d'identifier une personne "
        "physique de manière unique, des données concernant la santé […] sont interdits.",
        "les données du cours sont de celles-là : il faut une des exceptions du § 2 avant d'ouvrir la table",
    ),
    Article(
        "RGPD, art. 25, § 1",
        "le responsable du traitement met en œuvre, tant au moment de la détermination des moyens du traitement qu'au "
        "moment du traitement lui-même, des mesures techniques et organisationnelles appropriées, telles que la "
        "pseudonymisation, qui sont destinées à mettre en œuvre les principes relatifs à la protection des données, "
        "par exemple la minimisation des données",
        "`safe_harbor` refuse toute colonne que vous n'avez pas déclarée : rien ne passe par défaut (§ 2)",
    ),
    Article(
        "RGPD, art. 35, § 1",
        "Lorsqu'un type de traitement, en particulier par le recours à de nouvelles technologies, et compte tenu de la "
        "nature, de la portée, du contexte et des finalités du traitement, est susceptible d'engendrer un risque élevé "
        "pour les droits et libertés des personnes physiques, le responsable du traitement effectue, avant le "
        "traitement, une analyse de l'impact",
        "le risque se mesure : k, taux de réidentification, ε ; l'analyse écrit ces nombres avant de commencer",
    ),
    Article(
        "RGPD, art. 35, § 3, b)",
        "le traitement à grande échelle de catégories particulières de données visées à l'article 9, paragraphe 1",
        "un modèle appris sur les dossiers de plusieurs hôpitaux est dans ce cas",
    ),
)


def identifier(letter: str) -> SafeHarborIdentifier:
    """L'identifiant Safe Harbor de cette lettre, de A à R.

    ValueError pour une autre lettre. Source : 45 CFR 164.514(b)(2)(i).
    """
    for rule in SAFE_HARBOR:
        if rule.letter == letter:
            return rule
    raise ValueError(f"« {letter} » n'est pas une lettre de Safe Harbor : choisissez-en une de A à R.")
