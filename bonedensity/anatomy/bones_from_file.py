"""A segmentation from a file, on the CT's grid."""

from __future__ import annotations

from bonedensity.anatomy.labels import TOTALSEGMENTATOR_NAMES
from bonedensity.imaging import LabelMap, Volume
from bonedensity.imaging.files import AnyPath
from bonedensity.imaging.place_on_grid import place_on_grid
from bonedensity.imaging.read_labels import read_label_map


def bones_from_file(path: AnyPath, ct: Volume) -> LabelMap:
    """The labels of a file on the CT's grid; those that the file does not name take TotalSegmentator's names.

    Raises:
        UnreadableFileError: As `read_label_map`.
        AnatomyError: No label lies inside the CT.
    """
    return place_on_grid(read_label_map(path, TOTALSEGMENTATOR_NAMES), ct)
