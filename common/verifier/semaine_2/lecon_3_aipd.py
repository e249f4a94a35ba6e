"""Leçon 3, dernier exercice : une analyse d'impact a plusieurs bonnes réponses, et le contrôle dit ce qui y manque."""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from common import privacy
from common.privacy import aipd_example
from common.verifier.exercise import Exercise

LESSON = "semaine_2/corriges/03_rgpd_hipaa_en_pratique.ipynb"
IN_PLACE = (
    "vous changez aussi le formulaire reçu : `form.copy()` et `dict(form)` ne copient pas les sections. "
    "`deepcopy(form)` copie tout."
)


@dataclass(frozen=True)
class FormExercise(Exercise):
    """Un formulaire a plusieurs bonnes réponses : il est juste quand plus aucune remarque ne reste, et le dit sinon."""

    def _find_case_fault(self, answer: Any, case: tuple) -> str | None:
        general = super()._find_case_fault(answer, case)
        if general is None:
            return None
        try:
            remarks = self.observe(answer, copy.deepcopy(case))["remarques"]
        except Exception:
            return general
        others = f" (et {len(remarks) - 1} de plus)" if len(remarks) > 1 else ""
        return f"{remarks[0]}{others}" if remarks else general


def draw_form(rng: np.random.Generator) -> tuple:
    """Tire l'AIPD écrite trop vite, dont l'objet change d'un cas à l'autre."""
    form = aipd_example.hasty_form()
    form["description"]["purposes"] += f" Étude n° {rng.integers(1000)}."
    return (form,)


def observe_form(answer: Callable, case: tuple) -> dict[str, Any] | None:
    """Rend les remarques (arguments changés, réponses illisibles, faits changés, manques) et l'objet du projet."""
    given = copy.deepcopy(case[0])
    form = answer(*case)
    if form is None:
        return None
    in_place = [IN_PLACE] if case[0] != given else []
    try:
        full, gaps = privacy.new_form(form), privacy.gaps(form)
    except (TypeError, ValueError) as error:
        return {"remarques": [*in_place, str(error)], "objet": None}
    before, after = project_facts(given), project_facts(full)
    changed = [f"vous changez un fait du projet, « {name} » : complétez sans le changer." for name in before
               if after[name] != before[name]]  # fmt: skip
    missing = [f"il manque encore « {gap.section}.{gap.question} » : {gap.why}" for gap in gaps]
    return {"remarques": in_place + changed + missing, "objet": after["description.purposes"]}


def project_facts(form: privacy.aipd.Form) -> dict[str, Any]:
    """Rend les faits d'un projet : « section.question » → réponse."""
    return {f"{section}.{name}": form[section][name] for section, name in aipd_example.FACTS}


complete_form = FormExercise(
    title="complete_form",
    lesson=LESSON,
    reference=aipd_example.complete_form,
    draw=draw_form,
    observe=observe_form,
)
