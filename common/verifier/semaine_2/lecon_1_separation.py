"""Leçon 1, Le dossier patient, de l'entraînement au test : already_seen, et ses mauvaises réponses."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from common.data import ehr
from common.verifier.exercise import Exercise
from common.verifier.hints import hinted_errors
from common.verifier.semaine_2.lecon_1 import LESSON, draw_ids

HINTS = {
    "KeyError: 'SUBJECT_ID'|no attribute '(SUBJECT_ID|columns|merge)'": (
        "les deux arguments sont déjà des séries de SUBJECT_ID, sans autre colonne"
    ),
    "unhashable": "`in` ne cherche qu'une valeur à la fois, pour toute une série prenez `isin`",
    "identically-labeled|Lengths must match|broadcast": "`==` compare ligne à ligne, prenez `isin`",
}


def draw_split(rng: np.random.Generator) -> tuple[pd.Series, pd.Series]:
    """Tire deux séries de SUBJECT_ID, de longueurs différentes ; des patients des deux côtés, d'autres d'un seul.

    Chaque patient a d'une à cinq lignes de chaque côté, rangées sans ordre ; les deux index partagent des étiquettes.
    """
    patients = draw_ids(rng, 60)
    shared, alone = int(rng.integers(1, 15)), int(rng.integers(1, 15))
    train = repeated(patients[: shared + alone], rng)
    return train, repeated(np.concatenate([patients[:shared], patients[-int(rng.integers(1, 15)) :]]), rng)


def repeated(patients: np.ndarray, rng: np.random.Generator) -> pd.Series:
    """Une série d'une à cinq lignes par patient, mêlées, avec un index quelconque."""
    rows = rng.permutation(np.repeat(patients, rng.integers(1, 6, len(patients))))
    return pd.Series(rows, index=rng.permutation(1000)[: len(rows)], name="SUBJECT_ID")


def observe_share(answer: Callable, case: tuple) -> Any:
    """Appelle la réponse ; une erreur connue de pandas revient avec une astuce."""
    with hinted_errors(HINTS):
        return answer(*case)


def share_of_patients(train, test):
    return len(set(test) & set(train)) / len(set(test))


def share_of_train(train, test):
    return train.isin(test).mean()


def new_ones(train, test):
    return 1 - ehr.already_seen(train, test)


def number_of_rows(train, test):
    return test.isin(train).sum()


def number_of_patients(train, test):
    return len(set(test) & set(train))


def percentage(train, test):
    return 100 * ehr.already_seen(train, test)


def over_train_rows(train, test):
    return test.isin(train).sum() / len(train)


def over_all_rows(train, test):
    return test.isin(train).sum() / (len(train) + len(test))


def patients_over_rows(train, test):
    return len(set(test) & set(train)) / len(test)


def shared_among_all(train, test):
    return len(set(test) & set(train)) / len(set(test) | set(train))


def merged_pairs(train, test):
    return len(test.to_frame("p").merge(train.to_frame("p"))) / len(test)


def sought_in_index(train, test):
    return test.isin(train.index).mean()


def compared_indexes(train, test):
    return test.index.isin(train.index).mean()


def repeats(train, test):
    return pd.concat([train, test]).duplicated().iloc[len(train) :].mean()


def any_leak(train, test):
    return float(test.isin(train).any())


def rounded(train, test):
    return round(ehr.already_seen(train, test), 2)


already_seen = Exercise(
    title="already_seen",
    lesson=LESSON,
    reference=ehr.already_seen,
    draw=draw_split,
    observe=observe_share,
    mistakes={
        "vous comptez des PATIENTS : un patient à trois séjours de test compte trois lignes.": share_of_patients,
        "c'est la part de l'ENTRAÎNEMENT que l'on retrouve au test : la question porte sur les lignes de test.": (
            share_of_train
        ),
        "c'est la part des patients NOUVEAUX : on demande celle des déjà vus.": new_ones,
        "c'est un nombre de lignes : rendez une PART, de 0 à 1.": number_of_rows,
        "c'est un nombre de patients : rendez une part des LIGNES.": number_of_patients,
        "c'est un pourcentage : rendez une part de 0 à 1, sans multiplier par 100.": percentage,
        "vous divisez par les lignes d'ENTRAÎNEMENT : c'est une part du test.": over_train_rows,
        "vous divisez par TOUTES les lignes : c'est une part du test seul.": over_all_rows,
        "vous divisez des patients par des lignes : comptez des LIGNES en haut aussi.": patients_over_rows,
        "vous divisez par tous les patients, des deux côtés : c'est une part des lignes de test.": shared_among_all,
        "la jointure répète une ligne de test pour CHAQUE ligne d'entraînement du patient : `isin` ne répète rien.": (
            merged_pairs
        ),
        "vous cherchez dans l'INDEX : `numéro in serie` le fait aussi. `isin` cherche dans les valeurs.": (
            sought_in_index
        ),
        "vous comparez les deux INDEX, pas les patients : ils ne disent rien ici.": compared_indexes,
        "un patient qui revient DANS le test n'est pas déjà vu pour autant : seul l'entraînement compte.": repeats,
        "c'est toujours 1 : avec `any` vous dites s'il y a UNE fuite, et le test comparé à lui-même se voit. "
        "Rendez la part des lignes de test qui sont dans l'ENTRAÎNEMENT.": any_leak,
        "n'arrondissez pas.": rounded,
    },
)
