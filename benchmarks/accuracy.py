"""How far a DRR is from the analytic one: grey values, and the geometry it was drawn with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from phantom import Solid, interior, line_integrals

from bonedensity.geometry import RayGrid

GEOMETRY_PX = 0.1
"""Largest misplacement, anywhere on the detector, at which a tool's rays count as the same. Half a pixel is a
wrong convention; what remains below this is the voxels' coarseness, as it is alike for all tools of a kind."""


def compare(image: NDArray[np.float32], solids: Sequence[Solid], rays: RayGrid) -> dict:
    """Errors of a DRR against the line integrals of the solids, and the shift that would explain them."""
    truth = line_integrals(solids, rays)
    inner = interior(solids, rays)
    error = image - truth
    relative = error[inner] / truth[inner]
    shift = misplacement_px(image, truth)
    return {
        "median_interior_error_percent": round(100 * float(np.median(np.abs(relative))), 4),
        "interior_bias_percent": round(100 * float(np.mean(relative)), 4),
        "worst_pixel_percent_of_maximum": round(100 * float(np.abs(error).max() / truth.max()), 3),
        "misplaced_px": round(shift, 4),
        "same_rays": bool(shift < GEOMETRY_PX),
    }


def misplacement_px(image: NDArray[np.float32], truth: NDArray[np.float64]) -> float:
    """Largest displacement at the detector's corners of the similarity transform that best explains the difference."""
    down, right = np.gradient(truth)
    rows, columns = truth.shape
    v, u = np.mgrid[0:rows, 0:columns].astype(float)
    u, v = 2 * u / (columns - 1) - 1, 2 * v / (rows - 1) - 1
    parts = [right, down, u * right + v * down, u * down - v * right, truth]
    design = np.stack([part.ravel() for part in parts], axis=1)
    (x, y, grow, turn, _), *_ = np.linalg.lstsq(design, (image - truth).ravel(), rcond=None)
    corners = np.array([(-1, -1), (-1, 1), (1, -1), (1, 1)])
    moved = np.stack(
        [x + grow * corners[:, 0] - turn * corners[:, 1], y + grow * corners[:, 1] + turn * corners[:, 0]], 1
    )
    return float(np.linalg.norm(moved, axis=1).max())
