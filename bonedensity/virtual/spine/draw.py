"""One person's spine, drawn from published means and spreads; age acts alone where the draws stay the same."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from bonedensity.virtual.population.person import Person
from bonedensity.virtual.spine.density_by_age import cortex_factor, red_marrow_share, trabecular_density
from bonedensity.virtual.spine.levels import LEVELS, MEANS, LevelMeans
from bonedensity.virtual.spine.spine_shape import SpineShape, stretched
from bonedensity.virtual.spine.vertebra_shape import VertebraShape

MEAN_HEIGHT_CM = {"female": 163.0, "male": 176.0}

DEPTH_FACTOR = {"female": 1.0, "male": 1.05}
"""Brings the mid-height sections to those of Gilsanz 1994: 10.98 and 8.22 cm²."""

GROWTH_PER_YEAR = 0.0010
"""Widening of bodies after 40 (share a year); their section grows 15 % over adult life (Riggs 2004)."""

HOLLOWING_PER_YEAR = 0.008
"""Deepening of the end plates' hollows after 40 (share a year; Spine 2002)."""

PLATES = (0.7, 1.5)
"""Depth of the upper and lower end plate's hollow at 40 (mm; Wang 2012: less below a disc than above it)."""

THORACIC_BLADE_MM, LUMBAR_BLADE_MM = 5.0, 6.5
"""Thickness of a spinous process."""

DISC_SPREAD = {"L1": 0.18, "L2": 0.12, "L3": 0.13, "L4": 0.145, "L5": 0.165}
"""Further spread of a disc's height from level to level (share)."""

WEDGE_SPREAD_DEG = 2.4
"""Of the angle between a body's end plates."""

LEVEL_SPREAD = {"L1": 0.06, "L2": 0.04, "L3": 0.03, "L4": 0.03}
"""Further spread of trabecular density from level to level (share)."""


@dataclass(frozen=True, slots=True)
class _Draws:
    """Standard normal numbers of one person, none of which depends on age: (8,) a person, (levels, 10) a level."""

    own: np.ndarray
    levels: np.ndarray


def draw_spine_shape(person: Person, rng: np.random.Generator) -> SpineShape:
    """Numbers of one person's spine (anatomy sheet, sections 3.1 to 3.5).

    Args:
        person: Sex, age, stature, bone size and spine density set the means.
        rng: Draws what they leave open; the same draws at another age give the same spine, aged.
    """
    draws = _Draws(rng.standard_normal(8), rng.standard_normal((len(LEVELS), 10)))
    return _shape(person, draws, int(rng.integers(2**31)))


def average_spine_shape(person: Person) -> SpineShape:
    """The spine that is average for a person's sex, age, stature and density."""
    return _shape(person, _Draws(np.zeros(8), np.zeros((len(LEVELS), 10))), person.seed)


def _shape(person: Person, draws: _Draws, seed: int) -> SpineShape:
    tall = person.height_cm / MEAN_HEIGHT_CM[person.sex]
    size = float(tall**0.9 * np.exp(0.02 * person.bone_size))
    vertebrae = {level: _vertebra(person, level, draws, tall) for level in LEVELS}
    along = _along(person, draws, tall)
    return SpineShape(
        vertebrae=vertebrae,
        discs={
            level: MEANS[person.sex][level].disc
            * along
            * float(np.exp(DISC_SPREAD.get(level, 0.13) * np.clip(draws.levels[i, 8], -2.2, 2.2)))
            for i, level in enumerate(LEVELS)
        },
        lordosis_sd=float(np.clip(draws.own[3], -2.2, 2.2)),
        sacral_slope_deg=4.5 * float(draws.own[4]),
        trabecular={
            level: trabecular_density(person, level) * float(np.exp(LEVEL_SPREAD.get(level, 0.05) * draws.levels[i, 9]))
            for i, level in enumerate(LEVELS)
        },
        cortex=cortex_factor(person) * float(np.exp(0.06 * draws.own[5])),
        red_marrow=red_marrow_share(person),
        size=size,
        rib_slope_deg=4.0 * float(draws.own[6]),
        texture_seed=seed,
    )


