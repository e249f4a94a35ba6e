"""Leçon 5 : les mauvaises réponses qu'un message attend, chacune écrite comme l'apprenant l'écrirait."""

from collections.abc import Callable

import numpy as np

from common.attacks import threshold_at_fpr
from common.privacy.dp_sgd import clip_gradients, private_gradient


def threshold_at(rank: Callable[[int, float], int]) -> Callable:
    """Fabrique un seuil pris à un autre rang, `rank(n, fpr)`, des scores décroissants."""

    def wrong(scores_others, fpr):
        return np.sort(scores_others)[::-1][rank(len(scores_others), fpr)]

    return wrong


def lowest_first(scores_others, fpr):
    return np.sort(scores_others)[int(len(scores_others) * fpr)]


def unsorted(scores_others, fpr):
    return scores_others[int(len(scores_others) * fpr)]


def quantile(scores_others, fpr):
    return np.quantile(scores_others, 1 - fpr)


def without_ties(scores_others, fpr):
    return threshold_at_fpr(np.unique(scores_others), fpr)


def number_allowed(scores_others, fpr):
    return int(len(scores_others) * fpr)


def highest(scores_others, fpr):
    return np.max(scores_others)


def one_percent(scores_others, fpr):
    return threshold_at_fpr(scores_others, 0.01)


def from_the_end(scores_others, fpr):
    return np.sort(scores_others)[-int(len(scores_others) * fpr)]


def ranks(scores_others, fpr):
    return np.argsort(scores_others)[::-1][int(len(scores_others) * fpr)]


def row_norms(per_example):
    return np.linalg.norm(per_example, axis=1, keepdims=True)


def shortened(per_example, norms, bound):
    """Ramène à `bound` les gradients dont la « norme », juste ou non, la dépasse."""
    return per_example / np.maximum(1, norms / bound)


def normalised(per_example, max_grad_norm):
    return per_example * max_grad_norm / np.maximum(row_norms(per_example), 1e-12)


def scaled(choose: Callable) -> Callable:
    """Fabrique un gradient multiplié par `choose(1, borne / norme)`."""

    def wrong(per_example, max_grad_norm):
        return per_example * choose(1, max_grad_norm / np.maximum(row_norms(per_example), 1e-12))

    return wrong


def by_coordinate(per_example, max_grad_norm):
    return np.clip(per_example, -max_grad_norm, max_grad_norm)


def whole_norm(per_example, max_grad_norm):
    return shortened(per_example, np.linalg.norm(per_example), max_grad_norm)


def column_norms(per_example, max_grad_norm):
    return shortened(per_example, np.linalg.norm(per_example, axis=0), max_grad_norm)


def norm_of_order(order: float) -> Callable:
    """Fabrique un écrêtage dans une autre norme."""

    def wrong(per_example, max_grad_norm):
        return shortened(per_example, np.linalg.norm(per_example, order, axis=1, keepdims=True), max_grad_norm)

    return wrong


def squared_norm(per_example, max_grad_norm):
    return shortened(per_example, row_norms(per_example) ** 2, max_grad_norm)


def clipped_to_one(per_example, max_grad_norm):
    return clip_gradients(per_example, 1.0)


def zeroed(per_example, max_grad_norm):
    return np.where(row_norms(per_example) > max_grad_norm, 0, per_example)


def dropped(per_example, max_grad_norm):
    return per_example[row_norms(per_example)[:, 0] <= max_grad_norm]


def unit_length(per_example, max_grad_norm):
    norms = row_norms(per_example)
    return np.where(norms > max_grad_norm, per_example / np.maximum(norms, 1e-12), per_example)


def summed(per_example, max_grad_norm):
    return clip_gradients(per_example, max_grad_norm).sum(axis=0)


def untouched_gradients(per_example, max_grad_norm):
    return per_example


def only_long(per_example, max_grad_norm):
    return np.array([g * max_grad_norm / np.linalg.norm(g) for g in per_example if np.linalg.norm(g) > max_grad_norm])


def lengthened(per_example, max_grad_norm):
    return per_example * np.maximum(1, row_norms(per_example) / max_grad_norm)


def bound_outside(per_example, max_grad_norm):
    return per_example * max_grad_norm / np.maximum(1, row_norms(per_example))


def bound_forgotten(per_example, max_grad_norm):
    return per_example / np.maximum(max_grad_norm, row_norms(per_example))


def always_divided(per_example, max_grad_norm):
    return per_example / (row_norms(per_example) / max_grad_norm)


def zero_over_zero(per_example, max_grad_norm):
    norms = row_norms(per_example)
    return per_example / norms * np.minimum(norms, max_grad_norm)


def least_ratio(per_example, max_grad_norm):
    return per_example / np.minimum(1, row_norms(per_example) / max_grad_norm)


def noisy(total, scale, expected_batch_size, rng):
    """Termine comme il faut : bruite une somme, puis divise."""
    return (total + rng.normal(0, scale, size=total.shape)) / expected_batch_size


def noise_without_clipping(per_example, max_grad_norm, noise_multiplier, expected_batch_size, rng):
    return noisy(per_example.sum(axis=0), noise_multiplier * max_grad_norm, expected_batch_size, rng)


def clipped_sum(per_example, max_grad_norm, noise_multiplier, expected_batch_size, rng):
    total = clip_gradients(per_example.sum(axis=0)[None], max_grad_norm)[0]
    return noisy(total, noise_multiplier * max_grad_norm, expected_batch_size, rng)


