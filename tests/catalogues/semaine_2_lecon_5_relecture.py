"""Leçon 5 de la semaine 2 : les essais d'une première lecture, chacun avec le message qui doit l'aider."""

import numpy as np

from common.privacy.dp_sgd import clip_gradients


def threshold_from_the_end(scores_others, fpr):
    return sorted(scores_others)[-int(len(scores_others) * fpr)]


def threshold_rank(scores_others, fpr):
    return np.argsort(scores_others)[::-1][int(len(scores_others) * fpr)]


def threshold_reversed_sort(scores_others, fpr):
    return np.sort(scores_others, reverse=True)[int(len(scores_others) * fpr)]


def threshold_from_the_bottom(scores_others, fpr):
    return np.sort(scores_others)[int((1 - fpr) * len(scores_others))]


def row_norms(per_example):
    return np.linalg.norm(per_example, axis=1, keepdims=True)


def clip_always(per_example, max_grad_norm):
    return per_example * (max_grad_norm / row_norms(per_example))


def clip_zero_by_its_norm(per_example, max_grad_norm):
    return np.minimum(row_norms(per_example), max_grad_norm) * (per_example / row_norms(per_example))


def clip_by_minimum(per_example, max_grad_norm):
    return per_example / np.minimum(1, row_norms(per_example) / max_grad_norm)


def clip_by_multiplying(per_example, max_grad_norm):
    return per_example * np.maximum(1, row_norms(per_example) / max_grad_norm)


def clip_bound_outside(per_example, max_grad_norm):
    return max_grad_norm * per_example / np.maximum(row_norms(per_example), 1)


def clip_by_largest_of_both(per_example, max_grad_norm):
    return per_example / np.maximum(max_grad_norm, row_norms(per_example))


def clip_with_python_max(per_example, max_grad_norm):
    return per_example / max(1, row_norms(per_example) / max_grad_norm)


def clip_with_if(per_example, max_grad_norm):
    return per_example if row_norms(per_example) < max_grad_norm else per_example / row_norms(per_example)


def clip_keeping_long_ones(per_example, max_grad_norm):
    kept = []
    for row in per_example:
        norm = np.linalg.norm(row)
        if norm > max_grad_norm:
            kept.append(row / norm * max_grad_norm)
    return np.array(kept)


def clip_as_list(per_example, max_grad_norm):
    return list(clip_gradients(per_example, max_grad_norm))


def step_dividing_only_noise(per_example, max_grad_norm, noise_multiplier, expected_batch_size, rng):
    total = clip_gradients(per_example, max_grad_norm).sum(axis=0)
    return total + rng.normal(0, noise_multiplier * max_grad_norm, per_example.shape[1]) / expected_batch_size


def step_of_the_mean(per_example, max_grad_norm, noise_multiplier, expected_batch_size, rng):
    noise = rng.normal(0, noise_multiplier * max_grad_norm, per_example.shape[1])
    return np.mean(clip_gradients(per_example, max_grad_norm), axis=0) + noise / expected_batch_size


def step_divided_twice(per_example, max_grad_norm, noise_multiplier, expected_batch_size, rng):
    noise = rng.normal(0, noise_multiplier * max_grad_norm, per_example.shape[1])
    return (np.mean(clip_gradients(per_example, max_grad_norm), axis=0) + noise) / expected_batch_size


def step_without_axis(per_example, max_grad_norm, noise_multiplier, expected_batch_size, rng):
    noise = rng.normal(0, noise_multiplier * max_grad_norm, per_example.shape[1])
    return (clip_gradients(per_example, max_grad_norm).sum() + noise) / expected_batch_size


def step_with_shifted_noise(per_example, max_grad_norm, noise_multiplier, expected_batch_size, rng):
    noise = rng.normal(noise_multiplier * max_grad_norm, size=per_example.shape[1])
    return (clip_gradients(per_example, max_grad_norm).sum(axis=0) + noise) / expected_batch_size