def _along(person: Person, draws: _Draws, tall: float) -> float:
    """Factor of all heights."""
    return float(tall * np.exp(0.012 * person.bone_size + 0.03 * draws.own[0]))


def _vertebra(person: Person, level: str, draws: _Draws, tall: float) -> VertebraShape:
    index, old = LEVELS.index(level), max(person.age - 40.0, -15.0)
    own = np.exp(0.012 * draws.levels[index])
    across = tall**0.8 * np.exp(0.025 * person.bone_size + 0.04 * draws.own[1]) * own[0]
    deep = tall**0.6 * np.exp(0.02 * person.bone_size + 0.066 * draws.own[2]) * own[1]
    mean = _mean_vertebra(person, level, draws.levels[index], float(np.exp(HOLLOWING_PER_YEAR * old)))
    grown = float(np.exp(GROWTH_PER_YEAR * max(old, 0.0)))
    drawn = stretched(mean, float(across), _along(person, draws, tall) * float(own[2]) ** 1.5, float(deep))
    return replace(
        drawn,
        width=(grown * drawn.width[0], grown * drawn.width[1]),
        depth=(grown * drawn.depth[0], grown * drawn.depth[1]),
    )


def _mean_vertebra(person: Person, level: str, draw: np.ndarray, hollowing: float) -> VertebraShape:
    """An average vertebra of that sex, with this person's proportions of its arch."""
    means = MEANS[person.sex]
    mean, below = means[level], means[LEVELS[min(LEVELS.index(level) + 1, len(LEVELS) - 1)]]
    fat = np.exp(0.07 * draw)
    width, depth = _plates(mean, below, level, DEPTH_FACTOR[person.sex])
    hollows = (PLATES[0] * hollowing, PLATES[1] * hollowing)
    rim = mean.height + sum(PLATES)
    slant = float(np.tan(np.radians(mean.wedge_deg + WEDGE_SPREAD_DEG * draw[3]) / 2)) * sum(depth) / 2
    thick = LUMBAR_BLADE_MM if level.startswith("L") else THORACIC_BLADE_MM
    length = mean.canal_depth * (1.5 if level == "L5" else 1.85)
    return VertebraShape(
        level=level,
        width=width,
        depth=depth,
        front=rim - slant,
        back=rim + slant,
        concavity=hollows,
        waist=float(np.clip(0.875 + 0.012 * draw[4], 0.84, 0.91)),
        hollow=0.3 if level == "L5" else 1.2,
        canal=(mean.canal_width * float(fat[4]) ** 1.25, mean.canal_depth * float(fat[5]) ** 1.4),
        pedicle=(mean.pedicle_width * float(fat[5]), mean.pedicle_height * float(fat[6]) ** 0.8),
        pedicle_deg=mean.pedicle_deg + 2.0 * float(draw[6]),
        span=mean.span * float(fat[7]) ** 0.9,
        interfacet=(mean.interfacet, below.interfacet if level != "L5" else 1.12 * mean.interfacet),
        spinous=(length * float(fat[3]), mean.spinous_height * float(fat[2]), thick * float(fat[1]) ** 1.2),
        lopsided=(0.04 * float(draw[0]), 0.05 * float(draw[1]), 1.3 * float(draw[2])),
    )


def _plates(
    mean: LevelMeans, below: LevelMeans, level: str, factor: float
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Widths and depths of the upper and lower end plate; the lower is nearly as large as the next upper one."""
    if level == "L5":
        return (mean.width, mean.width + 0.5), (factor * mean.depth, factor * (mean.depth - 0.4))
    width = mean.width + 0.75 * (below.width - mean.width)
    depth = mean.depth + 0.6 * (below.depth - mean.depth)
    return (mean.width, width), (factor * mean.depth, factor * depth)
