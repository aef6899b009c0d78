"""Slicer's widgets that show what is in a node: segments, tables, control points, sequences."""

from __future__ import annotations

from typing import Any

import slicer
from PySide6 import QtGui, QtWidgets
from PySide6.QtCore import Qt

from .mrmlwidgets import qMRMLNodeComboBox, qMRMLWidget, qSlicerWidget
from .observing import Observers, blocked
from .standin import Standin


def segment_ids(segmentation_node: Any) -> list[str]:
    """The segments of a segmentation, in order; none for no node."""
    return list(segmentation_node.GetSegmentation().GetSegmentIDs()) if segmentation_node is not None else []


class qMRMLSegmentsTableView(qMRMLWidget):
    DEFAULTS = {"headerVisible": True, "visibilityColumnVisible": True, "selectionMode": 3}  # noqa: RUF012

    def _build(self) -> None:
        table = self._d["table"] = QtWidgets.QTableWidget(0, 1)
        table.setHorizontalHeaderLabels(["Name"])
        table.setSelectionBehavior(QtWidgets.QAbstractItemView.SelectionBehavior.SelectRows)
        QtWidgets.QVBoxLayout(self).addWidget(table)
        self._d.update(node=None, hidden=[], observers=Observers(self))
        self._d["selection"] = table.selectionModel()
        self._d["selection"].selectionChanged.connect(
            lambda new, old: self._emit("selectionChanged(QItemSelection,QItemSelection)", new, old)
        )

    def segmentationNode(self) -> Any:
        return self._d["node"]

    def setSegmentationNode(self, node: Any) -> None:
        self._d["observers"].clear()
        self._d["node"] = node
        if node is not None:
            self._d["observers"].watch(node, "ModifiedEvent", "_refresh")
            self._d["observers"].watch(node.GetSegmentation(), "ModifiedEvent", "_refresh")
        self._refresh()

    def _refresh(self) -> None:
        chosen = self.selectedSegmentIDs()
        table, ids = self._d["table"], self.displayedSegmentIDs()
        table.setRowCount(len(ids))
        for row, segment_id in enumerate(ids):
            item = QtWidgets.QTableWidgetItem(self._d["node"].GetSegmentation().GetSegment(segment_id).GetName())
            item.setData(Qt.ItemDataRole.UserRole, segment_id)
            table.setItem(row, 0, item)
        if chosen != self.selectedSegmentIDs():
            self.setSelectedSegmentIDs(chosen)

    def displayedSegmentIDs(self) -> list[str]:
        return [segment_id for segment_id in segment_ids(self._d["node"]) if segment_id not in self._d["hidden"]]

    @property
    def segmentCount(self) -> int:
        return len(segment_ids(self._d["node"]))

    def segmentIDForRow(self, row: int) -> str:
        item = self._d["table"].item(row, 0)
        return item.data(Qt.ItemDataRole.UserRole) if item else ""

    def rowForSegmentID(self, segment_id: str) -> int:
        return self.displayedSegmentIDs().index(segment_id) if segment_id in self.displayedSegmentIDs() else -1

    def selectedSegmentIDs(self) -> list[str]:
        return [self.segmentIDForRow(index.row()) for index in self._d["selection"].selectedRows()]

    def setSelectedSegmentIDs(self, ids: list[str]) -> None:
        table = self._d["table"]
        table.clearSelection()
        flags = self._d["selection"].SelectionFlag
        for row in filter(lambda r: r >= 0, map(self.rowForSegmentID, ids)):
            self._d["selection"].select(table.model().index(row, 0), flags.Select | flags.Rows)

    def clearSelection(self) -> None:
        self._d["table"].clearSelection()

    def setHideSegments(self, ids: list[str]) -> None:
        self._d["hidden"] = list(ids)
        self._refresh()

    def hideSegments(self) -> list[str]:
        return self._d["hidden"]

    def tableWidget(self) -> QtWidgets.QTableWidget:
        return self._d["table"]


