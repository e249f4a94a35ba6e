"""Leçon 1, la séparation : ce que le contrôle doit refuser, et avec quel message."""

import numpy as np
import pandas as pd

from common.data import ehr


def one_row_per_patient(train_patients, test_patients):
    return test_patients.drop_duplicates().isin(train_patients).mean()


def arguments_swapped(train_patients, test_patients):
    return np.isin(train_patients, test_patients).mean()


def tilde(train_patients, test_patients):
    return (~test_patients.isin(train_patients)).mean()


def sum_for_mean(train_patients, test_patients):
    return test_patients.isin(train_patients).sum()


def intersection_size(train_patients, test_patients):
    return len(np.intersect1d(train_patients, test_patients))


def in_percent(train_patients, test_patients):
    return test_patients.isin(train_patients).mean() * 100


def divided_by_train(train_patients, test_patients):
    return sum(np.isin(test_patients, train_patients)) / len(train_patients)


def divided_by_everything(train_patients, test_patients):
    return test_patients.isin(train_patients).sum() / len(pd.concat([train_patients, test_patients]))


def patients_by_rows(train_patients, test_patients):
    return test_patients[test_patients.isin(train_patients)].nunique() / len(test_patients)


def jaccard(train_patients, test_patients):
    return len(np.intersect1d(train_patients, test_patients)) / len(np.union1d(train_patients, test_patients))


def counted_pairs(train_patients, test_patients):
    return sum((train_patients == patient).sum() for patient in test_patients) / len(test_patients)


def python_in(train_patients, test_patients):
    return sum(patient in train_patients for patient in test_patients) / len(test_patients)


def same_labels(train_patients, test_patients):
    return len(test_patients.index.intersection(train_patients.index)) / len(test_patients)


def duplicated_rows(train_patients, test_patients):
    together = pd.concat([train_patients, test_patients])
    return together.duplicated().to_numpy()[-len(test_patients) :].mean()


def duplicated_everywhere(train_patients, test_patients):
    together = pd.concat([train_patients, test_patients])
    return together.duplicated(keep=False).to_numpy()[-len(test_patients) :].mean()


def any_for_mean(train_patients, test_patients):
    return test_patients.isin(train_patients).any()


def two_decimals(train_patients, test_patients):
    return np.round(test_patients.isin(train_patients).mean(), 2)


def without_mean(train_patients, test_patients):
    return test_patients.isin(train_patients)


def share_without_return(train_patients, test_patients):
    test_patients.isin(train_patients).mean()


def as_a_table(train_patients, test_patients):
    return test_patients.isin(train_patients["SUBJECT_ID"]).mean()


def equal_series(train_patients, test_patients):
    return (test_patients == train_patients).mean()


def whole_series_in(train_patients, test_patients):
    return test_patients in set(train_patients)


def itself(train_patients, test_patients):
    return test_patients.isin(test_patients).mean()


def known_by_first_row(train_patients, test_patients):
    return (test_patients == train_patients.iloc[0]).mean()


def below_the_largest(train_patients, test_patients):
    return (test_patients <= train_patients.max()).mean()


def at_most_half(train_patients, test_patients):
    return min(0.5, ehr.already_seen(train_patients, test_patients))


def renamed_in_place(train_patients, test_patients):
    test_patients[test_patients.isin(train_patients)] = -1
    return (test_patients == -1).mean()


ALREADY_SEEN = [
    (one_row_per_patient, "vous comptez des PATIENTS"),
    (arguments_swapped, "part de l'ENTRAÎNEMENT"),
    (tilde, "NOUVEAUX"),
    (sum_for_mean, "c'est un nombre de lignes"),
    (intersection_size, "c'est un nombre de patients"),
    (in_percent, "pourcentage"),
    (divided_by_train, "les lignes d'ENTRAÎNEMENT"),
    (divided_by_everything, "TOUTES les lignes"),
    (patients_by_rows, "des patients par des lignes"),
    (jaccard, "tous les patients, des deux côtés"),
    (counted_pairs, "CHAQUE ligne d'entraînement"),
    (python_in, "`numéro in serie`"),
    (same_labels, "les deux INDEX"),
    (duplicated_rows, "revient DANS le test"),
    (duplicated_everywhere, "pas celui attendu"),
    (any_for_mean, "avec `any`"),
    (two_decimals, "n'arrondissez pas"),
    (without_mean, "Series"),
    (share_without_return, "`return`"),
    (as_a_table, "déjà des séries"),
    (equal_series, "compare ligne à ligne"),
    (whole_series_in, "une valeur à la fois"),
    (itself, "comparé à lui-même"),
    (known_by_first_row, "pas celui attendu"),
    (below_the_largest, "pas celui attendu"),
    (at_most_half, "pas celui attendu"),
    (renamed_in_place, "en place"),
    (0.75, "on attend une fonction"),
]

WRONG = {"already_seen": ALREADY_SEEN}