def step_calling_the_generator(per_example, max_grad_norm, noise_multiplier, expected_batch_size, rng):
    return rng(0, noise_multiplier * max_grad_norm, per_example.shape[1])


def step_clipping_without_bound(per_example, max_grad_norm, noise_multiplier, expected_batch_size, rng):
    return clip_gradients(per_example).sum(axis=0) / expected_batch_size


def step_with_noise_per_row(per_example, max_grad_norm, noise_multiplier, expected_batch_size, rng):
    total = clip_gradients(per_example, max_grad_norm).sum(axis=0)
    return (total + rng.normal(0, noise_multiplier * max_grad_norm, len(per_example))) / expected_batch_size


def sample_of_int_size(n, sample_rate, rng):
    return rng.choice(n, int(n * sample_rate), replace=False)


def sample_column(n, sample_rate, rng):
    return np.argwhere(rng.random(n) < sample_rate)


def sample_size_first(n, sample_rate, rng):
    return np.sort(rng.choice(n, rng.binomial(n, sample_rate), replace=False))


def sample_from_numpy(n, sample_rate, rng):
    return np.flatnonzero(np.random.rand(n) < sample_rate)


def sample_without_calling(n, sample_rate, rng):
    return np.flatnonzero(rng.random < sample_rate)


def trained_rounds(frame):
    return frame[frame["split"] == "train"].groupby("center")["round"].nunique()


def budget_reported(frame, settings, delta):
    return frame[frame["metric"] == "epsilon"].groupby("center")["value"].max()


def budget_reported_added(frame, settings, delta):
    return frame[frame["metric"] == "epsilon"].groupby("center")["value"].sum().to_dict()


def budget_of_the_series(frame, settings, delta):
    return settings.epsilon(delta, runs=trained_rounds(frame))


def budget_without_items(frame, settings, delta):
    return {name: settings.epsilon(delta, runs=count) for name, count in trained_rounds(frame)}


def budget_of_unknown_column(frame, settings, delta):
    return frame[frame["Split"] == "train"]


WRONG = {
    "threshold_at_fpr": [
        (threshold_from_the_end, "bout opposé"),
        (threshold_rank, "`np.argsort`"),
        (threshold_reversed_sort, "`[::-1]`"),
        (threshold_from_the_bottom, "ce rang n'existe pas"),
    ],
    "clip_gradients": [
        (clip_always, "le nul donne NaN"),
        (clip_zero_by_its_norm, "divisé par sa norme"),
        (clip_by_minimum, "`np.minimum` ne touche"),
        (clip_by_multiplying, "MULTIPLIEZ"),
        (clip_bound_outside, "hors du `maximum`"),
        (clip_by_largest_of_both, "multiplication par la borne"),
        (clip_with_python_max, "prenez `np.maximum`"),
        (clip_with_if, "prenez `np.maximum`"),
        (clip_keeping_long_ones, "les gradients courts ont disparu"),
        (clip_as_list, "`np.array`"),
    ],
    "private_gradient": [
        (step_dividing_only_noise, "seul le bruit est divisé"),
        (step_of_the_mean, "`mean` divise par la vraie taille"),
        (step_divided_twice, "deux fois"),
        (step_without_axis, "les paramètres entre eux"),
        (step_with_shifted_noise, "est la moyenne"),
        (step_calling_the_generator, "`rng.normal(…)`"),
        (step_clipping_without_bound, "donnez-lui aussi la borne"),
        (step_with_noise_per_row, "`per_example.shape[1]`"),
    ],
    "poisson_sample": [
        (sample_of_int_size, "rien n'est rangé"),
        (sample_column, "une colonne"),
        (sample_size_first, "taille puis membres"),
        (sample_from_numpy, "vous tirez de `np.random`"),
        (sample_without_calling, "parenthèses"),
    ],
    "epsilon_by_center": [
        (budget_reported, "vous relisez la mesure"),
        (budget_reported_added, "ε annoncés"),
        (budget_of_the_series, "attend un nombre"),
        (budget_without_items, "`.items()`"),
        (budget_of_unknown_column, "aucune colonne"),
    ],
}
