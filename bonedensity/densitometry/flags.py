"""What makes a CT's bone density doubtful: metal, contrast medium, fractures, wear, bones cut off by the scan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, uniform_filter

from bonedensity.anatomy.labels import title_of
from bonedensity.anatomy.vertebra import fit_whole_vertebra, touches_border
from bonedensity.anatomy.vertebra_landmarks import VertebraLandmarks, landmarks_of
from bonedensity.densitometry.degeneration import ASIDE_MM, aortic_chalk_mm3, cobb_angle, spur_mm
from bonedensity.densitometry.measure import METAL_HU
from bonedensity.errors import AnatomyError
from bonedensity.imaging import LabelMap, Volume

FlagKind = Literal["metal", "contrast", "fracture", "truncation", "scoliosis", "osteophytes", "calcification"]

METAL_MM3 = 50.0
"""Less metal than this in or at a bone is noise or a streak."""

METAL_REACH_MM = 5.0
"""Metal this near to a bone is the bone's."""

CONTRAST_HU = (110.0, 450.0)
"""Blood with contrast medium; below it is plain, above it is calcium or metal."""

CONTRAST_SHARE = 0.04
"""Share of the space before a vertebra that such blood fills from which contrast is named: about half an aorta."""

BEFORE_MM = (4.0, 40.0)
"""How far before the vertebral body the great vessels lie."""

SCOLIOSIS_DEG = 10.0
"""Cobb angle from which a sideways bend is a scoliosis."""

SPUR_MM = 3.8
"""Reach of a bony spur that is named; a healthy body's outline in voxels differs by less."""

CHALK_MM3 = 100.0
"""Calcium before the spine from which the aorta's is named."""

GENANT = ((0.40, 3), (0.25, 2), (0.20, 1))
"""Loss of height from which a fracture has a grade (Genant)."""


@dataclass(frozen=True, slots=True)
class Flag:
    """One doubt.

    Attributes:
        kind: Of what.
        where: Label.
        message: For people, one sentence.
    """

    kind: FlagKind
    where: str
    message: str


def bone_flags(ct: Volume, labels: LabelMap, names: Sequence[str]) -> list[Flag]:
    """Doubts about some bones; vertebrae are also looked at for contrast medium and fractures.

    Args:
        ct: In HU.
        labels: On the same grid.
        names: Labels to look at; those without a voxel are passed over.
    """
    present = [name for name in names if name in set(labels.present())]
    flags: list[Flag] = []
    vertebrae: list[VertebraLandmarks] = []
    for name in present:
        mask = labels.mask([name])
        flags += _metal(ct, mask, name)
        if name.startswith("vertebrae_"):
            found = _vertebra(labels, name)
            if isinstance(found, Flag):
                flags.append(found)
            else:
                vertebrae.append(found)
        else:
            flags += _truncation(ct, mask, name)
    return flags + _contrast(ct, vertebrae) + _fractures(vertebrae) + _worn(ct, labels, vertebrae)


def _vertebra(labels: LabelMap, name: str) -> VertebraLandmarks | Flag:
    """A whole vertebra, or why it is none."""
    try:
        body = fit_whole_vertebra(labels, name)
    except AnatomyError as error:  # collapsed to a sliver, or not a vertebra at all
        return Flag("fracture", name, str(error))
    if body is None:
        return Flag("truncation", name, f"{title_of(name)} is cut off by the edge of the scan.")
    return landmarks_of(body, labels.volume)


def _metal(ct: Volume, mask: NDArray[np.bool_], name: str) -> list[Flag]:
    metal = np.asarray(ct.array) > METAL_HU
    if not metal.any():
        return []
    reach = binary_dilation(mask, iterations=max(1, round(METAL_REACH_MM / float(ct.spacing.mean()))))
    volume = float((metal & reach).sum()) * ct.voxel_volume_mm3
    if volume < METAL_MM3:
        return []
    return [Flag("metal", name, f"{title_of(name)} holds {volume / 1000:.1f} cm³ of metal: do not measure it.")]


def _truncation(ct: Volume, mask: NDArray[np.bool_], name: str) -> list[Flag]:
    """Whether the scan's edge cuts a bone; a femur always ends at the feet's side of the scan, which is no doubt."""
    inside = mask
    if name.startswith("femur_"):
        axis = int(np.argmax(np.abs(ct.index_to_patient[2, :3])))
        end = 0 if ct.index_to_patient[2, axis] > 0 else mask.shape[2 - axis] - 1
        inside = np.delete(mask, end, axis=2 - axis)
        inside = np.insert(inside, end, False, axis=2 - axis)
    if not touches_border(inside):
        return []
    return [Flag("truncation", name, f"{title_of(name)} is cut off by the edge of the scan.")]


