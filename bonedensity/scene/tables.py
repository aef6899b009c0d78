"""Measurements and a table node: the table is for people, an attribute keeps every digit and the whole provenance."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import vtk

from bonedensity.measurement import Measurement
from bonedensity.scene.attributes import fact, put_fact

COLUMNS = ("Name", "Value", "Unit", "Uncertainty (1 SD)", "Provenance")
"""Headings."""

LONGEST_PROVENANCE = 160
"""Characters of provenance that a cell shows."""


def measurements_to_node(scene: Any, measurements: Iterable[Measurement], name: str) -> Any:
    """A new vtkMRMLTableNode with one row for each measurement."""
    node = scene.AddNewNodeByClass("vtkMRMLTableNode", name)
    set_measurements(node, measurements)
    return node


def set_measurements(node: Any, measurements: Iterable[Measurement]) -> None:
    """Replace a table node's content."""
    kept = list(measurements)
    node.RemoveAllColumns()
    for column, cells in zip(COLUMNS, zip(*map(_cells, kept), strict=True) if kept else [()] * 5, strict=True):
        node.AddColumn(_column(column, cells))
    node.SetUseColumnTitleAsColumnHeader(True)
    node.SetLocked(True)
    put_fact(node, "Measurements", [measurement.to_json() for measurement in kept])


def node_to_measurements(node: Any) -> list[Measurement]:
    """The measurements of a table node made here; empty for any other table."""
    return [Measurement(**values) for values in fact(node, "Measurements", [])]


def _cells(measurement: Measurement) -> tuple[str, float, str, str, str]:
    uncertainty = "" if measurement.uncertainty is None else f"{measurement.uncertainty:.2g}"
    provenance = "; ".join(f"{key}: {value}" for key, value in measurement.provenance.items())
    if len(provenance) > LONGEST_PROVENANCE:
        provenance = provenance[: LONGEST_PROVENANCE - 1] + "…"
    return measurement.name, float(f"{measurement.value:.6g}"), measurement.unit, uncertainty, provenance


def _column(name: str, cells: Iterable[object]) -> Any:
    column = vtk.vtkDoubleArray() if name == "Value" else vtk.vtkStringArray()
    column.SetName(name)
    for cell in cells:
        column.InsertNextValue(cell)
    return column
