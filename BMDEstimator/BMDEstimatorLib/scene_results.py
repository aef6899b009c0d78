"""From the session to the scene: what was loaded, made, found and measured, as new nodes next to the inputs."""

from __future__ import annotations

from typing import Any

import numpy as np

from bonedensity.anatomy.labels import title_of
from bonedensity.geometry import PinholeCamera, c_arm_camera
from bonedensity.imaging import Radiograph
from bonedensity.scene.attributes import fact, put_fact, refer, referred
from bonedensity.scene.cameras import camera_to_fact
from bonedensity.scene.hierarchy import put_next_to
from bonedensity.scene.labelmaps import labelmap_to_node
from bonedensity.scene.overlays import overlay_to_node
from bonedensity.scene.radiographs import radiograph_to_node, set_window
from bonedensity.scene.tables import measurements_to_node, set_measurements
from bonedensity.scene.transforms import transform_to_node
from bonedensity.scene.views import show_volume
from bonedensity.scene.volumes import put_image, volume_to_node
from bonedensity.workflows.beam import detector_grid
from bonedensity.workflows.session_facts import Outcome
from bonedensity.workflows.session_state import SessionState

TRANSFORM = "vtkMRMLLinearTransformNode"

BONE_WINDOW_HU = (-300.0, 1300.0)
"""Shown from black to white in a CT."""

PROVISIONAL_MM = 0.2
"""Pixel size with which an X-ray of unknown spacing is drawn in 3D; nothing is measured with it."""


def add_ct(scene: Any, state: SessionState) -> Any:
    """A volume node of the session's CT, shown in the yellow and green views."""
    assert state.ct is not None
    node = volume_to_node(scene, state.ct, scene.GenerateUniqueName(state.ct.name))
    set_window(node, *BONE_WINDOW_HU)
    if state.synthetic_ct:
        put_fact(node, "Synthetic", True)
        node.SetDescription("Synthetic: a virtual patient's CT.")
    show_volume(scene, node, view="Yellow", orientation="Sagittal")
    show_volume(scene, node, view="Green", orientation="Coronal")
    return node


def add_segmentation(scene: Any, state: SessionState, ct: Any) -> Any:
    """A segmentation node of the session's bones."""
    assert state.labels is not None
    name = scene.GenerateUniqueName(f"{ct.GetName()}: bones")
    node = labelmap_to_node(scene, state.labels, name, source=ct)
    put_next_to(scene, ct, node)
    return node


def add_xray(scene: Any, state: SessionState, ct: Any) -> Any:
    """A volume node of the session's X-ray on its detector's plane."""
    assert state.radiograph is not None
    radiograph = state.radiograph
    name = f"{radiograph.name} (synthetic)" if state.truth is not None else radiograph.name
    node = radiograph_to_node(scene, radiograph, camera_or_guess(state), scene.GenerateUniqueName(name))
    if state.truth is not None:
        put_fact(node, "Truth", state.truth.matrix.ravel().tolist())
        node.SetDescription("Synthetic: simulated from a CT.")
    if ct is not None:
        put_next_to(scene, ct, node)
    return node


def follow_geometry(scene: Any, state: SessionState, node: Any, ct: Any) -> Any:
    """The X-ray node that stands where the session's camera says.

    Our own node is moved there. Where results refer to it, or it is not ours, a new one is made.
    """
    assert state.radiograph is not None
    camera = camera_or_guess(state)
    known = fact(node, "Camera")
    if known is not None and known == camera_to_fact(camera) and fact(node, "Radiograph", {}).get("spacing"):
        return node
    if known is None or fact(node, "Used", False):
        return add_xray(scene, state, ct)
    put_image(node, state.radiograph.array[np.newaxis], detector_grid(camera))
    put_fact(node, "Camera", camera_to_fact(camera))
    spacing = state.radiograph.spacing
    noted = dict(fact(node, "Radiograph", {}))
    noted["spacing"] = None if spacing is None else [spacing.row, spacing.column, spacing.source]
    put_fact(node, "Radiograph", noted)
    return node


