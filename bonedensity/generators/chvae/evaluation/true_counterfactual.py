"""Error against the true counterfactual, which virtual people have: the same anatomy, posture and noise, but aged."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bonedensity.errors import StatisticsError
from bonedensity.generators.chvae.image.region_columns import region_columns
from bonedensity.generators.chvae.reading.dxa_image import WHITE, DxaImage, unscanned
from bonedensity.virtual.cohort import CohortOptions, counterfactual_images
from bonedensity.virtual.dxa import DxaScan
from bonedensity.virtual.population import Person, person_of, row_of
from bonedensity.virtual.population.graph import World
from bonedensity.virtual.population.schema import manifest_columns

DXA_ALONE = CohortOptions(ct=False, radiographs=(), dicom=False)
SCAN = "dxa_spine_lunar"


@dataclass(frozen=True, slots=True)
class TrueError:
    """Of a counterfactual image, in the spine's columns, beside “nothing changes”.

    Attributes:
        mae: From the true counterfactual, as a share of the grey range.
        persistence_mae: Of the image as taken from it.
        correlation: Of the change made with the true change; NaN where there is none.
        brightness: Change of the mean grey over the true change of it.
    """

    mae: float
    persistence_mae: float
    correlation: float
    brightness: float

    @property
    def gain(self) -> float:
        """Share of the baseline's error that is taken away; below 0 when worse."""
        return 1 - self.mae / self.persistence_mae


def altered(person: Person, world: World, index: int, **do: float) -> Person:
    """A virtual person under an intervention on the population's causal graph.

    Args:
        person: As observed, person `index` of the world.
        world: Of which the person was drawn (`draw_world`).
        index: Place in it.
        do: What is set.
    """
    table = world.do(**do).predict()
    numbers = [name for name, column in manifest_columns().items() if column.kind in ("number", "integer")]
    row = row_of(person)
    changed = {name: float(table[name][index]) for name in numbers if name in table and name in row}
    if "sex" in changed:
        row["sex"] = int(changed.pop("sex"))
    return person_of({**row, **changed})


def true_scans(person: Person, other: Person) -> tuple[DxaScan, DxaScan]:
    """AP spine DXAs of a person and of the same person otherwise.

    Raises:
        AnatomyError: Two different people.
    """
    first, second = counterfactual_images("spine", person, other, DXA_ALONE)
    return first.dxa[SCAN], second.dxa[SCAN]


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
        brightness=float(said.mean() / real.mean()) if real.mean() else float("nan"),
    )
