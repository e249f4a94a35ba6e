"""Leçon 4 de la semaine 2, réponse aléatoire et bruit de Laplace : ce que les contrôles doivent refuser."""

import numpy as np

from common.privacy import debiased_proportion, laplace_mechanism


def observed(responses, epsilon):
    return np.mean(responses)


def clipped(responses, epsilon):
    return min(1.0, max(0.0, debiased_proportion(responses, epsilon)))


def share_of_no(responses, epsilon):
    truth = 1 / (1 + np.exp(epsilon))
    return (np.mean(responses) - (1 - truth)) / (2 * truth - 1)


def not_divided(responses, epsilon):
    return np.mean(responses) - 1 / (1 + np.exp(epsilon))


def divided_by_truth(responses, epsilon):
    truth = np.exp(epsilon) / (1 + np.exp(epsilon))
    return (np.mean(responses) - (1 - truth)) / truth


def not_subtracted(responses, epsilon):
    truth = np.exp(epsilon) / (1 + np.exp(epsilon))
    return np.mean(responses) / (2 * truth - 1)


def added(responses, epsilon):
    truth = np.exp(epsilon) / (1 + np.exp(epsilon))
    return (np.mean(responses) + (1 - truth)) / (2 * truth - 1)


def truth_subtracted(responses, epsilon):
    truth = np.exp(epsilon) / (1 + np.exp(epsilon))
    return (np.mean(responses) - truth) / (2 * truth - 1)


def number_of_patients(responses, epsilon):
    return debiased_proportion(responses, epsilon) * responses.size


def from_the_number(responses, epsilon):
    truth = np.exp(epsilon) / (1 + np.exp(epsilon))
    return (responses.sum() - (1 - truth)) / (2 * truth - 1)


def three_quarters(responses, epsilon):
    return (np.mean(responses) - 0.25) / 0.5


def numerator_without_parentheses(responses, epsilon):
    truth = np.exp(epsilon) / (1 + np.exp(epsilon))
    return responses.mean() - (1 - truth) / (2 * truth - 1)


def one_minus_without_parentheses(responses, epsilon):
    truth = np.exp(epsilon) / (1 + np.exp(epsilon))
    return (responses.mean() - 1 - truth) / (2 * truth - 1)


def divisor_without_parentheses(responses, epsilon):
    truth = np.exp(epsilon) / (1 + np.exp(epsilon))
    return (responses.mean() - (1 - truth)) / 2 * truth - 1


def formula_not_turned(responses, epsilon):
    truth, share = np.exp(epsilon) / (1 + np.exp(epsilon)), responses.mean()
    return share * truth + (1 - share) * (1 - truth)


def odds_as_truth(responses, epsilon):
    truth = np.exp(epsilon)
    return (responses.mean() - (1 - truth)) / (2 * truth - 1)


def truth_without_parentheses(responses, epsilon):
    truth = np.exp(epsilon) / 1 + np.exp(epsilon)
    return (responses.mean() - (1 - truth)) / (2 * truth - 1)


def exponential_forgotten(responses, epsilon):
    truth = epsilon / (1 + epsilon)
    return (responses.mean() - (1 - truth)) / (2 * truth - 1)


def per_response(responses, epsilon):
    truth = np.exp(epsilon) / (1 + np.exp(epsilon))
    return (responses - (1 - truth)) / (2 * truth - 1)


def unweighted_truth(responses, epsilon):
    return (np.mean(responses) - (1 - epsilon)) / (2 * epsilon - 1)


def rounded(responses, epsilon):
    return round(debiased_proportion(responses, epsilon), 2)


def silent(responses, epsilon):
    debiased_proportion(responses, epsilon)


PROPORTION = [
    (observed, "part OBSERVÉE"),
    (clipped, "rognez"),
    (share_of_no, "part de « non »"),
    (not_divided, "il manque la division"),
    (divided_by_truth, "vous divisez par p"),
    (not_subtracted, "sans en ôter 1 − p"),
    (added, "et non +"),
    (truth_subtracted, "vous ôtez p"),
    (number_of_patients, "un NOMBRE de malades"),
    (from_the_number, "du NOMBRE de « oui »"),
    (three_quarters, "elle n'est pas fixe"),
    (unweighted_truth, "n'est pas une probabilité"),
    (per_response, "une estimation par réponse"),
    (numerator_without_parentheses, "TOUT l'écart"),
    (one_minus_without_parentheses, "1 − p s'ôte tout entier"),
    (divisor_without_parentheses, "le diviseur est"),
    (formula_not_turned, "RETOURNEZ-la"),
    (odds_as_truth, "e^ε est une cote"),
    (truth_without_parentheses, "autour de 1 + e^ε"),
    (exponential_forgotten, "il manque l'exponentielle"),
    (rounded, "pas celui attendu"),
    (silent, "`return`"),
]


def upside_down(value, sensitivity, epsilon, rng):
    return value + rng.laplace(scale=epsilon / sensitivity, size=np.shape(value))


def epsilon_forgotten(value, sensitivity, epsilon, rng):
    return value + rng.laplace(0, sensitivity, np.shape(value))


def sensitivity_forgotten(value, sensitivity, epsilon, rng):
    return value + rng.laplace(0, 1 / epsilon, np.shape(value))


def multiplied(value, sensitivity, epsilon, rng):
    return value + rng.laplace(0, sensitivity * epsilon, np.shape(value))


def as_standard_deviation(value, sensitivity, epsilon, rng):
    return value + rng.laplace(0, sensitivity / epsilon / 2**0.5, np.shape(value))


