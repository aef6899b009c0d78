"""DXA of a virtual body: two energies, bone and soft tissue told apart, edges, regions, and the picture exported."""

from bonedensity.virtual.dxa.display import exported_image
from bonedensity.virtual.dxa.region import DxaRegion
from bonedensity.virtual.dxa.scanning import SITES, DxaScan, Site, scan_dxa
from bonedensity.virtual.dxa.systems import SYSTEMS, DxaSystem

__all__ = ["SITES", "SYSTEMS", "DxaRegion", "DxaScan", "DxaSystem", "Site", "exported_image", "scan_dxa"]
