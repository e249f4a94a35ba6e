"""Les erreurs que la leçon 1 sait nommer, chacune écrite comme un apprenant l'écrirait."""

from collections.abc import Callable
from typing import Any

import numpy as np

from common.secure_aggregation import fernet
from common.secure_aggregation.errors import ProtocolError

Answer = Callable[..., Any]


def _known(keys, client):
    if client not in keys:
        raise ProtocolError("client inconnu")


def _new(token, seen):
    if token in seen:
        raise ProtocolError("jeton déjà lu")


def without_replay_check(keys, client, token, seen):
    """Accepte les rejeux."""
    _known(keys, client)
    seen.add(token)
    return fernet.decrypt(keys[client], token, ttl=60)


def without_memory(keys, client, token, seen):
    """Regarde `seen`, mais n'y ajoute rien."""
    _known(keys, client)
    _new(token, seen)
    return fernet.decrypt(keys[client], token, ttl=60)


def remembered_first(keys, client, token, seen):
    """Retient le jeton avant de le vérifier."""
    _known(keys, client)
    _new(token, seen)
    seen.add(token)
    return fernet.decrypt(keys[client], token, ttl=60)


def any_key(keys, client, token, seen):
    """Accepte un jeton chiffré par n'importe quel client inscrit."""
    _known(keys, client)
    _new(token, seen)
    for key in keys.values():
        try:
            arrays = fernet.decrypt(key, token, ttl=60)
        except ProtocolError:
            continue
        seen.add(token)
        return arrays
    raise ProtocolError("aucune clé")


def _reader(ttl: float | None) -> Answer:
    def read(keys, client, token, seen):
        _known(keys, client)
        _new(token, seen)
        arrays = fernet.decrypt(keys[client], token, ttl=ttl)
        seen.add(token)
        return arrays

    return read


without_ttl = _reader(None)
with_a_short_ttl = _reader(6)
with_a_long_ttl = _reader(600)


def without_return(keys, client, token, seen):
    """Lit bien, mais ne rend rien."""
    _reader(60)(keys, client, token, seen)


def only_the_last(keys, client, token, seen):
    """Oublie les jetons d'avant."""
    _known(keys, client)
    _new(token, seen)
    arrays = fernet.decrypt(keys[client], token, ttl=60)
    seen.clear()
    seen.add(token)
    return arrays


def one_token_per_client(keys, client, token, seen):
    """Ne laisse chaque client parler qu'une fois."""
    _known(keys, client)
    if client in seen or token in seen:
        raise ProtocolError("déjà lu")
    arrays = fernet.decrypt(keys[client], token, ttl=60)
    seen.add(client)
    return arrays


def none_instead_of_refusal(keys, client, token, seen):
    """Rend None au lieu de refuser."""
    if client not in keys or token in seen:
        return None
    arrays = fernet.decrypt(keys[client], token, ttl=60)
    seen.add(token)
    return arrays


def none_for_a_replay(keys, client, token, seen):
    """Rend None pour un rejeu."""
    _known(keys, client)
    return none_instead_of_refusal(keys, client, token, seen)


def swallowed(keys, client, token, seen):
    """Attrape le refus de `fernet.decrypt`, et n'en dit rien."""
    try:
        return _reader(60)(keys, client, token, seen)
    except ProtocolError:
        return None


def swallowed_by_decrypt(keys, client, token, seen):
    """Refuse bien un inconnu et un rejeu, mais attrape ce que lève `fernet.decrypt`."""
    _known(keys, client)
    _new(token, seen)
    return swallowed(keys, client, token, seen)


def swallowed_but_remembered(keys, client, token, seen):
    """Retient le jeton d'abord, puis attrape ce que lève `fernet.decrypt`."""
    _known(keys, client)
    _new(token, seen)
    arrays = swallowed(keys, client, token, seen)
    seen.add(token)
    return arrays


