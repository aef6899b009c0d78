"""Points as they are marked one after another, now on the X-ray, now in the CT, until they are pairs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bonedensity.errors import BoneDensityError
from bonedensity.registration.initial.landmark_checks import FEWEST_PAIRS

Image = Literal["ct", "xray"]

TITLES: dict[Image, str] = {"ct": "CT", "xray": "X-ray"}


@dataclass(slots=True)
class Pair:
    """One place of the bones.

    Attributes:
        name: A number as text.
        points: "ct" in LPS mm, "xray" in pixels (u, v); what is not marked yet is missing.
    """

    name: str
    points: dict[Image, NDArray[np.float64]] = field(default_factory=dict)

    @property
    def whole(self) -> bool:
        """Whether it is marked on both."""
        return len(self.points) == len(TITLES)


@dataclass(slots=True)
class PairList:
    """Pairs in the order of marking.

    Attributes:
        pairs: All of them, whole or not.
        chosen: Name of the one that the next points belong to; "" for the first that lacks such a point.
    """

    pairs: list[Pair] = field(default_factory=list)
    chosen: str = ""

    def mark(self, image: Image, point: ArrayLike) -> str:
        """Put a point to the chosen pair, else to the first that lacks one there, else to a new one; its name."""
        pair = self._find(self.chosen) if self.chosen else self._lacking(image)
        pair.points[image] = np.asarray(point, dtype=np.float64)
        if self.chosen and pair.whole:
            self.chosen = ""
        return pair.name

    def move(self, name: str, image: Image, point: ArrayLike) -> None:
        """Put a point elsewhere."""
        self._find(name).points[image] = np.asarray(point, dtype=np.float64)

    def choose(self, name: str) -> None:
        """Mark this pair's points anew with the next clicks; once more takes that back."""
        self.chosen = "" if self.chosen == name else self._find(name).name

    def remove(self, name: str) -> None:
        """Take a pair out; the others keep their names."""
        self.pairs.remove(self._find(name))
        self.chosen = "" if self.chosen == name else self.chosen

    def forget(self, *images: Image) -> None:
        """Forget the points of an image, such as when another one was loaded."""
        for pair in self.pairs:
            for image in images:
                pair.points.pop(image, None)
        self.pairs = [pair for pair in self.pairs if pair.points]
        self.chosen = ""

    def points(self, image: Image) -> dict[str, NDArray[np.float64]]:
        """Name to point, of those that are marked there."""
        return {pair.name: pair.points[image] for pair in self.pairs if image in pair.points}

    def whole(self) -> dict[Image, dict[str, NDArray[np.float64]]]:
        """Points of the pairs that are marked on both, by image and name."""
        return {image: {pair.name: pair.points[image] for pair in self.pairs if pair.whole} for image in TITLES}

    def next_name(self, image: Image) -> str:
        """The pair that the next click on an image belongs to."""
        return self.chosen or next((p.name for p in self.pairs if image not in p.points), self._new_name())

    def what_is_missing(self) -> str:
        """Why no pose can start from them yet, as one sentence; "" when one can."""
        count = sum(pair.whole for pair in self.pairs)
        if count >= FEWEST_PAIRS:
            return ""
        half = [pair for pair in self.pairs if not pair.whole]
        if half:
            where: Image = "xray" if "xray" not in half[0].points else "ct"
            return f"Click point {half[0].name} on the {TITLES[where]} too; {_of(count)}."
        return f"Click the same place on the X-ray and in the CT; {_of(count)}."

    def _lacking(self, image: Image) -> Pair:
        found = next((pair for pair in self.pairs if image not in pair.points), None)
        if found is None:
            found = Pair(self._new_name())
            self.pairs.append(found)
        return found

    def _new_name(self) -> str:
        return str(max((int(pair.name) for pair in self.pairs), default=0) + 1)

    def _find(self, name: str) -> Pair:
        found = next((pair for pair in self.pairs if pair.name == name), None)
        if found is None:
            raise BoneDensityError(f"There is no point {name}.")
        return found


def _of(count: int) -> str:
    return f"{count} of at least {FEWEST_PAIRS} pairs are there, and a fourth tells how well they fit"
