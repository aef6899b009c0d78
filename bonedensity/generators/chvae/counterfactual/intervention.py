"""What is set from outside, and what would be then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bonedensity.generators.chvae.reading.metadata import Attributes

if TYPE_CHECKING:
    from bonedensity.generators.chvae.counterfactual.engine import Abducted


@dataclass(frozen=True, slots=True, eq=False)
class Counterfactual:
    """What would be, on the image's own grid.

    Attributes:
        do: What was set.
        attributes: All attributes as they would be.
        image: Greys (rows, columns), 0 to 252: the image as taken with the change transferred onto it.
        difference: Greys by which it differs from the image as taken.
        uncertainty: Standard deviation of the change over samples (greys); zero for one sample.
        decoded: The network's own mean image in its frame (P, P) in [0, 1], blurred as such are.
        notes: What lies outside the training data, or was not found on the image.
    """

    do: Attributes
    attributes: Attributes
    image: NDArray[np.float32]
    difference: NDArray[np.float32]
    uncertainty: NDArray[np.float32]
    decoded: NDArray[np.float32]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Intervention:
    """An abducted person with attributes set from outside.

    Attributes:
        person: Who.
        values: Set values; empty for none.
    """

    person: Abducted
    values: Attributes

    def predict(self, *, residual: bool | None = None) -> Counterfactual:
        """What would be.

        Args:
            residual: Whether the image's own residual is carried over; None as the model was trained. Without it the
                network's blurred mean stands in the crop.

        Raises:
            ModelError: The graph has no such attribute.
            PopulationError: A value that nobody has.
        """
        return self.person.predict(self.values, residual=residual)
