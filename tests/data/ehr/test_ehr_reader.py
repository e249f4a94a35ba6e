"""Lire MIMIC-III : les fichiers officiels tels quels, et pour chaque fichier abîmé, la table, la ligne, la raison."""

import csv
import gzip
import io
import time
import warnings

import pandas as pd
import pytest
from ehr_files import ROWS, to_bytes
from hypothesis import given, settings
from hypothesis import strategies as st

from common.data.ehr import records
from common.data.ehr.reader import read_table, scan_table
from common.data.ehr.records import Source, read_blocks
from common.data.ehr.schema import EhrError, EhrWarning, column_names, dtypes

pytestmark = pytest.mark.filterwarnings("error")  # un avertissement que rien n'attend est une faute


def changed(table, row, column, value):
    rows = [list(one) for one in ROWS[table]]
    rows[row][column_names(table).index(column)] = value
    return rows


def refused(folder, table, columns=None, rows_per_chunk=100):
    with pytest.raises(EhrError) as caught:
        list(scan_table(folder, table, columns, rows_per_chunk))
    return caught.value


@pytest.mark.parametrize("table", ROWS)
@pytest.mark.parametrize("rows_per_chunk", [1, 2, 100])
def test_every_table_has_the_official_columns_and_types(write, table, rows_per_chunk):
    frame = pd.concat(scan_table(write(table), table, rows_per_chunk=rows_per_chunk))
    assert frame.dtypes.to_dict() == dtypes(table)
    assert len(frame) == len(ROWS[table])
    assert list(frame.index) == list(range(len(frame)))


