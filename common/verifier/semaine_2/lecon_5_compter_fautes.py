"""Leçon 5, lots et compte d'ε : les mauvaises réponses qu'un message attend, écrites comme l'apprenant le ferait."""

import numpy as np

from common.privacy.dp_sgd import poisson_sample
from common.privacy.private_clients import epsilon_by_center


def fixed_size(n, sample_rate, rng):
    return np.sort(rng.choice(n, size=round(n * sample_rate), replace=False))


def fixed_size_unsorted(n, sample_rate, rng):
    return rng.choice(n, size=round(n * sample_rate), replace=False)


def shuffled_then_cut(n, sample_rate, rng):
    return rng.permutation(n)[: round(n * sample_rate)]


def with_replacement(n, sample_rate, rng):
    return np.sort(rng.choice(n, size=round(n * sample_rate)))


def first_ones(n, sample_rate, rng):
    return np.arange(round(n * sample_rate))


def mask(n, sample_rate, rng):
    return rng.random(n) < sample_rate


def where(n, sample_rate, rng):
    return np.where(rng.random(n) < sample_rate)


def column(n, sample_rate, rng):
    return np.argwhere(rng.random(n) < sample_rate)


def complement(n, sample_rate, rng):
    return np.flatnonzero(rng.random(n) > sample_rate)


def one_coin(n, sample_rate, rng):
    return np.flatnonzero(np.full(n, rng.random()) < sample_rate)


def drawn_numbers(n, sample_rate, rng):
    numbers = rng.random(n)
    return numbers[numbers < sample_rate]


def from_one(n, sample_rate, rng):
    return poisson_sample(n, sample_rate, rng) + 1


def even_coin(n, sample_rate, rng):
    return poisson_sample(n, 0.5, rng)


def fixed_seed(n, sample_rate, rng):
    return poisson_sample(n, sample_rate, np.random.default_rng(0))


def binomial(n, sample_rate, rng):
    return np.flatnonzero(rng.binomial(1, sample_rate, size=n))


def size_first(n, sample_rate, rng):
    return np.sort(rng.choice(n, size=rng.binomial(n, sample_rate), replace=False))


def global_sample(n, sample_rate, rng):
    return np.flatnonzero(np.random.random(n) < sample_rate)


def trained(frame):
    return frame[frame["split"] == "train"]


def rounds_of(frame):
    return frame.groupby("center")["round"].nunique()


def spent_in(counts, settings, delta):
    return {name: settings.epsilon(delta, runs=int(count)) for name, count in counts.items()}


def added(frame, settings, delta):
    return {name: count * settings.epsilon(delta) for name, count in rounds_of(trained(frame)).items()}


def one_round(frame, settings, delta):
    return dict.fromkeys(trained(frame)["center"], settings.epsilon(delta))


def all_rounds(frame, settings, delta):
    return dict.fromkeys(trained(frame)["center"], settings.epsilon(delta, runs=frame["round"].nunique()))


def last_round(frame, settings, delta):
    return spent_in(trained(frame).groupby("center")["round"].max(), settings, delta)


def rows_counted(frame, settings, delta):
    return spent_in(trained(frame).groupby("center").size(), settings, delta)


def with_evaluations(frame, settings, delta):
    return spent_in(rounds_of(frame), settings, delta)


def evaluations_only(frame, settings, delta):
    return spent_in(rounds_of(frame[frame["split"] == "test"]), settings, delta)


def announced(frame, settings, delta):
    return trained(frame).groupby("center")["value"].max().to_dict()


def announced_sum(frame, settings, delta):
    return trained(frame).groupby("center")["value"].sum().to_dict()


def announced_epsilon(frame, settings, delta):
    return frame[frame["metric"] == "epsilon"].groupby("center")["value"].max().to_dict()


def announced_epsilon_sum(frame, settings, delta):
    return frame[frame["metric"] == "epsilon"].groupby("center")["value"].sum().to_dict()


def square_root(frame, settings, delta):
    return {name: count**0.5 * settings.epsilon(delta) for name, count in rounds_of(trained(frame)).items()}


def single_number(frame, settings, delta):
    return max(epsilon_by_center(frame, settings, delta).values())


def rounds_only(frame, settings, delta):
    return rounds_of(trained(frame)).to_dict()
