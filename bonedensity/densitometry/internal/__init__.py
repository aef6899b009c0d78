"""Calibration by the patient's own tissues, for a CT without a phantom."""

from bonedensity.densitometry.internal.calibrate import InternalCalibration, calibrate_internally

__all__ = ["InternalCalibration", "calibrate_internally"]
