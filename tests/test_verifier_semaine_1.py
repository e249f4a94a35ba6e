"""Semaine 1 : ce que les catalogues ne disent pas des exercices."""

import logging

import numpy as np
import pytest
from flwr.app import ConfigRecord

from common.verifier import semaine_1 as verifier


def test_every_wrong_set_of_letters_is_explained():
    assert len(verifier.personal_data.mistakes) == 2**6 - 2


@pytest.mark.parametrize("name", ["pack", "count_visit", "train", "evaluate"])
def test_judging_a_wrong_answer_raises_no_flower_warning(name, caplog):
    """Le catalogue entier est essayé : l'apprenant ne doit pas en recevoir les avertissements."""
    logger = logging.getLogger("flwr")
    logger.addHandler(caplog.handler)
    try:
        getattr(verifier, name).judge(lambda *case: ConfigRecord())
    finally:
        logger.removeHandler(caplog.handler)
    assert caplog.messages == []


def test_fedadam_is_drawn_with_and_without_memory():
    memories = [np.any(m) for _, _, m, _, _ in verifier.fedadam_step.cases()]
    assert any(memories) and not all(memories)
