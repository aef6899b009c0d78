"""Analytic phantoms: solids whose line integrals are known in closed form, and the same solids as voxels.

A phantom is a sum of ellipsoids and cylinders, each with a value that adds to what it lies in. Its DRR is therefore
known to rounding (float64), whatever renderer is judged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numba
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import maximum_filter, minimum_filter

from bonedensity.geometry import PinholeCamera, RayGrid, RigidTransform, c_arm_camera
from bonedensity.geometry.rays import pinhole_rays

WATER = 0.0206
"""Linear attenuation of water at 60 keV (1/mm): what 1000 HU above air are worth."""

CORTEX_HU = 900.0
MARROW_HU = 200.0
"""How far cortical bone and marrow-filled trabecular bone stand above soft tissue."""

SUBSAMPLES = 4
"""Per axis, in voxels that a surface crosses."""

SDD_MM, SOD_MM = 1200.0, 900.0
PRIMARY_DEG, SECONDARY_DEG = 20.0, 10.0
POSES = 5
"""Views that the runs go through in turn, a few degrees apart, so that nothing can be kept from the last call."""


@dataclass(frozen=True, eq=False)
class Solid:
    """An ellipsoid |m (x - centre)| <= 1, or a cylinder: |(m (x - centre))[:2]| <= 1 and |(m (x - centre))[2]| <= 1."""

    centre: NDArray[np.float64]
    m: NDArray[np.float64]
    value: float
    cylinder: bool = False


@dataclass(frozen=True, eq=False)
class Phantom:
    body: tuple[Solid, ...]
    bones: tuple[Solid, ...]

    def content(self, name: str) -> tuple[Solid, ...]:
        """`full`: soft tissue and bone. `bone`: only what bone has above soft tissue, zero elsewhere."""
        return self.bones if name == "bone" else self.body + self.bones


@dataclass(frozen=True)
class Size:
    """Voxels, detector, and the letter of the project's reference table."""

    name: str
    shape: tuple[int, int, int]
    spacing_mm: tuple[float, float, float]
    detector: int
    pixel_mm: float

    @property
    def index_to_patient(self) -> NDArray[np.float64]:
        affine = np.diag([*self.spacing_mm, 1.0])
        affine[:3, 3] = -np.array(self.spacing_mm) * (np.array(self.shape[::-1]) - 1) / 2
        return affine

    @property
    def half_box_mm(self) -> NDArray[np.float64]:
        return np.array(self.spacing_mm) * np.array(self.shape[::-1]) / 2

    def rays(self, number: int) -> RayGrid:
        """View `number` of `POSES`."""
        return pinhole_rays(self.camera(number))

    def camera(self, number: int = 0) -> PinholeCamera:
        return c_arm_camera(
            sdd_mm=SDD_MM,
            source_to_isocentre_mm=SOD_MM,
            rows=self.detector,
            columns=self.detector,
            pixel_spacing_mm=(self.pixel_mm, self.pixel_mm),
            primary_deg=PRIMARY_DEG + 2.0 * (number % POSES),
            secondary_deg=SECONDARY_DEG - 1.5 * (number % POSES),
        )


SIZES = {
    "tiny": Size("tiny", (64, 72, 80), (4.0, 4.4, 5.0), 64, 8.0),
    "c": Size("c", (192, 192, 192), (320 / 192,) * 3, 128, 4.0),
    "a": Size("a", (256, 256, 256), (1.25, 1.25, 1.25), 256, 2.0),
    "b": Size("b", (400, 512, 512), (0.7, 0.7, 0.8), 512, 1.0),
}
"""c: 192³ to 128². a: 256³ to 256². b: 512 x 512 x 400 to 512²."""


def ellipsoid(centre: ArrayLike, semi_axes: ArrayLike, hu: float, rotvec_deg: ArrayLike = (0, 0, 0)) -> Solid:
    turn = RigidTransform.from_parameters([*np.asarray(rotvec_deg, dtype=float), 0, 0, 0], centre=(0, 0, 0)).rotation
    m = np.diag(1 / np.asarray(semi_axes, dtype=float)) @ turn.T
    return Solid(np.asarray(centre, dtype=float), m, hu * WATER / 1000)


