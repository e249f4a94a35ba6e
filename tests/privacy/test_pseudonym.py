"""Les pseudonymes : le HMAC contre ses vecteurs publiés, et l'énumération qui défait un hachage sans clé."""

import pandas as pd
import pytest

from common.privacy.pseudonym import (
    birth_dates,
    hash_without_key,
    new_key,
    nir_candidates,
    nir_key,
    pseudonymise,
    reverse_by_enumeration,
)

KEY = bytes(range(32))


def test_the_published_vector_of_hmac_sha256():
    """RFC 4231, cas 6 : une clé de 131 octets 0xaa, plus longue que le bloc."""
    text = "Test Using Larger Than Block-Size Key - Hash Key First"
    (pseudonym,) = pseudonymise(pd.Series([text]), b"\xaa" * 131, length=64)
    assert pseudonym == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"


def test_the_same_patient_keeps_the_same_pseudonym_and_the_index_stays():
    ids = pd.Series(["7", "8", "7"], index=[3, 5, 9], name="ipp")
    codes = pseudonymise(ids, KEY)
    assert codes[3] == codes[9] != codes[5] and list(codes.index) == [3, 5, 9]
    assert codes.str.fullmatch("[0-9a-f]{16}").all() and ids.tolist() == ["7", "8", "7"]


def test_another_key_unlinks_the_tables():
    ids = pd.Series([str(number) for number in range(100)])
    assert not set(pseudonymise(ids, KEY)) & set(pseudonymise(ids, new_key()))
    assert new_key() != new_key() and len(new_key()) == 32


@pytest.mark.parametrize("key", [b"", b"quinze octets!!", "une clé en texte, assez longue"])
def test_a_short_key_is_refused(key):
    with pytest.raises(ValueError, match="au moins 16 octets"):
        pseudonymise(pd.Series(["7"]), key)


@pytest.mark.parametrize(
    ("ids", "message"), [(["7", None], "manquent"), ([7, 8], "des textes"), (["7", 8], "des textes")]
)
def test_missing_and_numeric_identifiers_are_refused(ids, message):
    for function in (lambda one: pseudonymise(one, KEY), hash_without_key):
        with pytest.raises(ValueError, match=message):
            function(pd.Series(ids, dtype=object))


def test_a_collision_is_an_error_and_not_a_merged_patient():
    ids = pd.Series(["141894", "146229"])  # trouvés en cherchant : mêmes huit premiers chiffres sous KEY
    with pytest.raises(ValueError, match=r"même pseudonyme.*length=32"):
        pseudonymise(ids, KEY, length=8)
    assert pseudonymise(ids, KEY).nunique() == len(ids)


@pytest.mark.parametrize("length", [0, 7, 65])
def test_the_length_of_a_pseudonym_is_bounded(length):
    with pytest.raises(ValueError, match="8 à 64"):
        pseudonymise(pd.Series(["7"]), KEY, length=length)


def test_dates_of_birth_hashed_without_a_key_are_all_found_again():
    births = pd.Series(["1954-03-12", "1978-11-07", "2001-02-28"])
    hashes = hash_without_key(births)
    found = reverse_by_enumeration(hashes, birth_dates(1920, 2010))
    assert hashes.map(found).tolist() == births.tolist()
    assert len(birth_dates(1901, 2000)) == 36_525


def test_the_key_stops_the_enumeration():
    births = pd.Series(["1954-03-12", "1978-11-07"])
    assert reverse_by_enumeration(pseudonymise(births, KEY, length=64), birth_dates(1920, 2010)) == {}


def test_a_nir_is_found_from_sex_month_and_commune():
    nir = pd.Series(["255081416802538"])
    found = reverse_by_enumeration(hash_without_key(nir), nir_candidates(2, 1955, 8, "14168"))
    assert list(found.values()) == nir.tolist()
    assert len(set(nir_candidates(1, 1990, 1, "2A004"))) == 999


def test_the_key_of_a_nir():
    assert nir_key("2550814168025") == "38", "l'exemple de NIR le plus publié"
    assert nir_key("190012A004001") == f"{97 - int('1900119004001') % 97:02d}"
    assert nir_key("190052B033001") == f"{97 - int('1900518033001') % 97:02d}"


@pytest.mark.parametrize("body", ["", "255081416802", "25508141680253", "2550814168O25", "2A50814168025"])
def test_a_malformed_nir_is_refused(body):
    with pytest.raises(ValueError, match="treize chiffres"):
        nir_key(body)
