"""Leçon 3 de la semaine 2, l'analyse d'impact : ce que le contrôle doit refuser, et avec quel message."""

from common import privacy
from common.privacy.aipd_example import complete_form


def form_with(**changes):
    """Une AIPD complétée, où l'on change des réponses : form_with(necessity={"retention_months": 0})."""

    def wrong(form):
        completed = complete_form(form)
        for section, answers in changes.items():
            completed[section].update(answers)
        return completed

    return wrong


def form_without_return(form):
    complete_form(form)


def form_in_place(form):
    form.update(complete_form(form))
    return form


def form_copied_on_the_surface(form):
    form = form.copy()
    for section, answers in complete_form(form).items():
        form[section].update(answers)
    return form


def hard_coded_form(form):
    from common.privacy.aipd_example import hasty_form

    return complete_form(hasty_form())


COMPLETE_FORM = [
    (lambda form: form, "il manque encore « description.data »"),
    (form_with(description={"data": "5 000 séjours sans nom, donc anonymes."}), "description.data"),
    (form_with(description={"identifiability": "anonymes"}), "un fait du projet, « description.identifiability »"),
    (form_with(description={"key_exists": False}), "un fait du projet, « description.key_exists »"),
    (form_with(necessity={"health_exception": None}), "necessity.health_exception"),
    (form_with(necessity={"health_exception": "recherche"}), "attend l'une de ces réponses"),
    (form_with(necessity={"retention_months": 0}), "au moins un"),
    (form_with(necessity={"retention_months": "24"}), "attend un entier"),
    (form_with(necessity={"transfer_safeguard": None}), "Hors de l'Union"),
    (form_with(necessity={"transfer_outside_eu": False}), "un fait du projet, « necessity.transfer_outside_eu »"),
    (form_with(federation={"updates_are_personal": False}), "ne prouve rien"),
    (form_with(federation={"aggregation": "agrégation sécurisée"}), "un fait du projet, « federation.aggregation »"),
    (form_with(federation={"server_sees_updates": False}), "federation.server_sees_updates"),
    (form_with(illegitimate_access={"measures": ["FedAvg fait la moyenne"]}), "ne protège personne du serveur"),
    (form_with(illegitimate_access={"measures": ["Confidentialité différentielle"]}), "sans ε"),
    (form_with(illegitimate_access={"measures": "Chiffrement TLS"}), "une liste de textes"),
    (form_with(illegitimate_access={"severity": 1}), "un fait du projet, « illegitimate_access.severity »"),
    (form_with(illegitimate_access={"residual_likelihood": 3}), "Risque encore élevé"),
    (form_with(illegitimate_access={"residual_likelihood": 4}), "vérifiez les deux"),
    (form_with(disappearance={"measures": []}), "Aucune mesure"),
    (form_with(opinions={"dpo_opinion": None}), "demandez-lui conseil"),
    (form_with(opinions={"dpo_appointed": False}), "un fait du projet, « opinions.dpo_appointed »"),
    (form_with(opinions={"dpo_opinion": "ok"}), "trop courte"),
    (form_with(opinions={"avis": "Favorable."}), "n'a pas de question"),
    (form_without_return, "`return`"),
    (form_in_place, "`deepcopy(form)` copie tout"),
    (form_copied_on_the_surface, "ne copient pas les sections"),
    (lambda form: form["nécessité"], "KeyError"),
    (lambda form: privacy.gaps(form), "section → question → réponse"),
    (form_with(necessity={"health_exception": "9(2)j"}), "attend l'une de ces réponses"),
    (hard_coded_form, "un fait du projet, « description.purposes »"),
    ({}, "on attend une fonction"),
]

WRONG = {"complete_form": COMPLETE_FORM}
