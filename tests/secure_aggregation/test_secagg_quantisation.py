"""La quantification : somme exacte modulo 2³², borne prouvée et atteinte, rien qui déborde ou se rogne en silence."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.secure_aggregation.errors import ProtocolError
from common.secure_aggregation.quantisation import MODULUS, QuantisationError, Quantiser, flatten, unflatten


def modular_sum(encoded: list[np.ndarray]) -> np.ndarray:
    return np.sum(encoded, axis=0, dtype=np.uint32)


def exact_mean(values: list[np.ndarray], num_examples: list[int]) -> list[Fraction]:
    """La moyenne pondérée en fractions : aucun arrondi."""
    columns = zip(*values, strict=True)
    weighted = (sum(Fraction(float(v)) * n for v, n in zip(column, num_examples, strict=True)) for column in columns)
    return [total / sum(num_examples) for total in weighted]


def worst_gap(quantiser: Quantiser, values: list[np.ndarray], num_examples: list[int]) -> float:
    total = modular_sum([quantiser.encode(v, n) for v, n in zip(values, num_examples, strict=True)])
    mean, total_examples = quantiser.decode_sum(total)
    assert total_examples == sum(num_examples)
    return float(max(abs(Fraction(float(m)) - e) for m, e in zip(mean, exact_mean(values, num_examples), strict=True)))


@st.composite
def federations(draw):
    """Une fédération et ses valeurs : quelconques, aux bornes, ou à mi-chemin de deux entiers."""
    quantiser = Quantiser(
        max_abs=draw(st.floats(1e-9, 1e9)),
        num_clients=draw(st.sampled_from([1, 2, 7, 1000, 2**20])),
        max_examples=draw(st.sampled_from([1, 3, 2000])),
    )
    num_survivors = draw(st.integers(1, min(7, quantiser.num_clients)))
    num_examples = [draw(st.integers(1, quantiser.max_examples)) for _ in range(num_survivors)]
    anywhere = st.floats(-quantiser.max_abs, quantiser.max_abs)
    edge = st.sampled_from([-quantiser.max_abs, quantiser.max_abs, 0.0, 5e-324])

    def half_step(n: int) -> st.SearchStrategy[float]:
        top = int(quantiser.max_abs * n * quantiser.scale) - 1
        return st.integers(-max(top, 0), max(top, 0)).map(
            lambda k: float(np.clip((k + 0.5) / quantiser.scale / n, -quantiser.max_abs, quantiser.max_abs))
        )

    values = [np.array(draw(st.lists(anywhere | edge | half_step(n), min_size=3, max_size=3))) for n in num_examples]
    return quantiser, values, num_examples


@settings(max_examples=300, deadline=None)
@given(federations())
def test_decoded_mean_stays_within_the_proved_bound(federation):
    quantiser, values, num_examples = federation
    gap = worst_gap(quantiser, values, num_examples)
    assert gap <= quantiser.error_bound(sum(num_examples), len(num_examples))


@pytest.mark.parametrize(("num_clients", "max_examples"), [(1, 1), (5, 1), (5, 300), (100, 300)])
def test_bound_is_reached_within_a_factor_two(num_clients, max_examples):
    """Tous à un demi-pas au-dessus d'un entier pair : tous arrondissent vers le bas, et les erreurs s'ajoutent."""
    quantiser = Quantiser(1.0, num_clients, max_examples)
    values = [np.array([(4 + 0.5 - 1e-6) / quantiser.scale / max_examples])] * num_clients
    gap = worst_gap(quantiser, values, [max_examples] * num_clients)
    bound = quantiser.error_bound(num_clients * max_examples, num_clients)
    assert bound / 2 < gap <= bound


def test_rounding_at_half_steps_goes_to_even():
    quantiser = Quantiser(max_abs=float((2**31 - 1) // 4), num_clients=4, max_examples=1)
    assert quantiser.scale == 1.0
    halves = np.array([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5])
    assert quantiser.encode(halves, 1)[:-1].view(np.int32).tolist() == [-2, -2, 0, 0, 2, 2]


@given(st.integers(1, 10_000), st.integers(1, 10_000), st.floats(1e-6, 1e6), st.integers(0, 1000), st.booleans())
def test_sum_of_extreme_clients_never_wraps(num_clients, max_examples, max_abs, max_noise, positive):
    """Tous à la borne, bruit compris : la somme signée tient dans 31 bits, mais pas avec un pas de plus."""
    quantiser = Quantiser(max_abs, num_clients, max_examples, max_noise)
    sign = 1 if positive else -1
    encoded = quantiser.encode(np.array([sign * max_abs]), max_examples, np.array([sign * max_noise]))
    largest = int(encoded[:1].view(np.int32)[0])
    assert abs(largest) == quantiser.max_encoded + max_noise
    assert num_clients * abs(largest) < 2**31 <= num_clients * (abs(largest) + 1)
    total = (encoded.astype(object) * num_clients) % MODULUS
    mean, total_examples = quantiser.decode_sum(total.astype(np.uint32))
    assert total_examples == num_clients * max_examples
    expected = sign * num_clients * abs(largest) / (quantiser.scale * total_examples)
    np.testing.assert_allclose(mean, expected, rtol=1e-15)


def test_matches_the_weighted_average_and_not_the_plain_mean():
    rng = np.random.default_rng(0)
    values, num_examples = rng.uniform(-1, 1, (4, 1000)), [303, 261, 46, 130]
    quantiser = Quantiser(1.0, 4, 303)
    encoded = [quantiser.encode(v, n) for v, n in zip(values, num_examples, strict=True)]
    mean, _ = quantiser.decode_sum(modular_sum(encoded))
    bound = quantiser.error_bound(sum(num_examples), 4)
    np.testing.assert_allclose(mean, np.average(values, axis=0, weights=num_examples), atol=bound, rtol=0)
    assert np.max(np.abs(mean - values.mean(axis=0))) > 1000 * bound


def test_one_client_and_unweighted_clients():
    alone = Quantiser(1.0, 1, 1)
    mean, total_examples = alone.decode_sum(alone.encode(np.array([0.25, -1.0, 1.0]), 1))
    assert total_examples == 1
    assert alone.error_bound(1, 1) < 2.4e-10
    np.testing.assert_allclose(mean, [0.25, -1.0, 1.0], atol=alone.error_bound(1, 1), rtol=0)

    plain = Quantiser(1.0, 3, 1)
    mean, total_examples = plain.decode_sum(modular_sum([plain.encode(np.array([v]), 1) for v in (0.1, 0.2, 0.6)]))
    assert total_examples == 3
    np.testing.assert_allclose(mean, [0.3], atol=plain.error_bound(3, 3), rtol=0)


def test_masks_cancel_without_changing_the_sum():
    rng = np.random.default_rng(1)
    quantiser = Quantiser(1.0, 2, 10)
    a, b = quantiser.encode(rng.uniform(-1, 1, 50), 3), quantiser.encode(rng.uniform(-1, 1, 50), 10)
    mask = rng.integers(0, MODULUS, 51, dtype=np.uint32)
    assert np.array_equal((a + mask) + (b - mask), a + b)


@pytest.mark.parametrize("value", [1.0 + 1e-15, -2.0, np.nan, np.inf, -np.inf])
def test_value_out_of_range_is_refused_not_clipped(value):
    with pytest.raises(QuantisationError, match="max_abs"):
        Quantiser(1.0, 3, 10).encode(np.array([0.0, value]), 1)


@pytest.mark.parametrize("num_examples", [0, -1, 11, 2.0, 1.5, None])
def test_impossible_number_of_examples_is_refused(num_examples):
    with pytest.raises(QuantisationError, match="effectif"):
        Quantiser(1.0, 3, 10).encode(np.zeros(2), num_examples)


def test_matrix_is_refused():
    with pytest.raises(QuantisationError, match="flatten"):
        Quantiser(1.0, 3, 10).encode(np.zeros((2, 2)), 1)


@pytest.mark.parametrize("noise", [np.array([0, 6]), np.array([-6, 0]), np.array([-(2**63), 0]), np.array([0])])
def test_noise_beyond_its_bound_or_shape_is_refused(noise):
    with pytest.raises(QuantisationError, match="bruit"):
        Quantiser(1.0, 3, 10, max_noise=5).encode(np.zeros(2), 1, noise)


def test_unsigned_or_real_noise_is_refused():
    for noise in (np.zeros(2, dtype=np.uint64), np.zeros(2)):
        with pytest.raises(QuantisationError, match="entiers signés"):
            Quantiser(1.0, 3, 10, max_noise=5).encode(np.zeros(2), 1, noise)


@pytest.mark.parametrize(
    "settings",
    [
        {"max_abs": 0.0},
        {"max_abs": np.nan},
        {"max_abs": np.inf},
        {"max_abs": 1e-300},
        {"num_clients": 0},
        {"num_clients": 2.5},
        {"max_examples": 0},
        {"max_noise": -1},
        {"num_clients": 2**31},
        {"num_clients": 2**20, "max_examples": 2**12},
        {"max_noise": (2**31 - 1) // 3},
    ],
)
def test_impossible_settings_are_refused(settings):
    with pytest.raises(ProtocolError):
        Quantiser(**{"max_abs": 1.0, "num_clients": 3, "max_examples": 10} | settings)


def test_largest_federation_still_has_one_step():
    assert Quantiser(1.0, 2**31 - 1, 1).max_encoded == 1


@pytest.mark.parametrize("examples", [0, 31, 2**32 - 1])
def test_impossible_total_is_refused(examples):
    with pytest.raises(QuantisationError, match="impossible"):
        Quantiser(1.0, 3, 10).decode_sum(np.array([0, examples], dtype=np.uint32))


def test_entry_beyond_what_the_total_allows_is_refused():
    """Un exemple, sur 30 possibles, n'atteint pas le tiers de l'étendue : il est resté un masque."""
    quantiser = Quantiser(1.0, 3, 10)
    reach = int(quantiser.scale) + 3
    quantiser.decode_sum(np.array([reach, 1], dtype=np.uint32))
    for entry in (reach + 2, 2**31, MODULUS - reach - 2):
        with pytest.raises(QuantisationError, match="impossible"):
            quantiser.decode_sum(np.array([entry, 1], dtype=np.uint32))


def test_signed_or_empty_total_is_refused():
    for total in (np.zeros(3, dtype=np.int64), np.zeros(0, dtype=np.uint32), np.zeros((2, 2), dtype=np.uint32)):
        with pytest.raises(QuantisationError, match="uint32"):
            Quantiser(1.0, 3, 10).decode_sum(total)


@pytest.mark.parametrize(("total_examples", "num_survivors"), [(5, 0), (5, 4), (1, 2), (21, 2)])
def test_bound_refuses_impossible_survivors(total_examples, num_survivors):
    with pytest.raises(QuantisationError):
        Quantiser(1.0, 3, 10).error_bound(total_examples, num_survivors)


def test_flatten_and_back_keeps_names_shapes_and_types():
    rng = np.random.default_rng(2)
    arrays = {
        "weight": rng.normal(size=(3, 4)).astype(np.float32),
        "bias": np.array(0.5),
        "empty": np.zeros((0, 2), dtype=np.float32),
        "transposed": rng.normal(size=(2, 5)).T,
    }
    vector = flatten(arrays)
    assert vector.dtype == np.float64
    assert vector.shape == (23,)
    back = unflatten(vector, arrays)
    assert list(back) == list(arrays)
    for name, array in arrays.items():
        assert back[name].dtype == array.dtype
        assert np.array_equal(back[name], array)


def test_flatten_nothing():
    assert flatten({}).shape == (0,)
    assert flatten({"half": np.ones(2, dtype=np.float16)}).dtype == np.float64
    assert unflatten(np.zeros(0), {}) == {}


def test_flatten_refuses_counters_and_other_sizes():
    with pytest.raises(QuantisationError, match="num_batches"):
        flatten({"num_batches": np.array(3)})
    with pytest.raises(QuantisationError, match="diffèrent"):
        unflatten(np.zeros(3), {"weight": np.zeros(4)})


def test_flatten_does_not_depend_on_the_order_of_the_dictionary():
    arrays = {"weight": np.arange(6.0).reshape(2, 3), "bias": np.array([7.0]), "a": np.array([8.0, 9.0])}
    other = dict(reversed(arrays.items()))
    assert flatten(arrays).tolist() == flatten(other).tolist() == [8, 9, 7, 0, 1, 2, 3, 4, 5]
    back = unflatten(flatten(other), arrays)
    assert list(back) == list(arrays) and all(np.array_equal(back[name], arrays[name]) for name in arrays)