class qMRMLSegmentSelectorWidget(qMRMLWidget):
    DEFAULTS = {"segmentationNodeSelectorVisible": True}  # noqa: RUF012

    def _build(self) -> None:
        nodes, segments = qMRMLNodeComboBox(), QtWidgets.QComboBox()
        nodes.nodeTypes = ["vtkMRMLSegmentationNode"]
        self._d.update(nodes=nodes, segments=segments, selected=[], observers=Observers(self))
        layout = QtWidgets.QVBoxLayout(self)
        layout.addWidget(nodes)
        layout.addWidget(segments)
        nodes.connect("currentNodeChanged(vtkMRMLNode*)", self._node_changed)
        segments.currentIndexChanged.connect(
            lambda: self._emit("currentSegmentChanged(QString)", self.currentSegmentID())
        )

    def _scene_changed(self) -> None:
        self._d["nodes"].setMRMLScene(self._d["scene"])

    def _stored(self, name: str) -> None:
        self._d["nodes"].noneEnabled = self.noneEnabled
        self._d["nodes"].visible = self.segmentationNodeSelectorVisible

    def _node_changed(self, node: Any) -> None:
        self._d["observers"].clear()
        if node is not None:
            self._d["observers"].watch(node.GetSegmentation(), "ModifiedEvent", "_fill")
        self._fill()
        self._emit("currentNodeChanged(vtkMRMLNode*)", node)
        self._emit("currentNodeChanged(bool)", node is not None)

    def _fill(self) -> None:
        before, box, node = self.currentSegmentID(), self._d["segments"], self.currentNode()

        def refill() -> None:
            box.clear()
            for segment_id in self.segmentIDs():
                box.addItem(node.GetSegmentation().GetSegment(segment_id).GetName(), segment_id)
            box.setCurrentIndex(max(0, box.findData(before)))

        blocked(box, refill)
        if self.currentSegmentID() != before:
            self._emit("currentSegmentChanged(QString)", self.currentSegmentID())

    def currentNode(self) -> Any:
        return self._d["nodes"].currentNode()

    def currentNodeID(self) -> str:
        return self._d["nodes"].currentNodeID

    def setCurrentNode(self, node: Any) -> None:
        self._d["nodes"].setCurrentNode(node)

    def setCurrentNodeID(self, node_id: str) -> None:
        self._d["nodes"].setCurrentNode(node_id)

    def segmentIDs(self) -> list[str]:
        return segment_ids(self.currentNode())

    def currentSegmentID(self) -> str:
        return self._d["segments"].currentData or ""

    def setCurrentSegmentID(self, segment_id: str) -> None:
        self._d["segments"].setCurrentIndex(self._d["segments"].findData(segment_id))

    def selectedSegmentIDs(self) -> list[str]:
        return self._d["selected"]

    def setSelectedSegmentIDs(self, ids: list[str]) -> None:
        self._d["selected"] = [segment_id for segment_id in self.segmentIDs() if segment_id in ids]
        self._emit("segmentSelectionChanged(QStringList)", self._d["selected"])


class qMRMLTableView(Standin, QtWidgets.QTableView):
    """Shows a table node; editing the cells does not write to the node."""

    def _build(self) -> None:
        self._d.update(scene=None, node=None, observers=Observers(self))
        self.setModel(QtGui.QStandardItemModel(self))

    def mrmlScene(self) -> Any:
        return self._d["scene"]

    def setMRMLScene(self, scene: Any) -> None:
        self._d["scene"] = scene
        self._emit("mrmlSceneChanged(vtkMRMLScene*)", scene)

    def mrmlTableNode(self) -> Any:
        return self._d["node"]

    def setMRMLTableNode(self, node: Any) -> None:
        self._d["observers"].clear()
        self._d["node"] = node
        if node is not None:
            self._d["observers"].watch(node, "ModifiedEvent", "_refresh")
        self._refresh()

    def _refresh(self) -> None:
        model, node = self.model(), self._d["node"]
        model.clear()
        if node is None:
            return
        model.setHorizontalHeaderLabels([node.GetColumnName(c) for c in range(node.GetNumberOfColumns())])
        for row in range(node.GetNumberOfRows()):
            cells = (node.GetCellText(row, column) for column in range(node.GetNumberOfColumns()))
            model.appendRow([QtGui.QStandardItem(text) for text in cells])


class qSlicerMarkupsPlaceWidget(qSlicerWidget):
    """Place mode is set on the scene's own interaction node; no mouse places points here."""

    DEFAULTS = {"buttonsVisible": True}  # noqa: RUF012

    def _build(self) -> None:
        self._d.update(node=None, observers=Observers(self))
        button = self._d["place"] = QtWidgets.QToolButton()
        button.setCheckable(True)
        QtWidgets.QHBoxLayout(self).addWidget(button)
        button.toggled.connect(lambda on: self.setPlaceModeEnabled(on))

    def _scene_changed(self) -> None:
        if self.interactionNode() is not None:
            self._d["observers"].watch(self.interactionNode(), "ModifiedEvent", "_mode_changed")

    def _mode_changed(self) -> None:
        if self._d.get("told") != self.placeModeEnabled:
            self._d["told"] = self.placeModeEnabled
            self._d["place"].setChecked(self.placeModeEnabled)
            self._emit("activeMarkupsPlaceModeChanged(bool)", self.placeModeEnabled)

    def interactionNode(self) -> Any:
        scene = self._d.get("scene")
        return scene.GetNodeByID("vtkMRMLInteractionNodeSingleton") if scene else None

    def selectionNode(self) -> Any:
        return self._d["scene"].GetNodeByID("vtkMRMLSelectionNodeSingleton")

    def placeButton(self) -> QtWidgets.QToolButton:
        return self._d["place"]

    def currentNode(self) -> Any:
        return self._d["node"]

    def currentMarkupsNode(self) -> Any:
        return self._d["node"]

    def setCurrentNode(self, node: Any) -> None:
        self._d["node"] = node

    @property
    def placeModeEnabled(self) -> bool:
        interaction = self.interactionNode()
        return interaction is not None and interaction.GetCurrentInteractionMode() == interaction.Place

    @placeModeEnabled.setter
    def placeModeEnabled(self, on: bool) -> None:
        interaction = self.interactionNode()
        if interaction is None or self._d["node"] is None:
            return  # Slicer's widget is disabled then
        if on:
            self.selectionNode().SetActivePlaceNodeClassName(self._d["node"].GetClassName())
            self.selectionNode().SetActivePlaceNodeID(self._d["node"].GetID())
        interaction.SetCurrentInteractionMode(interaction.Place if on else interaction.ViewTransform)

    def deleteAllPoints(self) -> None:
        self._d["node"].RemoveAllControlPoints()

    def deleteLastPoint(self) -> None:
        self._d["node"].RemoveNthControlPoint(self._d["node"].GetNumberOfControlPoints() - 1)

    def unsetAllPoints(self) -> None:
        self._d["node"].UnsetAllControlPoints()


