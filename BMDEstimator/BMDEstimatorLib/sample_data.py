"""A virtual patient for Slicer's Sample Data module: everything that a first registration needs, chosen already."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import slicer
from slicer.i18n import tr as _

from BMDEstimatorLib.script import Script
from bonedensity.desktop.job_dialog import Wait, nodes_in_dialog

SEED = 1


def add_virtual_hip(scene: Any, parameter_node: Callable[[], Any], *, spacing_mm: float = 2.0) -> list[Any]:
    """Add CT, bones and X-ray to a scene and choose them in the module; returns the nodes, none where cancelled.

    Args:
        scene: The scene.
        parameter_node: Gives the module's parameter node, which may add it to the scene.
        spacing_mm: Voxel size of the CT.
    """

    def make(wait: Wait) -> list[Any]:
        ct, bones, xray = Script(scene, wait).addVirtualHip(SEED, spacing_mm)
        parameters = parameter_node()
        with slicer.util.NodeModify(parameters):
            parameters.ct, parameters.segmentation, parameters.xray = ct, bones, xray
        return [ct, bones, xray]

    return nodes_in_dialog(_("Virtual hip"), _("The virtual patient could not be made."), make)
