"""Leçon 3 : les mauvaises réponses qu'un message attend, chacune écrite comme l'apprenant l'écrirait."""

import hashlib
import hmac
import re
from collections import Counter
from collections.abc import Callable

import pandas as pd

from common import privacy


def phones_with(
    before: str = r"(?<!\d)",
    prefix: str = r"(?:0|\+33[ .-]?)",
    first: str = "[1-9]",
    separator: str = "[ .-]?",
    after: str = r"(?!\d)",
) -> Callable:
    """Fabrique la règle des téléphones, dont une pièce est remplacée."""

    def wrong(text):
        return re.findall(rf"{before}{prefix}{first}(?:{separator}\d\d){{4}}{after}", text)

    return wrong


def captured_group(text):
    return re.findall(r"(?<!\d)(?:0|\+33[ .-]?)[1-9]([ .-]?\d\d){4}(?!\d)", text)


def captured_prefix(text):
    return re.findall(r"(?<!\d)(0|\+33[ .-]?)[1-9](?:[ .-]?\d\d){4}(?!\d)", text)


def consuming(text):
    return re.findall(r"(?:^|\D)((?:0|\+33[ .-]?)[1-9](?:[ .-]?\d\d){4})(?:\D|$)", text)


def first_phone(text):
    return phones_with()(text)[:1]


def digits_only(text):
    return [re.sub(r"[ .-]", "", phone) for phone in phones_with()(text)]


def sorted_phones(text):
    return sorted(set(phones_with()(text)))


def without_key(identifiers, key):
    return identifiers.map(lambda value: hashlib.sha256(value.encode()).hexdigest()[:16])


def key_then_value(identifiers, key):
    return identifiers.map(lambda value: hashlib.sha256(key + value.encode()).hexdigest()[:16])


def value_then_key(identifiers, key):
    return identifiers.map(lambda value: hashlib.sha256(value.encode() + key).hexdigest()[:16])


def swapped(identifiers, key):
    return identifiers.map(lambda value: hmac.new(value.encode(), key, hashlib.sha256).hexdigest()[:16])


def keyed(kept: slice, digest: str = "sha256") -> Callable:
    """Fabrique un HMAC dont on garde d'autres caractères, ou d'un autre hachage."""

    def wrong(identifiers, key):
        return identifiers.map(lambda value: hmac.new(key, value.encode(), digest).hexdigest()[kept])

    return wrong


def in_bytes(identifiers, key):
    return identifiers.map(lambda value: hmac.new(key, value.encode(), hashlib.sha256).digest()[:16])


def constant_key(identifiers, key):
    return keyed(slice(16))(identifiers, b"une cle de 32 octets tiree au so")


def numbered(identifiers, key):
    return pd.Series(pd.factorize(identifiers)[0], index=identifiers.index)


def reset_index(identifiers, key):
    return keyed(slice(16))(identifiers, key).reset_index(drop=True)


def salted_by_row(identifiers, key):
    rows = [f"{rank}{value}" for rank, value in enumerate(identifiers)]
    return keyed(slice(16))(pd.Series(rows, index=identifiers.index), key)


def unique_only(identifiers, key):
    return keyed(slice(16))(identifiers.drop_duplicates(), key)


def all_candidates(released, public, on):
    return released.merge(public, on=on)


def one_of_the_twins(released, public, on):
    return released.merge(public.drop_duplicates(on), on=on)


def whole_row_twins(released, public, on):
    return released.merge(public.drop_duplicates(keep=False), on=on)


def unique_in_release(released, public, on):
    return released.drop_duplicates(on, keep=False).merge(public, on=on)


def unique_in_both(released, public, on):
    return released.drop_duplicates(on, keep=False).merge(public.drop_duplicates(on, keep=False), on=on)


def left_join(released, public, on):
    return released.merge(public.drop_duplicates(on, keep=False), on=on, how="left")


def right_join(released, public, on):
    return released.merge(public.drop_duplicates(on, keep=False), on=on, how="right")


def repeated_people(released, public, on):
    return released.merge(public.drop_duplicates().drop_duplicates(on, keep=False), on=on)


def first_column_only(released, public, on):
    other = [name for name in public.columns if name not in on[1:]]
    return released.merge(public[other].drop_duplicates(on[:1], keep=False), on=on[:1])


def unlinked(released, public, on):
    joined = left_join(released, public, on)
    return joined[joined["nom"].isna()]


def _sizes(table, quasi_identifiers):
    return privacy.equivalence_classes(table, quasi_identifiers)


def without_missing(table, quasi_identifiers):
    return table.groupby(quasi_identifiers).size().min()


def unequal_missing(table, quasi_identifiers):
    rows = Counter(map(tuple, table[quasi_identifiers].to_numpy()))
    return min(rows.values())


def counted_cells(table, quasi_identifiers):
    return table.groupby(quasi_identifiers, dropna=False)[quasi_identifiers[0]].count().min()


def counted_columns(table, quasi_identifiers):
    return table.groupby(quasi_identifiers, dropna=False).count().min().to_numpy()


def largest_class(table, quasi_identifiers):
    return _sizes(table, quasi_identifiers).max()


def mean_class(table, quasi_identifiers):
    return _sizes(table, quasi_identifiers).mean()


def number_of_classes(table, quasi_identifiers):
    return len(_sizes(table, quasi_identifiers))


def number_alone(table, quasi_identifiers):
    return int((_sizes(table, quasi_identifiers) == 1).sum())


def all_sizes(table, quasi_identifiers):
    return _sizes(table, quasi_identifiers).to_numpy()


def all_columns(table, quasi_identifiers):
    return _sizes(table, list(table.columns)).min()


def first_column_k(table, quasi_identifiers):
    return _sizes(table, quasi_identifiers[:1]).min()


def column_by_column(table, quasi_identifiers):
    return min(_sizes(table, [name]).min() for name in quasi_identifiers)


def distinct_values(table, quasi_identifiers):
    return table[quasi_identifiers].nunique().min()
