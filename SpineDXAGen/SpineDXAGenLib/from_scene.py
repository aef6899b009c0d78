"""The parameter node's nodes to the session: as a saved scene was left, or as the user or a script chooses them."""

from __future__ import annotations

from typing import Any

from bonedensity.desktop.feedback import Feedback
from SpineDXAGenLib import scene_inputs
from SpineDXAGenLib.scene_link import SceneLink


class FromScene:
    """One direction.

    Args:
        link: Session and scene.
        feedback: Where a choice that fails is said.
    """

    def __init__(self, link: SceneLink, feedback: Feedback) -> None:
        self._link, self._feedback = link, feedback

    def restore(self, kept: dict[str, Any]) -> None:
        """Go on where a scene was left.

        Args:
            kept: As `scene_inputs.saved_state` reads it.
        """
        link, parameters = self._link, self._link.parameters
        link.nodes = link.chosen()
        link.session.state.samples = int(parameters.samples)
        if "folder" in kept:  # else the user's choice outlives the scene
            link.session.choose_model(str(kept["folder"]))
        names = ("result", "browser", "corners", "table", "outlineModel")
        results = {name: getattr(parameters, name) for name in names}
        link.guarded(lambda: scene_inputs.take_dxa(link.session, parameters.dxa, kept))
        for name, node in results.items():
            setattr(parameters, name, node)
        link.watch_corners(parameters.corners)
        link.layers.show_dxa(parameters.dxa)
        link.guarded(lambda: scene_inputs.take_ct(link.session, parameters.ct, parameters.segmentation))
        set_once, browser = kept.get("do", {}), parameters.browser
        link.waiting = {"do": set_once, "browser": browser} if set_once or browser is not None else None
        link.session.use_kept(scene_inputs.saved_kept(link.scene))

    def take_nodes(self) -> None:
        """Take over the nodes that were chosen since."""
        link, parameters = self._link, self._link.parameters
        nodes = link.chosen()
        if nodes == link.nodes:
            return
        before, link.nodes = link.nodes, nodes
        self._feedback.begin("load")
        if before[:1] != nodes[:1]:
            self._take_dxa()
        if before[1:] != nodes[1:]:
            self._feedback.begin("ct")
            link.guarded(lambda: scene_inputs.take_ct(link.session, parameters.ct, parameters.segmentation))

    def _take_dxa(self) -> None:
        link, parameters = self._link, self._link.parameters
        link.waiting = None
        link.drop_results()
        if not link.guarded(lambda: scene_inputs.take_dxa(link.session, parameters.dxa)):
            link.session.use_dxa(None)
        link.layers.show_dxa(parameters.dxa if link.session.state.dxa is not None else None)
