"""Les identifiants d'une table : chaque généralisation contre la règle, et rien qui passe par défaut."""

import numpy as np
import pandas as pd
import pytest

from common.privacy.identifiers.rules import ACTUAL_KNOWLEDGE, RGPD, SAFE_HARBOR, identifier
from common.privacy.identifiers.tables import (
    RESTRICTED_ZIP3,
    generalise_birth,
    generalise_date,
    safe_harbor,
    suspicious_columns,
    top_code_age,
    truncate_postal_code,
    truncate_zip,
)


def patients():
    return pd.DataFrame(
        {
            "nom": ["Durand", "Kerbrat", "Petit"],
            "naissance": ["1925-03-12", "1978-11-07", "1990-01-31"],
            "age": [300, 45, 33],
            "admission": pd.to_datetime(["2019-03-12", "2020-07-01", "2021-12-31"]),
            "zip": ["02115", "03601", "82345-1234"],
            "note": ["Vu le 12 mars 2019 par le Dr Petit.", "TA 12/8.", None],
            "diagnostic": ["I10", "J45", "E11"],
        },
        index=pd.Index(["ipp-1", "ipp-2", "ipp-3"], name="ipp"),
    )


ROLES = {
    "nom": "A",
    "naissance": "birth_date",
    "age": "age",
    "admission": "date",
    "zip": "zip",
    "note": "text_fr",
    "diagnostic": "keep",
}


def test_a_table_after_safe_harbor_cell_by_cell():
    cleaned = safe_harbor(patients(), ROLES, year=2024)
    assert list(cleaned.columns) == ["naissance", "age", "admission", "zip", "note", "diagnostic"]
    assert cleaned["naissance"].tolist() == [1934, 1978, 1990]
    assert cleaned["age"].tolist() == [90, 45, 33]
    assert cleaned["admission"].tolist() == [2019, 2020, 2021]
    assert cleaned["zip"].tolist() == ["021", "000", "000"]
    assert cleaned["note"].tolist()[:2] == ["Vu le [DATE 2019] par le Dr [NOM].", "TA 12/8."] and pd.isna(
        cleaned["note"][2]
    )
    assert cleaned["diagnostic"].tolist() == ["I10", "J45", "E11"]


def test_the_index_does_not_carry_the_patient_out():
    cleaned = safe_harbor(patients(), ROLES, year=2024)
    assert list(cleaned.index) == [0, 1, 2] and cleaned.index.name is None


def test_the_given_table_is_left_alone():
    table = patients()
    safe_harbor(table, ROLES, year=2024)
    pd.testing.assert_frame_equal(table, patients())


@pytest.mark.parametrize("letter", [rule.letter for rule in SAFE_HARBOR])
def test_every_letter_drops_its_column(letter):
    assert safe_harbor(pd.DataFrame({"x": [1], "y": [2]}), {"x": letter, "y": "keep"}).columns.tolist() == ["y"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda roles: roles.pop("diagnostic"), "Colonne.s. sans rôle : diagnostic.*Rien ne passe par défaut"),
        (lambda roles: roles.update(absent="A"), "Rôle.s. sans colonne : absent"),
        (lambda roles: roles.update(diagnostic="garder"), "Rôle.s. inconnu.s. : garder"),
        (lambda roles: roles.update(diagnostic="S"), "inconnu.s. : S"),
    ],
)
def test_wrong_roles_are_refused(change, message):
    roles = dict(ROLES)
    change(roles)
    with pytest.raises(ValueError, match=message):
        safe_harbor(patients(), roles, year=2024)


def test_a_birth_date_needs_the_year_and_a_repeated_column_is_refused():
    with pytest.raises(ValueError, match="année du partage"):
        safe_harbor(patients(), ROLES)
    with pytest.raises(ValueError, match="deux fois"):
        safe_harbor(pd.DataFrame([[1, 2]], columns=["x", "x"]), {"x": "keep"})


