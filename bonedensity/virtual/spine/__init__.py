"""The virtual spine: T10 to L5, discs, ribs and pelvis of one person, and the trunk around them."""

from bonedensity.virtual.spine.body import make_spine_body
from bonedensity.virtual.spine.draw import average_spine_shape, draw_spine_shape
from bonedensity.virtual.spine.draw_variant import draw_spine_variant
from bonedensity.virtual.spine.lumbar import Vertebra, make_vertebra, stack_vertebrae
from bonedensity.virtual.spine.posture import DXA, STANDING, SUPINE, SpinePosture
from bonedensity.virtual.spine.spine_shape import SpineMorphometry, SpineShape
from bonedensity.virtual.spine.variant import HEALTHY, Fracture, SpineVariant

__all__ = [
    "DXA",
    "HEALTHY",
    "STANDING",
    "SUPINE",
    "Fracture",
    "SpineMorphometry",
    "SpinePosture",
    "SpineShape",
    "SpineVariant",
    "Vertebra",
    "average_spine_shape",
    "draw_spine_shape",
    "draw_spine_variant",
    "make_spine_body",
    "make_vertebra",
    "stack_vertebrae",
]
