"""X-ray rooms: a hospital has a few, each with its protocol and its way of processing; a person's visit is to one.

The images of one study come from few systems, and all views of a visit from one: so what a system does to an image can
be told from what a person does. From hospital to hospital it varies as `random_settings` and `random_processing` do.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace

import numpy as np

from bonedensity.drr.physics import XraySettings, random_settings
from bonedensity.virtual.radiographs.processing import Processing, random_processing
from bonedensity.virtual.streams import stream

ROOMS = 3
"""Of a hospital."""

VARIES = 0.15
"""Share of the spread between hospitals by which exposures of one room differ: they follow the patient."""


@dataclass(frozen=True, slots=True)
class Room:
    """One system.

    Attributes:
        protocol: Tube, scatter and detector as they are aimed at.
        processing: Vendor and setting.
    """

    protocol: XraySettings
    processing: Processing

    def exposure(self, rng: np.random.Generator) -> XraySettings:
        """One image's: nearly the protocol, collimated anew."""
        other, own = random_settings(rng), self.protocol

        def near(here: float, there: float) -> float:
            return here + VARIES * (there - here)

        return replace(
            own,
            kvp=near(own.kvp, other.kvp),
            photons_per_mm2=float(np.exp(near(np.log(own.photons_per_mm2), np.log(other.photons_per_mm2)))),
            scatter_fraction=near(own.scatter_fraction, other.scatter_fraction),
            collimation=other.collimation,
            collimation_tilt_deg=other.collimation_tilt_deg,
        )


def rooms_of(hospital: str) -> tuple[Room, ...]:
    """The rooms of a hospital; the same name, the same rooms."""
    rng = stream(zlib.crc32(hospital.encode()), "x-ray rooms")
    return tuple(Room(random_settings(rng), random_processing(rng)) for _ in range(ROOMS))


def room_of(hospital: str, seed: int, visit: int = 0) -> Room:
    """Where a person is X-rayed at a visit."""
    return rooms_of(hospital)[int(stream(seed, "x-ray room", visit).integers(ROOMS))]