def cylinder(start: ArrayLike, end: ArrayLike, radius: float, hu: float) -> Solid:
    a, b = np.asarray(start, dtype=float), np.asarray(end, dtype=float)
    half = np.linalg.norm(b - a) / 2
    axis = (b - a) / (2 * half)
    side = np.cross(axis, [0.0, 1.0, 0.0] if abs(axis[1]) < 0.9 else [1.0, 0.0, 0.0])
    side /= np.linalg.norm(side)
    m = np.stack([side / radius, np.cross(axis, side) / radius, axis / half])
    return Solid((a + b) / 2, m, hu * WATER / 1000, cylinder=True)


def hollow(outer: Solid, wall_mm: float) -> tuple[Solid, Solid]:
    """Cortex of `wall_mm` around marrow."""
    semi = 1 / np.linalg.norm(outer.m, axis=1)
    inner = semi - (np.array([wall_mm, wall_mm, 0.0]) if outer.cylinder else wall_mm)
    marrow = (MARROW_HU - CORTEX_HU) * WATER / 1000
    return outer, replace(outer, m=np.diag(semi / inner) @ outer.m, value=marrow)


def pelvis_phantom(half_box_mm: ArrayLike = (160.0, 160.0, 160.0)) -> Phantom:
    """A body that fills 51 % of its box, with pelvis, two lumbar vertebrae and both proximal femurs (LPS mm)."""
    bones: list[Solid] = []
    for side in (-1, 1):
        head, trochanter = (side * 88, 0, -10), (side * 113, 5, -30)
        bones += hollow(ellipsoid((side * 70, 12, 42), (48, 13, 50), CORTEX_HU, (12, 0, side * 35)), 3.0)
        bones += hollow(ellipsoid((side * 55, 18, -38), (15, 13, 32), CORTEX_HU, (0, side * 12, 0)), 3.0)
        bones += hollow(cylinder((side * 46, -22, -28), (side * 8, -36, -40), 8, CORTEX_HU), 2.0)
        bones += hollow(ellipsoid(head, (23, 23, 23), CORTEX_HU), 2.0)
        bones += hollow(cylinder((side * 96, 1, -15), trochanter, 14, CORTEX_HU), 2.5)
        bones += hollow(ellipsoid(trochanter, (15, 17, 20), CORTEX_HU), 2.5)
        bones += hollow(cylinder((side * 112, 3, -45), (side * 95, -2, -112), 14, CORTEX_HU), 5.0)
    bones += hollow(ellipsoid((0, 48, 20), (40, 15, 44), CORTEX_HU, (-15, 0, 0)), 2.5)
    bones += hollow(ellipsoid((0, 22, 84), (25, 18, 14), CORTEX_HU), 2.0)
    bones += hollow(ellipsoid((3, 16, 117), (24, 18, 13), CORTEX_HU), 2.0)
    body = ellipsoid((0, 0, 0), 0.99 * np.asarray(half_box_mm, dtype=float), 1000)
    return Phantom((body,), tuple(bones))


def phantom_of(size: Size) -> Phantom:
    return pelvis_phantom(size.half_box_mm)


def chords(solid: Solid, rays: RayGrid) -> NDArray[np.float64]:
    """Length (mm) of every ray inside one solid; (rows, columns) float64."""
    start, end = rays.ends()
    d = end - start
    p, q = (start - solid.centre) @ solid.m.T, d @ solid.m.T
    low, high = np.zeros(p.shape[:2]), np.ones(p.shape[:2])
    if solid.cylinder:
        with np.errstate(divide="ignore", invalid="ignore"):
            ends = np.stack([(-1 - p[..., 2]) / q[..., 2], (1 - p[..., 2]) / q[..., 2]])
        low, high = np.maximum(low, ends.min(axis=0)), np.minimum(high, ends.max(axis=0))
        p, q = p[..., :2], q[..., :2]
    a, b, c = (q * q).sum(-1), (p * q).sum(-1), (p * p).sum(-1) - 1
    root = np.sqrt(np.maximum(b * b - a * c, 0.0))
    low, high = np.maximum(low, (-b - root) / a), np.minimum(high, (-b + root) / a)
    inside = np.where(b * b > a * c, np.maximum(high - low, 0.0), 0.0)
    return inside * np.linalg.norm(d, axis=-1)


def line_integrals(solids: Sequence[Solid], rays: RayGrid) -> NDArray[np.float64]:
    """The exact DRR: sum of value x length in mm along every ray."""
    return np.sum([solid.value * chords(solid, rays) for solid in solids], axis=0)


