"""Bones in Slicer's terminology strings (SNOMED CT), and the bone that a segment means."""

from __future__ import annotations

import re
from typing import Any

import vtk

from bonedensity.anatomy.labels import BONES, BoneLabel, Side

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
    words = {_plain(bone.name): bone.name for bone in BONES} | {_plain(bone.title): bone.name for bone in BONES}
    for text in (segment.GetName() or "", segment_id):
        if _plain(text) in words:
            return words[_plain(text)]
    entry = segment_tag(segment, segment.GetTerminologyEntryTagName())
    return _name_of_entry(entry) or segment.GetName() or segment_id


def _name_of_entry(entry: str) -> str | None:
    fields = [field.split("^") for field in entry.split("~")]
    if len(fields) < 4 or len(fields[2]) < 2:
        return None
    code = fields[2][1]
    modifier = fields[3][1] if len(fields[3]) > 1 else ""
    for bone in BONES:
        if code == bone.snomed and modifier == (MODIFIERS[bone.side].split("^")[1] if bone.side else ""):
            return bone.name
    return None


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "", text.lower())


def segment_tag(segment: Any, key: str) -> str:
    """A tag's value; empty where the segment has no such tag."""
    value = vtk.reference("")
    return str(value) if segment.GetTag(key, value) else ""
