"""Les images médicales DICOM du cours : fichiers réels livrés avec pydicom, et études synthétiques."""

from common.data.dicom.files import MAX_BYTES, DicomError, library_file, read_file
from common.data.dicom.image import Volume, display, slice_position, stack_volume, to_hounsfield, window
from common.data.dicom.radiograph import synthetic_radiograph
from common.data.dicom.synthetic import CARD, synthetic_ct

__all__ = [
    "CARD",
    "MAX_BYTES",
    "DicomError",
    "Volume",
    "display",
    "library_file",
    "read_file",
    "slice_position",
    "stack_volume",
    "synthetic_ct",
    "synthetic_radiograph",
    "to_hounsfield",
    "window",
]
