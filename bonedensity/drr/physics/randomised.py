"""Settings drawn at random, so that what is tuned on simulations is not tuned to one way of making them."""

from __future__ import annotations

import numpy as np

from bonedensity.drr.physics.settings import Response, XraySettings

KVP = (65.0, 90.0)
OPEN_BEAM_PHOTONS_PER_MM2 = (5e5, 1e7)
"""Drawn on a logarithmic scale."""
ELECTRONIC_NOISE_PHOTONS = (0.0, 5.0)
SCATTER_FRACTION = (0.1, 0.5)
"""Behind a grid: scatter to primary 0.1 to 1."""
NARROW_MM, WIDE_MM = (25.0, 40.0), (60.0, 90.0)
HEEL = (0.0, 0.35)
DETECTOR_BLUR_MM = (0.08, 0.3)
COLLIMATED_SIDES = 0.25
"""Probability that a side is collimated."""
COLLIMATION = (0.02, 0.12)
TILT_DEG = (-2.0, 2.0)
RESPONSES: tuple[Response, ...] = ("log", "gamma", "s-curve")
CONTRAST = (0.6, 1.4)
STEEPNESS = (2.0, 6.0)
BLACK_PERCENTILE, WHITE_PERCENTILE = (1.0, 8.0), (99.3, 99.95)


def random_settings(rng: np.random.Generator) -> XraySettings:
    """An exposure and a display as they vary between departments; same generator state, same settings."""
    wide_share = rng.uniform(0.3, 0.7)
    sides = [float(rng.uniform(*COLLIMATION)) if rng.random() < COLLIMATED_SIDES else 0.0 for _ in range(4)]
    return XraySettings(
        kvp=_uniform(rng, KVP),
        photons_per_mm2=float(np.exp(rng.uniform(*np.log(OPEN_BEAM_PHOTONS_PER_MM2)))),
        electronic_noise_photons=_uniform(rng, ELECTRONIC_NOISE_PHOTONS),
        scatter_fraction=_uniform(rng, SCATTER_FRACTION),
        scatter_widths_mm=(_uniform(rng, NARROW_MM), _uniform(rng, WIDE_MM)),
        scatter_wide_share=float(wide_share),
        heel=_uniform(rng, HEEL),
        anode_direction_deg=float(rng.choice([0.0, 90.0, 180.0, 270.0])),
        detector_blur_mm=_uniform(rng, DETECTOR_BLUR_MM),
        collimation=(sides[0], sides[1], sides[2], sides[3]),
        collimation_tilt_deg=_uniform(rng, TILT_DEG),
        response=RESPONSES[int(rng.integers(len(RESPONSES)))],
        contrast=_uniform(rng, CONTRAST),
        steepness=_uniform(rng, STEEPNESS),
        window_percentiles=(_uniform(rng, BLACK_PERCENTILE), _uniform(rng, WHITE_PERCENTILE)),
    )


def _uniform(rng: np.random.Generator, limits: tuple[float, float]) -> float:
    return float(rng.uniform(*limits))