def interior(solids: Sequence[Solid], rays: RayGrid, margin_px: int = 2) -> NDArray[np.bool_]:
    """Rays within the shadow, and more than `margin_px` from the silhouette of every solid: no edge is near."""
    width = 2 * margin_px + 1
    anything = np.zeros((rays.rows, rays.columns), dtype=bool)
    clear = np.ones_like(anything)
    for solid in solids:
        hit = chords(solid, rays) > 0
        clear &= maximum_filter(hit, width) == minimum_filter(hit, width)
        anything |= hit
    return clear & anything


def voxels(solids: Sequence[Solid], size: Size) -> NDArray[np.float32]:
    """The mean of the solids in every voxel; (K, J, I) float32."""
    out = np.zeros(size.shape, dtype=np.float32)
    affine = size.index_to_patient
    index_from_patient = np.linalg.inv(affine)
    for solid in solids:
        reach = np.linalg.norm(np.linalg.inv(solid.m), axis=1) * (np.sqrt(2) if solid.cylinder else 1.0)
        corners = np.stack([solid.centre - reach, solid.centre + reach])
        index = corners @ index_from_patient[:3, :3].T + index_from_patient[:3, 3]
        first = np.maximum(np.floor(index[0]).astype(np.int64) - 1, 0)
        last = np.minimum(np.ceil(index[1]).astype(np.int64) + 2, np.array(size.shape[::-1]))
        _add(out, first, last, solid.m @ affine[:3, :3], solid.m @ (affine[:3, 3] - solid.centre), solid.cylinder,
             np.float32(solid.value))  # fmt: skip
    return out


@numba.njit(nogil=True, cache=True)
def _outside(x: float, y: float, z: float, cylinder: bool) -> float:
    if cylinder:
        return max(np.sqrt(x * x + y * y), abs(z))
    return np.sqrt(x * x + y * y + z * z)


@numba.njit(nogil=True, cache=True)
def _add(out: NDArray, first: NDArray, last: NDArray, m: NDArray, shift: NDArray, cylinder: bool, value: float) -> None:
    near = 0.0  # how much `_outside` can change within a voxel
    for row in range(3):
        near += 0.5 * (abs(m[row, 0]) + abs(m[row, 1]) + abs(m[row, 2]))
    for k in range(first[2], last[2]):
        for j in range(first[1], last[1]):
            for i in range(first[0], last[0]):
                x = m[0, 0] * i + m[0, 1] * j + m[0, 2] * k + shift[0]
                y = m[1, 0] * i + m[1, 1] * j + m[1, 2] * k + shift[1]
                z = m[2, 0] * i + m[2, 1] * j + m[2, 2] * k + shift[2]
                at = _outside(x, y, z, cylinder)
                if at >= 1 + near:
                    continue
                if at <= 1 - near:
                    out[k, j, i] += value
                    continue
                count = 0
                for part in range(SUBSAMPLES**3):
                    a = (part % SUBSAMPLES + 0.5) / SUBSAMPLES - 0.5
                    b = (part // SUBSAMPLES % SUBSAMPLES + 0.5) / SUBSAMPLES - 0.5
                    c = (part // SUBSAMPLES**2 + 0.5) / SUBSAMPLES - 0.5
                    count += (
                        _outside(
                            x + m[0, 0] * a + m[0, 1] * b + m[0, 2] * c,
                            y + m[1, 0] * a + m[1, 1] * b + m[1, 2] * c,
                            z + m[2, 0] * a + m[2, 1] * b + m[2, 2] * c,
                            cylinder,
                        )
                        <= 1
                    )
                out[k, j, i] += value * np.float32(count / SUBSAMPLES**3)


def cropped(array: NDArray[np.float32], affine: NDArray[np.float64]) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """The bounding box of what is not zero, with one voxel around it."""
    moved = affine.copy()
    slices, first = [], np.zeros(3)
    for axis in range(3):
        filled = np.flatnonzero(array.any(axis=tuple(other for other in range(3) if other != axis)))
        low, high = max(filled[0] - 1, 0), min(filled[-1] + 2, array.shape[axis])
        slices.append(slice(low, high))
        first[2 - axis] = low
    moved[:3, 3] = affine[:3, :3] @ first + affine[:3, 3]
    return np.ascontiguousarray(array[tuple(slices)]), moved
