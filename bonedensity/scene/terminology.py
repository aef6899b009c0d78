"""Bones in Slicer's terminology strings (SNOMED CT), and the bone that a segment means."""

from __future__ import annotations

from typing import Any

import vtk

from bonedensity.anatomy.labels import BoneLabel, Side
from bonedensity.anatomy.names import bone_of_code, bone_of_name
from bonedensity.imaging.segment_header import codes_of_entry

CONTEXT = "Segmentation category and type - DICOM master list"
REGION_CONTEXT = "Anatomic codes - DICOM master list"
CATEGORY = "SCT^123037004^Anatomical Structure"
MODIFIERS: dict[Side, str] = {"L": "SCT^7771000^Left", "R": "SCT^24028007^Right"}
"""SNOMED CT codes of the sides."""

LABEL_TAG = "BoneDensity.Label"
"""Segment tag that keeps a label's exact name."""


def terminology_entry(bone: BoneLabel) -> str:
    """Slicer's seven fields, `~` between them: context, category, type, modifier, region context, region, modifier."""
    modifier = MODIFIERS[bone.side] if bone.side else "^^"
    return "~".join([CONTEXT, CATEGORY, f"SCT^{bone.snomed}^{bone.meaning}", modifier, REGION_CONTEXT, "^^", "^^"])


def name_of_segment(segment: Any, segment_id: str) -> str:
    """The label name that a segment means: our own tag, else name or id, else its terminology, else its name.

    Args:
        segment: vtkSegment.
        segment_id: Its id in the segmentation.
    """
    tagged = segment_tag(segment, LABEL_TAG)
    if tagged:
        return tagged
    bone = bone_of_name(segment.GetName() or "") or bone_of_name(segment_id)
    if bone is None:
        bone = bone_of_code(*codes_of_entry(segment_tag(segment, segment.GetTerminologyEntryTagName())))
    return bone or segment.GetName() or segment_id


def segment_tag(segment: Any, key: str) -> str:
    """A tag's value; empty where the segment has no such tag."""
    value = vtk.reference("")
    return str(value) if segment.GetTag(key, value) else ""