def _contrast(ct: Volume, vertebrae: Sequence[VertebraLandmarks]) -> list[Flag]:
    """Blood as bright as contrast medium in the space before a vertebra."""
    if not vertebrae:
        return []
    smooth = uniform_filter(
        np.asarray(ct.array, dtype=np.float32), [max(1, round(5.0 / mm)) for mm in ct.spacing[::-1]]
    )
    for vertebra in vertebrae:
        body = vertebra.body
        hu = _before(smooth, ct, vertebra)
        share = float(((hu > CONTRAST_HU[0]) & (hu < CONTRAST_HU[1])).mean()) if len(hu) else 0.0
        if share > CONTRAST_SHARE:
            text = "The vessels hold contrast medium: density from HU comes out too high."
            return [Flag("contrast", body.name, text)]
    return []


def _before(smooth: NDArray[np.float32], ct: Volume, vertebra: VertebraLandmarks) -> NDArray[np.float32]:
    """HU in the space before a vertebral body, without the body and what lies outside the scan."""
    body, step = vertebra.body, 2.0
    front = -body.depth_mm / 2
    left, back, up = np.meshgrid(
        np.arange(-ASIDE_MM, ASIDE_MM + step, step),
        np.arange(front - BEFORE_MM[1], front - BEFORE_MM[0], step),
        np.arange(-body.height_mm / 3, body.height_mm / 3, step),
    )
    points = body.centre + np.stack([left, back, up], axis=-1).reshape(-1, 3) @ body.axes.T
    indices = np.round(ct.to_index(points)).astype(int)
    inside = ((indices >= 0) & (indices < ct.array.shape[::-1])).all(axis=1)
    i, j, k = indices[inside].T
    return np.asarray(smooth[k, j, i])


def height_loss(vertebra: VertebraLandmarks, neighbours: Sequence[VertebraLandmarks] = ()) -> float:
    """Greatest loss of height, as a share: front or middle against the back, or the back against its neighbours'.

    Args:
        vertebra: Judged.
        neighbours: Next vertebrae, above and below.
    """
    ratios = [vertebra.anterior_mm / vertebra.posterior_mm, vertebra.middle_mm / vertebra.posterior_mm]
    if neighbours:
        ratios.append(vertebra.posterior_mm / float(np.median([n.posterior_mm for n in neighbours])))
    return float(max(0.0, 1 - min(ratios)))


def genant_grade(loss: float) -> int:
    """Grade 0 to 3 of a loss of height."""
    return next((grade for least, grade in GENANT if loss >= least), 0)


def _fractures(vertebrae: Sequence[VertebraLandmarks]) -> list[Flag]:
    flags = []
    for number, vertebra in enumerate(vertebrae):
        beside = [*vertebrae[max(0, number - 1) : number], *vertebrae[number + 1 : number + 2]]
        loss = height_loss(vertebra, beside)
        grade, name = genant_grade(loss), vertebra.body.name
        if grade:
            text = (
                f"{title_of(name)} has lost {loss:.0%} of its height (Genant grade {grade}): leave it out of the mean."
            )
            flags.append(Flag("fracture", name, text))
    return flags


def _worn(ct: Volume, labels: LabelMap, vertebrae: Sequence[VertebraLandmarks]) -> list[Flag]:
    """What an AP projection would count as the spine's mineral, or would see askew."""
    bodies = [vertebra.body for vertebra in vertebrae]
    flags, bend, chalk = [], cobb_angle(bodies), aortic_chalk_mm3(ct, labels, bodies)
    for body in bodies:
        if (reach := spur_mm(body, labels)) > SPUR_MM:
            text = f"{title_of(body.name)} has bony spurs of about {reach:.0f} mm: areal density comes out too high."
            flags.append(Flag("osteophytes", body.name, text))
    if bend > SCOLIOSIS_DEG:
        text = f"The spine bends to the side by about {bend:.0f}°: areal density is that of turned vertebrae."
        flags.append(Flag("scoliosis", bodies[0].name, text))
    if chalk > CHALK_MM3:
        text = f"The aorta holds {chalk / 1000:.1f} cm³ of calcium, which an AP projection adds to the spine's density."
        flags.append(Flag("calcification", bodies[0].name, text))
    return flags
