"""The sums of `compiled_sums.py` with numpy alone: the reference, and the engine where numba is missing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bonedensity.registration.similarity.smoothing import smoothed

Image = NDArray[np.float32]


def gradients(grey: Image) -> tuple[Image, Image]:
    """Central differences to the right and down, zero on the rim; each (rows, columns)."""
    right, down = np.zeros_like(grey), np.zeros_like(grey)
    right[1:-1, 1:-1] = grey[1:-1, 2:] - grey[1:-1, :-2]
    down[1:-1, 1:-1] = grey[2:, 1:-1] - grey[:-2, 1:-1]
    return right, down


def gradient_sums(
    image: Image,
    weights: Image,
    line: Image,
    buffer: Image,
    fixed: Image,
    inside: Image,
    box: NDArray[np.int64],
    out: NDArray[np.float64],
) -> None:
    """See `compiled_sums.gradient_sums`; the buffers are not used."""
    grey = smoothed(image, weights)
    within = inside > 0
    out[:] = 0
    for axis, gradient in enumerate(gradients(grey)):
        values = gradient[within].astype(np.float64)
        out[axis], out[2 + axis] = values.sum(), np.vdot(values, values)
        out[4 + axis] = np.vdot(fixed[axis][within], values)
    out[6] = energy(grey, box)


def orientation_sums(
    image: Image,
    weights: Image,
    line: Image,
    buffer: Image,
    fixed: Image,
    inside: Image,
    box: NDArray[np.int64],
    weakest: float,
    out: NDArray[np.float64],
) -> None:
    """See `compiled_sums.orientation_sums`; the buffers are not used."""
    grey = smoothed(image, weights)
    within = inside > 0
    right, down = (gradient[within].astype(np.float64) for gradient in gradients(grey))
    squares = right**2 + down**2
    least = np.float32(max(weakest * weakest * squares.mean(), 1e-30))
    along = fixed[0][within] * right + fixed[1][within] * down
    has_direction = squares > least
    out[0] = (along[has_direction] / np.sqrt(squares[has_direction])).sum()
    out[1] = squares.sum()
    out[2] = energy(grey, box)
    out[3] = np.square(fixed[:, within], dtype=np.float64).sum(axis=0)[has_direction].sum()


def grey_sums(
    image: Image,
    weights: Image,
    line: Image,
    buffer: Image,
    fixed: Image,
    inside: Image,
    box: NDArray[np.int64],
    out: NDArray[np.float64],
) -> None:
    """See `compiled_sums.grey_sums`; the buffers are not used."""
    grey = smoothed(image, weights)
    within = inside > 0
    v0, v1, u0, u1 = box
    values = grey[within].astype(np.float64) - float(grey[(v0 + v1) // 2, (u0 + u1) // 2])
    out[0], out[1], out[2] = values.sum(), np.vdot(values, values), np.vdot(fixed[within], values)
    out[3] = energy(grey, box)


def energy(grey: Image, box: NDArray[np.int64]) -> float:
    """Sum of the squared greys of the box."""
    v0, v1, u0, u1 = box
    part = grey[v0:v1, u0:u1].astype(np.float64)
    return float(np.vdot(part, part))
