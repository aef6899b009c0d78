"""The vertebral arch: pedicles, joint processes, laminae, transverse and spinous processes, in the vertebra's frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bonedensity.virtual.solids import Solid, smooth_union, sweep
from bonedensity.virtual.spine.arch_style import STYLES, ArchStyle
from bonedensity.virtual.spine.vertebra_shape import VertebraShape

TIP_DOME = 0.9
"""Length of a transverse process's rounded tip over its half-axes."""

BLEND_MM = 3.5
"""Fillets between the arch's parts."""


def arch_solid(shape: VertebraShape) -> Solid:
    """Everything behind the body."""
    frame = _Frame.of(shape)
    sides = [part for sign in (1, -1) for part in _side_parts(frame, sign)]
    return smooth_union(*sides, _spinous_process(frame), blend_mm=BLEND_MM)


@dataclass(frozen=True, slots=True)
class _Frame:
    """Places that several parts share (mm).

    Attributes:
        shape: The vertebra.
        style: Its level's.
        wall: y of the body's back wall.
        back: y of the canal's back.
        beside: x of the pedicle's middle.
        rise: z of the pedicle's axis.
        scale: The body's width over an average one's of the level's size class.
    """

    shape: VertebraShape
    style: ArchStyle
    wall: float
    back: float
    beside: float
    rise: float
    scale: float

    @classmethod
    def of(cls, shape: VertebraShape) -> _Frame:
        style, wall = STYLES[shape.level], shape.mean_depth / 2 - shape.hollow
        beside = shape.canal[0] / 2 + shape.pedicle[0] / 2 / np.cos(np.radians(shape.pedicle_deg))
        return cls(shape, style, wall, wall + shape.canal[1], beside, style.pedicle_rise * shape.height,
                   shape.mean_depth / 33.0)  # fmt: skip


def _side_parts(frame: _Frame, sign: int) -> list[Solid]:
    parts = [_pedicle(frame), _lamina(frame), _upper_process(frame), _lower_process(frame)]
    parts.append(_transverse_process(frame, sign))
    return parts if sign > 0 else [part.mirrored() for part in parts]


def _pedicle(frame: _Frame) -> Solid:
    """From the body's upper back corner to the joint pillar, narrowest half way."""
    width, height = frame.shape.pedicle
    lean = np.tan(np.radians(frame.shape.pedicle_deg))
    length = frame.shape.canal[1] * 0.55
    middle = np.array([frame.beside, frame.wall + 0.4 * length, frame.rise])
    along = np.array([lean, 1.0, -0.05])
    points = [middle - (0.4 * length + 0.22 * frame.shape.mean_depth) * along, middle, middle + 0.6 * length * along]
    half = [(0.56 * height, 0.62 * width), (0.5 * height, 0.5 * width), (0.52 * height, 0.52 * width)]
    return sweep(points, half, exponent=2.4, dome=(0.5, 0.5))


def _lamina(frame: _Frame) -> Solid:
    """A plate from the pillar to the mid-line, leaning back below."""
    z = -frame.style.lamina_low * frame.shape.height
    half = 0.5 * frame.style.lamina_height * frame.shape.height
    pillar = frame.shape.interfacet[1] / 2 + 0.5
    start = [pillar, frame.wall + 0.72 * frame.shape.canal[1], z + 0.1 * half]
    knee = [0.55 * pillar, frame.back - 0.5, z]
    end = [1.0, frame.back + 4.0 * frame.scale, z - 0.08 * half]
    thick = 3.2 * frame.scale
    return sweep([start, knee, end], [(half, thick), (0.95 * half, thick), (0.8 * half, thick)],
                 across=(0.0, 0.22, 1.0), exponent=2.6, dome=(0.6, 0.6))  # fmt: skip


def _upper_process(frame: _Frame) -> Solid:
    """The joint process that rises beside the vertebra above; its joint faces inwards and back."""
    shape, style, s = frame.shape, frame.style, frame.scale
    turn = np.radians(style.joint_turn_deg[0])
    x = shape.interfacet[0] / 2 + (2.6 * s + shape.facet_growth / 2) * np.sin(turn)
    y = frame.wall + style.joint_behind[0] * shape.canal[1] - 2.4 * s * np.cos(turn)
    top = (0.5 + style.joint_reach[0]) * shape.height
    foot = np.array([max(x, frame.beside), frame.wall + 0.57 * shape.canal[1], frame.rise - 3.0])
    middle = np.array([x, y + 1.0 * s, 0.45 * shape.height])
    tip = np.array([x, y + 2.0 * s, top - 2.0 * s])
    wide, thick = 6.2 * s + shape.facet_growth / 2, 3.4 * s + shape.facet_growth / 2
    across = (np.cos(turn), np.sin(turn), 0.0)
    return sweep([foot, middle, tip], [(wide, thick + 1.0), (wide, thick), (0.75 * wide, 0.85 * thick)],
                 across=across, exponent=2.3, dome=(0.7, 0.8))  # fmt: skip


