"""A virtual person for Slicer's Sample Data module: the DXA of a spine, chosen already."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import slicer
from slicer.i18n import tr as _

from bonedensity.desktop.job_dialog import Wait, nodes_in_dialog
from SpineDXAGenLib.script import Script

SEED = 1


def add_virtual_spine(scene: Any, parameter_node: Callable[[], Any]) -> list[Any]:
    """Add a DXA to a scene and choose it in the module; returns its node in a list, none where cancelled.

    Args:
        scene: The scene.
        parameter_node: Gives the module's parameter node, which may add it to the scene.
    """

    def make(wait: Wait) -> list[Any]:
        dxa = Script(scene, wait).addVirtualPerson(SEED)
        parameters = parameter_node()
        with slicer.util.NodeModify(parameters):
            parameters.dxa, parameters.ct, parameters.segmentation = dxa, None, None
        return [dxa]

    return nodes_in_dialog(_("Virtual spine DXA"), _("The virtual person could not be made."), make)
