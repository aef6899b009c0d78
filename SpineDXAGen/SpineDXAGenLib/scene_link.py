"""What both directions between session and scene share: the parameter node, and whether the tab itself writes to it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import slicer

from bonedensity.desktop.own_writing import OwnWriting
from bonedensity.errors import BoneDensityError
from bonedensity.scene.dxa_corners import node_to_corners
from bonedensity.workflows.spine.kept_values import kept_values
from bonedensity.workflows.spine.session import SpineSession
from SpineDXAGenLib.scene_layers import SceneLayers
from SpineDXAGenLib.sweep_player import SweepPlayer


class SceneLink:
    """A session and the scene it is shown in.

    Args:
        scene: The scene.
        session: One person.
        frame_shown: Called with the place of the frame that the sweep's browser shows, when that changes.

    Attributes:
        parameters: The parameter node; None while a scene closes.
        nodes: Ids of DXA, CT and segmentation as the session knows them.
        waiting: Of a saved scene, what can be taken up once the person is abducted: {"do", "browser"}, or None.
        own_writing: Marks what the tab itself writes into the parameter node.
        layers: What the red view shows.
        player: Plays the sweep.
    """

    def __init__(self, scene: Any, session: SpineSession, frame_shown: Callable[[int], None]) -> None:
        self.scene, self.session = scene, session
        self.parameters: Any = None
        self.nodes: tuple[Any, ...] = ()
        self.waiting: dict[str, Any] | None = None
        self.own_writing = OwnWriting(lambda: self.parameters)
        self.layers = SceneLayers(scene)
        self.player = SweepPlayer(scene, frame_shown)
        self._corner_tag: tuple[Any, int] | None = None

    def forget(self) -> None:
        """The scene closes: let go of its nodes."""
        self.layers.forget()
        self.player.forget()
        self.watch_corners(None)
        self.nodes, self.waiting = (), None

    def chosen(self) -> tuple[Any, ...]:
        """Ids of the nodes that the parameter node names now."""
        named = self.parameters.dxa, self.parameters.ct, self.parameters.segmentation
        return tuple(None if node is None else node.GetID() for node in named)

    def drop_results(self) -> None:
        """Another DXA is shown: what was made of the last one stays in the scene, but is no result any more."""
        parameters = self.parameters
        parameters.corners = parameters.result = parameters.browser = None
        parameters.table = parameters.outlineModel = None
        self.watch_corners(None)

    def watch_corners(self, node: Any) -> None:
        """Follow the points of this node from now on, or of none."""
        if self._corner_tag is not None:
            self._corner_tag[0].RemoveObserver(self._corner_tag[1])
        self._corner_tag = None
        if node is not None:
            event = slicer.vtkMRMLMarkupsNode.PointModifiedEvent
            self._corner_tag = (node, node.AddObserver(event, self._corners_moved))

    def keep(self) -> None:
        """Note what a saved scene needs to be reopened where it was left."""
        if self.waiting is None:
            self.parameters.kept = json.dumps(kept_values(self.session.state))

    def guarded(self, step: Callable[[], Any]) -> bool:
        """Do something whose failure is said; whether it succeeded."""
        try:
            step()
        except BoneDensityError as error:
            self.session.desk.fail(error)
            return False
        return True

    def _corners_moved(self, caller: Any, event: Any) -> None:
        if self.own_writing.now or self.parameters is None or self.parameters.dxa is None:
            return
        if self.session.state.dxa is None:  # the chosen node holds none
            return
        moved = node_to_corners(caller, self.parameters.dxa)
        if moved is not None:
            self.session.move_corners(moved)
