"""How surely lengths and areas at the bone are known from a registered radiograph.

A bone at depth z (mm from the source, along the view's axis) is seen through a focal length f = SDD / pixel (pixels):
one pixel is z / f mm there. Lengths read from the radiograph follow z / SDD, areas its square. With relative errors s
of the source-to-detector distance (SDD) and d of the depth that are independent, a length is uncertain by
sqrt(s² + d²) and an area by twice that.

Registration does not leave them independent. The CT tells the bone's size and the radiograph its magnification SDD / z,
so an error of the SDD is answered by the same relative error of the depth, and the size of a pixel at the bone stays
right: only the depth's own uncertainty is left. The depth itself then carries both.

What this does to areal density:
- A ray's integral of density (g/cm²) is mass per area across the ray: it does not depend on SDD or depth, whether it is
  projected from the CT or decomposed on the detector.
- An area on the radiograph in cm² at the bone, and a mineral content that is areal density times that area, carry twice
  the length's uncertainty; so does, in the other direction, an areal density that is a known mass over such an area.
- The CT's own parallel projection knows no source: neither matters.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from numpy.typing import ArrayLike

from bonedensity.errors import GeometryError
from bonedensity.geometry import PinholeCamera, RigidTransform
from bonedensity.registration.result import RegistrationResult

ASSUMED_SDD_SD_MM = 10.0
"""Standard uncertainty of a source-to-detector distance that was stated without one (tape, console; mm): assumed."""


@dataclass(frozen=True, slots=True)
class ScaleUncertainty:
    """Standard uncertainties of what is read from a radiograph at a bone's depth.

    Attributes:
        mm_per_pixel: Size of a pixel at the bone (mm): geometric mean of the two directions.
        depth_mm: Of the bone from the source, along the view's axis.
        depth_sd_mm: Of that depth (mm).
        length: Relative, of lengths at the bone.
        area: Relative, of areas at the bone, and of areal densities that are a known mass over such an area.
    """

    mm_per_pixel: float
    depth_mm: float
    depth_sd_mm: float
    length: float
    area: float

    def to_json(self) -> dict[str, Any]:
        """As a JSON object."""
        return {
            "mm_per_pixel_at_bone": self.mm_per_pixel,
            "depth_mm": self.depth_mm,
            "depth_sd_mm": self.depth_sd_mm,
            "length_relative_sd": self.length,
            "area_relative_sd": self.area,
        }


def registered_scale(
    camera: PinholeCamera, result: RegistrationResult, sdd_sd_mm: float = ASSUMED_SDD_SD_MM
) -> ScaleUncertainty | None:
    """The same of a registration, at its bones' centre; None where its uncertainty was not estimated.

    Args:
        camera: Of the first view; without pixel spacing its distance is taken as certain.
        result: Pose and quality.
        sdd_sd_mm: Standard uncertainty of the source-to-detector distance (mm).
    """
    uncertainty = result.quality.uncertainty
    if uncertainty is None:
        return None
    known = sdd_sd_mm if camera.pixel_spacing_mm is not None else 0.0
    return scale_uncertainty(camera, result.world_from_ct, known, uncertainty.depth_mm, centre=result.centre)


def scale_uncertainty(
    camera: PinholeCamera,
    pose: RigidTransform,
    sdd_sd_mm: float,
    depth_sd_mm: float,
    *,
    centre: ArrayLike = (0.0, 0.0, 0.0),
    registered: bool = True,
) -> ScaleUncertainty:
    """What uncertain distances do to lengths and areas at a bone.

    Args:
        camera: Of the radiograph.
        pose: `world_from_ct`.
        sdd_sd_mm: Standard uncertainty of the source-to-detector distance (mm).
        depth_sd_mm: Of the bone's depth for the stated distance (mm), such as `PoseUncertainty.depth_mm`.
        centre: CT point (LPS mm) whose depth counts.
        registered: The depth was found by registration, and follows the distance; False where it was measured on its
            own (a table's height).

    Raises:
        GeometryError: A negative uncertainty, a bone behind the source, or an uncertain distance of a camera without
            pixel spacing.
    """
    if not (sdd_sd_mm >= 0 and depth_sd_mm >= 0):
        raise GeometryError(
            f"The uncertainties {sdd_sd_mm} mm (source to detector) and {depth_sd_mm} mm (depth) must be 0 or more."
        )
    depth = float(camera.camera_from_world.apply(pose.apply(centre))[2])
    if depth <= 0:
        raise GeometryError("The bone lies behind the X-ray source: check the pose.")
    distance = sdd_sd_mm / camera.sdd_mm if sdd_sd_mm > 0 else 0.0
    own = depth_sd_mm / depth
    length = own if registered else math.hypot(own, distance)
    focal = math.sqrt(float(camera.intrinsics[0, 0] * camera.intrinsics[1, 1]))
    return ScaleUncertainty(
        mm_per_pixel=depth / focal,
        depth_mm=depth,
        depth_sd_mm=depth * math.hypot(own, distance) if registered else depth_sd_mm,
        length=length,
        area=2 * length,
    )
