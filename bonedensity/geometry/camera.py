"""The X-ray source and its flat detector as a pinhole camera."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bonedensity.errors import GeometryError
from bonedensity.geometry.rigid import RigidTransform

MINIMUM_DEPTH_MM = 1e-6
"""Points nearer to the source plane than this have no image."""


@dataclass(frozen=True, slots=True, eq=False)
class PinholeCamera:
    """Source at the origin of the camera frame, looking along +z; u to the right, v down, pixel centres at integers.

    Attributes:
        intrinsics: 3x3 upper triangular, [2, 2] = 1, positive focal lengths in pixels.
        camera_from_world: Pose of the set-up; world is the patient frame (LPS, mm) of the radiograph.
        rows: Detector rows (v).
        columns: Detector columns (u).
        pixel_spacing_mm: Pixel size on the detector (row spacing, column spacing); None where a bare 3x4 matrix
            gave the camera: rays, and so projections, do not need it.
    """

    intrinsics: NDArray[np.float64]
    camera_from_world: RigidTransform
    rows: int
    columns: int
    pixel_spacing_mm: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        intrinsics = np.array(self.intrinsics, dtype=np.float64).reshape(3, 3)
        _refuse_bad_intrinsics(intrinsics)
        if self.rows < 1 or self.columns < 1:
            raise GeometryError(
                f"The detector has {self.rows} rows and {self.columns} columns; both must be at least 1."
            )
        if self.pixel_spacing_mm is not None and not all(np.isfinite(s) and s > 0 for s in self.pixel_spacing_mm):
            raise GeometryError(f"The detector's pixel spacing {self.pixel_spacing_mm} mm must be positive.")
        intrinsics.setflags(write=False)
        object.__setattr__(self, "intrinsics", intrinsics)

    @classmethod
    def from_source_to_detector_distance(
        cls,
        *,
        sdd_mm: float,
        rows: int,
        columns: int,
        pixel_spacing_mm: tuple[float, float],
        principal_point_px: tuple[float, float] | None = None,
        camera_from_world: RigidTransform | None = None,
    ) -> PinholeCamera:
        """From the numbers on the X-ray room's wall.

        Args:
            sdd_mm: Source-to-detector distance, perpendicular (mm).
            rows: Detector rows.
            columns: Detector columns.
            pixel_spacing_mm: (row spacing, column spacing) on the detector (mm).
            principal_point_px: (u, v) where the central ray meets the detector; default its middle.
            camera_from_world: Pose; default identity.

        Raises:
            GeometryError: A distance or spacing that is not positive.
        """
        if not (np.isfinite(sdd_mm) and sdd_mm > 0):
            raise GeometryError(
                f"The source-to-detector distance is {sdd_mm} mm; it must be positive (often 1000-1800)."
            )
        if not all(np.isfinite(s) and s > 0 for s in pixel_spacing_mm):
            raise GeometryError(f"The detector's pixel spacing {pixel_spacing_mm} mm must be positive.")
        u0, v0 = principal_point_px or ((columns - 1) / 2, (rows - 1) / 2)
        row_spacing, column_spacing = pixel_spacing_mm
        intrinsics = np.array([[sdd_mm / column_spacing, 0, u0], [0, sdd_mm / row_spacing, v0], [0, 0, 1]], dtype=float)
        pose = camera_from_world or RigidTransform.identity()
        return cls(intrinsics, pose, rows, columns, pixel_spacing_mm)

    @property
    def projection_matrix(self) -> NDArray[np.float64]:
        """3x4 matrix that takes world mm to pixels; its third row is the depth in mm."""
        return self.intrinsics @ self.camera_from_world.matrix[:3]

    @property
    def source(self) -> NDArray[np.float64]:
        """X-ray source in world mm."""
        return self.camera_from_world.inverse().translation

    @property
    def sdd_mm(self) -> float:
        """Source-to-detector distance (mm).

        Raises:
            GeometryError: The camera came from a bare 3x4 matrix, which does not hold the pixel size.
        """
        if self.pixel_spacing_mm is None:
            raise GeometryError("The source-to-detector distance is unknown: give the detector's pixel spacing (mm).")
        return float(self.intrinsics[0, 0] * self.pixel_spacing_mm[1])

    def project(self, points: ArrayLike) -> NDArray[np.float64]:
        """World points (..., 3) in mm to pixels (..., 2) as (u, v).

        Raises:
            GeometryError: A point at or behind the source.
        """
        in_camera = self.camera_from_world.apply(points)
        depth = in_camera[..., 2:]
        if not np.all(depth > MINIMUM_DEPTH_MM):
            raise GeometryError(
                "A point lies at or behind the X-ray source: check the pose, and that the projection matrix looks "
                "towards the patient (depth must be positive and finite)."
            )
        pixels = in_camera @ self.intrinsics.T / depth
        return pixels[..., :2]

    def directions(self, pixels: ArrayLike) -> NDArray[np.float64]:
        """Ray directions in the camera frame for pixels (..., 2), scaled to depth 1 mm."""
        uv = np.asarray(pixels, dtype=np.float64)
        homogeneous = np.concatenate([uv, np.ones((*uv.shape[:-1], 1))], axis=-1)
        return homogeneous @ np.linalg.inv(self.intrinsics).T

    def resampled(self, factor: float) -> PinholeCamera:
        """The same detector with pixels `factor` times as large (whole pixels kept, the remainder cut).

        Raises:
            GeometryError: A factor that is not positive.
        """
        if not factor > 0:
            raise GeometryError(f"A detector cannot be resampled by {factor}: the factor must be positive.")
        rows, columns = max(1, int(self.rows / factor)), max(1, int(self.columns / factor))
        scale = np.array([[1 / factor, 0, (1 / factor - 1) / 2], [0, 1 / factor, (1 / factor - 1) / 2], [0, 0, 1]])
        spacing = None if self.pixel_spacing_mm is None else tuple(s * factor for s in self.pixel_spacing_mm)
        return replace(
            self,
            intrinsics=scale @ self.intrinsics,
            rows=rows,
            columns=columns,
            pixel_spacing_mm=spacing,  # type: ignore[arg-type]
        )

    def posed(self, camera_from_world: RigidTransform) -> PinholeCamera:
        """The same source and detector in another pose."""
        return replace(self, camera_from_world=camera_from_world)


def _refuse_bad_intrinsics(intrinsics: NDArray[np.float64]) -> None:
    if not np.isfinite(intrinsics).all() or intrinsics[0, 0] <= 0 or intrinsics[1, 1] <= 0:
        raise GeometryError("The camera's focal lengths must be positive and finite; check distance and pixel spacing.")
    if not np.allclose([intrinsics[1, 0], intrinsics[2, 0], intrinsics[2, 1]], 0) or intrinsics[2, 2] != 1:
        raise GeometryError("The camera's intrinsic matrix must be upper triangular with 1 in its last corner.")
