"""Virtual patients whose anatomy, density and poses are known exactly."""

from bonedensity.virtual.hip import HU_INTERCEPT, HU_SLOPE, VirtualPatient, make_hip_patient

__all__ = ["HU_INTERCEPT", "HU_SLOPE", "VirtualPatient", "make_hip_patient"]
