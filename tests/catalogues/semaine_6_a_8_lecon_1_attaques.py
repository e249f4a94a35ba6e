"""Leçon 1 des semaines 6 à 8, les trois attaques : ce que les contrôles doivent refuser."""

import numpy as np


def row(choose):
    def answer(weight_gradient, bias_gradient):
        k = choose(bias_gradient)
        return weight_gradient[k] / bias_gradient[k]

    return answer


def largest(bias_gradient):
    return np.abs(bias_gradient).argmax()


def not_divided(weight_gradient, bias_gradient):
    return weight_gradient[largest(bias_gradient)]


def over_absolute(weight_gradient, bias_gradient):
    return weight_gradient[largest(bias_gradient)] / max(abs(bias_gradient))


def times(weight_gradient, bias_gradient):
    return weight_gradient[largest(bias_gradient)] * bias_gradient[largest(bias_gradient)]


def all_rows(weight_gradient, bias_gradient):
    return (weight_gradient.T / bias_gradient).T


def clipped(weight_gradient, bias_gradient):
    return np.clip(weight_gradient[largest(bias_gradient)] / bias_gradient[largest(bias_gradient)], 0, 1)


def value_instead_of_index(weight_gradient, bias_gradient):
    k = np.max(np.abs(bias_gradient))
    return weight_gradient[k] / bias_gradient[k]


def column(weight_gradient, bias_gradient):
    k = largest(bias_gradient)
    return weight_gradient[:, k] / bias_gradient[k]


def bias_not_indexed(weight_gradient, bias_gradient):
    return weight_gradient[largest(bias_gradient)] / bias_gradient


def averaged(weight_gradient, bias_gradient):
    return weight_gradient.mean(axis=0) / bias_gradient.mean()


def least_squares(weight_gradient, bias_gradient):
    return weight_gradient.T @ bias_gradient / (bias_gradient @ bias_gradient)


def image_of_eight(weight_gradient, bias_gradient):
    k = largest(bias_gradient)
    return (weight_gradient[k] / bias_gradient[k]).reshape(8, 8)


def kept_as_row(weight_gradient, bias_gradient):
    k = largest(bias_gradient)
    return weight_gradient[[k]] / bias_gradient[k]


def with_a_margin(weight_gradient, bias_gradient):
    k = largest(bias_gradient)
    return weight_gradient[k] / (bias_gradient[k] + 1e-3)


def by_weights(weight_gradient, bias_gradient):
    k = np.abs(weight_gradient).sum(1).argmax()
    return weight_gradient[k] / bias_gradient[k]


def mean_of_divided_rows(weight_gradient, bias_gradient):
    k = bias_gradient != 0
    return np.mean(weight_gradient[k] / bias_gradient[k].reshape(-1, 1), axis=0)


def bias_over_row(weight_gradient, bias_gradient):
    return bias_gradient[largest(bias_gradient)] / weight_gradient[largest(bias_gradient)]


def shown_only(weight_gradient, bias_gradient):
    print(weight_gradient[largest(bias_gradient)] / bias_gradient[largest(bias_gradient)])


INVERT = [
    (row(lambda bias: 0), "la première ligne"),
    (row(lambda bias: -1), "la dernière ligne"),
    (row(lambda bias: bias.argmax()), "la valeur absolue manque"),
    (row(lambda bias: bias.argmin()), "la plus négative"),
    (row(lambda bias: np.abs(bias).argmin()), "diviser par presque rien"),
    (row(lambda bias: np.abs(bias).argsort()[-2]), "relisez"),
    (row(lambda bias: 3 % len(bias)), "relisez"),
    (not_divided, "il manque la division"),
    (over_absolute, "valeur absolue"),
    (times, "vous multipliez"),
    (all_rows, "une image par ligne"),
    (clipped, "relisez"),
    (value_instead_of_index, "`np.argmax`, pas `np.max`"),
    (column, "la forme est"),
    (bias_not_indexed, "ne s'accordent pas"),
    (averaged, "les sommes de toutes les lignes"),
    (least_squares, "relisez"),
    (image_of_eight, "reshape"),
    (kept_as_row, "la forme est"),
    (with_a_margin, "relisez"),
    (by_weights, "d'après le BIAIS"),
    (mean_of_divided_rows, "la moyenne de toutes les lignes"),
    (bias_over_row, "à l'envers"),
    (shown_only, "il manque un `return`"),
]


def shares(g, n):
    return 1 / len(g) - g


def signed(g, n):
    return np.rint(n * (g - 1 / len(g))).astype(int)


def without_share(g, n):
    return np.rint(-n * g).astype(int)


def plus(g, n):
    return np.rint(n * (1 / len(g) + g)).astype(int)


def ten_classes(g, n):
    return np.rint(n * (1 / 10 - g)).astype(int)


def not_rounded(g, n):
    return n * (1 / len(g) - g)


def truncated(g, n):
    return (n * (1 / len(g) - g)).astype(int)


def rounded_down(g, n):
    return n * (1 / len(g) - g) // 1


