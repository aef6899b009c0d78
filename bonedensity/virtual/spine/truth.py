"""What is known of a virtual spine, as JSON values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from bonedensity.virtual.spine.posture import SpinePosture
from bonedensity.virtual.spine.spine_shape import SpineMorphometry, SpineShape
from bonedensity.virtual.spine.stack import PlacedVertebra
from bonedensity.virtual.spine.variant import SpineVariant
from bonedensity.virtual.spine.vertebra_shape import VertebraShape


def spine_truth(
    healthy: SpineShape,
    worn: SpineShape,
    posture: SpinePosture,
    variant: SpineVariant,
    placed: Mapping[str, PlacedVertebra],
) -> dict[str, Any]:
    """Dimensions (mm, degrees), densities (mg/cm³ CHA), posture and disease; mineral mass is known once painted.

    Args:
        healthy: Before disease: what a prescribed morphometry refers to.
        worn: With disease.
        posture: The posture.
        variant: The disease.
        placed: Vertebrae in place.
    """
    top, foot = placed["T12"].pose, placed["L5"].pose
    return {
        "material": "CHA",
        "posture": posture.name,
        "lordosis_deg": posture.lordosis_of(healthy),
        "sacral_slope_deg": posture.sacral_slope_of(healthy),
        "cobb_deg": variant.cobb_deg,
        "cobb_apex": variant.apex,
        "morphometry": _morphometry(healthy.morphometry),
        "morphometry_with_disease": _morphometry(worn.morphometry),
        "lumbar_length_mm": float(top.translation[2] - foot.translation[2]),
        "levels": {level: _level(v, worn, variant) for level, v in worn.vertebrae.items()},
        "aortic_calcification": variant.aortic_calcification,
        "cortex_factor": healthy.cortex,
        "red_marrow": healthy.red_marrow,
    }


def _morphometry(values: SpineMorphometry) -> dict[str, float]:
    return {"l1_l4_width": values.width_cm, "l1_l4_height": values.height_cm, "l1_l4_area": values.area_cm2}


def _level(v: VertebraShape, worn: SpineShape, variant: SpineVariant) -> dict[str, Any]:
    fracture = variant.fractures.get(v.level)
    return {
        "width_superior_mm": v.width[0],
        "width_inferior_mm": v.width[1],
        "depth_superior_mm": v.depth[0],
        "depth_inferior_mm": v.depth[1],
        "height_anterior_mm": v.front,
        "height_central_mm": v.central_height,
        "height_posterior_mm": v.back,
        "wedge_deg": v.wedge_deg,
        "canal_width_mm": v.canal[0],
        "canal_depth_mm": v.canal[1],
        "pedicle_width_mm": v.pedicle[0],
        "pedicle_height_mm": v.pedicle[1],
        "transverse_span_mm": v.span,
        "disc_below_mm": worn.discs[v.level],
        "trabecular_mg_cm3": worn.trabecular[v.level],
        "osteophytes_mm": list(v.osteophytes),
        "facet_growth_mm": v.facet_growth,
        "disc_loss": variant.disc_loss.get(v.level, 0.0),
        "fracture": {**asdict(fracture), "grade": fracture.grade} if fracture else None,
    }
