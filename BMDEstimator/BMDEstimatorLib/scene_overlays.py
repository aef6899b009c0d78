"""From the session to the scene: volumes that lie over a CT or an X-ray, next to what they came from."""

from __future__ import annotations

from typing import Any

from bonedensity.scene.attributes import put_fact, refer, referred
from bonedensity.scene.density_maps import density_map_to_node
from bonedensity.scene.hierarchy import put_next_to
from bonedensity.scene.overlays import overlay_to_node
from bonedensity.scene.radiographs import set_window
from bonedensity.scene.volumes import volume_to_node
from bonedensity.workflows.session_state import SessionState


def add_uncertainty(scene: Any, state: SessionState, ct: Any, segmentation: Any) -> Any:
    """A volume node of how uncertain the segmentation is (0 to 1)."""
    assert state.uncertainty is not None
    node = volume_to_node(scene, state.uncertainty, scene.GenerateUniqueName(f"{ct.GetName()}: uncertainty of bones"))
    set_window(node, 0.0, 1.0)
    node.SetDescription("Entropy of the segmentation: 0 is certain, 1 knows nothing.")
    refer(node, "ct", ct)
    refer(node, "segmentation", segmentation)
    put_next_to(scene, ct, node)
    return node


def add_estimate(scene: Any, state: SessionState, xray: Any) -> Any:
    """What an estimator drew on the X-ray, as overlays next to it; returns the first, or None without any."""
    estimated = state.estimated
    assert estimated is not None
    made = [
        overlay_to_node(
            scene,
            overlay.array,
            xray,
            scene.GenerateUniqueName(f"{xray.GetName()}: {overlay.title}, {estimated.title}"),
            unit=overlay.unit,
        )
        for overlay in estimated.overlays.values()
    ]
    for node in made:
        put_fact(node, "Estimate", {"estimator": estimated.title, "reasons": list(estimated.reasons)})
    put_next_to(scene, xray, *made)
    put_fact(xray, "Used", True)
    return made[0] if made else None


def put_density_map(scene: Any, state: SessionState, before: Any, xray: Any) -> Any:
    """The areal density of the region measured last over the X-ray, in place of the one before; returns the node."""
    assert state.in_view is not None
    name = f"{xray.GetName()}: areal density"
    if before is not None and scene.IsNodePresent(before) and referred(before, "Radiograph")[:1] == [xray]:
        for index in range(before.GetNumberOfDisplayNodes())[::-1]:
            scene.RemoveNode(before.GetNthDisplayNode(index))
        scene.RemoveNode(before)
    node = density_map_to_node(scene, state.in_view, xray, scene.GenerateUniqueName(name))
    put_next_to(scene, xray, node)
    return node
