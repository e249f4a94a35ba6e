"""Confidentialité : mesurer ce qu'un tableau, une image ou un modèle laisse voir d'un patient, puis le réduire."""

from common.privacy.calibration import (
    analytic_gaussian_sigma,
    classic_gaussian_sigma,
    gaussian_delta,
    gaussian_epsilon,
)
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

__all__ = [
    "COUNT_SENSITIVITY",
    "analytic_gaussian_sigma",
    "bounded_mean",
    "bounded_sum",
    "classic_gaussian_sigma",
    "clip_norm",
    "count_query",
    "debiased_proportion",
    "gaussian_delta",
    "gaussian_epsilon",
    "gaussian_mechanism",
    "laplace_mechanism",
    "mean_sensitivity",
    "randomised_response",
    "sum_sensitivity",
]
