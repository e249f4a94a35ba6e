"""L'AIPD : complète, elle n'a pas de manque ; chaque oubli planté en fait apparaître un, avec sa source."""

import copy

import pytest

from common.privacy.aipd import MAX_TEXT, gaps, is_high, new_form
from common.privacy.aipd_questions import HEALTH_EXCEPTIONS, LEGAL_BASES, QUESTIONS, RISKS

RISK = {
    "impacts": "Un diagnostic révélé à un employeur ou à un assureur.",
    "severity": 3,
    "likelihood": 3,
    "measures": ["Chiffrement TLS entre chaque hôpital et le serveur", "Journal des accès relu chaque mois"],
    "residual_severity": 3,
    "residual_likelihood": 2,
}
COMPLETE = {
    "description": {
        "purposes": "Prédire la réadmission à 30 jours pour organiser le suivi des sortants.",
        "data": "Dossiers de 12 000 séjours de réanimation : âge, constantes, diagnostics. Pas de données anonymes.",
        "roles": "Quatre hôpitaux responsables conjoints ; l'hébergeur du serveur est sous-traitant.",
        "identifiability": "pseudonymisées",
        "key_exists": True,
    },
    "necessity": {
        "legal_basis": "6(1)(e)",
        "health_exception": "9(2)(j)",
        "proportionality": "Vingt variables retenues sur deux cents, celles que la littérature relie à la réadmission.",
        "retention_months": 36,
        "information": "Notice remise à l'admission et affichée sur le site de chaque hôpital.",
        "rights": "Opposition par courriel au délégué, appliquée avant chaque tour d'apprentissage.",
        "transfer_outside_eu": False,
    },
    "federation": {
        "aggregation": "agrégation sécurisée",
        "server_sees_updates": False,
        "updates_are_personal": True,
    },
    **{risk: RISK for risk in RISKS},
    "opinions": {
        "dpo_appointed": True,
        "dpo_opinion": "Favorable, sous réserve d'un audit des journaux avant le premier tour.",
        "people_views": "Deux associations de patients consultées en mars ; leurs demandes sont jointes.",
    },
}


def spoiled(**changes):
    """Une AIPD complète où l'on change des réponses : spoiled(necessity={"legal_basis": None})."""
    form = {section: dict(answers) for section, answers in COMPLETE.items()}
    for section, answers in changes.items():
        form[section].update(answers)
    return form


def test_a_complete_form_has_no_gap():
    assert gaps(COMPLETE) == []
    assert gaps(new_form(COMPLETE)) == []


def test_an_empty_form_lacks_every_compulsory_answer():
    compulsory = [(question.section, question.name) for question in QUESTIONS if not question.optional]
    assert [(gap.section, gap.question) for gap in gaps(new_form())] == compulsory
    assert gaps({}) == gaps(new_form())


def test_the_form_covers_what_article_35_7_asks():
    sources = " ".join(question.source for question in QUESTIONS)
    assert all(f"35(7)({letter})" in sources for letter in "abcd")
    assert all(question.source.startswith("RGPD") for question in QUESTIONS)
    assert len(LEGAL_BASES) == 6 and len(HEALTH_EXCEPTIONS) == 10


