"""Désidentifier l'imagerie : le profil de base de DICOM PS3.15 annexe E, ce qu'il laisse, et comment le vérifier."""

from common.privacy.dicom.burned_in import aligned_letters, burned_in_suspicions
from common.privacy.dicom.deidentify import deidentify
from common.privacy.dicom.folder import FolderReport, deidentify_folder, leftovers, readable_words
from common.privacy.dicom.profile import action_for, profile
from common.privacy.dicom.pseudonyms import patient_pseudonym, remap_uid, shift_date, shift_days
from common.privacy.dicom.revealing import revealing_tags

__all__ = [
    "FolderReport",
    "action_for",
    "aligned_letters",
    "burned_in_suspicions",
    "deidentify",
    "deidentify_folder",
    "leftovers",
    "patient_pseudonym",
    "profile",
    "readable_words",
    "remap_uid",
    "revealing_tags",
    "shift_date",
    "shift_days",
]