def _lower_process(frame: _Frame) -> Solid:
    """Pars and the joint process that hangs behind the vertebra below; its joint faces outwards and to the front."""
    shape, style, s = frame.shape, frame.style, frame.scale
    turn = np.radians(style.joint_turn_deg[1])
    x = shape.interfacet[1] / 2 - (2.8 * s + shape.facet_growth / 4) * np.sin(turn)
    y = frame.wall + style.joint_behind[1] * shape.canal[1] + 2.0 * s * np.cos(turn)
    pars = np.array([0.5 * (x + frame.beside), frame.wall + 0.68 * shape.canal[1], 0.02 * shape.height])
    middle = np.array([x, y, -0.42 * shape.height])
    tip = np.array([x, y + 1.0 * s, -(0.5 + style.joint_reach[1]) * shape.height + 2.0 * s])
    wide, thick = 5.6 * s + shape.facet_growth / 2, 3.8 * s + shape.facet_growth / 2
    across = (np.cos(turn), np.sin(turn), 0.0)
    return sweep([pars, middle, tip], [(5.0 * s, 3.8 * s), (wide, thick), (0.8 * wide, 0.85 * thick)],
                 across=across, exponent=2.3, dome=(0.7, 0.8))  # fmt: skip


def _transverse_process(frame: _Frame, sign: int) -> Solid:
    shape, style = frame.shape, frame.style
    root_x, (high, thick) = frame.beside + 0.2 * shape.pedicle[0], np.array(style.transverse_half) * frame.scale
    root = np.array(
        [
            root_x,
            frame.wall + style.transverse_behind * shape.canal[1],
            frame.rise + style.transverse_above * shape.height,
        ]
    )
    half = np.array([(1.2 * high, 1.4 * thick), (0.85 * high, thick), (0.72 * high, 0.8 * thick)])
    reach = shape.span / 2 * (1 + sign * shape.lopsided[0]) - root_x - TIP_DOME * float(half[-1].mean())
    outwards = np.array([1.0, style.transverse_lean, style.transverse_rise + sign * shape.lopsided[1]])
    middle = root + 0.55 * reach * outwards + np.array([0.0, 1.0, 0.0])
    return sweep([root, middle, root + reach * outwards], half, exponent=2.1, dome=(0.6, TIP_DOME))


def _spinous_process(frame: _Frame) -> Solid:
    """A blade with a thicker lower edge; slender and steep in the thorax."""
    length, height, thick = frame.shape.spinous
    drop = np.radians(frame.style.spinous_drop_deg)
    along = np.array([frame.shape.lopsided[2] / length, np.cos(drop), -np.sin(drop)])
    upright = np.array([0.0, np.sin(drop), np.cos(drop)])
    root = np.array([0.0, frame.back + 1.5 * frame.scale, -frame.style.spinous_low * frame.shape.height])
    ends = [root, root + 0.5 * length * along, root + (length - 0.25 * height) * along]
    blade = sweep(ends, [(0.44 * height, 0.40 * thick), (0.46 * height, 0.33 * thick), (0.44 * height, 0.42 * thick)],
                  across=upright, exponent=2.6, dome=(0.3, 0.6))  # fmt: skip
    below = [place - (0.44 * height - 0.5 * thick) * upright for place in ends[1:]]
    edge = sweep(
        [ends[0] - 0.2 * height * upright, *below], [0.45 * thick, 0.50 * thick, 0.66 * thick], dome=(0.6, 0.9)
    )
    return smooth_union(blade, edge, blend_mm=3.0)


def behind(shape: VertebraShape, y: NDArray[np.floating]) -> NDArray[np.floating]:
    """0 in the body, 1 in the arch, smooth in between, from y (mm) in the vertebra's frame."""
    wall = shape.mean_depth / 2 - shape.hollow
    return np.clip((y - wall + 1.0) / 6.0, 0, 1)
