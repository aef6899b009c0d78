"""Randomness of images: one stream per person, kind of image and visit, so that age alone changes anatomy alone."""

from __future__ import annotations

import zlib

import numpy as np


def stream(seed: int, kind: str, visit: int = 0) -> np.random.Generator:
    """A generator that depends on its arguments alone, not on what was drawn before.

    Args:
        seed: The person's.
        kind: What is made with it, such as "ct noise".
        visit: 0 for the first; a counterfactual image has the visit, and so the noise, of the image it alters.
    """
    return np.random.default_rng([seed, zlib.crc32(kind.encode()), visit])
