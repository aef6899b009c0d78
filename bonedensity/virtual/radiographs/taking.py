"""One radiograph of a body, and all that is true of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from bonedensity.anatomy.labels import femur_name
from bonedensity.drr.physics import XraySettings, exposure_of
from bonedensity.drr.physics.collimation import open_field
from bonedensity.drr.render import rays_in_patient
from bonedensity.geometry.camera_json import camera_to_json
from bonedensity.imaging import PixelSpacing, Radiograph
from bonedensity.virtual.body import Body
from bonedensity.virtual.posed import PaintedOnce, PlacedBone
from bonedensity.virtual.radiographs.geometry import View
from bonedensity.virtual.radiographs.marker import lead_letter
from bonedensity.virtual.radiographs.paths import BodyPaths, bone_image, cross_body
from bonedensity.virtual.radiographs.processing import Processing, processed
from bonedensity.virtual.radiographs.region import proximal_femur_mask

FINER = 2
"""Rays along each side of a pixel: a detector averages over its pixels."""

LEAST_G_CM2 = 0.02
"""Areal density from which a pixel belongs to a region."""

SYNTHETIC = "Synthetic: a virtual person, for research use only."


@dataclass(frozen=True, slots=True, eq=False)
class VirtualRadiograph:
    """A radiograph and its truth; images are (rows, columns) on the same pixels.

    Attributes:
        image: Bone bright, whole numbers from 0 to 2^bits - 1.
        view: Camera, pose, posture, side.
        mineral: Areal density (g/cm²) of all bones.
        femur: Areal density (g/cm²) of the femur on the view's side; zero for a spine.
        proximal_femur: Areal density (g/cm²) of its proximal region: BMD-GAN's target.
        region: Where the proximal femur projects.
        truth: JSON values.
    """

    image: Radiograph
    view: View
    mineral: NDArray[np.float32]
    femur: NDArray[np.float32]
    proximal_femur: NDArray[np.float32]
    region: NDArray[np.bool_]
    truth: dict[str, Any]


def take_radiograph(
    once: PaintedOnce,
    body: Body,
    view: View,
    *,
    settings: XraySettings,
    processing: Processing,
    rng: np.random.Generator,
    marker: bool = True,
) -> VirtualRadiograph:
    """Expose and process.

    Args:
        once: The person's bones, painted in any posture.
        body: In the view's posture.
        view: Camera and pose.
        settings: Tube, scatter, detector and collimation; its display is not used.
        processing: Vendor's processing.
        rng: For the marker and the noise; as many numbers are drawn whatever the body is.
        marker: Whether a lead letter lies on the detector.
    """
    rays = rays_in_patient(view.camera, view.world_from_body)
    shape = (view.camera.rows, view.camera.columns)
    pixel = view.camera.pixel_spacing_mm or (1.0, 1.0)
    paths = cross_body(once, body, rays, finer=FINER)
    letter = np.zeros(shape, np.float32)
    if marker:
        letter = lead_letter(view.side or "L", shape, pixel[0], rng, collimation=settings.collimation)
    materials = {**paths.materials, "cortical_bone": paths.materials["cortical_bone"] + letter}
    exposure = noisy_exposure(materials, pixel, settings, rng)
    grey = processed(exposure, open_field(shape, settings), pixel[0], processing, apart=letter > 0)
    image = Radiograph(
        grey.astype(np.float32),
        spacing=PixelSpacing(*pixel, "imager"),
        sdd_mm=view.camera.sdd_mm,
        view=view.direction,
        laterality=view.side or "",
        name="virtual radiograph",
        notes=(SYNTHETIC,),
        tags={"kvp": settings.kvp, "synthetic": True},
    )
    return _with_truth(body, view, paths, image, settings, processing)


def noisy_exposure(
    materials: dict[str, NDArray[np.float32]],
    pixel_mm: tuple[float, float],
    settings: XraySettings,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """`exposure_of` with counting noise as a normal deviate: as many numbers are drawn whatever the exposure is.

    Poisson draws would shift all later ones when one pixel changes, and a counterfactual image would differ everywhere.

    Args:
        materials: Length (mm) by material, (rows, columns).
        pixel_mm: (row, column).
        settings: Exposure.
        rng: For quantum and electronic noise.
    """
    quiet = replace(settings, photons_per_mm2=float("inf"), electronic_noise_photons=0.0)
    exposure = exposure_of(materials, pixel_mm, quiet, rng)
    counting, reading = rng.standard_normal((2, *exposure.shape))
    if not np.isfinite(settings.photons_per_mm2):
        return exposure
    photons = settings.photons_per_mm2 * pixel_mm[0] * pixel_mm[1]
    quantum = np.sqrt(np.maximum(exposure, 0) / photons) * counting
    blurred = gaussian_filter(quantum, [settings.detector_blur_mm / p for p in pixel_mm])
    return np.asarray(exposure + blurred + settings.electronic_noise_photons / photons * reading)


def _with_truth(
    body: Body,
    view: View,
    paths: BodyPaths,
    image: Radiograph,
    settings: XraySettings,
    processing: Processing,
) -> VirtualRadiograph:
    rays = rays_in_patient(view.camera, view.world_from_body)
    name, blank = femur_name(view.side or "L"), np.zeros((rays.rows, rays.columns), np.float32)
    femur = paths.bones.get(name) if view.side else None
    proximal, density = blank, np.zeros(0)
    if femur is not None and view.side:
        mask = proximal_femur_mask(femur.painted, _landmarks_of(body, femur), view.side)
        proximal = bone_image(femur, rays, FINER, mask)
        density = np.asarray(femur.painted.mineral.array)[mask]
    region = proximal > LEAST_G_CM2
    truth = {
        "synthetic": True,
        "posture": view.posture,
        "direction": view.direction,
        "side": view.side,
        "camera": camera_to_json(view.camera),
        "world_from_body": view.world_from_body.matrix.ravel().tolist(),
        "landmarks_px": _projected_landmarks(body, view),
        "kvp": settings.kvp,
        "scatter_fraction": settings.scatter_fraction,
        "vendor": processing.vendor,
        "bits": processing.bits,
        "inverted": processing.inverted,
        "proximal_femur_mean_g_cm2": float(proximal[region].mean()) if region.any() else 0.0,
        "proximal_femur_mg_cm3": float(density.mean()) if density.size else 0.0,
    }
    femur_image = blank if femur is None else paths.mineral[name]
    return VirtualRadiograph(image, view, paths.total_mineral, femur_image, proximal, region, truth)


def _landmarks_of(body: Body, femur: PlacedBone) -> Mapping[str, NDArray[np.float64]]:
    """Landmarks in the frame in which the femur was painted."""
    back = femur.pose.inverse()
    return {key: back.apply(point) for key, point in body.landmarks.items()}


def _projected_landmarks(body: Body, view: View) -> dict[str, list[float]]:
    """(u, v) of every landmark in front of the source."""
    return {
        name: view.camera.project(view.world_from_body.apply(point)).tolist() for name, point in body.landmarks.items()
    }
