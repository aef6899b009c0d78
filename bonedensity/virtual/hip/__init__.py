"""The virtual hip: pelvis, sacrum, proximal femurs and what lies around them, from one person's numbers."""

from bonedensity.virtual.hip.body import body_of, make_hip_body
from bonedensity.virtual.hip.femur import FemurShape, make_femur
from bonedensity.virtual.hip.patient import HU_INTERCEPT, HU_SLOPE, VirtualPatient, draw_person, make_hip_patient
from bonedensity.virtual.hip.pelvis import PelvisShape, make_hip_bone
from bonedensity.virtual.hip.posture import (
    ABDUCTION,
    ADDUCTION,
    STANDING,
    SUPINE,
    SUPINE_RADIOGRAPH,
    FemurPosture,
    HipPosture,
)
from bonedensity.virtual.hip.sacrum import SacrumShape, make_sacrum
from bonedensity.virtual.hip.shape import HipShape, draw_hip_shape
from bonedensity.virtual.hip.variant import HEALTHY, HipVariant, SideVariant, draw_variant

__all__ = [
    "ABDUCTION",
    "ADDUCTION",
    "HEALTHY",
    "HU_INTERCEPT",
    "HU_SLOPE",
    "STANDING",
    "SUPINE",
    "SUPINE_RADIOGRAPH",
    "FemurPosture",
    "FemurShape",
    "HipPosture",
    "HipShape",
    "HipVariant",
    "PelvisShape",
    "SacrumShape",
    "SideVariant",
    "VirtualPatient",
    "body_of",
    "draw_hip_shape",
    "draw_person",
    "draw_variant",
    "make_femur",
    "make_hip_body",
    "make_hip_bone",
    "make_hip_patient",
    "make_sacrum",
]
