"""Leçon 5 de la semaine 2 : ce que les contrôles doivent refuser, et avec quel message."""

import numpy as np

from common.attacks import threshold_at_fpr
from common.privacy.dp_sgd import clip_gradients, private_gradient


def down(scores):
    return np.sort(scores)[::-1]


def threshold_one_above(scores_others, fpr):
    return down(scores_others)[max(int(len(scores_others) * fpr) - 1, 0)]


def threshold_one_below(scores_others, fpr):
    n = len(scores_others)
    return down(scores_others)[min(int(n * fpr) + 1, n - 1)]


def threshold_last_without_alarm(scores_others, fpr):
    return down(scores_others)[int(len(scores_others) * fpr) - 1]


def threshold_rounded(scores_others, fpr):
    return down(scores_others)[min(round(len(scores_others) * fpr), len(scores_others) - 1)]


def threshold_ceiled(scores_others, fpr):
    return down(scores_others)[min(int(np.ceil(len(scores_others) * fpr)), len(scores_others) - 1)]


def threshold_ascending(scores_others, fpr):
    return sorted(scores_others)[int(len(scores_others) * fpr)]


def threshold_unsorted(scores_others, fpr):
    return scores_others[int(len(scores_others) * fpr)]


def threshold_by_quantile(scores_others, fpr):
    return float(np.quantile(scores_others, 1 - fpr))


def threshold_of_distinct(scores_others, fpr):
    scores = np.unique(scores_others)[::-1]
    return scores[int(len(scores) * fpr)]


def threshold_count(scores_others, fpr):
    return int(fpr * len(scores_others))


def threshold_max(scores_others, fpr):
    return max(scores_others)


def threshold_fixed(scores_others, fpr):
    return down(scores_others)[int(len(scores_others) * 0.01)]


def threshold_percent(scores_others, fpr):
    return down(scores_others)[int(len(scores_others) * fpr / 100)]


def threshold_sorted_in_place(scores_others, fpr):
    scores_others.sort()
    return scores_others[::-1][int(len(scores_others) * fpr)]


def threshold_float_rank(scores_others, fpr):
    return down(scores_others)[len(scores_others) * fpr]


def threshold_silent(scores_others, fpr):
    threshold_at_fpr(scores_others, fpr)


def threshold_slice(scores_others, fpr):
    return down(scores_others)[int(len(scores_others) * fpr) :]


def threshold_opposite(scores_others, fpr):
    return -threshold_at_fpr(scores_others, fpr)


def threshold_for_a_thousand(scores_others, fpr):
    return down(scores_others)[int(1000 * fpr)]


THRESHOLD = [
    (threshold_one_above, "une place trop haut"),
    (threshold_one_below, "une place trop bas"),
    (threshold_last_without_alarm, "bout opposé"),
    (threshold_rounded, "`round`"),
    (threshold_ceiled, "vers le haut"),
    (threshold_ascending, "du plus petit au plus grand"),
    (threshold_unsorted, "ne sont pas rangés"),
    (threshold_by_quantile, "interpole"),
    (threshold_of_distinct, "égalités"),
    (threshold_count, "le NOMBRE"),
    (threshold_max, "plus grand score"),
    (threshold_fixed, "toujours 1 %"),
    (threshold_percent, "plus grand score"),
    (threshold_sorted_in_place, "en place"),
    (threshold_float_rank, "`int(…)`"),
    (threshold_silent, "`return`"),
    (threshold_slice, "forme"),
    (threshold_opposite, "le signe est inversé"),
    (threshold_for_a_thousand, "ce rang n'existe pas"),
    (0.5, "on attend une fonction"),
]


def norms_of(per_example):
    return np.linalg.norm(per_example, axis=1, keepdims=True)


def safe(norms):
    return np.where(norms == 0, 1, norms)


def clip_all_to_the_bound(per_example, max_grad_norm):
    return per_example / safe(norms_of(per_example)) * max_grad_norm


def clip_coordinates(per_example, max_grad_norm):
    return np.maximum(-max_grad_norm, np.minimum(max_grad_norm, per_example))


def clip_whole_batch(per_example, max_grad_norm):
    return per_example * min(1, max_grad_norm / max(np.sqrt((per_example**2).sum()), 1e-9))


def clip_columns(per_example, max_grad_norm):
    return per_example / np.maximum(1, np.linalg.norm(per_example, axis=0, keepdims=True) / max_grad_norm)


def clip_in_l1(per_example, max_grad_norm):
    norms = np.abs(per_example).sum(axis=1, keepdims=True)
    return per_example * np.minimum(1, max_grad_norm / safe(norms))


def clip_by_largest(per_example, max_grad_norm):
    norms = np.abs(per_example).max(axis=1, keepdims=True, initial=0)
    return per_example * np.minimum(1, max_grad_norm / safe(norms))


def clip_squared(per_example, max_grad_norm):
    norms = (per_example**2).sum(axis=1, keepdims=True)
    return per_example * np.minimum(1, max_grad_norm / safe(norms))