def note_side(node: Any, side: str) -> None:
    """Keep in our own X-ray node which side it shows; the nodes of others stay as they are."""
    known = fact(node, "Radiograph")
    if known is not None:
        put_fact(node, "Radiograph", {**known, "laterality": side})


def add_registration(scene: Any, state: SessionState, ct: Any, segmentation: Any, xray: Any) -> Any:
    """A transform node with its verdict, and the bones' projection over the X-ray; returns the transform."""
    outcome = state.outcome
    assert outcome is not None
    whose = f" of {title_of(state.moving).lower()}" if state.moving else ""
    name = scene.GenerateUniqueName(f"{ct.GetName()}: registration{whose}")
    node = transform_to_node(
        scene,
        outcome.world_from_ct,
        name if outcome.accepted else f"{name} (doubtful)",
        centre=outcome.centre,
        accepted=outcome.accepted,
        reasons=outcome.reasons,
    )
    put_fact(node, "Outcome", {**facts_of(outcome), "moving": state.moving})
    put_fact(node, "Moving", state.moving)
    for role, other in (("ct", ct), ("segmentation", segmentation), ("radiograph", xray)):
        if other is not None:
            refer(node, role, other)
    put_fact(xray, "Used", True)
    made = [node]
    if outcome.drr is not None:
        overlay = overlay_to_node(scene, outcome.drr, xray, f"{name}: DRR")
        refer(node, "overlays", overlay)
        made.append(overlay)
    put_next_to(scene, ct, *made)
    return node


def registration_of(scene: Any, state: SessionState, ct: Any, xray: Any) -> Any:
    """The transform node of the registration that holds for what is moved; None where there is none."""
    if state.outcome is None:
        return None
    nodes = [scene.GetNthNodeByClass(n, TRANSFORM) for n in range(scene.GetNumberOfNodesByClass(TRANSFORM))]
    whose = [node for node in nodes if fact(node, "Moving") == state.moving]
    found = [n for n in whose if referred(n, "ct")[:1] == [ct] and referred(n, "radiograph")[:1] == [xray]]
    return found[-1] if found else None


def put_measurements(scene: Any, state: SessionState, table: Any, ct: Any) -> Any:
    """The session's measurements in a table node: the one given where it belongs to this CT, else a new one.

    Without a CT, `ct` is the X-ray that they were estimated from.
    """
    if table is None:
        table = measurements_to_node(scene, state.measurements, scene.GenerateUniqueName(f"{ct.GetName()}: results"))
        refer(table, "ct", ct)
        put_next_to(scene, ct, table)
    else:
        set_measurements(table, state.measurements)
    return table


def facts_of(outcome: Outcome) -> dict[str, Any]:
    """A registration's figures, as the result card shows them and a saved scene keeps them."""
    return {
        "accepted": outcome.accepted,
        "reasons": list(outcome.reasons),
        "similarity": outcome.similarity,
        "start_similarity": outcome.start_similarity,
        "agreement_mm": outcome.agreement_mm,
        "seconds": outcome.seconds,
        "evaluations": outcome.evaluations,
        "bones": list(outcome.bones),
        "error_mm": None if outcome.error is None else outcome.error.in_plane_mm,
        "depth_error_mm": None if outcome.error is None else outcome.error.depth_mm,
        "start_error_mm": None if outcome.start_error is None else outcome.start_error.in_plane_mm,
        "chance": outcome.chance,
        "deviations": list(outcome.deviations),
    }


def camera_or_guess(state: SessionState) -> PinholeCamera:
    """The session's camera; while the pixel size is unknown, one that is good for showing alone."""
    assert state.radiograph is not None
    return state.camera if state.camera is not None else _guess(state.radiograph, state)


def _guess(radiograph: Radiograph, state: SessionState) -> PinholeCamera:
    return c_arm_camera(
        sdd_mm=state.geometry.sdd_mm,
        source_to_isocentre_mm=state.geometry.source_to_isocentre_mm,
        rows=radiograph.rows,
        columns=radiograph.columns,
        pixel_spacing_mm=(PROVISIONAL_MM, PROVISIONAL_MM),
    )
