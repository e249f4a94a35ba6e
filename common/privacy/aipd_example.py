"""Une AIPD écrite trop vite, celle d'un projet fédéré inventé, et la même une fois ses manques comblés."""

from copy import deepcopy
from typing import Any

from common.privacy.aipd import Form, new_form

# Ce que le projet est, et que compléter le formulaire ne change pas.
FACTS = (
    *(("description", name) for name in ("purposes", "identifiability", "key_exists")),
    ("necessity", "transfer_outside_eu"),
    *(("federation", name) for name in ("aggregation", "server_sees_updates")),
    *(
        (risk, name)
        for risk in ("illegitimate_access", "unwanted_modification", "disappearance")
        for name in ("impacts", "severity", "likelihood")
    ),
    ("opinions", "dpo_appointed"),
)
_HASTY: dict[str, dict[str, Any]] = {
    "description": {
        "purposes": "Prédire le décès à l'hôpital dès les premières 24 heures de réanimation.",
        "data": "Constantes, analyses et issue de 5 000 séjours. Sans les noms, ces données sont anonymes.",
        "roles": "Quatre hôpitaux responsables conjoints ; l'hébergeur du serveur est leur sous-traitant.",
        "identifiability": "pseudonymisées",
        "key_exists": True,
    },
    "necessity": {
        "legal_basis": "6(1)(e)",
        "proportionality": "Vingt variables, celles que la littérature relie au décès, et aucune note libre.",
        "information": "Une notice remise à l'admission et affichée sur le site de chaque hôpital.",
        "rights": "Un courriel au délégué ; l'opposition est appliquée avant le tour suivant.",
        "transfer_outside_eu": True,
    },
    "federation": {
        "aggregation": "moyenne",
        "server_sees_updates": True,
        "updates_are_personal": False,
        "updates_argument": "Les données ne quittent pas l'hôpital.",
    },
    "illegitimate_access": {
        "impacts": "Un diagnostic révélé à un employeur ou à un assureur.",
        "severity": 4,
        "likelihood": 3,
        "measures": ["FedAvg fait la moyenne des mises à jour", "Confidentialité différentielle"],
        "residual_severity": 4,
        "residual_likelihood": 3,
    },
    "unwanted_modification": {
        "impacts": "Une alerte manquée, si un modèle faussé sert au lit du malade.",
        "severity": 3,
        "likelihood": 2,
        "measures": ["Modèle signé, et comparé à sa référence avant tout usage"],
        "residual_severity": 3,
        "residual_likelihood": 1,
    },
    "disappearance": {
        "impacts": "Un entraînement à refaire ; les dossiers, eux, restent à l'hôpital.",
        "severity": 2,
        "likelihood": 2,
        "measures": [],
        "residual_severity": 2,
        "residual_likelihood": 1,
    },
    "opinions": {
        "dpo_appointed": True,
        "people_views": "Deux associations de patients consultées ; leurs demandes sont jointes.",
    },
}


def hasty_form() -> Form:
    """Rend l'AIPD écrite trop vite : onze manques, et pas seulement des cases vides.

    Projet inventé, pour s'exercer : rien ici n'est un modèle à recopier.
    """
    return new_form(deepcopy(_HASTY))


def complete_form(form: Form) -> Form:
    """Rend une copie de l'AIPD, manques comblés, faits du projet (`FACTS`) inchangés : une solution parmi d'autres.

    Sources : celles que `gaps` donne, manque par manque.
    """
    form = deepcopy(form)
    form["description"]["data"] = "Constantes, analyses et issue de 5 000 séjours, pseudonymisées par une clé."
    form["necessity"].update(health_exception="9(2)(j)", retention_months=24, transfer_safeguard="46")
    form["federation"]["updates_are_personal"] = True
    form["illegitimate_access"]["measures"] = ["Chiffrement TLS", "Confidentialité différentielle, ε = 3, δ = 1e-5"]
    form["illegitimate_access"]["residual_likelihood"] = 2
    form["disappearance"]["measures"] = ["Point de reprise du modèle, copié chaque jour sur un second serveur"]
    form["opinions"]["dpo_opinion"] = "Favorable, si les journaux d'accès sont relus chaque mois."
    return form
