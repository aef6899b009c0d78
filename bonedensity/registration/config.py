"""How a registration searches: levels from coarse to fine, budget and what counts as agreement."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

PLAIN_SIMILARITY = 0.25
"""Least similarity where nothing was calibrated: for a similarity of one's own, set a limit of its own."""

Optimiser = Literal["cma-es", "gradient"]
"""How a level is searched."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Standard deviations of a search's first generation, in the view's own frame.

    Attributes:
        rotation_deg: About each axis of the view (degrees).
        in_plane_mm: To the right and down (mm, at the bone).
        depth_mm: Away from the source (mm).
    """

    rotation_deg: float
    in_plane_mm: float
    depth_mm: float

    @property
    def scale(self) -> NDArray[np.float64]:
        """The six standard deviations (3 degrees, 3 mm)."""
        turn, shift = self.rotation_deg, self.in_plane_mm
        return np.array([turn, turn, turn, shift, shift, self.depth_mm])


@dataclass(frozen=True, slots=True)
class Level:
    """One resolution of the search.

    Attributes:
        size_px: Longer side of the radiograph after averaging blocks of pixels.
        voxel_mm: Voxels are averaged to about this size.
        smoothing_px: Gaussian smoothing (standard deviation) of both images before their gradients are compared.
        spread: First generation.
        population: Poses a generation.
        generations: At most this many.
        starts: Independent searches; the best ends the level.
        equalising_px: Gaussian window (standard deviation) in which the radiograph's contrast is made even before it is
            compared; 0 leaves it as it is. See `equalise`.
        scanned: Poses looked at first, evenly within one standard deviation of the prior on each axis about the
            registration's start; the searches then begin at the best that lie apart. 0 begins at the last level's end.
    """

    size_px: int
    voxel_mm: float
    smoothing_px: float
    spread: Spread
    population: int
    generations: int
    starts: int = 1
    equalising_px: float = 0.0
    scanned: int = 0


DEFAULT_LEVELS = (
    Level(
        64, 4.0, 1.0, Spread(4.0, 5.0, 15.0), population=16, generations=25, starts=4, equalising_px=2.0, scanned=512
    ),
    Level(128, 2.5, 1.0, Spread(1.5, 1.5, 10.0), population=14, generations=30, equalising_px=4.0),
    Level(256, 1.5, 0.6, Spread(0.5, 0.4, 5.0), population=10, generations=20, starts=2, equalising_px=8.0),
)
"""For starts within about 20 degrees, 20 mm in plane and 60 mm in depth."""


@dataclass(frozen=True, slots=True)
class Prior:
    """How far from the start a pose is expected: a soft bound that keeps a search out of far, deceptive optima.

    Attributes:
        spread: Standard deviations of the expected distance.
        weight: Similarity lost at one standard deviation on one axis, doubled.
    """

    spread: Spread = Spread(20.0, 25.0, 60.0)
    weight: float = 0.005

    def penalties(self, parameters: NDArray[np.float64]) -> NDArray[np.float64]:
        """What is taken off the similarity of (N, 6) parameters (3 degrees, 3 mm from the start); (N,)."""
        return np.asarray(0.5 * self.weight * np.sum((parameters / self.spread.scale) ** 2, axis=1))


@dataclass(frozen=True, slots=True)
class Descent:
    """Gradient descent at every level; all of a level's starts move side by side.

    Attributes:
        steps: At most this many at each level.
        rate: First step, as a share of the level's spread; it falls to zero along half a cosine.
        least_gain: Similarity by which a step must better the best to count as progress.
        patience: Steps without progress after which a level ends.
    """

    steps: int = 60
    rate: float = 0.2
    least_gain: float = 1e-4
    patience: int = 12


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What a registration must reach to be called accepted; else it is doubtful, with the reason.

    Attributes:
        similarity: Least similarity at the finest level. None for what was calibrated: with gradient correlation a
            score of several signs (`registration.decision`), which allows for bone and view; with another similarity
            `PLAIN_SIMILARITY`.
        agreement_mm: Largest in-plane distance between the finest level's independent searches (mm).
        visible_share: Least share of the bone's surface that projects onto the detector.
        from_start_deg: Largest rotation away from the start (degrees).
        landmark_mm: Largest mean in-plane reprojection distance of given landmark pairs (mm).
    """

    similarity: float | None = None
    agreement_mm: float = 1.0
    visible_share: float = 0.5
    from_start_deg: float = 30.0
    landmark_mm: float = 5.0


@dataclass(frozen=True, slots=True)
class RegistrationConfig:
    """A whole registration.

    Attributes:
        levels: From coarse to fine.
        similarity: Name of what is compared; see `similarity.known_similarities`, or "package.module:function" of one's
            own. For another than gradient correlation set `acceptance.similarity`.
        optimiser: "cma-es" searches with whole populations. "gradient" climbs through the torch renderer, with gradient
            correlation alone; it needs PyTorch and a nearer start.
        descent: Steps of the latter.
        prior: How far from the start the pose is expected.
        acceptance: What counts as accepted.
        attempts: How often a wide search is made at most: one that ends doubtful is made again with another seed.
        seed: Of the search; same seed, same pose.
    """

    levels: tuple[Level, ...] = DEFAULT_LEVELS
    similarity: str = "gradient-correlation"
    optimiser: Optimiser = "cma-es"
    descent: Descent = field(default_factory=Descent)
    prior: Prior = field(default_factory=Prior)
    acceptance: Acceptance = field(default_factory=Acceptance)
    attempts: int = 2
    seed: int = 0
