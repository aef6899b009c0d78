"""From a calibrated CT to bone density: regions, areal density images, T-scores."""

from bonedensity.densitometry.calibration import Calibration
from bonedensity.densitometry.measure import RegionResult, measure
from bonedensity.densitometry.tscore import t_score

__all__ = ["Calibration", "RegionResult", "measure", "t_score"]
