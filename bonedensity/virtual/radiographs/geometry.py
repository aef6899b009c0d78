"""Where source, detector and patient are: hips as BMD-GAN crops them (512 x 256), spines on a whole film."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from bonedensity.anatomy.labels import Side
from bonedensity.geometry import PinholeCamera, RigidTransform
from bonedensity.geometry.carm import c_arm_camera

Direction = Literal["AP", "LATERAL"]
"""Which way the rays run."""

ROWS, COLUMNS = 512, 256
"""BMD-GAN's images: half of a square detector from the midline."""

DETECTOR_MM = 430.0
"""Edge of the whole detector: both greater trochanters lie on it, also of a broad pelvis and of legs held apart."""

SDD_MM = (1000.0, 1200.0)
MAGNIFICATION = (1.10, 1.25)
"""Of the hips; anatomy sheet, 7.1."""

SPINE_SDD_MM, SPINE_TALL_MM = (1150.0, 1800.0), 340.0
"""Distance, and height of what is shown."""

CENTRE_ABOVE_HIPS_MM = 25.0
"""The central ray points between the iliac spines and the symphysis."""

OFF_CENTRE_MM, TURNED_DEG, TILTED_DEG = 8.0, 2.0, 3.0
"""Standard deviations of the aim, and of the pelvis' turn about the body's axis and its nod, beside the posture's."""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """One exposure.

    Attributes:
        posture: "standing", "supine", "abduction" or "adduction".
        direction: "AP", or "LATERAL" from the patient's left.
        side: Which hip; None for the spine.
        camera: Source and the cropped part of the detector; the image is as seen from the source.
        world_from_body: Pose of the body.
    """

    posture: str
    direction: Direction
    side: Side | None
    camera: PinholeCamera
    world_from_body: RigidTransform


def random_hip_view(
    posture: str, side: Side, rng: np.random.Generator, *, middle: NDArray[np.float64] | None = None
) -> View:
    """Distances, aim and the patient's turn as they vary between exposures.

    Args:
        posture: Carried along; the body's own joints are set where the body is made.
        side: Which hip.
        rng: Same state, same view.
        middle: Mid-point of both hips (LPS mm); default the origin.
    """
    hips = np.zeros(3) if middle is None else np.asarray(middle, dtype=np.float64)
    sdd = float(rng.uniform(*SDD_MM))
    pixel = DETECTOR_MM / 2 / COLUMNS
    aim = hips + [0.0, 0.0, CENTRE_ABOVE_HIPS_MM] + rng.normal(0.0, OFF_CENTRE_MM, 3) * [1.0, 0.0, 1.0]
    camera = c_arm_camera(
        sdd_mm=sdd,
        source_to_isocentre_mm=sdd / float(rng.uniform(*MAGNIFICATION)),
        rows=ROWS,
        columns=COLUMNS,
        pixel_spacing_mm=(pixel, pixel),
        isocentre=aim,
        principal_point_px=(COLUMNS - 0.5 if side == "R" else -0.5, (ROWS - 1) / 2),
    )
    turned, nodded = rng.normal(0.0, TURNED_DEG), rng.normal(0.0, TILTED_DEG)
    pose = RigidTransform.from_parameters([nodded, 0.0, turned, 0.0, 0.0, 0.0], centre=hips)
    return View(posture, "AP", side, camera, pose)


def random_spine_view(
    direction: Direction, rng: np.random.Generator, *, middle: NDArray[np.float64], tall_mm: float = SPINE_TALL_MM
) -> View:
    """A standing spine, from the front or the left, 512 rows by 256 columns.

    Args:
        direction: Which way.
        rng: Same state, same view.
        middle: What is centred on (LPS mm), such as the third lumbar vertebra.
        tall_mm: Height of what is shown, in the body.
    """
    sdd, magnification = float(rng.uniform(*SPINE_SDD_MM)), float(rng.uniform(*MAGNIFICATION))
    pixel = tall_mm * magnification / ROWS
    aim = np.asarray(middle, dtype=np.float64) + rng.normal(0.0, OFF_CENTRE_MM / 2, 3)
    camera = c_arm_camera(
        sdd_mm=sdd,
        source_to_isocentre_mm=sdd / magnification,
        rows=ROWS,
        columns=COLUMNS,
        pixel_spacing_mm=(pixel, pixel),
        isocentre=aim,
        primary_deg=90.0 if direction == "LATERAL" else 0.0,
    )
    turned = rng.normal(0.0, TURNED_DEG)
    pose = RigidTransform.from_parameters([0.0, 0.0, turned, 0.0, 0.0, 0.0], centre=aim)
    return View("standing", direction, None, camera, pose)
