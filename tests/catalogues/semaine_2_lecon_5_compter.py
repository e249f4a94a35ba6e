"""Leçon 5 de la semaine 2, tirer les lots et compter ε : ce qui doit être refusé ; et le juste écrit autrement."""

from dataclasses import replace

import numpy as np

from common.privacy.accounting import epsilon
from common.privacy.dp_sgd import clip_gradients, poisson_sample
from common.privacy.private_clients import epsilon_by_center


def sample_of_fixed_size(n, sample_rate, rng):
    return np.sort(rng.choice(n, round(n * sample_rate), replace=False))


def sample_shuffled(n, sample_rate, rng):
    return rng.permutation(n)[: round(sample_rate * n)]


def sample_with_replacement(n, sample_rate, rng):
    return np.sort(rng.integers(n, size=round(n * sample_rate)))


def sample_first(n, sample_rate, rng):
    return np.arange(n)[: round(n * sample_rate)]


def sample_mask(n, sample_rate, rng):
    return rng.uniform(size=n) < sample_rate


def sample_where(n, sample_rate, rng):
    return np.where(rng.random(n) < sample_rate)


def sample_nonzero(n, sample_rate, rng):
    return (rng.random(n) < sample_rate).nonzero()


def sample_others(n, sample_rate, rng):
    return np.flatnonzero(rng.random(n) >= sample_rate)


def sample_complementary_rate(n, sample_rate, rng):
    return np.flatnonzero(rng.random(n) < 1 - sample_rate)


def sample_one_coin(n, sample_rate, rng):
    return np.arange(n) if rng.random() < sample_rate else np.array([], dtype=int)


def sample_numbers(n, sample_rate, rng):
    draws = rng.random(n)
    return draws[draws < sample_rate]


def sample_from_one(n, sample_rate, rng):
    return np.flatnonzero(rng.random(n) < sample_rate) + 1


def sample_half(n, sample_rate, rng):
    return np.flatnonzero(rng.random(n) < 0.5)


def sample_same_each_time(n, sample_rate, rng):
    return np.flatnonzero(np.random.default_rng(0).random(n) < sample_rate)


def sample_binomial(n, sample_rate, rng):
    return np.flatnonzero(rng.binomial(1, sample_rate, n))


def sample_unordered(n, sample_rate, rng):
    return poisson_sample(n, sample_rate, rng)[::-1]


def sample_without_last(n, sample_rate, rng):
    return np.flatnonzero(rng.random(n - 1) < sample_rate)


def sample_never_empty(n, sample_rate, rng):
    batch = poisson_sample(n, sample_rate, rng)
    return batch if len(batch) else np.array([0])


def sample_silent(n, sample_rate, rng):
    poisson_sample(n, sample_rate, rng)


def sample_count(n, sample_rate, rng):
    return len(poisson_sample(n, sample_rate, rng))


SAMPLE = [
    (sample_of_fixed_size, "taille du lot est fixe"),
    (sample_shuffled, "mélangez puis coupez"),
    (sample_with_replacement, "deux fois"),
    (sample_first, "les premiers"),
    (sample_mask, "masque"),
    (sample_where, "`np.where`"),
    (sample_nonzero, "`np.where`"),
    (sample_others, "SOUS `sample_rate`"),
    (sample_complementary_rate, "forme"),
    (sample_one_coin, "un seul tirage"),
    (sample_numbers, "nombres tirés"),
    (sample_from_one, "décalez de 1"),
    (sample_half, "une chance sur deux"),
    (sample_same_each_time, "générateur reçu"),
    (sample_binomial, "pas le nôtre"),
    (sample_unordered, "pas celui attendu"),
    (sample_without_last, "forme"),
    (sample_never_empty, "forme"),
    (sample_silent, "`return`"),
    (sample_count, "forme"),
]


def training_rows(frame):
    return frame[frame["split"] == "train"]


def budget_of(counts, settings, delta):
    return {name: settings.epsilon(delta, runs=int(count)) for name, count in counts.items()}


def budget_added(frame, settings, delta):
    rounds = training_rows(frame).groupby("center")["round"].nunique()
    return (rounds * settings.epsilon(delta)).to_dict()


