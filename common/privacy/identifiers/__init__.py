"""Les identifiants : ce que dit la loi (`rules`), dans un texte (`text`) et dans une table (`tables`)."""

from common.privacy.identifiers.rules import (
    ACTUAL_KNOWLEDGE,
    REIDENTIFICATION_CODE,
    RGPD,
    SAFE_HARBOR,
    SafeHarborIdentifier,
    identifier,
)
from common.privacy.identifiers.tables import (
    generalise_birth,
    generalise_date,
    safe_harbor,
    suspicious_columns,
    top_code_age,
    truncate_postal_code,
    truncate_zip,
)
from common.privacy.identifiers.text import Identifier, find_identifiers, redact

__all__ = [
    "ACTUAL_KNOWLEDGE",
    "REIDENTIFICATION_CODE",
    "RGPD",
    "SAFE_HARBOR",
    "Identifier",
    "SafeHarborIdentifier",
    "find_identifiers",
    "generalise_birth",
    "generalise_date",
    "identifier",
    "redact",
    "safe_harbor",
    "suspicious_columns",
    "top_code_age",
    "truncate_postal_code",
    "truncate_zip",
]
