"""Error against the true counterfactual, which virtual people have: the same anatomy, posture and noise, but aged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bonedensity.errors import StatisticsError
from bonedensity.generators.chvae.config import MORPHOMETRY
from bonedensity.generators.chvae.counterfactual.engine import Abducted
from bonedensity.generators.chvae.evaluation.brightness import BrightnessChange, brightness_figures
from bonedensity.generators.chvae.image.region_columns import region_columns
from bonedensity.generators.chvae.morphometry.measure import measured_attribute
from bonedensity.generators.chvae.reading.dxa_image import WHITE, DxaImage, unscanned
from bonedensity.generators.chvae.reading.metadata import Record
from bonedensity.generators.chvae.reading.read_dxa import read_dxa


@dataclass(frozen=True, slots=True)
class TrueError:
    """Of a counterfactual image, in the spine's columns, beside “nothing changes”.

    Attributes:
        mae: From the true counterfactual, as a share of the grey range.
        persistence_mae: Of the image as taken from it.
        correlation: Of the change made with the true change; NaN where there is none.
        brightened: Change of the mean grey, as a share of it.
        truly_brightened: True change of it.
    """

    mae: float
    persistence_mae: float
    correlation: float
    brightened: float
    truly_brightened: float

    @property
    def gain(self) -> float:
        """Share of the baseline's error that is taken away; below 0 when worse."""
        return 1 - self.mae / self.persistence_mae


def true_error(factual: DxaImage, made: NDArray[np.floating], truth: NDArray[np.floating]) -> TrueError:
    """Compare greys of the same grid.

    Args:
        factual: As taken.
        made: The counterfactual image shown (rows, columns).
        truth: The true counterfactual (rows, columns).

    Raises:
        StatisticsError: Other shapes.
    """
    if made.shape != truth.shape or made.shape != factual.array.shape:
        raise StatisticsError(f"Images of {factual.array.shape}, {made.shape} and {truth.shape} cannot be compared.")
    scanned = ~unscanned(factual.array) & ~unscanned(truth)
    aside = np.ones(made.shape[1], bool)
    aside[region_columns(made.shape[1])] = False
    scanned[:, aside] = False
    before, after, told = (np.clip(each[scanned], 0, WHITE) for each in (factual.array, truth, made))
    real, said = after - before, told - before
    varied = real.std() > 0 and said.std() > 0
    return TrueError(
        mae=float(np.abs(told - after).mean() / WHITE),
        persistence_mae=float(np.abs(before - after).mean() / WHITE),
        correlation=float(np.corrcoef(real, said)[0, 1]) if varied else float("nan"),
        brightened=float(said.mean() / before.mean()),
        truly_brightened=float(real.mean() / before.mean()),
    )


def true_figures(
    people: Sequence[Abducted], firsts: Sequence[Record], truths: Sequence[Record], *, residual: bool | None = None
) -> dict[str, float]:
    """Errors of counterfactual images against the true ones, over people that have both.

    Args:
        people: Abducted, in the order of `firsts`.
        firsts: Their records.
        truths: Of the same people at another age, with images.
        residual: See `Intervention.predict`.

    Returns:
        Mean errors, the share of "nothing changes" that is taken away (`true_gain`), what `brightness_figures` says,
        and `true_slope_…`: what the measuring network reads off the true counterfactuals per true change, beside which
        the slopes of `effect_figures` are to be seen. Nothing where no person has a true counterfactual.
    """
    known = {record.person: record for record in truths if record.image is not None}
    errors, brightness, changes = [], [], dict[str, list[tuple[float, float]]]()
    for person, first in zip(people, firsts, strict=True):
        record = known.get(first.person)
        if record is None or record.image is None:
            continue
        made, truth = person.do(age=record.attributes["age"]).predict(residual=residual), read_dxa(record.image)
        error = true_error(person.image, made.image, truth.array)
        errors.append(error)
        forward = float(np.sign(record.attributes["age"] - person.attributes["age"]))
        group = person.attributes.get("sex", 0.0)
        brightness.append(BrightnessChange(error.truly_brightened, error.brightened, forward, group))
        for name, change in _true_changes(person, record, truth).items():
            changes.setdefault(name, []).append(change)
    if not errors:
        return {}
    mae, persistence = (float(np.mean([getattr(each, name) for each in errors])) for name in ("mae", "persistence_mae"))
    return {
        "true_mae": mae,
        "true_mae_persistence": persistence,
        "true_gain": 1 - mae / persistence,
        "true_correlation": float(np.nanmean([each.correlation for each in errors])),
        **brightness_figures(brightness),
        **{f"true_slope_{name}": _slope(pairs) for name, pairs in changes.items() if any(real for real, _ in pairs)},
    }


def _true_changes(person: Abducted, record: Record, truth: DxaImage) -> dict[str, tuple[float, float]]:
    """Of age and each size: the true change, and what the measuring network reads of it off the true images."""
    model = person.model
    return {
        name: (
            record.attributes[name] - person.attributes[name],
            measured_attribute(model, truth, name) - measured_attribute(model, person.image, name),
        )
        for name in ("age", *MORPHOMETRY)
        if name in model.predicted
    }


def _slope(pairs: list[tuple[float, float]]) -> float:
    """By least squares through nothing."""
    real, read = np.array(pairs).T
    return float(real @ read / (real @ real))
