"""One search for a pose, level by level: by CMA-ES, or down the gradient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonedensity.geometry import RigidTransform
from bonedensity.imaging import Volume
from bonedensity.progress import OnProgress, ShouldStop
from bonedensity.registration.config import Level, RegistrationConfig
from bonedensity.registration.evidence import judging_problem
from bonedensity.registration.level import LevelProblem
from bonedensity.registration.pose import ViewFrame
from bonedensity.registration.result import RegistrationResult
from bonedensity.registration.scan import promising
from bonedensity.registration.search import OnMoment, SearchMoment, SearchResult, search, unwatched
from bonedensity.registration.view import View

LATER_SHARE = 0.1
"""Of the progress is kept for further tries: most registrations need none."""


@dataclass
class SearchRun:
    """The state of one search.

    Attributes:
        config: Levels, limits and seed.
        views: Radiographs with cameras.
        bone: Contrast of what is moved.
        behind: Contrast of bones that stand still, with their `world_from_ct`.
        initial: `world_from_ct` at which the six parameters are zero.
        centre: CT point (LPS mm) to turn about.
        on_progress: Fraction and message.
        should_stop: True ends the search.
        on_moment: Where it stands, after each generation.
        before: Searches that were made before this one and not accepted.
        trace: Best similarity of each generation.
        evaluations: Poses compared on the levels that are done.
        stopped: It was asked to stop.
        start_similarity: Of `initial` on the finest level.
        finest: The level looked at last.
        frame: The axes of the six parameters.
    """

    config: RegistrationConfig
    views: Sequence[View]
    bone: Volume
    behind: Sequence[tuple[Volume, RigidTransform]]
    initial: RigidTransform
    centre: NDArray[np.float64]
    on_progress: OnProgress
    should_stop: ShouldStop
    on_moment: OnMoment = unwatched
    before: tuple[RegistrationResult, ...] = ()
    trace: list[float] = field(default_factory=list)
    evaluations: int = 0
    stopped: bool = False
    start_similarity: float = -1.0
    finest: LevelProblem = field(init=False)
    frame: ViewFrame = field(init=False)

    def __post_init__(self) -> None:
        self.frame = ViewFrame(self.views[0].camera, self.initial, self.centre)
        self._generations = sum(level.generations * level.starts for level in self.config.levels)
        if self.config.optimiser == "gradient":
            self._generations = self.config.descent.steps * len(self.config.levels)

    def all_levels(self) -> list[SearchResult]:
        """The ends of the finest level's independent searches, best first."""
        ends = [SearchResult(np.zeros(6), -1.0)]
        for number, level in enumerate(self.config.levels):
            problem = self._problem(level)
            self.finest = problem
            if number == len(self.config.levels) - 1:
                self.start_similarity = problem.similarity(self.initial)
            one_level = self._descended if self.config.optimiser == "gradient" else self._one_level
            ends = one_level(problem, level, number, ends[0].parameters)
            self.evaluations += problem.evaluations
            if self.stopped:
                break
        return ends

    def _problem(self, level: Level) -> LevelProblem:
        if self.config.optimiser != "gradient":
            return LevelProblem(self.bone, self.views, level, similarity=self.config.similarity, fixed=self.behind)
        from bonedensity.registration.gradient_descent import DifferentiableLevel

        return DifferentiableLevel(self.bone, self.views, level, fixed=self.behind)

    def judging(self) -> LevelProblem:
        """What the pose found is judged by."""
        return judging_problem(self.finest, self._problem)

    def _descended(self, problem: Any, level: Level, number: int, start: NDArray[np.float64]) -> list[SearchResult]:
        from bonedensity.registration.gradient_descent import descend

        offsets = np.random.default_rng([self.config.seed, number]).normal(size=(level.starts, 6)) * level.spread.scale
        offsets[0] = 0.0
        return descend(
            problem,
            self.frame,
            starts=start + offsets,
            level=level,
            descent=self.config.descent,
            prior=self.config.prior,
            on_generation=lambda best, value: self._report(problem, level, best, value),
        )

    def _one_level(
        self, problem: LevelProblem, level: Level, number: int, start: NDArray[np.float64]
    ) -> list[SearchResult]:
        rng = np.random.default_rng([self.config.seed, number])
        prior = self.config.prior

        def similarities(many: NDArray[np.float64]) -> NDArray[np.float64]:
            return problem.similarities([self.frame.matrix(p) for p in many]) - prior.penalties(many)

        if level.scanned:
            starts = promising(similarities, prior.spread.scale, level.scanned, level.starts, rng)
        else:
            starts = start + rng.normal(size=(level.starts, 6)) * level.spread.scale
            starts[0] = start
        ends: list[SearchResult] = []
        for one in starts:
            ends.append(
                search(
                    similarities,
                    start=one,
                    spread=level.spread,
                    population=level.population,
                    generations=level.generations,
                    seed=int(rng.integers(2**31)),
                    on_generation=lambda best, value: self._report(problem, level, best, value),
                )
            )
            if self.stopped:
                break
        return sorted(ends, key=lambda end: -end.similarity)

    def _report(self, problem: LevelProblem, level: Level, best: NDArray[np.float64], similarity: float) -> bool:
        self.trace.append(similarity)
        done = min(1.0, len(self.trace) / self._generations)
        again = " again" if self.before else ""
        fraction = 1 - LATER_SHARE ** len(self.before) * (1 - (1 - LATER_SHARE) * done)
        compared = sum(one.evaluations for one in self.before) + self.evaluations + problem.evaluations
        self.on_moment(SearchMoment(self.frame.pose(best), similarity, compared, level.size_px))
        self.on_progress(fraction, f"Registering{again} at {level.size_px} pixels: similarity {similarity:.3f}")
        self.stopped = self.should_stop()
        return self.stopped
