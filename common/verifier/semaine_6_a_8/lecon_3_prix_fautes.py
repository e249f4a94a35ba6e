"""Leçon 3, les octets et le bruit : les mauvaises réponses qu'un message attend, comme on les écrirait."""

import numpy as np

from common.secure_aggregation.by_hand import bytes_sent, noise_share

KEYS, SIGNATURE, SEALED, SHARE = 160, 64, 94, 33


def without_count(num_parameters, num_neighbours):
    return bytes_sent(num_parameters, num_neighbours) - 4


def without_itself(num_parameters, num_neighbours):
    return bytes_sent(num_parameters, num_neighbours) - SHARE


def without_count_nor_itself(num_parameters, num_neighbours):
    return bytes_sent(num_parameters, num_neighbours) - SHARE - 4


def eight_bytes(num_parameters, num_neighbours):
    return bytes_sent(num_parameters, num_neighbours) + 4 * (num_parameters + 1)


def bits(num_parameters, num_neighbours):
    return bytes_sent(num_parameters, num_neighbours) + 28 * (num_parameters + 1)


def one_byte(num_parameters, num_neighbours):
    return bytes_sent(num_parameters, num_neighbours) - 3 * (num_parameters + 1)


def count_of_one_byte(num_parameters, num_neighbours):
    return bytes_sent(num_parameters, num_neighbours) - 3


def without_keys(num_parameters, num_neighbours):
    return bytes_sent(num_parameters, num_neighbours) - KEYS


def without_digest(num_parameters, num_neighbours):
    return bytes_sent(num_parameters, num_neighbours) - 32


def signature_twice(num_parameters, num_neighbours):
    return bytes_sent(num_parameters, num_neighbours) + SIGNATURE


def keys_per_neighbour(num_parameters, num_neighbours):
    return bytes_sent(num_parameters, num_neighbours) + KEYS * (num_neighbours - 1)


def signature_per_neighbour(num_parameters, num_neighbours):
    return bytes_sent(num_parameters, num_neighbours) + SIGNATURE * (num_neighbours - 1)


def two_sealed(num_parameters, num_neighbours):
    return bytes_sent(num_parameters, num_neighbours) + SEALED * num_neighbours


def five_numbers(num_parameters, num_neighbours):
    steps = KEYS, SEALED * num_neighbours, 4 * (num_parameters + 1), SIGNATURE, SHARE * (num_neighbours + 1)
    return steps


def one_signature(num_parameters, num_neighbours):
    return bytes_sent(num_parameters, num_neighbours) - SIGNATURE


def without_sealed(num_parameters, num_neighbours):
    return bytes_sent(num_parameters, num_neighbours) - SEALED * num_neighbours


def without_shares(num_parameters, num_neighbours):
    return bytes_sent(num_parameters, num_neighbours) - SHARE * (num_neighbours + 1)


def one_sealed(num_parameters, num_neighbours):
    return bytes_sent(num_parameters, num_neighbours) - SEALED * (num_neighbours - 1)


def one_share(num_parameters, num_neighbours):
    return bytes_sent(num_parameters, num_neighbours) - SHARE * num_neighbours


def vector_per_neighbour(num_parameters, num_neighbours):
    return bytes_sent(num_parameters, num_neighbours) + 4 * (num_parameters + 1) * (num_neighbours - 1)


def sealed_for_itself(num_parameters, num_neighbours):
    return bytes_sent(num_parameters, num_neighbours) + SEALED


def arguments_swapped(num_parameters, num_neighbours):
    return bytes_sent(num_neighbours, num_parameters)


def vector_only(num_parameters, num_neighbours):
    return 4 * (num_parameters + 1)


def whole_noise(target_variance, honest_survivors, size, rng):
    return noise_share(target_variance, 1, size, rng)


def undivided(target_variance, honest_survivors, size, rng):
    return noise_share(2 * target_variance, 1, size, rng)


def double_variance(target_variance, honest_survivors, size, rng):
    return noise_share(2 * target_variance, honest_survivors, size, rng)