def doing_nothing(keys, client, token, seen):
    """Ne fait rien."""


def update_with(rule: Answer) -> Answer:
    """Applique `rule(avant, après, lr)` à chaque tableau."""
    return lambda before, after, lr: {name: rule(before[name], after[name], lr) for name in before}


def update_by_order(before, after, lr):
    """Apparie les tableaux par leur place ; rend ce qui peut se calculer."""
    pairs = zip(before.items(), after.values(), strict=True)
    return {name: (b - a) / lr if b.shape == a.shape else b for (name, b), a in pairs}


def update_of_the_first(before, after, lr):
    """Ne rend que le premier tableau."""
    name = next(iter(before))
    return {name: (before[name] - after[name]) / lr}


def row_with(choose: Answer) -> Answer:
    """Lit la ligne que choisit `choose(bias_gradient)`."""

    def invert(weight_gradient, bias_gradient):
        row = choose(bias_gradient)
        return weight_gradient[row] / bias_gradient[row]

    return invert


def _largest(bias_gradient):
    return np.argmax(np.abs(bias_gradient))


def row_not_divided(weight_gradient, bias_gradient):
    """Oublie de diviser."""
    return weight_gradient[_largest(bias_gradient)]


def row_over_absolute(weight_gradient, bias_gradient):
    """Divise par la valeur absolue."""
    return weight_gradient[_largest(bias_gradient)] / np.abs(bias_gradient).max()


def row_multiplied(weight_gradient, bias_gradient):
    """Multiplie au lieu de diviser."""
    row = _largest(bias_gradient)
    return weight_gradient[row] * bias_gradient[row]


def every_row(weight_gradient, bias_gradient):
    """Divise toutes les lignes."""
    return weight_gradient / bias_gradient[:, None]


def row_of_largest_weights(weight_gradient, bias_gradient):
    """Choisit la ligne de plus grands coefficients."""
    row = np.abs(weight_gradient).sum(axis=1).argmax()
    return weight_gradient[row] / bias_gradient[row]


def mean_of_rows(weight_gradient, bias_gradient):
    """Fait la moyenne des lignes divisées."""
    heard = bias_gradient != 0
    return (weight_gradient[heard] / bias_gradient[heard, None]).mean(axis=0)


def upside_down(weight_gradient, bias_gradient):
    """Divise le biais par la ligne."""
    row = _largest(bias_gradient)
    return bias_gradient[row] / weight_gradient[row]


def sum_of_rows(weight_gradient, bias_gradient):
    """Divise la somme des lignes par celle des biais."""
    return weight_gradient.sum(axis=0) / bias_gradient.sum()


def column_read(weight_gradient, bias_gradient):
    """Confond lignes et colonnes."""
    row = _largest(bias_gradient)
    return weight_gradient[:, row % weight_gradient.shape[1]] / bias_gradient[row]


def labels_with(rule: Answer) -> Answer:
    """Applique `rule(bias_gradient, num_examples)`."""
    return lambda bias_gradient, num_examples: rule(bias_gradient, num_examples)


def most_frequent_label(bias_gradient, num_examples):
    """Ne rend que la classe la plus présente."""
    return int(np.argmin(bias_gradient))


def isolated_with(rule: Answer) -> Answer:
    """Applique `rule(moyenne avec, total avec, moyenne sans, total sans)` à chaque tableau."""
    return lambda mean, n, without, k: {name: rule(mean[name], n, without[name], k) for name in mean}


def isolated_by_order(mean, n, without, k):
    """Apparie les tableaux par leur place ; rend ce qui peut se calculer."""
    pairs = zip(mean.items(), without.values(), strict=True)
    return {name: (n * m - k * w) / (n - k) if m.shape == w.shape else m for (name, m), w in pairs}


def isolated_first(mean, n, without, k):
    """Ne rend que le premier tableau."""
    name = next(iter(mean))
    return {name: (n * mean[name] - k * without[name]) / (n - k)}
