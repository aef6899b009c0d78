"""What is known of a virtual hip, as JSON values."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from bonedensity.anatomy.labels import femur_name
from bonedensity.virtual.hip.posture import HipPosture
from bonedensity.virtual.hip.shape import SIDES, HipShape


def hip_truth(shape: HipShape, posture: HipPosture) -> dict[str, Any]:
    """Dimensions (mm, degrees), posture and variants."""
    return {
        "pelvis": _numbers(asdict(shape.pelvis["L"])),
        "sacral_slope_deg": shape.sacrum.slope_deg,
        "joint_space_mm": min(shape.joint_space_mm.values()),
        "femur": {
            femur_name(side): {
                **_numbers(asdict(shape.femurs[side])),
                "joint_space_mm": shape.joint_space_mm[side],
            }
            for side, _ in SIDES
        },
        "soft_tissue": _numbers(asdict(shape.soft)),
        "variant": {femur_name(side): asdict(shape.variant.side(side)) for side, _ in SIDES},
        "posture": {
            "pelvic_tilt_deg": posture.pelvic_tilt_deg,
            "pelvic_rotation_deg": posture.pelvic_rotation_deg,
            "pelvic_obliquity_deg": posture.pelvic_obliquity_deg,
            "femurs": {femur_name(side): asdict(femur) for side, femur in posture.femurs.items()},
        },
    }


def _numbers(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if isinstance(value, (int, float, bool))}