def clipped_twice(per_example, max_grad_norm, noise_multiplier, expected_batch_size, rng):
    short = clip_gradients(per_example, max_grad_norm)
    return clipped_sum(short, max_grad_norm, noise_multiplier, expected_batch_size, rng)


def without_noise(per_example, max_grad_norm, noise_multiplier, expected_batch_size, rng):
    return clip_gradients(per_example, max_grad_norm).sum(axis=0) / expected_batch_size


def noise_of(scale: Callable[[float, float], float]) -> Callable:
    """Fabrique un gradient dont l'écart-type du bruit est `scale(noise_multiplier, max_grad_norm)`."""

    def wrong(per_example, max_grad_norm, noise_multiplier, expected_batch_size, rng):
        total = clip_gradients(per_example, max_grad_norm).sum(axis=0)
        return noisy(total, scale(noise_multiplier, max_grad_norm), expected_batch_size, rng)

    return wrong


def one_draw(per_example, max_grad_norm, noise_multiplier, expected_batch_size, rng):
    total = clip_gradients(per_example, max_grad_norm).sum(axis=0)
    return (total + rng.normal(0, noise_multiplier * max_grad_norm)) / expected_batch_size


def noise_per_example(per_example, max_grad_norm, noise_multiplier, expected_batch_size, rng):
    noise = rng.normal(0, noise_multiplier * max_grad_norm, size=per_example.shape)
    return (clip_gradients(per_example, max_grad_norm) + noise).sum(axis=0) / expected_batch_size


def noise_first(per_example, max_grad_norm, noise_multiplier, expected_batch_size, rng):
    noise = rng.normal(0, noise_multiplier * max_grad_norm, size=per_example.shape[1])
    return clip_gradients(per_example + noise, max_grad_norm).sum(axis=0) / expected_batch_size


def noise_after_division(per_example, max_grad_norm, noise_multiplier, expected_batch_size, rng):
    mean = without_noise(per_example, max_grad_norm, noise_multiplier, expected_batch_size, rng)
    return mean + rng.normal(0, noise_multiplier * max_grad_norm, size=mean.shape)


def divided_by_true_size(per_example, max_grad_norm, noise_multiplier, expected_batch_size, rng):
    return private_gradient(per_example, max_grad_norm, noise_multiplier, max(len(per_example), 1), rng)


def not_divided(per_example, max_grad_norm, noise_multiplier, expected_batch_size, rng):
    return private_gradient(per_example, max_grad_norm, noise_multiplier, 1, rng)


def multiplied(per_example, max_grad_norm, noise_multiplier, expected_batch_size, rng):
    return private_gradient(per_example, max_grad_norm, noise_multiplier, 1 / expected_batch_size, rng)


def only_noise_divided(per_example, max_grad_norm, noise_multiplier, expected_batch_size, rng):
    total = clip_gradients(per_example, max_grad_norm).sum(axis=0)
    return total + rng.normal(0, noise_multiplier * max_grad_norm, size=len(total)) / expected_batch_size


def averaged(per_example, max_grad_norm, noise_multiplier, expected_batch_size, rng):
    mean = clip_gradients(per_example, max_grad_norm).mean(axis=0)
    return mean + rng.normal(0, noise_multiplier * max_grad_norm, size=len(mean)) / expected_batch_size


def divided_twice(per_example, max_grad_norm, noise_multiplier, expected_batch_size, rng):
    mean = clip_gradients(per_example, max_grad_norm).mean(axis=0)
    return noisy(mean, noise_multiplier * max_grad_norm, expected_batch_size, rng)


def one_total(per_example, max_grad_norm, noise_multiplier, expected_batch_size, rng):
    total = np.full(per_example.shape[1], clip_gradients(per_example, max_grad_norm).sum())
    return noisy(total, noise_multiplier * max_grad_norm, expected_batch_size, rng)


def shifted_noise(per_example, max_grad_norm, noise_multiplier, expected_batch_size, rng):
    total = clip_gradients(per_example, max_grad_norm).sum(axis=0)
    return (total + rng.normal(noise_multiplier * max_grad_norm, size=len(total))) / expected_batch_size


def own_generator(per_example, max_grad_norm, noise_multiplier, expected_batch_size, rng):
    rng = np.random.default_rng(0)
    return private_gradient(per_example, max_grad_norm, noise_multiplier, expected_batch_size, rng)


def other_noise(draw: Callable) -> Callable:
    """Fabrique un gradient dont le bruit est `draw(rng, échelle, forme)`."""

    def wrong(per_example, max_grad_norm, noise_multiplier, expected_batch_size, rng):
        total = clip_gradients(per_example, max_grad_norm).sum(axis=0)
        return (total + draw(rng, noise_multiplier * max_grad_norm, total.shape)) / expected_batch_size

    return wrong


laplace_noise = other_noise(lambda rng, scale, shape: rng.laplace(0, scale, size=shape))
uniform_noise = other_noise(lambda rng, scale, shape: rng.uniform(-scale, scale, size=shape))
subtracted = other_noise(lambda rng, scale, shape: -rng.normal(0, scale, size=shape))
global_noise = other_noise(lambda rng, scale, shape: np.random.normal(0, scale, size=shape))
