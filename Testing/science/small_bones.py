"""Single bones with known landmarks, painted on small grids; for tests alone."""

import numpy as np

from bonedensity.imaging import LabelMap, Volume
from bonedensity.imaging.grid import index_to_patient
from bonedensity.virtual.hip.femur import FemurShape
from bonedensity.virtual.hip.femur.solid import femur_solid

BELOW_HEAD_MM = 130.0


def grid_of(low, high, spacing):
    """Voxel centres (K, J, I, 3) of a box in LPS mm, and the grid's matrix."""
    axes = [np.arange(a, b, s, dtype=np.float32) for a, b, s in zip(low, high, spacing, strict=True)]
    z, y, x = np.meshgrid(*axes[::-1], indexing="ij")
    return np.stack([x, y, z], axis=-1), index_to_patient(spacing=spacing, origin=low)


def femur_labels(shape: FemurShape, *, spacing=(1.5, 1.5, 1.5), below=BELOW_HEAD_MM, turn=None):
    """A left femur and a cup around its head; `turn` is a rotation matrix about the head's centre."""
    head, r = shape.head_centre, shape.head_radius_mm
    low, high = np.array([r + 14, 75.0, below]), np.array([95.0, 75.0, r + 14])
    points, affine = grid_of(head - low, head + high, spacing)
    own = points if turn is None else (points - head.astype(np.float32)) @ turn.astype(np.float32) + head
    own = own.astype(np.float32)
    label = np.zeros(points.shape[:-1], np.uint8)
    label[femur_solid(shape).distance(own) < 0] = 75
    off = np.linalg.norm(own - head, axis=-1)
    towards = (own - head) @ shape.neck_to_head
    label[(label == 0) & (off > r + 2) & (off < r + 9) & (towards > 0.2 * r)] = 77
    return LabelMap(Volume(label, affine, "1", "one femur"), {75: "femur_left", 77: "hip_left"})


def vertebra_mask(points, *, width=44.0, depth=33.0, height=27.0, wedge_mm=0.0, hollow_mm=0.0):
    """A body (superellipse prism about the origin), with pedicles, laminae and a spinous process behind a canal.

    Args:
        points: (..., 3) mm in the vertebra's own frame: left, back, up.
        width: Of the body.
        depth: Of the body.
        height: Of the body at its back.
        wedge_mm: How much lower the front is, taken from the upper plate.
        hollow_mm: Depth of the bowl in either end plate.
    """
    x, y, z = np.moveaxis(points, -1, 0)
    section = np.abs(2 * x / width) ** 2.4 + np.abs(2 * y / depth) ** 2.4
    bowl = hollow_mm * np.clip(1 - section, 0, 1)
    top = height / 2 - wedge_mm * (0.5 - y / depth) - bowl
    body = (section <= 1) & (z <= top) & (z >= -height / 2 + bowl)
    wall = depth / 2
    pedicles = (np.abs(np.abs(x) - 13) < 4.5) & (y > wall - 9) & (y < wall + 14) & (np.abs(z - 4) < 7)
    laminae = (np.abs(x) < 17) & (np.abs(y - wall - 18) < 4) & (np.abs(z) < 10)
    spinous = (np.abs(x) < 3.5) & (y > wall + 18) & (y < wall + 45) & (np.abs(z + 5) < 8)
    transverse = (np.abs(x) < 38) & (np.abs(y - wall - 10) < 4) & (np.abs(z - 4) < 5) & (np.abs(x) > 13)
    return body | pedicles | laminae | spinous | transverse


def vertebra_labels(*, turn=None, spacing=(1.0, 1.0, 1.0), **shape):
    """One vertebra named L3, turned by a rotation matrix about its body's middle."""
    points, affine = grid_of((-60, -45, -50), (60, 80, 50), spacing)
    own = points if turn is None else points @ turn
    label = np.where(vertebra_mask(own, **shape), 29, 0).astype(np.uint8)
    return LabelMap(Volume(label, affine, "1", "one vertebra"), {29: "vertebrae_L3"})


def spine_scan(
    rng, *, trabecular=140.0, shell=700.0, slope=0.8, intercept=-4.0, blood=45.0, wedges=(0, 0, 0, 0), noise=15.0,
    cobb_deg=0.0,
):  # fmt: skip
    """L1 to L4 stacked with a lordosis, in muscle with an aorta in front; CT in HU and labels, voxels of 1.5 mm.

    Args:
        rng: Of the noise.
        trabecular: True density inside the bodies (mg/cm³).
        shell: Of their outer 1.5 mm.
        slope: True mg/cm³ per HU.
        intercept: True mg/cm³ at 0 HU.
        blood: HU in the aorta.
        wedges: How much lower each front is (mm), L1 first.
        noise: HU.
        cobb_deg: Bend to the side between the uppermost and the lowest end plate, along a circle.
    """
    points, affine = grid_of((-60, -75, -85), (60, 85, 85), (1.5, 1.5, 1.5))
    hu = np.full(points.shape[:-1], 45.0)
    aorta = np.hypot(points[..., 0] - 8, points[..., 1] + 36) < 10
    hu[aorta] = blood
    label = np.zeros(hu.shape, np.uint8)
    for number, (tilt, wedge) in enumerate(zip((-8, -3, 3, 9), wedges, strict=True)):
        angle = np.radians(tilt)
        frame = np.array([[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]])
        along = 55.5 - 37.0 * number
        lean = np.radians(cobb_deg) * along / (2 * 69.0)  # the arc runs from -69 to 69 mm
        aside = along * np.tan(lean / 2)
        leaning = np.array([[np.cos(lean), 0, np.sin(lean)], [0, 1, 0], [-np.sin(lean), 0, np.cos(lean)]])
        own = (points - np.array([aside, 0.0, along])) @ leaning @ frame
        bone = vertebra_mask(own, wedge_mm=wedge)
        inner = vertebra_mask(own, width=41.0, depth=30.0, height=24.0, wedge_mm=wedge) & (own[..., 1] < 15)
        label[bone] = 31 - number
        hu[bone] = (shell - intercept) / slope
        hu[inner] = (trabecular - intercept) / slope
    hu += noise * rng.standard_normal(hu.shape)
    names = {31 - number: f"vertebrae_L{number + 1}" for number in range(4)}
    ct = Volume(hu.astype(np.float32), affine, name="lumbar spine")
    return ct, LabelMap(Volume(label, affine, "1", "L1 to L4"), names)
