"""A finished case as a scene file for 3D Slicer."""

from __future__ import annotations

from pathlib import Path

from bonedensity.scene.bundle import save_scene
from bonedensity.scene.case import Case, case_to_scene
from bonedensity.scene.runtime import headless_scene
from bonedensity.workflows.registered_case import RegisteredCase


def write_scene(case: RegisteredCase, path: Path) -> None:
    """Write CT, bones, X-ray with DRR overlay, registration, landmarks and results as `.mrb`."""
    quality = case.registration.quality
    scene = headless_scene()
    case_to_scene(
        scene,
        Case(
            name="BoneDensity case",
            ct=case.inputs.ct,
            labels=case.inputs.labels,
            radiograph=case.radiograph,
            camera=case.camera,
            world_from_ct=case.registration.world_from_ct,
            centre=case.registration.centre,
            drr=case.drr,
            drr_unit="g/cm²",
            landmarks=case.landmarks,
            measurements=case.measurements,
            accepted=quality.accepted,
            reasons=quality.reasons,
        ),
    )
    save_scene(scene, path)
