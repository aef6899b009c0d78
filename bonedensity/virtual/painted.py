"""A body on a grid: bone labels, mineral and everything else, in one place for all scanners; no mass is lost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bonedensity.anatomy.labels import BY_NAME
from bonedensity.errors import AnatomyError
from bonedensity.imaging import LabelMap, Volume
from bonedensity.imaging.grid import index_to_patient
from bonedensity.virtual.body import Body
from bonedensity.virtual.bone import Bone, Lattice, Painting, paint
from bonedensity.virtual.solids import Solid

CRYSTAL_MG_CM3 = 3160.0
"""Density of hydroxyapatite: mineral takes this share of a voxel from the soft tissue (density / 3160)."""


@dataclass(frozen=True, slots=True, eq=False)
class PaintedBones:
    """The bones of a body on a grid.

    Attributes:
        lattice: The grid.
        labels: Bones with TotalSegmentator's names.
        mineral: True mineral density averaged over each voxel (mg/cm³ CHA), float32.
        share: Share of each voxel that is bone, 0 to 1.
        mass_g: Mineral of each bone within the grid (g).
    """

    lattice: Lattice
    labels: LabelMap
    mineral: Volume
    share: NDArray[np.float32]
    mass_g: Mapping[str, float]


@dataclass(frozen=True, slots=True, eq=False)
class PaintedBody:
    """Bones and soft tissue on one grid.

    Attributes:
        bones: Labels, mineral and shares.
        soft: HU at 120 kVp of all that is not mineral; inside bones marrow and matrix.
    """

    bones: PaintedBones
    soft: Volume


def covering_lattice(low: ArrayLike, high: ArrayLike, voxel_mm: float) -> Lattice:
    """The grid whose voxel centres run from one corner of a box (LPS mm) to the other."""
    start, end = np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64)
    columns, rows, slices = (int(n) + 1 for n in np.maximum(np.round((end - start) / voxel_mm), 1))
    return Lattice((slices, rows, columns), start, voxel_mm)


def paint_bones(body: Body, lattice: Lattice, *, only: Iterable[str] | None = None) -> PaintedBones:
    """The bones of a body; where two meet, the first keeps the place.

    Args:
        body: What to paint.
        lattice: Where; what lies outside is cut off.
        only: Names of the bones to paint; the others still keep their place and joint space. Default all.

    Raises:
        AnatomyError: A bone whose name has no label value.
    """
    wanted = {bone.name for bone in body.bones} if only is None else set(only)
    painting, mass, before = Painting.empty(lattice), dict[str, float](), list[Solid]()
    for bone in body.bones:
        outer = bone.solid if bone.side > 0 else bone.solid.mirrored()
        if bone.name in wanted:
            gap = float(body.gap_mm.get(bone.name, 0.0))
            rivals = [other.grown(gap) for other in before if _meet(outer, other, gap)]
            mass[bone.name] = paint(painting, lattice, bone, _value(bone), keep_off=rivals)
        before.append(outer)
    affine = index_to_patient(spacing=(lattice.voxel_mm,) * 3, origin=lattice.origin)
    names = {_value(bone): bone.name for bone in body.bones if bone.name in wanted}
    return PaintedBones(
        lattice,
        LabelMap(Volume(painting.labels, affine, "1", "true bones"), names),
        Volume(painting.density, affine, "mg/cm³", "true mineral density"),
        painting.share,
        mass,
    )


def paint_body(body: Body, lattice: Lattice) -> PaintedBody:
    """All of a body on one grid.

    Args:
        body: What to paint.
        lattice: Where; what lies outside is cut off.
    """
    bones = paint_bones(body, lattice)
    return PaintedBody(bones, bones.mineral.with_array(body.paint_soft_tissue(lattice), unit="HU", name="soft tissue"))


def _value(bone: Bone) -> int:
    if bone.name not in BY_NAME:
        raise AnatomyError(f"The virtual bone “{bone.name}” has no label: name it as anatomy.labels does.")
    return BY_NAME[bone.name].value


def _meet(first: Solid, second: Solid, gap_mm: float) -> bool:
    """Whether the boxes around two solids come within the gap of each other."""
    return bool(np.all(first.low - gap_mm <= second.high) and np.all(second.low - gap_mm <= first.high))
