"""One case, whole: what a registration and its measurements leave behind, as a scene and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonedensity.anatomy.labels import BY_NAME, title_of
from bonedensity.errors import UnreadableFileError
from bonedensity.geometry import PinholeCamera, RigidTransform
from bonedensity.imaging import LabelMap, Radiograph, Volume
from bonedensity.measurement import Measurement
from bonedensity.scene.attributes import fact, put_fact, refer, referred
from bonedensity.scene.hierarchy import case_folder, put_in_folder
from bonedensity.scene.labelmaps import labelmap_to_node, node_to_labelmap
from bonedensity.scene.markups import landmarks_to_node, node_to_landmarks
from bonedensity.scene.models import beam_to_node
from bonedensity.scene.overlays import node_to_overlay, overlay_to_node
from bonedensity.scene.perspective import look_at_beam
from bonedensity.scene.radiographs import node_to_radiograph, radiograph_to_node, set_window
from bonedensity.scene.surfaces import add_surfaces
from bonedensity.scene.tables import measurements_to_node, node_to_measurements
from bonedensity.scene.transforms import node_to_transform, put_under, transform_to_node, verdict_of
from bonedensity.scene.views import show_overlay, show_volume
from bonedensity.scene.volumes import node_to_volume, volume_to_node

BONE_WINDOW_HU = (-300.0, 1300.0)
"""Shown from black to white in a CT."""

SUM_COLOR = (1.0, 0.55, 0.15)
"""Colour of the overlay that adds all bones."""


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A registered case.

    Attributes:
        name: The case; never a patient's name.
        ct: CT in its own patient frame (LPS).
        labels: Bones on the CT.
        radiograph: The X-ray.
        camera: Its camera; world is the patient frame of the X-ray's set-up.
        world_from_ct: The registration.
        centre: (3,) LPS mm of the CT about which the pose was parametrised.
        drr: Bone name to (rows, columns) on the X-ray's grid.
        drr_unit: What the DRRs' numbers mean: "1" (attenuation), "g/cm²" or "HU mm".
        landmarks: Name to (3,) LPS mm in the CT's frame.
        measurements: What was measured.
        accepted: The verdict on the registration.
        reasons: Why it is doubted, one sentence each.
    """

    name: str
    ct: Volume
    labels: LabelMap
    radiograph: Radiograph
    camera: PinholeCamera
    world_from_ct: RigidTransform
    centre: NDArray[np.float64]
    drr: Mapping[str, NDArray[np.generic]]
    drr_unit: str = "1"
    landmarks: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    measurements: Sequence[Measurement] = ()
    accepted: bool = True
    reasons: Sequence[str] = ()


@dataclass(frozen=True, slots=True, eq=False)
class CaseNodes:
    """The nodes of a case.

    Attributes:
        transform: `world_from_ct`; refers to all the others.
        ct: CT volume, under the transform.
        segmentation: Bones, under the transform.
        landmarks: Point list, under the transform.
        radiograph: X-ray on the detector plane.
        overlays: Bone name to DRR volume on the X-ray's grid.
        beam: Model of source, rays and detector.
        table: Measurements.
    """

    transform: Any
    ct: Any
    segmentation: Any
    landmarks: Any
    radiograph: Any
    overlays: Mapping[str, Any]
    beam: Any
    table: Any


def case_to_scene(scene: Any, case: Case) -> CaseNodes:
    """Add a case to a scene: data, results, references between them, one hierarchy folder, and what the views show."""
    transform = transform_to_node(
        scene,
        case.world_from_ct,
        f"{case.name}: X-ray from CT" + ("" if case.accepted else " (doubtful)"),
        centre=case.centre,
        accepted=case.accepted,
        reasons=list(case.reasons),
    )
    ct = volume_to_node(scene, case.ct, f"{case.name}: CT")
    radiograph = radiograph_to_node(scene, case.radiograph, case.camera, f"{case.name}: X-ray")
    nodes = CaseNodes(
        transform=transform,
        ct=ct,
        segmentation=labelmap_to_node(scene, case.labels, f"{case.name}: bones", source=ct),
        landmarks=landmarks_to_node(scene, case.landmarks, f"{case.name}: landmarks"),
        radiograph=radiograph,
        overlays=_add_overlays(scene, case, radiograph),
        beam=beam_to_node(scene, case.camera, f"{case.name}: X-ray beam"),
        table=measurements_to_node(scene, case.measurements, f"{case.name}: results"),
    )
    for node in (nodes.ct, nodes.segmentation, nodes.landmarks):
        put_under(node, transform)
    add_surfaces(nodes.segmentation)
    _connect(scene, case, nodes)
    _show(scene, case, nodes)
    return nodes


