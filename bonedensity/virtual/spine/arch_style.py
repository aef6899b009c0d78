"""What tells the arch of one level from another's beside its dimensions; set on the surfaces of a CT."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ArchStyle:
    """Course of one level's processes. Heights are shares of the body's height, depths of the canal's depth.

    Attributes:
        pedicle_rise: Height of the pedicle's axis above the body's middle.
        spinous_low: Height of the spinous process's root below the body's middle.
        spinous_drop_deg: How steeply the spinous process falls.
        lamina_low: Height of the lamina's middle below the body's middle.
        lamina_height: Its own height.
        transverse_rise: Of the transverse process, per mm outwards.
        transverse_lean: Backwards, per mm outwards.
        transverse_above: Height of its root above the pedicle's axis.
        transverse_behind: Depth of its root behind the body's wall.
        transverse_half: Half its height and half its thickness (mm).
        joint_reach: How far the upper joint's process stands above the body, and the lower one's reaches below it.
        joint_behind: How far both stand behind the body's wall.
        joint_turn_deg: Of both joints' planes: 0 faces front and back, 90 faces the sides.
    """

    pedicle_rise: float
    spinous_low: float
    spinous_drop_deg: float
    lamina_low: float
    lamina_height: float
    transverse_rise: float
    transverse_lean: float
    transverse_above: float
    transverse_behind: float
    transverse_half: tuple[float, float]
    joint_reach: tuple[float, float]
    joint_behind: tuple[float, float]
    joint_turn_deg: tuple[float, float]


# fmt: off
STYLES = {
    #  pedicle, spinous low & drop, lamina low & height, transverse rise, lean, above, behind & half, joints
    "T10": ArchStyle(0.22, 0.15, 42.0, 0.15, 0.85, 0.25, 0.75, -0.03, 0.62, (5.5, 4.5), (0.16, 0.18), (0.90, 1.02), (15.0, 15.0)),  # noqa: E501
    "T11": ArchStyle(0.22, 0.17, 30.0, 0.18, 0.82, 0.20, 0.80, -0.03, 0.62, (5.5, 4.5), (0.16, 0.20), (0.90, 1.02), (15.0, 15.0)),  # noqa: E501
    "T12": ArchStyle(0.20, 0.22, 14.0, 0.22, 0.80, 0.05, 0.85, -0.03, 0.62, (6.0, 4.5), (0.15, 0.36), (0.90, 1.02), (15.0, 70.0)),  # noqa: E501
    "L1": ArchStyle(0.18, 0.25, 6.0, 0.24, 0.72, 0.06, 0.30, -0.05, 0.75, (4.8, 2.8), (0.13, 0.42), (0.90, 1.02), (70.0, 68.0)),  # noqa: E501
    "L2": ArchStyle(0.17, 0.27, 5.0, 0.25, 0.70, 0.08, 0.26, -0.05, 0.75, (5.0, 2.8), (0.13, 0.43), (0.90, 1.00), (68.0, 62.0)),  # noqa: E501
    "L3": ArchStyle(0.16, 0.27, 5.0, 0.26, 0.68, 0.02, 0.26, -0.04, 0.70, (5.0, 2.8), (0.13, 0.42), (0.88, 0.98), (62.0, 55.0)),  # noqa: E501
    "L4": ArchStyle(0.13, 0.21, 4.0, 0.26, 0.62, 0.10, 0.24, -0.14, 0.62, (5.2, 3.0), (0.13, 0.38), (0.84, 0.96), (55.0, 46.0)),  # noqa: E501
    "L5": ArchStyle(0.08, 0.16, 6.0, 0.25, 0.56, 0.06, 0.62, -0.10, -0.45, (8.0, 6.5), (0.12, 0.32), (0.76, 0.90), (46.0, 38.0)),  # noqa: E501
}
"""By level."""
# fmt: on