def budget_of_one_round(frame, settings, delta):
    return {name: settings.epsilon(delta) for name in training_rows(frame)["center"].unique()}


def budget_of_all_rounds(frame, settings, delta):
    num_rounds = frame["round"].max()
    return {name: settings.epsilon(delta, runs=num_rounds) for name in training_rows(frame)["center"].unique()}


def budget_by_last_round(frame, settings, delta):
    return budget_of(training_rows(frame).groupby("center")["round"].max(), settings, delta)


def budget_by_rows(frame, settings, delta):
    return budget_of(training_rows(frame)["center"].value_counts(), settings, delta)


def budget_with_tests(frame, settings, delta):
    return budget_of(frame.groupby("center")["round"].nunique(), settings, delta)


def budget_of_tests(frame, settings, delta):
    return budget_of(frame[frame["split"] != "train"].groupby("center")["round"].nunique(), settings, delta)


def budget_announced(frame, settings, delta):
    return dict(training_rows(frame).groupby("center")["value"].max())


def budget_announced_added(frame, settings, delta):
    return dict(training_rows(frame).groupby("center")["value"].sum())


def budget_by_square_root(frame, settings, delta):
    rounds = training_rows(frame).groupby("center")["round"].nunique()
    return {name: np.sqrt(count) * settings.epsilon(delta) for name, count in rounds.items()}


def budget_of_the_worst(frame, settings, delta):
    return max(epsilon_by_center(frame, settings, delta).values())


def budget_in_rounds(frame, settings, delta):
    return training_rows(frame).groupby("center")["round"].nunique().to_dict()


def budget_with_delta_split(frame, settings, delta):
    rounds = training_rows(frame).groupby("center")["round"].nunique()
    return {name: settings.epsilon(delta / count, runs=count) for name, count in rounds.items()}


def budget_at_fixed_delta(frame, settings, delta):
    return epsilon_by_center(frame, settings, 1e-4)


def budget_without_first(frame, settings, delta):
    rounds = training_rows(frame).groupby("center")["round"].nunique()
    return {name: settings.epsilon(delta, runs=count - 1) for name, count in rounds.items()}


def budget_amplified(frame, settings, delta):
    rounds = training_rows(frame).groupby("center")["round"].nunique()
    rate = float(rounds.mean() / frame["round"].nunique())
    total = frame["round"].nunique()
    return {name: replace(settings, sample_rate=rate).epsilon(delta, runs=total) for name in rounds.index[:1]}


def budget_as_list(frame, settings, delta):
    return list(epsilon_by_center(frame, settings, delta).values())


def budget_by_round(frame, settings, delta):
    return budget_of(training_rows(frame).groupby("round")["center"].nunique(), settings, delta)


def budget_silent(frame, settings, delta):
    epsilon_by_center(frame, settings, delta)


def budget_misnamed(frame, settings, delta):
    rounds = training_rows(frame).groupby("center")["round"].nunique()
    return {name: settings.epsilon(delta, rounds=count) for name, count in rounds.items()}


def budget_in_place(frame, settings, delta):
    frame.drop(frame[frame["split"] == "test"].index, inplace=True)
    return epsilon_by_center(frame, settings, delta)


BUDGET = [
    (budget_added, "ADDITIONNEZ"),
    (budget_of_one_round, "d'UN tour"),
    (budget_of_all_rounds, "tous les centres paient"),
    (budget_by_last_round, "NUMÉRO"),
    (budget_by_rows, "autant de fois"),
    (budget_with_tests, "les évaluations sont comptées"),
    (budget_of_tests, "à la place"),
    (budget_announced, "recopiez"),
    (budget_announced_added, "la colonne `value`"),
    (budget_by_square_root, "racine"),
    (budget_of_the_worst, "un ε par centre"),
    (budget_in_rounds, "rendez l'ε"),
    (budget_with_delta_split, "pas celui attendu"),
    (budget_at_fixed_delta, "pas celui attendu"),
    (budget_without_first, "pas celui attendu"),
    (budget_amplified, "les clés"),
    (budget_as_list, "on attend un objet dict"),
    (budget_by_round, "les clés"),
    (budget_silent, "`return`"),
    (budget_misnamed, "runs=nombre_de_tours"),
    (budget_in_place, "en place"),
]