def cases_in(scene: Any) -> list[CaseNodes]:
    """The cases that a scene holds, in the order they were added."""
    count = scene.GetNumberOfNodesByClass("vtkMRMLLinearTransformNode")
    transforms = [scene.GetNthNodeByClass(index, "vtkMRMLLinearTransformNode") for index in range(count)]
    return [_nodes_of(node) for node in transforms if fact(node, "Case") is not None]


def nodes_to_case(nodes: CaseNodes) -> Case:
    """The case that nodes hold, as they stand now."""
    radiograph, camera = node_to_radiograph(nodes.radiograph)
    verdict = verdict_of(nodes.transform)
    overlays = {name: node_to_overlay(node) for name, node in nodes.overlays.items()}
    return Case(
        name=fact(nodes.transform, "Case"),
        ct=node_to_volume(nodes.ct, in_world=False),
        labels=node_to_labelmap(nodes.segmentation, in_world=False),
        radiograph=radiograph,
        camera=camera,
        world_from_ct=node_to_transform(nodes.transform),
        centre=np.zeros(3) if verdict.centre is None else verdict.centre,
        drr={name: array for name, (array, _) in overlays.items()},
        drr_unit=next((unit for _, unit in overlays.values()), "1"),
        landmarks=node_to_landmarks(nodes.landmarks, in_world=False),
        measurements=node_to_measurements(nodes.table),
        accepted=bool(verdict.accepted),
        reasons=verdict.reasons,
    )


def _add_overlays(scene: Any, case: Case, radiograph: Any) -> dict[str, Any]:
    overlays = {}
    for bone, image in case.drr.items():
        color = BY_NAME[bone].color if bone in BY_NAME else SUM_COLOR
        title = f"{case.name}: DRR of {title_of(bone)}"
        overlays[bone] = overlay_to_node(scene, image, radiograph, title, color, case.drr_unit)
        put_fact(overlays[bone], "Bone", bone)
    return overlays


def _connect(scene: Any, case: Case, nodes: CaseNodes) -> None:
    put_fact(nodes.transform, "Case", case.name)
    for role in ("ct", "segmentation", "landmarks", "radiograph", "beam", "table"):
        refer(nodes.transform, role, getattr(nodes, role))
    refer(nodes.transform, "overlays", *nodes.overlays.values())
    refer(nodes.table, "Registration", nodes.transform)
    parts = (nodes.ct, nodes.segmentation, nodes.landmarks, nodes.radiograph, *nodes.overlays.values())
    put_in_folder(scene, case_folder(scene, case.name), *parts, nodes.transform, nodes.beam, nodes.table)


def _show(scene: Any, case: Case, nodes: CaseNodes) -> None:
    """X-ray and DRR in the red view; a DRR is additive, so that of all bones is their sum."""
    top = next(iter(nodes.overlays.values()), None)
    if len(nodes.overlays) > 1:
        total = np.sum([np.asarray(image, dtype=np.float64) for image in case.drr.values()], axis=0).astype(np.float32)
        title = f"{case.name}: DRR of all bones"
        top = overlay_to_node(scene, total, nodes.radiograph, title, SUM_COLOR, case.drr_unit)
        put_in_folder(scene, case_folder(scene, case.name), top)
    if case.ct.unit == "HU":
        set_window(nodes.ct, *BONE_WINDOW_HU)
    look_at_beam(scene, case.camera)
    show_overlay(scene, nodes.radiograph, top)
    show_volume(scene, nodes.ct, view="Yellow", orientation="Sagittal")
    show_volume(scene, nodes.ct, view="Green", orientation="Coronal")


def _nodes_of(transform: Any) -> CaseNodes:
    def one(role: str) -> Any:
        found = referred(transform, role)
        if not found:
            raise UnreadableFileError(
                f"The case “{fact(transform, 'Case')}” has lost its {role}, which was removed from the "
                "scene: register again."
            )
        return found[0]

    return CaseNodes(
        transform=transform,
        ct=one("ct"),
        segmentation=one("segmentation"),
        landmarks=one("landmarks"),
        radiograph=one("radiograph"),
        overlays={fact(node, "Bone"): node for node in referred(transform, "overlays")},
        beam=one("beam"),
        table=one("table"),
    )
