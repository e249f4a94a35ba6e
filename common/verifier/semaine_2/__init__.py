"""Les exercices de la semaine 2, un fichier par leçon."""

from common.verifier.semaine_2.lecon_1 import adult_cohort, age_at_admission, count_deaths
from common.verifier.semaine_2.lecon_1_mesures import body_temperature, first_day
from common.verifier.semaine_2.lecon_2 import (
    readable_words,
    remap_uid,
    shift_date,
    slice_position,
    to_hounsfield,
    window,
)
from common.verifier.semaine_2.lecon_3 import complete_form, k_anonymity, link, phone_numbers, pseudonymise
from common.verifier.semaine_2.lecon_4 import bounded_person_sum, debiased_proportion, laplace_mechanism
from common.verifier.semaine_2.lecon_4_budget import epsilon_lower_bound, total_epsilon
from common.verifier.semaine_2.lecon_5 import (
    clip_gradients,
    epsilon_by_center,
    poisson_sample,
    private_gradient,
    threshold_at_fpr,
)

__all__ = [
    "adult_cohort",
    "age_at_admission",
    "body_temperature",
    "bounded_person_sum",
    "clip_gradients",
    "complete_form",
    "count_deaths",
    "debiased_proportion",
    "epsilon_by_center",
    "epsilon_lower_bound",
    "first_day",
    "k_anonymity",
    "laplace_mechanism",
    "link",
    "phone_numbers",
    "poisson_sample",
    "private_gradient",
    "pseudonymise",
    "readable_words",
    "remap_uid",
    "shift_date",
    "slice_position",
    "threshold_at_fpr",
    "to_hounsfield",
    "total_epsilon",
    "window",
]
