"""Labels made by others (TotalSegmentator, MONAI Auto3DSeg, by hand), brought onto the CT under the house's names."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bonedensity.anatomy.labels import BY_NAME, title_of
from bonedensity.anatomy.names import bone_of_code, bone_of_name
from bonedensity.errors import AnatomyError
from bonedensity.imaging import LabelMap, Volume
from bonedensity.imaging.place_on_grid import place_on_grid
from bonedensity.segmentation.result import Segmentation


def adopt_labels(ct: Volume, labels: LabelMap) -> Segmentation:
    """Somebody's labels on the CT's grid, with TotalSegmentator's names and values; what is no bone is left out.

    Args:
        ct: In HU.
        labels: On any grid. A label's code goes before its name.

    Raises:
        AnatomyError: No label means a bone, two mean the same one, or none lies inside the CT.
    """
    present = set(labels.present())
    named = {value: name for value, name in labels.names.items() if name in present}
    meant = {value: _bone(value, name, labels.codes) for value, name in named.items()}
    bones = {value: bone for value, bone in meant.items() if bone is not None}
    _refuse_none_or_two(bones, named, labels.volume.name)
    table = np.zeros(int(labels.volume.array.max()) + 1, np.uint8)
    for value, bone in bones.items():
        table[value] = BY_NAME[bone].value
    renamed = labels.volume.with_array(table[np.maximum(labels.volume.array, 0)])
    placed = place_on_grid(LabelMap(renamed, {BY_NAME[bone].value: bone for bone in bones.values()}), ct)
    left_out = [name for value, name in named.items() if value not in bones]
    notes = list(placed.volume.notes)
    if left_out:
        notes.append(f"Left out, since no bone that is used here: {', '.join(left_out)}.")
    return Segmentation(placed, engine="labels", notes=tuple(notes))


def _bone(value: int, name: str, codes: Mapping[int, tuple[str, str]]) -> str | None:
    by_code = bone_of_code(*codes[value]) if value in codes else None
    return by_code or bone_of_name(name)


def _refuse_none_or_two(bones: Mapping[int, str], named: Mapping[int, str], where: str) -> None:
    if not bones:
        raise AnatomyError(
            f"None of the labels of “{where}” ({', '.join(named.values()) or 'it is empty'}) means a bone: name them "
            "as TotalSegmentator does, such as femur_left, hip_right or vertebrae_L3."
        )
    first: dict[str, int] = {}
    for value, bone in bones.items():
        if bone in first:
            raise AnatomyError(
                f"“{where}” holds the {title_of(bone).lower()} twice, as “{named[first[bone]]}” and “{named[value]}”: "
                "delete or merge one of them."
            )
        first[bone] = value
