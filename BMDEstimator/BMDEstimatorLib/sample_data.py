"""A virtual patient for Slicer's Sample Data module: everything that a first registration needs, chosen already."""

from __future__ import annotations

from typing import Any

import slicer

from BMDEstimatorLib.script import Script

SEED = 1


def add_virtual_hip(scene: Any, parameters: Any, *, spacing_mm: float = 2.0) -> list[Any]:
    """Add CT, bones and X-ray to a scene and choose them in the module; returns the nodes.

    Args:
        scene: The scene.
        parameters: The module's parameter node.
        spacing_mm: Voxel size of the CT.
    """
    script = Script(scene)
    ct, bones = script.addVirtualPatient(SEED, spacing_mm)
    xray = script.simulateXray(ct, bones, SEED)
    with slicer.util.NodeModify(parameters):
        parameters.ct, parameters.segmentation, parameters.xray = ct, bones, xray
    return [ct, bones, xray]
