"""Le dossier patient : les tables de MIMIC-III, leur définition, leur lecture, leur cohorte, leur qualité."""

from common.data.ehr.cohort import (
    adult_cohort,
    age_at_admission,
    already_seen,
    count_deaths,
    first_day,
    first_icu_stays,
    hospital_mortality,
)
from common.data.ehr.load import card, load_tables, real_folder
from common.data.ehr.quality import (
    body_temperature,
    missing_rates,
    mixed_units,
    plausible,
    plausible_events,
    repeated_measures,
    to_celsius,
    typed_in_fahrenheit,
    without_errors,
)
from common.data.ehr.reader import read_table, scan_table
from common.data.ehr.references import check_references
from common.data.ehr.schema import TABLES, EhrError, EhrWarning, check_table

__all__ = [
    "TABLES",
    "EhrError",
    "EhrWarning",
    "adult_cohort",
    "age_at_admission",
    "already_seen",
    "body_temperature",
    "card",
    "check_references",
    "check_table",
    "count_deaths",
    "first_day",
    "first_icu_stays",
    "hospital_mortality",
    "load_tables",
    "missing_rates",
    "mixed_units",
    "plausible",
    "plausible_events",
    "read_table",
    "real_folder",
    "repeated_measures",
    "scan_table",
    "to_celsius",
    "typed_in_fahrenheit",
    "without_errors",
]
