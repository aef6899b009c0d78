"""The hip bone: ilium, ischium and pubis around the socket."""

from bonedensity.virtual.hip.pelvis.hip_bone import Wear, hip_solid, make_hip_bone
from bonedensity.virtual.hip.pelvis.shape import PelvisShape

__all__ = ["PelvisShape", "Wear", "hip_solid", "make_hip_bone"]
