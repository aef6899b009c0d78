"""What every counterfactual must obey: composition, reversibility, effectiveness (Monteiro et al. 2023)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from bonedensity.errors import StatisticsError
from bonedensity.generators.chvae.counterfactual.engine import Abducted
from bonedensity.generators.chvae.morphometry.measure import measured_attribute
from bonedensity.generators.chvae.reading.dxa_image import WHITE, DxaImage


def composition(person: Abducted, *, cycles: int = 1, residual: bool | None = None) -> float:
    """Mean change of the shown image under no intervention, after some cycles, as a share of the grey range."""
    image = person.image
    for _ in range(cycles):
        shown = Abducted(person.model, image, person.attributes).do().predict(residual=residual)
        image = replace(image, array=shown.image)
    return _apart(image, person.image)


def reversibility(person: Abducted, do: Mapping[str, float], *, residual: bool | None = None) -> float:
    """Mean change of the shown image after an intervention and the same one undone, as a share of the grey range."""
    there = person.do(**do).predict(residual=residual)
    moved = Abducted(person.model, replace(person.image, array=there.image), there.attributes)
    back = moved.do(**{name: person.attributes[name] for name in do}).predict(residual=residual)
    return _apart(replace(person.image, array=back.image), person.image)


def _apart(image: DxaImage, like: DxaImage) -> float:
    return float(np.abs(image.seen - like.seen).mean() / WHITE)


@dataclass(frozen=True, slots=True)
class Effectiveness:
    """Whether what is measured on counterfactual images is what was asked for.

    Attributes:
        attribute: Which was judged.
        slope: Measured change over intended change, by least squares through nothing; 1 is right.
        mae: Of the measured value from the intended one, in its unit.
        sign: Share of people whose measured change has the intended sign.
        count: People.
    """

    attribute: str
    slope: float
    mae: float
    sign: float
    count: int


def effectiveness(
    people: Sequence[Abducted],
    dos: Sequence[Mapping[str, float]],
    attribute: str,
    *,
    residual: bool | None = None,
) -> Effectiveness:
    """Measure an attribute on factual and counterfactual images by the measuring network, which has not seen them.

    Args:
        people: Abducted.
        dos: One intervention each.
        attribute: One that the measuring network tells.
        residual: See `Intervention.predict`.

    Raises:
        StatisticsError: Nobody, or interventions that move nobody's attribute.
    """
    if not people:
        raise StatisticsError("Effectiveness needs at least one person.")
    intended, measured, missed = [], [], []
    for person, do in zip(people, dos, strict=True):
        there = person.do(**do).predict(residual=residual)
        told_before, told = (
            measured_attribute(person.model, image, attribute)
            for image in (person.image, replace(person.image, array=there.image))
        )
        intended.append(there.attributes[attribute] - person.attributes[attribute])
        measured.append(told - told_before)
        missed.append(abs(told - there.attributes[attribute]))
    wanted, found = np.array(intended), np.array(measured)
    if not wanted.any():
        raise StatisticsError(f"These interventions move nobody's {attribute}, so no effect can be judged.")
    moved = wanted != 0
    return Effectiveness(
        attribute,
        float(wanted @ found / (wanted @ wanted)),
        float(np.mean(missed)),
        float((np.sign(wanted[moved]) == np.sign(found[moved])).mean()),
        len(people),
    )
