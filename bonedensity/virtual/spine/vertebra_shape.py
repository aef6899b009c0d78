"""The numbers that one vertebra is built from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class VertebraShape:
    """One vertebra; mm and degrees. Pairs of body dimensions are (upper, lower end plate).

    Attributes:
        level: "T10" to "L5".
        width: Of the body at its end plates.
        depth: Of the body at its end plates.
        front: Height of the body at its front edge.
        back: Height of the body at its back edge.
        concavity: Depth of the end plates' hollows.
        waist: Width at mid-height as a share of the end plates'.
        hollow: Depth of the back wall's hollow, which makes the section a kidney.
        canal: Width (between the pedicles) and depth of the canal.
        pedicle: Width and height.
        pedicle_deg: Of the pedicle's axis to the mid-plane; positive where it runs inwards to the front.
        span: Between the tips of the transverse processes.
        interfacet: Between the middles of the left and right joint: of those above, of those below.
        spinous: Length behind the canal, height and thickness of the spinous process.
        lopsided: How left and right differ: reach of the left transverse process over the mean less 1, its rise per mm
            beyond the mean, and how far (mm) the spinous process's tip lies to the left.
        facet_growth: Thickness added to the joints' processes by osteoarthritis.
        osteophytes: Reach of bony spurs at the end plates' rims beyond the body: (upper left, upper right, lower left,
            lower right).
        sclerosis: Thickening of the end plates by degeneration, as a share.
    """

    level: str
    width: tuple[float, float]
    depth: tuple[float, float]
    front: float
    back: float
    concavity: tuple[float, float]
    waist: float
    hollow: float
    canal: tuple[float, float]
    pedicle: tuple[float, float]
    pedicle_deg: float
    span: float
    interfacet: tuple[float, float]
    spinous: tuple[float, float, float]
    lopsided: tuple[float, float, float] = (0.0, 0.0, 0.0)
    facet_growth: float = 0.0
    osteophytes: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    sclerosis: float = 0.0

    @property
    def name(self) -> str:
        """TotalSegmentator's label."""
        return f"vertebrae_{self.level}"

    @property
    def height(self) -> float:
        """Between the end plates' rims, mean of front and back (mm)."""
        return (self.front + self.back) / 2

    @property
    def central_height(self) -> float:
        """Between the middles of the hollow end plates (mm)."""
        return self.height - sum(self.concavity)

    @property
    def wedge_deg(self) -> float:
        """Angle between the end plates; positive where the front is lower."""
        return float(2 * np.degrees(np.arctan2(self.back - self.front, sum(self.depth))))

    @property
    def mean_width(self) -> float:
        """Mean of both end plates' widths (mm)."""
        return sum(self.width) / 2

    @property
    def mean_depth(self) -> float:
        """Mean of both end plates' depths (mm)."""
        return sum(self.depth) / 2