def clip_to_one(per_example, max_grad_norm):
    return per_example / np.maximum(1, norms_of(per_example))


def clip_long_to_length_one(per_example, max_grad_norm):
    norms = norms_of(per_example)
    return np.where(norms > max_grad_norm, per_example / safe(norms), per_example)


def clip_by_zeroing(per_example, max_grad_norm):
    return per_example * (norms_of(per_example) <= max_grad_norm)


def clip_by_dropping(per_example, max_grad_norm):
    return per_example[np.linalg.norm(per_example, axis=1) <= max_grad_norm]


def clip_and_sum(per_example, max_grad_norm):
    return clip_gradients(per_example, max_grad_norm).sum(0)


def clip_and_average(per_example, max_grad_norm):
    return clip_gradients(per_example, max_grad_norm).mean(0)


def clip_nothing(per_example, max_grad_norm):
    return per_example.copy()


def clip_the_short_ones(per_example, max_grad_norm):
    return per_example * np.maximum(1, max_grad_norm / np.maximum(norms_of(per_example), 1e-12))


def clip_in_place(per_example, max_grad_norm):
    for row in per_example:
        norm = np.linalg.norm(row)
        if norm > max_grad_norm:
            row *= max_grad_norm / norm
    return per_example


def clip_without_keepdims(per_example, max_grad_norm):
    return per_example / np.maximum(1, np.linalg.norm(per_example, axis=1) / max_grad_norm)


def clip_dividing_by_zero(per_example, max_grad_norm):
    norms = norms_of(per_example)
    return per_example / norms * np.minimum(norms, max_grad_norm)


def clip_with_a_margin(per_example, max_grad_norm):
    return per_example * np.minimum(1, max_grad_norm / (norms_of(per_example) + 1e-3))


def clip_first_only(per_example, max_grad_norm):
    result = per_example.copy()
    result[:2] = clip_gradients(per_example[:2], max_grad_norm)
    return result


def clip_only_the_norms(per_example, max_grad_norm):
    return np.minimum(norms_of(per_example), max_grad_norm)


CLIP = [
    (clip_all_to_the_bound, "ALLONGÉS"),
    (clip_coordinates, "chaque coordonnée"),
    (clip_whole_batch, "tout le lot"),
    (clip_columns, "colonnes"),
    (clip_in_l1, "norme L1"),
    (clip_by_largest, "plus grande coordonnée"),
    (clip_squared, "manque la racine"),
    (clip_to_one, "pas toujours 1"),
    (clip_long_to_length_one, "longueur 1"),
    (clip_by_zeroing, "mis à zéro"),
    (clip_by_dropping, "ont disparu"),
    (clip_and_sum, "PAR exemple"),
    (clip_and_average, "forme"),
    (clip_nothing, "rien n'est raccourci"),
    (clip_the_short_ones, "c'est l'inverse"),
    (clip_in_place, "en place"),
    (clip_without_keepdims, "`axis=1, keepdims=True`"),
    (clip_dividing_by_zero, "NaN"),
    (clip_with_a_margin, "pas celui attendu"),
    (clip_first_only, "pas celui attendu"),
    (clip_only_the_norms, "forme"),
]


def gradient_of(clip, noise, divide):
    """Fabrique un pas dont on change l'écrêtage `clip(g, C)`, le bruit `noise(rng, σ, C, d)` ou la division."""

    def answer(per_example, max_grad_norm, noise_multiplier, expected_batch_size, rng):
        total = clip(per_example, max_grad_norm).sum(axis=0)
        total = total + noise(rng, noise_multiplier, max_grad_norm, len(total))
        return divide(total, expected_batch_size, len(per_example))

    return answer


def gaussian(rng, sigma, bound, d):
    return sigma * bound * rng.normal(size=d)


def expected(total, batch, n):
    return total / batch


def step_with(clip=clip_gradients, noise=gaussian, divide=expected):
    return gradient_of(clip, noise, divide)


def step_noising_each(per_example, max_grad_norm, noise_multiplier, expected_batch_size, rng):
    total = 0
    for row in clip_gradients(per_example, max_grad_norm):
        total = total + row + rng.normal(0, noise_multiplier * max_grad_norm, size=len(row))
    return total / expected_batch_size if len(per_example) else np.zeros(per_example.shape[1])


def step_clipping_after(per_example, max_grad_norm, noise_multiplier, expected_batch_size, rng):
    total = per_example.sum(axis=0)
    short = total / max(1, np.linalg.norm(total) / max_grad_norm)
    return (short + rng.normal(0, noise_multiplier * max_grad_norm, size=len(short))) / expected_batch_size


def step_clipping_again(per_example, max_grad_norm, noise_multiplier, expected_batch_size, rng):
    total = clip_gradients(per_example, max_grad_norm).sum(axis=0)
    total = total / max(1, np.linalg.norm(total) / max_grad_norm)
    return (total + rng.normal(0, noise_multiplier * max_grad_norm, size=len(total))) / expected_batch_size


