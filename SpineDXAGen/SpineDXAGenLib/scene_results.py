"""From the session to the scene: DXA, counterfactual, corners, sweep, kept pictures and the change in the CT."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from bonedensity.errors import BoneDensityError
from bonedensity.imaging import Volume
from bonedensity.scene.attributes import fact, put_fact, refer, referred
from bonedensity.scene.dxa_images import dxa_to_node, is_single_image, layer_to_node, node_to_greys, show_as_difference
from bonedensity.scene.hierarchy import put_next_to
from bonedensity.scene.labelmaps import labelmap_to_node
from bonedensity.scene.overlays import overlay_to_node
from bonedensity.scene.radiographs import set_window
from bonedensity.scene.stretched_bones import add_stretched, hide_stretched
from bonedensity.scene.surfaces import add_surfaces
from bonedensity.scene.sweeps import SweepNodes, numbers_to_table, plot_to_scene, sweep_to_scene
from bonedensity.scene.views import show_overlay, show_volume
from bonedensity.scene.volumes import put_unit, volume_to_node
from bonedensity.workflows.spine.results import Answer, Kept, Sweep
from bonedensity.workflows.spine.state import Dxa, SpineState, shown

BONE_WINDOW_HU = (-300.0, 1300.0)
LINES = {"low": (0.6, 0.7, 0.9), "high": (0.6, 0.7, 0.9), "person": (0.7, 0.1, 0.17)}
SIZES = {"l1_l4_width": "L1–L4 width (cm)", "l1_l4_height": "L1–L4 height (cm)", "l1_l4_area": "L1–L4 area (cm²)"}


def add_dxa(scene: Any, state: SpineState) -> Any:
    """A volume node of the session's export."""
    dxa = state.dxa
    assert dxa is not None
    name = dxa.name if dxa.seed is None else f"{dxa.name} (synthetic)"
    node = dxa_to_node(scene, dxa.array, dxa.pixel_mm, scene.GenerateUniqueName(name))
    note_dxa(node, dxa, state.attributes)
    return node


def note_dxa(node: Any, dxa: Dxa, attributes: Any) -> None:
    """Keep what is known of an export with its node."""
    facts = {
        "pixel_mm": None if dxa.pixel_mm is None else list(dxa.pixel_mm),
        "spacing_source": dxa.spacing_source,
        "name": dxa.name,
        "notes": list(dxa.notes),
        "seed": dxa.seed,
        "attributes": dict(attributes),
    }
    put_fact(node, "Dxa", facts)
    if dxa.seed is not None:
        put_fact(node, "Synthetic", True)
        node.SetDescription("Synthetic: a virtual person's DXA.")


def add_sweep(scene: Any, dxa: Any, state: SpineState, sweep: Sweep) -> SweepNodes:
    """The sweep as a sequence with its browser."""
    array = np.asarray(state.dxa.array)  # type: ignore[union-attr]  # a sweep has an image
    facts = {
        "name": sweep.name, "unit": sweep.unit, "values": list(sweep.values), "also": dict(sweep.also),
        "frames": [facts_of(frame) for frame in sweep.frames],
    }  # fmt: skip
    images = [shown(array, frame.difference) for frame in sweep.frames]
    nodes = sweep_to_scene(scene, dxa, images, sweep.values, name=sweep.name, unit=sweep.unit, facts=facts)
    put_next_to(scene, dxa, nodes.images, nodes.browser)
    return nodes


def facts_of(answer: Answer) -> dict[str, Any]:
    """A counterfactual's numbers, all but its picture."""
    return {
        "do": dict(answer.do), "attributes": dict(answer.attributes), "notes": list(answer.notes),
        "rows": [dict(row) for row in answer.rows], "identity": answer.identity,
        "density": None if answer.density is None else list(answer.density),
        "outline": None if answer.outline is None else answer.outline.tolist(),
    }  # fmt: skip


def put_numbers(scene: Any, state: SpineState, table: Any, dxa: Any) -> Any:
    """The person's path and the cohort band by age as a table with a chart a size; returns the table."""
    band = None if state.abduction is None else state.abduction.band
    if band is None or dxa is None:
        return table
    columns: dict[str, list[float]] = {"age (years)": list(band["values"])}
    for name, title in SIZES.items():
        if name in band["band"]:
            rows = np.array(band["band"][name])
            columns |= {f"{title} low": rows[:, 0], f"{title} high": rows[:, 2], f"{title} person": band["path"][name]}
    new = table is None or dxa not in referred(table, "Dxa")
    name = scene.GenerateUniqueName(f"{dxa.GetName()}: sizes by age (synthetic)") if new else ""
    node = numbers_to_table(scene, columns, name, None if new else table)
    if new:
        refer(node, "Dxa", dxa)
        put_next_to(scene, dxa, node)
        for title in SIZES.values():
            if f"{title} person" in columns:
                lines = {f"{title} {end}": color for end, color in LINES.items()}
                plot_to_scene(scene, node, "age (years)", lines, f"{title} by age (synthetic)")
    return node


