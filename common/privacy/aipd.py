"""Une analyse d'impact (AIPD) qui répond : `new_form()` la donne vide, `gaps(form)` dit ce qui lui manque, et pourquoi.

Ces règles trouvent des oublis et des contradictions, pas davantage : une AIPD sans manque n'est pas une AIPD conforme,
et rien ici ne remplace l'avis d'un délégué à la protection des données ni celui d'un juriste.
"""

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple

from common.privacy.aipd_questions import LEVELS, QUESTIONS, RISKS, Question

Form = dict[str, dict[str, Any]]
MAX_TEXT, MAX_MEASURES = 5000, 50
MIN_TEXT, MIN_MEASURE = 10, 3
HIGH = 3  # « importante » : un risque dont gravité et vraisemblance l'atteignent est élevé (lecture du cours)
_BY_NAME = {(question.section, question.name): question for question in QUESTIONS}
_PLACEHOLDERS = {"", "à compléter", "a completer", "todo", "sans objet", "non applicable", "néant"}
_NEGATION = re.compile(r"\b(non|pas|ni|jamais|aucune?|plutôt que|au lieu)\b|\bn['’]|≠", re.IGNORECASE)
_EVIDENCE = r"attaque|inversion|appartenance|différentielle|ε|epsilon"
_KINDS = {str: "un texte", bool: "True ou False", int: "un entier", list: "une liste de textes"}


class Gap(NamedTuple):
    """Un manque : la section et la question, ce qui ne va pas et quoi faire, et le texte qui le demande."""

    section: str
    question: str
    why: str
    source: str


def new_form(answers: Mapping[str, Mapping[str, Any]] | None = None) -> Form:
    """Rend un formulaire vide (chaque réponse à None), où les réponses données sont déjà portées.

    `answers` : section → champ → réponse. ValueError pour une section ou un champ inconnu, une réponse hors des choix,
    ou trop longue ; TypeError pour un mauvais type. Source : RGPD, art. 35(7).
    """
    form: Form = {question.section: {} for question in QUESTIONS}
    for question in QUESTIONS:
        form[question.section][question.name] = None
    for section, fields in _checked(answers or {}).items():
        form[section].update(fields)
    return form


def gaps(form: Mapping[str, Mapping[str, Any]]) -> list[Gap]:
    """Rend les manques d'une AIPD, section par section ; une liste vide si ces règles n'en trouvent aucun.

    Outre les questions sans réponse : contradictions sur l'anonymat, risque sans mesure, gravité abaissée sans mesure,
    risque résiduel élevé sans consultation, transfert sans garantie, et ce que l'apprentissage fédéré fait oublier.
    Mêmes erreurs que `new_form`. Sources : RGPD, art. 35 et 36 ; chaque manque porte la sienne.
    """
    full = new_form(form)
    checks = (_unanswered, _identifiability, _necessity, _federation, _risks, _opinions)
    found = [gap for check in checks for gap in check(full)]
    order = list(full)
    return sorted(found, key=lambda gap: order.index(gap.section))


def is_high(severity: int | None, likelihood: int | None) -> bool:
    """Un risque est élevé quand sa gravité et sa vraisemblance sont toutes deux au moins « importantes » (3 sur 4)."""
    return min(severity or 0, likelihood or 0) >= HIGH


def _unanswered(form: Form) -> Iterator[Gap]:
    for question in QUESTIONS:
        answer = form[question.section][question.name]
        if answer is None and not question.optional:
            yield _gap(question.section, question.name, f"Sans réponse : « {question.text} »")
        elif isinstance(answer, str) and not question.choices and _is_hollow(answer):
            yield _gap(question.section, question.name, "Réponse trop courte pour être jugée : dites-en une phrase.")