WRONG = {"poisson_sample": SAMPLE, "epsilon_by_center": BUDGET}


def threshold_by_loop(scores_others, fpr):
    highest_first = sorted(scores_others, reverse=True)
    while np.mean(np.array(scores_others) > highest_first[-1]) <= fpr and len(highest_first) > 1:
        highest_first.pop()
    candidates = [s for s in scores_others if np.mean(np.array(scores_others) > s) <= fpr]
    return min(candidates)


def threshold_by_exact_quantile(scores_others, fpr):
    return np.quantile(scores_others, 1 - fpr, method="inverted_cdf")


def threshold_by_floor(scores_others, fpr):
    allowed = np.floor(fpr * np.size(scores_others)).astype(int)
    return -np.sort(-np.asarray(scores_others))[allowed]


def clip_by_loop(per_example, max_grad_norm):
    rows = [g if np.linalg.norm(g) <= max_grad_norm else g * max_grad_norm / np.linalg.norm(g) for g in per_example]
    return np.array(rows).reshape(per_example.shape)


def clip_by_factor(per_example, max_grad_norm):
    norms = np.sqrt((per_example**2).sum(axis=1))
    factor = np.ones(len(norms))
    factor[norms > max_grad_norm] = max_grad_norm / norms[norms > max_grad_norm]
    return per_example * factor[:, None]


def clip_with_infinity(per_example, max_grad_norm):
    return per_example * np.minimum(1, max_grad_norm / np.linalg.norm(per_example, axis=1, keepdims=True))


def step_by_parts(per_example, max_grad_norm, noise_multiplier, expected_batch_size, rng):
    noise = rng.standard_normal(per_example.shape[1]) * noise_multiplier * max_grad_norm
    signal = np.add.reduce(clip_gradients(per_example, max_grad_norm), axis=0)
    return signal / expected_batch_size + noise / expected_batch_size


def step_with_generator_size(per_example, max_grad_norm, noise_multiplier, expected_batch_size, rng):
    scale = noise_multiplier * max_grad_norm
    total = rng.normal(np.zeros(per_example.shape[1]), scale)
    for row in clip_gradients(per_example, max_grad_norm):
        total += row
    return total / expected_batch_size


def sample_by_list(n, sample_rate, rng):
    return [k for k in range(n) if rng.random() < sample_rate]


def sample_by_mask(n, sample_rate, rng):
    return np.arange(n)[rng.uniform(size=n) < sample_rate]


def sample_by_where(n, sample_rate, rng):
    return np.where(rng.random(n) < sample_rate)[0]


def budget_by_query(frame, settings, delta):
    pairs = frame.query("split == 'train'")[["round", "center"]].drop_duplicates()
    return {name: settings.epsilon(delta, count) for name, count in pairs["center"].value_counts().items()}


def budget_by_sets(frame, settings, delta):
    rounds = {}
    for row in frame[frame.split == "train"].itertuples():
        rounds.setdefault(row.center, set()).add(row.round)
    return {name: settings.epsilon(delta, runs=len(seen)) for name, seen in rounds.items()}


def budget_by_series(frame, settings, delta):
    rounds = frame[frame["split"].eq("train")].groupby("center")["round"].nunique()
    return rounds.map(lambda count: replace(settings, steps=settings.steps * int(count)).epsilon(delta))


def budget_by_accountant(frame, settings, delta):
    rounds = frame[frame["split"] == "train"].groupby("center")["round"].nunique()
    spent = (epsilon(settings.noise_multiplier, settings.sample_rate, settings.steps * n, delta) for n in rounds)
    return dict(zip(rounds.index, spent, strict=True))


RIGHT = {
    "threshold_at_fpr": [threshold_by_loop, threshold_by_exact_quantile, threshold_by_floor],
    "clip_gradients": [clip_by_loop, clip_by_factor, clip_with_infinity],
    "private_gradient": [step_by_parts, step_with_generator_size],
    "poisson_sample": [sample_by_list, sample_by_mask, sample_by_where],
    "epsilon_by_center": [budget_by_query, budget_by_sets, budget_by_series, budget_by_accountant],
}
