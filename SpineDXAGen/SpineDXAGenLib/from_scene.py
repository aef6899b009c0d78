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

    def restore(self) -> None:
        """Go on where a scene was left; what of it cannot be taken is said, and the rest taken all the same."""
        link, parameters = self._link, self._link.parameters
        kept = scene_inputs.saved_state(parameters)
        link.nodes = link.chosen()
        link.session.state.samples = int(parameters.samples)
        if "folder" in kept:  # else the user's choice outlives the scene
            link.session.choose_model(kept["folder"])
        names = ("result", "browser", "corners", "table", "outlineModel")
        results = {name: getattr(parameters, name) for name in names}
        self._use_dxa(kept)
        for name, node in results.items():
            setattr(parameters, name, node)
        link.watch_corners(parameters.corners)
        self._show_dxa()
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
        link = self._link
        link.waiting = None
        link.drop_results()
        self._use_dxa()
        self._show_dxa()

    def _use_dxa(self, kept: dict[str, Any] | None = None) -> None:
        """The DXA's node to the session; one that is none is said, and the session has no DXA then."""
        link = self._link
        if not link.guarded(lambda: scene_inputs.take_dxa(link.session, link.parameters.dxa, kept)):
            link.session.use_dxa(None)

    def _show_dxa(self) -> None:
        link = self._link
        dxa = link.parameters.dxa if link.session.state.dxa is not None else None
        link.guarded(lambda: link.layers.show_dxa(dxa))
