"""A radiograph simulated from a CT at a known pose."""

from __future__ import annotations

import numpy as np

from bonedensity.drr.physics.collimation import open_field
from bonedensity.drr.physics.display import shown
from bonedensity.drr.physics.exposure import exposure_of
from bonedensity.drr.physics.materials import material_paths
from bonedensity.drr.physics.settings import XraySettings
from bonedensity.drr.render import rays_in_patient
from bonedensity.errors import CalibrationError, GeometryError
from bonedensity.geometry import PinholeCamera, RigidTransform
from bonedensity.imaging import PixelSpacing, Radiograph, Volume


def simulate_radiograph(
    volume: Volume,
    camera: PinholeCamera,
    pose: RigidTransform,
    *,
    settings: XraySettings | None = None,
    seed: int | np.random.Generator = 0,
) -> Radiograph:
    """A synthetic radiograph of a CT at a known pose.

    It is projected with the exact renderer, so that an optimiser with a fast one is not judged on its own images. A
    camera smaller than the body makes a truncated image.

    Args:
        volume: CT in HU.
        camera: Source and detector, with pixel spacing.
        pose: `world_from_ct`.
        settings: Exposure and display.
        seed: For the noise; same seed, same bytes.

    Returns:
        Bone bright, 0 to 4095, spacing "imager".

    Raises:
        CalibrationError: The volume is not in HU.
        GeometryError: The camera has no pixel spacing, or there is nothing but air.
    """
    if volume.unit != "HU":
        raise CalibrationError(f"An X-ray is simulated from HU, but “{volume.name}” is in {volume.unit}.")
    if camera.pixel_spacing_mm is None:
        raise GeometryError("The camera has no pixel spacing: give the source-to-detector distance and spacing (mm).")
    chosen = settings or XraySettings()
    paths = material_paths(volume, rays_in_patient(camera, pose))
    exposure = exposure_of(paths, camera.pixel_spacing_mm, chosen, np.random.default_rng(seed))
    field = open_field((camera.rows, camera.columns), chosen)
    row, column = camera.pixel_spacing_mm
    return Radiograph(
        shown(exposure, field, chosen),
        spacing=PixelSpacing(row, column, "imager"),
        sdd_mm=camera.sdd_mm,
        name="simulated radiograph",
        notes=("Simulated from a CT: synthetic, for research use only.",),
        tags={"kVp": chosen.kvp, "synthetic": True},
    )
