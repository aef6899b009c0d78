"""How the similarity falls around the pose found: along each axis of the view, and across pairs of axes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from bonedensity.registration.pose import ViewFrame

MOVE_MM = 0.6
"""What one step moves the bone's outline by, about half a pixel of the finest level."""

TURN_MM = 1.5
"""What one step of rotation moves the bone's points by in space (root mean square)."""

LARGEST_STEP = np.array([4.0, 4.0, 4.0, MOVE_MM, MOVE_MM, 12.0])
"""Steps of small bones are held to these (degrees, mm): beyond, the similarity is no parabola."""

ALONG = (-2.0, -1.0, 1.0, 2.0)
"""Steps along each axis at which the similarity is evaluated."""

CORNERS = ((1.0, 1.0), (1.0, -1.0), (-1.0, 1.0), (-1.0, -1.0))
"""Steps along each pair of axes."""

PAIRS = tuple(combinations(range(6), 2))


@dataclass(frozen=True, slots=True, eq=False)
class Profiles:
    """Similarities around a pose.

    Attributes:
        offsets: (6, 5) along each axis of the view: turns about right, down and depth (degrees), shifts (mm).
        values: (6, 5) similarity there; the middle one is that of the pose itself.
        curvature: (6, 6) minus the second derivatives of the similarity, by central differences of one step: its peak
            is more pointed than a parabola, so that what is further out would hide it.
    """

    offsets: NDArray[np.float64]
    values: NDArray[np.float64]
    curvature: NDArray[np.float64]


def similarity_profiles(
    similarities: Callable[[NDArray[np.float64]], NDArray[np.float64]], steps: NDArray[np.float64]
) -> Profiles:
    """Evaluate the similarity at 85 poses around a pose.

    Args:
        similarities: Of (N, 6) offsets from the pose (degrees, mm); (N,).
        steps: (6,) sizes of one step, such as `profile_steps` gives.
    """
    axes = np.eye(6)
    along = [step * axis for axis in axes for step in ALONG]
    across = [a * axes[i] + b * axes[j] for i, j in PAIRS for a, b in CORNERS]
    values = similarities(np.array([np.zeros(6), *along, *across]) * steps)
    profile = np.insert(values[1:25].reshape(6, 4), 2, values[0], axis=1)
    return Profiles(
        offsets=np.outer(steps, np.insert(ALONG, 2, 0.0)),
        values=profile,
        curvature=_curvature(profile, values[25:].reshape(-1, 4)) / np.outer(steps, steps),
    )


def profile_steps(points: NDArray[np.float64], frame: ViewFrame) -> NDArray[np.float64]:
    """Steps that move a bone's outline by about the same length, whatever its size.

    Args:
        points: (N, 3) of the bone (CT LPS mm).
        frame: At the pose found.
    """
    camera_from_ct = frame.camera.camera_from_world @ frame.start
    pivot = camera_from_ct.apply(frame.centre)
    x, y, z = ((camera_from_ct.apply(points) - pivot) ** 2).mean(axis=0)
    turns = np.degrees(TURN_MM / np.sqrt([y + z, x + z, x + y]))
    depth = MOVE_MM * pivot[2] / np.sqrt(x + y)
    return np.minimum([*turns, MOVE_MM, MOVE_MM, depth], LARGEST_STEP)


def _curvature(profile: NDArray[np.float64], corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """Minus the second differences per step²: (6, 6) from the (6, 5) profiles and the (15, 4) corners."""
    second = np.diag(2 * profile[:, 2] - profile[:, 1] - profile[:, 3])
    for (i, j), (both, first, other, neither) in zip(PAIRS, corners, strict=True):
        second[i, j] = second[j, i] = -(both - first - other + neither) / 4
    return second
