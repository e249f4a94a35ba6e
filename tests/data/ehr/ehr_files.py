"""Des tables de quelques lignes, écrites comme PhysioNet les donne : de quoi abîmer un fichier à la fois."""

import csv
import io

from common.data.ehr.schema import column_names

ROWS = {
    "PATIENTS": [
        (1, 10, "F", "2060-03-01 00:00:00", "2130-05-02 00:00:00", "2130-05-02 00:00:00", "", 1),
        (2, 11, "M", "1811-07-20 00:00:00", "", "", "", 0),
        (3, 12, "M", "2101-01-01 00:00:00", "", "", "", 0),
    ],
    "ADMISSIONS": [
        (1, 10, 100, "2130-04-28 10:00:00", "2130-05-02 09:00:00", "2130-05-02 09:00:00", "EMERGENCY",
         "EMERGENCY ROOM ADMIT", "DEAD/EXPIRED", "Medicare", "", "", "", "WHITE", "", "", "SEPSIS", 1, 1),
        (2, 11, 101, "2111-07-20 08:00:00", "2111-07-25 12:00:00", "", "ELECTIVE",
         "PHYS REFERRAL/NORMAL DELI", "HOME", "Medicare", "ENGL", "CATHOLIC", "WIDOWED", "WHITE", "", "", "", 0, 1),
        (3, 12, 102, "2101-01-01 05:00:00", "2101-01-03 12:00:00", "", "NEWBORN",
         "CLINIC REFERRAL/PREMATURE", "HOME", "Private", "", "", "", "ASIAN", "", "", "NEWBORN", 0, 1),
    ],
    "ICUSTAYS": [
        (1, 10, 100, 200, "carevue", "MICU", "MICU", 52, 52, "2130-04-28 11:00:00", "2130-05-02 09:00:00", 3.9167),
        (2, 11, 101, 201, "metavision", "CSRU", "CSRU", 14, 14, "2111-07-20 12:00:00", "", ""),
    ],
    "DIAGNOSES_ICD": [(1, 10, 100, 1, "0389"), (2, 11, 101, 1, "7895"), (3, 12, 102, "", "")],
    "D_ICD_DIAGNOSES": [(1, "0389", "Septicemia NOS", "Unspecified septicemia"), (2, "042", "HIV", "HIV disease")],
    "CHARTEVENTS": [
        (1, 10, 100, 200, 211, "2130-04-28 12:00:00", "2130-04-28 12:05:00", 1, "118", 118, "BPM", "", "", "", ""),
        (2, 10, 100, "", 678, "2130-04-28 12:00:00", "", "", "101.5", 101.5, "Deg. F", "", "", "", "NotStopd"),
        (3, 11, 101, 201, 220045, "2111-07-20 13:00:00", "", "", "refus", "", "bpm", 0, 0, "", ""),
    ],
    "D_ITEMS": [
        (1, 211, "Heart Rate", "", "carevue", "chartevents", "", "", "", ""),
        (2, 678, "Temperature F", "", "carevue", "chartevents", "", "", "", ""),
        (3, 220045, "Heart Rate", "HR", "metavision", "chartevents", "Routine Vital Signs", "bpm", "Numeric", ""),
    ],
    "NOTEEVENTS": [
        (1, 10, 100, "2130-05-02", "", "", "Discharge summary", "Report", "", "",
         'Dit "ça va".\nPuis, plus rien.\n\nDécédée.\n'),
        (2, 11, 101, "2111-07-20", "2111-07-20 13:00:00", "", "Nursing", "Report", 3, "1", "RAS"),
    ],
}  # fmt: skip


def to_bytes(table, rows, newline="\n"):
    """Le CSV que PostgreSQL écrirait : noms et textes entre guillemets, nombres et dates nus, vide si absent."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator=newline)
    writer.writerow(column_names(table))
    writer.writerows(rows)
    return stream.getvalue().encode("utf-8")