def _identifiability(form: Form) -> Iterator[Gap]:
    answers = form["description"]
    if answers["identifiability"] == "anonymes":
        if answers["key_exists"]:
            why = "Si quelqu'un peut retrouver les personnes, les données sont pseudonymisées, donc personnelles."
            yield _gap("description", "identifiability", why)
        if answers["anonymity_argument"] is None:
            why = (
                "Dire « anonymes » demande une preuve : quels moyens raisonnables avez-vous essayés, avec quel succès ?"
            )
            yield _gap("description", "anonymity_argument", why)
        return
    for section, name, text in _texts(form):
        if _asserts(text, r"\banonym(e|isée?)s?\b"):
            why = (
                "Ce texte dit les données anonymes, alors qu'elles sont identifiantes ou pseudonymisées : corrigez-le."
            )
            yield Gap(section, name, why, _BY_NAME["description", "identifiability"].source)


def _necessity(form: Form) -> Iterator[Gap]:
    answers = form["necessity"]
    if answers["retention_months"] is not None and answers["retention_months"] <= 0:
        yield _gap("necessity", "retention_months", "Une durée de conservation se compte en mois, au moins un.")
    if answers["transfer_outside_eu"] and answers["transfer_safeguard"] is None:
        why = "Hors de l'Union, il faut une décision d'adéquation (45), une garantie (46) ou une dérogation (49)."
        yield _gap("necessity", "transfer_safeguard", why)


def _federation(form: Form) -> Iterator[Gap]:
    answers = form["federation"]
    argument = answers["updates_argument"] or ""
    if answers["updates_are_personal"] is False and not re.search(_EVIDENCE, argument, re.IGNORECASE):
        why = (
            "Une mise à jour vient de données de patients et peut en redonner : « elles ne quittent pas l'hôpital » ne "
            "prouve rien. Montrez des attaques essayées ou un ε, ou traitez-la comme une donnée personnelle."
        )
        yield _gap("federation", "updates_argument", why)
    if answers["aggregation"] == "moyenne" and answers["server_sees_updates"] is False:
        why = "Pour faire une moyenne, le serveur lit chaque mise à jour : ce n'est pas une agrégation sécurisée."
        yield _gap("federation", "server_sees_updates", why)
    if answers["aggregation"] == "agrégation sécurisée" and answers["server_sees_updates"]:
        why = (
            "Si le serveur lit la mise à jour d'un seul centre, l'agrégation n'est pas sécurisée : changez une réponse."
        )
        yield _gap("federation", "server_sees_updates", why)


def _risks(form: Form) -> Iterator[Gap]:
    for risk in RISKS:
        yield from _measures(form, risk)
        for scale, french in (("severity", "La gravité"), ("likelihood", "La vraisemblance")):
            before, after = form[risk][scale], form[risk][f"residual_{scale}"]
            if before is None or after is None:
                continue
            if after > before:
                why = f"{french} monte de « {LEVELS[before]} » à « {LEVELS[after]} » après mesures : vérifiez les deux."
                yield _gap(risk, f"residual_{scale}", why)
            if after < before and not _real_measures(form, risk):
                yield _gap(risk, f"residual_{scale}", f"{french} baisse sans qu'aucune mesure ne l'explique.")


def _measures(form: Form, risk: str) -> Iterator[Gap]:
    if form[risk]["measures"] is not None and not _real_measures(form, risk):
        yield _gap(risk, "measures", f"Aucune mesure contre ce risque : {RISKS[risk]}.")
    for measure in _real_measures(form, risk):
        if form["federation"]["aggregation"] == "moyenne" and _asserts(measure, r"\b(moyenne|fedavg|agrégation)"):
            why = (
                f"« {measure} » : faire la moyenne ne protège personne du serveur, qui a d'abord lu chaque mise à jour."
            )
            yield _gap(risk, "measures", why)
        if _asserts(measure, r"différentielle") and not re.search(r"ε|epsilon|\beps\b", measure, re.IGNORECASE):
            why = f"« {measure} » : sans ε (et δ), cette protection ne se mesure pas. Donnez le budget."
            yield _gap(risk, "measures", why)


def _real_measures(form: Form, risk: str) -> list[str]:
    return [measure for measure in form[risk]["measures"] or [] if not _is_hollow(measure, MIN_MEASURE)]


