"""Numbers of both hips of one person, and how they are drawn: means and spreads of anatomy.md, sections 1, 2 and 5."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bonedensity.anatomy.labels import Side
from bonedensity.virtual.fields import ageing
from bonedensity.virtual.hip.femur import FemurShape
from bonedensity.virtual.hip.lumbar import sacral_slope_deg
from bonedensity.virtual.hip.norms import NORMS, Norm
from bonedensity.virtual.hip.pelvis import PelvisShape, Wear
from bonedensity.virtual.hip.sacrum import SacrumShape
from bonedensity.virtual.hip.soft.shape import SoftShape, draw_soft_shape
from bonedensity.virtual.hip.variant import HEALTHY, HipVariant, SideVariant
from bonedensity.virtual.population.bmd_reference import expected_bmd
from bonedensity.virtual.population.person import Person
from bonedensity.virtual.spine.posture import SUPINE

SIDES: tuple[tuple[Side, int], ...] = (("L", 1), ("R", -1))
"""Side, and the sign of its x."""

TRABECULAR_POWER, CORTEX_POWER = 1.4, 0.8
"""Powers of a hip's areal density, over that of unscaled bones, with which trabeculae get denser and cortices thicker:
together they change what a DXA of the total hip measures by its first power."""

UNSCALED = {
    "female": np.polynomial.Polynomial([-0.071, -0.0082, -6.6e-5, 5e-7]),
    "male": np.polynomial.Polynomial([0.075, -0.0059, -5.8e-5, 3.6e-7]),
}
"""Logarithm of the total hip's areal density (g/cm², Hologic) that unscaled bones show, by years from 58: midway
between simulated DXAs of 298 people of `bmdgan`, light ones, and of average people at nine ages from 20 to 90."""

BACK_PER_SLOPE = 0.6
"""How much farther back (mm) the sacral plate lies for each degree of its slope: both grow with pelvic incidence."""

HEALTHY_GAP_MM = 4.0
"""The socket is at least this much wider than the head; a worn head stands higher in it instead."""


@dataclass(frozen=True, slots=True)
class HipShape:
    """All numbers of one person's hips.

    Attributes:
        pelvis: By side: both are one pelvis, apart from the sockets.
        sacrum: Within it.
        femurs: By side, each as a left one.
        wear: Of the sockets, by side.
        joint_space_mm: Least distance between head and roof, by side.
        soft: Skin, fat, muscle.
        variant: Disease and metal.
    """

    pelvis: Mapping[Side, PelvisShape]
    sacrum: SacrumShape
    femurs: Mapping[Side, FemurShape]
    wear: Mapping[Side, Wear]
    joint_space_mm: Mapping[Side, float]
    soft: SoftShape
    variant: HipVariant


def draw_hip_shape(person: Person, rng: np.random.Generator, variant: HipVariant = HEALTHY) -> HipShape:
    """Numbers of a person; left and right differ a little.

    Args:
        person: Sex, age, height, weight and standard deviations of density, size and degeneration.
        rng: What the person does not determine.
        variant: Disease and metal.
    """
    drawn = {name: _draw(norm, person, rng) for name, norm in NORMS.items()}
    base = _pelvis(person, drawn, int(rng.integers(2**31)))
    pelvis, femurs, wear, space = {}, {}, {}, {}
    for side, _ in SIDES:
        own, hip = variant.side(side), np.random.default_rng([person.seed, 11 if side == "L" else 12])
        space[side] = _joint_space(drawn["joint_space_mm"], own, hip)
        pelvis[side] = replace(
            base,
            joint_space_mm=max(space[side], HEALTHY_GAP_MM) if own.grade else space[side],
            centre_edge_deg=float(hip.normal(15.0, 3.0)) if own.dysplasia else drawn["centre_edge_deg"],
        )
        femurs[side] = _femur(person, drawn, base, own, pelvis[side].joint_space_mm - space[side], hip)
        wear[side] = Wear(_sclerosis(own), _cysts(own, base.head_radius_mm + space[side] + 5.0, 1.0, hip))
    slope = sacral_slope_deg(person)
    sacrum = SacrumShape(base, slope, drawn["sacrum_back_mm"] + BACK_PER_SLOPE * (slope - SUPINE.sacral_slope))
    return HipShape(pelvis, sacrum, femurs, wear, space, draw_soft_shape(person, rng), variant)


def _draw(norm: Norm, person: Person, rng: np.random.Generator) -> float:
    """A dimension that partly follows height and bone size."""
    mean, spread = norm.female if person.sex == "female" else norm.male
    tall = (person.height_cm - (161.5 if person.sex == "female" else 174.5)) / 7.0
    common = np.clip(norm.by_height * tall + norm.by_size * person.bone_size, -2.5, 2.5)
    rest = np.sqrt(max(1 - norm.by_height**2 - norm.by_size**2, 0.0))
    value = (
        mean
        + norm.per_year * (person.age - 50.0)
        + spread * (common + rest * np.clip(rng.standard_normal(), -2.2, 2.2))
    )
    return float(np.clip(value, *norm.limits))


def _pelvis(person: Person, drawn: Mapping[str, float], seed: int) -> PelvisShape:
    trabecular, cortex = density_factors(person)
    names = (
        "hip_distance_mm", "bi_iliac_mm", "height_mm", "sub_pubic_deg", "symphysis_mm", "version_deg",
        "wall_mm",
        "sacrum_width_mm", "centre_edge_deg", "pubic_mm",
    )  # fmt: skip
    worn = ageing(person.age, 1.35, 0.70) if person.sex == "female" else ageing(person.age, 1.4, 0.85)
    return PelvisShape(
        **{name: drawn[name] for name in names},
        head_radius_mm=drawn["head_mm"] / 2,
        cortex_factor=cortex * ageing(person.age, 1.1, 0.9),
        density_factor=trabecular * worn,
        texture_seed=seed,
    )


def density_factors(person: Person) -> tuple[float, float]:
    """Factors of trabecular density and of cortical thickness, with which a DXA shows on average what was drawn."""
    usual = expected_bmd("total-hip", person.sex, person.age)
    drawn = float(usual.mean + np.clip(person.hip_density, -3.0, 3.5) * usual.sd)
    share = drawn / float(np.exp(UNSCALED[person.sex](person.age - 58.0)))
    return share**TRABECULAR_POWER, share**CORTEX_POWER


def _femur(
    person: Person,
    drawn: Mapping[str, float],
    pelvis: PelvisShape,
    own: SideVariant,
    raised_mm: float,
    rng: np.random.Generator,
) -> FemurShape:
    trabecular, cortex = density_factors(person)
    dysplastic = 1.0 if own.dysplasia else 0.0
    up = np.array([0.25, 0.0, 1.0]) / np.hypot(1.0, 0.25)
    widened = 1 + 0.002 * max(person.age - 50.0, 0.0) + 0.02 * own.grade
    steep = float(np.clip(drawn["neck_shaft_deg"] + 3 * dysplastic + rng.normal(0, 1.0), 109, 145))
    return FemurShape(
        head_centre=pelvis.hip_centre + raised_mm * up,
        head_radius_mm=pelvis.head_radius_mm,
        neck_shaft_deg=steep,
        anteversion_deg=float(np.clip(drawn["anteversion_deg"] + 12 * dysplastic + rng.normal(0, 2.0), -12, 45)),
        offset_mm=drawn["neck_mm"] * float(np.sin(np.radians(steep))) + float(rng.normal(0, 0.6)),
        neck_width_mm=min(drawn["neck_width_mm"] * widened, 1.62 * pelvis.head_radius_mm),
        neck_flatness=float(rng.normal(1.2, 0.03)),
        shaft_mm=drawn["shaft_mm"],
        lesser_below_mm=drawn["lesser_below_mm"],
        lesser_bulge_mm=drawn["bulge_mm"],
        tip_below_mm=drawn["tip_below_mm"],
        age=person.age,
        female=person.sex == "female",
        cortex_factor=cortex,
        trabecular_factor=trabecular * (0.95 if own.grade >= 3 else 1.0),
        texture_seed=int(rng.integers(2**31)),
        sclerosis=_sclerosis(own),
        cysts=_cysts(own, 0.75 * pelvis.head_radius_mm, 1.0, rng),
        osteophytes_mm=(0.0, 0.0, 2.0, 4.0, 7.0)[own.grade],
    )


def _joint_space(healthy_mm: float, own: SideVariant, rng: np.random.Generator) -> float:
    share = (1.0, 1.0, 0.72, 0.45, 0.22)[own.grade] * (1.1 if own.dysplasia and own.grade < 2 else 1.0)
    return float(np.clip(healthy_mm * share * rng.normal(1.0, 0.03), 0.7, 7.0))


def _sclerosis(own: SideVariant) -> float:
    return (0.0, 0.0, 0.25, 0.6, 1.0)[own.grade]


def _cysts(
    own: SideVariant, from_centre_mm: float, up: float, rng: np.random.Generator
) -> tuple[tuple[float, float, float, float], ...]:
    """Below the worn surface, from grade 3 on."""
    rows = []
    for _ in range(int(rng.integers(1, 4)) if own.grade >= 3 else 0):
        direction: NDArray[np.float64] = np.array([rng.normal(0.2, 0.35), rng.normal(0, 0.35), up])
        x, y, z = from_centre_mm * direction / np.linalg.norm(direction)
        rows.append((float(x), float(y), float(z), float(rng.uniform(2.0, 5.5))))
    return tuple(rows)
