"""Radiograph with its camera, and a volume node that stands in 3D where the detector stood."""

from __future__ import annotations

from typing import Any

import numpy as np

from bonedensity.errors import GeometryError
from bonedensity.geometry import PinholeCamera, RigidTransform
from bonedensity.imaging.radiograph import Radiograph
from bonedensity.scene.attributes import fact, put_fact
from bonedensity.scene.cameras import camera_from_fact, camera_to_fact
from bonedensity.scene.parents import world_from_node
from bonedensity.scene.volumes import put_image, stored_array
from bonedensity.workflows.beam import detector_grid

WINDOW_PERCENTILES = (1.0, 99.5)
"""Shown from black to white: collimated borders and markers do not decide the contrast."""


def radiograph_to_node(scene: Any, radiograph: Radiograph, camera: PinholeCamera, name: str | None = None) -> Any:
    """A new vtkMRMLScalarVolumeNode of one slice on the detector plane: columns u along i, rows v along j.

    Args:
        scene: The scene.
        radiograph: Image (rows, columns).
        camera: Source, detector and pose; world is the patient frame (LPS) of the set-up.
        name: Node name; the radiograph's own where None.

    Raises:
        GeometryError: The camera's detector has another size than the image.
    """
    if (radiograph.rows, radiograph.columns) != (camera.rows, camera.columns):
        raise GeometryError(
            f"“{radiograph.name}” has {radiograph.rows} x {radiograph.columns} pixels, but its camera's detector has "
            f"{camera.rows} x {camera.columns}: give the camera of this image, or resample it."
        )
    node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", name or radiograph.name)
    put_image(node, radiograph.array[np.newaxis], detector_grid(camera))
    put_fact(node, "Camera", camera_to_fact(camera))
    put_fact(node, "Radiograph", radiograph.facts())
    put_fact(node, "Unit", "1")
    node.CreateDefaultDisplayNodes()
    low, high = np.percentile(radiograph.array, WINDOW_PERCENTILES)
    set_window(node, float(low), float(high))
    return node


def node_to_radiograph(node: Any) -> tuple[Radiograph, PinholeCamera]:
    """The image and camera of a node made by `radiograph_to_node`; the camera goes along with a rigid parent transform.

    Raises:
        GeometryError: The node carries no camera, or its parent transform is not rigid.
    """
    values = fact(node, "Camera")
    if values is None:
        raise GeometryError(
            f"“{node.GetName()}” carries no camera: state the X-ray's geometry (distances, pixel size, angles) first."
        )
    camera = camera_from_fact(values)
    if node.GetParentTransformNode() is not None:
        camera = camera.posed(camera.camera_from_world @ RigidTransform(world_from_node(node)).inverse())
    facts = {"name": node.GetName(), **fact(node, "Radiograph", {})}
    return Radiograph.from_facts(stored_array(node)[0], facts), camera


def set_window(node: Any, low: float, high: float) -> None:
    """Show a volume node's values from `low` (black) to `high` (white)."""
    display = node.GetDisplayNode()
    display.AutoWindowLevelOff()
    display.SetWindowLevelMinMax(low, max(high, low + 1e-6))