def _opinions(form: Form) -> Iterator[Gap]:
    answers = form["opinions"]
    if answers["dpo_appointed"] is False:
        why = (
            "Organisme public, ou données de santé à grande échelle : désignez un délégué. Si rien ne vous y oblige, "
            "gardez ce manque dans le dossier, avec votre raison."
        )
        yield _gap("opinions", "dpo_appointed", why)
    if answers["dpo_appointed"] and answers["dpo_opinion"] is None:
        yield _gap("opinions", "dpo_opinion", "Un délégué est désigné : demandez-lui conseil et notez son avis.")
    high = [french for risk, french in RISKS.items() if _still_high(form[risk])]
    if high and not answers["prior_consultation"]:
        why = f"Risque encore élevé après mesures ({', '.join(high)}) : réduisez-le, ou consultez la CNIL avant tout."
        yield _gap("opinions", "prior_consultation", why)


def _still_high(answers: dict[str, Any]) -> bool:
    return is_high(answers["residual_severity"], answers["residual_likelihood"])


def _gap(section: str, name: str, why: str) -> Gap:
    return Gap(section, name, why, _BY_NAME[section, name].source)


def _texts(form: Form) -> Iterator[tuple[str, str, str]]:
    """Chaque texte libre qui décrit le traitement ; « anonymiser » peut être une mesure, d'où les risques à part."""
    for question in QUESTIONS:
        text = form[question.section][question.name]
        if isinstance(text, str) and not question.choices and question.section not in RISKS:
            yield question.section, question.name, text


def _asserts(text: str, pattern: str) -> bool:
    """Ce texte affirme-t-il ce motif, dans une proposition sans négation ? Une règle simple, qui peut se tromper."""
    clauses = re.split(r"[.,;:!?\n()]", text)
    return any(re.search(pattern, clause, re.IGNORECASE) and not _NEGATION.search(clause) for clause in clauses)


def _is_hollow(text: str, shortest: int = MIN_TEXT) -> bool:
    return len(text.strip()) < shortest or text.strip().lower().rstrip(" .…") in _PLACEHOLDERS


def _checked(form: Any) -> Mapping[str, Mapping[str, Any]]:
    """Rend le formulaire reçu s'il a la bonne forme, et le refuse sinon."""
    if not isinstance(form, Mapping) or not all(isinstance(fields, Mapping) for fields in form.values()):
        raise TypeError("Une AIPD est un dictionnaire section → question → réponse : partez de new_form().")
    for section, fields in form.items():
        for name, answer in fields.items():
            _check_answer(_question(section, name), answer)
    return form


def _question(section: Any, name: Any) -> Question:
    question = _BY_NAME.get((section, name))
    if question is None:
        known = [f"{known_section}.{known_name}" for known_section, known_name in _BY_NAME]
        near = get_close_matches(f"{section}.{name}", known, n=1)
        hint = f"Vouliez-vous dire « {near[0]} » ?" if near else "Les questions sont dans new_form()."
        raise ValueError(f"L'AIPD n'a pas de question « {section}.{name} ». {hint}")
    return question


def _check_answer(question: Question, answer: Any) -> None:
    where = f"« {question.section}.{question.name} »"
    if answer is None:
        return
    if type(answer) is not question.kind or (question.kind is list and not all(isinstance(m, str) for m in answer)):
        raise TypeError(f"{where} attend {_KINDS[question.kind]} ; reçu : {answer!r:.80}.")
    if question.choices and answer not in question.choices:
        raise ValueError(f"{where} attend l'une de ces réponses : {question.choices} ; reçu : {answer!r}.")
    texts = answer if question.kind is list else [answer]
    if len(texts) > MAX_MEASURES or any(isinstance(text, str) and len(text) > MAX_TEXT for text in texts):
        raise ValueError(f"{where} est trop long : {MAX_MEASURES} mesures et {MAX_TEXT} caractères au plus. Résumez.")
