"""Bone-density phantoms scanned with the patient: found in the CT, measured, and turned into a calibration."""

from bonedensity.densitometry.phantoms.calibrate import PhantomCalibration, calibrate_by_phantom
from bonedensity.densitometry.phantoms.phantom import Phantom, phantom_named, phantoms

__all__ = ["Phantom", "PhantomCalibration", "calibrate_by_phantom", "phantom_named", "phantoms"]
