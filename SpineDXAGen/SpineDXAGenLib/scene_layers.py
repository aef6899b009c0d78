"""What the red view shows over the DXA: counterfactual, difference, uncertainty, curtain; and the outlines on it."""

from __future__ import annotations

from typing import Any

from bonedensity.scene.attributes import referred
from bonedensity.scene.dxa_corners import corners_to_node, node_to_corners, outlines_to_node, set_corners
from bonedensity.scene.dxa_images import (
    layer_to_node,
    set_layer,
    show_as_difference,
    show_as_greys,
    show_as_uncertainty,
)
from bonedensity.scene.hierarchy import put_next_to
from bonedensity.scene.views import composite_node, show_overlay
from bonedensity.workflows.spine.pictures import curtain
from bonedensity.workflows.spine.state import SpineState

VIEW = "Red"


class SceneLayers:
    """Nodes that follow the session.

    Args:
        scene: The scene.
    """

    def __init__(self, scene: Any) -> None:
        self._scene = scene
        self._over: Any = None
        self._shown: Any = None

    def show_dxa(self, dxa: Any) -> None:
        """Show an export alone, turned into its plane."""
        self.remove_overlay()
        self._shown = None
        if dxa is not None:
            show_overlay(self._scene, dxa, None, view=VIEW)

    def put_result(self, parameters: Any, state: SpineState) -> Any:
        """The counterfactual's node with the present picture; a new one where there is none for this DXA."""
        image, dxa, node = state.image(), parameters.dxa, parameters.result
        assert image is not None
        if not self._made_for(node, dxa):
            name = self._scene.GenerateUniqueName(f"{dxa.GetName()}: counterfactual (synthetic)")
            node = layer_to_node(self._scene, image, dxa, name)
            put_next_to(self._scene, dxa, node)
        else:
            set_layer(node, image, dxa)
        return node

    def show(self, parameters: Any, state: SpineState) -> None:
        """Lay the chosen layer over the export."""
        dxa, answer = parameters.dxa, state.answer
        if dxa is None or answer is None or parameters.result is None:
            return
        over = self._overlay(parameters, state)
        key = (dxa.GetID(), over.GetID())
        if self._shown != key:
            show_overlay(self._scene, dxa, over, opacity=parameters.opacity, view=VIEW)
            self._shown = key
        else:
            composite_node(self._scene, VIEW).SetForegroundOpacity(parameters.opacity)

    def flicker(self, opacity: float) -> None:
        """Exchange what is seen: the layer, or the export without it."""
        composite = composite_node(self._scene, VIEW)
        composite.SetForegroundOpacity(0.0 if composite.GetForegroundOpacity() > 0 else opacity)

    def put_corners(self, parameters: Any, state: SpineState) -> Any:
        """The point list of the vertebrae's corners; None while they are not known."""
        if state.outline is None or parameters.dxa is None:
            return None
        node = parameters.corners
        if not self._made_for(node, parameters.dxa) or node_to_corners(node, parameters.dxa) is None:
            name = self._scene.GenerateUniqueName(f"{parameters.dxa.GetName()}: vertebrae")
            node = corners_to_node(self._scene, state.outline, parameters.dxa, name)
            put_next_to(self._scene, parameters.dxa, node)
        else:
            set_corners(node, state.outline, parameters.dxa)
        return node

    def put_outlines(self, parameters: Any, state: SpineState) -> Any:
        """The counterfactual's outlines on the export; None while they are not known."""
        if state.answer is None or state.answer.outline is None or parameters.dxa is None:
            return parameters.outlineModel
        known = parameters.outlineModel if self._made_for(parameters.outlineModel, parameters.dxa) else None
        name = "" if known is not None else self._scene.GenerateUniqueName("Counterfactual outlines (synthetic)")
        return outlines_to_node(self._scene, state.answer.outline, parameters.dxa, name, known)

    def remove_overlay(self) -> None:
        """Take the node that is not saved out of the scene."""
        if self._over is not None and self._scene.IsNodePresent(self._over):
            self._scene.RemoveNode(self._over)
        self._over = None

    def forget(self) -> None:
        """The scene was closed, and the nodes with it."""
        self._over = self._shown = None

    def _made_for(self, node: Any, dxa: Any) -> bool:
        """Whether a node was made here for this export: what others put in its place is never written over."""
        return node is not None and self._scene.IsNodePresent(node) and dxa in referred(node, "Dxa")

    def _overlay(self, parameters: Any, state: SpineState) -> Any:
        """The node to be shown: the result itself, or one beside it that is not saved."""
        answer, layer, share = state.answer, parameters.layer.value, float(parameters.curtain)
        assert answer is not None
        assert state.dxa is not None
        if layer == "difference":
            array = answer.difference
        elif layer == "uncertainty" and answer.uncertainty is not None:
            array = answer.uncertainty
        elif layer == "uncertainty":
            array = 0 * answer.difference
        elif share < 1:
            image = state.image()
            assert image is not None
            array = curtain(state.dxa.array, image, share)
        else:
            self.remove_overlay()
            return parameters.result
        if self._over is None or not self._scene.IsNodePresent(self._over):
            self._over = layer_to_node(self._scene, array, parameters.dxa, "Layer (not saved)")
            self._over.SetSaveWithScene(False)
            self._over.SetHideFromEditors(True)
        else:
            set_layer(self._over, array, parameters.dxa)
        look = {"difference": show_as_difference, "uncertainty": show_as_uncertainty}.get(layer, show_as_greys)
        look(self._scene, self._over)
        return self._over
