"""The femur's landmarks as points that can be dragged in the slice views; the session hears of every move."""

from __future__ import annotations

from typing import Any

import slicer
from slicer.i18n import tr as _

from bonedensity.scene.attributes import fact, put_fact, refer, referred
from bonedensity.scene.hierarchy import put_next_to
from bonedensity.scene.markups import landmarks_to_node, node_to_landmarks
from bonedensity.workflows.session import Session
from bonedensity.workflows.session_landmarks import Landmarks

FACT = "Landmarks"
"""What the node remembers of them besides where they are now."""


class LandmarkPoints:
    """One point list and the session's landmarks, kept equal.

    Args:
        scene: The scene.
        session: The case.
    """

    def __init__(self, scene: Any, session: Session) -> None:
        self._scene, self._session = scene, session
        self._node: Any = None
        self._tag = 0

    def show(self, landmarks: Landmarks, ct: Any) -> Any:
        """A new point list in the CT's frame; returns the node."""
        side = _("left femur") if landmarks.side == "L" else _("right femur")
        name = self._scene.GenerateUniqueName(f"{ct.GetName()}: {side}")
        trust = _("confidence {value}")
        notes = {point: trust.format(value=f"{value:.2f}") for point, value in landmarks.confidence.items()}
        node = landmarks_to_node(self._scene, landmarks.points, name, notes=notes)
        node.SetAndObserveTransformNodeID(ct.GetTransformNodeID())
        put_fact(node, FACT, facts_of(landmarks))
        refer(node, "ct", ct)
        put_next_to(self._scene, ct, node)
        self.follow(node)
        return node

    def restore(self, node: Any, ct: Any) -> Landmarks | None:
        """What a saved scene's point list of this CT holds; None for another's, or a list that is not ours."""
        known = None if node is None else fact(node, FACT)
        if known is None or ct is None or referred(node, "ct")[:1] != [ct]:
            return None
        self.follow(node)
        found = Landmarks.of(known["side"], known)
        return found.with_points(node_to_landmarks(node, in_world=False))

    def follow(self, node: Any) -> None:
        """Hear of this list's moves from now on, or of none's."""
        if self._node is not None:
            self._node.RemoveObserver(self._tag)
        self._node = node
        if node is not None:
            self._tag = node.AddObserver(slicer.vtkMRMLMarkupsNode.PointModifiedEvent, self._moved)

    def _moved(self, caller: Any, event: Any) -> None:
        self._session.move_landmarks(node_to_landmarks(caller, in_world=False))


def facts_of(landmarks: Landmarks) -> dict[str, Any]:
    """All but the points, in the shape that the worker's task has."""
    return {
        "side": landmarks.side,
        "landmarks": {name: point.tolist() for name, point in landmarks.found.items()},
        "details": {name: {"confidence": value} for name, value in landmarks.confidence.items()},
        "missing": dict(landmarks.missing),
    }
