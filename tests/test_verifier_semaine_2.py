"""Les contrôles de la semaine 2 se chargent leçon par leçon : la mémoire de torch n'est prise que par la leçon 5."""

import subprocess
import sys

import pytest

from common.verifier import semaine_2 as verifier

LIGHT = """
import sys
from common.verifier import semaine_2 as verifier
verifier.adult_cohort, verifier.window, verifier.remap_uid, verifier.k_anonymity, verifier.total_epsilon
print(sorted({"torch", "opacus", "flwr"} & set(sys.modules)))
"""


def test_other_lessons_do_not_load_torch():
    result = subprocess.run([sys.executable, "-c", LIGHT], capture_output=True, encoding="utf-8", check=True)
    assert result.stdout.strip() == "[]"


def test_exercises_are_listed_and_an_unknown_one_is_refused_in_french():
    assert dir(verifier) == sorted(verifier.__all__)
    with pytest.raises(AttributeError, match="n'a pas d'exercice « fenetre »"):
        _ = verifier.fenetre
