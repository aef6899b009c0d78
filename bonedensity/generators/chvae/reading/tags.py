"""What a DICOM header says of the person."""

from __future__ import annotations

import re
from pathlib import Path

from bonedensity.errors import PopulationError
from bonedensity.generators.chvae.causal.graph import AttributeGraph
from bonedensity.generators.chvae.reading.metadata import Attributes
from bonedensity.imaging.dicom_tags import numbers, read_dicom, text
from bonedensity.imaging.files import file_kind

YEARS = {"D": 1 / 365.25, "W": 7 / 365.25, "M": 1 / 12, "Y": 1.0}
"""Units of PatientAge."""

CM_PER_M = 100.0


def attributes_from_tags(path: Path, graph: AttributeGraph) -> Attributes:
    """Age, sex, height and weight where a DICOM header gives them and they can be; empty for other files.

    Args:
        path: Any file.
        graph: Which attributes are wanted, and within which limits.
    """
    if file_kind(path) != "dicom":
        return {}
    dataset = read_dicom(path, pixels=False)
    size, weight = numbers(dataset, "PatientSize"), numbers(dataset, "PatientWeight")
    said = {
        "age": _years(text(dataset, "PatientAge")),
        "sex": {"F": 0.0, "M": 1.0}.get(text(dataset, "PatientSex").strip().upper()),
        "standing_height": CM_PER_M * size[0] if size else None,
        "weight": weight[0] if weight else None,
    }
    return {name: value for name, value in said.items() if value is not None and _can_be(graph, name, value)}


def _years(age: str) -> float | None:
    match = re.fullmatch(r"\s*(\d{1,3})([DWMY])\s*", age.upper())
    return None if match is None else int(match[1]) * YEARS[match[2]]


def _can_be(graph: AttributeGraph, name: str, value: float) -> bool:
    if name not in graph.names:
        return False
    try:
        graph.node(name).check(value)
    except PopulationError:
        return False
    return True
