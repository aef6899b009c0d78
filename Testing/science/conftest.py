"""What the science tests share: the real images, where a machine has them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

REAL_DATA = Path(os.environ.get("BONEDENSITY_REAL_DATA") or Path(__file__).parents[2].parent / "shared" / "data")
"""Folder of real images; never part of the repository."""


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real images; the test is skipped where it is absent."""
    if not REAL_DATA.is_dir():
        pytest.skip(f"no real images at {REAL_DATA}; name their folder in BONEDENSITY_REAL_DATA")
    return REAL_DATA
