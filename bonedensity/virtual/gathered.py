"""Bones painted once, gathered onto the grid of a scan: no second painting, and no mass lost."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bonedensity.anatomy.labels import BY_NAME
from bonedensity.imaging import LabelMap, Volume
from bonedensity.imaging.grid import index_to_patient
from bonedensity.virtual.bone import Block, Lattice
from bonedensity.virtual.painted import PaintedBody, PaintedBones
from bonedensity.virtual.posed import PaintedOnce
from bonedensity.virtual.scan.sampling import Weights, box_weights, sampled

HALF = 0.5
"""A voxel is labelled where bone takes at least half of it."""


def gathered_body(once: PaintedOnce, lattice: Lattice) -> PaintedBody:
    """The body of `once` on one grid, coarser than the bones' or as fine.

    Args:
        once: Its bones are painted now if they are not yet.
        lattice: The grid.
    """
    once.paint(dict.fromkeys(bone.name for bone in once.body.bones))
    share = np.zeros(lattice.shape, np.float32)
    mineral, labels = share.copy(), np.zeros(lattice.shape, np.uint8)
    mass, names = dict[str, float](), dict[int, str]()
    for bone in once.body.bones:
        painted, value = once.bone(bone.name), BY_NAME[bone.name].value
        block = lattice.block(*_box(painted.lattice))
        if 0 in share[block].shape:
            continue
        weights = _weights(painted.lattice, lattice, block)
        own = sampled(painted.share, weights)
        here = sampled(np.asarray(painted.mineral.array, np.float32), weights)
        share[block] += own
        mineral[block] += here
        labels[block] = np.where((own >= HALF) & (labels[block] == 0), value, labels[block])
        mass[bone.name] = float(here.sum(dtype=np.float64) * lattice.voxel_mm**3 * 1e-6)
        names[value] = bone.name
    affine = index_to_patient(spacing=(lattice.voxel_mm,) * 3, origin=lattice.origin)
    bones = PaintedBones(
        lattice,
        LabelMap(Volume(labels, affine, "1", "true bones"), names),
        Volume(mineral, affine, "mg/cm³", "true mineral density"),
        np.minimum(share, 1),
        mass,
    )
    return PaintedBody(bones, Volume(once.body.paint_soft_tissue(lattice), affine, "HU", "soft tissue"))


def _box(lattice: Lattice) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return lattice.origin, lattice.origin + lattice.voxel_mm * (np.array(lattice.shape[::-1]) - 1)


def _weights(inner: Lattice, outer: Lattice, block: Block) -> Weights:
    """Means over the outer grid's voxels; beyond the inner grid there is nothing."""
    found = []
    for axis, part, count, end in zip((2, 1, 0), block, inner.shape, outer.shape, strict=True):
        own = inner.origin[axis] + inner.voxel_mm * np.arange(count)
        middles = outer.origin[axis] + outer.voxel_mm * np.arange(*part.indices(end))
        found.append(box_weights(own, middles, width_mm=outer.voxel_mm, voxel_mm=inner.voxel_mm, whole=True))
    return found[0], found[1], found[2]
