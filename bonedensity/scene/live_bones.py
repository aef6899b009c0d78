"""Bones at the pose of the moment, with the X-ray's source, beam and detector, in the 3D view; none of it is saved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import vtk

from bonedensity.anatomy.labels import BY_NAME, title_of
from bonedensity.geometry import PinholeCamera, RigidTransform
from bonedensity.scene.labelmaps import segment_id_of
from bonedensity.scene.models import beam_to_node
from bonedensity.scene.perspective import look_at_beam
from bonedensity.scene.surfaces import add_surfaces
from bonedensity.scene.transforms import set_transform

BONE_COLOR = (0.95, 0.87, 0.70)


class LiveBones:
    """Copies of some bones' surfaces, those that are moved under a transform that follows their pose.

    The segmentation itself stays as it is.

    Args:
        scene: The scene.
    """

    def __init__(self, scene: Any) -> None:
        self._scene = scene
        self._transform: Any = None
        self._nodes: list[Any] = []

    @property
    def shown(self) -> bool:
        """Whether anything is shown."""
        return self._transform is not None and bool(self._scene.IsNodePresent(self._transform))

    def show(
        self,
        segmentation: Any,
        placed: Sequence[tuple[Sequence[str], RigidTransform]],
        cameras: Sequence[PinholeCamera],
    ) -> None:
        """Show bones of a segmentation node and the beams of these cameras; what was shown before goes.

        Args:
            segmentation: The node.
            placed: Names of bones with their pose (`world_from_ct`); the first are those that `move` moves.
            cameras: Of the X-rays.
        """
        self.remove()
        before = None if segmentation.GetDisplayNode() is None else segmentation.GetDisplayNode().GetVisibility3D()
        add_surfaces(segmentation)
        segmentation.GetDisplayNode().SetVisibility3D(bool(before))
        for bones, pose in placed:
            transform = self._own(self._scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "Live pose"))
            self._transform = self._transform or transform
            set_transform(transform, pose)
            for name in bones:
                self._add_bone(segmentation, name, transform)
        for number, camera in enumerate(cameras, 1):
            self._own(beam_to_node(self._scene, camera, f"Live beam {number}"))
        look_at_beam(self._scene, cameras[0])

    def move(self, pose: RigidTransform) -> None:
        """Let the first bones follow their pose (`world_from_ct`)."""
        if self.shown:
            set_transform(self._transform, pose)

    def remove(self) -> None:
        """Take it all out of the scene."""
        for node in self._nodes:
            if self._scene.IsNodePresent(node):
                self._scene.RemoveNode(node)
        self._nodes, self._transform = [], None

    def _add_bone(self, segmentation: Any, name: str, transform: Any) -> None:
        surface = vtk.vtkPolyData()
        segmentation.GetClosedSurfaceRepresentation(segment_id_of(segmentation, name), surface)
        model = self._own(self._scene.AddNewNodeByClass("vtkMRMLModelNode", f"Live {title_of(name)}"))
        model.SetAndObservePolyData(surface)
        model.CreateDefaultDisplayNodes()
        model.GetDisplayNode().SetColor(*(BY_NAME[name].color if name in BY_NAME else BONE_COLOR))
        model.GetDisplayNode().SetBackfaceCulling(False)
        model.SetAndObserveTransformNodeID(transform.GetID())

    def _own(self, node: Any) -> Any:
        node.SetSaveWithScene(False)
        node.SetHideFromEditors(True)
        self._nodes.append(node)
        return node
