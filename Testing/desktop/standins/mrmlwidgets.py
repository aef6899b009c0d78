"""Slicer's widgets that choose nodes of the scene: real nodes of a real MRML scene behind emulated widgets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import slicer
from PySide6 import QtWidgets

from .ctkwidgets import ctkDoubleSpinBox, ctkSliderWidget
from .observing import Observers, blocked
from .standin import Standin

SCENE_EVENTS = ("NodeAddedEvent", "NodeRemovedEvent", "EndCloseEvent", "EndImportEvent", "EndBatchProcessEvent")


class SceneHolder:
    """Mixed into widgets that have `setMRMLScene`."""

    def setMRMLScene(self, scene: Any) -> None:
        if scene is self._d.get("scene"):
            return
        self._d["scene"] = scene
        self._scene_changed()
        if "mrmlSceneChanged" in type(self).standin_interface.signals:
            self._emit("mrmlSceneChanged(vtkMRMLScene*)", scene)

    def _scene_changed(self) -> None:
        """Called when another scene was set."""


class MrmlSceneHolder(SceneHolder):
    """Mixed into those that also tell their scene."""

    def mrmlScene(self) -> Any:
        return self._d.get("scene")


class qMRMLWidget(MrmlSceneHolder, Standin, QtWidgets.QWidget):
    """A panel that hands its scene on through the connections of the .ui file."""


class qSlicerWidget(SceneHolder, Standin, QtWidgets.QWidget):
    """As qMRMLWidget, without a way to ask for the scene."""


class qMRMLSliderWidget(MrmlSceneHolder, ctkSliderWidget):
    """A slider; units of the scene are not applied."""


class qMRMLSpinBox(MrmlSceneHolder, ctkDoubleSpinBox):
    """A spin box; units of the scene are not applied."""


class qMRMLNodeComboBox(MrmlSceneHolder, Standin, QtWidgets.QWidget):
    """Lists the scene's nodes of some types. Without `noneEnabled` it selects the first node by itself."""

    DEFAULTS = {  # noqa: RUF012
        "addEnabled": True,
        "removeEnabled": True,
        "showChildNodeTypes": True,
        "selectNodeUponCreation": True,
        "noneDisplay": "None",
    }

    def _build(self) -> None:
        box = self._d["box"] = QtWidgets.QComboBox()
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(box)
        self._d.update(current=None, listed=[], attributes=[], observers=Observers(self), watched=Observers(self))
        box.currentIndexChanged.connect(lambda: self._select(box.currentData))

    def _scene_changed(self) -> None:
        self._d["observers"].clear()
        if (scene := self._d["scene"]) is not None:
            for event in SCENE_EVENTS:
                self._d["observers"].watch(scene, getattr(slicer.vtkMRMLScene, event), "_refresh")
        self._refresh()
        if scene is not None and (requested := self._d.pop("requested", None)):
            self._select(requested)

    def _stored(self, name: str) -> None:
        self._refresh()

    def _filter(self) -> Callable[[Any], bool]:
        """The rule by which nodes are listed, with the properties read once."""
        types, derived, hidden = self.nodeTypes, self.showChildNodeTypes, self.showHidden
        excluded, attributes = self.hideChildNodeTypes, self._d["attributes"]

        def accepts(node: Any) -> bool:
            if not any(node.IsA(t) if derived else node.GetClassName() == t for t in types):
                return False
            if (node.GetHideFromEditors() and not hidden) or any(node.IsA(kind) for kind in excluded):
                return False
            rules = [(name, value) for kind, name, value in attributes if node.IsA(kind)]
            return all(node.GetAttribute(n) is not None and v in (None, node.GetAttribute(n)) for n, v in rules)

        return accepts

    def _refresh(self) -> None:
        scene = self._d.get("scene")
        every = [scene.GetNthNode(i) for i in range(scene.GetNumberOfNodes())] if scene else []
        listed = list(filter(self._filter(), every))
        added = [node for node in listed if node not in self._d["listed"]]
        self._d["listed"] = listed
        self._watch_names()
        blocked(self._d["box"], self._fill)
        for node in added:
            self._emit("nodeAdded(vtkMRMLNode*)", node)
        current = self._d["current"]
        if current not in listed:
            self._change(None if self.noneEnabled or not listed else listed[0])

    def _watch_names(self) -> None:
        self._d["watched"].clear()
        for node in self._d["listed"]:
            self._d["watched"].watch(node, "ModifiedEvent", "_rename")

    def _rename(self) -> None:
        blocked(self._d["box"], self._fill)

    def _fill(self) -> None:
        box, current = self._d["box"], self._d["current"]
        box.clear()
        if self.noneEnabled or not self._d["listed"]:
            box.addItem(self.noneDisplay, None)
        for node in self._d["listed"]:
            box.addItem(node.GetName(), node.GetID())
        box.setCurrentIndex(box.findData(current.GetID()) if current in self._d["listed"] else 0)

    def _select(self, node_id: str | None) -> None:
        if self._d.get("scene") is None:
            self._d["requested"] = node_id  # waits for the scene, as in Slicer
        self._change(next((node for node in self._d["listed"] if node.GetID() == node_id), None))

    def _change(self, node: Any) -> None:
        if node is self._d["current"]:
            return
        self._d["current"] = node
        blocked(self._d["box"], self._fill)
        self._emit("currentNodeChanged(vtkMRMLNode*)", node)
        self._emit("currentNodeChanged(bool)", node is not None)
        self._emit("currentNodeIDChanged(QString)", self.currentNodeID)

    def currentNode(self) -> Any:
        return self._d["current"]

    def setCurrentNode(self, node: Any) -> None:
        node_id = node if isinstance(node, str) or node is None else node.GetID()
        self._select(node_id)

    @property
    def currentNodeID(self) -> str:
        return self._d["current"].GetID() if self._d["current"] is not None else ""

    @currentNodeID.setter
    def currentNodeID(self, node_id: str) -> None:
        self._select(node_id)

    @property
    def currentNodeId(self) -> str:
        return self.currentNodeID

    @currentNodeId.setter
    def currentNodeId(self, node_id: str) -> None:
        self._select(node_id)

    def setCurrentNodeIndex(self, index: int) -> None:
        self._change(self.nodeFromIndex(index))

    def nodeCount(self) -> int:
        return len(self._d["listed"])

    def nodeFromIndex(self, index: int) -> Any:
        return self._d["listed"][index] if 0 <= index < self.nodeCount() else None

    def addAttribute(self, node_type: str, name: str, value: Any = None) -> None:
        self._d["attributes"].append((node_type, name, value))
        self._refresh()

    def removeAttribute(self, node_type: str, name: str) -> None:
        self._d["attributes"] = [rule for rule in self._d["attributes"] if rule[:2] != (node_type, name)]
        self._refresh()

    def addNode(self, node_type: str = "") -> Any:
        """What the user's choice "Create new …" does."""
        kind = node_type or self.nodeTypes[0]
        scene = self._d["scene"]
        node = scene.AddNewNodeByClass(kind, scene.GenerateUniqueName(self.baseName or kind.removeprefix("vtkMRML")))
        for rule_kind, name, value in self._d["attributes"]:
            if node.IsA(rule_kind) and value is not None:
                node.SetAttribute(name, value)
        self._refresh()
        if self.selectNodeUponCreation:
            self.setCurrentNode(node)
        self._emit("nodeAddedByUser(vtkMRMLNode*)", node)
        return node

    def removeCurrentNode(self) -> None:
        node = self._d["current"]
        self._emit("nodeAboutToBeRemoved(vtkMRMLNode*)", node)
        self._d["scene"].RemoveNode(node)


class qMRMLCheckableNodeComboBox(qMRMLNodeComboBox):
    """As above, with a check mark for each node."""

    def _checked(self) -> set[str]:
        return self._d.setdefault("checked", set())

    def check(self, node: Any) -> None:
        self._checked().add(node.GetID())
        self._emit("checkedNodesChanged()")

    def uncheck(self, node: Any) -> None:
        self._checked().discard(node.GetID())
        self._emit("checkedNodesChanged()")

    def checkedNodes(self) -> list[Any]:
        return [node for node in self._d["listed"] if node.GetID() in self._checked()]

    def uncheckedNodes(self) -> list[Any]:
        return [node for node in self._d["listed"] if node.GetID() not in self._checked()]

    def allChecked(self) -> bool:
        return not self.uncheckedNodes()

    def noneChecked(self) -> bool:
        return not self.checkedNodes()
