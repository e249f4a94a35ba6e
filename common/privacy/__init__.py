"""Confidentialité : mesurer ce qu'un tableau, une image ou un modèle laisse voir d'un patient, puis le réduire."""

from common.privacy.aipd import Gap, gaps, new_form
from common.privacy.anonymity import (
    entropy_l_diversity,
    equivalence_classes,
    k_anonymity,
    l_diversity,
    t_closeness,
)
from common.privacy.calibration import (
    analytic_gaussian_sigma,
    classic_gaussian_sigma,
    gaussian_delta,
    gaussian_epsilon,
)
from common.privacy.generalisation import (
    Release,
    anonymise,
    category_tree,
    dates,
    discernibility,
    generalise,
    number_bands,
    prefixes,
)
from common.privacy.linkage import differencing_attack, homogeneity_attack, link, reidentification_rate
from common.privacy.mechanisms import (
    COUNT_SENSITIVITY,
    bounded_mean,
    bounded_sum,
    clip_norm,
    count_query,
    debiased_proportion,
    gaussian_mechanism,
    laplace_mechanism,
    mean_sensitivity,
    randomised_response,
    sum_sensitivity,
)
from common.privacy.register import hospital_patients, population, public_register

__all__ = [
    "COUNT_SENSITIVITY",
    "Gap",
    "Release",
    "analytic_gaussian_sigma",
    "anonymise",
    "bounded_mean",
    "bounded_sum",
    "category_tree",
    "classic_gaussian_sigma",
    "clip_norm",
    "count_query",
    "dates",
    "debiased_proportion",
    "differencing_attack",
    "discernibility",
    "entropy_l_diversity",
    "equivalence_classes",
    "gaps",
    "gaussian_delta",
    "gaussian_epsilon",
    "gaussian_mechanism",
    "generalise",
    "homogeneity_attack",
    "hospital_patients",
    "k_anonymity",
    "l_diversity",
    "laplace_mechanism",
    "link",
    "mean_sensitivity",
    "new_form",
    "number_bands",
    "population",
    "prefixes",
    "public_register",
    "randomised_response",
    "reidentification_rate",
    "sum_sensitivity",
    "t_closeness",
]
