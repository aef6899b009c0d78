"""The live projection over the X-ray in the red view; it is no result and not saved."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonedensity.scene.overlays import overlay_to_node, set_overlay
from bonedensity.scene.picture_nodes import picture_to_node, set_picture
from bonedensity.scene.views import composite_node, show_overlay
from bonedensity.scene.volumes import own_grid

VIEW = "Red"


class LiveOverlay:
    """Hidden nodes that follow the sliders: the projection, and the picture of modes that no colour table can show.

    Args:
        scene: The scene.
    """

    def __init__(self, scene: Any) -> None:
        self._scene = scene
        self._node: Any = None
        self._picture: Any = None
        self._shown: Any = None

    def show_xray(self, xray: Any) -> None:
        """Show an X-ray alone in the red view, turned into its plane; a node that lost its image shows nothing."""
        self.remove()
        self._shown = xray
        if xray is not None and xray.GetImageData() is not None:
            show_overlay(self._scene, xray, None, view=VIEW)

    def update(self, xray: Any, image: NDArray[np.float32], opacity: float) -> None:
        """Lay a projection over the X-ray; coarser ones are enlarged to its pixels."""
        columns, rows, _ = xray.GetImageData().GetDimensions()
        whole = enlarged(image, rows, columns)
        if self._node is not None and self._fits(xray):
            set_overlay(self._node, whole)
            return
        self.remove()
        self._node = overlay_to_node(self._scene, whole, xray, "Live projection (not saved)")
        self._node.SetSaveWithScene(False)
        self._node.SetHideFromEditors(True)
        show_overlay(self._scene, xray, self._node, opacity=opacity, view=VIEW)
        self._shown = xray

    def show_picture(self, xray: Any, picture: NDArray[np.uint8] | None, factor: int) -> None:
        """Lay a composed picture over the X-ray in place of the projection; None shows the projection again."""
        if self._node is None:
            return
        composite = composite_node(self._scene, VIEW)
        if picture is None:
            composite.SetForegroundVolumeID(self._node.GetID())
            return
        if self._picture is None or not self._scene.IsNodePresent(self._picture):
            self._picture = picture_to_node(self._scene, picture, xray, factor, "Live picture (not saved)")
            self._picture.SetSaveWithScene(False)
            self._picture.SetHideFromEditors(True)
        else:
            set_picture(self._picture, picture, xray, factor)
        composite.SetForegroundVolumeID(self._picture.GetID())
        composite.SetForegroundOpacity(1.0)

    def set_opacity(self, opacity: float) -> None:
        """How much of the bones the red view shows."""
        if self._node is not None:
            composite_node(self._scene, VIEW).SetForegroundOpacity(opacity)

    def remove(self) -> None:
        """Take the projection out of the scene."""
        for node in (self._node, self._picture):
            if node is not None and self._scene.IsNodePresent(node):
                self._scene.RemoveNode(node)
        self._node = self._picture = None

    def forget(self) -> None:
        """The scene was closed, and the node with it."""
        self._node = self._picture = self._shown = None

    def _fits(self, xray: Any) -> bool:
        if not self._scene.IsNodePresent(self._node) or self._shown is not xray:
            return False
        same_size = self._node.GetImageData().GetDimensions() == xray.GetImageData().GetDimensions()
        return bool(same_size and np.allclose(own_grid(self._node), own_grid(xray)))


def enlarged(image: NDArray[np.float32], rows: int, columns: int) -> NDArray[np.float32]:
    """Each pixel repeated to fill the X-ray's grid; the remainder at the right and below takes its neighbor's value."""
    factor = max(1, min(rows // image.shape[0], columns // image.shape[1]))
    whole = image if factor == 1 else np.repeat(np.repeat(image, factor, axis=0), factor, axis=1)
    return np.pad(whole, ((0, rows - whole.shape[0]), (0, columns - whole.shape[1])), mode="edge")
