"""How a person's hips are held: tilt and turn of the pelvis, and each femur about its head."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from bonedensity.anatomy.labels import Side
from bonedensity.geometry import RigidTransform


@dataclass(frozen=True, slots=True)
class FemurPosture:
    """One femur against the room (degrees).

    Attributes:
        internal_rotation_deg: Toes inwards is positive.
        abduction_deg: Outwards is positive.
        flexion_deg: Knee to the front is positive.
    """

    internal_rotation_deg: float = 0.0
    abduction_deg: float = 0.0
    flexion_deg: float = 0.0

    def rotation(self, sign: int) -> NDArray[np.float64]:
        """Matrix in LPS for the left (`sign` 1) or right (-1) side."""
        angles = [-self.flexion_deg, -sign * self.abduction_deg, -sign * self.internal_rotation_deg]
        return np.asarray(Rotation.from_euler("xyz", angles, degrees=True).as_matrix())


@dataclass(frozen=True, slots=True)
class HipPosture:
    """Pelvis and femurs (degrees).

    Attributes:
        pelvic_tilt_deg: The pelvis's upper end leans to the front: positive; standing leans it back.
        pelvic_rotation_deg: The pelvis's front turns to the patient's left: positive.
        pelvic_obliquity_deg: The pelvis's left side is raised: positive.
        femurs: By side; a side that is missing is held straight.
    """

    pelvic_tilt_deg: float = 0.0
    pelvic_rotation_deg: float = 0.0
    pelvic_obliquity_deg: float = 0.0
    femurs: Mapping[Side, FemurPosture] = field(default_factory=dict)

    def pelvis(self) -> RigidTransform:
        """World from the untilted pelvis, about the middle between the hips."""
        angles = [self.pelvic_tilt_deg, -self.pelvic_obliquity_deg, self.pelvic_rotation_deg]
        rotation = Rotation.from_euler("xyz", angles, degrees=True).as_matrix()
        return RigidTransform.from_rotation_translation(rotation, np.zeros(3))

    def femur(self, side: Side, head_centre: NDArray[np.float64]) -> RigidTransform:
        """World from the straight femur: it turns about its head, which goes along with the pelvis.

        Args:
            side: The patient's.
            head_centre: Of that side, before the pelvis is moved (LPS mm).
        """
        rotation = self.femurs.get(side, FemurPosture()).rotation(1 if side == "L" else -1)
        goes_to = self.pelvis().apply(head_centre)
        return RigidTransform.from_rotation_translation(rotation, goes_to - rotation @ head_centre)


def both(femur: FemurPosture) -> Mapping[Side, FemurPosture]:
    """The same on both sides."""
    return {"L": femur, "R": femur}


SUPINE = HipPosture()
"""On the back in the CT scanner, feet up."""

SUPINE_RADIOGRAPH = HipPosture(femurs=both(FemurPosture(internal_rotation_deg=15.0)))
"""On the back for an X-ray, the legs turned in (anatomy sheet, section 7.1)."""

STANDING = HipPosture(pelvic_tilt_deg=-5.0, femurs=both(FemurPosture(internal_rotation_deg=5.0)))
"""The pelvis leans 3 to 8 degrees back against lying (anatomy sheet, section 3.4)."""

ABDUCTION = HipPosture(femurs=both(FemurPosture(internal_rotation_deg=10.0, abduction_deg=10.0)))

ADDUCTION = HipPosture(femurs=both(FemurPosture(internal_rotation_deg=10.0, abduction_deg=-10.0)))
