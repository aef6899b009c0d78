"""Which way a surface crosses each voxel, and the share of the voxel that lies inside: flat plates keep their mass."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

REACH = 1.28
"""No surface farther (voxels) from a voxel's centre gives it a share: half a diagonal, and the spread along it."""

KNOWN = 3.05
"""Distances must be known so far (voxels) from a surface for those within its reach: a diagonal more."""


@dataclass(frozen=True, slots=True, eq=False)
class Facing:
    """How the surface of a solid lies to N voxels.

    Attributes:
        distance: (N,) signed distance of their centres to it (mm).
        extent: (N, 3) extent of the voxel along the surface's normal that each of its edges adds (mm).
        thickness: (N,) from the surface to the opposite one (mm); a lower bound far from both.
        voxel_mm: Edge of a voxel.
    """

    distance: NDArray[np.float32]
    extent: NDArray[np.float32]
    thickness: NDArray[np.float32]
    voxel_mm: float

    def share(self, below_mm: NDArray[np.floating] | float = 0.0) -> NDArray[np.float32]:
        """Share (0 to 1) of each voxel that lies deeper in the solid than `below_mm`, from either surface of a plate.

        The volume of a box cut by a plane is a sum of cubes. A plate thinner than a voxel is the part inside its near
        surface less that beyond its far one, so that it keeps its mass along every row of voxels.
        """
        from bonedensity.virtual.solids.box_share import plate_share

        out = np.empty(len(self.distance), np.float32)
        below = np.broadcast_to(np.asarray(below_mm, np.float32), out.shape)
        plate_share(self.distance, self.extent, self.thickness, np.ascontiguousarray(below), self.voxel_mm, out)
        return out


def facing(distance: NDArray[np.float32], chosen: NDArray[np.bool_], voxel_mm: float) -> Facing:
    """Facing of chosen voxels of a grid, from the distances of their neighbours.

    Args:
        distance: (K, J, I) signed distance (mm); not a number where it is not known.
        chosen: (K, J, I) voxels asked for; those that a surface can cut lie within `REACH` of it.
        voxel_mm: Edge of a voxel.
    """
    from bonedensity.virtual.solids.box_share import surface_facing

    at = np.argwhere(chosen)
    extent, thickness = np.empty((len(at), 3), np.float32), np.empty(len(at), np.float32)
    surface_facing(distance, at, voxel_mm, extent, thickness)
    return Facing(distance[chosen], extent, thickness, voxel_mm)