class qSlicerSimpleMarkupsWidget(qSlicerWidget):
    """A markups selector with a table of points and a place button."""

    DEFAULTS = {"nodeSelectorVisible": True, "optionsVisible": True}  # noqa: RUF012

    def _build(self) -> None:
        selector, table, place = qMRMLNodeComboBox(), QtWidgets.QTableWidget(0, 4), qSlicerMarkupsPlaceWidget()
        selector.nodeTypes = ["vtkMRMLMarkupsFiducialNode"]
        selector.noneEnabled = True
        table.setHorizontalHeaderLabels(["Label", "R", "A", "S"])
        self._d.update(selector=selector, table=table, place=place, observers=Observers(self))
        layout = QtWidgets.QVBoxLayout(self)
        for part in (selector, place, table):
            layout.addWidget(part)
        selector.connect("currentNodeChanged(vtkMRMLNode*)", self._node_changed)

    def _scene_changed(self) -> None:
        self._d["selector"].setMRMLScene(self._d["scene"])
        self._d["place"].setMRMLScene(self._d["scene"])

    def _stored(self, name: str) -> None:
        self._d["selector"].visible = self.nodeSelectorVisible
        self._d["place"].visible = self.optionsVisible

    def _node_changed(self, node: Any) -> None:
        self._d["place"].setCurrentNode(node)
        self._d["observers"].clear()
        if node is not None:
            for event in ("PointModifiedEvent", "PointAddedEvent", "PointRemovedEvent"):
                self._d["observers"].watch(node, getattr(slicer.vtkMRMLMarkupsNode, event), "_refresh")
        self._refresh()
        self._emit("markupsNodeChanged()")

    def _refresh(self) -> None:
        table, node = self._d["table"], self.currentNode()
        table.setRowCount(node.GetNumberOfControlPoints() if node is not None else 0)
        for row in range(table.rowCount):
            position = node.GetNthControlPointPositionWorld(row)
            texts = [node.GetNthControlPointLabel(row), *(f"{value:.3f}" for value in position)]
            for column, text in enumerate(texts):
                table.setItem(row, column, QtWidgets.QTableWidgetItem(text))
        self._emit("updateFinished()")

    def currentNode(self) -> Any:
        return self._d["selector"].currentNode()

    def setCurrentNode(self, node: Any) -> None:
        self._d["selector"].setCurrentNode(node)

    def setNodeBaseName(self, name: str) -> None:
        self._d["selector"].baseName = name

    def tableWidget(self) -> QtWidgets.QTableWidget:
        return self._d["table"]

    def markupsPlaceWidget(self) -> qSlicerMarkupsPlaceWidget:
        return self._d["place"]

    def markupsSelectorComboBox(self) -> qMRMLNodeComboBox:
        return self._d["selector"]


class qMRMLSequenceBrowserSeekWidget(qMRMLWidget):
    def _build(self) -> None:
        slider = self._d["slider"] = QtWidgets.QSlider(Qt.Orientation.Horizontal)
        QtWidgets.QHBoxLayout(self).addWidget(slider)
        self._d["node"] = None
        slider.valueChanged.connect(self.setSelectedItemNumber)

    def slider(self) -> QtWidgets.QSlider:
        return self._d["slider"]

    def setMRMLSequenceBrowserNode(self, node: Any) -> None:
        self._d["node"] = node
        if node is not None:
            self._d["slider"].setRange(0, max(0, node.GetNumberOfItems() - 1))

    def setSelectedItemNumber(self, number: int) -> None:
        if self._d["node"] is not None:
            self._d["node"].SetSelectedItemNumber(number)
