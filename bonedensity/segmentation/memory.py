"""How much memory a segmentation will need, told before it is begun."""

from __future__ import annotations

from bonedensity.imaging import Volume

GIB = 1024**3

BASE_GIB = {"bayesian-unet": 0.5, "monai-bundle": 1.0, "labels": 0.05, "threshold": 0.05}
"""Program and network without the CT."""

BYTES_PER_VOXEL = {"bayesian-unet": 26, "monai-bundle": 30, "labels": 8, "threshold": 14}
"""Of the CT: its copies, the labels, and probabilities on the CT's grid."""


def needed_gib(ct: Volume, engine: str) -> float:
    """Estimate (GiB) of what an engine takes at most for a CT.

    A bundle stitches its probabilities in slabs that fit into what is free, which is left out here.
    """
    return BASE_GIB.get(engine, 1.0) + BYTES_PER_VOXEL.get(engine, 30) * ct.array.size / GIB