def put_kept(scene: Any, dxa: Any, kept: Sequence[Kept]) -> None:
    """Kept counterfactuals as volume nodes beside their DXA: those no longer kept go, new ones come, the others stay.

    Args:
        scene: The scene.
        dxa: The present DXA's node, or None.
        kept: All that are kept; one of an image that is not on the DXA's grid gets no new node.
    """
    wanted = Counter((each.person, each.title) for each in kept)
    for node, about in kept_nodes(scene):
        if wanted[about] > 0:
            wanted[about] -= 1
        else:
            scene.RemoveNode(node)
    for each in reversed(kept):  # the newest have no node yet
        if wanted[each.person, each.title] > 0 and dxa is not None and each.image.shape == node_to_greys(dxa).shape:
            wanted[each.person, each.title] -= 1
            _add_kept(scene, dxa, each)


def kept_nodes(scene: Any) -> list[tuple[Any, tuple[str, str]]]:
    """Volume nodes of kept counterfactuals with person and title; one that lost its image or its note is none."""
    count = scene.GetNumberOfNodesByClass("vtkMRMLScalarVolumeNode")
    nodes = [scene.GetNthNodeByClass(place, "vtkMRMLScalarVolumeNode") for place in range(count)]
    noted = [(node, _person_and_title(node)) for node in nodes if is_single_image(node)]
    return [(node, about) for node, about in noted if about is not None]


def _person_and_title(node: Any) -> tuple[str, str] | None:
    try:
        about = fact(node, "Kept")
    except BoneDensityError:
        return None
    said = (about.get("person"), about.get("title")) if isinstance(about, dict) else (None, None)
    return said if isinstance(said[0], str) and isinstance(said[1], str) else None


def _add_kept(scene: Any, dxa: Any, kept: Kept) -> None:
    name = scene.GenerateUniqueName(f"{kept.person}: {kept.title} (synthetic)")
    node = layer_to_node(scene, kept.image, dxa, name)
    put_fact(node, "Kept", {"person": kept.person, "title": kept.title})
    put_next_to(scene, dxa, node)


def add_ct(scene: Any, state: SpineState, dxa: Any) -> tuple[Any, Any]:
    """CT and bones of a virtual person, shown in the other slice views and in 3D."""
    assert state.ct is not None
    assert state.labels is not None
    ct = volume_to_node(scene, state.ct, scene.GenerateUniqueName(f"{dxa.GetName()}: CT (synthetic)"))
    put_fact(ct, "Synthetic", True)
    set_window(ct, *BONE_WINDOW_HU)
    bones = labelmap_to_node(scene, state.labels, scene.GenerateUniqueName(f"{ct.GetName()}: bones"), source=ct)
    put_next_to(scene, dxa, ct, bones)
    show_volume(scene, ct, view="Yellow", orientation="Sagittal")
    return ct, bones


def add_change_in_ct(scene: Any, state: SpineState, ct: Any, bones: Any, what: str) -> list[Any]:
    """Stretched vertebrae over the CT's own in 3D, and the projected DXA before and after in the green view."""
    volume = state.volume
    assert volume is not None
    add_surfaces(bones)
    hide_stretched(scene, bones)
    made = add_stretched(scene, bones, volume["affines"], what)
    grid = np.array(volume["grid"], dtype=np.float64).reshape(4, 4)
    name = scene.GenerateUniqueName(f"{ct.GetName()}: projected DXA")
    before = volume_to_node(scene, Volume(volume["factual"][np.newaxis], grid, "g/cm²", name), name)
    after = overlay_to_node(
        scene, volume["counterfactual"], before, f"{name}, {what} (synthetic)", (1.0, 0.6, 0.2), "g/cm²"
    )
    change = layer_to_node(scene, volume["counterfactual"] - volume["factual"], before, f"{name}, change (synthetic)")
    put_unit(change, "g/cm²")
    show_as_difference(scene, change)
    full = max(float(np.abs(volume["counterfactual"] - volume["factual"]).max()), 1e-3)
    set_window(change, -full, full)
    for node in (before, after, change):
        node.SetAndObserveTransformNodeID(ct.GetTransformNodeID())
        refer(node, "ct", ct)
    put_next_to(scene, ct, before, after, change, *made)
    show_overlay(scene, before, after, opacity=0.5, view="Green")
    return [before, after, change, *made]
