"""CT of a virtual body: energy, beam hardening, metal, blur, slices, noise, table and calibration phantom."""

from bonedensity.virtual.scan.phantom import PHANTOMS, Phantom
from bonedensity.virtual.scan.scanner import ScannerSettings, random_scanner
from bonedensity.virtual.scan.scanning import VirtualCT, scan_body

__all__ = ["PHANTOMS", "Phantom", "ScannerSettings", "VirtualCT", "random_scanner", "scan_body"]
