"""Solids given by their signed distance (mm, negative inside), from which virtual bones and soft tissue are built.

Distances are exact for spheres, capsules and tori, and of first order near the surface for the others, which is
where they are used: to share a boundary voxel between two tissues, and to measure depth below a thin cortex.
"""

from bonedensity.virtual.solids.combine import beyond, difference, smooth_difference, smooth_union, union
from bonedensity.virtual.solids.shapes import capsule, ellipsoid, sphere, superellipsoid, tapered_capsule, torus
from bonedensity.virtual.solids.sheet import sheet
from bonedensity.virtual.solids.solid import Field, Points, Solid, carried, coverage, field_moved, square
from bonedensity.virtual.solids.sweep import sweep

__all__ = [
    "Field",
    "Points",
    "Solid",
    "beyond",
    "capsule",
    "carried",
    "coverage",
    "difference",
    "ellipsoid",
    "field_moved",
    "sheet",
    "smooth_difference",
    "smooth_union",
    "sphere",
    "square",
    "superellipsoid",
    "sweep",
    "tapered_capsule",
    "torus",
    "union",
]
