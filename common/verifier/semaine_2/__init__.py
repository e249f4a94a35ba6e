"""Les exercices de la semaine 2, un fichier par leçon, lu quand on s'en sert : seule la leçon 5 charge torch."""

from importlib import import_module
from typing import Any

MODULES = {
    "adult_cohort": "lecon_1",
    "age_at_admission": "lecon_1",
    "already_seen": "lecon_1_separation",
    "body_temperature": "lecon_1_mesures",
    "bounded_person_sum": "lecon_4",
    "clip_gradients": "lecon_5",
    "complete_form": "lecon_3",
    "count_deaths": "lecon_1",
    "debiased_proportion": "lecon_4",
    "epsilon_by_center": "lecon_5_compter",
    "epsilon_lower_bound": "lecon_4_budget",
    "first_day": "lecon_1_mesures",
    "k_anonymity": "lecon_3",
    "laplace_mechanism": "lecon_4",
    "link": "lecon_3",
    "phone_numbers": "lecon_3",
    "poisson_sample": "lecon_5_compter",
    "private_gradient": "lecon_5",
    "pseudonymise": "lecon_3",
    "readable_words": "lecon_2_identites",
    "remap_uid": "lecon_2_identites",
    "shift_date": "lecon_2_identites",
    "slice_position": "lecon_2",
    "threshold_at_fpr": "lecon_5",
    "to_hounsfield": "lecon_2",
    "total_epsilon": "lecon_4_budget",
    "window": "lecon_2",
}
__all__ = list(MODULES)


def __getattr__(name: str) -> Any:
    """Importe l'exercice demandé (PEP 562) ; AttributeError si la semaine n'en a pas de ce nom."""
    if name not in MODULES:
        raise AttributeError(f"la semaine 2 n'a pas d'exercice « {name} ». Relisez la dernière ligne de la carte.")
    return getattr(import_module(f"{__name__}.{MODULES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
