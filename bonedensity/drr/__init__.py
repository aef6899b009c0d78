"""Digitally reconstructed radiographs: line integrals through a volume, and the X-ray physics on top of them."""

from bonedensity.drr.quantity import Quantity, prepare
from bonedensity.drr.render import project, render

__all__ = ["Quantity", "prepare", "project", "render"]