def rounded_up(g, n):
    return np.ceil(n * (1 / len(g) - g))


def present(g, n):
    return g < 0


def commonest(g, n):
    return np.argmin(g)


def rounded_share(g, n):
    return n * np.round(1 / len(g) - g)


def share_over_examples(g, n):
    return np.rint(n * (1 / n - g))


def one_more_class(g, n):
    return np.rint(n * (1 / (len(g) - 1) - g))


def at_least_one(g, n):
    return np.maximum(1, np.rint(n * (1 / len(g) - g)))


def capped(g, n):
    return np.minimum(99, np.rint(n * (1 / len(g) - g)))


def first_class_only(g, n):
    return np.rint(n * (1 / len(g) - g))[:1]


def without_parentheses(g, n):
    return np.rint(n * 1 / len(g) - g)


def one_integer(g, n):
    return int(n * (1 / len(g) - g))


def two_decimals(g, n):
    return np.round(n * (1 / len(g) - g), 2) + 1e-3


def printed(g, n):
    print(np.rint(n * (1 / len(g) - g)))


LABELS = [
    (shares, "`num_examples` ne sert pas"),
    (signed, "signe est inversé"),
    (without_share, "il manque 1 / C"),
    (plus, "vous ajoutez le gradient"),
    (ten_classes, "10 classes en dur"),
    (not_rounded, "arrondissez à l'entier"),
    (truncated, "vous tronquez"),
    (rounded_down, "par défaut"),
    (rounded_up, "par excès"),
    (present, "COMBIEN"),
    (commonest, "la plus fréquente"),
    (rounded_share, "multipliez d'abord"),
    (share_over_examples, "et non 1 / n"),
    (one_more_class, "relisez"),
    (at_least_one, "relisez"),
    (capped, "relisez"),
    (first_class_only, "la forme est"),
    (without_parentheses, "TOUTE la différence"),
    (one_integer, "astype(int)"),
    (two_decimals, "relisez"),
    (printed, "il manque un `return`"),
]


def per_array(rule):
    return lambda m, n, w, k: {name: rule(m[name], n, w[name], k) for name in m}


def in_place(m, n, w, k):
    for name in m:
        m[name] *= n
        m[name] -= k * w[name]
        m[name] /= n - k
    return m


def by_order(m, n, w, k):
    return {name: (n * a - k * b) / (n - k) for (name, a), b in zip(m.items(), w.values(), strict=True)}


def of_dictionaries(m, n, w, k):
    return (n * m - k * w) / (n - k)


def first_array(m, n, w, k):
    for name in m:
        return {name: (n * m[name] - k * w[name]) / (n - k)}


def hard_coded_names(m, n, w, k):
    return {name: (n * m[name] - k * w[name]) / (n - k) for name in ("weight", "bias")}


def with_its_size(m, n, w, k):
    return {name: (n * m[name] - k * w[name]) / (n - k) for name in m}, n - k


def unsaid(m, n, w, k):
    {name: (n * m[name] - k * w[name]) / (n - k) for name in m}


ISOLATE = [
    (per_array(lambda m, n, w, k: m - w), "deux MOYENNES"),
    (per_array(lambda m, n, w, k: n * m - k * w), "il manque la division"),
    (per_array(lambda m, n, w, k: (n * m - k * w) / n), "ni par l'un, ni par l'autre"),
    (per_array(lambda m, n, w, k: (n * m - k * w) / k), "l'effectif des autres"),
    (per_array(lambda m, n, w, k: (k * w - n * m) / (n - k)), "signe est inversé"),
    (per_array(lambda m, n, w, k: (n * m - k * w) / (k - n)), "signe est inversé"),
    (per_array(lambda m, n, w, k: (n * m + k * w) / (n - k)), "et non +"),
    (per_array(lambda m, n, w, k: (k * m - n * w) / (n - k)), "effectifs sont échangés"),
    (per_array(lambda m, n, w, k: n * m - k * w / (n - k)), "parenthèses"),
    (per_array(lambda m, n, w, k: (n * m - k * w) / n - k), "relisez"),
    (per_array(lambda m, n, w, k: (m - w) / (n - k)), "multipliez d'abord"),
    (per_array(lambda m, n, w, k: w), "la moyenne des autres"),
    (per_array(lambda m, n, w, k: (n * m - k * w) / (n + k)), "relisez"),
    (in_place, "en place"),
    (by_order, "ne s'accordent pas"),
    (of_dictionaries, "dict"),
    (first_array, "il manque des tableaux"),
    (hard_coded_names, "les noms changent"),
    (per_array(lambda m, n, w, k: (n * m - w) / (n - k)), "la seconde moyenne aussi"),
    (per_array(lambda m, n, w, k: (m - w) / (n - k) * n), "le même effectif"),
    (per_array(lambda m, n, w, k: m), "telle quelle"),
    (with_its_size, "on attend un objet dict"),
    (unsaid, "il manque un `return`"),
]

WRONG = {"invert_linear": INVERT, "count_labels": LABELS, "isolate_client": ISOLATE}