@pytest.mark.parametrize(
    ("changes", "question", "words", "source"),
    [
        ({"necessity": {"legal_basis": None}}, "legal_basis", "Sans réponse", "art. 6(1)"),
        ({"necessity": {"health_exception": None}}, "health_exception", "Sans réponse", "9(2)"),
        ({"necessity": {"retention_months": 0}}, "retention_months", "au moins un", "art. 5(1)(e)"),
        ({"necessity": {"transfer_outside_eu": True}}, "transfer_safeguard", "Hors de l'Union", "44 à 49"),
        ({"necessity": {"rights": "à compléter…"}}, "rights", "trop courte", "15 à 22"),
        ({"description": {"purposes": "   ok "}}, "purposes", "trop courte", "35(7)(a)"),
        (
            {
                "description": {
                    "identifiability": "anonymes",
                    "anonymity_argument": "Attaque par croisement : 0 sur 5 000.",
                }
            },
            "identifiability",
            "pseudonymisées, donc personnelles",
            "considérant 26",
        ),
        (
            {"description": {"identifiability": "anonymes", "key_exists": False}},
            "anonymity_argument",
            "demande une preuve",
            "considérant 26",
        ),
        (
            {"description": {"data": "Séjours sans nom, donc anonymes."}},
            "data",
            "dit les données anonymes",
            "art. 4(5)",
        ),
        ({"federation": {"updates_are_personal": False}}, "updates_argument", "peut en redonner", "28/2024"),
        (
            {
                "federation": {
                    "updates_are_personal": False,
                    "updates_argument": "Les données ne quittent pas l'hôpital.",
                }
            },
            "updates_argument",
            "ne prouve rien",
            "28/2024",
        ),
        ({"federation": {"aggregation": "moyenne"}}, "server_sees_updates", "n'est pas une agrégation", "35(7)(c)"),
        ({"federation": {"server_sees_updates": True}}, "server_sees_updates", "n'est pas sécurisée", "35(7)(c)"),
        (
            {
                "federation": {"aggregation": "moyenne", "server_sees_updates": True},
                "disappearance": {"measures": ["FedAvg mélange les hôpitaux"]},
            },
            "measures",
            "ne protège personne",
            "35(7)(d)",
        ),
        (
            {"disappearance": {"measures": ["Confidentialité différentielle sur les mises à jour"]}},
            "measures",
            "sans ε",
            "35(7)(d)",
        ),
        (
            {"disappearance": {"measures": ["...", "TODO"], "likelihood": 2}},
            "measures",
            "Aucune mesure contre ce risque : disparition",
            "35(7)(d)",
        ),
        ({"disappearance": {"residual_severity": 4}}, "residual_severity", "monte de « importante »", "CNIL"),
        ({"disappearance": {"residual_likelihood": 3}}, "prior_consultation", "disparition", "art. 36(1)"),
        ({"opinions": {"dpo_opinion": None}}, "dpo_opinion", "demandez-lui conseil", "35(2)"),
        ({"opinions": {"dpo_appointed": False}}, "dpo_appointed", "désignez un délégué", "37(1)"),
        ({"opinions": {"people_views": None}}, "people_views", "Sans réponse", "35(9)"),
    ],
)
def test_each_planted_flaw_is_the_only_gap_found(changes, question, words, source):
    found = gaps(spoiled(**changes))
    assert [gap.question for gap in found] == [question]
    assert found[0].section in ({*changes} | {"opinions"})
    assert words in found[0].why
    assert source in found[0].source


def test_gaps_come_in_the_order_of_the_form():
    flawed = spoiled(opinions={"people_views": None}, description={"data": "Séjours sans nom, donc anonymes."})
    assert [gap.section for gap in gaps(flawed)] == ["description", "opinions"]


def test_lowering_a_risk_without_any_measure_is_seen_on_both_scales():
    flawed = spoiled(disappearance={"measures": ["…"], "residual_severity": 1, "residual_likelihood": 1})
    assert [gap.question for gap in gaps(flawed)] == ["measures", "residual_severity", "residual_likelihood"]
    assert "La gravité baisse sans qu'aucune mesure" in gaps(flawed)[1].why


def test_what_is_well_answered_is_not_blamed():
    argued = "Inversion de gradient et appartenance essayées sur 1 000 patients : AUC 0,51 [0,49 ; 0,53]."
    fine = spoiled(
        federation={"updates_are_personal": False, "updates_argument": argued},
        necessity={"transfer_outside_eu": True, "transfer_safeguard": "46"},
        disappearance={
            "residual_likelihood": 3,
            "measures": ["Confidentialité différentielle (ε = 3, δ = 1e-5)", "Anonymisation en fin d'étude", "TLS"],
        },
        opinions={"prior_consultation": True},
        description={"data": "Les données ne sont pas anonymes : une table de correspondance existe."},
    )
    assert gaps(fine) == []


def test_a_risk_is_high_when_both_scales_are():
    assert is_high(3, 3) and is_high(4, 3)
    assert not is_high(4, 2) and not is_high(2, 4) and not is_high(None, 4)


def test_gaps_leaves_the_form_as_it_was():
    form = copy.deepcopy(COMPLETE)
    gaps(form)
    assert form == COMPLETE


@pytest.mark.parametrize(
    ("form", "error", "words"),
    [
        ({"necessity": {"legal_bassis": "6(1)(e)"}}, ValueError, "Vouliez-vous dire « necessity.legal_basis »"),
        ({"x": {"y": 1}}, ValueError, "pas de question « x.y »"),
        ({"necessity": {"legal_basis": "6(1)(z)"}}, ValueError, "l'une de ces réponses"),
        ({"disappearance": {"severity": 5}}, ValueError, "l'une de ces réponses"),
        ({"disappearance": {"severity": True}}, TypeError, "un entier"),
        ({"disappearance": {"measures": "TLS"}}, TypeError, "une liste de textes"),
        ({"disappearance": {"measures": ["TLS", 3]}}, TypeError, "une liste de textes"),
        ({"description": {"key_exists": "oui"}}, TypeError, "True ou False"),
        ({"description": {"data": "x" * (MAX_TEXT + 1)}}, ValueError, "trop long"),
        ({"disappearance": {"measures": ["TLS"] * 51}}, ValueError, "trop long"),
        ({"description": ["purposes"]}, TypeError, "dictionnaire"),
        ("tout va bien", TypeError, "dictionnaire"),
    ],
)
def test_a_malformed_form_is_refused(form, error, words):
    for take in (new_form, gaps):
        with pytest.raises(error, match=words.replace("(", r"\(").replace(")", r"\)")):
            take(form)