def step_noising_first(per_example, max_grad_norm, noise_multiplier, expected_batch_size, rng):
    noise = rng.normal(0, noise_multiplier * max_grad_norm, size=per_example.shape[1])
    return clip_gradients(per_example + noise, max_grad_norm).sum(axis=0) / expected_batch_size


def step_noising_the_mean(per_example, max_grad_norm, noise_multiplier, expected_batch_size, rng):
    mean = clip_gradients(per_example, max_grad_norm).sum(axis=0) / expected_batch_size
    return mean + rng.normal(0, noise_multiplier * max_grad_norm, size=len(mean))


def step_with_own_rng(per_example, max_grad_norm, noise_multiplier, expected_batch_size, rng):
    return private_gradient(per_example, max_grad_norm, noise_multiplier, expected_batch_size, np.random.default_rng(0))


def step_with_global_noise(per_example, max_grad_norm, noise_multiplier, expected_batch_size, rng):
    total = clip_gradients(per_example, max_grad_norm).sum(axis=0)
    return (total + np.random.normal(0, noise_multiplier * max_grad_norm, total.shape)) / expected_batch_size


def step_silent(per_example, max_grad_norm, noise_multiplier, expected_batch_size, rng):
    private_gradient(per_example, max_grad_norm, noise_multiplier, expected_batch_size, rng)


def step_in_place(per_example, max_grad_norm, noise_multiplier, expected_batch_size, rng):
    per_example[:] = clip_gradients(per_example, max_grad_norm)
    return private_gradient(per_example, max_grad_norm, noise_multiplier, expected_batch_size, rng)


def step_with_ten_parameters(per_example, max_grad_norm, noise_multiplier, expected_batch_size, rng):
    total = clip_gradients(per_example, max_grad_norm).sum(axis=0)
    return (total + rng.normal(0, noise_multiplier * max_grad_norm, size=10)) / expected_batch_size


def step_per_example(per_example, max_grad_norm, noise_multiplier, expected_batch_size, rng):
    short = clip_gradients(per_example, max_grad_norm)
    return (short + rng.normal(0, noise_multiplier * max_grad_norm, size=short.shape[1])) / expected_batch_size


STEP = [
    (step_with(clip=lambda g, bound: g), "sans borne"),
    (step_clipping_after, "la SOMME"),
    (step_clipping_again, "seconde fois"),
    (step_with(noise=lambda rng, sigma, bound, d: 0), "pas de bruit"),
    (step_with(noise=lambda rng, sigma, bound, d: sigma * rng.normal(size=d)), "oublie la borne"),
    (step_with(noise=lambda rng, sigma, bound, d: bound * rng.normal(size=d)), "oublie `noise_multiplier`"),
    (step_with(noise=lambda rng, sigma, bound, d: (sigma * bound) ** 2 * rng.normal(size=d)), "la variance"),
    (step_with(noise=lambda rng, sigma, bound, d: sigma / bound * rng.normal(size=d)), "divisé par la borne"),
    (step_with(noise=lambda rng, sigma, bound, d: sigma * bound * rng.normal()), "le MÊME bruit"),
    (step_with(noise=lambda rng, sigma, bound, d: rng.laplace(0, sigma * bound, d)), "de Laplace"),
    (step_with(noise=lambda rng, sigma, bound, d: rng.uniform(-sigma * bound, sigma * bound, d)), "uniforme"),
    (step_with(noise=lambda rng, sigma, bound, d: -gaussian(rng, sigma, bound, d)), "soustrait"),
    (step_with(noise=lambda rng, sigma, bound, d: np.sqrt(2) * gaussian(rng, sigma, bound, d)), "pas celui attendu"),
    (step_with(clip=lambda g, bound: clip_gradients(g, 1.0)), "pas celui attendu"),
    (step_with(clip=clip_all_to_the_bound), "pas celui attendu"),
    (step_with(divide=lambda total, batch, n: total / max(n, 1)), "vraie taille"),
    (step_with(divide=lambda total, batch, n: total), "division manque"),
    (step_with(divide=lambda total, batch, n: total * batch), "divisez."),
    (step_with(divide=lambda total, batch, n: total / batch**2), "pas celui attendu"),
    (step_noising_each, "chaque exemple reçoit un bruit"),
    (step_noising_first, "AVANT de raccourcir"),
    (step_noising_the_mean, "n'est pas divisé"),
    (step_with_own_rng, "`rng` ne sert pas"),
    (step_with_global_noise, "vous tirez de `np.random`"),
    (step_silent, "`return`"),
    (step_in_place, "en place"),
    (step_with_ten_parameters, "formes ne s'accordent pas"),
    (step_per_example, "forme"),
]

WRONG = {"threshold_at_fpr": THRESHOLD, "clip_gradients": CLIP, "private_gradient": STEP}
