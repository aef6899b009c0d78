"""Steps that several tests of the BMDEstimator window share."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import slicer
from standins.harness import wait_until

TIMEOUT = 240.0


def quick_levels() -> tuple[Any, ...]:
    """One coarse level: rough, in under a second."""
    from bonedensity.registration.config import Level, Spread

    return (Level(64, 4.0, 1.0, Spread(7.0, 8.0, 25.0), population=14, generations=30),)


def endless_levels() -> tuple[Any, ...]:
    """A search that goes on until it is stopped."""
    from bonedensity.registration.config import Level, Spread

    return (Level(64, 4.0, 1.0, Spread(7.0, 8.0, 25.0), population=14, generations=3000, starts=100),)


def quick(widget: Any) -> Any:
    """The widget with a coarse virtual patient and a quick registration."""
    widget.window.ct.patient_spacing_mm = 4.0
    widget.window.session.levels = quick_levels()
    return widget


def idle(widget: Any) -> bool:
    return not widget.window.session.desk.title


def wait_idle(widget: Any) -> None:
    wait_until(lambda: idle(widget), TIMEOUT)


def make_patient(widget: Any) -> None:
    """Press "Virtual patient" and wait for CT and bones."""
    widget.ui.virtualButton.click()
    wait_until(lambda: idle(widget) and widget.window.session.state.bones, TIMEOUT)


def make_case(widget: Any) -> None:
    """Virtual patient, X-ray and the live picture."""
    make_patient(widget)
    widget.ui.simulateButton.click()
    wait_until(lambda: widget.window.session.state.preview is not None, TIMEOUT)


@pytest.fixture
def case(module_factory: Any) -> Any:
    """The window with a virtual patient, its X-ray and the live picture."""
    widget = quick(module_factory("BMDEstimator"))
    make_case(widget)
    return widget


def register(widget: Any) -> None:
    widget.ui.registerButton.click()
    wait_until(lambda: idle(widget) and widget.window.session.state.outcome is not None, TIMEOUT)


def nodes_of_scene() -> dict[str, Any]:
    """Every node that is saved by id, with the numbers of its image, to see whether anything changed."""
    found = {}
    for index in range(slicer.mrmlScene.GetNumberOfNodes()):
        node = slicer.mrmlScene.GetNthNode(index)
        if not node.GetSaveWithScene():
            continue
        image = node.GetImageData() if node.IsA("vtkMRMLVolumeNode") else None
        found[node.GetID()] = None if image is None else np.array(slicer.util.arrayFromVolume(node))
    return found


def same_nodes(first: dict[str, Any], second: dict[str, Any]) -> bool:
    arrays = (first[key] is None or np.array_equal(first[key], second[key]) for key in first if key in second)
    return first.keys() == second.keys() and all(arrays)