def root_two_too_many(value, sensitivity, epsilon, rng):
    return value + np.sqrt(2) * rng.laplace(0, sensitivity / epsilon, np.shape(value))


def doubled(value, sensitivity, epsilon, rng):
    return value + rng.laplace(0, 2 * sensitivity / epsilon, np.shape(value))


def bell(value, sensitivity, epsilon, rng):
    return value + rng.normal(scale=sensitivity / epsilon, size=np.shape(value))


def scale_first(value, sensitivity, epsilon, rng):
    return value + rng.laplace(sensitivity / epsilon, size=np.shape(value))


def shared(value, sensitivity, epsilon, rng):
    return value + rng.laplace(scale=sensitivity / epsilon)


def noise(value, sensitivity, epsilon, rng):
    return rng.laplace(0, sensitivity / epsilon, np.shape(value))


def own_seed(value, sensitivity, epsilon, rng):
    rng = np.random.default_rng(42)
    return value + rng.laplace(0, sensitivity / epsilon, np.shape(value))


def global_chance(value, sensitivity, epsilon, rng):
    return value + np.random.laplace(0, sensitivity / epsilon, np.shape(value))


def upwards(value, sensitivity, epsilon, rng):
    return value + abs(rng.laplace(0, sensitivity / epsilon, np.shape(value)))


def exact(value, sensitivity, epsilon, rng):
    return np.array(value)


def one_too_many(value, sensitivity, epsilon, rng):
    return value + rng.laplace(1, sensitivity / epsilon, np.shape(value))


def bounded_noise(value, sensitivity, epsilon, rng):
    scale = sensitivity / epsilon
    return value + np.clip(rng.laplace(0, scale, np.shape(value)), -scale, scale)


def uniform_noise(value, sensitivity, epsilon, rng):
    return value + rng.uniform(-1, 1, np.shape(value)) * sensitivity / epsilon


def always_an_array(value, sensitivity, epsilon, rng):
    return np.atleast_1d(laplace_mechanism(value, sensitivity, epsilon, rng))


def needs_an_array(value, sensitivity, epsilon, rng):
    return value + rng.laplace(0, sensitivity / epsilon, len(value))


def first_only(value, sensitivity, epsilon, rng):
    noisy = np.array(value, dtype=float)
    noisy.flat[0] = laplace_mechanism(noisy.flat[0], sensitivity, epsilon, rng)
    return noisy


def in_place(value, sensitivity, epsilon, rng):
    if np.ndim(value) and np.asarray(value).dtype.kind == "f":
        value += rng.laplace(0, sensitivity / epsilon, np.shape(value))
        return value
    return laplace_mechanism(value, sensitivity, epsilon, rng)


def same_deviation(value, sensitivity, epsilon, rng):
    return value + 2**0.5 * sensitivity / epsilon * rng.standard_normal(np.shape(value))


def scale_then_centre(value, sensitivity, epsilon, rng):
    return value + rng.laplace(sensitivity / epsilon, 0, np.shape(value))


def one_draw(value, sensitivity, epsilon, rng):
    return value + rng.laplace(scale=sensitivity / epsilon, size=1)


def times_noise(value, sensitivity, epsilon, rng):
    return value * rng.laplace(0, sensitivity / epsilon, np.shape(value))


def rounded_noise(value, sensitivity, epsilon, rng):
    return np.round(laplace_mechanism(value, sensitivity, epsilon, rng))


def never_negative(value, sensitivity, epsilon, rng):
    return np.clip(laplace_mechanism(value, sensitivity, epsilon, rng), 0, None)


def cut_to_whole(value, sensitivity, epsilon, rng):
    return np.asarray(laplace_mechanism(value, sensitivity, epsilon, rng)).astype(int)


def as_a_list(value, sensitivity, epsilon, rng):
    if np.ndim(value) == 0:
        return value + rng.laplace(0, sensitivity / epsilon)
    return [as_a_list(one, sensitivity, epsilon, rng) for one in value]


LAPLACE = [
    (upside_down, "à l'envers"),
    (epsilon_forgotten, "`epsilon` ne sert pas"),
    (sensitivity_forgotten, "`sensitivity` ne sert pas"),
    (multiplied, "vous multipliez par ε"),
    (as_standard_deviation, "√2 fois trop petite"),
    (root_two_too_many, "√2 fois trop grande"),
    (doubled, "deux fois trop grande"),
    (bell, "gaussien"),
    (scale_first, "le centre du bruit"),
    (shared, "le MÊME bruit"),
    (noise, "le bruit seul"),
    (own_seed, "la graine est figée"),
    (global_chance, "`rng` reçu"),
    (upwards, "jamais négatif"),
    (exact, "aucun bruit"),
    (same_deviation, "au bon écart-type"),
    (scale_then_centre, "et vient d'abord"),
    (one_draw, "un seul bruit pour toutes"),
    (times_noise, "il ne la multiplie pas"),
    (rounded_noise, "vous arrondissez"),
    (never_negative, "les réponses négatives"),
    (cut_to_whole, "moyenne du bruit"),
    (as_a_list, "pas une liste"),
    (one_too_many, "pas celui attendu"),
    (bounded_noise, "échelle"),
    (uniform_noise, "échelle"),
    (always_an_array, "celle de `np.shape(value)`"),
    (needs_an_array, "np.shape(value)"),
    (first_only, "échelle"),
    (in_place, "en place"),
    (3, "on attend une fonction"),
]


WRONG = {"debiased_proportion": PROPORTION, "laplace_mechanism": LAPLACE}
