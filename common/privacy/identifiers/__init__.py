"""Les identifiants : ce que dit la loi (`rules`), dans un texte (`text`) et dans une table (`tables`)."""

from common.privacy.identifiers.rules import ACTUAL_KNOWLEDGE, REIDENTIFICATION_CODE, RGPD, SAFE_HARBOR, identifier
from common.privacy.identifiers.text import Identifier, find_identifiers, redact

__all__ = [
    "ACTUAL_KNOWLEDGE",
    "REIDENTIFICATION_CODE",
    "RGPD",
    "SAFE_HARBOR",
    "Identifier",
    "find_identifiers",
    "identifier",
    "redact",
]
