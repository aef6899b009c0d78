"""All images of one person at one visit, and of the same person had something been otherwise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bonedensity.drr.physics import XraySettings
from bonedensity.errors import AnatomyError
from bonedensity.virtual.body import Body
from bonedensity.virtual.cohort.bodies import bodies_for
from bonedensity.virtual.cohort.options import CohortOptions
from bonedensity.virtual.dxa import SYSTEMS, DxaScan, Site, scan_dxa
from bonedensity.virtual.gathered import gathered_body
from bonedensity.virtual.painted import covering_lattice
from bonedensity.virtual.population import Region
from bonedensity.virtual.population.person import Person
from bonedensity.virtual.posed import PaintedOnce
from bonedensity.virtual.radiographs import (
    Processing,
    VirtualRadiograph,
    random_hip_view,
    random_spine_view,
    take_radiograph,
)
from bonedensity.virtual.radiographs.geometry import View
from bonedensity.virtual.radiographs.rooms import room_of
from bonedensity.virtual.scan import ScannerSettings, VirtualCT, random_scanner, scan_body
from bonedensity.virtual.streams import stream

Bodies = Callable[[str], Body]
"""A person's bodies by posture."""

LATERAL_KV = 15.0
"""A lateral spine is exposed at 80 to 105 kV."""


@dataclass(frozen=True, slots=True, eq=False)
class PersonImages:
    """Images of one person at one visit, by file name without suffix.

    Attributes:
        person: Who.
        region: Hip or spine.
        ct: None where none was asked for.
        radiographs: Such as "xray_standing_R".
        dxa: Such as "dxa_spine_lunar".
        truth: JSON values: of the body as it lay for the first image.
    """

    person: Person
    region: Region
    ct: VirtualCT | None
    radiographs: dict[str, VirtualRadiograph]
    dxa: dict[str, DxaScan]
    truth: dict[str, Any]


def image_person(region: Region, person: Person, options: CohortOptions | None = None) -> PersonImages:
    """Make a person's images; the noise depends on the person's seed, the visit and the kind of image alone.

    Args:
        region: Hip or spine.
        person: At one visit.
        options: What to make.
    """
    chosen = options or CohortOptions()
    bodies = bodies_for(region, person)
    body = bodies("ct" if chosen.ct else "dxa")
    once = PaintedOnce(body, chosen.bone_mm, for_one_image=_images_of(region, chosen) == 1)
    return PersonImages(
        person,
        region,
        _scanned(once, chosen) if chosen.ct else None,
        _x_rayed(once, region, bodies, chosen),
        _dxa_scanned(once, region, bodies, chosen),
        {**body.truth, "landmarks_mm": {name: np.asarray(at).tolist() for name, at in body.landmarks.items()}},
    )


def counterfactual_images(
    region: Region, person: Person, altered: Person, options: CohortOptions | None = None
) -> tuple[PersonImages, PersonImages]:
    """Images of a person and of the same person had something been otherwise: same anatomy's dice, postures and noise.

    Args:
        region: Hip or spine.
        person: As observed.
        altered: The same person under an intervention, such as another age.
        options: What to make.

    Raises:
        AnatomyError: Two different people, or two visits.
    """
    if (person.seed, person.visit) != (altered.seed, altered.visit):
        raise AnatomyError(
            f"{altered.identifier} (visit {altered.visit}) is no counterfactual of {person.identifier} (visit "
            f"{person.visit}): seed and visit must be the same."
        )
    return image_person(region, person, options), image_person(region, altered, options)


def _images_of(region: Region, options: CohortOptions) -> int:
    """How many images are made of one person."""
    sides = len(options.sides) if region == "hip" else 1
    return int(options.ct) + sides * (len(options.views(region)) + len(options.dxa))


def _scanned(once: PaintedOnce, options: CohortOptions) -> VirtualCT:
    person, body = once.body.person, once.body
    rng = stream(person.seed, "ct", person.visit)
    fixed = ScannerSettings(pixel_mm=options.ct_mm, slice_mm=options.ct_mm, step_mm=options.ct_mm)
    drawn = random_scanner(rng, bmi=person.bmi, pixel_mm=options.ct_mm, step_mm=options.ct_mm)
    painted = gathered_body(once, covering_lattice(body.low, body.high, options.ct_mm))
    return scan_body(painted, drawn if options.random_settings else fixed, rng)


def _x_rayed(once: PaintedOnce, region: Region, bodies: Bodies, options: CohortOptions) -> dict[str, VirtualRadiograph]:
    made, person = {}, once.body.person
    for name in options.views(region):
        body = bodies(name if region == "hip" else "standing")
        for side in options.sides if region == "hip" else (None,):
            title = f"xray_{name}_{side}" if side else f"xray_{name.lower()}"
            rng = stream(person.seed, title, person.visit)
            view = random_hip_view(name, side, rng) if side else _spine_view(name, body, rng)
            made[title] = _exposed(once, body, view, options, rng)
    return made


def _spine_view(name: str, body: Body, rng: np.random.Generator) -> View:
    middle, tall = body.landmarks["vertebrae_L3_centre"].copy(), float(body.high[2] - body.low[2])
    middle[2] = (body.low[2] + body.high[2]) / 2
    return random_spine_view("LATERAL" if name == "LATERAL" else "AP", rng, middle=middle, tall_mm=tall)


def _exposed(
    once: PaintedOnce, body: Body, view: View, options: CohortOptions, rng: np.random.Generator
) -> VirtualRadiograph:
    person = once.body.person
    room = room_of(str(person.clinical.get("cohort", "")), person.seed, person.visit)
    settings, processing = room.exposure(rng), room.processing
    if not options.random_settings:
        settings, processing = XraySettings(), Processing()
    if view.direction == "LATERAL":  # 30 to 40 cm of body: more voltage and more of it
        settings = replace(settings, kvp=settings.kvp + LATERAL_KV, photons_per_mm2=10 * settings.photons_per_mm2)
    return take_radiograph(once, body, view, settings=settings, processing=processing, rng=rng)


def _dxa_scanned(once: PaintedOnce, region: Region, bodies: Bodies, options: CohortOptions) -> dict[str, DxaScan]:
    made, person = dict[str, DxaScan](), once.body.person
    if not options.dxa:
        return made
    body = once.body if not options.ct else bodies("dxa")
    hips: list[Site] = ["hip_left" if side == "L" else "hip_right" for side in options.sides]
    sites: list[Site] = ["spine"] if region == "spine" else hips
    for site in sites:
        for system in options.dxa:
            title = f"dxa_{site}_{system}"
            made[title] = scan_dxa(once, body, site, SYSTEMS[system], stream(person.seed, title, person.visit))
    return made
