"""L'AIPD pressée : ses onze manques, et la réparation qui n'en laisse aucun sans toucher aux faits."""

from common.privacy.aipd import gaps
from common.privacy.aipd_example import FACTS, complete_form, hasty_form


def test_the_hasty_form_has_eleven_gaps_in_six_sections():
    found = gaps(hasty_form())
    assert len(found) == 11
    assert {gap.section for gap in found} == {
        *("description", "necessity", "federation", "illegitimate_access", "disappearance", "opinions"),
    }


def test_completing_leaves_no_gap_changes_no_fact_and_not_its_argument():
    form = hasty_form()
    completed = complete_form(form)
    assert gaps(completed) == [] and form == hasty_form()
    assert all(completed[section][name] == form[section][name] is not None for section, name in FACTS)


def test_each_call_gives_a_new_form():
    hasty_form()["disappearance"]["measures"].append("Sauvegarde")
    assert hasty_form()["disappearance"]["measures"] == []
