"""A sweep as sequences with one browser, a table and a plot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import vtk
from numpy.typing import NDArray

from bonedensity.scene.attributes import fact, put_fact, refer, referred
from bonedensity.scene.dxa_images import layer_to_node, node_to_greys, set_layer

FACT = "Sweep"
FRAMES_PER_S = 4.0


@dataclass(frozen=True, slots=True, eq=False)
class SweepNodes:
    """The nodes of a sweep.

    Attributes:
        browser: vtkMRMLSequenceBrowserNode; refers to all the others.
        images: vtkMRMLSequenceNode of counterfactual images.
        proxy: The image node that the browser changes.
    """

    browser: Any
    images: Any
    proxy: Any


def sweep_to_scene(
    scene: Any,
    dxa: Any,
    frames: Sequence[NDArray[np.generic]],
    values: Sequence[float],
    *,
    name: str,
    unit: str,
    facts: Mapping[str, Any],
) -> SweepNodes:
    """Add a sweep: a sequence of images on the DXA's grid, and the browser that plays it.

    Args:
        scene: The scene.
        dxa: The export's node.
        frames: Images (rows, columns), one a value.
        values: Rising.
        name: Of the index, such as "age".
        unit: Of the index, such as "years".
        facts: JSON values that `sweep_facts` hands back, also from a saved scene.
    """
    title = f"{dxa.GetName()}: {name} sweep (synthetic)"
    images = scene.AddNewNodeByClass("vtkMRMLSequenceNode", scene.GenerateUniqueName(title))
    images.SetIndexName(name)
    images.SetIndexUnit(unit)
    images.SetIndexType(images.NumericIndex)
    proxy = layer_to_node(scene, frames[0], dxa, scene.GenerateUniqueName(f"{title}, shown frame"))
    for value, frame in zip(values, frames, strict=True):
        set_layer(proxy, frame, dxa)
        images.SetDataNodeAtValue(proxy, f"{value:g}")
    browser = scene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode", scene.GenerateUniqueName(f"{title}, browser"))
    said = browser.StartModify()  # else Slicer makes a second node to be changed, which nobody takes away
    browser.SetAndObserveMasterSequenceNodeID(images.GetID())
    browser.AddProxyNode(proxy, images, False)
    browser.EndModify(said)
    browser.SetPlaybackRateFps(FRAMES_PER_S)
    browser.SetPlaybackLooped(True)
    browser.SetSelectedItemNumber(0)
    refer(browser, "Dxa", dxa)
    put_fact(browser, FACT, dict(facts))
    return SweepNodes(browser, images, browser.GetProxyNode(images))


def sweep_nodes(browser: Any) -> SweepNodes | None:
    """The nodes of a browser made here, also from a saved scene; None for any other."""
    if browser is None or fact(browser, FACT) is None or browser.GetMasterSequenceNode() is None:
        return None
    images = browser.GetMasterSequenceNode()
    return SweepNodes(browser, images, browser.GetProxyNode(images))


def sweep_facts(browser: Any) -> dict[str, Any]:
    """What was noted of a sweep."""
    return dict(fact(browser, FACT, {}))


def sweep_images(nodes: SweepNodes) -> list[NDArray[np.float32]]:
    """Its images (rows, columns)."""
    count = nodes.images.GetNumberOfDataNodes()
    return [node_to_greys(nodes.images.GetNthDataNode(place)) for place in range(count)]


def sweep_of(browser: Any) -> list[Any]:
    """The DXA's node of a sweep, in a list; empty where it was removed."""
    return referred(browser, "Dxa")


def remove_sweep(scene: Any, nodes: SweepNodes) -> None:
    """Take a sweep out of the scene."""
    for node in (nodes.browser, nodes.images, nodes.proxy):
        if node is not None and scene.IsNodePresent(node):
            scene.RemoveNode(node)


def numbers_to_table(scene: Any, columns: Mapping[str, Sequence[float]], name: str, node: Any = None) -> Any:
    """A table node of numbers, one column a key; an existing node takes them over."""
    if node is None:
        node = scene.AddNewNodeByClass("vtkMRMLTableNode", name)
    node.RemoveAllColumns()
    for title, values in columns.items():
        column = vtk.vtkDoubleArray()
        column.SetName(title)
        for value in values:
            column.InsertNextValue(float(value))
        node.AddColumn(column)
    node.SetUseColumnTitleAsColumnHeader(True)
    node.SetLocked(True)
    return node


def plot_to_scene(scene: Any, table: Any, x: str, lines: Mapping[str, tuple[float, float, float]], title: str) -> Any:
    """A chart of a table's columns against one of them; its series refer to the table, so they follow its numbers."""
    chart = scene.AddNewNodeByClass("vtkMRMLPlotChartNode", title)
    chart.SetTitle(title)
    chart.SetXAxisTitle(x)
    for name, color in lines.items():
        series = scene.AddNewNodeByClass("vtkMRMLPlotSeriesNode", name)
        series.SetAndObserveTableNodeID(table.GetID())
        series.SetXColumnName(x)
        series.SetYColumnName(name)
        series.SetPlotType(series.PlotTypeScatter)
        series.SetMarkerStyle(series.MarkerStyleNone)
        series.SetColor(*color)
        chart.AddAndObservePlotSeriesNodeID(series.GetID())
    return chart