def stddev_split(target_variance, honest_survivors, size, rng):
    return noise_share((target_variance**0.5 / honest_survivors) ** 2, 1, size, rng)


def by_square_root(target_variance, honest_survivors, size, rng):
    return noise_share(target_variance, honest_survivors**0.5, size, rng)


def halved_twice(target_variance, honest_survivors, size, rng):
    return noise_share(target_variance / 2, honest_survivors, size, rng)


def multiplied_by_honest(target_variance, honest_survivors, size, rng):
    return noise_share(target_variance, 1 / honest_survivors, size, rng)


def half_variance(target_variance, honest_survivors):
    """La moyenne de chacune des deux lois de Poisson."""
    return target_variance / honest_survivors / 2


def one_poisson(target_variance, honest_survivors, size, rng):
    mean = target_variance / honest_survivors
    return rng.poisson(mean, size) - round(mean)


def one_real_poisson(target_variance, honest_survivors, size, rng):
    mean = target_variance / honest_survivors
    return rng.poisson(mean, size) - mean


def one_poisson_floored(target_variance, honest_survivors, size, rng):
    mean = target_variance / honest_survivors
    return rng.poisson(mean, size) - int(mean)


def positive_noise(target_variance, honest_survivors, size, rng):
    return rng.poisson(target_variance / honest_survivors, size)


def half_positive_noise(target_variance, honest_survivors, size, rng):
    return rng.poisson(half_variance(target_variance, honest_survivors), size)


def sum_of_two(target_variance, honest_survivors, size, rng):
    mean = half_variance(target_variance, honest_survivors)
    return rng.poisson(mean, size) + rng.poisson(mean, size)


def same_draw(target_variance, honest_survivors, size, rng):
    draw = rng.poisson(half_variance(target_variance, honest_survivors), size)
    return draw - draw


def one_value(target_variance, honest_survivors, size, rng):
    return np.full(size, noise_share(target_variance, honest_survivors, 1, rng)[0])


def one_number(target_variance, honest_survivors, size, rng):
    mean = half_variance(target_variance, honest_survivors)
    return rng.poisson(mean) - rng.poisson(mean)


def one_by_one(target_variance, honest_survivors, size, rng):
    mean = half_variance(target_variance, honest_survivors)
    return np.array([rng.poisson(mean) - rng.poisson(mean) for _ in range(size)])


def listed(target_variance, honest_survivors, size, rng):
    return noise_share(target_variance, honest_survivors, size, rng).tolist()


def rounded_gauss(target_variance, honest_survivors, size, rng):
    return np.rint(rng.normal(0, (target_variance / honest_survivors) ** 0.5, size)).astype(np.int64)


def reversed_draws(target_variance, honest_survivors, size, rng):
    return -noise_share(target_variance, honest_survivors, size, rng)


def stddev_mean(target_variance, honest_survivors, size, rng):
    return noise_share(2 * (target_variance / honest_survivors) ** 0.5, 1, size, rng)


def stddev_half(target_variance, honest_survivors, size, rng):
    return noise_share((target_variance / honest_survivors) ** 0.5, 1, size, rng)


def stddev_of_half(target_variance, honest_survivors, size, rng):
    return noise_share(2 * half_variance(target_variance, honest_survivors) ** 0.5, 1, size, rng)


def stddev_target(target_variance, honest_survivors, size, rng):
    return noise_share(target_variance**0.5, honest_survivors, size, rng)


def integer_division(target_variance, honest_survivors, size, rng):
    return noise_share(2 * (target_variance // honest_survivors // 2), 1, size, rng)


def by_size(target_variance, honest_survivors, size, rng):
    return noise_share(target_variance, size, size, rng)


def own_generator(target_variance, honest_survivors, size, rng):
    return noise_share(target_variance, honest_survivors, size, np.random.default_rng(0))


def unsigned_noise(target_variance, honest_survivors, size, rng):
    return noise_share(target_variance, honest_survivors, size, rng).astype(np.uint32)


def real_noise(target_variance, honest_survivors, size, rng):
    return noise_share(target_variance, honest_survivors, size, rng).astype(float)