@pytest.mark.parametrize("name", ["PATIENTS.csv", "patients.csv", "PATIENTS.csv.gz", "patients.csv.gz", "Patients.CSV"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_file_names_newlines_and_lower_case_columns(write, name, newline):
    content = to_bytes("PATIENTS", ROWS["PATIENTS"], newline).replace(b"ROW_ID", b"row_id").replace(b"DOB", b"dob")
    frame = read_table(write("PATIENTS", content, name), "patients")
    assert frame["SUBJECT_ID"].tolist() == [10, 11, 12]
    assert frame["DOB"].iloc[1] == pd.Timestamp("1811-07-20")
    assert frame["DOD"].isna().tolist() == [False, True, True]


def test_official_quoted_header_and_byte_order_mark(write):
    content = to_bytes("D_ICD_DIAGNOSES", ROWS["D_ICD_DIAGNOSES"])
    header, rest = content.split(b"\n", 1)
    quoted = b'\xef\xbb\xbf"' + header.replace(b",", b'","') + b'"\n' + rest
    assert read_table(write("D_ICD_DIAGNOSES", quoted), "D_ICD_DIAGNOSES")["ICD9_CODE"].tolist() == ["0389", "042"]


def test_multi_line_notes_come_back_whole(write):
    notes = read_table(write("NOTEEVENTS"), "NOTEEVENTS", rows := ["TEXT", "CHARTDATE"])
    assert list(notes.columns) == rows
    assert notes["TEXT"].iloc[0] == ROWS["NOTEEVENTS"][0][-1]
    assert notes["CHARTDATE"].iloc[0] == pd.Timestamp("2130-05-02")


def test_a_quoted_last_field_before_a_windows_newline(write):
    content = to_bytes("NOTEEVENTS", ROWS["NOTEEVENTS"], "\r\n").replace(b",RAS", b',"RAS"')
    assert read_table(write("NOTEEVENTS", content), "NOTEEVENTS")["TEXT"].iloc[1] == "RAS"


def test_header_only_file_gives_an_empty_table_with_types(write):
    notes = read_table(write("NOTEEVENTS", []), "NOTEEVENTS")
    assert len(notes) == 0
    assert notes.dtypes.to_dict() == dtypes("NOTEEVENTS")


def test_asked_columns_come_in_the_asked_order(write):
    frame = read_table(write("CHARTEVENTS"), "chartevents", ["valuenum", "ITEMID"])
    assert list(frame.columns) == ["VALUENUM", "ITEMID"]
    assert frame["VALUENUM"].tolist()[:2] == [118.0, 101.5]


def test_unknown_names_are_told_at_once(tmp_path):
    with pytest.raises(ValueError, match="CHARTEVENTS"):
        scan_table(tmp_path, "CHARTEVENT")
    with pytest.raises(ValueError, match="VALUENUM"):
        scan_table(tmp_path, "CHARTEVENTS", ["VALUENUMS"])
    with pytest.raises(ValueError, match="rows_per_chunk"):
        scan_table(tmp_path, "CHARTEVENTS", rows_per_chunk=0)


def test_missing_folder_missing_file_and_two_files(write, tmp_path):
    assert "n'existe pas" in str(refused_at_once(tmp_path / "absent"))
    assert "aucun fichier" in str(refused_at_once(tmp_path))
    write("PATIENTS")
    assert "PATIENTS.csv et" in str(refused_at_once(write("PATIENTS", name="patients.csv.gz")))


def test_a_file_that_cannot_be_opened_is_said(write, monkeypatch):
    folder = write("PATIENTS")

    def forbidden(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(folder), "open", forbidden)
    assert "refuse la lecture" in refused(folder, "PATIENTS").reason


def test_a_folder_named_like_a_table_is_not_its_file(write, tmp_path):
    (tmp_path / "patients.csv.gz").mkdir()
    assert len(read_table(write("PATIENTS"), "PATIENTS")) == 3


def refused_at_once(folder):
    with pytest.raises(EhrError) as caught:
        scan_table(folder, "PATIENTS")
    return caught.value


@pytest.mark.parametrize(
    ("table", "row", "column", "value", "reason"),
    [
        ("PATIENTS", 1, "SUBJECT_ID", "onze", "n'est pas un nombre"),
        ("PATIENTS", 1, "SUBJECT_ID", "", "SUBJECT_ID est vide"),
        ("PATIENTS", 1, "SUBJECT_ID", "11.5", "n'est pas un entier"),
        ("PATIENTS", 1, "SUBJECT_ID", "1e300", "n'est pas un entier"),
        ("PATIENTS", 1, "SUBJECT_ID", "inf", "n'est pas un entier"),
        ("PATIENTS", 1, "SUBJECT_ID", "-11", "hors de 0"),
        ("PATIENTS", 1, "SUBJECT_ID", str(2**31), "hors de 0"),
        ("PATIENTS", 1, "SUBJECT_ID", "10", "une seconde fois"),
        ("PATIENTS", 1, "EXPIRE_FLAG", "True", "n'est pas un nombre"),
        ("PATIENTS", 1, "EXPIRE_FLAG", "2", "hors de 0, 1"),
        ("PATIENTS", 1, "GENDER", "H", "hors de F, M"),
        ("PATIENTS", 1, "DOB", "20/07/1811", "n'est pas une date"),
        ("PATIENTS", 1, "DOB", "now", "n'est pas une date"),
        ("PATIENTS", 1, "DOB", "today", "n'est pas une date"),
        ("PATIENTS", 1, "DOB", "2101-02-30 00:00:00", "n'est pas une date"),
        ("PATIENTS", 1, "DOB", "2101-02-03T00:00:00Z", "n'est pas une date"),
        ("PATIENTS", 1, "DOD", "1811-07-19 00:00:00", "avant la naissance"),
        ("ADMISSIONS", 1, "DISCHTIME", "2111-07-19 23:00:00", "après la sortie"),
        ("ADMISSIONS", 1, "ADMISSION_TYPE", "elective", "hors de ELECTIVE"),
        ("ICUSTAYS", 1, "OUTTIME", "2111-07-20 11:59:59", "après la sortie"),
        ("ICUSTAYS", 1, "LOS", "-1", "sous 0"),
        ("CHARTEVENTS", 1, "VALUENUM", "nan", "n'est pas un nombre"),
        ("CHARTEVENTS", 1, "VALUENUM", "False", "n'est pas un nombre"),
        ("CHARTEVENTS", 1, "VALUENUM", "1e400", "un nombre"),
        ("D_ICD_DIAGNOSES", 1, "ICD9_CODE", "0389", "une seconde fois"),
    ],
)
@pytest.mark.parametrize("rows_per_chunk", [1, 100])
def test_a_bad_value_is_refused_with_table_line_and_reason(write, table, row, column, value, reason, rows_per_chunk):
    error = refused(write(table, changed(table, row, column, value)), table, rows_per_chunk=rows_per_chunk)
    assert (error.table, error.place) == (table, f"ligne {row + 2}")
    assert reason in error.reason
    assert f"{table}.csv" in error.advice


def test_boolean_words_in_text_are_only_text(write):
    rows = changed("CHARTEVENTS", 0, "VALUE", "True")
    assert read_table(write("CHARTEVENTS", rows), "CHARTEVENTS")["VALUE"].iloc[0] == "True"


def test_lines_are_those_of_the_file_even_after_a_multi_line_text(write):
    rows = changed("NOTEEVENTS", 1, "SUBJECT_ID", "x")
    for rows_per_chunk in (1, 2, 100):
        assert refused(write("NOTEEVENTS", rows), "NOTEEVENTS", rows_per_chunk=rows_per_chunk).place == "ligne 7"


def test_checks_hold_even_for_columns_nobody_asked(write):
    folder = write("ADMISSIONS", changed("ADMISSIONS", 2, "HADM_ID", 100))
    assert "HADM_ID" in refused(folder, "ADMISSIONS", ["INSURANCE"]).reason
    folder = write("ADMISSIONS", changed("ADMISSIONS", 1, "DISCHTIME", "2110-01-01 00:00:00"))
    assert "après la sortie" in refused(folder, "ADMISSIONS", ["INSURANCE"], rows_per_chunk=1).reason


def test_a_key_repeated_far_away_is_found(write):
    rows = [(number, *ROWS["CHARTEVENTS"][0][1:]) for number in [*range(5000, 0, -1), 2_000_000_000, 17]]
    error = refused(write("CHARTEVENTS", rows), "CHARTEVENTS", ["VALUENUM"], rows_per_chunk=64)
    assert (error.place, "« 17 » une seconde fois" in error.reason) == ("ligne 5003", True)
    assert len(read_table(write("CHARTEVENTS", rows[:-1]), "CHARTEVENTS")) == 5001


SAME_DAY = "2111-07-20 07:00:00"


def test_known_anomalies_of_the_official_files_only_warn(write):
    folder = write("ADMISSIONS", changed("ADMISSIONS", 1, "DISCHTIME", SAME_DAY))
    with pytest.warns(EhrWarning, match=r"1 ligne.*ligne 3.*même jour.*ticket 209"):
        assert len(read_table(folder, "ADMISSIONS")) == 3
    folder = write("ADMISSIONS", changed("ADMISSIONS", 0, "DEATHTIME", "2130-04-01 00:00:00"))
    with pytest.warns(EhrWarning, match=r"ligne 2.*ticket 178"):
        assert len(read_table(folder, "ADMISSIONS")) == 3


@pytest.mark.parametrize(
    ("damage", "place", "reason"),
    [
        (lambda data: b"", "ligne 1", "vide"),
        (lambda data: data.replace(b",GENDER", b""), "ligne 1", "il manque GENDER"),
        (lambda data: data.replace(b"GENDER", b"SEX"), "ligne 1", "il manque GENDER"),
        (lambda data: data.replace(b"ROW_ID,SUBJECT_ID", b"SUBJECT_ID,ROW_ID"), "ligne 1", "ordre officiel"),
        (lambda data: data.replace(b"EXPIRE_FLAG", b"EXPIRE_FLAG,MIMIC_ID"), "ligne 1", "MIMIC_ID"),
        (lambda data: data.replace(b"11,M", b"11,M,M"), "ligne 3", "9 champ(s) au lieu de 8"),
        (lambda data: data.replace(b"11,M,", b"11,"), "ligne 3", "7 champ(s) au lieu de 8"),
        (lambda data: data.replace(b"2,11", b"\n2,11"), "ligne 3", "1 champ(s)"),
        (lambda data: data.replace(b"11,M", b'11,"M'), "ligne 3", "jamais refermé"),
        (lambda data: data.replace(b"11,M", b'11,M"a,"'), "ligne 3", "au milieu d'un champ"),
        (lambda data: data.replace(b"11,M", b'11,"M"a'), "ligne 3", "suit un guillemet fermant"),
        (lambda data: data.replace(b"11,M", b"11,M\r"), "ligne 3", "retour chariot"),
        (lambda data: data.replace(b"11,M", b"11,\xe9"), "ligne 3", "0xe9 n'est pas de l'UTF-8"),
        (lambda data: data.decode().encode("utf-16"), "ligne 1", "octet nul"),
        (lambda data: gzip.compress(data), "ligne 1", "UTF-8"),
    ],
)
def test_a_damaged_file_is_refused(write, damage, place, reason):
    error = refused(write("PATIENTS", damage(to_bytes("PATIENTS", ROWS["PATIENTS"]))), "PATIENTS")
    assert error.place == place
    assert reason in error.reason


def test_truncated_or_false_archives_are_refused(tmp_path):
    rows = [(number, *ROWS["CHARTEVENTS"][0][1:]) for number in range(20_000)]
    whole = gzip.compress(to_bytes("CHARTEVENTS", rows))
    path = tmp_path / "CHARTEVENTS.csv.gz"
    for content, reason in ((whole[: len(whole) // 2], "s'arrête"), (b"ROW_ID\n", "abîmée"), (whole[:-8], "s'arrête")):
        path.write_bytes(content)
        assert reason in refused(tmp_path, "CHARTEVENTS", rows_per_chunk=5000).reason
    path.write_bytes(whole[:-8] + bytes(8))
    assert "abîmée" in refused(tmp_path, "CHARTEVENTS", rows_per_chunk=5000).reason
    path.write_bytes(whole)
    assert len(read_table(tmp_path, "CHARTEVENTS", ["ITEMID"])) == 20_000


def test_a_cut_last_line_is_refused_or_at_least_said(write):
    data = to_bytes("PATIENTS", ROWS["PATIENTS"])
    with pytest.warns(EhrWarning, match="coupé"):
        assert "champ(s)" in refused(write("PATIENTS", data[:-4]), "PATIENTS").reason
    with pytest.warns(EhrWarning, match="coupé"):
        assert len(read_table(write("PATIENTS", data[:-1]), "PATIENTS")) == 3


def test_a_file_without_any_newline_does_not_fill_memory(write):
    assert "sans saut de ligne" in refused(write("PATIENTS", b"a" * (1 << 25)), "PATIENTS").reason


def test_an_open_quote_before_a_long_file_is_told_at_once(write):
    """Le temps ne doit pas croître comme le carré du nombre de lignes qui suivent le guillemet."""
    header = to_bytes("PATIENTS", [])
    start = time.process_time()
    error = refused(write("PATIENTS", header + b'1,"10' + b"\n" * 60_000), "PATIENTS")
    assert (error.place, "jamais refermé" in error.reason) == ("ligne 2", True)
    assert time.process_time() - start < 10


def test_an_open_quote_does_not_read_the_whole_file(write, monkeypatch):
    monkeypatch.setattr(records, "MAX_RECORD_BYTES", 1 << 10)
    folder = write("PATIENTS", to_bytes("PATIENTS", []) + b'1,"10' + b"\n" * 3000 + b'"\n')
    assert "jamais refermé" in refused(folder, "PATIENTS").reason


def test_long_records_make_smaller_blocks(monkeypatch):
    """Cent mille comptes rendus ne tiennent pas en mémoire : un bloc se ferme aussi à sa taille."""
    monkeypatch.setattr(records, "MAX_BLOCK_BYTES", 1000)
    blocks = list(read_blocks(Source("PATIENTS", None), io.BytesIO(b"a" * 99 + b"\n" + b"b\n" * 5000), 1, 100_000))
    assert max(len(block.data) for block in blocks) <= 1000 and len(blocks) > 10


def test_the_file_is_closed_when_the_reader_is_left(write):
    folder = write("PATIENTS")
    with warnings.catch_warnings():
        warnings.simplefilter("error", ResourceWarning)
        chunks = scan_table(folder, "PATIENTS", rows_per_chunk=1)
        next(chunks)
        chunks.close()
    (folder / "PATIENTS.csv").unlink()  # Windows refuserait


FIELD = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=8)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(FIELD, FIELD, FIELD), min_size=1, max_size=6), st.integers(1, 5))
def test_blocks_cut_where_the_csv_module_cuts(rows, num_lines):
    """Oracle : le module csv de Python, sur des textes quelconques (guillemets, virgules, sauts de ligne)."""
    stream = io.StringIO(newline="")
    csv.writer(stream, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(rows)
    data = stream.getvalue().encode("utf-8")
    blocks = list(read_blocks(Source("PATIENTS", None), io.BytesIO(data), 3, num_lines))
    assert b"".join(block.data for block in blocks) == data
    found = [tuple(row) for block in blocks for row in csv.reader(io.StringIO(block.data.decode(), newline=""))]
    assert found == rows
    starts = [block.line(record) for block in blocks for record in range(len(block))]
    reader, expected = csv.reader(io.StringIO(stream.getvalue(), newline="")), [2]
    expected += [reader.line_num + 2 for _ in reader]
    assert starts == expected[:-1]