def test_generalise_date_reads_texts_and_datetimes_and_keeps_missing_dates():
    years = generalise_date(pd.Series(["2019-03-12", None, "2150-12-31 23:59:59"]))
    assert years[0] == 2019 and pd.isna(years[1]) and years[2] == 2150
    assert generalise_date(pd.Series(pd.to_datetime(["1820-01-01"]))).tolist() == [1820]


@pytest.mark.parametrize("text", ["12/03/2019", "hier", "2019-13-01"])
def test_generalise_date_refuses_what_it_cannot_read(text):
    with pytest.raises(ValueError, match="« jour » contient autre chose"):
        generalise_date(pd.Series([text], name="jour"))


def test_ages_over_89_become_one_category():
    assert top_code_age(pd.Series([0, 89, 90, 91, 300])).tolist() == [0, 89, 90, 90, 90]
    assert np.isnan(top_code_age(pd.Series([np.nan]))[0]) and top_code_age(pd.Series([89.9]))[0] == 89.9


def test_birth_years_that_tell_an_age_over_89_become_one_category():
    births = pd.Series(["1800-01-01", "1933-12-31", "1934-01-01", "1935-01-01"])
    assert generalise_birth(births, 2024).tolist() == [1934, 1934, 1934, 1935]
    with pytest.raises(ValueError, match="naissance après 2024"):
        generalise_birth(pd.Series(["2025-01-01"]), 2024)


def test_the_seventeen_restricted_zip_areas_of_the_2000_census():
    assert len(RESTRICTED_ZIP3) == 17
    assert set(truncate_zip(pd.Series([area + "01" for area in RESTRICTED_ZIP3]))) == {"000"}
    assert truncate_zip(pd.Series(["02115", "10001-1234"])).tolist() == ["021", "100"]
    assert pd.isna(truncate_zip(pd.Series(["02115", None]))[1])


@pytest.mark.parametrize("code", [2115, 2115.0, "2115", "0211A", "02115-12", ""])
def test_a_zip_that_lost_its_zero_is_refused(code):
    with pytest.raises(ValueError, match="zéros de tête"):
        truncate_zip(pd.Series([code], name="zip"))


def test_french_postal_codes_become_departments():
    codes = pd.Series(["75011", "01000", "20090", "97133", "97500", "98600", "98800"])
    assert truncate_postal_code(codes).tolist() == ["75", "01", "20", "971", "000", "000", "988"]


def test_suspicious_columns_by_name_and_by_content():
    table = pd.DataFrame(
        {
            "Prénom": ["a", "a"],
            "subject_id": [1, 1],
            "colonne_7": ["06 12 34 56 78", "06 98 76 54 32"],
            "c8": pd.to_datetime(["2020-01-01", "2020-01-01"]),
            "c9": ["x1", "x2"],
            "sodium": [138.2, 140.1],
            "sexe": ["F", "F"],
            "page": [1, 1],
        }
    )
    reasons = suspicious_columns(table)
    assert set(reasons) == {"Prénom", "subject_id", "colonne_7", "c8", "c9"}
    assert [reasons[name][:3] for name in reasons] == ["(A)", "(H)", "(D)", "(C)", "(R)"]


def test_an_empty_table_is_suspected_by_its_names_only():
    assert set(suspicious_columns(pd.DataFrame({"nir": [], "k": []}))) == {"nir"}


def test_the_eighteen_rules_are_there_with_their_source():
    assert "".join(rule.letter for rule in SAFE_HARBOR) == "ABCDEFGHIJKLMNOPQR"
    assert identifier("G").source == "45 CFR 164.514(b)(2)(i)(G)" and "NIR" in identifier("G").french_equivalents
    assert "20 000" in identifier("B").rule and "89 ans" in identifier("C").rule and ACTUAL_KNOWLEDGE
    with pytest.raises(ValueError, match="« S »"):
        identifier("S")


def test_the_rgpd_articles_of_the_lesson_are_quoted():
    references = " ".join(article.reference for article in RGPD)
    assert all(
        wanted in references
        for wanted in ["art. 4, 1)", "art. 4, 5)", "considérant 26", "art. 9", "art. 25", "art. 35"]
    )
