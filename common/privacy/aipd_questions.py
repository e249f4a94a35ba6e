"""Les questions d'une analyse d'impact (AIPD), et le texte qui les pose : RGPD, art. 35(7), et méthode PIA de la CNIL.

Les trois événements redoutés, la gravité et la vraisemblance sur quatre niveaux viennent de l'outil PIA de la CNIL
(dépôt LINCnil/pia, base de connaissances). Les questions de la section « federation » sont du cours.
"""

from typing import NamedTuple

LEVELS = {1: "négligeable", 2: "limitée", 3: "importante", 4: "maximale"}
RISKS = {
    "illegitimate_access": "accès illégitime à des données",
    "unwanted_modification": "modification non désirée de données",
    "disappearance": "disparition de données",
}
LEGAL_BASES = {
    "6(1)(a)": "consentement",
    "6(1)(b)": "contrat",
    "6(1)(c)": "obligation légale",
    "6(1)(d)": "intérêts vitaux",
    "6(1)(e)": "mission d'intérêt public",
    "6(1)(f)": "intérêts légitimes",
}
HEALTH_EXCEPTIONS = {
    "9(2)(a)": "consentement explicite",
    "9(2)(b)": "droit du travail et protection sociale",
    "9(2)(c)": "intérêts vitaux d'une personne hors d'état de consentir",
    "9(2)(d)": "organisme sans but lucratif, pour ses membres",
    "9(2)(e)": "données manifestement rendues publiques par la personne",
    "9(2)(f)": "droits en justice",
    "9(2)(g)": "intérêt public important, fondé sur le droit",
    "9(2)(h)": "médecine préventive, diagnostics, soins, gestion des services de santé",
    "9(2)(i)": "intérêt public dans le domaine de la santé publique",
    "9(2)(j)": "recherche scientifique, archives ou statistiques (article 89)",
}
IDENTIFIABILITY = ("identifiantes", "pseudonymisées", "anonymes")
AGGREGATIONS = ("moyenne", "agrégation sécurisée")


class Question(NamedTuple):
    """Une question : sa section, son champ, le type attendu, l'énoncé, ce qui l'exige, et les réponses admises."""

    section: str
    name: str
    kind: type
    text: str
    source: str
    choices: tuple = ()
    optional: bool = False


def _risk_questions(risk: str) -> tuple[Question, ...]:
    levels = tuple(LEVELS)
    law, method = "RGPD, art. 35(7)(c)", "RGPD, art. 35(7)(c) ; CNIL, méthode PIA"
    return (
        Question(risk, "impacts", str, "Que vivraient les personnes si cela arrivait ?", law),
        Question(risk, "severity", int, "Gravité, avant mesures (1 à 4)", method, levels),
        Question(risk, "likelihood", int, "Vraisemblance, avant mesures (1 à 4)", method, levels),
        Question(risk, "measures", list, "Mesures qui traitent ce risque", "RGPD, art. 35(7)(d)"),
        Question(risk, "residual_severity", int, "Gravité, après mesures (1 à 4)", method, levels),
        Question(risk, "residual_likelihood", int, "Vraisemblance, après mesures (1 à 4)", method, levels),
    )


_DESCRIPTION, _NECESSITY = "RGPD, art. 35(7)(a)", "RGPD, art. 35(7)(b)"
_PERSONAL = "RGPD, art. 4(5) et considérant 26"
_MODELS = "RGPD, considérant 26 ; CEPD, avis 28/2024, § 34, 43 et 134"
_TRANSFERS = "RGPD, art. 44 à 49"

QUESTIONS: tuple[Question, ...] = (
    Question("description", "purposes", str, "Quelles finalités, déterminées et explicites ?", _DESCRIPTION),
    Question("description", "data", str, "Quelles données, de quelles personnes, combien ?", _DESCRIPTION),
    Question("description", "roles", str, "Qui est responsable, conjoint, sous-traitant ?", "RGPD, art. 26 et 28"),
    Question("description", "identifiability", str, "Les données sont-elles… ?", _PERSONAL, IDENTIFIABILITY),
    Question("description", "key_exists", bool, "Quelqu'un garde-t-il de quoi retrouver les personnes ?", _PERSONAL),
    Question("description", "anonymity_argument", str, "Qu'est-ce qui prouve l'anonymat ?", _PERSONAL, (), True),
    Question("necessity", "legal_basis", str, "Quelle base légale ?", "RGPD, art. 6(1)", tuple(LEGAL_BASES)),
    Question(
        "necessity",
        "health_exception",
        str,
        "Quelle exception à l'interdiction de traiter des données de santé ?",
        "RGPD, art. 9(1) et 9(2)",
        tuple(HEALTH_EXCEPTIONS),
    ),
    Question(
        "necessity",
        "proportionality",
        str,
        "Pourquoi moins de données n'y suffirait pas ?",
        "RGPD, art. 5(1)(c) et 35(7)(b)",
    ),
    Question(
        "necessity",
        "retention_months",
        int,
        "Combien de mois les données sont-elles conservées ?",
        "RGPD, art. 5(1)(e)",
    ),
    Question("necessity", "information", str, "Comment les personnes sont-elles informées ?", "RGPD, art. 12 à 14"),
    Question("necessity", "rights", str, "Comment exercent-elles leurs droits ?", "RGPD, art. 15 à 22"),
    Question("necessity", "transfer_outside_eu", bool, "Des données, ou un serveur, hors de l'Union ?", _TRANSFERS),
    Question("necessity", "transfer_safeguard", str, "Avec quelle garantie ?", _TRANSFERS, ("45", "46", "49"), True),
    Question("federation", "aggregation", str, "Comment le serveur agrège-t-il ?", _NECESSITY, AGGREGATIONS),
    Question(
        "federation",
        "server_sees_updates",
        bool,
        "Le serveur peut-il lire la mise à jour d'un seul centre ?",
        "RGPD, art. 35(7)(c)",
    ),
    Question(
        "federation",
        "updates_are_personal",
        bool,
        "Traitez-vous les mises à jour comme des données personnelles ?",
        _MODELS,
    ),
    Question("federation", "updates_argument", str, "Sinon, qu'est-ce qui le prouve ?", _MODELS, (), True),
    *(question for risk in RISKS for question in _risk_questions(risk)),
    Question(
        "opinions", "dpo_appointed", bool, "Un délégué à la protection des données est-il désigné ?", "RGPD, art. 37(1)"
    ),
    Question("opinions", "dpo_opinion", str, "Quel est son avis ?", "RGPD, art. 35(2)", (), True),
    Question(
        "opinions", "people_views", str, "Avis des patients, ou raison de ne pas l'avoir demandé", "RGPD, art. 35(9)"
    ),
    Question(
        "opinions",
        "prior_consultation",
        bool,
        "L'autorité de contrôle (CNIL) est-elle consultée ?",
        "RGPD, art. 36(1) et considérant 94",
        (),
        True,
    ),
)
